//! What the pages look like. No script, every field labelled, mistakes named at the top.
use maud::{Markup, html};

use super::{Choice, HostingLook, MAX_REASON, SwapLook, Wrong};
use crate::hosting::{SwapAnswerState, SwapRequestState};
use crate::http::page::{facts, page};
use crate::i18n::{Language, say, say_with};
use crate::invitations::context::Directory;
use crate::invitations::text::meeting_on;
use crate::meetings::Meeting;
use crate::meetings::confirmations::HostConfirmationState;

/// A request to swap turns, and what can be done about it.
pub fn swap(look: &SwapLook, token: &str, wrong: Option<Wrong>, saved: bool) -> Markup {
    let language = look.person.language();
    let path = format!("/swaps/{token}");
    let body = html! {
        (notes(language, wrong, saved))
        (about(look, language))
        @match look.choice {
            Choice::Answer => (answer(look, &path, language)),
            Choice::Withdraw => (button(language, &path, "withdraw", None)),
            Choice::Undo => (button(language, &path, "undo", Some("hosting-page-undo-hint"))),
            Choice::Nothing => p { (say(language, "hosting-page-nothing")) },
        }
        p.hint { (say(language, "hosting-page-personal")) }
    };
    page(language, &say(language, "hosting-page-swap"), &body)
}

fn notes(language: Language, wrong: Option<Wrong>, saved: bool) -> Markup {
    let max = [("max", MAX_REASON.to_string())];
    let wrong = wrong.map(|wrong| match wrong {
        Wrong::Conflict => say(language, "hosting-page-wrong"),
        Wrong::Blackout => say(language, "hosting-page-wrong-blackout"),
        Wrong::Reason => say_with(language, "hosting-page-wrong-reason", &max),
    });
    html! {
        @if let Some(wrong) = wrong {
            div.note.wrong role="alert" { p { (wrong) } }
        } @else if saved {
            div.note role="status" { p { (say(language, "hosting-page-saved")) } }
        }
    }
}

fn named(directory: &Directory, meeting: &Meeting, language: Language) -> String {
    meeting_on(language, &directory.facts(meeting))
}

fn about(look: &SwapLook, language: Language) -> Markup {
    let (case, directory) = (&look.case, &look.directory);
    let request = &case.request;
    let lapsed = request.state == SwapRequestState::Open && look.choice == Choice::Nothing;
    let state = match lapsed {
        true => SwapRequestState::Expired,
        false => request.state,
    };
    let asker = directory.host(request.municipality_id);
    let name = |meeting: &Meeting| named(directory, meeting, language);
    let answer = look.answer.filter(|one| *one != SwapAnswerState::Open);
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
fn answer(look: &SwapLook, path: &str, language: Language) -> Markup {
    let chooses = look.case.request.partner_meeting_id.is_none();
    let hint = [("max", MAX_REASON.to_string())];
    html! {
        h2 { (say(language, "hosting-page-accept")) }
        form method="post" action=(path) {
            input type="hidden" name="action" value="accept";
            @if chooses {
                fieldset {
                    legend { (say(language, "hosting-page-accept-legend")) }
                    @for meeting in &look.own {
                        @let id = format!("meeting-{}", meeting.id);
                        div.choice {
                            input type="radio" name="meeting" id=(id) value=(meeting.id) required;
                            label for=(id) { (named(&look.directory, meeting, language)) }
                        }
                    }
                    div.choice {
                        input type="radio" name="meeting" id="meeting-none" value="" required;
                        label for="meeting-none" { (say(language, "hosting-page-accept-none")) }
                    }
                }
            }
            @if look.blackout {
                p.note { (say(language, "hosting-page-blackout")) }
                div.choice {
                    input type="checkbox" name="nevertheless" id="nevertheless" value="1";
                    label for="nevertheless" { (say(language, "hosting-page-nevertheless")) }
                }
            }
            p { button type="submit" { (say(language, "hosting-page-accept-button")) } }
        }
        h2 { (say(language, "hosting-page-decline")) }
        form method="post" action=(path) {
            input type="hidden" name="action" value="decline";
            (reason(language, &say_with(language, "hosting-page-reason-hint", &hint), false))
            p { button type="submit" { (say(language, "hosting-page-decline-button")) } }
        }
    }
}

fn reason(language: Language, hint: &str, required: bool) -> Markup {
    html! {
        label.above for="reason" { (say(language, "hosting-page-reason")) }
        p.hint id="reason-hint" { (hint) }
        textarea name="reason" id="reason" maxlength=(MAX_REASON) required[required]
            aria-describedby="reason-hint" {}
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

/// Whether the own municipality hosts a meeting.
pub fn hosting(look: &HostingLook, token: &str, wrong: Option<Wrong>, saved: bool) -> Markup {
    let language = look.person.language();
    let path = format!("/hosting/{token}");
    let host = look.directory.host(look.said.municipality_id);
    let host = [("host", host.unwrap_or_default())];
    let said = match look.said.state {
        HostConfirmationState::Asked => "hosting-page-confirm-intro",
        HostConfirmationState::Confirmed => "hosting-page-confirmed",
        HostConfirmationState::Declined => "hosting-page-refused",
    };
    let hint = [("max", MAX_REASON.to_string())];
    let when = named(&look.directory, &look.meeting, language);
    let cohosts = Some(look.directory.cohosts(&look.meeting).join(", "));
    let rows = [
        ("hosting-label-when", Some(when)),
        ("cohosts-label", cohosts.filter(|names| !names.is_empty())),
        ("hosting-label-reason", look.said.reason.clone()),
    ];
    let body = html! {
        (notes(language, wrong, saved))
        p { (say_with(language, said, &host)) }
        (facts(language, rows))
        @if look.open {
            @if look.said.state != HostConfirmationState::Confirmed {
                form method="post" action=(path) {
                    input type="hidden" name="action" value="confirm";
                    p { button type="submit" { (say(language, "hosting-page-confirm-button")) } }
                }
            }
            @if look.said.state != HostConfirmationState::Declined {
                h2 { (say(language, "hosting-page-refuse")) }
                form method="post" action=(path) {
                    input type="hidden" name="action" value="decline";
                    (reason(language, &say_with(language, "hosting-page-refuse-hint", &hint), true))
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
