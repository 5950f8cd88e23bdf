//! What the answer page looks like. No script, every field labelled, mistakes named at the top.
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

/// What was typed into the form, and what is wrong with it.
#[derive(Default)]
pub struct Entered {
    pub chosen: Option<AnswerValue>,
    pub deputy: Option<Id<Person>>,
    pub comment: String,
    pub mistakes: Vec<Mistake>,
}

/// What can be wrong with an answer.
pub enum Mistake {
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

/// All that is on the page.
pub struct Showing<'a> {
    pub language: Language,
    pub path: String,
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
    pub entered: &'a Entered,
    pub privacy: Option<&'a str>,
}

/// A page that says one thing.
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
pub fn open(showing: &Showing) -> Markup {
    let language = showing.language;
    let ordinal = ("ordinal", ordinal(language, showing.facts.number));
    let group = ("group", showing.facts.group.clone());
    let name = [
        ("given_name", showing.person.given_name().to_owned()),
        ("family_name", showing.person.family_name().to_owned()),
    ];
    let title = match (showing.saved, showing.entered.mistakes.is_empty()) {
        (true, _) => say(language, "answers-thanks"),
        (false, true) => say_with(language, "answers-title", std::slice::from_ref(&ordinal)),
        (false, false) => say(language, "error-invalid"),
    };
    let body = html! {
        (mistakes(showing))
        @if showing.saved { (thanks(showing)) }
        @else {
            p { (say_with(language, "answers-greeting", &name)) }
            p { (say_with(language, "answers-intro", &[ordinal, group])) }
            (news(showing))
        }
        (details(showing))
        (agenda(showing))
        @if showing.saved { h2 { (say(language, "answers-change")) } }
        @else { (current(showing)) }
        (form(showing))
        p.hint { (say(language, "answers-personal")) }
        @if let Some(url) = showing.privacy {
            p { a href=(url) { (say(language, "answers-privacy")) } }
        }
    };
    page(language, &title, &body)
}

fn mistakes(showing: &Showing) -> Markup {
    let language = showing.language;
    html! {
        @if !showing.entered.mistakes.is_empty() {
            div.note.wrong role="alert" {
                ul {
                    @for mistake in &showing.entered.mistakes {
                        @match mistake {
                            Mistake::NoAnswer => {
                                li { a href="#answer-accepted" { (say(language, "answers-missing")) } }
                            }
                            Mistake::NoDeputy => {
                                li { a href="#deputy" { (say(language, "answers-deputy-missing")) } }
                            }
                            Mistake::CommentTooLong => {
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

fn thanks(showing: &Showing) -> Markup {
    let language = showing.language;
    let answer = showing
        .answered
        .as_ref()
        .map(|answered| format!("answers-thanks-{}", answered.value));
    html! {
        div.note role="status" {
            @if let Some(key) = &answer { p { (say(language, key)) } }
            (represented(showing))
            p { (say(language, "answers-thanks-change")) }
        }
    }
}

/// Who comes instead, and how that is taken back.
fn represented(showing: &Showing) -> Markup {
    let language = showing.language;
    let name = showing.deputy.map(|deputy| [("name", deputy.name())]);
    html! {
        @if let Some(name) = name {
            p { (say_with(language, "answers-represented", &name)) }
            p.hint { (say(language, "answers-represented-hint")) }
        }
    }
}

/// What is different from what the mail said.
fn news(showing: &Showing) -> Markup {
    let language = showing.language;
    html! {
        @if showing.moved {
            div.note {
                h2 { (say(language, "answers-moved")) }
                p { (say_with(language, "answers-moved-detail", &[("when", when(showing))])) }
            }
        } @else if showing.changed {
            p.note { (say(language, "answers-changed")) }
        }
    }
}

fn when(showing: &Showing) -> String {
    let facts = showing.facts;
    text::when(showing.language, &facts.when())
}

fn details(showing: &Showing) -> Markup {
    let (language, facts) = (showing.language, showing.facts);
    let place = text::location(language, facts);
    let place = place.unwrap_or_else(|| say(language, "answers-place-open"));
    let directions = facts
        .place
        .as_ref()
        .and_then(|place| place.directions.clone());
    let deputy_for = Some(showing.deputy_for.join(", ")).filter(|names| !names.is_empty());
    let answer_by = showing
        .answer_by
        .map(|day| ("date", date_long(language, day)));
    let rows = [
        ("answers-group", Some(facts.group.clone())),
        ("answers-subject", facts.title.clone()),
        ("answers-when", Some(when(showing))),
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

fn agenda(showing: &Showing) -> Markup {
    let language = showing.language;
    html! {
        h2 { (say(language, "answers-agenda")) }
        @if showing.agenda.is_empty() { p { (say(language, "answers-agenda-empty")) } }
        @else {
            ol { @for line in showing.agenda { li { (line.title) } } }
        }
    }
}

fn current(showing: &Showing) -> Markup {
    let language = showing.language;
    html! {
        h2 { (say(language, "answers-current")) }
        @match &showing.answered {
            None => p { (say(language, "answers-current-open")) },
            Some(Answered { value, comment, on, counts }) => {
                p {
                    (say(language, &format!("answers-current-{value}"))) " "
                    (say_with(language, "answers-current-since", &[("date", date_long(language, *on))]))
                }
                (represented(showing))
                @if let Some(comment) = comment { p.hint { (comment) } }
                @if !counts { p.note { (say(language, "answers-stale")) } }
            }
        }
    }
}

fn form(showing: &Showing) -> Markup {
    let (language, entered) = (showing.language, showing.entered);
    let present = showing.answered.as_ref().filter(|answered| answered.counts);
    let present = present.map(|answered| answered.value);
    let chosen = entered.chosen.or(present);
    let max = [("max", MAX_COMMENT.to_string())];
    html! {
        form method="post" action=(showing.path) {
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
                @if !showing.candidates.is_empty() {
                    (deputies(showing, chosen == Some(AnswerValue::Delegated)))
                }
            }
            label.above for="comment" { (say(language, "answers-comment")) }
            p.hint id="comment-hint" { (say_with(language, "answers-comment-hint", &max)) }
            textarea name="comment" id="comment" maxlength=(MAX_COMMENT) aria-describedby="comment-hint" {
                (entered.comment)
            }
            p { button type="submit" { (say(language, "answers-send")) } }
        }
    }
}

/// The choice to be represented, and by whom. Without a script the list is always there; it counts
/// only with its answer.
fn deputies(showing: &Showing, chosen: bool) -> Markup {
    let language = showing.language;
    let present = showing.deputy.map(PersonOnDay::id);
    let selected = showing.entered.deputy.or(present);
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
            @for person in &showing.candidates {
                option value=(person.id()) selected[selected == Some(person.id())] { (person.name()) }
            }
        }
    }
}
