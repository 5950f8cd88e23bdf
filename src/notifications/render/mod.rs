//! Plain text and HTML of a notice.
//!
//! Pure: the same values give the same text, byte for byte, so that a message that is sent twice is the
//! same mail. All text of people is taken as hostile: it becomes one clean line of bounded length before it is
//! rendered, and is escaped in HTML.
mod html;
mod plain;

use super::notice::{NoticeLink, NoticeText, Question, Signature};
use crate::config::Settings;
use crate::i18n::{Language, say, say_with};

pub use plain::{address, cut, filled, line};

/// The most characters of a paragraph, of a value, and of a line of a quotation.
const PARAGRAPH: usize = 2000;
/// The most characters of a value in the details; directions to a venue are the longest.
const VALUE: usize = 1000;
/// The most lines of a quotation.
const QUOTED_LINES: usize = 400;

/// A notice as subject and texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedText {
    /// One line, without control characters.
    pub subject: String,
    /// At most 72 columns a line; only an address that is longer stands alone on a longer one.
    pub text: String,
    /// A whole HTML document that loads nothing.
    pub html: String,
}

/// What a mail says, in the order in which it says it. All text in it is clean: single lines of bounded
/// length.
struct Content {
    subject: String,
    news: Vec<String>,
    greeting: String,
    paragraphs: Vec<String>,
    details: Vec<(String, String)>,
    agenda: Option<Agenda>,
    quote: Vec<String>,
    question: Option<RenderedQuestion>,
    links: Vec<Link>,
    closing: String,
    signature: Vec<String>,
    footer: Option<String>,
    privacy: Option<Link>,
}

struct Agenda {
    heading: String,
    /// Number and text.
    lines: Vec<(String, String)>,
    note: Option<String>,
}

struct RenderedQuestion {
    ask: String,
    answers: Vec<Link>,
    other_way: String,
}

struct Link {
    lead: String,
    words: String,
    url: String,
}

/// Renders a notice.
#[must_use]
pub fn render(
    language: Language,
    text: &NoticeText,
    signature: &Signature,
    settings: &Settings,
) -> RenderedText {
    let content = content(language, text, signature, settings);
    RenderedText {
        text: plain::render(&content),
        html: html::render(language, &content).into_string(),
        subject: content.subject,
    }
}

fn content(
    language: Language,
    text: &NoticeText,
    signature: &Signature,
    settings: &Settings,
) -> Content {
    let greeting = match filled(Some(&text.name)) {
        Some(name) => say_with(language, "mail-greeting", &[("name", cut(&name, 120))]),
        None => say(language, "mail-greeting-nameless"),
    };
    let rows = |rows: &[(String, String)], first, second| {
        let rows = rows.iter();
        rows.map(|(one, other)| (line(one, first), line(other, second)))
            .collect()
    };
    let paragraphs = |all: &[String]| all.iter().map(|text| line(text, PARAGRAPH)).collect();
    let has_agenda = !text.agenda.is_empty() || text.agenda_note.is_some();
    let link = |link: &NoticeLink| Link {
        lead: line(&link.lead, 300),
        words: line(&link.words, 120),
        url: address(&link.target.url(settings)),
    };
    let question = |question: &Question| RenderedQuestion {
        ask: line(&question.ask, PARAGRAPH),
        answers: question.answers.iter().map(link).collect(),
        other_way: line(&question.other_way, PARAGRAPH),
    };
    Content {
        subject: line(&text.subject, 250),
        news: paragraphs(&text.news),
        greeting,
        paragraphs: paragraphs(&text.paragraphs),
        details: rows(&text.details, 60, VALUE),
        agenda: has_agenda.then(|| Agenda {
            heading: say(language, "mail-agenda"),
            lines: rows(&text.agenda, 40, 300),
            note: text.agenda_note.as_ref().map(|note| line(note, PARAGRAPH)),
        }),
        quote: quoted(text.quote.as_deref()),
        question: text.question.as_ref().map(question),
        links: text.links.iter().map(link).collect(),
        closing: say(language, "mail-closing"),
        signature: signature_lines(language, signature),
        footer: text.is_personal.then(|| say(language, "mail-personal")),
        privacy: settings.privacy_url.as_deref().map(|url| Link {
            lead: say(language, "mail-privacy"),
            words: say(language, "mail-privacy-link"),
            url: address(url),
        }),
    }
}

fn quoted(text: Option<&str>) -> Vec<String> {
    let lines = text.unwrap_or_default().trim().lines().take(QUOTED_LINES);
    lines.map(|text| line(text, PARAGRAPH)).collect()
}

fn signature_lines(language: Language, signature: &Signature) -> Vec<String> {
    let part = |text: Option<&String>| filled(text.map(String::as_str)).map(|text| cut(&text, 120));
    let joined = |parts: [Option<String>; 2], between| {
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        parts.join(between)
    };
    let municipality = part(signature.municipality.as_ref()).map(|name| titled(language, name));
    let office = [part(signature.function.as_ref()), municipality];
    let reach = [
        part(signature.phone.as_ref()),
        part(signature.email.as_ref()),
    ];
    [
        line(&signature.name, 120),
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
    if kinds.split(' ').any(|kind| kind == first) {
        name
    } else {
        say_with(language, "mail-municipality", &[("name", name)])
    }
}
