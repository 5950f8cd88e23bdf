//! The text of a message about a meeting.
use chrono::NaiveDate;

use super::{Answered, Change, Links, MeetingFacts, MeetingMessage, Occasion, labelled, phrases};
use crate::i18n::dates::{date_long, date_short, time_range};
use crate::i18n::{Language, say, say_with};
use crate::notifications::links::Target;
use crate::notifications::notice::{NoticeLink, NoticeText, Question};
use crate::notifications::render::{cut, filled};

/// The text of `message`.
#[must_use]
pub fn meeting_text(language: Language, message: &MeetingMessage) -> NoticeText {
    let mut text = NoticeText {
        subject: subject(language, message),
        paragraphs: opening(language, message),
        ..NoticeText::default()
    };
    match &message.occasion {
        Occasion::Cancellation { .. } => return text,
        Occasion::Update { changes } => {
            let restored = |change: &&Change| **change == Change::Restored;
            let others = changes.iter().filter(|change| !restored(change));
            let in_order = changes.iter().filter(restored).chain(others);
            text.news = in_order
                .map(|change| phrases::change(language, change))
                .collect();
        }
        Occasion::Invitation => {}
    }
    let (agenda, note) = phrases::agenda(language, &message.facts);
    let open = || agenda.is_empty().then(|| say(language, "mail-agenda-open"));
    text.agenda_note = note.or_else(open);
    text.agenda = agenda;
    text.details = details(language, &message.facts);
    text.question = Some(question(language, message));
    text.links = links(language, message);
    text.is_personal = true;
    text
}

/// The subject of `message`.
fn subject(language: Language, message: &MeetingMessage) -> String {
    let key = match &message.occasion {
        Occasion::Invitation => "mail-subject-invitation",
        Occasion::Cancellation {
            no_longer_invited: true,
            ..
        } => "mail-subject-withdrawal",
        Occasion::Cancellation { .. } => "mail-subject-cancellation",
        Occasion::Update { changes } => match moved_subject(language, &message.facts, changes) {
            Some(subject) => return subject,
            None => "mail-subject-update",
        },
    };
    say_with(
        language,
        key,
        &[("meeting", phrases::meeting(language, &message.facts))],
    )
}

/// The subject of a message about a move. Another zone alone is not seen in date and time, and
/// gets the subject of an update.
fn moved_subject(language: Language, facts: &MeetingFacts, changes: &[Change]) -> Option<String> {
    let (from, to) = changes.iter().find_map(|change| match change {
        Change::Moved { from, to } => Some((from, to)),
        _ => None,
    })?;
    let [group, _] = phrases::which(language, facts);
    let date = |date| date_short(language, date);
    if from.on != to.on {
        let args = [group, ("from", date(from.on)), ("to", date(to.on))];
        return Some(say_with(language, "mail-subject-moved", &args));
    }
    if (from.starts, from.ends) == (to.starts, to.ends) {
        return None;
    }
    let time = time_range(language, to.starts, to.ends);
    let args = [group, ("date", date(to.on)), ("time", time)];
    Some(say_with(language, "mail-subject-moved-time", &args))
}

fn opening(language: Language, message: &MeetingMessage) -> Vec<String> {
    let [group, ordinal] = phrases::which(language, &message.facts);
    let names = phrases::people(language, &message.facts.deputy_for).map(|names| ("names", names));
    match &message.occasion {
        Occasion::Invitation if names.is_some() => {
            let args: Vec<_> = [group, ordinal].into_iter().chain(names).collect();
            vec![say_with(language, "mail-opening-deputy", &args)]
        }
        Occasion::Invitation if message.guest => {
            vec![say_with(language, "mail-opening-guest", &[group, ordinal])]
        }
        Occasion::Invitation => {
            vec![say_with(
                language,
                "mail-opening-invitation",
                &[group, ordinal],
            )]
        }
        Occasion::Update { .. } => {
            vec![say_with(language, "mail-opening-update", &[group, ordinal])]
        }
        Occasion::Cancellation {
            reason,
            no_longer_invited,
        } => {
            let mut args = vec![
                group,
                ordinal,
                ("when", phrases::when(language, &message.facts.when())),
            ];
            let (what, next) = if *no_longer_invited {
                let what = match names {
                    Some(names) => {
                        args.push(names);
                        "mail-opening-withdrawal-deputy"
                    }
                    None => "mail-opening-withdrawal",
                };
                (what, "mail-next-withdrawal")
            } else {
                ("mail-opening-cancellation", "mail-next-cancellation")
            };
            let reason = filled(reason.as_deref())
                .map(|reason| say_with(language, "mail-reason", &[("reason", cut(&reason, 1000))]));
            [
                Some(say_with(language, what, &args)),
                reason,
                Some(say(language, next)),
            ]
            .into_iter()
            .flatten()
            .collect()
        }
    }
}

/// When, where and with whom it takes place.
pub fn details(language: Language, facts: &MeetingFacts) -> Vec<(String, String)> {
    let place = phrases::place(language, facts.place.as_ref());
    let rows = [
        (
            "mail-label-when",
            Some(phrases::when(language, &facts.when())),
        ),
        ("mail-label-title", phrases::title(facts)),
        ("mail-label-host", phrases::hosts(language, facts)),
        (
            "mail-label-place",
            place.or_else(|| Some(say(language, "mail-place-open"))),
        ),
        ("mail-label-directions", phrases::directions(facts)),
        (
            "mail-label-deputy-for",
            phrases::people(language, &facts.deputy_for),
        ),
        ("mail-label-deputy", phrases::deputy(facts)),
    ];
    labelled(language, rows)
}

fn question(language: Language, message: &MeetingMessage) -> Question {
    let key = match message.answered {
        Answered::NotYet => "mail-ask",
        Answered::Counts => "mail-ask-still",
        Answered::NoLonger => "mail-ask-again",
    };
    let ask = match message.answer_by {
        Some(day) => say_with(
            language,
            &format!("{key}-by"),
            &[("date", date_long(language, day))],
        ),
        None => say(language, key),
    };
    let links = &message.links;
    let answers = [
        ("accept", &links.accept),
        ("tentative", &links.tentative),
        ("decline", &links.decline),
    ];
    let answer = |(name, target): (&str, &Target)| {
        NoticeLink::new(language, &format!("mail-answer-{name}"), target.clone())
    };
    Question {
        ask,
        answers: answers.map(answer).into(),
        other_way: say(language, "mail-answer-calendar"),
    }
}

fn links(language: Language, message: &MeetingMessage) -> Vec<NoticeLink> {
    let Links {
        meeting, topics, ..
    } = &message.links;
    let topics = topics.clone().filter(|_| !message.guest);
    let topics = topics.map(|target| topics_link(language, message.topics_until, target));
    let page = NoticeLink::new(language, "mail-page", meeting.clone());
    topics.into_iter().chain([page]).collect()
}

/// Where topics can be proposed, and until when.
pub fn topics_link(language: Language, until: Option<NaiveDate>, target: Target) -> NoticeLink {
    let link = NoticeLink::new(language, "mail-topics", target);
    let Some(day) = until else {
        return link;
    };
    let date = [("date", date_long(language, day))];
    NoticeLink {
        lead: say_with(language, "mail-topics-until", &date),
        ..link
    }
}
