//! What a personal feed contains beyond other feeds: the person's own answer, the present agenda,
//! and reminders. Only that person knows its address.
use std::collections::HashMap;

use chrono::{NaiveDate, NaiveTime};

use super::Feed;
use crate::agenda::AgendaEntry;
use crate::agenda::overview::{self, Outline};
use crate::attendance::AnswerValue;
use crate::attendance::answers::{self, Answer};
use crate::auth::Scope;
use crate::cooperations::Cooperation;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::i18n::{Language, say, say_with};
use crate::invitations::context::Directory;
use crate::invitations::text::{AgendaLine, Kind, MeetingFacts};
use crate::invitations::{InvitationState, compose};
use crate::meetings::{Meeting, MeetingStatus};
use crate::people::on_day::{PeopleByDay, PersonOnDay};
use crate::people::{self, Person, ReaderKind};
use crate::series;
use calendar::Mailbox;

/// The personal data for all meetings of the feed.
pub(super) struct PersonalFeed {
    language: Language,
    reminders: Vec<u32>,
    answers: HashMap<Id<Meeting>, (Answer, Instant)>,
    agendas: HashMap<Id<Meeting>, Outline>,
    /// Who the person is on the day of a meeting.
    person: PeopleByDay,
}

impl PersonalFeed {
    /// Loads it.
    pub(super) fn load(
        conn: &mut DbConn,
        who: &impl Scope,
        cooperation: &Cooperation,
        feed: &Feed,
        person: Id<Person>,
        meetings: &[Meeting],
    ) -> Result<Self> {
        Ok(Self {
            language: people::store::find(conn, who, person)?.language,
            reminders: feed.reminders_minutes.0.clone(),
            answers: answers::of_person(conn, who, person, meetings)?,
            agendas: overview::outlines(conn, who, cooperation, meetings)?,
            person: PeopleByDay::of_person(conn, who, person)?,
        })
    }

    /// The entries of the feed on `day`.
    pub(super) fn entries(
        &self,
        directory: &Directory,
        organizer: &Mailbox,
        meetings: &[Meeting],
        states: &HashMap<Id<Meeting>, InvitationState>,
        day: NaiveDate,
    ) -> Vec<calendar::PersonalEvent> {
        let entry = |meeting: &Meeting| {
            let geo = directory.geo(meeting);
            let facts = self.facts(directory, meeting);
            let mut event = compose::entry(self.language, meeting, &facts, geo, organizer.clone());
            let is_past = *meeting.ends_at < day.and_time(NaiveTime::MIN).and_utc();
            let asked = states.get(&meeting.id) == Some(&InvitationState::Invited);
            let given = self.answers.get(&meeting.id).filter(|_| asked);
            let answer = given.filter(|(answer, _)| answer.counts);
            let answer = answer.map(|(answer, _)| answer.value);
            if asked && meeting.status != MeetingStatus::Cancelled && (answer.is_some() || !is_past)
            {
                let words = answer_text(self.language, given.map(|(answer, _)| answer));
                let parts = [words, event.description];
                let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                event.description = parts.join("\n\n");
            }
            // The time is settled, but not whether the person attends. Without an answer the status
            // stays: TENTATIVE would mean that the time itself is not settled.
            if event.status == calendar::EventStatus::Confirmed
                && answer == Some(AnswerValue::Tentative)
            {
                event.status = calendar::EventStatus::Tentative;
            }
            let outline = self.agendas.get(&meeting.id);
            let changed = [
                Some(meeting.changed_at),
                given.map(|(_, written)| *written),
                outline.and_then(|outline| outline.changed_at),
            ];
            if let Some(changed) = changed.into_iter().flatten().max() {
                event.stamp = *changed;
                event.last_modified = Some(*changed);
            }
            let stays_away = matches!(answer, Some(AnswerValue::Declined | AnswerValue::Delegated));
            let reminds = !stays_away && !is_past && meeting.status != MeetingStatus::Cancelled;
            calendar::PersonalEvent {
                event,
                free: stays_away,
                reminders: if reminds {
                    self.reminders.clone()
                } else {
                    // Some calendar programs show reminders of past events.
                    Vec::new()
                },
            }
        };
        meetings.iter().map(entry).collect()
    }

    fn facts(&self, directory: &Directory, meeting: &Meeting) -> MeetingFacts {
        let mut facts = directory.facts(meeting);
        if meeting.status != MeetingStatus::Cancelled
            && let Some(outline) = self.agendas.get(&meeting.id)
        {
            let on_day = self.person.on(meeting.date);
            let is_member = |person: &PersonOnDay| person.reader_kind() == ReaderKind::Member;
            let reader = ReaderKind::member_if(on_day.iter().any(is_member));
            let entries = outline.entries.iter().cloned();
            facts.agenda = entries
                .map(|entry| entry.shown_to(reader, self.language))
                .map(|entry| agenda_line(self.language, &entry))
                .collect();
        }
        facts
    }
}

fn agenda_line(language: Language, entry: &AgendaEntry) -> AgendaLine {
    let number = ("number", entry.number.to_string());
    AgendaLine {
        number: say_with(language, "invitations-item", &[number]),
        title: entry.title.clone(),
        kind: entry.item.as_ref().map(|item| match item.kind {
            series::AgendaItemKind::Information => Kind::Information,
            series::AgendaItemKind::Discussion => Kind::Discussion,
            series::AgendaItemKind::Decision => Kind::Decision,
        }),
        minutes: Some(entry.minutes).filter(|minutes| *minutes > 0),
        presenter: entry.presenter.clone(),
        late: entry.late,
    }
}

fn answer_text(language: Language, answer: Option<&Answer>) -> String {
    let key = match answer.map(|answer| answer.value) {
        None => "feeds-answer-open",
        Some(AnswerValue::Accepted) => "feeds-answer-accepted",
        Some(AnswerValue::Tentative) => "feeds-answer-tentative",
        Some(AnswerValue::Declined) => "feeds-answer-declined",
        Some(AnswerValue::Delegated) => "feeds-answer-delegated",
    };
    let words = say(language, key);
    match answer {
        Some(answer) if !answer.counts => {
            say_with(language, "feeds-answer-stale", &[("answer", words)])
        }
        _ => say_with(language, "feeds-answer", &[("answer", words)]),
    }
}
