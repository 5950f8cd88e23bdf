//! The mails that inbound mails cause.
use super::{CalendarAnswer, ConfirmLink, InboundMail};
use crate::Tx;
use crate::auth::Scope;
use crate::db::Id;
use crate::error::Result;
use crate::i18n::{Language, say, say_with};
use crate::invitations::notice_context::NoticeContext;
use crate::invitations::text::labelled;
use crate::meetings::{self, Meeting};
use crate::notifications::links::Target;
use crate::notifications::notice::{NoticeLink, NoticeText};
use crate::notifications::{MessageKind, Topic};
use crate::people::Person;

/// To have an answer confirmed that came by mail.
pub const CONFIRMATION: MessageKind = MessageKind::new("confirmation");
/// To say that a mail waits to be reviewed.
pub const REVIEW: MessageKind = MessageKind::new("review");

/// Tells those responsible for the meeting that something waits to be reviewed; once a day, however much
/// comes.
pub fn review(tx: &mut Tx, who: &impl Scope, mail: &InboundMail) -> Result<()> {
    let meeting = mail.meeting_id;
    let meeting = meeting
        .map(|id| meetings::store::find(tx, who, id))
        .transpose()?;
    let about = mail
        .meeting_id
        .map_or_else(|| who.cooperation().to_string(), |id| id.to_string());
    let key = format!("review:{about}:{}", tx.now.date_naive());
    let context = NoticeContext::of(tx, who, meeting.as_ref())?;
    let template = context.template(REVIEW, Topic::of("review", mail.id), meeting.as_ref());
    let people = context.responsible_for(meeting.as_ref());
    template.send_to_all(tx, who, (people, &key), |language, _| {
        review_text(language, &context, meeting.as_ref(), mail)
    })?;
    Ok(())
}

fn review_text(
    language: Language,
    context: &NoticeContext,
    meeting: Option<&Meeting>,
    mail: &InboundMail,
) -> NoticeText {
    let group = ("group", context.group().to_owned());
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
            meeting.map(|meeting| context.meeting(language, meeting)),
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
        paragraphs: vec![
            say(language, "inbound-review-intro"),
            in_words(language, reason),
            say(language, "inbound-review-next"),
        ],
        details: labelled(language, rows),
        ..NoticeText::default()
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
    if known.contains(&reason) {
        let key = reason.replace('_', "-");
        say(language, &format!("inbound-reason-{key}"))
    } else {
        let reason = [("reason", reason.to_owned())];
        say_with(language, "inbound-reason-other", &reason)
    }
}

fn from(mail: &InboundMail) -> Option<String> {
    let address = mail.from_address.clone()?;
    Some(match mail.from_name.as_deref() {
        Some(name) if !name.is_empty() => format!("{name} ({address})"),
        _ => address,
    })
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
    let context = NoticeContext::load(tx, who, meeting.date)?;
    let Some(person) = context.people.iter().find(|known| known.id() == person) else {
        return Ok(false);
    };
    let template = context.template(CONFIRMATION, Topic::of("inbound", mail), Some(meeting));
    let key = format!("confirm:{mail}");
    template.send_to_all(tx, who, ([person], &key), |language, _| {
        let rows = [
            (
                "inbound-label-meeting",
                Some(context.meeting(language, meeting)),
            ),
            ("inbound-label-answer", answer_in_words(language, said)),
            ("inbound-label-comment", said.comment.clone()),
        ];
        let group = ("group", context.group().to_owned());
        NoticeText {
            subject: say_with(language, "inbound-confirm-subject", &[group]),
            paragraphs: vec![
                say(language, "inbound-confirm-intro"),
                say(language, "inbound-confirm-otherwise"),
            ],
            details: labelled(language, rows),
            links: vec![NoticeLink {
                lead: say(language, "inbound-confirm-lead"),
                words: say(language, "inbound-confirm-link"),
                target: Target::page::<ConfirmLink>(mail),
            }],
            ..NoticeText::default()
        }
    })
}
