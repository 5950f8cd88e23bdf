//! The mails that inbound mails cause.
use super::{CalendarAnswer, InboundMail};
use crate::Tx;
use crate::auth::Scope;
use crate::db::Id;
use crate::error::Result;
use crate::i18n::{Language, ordinal, say, say_with};
use crate::invitations::MessageKind;
use crate::invitations::audience::{self, Invitee};
use crate::invitations::context::Directory;
use crate::invitations::letters::{NoticeLink, NoticeText, when};
use crate::invitations::notices::Target;
use crate::invitations::writing::Writing;
use crate::meetings::{self, Meeting};
use crate::people::Person;

/// Those who look after a meeting, on its day; the coordinators of today where it is about none.
pub fn hosts(
    tx: &mut Tx,
    who: &impl Scope,
    directory: &Directory,
    meeting: Option<&Meeting>,
) -> Result<Vec<Invitee>> {
    let today = tx.now.with_timezone(&directory.zone()).date_naive();
    let people = audience::everybody(tx, who, meeting.map_or(today, |meeting| meeting.date))?;
    let host = meeting.and_then(|meeting| meeting.host_id);
    let found = audience::looking_after(people.iter(), host);
    Ok(found.into_iter().cloned().collect())
}

/// Tells who looks after the meeting that something waits to be looked at; once a day, however much
/// comes.
pub fn review(tx: &mut Tx, who: &impl Scope, mail: &InboundMail) -> Result<()> {
    let meeting = match mail.meeting_id {
        Some(id) => Some(meetings::store::find(tx, who, id)?),
        None => None,
    };
    let about = mail
        .meeting_id
        .map_or_else(|| who.cooperation().to_string(), |id| id.to_string());
    let day = tx.now.date_naive();
    let (directory, settings) = (Directory::load(tx, who)?, tx.settings);
    let writing = Writing {
        from: &directory.mailbox(settings)?,
        group: &directory.cooperation.name,
        kind: MessageKind::Review,
        meeting: meeting.as_ref(),
        key: format!("review:{about}:{day}"),
        reply_to: None,
        references: Vec::new(),
    };
    for person in hosts(tx, who, &directory, meeting.as_ref())? {
        writing.to(tx, who, &person, |language| {
            review_text(language, &directory, meeting.as_ref(), mail)
        })?;
    }
    Ok(())
}

fn review_text(
    language: Language,
    directory: &Directory,
    meeting: Option<&Meeting>,
    mail: &InboundMail,
) -> NoticeText<Target> {
    let group = ("group", directory.cooperation.name.clone());
    let reason = mail.reason.as_deref().unwrap_or_default();
    let answer = mail.content.0.answer.as_ref();
    let rows = [
        ("inbound-label-from", from(mail)),
        (
            "inbound-label-attendee",
            answer.and_then(|answer| answer.attendee.clone()),
        ),
        (
            "inbound-label-meeting",
            meeting.map(|meeting| named(language, directory, meeting)),
        ),
        (
            "inbound-label-answer",
            answer.and_then(|answer| answer_in_words(language, answer)),
        ),
        (
            "inbound-label-comment",
            answer.and_then(|answer| answer.comment.clone()),
        ),
        (
            "inbound-label-subject",
            Some(mail.subject.clone()).filter(|text| !text.is_empty()),
        ),
    ];
    NoticeText {
        subject: say_with(language, "inbound-review-subject", &[group]),
        name: String::new(),
        paragraphs: vec![
            say(language, "inbound-review-intro"),
            in_words(language, reason),
            say(language, "inbound-review-next"),
        ],
        details: details(language, rows),
        agenda: Vec::new(),
        quote: None,
        links: Vec::new(),
    }
}

/// The reason why a mail waits, in words; the reason of a library as it is.
#[must_use]
pub fn in_words(language: Language, reason: &str) -> String {
    let known = [
        "unknown_meeting",
        "unknown_attendee",
        "not_invited",
        "other_sender",
        "not_vouched",
        "deputy",
        "unknown_sender",
        "too_many",
        "unknown_message",
        "unclear_bounce",
    ];
    match known.contains(&reason) {
        true => say(
            language,
            &format!("inbound-reason-{}", reason.replace('_', "-")),
        ),
        false => say_with(
            language,
            "inbound-reason-other",
            &[("reason", reason.to_owned())],
        ),
    }
}

fn from(mail: &InboundMail) -> Option<String> {
    let address = mail.from_address.clone()?;
    Some(match mail.from_name.as_deref() {
        Some(name) if !name.is_empty() => format!("{name} ({address})"),
        _ => address,
    })
}

pub(super) fn details<const N: usize>(
    language: Language,
    rows: [(&str, Option<String>); N],
) -> Vec<(String, String)> {
    rows.into_iter()
        .filter_map(|(label, value)| Some((say(language, label), value?)))
        .collect()
}

pub(super) fn named(language: Language, directory: &Directory, meeting: &Meeting) -> String {
    let facts = directory.facts(meeting);
    let which = [
        ("ordinal", ordinal(language, facts.number)),
        ("group", facts.group.clone()),
        ("when", when(language, &facts.when())),
    ];
    say_with(language, "inbound-meeting", &which)
}

pub(super) fn answer_in_words(language: Language, said: &CalendarAnswer) -> Option<String> {
    Some(say(language, &format!("inbound-answer-{}", said.answer?)))
}

/// Asks a person by mail whether the answer is theirs. Whether the mail was written: not to an
/// address that mails come back from.
pub fn confirm(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
    mail: Id<InboundMail>,
    said: &CalendarAnswer,
) -> Result<bool> {
    let people = audience::everybody(tx, who, meeting.date)?;
    let Some(person) = people.iter().find(|known| known.id() == person) else {
        return Ok(false);
    };
    let (directory, settings) = (Directory::load(tx, who)?, tx.settings);
    let writing = Writing {
        from: &directory.mailbox(settings)?,
        group: &directory.cooperation.name,
        kind: MessageKind::Confirmation,
        meeting: Some(meeting),
        key: format!("confirm:{mail}"),
        reply_to: None,
        references: Vec::new(),
    };
    writing.to(tx, who, person, |language| {
        let rows = [
            (
                "inbound-label-meeting",
                Some(named(language, &directory, meeting)),
            ),
            ("inbound-label-answer", answer_in_words(language, said)),
            ("inbound-label-comment", said.comment.clone()),
        ];
        let group = ("group", directory.cooperation.name.clone());
        NoticeText {
            subject: say_with(language, "inbound-confirm-subject", &[group]),
            name: String::new(),
            paragraphs: vec![
                say(language, "inbound-confirm-intro"),
                say(language, "inbound-confirm-otherwise"),
            ],
            details: details(language, rows),
            agenda: Vec::new(),
            quote: None,
            links: vec![NoticeLink {
                lead: say(language, "inbound-confirm-lead"),
                words: say(language, "inbound-confirm-link"),
                target: Target::ConfirmPage(mail),
            }],
        }
    })
}
