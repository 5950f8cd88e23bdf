//! The pages that personal links lead to: one answers a request to swap turns, the other confirms that
//! the own municipality hosts. Both without sign-in.
//!
//! Looking changes nothing, because mail scanners follow links; only the forms do.
mod view;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::TimeDelta;
use maud::Markup;
use serde::Deserialize;

use super::candidates::Calendar;
use super::store::{self, Case};
use super::{
    AcceptSwap, By, HostingLink, SwapAnswerState, SwapLink, SwapRequest, SwapRequestState,
    confirmations, swaps,
};
use crate::auth::{Scope, SystemActor};
use crate::cooperations::{self, one_line};
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::http::guard;
use crate::invitations::context::Directory;
use crate::meetings::confirmations::{HostConfirmation, HostingWay};
use crate::meetings::{self, Meeting};
use crate::notifications::links;
use crate::people::Person;
use crate::people::on_day::{self, PersonOnDay};
use crate::series::{self, Series};
use crate::{App, Tx};

/// For how long after the end of the meeting a link leads anywhere.
const GRACE: TimeDelta = TimeDelta::days(1);
/// The most characters of a reason.
const MAX_REASON: usize = 500;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/swaps/{token}")
                .route(web::get().to(show_swap))
                .route(web::post().to(answer_swap)),
        )
        .service(
            web::resource("/hosting/{token}")
                .route(web::get().to(show_hosting))
                .route(web::post().to(answer_hosting)),
        );
}

/// What an address may say beside the token.
#[derive(Debug, Default, Deserialize)]
struct Query {
    saved: Option<String>,
}

/// What a form sends.
#[derive(Debug, Clone, Default, Deserialize)]
struct Form {
    #[serde(default)]
    action: String,
    #[serde(default)]
    meeting: String,
    #[serde(default)]
    nevertheless: String,
    #[serde(default)]
    reason: String,
}

impl Form {
    /// The reason that was given, if any.
    fn reason(&self) -> Result<Option<String>> {
        let reason = self.reason.trim();
        if reason.chars().count() > MAX_REASON || one_line(reason).is_err() {
            return Err(Error::invalid("reason", "one_line", "must be one line"));
        }
        Ok(Some(reason.to_owned()).filter(|reason| !reason.is_empty()))
    }
}

/// Why a form was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    /// It does not fit what is.
    Conflict,
    /// Blackout dates stand against it.
    Blackout,
    /// The reason is missing, too long, or has several lines.
    Reason,
}

impl Wrong {
    /// What a person can do something about; other errors are none of theirs.
    fn of(error: Error) -> Result<Self> {
        match error {
            Error::Conflict("blackout", _) => Ok(Self::Blackout),
            Error::Invalid(fields) if fields.iter().any(|one| one.field == "reason") => {
                Ok(Self::Reason)
            }
            Error::Conflict(..) | Error::Invalid(_) => Ok(Self::Conflict),
            error => Err(error),
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Conflict | Self::Blackout => StatusCode::CONFLICT,
            Self::Reason => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

/// What a person can do about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    /// Accept it or decline.
    Answer,
    /// Take it back.
    Withdraw,
    /// Undo what was agreed on.
    Undo,
    /// Nothing.
    Nothing,
}

/// What a link to a request leads to.
struct SwapLook {
    series: Series,
    case: Case,
    directory: Directory,
    person: PersonOnDay,
    choice: Choice,
    /// What the own municipality has answered, if it was asked.
    answer: Option<SwapAnswerState>,
    /// The own meetings that can be given in return, if one may choose.
    own: Vec<Meeting>,
    /// Whether the own municipality has a blackout on the day, of which the request does not know.
    blackout: bool,
}

fn swap_of(app: &App, token: &str, request: &HttpRequest) -> Result<(Id<SwapRequest>, Id<Person>)> {
    known(
        app,
        request,
        links::keys::<SwapLink>(&app.settings.secret, token),
    )
}

/// What a token says, or a failure that counts.
fn known<T>(app: &App, request: &HttpRequest, found: Option<T>) -> Result<T> {
    if found.is_none() {
        let peer = guard::peer(request, app.settings.trust_proxy);
        app.failed_auth.count_failure(&peer)?;
    }
    found.ok_or(Error::NotFound)
}

/// The person, as long as they speak for a municipality on the day of the meeting.
fn speaker(
    conn: &mut DbConn,
    who: &SystemActor,
    person: Id<Person>,
    meeting: &Meeting,
    now: Instant,
) -> Result<PersonOnDay> {
    if *meeting.ends_at + GRACE <= *now {
        return Err(Error::NotFound);
    }
    let mut people = on_day::all(conn, who, meeting.date)?.into_iter();
    people
        .find(|known| known.id() == person)
        .filter(|known| known.is_always_invited() && known.municipality.is_some())
        .ok_or(Error::NotFound)
}

fn look_at_swap(
    conn: &mut DbConn,
    (request, person): (Id<SwapRequest>, Id<Person>),
    now: Instant,
) -> Result<(SystemActor, SwapLook)> {
    let (who, series, case) = store::by_link(conn, request)?;
    let meeting = case.meeting.clone().ok_or(Error::NotFound)?;
    let ends_first = case.earlier().unwrap_or(&meeting);
    let person = speaker(conn, &who, person, ends_first, now)?;
    let own = person.municipality.ok_or(Error::NotFound)?;
    let asks = own == case.request.municipality_id;
    let mut answers = case.answers.iter();
    let answer = answers.find(|answer| answer.municipality_id == own);
    if !asks && answer.is_none() {
        return Err(Error::NotFound);
    }
    let answer = answer.map(|answer| answer.state);
    let open = case.request.state == SwapRequestState::Open && swaps::lapse(&case, now).is_none();
    let agreed = asks || answer == Some(SwapAnswerState::Accepted);
    let choice = match open {
        true if asks => Choice::Withdraw,
        true => Choice::Answer,
        false if agreed && swaps::can_be_undone(&case, now) => Choice::Undo,
        false => Choice::Nothing,
    };
    let chooses = choice == Choice::Answer && case.request.partner_meeting_id.is_none();
    let look = SwapLook {
        own: match chooses {
            true => swaps::own_meetings(conn, &who, &case, own, now)?,
            false => Vec::new(),
        },
        blackout: choice == Choice::Answer
            && !case.request.nevertheless
            && Calendar::load(conn, &who)?
                .blackout(own, meeting.date)
                .is_some(),
        series: series::store::find(conn, &who, series)?,
        directory: Directory::load(conn, &who)?,
        case,
        person,
        choice,
        answer,
    };
    Ok((who, look))
}

async fn show_swap(
    app: web::Data<App>,
    token: web::Path<String>,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse> {
    let (link, now) = (swap_of(&app, &token, &request)?, app.clock.now());
    let read = move |conn: &mut _| Ok(look_at_swap(conn, link, now)?.1);
    let look = app.db.read(read).await?;
    let page = view::swap(&look, &token, None, query.saved.is_some());
    Ok(respond(StatusCode::OK, page))
}

async fn answer_swap(
    app: web::Data<App>,
    token: web::Path<String>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse> {
    let link = swap_of(&app, &token, &request)?;
    let form = form.into_inner();
    let done = app.write(move |tx| take_swap(tx, link, &form)).await;
    let Err(error) = done else {
        return Ok(see(&format!("/swaps/{token}?saved=1")));
    };
    let (wrong, now) = (Wrong::of(error)?, app.clock.now());
    let read = move |conn: &mut _| Ok(look_at_swap(conn, link, now)?.1);
    let look = app.db.read(read).await?;
    let page = view::swap(&look, &token, Some(wrong), false);
    Ok(respond(wrong.status(), page))
}

/// Does what the form says, if it can still be done.
fn take_swap(tx: &mut Tx, link: (Id<SwapRequest>, Id<Person>), form: &Form) -> Result<()> {
    let now = tx.now;
    let (who, look) = look_at_swap(tx, link, now)?;
    let SwapLook { case, series, .. } = &look;
    let municipality = look.person.municipality.ok_or(Error::NotFound)?;
    let by = By {
        person: Some(look.person.id()),
        way: HostingWay::Link,
    };
    match (form.action.as_str(), look.choice) {
        ("accept", Choice::Answer) => {
            let chosen = Some(form.meeting.trim()).filter(|chosen| !chosen.is_empty());
            let chosen = chosen.map(str::parse).transpose();
            let how = AcceptSwap {
                municipality_id: Some(municipality),
                meeting_id: chosen
                    .map_err(|_| Error::invalid("meeting_id", "exists", "must be a meeting"))?,
                nevertheless: !form.nevertheless.is_empty(),
            };
            swaps::accept(tx, &who, series, (case, municipality), &how, by)?;
        }
        ("decline", Choice::Answer) => {
            let reason = form.reason()?;
            let side = (case, municipality);
            swaps::decline(tx, &who, series.id, side, reason.as_ref(), by)?;
        }
        ("withdraw", Choice::Withdraw) => swaps::withdraw(tx, &who, series.id, case, by)?,
        ("undo", Choice::Undo) => swaps::undo(tx, &who, series.id, case, by)?,
        _ => return Err(Error::conflict("state", "this cannot be done any more")),
    }
    cooperations::store::bump_generation(tx, who.cooperation())
}

/// What a link to a confirmation leads to.
struct HostingLook {
    meeting: Meeting,
    said: HostConfirmation,
    directory: Directory,
    person: PersonOnDay,
    /// Whether anything can still be said.
    open: bool,
}

fn look_at_hosting(
    conn: &mut DbConn,
    (asked, person): (Id<HostConfirmation>, Id<Person>),
    now: Instant,
) -> Result<(SystemActor, HostingLook)> {
    let (who, said) = confirmations::by_link(conn, asked)?;
    let meeting = meetings::store::find(conn, &who, said.meeting_id)?;
    let person = speaker(conn, &who, person, &meeting, now)?;
    let own = Some(said.municipality_id);
    if person.municipality != own || meeting.host_id != own {
        return Err(Error::NotFound);
    }
    let look = HostingLook {
        open: meeting.is_open(now),
        directory: Directory::load(conn, &who)?,
        meeting,
        said,
        person,
    };
    Ok((who, look))
}

fn hosting_of(
    app: &App,
    token: &str,
    request: &HttpRequest,
) -> Result<(Id<HostConfirmation>, Id<Person>)> {
    known(
        app,
        request,
        links::keys::<HostingLink>(&app.settings.secret, token),
    )
}

async fn show_hosting(
    app: web::Data<App>,
    token: web::Path<String>,
    request: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse> {
    let (link, now) = (hosting_of(&app, &token, &request)?, app.clock.now());
    let read = move |conn: &mut _| Ok(look_at_hosting(conn, link, now)?.1);
    let look = app.db.read(read).await?;
    let page = view::hosting(&look, &token, None, query.saved.is_some());
    Ok(respond(StatusCode::OK, page))
}

async fn answer_hosting(
    app: web::Data<App>,
    token: web::Path<String>,
    request: HttpRequest,
    form: web::Form<Form>,
) -> Result<HttpResponse> {
    let link = hosting_of(&app, &token, &request)?;
    let form = form.into_inner();
    let done = app.write(move |tx| take_hosting(tx, link, &form)).await;
    let Err(error) = done else {
        return Ok(see(&format!("/hosting/{token}?saved=1")));
    };
    let (wrong, now) = (Wrong::of(error)?, app.clock.now());
    let read = move |conn: &mut _| Ok(look_at_hosting(conn, link, now)?.1);
    let look = app.db.read(read).await?;
    let page = view::hosting(&look, &token, Some(wrong), false);
    Ok(respond(wrong.status(), page))
}

fn take_hosting(tx: &mut Tx, link: (Id<HostConfirmation>, Id<Person>), form: &Form) -> Result<()> {
    let now = tx.now;
    let (who, look) = look_at_hosting(tx, link, now)?;
    let by = By {
        person: Some(look.person.id()),
        way: HostingWay::Link,
    };
    match form.action.as_str() {
        "confirm" => confirmations::confirm(tx, &who, &look.meeting, by)?,
        "decline" => {
            let missing = || Error::invalid("reason", "required", "must be given");
            let reason = form.reason()?.ok_or_else(missing)?;
            let series = series::store::find(tx, &who, look.meeting.series_id)?;
            confirmations::decline(tx, &who, &series, &look.meeting, (&reason, by))?;
        }
        _ => return Err(Error::conflict("state", "there is no such answer")),
    }
    cooperations::store::bump_generation(tx, who.cooperation())
}

fn see(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .finish()
}

fn respond(status: StatusCode, page: Markup) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header(header::ContentType::html())
        .body(page.into_string())
}
