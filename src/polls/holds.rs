//! The candidates as tentative calendar entries, which are later cancelled, or replaced by the invitation to the meeting.
//!
//! An entry is a REQUEST (RFC 5546) with the UID that the meeting has if the candidate is chosen, so that the invitation
//! replaces it. The messages record who was sent one.
use std::collections::HashSet;

use diesel::prelude::*;

use super::notices::{POLL_HOLD, PollNotices, page};
use super::{Ballot, Candidate, Poll, becomes, explain, store};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::db::schema::messages;
use crate::db::{DbConn, Id};
use crate::error::{Found, Result};
use crate::i18n::dates::date_short;
use crate::i18n::say;
use crate::invitations::InvitationState;
use crate::meetings::{self, Meeting};
use crate::notifications::notice::{CalendarContent, NoticeLink, NoticeText};
use crate::notifications::superseding::{Superseded, supersede};
use crate::notifications::template::Template;
use crate::notifications::{Message, MessageState, Topic};
use crate::people::Person;
use crate::people::on_day::PersonOnDay;
use crate::series;
use calendar::{self, Attendee, AttendeeRole, Event, EventStatus, InvitationMethod, Partstat};
use mail::CalendarPart;

fn key(candidate: Id<Candidate>, person: Id<Person>) -> String {
    format!("poll_hold:{candidate}:{person}")
}

/// Sends a person an entry for each candidate.
pub(super) fn hold(
    tx: &mut Tx,
    who: &impl Scope,
    notices: &PollNotices,
    (person, ballot): (&PersonOnDay, Id<Ballot>),
) -> Result<()> {
    for candidate in &notices.candidates {
        let entry = Entry {
            key: key(candidate.id, person.id()),
            method: InvitationMethod::Request,
            sequence: 0,
            sentences: &["polls-mail-hold", "polls-mail-hold-next"],
            link: Some(page(person.language(), ballot)),
        };
        send(tx, who, notices, (person, candidate), entry)?;
    }
    Ok(())
}

/// Cancels an entry in a person's calendar. If it was certainly not sent yet, it is only not sent.
pub(super) fn let_go(
    tx: &mut Tx,
    who: &impl Scope,
    notices: &PollNotices,
    person: &PersonOnDay,
    (candidate, sequence): (&Candidate, i32),
) -> Result<()> {
    let row: Option<(Id<Message>, MessageState)> = messages::table
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::notice_key.eq(key(candidate.id, person.id())))
        .select((messages::id, messages::state))
        .first(&mut **tx)
        .optional()?;
    let Some((id, state)) = row else {
        return Ok(());
    };
    let unsent = match state {
        MessageState::Queued => supersede(tx, who, id)? == Superseded::Unsent,
        MessageState::Sent => false,
        MessageState::Failed | MessageState::Superseded => true,
    };
    if unsent {
        return Ok(());
    }
    let entry = Entry {
        key: format!("poll_hold_off:{}:{}:{sequence}", candidate.id, person.id()),
        method: InvitationMethod::Cancel,
        sequence,
        sentences: &["polls-mail-hold-off", "polls-mail-hold-off-next"],
        link: None,
    };
    send(tx, who, notices, (person, candidate), entry)
}

/// A mail with a calendar object.
struct Entry {
    key: String,
    method: InvitationMethod,
    sequence: i32,
    /// The keys of its sentences.
    sentences: &'static [&'static str],
    link: Option<NoticeLink>,
}

/// Sends a person the calendar object of a candidate.
fn send(
    tx: &mut Tx,
    who: &impl Scope,
    notices: &PollNotices,
    (person, candidate): (&PersonOnDay, &Candidate),
    entry: Entry,
) -> Result<()> {
    let (language, poll, method) = (person.language(), &notices.poll, entry.method);
    let day = poll.locally(candidate.starts_at).date_naive();
    let day = [("date", date_short(language, day))];
    let (subject, status) = match method {
        InvitationMethod::Request => ("polls-subject-hold", EventStatus::Tentative),
        InvitationMethod::Cancel => ("polls-subject-hold-off", EventStatus::Cancelled),
    };
    let sentences = entry.sentences.iter();
    let when = explain::when(language, poll, candidate);
    let text = NoticeText {
        details: vec![(say(language, "mail-label-when"), when)],
        links: entry.link.into_iter().collect(),
        ..NoticeText::new(
            notices.fill(language, subject, &day),
            sentences
                .map(|key| notices.fill(language, key, &[]))
                .collect(),
        )
    };
    let event = Event {
        uid: format!("{}@{}", becomes(candidate.id), tx.settings.domain()),
        sequence: u32::try_from(entry.sequence).unwrap_or(0),
        stamp: *tx.now,
        starts: *candidate.starts_at,
        ends: *candidate.ends_at,
        zone: poll.zone(),
        status,
        summary: notices.fill(language, "polls-hold-summary", &[]),
        description: notices.fill(language, "polls-mail-hold-next", &[]),
        location: String::new(),
        organizer: notices.context.mailbox.clone(),
        attendees: attendee(person).into_iter().collect(),
        url: None,
        categories: Vec::new(),
        geo: None,
        created: Some(*poll.created_at),
        last_modified: Some(*tx.now),
        refuse_counter: true,
    };
    let template = Template {
        topic: Topic::of("hold", candidate.id),
        calendar: Some(CalendarContent::Object(CalendarPart {
            method: method.as_str().to_owned(),
            body: calendar::invitation(method, &event),
        })),
        ..notices.template(person, POLL_HOLD)
    };
    template.send(tx, who, (person, entry.key), text)?;
    Ok(())
}

/// The person as an attendee whose calendar program does not ask for an answer: people vote on the page.
fn attendee(person: &PersonOnDay) -> Option<Attendee> {
    Some(Attendee {
        mailbox: person.mailbox()?,
        role: AttendeeRole::ReqParticipant,
        partstat: Partstat::NeedsAction,
        rsvp: false,
        delegated_to: Vec::new(),
        delegated_from: Vec::new(),
    })
}

/// Cancels all entries except those for the chosen candidate.
pub(super) fn let_go_of_others(
    tx: &mut Tx,
    who: &impl Scope,
    notices: &PollNotices,
    asked: &[(Ballot, PersonOnDay)],
    chosen: Option<Id<Candidate>>,
) -> Result<()> {
    let others = notices.candidates.iter();
    for candidate in others.filter(|candidate| Some(candidate.id) != chosen) {
        for (_, person) in asked {
            let_go(tx, who, notices, person, (candidate, 1))?;
        }
    }
    Ok(())
}

/// The people who were sent an entry for a candidate.
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

/// Brings the entries for the chosen date in line with the meeting. Until people are invited, a new time is sent when the
/// window for further changes has passed, and the entries are cancelled if the meeting is. When people are invited, the
/// invitations replace their entries, and those of the others are cancelled. Whether anything was changed.
pub(super) fn follow(tx: &mut Tx, who: &SystemActor, poll: Poll) -> Result<bool> {
    let (Some(winner), Some(meeting)) = (poll.winner_id, poll.meeting_id) else {
        return Ok(false);
    };
    let (now, id) = (tx.now, poll.id);
    // None if it was deleted with its series.
    let meeting = meetings::store::find(tx, who, meeting).if_found()?;
    let ballots = store::ballots(tx, who, id)?;
    let holders = holders(tx, who, winner, &ballots)?;
    let candidates = store::candidates(tx, who, id)?;
    let mut candidates = candidates.into_iter();
    let Some(candidate) = candidates.find(|candidate| candidate.id == winner) else {
        return Ok(false);
    };
    let notices = PollNotices::load(tx, who, poll, vec![candidate.clone()])?;
    let people = notices.context.people.iter();
    let held: Vec<&PersonOnDay> = people
        .filter(|person| holders.contains(&person.id()))
        .collect();
    let next = notices.poll.held_sequence + 1;
    let sequence = meeting.as_ref().map_or(next, |meeting| meeting.sequence);
    let off = (&candidate, sequence.max(next));
    let mut poll = notices.poll.clone();
    match meeting {
        Some(meeting) if meeting.invited_at.is_some() => {
            let rows = crate::invitations::store::of_meeting(tx, who, meeting.id)?;
            let invited = rows
                .iter()
                .filter(|row| row.state == InvitationState::Invited);
            let invited: HashSet<_> = invited.map(|row| row.person_id).collect();
            for person in held.iter().filter(|one| !invited.contains(&one.id())) {
                let_go(tx, who, &notices, person, off)?;
            }
            (poll.held_from, poll.held_until) = (None, None);
        }
        Some(meeting) if meeting.status != meetings::MeetingStatus::Cancelled => {
            if meeting.starts_at <= now {
                (poll.held_from, poll.held_until) = (None, None);
            } else if is_settled(tx, who, &meeting)? {
                for person in held {
                    put_right(tx, who, &notices, (person, &candidate), &meeting)?;
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
            for person in held {
                let_go(tx, who, &notices, person, off)?;
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
    Ok(series.settled_at(meeting.changed_at) <= tx.now)
}

/// Sends a person the entry of a candidate with the present time of the meeting that it has become.
fn put_right(
    tx: &mut Tx,
    who: &SystemActor,
    notices: &PollNotices,
    (person, candidate): (&PersonOnDay, &Candidate),
    meeting: &Meeting,
) -> Result<()> {
    let moved = Candidate {
        starts_at: meeting.starts_at,
        ends_at: meeting.ends_at,
        ..candidate.clone()
    };
    let entry = Entry {
        key: format!("{}:{}", key(candidate.id, person.id()), meeting.sequence),
        method: InvitationMethod::Request,
        sequence: meeting.sequence,
        sentences: &["polls-mail-hold-moved"],
        link: None,
    };
    send(tx, who, notices, (person, &moved), entry)
}
