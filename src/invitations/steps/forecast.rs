//! What the reconciler looks at: which meetings have steps that are due, and when to look again.
use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use diesel::prelude::*;

use super::{Dates, OFF, about_of, day_of, kind, misled, open, take};
use super::{INVITATION_DUE, SAVE_THE_DATE};
use crate::Tx;
use crate::auth::SystemActor;
use crate::cooperations::Cooperation;
use crate::db::schema::{meetings as meeting_rows, messages, series as series_rows};
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::meetings::steps::{MeetingStep, is_office_time, next_opening};
use crate::meetings::{self, Meeting, MeetingStatus};
use crate::notifications::superseding::{Superseded, is_unsent, supersede};
use crate::notifications::{Message, MessageKind};
use crate::people::Person;
use crate::reconcile::{Forecast, Look, Reconciler};
use crate::series::Series;

/// How long before a meeting its first step may come: the longest lead time and what holidays add.
const BEFORE: TimeDelta = TimeDelta::days(365 + 10);
/// How long after it the last one may come.
const AFTER: TimeDelta = TimeDelta::days(60 + 20);
/// A message that has waited for so long may be overtaken by what has happened since.
const WAITED: TimeDelta = TimeDelta::minutes(5);

/// Takes the steps around a meeting that are due.
pub struct Steps;

impl Reconciler for Steps {
    type Item = Id<Meeting>;
    const NAME: &'static str = "steps around meetings";
    const LOOK: Look = Look::AfterChanges;

    fn due(
        conn: &mut DbConn,
        of: &[Id<Cooperation>],
        now: Instant,
    ) -> Result<Forecast<Self::Item>> {
        let mut found = Forecast::default();
        let live = meetings::store::series_in_use(conn, of)?;
        let (first, last) = (Instant::from(*now - AFTER), Instant::from(*now + BEFORE));
        let meetings: Vec<(Id<Cooperation>, Meeting, Series)> = meeting_rows::table
            .inner_join(series_rows::table.on(series_rows::id.eq(meeting_rows::series_id)))
            .filter(meeting_rows::cooperation_id.eq_any(of))
            .filter(meeting_rows::series_id.eq_any(live))
            .filter(meeting_rows::starts_at.between(first, last))
            .filter(meeting_rows::deleted_at.is_null())
            .order((meeting_rows::starts_at, meeting_rows::id))
            .select((
                meeting_rows::cooperation_id,
                Meeting::as_select(),
                Series::as_select(),
            ))
            .load(conn)?;
        let dates = dates_told(conn, of, now)?;
        for (cooperation, meeting, series) in &meetings {
            let (zone, land) = (meeting.zone(), series.land());
            let moments = MeetingStep::ALL
                .iter()
                .filter(|step| step.obstacle(meeting).is_none())
                .filter_map(|step| step.window(meeting, series));
            for moment in
                moments.filter(|moment| now < moment.due_at && moment.due_at < moment.until)
            {
                found.look_again(*cooperation, moment.due_at);
            }
            let dates = dates.get(&meeting.id);
            let misled = dates.is_some_and(|dates| !misled(meeting, dates, now).is_empty());
            let settled_at = series.settled_at(meeting.changed_at);
            if misled && now < settled_at {
                found.look_again(*cooperation, settled_at);
            }
            let corrects = misled && settled_at <= now;
            if !corrects && open(meeting, series, now).is_empty() {
                continue;
            }
            if is_office_time(now, zone, land) {
                found.due.push((*cooperation, meeting.id));
            } else {
                found.look_again(*cooperation, next_opening(now, zone, land));
            }
        }
        Ok(found)
    }

    fn run(tx: &mut Tx, who: &SystemActor, meeting: Id<Meeting>) -> Result<bool> {
        take(tx, who, meeting)
    }
}

/// The dates that people were told of meetings that nobody is invited to.
fn dates_told(
    conn: &mut DbConn,
    of: &[Id<Cooperation>],
    now: Instant,
) -> Result<HashMap<Id<Meeting>, Dates>> {
    let rows: Vec<(Id<Meeting>, Id<Person>, String)> = messages::table
        .inner_join(meeting_rows::table.on(messages::meeting_id.eq(meeting_rows::id.nullable())))
        .filter(messages::cooperation_id.eq_any(of))
        .filter(messages::kind.eq(SAVE_THE_DATE))
        .filter(messages::notice_key.is_not_null())
        .filter(meeting_rows::starts_at.gt(now))
        .filter(meeting_rows::invited_at.is_null())
        .filter(meeting_rows::deleted_at.is_null())
        .order(messages::id)
        .select((
            meeting_rows::id,
            messages::person_id,
            messages::notice_key.assume_not_null(),
        ))
        .load(conn)?;
    let mut told: HashMap<_, Dates> = HashMap::new();
    for (meeting, person, key) in rows {
        let about = about_of(&key).to_owned();
        let dates = told.entry(meeting).or_default();
        dates.entry(person).or_default().push(about);
    }
    Ok(told)
}

/// Supersedes messages of steps that could not be sent for so long that the meeting has begun, moved or been cancelled
/// since.
pub struct OvertakenMessages;

impl Reconciler for OvertakenMessages {
    type Item = Id<Message>;
    const NAME: &'static str = "overtaken messages";
    const LOOK: Look = Look::EachRound;

    fn due(conn: &mut DbConn, _: &[Id<Cooperation>], now: Instant) -> Result<Forecast<Self::Item>> {
        type About = (String, MessageKind);
        type Of = (MeetingStatus, Instant, NaiveDate);
        let ahead = MeetingStep::ALL
            .iter()
            .filter(|step| !matches!(step, MeetingStep::MinutesDue | MeetingStep::AttendanceDue))
            .map(|step| kind(*step));
        let waiting: Vec<(Id<Cooperation>, Id<Message>, About, Of)> = messages::table
            .inner_join(
                meeting_rows::table.on(messages::meeting_id.eq(meeting_rows::id.nullable())),
            )
            .filter(is_unsent(now))
            .filter(messages::kind.eq_any(ahead))
            .filter(messages::notice_key.is_not_null())
            .filter(messages::created_at.le(Instant::from(*now - WAITED)))
            .order(messages::id)
            .select((
                messages::cooperation_id,
                messages::id,
                (messages::notice_key.assume_not_null(), messages::kind),
                (
                    meeting_rows::status,
                    meeting_rows::starts_at,
                    meeting_rows::date,
                ),
            ))
            .load(conn)?;
        let is_overtaken = |key: &str, of: &MessageKind, (status, starts_at, date): Of| {
            let about = day_of(about_of(key));
            let cancelled = status == MeetingStatus::Cancelled;
            let moved = !about.is_empty() && about != OFF && about != date.to_string();
            let invited =
                status == MeetingStatus::Invited && [SAVE_THE_DATE, INVITATION_DUE].contains(of);
            starts_at <= now || cancelled != (about == OFF) || moved || invited
        };
        let overtaken = waiting
            .into_iter()
            .filter(|(_, _, (key, of), meeting)| is_overtaken(key, of, *meeting))
            .map(|(cooperation, message, ..)| (cooperation, message));
        Ok(overtaken.collect::<Vec<_>>().into())
    }

    fn run(tx: &mut Tx, who: &SystemActor, message: Id<Message>) -> Result<bool> {
        Ok(supersede(tx, who, message)? != Superseded::TooLate)
    }
}
