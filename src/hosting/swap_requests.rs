//! Swap requests are made, accepted, declined, withdrawn and undone, and expire
//! (`/series/{id}/rotation/swap-requests`).
//!
//! Nothing changes until a municipality accepts. Then `rotation::overrides` and `rotation::swaps` change the hosts as for any swap or
//! stand-in, and with them the ledger and the plan.
use super::store::{self, SwapCase};
use super::swap_candidates::{self, HostAvailability, SwapBlackout, swappable};
use super::{
    AcceptSwap, By, NewSwapRequest, SwapAnswer, SwapAnswerState, SwapLapse, SwapRequest,
    SwapRequestState, notices, turns,
};
use crate::Tx;
use crate::auth::Scope;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result, conflict_unless};
use crate::meetings::confirmations::HostConfirmationState;
use crate::meetings::{self, Meeting, MeetingStatus};
use crate::municipalities::Municipality;
use crate::rotation;
use crate::series::Series;

/// How many requests there may be for one meeting: each sends mails.
const MAX_REQUESTS: usize = 20;

/// Asks other municipalities to take the turn of a meeting, and notifies their delegates.
///
/// # Errors
/// The fields that break a rule; a conflict if the meeting cannot be swapped, has an open request (`duplicate`) or too
/// many requests, there is nobody to ask, or there is a blackout on the day.
pub fn ask(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    new: &NewSwapRequest,
    by: By,
) -> Result<Id<SwapRequest>> {
    let now = tx.now;
    let meeting = meetings::store::named(tx, who, series.id, ("meeting_id", new.meeting_id))?;
    let asker = swappable(tx, who, &meeting, now)?;
    check_no_open(tx, who, &meeting)?;
    let calendar = HostAvailability::load(tx, who)?;
    let others = asked(tx, who, series, (&meeting, asker), &calendar, new)?;
    let id = store::insert(tx, who, &meeting, (asker, &others), new, by)?;
    let case = store::find(tx, who, series.id, id)?;
    notices::asked(tx, who, &case)?;
    Ok(id)
}

/// Checks that the meeting has no open request. One that should have expired expires now.
fn check_no_open(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let known = store::of_meeting(tx, who, meeting.id)?;
    let message = format!("at most {MAX_REQUESTS} swap requests for one meeting");
    conflict_unless(known.len() < MAX_REQUESTS, "too_many", message)?;
    let mut known = known.into_iter();
    if let Some(request) = known.find(|request| request.state == SwapRequestState::Open) {
        let case = store::case(tx, who, request)?;
        let Some(why) = lapse(&case, tx.now) else {
            let message = "there is an open swap request for this meeting";
            return Err(Error::conflict("duplicate", message));
        };
        expire(tx, who, &case, why)?;
    }
    Ok(())
}

/// Whether there is an open request for a meeting by its host.
pub fn is_offered(conn: &mut DbConn, who: &impl Scope, meeting: &Meeting) -> Result<bool> {
    let requests = store::of_meeting(conn, who, meeting.id)?;
    let mut open = requests.iter().filter(|request| {
        request.state == SwapRequestState::Open && Some(request.municipality_id) == meeting.host_id
    });
    Ok(open.next().is_some())
}

/// The municipalities to ask.
fn asked(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    (meeting, asker): (&Meeting, Id<Municipality>),
    calendar: &HostAvailability,
    new: &NewSwapRequest,
) -> Result<Vec<Id<Municipality>>> {
    let now = tx.now;
    if let Some(id) = new.partner_meeting_id {
        let partner = meetings::store::named(tx, who, series.id, ("partner_meeting_id", id))?;
        let host = swappable(tx, who, &partner, now)?;
        if new.municipality_id.is_some_and(|named| named != host) {
            let message = "must be the host of the meeting that is wanted";
            return Err(Error::invalid("municipality_id", "host", message));
        }
        if host == asker {
            let message = "both meetings have the same host";
            return Err(Error::invalid("partner_meeting_id", "same", message));
        }
        calendar.check_takes_part(asker, partner.date)?;
        calendar.check_takes_part(host, meeting.date)?;
        if !new.nevertheless {
            calendar.check_free(host, meeting.date)?;
            calendar.check_free(asker, partner.date)?;
        }
        return Ok(vec![host]);
    }
    if let Some(named) = new.municipality_id {
        if !calendar.municipalities.iter().any(|one| one.id == named) {
            let message = "there is no such municipality";
            return Err(Error::invalid("municipality_id", "exists", message));
        }
        if named == asker {
            let message = "hosts this meeting already";
            return Err(Error::invalid("municipality_id", "same", message));
        }
        calendar.check_takes_part(named, meeting.date)?;
        if !new.nevertheless {
            calendar.check_free(named, meeting.date)?;
        }
        return Ok(vec![named]);
    }
    let all = calendar.municipalities.iter();
    let others = all.filter(|one| one.id != asker && calendar.takes_part(one.id, meeting.date));
    let others: Vec<_> = others.map(|one| one.id).collect();
    conflict_unless(!others.is_empty(), "nobody", "there is nobody to ask")?;
    Ok(others)
}

/// Why an open request can no longer be accepted, if so.
#[must_use]
pub fn lapse(case: &SwapCase, now: Instant) -> Option<SwapLapse> {
    let SwapCase {
        request, answers, ..
    } = case;
    let offered = lapse_of(case.meeting.as_ref(), Some(request.municipality_id), now);
    let wanted = request.partner_meeting_id.and_then(|_| {
        let host = answers.first().map(|answer| answer.municipality_id);
        lapse_of(case.partner.as_ref(), host, now)
    });
    offered.or(wanted)
}

fn lapse_of(
    meeting: Option<&Meeting>,
    host: Option<Id<Municipality>>,
    now: Instant,
) -> Option<SwapLapse> {
    let Some(meeting) = meeting else {
        return Some(SwapLapse::Cancelled);
    };
    match meeting.status {
        MeetingStatus::Cancelled => Some(SwapLapse::Cancelled),
        MeetingStatus::Invited | MeetingStatus::Held => Some(SwapLapse::Invited),
        MeetingStatus::Planned if meeting.starts_at <= now => Some(SwapLapse::Begun),
        MeetingStatus::Planned if meeting.host_id != host => Some(SwapLapse::HostChanged),
        MeetingStatus::Planned => None,
    }
}

fn check_open(case: &SwapCase, now: Instant) -> Result<()> {
    if case.request.state != SwapRequestState::Open {
        return Err(case.request.conflict());
    }
    match lapse(case, now) {
        Some(why) => {
            let message = format!("this swap request has expired: {why}");
            Err(Error::conflict("expired", message))
        }
        None => Ok(()),
    }
}

/// The error for somebody who speaks for no municipality that was asked.
pub(super) const NOT_ASKED: Error =
    Error::Forbidden("only a municipality that was asked may do this");

fn answer_of(case: &SwapCase, municipality: Id<Municipality>) -> Result<&SwapAnswer> {
    let mut answers = case.answers.iter();
    let answer = answers.find(|answer| answer.municipality_id == municipality);
    answer.ok_or(NOT_ASKED)
}

/// Accepts for a municipality that was asked: it takes the turn, and gives one of its own in return, or none. The plan is
/// made again and both municipalities are notified.
///
/// # Errors
/// A conflict if the request is no longer open, or there is a blackout on the day; a field that breaks a rule.
pub fn accept(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    (case, municipality): (&SwapCase, Id<Municipality>),
    how: &AcceptSwap,
    by: By,
) -> Result<()> {
    let now = tx.now;
    check_open(case, now)?;
    let (request, answer) = (&case.request, answer_of(case, municipality)?);
    let meeting = case.meeting.as_ref().ok_or(Error::NotFound)?;
    swappable(tx, who, meeting, now)?;
    let calendar = HostAvailability::load(tx, who)?;
    calendar.check_takes_part(municipality, meeting.date)?;
    if !request.nevertheless && !how.nevertheless {
        calendar.check_free(municipality, meeting.date)?;
    }
    let given = given(tx, who, series, (case, municipality), how)?;
    if let Some(given) = &given {
        calendar.check_takes_part(request.municipality_id, given.date)?;
        if !request.nevertheless {
            calendar.check_free(request.municipality_id, given.date)?;
        }
        let both = (meeting.id, given.id);
        rotation::swaps::exchange(tx, who, series, both, request.reason.as_ref())?;
    } else {
        let turn = (meeting.id, municipality);
        rotation::overrides::hand_over(tx, who, series, turn, request.reason.clone())?;
    }
    tx.replan_now(who)?;
    let given = given.map(|given| given.id);
    store::answer(tx, answer, (SwapAnswerState::Accepted, given), None, by)?;
    let case = decide(tx, who, request, (SwapRequestState::Accepted, by))?;
    let asker = By {
        person: request.asked_by_id,
        way: request.asked_way,
    };
    for (meeting, consents) in [(&case.meeting, by), (&case.partner, asker)] {
        if let Some(meeting) = meeting {
            turns::told_now(tx, who, meeting)?;
            let confirmed = (HostConfirmationState::Confirmed, None);
            store::answer_of_host(tx, who, meeting, confirmed, consents)?;
        }
    }
    notices::outcome(tx, who, &case)
}

/// The meeting that a municipality gives in return.
fn given(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    (case, municipality): (&SwapCase, Id<Municipality>),
    how: &AcceptSwap,
) -> Result<Option<Meeting>> {
    let wanted = case.request.partner_meeting_id;
    let chosen = how.meeting_id.or(wanted);
    if wanted.is_some() && chosen != wanted {
        let message = "must be the meeting that was asked for";
        return Err(Error::invalid("meeting_id", "asked", message));
    }
    let Some(chosen) = chosen else {
        return Ok(None);
    };
    let given = meetings::store::named(tx, who, series.id, ("meeting_id", chosen))?;
    let now = tx.now;
    if swappable(tx, who, &given, now)? == municipality {
        return Ok(Some(given));
    }
    let message = "must be a meeting that the accepting municipality hosts";
    Err(Error::invalid("meeting_id", "host", message))
}

/// Declines for a municipality that was asked. When all have declined, so is the request, and everybody concerned is
/// notified.
///
/// # Errors
/// A conflict if the request is no longer open.
pub fn decline(
    tx: &mut Tx,
    who: &impl Scope,
    (case, municipality): (&SwapCase, Id<Municipality>),
    reason: Option<&String>,
    by: By,
) -> Result<()> {
    check_open(case, tx.now)?;
    let answer = answer_of(case, municipality)?;
    let declined = SwapAnswerState::Declined;
    store::answer(tx, answer, (declined, None), reason, by)?;
    let mut others = case.answers.iter().filter(|other| other.id != answer.id);
    if !others.all(|other| other.state == declined) {
        return Ok(());
    }
    let declined = (SwapRequestState::Declined, by);
    let case = decide(tx, who, &case.request, declined)?;
    notices::outcome(tx, who, &case)
}

/// Withdraws an open request; those asked are notified.
///
/// # Errors
/// A conflict if it is no longer open.
pub fn withdraw(tx: &mut Tx, who: &impl Scope, case: &SwapCase, by: By) -> Result<()> {
    check_open(case, tx.now)?;
    let withdrawn = (SwapRequestState::Withdrawn, by);
    let case = decide(tx, who, &case.request, withdrawn)?;
    notices::outcome(tx, who, &case)
}

/// Whether an accepted request can still be undone: its meetings are open and have the hosts that were agreed on.
#[must_use]
pub fn can_be_undone(case: &SwapCase, now: Instant) -> bool {
    let accepted = case.accepted();
    let meets = |meeting: Option<&Meeting>, host| {
        meeting.is_some_and(|one| one.is_open(now) && one.host_id == Some(host))
    };
    case.request.state == SwapRequestState::Accepted
        && accepted.is_some_and(|accepted| {
            let given = accepted.meeting_id.is_none()
                || meets(case.partner.as_ref(), case.request.municipality_id);
            meets(case.meeting.as_ref(), accepted.municipality_id) && given
        })
}

/// Undoes an accepted request while nobody is invited to either meeting; both municipalities are notified.
///
/// # Errors
/// A conflict if nobody has accepted, somebody is invited, or another host was set since.
pub fn undo(tx: &mut Tx, who: &impl Scope, case: &SwapCase, by: By) -> Result<()> {
    let now = tx.now;
    let (Some(meeting), Some(accepted), Some(agreed_at)) =
        (&case.meeting, case.accepted(), case.request.decided_at)
    else {
        return Err(case.request.conflict());
    };
    let message = match case.request.state {
        SwapRequestState::Accepted => "an invitation is out, or another host was set since",
        _ => "there is nothing to undo",
    };
    conflict_unless(can_be_undone(case, now), "state", message)?;
    rotation::overrides::take_back_agreed(tx, who, meeting, agreed_at)?;
    tx.replan_now(who)?;
    let sides = [case.request.municipality_id, accepted.municipality_id];
    let undone = (SwapRequestState::Undone, by);
    let case = decide(tx, who, &case.request, undone)?;
    for meeting in case.meeting.iter().chain(&case.partner) {
        // If the rotation names a third municipality by now, that one is notified like of any change.
        if meeting.host_id.is_some_and(|host| sides.contains(&host)) {
            turns::told_now(tx, who, meeting)?;
        }
    }
    notices::outcome(tx, who, &case)
}

/// Records that an open request has expired, and notifies everybody concerned.
pub fn expire(tx: &mut Tx, who: &impl Scope, case: &SwapCase, why: SwapLapse) -> Result<()> {
    let state = (SwapRequestState::Expired, Some(why));
    store::decide(tx, &case.request, state, None)?;
    let case = store::find(tx, who, case.request.series_id, case.request.id)?;
    notices::outcome(tx, who, &case)
}

/// Sets the state of a request. Returns the request as it is then.
fn decide(
    tx: &mut Tx,
    who: &impl Scope,
    request: &SwapRequest,
    (state, by): (SwapRequestState, By),
) -> Result<SwapCase> {
    store::decide(tx, request, (state, None), Some(by))?;
    store::find(tx, who, request.series_id, request.id)
}

/// The meetings that a municipality could give in return for the turn of a request.
pub fn own_meetings(
    conn: &mut DbConn,
    who: &impl Scope,
    case: &SwapCase,
    municipality: Id<Municipality>,
    now: Instant,
) -> Result<Vec<Meeting>> {
    let Some(meeting) = &case.meeting else {
        return Ok(Vec::new());
    };
    let candidates = match swap_candidates::pairs(conn, who, meeting, now) {
        Ok(candidates) => candidates,
        Err(Error::Conflict(..)) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let asker = case.request.municipality_id;
    let may_be = |blackouts: &[SwapBlackout]| {
        case.request.nevertheless || blackouts.iter().all(|one| one.municipality.id != asker)
    };
    let own = candidates
        .into_iter()
        .filter(|(_, candidate)| candidate.host.id == municipality && may_be(&candidate.blackouts));
    Ok(own.map(|(meeting, _)| meeting).collect())
}
