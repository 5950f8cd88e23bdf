//! The steps around a meeting are done: who is due to hear something hears it, once.
//!
//! Nothing is kept of a step but its messages. What should have been said by now is worked out from
//! what is, and compared with what was said: a meeting that moves takes its steps with it. The key of
//! a message names step, person, meeting and the day that it was about, so that another day may be
//! told again and the same one is not. The call for topics alone is for one meeting, whenever that is.
mod audience;
mod forecast;
mod view;

use std::collections::HashMap;

use diesel::prelude::*;

use self::audience::Stage;
use super::text::{self, MeetingFacts, Missing, News};
use super::{AnswerLink, compose, inviting, topic};
use crate::Tx;
use crate::attendance::AnswerValue;
use crate::auth::{Scope, SystemActor};
use crate::db::schema::messages;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::meetings::steps::{MeetingStep, StepWindow, is_office_time};
use crate::meetings::{self, Meeting, MeetingStatus};
use crate::notifications::MessageKind;
use crate::notifications::links::Target;
use crate::notifications::template::Template;
use crate::people::Person;
use crate::people::on_day::PersonOnDay;
use crate::series::{self, Series};

pub use self::forecast::{OvertakenMessages, Steps};
pub use self::view::{PlannedStep, StepState, planned};

/// What stands in the key of a save-the-date that was taken back.
const OFF: &str = "off";

/// To give notice of a date early; sent by date polls as well.
pub const SAVE_THE_DATE: MessageKind = MessageKind::new("save_the_date");
/// To say to the host that the invitation is due.
pub const INVITATION_DUE: MessageKind = MessageKind::new("invitation_due");

/// The kind of a step's messages.
#[must_use]
pub const fn kind(step: MeetingStep) -> MessageKind {
    match step {
        MeetingStep::SaveTheDate => SAVE_THE_DATE,
        MeetingStep::CallForTopics => MessageKind::new("call_for_topics"),
        MeetingStep::TopicsDue => MessageKind::new("topics_due"),
        MeetingStep::InvitationDue => INVITATION_DUE,
        MeetingStep::AnswerReminder => MessageKind::new("answer_reminder"),
        MeetingStep::Reminder => MessageKind::new("reminder"),
        MeetingStep::MinutesDue => MessageKind::new("minutes_due"),
        MeetingStep::AttendanceDue => MessageKind::new("attendance_due"),
    }
}

/// Whether a step concerns those who prepare the meeting. The service speaks to them for itself.
fn is_for_the_host(step: MeetingStep) -> bool {
    matches!(
        step,
        MeetingStep::TopicsDue
            | MeetingStep::InvitationDue
            | MeetingStep::MinutesDue
            | MeetingStep::AttendanceDue
    )
}

/// What a message of a step was about: a day, or [`OFF`]; nothing with a call for topics.
fn about(step: MeetingStep, meeting: &Meeting) -> String {
    match step {
        MeetingStep::CallForTopics => String::new(),
        _ => meeting.date.to_string(),
    }
}

fn key(step: MeetingStep, person: Id<Person>, meeting: Id<Meeting>, about: &str) -> String {
    if about.is_empty() {
        format!("{step}:{person}:{meeting}")
    } else {
        format!("{step}:{person}:{meeting}:{about}")
    }
}

/// The key of a message that tells a person of the date of a meeting. Who has heard it otherwise than
/// by its step gets it under this key, so that the step does not say it again and a change is told.
#[must_use]
pub fn save_the_date_key(person: Id<Person>, meeting: &Meeting) -> String {
    let step = MeetingStep::SaveTheDate;
    key(step, person, meeting.id, &about(step, meeting))
}

/// What a key that [`key`] has made was about.
fn about_of(key: &str) -> &str {
    key.splitn(4, ':').nth(3).unwrap_or_default()
}

/// A message of a step to one person.
struct Heard {
    step: MeetingStep,
    person: Id<Person>,
    about: String,
    at: Instant,
}

/// What people have heard of the steps of a meeting, the oldest first.
fn heard(conn: &mut DbConn, who: &impl Scope, meeting: Id<Meeting>) -> Result<Vec<Heard>> {
    type Row = (MessageKind, Id<Person>, String, Instant);
    let kinds = MeetingStep::ALL.iter().map(|step| kind(*step));
    let rows: Vec<Row> = messages::table
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::meeting_id.eq(meeting))
        .filter(messages::kind.eq_any(kinds))
        .filter(messages::notice_key.is_not_null())
        .order(messages::id)
        .select((
            messages::kind,
            messages::person_id,
            messages::notice_key.assume_not_null(),
            messages::created_at,
        ))
        .load(conn)?;
    let heard = |(of, person, key, at): Row| {
        let step = MeetingStep::ALL
            .iter()
            .copied()
            .find(|step| kind(*step) == of)?;
        let about = about_of(&key).to_owned();
        Some(Heard {
            step,
            person,
            about,
            at,
        })
    };
    Ok(rows.into_iter().filter_map(heard).collect())
}

/// The steps whose time it is, with their moments.
fn open(meeting: &Meeting, series: &Series, now: Instant) -> Vec<(MeetingStep, StepWindow)> {
    MeetingStep::ALL
        .iter()
        .filter(|step| step.obstacle(meeting).is_none())
        .filter_map(|step| Some((*step, step.window(meeting, series)?)))
        .filter(|(_, moment)| moment.is_now(now))
        .collect()
}

/// Whether anything may be sent for a series: people were invited to one of its meetings, by
/// somebody. Until then it is a draft.
fn is_live(conn: &mut DbConn, who: &impl Scope, of: Id<Series>) -> Result<bool> {
    let live = meetings::store::series_in_use(conn, &[who.cooperation()])?;
    Ok(live.contains(&of))
}

/// Does what is due of the steps around a meeting. Whether anything was.
fn take(tx: &mut Tx, who: &SystemActor, id: Id<Meeting>) -> Result<bool> {
    let now = tx.now;
    let meeting = meetings::store::find(tx, who, id)?;
    let series = series::store::find(tx, who, meeting.series_id)?;
    // What has changed is told first: a reminder of the old time would be worse than none.
    let land = series.land();
    let waits = meeting.tell_at.is_some() || !is_office_time(now, meeting.zone(), land);
    if waits || !is_live(tx, who, series.id)? {
        return Ok(false);
    }
    let heard = heard(tx, who, id)?;
    let open = open(&meeting, &series, now);
    let dates = dates_told(&heard);
    let misled = if series.settled_at(meeting.changed_at) <= now {
        misled(&meeting, &dates, now)
    } else {
        Vec::new()
    };
    if open.is_empty() && misled.is_empty() {
        return Ok(false);
    }
    let settings = tx.settings;
    let stage = Stage::load(tx, who, settings, (meeting, series), now)?;
    let invites = open
        .iter()
        .any(|(step, _)| *step == MeetingStep::InvitationDue);
    let mut missing = None;
    if invites && stage.series.invite_automatically {
        missing = stage.missing();
        if missing.is_none() {
            inviting::invite(tx, who, &stage.context.meeting)?;
            // The other steps follow from what now is, at the next run.
            return Ok(true);
        }
    }
    let mut any = false;
    for (step, moment) in open {
        let about = about(step, &stage.context.meeting);
        for person in stage.audience(step, moment) {
            let knows = |one: &&Heard| {
                let same = step == MeetingStep::SaveTheDate || one.about == about;
                one.step == step && one.person == person.id() && same
            };
            if heard.iter().any(|one| knows(&one)) {
                continue;
            }
            if let Some(news) = news(&stage, step, person, missing) {
                any |= send(tx, who, &stage, person, (step, &about), news)?;
            }
        }
    }
    for person in misled {
        any |= correct(tx, who, &stage, person, &dates)?;
    }
    Ok(any)
}

/// The dates that each person was asked to keep free for a meeting, the latest last.
type Dates = HashMap<Id<Person>, Vec<String>>;

fn dates_told(heard: &[Heard]) -> Dates {
    let mut dates = Dates::new();
    for one in heard
        .iter()
        .filter(|one| one.step == MeetingStep::SaveTheDate)
    {
        dates.entry(one.person).or_default().push(one.about.clone());
    }
    dates
}

/// What people who were asked to keep a date free should know of a meeting nobody is invited to.
fn date_to_know(meeting: &Meeting, now: Instant) -> Option<String> {
    if meeting.invited_at.is_some() || meeting.starts_at <= now {
        return None;
    }
    match meeting.status {
        MeetingStatus::Planned => Some(meeting.date.to_string()),
        MeetingStatus::Cancelled => Some(OFF.to_owned()),
        MeetingStatus::Invited | MeetingStatus::Held => None,
    }
}

/// The day, or [`OFF`], of what was told; a repetition has its number behind it.
fn day_of(about: &str) -> &str {
    about.split(':').next().unwrap_or_default()
}

/// Those who keep a date free that is no longer the meeting's.
fn misled(meeting: &Meeting, dates: &Dates, now: Instant) -> Vec<Id<Person>> {
    let Some(right) = date_to_know(meeting, now) else {
        return Vec::new();
    };
    let is_wrong = |told: &&Vec<String>| told.last().is_some_and(|last| day_of(last) != right);
    let mut found: Vec<_> = dates
        .iter()
        .filter(|(_, told)| is_wrong(told))
        .map(|(person, _)| *person)
        .collect();
    found.sort_unstable();
    found
}

/// Tells somebody who keeps a wrong date free what holds now.
fn correct(
    tx: &mut Tx,
    who: &SystemActor,
    stage: &Stage,
    person: Id<Person>,
    dates: &Dates,
) -> Result<bool> {
    let (context, now) = (&stage.context, tx.now);
    let told = dates.get(&person).map(Vec::as_slice).unwrap_or_default();
    let (Some(right), Some(last)) = (date_to_know(&context.meeting, now), told.last()) else {
        return Ok(false);
    };
    let Some(person) = context.people.get(&person) else {
        return Ok(false);
    };
    let before = day_of(last).parse().ok();
    let news = if right == OFF {
        News::DateOff {
            on: before.unwrap_or(context.meeting.date),
            reason: context.meeting.cancelled_reason.clone(),
        }
    } else {
        News::SaveTheDate { instead_of: before }
    };
    let about = if told.iter().any(|about| day_of(about) == right) {
        // There and back again is news as well.
        format!("{right}:{}", told.len())
    } else {
        right
    };
    send(
        tx,
        who,
        stage,
        person,
        (MeetingStep::SaveTheDate, &about),
        news,
    )
}

/// What a step has to say to somebody.
fn news(
    stage: &Stage,
    step: MeetingStep,
    person: &PersonOnDay,
    missing: Option<Missing>,
) -> Option<News> {
    let context = &stage.context;
    let page = || Some(Target::page::<AnswerLink>(stage.rows.get(&person.id())?.id));
    Some(match step {
        MeetingStep::SaveTheDate => News::SaveTheDate { instead_of: None },
        MeetingStep::CallForTopics => News::CallForTopics {
            until: context.topics_until,
            topics: compose::topics(context, person.id(), person.language()).map(Target::Address),
        },
        MeetingStep::TopicsDue => News::TopicsDue {
            scheduled: stage.scheduled,
            proposed: stage.proposed.clone(),
            invited: context.meeting.invited_at.is_some(),
        },
        MeetingStep::InvitationDue => News::InvitationDue {
            by: stage.invitation_due?,
            missing,
        },
        MeetingStep::AnswerReminder => News::AnswerReminder {
            by: context.answer_by,
            page: page()?,
        },
        MeetingStep::Reminder => News::Reminder {
            tentative: stage.answer(person.id())?.value == AnswerValue::Tentative,
            page: page()?,
        },
        MeetingStep::MinutesDue => News::MinutesDue,
        MeetingStep::AttendanceDue => News::AttendanceDue {
            closed: context.meeting.status == MeetingStatus::Held,
        },
    })
}

/// Writes it to one person, unless mails do not reach the person. Whether it was written.
fn send(
    tx: &mut Tx,
    who: &SystemActor,
    stage: &Stage,
    person: &PersonOnDay,
    (step, about): (MeetingStep, &str),
    news: News,
) -> Result<bool> {
    let context = &stage.context;
    let (language, id) = (person.language(), context.meeting.id);
    let facts = MeetingFacts {
        agenda: compose::numbered(context, person),
        ..context.now.facts.clone()
    };
    let row = stage.rows.get(&person.id());
    let contact = context.contact_of(person.id());
    let mut template = Template {
        meeting: Some(id.cast()),
        reply_to: contact.and_then(PersonOnDay::reachable_mailbox),
        references: row
            .and_then(|row| row.first_message_id.clone())
            .into_iter()
            .collect(),
        ..Template::new(kind(step), topic(id), &context.mailbox, &facts.group)
    };
    if !is_for_the_host(step) {
        template.signature = compose::signature(context);
    }
    let key = key(step, person.id(), id, about);
    let text = text::step_notice(language, &facts, news);
    template.send(tx, who, (person, key), text)
}
