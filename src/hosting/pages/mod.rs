//! The pages on which a person answers a request to swap turns, and confirms that their own
//! municipality hosts a meeting.
mod view;

use actix_web::http::StatusCode;
use actix_web::web;
use maud::Markup;
use serde::Deserialize;

use super::store::{self, SwapCase};
use super::swap_candidates::HostAvailability;
use super::{
    AcceptSwap, By, HostingLink, SwapAnswerState, SwapLink, SwapRequestState, host_confirmation,
    swap_requests,
};
use crate::Tx;
use crate::auth::SystemActor;
use crate::config::Settings;
use crate::cooperations::one_line;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::http::link_page::{self, Keys, LinkPage, PageRequest};
use crate::invitations::context::Directory;
use crate::meetings::confirmations::{HostConfirmation, HostingChannel};
use crate::meetings::{self, Meeting};
use crate::people::Person;
use crate::people::on_day::{self, PersonOnDay};
use crate::series::{self, Series};

/// The most characters of a reason.
const MAX_REASON: usize = 500;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(link_page::resource::<SwapPage>())
        .service(link_page::resource::<HostingPage>());
}

/// What the forms of both pages send.
#[derive(Debug, Deserialize)]
struct HostingPageForm {
    #[serde(default)]
    action: String,
    #[serde(default)]
    meeting: String,
    #[serde(default)]
    nevertheless: String,
    #[serde(default)]
    reason: String,
}

impl HostingPageForm {
    /// The reason that was given, if any. Line breaks that were pasted count as spaces.
    fn reason(&self) -> Result<Option<String>> {
        let words: Vec<_> = self.reason.split_whitespace().collect();
        let reason = words.join(" ");
        if reason.is_empty() {
            return Ok(None);
        }
        if reason.chars().count() > MAX_REASON || one_line(&reason).is_err() {
            return Err(Error::invalid("reason", "one_line", "must be one line"));
        }
        Ok(Some(reason))
    }
}

/// Why a form was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HostingPageMistake {
    /// It does not fit the present state.
    Conflict,
    /// The municipality has a blackout on the day.
    Blackout,
    /// The reason is missing, too long, or has several lines.
    Reason,
}

impl HostingPageMistake {
    fn of(error: &Error) -> Self {
        match error {
            Error::Conflict("blackout", _) => Self::Blackout,
            Error::Invalid(fields) if fields.iter().any(|one| one.field == "reason") => {
                Self::Reason
            }
            _ => Self::Conflict,
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Conflict | Self::Blackout => StatusCode::CONFLICT,
            Self::Reason => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

/// How a page was requested.
struct HostingPageVisit<'a> {
    path: &'a str,
    /// The form that was refused, and why: what was typed is there again.
    refused: Option<(&'a HostingPageForm, HostingPageMistake)>,
    saved: bool,
}

impl<'a> HostingPageVisit<'a> {
    fn of(request: &'a PageRequest<web::Form<HostingPageForm>>) -> Self {
        let refused = request.refused.as_ref();
        Self {
            path: &request.path,
            refused: refused.map(|(form, error)| (&form.0, HostingPageMistake::of(error))),
            saved: request.saved,
        }
    }

    fn status(&self) -> StatusCode {
        self.refused
            .map_or(StatusCode::OK, |(_, mistake)| mistake.status())
    }
}

/// The person, as long as they speak for a municipality on the day of the meeting.
fn speaker(
    conn: &mut DbConn,
    who: &SystemActor,
    person: Id<Person>,
    meeting: &Meeting,
    now: Instant,
) -> Result<PersonOnDay> {
    link_page::check_works(meeting.ends_at, now)?;
    let mut people = on_day::all(conn, who, meeting.date)?.into_iter();
    people
        .find(|known| known.id() == person)
        .filter(|known| known.is_always_invited() && known.municipality.is_some())
        .ok_or(Error::NotFound)
}

/// What a person can do about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SwapPageChoice {
    /// Accept it or decline.
    Answer,
    /// Take it back.
    Withdraw,
    /// Undo what was agreed on.
    Undo,
    /// Nothing.
    Nothing,
}

/// A request to swap turns, and the person who looks at it.
struct SwapPageCase {
    series: Series,
    case: SwapCase,
    directory: Directory,
    person: PersonOnDay,
    choice: SwapPageChoice,
    /// What the own municipality has answered, if it was asked.
    answer: Option<SwapAnswerState>,
    /// The own meetings that can be given in return, if one may choose.
    own: Vec<Meeting>,
    /// Whether the own municipality has a blackout on the day, of which the request does not know.
    blackout: bool,
}

struct SwapPage;

impl LinkPage for SwapPage {
    type Link = SwapLink;
    type Case = SwapPageCase;
    type Form = web::Form<HostingPageForm>;

    fn load(
        conn: &mut DbConn,
        _: &Settings,
        (request, person): Keys<Self>,
        now: Instant,
    ) -> Result<(SystemActor, Self::Case)> {
        let (who, case) = store::by_link(conn, request)?;
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
        let open = case.request.state == SwapRequestState::Open
            && swap_requests::lapse(&case, now).is_none();
        let agreed = asks || answer == Some(SwapAnswerState::Accepted);
        let choice = if open && asks {
            SwapPageChoice::Withdraw
        } else if open {
            SwapPageChoice::Answer
        } else if agreed && swap_requests::can_be_undone(&case, now) {
            SwapPageChoice::Undo
        } else {
            SwapPageChoice::Nothing
        };
        let chooses = choice == SwapPageChoice::Answer && case.request.partner_meeting_id.is_none();
        let page = SwapPageCase {
            own: if chooses {
                swap_requests::own_meetings(conn, &who, &case, own, now)?
            } else {
                Vec::new()
            },
            blackout: choice == SwapPageChoice::Answer
                && !case.request.nevertheless
                && HostAvailability::load(conn, &who)?
                    .blackout(own, meeting.date)
                    .is_some(),
            series: series::store::find(conn, &who, case.request.series_id)?,
            directory: Directory::load(conn, &who)?,
            case,
            person,
            choice,
            answer,
        };
        Ok((who, page))
    }

    fn act(tx: &mut Tx, who: &SystemActor, page: &Self::Case, form: &Self::Form) -> Result<()> {
        let SwapPageCase { case, series, .. } = page;
        let municipality = page.person.municipality.ok_or(Error::NotFound)?;
        let by = By {
            person: Some(page.person.id()),
            way: HostingChannel::Link,
        };
        match (form.action.as_str(), page.choice) {
            ("accept", SwapPageChoice::Answer) => {
                let chosen = Some(form.meeting.trim()).filter(|chosen| !chosen.is_empty());
                let chosen = chosen.map(str::parse).transpose();
                let how = AcceptSwap {
                    municipality_id: Some(municipality),
                    meeting_id: chosen
                        .map_err(|_| Error::invalid("meeting_id", "exists", "must be a meeting"))?,
                    nevertheless: !form.nevertheless.is_empty(),
                };
                swap_requests::accept(tx, who, series, (case, municipality), &how, by)
            }
            ("decline", SwapPageChoice::Answer) => {
                let reason = form.reason()?;
                let side = (case, municipality);
                swap_requests::decline(tx, who, side, reason.as_ref(), by)
            }
            ("withdraw", SwapPageChoice::Withdraw) => swap_requests::withdraw(tx, who, case, by),
            ("undo", SwapPageChoice::Undo) => swap_requests::undo(tx, who, case, by),
            _ => Err(Error::conflict("state", "this cannot be done any more")),
        }
    }

    fn view(page: &Self::Case, request: PageRequest<Self::Form>) -> Result<(StatusCode, Markup)> {
        let visit = HostingPageVisit::of(&request);
        Ok((visit.status(), view::swap(page, &visit)))
    }
}

/// What a host was asked to confirm, and the person who looks at it.
struct HostingPageCase {
    meeting: Meeting,
    said: HostConfirmation,
    directory: Directory,
    person: PersonOnDay,
    /// Whether it can still be confirmed or declined.
    open: bool,
}

struct HostingPage;

impl LinkPage for HostingPage {
    type Link = HostingLink;
    type Case = HostingPageCase;
    type Form = web::Form<HostingPageForm>;

    fn load(
        conn: &mut DbConn,
        _: &Settings,
        (asked, person): Keys<Self>,
        now: Instant,
    ) -> Result<(SystemActor, Self::Case)> {
        let (who, said) = host_confirmation::by_link(conn, asked)?;
        let meeting = meetings::store::find(conn, &who, said.meeting_id)?;
        let person = speaker(conn, &who, person, &meeting, now)?;
        let own = Some(said.municipality_id);
        if person.municipality != own || meeting.host_id != own {
            return Err(Error::NotFound);
        }
        let page = HostingPageCase {
            open: meeting.is_open(now),
            directory: Directory::load(conn, &who)?,
            meeting,
            said,
            person,
        };
        Ok((who, page))
    }

    fn act(tx: &mut Tx, who: &SystemActor, page: &Self::Case, form: &Self::Form) -> Result<()> {
        let by = By {
            person: Some(page.person.id()),
            way: HostingChannel::Link,
        };
        match form.action.as_str() {
            "confirm" => host_confirmation::confirm(tx, who, &page.meeting, by),
            "decline" => {
                let missing = || Error::invalid("reason", "required", "must be given");
                let reason = form.reason()?.ok_or_else(missing)?;
                let series = series::store::find(tx, who, page.meeting.series_id)?;
                host_confirmation::decline(tx, who, &series, &page.meeting, (&reason, by))
            }
            _ => Err(Error::conflict("state", "there is no such answer")),
        }
    }

    fn view(page: &Self::Case, request: PageRequest<Self::Form>) -> Result<(StatusCode, Markup)> {
        let visit = HostingPageVisit::of(&request);
        Ok((visit.status(), view::hosting(page, &visit)))
    }
}
