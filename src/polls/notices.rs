//! The mails of a poll.
use super::{Ballot, Candidate, Poll, PollVisibility as Visibility, VoteLink, explain};
use crate::Tx;
use crate::auth::Scope;
use crate::db::Id;
use crate::error::Result;
use crate::i18n::dates::date_short;
use crate::i18n::{Language, say, say_with};
use crate::invitations::notice_context::NoticeContext;
use crate::invitations::text::{MeetingFacts, When, labelled};
use crate::invitations::{self, steps};
use crate::meetings::Meeting;
use crate::notifications::links::Target;
use crate::notifications::notice::{NoticeLink, NoticeText, Signature};
use crate::notifications::superseding::supersede_all;
use crate::notifications::template::Template;
use crate::notifications::{MessageKind, Topic};
use crate::people::on_day::PersonOnDay;

/// To ask when people can come.
pub const POLL: MessageKind = MessageKind::new("poll");
/// To remind of a date poll.
pub const POLL_REMINDER: MessageKind = MessageKind::new("poll_reminder");
/// To say that a date poll has ended without a date, or that its date is to be chosen.
pub const POLL_ENDED: MessageKind = MessageKind::new("poll_ended");
/// To put a date into the calendar, or to take it out again.
pub const POLL_HOLD: MessageKind = MessageKind::new("poll_hold");

/// Every kind of message about date polls.
pub const KINDS: [MessageKind; 4] = [POLL, POLL_REMINDER, POLL_ENDED, POLL_HOLD];

/// The kinds that ask for votes.
const ASKING: &[MessageKind] = &[POLL, POLL_REMINDER];

/// What all mails of a poll need.
pub(super) struct PollNotices {
    /// The poll.
    pub poll: Poll,
    /// Its candidates in the order of time.
    pub candidates: Vec<Candidate>,
    /// The cooperation as of today.
    pub context: NoticeContext,
    asker: Option<PersonOnDay>,
}

/// How the keys of the first and of the last sentence end, what stands between, and the details.
type EndedText<'a> = ((&'a str, &'a str), Option<String>, Vec<(String, String)>);

/// Why a person is called on to vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// The poll is new to the person.
    New,
    /// Candidates were added, which are those held here, after the person had voted.
    More,
    /// The deadline was moved.
    Deadline,
    /// The person has not voted on every candidate.
    Reminder,
}

impl PollNotices {
    /// Looks it up.
    pub fn load(
        tx: &mut Tx,
        who: &impl Scope,
        poll: Poll,
        candidates: Vec<Candidate>,
    ) -> Result<Self> {
        let today = tx.now.with_timezone(&poll.zone()).date_naive();
        let context = NoticeContext::load(tx, who, today)?;
        let asked_by =
            |person: &&PersonOnDay| Some(person.id()) == poll.asked_by && !person.is_removed();
        Ok(Self {
            asker: context.people.iter().find(asked_by).cloned(),
            context,
            poll,
            candidates,
        })
    }

    /// A sentence with title and group, which nearly every one names, and `more`.
    pub fn fill(&self, language: Language, key: &str, more: &[(&str, String)]) -> String {
        let which = [
            ("title", self.poll.title.clone()),
            ("group", self.context.group().to_owned()),
        ];
        say_with(language, key, &[&which[..], more].concat())
    }

    /// Messages to a person, signed by who opened the poll; replies go there.
    pub fn template(&self, person: &PersonOnDay, kind: MessageKind) -> Template {
        let template = self.context.template(kind, topic(&self.poll), None);
        let Some(asker) = &self.asker else {
            return template;
        };
        let other = Some(asker).filter(|asker| asker.id() != person.id());
        Template {
            reply_to: other.and_then(PersonOnDay::reachable_mailbox),
            signature: Signature::of_person(asker),
            ..template
        }
    }

    /// Takes back the calls to vote that have not left.
    pub fn take_back_calls(&self, tx: &mut Tx, who: &impl Scope) -> Result<()> {
        supersede_all(tx, who, &topic(&self.poll), ASKING)
    }

    /// The candidates as a table.
    fn dates(&self, language: Language) -> Vec<(String, String)> {
        let in_order = self.candidates.iter().zip(1..);
        in_order
            .map(|(candidate, number)| {
                let when = explain::when(language, &self.poll, candidate);
                (numbered(language, number), when)
            })
            .collect()
    }

    /// Calls on a person to vote until the deadline. Whether the mail was written.
    pub fn call(
        &self,
        tx: &mut Tx,
        who: &impl Scope,
        (person, ballot): (&PersonOnDay, Id<Ballot>),
        call: Call,
    ) -> Result<bool> {
        let (language, revision) = (person.language(), self.poll.revision);
        let deadline = self.poll.deadline;
        let (about, kind, key) = match call {
            Call::New => ("ask", POLL, format!("poll:{ballot}")),
            Call::More => ("more", POLL, format!("poll_more:{ballot}:{revision}")),
            Call::Deadline => (
                "deadline",
                POLL,
                format!("poll_deadline:{ballot}:{revision}"),
            ),
            Call::Reminder => {
                let key = format!("poll_reminder:{ballot}:{}", deadline.timestamp());
                ("remind", POLL_REMINDER, key)
            }
        };
        let until = ("deadline", explain::deadline(language, &self.poll));
        let mut paragraphs = vec![self.fill(language, &format!("polls-mail-{about}"), &[until])];
        let mut details = self.dates(language);
        match call {
            Call::New => {
                paragraphs.push(explain::visibility(language, &self.poll));
                paragraphs.extend(self.poll.holds.then(|| say(language, "polls-mail-holds")));
            }
            Call::More => {
                for (label, _) in &mut details {
                    *label = say(language, "polls-label-new");
                }
            }
            Call::Deadline | Call::Reminder => {}
        }
        let day = self.poll.locally(deadline).date_naive();
        let day = [("date", date_short(language, day))];
        let text = NoticeText {
            details,
            links: vec![page(language, ballot)],
            ..NoticeText::new(
                self.fill(language, &format!("polls-subject-{about}"), &day),
                paragraphs,
            )
        };
        self.template(person, kind)
            .send(tx, who, (person, key), text)
    }

    /// Tells a coordinator that voting has ended and the date is to be chosen.
    pub fn to_decide(&self, tx: &mut Tx, who: &impl Scope, person: &PersonOnDay) -> Result<bool> {
        let language = person.language();
        let outcome = explain::outcome(language, &self.poll, &self.candidates, tx.now);
        let tallies = self.poll.tallies().iter().filter_map(|tally| {
            let mut all = self.candidates.iter().zip(1..);
            let found = all.find(|(candidate, _)| candidate.id == tally.candidate_id);
            let (candidate, number) = found?;
            let when = explain::when(language, &self.poll, candidate);
            let figures = explain::figures(language, tally);
            Some((numbered(language, number), format!("{when}. {figures}")))
        });
        let about = ("ended", "decide");
        let template = self.template(person, POLL_ENDED);
        self.ended(
            tx,
            who,
            person,
            template,
            (about, outcome, tallies.collect()),
        )
    }

    /// Tells a person that the poll was cancelled.
    pub fn cancelled(&self, tx: &mut Tx, who: &impl Scope, person: &PersonOnDay) -> Result<bool> {
        let reason = self.poll.cancelled_reason.clone();
        let reason =
            reason.map(|reason| say_with(person.language(), "mail-reason", &[("reason", reason)]));
        let template = Template {
            supersedes: ASKING,
            // Who was never asked has nothing to forget.
            only_if_received: true,
            ..self.template(person, POLL_ENDED)
        };
        let about = ("cancelled", "cancelled-next");
        self.ended(tx, who, person, template, (about, reason, Vec::new()))
    }

    /// Tells a person that there is nothing to vote on any more, how that came about, and what is next.
    fn ended(
        &self,
        tx: &mut Tx,
        who: &impl Scope,
        person: &PersonOnDay,
        template: Template,
        ((about, next), why, details): EndedText,
    ) -> Result<bool> {
        let language = person.language();
        let mut paragraphs = vec![self.fill(language, &format!("polls-mail-{about}"), &[])];
        paragraphs.extend(why);
        paragraphs.push(say(language, &format!("polls-mail-{next}")));
        let text = NoticeText {
            details,
            ..NoticeText::new(
                self.fill(language, &format!("polls-subject-{about}"), &[]),
                paragraphs,
            )
        };
        let key = format!("poll_ended:{}:{}", self.poll.id, person.id());
        template.send(tx, who, (person, key), text)
    }

    /// Tells a person which date was chosen. It stands for the save-the-date of the meeting.
    pub fn decided(
        &self,
        tx: &mut Tx,
        who: &impl Scope,
        person: &PersonOnDay,
        (meeting, facts): (&Meeting, &MeetingFacts),
    ) -> Result<bool> {
        let language = person.language();
        let mut paragraphs = vec![self.fill(language, "polls-mail-decided", &[])];
        if self.poll.visibility != Visibility::Coordinators {
            let outcome = explain::outcome(language, &self.poll, &self.candidates, tx.now);
            paragraphs.extend(outcome);
        }
        paragraphs.push(say(language, "polls-mail-decided-next"));
        if self.poll.holds {
            paragraphs.push(say(language, "polls-mail-holds-decided"));
        }
        let day = ("date", date_short(language, meeting.date));
        let when = When::of(meeting.starts_at, meeting.ends_at, self.poll.zone());
        let when = invitations::text::when(language, &when);
        let rows = [
            ("mail-label-when", Some(when)),
            ("mail-label-host", facts.host.clone()),
        ];
        let text = NoticeText {
            details: labelled(language, rows),
            ..NoticeText::new(
                self.fill(language, "polls-subject-decided", &[day]),
                paragraphs,
            )
        };
        let template = Template {
            topic: invitations::topic(meeting.id),
            meeting: Some(meeting.id.cast()),
            ..self.template(person, steps::SAVE_THE_DATE)
        };
        let key = steps::save_the_date_key(person.id(), meeting);
        template.send(tx, who, (person, key), text)
    }
}

/// The topic of all messages that ask, remind and tell of a poll.
fn topic(poll: &Poll) -> Topic {
    Topic::of("poll", poll.id)
}

/// The link to the page on which that ballot is filled in.
pub(super) fn page(language: Language, ballot: Id<Ballot>) -> NoticeLink {
    NoticeLink::new(
        language,
        "polls-mail-vote",
        Target::page::<VoteLink>(ballot),
    )
}

/// "Terminvorschlag 2"
fn numbered(language: Language, number: usize) -> String {
    let number = [("number", number.to_string())];
    say_with(language, "polls-label-candidate", &number)
}
