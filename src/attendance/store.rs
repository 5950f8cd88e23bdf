//! Queries of answers and attendance.
use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::answers;
use super::count::{number, person_row, represented, totals};
use super::delegations::{self, Representation};
use super::{
    AnswerShown, Attendance, AttendanceEntry, NewGuest, PersonAnswer, PersonAttendance, Presence,
    quorum,
};
use crate::Tx;
use crate::auth::{Host, Reader, Scope};
use crate::cooperations;
use crate::db::schema::{attendances, people as people_rows};
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result, conflict_unless};
use crate::http::body::ExpectedRevision;
use crate::meetings::{Meeting, MeetingStatus};
use crate::municipalities::{self, Municipality};
use crate::people::memberships::Memberships;
use crate::people::{self, Person};

/// Most guests without an invitation at a meeting.
const MAX_GUESTS: i64 = 500;

/// Whether anybody's attendance or absence is recorded.
pub fn is_recorded(conn: &mut DbConn, who: &impl Scope, meeting: Id<Meeting>) -> Result<bool> {
    let first: Option<Id<AttendanceEntry>> = attendances::table
        .filter(attendances::cooperation_id.eq(who.cooperation()))
        .filter(attendances::meeting_id.eq(meeting))
        .filter(attendances::deleted_at.is_null())
        .select(attendances::id)
        .first(conn)
        .optional()?;
    Ok(first.is_some())
}

/// The answer of each invited person, ordered by name. Comments are visible to the own
/// municipality, the host and coordinators only.
pub fn answers(conn: &mut DbConn, who: &Reader, meeting: &Meeting) -> Result<Vec<PersonAnswer>> {
    let invited = answers::invited(conn, who, meeting.id)?;
    let mut current = answers::current(conn, who, meeting)?;
    let representation = representation(conn, who, meeting)?;
    let own = who.person();
    let owns = own.and_then(|person| representation.own(person));
    let sees_all = who.coordinates() || (owns.is_some() && owns == meeting.host_id);
    let people = names(conn, who, &invited)?;
    Ok(people
        .into_iter()
        .map(|(person_id, name)| {
            let answer = current.remove(&person_id);
            let municipality_id = representation.listed(person_id);
            let is_own = own == Some(person_id) || (owns.is_some() && owns == municipality_id);
            PersonAnswer {
                person_id,
                name,
                municipality_id,
                deputy_id: representation.deputy_of(person_id),
                deputy_for: representation.delegators_of(person_id),
                answer: AnswerShown::from(answer.as_ref().map(|answer| answer.value)),
                stale: answer.as_ref().is_some_and(|answer| !answer.counts),
                way: answer.as_ref().map(|answer| answer.way),
                answered_at: answer.as_ref().map(|answer| answer.answered_at),
                via: answer
                    .as_ref()
                    .filter(|_| sees_all)
                    .and_then(|answer| answer.via.clone()),
                comment: answer
                    .and_then(|answer| answer.comment)
                    .filter(|_| sees_all || is_own),
            }
        })
        .collect())
}

/// Answers and attendance of a meeting.
pub fn attendance(conn: &mut DbConn, who: &impl Scope, meeting: &Meeting) -> Result<Attendance> {
    let invited = answers::invited(conn, who, meeting.id)?;
    let answers = answers::current(conn, who, meeting)?;
    let (entries, guests): (Vec<_>, Vec<_>) = entries(conn, who, meeting.id)?
        .into_iter()
        .partition(|entry| entry.person_id.is_some());
    let recorded: HashMap<_, _> = entries
        .iter()
        .filter_map(|entry| Some((entry.person_id?, entry)))
        .collect();
    let mut representation = representation(conn, who, meeting)?;
    for (person, entry) in &recorded {
        representation.record(*person, entry.municipality_id);
    }
    let members: Vec<_> = municipalities::store::all(conn, who)?
        .into_iter()
        .filter(|municipality| municipality.is_member_on(meeting.date))
        .collect();
    let known: Vec<_> = invited.iter().chain(recorded.keys()).copied().collect();
    let mut by_municipality: BTreeMap<_, Vec<PersonAttendance>> = BTreeMap::new();
    for (person_id, name) in names(conn, who, &known)? {
        let (entry, answer) = (recorded.get(&person_id), answers.get(&person_id));
        let municipality = representation.listed(person_id);
        let municipality = municipality.filter(|id| members.iter().any(|row| row.id == *id));
        let is_invited = invited.contains(&person_id);
        let person = person_row(
            person_id,
            name,
            is_invited,
            answer,
            entry.map(|row| row.presence),
            &representation,
        );
        by_municipality
            .entry(municipality)
            .or_default()
            .push(person);
    }
    let everybody: Vec<_> = by_municipality.values().flatten().collect();
    let totals = totals(&everybody, &guests);
    let represented_by = |comes: fn(&PersonAttendance) -> bool| {
        let those = everybody.iter().filter(|person| comes(person));
        representation.represented_by(those.map(|person| person.person_id))
    };
    let promised = represented_by(PersonAttendance::says_to_come);
    let present = represented_by(PersonAttendance::was_there);
    let municipalities: Vec<_> = members
        .into_iter()
        .map(|member| {
            let people = by_municipality.remove(&Some(member.id)).unwrap_or_default();
            represented(member, people, &promised, &present)
        })
        .collect();
    let by_answers = municipalities
        .iter()
        .filter(|row| row.represented_by_answer);
    let present = municipalities.iter().filter(|row| row.represented);
    let (by_answers, present) = (number(by_answers), number(present));
    let set = cooperations::store::own(conn, who)?.quorum;
    let quorum = quorum(number(municipalities.iter()), set, by_answers, present);
    Ok(Attendance {
        meeting_id: meeting.id,
        municipalities,
        others: by_municipality.remove(&None).unwrap_or_default(),
        guests,
        totals,
        quorum,
    })
}

/// Records a person's attendance, with the municipality that the person represents on that day.
///
/// # Errors
/// A conflict if the meeting was cancelled or has not begun (except for `excused`);
/// [`Error::NotFound`] if there is no such person.
pub fn mark(
    tx: &mut Tx,
    who: &Host,
    meeting: &Meeting,
    (person, presence): (Id<Person>, Presence),
    expected: ExpectedRevision,
) -> Result<AttendanceEntry> {
    can_be_recorded(meeting, presence, tx.now)?;
    people::store::find(tx, who, person)?;
    let as_deputy = representation(tx, who, meeting)?.as_deputy(person);
    let municipality = match as_deputy {
        Some(as_deputy) => Some(as_deputy),
        None => municipality_of(tx, who, person, meeting.date)?,
    };
    let known: Option<(Id<AttendanceEntry>, i32, Option<Instant>)> = attendances::table
        .filter(attendances::cooperation_id.eq(who.cooperation()))
        .filter(attendances::meeting_id.eq(meeting.id))
        .filter(attendances::person_id.eq(person))
        .select((
            attendances::id,
            attendances::revision,
            attendances::deleted_at,
        ))
        .first(&mut **tx)
        .optional()?;
    let visible = known.filter(|(.., deleted_at)| deleted_at.is_none());
    expected.check(visible.map_or(0, |(_, revision, _)| revision))?;
    let now = tx.now;
    let Some((id, revision, _)) = known else {
        let id = tx.id();
        diesel::insert_into(attendances::table)
            .values((
                attendances::id.eq(id),
                attendances::cooperation_id.eq(who.cooperation()),
                attendances::meeting_id.eq(meeting.id),
                attendances::person_id.eq(Some(person)),
                attendances::municipality_id.eq(municipality),
                attendances::presence.eq(presence),
                attendances::created_at.eq(now),
                attendances::modified_at.eq(now),
            ))
            .execute(&mut **tx)?;
        return entry(tx, who, id);
    };
    // Reuses a deleted row, because a person has at most one row for a meeting.
    diesel::update(attendances::table.find(id))
        .set((
            attendances::presence.eq(presence),
            attendances::municipality_id.eq(municipality),
            attendances::revision.eq(revision + 1),
            attendances::modified_at.eq(now),
            attendances::deleted_at.eq(None::<Instant>),
        ))
        .execute(&mut **tx)?;
    entry(tx, who, id)
}

/// Records a guest without an invitation.
///
/// # Errors
/// A conflict if the meeting was cancelled or has not begun, or there are too many.
pub fn add_guest(
    tx: &mut Tx,
    who: &Host,
    meeting: &Meeting,
    new: &NewGuest,
) -> Result<AttendanceEntry> {
    let presence = new.presence.into();
    can_be_recorded(meeting, presence, tx.now)?;
    let count: i64 = attendances::table
        .filter(attendances::cooperation_id.eq(who.cooperation()))
        .filter(attendances::meeting_id.eq(meeting.id))
        .filter(attendances::person_id.is_null())
        .filter(attendances::deleted_at.is_null())
        .count()
        .get_result(&mut **tx)?;
    let message = format!("a meeting has at most {MAX_GUESTS} guests without an invitation");
    conflict_unless(count < MAX_GUESTS, "too_many", message)?;
    let (id, now) = (tx.id(), tx.now);
    diesel::insert_into(attendances::table)
        .values((
            attendances::id.eq(id),
            attendances::cooperation_id.eq(who.cooperation()),
            attendances::meeting_id.eq(meeting.id),
            attendances::guest_name.eq(Some(new.name.trim())),
            attendances::organisation.eq(&new.organisation),
            attendances::presence.eq(presence),
            attendances::created_at.eq(now),
            attendances::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    entry(tx, who, id)
}

/// Deletes a person's attendance that was recorded by mistake.
pub fn unmark(
    tx: &mut Tx,
    who: &Host,
    meeting: &Meeting,
    person: Id<Person>,
    expected: ExpectedRevision,
) -> Result<()> {
    let known = entries(tx, who, meeting.id)?;
    let known = known.iter().find(|row| row.person_id == Some(person));
    delete_entry(tx, known, expected)
}

/// Deletes a guest who was recorded by mistake.
pub fn remove_guest(
    tx: &mut Tx,
    who: &Host,
    meeting: &Meeting,
    guest: Id<AttendanceEntry>,
    expected: ExpectedRevision,
) -> Result<()> {
    let known = entries(tx, who, meeting.id)?;
    let known = known
        .iter()
        .find(|row| row.id == guest && row.person_id.is_none());
    delete_entry(tx, known, expected)
}

fn delete_entry(
    tx: &mut Tx,
    known: Option<&AttendanceEntry>,
    expected: ExpectedRevision,
) -> Result<()> {
    let known = known.ok_or(Error::NotFound)?;
    expected.check(known.revision)?;
    let now = tx.now;
    diesel::update(attendances::table.find(known.id))
        .set((
            attendances::deleted_at.eq(now),
            attendances::modified_at.eq(now),
            attendances::revision.eq(known.revision + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

fn can_be_recorded(meeting: &Meeting, presence: Presence, now: Instant) -> Result<()> {
    let cancelled = meeting.status == MeetingStatus::Cancelled;
    conflict_unless(!cancelled, "meeting_cancelled", "the meeting is cancelled")?;
    let may_be = meeting.starts_at <= now || presence == Presence::Excused;
    let message = "before the meeting begins people can only be excused";
    conflict_unless(may_be, "too_early", message)
}

fn entries(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
) -> Result<Vec<AttendanceEntry>> {
    Ok(attendances::table
        .filter(attendances::cooperation_id.eq(who.cooperation()))
        .filter(attendances::meeting_id.eq(meeting))
        .filter(attendances::deleted_at.is_null())
        .order(attendances::id)
        .select(AttendanceEntry::as_select())
        .load(conn)?)
}

fn entry(conn: &mut DbConn, who: &impl Scope, id: Id<AttendanceEntry>) -> Result<AttendanceEntry> {
    Ok(attendances::table
        .find(id)
        .filter(attendances::cooperation_id.eq(who.cooperation()))
        .select(AttendanceEntry::as_select())
        .first(conn)?)
}

fn municipality_of(
    conn: &mut DbConn,
    who: &impl Scope,
    person: Id<Person>,
    day: NaiveDate,
) -> Result<Option<Id<Municipality>>> {
    let Some(municipality) = people::memberships::municipality_on(conn, who, person, day)? else {
        return Ok(None);
    };
    let speaks = people::memberships::represents(conn, who, person, municipality, day)?;
    Ok(Some(municipality).filter(|_| speaks))
}

/// Which municipality each person represents at the meeting, without recorded attendance.
fn representation(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
) -> Result<Representation> {
    let own = Memberships::load(conn, who)?.representatives_on(meeting.date);
    let delegations = delegations::of_meeting(conn, who, meeting.id)?;
    Ok(Representation::new(own, delegations))
}

/// Names of people, ordered by family name; removed people included, because they may have
/// attended.
fn names(
    conn: &mut DbConn,
    who: &impl Scope,
    ids: &[Id<Person>],
) -> Result<Vec<(Id<Person>, String)>> {
    let mut rows: Vec<(String, String, Id<Person>)> = people_rows::table
        .filter(people_rows::cooperation_id.eq(who.cooperation()))
        .filter(people_rows::id.eq_any(ids))
        .select((
            people_rows::family_name,
            people_rows::given_name,
            people_rows::id,
        ))
        .load(conn)?;
    // Not in SQL, because the two engines collate differently.
    rows.sort_unstable();
    let named = rows
        .into_iter()
        .map(|(family, given, id)| (id, format!("{given} {family}")));
    Ok(named.collect())
}
