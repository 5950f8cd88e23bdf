//! What a letter says, in the order in which it says it; the two layouts share it.
use super::about::About;
use super::plain::{address, cut, filled, line};
use super::{Answered, Change, Letter, MeetingFacts, Occasion, Sender, html, phrases, plain};
use crate::i18n::dates::{date_long, date_short, time_range};
use crate::i18n::{Language, say, say_with};

/// The words of a letter. All text in it is clean: single lines of bounded length.
pub struct Content {
    pub subject: String,
    /// What has changed, before everything else: previews show the first line.
    pub news: Vec<String>,
    pub greeting: String,
    pub opening: Vec<String>,
    pub details: Block,
    pub agenda: Block,
    /// What somebody else has written, line by line.
    pub quote: Vec<String>,
    pub question: Option<Question>,
    pub notes: Vec<Link>,
    pub closing: String,
    pub sender: Vec<String>,
    pub footer: Option<String>,
    pub privacy: Option<Link>,
}

/// A part of a letter as both layouts show it; empty where there is nothing to show.
#[derive(Clone, Default)]
pub struct Block {
    pub plain: String,
    pub html: String,
}

impl Block {
    /// Labels and values.
    pub fn details(rows: &[(String, String)]) -> Self {
        Self {
            plain: plain::details(rows),
            html: html::details(rows).into_string(),
        }
    }

    pub fn agenda(agenda: &Agenda) -> Self {
        Self {
            plain: plain::agenda(agenda),
            html: html::agenda(agenda).into_string(),
        }
    }
}

pub struct Agenda {
    pub heading: String,
    /// Number and text.
    pub lines: Vec<(String, String)>,
    pub more: Option<String>,
}

pub struct Question {
    pub ask: String,
    pub answers: Vec<Link>,
    pub other_way: String,
}

pub struct Link {
    /// What it is for, before an address that one can see.
    pub lead: String,
    /// What it is for, as the text of a link.
    pub words: String,
    pub url: String,
}

/// What `letter` says.
pub fn of(language: Language, letter: &Letter, about: &About) -> Content {
    let cancelled = matches!(letter.occasion, Occasion::Cancellation { .. });
    let news = match &letter.occasion {
        Occasion::Update { changes } => {
            let restored = |change: &&Change| **change == Change::Restored;
            let others = changes.iter().filter(|change| !restored(change));
            let in_order = changes.iter().filter(restored).chain(others);
            in_order
                .map(|change| phrases::change(language, change))
                .collect()
        }
        _ => Vec::new(),
    };
    let mut content = Content {
        subject: subject(language, letter, about),
        news,
        greeting: greeting(language, letter),
        opening: opening(language, letter, about),
        details: Block::default(),
        agenda: Block::default(),
        quote: Vec::new(),
        question: None,
        notes: Vec::new(),
        closing: say(language, "mail-closing"),
        sender: signature(language, &letter.sender),
        footer: None,
        privacy: letter.links.privacy.as_deref().map(|url| {
            link(
                say(language, "mail-privacy"),
                say(language, "mail-privacy-link"),
                url,
            )
        }),
    };
    if !cancelled {
        content.details = about.details.clone();
        content.agenda = about.agenda.clone();
        content.question = Some(question(language, letter));
        content.notes = notes(language, letter);
        content.footer = Some(say(language, "mail-personal"));
    }
    content
}

/// The subject of `letter`.
fn subject(language: Language, letter: &Letter, about: &About) -> String {
    let key = match &letter.occasion {
        Occasion::Invitation => "mail-subject-invitation",
        Occasion::Cancellation {
            no_longer_invited: true,
            ..
        } => "mail-subject-withdrawal",
        Occasion::Cancellation { .. } => "mail-subject-cancellation",
        Occasion::Update { changes } => match moved_subject(language, about, changes) {
            Some(subject) => return subject,
            None => "mail-subject-update",
        },
    };
    say_with(language, key, &[("meeting", about.meeting.clone())])
}

/// The subject of a letter about a move. Another zone alone is not seen in date and time, and
/// gets the subject of an update.
fn moved_subject(language: Language, about: &About, changes: &[Change]) -> Option<String> {
    let (from, to) = changes.iter().find_map(|change| match change {
        Change::Moved { from, to } => Some((from, to)),
        _ => None,
    })?;
    let [group, _] = about.which.clone();
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

fn greeting(language: Language, letter: &Letter) -> String {
    let recipient = &letter.recipient;
    match filled(Some(&format!(
        "{} {}",
        recipient.given_name, recipient.family_name
    ))) {
        Some(name) => say_with(language, "mail-greeting", &[("name", cut(&name, 120))]),
        None => say(language, "mail-greeting-nameless"),
    }
}

fn opening(language: Language, letter: &Letter, about: &About) -> Vec<String> {
    let [group, ordinal] = about.which.clone();
    let names = phrases::people(language, &letter.facts.deputy_for).map(|names| ("names", names));
    match &letter.occasion {
        Occasion::Invitation if names.is_some() => {
            let args: Vec<_> = [group, ordinal].into_iter().chain(names).collect();
            vec![say_with(language, "mail-opening-deputy", &args)]
        }
        Occasion::Invitation if letter.recipient.guest => {
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
            let mut args = vec![group, ordinal, ("when", about.when.clone())];
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
    rows.into_iter()
        .filter_map(|(label, value)| value.map(|value| (say(language, label), value)))
        .collect()
}

/// What is on the agenda.
pub fn agenda(language: Language, facts: &MeetingFacts) -> Agenda {
    let heading = say(language, "mail-agenda");
    let (lines, more) = phrases::agenda(language, facts);
    let open = lines.is_empty().then(|| say(language, "mail-agenda-open"));
    Agenda {
        heading,
        lines,
        more: more.or(open),
    }
}

fn question(language: Language, letter: &Letter) -> Question {
    let key = match letter.answered {
        Answered::NotYet => "mail-ask",
        Answered::Counts => "mail-ask-still",
        Answered::NoLonger => "mail-ask-again",
    };
    let ask = match letter.answer_by {
        Some(day) => say_with(
            language,
            &format!("{key}-by"),
            &[("date", date_long(language, day))],
        ),
        None => say(language, key),
    };
    let links = &letter.links;
    let answers = [
        ("accept", &links.accept),
        ("tentative", &links.tentative),
        ("decline", &links.decline),
    ];
    let answer = |(name, url): (&str, &String)| {
        let key = format!("mail-answer-{name}");
        link(
            say(language, &key),
            say(language, &format!("{key}-link")),
            url,
        )
    };
    Question {
        ask,
        answers: answers.map(answer).into(),
        other_way: say(language, "mail-answer-calendar"),
    }
}

fn notes(language: Language, letter: &Letter) -> Vec<Link> {
    let topics = letter
        .links
        .topics
        .as_deref()
        .filter(|_| !letter.recipient.guest)
        .map(|url| {
            let lead = match letter.topics_until {
                Some(day) => say_with(
                    language,
                    "mail-topics-until",
                    &[("date", date_long(language, day))],
                ),
                None => say(language, "mail-topics"),
            };
            link(lead, say(language, "mail-topics-link"), url)
        });
    let page = link(
        say(language, "mail-page"),
        say(language, "mail-page-link"),
        &letter.links.meeting,
    );
    topics.into_iter().chain([page]).collect()
}

pub fn link(lead: String, words: String, url: &str) -> Link {
    Link {
        lead,
        words,
        url: address(url),
    }
}

pub fn signature(language: Language, sender: &Sender) -> Vec<String> {
    let part = |text: Option<&String>| filled(text.map(String::as_str)).map(|text| cut(&text, 120));
    let joined = |parts: [Option<String>; 2], between| {
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        parts.join(between)
    };
    let municipality = part(sender.municipality.as_ref()).map(|name| titled(language, name));
    let office = [part(sender.function.as_ref()), municipality];
    let reach = [part(sender.phone.as_ref()), part(sender.email.as_ref())];
    [
        line(&sender.name, 120),
        joined(office, ", "),
        joined(reach, " | "),
    ]
    .into_iter()
    .filter(|text| !text.is_empty())
    .collect()
}

/// "Stadt Herford"; a name that says itself what it is, such as "Kreis Lippe", stays.
fn titled(language: Language, name: String) -> String {
    let kinds = say(language, "mail-municipality-kinds").to_lowercase();
    let first = name.split(' ').next().unwrap_or_default().to_lowercase();
    match kinds.split(' ').any(|kind| kind == first) {
        true => name,
        false => say_with(language, "mail-municipality", &[("name", name)]),
    }
}
