//! Whom each step around a meeting concerns.
use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use diesel::dsl::max;
use diesel::prelude::*;

use super::super::context::MeetingContext;
use super::super::store::by_person;
use super::super::text::Missing;
use super::super::{INVITATION, Invitation, InvitationState, UPDATE};
use crate::agenda;
use crate::attendance::answers::{self, Answer};
use crate::attendance::{self, AnswerValue};
use crate::auth::Scope;
use crate::config::Settings;
use crate::db::schema::messages;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::meetings::steps::{MeetingStep, StepWindow};
use crate::meetings::{Deadlines, Meeting, MeetingStatus};
use crate::notifications::MessageState;
use crate::people::Person;
use crate::people::on_day::{PersonOnDay, by_name, coordinators, responsible_for};
use crate::series::Series;

/// For how long somebody who was asked whether they come is not asked again.
const JUST_ASKED: TimeDelta = TimeDelta::days(1);

/// A meeting with everything its steps depend on.
pub(super) struct Stage {
    pub series: Series,
    pub context: MeetingContext,
    pub rows: HashMap<Id<Person>, Invitation>,
    /// By when people should be invited.
    pub invitation_due: Option<NaiveDate>,
    /// How many topics are on the agenda.
    pub scheduled: usize,
    /// The titles of topics that nobody has decided about.
    pub proposed: Vec<String>,
    answers: HashMap<Id<Person>, Answer>,
    /// When each was last asked whether they come, by an invitation or an update.
    asked: HashMap<Id<Person>, Instant>,
    /// Whether it was recorded of anybody that they were there or not.
    attended: bool,
}

impl Stage {
    pub fn load(
        conn: &mut DbConn,
        who: &impl Scope,
        settings: &Settings,
        (meeting, series): (Meeting, Series),
        now: Instant,
    ) -> Result<Self> {
        let agenda = agenda::store::agenda(conn, who, &meeting)?;
        let items = agenda.entries.iter().filter(|entry| entry.item.is_some());
        Ok(Self {
            invitation_due: Deadlines::of(&meeting, &series).invitation_due,
            scheduled: items.count(),
            proposed: agenda.proposed.into_iter().map(|item| item.title).collect(),
            rows: by_person(conn, who, meeting.id)?,
            answers: answers::current(conn, who, &meeting)?,
            asked: asked(conn, who, meeting.id)?,
            attended: attendance::store::is_recorded(conn, who, meeting.id)?,
            context: MeetingContext::load(conn, who, settings, meeting, now)?,
            series,
        })
    }

    /// Those whom a step concerns that is due at `moment`, by name; some may have heard of it, and
    /// mails do not reach all.
    pub fn audience(&self, step: MeetingStep, moment: StepWindow) -> Vec<&PersonOnDay> {
        let meeting = &self.context.meeting;
        match step {
            MeetingStep::SaveTheDate => self.context.to_invite(&self.rows),
            MeetingStep::CallForTopics if !self.context.topics_open => Vec::new(),
            MeetingStep::CallForTopics => {
                let mut found = match meeting.status {
                    MeetingStatus::Planned => self.context.to_invite(&self.rows),
                    _ => self.invited(|_| true),
                };
                found.retain(|person| !person.is_guest());
                found
            }
            MeetingStep::AttendanceDue
                if self.attended && meeting.status == MeetingStatus::Held =>
            {
                Vec::new()
            }
            MeetingStep::TopicsDue | MeetingStep::MinutesDue | MeetingStep::AttendanceDue => {
                self.hosts()
            }
            MeetingStep::InvitationDue => {
                let coordinators = coordinators(self.context.people.values());
                let mut found = by_name(coordinators.into_iter().chain(self.hosts()));
                found.dedup_by_key(|person| person.id());
                found
            }
            MeetingStep::AnswerReminder => self.invited(|person| {
                let asked = self.asked.get(&person);
                let had_time = asked.is_none_or(|at| **at + JUST_ASKED <= *moment.due_at);
                self.answer(person).is_none() && had_time
            }),
            // Who answers only now has the meeting before their eyes.
            MeetingStep::Reminder => self.invited(|person| {
                self.answer(person).is_some_and(|answer| {
                    let comes =
                        matches!(answer.value, AnswerValue::Accepted | AnswerValue::Tentative);
                    comes && answer.answered_at < moment.due_at
                })
            }),
        }
    }

    /// What stands against inviting, if anything does.
    pub fn missing(&self) -> Option<Missing> {
        let meeting = &self.context.meeting;
        if meeting.host_id.is_none() {
            Some(Missing::Host)
        } else if meeting.venue_id.is_none() {
            Some(Missing::Venue)
        } else if self.context.to_invite(&self.rows).is_empty() {
            Some(Missing::People)
        } else {
            None
        }
    }

    /// The answer of a person, if it counts.
    pub fn answer(&self, person: Id<Person>) -> Option<&Answer> {
        self.answers.get(&person).filter(|answer| answer.counts)
    }

    /// Those invited of whom it is true.
    fn invited(&self, is_meant: impl Fn(Id<Person>) -> bool) -> Vec<&PersonOnDay> {
        let rows = self.rows.values();
        let rows = rows.filter(|row| row.state == InvitationState::Invited);
        let people = rows
            .filter(|row| is_meant(row.person_id))
            .filter_map(|row| self.context.people.get(&row.person_id));
        by_name(people.filter(|person| !person.is_removed()))
    }

    /// Those who look after the meeting.
    fn hosts(&self) -> Vec<&PersonOnDay> {
        responsible_for(self.context.people.values(), self.context.meeting.host_id)
    }
}

/// When each was last written to about their coming.
fn asked(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
) -> Result<HashMap<Id<Person>, Instant>> {
    let rows: Vec<(Id<Person>, Option<Instant>)> = messages::table
        .filter(messages::cooperation_id.eq(who.cooperation()))
        .filter(messages::meeting_id.eq(meeting))
        .filter(messages::kind.eq_any([INVITATION, UPDATE]))
        .filter(messages::state.ne(MessageState::Superseded))
        .group_by(messages::person_id)
        .select((messages::person_id, max(messages::created_at)))
        .load(conn)?;
    let rows = rows.into_iter();
    Ok(rows
        .filter_map(|(person, at)| Some((person, at?)))
        .collect())
}
