//! Small cases, all of them: every sequence of three steps with co-hosts, overrides, swaps and their undoing, on few
//! municipalities and meetings.
//!
//! The steps are made by the functions behind the API, within one transaction, and taken out again by savepoints.
use actix_web::dev::Payload;
use actix_web::test::TestRequest;
use actix_web::{FromRequest, web};
use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use reihum::Tx;
use reihum::auth::{Coordinator, Scope, SystemActor};
use reihum::db::Id;
use reihum::error::Error;
use reihum::meetings::{Meeting, planning};
use reihum::municipalities::Municipality;
use reihum::rotation::cohosts::{self, NewCohosts};
use reihum::rotation::overrides::{self, NewOverride};
use reihum::rotation::planner::{self, Replan};
use reihum::rotation::series_plan::SeriesPlan;
use reihum::rotation::swaps::{self, NewSwap};
use reihum::series::{self, Series};
use serde_json::json;

use super::coop::Coop;
use super::oracle::{Keeps, Kind, Member, Turn, World};
use crate::harness::{Service, bearer};

/// A step; meetings and municipalities by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Override(usize, usize),
    Swap(usize, usize),
    Cohosts(usize, usize),
    Both(usize, usize, usize),
    TakeBack(usize),
    Remove(usize),
}

/// A turn as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stored {
    due: Option<usize>,
    host: Option<usize>,
    cohosts: Vec<usize>,
    source: String,
}

#[derive(Debug, Default)]
struct Counts {
    sequences: u64,
    refused: u64,
    checks: u64,
}

struct Walk<'a, 'tx> {
    tx: &'a mut Tx<'tx>,
    who: Coordinator,
    series: Series,
    cities: Vec<Id<Municipality>>,
    meetings: Vec<Id<Meeting>>,
    members: Vec<Member>,
    /// Whether a third step need not be about a meeting of the first two.
    everything: bool,
    counts: Counts,
    /// The steps that led here, each with the state before it.
    path: Vec<(Step, Vec<Stored>)>,
}

type Holds = Result<(), String>;

impl Step {
    fn meetings(self) -> Vec<usize> {
        match self {
            Self::Swap(first, second) => vec![first, second],
            Self::Override(place, _)
            | Self::Cohosts(place, _)
            | Self::Both(place, ..)
            | Self::TakeBack(place)
            | Self::Remove(place) => vec![place],
        }
    }

    /// Whether it is about who hosts, and not about co-hosts.
    fn is_of_hosts(self) -> bool {
        matches!(
            self,
            Self::Override(..) | Self::Swap(..) | Self::TakeBack(_)
        )
    }

    fn undoes(self) -> bool {
        matches!(self, Self::TakeBack(_) | Self::Remove(_))
    }
}

impl Walk<'_, '_> {
    fn steps(&self) -> Vec<Step> {
        let (meetings, cities) = (self.meetings.len(), self.cities.len());
        let mut all = Vec::new();
        for meeting in 0..meetings {
            all.extend((0..cities).map(|city| Step::Override(meeting, city)));
            all.extend((0..cities).map(|city| Step::Cohosts(meeting, city)));
            all.extend((meeting + 1..meetings).map(|other| Step::Swap(meeting, other)));
            all.extend([Step::TakeBack(meeting), Step::Remove(meeting)]);
        }
        all.push(Step::Both(meetings - 1, 0, 1));
        all
    }

    fn does(&mut self, step: Step) -> reihum::error::Result<()> {
        let (who, series) = (self.who.clone(), self.series.clone());
        let (meeting, city) = (
            |place: usize| self.meetings[place],
            |place: usize| self.cities[place],
        );
        let reason = || "Umbau".to_owned();
        let together = |place: usize, all: &[usize]| NewCohosts {
            meeting_id: meeting(place),
            municipality_ids: all.iter().map(|place| city(*place)).collect(),
            reason: reason(),
        };
        match step {
            Step::Override(place, host) => {
                let new = NewOverride {
                    meeting_id: meeting(place),
                    municipality_id: city(host),
                    reason: reason(),
                };
                overrides::create(self.tx, &who, &series, &new)
            }
            Step::Swap(first, second) => {
                let new = NewSwap {
                    first_meeting_id: meeting(first),
                    second_meeting_id: meeting(second),
                    reason: None,
                };
                swaps::create(self.tx, &who, &series, &new)
            }
            Step::Cohosts(place, one) => {
                let new = together(place, &[one]);
                cohosts::name(self.tx, &who, &series, &new)
            }
            Step::Both(place, one, other) => {
                let new = together(place, &[one, other]);
                cohosts::name(self.tx, &who, &series, &new)
            }
            Step::TakeBack(place) => {
                let meeting = meeting(place);
                overrides::take_back(self.tx, &who, &series, meeting)
            }
            Step::Remove(place) => {
                let meeting = meeting(place);
                cohosts::remove(self.tx, &who, &series, meeting)
            }
        }?;
        self.settle()
    }

    fn settle(&mut self) -> reihum::error::Result<()> {
        let system = SystemActor::within(self.who.cooperation());
        planning::reassign(self.tx, &system, Replan::Keep)
    }

    fn city(&self, id: Option<Id<Municipality>>) -> Option<usize> {
        self.cities.iter().position(|city| Some(*city) == id)
    }

    /// The turns as they are stored; fails if what follows from the ledger is another host than the meeting has, or if
    /// planning again would change something.
    fn stored(&mut self) -> Result<Vec<Stored>, String> {
        let now = self.tx.now;
        let plan = SeriesPlan::load(self.tx, &self.who, &self.series, now);
        let plan = plan.map_err(|error| error.to_string())?;
        let (members, slots, criteria) = (&plan.members, &plan.slots, &plan.criteria);
        let again = planner::decide(members, slots, criteria, Replan::Keep, self.tx.solver);
        self.counts.checks += 1;
        if again.map_err(|error| error.to_string())? != plan.dues() {
            return Err("planning again changes it".to_owned());
        }
        let turns = plan.plan().turns;
        let mut stored = Vec::new();
        for (meeting, turn) in plan.meetings.iter().zip(&turns) {
            let same = (turn.host, &turn.cohosts) == (meeting.host_id, &meeting.cohosts.0);
            if !same || turn.due != meeting.due_id {
                return Err(format!("stored {meeting:?}\nbut it follows {turn:?}"));
            }
            let cohosts = turn.cohosts.iter();
            stored.push(Stored {
                due: self.city(turn.due),
                host: self.city(turn.host),
                cohosts: cohosts.filter_map(|id| self.city(Some(*id))).collect(),
                source: turn.source.to_string(),
            });
        }
        Ok(stored)
    }

    /// All sequences of `left` more steps.
    fn walk(&mut self, left: usize) -> Holds {
        let before = self.stored()?;
        for step in self.steps() {
            let known = self.path.iter().flat_map(|one| one.0.meetings());
            let touches = |place: usize| known.clone().any(|other| other == place);
            let apart = self.path.len() == 2 && !step.meetings().into_iter().any(touches);
            if apart && !self.everything {
                continue;
            }
            let now = self.tx.now;
            self.tx.batch_execute("SAVEPOINT step").unwrap();
            self.tx.now = (*now + TimeDelta::minutes(1)).into();
            let done = self.does(step);
            let held = match done {
                Ok(()) => {
                    self.path.push((step, before.clone()));
                    let held = self.holds(step, &before);
                    let further = |()| {
                        if left > 1 {
                            self.walk(left - 1)
                        } else {
                            Ok(())
                        }
                    };
                    let held = held.and_then(further);
                    self.counts.sequences += u64::from(left == 1);
                    self.path.pop();
                    held
                }
                Err(Error::Internal(error)) => Err(error.to_string()),
                Err(_) => {
                    self.counts.refused += 1;
                    Ok(())
                }
            };
            held?;
            self.tx
                .batch_execute("ROLLBACK TO step; RELEASE step")
                .unwrap();
            self.tx.now = now;
        }
        Ok(())
    }

    fn holds(&mut self, step: Step, before: &[Stored]) -> Holds {
        let path: Vec<Step> = self.path.iter().map(|one| one.0).collect();
        let after = self.stored();
        let after = after.map_err(|wrong| format!("{path:?}: {wrong}"))?;
        let fails = |what: &str| {
            let table = |all: &[Stored]| {
                let lines = all.iter().map(|one| format!("  {one:?}\n"));
                lines.collect::<String>()
            };
            Err(format!(
                "{path:?}: {what}\nbefore\n{}after\n{}",
                table(before),
                table(&after)
            ))
        };
        self.counts.checks += 2;
        let plain = self.world(before, &after).plain(Keeps::All);
        if plain.is_some_and(|plain| {
            !step.undoes() && plain.iter().zip(&after).any(|(due, one)| *due != one.due)
        }) {
            return fails("it is not the plain order");
        }
        // The one that is due where something was set stays, whatever becomes of the others.
        let set: &[usize] = match &step {
            Step::Override(place, _) | Step::Cohosts(place, _) | Step::Both(place, ..) => &[*place],
            Step::Swap(first, second) => &[*first, *second],
            _ => &[],
        };
        if set
            .iter()
            .any(|place| before[*place].due != after[*place].due)
        {
            return fails("another is due where it was set");
        }
        let pins = match step {
            Step::Override(place, host) => vec![(place, Some(host))],
            Step::Swap(first, second) => {
                vec![(first, before[second].host), (second, before[first].host)]
            }
            _ => Vec::new(),
        };
        let shared = |(place, host): &(usize, Option<usize>)| {
            host.is_some_and(|host| before[*place].cohosts.contains(&host))
        };
        if !pins.is_empty() {
            for (place, (old, new)) in before.iter().zip(&after).enumerate() {
                let pin = pins.iter().find(|pin| pin.0 == place);
                let host = pin.map_or(old.host, |pin| pin.1);
                self.counts.checks += 1;
                let moved = (old.due, host) != (new.due, new.host);
                if moved && !pins.iter().any(shared) {
                    return fails("a favour moves something");
                }
                if pin.is_some() && new.host != host {
                    return fails("another hosts than was set");
                }
            }
        }
        self.undone(step, &after).or_else(|what| fails(&what))
    }

    /// Undoing the last step restores the state before it. Undoing one before that, with another host set elsewhere since,
    /// restores its own meetings.
    fn undone(&mut self, step: Step, after: &[Stored]) -> Holds {
        if !step.undoes() {
            return Ok(());
        }
        self.counts.checks += 1;
        let place = step.meetings()[0];
        let earlier = &self.path[..self.path.len() - 1];
        let about = |other: &Step| {
            other.is_of_hosts() == step.is_of_hosts() && other.meetings().contains(&place)
        };
        let last = earlier.iter().rposition(|(other, _)| about(other));
        let Some(last) = last.filter(|last| !earlier[*last].0.undoes()) else {
            return Ok(());
        };
        let (other, before) = &earlier[last];
        // Co-hosts that were named twice are all removed.
        if !step.is_of_hosts() && !before[place].cohosts.is_empty() {
            return Ok(());
        }
        let since: Vec<usize> = earlier[last + 1..]
            .iter()
            .flat_map(|one| one.0.meetings())
            .collect();
        let own = other.meetings();
        if since.is_empty() && after != &before[..] {
            return Err(format!("not as before {other:?}"));
        }
        let shared = before
            .iter()
            .chain(after)
            .any(|one| !one.cohosts.is_empty());
        let touched = shared || own.iter().any(|place| since.contains(place));
        if !touched && own.iter().any(|place| after[*place] != before[*place]) {
            return Err(format!("the meetings of {other:?} are not as before"));
        }
        Ok(())
    }

    /// The rules' view of the state, with those due that were before the step.
    fn world(&mut self, before: &[Stored], after: &[Stored]) -> World {
        let first = self.members[0].joined;
        let turns = before.iter().zip(after).zip(0..);
        let turns = turns.map(|((old, new), week)| Turn {
            day: first + TimeDelta::weeks(20 + week),
            kind: Kind::Open,
            due: old.due,
            host: new.host,
            pin: new.host.filter(|_| new.source != "rotation"),
            named: new.cohosts.clone(),
            confirmed: false,
            near: false,
        });
        World {
            members: self.members.clone(),
            turns: turns.collect(),
            shares: Vec::new(),
        }
    }
}

/// Whether the long form is asked for.
fn is_long() -> bool {
    std::env::var("REIHUM_LIVES").is_ok()
}

async fn walk(cities: usize, meetings: usize, steps: usize) {
    let began = std::time::Instant::now();
    let service = Service::start();
    let series = json!({
        "title": "Runde", "rule": format!("FREQ=WEEKLY;BYDAY=TU;COUNT={meetings}"),
        "starts_on": "2026-03-03", "start_time": "10:00", "time_zone": "Europe/Berlin",
        "duration_minutes": 150, "host_confirmation_days": null,
    });
    let coop = Coop::start(&service, "Klein", cities, series).await;
    let request = TestRequest::default()
        .insert_header(bearer(&coop.token))
        .app_data(web::Data::new(service.app.clone()))
        .to_http_request();
    reihum::auth::check_token(&request).await.unwrap();
    let who = Coordinator::from_request(&request, &mut Payload::None);
    let who = who.await.unwrap();
    let ids: Vec<Id<Municipality>> = coop.cities.iter().map(|id| id.parse().unwrap()).collect();
    let members = (1..).zip(&coop.cities).map(|(place, id)| Member {
        place: (place, id.clone()),
        joined: "2026-01-01".parse().unwrap(),
        left: None,
        blackouts: Vec::new(),
    });
    let members: Vec<Member> = members.collect();
    let series: Id<Series> = coop.series.parse().unwrap();
    let everything = is_long();
    let walked = service.app.try_out(move |tx| {
        let series = series::store::find(tx, &who, series)?;
        let all = reihum::meetings::store::of_series(tx, &who, series.id)?;
        let mut walk = Walk {
            tx,
            who: who.clone(),
            series,
            cities: ids.clone(),
            meetings: all.iter().map(|one| one.id).collect(),
            members: members.clone(),
            everything,
            counts: Counts::default(),
            path: Vec::new(),
        };
        let held = walk.walk(steps);
        Ok((held, walk.counts))
    });
    let (held, counts) = walked.await.unwrap();
    let took = began.elapsed().as_secs_f32();
    println!("{cities} cities, {meetings} meetings, {steps} steps: {counts:?}, {took:.1} s");
    if let Err(wrong) = held {
        panic!("{wrong}");
    }
}

#[actix_web::test]
async fn three_municipalities_and_three_meetings() {
    walk(3, 3, 3).await;
}

#[actix_web::test]
async fn four_municipalities_and_up_to_five_meetings() {
    let meetings = if is_long() { 5 } else { 4 };
    walk(4, meetings, 2).await;
}
