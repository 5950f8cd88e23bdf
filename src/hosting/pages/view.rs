//! What the pages shown like. No script, every field labelled, mistakes named at the top.
use maud::{Markup, html};

use super::{
    HostingPageCase, HostingPageMistake, HostingPageVisit, MAX_REASON, SwapPageCase, SwapPageChoice,
};
use crate::hosting::{SwapAnswerState, SwapRequestState};
use crate::http::page::{facts, page};
use crate::i18n::{Language, say, say_with};
use crate::invitations::context::Directory;
use crate::invitations::text::meeting_on;
use crate::meetings::Meeting;
use crate::meetings::confirmations::HostConfirmationState;

/// A request to swap turns, and what can be done about it.
pub fn swap(shown: &SwapPageCase, visit: &HostingPageVisit) -> Markup {
    let language = shown.person.language();
    let body = html! {
        (notes(language, visit))
        (about(shown, language))
        @match shown.choice {
            SwapPageChoice::Answer => (answer(shown, visit, language)),
            SwapPageChoice::Withdraw => (button(language, visit.path, "withdraw", None)),
            SwapPageChoice::Undo => (button(language, visit.path, "undo", Some("hosting-page-undo-hint"))),
            SwapPageChoice::Nothing => p { (say(language, "hosting-page-nothing")) },
        }
        p.hint { (say(language, "hosting-page-personal")) }
    };
    page(language, &say(language, "hosting-page-swap"), &body)
}

fn notes(language: Language, visit: &HostingPageVisit) -> Markup {
    let max = [("max", MAX_REASON.to_string())];
    let mistake = visit.refused.map(|(_, mistake)| match mistake {
        HostingPageMistake::Conflict => say(language, "hosting-page-wrong"),
        HostingPageMistake::Blackout => say(language, "hosting-page-wrong-blackout"),
        HostingPageMistake::Reason => say_with(language, "hosting-page-wrong-reason", &max),
    });
    html! {
        @if let Some(mistake) = mistake {
            div.note.wrong role="alert" { p { (mistake) } }
        } @else if visit.saved {
            div.note role="status" { p { (say(language, "hosting-page-saved")) } }
        }
    }
}

fn named(directory: &Directory, meeting: &Meeting, language: Language) -> String {
    meeting_on(language, &directory.facts(meeting))
}

fn about(shown: &SwapPageCase, language: Language) -> Markup {
    let (case, directory) = (&shown.case, &shown.directory);
    let request = &case.request;
    let lapsed = request.state == SwapRequestState::Open && shown.choice == SwapPageChoice::Nothing;
    let state = if lapsed {
        SwapRequestState::Expired
    } else {
        request.state
    };
    let asker = directory.host(request.municipality_id);
    let name = |meeting: &Meeting| named(directory, meeting, language);
    let answer = shown.answer.filter(|one| *one != SwapAnswerState::Open);
    let answer = answer.map(|answer| match answer {
        SwapAnswerState::Accepted => say(language, "hosting-state-accepted"),
        _ => say(language, "hosting-state-declined"),
    });
    let rows = [
        ("hosting-page-asker", asker),
        ("hosting-label-offered", case.meeting.as_ref().map(name)),
        ("hosting-label-wanted", case.partner.as_ref().map(name)),
        ("hosting-label-reason", request.reason.clone()),
        (
            "hosting-page-state",
            Some(say(language, &format!("hosting-state-{state}"))),
        ),
        ("hosting-page-answer", answer),
    ];
    facts(language, rows)
}

/// The forms of a municipality that was asked.
fn answer(shown: &SwapPageCase, visit: &HostingPageVisit, language: Language) -> Markup {
    let chooses = shown.case.request.partner_meeting_id.is_none();
    let hint = [("max", MAX_REASON.to_string())];
    let typed = visit.refused.map(|(form, _)| form);
    let chosen = typed
        .filter(|form| form.action == "accept")
        .map(|form| &*form.meeting);
    html! {
        h2 { (say(language, "hosting-page-accept")) }
        form method="post" action=(visit.path) {
            input type="hidden" name="action" value="accept";
            @if chooses {
                fieldset {
                    legend { (say(language, "hosting-page-accept-legend")) }
                    @for meeting in &shown.own {
                        @let id = format!("meeting-{}", meeting.id);
                        div.choice {
                            input type="radio" name="meeting" id=(id) value=(meeting.id) required
                                checked[chosen == Some(&*meeting.id.to_string())];
                            label for=(id) { (named(&shown.directory, meeting, language)) }
                        }
                    }
                    div.choice {
                        input type="radio" name="meeting" id="meeting-none" value="" required checked[chosen == Some("")];
                        label for="meeting-none" { (say(language, "hosting-page-accept-none")) }
                    }
                }
            }
            @if shown.blackout {
                p.note { (say(language, "hosting-page-blackout")) }
                div.choice {
                    input type="checkbox" name="nevertheless" id="nevertheless" value="1";
                    label for="nevertheless" { (say(language, "hosting-page-nevertheless")) }
                }
            }
            p { button type="submit" { (say(language, "hosting-page-accept-button")) } }
        }
        h2 { (say(language, "hosting-page-decline")) }
        form method="post" action=(visit.path) {
            input type="hidden" name="action" value="decline";
            (reason(language, visit, &say_with(language, "hosting-page-reason-hint", &hint), false))
            p { button type="submit" { (say(language, "hosting-page-decline-button")) } }
        }
    }
}

fn reason(language: Language, visit: &HostingPageVisit, hint: &str, required: bool) -> Markup {
    let typed = visit.refused.map_or("", |(form, _)| &*form.reason);
    html! {
        label.above for="reason" { (say(language, "hosting-page-reason")) }
        p.hint id="reason-hint" { (hint) }
        input type="text" name="reason" id="reason" maxlength=(MAX_REASON) required[required] value=(typed)
            aria-describedby="reason-hint";
    }
}

/// A form that is one button.
fn button(language: Language, path: &str, action: &str, hint: Option<&str>) -> Markup {
    html! {
        h2 { (say(language, &format!("hosting-page-{action}"))) }
        @if let Some(hint) = hint { p { (say(language, hint)) } }
        form method="post" action=(path) {
            input type="hidden" name="action" value=(action);
            p { button type="submit" { (say(language, &format!("hosting-page-{action}-button"))) } }
        }
    }
}

/// What a host was asked to confirm.
pub fn hosting(shown: &HostingPageCase, visit: &HostingPageVisit) -> Markup {
    let language = shown.person.language();
    let host = shown.directory.host(shown.said.municipality_id);
    let host = [("host", host.unwrap_or_default())];
    let said = match shown.said.state {
        HostConfirmationState::Asked => "hosting-page-confirm-intro",
        HostConfirmationState::Confirmed => "hosting-page-confirmed",
        HostConfirmationState::Declined => "hosting-page-refused",
    };
    let hint = [("max", MAX_REASON.to_string())];
    let when = named(&shown.directory, &shown.meeting, language);
    let cohosts = Some(shown.directory.cohosts(&shown.meeting).join(", "));
    let rows = [
        ("hosting-label-when", Some(when)),
        ("cohosts-label", cohosts.filter(|names| !names.is_empty())),
        ("hosting-label-reason", shown.said.reason.clone()),
    ];
    let body = html! {
        (notes(language, visit))
        p { (say_with(language, said, &host)) }
        (facts(language, rows))
        @if shown.open {
            @if shown.said.state != HostConfirmationState::Confirmed {
                form method="post" action=(visit.path) {
                    input type="hidden" name="action" value="confirm";
                    p { button type="submit" { (say(language, "hosting-page-confirm-button")) } }
                }
            }
            @if shown.said.state != HostConfirmationState::Declined {
                h2 { (say(language, "hosting-page-refuse")) }
                form method="post" action=(visit.path) {
                    input type="hidden" name="action" value="decline";
                    (reason(language, visit, &say_with(language, "hosting-page-refuse-hint", &hint), true))
                    p { button type="submit" { (say(language, "hosting-page-refuse-button")) } }
                }
            }
        } @else {
            p { (say(language, "hosting-page-nothing")) }
        }
        p.hint { (say(language, "hosting-page-personal")) }
    };
    page(language, &say(language, "hosting-page-confirm"), &body)
}
