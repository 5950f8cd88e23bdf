//! The page on which people vote without sign-in. Looking changes nothing; only the form votes.
mod view;

use std::collections::HashMap;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use maud::Markup;
use serde::Deserialize;

use self::view::{Entered, Showing};
use super::view::{PollView, Seer};
use super::voting::{self, BallotInput};
use super::{Ballot, Choice, Poll, PollState, Vote, VoteLink, store};
use crate::attendance::answers::{MAX_COMMENT, Way};
use crate::auth::{Scope, SystemActor};
use crate::cooperations;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::http::body::wanted_language;
use crate::http::guard;
use crate::i18n::Language;
use crate::notifications::links;
use crate::people::on_day::{self, PersonOnDay};
use crate::{App, Tx};

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/polls/{token}")
            .route(web::get().to(show))
            .route(web::post().to(vote)),
    );
}

/// What an address may say beside the token.
#[derive(Debug, Default, Deserialize)]
struct Afterwards {
    saved: Option<String>,
}

/// What the page shows.
struct Case {
    poll: Poll,
    seen: PollView,
    ballot: Ballot,
    person: PersonOnDay,
    group: String,
}

async fn show(
    app: web::Data<App>,
    token: web::Path<String>,
    request: HttpRequest,
    query: web::Query<Afterwards>,
) -> Result<HttpResponse> {
    let id = ballot(&app, &token, &request)?;
    let case = look(&app, id).await?;
    let Some(case) = case else {
        return Ok(invalid(&request));
    };
    let entered = Entered::of(&case.ballot);
    let saved = query.saved.is_some() && case.ballot.voted_at.is_some();
    Ok(respond(&app, &case, &token, &entered, saved))
}

async fn vote(
    app: web::Data<App>,
    token: web::Path<String>,
    request: HttpRequest,
    form: web::Form<HashMap<String, String>>,
) -> Result<HttpResponse> {
    let id = ballot(&app, &token, &request)?;
    let case = look(&app, id).await?;
    let Some(case) = case else {
        return Ok(invalid(&request));
    };
    let entered = entered(&case.seen, &form);
    if !entered.is_wrong() {
        let input = BallotInput {
            votes: entered.votes.clone(),
            comment: Some(entered.comment.clone()),
        };
        match app.write(move |tx| record(tx, id, &input)).await {
            Ok(()) => {
                let location = format!("/polls/{token}?saved=1");
                return Ok(HttpResponse::SeeOther()
                    .insert_header((header::LOCATION, location))
                    .finish());
            }
            // It has ended meanwhile; the page says so.
            Err(Error::Conflict(..)) => {}
            Err(error) => return Err(error),
        }
    }
    match look(&app, id).await? {
        Some(case) => Ok(respond(&app, &case, &token, &entered, false)),
        None => Ok(invalid(&request)),
    }
}

/// The key of the ballot that the token is for; none but a made-up token has none.
fn ballot(app: &App, token: &str, request: &HttpRequest) -> Result<Option<Id<Ballot>>> {
    let found = links::keys::<VoteLink>(&app.settings.secret, token);
    if found.is_none() {
        app.failed_auth
            .count_failure(&guard::peer(request, app.settings.trust_proxy))?;
    }
    Ok(found)
}

async fn look(app: &App, id: Option<Id<Ballot>>) -> Result<Option<Case>> {
    let Some(id) = id else { return Ok(None) };
    let now = app.clock.now();
    match app.db.read(move |conn| look_up(conn, id, now)).await {
        Ok((_, case)) => Ok(Some(case)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A link leads somewhere until the last of the candidates is over.
fn look_up(conn: &mut DbConn, id: Id<Ballot>, now: Instant) -> Result<(SystemActor, Case)> {
    let (who, ballot) = store::by_link(conn, id)?;
    let poll = store::find(conn, &who, ballot.poll_id)?;
    let candidates = store::candidates(conn, &who, poll.id)?;
    let today = now.with_timezone(&poll.zone()).date_naive();
    let people = on_day::all(conn, &who, today)?;
    let mut people = people.into_iter();
    let person = people
        .find(|person| person.id() == ballot.person_id && !person.is_removed())
        .ok_or(Error::NotFound)?;
    if candidates.iter().all(|candidate| candidate.ends_at <= now) {
        return Err(Error::NotFound);
    }
    let seer = Seer {
        coordinates: false,
        person: Some(person.id()),
    };
    let language = person.language();
    let case = Case {
        seen: PollView::of(conn, &who, seer, poll.clone(), language, now)?,
        group: cooperations::store::own(conn, &who)?.name,
        poll,
        ballot,
        person,
    };
    Ok((who, case))
}

/// Keeps the votes if the link still takes them.
fn record(tx: &mut Tx, id: Option<Id<Ballot>>, input: &BallotInput) -> Result<()> {
    let (now, id) = (tx.now, id.ok_or(Error::NotFound)?);
    let (who, case) = look_up(tx, id, now)?;
    let person = case.person.id();
    voting::vote(tx, &who, &case.poll, person, input, Way::Link)?;
    cooperations::store::bump_generation(tx, who.cooperation())
}

fn entered(seen: &PollView, form: &HashMap<String, String>) -> Entered {
    let comment: String = form
        .get("comment")
        .map_or("", String::as_str)
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let comment = comment.trim().to_owned();
    let mut entered = Entered {
        too_long: comment.chars().count() as u64 > MAX_COMMENT,
        comment,
        ..Entered::default()
    };
    for candidate in &seen.candidates {
        let given = form.get(&view::field(candidate.id));
        match given.and_then(|text| text.parse::<Vote>().ok()) {
            Some(vote) => entered.votes.push(Choice {
                candidate_id: candidate.id,
                vote,
            }),
            None => entered.missing.push(candidate.id),
        }
    }
    entered
}

fn invalid(request: &HttpRequest) -> HttpResponse {
    let language = wanted_language(request, Language::De);
    html(StatusCode::NOT_FOUND, view::invalid(language))
}

fn respond(app: &App, case: &Case, token: &str, entered: &Entered, saved: bool) -> HttpResponse {
    let now = app.clock.now();
    let open = case.poll.takes_votes(now);
    let status = match (open, entered.is_wrong()) {
        (true, true) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    let showing = Showing {
        language: case.person.language(),
        path: format!("/polls/{token}"),
        person: &case.person,
        group: &case.group,
        poll: &case.poll,
        seen: &case.seen,
        ballot: &case.ballot,
        entered,
        saved,
        privacy: app.settings.privacy_url.as_deref(),
    };
    let page = match case.poll.state {
        PollState::Open if open => view::open(&showing),
        PollState::Open | PollState::Closed => view::ended(&showing, "polls-page-closed"),
        PollState::Decided => view::ended(&showing, "polls-page-decided"),
        PollState::Cancelled => view::ended(&showing, "polls-page-cancelled"),
    };
    html(status, page)
}

fn html(status: StatusCode, page: Markup) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header(header::ContentType::html())
        .body(page.into_string())
}
