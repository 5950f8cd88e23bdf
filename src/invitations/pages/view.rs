//! What the answer page looks like: without scripts, each field with its label, mistakes listed at the top.
use maud::{Markup, html};

use super::InvitedPerson;
use crate::attendance::AnswerValue;
use crate::attendance::answers::MAX_COMMENT;
use crate::db::Id;
use crate::http::page::{self, page};
use crate::i18n::dates::date_long;
use crate::i18n::{Language, ordinal, say, say_with};
use crate::invitations::deputies;
use crate::invitations::text::{self, Change, MeetingFacts};
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

/// What the page shows.
pub struct AnswerPageContent<'a> {
    pub invited: &'a InvitedPerson,
    pub path: &'a str,
    /// What has changed since the last mail.
    pub changes: Vec<Change>,
    pub saved: bool,
    pub input: &'a AnswerPageInput,
    pub privacy: Option<&'a str>,
}

impl AnswerPageContent<'_> {
    fn language(&self) -> Language {
        self.invited.person.language()
    }

    fn facts(&self) -> &MeetingFacts {
        &self.invited.context.now.facts
    }

    /// The answer that was given, if it is one for the meeting as it is now.
    fn valid_answer(&self) -> Option<AnswerValue> {
        let given = self.invited.answer.as_ref();
        given
            .filter(|answer| answer.counts)
            .map(|answer| answer.value)
    }

    /// Who comes instead.
    fn deputy(&self) -> Option<&PersonOnDay> {
        self.invited.context.deputy_of(self.invited.person.id())
    }
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
    let language = content.language();
    let (facts, person) = (content.facts(), &content.invited.person);
    let ordinal = ("ordinal", ordinal(language, facts.number));
    let group = ("group", facts.group.clone());
    let name = [
        ("given_name", person.given_name().to_owned()),
        ("family_name", person.family_name().to_owned()),
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
            (not_sent(content))
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

/// The answer that the link in the mail preselects, with one button that sends it. Looking at the page sends nothing, as
/// programs that check mails look at it too.
fn not_sent(content: &AnswerPageContent) -> Markup {
    let (language, input) = (content.language(), content.input);
    let given = content.valid_answer();
    let chosen = input
        .chosen
        .filter(|chosen| input.mistakes.is_empty() && given != Some(*chosen));
    let send = chosen.and_then(|chosen| match chosen {
        AnswerValue::Accepted => Some((chosen, "answers-send-accepted")),
        AnswerValue::Tentative => Some((chosen, "answers-send-tentative")),
        AnswerValue::Declined => Some((chosen, "answers-send-declined")),
        AnswerValue::Delegated => None,
    });
    html! {
        @if let Some((answer, key)) = send {
            div.note {
                h2 { (say(language, "answers-not-sent")) }
                p { (when(content)) }
                form method="post" action=(content.path) {
                    input type="hidden" name="answer" value=(answer);
                    p { button type="submit" { (say(language, key)) } }
                }
                p.hint { (say(language, "answers-not-sent-hint")) }
            }
        }
    }
}

fn mistakes(content: &AnswerPageContent) -> Markup {
    let language = content.language();
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
    let language = content.language();
    let answer = content.invited.answer.as_ref();
    let answer = answer.map(|answer| format!("answers-thanks-{}", answer.value));
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
    let language = content.language();
    let name = content.deputy().map(|deputy| [("name", deputy.name())]);
    html! {
        @if let Some(name) = name {
            p { (say_with(language, "answers-represented", &name)) }
            p.hint { (say(language, "answers-represented-hint")) }
        }
    }
}

/// What has changed since the last mail.
fn news(content: &AnswerPageContent) -> Markup {
    let language = content.language();
    let is_move = |change: &Change| matches!(change, Change::Moved { .. });
    html! {
        @if content.changes.iter().any(is_move) {
            div.note {
                h2 { (say(language, "answers-moved")) }
                p { (say_with(language, "answers-moved-detail", &[("when", when(content))])) }
            }
        }
        @if !content.changes.is_empty() {
            div.note {
                p { (say(language, "answers-changed")) }
                ul { @for change in &content.changes { li { (text::change(language, change)) } } }
            }
        }
    }
}

fn when(content: &AnswerPageContent) -> String {
    text::when(content.language(), &content.facts().when())
}

fn details(content: &AnswerPageContent) -> Markup {
    let (language, facts) = (content.language(), content.facts());
    let invited = &content.invited;
    let place = text::location(language, facts);
    let place = place.unwrap_or_else(|| say(language, "answers-place-open"));
    let directions = facts
        .place
        .as_ref()
        .and_then(|place| place.directions.clone());
    let seen = invited.context.as_seen_by(invited.person.id());
    let deputy_for = seen.facts.deputy_for;
    let deputy_for = Some(deputy_for.join(", ")).filter(|names| !names.is_empty());
    let answer_by = invited
        .context
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
    let language = content.language();
    let agenda = content.invited.context.agenda(&content.invited.person);
    html! {
        h2 { (say(language, "answers-agenda")) }
        @if agenda.is_empty() { p { (say(language, "answers-agenda-empty")) } }
        @else {
            ol { @for line in agenda { li { (text::agenda_line(language, line)) } } }
        }
    }
}

fn current(content: &AnswerPageContent) -> Markup {
    let language = content.language();
    let zone = content.invited.context.meeting.zone();
    html! {
        h2 { (say(language, "answers-current")) }
        @match &content.invited.answer {
            None => p { (say(language, "answers-current-open")) },
            Some(answer) => {
                @let on = answer.answered_at.with_timezone(&zone).date_naive();
                p {
                    (say(language, &format!("answers-current-{}", answer.value))) " "
                    (say_with(language, "answers-current-since", &[("date", date_long(language, on))]))
                }
                (represented(content))
                @if let Some(comment) = &answer.comment { p.hint { (comment) } }
                @if !answer.counts { p.note { (say(language, "answers-stale")) } }
            }
        }
    }
}

fn form(content: &AnswerPageContent) -> Markup {
    let (language, input) = (content.language(), content.input);
    let invited = &content.invited;
    let chosen = input.chosen.or(content.valid_answer());
    let candidates = deputies::candidates(&invited.context, &invited.person);
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
                @if !candidates.is_empty() {
                    (delegate(content, &candidates, chosen == Some(AnswerValue::Delegated)))
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
fn delegate(content: &AnswerPageContent, candidates: &[&PersonOnDay], chosen: bool) -> Markup {
    let language = content.language();
    let present = content.deputy().map(PersonOnDay::id);
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
            @for person in candidates {
                option value=(person.id()) selected[selected == Some(person.id())] { (person.name()) }
            }
        }
    }
}
