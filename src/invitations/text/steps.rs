//! What the messages of the steps around a meeting say.
use chrono::NaiveDate;

use super::content::{details, topics_link};
use super::{MeetingFacts, phrases};
use crate::i18n::dates::{date_long, date_short};
use crate::i18n::{Language, say_count, say_with};
use crate::notifications::links::Target;
use crate::notifications::notice::{NoticeLink, NoticeText};
use crate::notifications::render::{cut, filled};

/// What a step has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Please keep the date free.
    SaveTheDate {
        /// The day that was told before, if it was another one.
        instead_of: Option<NaiveDate>,
    },
    /// The date that was to be kept free is not needed.
    DateOff {
        /// The day that was told.
        on: NaiveDate,
        /// Why.
        reason: Option<String>,
    },
    /// What should be talked about?
    CallForTopics {
        /// The last day to say so.
        until: Option<NaiveDate>,
        /// Where to say so.
        topics: Option<Target>,
    },
    /// No more topics are taken in time.
    TopicsDue {
        /// How many of them are on the agenda.
        scheduled: usize,
        /// The titles of those that nobody has decided about.
        proposed: Vec<String>,
        /// Whether people are invited already.
        invited: bool,
    },
    /// It is time to invite.
    InvitationDue {
        /// The day by which it should have happened.
        by: NaiveDate,
        /// Why the service has not done it, though it should.
        missing: Option<Missing>,
    },
    /// Your answer is missing.
    AnswerReminder {
        /// The last day to answer, if it is still ahead.
        by: Option<NaiveDate>,
        /// Where to answer.
        page: Target,
    },
    /// The meeting is near.
    Reminder {
        /// Whether the person has only said that they may come.
        tentative: bool,
        /// Where to answer otherwise.
        page: Target,
    },
    /// The minutes are due.
    MinutesDue,
    /// Attendance is to be recorded.
    AttendanceDue {
        /// Whether the meeting is closed already.
        closed: bool,
    },
}

/// What a meeting lacks to which people are to be invited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A host.
    Host,
    /// A place.
    Venue,
    /// People to invite.
    People,
}

/// The text of a step.
#[must_use]
pub fn step_notice(language: Language, facts: &MeetingFacts, news: News) -> NoticeText {
    let mut facts = facts.clone();
    if let News::DateOff { on, .. } = news {
        facts.on = on;
    }
    let facts = &facts;
    let words = Words { language, facts };
    let mut text = NoticeText {
        subject: words.subject(&news),
        details: details(language, facts),
        ..NoticeText::default()
    };
    match news {
        News::SaveTheDate { instead_of } => {
            text.paragraphs = match instead_of {
                Some(day) => vec![
                    words.on("steps-save-the-date-moved", day),
                    words.say("steps-save-the-date-again"),
                ],
                None => vec![words.say("steps-save-the-date")],
            };
            text.paragraphs.push(words.say("steps-save-the-date-next"));
        }
        News::DateOff { reason, .. } => {
            text.paragraphs = words.date_off(reason.as_deref());
            text.details = Vec::new();
        }
        News::CallForTopics { until, topics } => {
            text.paragraphs = vec![match until {
                Some(day) => words.on("steps-call-for-topics-until", day),
                None => words.say("steps-call-for-topics"),
            }];
            text.agenda = words.agenda();
            let link = topics.map(|target| topics_link(language, until, target));
            text.links = link.into_iter().collect();
        }
        News::TopicsDue {
            scheduled,
            proposed,
            invited,
        } => {
            text.paragraphs = words.topics(scheduled, &proposed);
            if !invited {
                text.paragraphs.push(words.say("steps-topics-due-next"));
            }
            text.agenda = words.agenda();
        }
        News::InvitationDue { by, missing } => {
            text.paragraphs = words.invitation_due(by, missing);
            text.agenda = words.agenda();
        }
        News::AnswerReminder { by, page } => {
            text.paragraphs = vec![
                words.say("steps-answer-reminder"),
                match by {
                    Some(day) => words.on("steps-answer-reminder-by", day),
                    None => words.say("steps-answer-reminder-soon"),
                },
                words.say("mail-answer-calendar"),
            ];
            text.agenda = words.agenda();
            text.links = vec![NoticeLink::new(language, "steps-answer", page)];
        }
        News::Reminder { tentative, page } => {
            let comes = if tentative {
                "steps-reminder-tentative"
            } else {
                "steps-reminder-accepted"
            };
            text.paragraphs = vec![words.say(comes), words.say("steps-reminder-next")];
            text.agenda = words.agenda();
            text.links = vec![NoticeLink::new(language, "steps-page", page)];
        }
        News::MinutesDue => {
            text.paragraphs = vec![
                words.say("steps-minutes-due"),
                words.say("steps-minutes-due-next"),
            ];
        }
        News::AttendanceDue { closed } => {
            let next = if closed {
                "steps-attendance-due-closed"
            } else {
                "steps-attendance-due-open"
            };
            text.paragraphs = vec![words.say("steps-attendance-due"), words.say(next)];
        }
    }
    text
}

struct Words<'a> {
    language: Language,
    facts: &'a MeetingFacts,
}

impl Words<'_> {
    fn fill(&self, key: &str, more: &[(&str, String)]) -> String {
        let [group, ordinal] = phrases::which(self.language, self.facts);
        let when = ("when", phrases::when(self.language, &self.facts.when()));
        let mut args = vec![group, ordinal, when];
        args.extend(more.iter().cloned());
        say_with(self.language, key, &args)
    }

    fn say(&self, key: &str) -> String {
        self.fill(key, &[])
    }

    fn on(&self, key: &str, day: NaiveDate) -> String {
        self.fill(key, &[("date", date_long(self.language, day))])
    }

    fn subject(&self, news: &News) -> String {
        let day = |day| date_short(self.language, day);
        let meeting = ("meeting", phrases::meeting(self.language, self.facts));
        let date = ("date", day(self.facts.on));
        let key = match news {
            News::SaveTheDate {
                instead_of: Some(from),
            } => {
                let days = [("from", day(*from)), ("to", day(self.facts.on))];
                return self.fill("steps-subject-save-the-date-moved", &days);
            }
            News::SaveTheDate { instead_of: None } => "steps-subject-save-the-date",
            News::DateOff { .. } => "steps-subject-date-off",
            News::CallForTopics { until: None, .. } => {
                return self.say("steps-subject-call-for-topics");
            }
            News::CallForTopics {
                until: Some(until), ..
            } => {
                let until = [("date", day(*until))];
                return self.fill("steps-subject-call-for-topics-until", &until);
            }
            News::TopicsDue { .. } => "steps-subject-topics-due",
            News::InvitationDue { .. } => "steps-subject-invitation-due",
            News::AnswerReminder { .. } => {
                return self.fill("steps-subject-answer-reminder", &[date]);
            }
            News::Reminder { .. } => match phrases::town(self.facts) {
                Some(town) => {
                    return self.fill("steps-subject-reminder-in", &[date, ("town", town)]);
                }
                None => return self.fill("steps-subject-reminder", &[date]),
            },
            News::MinutesDue => "steps-subject-minutes-due",
            News::AttendanceDue { .. } => "steps-subject-attendance-due",
        };
        self.fill(key, &[meeting])
    }

    fn date_off(&self, reason: Option<&str>) -> Vec<String> {
        let reason = filled(reason).map(|reason| {
            let reason = ("reason", cut(&reason, 1000));
            say_with(self.language, "mail-reason", &[reason])
        });
        let mut all = vec![self.say("steps-date-off")];
        all.extend(reason);
        all.push(self.say("steps-date-off-next"));
        all
    }

    fn invitation_due(&self, by: NaiveDate, missing: Option<Missing>) -> Vec<String> {
        let missing = missing.map(|missing| match missing {
            Missing::Host => "steps-invitation-missing-host",
            Missing::Venue => "steps-invitation-missing-venue",
            Missing::People => "steps-invitation-missing-people",
        });
        let mut all = vec![self.on("steps-invitation-due", by)];
        all.extend(missing.map(|key| self.say(key)));
        all.push(self.say("steps-invitation-due-next"));
        all
    }

    /// How many topics came in, and which of them wait.
    fn topics(&self, scheduled: usize, proposed: &[String]) -> Vec<String> {
        let came = say_count(self.language, "steps-topics-due-scheduled", scheduled);
        let waiting = (!proposed.is_empty()).then(|| {
            let titles = proposed.iter().filter_map(|title| filled(Some(title)));
            let quoted = titles.map(|title| {
                let title = ("title", cut(&title, 160));
                say_with(self.language, "steps-topic-quoted", &[title])
            });
            let titles = quoted.collect::<Vec<_>>().join(", ");
            self.fill("steps-topics-due-proposed", &[("titles", titles)])
        });
        let mut all = vec![self.say("steps-topics-due"), came];
        all.extend(waiting);
        all
    }

    fn agenda(&self) -> Vec<(String, String)> {
        let (mut lines, more) = phrases::agenda(self.language, self.facts);
        lines.extend(more.map(|more| (String::new(), more)));
        lines
    }
}
