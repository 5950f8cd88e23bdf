//! The life of one cooperation: what happens to it, and what must be true after each step.
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use super::checks::{self, Checks, Facts};
use super::coop::{Coop, NAMES, Seen, View};
use super::oracle::{Kind, Member};
use super::steps::{Action, Effect, Undo};
use crate::harness::{Answer, Service};

/// The cooperation of a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    pub cities: usize,
    pub meetings: usize,
    pub near_days: Option<u64>,
    pub forfeits: bool,
    /// Whether meetings are added as time passes.
    pub endless: bool,
}

pub struct Life {
    pub(super) service: Option<Service>,
    pub coop: Coop,
    pub(super) facts: Facts,
    pub(super) view: View,
    pub log: Vec<String>,
    pub checks: Checks,
    pub(super) requests: Vec<String>,
    pub(super) blackouts: Vec<(usize, String, (NaiveDate, NaiveDate))>,
    /// Whether every second step that can be undone is undone at once.
    pub undoes_at_once: bool,
    undoable: usize,
    /// What can still be undone after the last step was, with the state before it.
    pending: Option<(String, Undo, View)>,
}

impl Life {
    pub async fn start(service: Service, name: &str, setting: Setting) -> Result<Self, String> {
        let count = if setting.endless {
            String::new()
        } else {
            format!(";COUNT={}", setting.meetings)
        };
        let series = json!({
            "title": "Runde", "rule": format!("FREQ=WEEKLY;BYDAY=TU{count}"),
            "horizon_months": if setting.endless { 2 } else { 18 },
            "starts_on": "2026-03-03", "start_time": "10:00", "time_zone": "Europe/Berlin",
            "duration_minutes": 150, "host_confirmation_days": setting.near_days,
            "save_the_date_days": null, "call_for_topics_days": null, "topic_deadline_days": null,
            "cancelled_turn": if setting.forfeits { "forfeited" } else { "given_back" },
        });
        let coop = Coop::start(&service, name, setting.cities, series).await;
        let joined = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let member = |(place, id): (i64, &String)| Member {
            place: (place, id.clone()),
            joined,
            left: None,
            blackouts: Vec::new(),
        };
        let facts = Facts {
            members: (1..).zip(&coop.cities).map(member).collect(),
            near_days: setting.near_days,
            forfeits: setting.forfeits,
            ..Facts::default()
        };
        service.clock.advance(TimeDelta::minutes(1));
        let view = coop.view(&service).await;
        let mut life = Self {
            service: Some(service),
            coop,
            facts,
            view,
            log: Vec::new(),
            checks: Checks::default(),
            requests: Vec::new(),
            blackouts: Vec::new(),
            undoes_at_once: false,
            undoable: 0,
            pending: None,
        };
        life.holds("at first")?;
        Ok(life)
    }

    pub(super) fn service(&self) -> &Service {
        self.service.as_ref().unwrap()
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        *self.service().app.clock.now()
    }

    fn check(&mut self, holds: bool, wrong: impl FnOnce(&Self) -> String) -> Result<(), String> {
        self.checks.0 += 1;
        if holds { Ok(()) } else { Err(wrong(self)) }
    }

    fn holds(&mut self, when: &str) -> Result<(), String> {
        let now = self.now();
        checks::all(&mut self.checks, &self.view, &self.facts, now)
            .map_err(|wrong| format!("{when}: {wrong}\n{}", self.table()))
    }

    /// The names of the hosts.
    pub fn hosts(&self) -> Vec<&'static str> {
        let hosts = self.view.meetings.iter().map(|seen| seen.host);
        hosts
            .map(|host| host.map_or("-", |city| NAMES[city]))
            .collect()
    }

    /// The municipalities that do not host, by meeting, with their rules.
    pub fn rules(&self) -> Vec<Vec<(usize, String)>> {
        let turns = self
            .view
            .meetings
            .iter()
            .filter_map(|seen| seen.turn.as_ref());
        let rules = turns.map(|turn| turn.rejected.iter().map(|one| (one.city, one.rule.clone())));
        rules.map(Iterator::collect).collect()
    }

    /// The names of those that are due at the meetings that the rotation shows.
    pub fn dues(&self) -> Vec<&'static str> {
        let turns = self
            .view
            .meetings
            .iter()
            .filter_map(|seen| seen.turn.as_ref());
        turns
            .map(|turn| turn.due.map_or("-", |city| NAMES[city]))
            .collect()
    }

    /// The present plan, for messages.
    pub fn table(&self) -> String {
        let name = |city: Option<usize>| city.map_or("-", |city| NAMES[city]);
        let lines = self.view.meetings.iter().map(|seen| {
            let turn = seen.turn.as_ref();
            let due = turn.map_or("?", |turn| name(turn.due));
            let source = turn.map_or("", |turn| turn.source.as_str());
            let cohosts: Vec<&str> = seen.cohosts.iter().map(|city| NAMES[*city]).collect();
            format!(
                "{} {} host {} due {due} {source} {cohosts:?} {}\n",
                seen.day,
                seen.status,
                name(seen.host),
                seen.confirmation,
            )
        });
        lines.collect()
    }

    /// A meeting that has not begun.
    pub(super) fn ahead(&self, number: usize) -> Option<&Seen> {
        let now = self.now();
        let ahead = self.view.meetings.iter().filter(|seen| seen.starts > now);
        let ahead: Vec<&Seen> = ahead.collect();
        ahead.get(number % ahead.len().max(1)).copied()
    }

    pub(super) fn with_status(&self, number: usize, status: &str) -> Option<String> {
        let now = self.now();
        let ahead = self.view.meetings.iter();
        let all: Vec<&Seen> = ahead
            .filter(|seen| seen.status == status && seen.starts > now)
            .collect();
        all.get(number % all.len().max(1))
            .map(|seen| seen.id.clone())
    }

    pub(super) fn city(&self, number: usize) -> usize {
        number % self.coop.cities.len()
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.coop.post(self.service(), path, body).await
    }

    /// Lets something happen, and checks all that must hold after it.
    pub async fn happens(&mut self, action: Action) -> Result<(), String> {
        self.service().clock.advance(TimeDelta::minutes(1));
        let before = self.view.clone();
        let Some((what, effect, undo, answer)) = self.does(action).await? else {
            return Ok(());
        };
        let status = answer.as_ref().map_or(200, |answer| answer.status.as_u16());
        let refused = answer.filter(|_| status >= 400);
        let why = refused.map_or_else(String::new, |answer| answer.rules().join(", "));
        self.log.push(format!("{what}: {status} {why}"));
        self.checks
            .that(status < 500, || format!("{what}: {status}"))?;
        let after = self.coop.view(self.service()).await;
        if status >= 400 {
            let same = after == before;
            self.view = after;
            return self.checks.that(same, || {
                format!("{what} was refused, and has changed something")
            });
        }
        self.facts.remember(&after);
        self.view = after;
        self.holds(&what)?;
        self.has_effect(&what, &before, &effect)?;
        self.one_meeting(&what, action).await?;
        self.stays(&what).await?;
        let pending = self.pending.take();
        let Some(undo) = undo.filter(|_| self.undoes_at_once) else {
            return Ok(());
        };
        self.undoable += 1;
        if self.undoable.is_multiple_of(3) {
            self.pending = Some((what, undo, before));
            return Ok(());
        }
        if self.undoable % 3 == 1 || pending.is_some() {
            self.undone(&what, undo, &before).await?;
        }
        // As if nothing had happened since: the step before can be undone, too.
        if let Some((what, undo, before)) = pending {
            self.undone(&what, undo, &before).await?;
        }
        Ok(())
    }

    /// A single meeting is shown as in the list.
    async fn one_meeting(&mut self, what: &str, action: Action) -> Result<(), String> {
        let number = format!("{action:?}").len() + self.log.len();
        let seen = &self.view.meetings[number % self.view.meetings.len()];
        let one = self.coop.meeting(self.service(), &seen.id).await;
        let same = (one.host, &one.cohosts, one.day) == (seen.host, &seen.cohosts, seen.day);
        let day = seen.day;
        self.checks.that(same, || {
            format!("{what}: the meeting of {day} is shown as {one:?}")
        })
    }

    /// Planning again changes nothing.
    async fn stays(&mut self, what: &str) -> Result<(), String> {
        let path = format!("/series/{}/plan", self.coop.series);
        let done = self.post(&path, json!({})).await;
        let status = done.status.as_u16();
        self.checks
            .that(status == 200, || format!("planning: {status}"))?;
        let again = self.coop.view(self.service()).await;
        let moved = moved(&self.view, &again);
        let wrong = moved.is_some() || self.view.ledger != again.ledger;
        self.check(!wrong, |life| {
            let moved = moved.unwrap_or_default();
            format!("{what}, then planned again: {moved}\n{}", life.table())
        })?;
        self.view = again;
        Ok(())
    }

    /// Undoes a step at once: everything is as before it.
    async fn undone(&mut self, what: &str, undo: Undo, before: &View) -> Result<(), String> {
        let service = self.service();
        service.clock.advance(TimeDelta::minutes(1));
        let (coop, empty) = (&self.coop, json!({}));
        let answer = match &undo {
            Undo::Pin(id) => coop.unrotate(service, &format!("overrides/{id}")).await,
            Undo::Cohosts(id) => coop.unrotate(service, &format!("cohosts/{id}")).await,
            Undo::Cancel(id) => {
                let path = format!("/meetings/{id}/restore");
                coop.post(service, &path, empty).await
            }
            Undo::Request(id) => {
                let what = format!("swap-requests/{id}/undo");
                coop.rotate(service, &what, empty).await
            }
        };
        let what = format!("{what}, and undone");
        let wrong = || format!("{what}: {} {}", answer.status, answer.text());
        self.checks.that(answer.status.is_success(), wrong)?;
        self.log.push("  and undone".to_owned());
        let after = self.coop.view(self.service()).await;
        let moved = moved(before, &after);
        let same = moved.is_none();
        self.facts.remember(&after);
        self.check(same, |life| {
            let moved = moved.unwrap_or_default();
            format!("{what}: {moved}\n{}", life.table())
        })?;
        self.view = after;
        self.holds(&what)
    }

    /// Only what may change has changed.
    fn has_effect(&mut self, what: &str, before: &View, effect: &Effect) -> Result<(), String> {
        let now = self.now();
        let mut count = 0;
        let mut wrong = |holds: bool, what: &dyn Fn() -> String| {
            count += 1;
            if holds { Ok(()) } else { Err(what()) }
        };
        for (old, new) in pairs(before, &self.view) {
            let past = old.starts <= now && new.starts <= now;
            let except = matches!(effect, Effect::Hosts(all) if all.contains(&old.id));
            let same_host = (old.host, &old.cohosts) == (new.host, &new.cohosts);
            let due = |seen: &Seen| seen.turn.as_ref().map(|turn| turn.due);
            let same_due = due(old).is_none() || due(new).is_none() || due(old) == due(new);
            let quiet = matches!(effect, Effect::Nothing | Effect::Hosts(_));
            let fits = (same_host || except || !(quiet || past)) && (same_due || !(quiet || past));
            wrong(fits, &|| {
                let due = |seen: &Seen| due(seen).flatten().map(|city| NAMES[city]);
                let host = |seen: &Seen| seen.host.map(|city| NAMES[city]);
                format!(
                    "{what}: on {} host {:?}, due {:?}, before {:?}, {:?}\n{}",
                    new.day,
                    host(new),
                    due(new),
                    host(old),
                    due(old),
                    self.table(),
                )
            })?;
        }
        self.checks.0 += count;
        let Effect::Replans(ways) = effect else {
            return Ok(());
        };
        let mut world = self.facts.world(&self.view, now);
        let dues = world.dues();
        for (turn, seen) in world.turns.iter_mut().zip(&self.view.meetings) {
            let old = before.meetings.iter().find(|old| old.id == seen.id);
            if turn.kind == Kind::Open {
                turn.due = old
                    .and_then(|old| old.turn.as_ref())
                    .and_then(|old| old.due);
                let response = self.facts.responses.get(&seen.id);
                turn.confirmed = response
                    .is_some_and(|(city, state)| turn.due == Some(*city) && state == "confirmed");
            }
        }
        let plans: Vec<_> = ways
            .iter()
            .filter_map(|keeps| world.plain(*keeps))
            .collect();
        let fits = plans.is_empty() || plans.contains(&dues);
        self.check(fits, |life| {
            let names = |dues: &Vec<Option<usize>>| {
                let names = dues.iter().map(|due| due.map_or("-", |due| NAMES[due]));
                names.collect::<Vec<_>>().join(" ")
            };
            let plans: Vec<String> = plans.iter().map(names).collect();
            format!(
                "{what}: due {}, expected {plans:?}\n{}",
                names(&dues),
                life.table()
            )
        })
    }
}

/// The meetings of both views.
fn pairs<'a>(before: &'a View, after: &'a View) -> impl Iterator<Item = (&'a Seen, &'a Seen)> {
    before.meetings.iter().filter_map(|old| {
        let new = after.meetings.iter().find(|new| new.id == old.id)?;
        Some((old, new))
    })
}

/// What differs between two plans.
fn moved(before: &View, after: &View) -> Option<String> {
    let plan = |seen: &Seen| {
        let turn = seen.turn.as_ref();
        let name = |city: Option<usize>| city.map_or("-", |city| NAMES[city]);
        let due = turn.map_or("?", |turn| name(turn.due));
        let source = turn.map_or("", |turn| &turn.source);
        let cohosts: Vec<&str> = seen.cohosts.iter().map(|city| NAMES[*city]).collect();
        let host = name(seen.host);
        format!(
            "{} {} host {host} due {due} {source} {cohosts:?}",
            seen.day, seen.status
        )
    };
    let differing = pairs(before, after).find(|(old, new)| plan(old) != plan(new));
    differing.map(|(old, new)| format!("{} instead of {}", plan(new), plan(old)))
}
