//! The life of one cooperation: what happens to it, and what must be true after each step.
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use super::checks::{self, Checks, Facts};
use super::coop::{Coop, NAMES, Seen, View};
use super::oracle::{Keeps, Kind, Member, Share};
use crate::builders::text;
use crate::harness::{Answer, Service};

/// What happens; numbers choose among what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Invite(usize),
    Close,
    Cancel(usize),
    Restore(usize),
    Override(usize, usize),
    Unpin(usize),
    Swap(usize, usize),
    /// Asks all, or for a meeting in return.
    Ask(usize, usize),
    Accept(usize, usize),
    Decline(usize),
    Withdraw(usize),
    UndoRequest(usize),
    Cohosts(usize, usize, usize),
    Uncohost(usize),
    Blackout(usize, usize, usize),
    Unblackout(usize),
    Join(usize),
    Leave(usize, usize),
    Reorder(usize, usize),
    Move(usize, usize),
    Shares(usize, usize),
    Confirm(usize),
    HostDeclines(usize),
    Pass(usize),
    Jobs,
    Plan,
    PlanAnew,
    Restart,
}

/// What a step may change.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Effect {
    /// Nothing that is planned.
    Nothing,
    /// The hosts of these meetings, and who is due nowhere.
    Hosts(Vec<String>),
    /// The plan, of which so much is kept: one of these.
    Replans(&'static [Keeps]),
    /// The plan; turns may move back that an earlier step had moved.
    Restores,
}

/// The cooperation of a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    pub cities: usize,
    pub meetings: usize,
    pub near_days: Option<u64>,
    pub forfeits: bool,
}

pub struct Life {
    service: Option<Service>,
    pub coop: Coop,
    facts: Facts,
    view: View,
    pub log: Vec<String>,
    pub checks: Checks,
    requests: Vec<String>,
    blackouts: Vec<(usize, String, (NaiveDate, NaiveDate))>,
    /// Whether every second step that can be undone is undone at once.
    pub undoes_at_once: bool,
    undoable: usize,
}

/// A step that can be undone.
enum Undo {
    Pin(String),
    Cohosts(String),
    Cancel(String),
    Request(String),
}

impl Life {
    pub async fn start(service: Service, name: &str, setting: Setting) -> Result<Self, String> {
        let series = json!({
            "title": "Runde", "rule": format!("FREQ=WEEKLY;BYDAY=TU;COUNT={}", setting.meetings),
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
        };
        life.holds("at first")?;
        Ok(life)
    }

    pub fn into_service(self) -> Service {
        self.service.unwrap()
    }

    fn service(&self) -> &Service {
        self.service.as_ref().unwrap()
    }

    fn now(&self) -> DateTime<Utc> {
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
    fn ahead(&self, number: usize) -> Option<&Seen> {
        let now = self.now();
        let ahead = self.view.meetings.iter().filter(|seen| seen.starts > now);
        let ahead: Vec<&Seen> = ahead.collect();
        ahead.get(number % ahead.len().max(1)).copied()
    }

    fn with_status(&self, number: usize, status: &str) -> Option<String> {
        let now = self.now();
        let ahead = self.view.meetings.iter();
        let all: Vec<&Seen> = ahead
            .filter(|seen| seen.status == status && seen.starts > now)
            .collect();
        all.get(number % all.len().max(1))
            .map(|seen| seen.id.clone())
    }

    fn city(&self, number: usize) -> usize {
        number % self.coop.cities.len()
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
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
        let facts = self.facts.clone();
        self.facts.remember(&after);
        self.view = after;
        self.holds(&what)?;
        self.has_effect(&what, &before, &effect, &facts)?;
        self.one_meeting(&what, action).await?;
        if !matches!(effect, Effect::Nothing) {
            self.stays(&what).await?;
        }
        if let Some(undo) = undo {
            self.undoable += 1;
            if self.undoes_at_once && self.undoable % 2 == 1 {
                self.undone(&what, undo, &before, facts).await?;
            }
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
        })
    }

    /// Undoes a step at once: everything is as before it.
    async fn undone(
        &mut self,
        what: &str,
        undo: Undo,
        before: &View,
        facts: Facts,
    ) -> Result<(), String> {
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
        let (now, after) = (self.now(), self.coop.view(self.service()).await);
        let moved = moved(before, &after);
        let same = moved.is_none();
        // Who had confirmed is not asked to do so again, but neither does it count as before.
        let _ = facts;
        self.facts.remember(&after);
        self.check(same, |life| {
            let moved = moved.unwrap_or_default();
            format!("{what}: {moved}\n{}", life.table())
        })?;
        self.view = after;
        let _ = now;
        self.holds(&what)
    }

    /// Only what may change has changed.
    fn has_effect(
        &mut self,
        what: &str,
        before: &View,
        effect: &Effect,
        facts: &Facts,
    ) -> Result<(), String> {
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
        let mut facts = facts.clone();
        (facts.members, facts.shares) = (self.facts.members.clone(), self.facts.shares.clone());
        let mut world = self.facts.world(&self.view, now);
        let dues = world.dues();
        for (turn, seen) in world.turns.iter_mut().zip(&self.view.meetings) {
            let old = before.meetings.iter().find(|old| old.id == seen.id);
            if turn.kind == Kind::Open {
                turn.due = old
                    .and_then(|old| old.turn.as_ref())
                    .and_then(|old| old.due);
                let response = facts.responses.get(&seen.id);
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

type Done = (String, Effect, Option<Undo>, Option<Answer>);

const KEEP: Effect = Effect::Replans(&[Keeps::All]);
const MEMBERS: Effect = Effect::Replans(&[Keeps::Near, Keeps::All]);

impl Life {
    /// Does it; nothing if there is nothing to do it with.
    async fn does(&mut self, action: Action) -> Result<Option<Done>, String> {
        let done = match action {
            Action::Invite(_)
            | Action::Close
            | Action::Cancel(_)
            | Action::Restore(_)
            | Action::Move(..)
            | Action::Confirm(_)
            | Action::HostDeclines(_) => self.to_a_meeting(action).await,
            Action::Ask(..)
            | Action::Accept(..)
            | Action::Decline(_)
            | Action::Withdraw(_)
            | Action::UndoRequest(_) => self.to_a_request(action).await,
            Action::Override(..)
            | Action::Unpin(_)
            | Action::Swap(..)
            | Action::Cohosts(..)
            | Action::Uncohost(_) => self.to_a_turn(action).await,
            Action::Blackout(..)
            | Action::Unblackout(_)
            | Action::Join(_)
            | Action::Leave(..)
            | Action::Reorder(..)
            | Action::Shares(..) => self.to_a_city(action).await,
            _ => return self.to_all(action).await,
        };
        Ok(done)
    }

    async fn to_a_meeting(&self, action: Action) -> Option<Done> {
        let seen = |id: &String| self.view.meetings.iter().find(|seen| seen.id == *id);
        let (id, verb, body, effect) = match action {
            Action::Invite(number) => {
                let id = self.with_status(number, "planned")?;
                (id, "invite", json!({}), Effect::Nothing)
            }
            Action::Close => {
                let now = self.now();
                let begun = |seen: &&Seen| {
                    seen.starts <= now && matches!(seen.status.as_str(), "planned" | "invited")
                };
                let id = self.view.meetings.iter().find(begun)?.id.clone();
                (id, "close", json!({ "outcomes": [] }), Effect::Nothing)
            }
            Action::Cancel(number) => {
                let id = self.ahead(number)?.id.clone();
                (id, "cancel", json!({ "reason": "Sturm" }), KEEP)
            }
            Action::Restore(number) => {
                let id = self.with_status(number, "cancelled")?;
                (id, "restore", json!({}), Effect::Restores)
            }
            Action::Confirm(number) => {
                let id = self.ahead(number)?.id.clone();
                (id, "host/confirm", json!({}), KEEP)
            }
            Action::HostDeclines(number) => {
                let id = self.ahead(number)?.id.clone();
                let body = json!({ "reason": "Umbau" });
                (id, "host/decline", body, KEEP)
            }
            Action::Move(number, days) => {
                let seen = self.ahead(number)?;
                let day = seen.day + Days::new(1 + days as u64 % 9);
                let what = format!("move {} to {day}", seen.day);
                let path = format!("/meetings/{}", seen.id);
                let body = json!({ "date": day });
                let (service, token) = (self.service(), &self.coop.token);
                let answer = service.patch(token, &path, body).await;
                return Some((what, KEEP, None, Some(answer)));
            }
            _ => return None,
        };
        let what = format!("{verb} {}", seen(&id)?.day);
        let answer = self.post(&format!("/meetings/{id}/{verb}"), body).await;
        let undo = (verb == "cancel").then_some(Undo::Cancel(id));
        Some((what, effect, undo, Some(answer)))
    }

    /// A city that is now a co-host of a meeting may lose its part, so that others have to be due.
    fn pins(&self, set: &[(&Seen, usize)]) -> Effect {
        let cohost = set.iter().any(|(seen, city)| seen.cohosts.contains(city));
        let all = set.iter().map(|(seen, _)| seen.id.clone());
        if cohost {
            KEEP
        } else {
            Effect::Hosts(all.collect())
        }
    }

    async fn to_a_turn(&self, action: Action) -> Option<Done> {
        let service = self.service();
        let (what, effect, undo, path, body) = match action {
            Action::Override(number, city) => {
                let (seen, city) = (self.ahead(number)?, self.city(city));
                let body = json!({
                    "meeting_id": seen.id, "municipality_id": self.coop.cities[city], "reason": "Umbau",
                });
                let planned = seen.status == "planned";
                let undo = planned.then(|| Undo::Pin(seen.id.clone()));
                let what = format!("override {} by {}", seen.day, NAMES[city]);
                (what, self.pins(&[(seen, city)]), undo, "overrides", body)
            }
            Action::Swap(first, second) => {
                let (first, second) = (self.ahead(first)?, self.ahead(second)?);
                let body = json!({
                    "first_meeting_id": first.id, "second_meeting_id": second.id,
                });
                let planned = first.status == "planned" && second.status == "planned";
                let undo = planned.then(|| Undo::Pin(second.id.clone()));
                let what = format!("swap {} and {}", first.day, second.day);
                let set: Vec<_> = [(first, second.host), (second, first.host)]
                    .into_iter()
                    .filter_map(|(seen, host)| Some((seen, host?)))
                    .collect();
                (what, self.pins(&set), undo, "swaps", body)
            }
            Action::Cohosts(number, city, count) => {
                let seen = self.ahead(number)?;
                let due = seen.turn.as_ref().and_then(|turn| turn.due);
                let all = self.coop.cities.len();
                let cities = (0..all).map(|more| (city + more) % all);
                // Now and then one that cannot be.
                let wrong = count % 7 == 0;
                let cities = cities.filter(|one| wrong || ![seen.host, due].contains(&Some(*one)));
                let cities: Vec<usize> = cities.take(1 + count % 2).collect();
                let ids: Vec<&String> =
                    cities.iter().map(|city| &self.coop.cities[*city]).collect();
                let body = json!({
                    "meeting_id": seen.id, "municipality_ids": ids, "reason": "Moderation",
                });
                let undo = seen
                    .cohosts
                    .is_empty()
                    .then(|| Undo::Cohosts(seen.id.clone()));
                let names: Vec<&str> = cities.iter().map(|city| NAMES[*city]).collect();
                let what = format!("co-hosts of {}: {}", seen.day, names.join(", "));
                (what, KEEP, undo, "cohosts", body)
            }
            Action::Unpin(number) => {
                let set = |seen: &&Seen| {
                    let source = seen.turn.as_ref().map(|turn| turn.source.as_str());
                    matches!(source, Some("override" | "swap"))
                };
                let set: Vec<&Seen> = self.view.meetings.iter().filter(set).collect();
                let seen = set.get(number % set.len().max(1))?;
                let what = format!("delete the override of {}", seen.day);
                let path = format!("overrides/{}", seen.id);
                let answer = self.coop.unrotate(service, &path).await;
                return Some((what, Effect::Restores, None, Some(answer)));
            }
            Action::Uncohost(number) => {
                let all = self.view.meetings.iter();
                let all: Vec<&Seen> = all.filter(|seen| !seen.cohosts.is_empty()).collect();
                let seen = all.get(number % all.len().max(1))?;
                let what = format!("remove the co-hosts of {}", seen.day);
                let path = format!("cohosts/{}", seen.id);
                let answer = self.coop.unrotate(service, &path).await;
                return Some((what, Effect::Restores, None, Some(answer)));
            }
            _ => return None,
        };
        let answer = self.coop.rotate(service, path, body).await;
        Some((what, effect, undo, Some(answer)))
    }

    async fn to_a_request(&mut self, action: Action) -> Option<Done> {
        let (number, verb) = match action {
            Action::Ask(number, other) => {
                let seen = self.ahead(number)?;
                let mut body = json!({ "meeting_id": seen.id, "nevertheless": other % 2 == 0 });
                if other % 3 == 0 {
                    body["partner_meeting_id"] = json!(self.ahead(other)?.id);
                }
                let what = format!("ask for {}", seen.day);
                let answer = self
                    .coop
                    .rotate(self.service(), "swap-requests", body)
                    .await;
                if answer.status == 201 {
                    self.requests.push(text(&answer.json()["id"]));
                }
                return Some((what, Effect::Nothing, None, Some(answer)));
            }
            Action::Accept(number, _) => (number, "accept"),
            Action::Decline(number) => (number, "decline"),
            Action::Withdraw(number) => (number, "withdraw"),
            Action::UndoRequest(number) => (number, "undo"),
            _ => return None,
        };
        let count = self.requests.len();
        let place = match number % 3 {
            0 => number % count.max(1),
            _ => count.checked_sub(1)?,
        };
        let id = self.requests.get(place)?.clone();
        let path = format!("/series/{}/rotation/swap-requests/{id}", self.coop.series);
        let request = self
            .service()
            .get(&self.coop.token, &path)
            .await
            .expect(200);
        let answers = request["answers"].as_array().unwrap();
        let mut body = json!({});
        let mut effect = Effect::Nothing;
        if let (Action::Accept(_, other), false) = (action, answers.is_empty()) {
            let taker = text(&answers[other % answers.len()]["municipality"]["id"]);
            let taking = self.coop.cities.iter().position(|city| *city == taker)?;
            body = json!({ "municipality_id": taker, "nevertheless": true });
            let seen = |id: &Value| self.view.meetings.iter().find(|seen| *id == json!(seen.id));
            let mut given = seen(&request["partner_meeting"]["id"]);
            if given.is_none() && other % 2 == 0 {
                given = self.ahead(other);
                body["meeting_id"] = json!(given?.id);
            }
            let meeting = seen(&request["meeting"]["id"])?;
            let mut set = vec![(meeting, taking)];
            if let Some(given) = given {
                set.push((given, meeting.host.unwrap_or(taking)));
            }
            effect = self.pins(&set);
        } else if let (Action::Decline(_), false) = (action, answers.is_empty()) {
            body =
                json!({ "municipality_id": answers[0]["municipality"]["id"], "reason": "Messe" });
        } else if verb == "undo" {
            effect = Effect::Restores;
        }
        let answer = self.post(&format!("{path}/{verb}"), body).await;
        let undo = (verb == "accept").then_some(Undo::Request(id));
        Some((
            format!("{verb} request {number}"),
            effect,
            undo,
            Some(answer),
        ))
    }

    async fn to_a_city(&mut self, action: Action) -> Option<Done> {
        let base = format!("{}/municipalities", self.coop.base);
        let today = self.now().date_naive();
        match action {
            Action::Blackout(city, from, length) => {
                let city = self.city(city);
                let from = today + Days::new(from as u64 % 70);
                let until = from + Days::new(length as u64 % 20);
                let path = format!("{base}/{}/blackouts", self.coop.cities[city]);
                let body = json!({ "starts_on": from, "ends_on": until });
                let answer = self.post(&path, body).await;
                if answer.status == 201 {
                    let id = text(&answer.json()["id"]);
                    self.blackouts.push((city, id, (from, until)));
                    self.facts.members[city].blackouts.push((from, until));
                }
                let what = format!("blackout of {} from {from} to {until}", NAMES[city]);
                Some((what, KEEP, None, Some(answer)))
            }
            Action::Unblackout(number) => {
                let count = self.blackouts.len();
                if count == 0 {
                    return None;
                }
                let (city, id, days) = self.blackouts.remove(number % count);
                let own = &mut self.facts.members[city].blackouts;
                let place = own.iter().position(|known| *known == days)?;
                own.remove(place);
                let path = format!("{base}/{}/blackouts/{id}", self.coop.cities[city]);
                let (service, token) = (self.service(), &self.coop.token);
                let answer = service.delete(token, &path).await;
                let what = format!("no blackout of {} from {}", NAMES[city], days.0);
                Some((what, KEEP, None, Some(answer)))
            }
            Action::Join(days) => {
                let place = self.coop.cities.len();
                if place == NAMES.len() {
                    return None;
                }
                let day = today + Days::new(days as u64 % 40);
                let service = self.service.take()?;
                let answer = self.coop.join(&service, &day.to_string()).await;
                self.service = Some(service);
                if answer.status == 201 {
                    let position = answer.json()["position"].as_i64().unwrap();
                    self.facts.members.push(Member {
                        place: (position, self.coop.cities[place].clone()),
                        joined: day,
                        left: None,
                        blackouts: Vec::new(),
                    });
                }
                let what = format!("{} joins on {day}", NAMES[place]);
                Some((what, MEMBERS, None, Some(answer)))
            }
            _ => self.changes_a_city(action).await,
        }
    }

    async fn changes_a_city(&mut self, action: Action) -> Option<Done> {
        let today = self.now().date_naive();
        let (service, token) = (self.service(), &self.coop.token);
        let (city, body, what) = match action {
            Action::Leave(city, days) => {
                let city = self.city(city);
                let left = today + Days::new(days as u64 % 60);
                let body = json!({ "left_on": left });
                (city, body, format!("{} leaves on {left}", NAMES[city]))
            }
            Action::Reorder(city, position) => {
                let (city, position) = (self.city(city), position % 9);
                let body = json!({ "position": position });
                (
                    city,
                    body,
                    format!("{} at position {position}", NAMES[city]),
                )
            }
            Action::Shares(city, percent) => {
                let city = self.city(city);
                let percent = [0, 50, 100, 200][percent % 4];
                let mut shares = self.facts.shares.clone();
                shares.retain(|share| share.city != city);
                let from = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
                shares.push(Share {
                    city,
                    from,
                    percent,
                });
                let all: Vec<Value> = shares
                    .iter()
                    .map(|share| {
                        let id = &self.coop.cities[share.city];
                        json!({ "municipality_id": id, "from": from, "percent": share.percent })
                    })
                    .collect();
                let path = format!("{}/series/{}", self.coop.base, self.coop.series);
                let body = json!({ "host_weights": { "shares": all } });
                let answer = service.patch(token, &path, body).await;
                if answer.status == 200 {
                    self.facts.shares = shares;
                }
                let what = format!("share of {}: {percent} %", NAMES[city]);
                return Some((what, KEEP, None, Some(answer)));
            }
            _ => return None,
        };
        let path = format!(
            "{}/municipalities/{}",
            self.coop.base, self.coop.cities[city]
        );
        let answer = service.patch(token, &path, body.clone()).await;
        if answer.status == 200 {
            let member = &mut self.facts.members[city];
            if let Some(position) = body["position"].as_i64() {
                member.place.0 = position;
            } else {
                member.left = Some(text(&body["left_on"]).parse().unwrap());
            }
        }
        Some((what, MEMBERS, None, Some(answer)))
    }

    async fn to_all(&mut self, action: Action) -> Result<Option<Done>, String> {
        let plan = format!("/series/{}/plan", self.coop.series);
        let done = match action {
            Action::Pass(hours) => {
                let hours = [3, 24, 24 * 4, 24 * 7, 24 * 7, 24 * 15][hours % 6];
                let now = self.now() + TimeDelta::hours(hours);
                for seen in &self.view.meetings {
                    if let (true, Some(turn)) = (seen.starts <= now, &seen.turn) {
                        self.facts
                            .begun
                            .entry(seen.id.clone())
                            .or_insert_with(|| turn.clone());
                    }
                }
                self.service().clock.set(now);
                (format!("until {now}"), Effect::Nothing, None, None)
            }
            Action::Jobs => {
                self.service().run().await;
                ("jobs".to_owned(), Effect::Nothing, None, None)
            }
            Action::Restart => {
                let service = self.service.take().unwrap().restarted();
                self.service = Some(service);
                ("restart".to_owned(), Effect::Nothing, None, None)
            }
            Action::Plan => {
                let trial = self.post(&format!("{plan}?dry_run=true"), json!({})).await;
                let trial = trial.expect(200);
                let moved = &trial["difference"]["moved_turns"];
                let none = *moved == json!([]);
                self.checks
                    .that(none, || format!("a dry run would move {moved}"))?;
                let answer = self.post(&plan, json!({})).await;
                ("plan".to_owned(), Effect::Nothing, None, Some(answer))
            }
            Action::PlanAnew => {
                let anew = json!({ "anew": true });
                let answer = self.post(&plan, anew).await;
                let effect = Effect::Replans(&[Keeps::Confirmed]);
                ("plan anew".to_owned(), effect, None, Some(answer))
            }
            _ => return Ok(None),
        };
        Ok(Some(done))
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
    if before.meetings.len() != after.meetings.len() {
        return Some("other meetings".to_owned());
    }
    let differing = pairs(before, after).find(|(old, new)| plan(old) != plan(new));
    differing.map(|(old, new)| format!("{} instead of {}", plan(new), plan(old)))
}
