//! The page that a personal link leads to: shows the meeting, and takes an answer without sign-in.
//!
//! Looking changes nothing, because mail scanners follow links; only the form answers.
mod view;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::TimeDelta;
use maud::Markup;
use serde::Deserialize;

use self::view::{Answered, Entered, Mistake, Showing};
use super::context::MeetingContext;
use super::deputies::{self, Among, Naming};
use super::text::{Change, changes};
use super::{AnswerLink, Invitation, InvitationState, store};
use crate::attendance::AnswerValue;
use crate::attendance::answers::{self, Given, MAX_COMMENT, Way};
use crate::auth::{Scope, SystemActor};
use crate::config::Settings;
use crate::cooperations;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::http::body::wanted_language;
use crate::http::guard;
use crate::i18n::Language;
use crate::meetings::{self, Status};
use crate::notifications::links;
use crate::people::Person;
use crate::people::on_day::PersonOnDay;
use crate::{App, Tx};

/// For how long after the end of the meeting a link leads anywhere.
const GRACE: TimeDelta = TimeDelta::days(1);

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/answers/{token}")
            .route(web::get().to(show))
            .route(web::post().to(answer)),
    );
}

/// What an address may say beside the token.
#[derive(Debug, Default, Deserialize)]
struct Preselection {
    answer: Option<String>,
    saved: Option<String>,
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize)]
struct Form {
    #[serde(default)]
    answer: String,
    #[serde(default)]
    deputy: String,
    #[serde(default)]
    comment: String,
}

/// What a link leads to at this moment.
enum Case {
    /// Nowhere.
    Invalid,
    /// To somebody who is not invited any more.
    Withdrawn(Language),
    /// To a meeting that does not take place.
    Cancelled(Box<Open>),
    /// To a meeting that is over.
    Past(Box<Open>),
    /// To one that can be answered.
    Open(Box<Open>),
}

/// What the page shows.
struct Open {
    context: MeetingContext,
    invitation: Invitation,
    person: PersonOnDay,
    answer: Option<answers::Answer>,
}

async fn show(
    app: web::Data<App>,
    token: web::Path<String>,
    request: HttpRequest,
    query: web::Query<Preselection>,
) -> Result<HttpResponse> {
    let id = invitation(&app, &token, &request)?;
    let (settings, now) = (app.settings.clone(), app.clock.now());
    let case = app
        .db
        .read(move |conn| Ok(look(conn, &settings, id, now)?.1))
        .await?;
    let Preselection { answer, saved } = query.into_inner();
    let chosen = answer.and_then(|answer| answer.parse().ok());
    let entered = Entered {
        chosen,
        ..Entered::default()
    };
    Ok(respond(
        &app,
        &request,
        case,
        &token,
        &entered,
        saved.is_some(),
    ))
}

async fn answer(
    app: web::Data<App>,
    token: web::Path<String>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse> {
    let id = invitation(&app, &token, &request)?;
    let mut entered = entered(&form);
    if entered.mistakes.is_empty()
        && let Some(value) = entered.chosen
    {
        let (comment, deputy) = (entered.comment.clone(), entered.deputy);
        let write = move |tx: &mut Tx| match (value, deputy) {
            (AnswerValue::Delegated, Some(deputy)) => delegate(tx, id, deputy, &comment),
            (value, _) => record(tx, id, value, &comment),
        };
        let saved = match app.write(write).await {
            Ok(saved) => saved,
            Err(Error::Invalid(_) | Error::Conflict(..)) => {
                // Somebody who cannot come instead, or not any more.
                entered.mistakes.push(Mistake::NoDeputy);
                false
            }
            Err(error) => return Err(error),
        };
        if saved {
            let location = format!("/answers/{token}?saved=1");
            return Ok(HttpResponse::SeeOther()
                .insert_header((header::LOCATION, location))
                .finish());
        }
    }
    let (settings, now) = (app.settings.clone(), app.clock.now());
    let case = app
        .db
        .read(move |conn| Ok(look(conn, &settings, id, now)?.1))
        .await?;
    Ok(respond(&app, &request, case, &token, &entered, false))
}

/// The key of the invitation that the token is for; none but a made-up token has none.
fn invitation(app: &App, token: &str, request: &HttpRequest) -> Result<Option<Id<Invitation>>> {
    let found = links::keys::<AnswerLink>(&app.settings.secret, token);
    if found.is_none() {
        app.failed_auth
            .count_failure(&guard::peer(request, app.settings.trust_proxy))?;
    }
    Ok(found)
}

fn look(
    conn: &mut DbConn,
    settings: &Settings,
    id: Option<Id<Invitation>>,
    now: Instant,
) -> Result<(Option<SystemActor>, Case)> {
    let Some(id) = id else {
        return Ok((None, Case::Invalid));
    };
    match look_up(conn, settings, id, now) {
        Ok((who, case)) => Ok((Some(who), case)),
        Err(Error::NotFound) => Ok((None, Case::Invalid)),
        Err(error) => Err(error),
    }
}

fn look_up(
    conn: &mut DbConn,
    settings: &Settings,
    id: Id<Invitation>,
    now: Instant,
) -> Result<(SystemActor, Case)> {
    let (who, invitation) = store::by_link(conn, id)?;
    let meeting = meetings::store::find(conn, &who, invitation.meeting_id)?;
    if *meeting.ends_at + GRACE <= *now || invitation.state == InvitationState::Listed {
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
        return Ok((who, Case::Withdrawn(person.language())));
    }
    let (status, is_over) = (context.meeting.status, context.meeting.ends_at <= now);
    let open = Box::new(Open {
        context,
        invitation,
        person,
        answer,
    });
    let case = match status {
        Status::Cancelled => Case::Cancelled(open),
        Status::Invited if !is_over => Case::Open(open),
        _ => Case::Past(open),
    };
    Ok((who, case))
}

/// Keeps the answer if the link still takes one.
fn record(
    tx: &mut Tx,
    id: Option<Id<Invitation>>,
    value: AnswerValue,
    comment: &str,
) -> Result<bool> {
    let (now, settings) = (tx.now, tx.settings);
    let (Some(who), Case::Open(open)) = look(tx, settings, id, now)? else {
        return Ok(false);
    };
    let given = Given::now(value, Some(comment.to_owned()), Way::Link, now);
    deputies::answer(tx, &who, &open.context.meeting, open.person.id(), &given)?;
    cooperations::store::bump_generation(tx, who.cooperation())?;
    Ok(true)
}

/// Keeps that a deputy comes instead, if the link still takes an answer.
fn delegate(
    tx: &mut Tx,
    id: Option<Id<Invitation>>,
    deputy: Id<Person>,
    comment: &str,
) -> Result<bool> {
    let (now, settings) = (tx.now, tx.settings);
    let (Some(who), Case::Open(open)) = look(tx, settings, id, now)? else {
        return Ok(false);
    };
    let naming = Naming {
        delegator: open.person.id(),
        deputy,
        among: Among::OwnMunicipality,
        comment: Some(comment.to_owned()),
        way: Way::Link,
        at: now,
        by_delegator: true,
    };
    deputies::delegate(tx, &who, &open.context.meeting, &naming)?;
    cooperations::store::bump_generation(tx, who.cooperation())?;
    Ok(true)
}

fn entered(form: &Form) -> Entered {
    let comment: String = form
        .comment
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let comment = comment.trim().to_owned();
    let chosen = form.answer.parse().ok();
    let deputy = form.deputy.parse().ok();
    let no_answer = chosen.is_none().then_some(Mistake::NoAnswer);
    let no_deputy =
        (chosen == Some(AnswerValue::Delegated) && deputy.is_none()).then_some(Mistake::NoDeputy);
    let too_long =
        (comment.chars().count() as u64 > MAX_COMMENT).then_some(Mistake::CommentTooLong);
    let mistakes = no_answer.into_iter().chain(no_deputy).chain(too_long);
    let mistakes = mistakes.collect();
    Entered {
        chosen,
        deputy,
        comment,
        mistakes,
    }
}

fn respond(
    app: &App,
    request: &HttpRequest,
    case: Case,
    token: &str,
    entered: &Entered,
    saved: bool,
) -> HttpResponse {
    let privacy = app.settings.privacy_url.as_deref();
    let (status, page) = match case {
        Case::Invalid => {
            let language = wanted_language(request, Language::De);
            (
                StatusCode::NOT_FOUND,
                view::notice(language, "answers-invalid"),
            )
        }
        Case::Withdrawn(language) => (
            StatusCode::GONE,
            view::notice(language, "answers-withdrawn"),
        ),
        Case::Cancelled(open) => {
            let reason = open.context.meeting.cancelled_reason.as_deref();
            (
                StatusCode::OK,
                view::cancelled(open.person.language(), reason),
            )
        }
        Case::Past(open) => (
            StatusCode::OK,
            view::notice(open.person.language(), "answers-past"),
        ),
        Case::Open(open) => {
            let status = match entered.mistakes.is_empty() {
                true => StatusCode::OK,
                false => StatusCode::UNPROCESSABLE_ENTITY,
            };
            (
                status,
                view::open(&showing(&open, token, entered, saved, privacy)),
            )
        }
    };
    html(status, page)
}

fn html(status: StatusCode, page: Markup) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header(header::ContentType::html())
        .body(page.into_string())
}

fn showing<'a>(
    open: &'a Open,
    token: &'a str,
    entered: &'a Entered,
    saved: bool,
    privacy: Option<&'a str>,
) -> Showing<'a> {
    let Open {
        context,
        invitation,
        person,
        answer,
    } = open;
    let told = invitation.told.as_ref().map(|told| &told.0);
    let changes = told
        .map(|told| changes(&told.facts, &context.as_seen_by(person.id()).facts))
        .unwrap_or_default();
    let moved = changes
        .iter()
        .any(|change| matches!(change, Change::Moved { .. }));
    let counts = answer.as_ref().is_some_and(|answer| answer.counts);
    Showing {
        language: person.language(),
        path: format!("/answers/{token}"),
        person,
        facts: &context.now.facts,
        agenda: context.agenda(person.language()),
        answer_by: context.answer_by,
        candidates: deputies::candidates(context, person),
        deputy: context.deputy_of(person.id()),
        deputy_for: context.as_seen_by(person.id()).facts.deputy_for,
        answered: answer.as_ref().map(|answer| {
            let day = answer
                .answered_at
                .with_timezone(&context.meeting.zone())
                .date_naive();
            Answered {
                value: answer.value,
                comment: answer.comment.as_deref(),
                on: day,
                counts: answer.counts,
            }
        }),
        moved,
        changed: !changes.is_empty(),
        saved: saved && counts,
        entered,
        privacy,
    }
}
