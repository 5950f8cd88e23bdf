//! Plans that are tried out: a cooperation with many cities and meetings, and the same problem for the rig.
use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Result, bail};
use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde_json::json;
use solver::{City, Effort, Part, Problem, Slot, Weights, solve};

use crate::client::{Client, post};
use crate::load::Load;
use crate::process::Server;
use crate::report::{Report, median, sorted};
use crate::seed::{Api, text};

/// How many cities and meetings there are.
#[derive(Clone, Copy)]
pub struct Size {
    cities: usize,
    meetings: usize,
}

/// A large cooperation with a meeting each week.
pub const USUAL: Size = Size {
    cities: 16,
    meetings: 60,
};
/// Larger than any.
const LARGE: Size = Size {
    cities: 50,
    meetings: 500,
};
/// How often the large one is tried out as it stands.
const TIMES: usize = 3;

/// Whether a city has a blackout in the week of a meeting: about every eleventh.
fn is_blocked(city: usize, meeting: usize) -> bool {
    (7 * city + 3 * meeting).is_multiple_of(11)
}

/// The problem that a usual cooperation is, with a plan that stands, as the solver takes it.
pub fn problem() -> Problem {
    let part = |city, meeting| Part {
        share: Some(100),
        able: !is_blocked(city, meeting),
    };
    let slot = |meeting| Slot {
        fixed: Vec::new(),
        parts: (0..USUAL.cities).map(|city| part(city, meeting)).collect(),
        previous: None,
    };
    let mut problem = Problem {
        cities: vec![City::default(); USUAL.cities],
        slots: (0..USUAL.meetings).map(slot).collect(),
        weights: Weights::default(),
    };
    let stands = solve(&problem, Effort::Keep);
    for (slot, turn) in problem.slots.iter_mut().zip(stands.turns) {
        slot.previous = turn;
    }
    problem
}

/// A series whose plan is tried out.
struct Planned {
    token: String,
    series: String,
}

/// Makes a cooperation of that size; its meetings are on Tuesdays, or Thursdays as well, after `today`.
async fn make(
    address: SocketAddr,
    operator: &str,
    size: Size,
    today: NaiveDate,
) -> Result<Planned> {
    let mut api = Api {
        client: Client::connect(address).await?,
        token: operator.to_owned(),
    };
    let slug = format!("plan-{}-{}", size.cities, size.meetings);
    let new = json!({ "name": &slug, "slug": &slug });
    api.make("/cooperations", &new).await?;
    let base = format!("/cooperations/{slug}");
    let new = json!({ "role": "coordinator", "label": "benches" });
    api.token = text(&api.make(&format!("{base}/tokens"), &new).await?, "token")?;
    // Twice a week if a year has not enough of them.
    let (weekdays, rule) = if size.meetings > 200 {
        (vec![Weekday::Tue, Weekday::Thu], "TU,TH")
    } else {
        (vec![Weekday::Tue], "TU")
    };
    let days = today.iter_days().skip(40);
    let dates: Vec<NaiveDate> = days
        .filter(|day| weekdays.contains(&day.weekday()))
        .take(size.meetings)
        .collect();
    for city in 0..size.cities {
        let new = json!({ "name": format!("Stadt {city}"), "joined_on": today });
        let path = format!("{base}/municipalities");
        let id = text(&api.make(&path, &new).await?, "id")?;
        let path = format!("{path}/{id}/blackouts");
        for (meeting, day) in dates.iter().enumerate() {
            if is_blocked(city, meeting) {
                api.make(&path, &json!({ "starts_on": day, "ends_on": day }))
                    .await?;
            }
        }
    }
    let off = json!({
        "public_holidays": "off", "school_holidays": "off", "bridge_days": "off",
        "christmas_eve_and_new_years_eve": "off",
    });
    let new = json!({
        "title": "Digitaltreffen", "rule": format!("FREQ=WEEKLY;BYDAY={rule};COUNT={}", size.meetings),
        "starts_on": today + Days::new(40), "start_time": "10:00", "duration_minutes": 150,
        "horizon_months": 60, "avoided_days": off,
    });
    let series = api.make(&format!("{base}/series"), &new).await?;
    Ok(Planned {
        series: text(&series, "id")?,
        token: api.token,
    })
}

impl Planned {
    fn trial(&self, anew: bool) -> Vec<u8> {
        let path = format!("/api/v1/series/{}/plan?dry_run=true", self.series);
        post(&path, &self.token, &json!({ "anew": anew }))
    }
}

/// Makes the usual cooperation; what tries out a new plan for it, at reihum and at the rig.
pub async fn usual(
    reihum: &Server,
    rig: &Server,
    operator: &str,
    today: NaiveDate,
) -> Result<(Load, Load)> {
    let planned = make(reihum.address, operator, USUAL, today).await?;
    let requests = vec![planned.trial(true)];
    Ok((
        Load::new(rig.address, requests.clone(), 200),
        Load::new(reihum.address, requests, 200),
    ))
}

/// Notes how long trying out takes where a plan is as large as it may be, one after the other.
pub async fn large(
    reihum: &Server,
    operator: &str,
    today: NaiveDate,
    report: &mut Report,
) -> Result<()> {
    let planned = make(reihum.address, operator, LARGE, today).await?;
    let mut client = Client::connect(reihum.address).await?;
    let mut took = async |anew| {
        let began = Instant::now();
        let answer = client.exchange(&planned.trial(anew)).await?;
        answer.expect(200)?;
        let seconds = began.elapsed().as_secs_f64();
        match answer.json()?["plan"].as_array().map_or(0, Vec::len) {
            slots if slots == LARGE.meetings => Ok(seconds),
            slots => bail!("{slots} meetings were planned"),
        }
    };
    let mut kept = Vec::new();
    for _ in 0..TIMES {
        kept.push(took(false).await?);
    }
    let (first, again) = (took(true).await?, took(true).await?);
    report.note(&format!(
        "A dry run of 50 cities and 500 meetings: {:.2} s (median of {TIMES}); with the best hosts looked for anew {first:.2} s, \
         and {again:.2} s where that plan is remembered.",
        median(&sorted(kept))
    ));
    Ok(())
}
