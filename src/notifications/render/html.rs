//! A mail as HTML: says the same as the plain text, loads nothing, and follows nobody.
use maud::{DOCTYPE, Markup, html};

use super::{Agenda, Content, Link, RenderedQuestion};
use crate::i18n::Language;

const BODY: &str = "margin:0;padding:16px;font-family:Arial,Helvetica,sans-serif;\
     font-size:16px;line-height:1.5;color:#1a1a1a;background:#ffffff";
const LABEL: &str = "text-align:left;vertical-align:top;padding:4px 16px 4px 0;white-space:nowrap";
const VALUE: &str = "text-align:left;vertical-align:top;padding:4px 0";
const NEWS: &str = "margin:0 0 8px;padding:8px 12px;border-left:4px solid #8a4b00;\
     background:#fff4e5;font-weight:bold";
const BUTTON: &str = "display:inline-block;padding:8px 16px;margin:0 8px 8px 0;\
     border:2px solid #004b76;border-radius:4px;color:#004b76;font-weight:bold";
const QUOTE: &str = "margin:16px 0;padding:0 12px;border-left:4px solid #767676";
const LINK: &str = "color:#004b76";

/// The HTML part of a mail.
pub(super) fn render(language: Language, content: &Content) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.as_str()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (content.subject) }
            }
            body style=(BODY) {
                div style="max-width:640px" {
                    @for news in &content.news { p style=(NEWS) { (news) } }
                    p { (content.greeting) }
                    @for text in &content.paragraphs { p { (text) } }
                    (details(&content.details))
                    @if let Some(agenda_) = &content.agenda { (agenda(agenda_)) }
                    (quote(&content.quote))
                    @if let Some(question_) = &content.question { (question(question_)) }
                    @for to in &content.links { p { (link(to)) } }
                    p {
                        (content.closing)
                        @for text in &content.signature { br; (text) }
                    }
                    (footer(content))
                }
            }
        }
    }
}

/// Labels and values.
fn details(rows: &[(String, String)]) -> Markup {
    html! {
        @if !rows.is_empty() {
            table style="border-collapse:collapse;margin:16px 0" {
                @for (label, value) in rows {
                    tr {
                        th scope="row" style=(LABEL) { (label) }
                        td style=(VALUE) { (value) }
                    }
                }
            }
        }
    }
}

/// The agenda under its heading.
fn agenda(agenda: &Agenda) -> Markup {
    html! {
        h2 style="font-size:18px;margin:24px 0 8px" { (agenda.heading) }
        @if !agenda.lines.is_empty() {
            ul style="list-style:none;margin:0;padding:0" {
                @for (number, text) in &agenda.lines {
                    li style="margin:0 0 4px" { strong { (number) } " " (text) }
                }
            }
        }
        @if let Some(note) = &agenda.note { p { (note) } }
    }
}

fn quote(lines: &[String]) -> Markup {
    html! {
        @if !lines.is_empty() {
            blockquote style=(QUOTE) { @for text in lines { (text) br; } }
        }
    }
}

fn question(question: &RenderedQuestion) -> Markup {
    html! {
        p style="margin:24px 0 8px" { (question.ask) }
        p style="margin:0" {
            @for answer in &question.answers {
                a href=(answer.url) style=(BUTTON) { (answer.words) } " "
            }
        }
        p { (question.other_way) }
    }
}

fn link(link: &Link) -> Markup {
    html! { (link.lead) " " a href=(link.url) style=(LINK) { (link.words) } }
}

fn footer(content: &Content) -> Markup {
    html! {
        @if content.footer.is_some() || content.privacy.is_some() {
            p style="margin-top:24px;padding-top:8px;border-top:1px solid #767676;font-size:14px" {
                @if let Some(text) = &content.footer { (text) }
                @if let Some(privacy) = &content.privacy {
                    @if content.footer.is_some() { br; }
                    (link(privacy))
                }
            }
        }
    }
}
