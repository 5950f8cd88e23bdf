//! The candidates in people's calendars: a tentative entry each, which is taken back, or taken over by
//! the meeting.
//!
//! An entry is a REQUEST with the UID that the meeting will have if the candidate is chosen, so that
//! the invitation takes it over. Who holds one is known from the messages.
use std::collections::HashSet;

use chrono::TimeDelta;
use diesel::prelude::*;

use super::notices::{POLL_HOLD, PollMail, PollNotices, page, text};
use super::{Ballot, Candidate, Poll, becomes, explain, store};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::calendar::{self, Attendee, Event, Method, Partstat, Role, Status};
use crate::db::schema::messages;
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::i18n::dates::date_short;
use crate::invitations::InvitationState;
use crate::mail::Calendar;
use crate::meetings::{self, Meeting};
use crate::notifications::notice::{CalendarContent, supersede};
use crate::notifications::{Message, MessageState, Topic};
use crate::people::Person;
use crate::people::on_day::{self, PersonOnDay};
use crate::series;

fn key(candidate: Id<Candidate>, person: Id<Person>) -> String {
    format!("poll_hold:{candidate}:{person}")
}

/// Puts the candidates into the calendar of a person.
pub(super) fn hold(
    tx: &mut Tx,
    who: &impl Scope,
    notices: &PollNotices,
    person: &PersonOnDay,
    ballot: Id<Ballot>,
) -> Result<()> {
    for candidate in &notices.candidates {
        let language = person.language();
        let mut mail = entry(tx, notices, person, (candidate, 0), Method::Request);
        mail.key = key(candidate.id, person.id());
        mail.text.paragraphs = vec![
            notices.fill(language, "polls-mail-hold", &[]),
            notices.fill(language, "polls-mail-hold-next", &[]),
        ];
        mail.text.links = page(language, ballot);
        notices.write(tx, who, person, mail)?;
    }
    Ok(())
}

/// Takes an entry out of a person's calendar. What has surely not gone out is only not sent.
pub(super) fn let_go(
    tx: &mut Tx,
    who: &impl Scope,
    notices: &PollNotices,
    person: &PersonOnDay,
    (candidate, sequence): (&Candidate, i32),
) -> Result<()> {
    let row: Option<(Id<Message>, MessageState, i32)> = messages::table
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::notice_key.eq(key(candidate.id, person.id())))
        .select((messages::id, messages::state, messages::attempts))
        .first(&mut **tx)
        .optional()?;
    let Some((id, state, attempts)) = row else {
        return Ok(());
    };
    let unheard = match state {
        MessageState::Queued => supersede(tx, who, id, false)? && attempts == 0,
        MessageState::Sent => false,
        MessageState::Failed | MessageState::Superseded => true,
    };
    if unheard {
        return Ok(());
    }
    let language = person.language();
    let mut mail = entry(tx, notices, person, (candidate, sequence), Method::Cancel);
    mail.key = format!("poll_hold_off:{}:{}:{sequence}", candidate.id, person.id());
    mail.text.paragraphs = vec![
        notices.fill(language, "polls-mail-hold-off", &[]),
        notices.fill(language, "polls-mail-hold-off-next", &[]),
    ];
    notices.write(tx, who, person, mail)?;
    Ok(())
}

/// A mail with a calendar object about a candidate; key and text are to be added.
fn entry(
    tx: &Tx,
    notices: &PollNotices,
    person: &PersonOnDay,
    (candidate, sequence): (&Candidate, i32),
    method: Method,
) -> PollMail {
    let (language, poll) = (person.language(), &notices.poll);
    let day = poll.locally(candidate.starts_at).date_naive();
    let day = [("date", date_short(language, day))];
    let (subject, status) = match method {
        Method::Request => ("polls-subject-hold", Status::Tentative),
        Method::Cancel => ("polls-subject-hold-off", Status::Cancelled),
    };
    let mut text = text(notices.fill(language, subject, &day), Vec::new());
    let when = explain::when(language, poll, candidate);
    text.details = vec![(crate::i18n::say(language, "mail-label-when"), when)];
    let event = Event {
        uid: format!("{}@{}", becomes(candidate.id), tx.settings.domain()),
        sequence: u32::try_from(sequence).unwrap_or(0),
        stamp: *tx.now,
        starts: *candidate.starts_at,
        ends: *candidate.ends_at,
        zone: poll.zone(),
        status,
        summary: notices.fill(language, "polls-hold-summary", &[]),
        description: notices.fill(language, "polls-mail-hold-next", &[]),
        location: String::new(),
        organizer: notices.mailbox.clone(),
        attendees: attendee(person).into_iter().collect(),
        url: None,
        categories: Vec::new(),
        geo: None,
        created: Some(*poll.created_at),
        last_modified: Some(*tx.now),
        refuse_counter: true,
    };
    PollMail {
        kind: POLL_HOLD,
        topic: Topic::of("hold", candidate.id),
        key: String::new(),
        meeting: None,
        text,
        calendar: Some(CalendarContent::Object(Calendar {
            method: method.as_str().to_owned(),
            body: calendar::invitation(method, &event),
        })),
    }
}

/// The person, of whom the calendar is to ask nothing: the page does.
fn attendee(person: &PersonOnDay) -> Option<Attendee> {
    Some(Attendee {
        party: person.mailbox()?,
        role: Role::ReqParticipant,
        partstat: Partstat::NeedsAction,
        rsvp: false,
        delegated_to: Vec::new(),
        delegated_from: Vec::new(),
    })
}

/// Takes all entries back but that of the chosen candidate.
pub(super) fn let_go_of_others(
    tx: &mut Tx,
    who: &impl Scope,
    notices: &PollNotices,
    asked: &[PersonOnDay],
    chosen: Option<Id<Candidate>>,
) -> Result<()> {
    let others = notices.candidates.iter();
    for candidate in others.filter(|candidate| Some(candidate.id) != chosen) {
        for person in asked {
            let_go(tx, who, notices, person, (candidate, 1))?;
        }
    }
    Ok(())
}

/// Those of whom the calendar holds a candidate, as far as is known.
fn holders(
    conn: &mut DbConn,
    who: &impl Scope,
    candidate: Id<Candidate>,
    asked: &[Ballot],
) -> Result<HashSet<Id<Person>>> {
    let keys = asked.iter().map(|ballot| key(candidate, ballot.person_id));
    let keys: Vec<String> = keys.collect();
    let found: Vec<Id<Person>> = messages::table
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::notice_key.eq_any(keys))
        .filter(messages::state.eq_any([MessageState::Queued, MessageState::Sent]))
        .select(messages::person_id)
        .load(conn)?;
    Ok(found.into_iter().collect())
}

/// Brings the entries of the chosen date in line with the meeting that it has become, as long as
/// nobody is invited: another time is told once the series' window for changes has passed, and what is
/// cancelled is taken back. Once people are invited the entries are theirs; those of others are taken
/// back. Whether anything has changed.
pub(super) fn follow(tx: &mut Tx, who: &SystemActor, poll: Poll) -> Result<bool> {
    let (Some(winner), Some(meeting)) = (poll.winner_id, poll.meeting_id) else {
        return Ok(false);
    };
    let (now, id) = (tx.now, poll.id);
    let meeting = match meetings::store::find(tx, who, meeting) {
        Ok(meeting) => Some(meeting),
        // Taken out with its series.
        Err(Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    let ballots = store::ballots(tx, who, id)?;
    let holders = holders(tx, who, winner, &ballots)?;
    let candidates = store::candidates(tx, who, id)?;
    let mut candidates = candidates.into_iter();
    let Some(candidate) = candidates.find(|candidate| candidate.id == winner) else {
        return Ok(false);
    };
    let notices = PollNotices::load(tx, who, poll, vec![candidate])?;
    let today = now.with_timezone(&notices.poll.zone()).date_naive();
    let people = on_day::all(tx, who, today)?;
    let held = people.into_iter().filter(|one| holders.contains(&one.id()));
    let held: Vec<PersonOnDay> = held.collect();
    let next = notices.poll.held_sequence + 1;
    let sequence = meeting.as_ref().map_or(next, |meeting| meeting.sequence);
    let mut poll = notices.poll.clone();
    match meeting {
        Some(meeting) if meeting.invited_at.is_some() => {
            let rows = crate::invitations::store::of_meeting(tx, who, meeting.id)?;
            let invited = rows
                .iter()
                .filter(|row| row.state == InvitationState::Invited);
            let invited: HashSet<_> = invited.map(|row| row.person_id).collect();
            for person in held.iter().filter(|one| !invited.contains(&one.id())) {
                take_back(tx, who, &notices, person, sequence.max(next))?;
            }
            (poll.held_from, poll.held_until) = (None, None);
        }
        Some(meeting) if meeting.status != meetings::Status::Cancelled => {
            if meeting.starts_at <= now {
                (poll.held_from, poll.held_until) = (None, None);
            } else if is_settled(tx, who, &meeting)? {
                for person in &held {
                    put_right(tx, who, &notices, person, &meeting)?;
                }
                poll.held_from = Some(meeting.starts_at);
                poll.held_until = Some(meeting.ends_at);
                poll.held_sequence = meeting.sequence;
            } else {
                return Ok(false);
            }
        }
        gone => {
            if let Some(meeting) = &gone
                && !is_settled(tx, who, meeting)?
            {
                return Ok(false);
            }
            for person in &held {
                take_back(tx, who, &notices, person, sequence.max(next))?;
            }
            (poll.held_from, poll.held_until) = (None, None);
        }
    }
    store::keep(tx, &poll)?;
    Ok(true)
}

/// Whether the series' window for further changes has passed.
fn is_settled(tx: &mut Tx, who: &SystemActor, meeting: &Meeting) -> Result<bool> {
    let series = series::store::find(tx, who, meeting.series_id)?;
    let window = TimeDelta::minutes(series.change_window_minutes.into());
    Ok(*meeting.changed_at + window <= *tx.now)
}

fn take_back(
    tx: &mut Tx,
    who: &SystemActor,
    notices: &PollNotices,
    person: &PersonOnDay,
    sequence: i32,
) -> Result<()> {
    for candidate in &notices.candidates {
        let_go(tx, who, notices, person, (candidate, sequence))?;
    }
    Ok(())
}

/// Tells a person's calendar when the meeting is now.
fn put_right(
    tx: &mut Tx,
    who: &SystemActor,
    notices: &PollNotices,
    person: &PersonOnDay,
    meeting: &Meeting,
) -> Result<()> {
    let language = person.language();
    for candidate in &notices.candidates {
        let now = Candidate {
            starts_at: meeting.starts_at,
            ends_at: meeting.ends_at,
            ..candidate.clone()
        };
        let about = (&now, meeting.sequence);
        let mut mail = entry(tx, notices, person, about, Method::Request);
        mail.key = format!("{}:{}", key(candidate.id, person.id()), meeting.sequence);
        mail.text.paragraphs = vec![notices.fill(language, "polls-mail-hold-moved", &[])];
        notices.write(tx, who, person, mail)?;
    }
    Ok(())
}
