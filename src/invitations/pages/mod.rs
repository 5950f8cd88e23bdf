//! The page on which an invited person answers.
mod view;

use actix_web::http::StatusCode;
use actix_web::web;
use maud::Markup;
use serde::Deserialize;

use self::view::{AnswerPageContent, AnswerPageInput, AnswerPageMistake};
use super::context::MeetingContext;
use super::deputies::{self, Among, Naming};
use super::text::changes;
use super::{AnswerLink, Invitation, InvitationState, store};
use crate::Tx;
use crate::attendance::AnswerValue;
use crate::attendance::answers::{self, AnswerChannel, MAX_COMMENT, NewAnswer};
use crate::auth::SystemActor;
use crate::config::Settings;
use crate::db::{DbConn, Instant};
use crate::error::{Error, Result};
use crate::http::link_page::{self, Keys, LinkPage, PageRequest, clean_comment};
use crate::i18n::Language;
use crate::meetings::{self, MeetingStatus};
use crate::people::on_day::PersonOnDay;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(link_page::resource::<AnswerPage>());
}

/// What the form sends.
#[derive(Debug, Deserialize)]
struct AnswerPageForm {
    #[serde(default)]
    answer: String,
    #[serde(default)]
    deputy: String,
    #[serde(default)]
    comment: String,
}

impl AnswerPageForm {
    fn input(&self) -> AnswerPageInput {
        let chosen = self.answer.parse().ok();
        let deputy = self.deputy.parse().ok();
        let comment = clean_comment(&self.comment);
        let mut mistakes = Vec::new();
        if chosen.is_none() {
            mistakes.push(AnswerPageMistake::NoAnswer);
        }
        if chosen == Some(AnswerValue::Delegated) && deputy.is_none() {
            mistakes.push(AnswerPageMistake::NoDeputy);
        }
        if comment.chars().count() as u64 > MAX_COMMENT {
            mistakes.push(AnswerPageMistake::CommentTooLong);
        }
        AnswerPageInput {
            chosen,
            deputy,
            comment,
            mistakes,
        }
    }
}

/// What a link leads to at this moment.
enum AnswerPageCase {
    /// The person, with this language, is not invited any more.
    Withdrawn(Language),
    /// The meeting does not take place.
    Cancelled(Box<InvitedPerson>),
    /// The meeting is over.
    Past(Box<InvitedPerson>),
    /// The meeting can be answered.
    Open(Box<InvitedPerson>),
}

/// Whose invitation it is, and to what.
struct InvitedPerson {
    context: MeetingContext,
    invitation: Invitation,
    person: PersonOnDay,
    answer: Option<answers::Answer>,
}

struct AnswerPage;

impl LinkPage for AnswerPage {
    type Link = AnswerLink;
    type Case = AnswerPageCase;
    type Form = web::Form<AnswerPageForm>;

    fn load(
        conn: &mut DbConn,
        settings: &Settings,
        id: Keys<Self>,
        now: Instant,
    ) -> Result<(SystemActor, Self::Case)> {
        let (who, invitation) = store::by_link(conn, id)?;
        let meeting = meetings::store::find(conn, &who, invitation.meeting_id)?;
        link_page::check_works(meeting.ends_at, now)?;
        if invitation.state == InvitationState::Listed {
            return Err(Error::NotFound);
        }
        let answer = answers::current(conn, &who, &meeting)?.remove(&invitation.person_id);
        let context = MeetingContext::load(conn, &who, settings, meeting, now)?;
        let person = context
            .people
            .get(&invitation.person_id)
            .cloned()
            .ok_or(Error::NotFound)?;
        if invitation.state == InvitationState::Withdrawn || person.is_removed() {
            return Ok((who, AnswerPageCase::Withdrawn(person.language())));
        }
        let (status, is_over) = (context.meeting.status, context.meeting.ends_at <= now);
        let invited = Box::new(InvitedPerson {
            context,
            invitation,
            person,
            answer,
        });
        let case = match status {
            MeetingStatus::Cancelled => AnswerPageCase::Cancelled(invited),
            MeetingStatus::Invited if !is_over => AnswerPageCase::Open(invited),
            _ => AnswerPageCase::Past(invited),
        };
        Ok((who, case))
    }

    fn act(tx: &mut Tx, who: &SystemActor, case: &Self::Case, form: &Self::Form) -> Result<()> {
        let AnswerPageCase::Open(invited) = case else {
            return Err(Error::conflict("state", "there is nothing to answer"));
        };
        let input = form.input();
        let (Some(value), true) = (input.chosen, input.mistakes.is_empty()) else {
            return Err(Error::invalid("answer", "form", "the form has mistakes"));
        };
        let (meeting, person) = (&invited.context.meeting, invited.person.id());
        let now = tx.now;
        if let (AnswerValue::Delegated, Some(deputy)) = (value, input.deputy) {
            let naming = Naming {
                delegator: person,
                deputy,
                among: Among::OwnMunicipality,
                comment: Some(input.comment),
                channel: AnswerChannel::Link,
                at: now,
                by_delegator: true,
            };
            deputies::delegate(tx, who, meeting, &naming)?;
        } else {
            let given = NewAnswer::now(value, Some(input.comment), AnswerChannel::Link, now);
            deputies::answer(tx, who, meeting, person, &given)?;
        }
        Ok(())
    }

    fn view(case: &Self::Case, request: PageRequest<Self::Form>) -> Result<(StatusCode, Markup)> {
        let page = match case {
            AnswerPageCase::Withdrawn(language) => {
                let page = view::notice(*language, "answers-withdrawn");
                return Ok((StatusCode::GONE, page));
            }
            AnswerPageCase::Cancelled(invited) => {
                let reason = invited.context.meeting.cancelled_reason.as_deref();
                view::cancelled(invited.person.language(), reason)
            }
            AnswerPageCase::Past(invited) => {
                view::notice(invited.person.language(), "answers-past")
            }
            AnswerPageCase::Open(invited) => {
                let input = input(&request);
                let page = view::open(&content(invited, &request, &input));
                if !input.mistakes.is_empty() {
                    return Ok((StatusCode::UNPROCESSABLE_ENTITY, page));
                }
                page
            }
        };
        Ok((StatusCode::OK, page))
    }

    fn not_found(language: Language) -> Option<Markup> {
        Some(view::notice(language, "answers-invalid"))
    }
}

/// What the form of the page holds.
fn input(request: &PageRequest<web::Form<AnswerPageForm>>) -> AnswerPageInput {
    let Some((form, _)) = &request.refused else {
        let preselected = request.preselected.as_deref();
        return AnswerPageInput {
            chosen: preselected.and_then(|answer| answer.parse().ok()),
            ..AnswerPageInput::default()
        };
    };
    let mut input = form.input();
    if input.mistakes.is_empty() {
        // The deputy cannot come, or cannot any more.
        input.mistakes.push(AnswerPageMistake::NoDeputy);
    }
    input
}

fn content<'a>(
    invited: &'a InvitedPerson,
    request: &'a PageRequest<web::Form<AnswerPageForm>>,
    input: &'a AnswerPageInput,
) -> AnswerPageContent<'a> {
    let (context, person) = (&invited.context, invited.person.id());
    let told = invited.invitation.told.as_ref();
    let changes = told.map(|told| changes(&told.0.facts, &context.as_seen_by(person).facts));
    let counts = invited.answer.as_ref().is_some_and(|answer| answer.counts);
    AnswerPageContent {
        invited,
        path: &request.path,
        changes: changes.unwrap_or_default(),
        saved: request.saved && counts,
        input,
        privacy: request.settings.privacy_url.as_deref(),
    }
}
