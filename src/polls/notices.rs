//! The mails of a poll.
use super::{Ballot, Candidate, Poll, PollVisibility as Visibility, VoteLink, explain};
use crate::Tx;
use crate::auth::Scope;
use crate::db::Id;
use crate::error::Result;
use crate::i18n::dates::date_short;
use crate::i18n::{Language, say, say_with};
use crate::invitations::context::Directory;
use crate::invitations::text::MeetingFacts;
use crate::invitations::{self, steps};
use crate::mail::Mailbox;
use crate::meetings::Meeting;
use crate::notifications::links::Target;
use crate::notifications::notice::{CalendarContent, NoticeLink, NoticeText, Signature};
use crate::notifications::template::Template;
use crate::notifications::{MessageKind, Topic};
use crate::people::on_day::{self, PersonOnDay};

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
    /// The sender of all mails and ORGANIZER of all entries.
    pub mailbox: Mailbox,
    group: String,
    asker: Option<PersonOnDay>,
}

/// A mail that is to be written.
pub(super) struct PollMail {
    pub kind: MessageKind,
    pub topic: Topic,
    pub key: String,
    pub meeting: Option<Id<Meeting>>,
    pub text: NoticeText,
    pub calendar: Option<CalendarContent>,
}

/// A mail that asks somebody to vote.
struct Call {
    /// How the keys of its subject and its first sentence end.
    about: &'static str,
    kind: MessageKind,
    key: String,
    /// What it says after its first sentence.
    further: Vec<String>,
    details: Vec<(String, String)>,
}

impl PollNotices {
    /// Looks it up.
    pub fn load(
        tx: &mut Tx,
        who: &impl Scope,
        poll: Poll,
        candidates: Vec<Candidate>,
    ) -> Result<Self> {
        let directory = Directory::load(tx, who)?;
        let today = tx.now.with_timezone(&poll.zone()).date_naive();
        let people = on_day::all(tx, who, today)?;
        let asked_by =
            |person: &PersonOnDay| Some(person.id()) == poll.asked_by && !person.is_removed();
        Ok(Self {
            mailbox: directory.mailbox(tx.settings)?,
            asker: people.into_iter().find(asked_by),
            group: directory.cooperation.name,
            poll,
            candidates,
        })
    }

    /// What nearly every sentence takes.
    pub fn which(&self) -> [(&'static str, String); 2] {
        [
            ("title", self.poll.title.clone()),
            ("group", self.group.clone()),
        ]
    }

    pub fn fill(&self, language: Language, key: &str, more: &[(&str, String)]) -> String {
        let args = [&self.which()[..], more].concat();
        say_with(language, key, &args)
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

    fn deadline_day(&self, language: Language) -> (&'static str, String) {
        let day = self.poll.locally(self.poll.deadline).date_naive();
        ("date", date_short(language, day))
    }

    /// Asks a person.
    pub fn ask(
        &self,
        tx: &mut Tx,
        who: &impl Scope,
        person: &PersonOnDay,
        ballot: Id<Ballot>,
    ) -> Result<bool> {
        let language = person.language();
        let holds = self.poll.holds.then(|| say(language, "polls-mail-holds"));
        let visibility = explain::visibility(language, &self.poll);
        let call = Call {
            about: "ask",
            kind: POLL,
            key: format!("poll:{ballot}"),
            further: std::iter::once(visibility).chain(holds).collect(),
            details: self.dates(language),
        };
        self.call(tx, who, person, ballot, call)
    }

    /// Asks a person who has voted about candidates that were added, which are those held here.
    pub fn ask_about_more(
        &self,
        tx: &mut Tx,
        who: &impl Scope,
        person: &PersonOnDay,
        ballot: Id<Ballot>,
    ) -> Result<bool> {
        let language = person.language();
        let dates = self.dates(language).into_iter();
        let new = || say(language, "polls-label-new");
        let call = Call {
            about: "more",
            kind: POLL,
            key: format!("poll_more:{ballot}:{}", self.poll.revision),
            further: Vec::new(),
            details: dates.map(|(_, when)| (new(), when)).collect(),
        };
        self.call(tx, who, person, ballot, call)
    }

    /// Tells a person who has not voted until when they can.
    pub fn postponed(
        &self,
        tx: &mut Tx,
        who: &impl Scope,
        person: &PersonOnDay,
        ballot: Id<Ballot>,
    ) -> Result<bool> {
        let call = Call {
            about: "deadline",
            kind: POLL,
            key: format!("poll_deadline:{ballot}:{}", self.poll.revision),
            further: Vec::new(),
            details: self.dates(person.language()),
        };
        self.call(tx, who, person, ballot, call)
    }

    /// Reminds a person who has not voted.
    pub fn remind(
        &self,
        tx: &mut Tx,
        who: &impl Scope,
        person: &PersonOnDay,
        ballot: Id<Ballot>,
    ) -> Result<bool> {
        let deadline = self.poll.deadline.timestamp();
        let call = Call {
            about: "remind",
            kind: POLL_REMINDER,
            key: format!("poll_reminder:{ballot}:{deadline}"),
            further: Vec::new(),
            details: self.dates(person.language()),
        };
        self.call(tx, who, person, ballot, call)
    }

    /// Calls on a person to vote until the deadline.
    fn call(
        &self,
        tx: &mut Tx,
        who: &impl Scope,
        person: &PersonOnDay,
        ballot: Id<Ballot>,
        call: Call,
    ) -> Result<bool> {
        let language = person.language();
        let deadline = ("deadline", explain::deadline(language, &self.poll));
        let mut said =
            vec![self.fill(language, &format!("polls-mail-{}", call.about), &[deadline])];
        said.extend(call.further);
        let day = self.deadline_day(language);
        let subject = self.fill(language, &format!("polls-subject-{}", call.about), &[day]);
        let mut text = text(subject, said);
        text.details = call.details;
        text.links = page(language, ballot);
        let mail = PollMail {
            kind: call.kind,
            topic: self.topic(),
            key: call.key,
            meeting: None,
            text,
            calendar: None,
        };
        self.write(tx, who, person, mail)
    }

    /// Tells a coordinator that voting has ended and the date is to be chosen.
    pub fn to_decide(&self, tx: &mut Tx, who: &impl Scope, person: &PersonOnDay) -> Result<bool> {
        let language = person.language();
        let now = tx.now;
        let outcome = explain::outcome(language, &self.poll, &self.candidates, now);
        let said = [
            Some(self.fill(language, "polls-mail-ended", &[])),
            outcome,
            Some(say(language, "polls-mail-decide")),
        ];
        let subject = self.fill(language, "polls-subject-ended", &[]);
        let mut text = text(subject, said.into_iter().flatten().collect());
        let outcome = self.poll.outcome.iter().flat_map(|outcome| &outcome.0);
        text.details = outcome
            .filter_map(|tally| {
                let mut all = self.candidates.iter().zip(1..);
                let found = all.find(|(candidate, _)| candidate.id == tally.candidate_id);
                let (candidate, number) = found?;
                let when = explain::when(language, &self.poll, candidate);
                let figures = explain::figures(language, tally);
                Some((numbered(language, number), format!("{when}. {figures}")))
            })
            .collect();
        let mail = PollMail {
            kind: POLL_ENDED,
            topic: self.topic(),
            key: format!("poll_ended:{}:{}", self.poll.id, person.id()),
            meeting: None,
            text,
            calendar: None,
        };
        self.write(tx, who, person, mail)
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
        let now = tx.now;
        let outcome = match self.poll.visibility {
            Visibility::Coordinators => None,
            _ => explain::outcome(language, &self.poll, &self.candidates, now),
        };
        let holds = self
            .poll
            .holds
            .then(|| say(language, "polls-mail-holds-decided"));
        let said = [
            Some(self.fill(language, "polls-mail-decided", &[])),
            outcome,
            Some(say(language, "polls-mail-decided-next")),
            holds,
        ];
        let day = ("date", date_short(language, meeting.date));
        let subject = self.fill(language, "polls-subject-decided", &[day]);
        let mut text = text(subject, said.into_iter().flatten().collect());
        let when = self.poll.when(meeting.starts_at, meeting.ends_at);
        let when = crate::invitations::text::when(language, &when);
        let host = facts.host.clone();
        let host = host.map(|host| (say(language, "mail-label-host"), host));
        text.details = [(say(language, "mail-label-when"), when)]
            .into_iter()
            .chain(host)
            .collect();
        let mail = PollMail {
            kind: steps::SAVE_THE_DATE,
            topic: invitations::topic(meeting.id),
            key: steps::save_the_date_key(person.id(), meeting),
            meeting: Some(meeting.id),
            text,
            calendar: None,
        };
        self.write(tx, who, person, mail)
    }

    /// Tells a person that the poll was called off.
    pub fn cancelled(&self, tx: &mut Tx, who: &impl Scope, person: &PersonOnDay) -> Result<bool> {
        let language = person.language();
        let reason = self.poll.cancelled_reason.clone();
        let reason = reason.map(|reason| say_with(language, "mail-reason", &[("reason", reason)]));
        let said = [
            Some(self.fill(language, "polls-mail-cancelled", &[])),
            reason,
            Some(say(language, "polls-mail-cancelled-next")),
        ];
        let subject = self.fill(language, "polls-subject-cancelled", &[]);
        let text = text(subject, said.into_iter().flatten().collect());
        let mail = PollMail {
            kind: POLL_ENDED,
            topic: self.topic(),
            key: format!("poll_ended:{}:{}", self.poll.id, person.id()),
            meeting: None,
            text,
            calendar: None,
        };
        self.write(tx, who, person, mail)
    }

    /// The topic of all messages that ask, remind and tell of the poll.
    pub fn topic(&self) -> Topic {
        Topic::of("poll", self.poll.id)
    }

    /// Writes a mail to a person, unless mails do not reach the person or it was written before; replies go to
    /// who opened the poll. Whether it was written.
    pub fn write(
        &self,
        tx: &mut Tx,
        who: &impl Scope,
        person: &PersonOnDay,
        mail: PollMail,
    ) -> Result<bool> {
        if person.is_removed() {
            return Ok(false);
        }
        let asker = self.asker.as_ref();
        let other = asker.filter(|asker| asker.id() != person.id());
        let template = Template {
            supersedes: if mail.kind == POLL_ENDED { ASKING } else { &[] },
            kind: mail.kind,
            topic: mail.topic,
            meeting: mail.meeting.map(Id::cast),
            from: self.mailbox.clone(),
            reply_to: other.and_then(PersonOnDay::reachable_mailbox),
            references: Vec::new(),
            signature: match asker {
                Some(asker) => Signature::of_person(asker),
                None => Signature::of_cooperation(&self.group),
            },
            calendar: mail.calendar,
        };
        template.send(tx, who, (person, mail.key), mail.text)
    }
}

/// A mail with this subject and text; details and links are to be added.
pub(super) fn text(subject: String, paragraphs: Vec<String>) -> NoticeText {
    NoticeText {
        subject,
        paragraphs,
        ..NoticeText::default()
    }
}

/// The link to the page on which that ballot is filled in.
pub(super) fn page(language: Language, ballot: Id<Ballot>) -> Vec<NoticeLink> {
    vec![NoticeLink {
        lead: say(language, "polls-mail-vote"),
        words: say(language, "polls-mail-vote-link"),
        target: Target::page::<VoteLink>(ballot),
    }]
}

/// "Terminvorschlag 2"
fn numbered(language: Language, number: usize) -> String {
    let number = [("number", number.to_string())];
    say_with(language, "polls-label-candidate", &number)
}
