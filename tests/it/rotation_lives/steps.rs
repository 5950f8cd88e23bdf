//! What can happen in a life: each step over HTTP, what it may change, and how it is undone.
use chrono::{Days, NaiveDate, TimeDelta};
use serde_json::{Value, json};

use super::coop::{NAMES, Seen};
use super::life::Life;
use super::oracle::{Keeps, Member, Share};
use crate::builders::text;
use crate::harness::Answer;

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
pub(super) enum Effect {
    /// Nothing that is planned.
    Nothing,
    /// The hosts of these meetings, and who is due nowhere.
    Hosts(Vec<String>),
    /// The plan, of which so much is kept: one of these.
    Replans(&'static [Keeps]),
    /// The plan; turns may move back that an earlier step had moved.
    Restores,
}

/// A step that can be undone.
pub(super) enum Undo {
    Pin(String),
    Cohosts(String),
    Cancel(String),
    Request(String),
}

/// What was done, what it may change, and how it is undone.
pub(super) type Done = (String, Effect, Option<Undo>, Option<Answer>);

const KEEP: Effect = Effect::Replans(&[Keeps::All]);
/// Members, their order or shares, or which meetings there are and when.
const ORDER: Effect = Effect::Replans(&[Keeps::Near]);

impl Life {
    /// Does it; nothing if there is nothing to do it with.
    pub(super) async fn does(&mut self, action: Action) -> Result<Option<Done>, String> {
        let done = match action {
            Action::Invite(_)
            | Action::Close
            | Action::Cancel(_)
            | Action::Restore(_)
            | Action::Move(..)
            | Action::Confirm(_)
            | Action::HostDeclines(_) => self.concerns_a_meeting(action).await,
            Action::Ask(..)
            | Action::Accept(..)
            | Action::Decline(_)
            | Action::Withdraw(_)
            | Action::UndoRequest(_) => self.asks(action).await,
            Action::Override(..)
            | Action::Unpin(_)
            | Action::Swap(..)
            | Action::Cohosts(..)
            | Action::Uncohost(_) => self.concerns_a_turn(action).await,
            Action::Blackout(..)
            | Action::Unblackout(_)
            | Action::Join(_)
            | Action::Leave(..)
            | Action::Reorder(..)
            | Action::Shares(..) => self.concerns_a_city(action).await,
            _ => return self.concerns_all(action).await,
        };
        Ok(done)
    }

    async fn concerns_a_meeting(&self, action: Action) -> Option<Done> {
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
                let effect = if self.facts.forfeits { KEEP } else { ORDER };
                (id, "cancel", json!({ "reason": "Sturm" }), effect)
            }
            Action::Restore(number) => {
                let id = self.with_status(number, "cancelled")?;
                (id, "restore", json!({}), Effect::Restores)
            }
            Action::Confirm(number) => {
                let id = self.ahead(number)?.id.clone();
                (id, "host/confirm", json!({}), Effect::Nothing)
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
                return Some((what, ORDER, None, Some(answer)));
            }
            _ => return None,
        };
        let what = format!("{verb} {}", seen(&id)?.day);
        let answer = self.post(&format!("/meetings/{id}/{verb}"), body).await;
        let undo = (verb == "cancel").then_some(Undo::Cancel(id));
        Some((what, effect, undo, Some(answer)))
    }

    /// A co-host that becomes the host loses its part, so that others may be due elsewhere.
    fn pins(set: &[(&Seen, usize)]) -> Effect {
        let cohost = set.iter().any(|(seen, city)| seen.cohosts.contains(city));
        let all = set.iter().map(|(seen, _)| seen.id.clone());
        if cohost {
            KEEP
        } else {
            Effect::Hosts(all.collect())
        }
    }

    async fn concerns_a_turn(&self, action: Action) -> Option<Done> {
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
                (what, Self::pins(&[(seen, city)]), undo, "overrides", body)
            }
            Action::Swap(first, second) => {
                let (first, second) = (self.ahead(first)?, self.ahead(second)?);
                let body = json!({
                    "first_meeting_id": first.id, "second_meeting_id": second.id,
                });
                let planned = [first, second].iter().all(|seen| seen.status == "planned");
                let undo = planned.then(|| Undo::Pin(second.id.clone()));
                let what = format!("swap {} and {}", first.day, second.day);
                let set: Vec<_> = [(first, second.host), (second, first.host)]
                    .into_iter()
                    .filter_map(|(seen, host)| Some((seen, host?)))
                    .collect();
                (what, Self::pins(&set), undo, "swaps", body)
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

    async fn asks(&mut self, action: Action) -> Option<Done> {
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
        let last = self.requests.len().checked_sub(1)?;
        let place = if number % 3 == 0 {
            number % (last + 1)
        } else {
            last
        };
        let id = self.requests[place].clone();
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
            effect = Self::pins(&set);
        } else if let (Action::Decline(_), false) = (action, answers.is_empty()) {
            body =
                json!({ "municipality_id": answers[0]["municipality"]["id"], "reason": "Messe" });
        } else if verb == "undo" {
            effect = Effect::Restores;
        }
        let answer = self.post(&format!("{path}/{verb}"), body).await;
        let undo = (verb == "accept").then_some(Undo::Request(id));
        let what = format!("{verb} request {number}");
        Some((what, effect, undo, Some(answer)))
    }

    async fn concerns_a_city(&mut self, action: Action) -> Option<Done> {
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
                Some((what, ORDER, None, Some(answer)))
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
                return Some((what, ORDER, None, Some(answer)));
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
        Some((what, ORDER, None, Some(answer)))
    }

    async fn concerns_all(&mut self, action: Action) -> Result<Option<Done>, String> {
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
