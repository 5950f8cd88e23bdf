//! Letters about anything but an invitation: short paragraphs, a table, a quotation, some links.
use serde::{Deserialize, Serialize};

use super::content::{Agenda, Block, Content, link, signature};
use super::plain::{cut, filled, line};
use super::{Sender, Texts, html, plain};
use crate::i18n::{Language, say, say_with};

/// What a notice says, in the words of its language. Text of people in it may be hostile: it is
/// cleaned and bounded when it is laid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeText<Target> {
    /// The subject.
    pub subject: String,
    /// The name of whom it greets.
    pub name: String,
    /// What it has to say.
    pub paragraphs: Vec<String>,
    /// Label and value of what a reader looks for first.
    pub details: Vec<(String, String)>,
    /// Number and title of the agenda's items.
    pub agenda: Vec<(String, String)>,
    /// What somebody else has written.
    pub quote: Option<String>,
    /// What can be done.
    pub links: Vec<NoticeLink<Target>>,
}

/// A link in a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeLink<Target> {
    /// What it is for, before an address that one can see.
    pub lead: String,
    /// What it is for, as the text of a link.
    pub words: String,
    /// What it leads to.
    pub target: Target,
}

/// The most characters of a paragraph, and of a line of a quotation.
const PARAGRAPH: usize = 2000;
/// The most lines of a quotation.
const QUOTED_LINES: usize = 400;

/// Puts a notice into words; `address` says where a link leads to.
pub fn write_notice<Target>(
    language: Language,
    text: &NoticeText<Target>,
    sender: &Sender,
    privacy: Option<&str>,
    address: impl Fn(&Target) -> String,
) -> Texts {
    let greeting = match filled(Some(&text.name)) {
        Some(name) => say_with(language, "mail-greeting", &[("name", cut(&name, 120))]),
        None => say(language, "mail-greeting-nameless"),
    };
    let items = text.agenda.iter();
    let agenda = Agenda {
        heading: say(language, "mail-agenda"),
        lines: items
            .map(|(number, title)| (line(number, 40), line(title, 300)))
            .collect(),
        more: None,
    };
    let details = text.details.iter();
    let details: Vec<_> = details
        .map(|(label, value)| (line(label, 60), line(value, 500)))
        .collect();
    let content = Content {
        subject: line(&text.subject, 250),
        news: Vec::new(),
        greeting,
        opening: text
            .paragraphs
            .iter()
            .map(|paragraph| line(paragraph, PARAGRAPH))
            .collect(),
        details: Block::details(&details),
        agenda: match agenda.lines.is_empty() {
            true => Block::default(),
            false => Block::agenda(&agenda),
        },
        quote: quoted(text.quote.as_deref()),
        question: None,
        notes: text
            .links
            .iter()
            .map(|to| {
                link(
                    line(&to.lead, 300),
                    line(&to.words, 120),
                    &address(&to.target),
                )
            })
            .collect(),
        closing: say(language, "mail-closing"),
        sender: signature(language, sender),
        footer: None,
        privacy: privacy.map(|url| {
            link(
                say(language, "mail-privacy"),
                say(language, "mail-privacy-link"),
                url,
            )
        }),
    };
    Texts {
        text: plain::render(&content),
        html: html::render(language, &content).into_string(),
        subject: content.subject,
    }
}

fn quoted(text: Option<&str>) -> Vec<String> {
    let lines = text.unwrap_or_default().trim().lines().take(QUOTED_LINES);
    lines.map(|text| line(text, PARAGRAPH)).collect()
}
