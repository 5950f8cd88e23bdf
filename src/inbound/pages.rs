//! The page on which a person confirms an answer that came by mail from an address that is not known to
//! be theirs.
use actix_web::http::StatusCode;
use actix_web::web;
use maud::{Markup, html};

use super::notices::answer_in_words;
use super::store;
use super::{ConfirmLink, InboundMail, MailState, review};
use crate::Tx;
use crate::auth::SystemActor;
use crate::config::Settings;
use crate::db::{DbConn, Instant};
use crate::error::{Error, Result};
use crate::http::link_page::{self, Keys, LinkPage, PageRequest};
use crate::http::page::{facts, page};
use crate::i18n::{Language, say};
use crate::invitations::context::Directory;
use crate::invitations::text::meeting_on;
use crate::meetings::Meeting;
use crate::people;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(link_page::resource::<ConfirmPage>());
}

/// The mail, and the meeting that it answers.
struct ConfirmPageCase {
    mail: InboundMail,
    meeting: Meeting,
    directory: Directory,
    language: Language,
}

struct ConfirmPage;

impl LinkPage for ConfirmPage {
    type Link = ConfirmLink;
    const AFTER_FORM: &'static str = "";
    type Case = ConfirmPageCase;
    type Form = ();

    fn load(
        conn: &mut DbConn,
        _: &Settings,
        id: Keys<Self>,
        now: Instant,
    ) -> Result<(SystemActor, Self::Case)> {
        let (who, mail) = store::by_link(conn, id)?;
        let meeting = review::meeting_of(conn, &who, &mail).map_err(|_| Error::NotFound)?;
        link_page::check_works(meeting.ends_at, now)?;
        let person = mail.person_id.ok_or(Error::NotFound)?;
        let language = people::store::find(conn, &who, person)?.language;
        let case = ConfirmPageCase {
            meeting,
            directory: Directory::load(conn, &who)?,
            mail,
            language,
        };
        Ok((who, case))
    }

    /// Takes the answer if it still waits; the page shows a conflict.
    fn act(tx: &mut Tx, who: &SystemActor, case: &Self::Case, (): &Self::Form) -> Result<()> {
        if case.mail.state != MailState::Confirming {
            tx.unchanged();
            return Ok(());
        }
        match review::confirm(tx, who, &case.mail) {
            Ok(_) => Ok(()),
            Err(Error::Conflict(rule, _)) => {
                store::decide(tx, who, &case.mail, MailState::Ignored, None, Some(rule))?;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn view(case: &Self::Case, request: PageRequest<Self::Form>) -> Result<(StatusCode, Markup)> {
        if let Some(((), error)) = request.refused {
            return Err(error);
        }
        Ok((StatusCode::OK, view(case, &request.path)))
    }
}

fn view(case: &ConfirmPageCase, path: &str) -> Markup {
    let language = case.language;
    let answer = case.mail.content.0.answer.as_ref();
    let words = answer.and_then(|answer| answer_in_words(language, answer));
    let (title, text) = match case.mail.state {
        MailState::Confirming => ("inbound-page-title", "inbound-page-intro"),
        MailState::Taken => ("inbound-page-thanks", "inbound-page-thanks-detail"),
        _ => ("inbound-page-over", "inbound-page-over-detail"),
    };
    let meeting = meeting_on(language, &case.directory.facts(&case.meeting));
    let rows = [
        ("inbound-label-meeting", Some(meeting)),
        ("inbound-label-answer", words),
        (
            "inbound-label-comment",
            answer.and_then(|answer| answer.comment.clone()),
        ),
    ];
    let body = html! {
        p.note { (say(language, text)) }
        (facts(language, rows))
        @if case.mail.state == MailState::Confirming {
            form method="post" action=(path) {
                p { button type="submit" { (say(language, "inbound-page-confirm")) } }
            }
            p.hint { (say(language, "inbound-confirm-otherwise")) }
        }
    };
    page(language, &say(language, title), &body)
}
