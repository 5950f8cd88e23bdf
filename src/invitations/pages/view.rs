//! What the answer page looks like: without scripts, each field with its label, mistakes listed at the top.
use chrono::NaiveDate;
use maud::{Markup, html};

use crate::attendance::AnswerValue;
use crate::attendance::answers::MAX_COMMENT;
use crate::db::Id;
use crate::http::page::{self, page};
use crate::i18n::dates::date_long;
use crate::i18n::{Language, ordinal, say, say_with};
use crate::invitations::text::{self, AgendaLine, MeetingFacts};
use crate::people::Person;
use crate::people::on_day::PersonOnDay;

/// The answers to choose from, and their words.
const CHOICES: [(AnswerValue, &str); 3] = [
    (AnswerValue::Accepted, "answers-accept"),
    (AnswerValue::Tentative, "answers-tentative"),
    (AnswerValue::Declined, "answers-decline"),
];

/// What the form holds, and what is wrong with it.
#[derive(Default)]
pub struct AnswerPageInput {
    pub chosen: Option<AnswerValue>,
    pub deputy: Option<Id<Person>>,
    pub comment: String,
    pub mistakes: Vec<AnswerPageMistake>,
}

/// What can be wrong with an answer.
pub enum AnswerPageMistake {
    NoAnswer,
    NoDeputy,
    CommentTooLong,
}

/// The answer that was given so far.
pub struct Answered<'a> {
    pub value: AnswerValue,
    pub comment: Option<&'a str>,
    pub on: NaiveDate,
    /// Whether it is one for the meeting as it is now.
    pub counts: bool,
}

/// What the page shows.
pub struct AnswerPageContent<'a> {
    pub language: Language,
    pub path: &'a str,
    pub person: &'a PersonOnDay,
    pub facts: &'a MeetingFacts,
    pub agenda: &'a [AgendaLine],
    pub answer_by: Option<NaiveDate>,
    /// Who may come instead.
    pub candidates: Vec<&'a PersonOnDay>,
    /// Who comes instead.
    pub deputy: Option<&'a PersonOnDay>,
    /// Instead of whom the person comes.
    pub deputy_for: Vec<String>,
    /// The present answer, its comment and its day.
    pub answered: Option<Answered<'a>>,
    pub moved: bool,
    pub changed: bool,
    pub saved: bool,
    pub input: &'a AnswerPageInput,
    pub privacy: Option<&'a str>,
}

/// A page that is one notice.
pub fn notice(language: Language, key: &str) -> Markup {
    let body = html! { p.note { (say(language, &format!("{key}-detail"))) } };
    page(language, &say(language, key), &body)
}

/// The meeting does not take place.
pub fn cancelled(language: Language, reason: Option<&str>) -> Markup {
    let reason = reason.map(|reason| ("reason", reason.to_owned()));
    let body = html! {
        div.note {
            p { (say(language, "answers-cancelled-detail")) }
            @if let Some(reason) = reason {
                p { (say_with(language, "answers-cancelled-reason", &[reason])) }
            }
        }
    };
    page(language, &say(language, "answers-cancelled"), &body)
}

/// The meeting and the form.
pub fn open(content: &AnswerPageContent) -> Markup {
    let language = content.language;
    let ordinal = ("ordinal", ordinal(language, content.facts.number));
    let group = ("group", content.facts.group.clone());
    let name = [
        ("given_name", content.person.given_name().to_owned()),
        ("family_name", content.person.family_name().to_owned()),
    ];
    let title = if content.saved {
        say(language, "answers-thanks")
    } else if content.input.mistakes.is_empty() {
        say_with(language, "answers-title", std::slice::from_ref(&ordinal))
    } else {
        say(language, "error-invalid")
    };
    let body = html! {
        (mistakes(content))
        @if content.saved { (thanks(content)) }
        @else {
            p { (say_with(language, "answers-greeting", &name)) }
            p { (say_with(language, "answers-intro", &[ordinal, group])) }
            (news(content))
        }
        (details(content))
        (agenda(content))
        @if content.saved { h2 { (say(language, "answers-change")) } }
        @else { (current(content)) }
        (form(content))
        p.hint { (say(language, "answers-personal")) }
        @if let Some(url) = content.privacy {
            p { a href=(url) { (say(language, "answers-privacy")) } }
        }
    };
    page(language, &title, &body)
}

fn mistakes(content: &AnswerPageContent) -> Markup {
    let language = content.language;
    html! {
        @if !content.input.mistakes.is_empty() {
            div.note.wrong role="alert" {
                ul {
                    @for mistake in &content.input.mistakes {
                        @match mistake {
                            AnswerPageMistake::NoAnswer => {
                                li { a href="#answer-accepted" { (say(language, "answers-missing")) } }
                            }
                            AnswerPageMistake::NoDeputy => {
                                li { a href="#deputy" { (say(language, "answers-deputy-missing")) } }
                            }
                            AnswerPageMistake::CommentTooLong => {
                                li { a href="#comment" { (too_long(language)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn too_long(language: Language) -> String {
    let max = [("max", MAX_COMMENT.to_string())];
    say_with(language, "answers-comment-too-long", &max)
}

fn thanks(content: &AnswerPageContent) -> Markup {
    let language = content.language;
    let answer = content
        .answered
        .as_ref()
        .map(|answered| format!("answers-thanks-{}", answered.value));
    html! {
        div.note role="status" {
            @if let Some(key) = &answer { p { (say(language, key)) } }
            (represented(content))
            p { (say(language, "answers-thanks-change")) }
        }
    }
}

/// Who comes instead, and how that is taken back.
fn represented(content: &AnswerPageContent) -> Markup {
    let language = content.language;
    let name = content.deputy.map(|deputy| [("name", deputy.name())]);
    html! {
        @if let Some(name) = name {
            p { (say_with(language, "answers-represented", &name)) }
            p.hint { (say(language, "answers-represented-hint")) }
        }
    }
}

/// What has changed since the last mail.
fn news(content: &AnswerPageContent) -> Markup {
    let language = content.language;
    html! {
        @if content.moved {
            div.note {
                h2 { (say(language, "answers-moved")) }
                p { (say_with(language, "answers-moved-detail", &[("when", when(content))])) }
            }
        } @else if content.changed {
            p.note { (say(language, "answers-changed")) }
        }
    }
}

fn when(content: &AnswerPageContent) -> String {
    let facts = content.facts;
    text::when(content.language, &facts.when())
}

fn details(content: &AnswerPageContent) -> Markup {
    let (language, facts) = (content.language, content.facts);
    let place = text::location(language, facts);
    let place = place.unwrap_or_else(|| say(language, "answers-place-open"));
    let directions = facts
        .place
        .as_ref()
        .and_then(|place| place.directions.clone());
    let deputy_for = Some(content.deputy_for.join(", ")).filter(|names| !names.is_empty());
    let answer_by = content
        .answer_by
        .map(|day| ("date", date_long(language, day)));
    let rows = [
        ("answers-group", Some(facts.group.clone())),
        ("answers-subject", facts.title.clone()),
        ("answers-when", Some(when(content))),
        ("answers-host", text::hosts(language, facts)),
        ("answers-place", Some(place)),
        ("answers-directions", directions),
        ("answers-deputy-for", deputy_for),
    ];
    html! {
        (page::facts(language, rows))
        @if let Some(day) = answer_by {
            p { strong { (say_with(language, "answers-answer-by", &[day])) } }
        }
    }
}

fn agenda(content: &AnswerPageContent) -> Markup {
    let language = content.language;
    html! {
        h2 { (say(language, "answers-agenda")) }
        @if content.agenda.is_empty() { p { (say(language, "answers-agenda-empty")) } }
        @else {
            ol { @for line in content.agenda { li { (line.title) } } }
        }
    }
}

fn current(content: &AnswerPageContent) -> Markup {
    let language = content.language;
    html! {
        h2 { (say(language, "answers-current")) }
        @match &content.answered {
            None => p { (say(language, "answers-current-open")) },
            Some(Answered { value, comment, on, counts }) => {
                p {
                    (say(language, &format!("answers-current-{value}"))) " "
                    (say_with(language, "answers-current-since", &[("date", date_long(language, *on))]))
                }
                (represented(content))
                @if let Some(comment) = comment { p.hint { (comment) } }
                @if !counts { p.note { (say(language, "answers-stale")) } }
            }
        }
    }
}

fn form(content: &AnswerPageContent) -> Markup {
    let (language, input) = (content.language, content.input);
    let present = content.answered.as_ref().filter(|answered| answered.counts);
    let present = present.map(|answered| answered.value);
    let chosen = input.chosen.or(present);
    let max = [("max", MAX_COMMENT.to_string())];
    html! {
        form method="post" action=(content.path) {
            fieldset {
                legend { (say(language, "answers-legend")) }
                @for (answer, key) in CHOICES {
                    @let id = format!("answer-{answer}");
                    div.choice {
                        input type="radio" name="answer" id=(id) value=(answer) required
                            checked[chosen == Some(answer)];
                        label for=(id) { (say(language, key)) }
                    }
                }
                @if !content.candidates.is_empty() {
                    (deputies(content, chosen == Some(AnswerValue::Delegated)))
                }
            }
            label.above for="comment" { (say(language, "answers-comment")) }
            p.hint id="comment-hint" { (say_with(language, "answers-comment-hint", &max)) }
            textarea name="comment" id="comment" maxlength=(MAX_COMMENT) aria-describedby="comment-hint" {
                (input.comment)
            }
            p { button type="submit" { (say(language, "answers-send")) } }
        }
    }
}

/// The choice to be represented, and by whom. Without a script the list is always there; it counts
/// only with its answer.
fn deputies(content: &AnswerPageContent, chosen: bool) -> Markup {
    let language = content.language;
    let present = content.deputy.map(PersonOnDay::id);
    let selected = content.input.deputy.or(present);
    html! {
        div.choice {
            input type="radio" name="answer" id="answer-delegated" value=(AnswerValue::Delegated)
                required checked[chosen];
            label for="answer-delegated" { (say(language, "answers-delegate")) }
        }
        label.above for="deputy" { (say(language, "answers-deputy")) }
        p.hint id="deputy-hint" { (say(language, "answers-deputy-hint")) }
        select name="deputy" id="deputy" aria-describedby="deputy-hint" {
            option value="" { (say(language, "answers-deputy-choose")) }
            @for person in &content.candidates {
                option value=(person.id()) selected[selected == Some(person.id())] { (person.name()) }
            }
        }
    }
}
