//! Municipalities with a delegate each, and a series of four meetings, the first one invited to.
//!
//! Series, meetings and invitations are written straight into the database: what stands here must
//! not depend on how they are planned and sent.
use std::rc::Rc;

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;
use reihum::Tx;
use reihum::cooperations::Cooperation;
use reihum::db::schema::{invitations, meetings, series};
use reihum::db::{Id, Instant};
use reihum::meetings::{Meeting, MeetingStatus, span};
use reihum::municipalities::Municipality;
use reihum::people::Person;
use reihum::series::{CancelledTurn, Series};
use serde_json::{Value, json};

use crate::harness::{Answer, Service};

/// The days of the meetings, at 10:00 in Berlin for 150 minutes; the clock stands at 2 March.
const DAYS: [(i32, u32, u32); 4] = [(2026, 3, 10), (2026, 5, 12), (2026, 7, 14), (2026, 9, 8)];
const MINUTES: i32 = 150;

pub struct Gathering {
    pub service: Rc<Service>,
    pub slug: String,
    pub coordinator: String,
    pub reader: String,
    pub towns: Vec<Town>,
    pub series: String,
    /// Meeting n is hosted by town n, as long as there are enough of them.
    pub meetings: Vec<String>,
}

pub struct Town {
    pub id: String,
    /// Its delegate.
    pub person: String,
    /// The delegate's token.
    pub token: String,
}

impl Gathering {
    pub async fn of(towns: usize) -> Self {
        Self::with(towns, true).await
    }

    /// Whether topics need to be accepted is up to the series.
    pub async fn with(towns: usize, topics_need_acceptance: bool) -> Self {
        Self::on(
            Rc::new(Service::start()),
            "5 für OWL",
            towns,
            topics_need_acceptance,
        )
        .await
    }

    /// The like in another cooperation of the same installation.
    pub async fn beside(&self, towns: usize) -> Self {
        Self::on(self.service.clone(), "Nordkreis", towns, true).await
    }

    async fn on(
        service: Rc<Service>,
        name: &str,
        towns: usize,
        topics_need_acceptance: bool,
    ) -> Self {
        let (slug, coordinator) = service.cooperation(name).await;
        let path = format!("/cooperations/{slug}/tokens");
        let reader = json!({ "role": "reader", "label": "tests" });
        let reader = service.post(&coordinator, &path, reader).await.expect(201);
        let mut it = Self {
            service,
            slug,
            coordinator,
            reader: text(&reader["token"]),
            towns: Vec::new(),
            series: String::new(),
            meetings: Vec::new(),
        };
        for number in 1..=towns {
            let town = it.town(number).await;
            it.towns.push(town);
        }
        it.plan(topics_need_acceptance).await;
        it.invite(0).await;
        it
    }

    async fn town(&self, number: usize) -> Town {
        let name = format!("Musterstadt {number:02}");
        let new = json!({ "name": name, "joined_on": "2026-01-01" });
        let id = text(&self.make("/municipalities", new).await["id"]);
        let (person, token) = self
            .person(&format!("Vertretung{number:02}"), "delegate", Some(&id))
            .await;
        Town { id, person, token }
    }

    /// Somebody of that family name and role with an own token (delegates and coordinators) or a
    /// reader's.
    pub async fn person(&self, name: &str, role: &str, town: Option<&str>) -> (String, String) {
        let new = json!({
            "given_name": "Kim", "family_name": name, "address": format!("{name}@stadt.example"),
            "role": role, "municipality_id": town, "from": "2026-01-01",
        });
        let id = text(&self.make("/people", new).await["id"]);
        let of_token = if town.is_some() { "delegate" } else { "reader" };
        let new = json!({ "role": of_token, "person_id": id, "label": name });
        let token = text(&self.make("/tokens", new).await["token"]);
        (id, token)
    }

    /// Makes something below the cooperation as its coordinator.
    pub async fn make(&self, path: &str, new: Value) -> Value {
        let path = format!("/cooperations/{}{path}", self.slug);
        let made = self.service.post(&self.coordinator, &path, new).await;
        made.expect(201)
    }

    async fn cooperation(&self) -> Id<Cooperation> {
        let path = format!("/cooperations/{}", self.slug);
        let shown = self.service.get(&self.coordinator, &path).await.expect(200);
        key(&text(&shown["id"]))
    }

    async fn plan(&mut self, topics_need_acceptance: bool) {
        let within = self.cooperation().await;
        let hosts: Vec<Id<Municipality>> = self.towns.iter().map(|town| key(&town.id)).collect();
        let write = move |tx: &mut Tx| {
            let series = insert_series(tx, within, topics_need_acceptance)?;
            let mut made = Vec::new();
            for (index, (year, month, day)) in DAYS.into_iter().enumerate() {
                let day = NaiveDate::from_ymd_opt(year, month, day).unwrap();
                let host = hosts[index % hosts.len()];
                let number = i32::try_from(index + 1).unwrap();
                made.push(insert_meeting(tx, within, series, (number, day, host))?);
            }
            Ok((series, made))
        };
        let (series, made) = self.service.app.write(write).await.unwrap();
        self.series = series.to_string();
        self.meetings = made.iter().map(ToString::to_string).collect();
    }

    /// Invites all delegates to the meeting at that place.
    pub async fn invite(&self, place: usize) {
        let within = self.cooperation().await;
        let meeting: Id<Meeting> = key(&self.meetings[place]);
        let people: Vec<Id<Person>> = self.towns.iter().map(|town| key(&town.person)).collect();
        let write = move |tx: &mut Tx| {
            let now = tx.now;
            diesel::update(meetings::table.find(meeting))
                .set((
                    meetings::status.eq(MeetingStatus::Invited),
                    meetings::invited_at.eq(now),
                ))
                .execute(&mut **tx)?;
            for person in &people {
                insert_invitation(tx, within, meeting, *person)?;
            }
            Ok(())
        };
        self.service.app.write(write).await.unwrap();
        self.touch().await;
    }

    /// Invites one more person to the meeting at that place.
    pub async fn invite_also(&self, place: usize, person: &str) {
        let within = self.cooperation().await;
        let (meeting, person) = (key(&self.meetings[place]), key(person));
        let write = move |tx: &mut Tx| insert_invitation(tx, within, meeting, person);
        self.service.app.write(write).await.unwrap();
        self.touch().await;
    }

    /// Moves the meeting at that place by a day, as far as answers are concerned.
    pub async fn move_in_time(&self, place: usize) {
        let meeting: Id<Meeting> = key(&self.meetings[place]);
        let write = move |tx: &mut Tx| {
            diesel::update(meetings::table.find(meeting))
                .set((
                    meetings::sequence.eq(meetings::sequence + 1),
                    meetings::asked_sequence.eq(meetings::sequence + 1),
                ))
                .execute(&mut **tx)?;
            Ok(())
        };
        self.service.app.write(write).await.unwrap();
        self.touch().await;
    }

    /// Sets how far the meeting at that place is.
    pub async fn set_status(&self, place: usize, status: MeetingStatus) {
        let meeting: Id<Meeting> = key(&self.meetings[place]);
        let write = move |tx: &mut Tx| {
            diesel::update(meetings::table.find(meeting))
                .set(meetings::status.eq(status))
                .execute(&mut **tx)?;
            Ok(())
        };
        self.service.app.write(write).await.unwrap();
        self.touch().await;
    }

    /// What was written behind the service's back must not be hidden by what it keeps.
    async fn touch(&self) {
        let path = format!("/cooperations/{}", self.slug);
        let name = json!({ "name": "5 für OWL" });
        let touched = self.service.patch(&self.coordinator, &path, name).await;
        touched.expect(200);
    }

    /// `/meetings/{key}` of the meeting at that place, and what follows.
    pub fn meeting(&self, place: usize, path: &str) -> String {
        format!("/meetings/{}{path}", self.meetings[place])
    }

    /// The coordinator gets.
    pub async fn get(&self, path: &str) -> Value {
        self.service.get(&self.coordinator, path).await.expect(200)
    }

    /// The coordinator posts.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.service.post(&self.coordinator, path, body).await
    }

    /// The delegate of a town proposes something for the meeting at that place.
    pub async fn propose(&self, town: usize, place: usize, title: &str) -> String {
        let path = self.meeting(place, "/agenda/items");
        let token = &self.towns[town].token;
        let made = self.service.post(token, &path, topic(title)).await;
        text(&made.expect(201)["id"])
    }

    /// An item on the agenda of the meeting at that place.
    pub async fn scheduled(&self, place: usize, title: &str) -> String {
        let item = self.propose(0, place, title).await;
        let path = format!("/agenda-items/{item}/accept");
        self.post(&path, json!({})).await.expect(200);
        item
    }

    /// Puts the clock to an hour after the end of the meeting at that place.
    pub fn go_past(&self, place: usize) {
        let (year, month, day) = DAYS[place];
        let day = NaiveDate::from_ymd_opt(year, month, day).unwrap();
        self.service
            .clock
            .set(day.and_hms_opt(12, 0, 0).unwrap().and_utc());
    }
}

fn insert_series(
    tx: &mut Tx,
    within: Id<Cooperation>,
    topics_need_acceptance: bool,
) -> reihum::error::Result<Id<Series>> {
    let (id, now) = (tx.id::<Series>(), tx.now);
    let template = json!([
        { "title": "Begrüßung", "minutes": 5, "kind": "information", "placement": "opening" },
        { "title": "Protokoll", "minutes": 10, "kind": "decision", "placement": "opening" },
        { "title": "Verschiedenes", "minutes": 10, "kind": "discussion", "placement": "closing" },
        { "title": "Nächster Termin", "minutes": 5, "kind": "information", "placement": "closing", "next_meeting": true },
    ]);
    diesel::insert_into(series::table)
        .values((
            (
                series::id.eq(id),
                series::cooperation_id.eq(within),
                series::title.eq("Digitaltreffen"),
                series::rule.eq("FREQ=MONTHLY;INTERVAL=2;COUNT=4;BYDAY=2TU"),
                series::starts_on.eq(NaiveDate::from_ymd_opt(2026, 3, 1).unwrap()),
                series::start_time.eq(NaiveTime::from_hms_opt(10, 0, 0).unwrap()),
                series::time_zone.eq("Europe/Berlin"),
                series::duration_minutes.eq(MINUTES),
                series::horizon_months.eq(18),
                series::call_for_topics_days.eq(28),
                series::topic_deadline_days.eq(14),
                series::invitation_days.eq(11),
            ),
            (
                series::answer_days.eq(5),
                series::reminder_days.eq(3),
                series::change_window_minutes.eq(10),
                series::topics_need_acceptance.eq(topics_need_acceptance),
                series::cancelled_turn.eq(CancelledTurn::GivenBack),
                series::template_agenda.eq(template.to_string()),
                series::created_at.eq(now),
                series::modified_at.eq(now),
            ),
        ))
        .execute(&mut **tx)?;
    Ok(id)
}

fn insert_meeting(
    tx: &mut Tx,
    within: Id<Cooperation>,
    of: Id<Series>,
    (number, day, host): (i32, NaiveDate, Id<Municipality>),
) -> reihum::error::Result<Id<Meeting>> {
    let (id, now) = (tx.id::<Meeting>(), tx.now);
    let ten = NaiveTime::from_hms_opt(10, 0, 0).unwrap();
    let (starts_at, ends_at): (Instant, Instant) =
        span(day.and_time(ten), chrono_tz::Europe::Berlin, MINUTES);
    diesel::insert_into(meetings::table)
        .values((
            (
                meetings::id.eq(id),
                meetings::cooperation_id.eq(within),
                meetings::series_id.eq(of),
                meetings::uid.eq(format!("{id}@reihum.example")),
                meetings::number.eq(number),
                meetings::status.eq(MeetingStatus::Planned),
                meetings::occurrence_on.eq(day),
                meetings::date.eq(day),
                meetings::start_time.eq(ten),
                meetings::duration_minutes.eq(MINUTES),
                meetings::time_zone.eq("Europe/Berlin"),
            ),
            (
                meetings::starts_at.eq(starts_at),
                meetings::ends_at.eq(ends_at),
                meetings::host_id.eq(host),
                meetings::sequence.eq(0),
                meetings::asked_sequence.eq(0),
                meetings::changed_at.eq(now),
                meetings::created_at.eq(now),
                meetings::modified_at.eq(now),
            ),
        ))
        .execute(&mut **tx)?;
    Ok(id)
}

/// The key of a row of `invitations`.
enum InvitationRow {}

fn insert_invitation(
    tx: &mut Tx,
    within: Id<Cooperation>,
    meeting: Id<Meeting>,
    person: Id<Person>,
) -> reihum::error::Result<()> {
    let (id, now) = (tx.id::<InvitationRow>(), tx.now);
    diesel::insert_into(invitations::table)
        .values((
            invitations::id.eq(id),
            invitations::cooperation_id.eq(within),
            invitations::meeting_id.eq(meeting),
            invitations::person_id.eq(person),
            invitations::state.eq("invited"),
            invitations::invited_at.eq(now),
            invitations::created_at.eq(now),
            invitations::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// A topic of twenty minutes.
pub fn topic(title: &str) -> Value {
    json!({ "title": title, "kind": "discussion", "minutes": 20 })
}

pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text instead of {value}"))
        .to_owned()
}

fn key<T>(text: &str) -> Id<T> {
    text.parse().unwrap()
}
