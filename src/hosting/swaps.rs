//! Requests to swap turns: asked, accepted, declined, taken back, undone, and over by themselves.
//!
//! Nothing changes until somebody accepts. Then the hosts change as by any swap or stand-in, by
//! `rotation::changes`, and so do the ledger and the plan.
use super::candidates::{self, Calendar, SwapBlackout, swappable};
use super::store::{self, Case};
use super::{
    AcceptSwap, By, NewSwapRequest, SwapAnswer, SwapAnswerState, SwapLapse, SwapRequest,
    SwapRequestState, confirmations, notices, turns,
};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::meetings::{self, Meeting, Status, planning};
use crate::municipalities::Municipality;
use crate::rotation;
use crate::series::Series;

/// A meeting's turn is offered at most so often: each time is a mail to others.
const MAX_REQUESTS: usize = 20;

/// Asks others to take the turn of a meeting, and writes to their delegates.
///
/// # Errors
/// The fields that break a rule; a conflict if the meeting cannot be swapped, has an open request
/// (`duplicate`) or had too many, nobody can be asked, or blackout dates stand against it.
pub fn ask(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    new: &NewSwapRequest,
    by: By,
) -> Result<Id<SwapRequest>> {
    let now = tx.now;
    let meeting = of_series(tx, who, series, new.meeting_id, "meeting_id")?;
    let asker = swappable(tx, who, &meeting, now)?;
    make_room(tx, who, series, &meeting)?;
    let calendar = Calendar::load(tx, who)?;
    let others = asked(tx, who, series, (&meeting, asker), &calendar, new)?;
    let id = store::insert(tx, who, &meeting, (asker, &others), new, by)?;
    let case = store::find(tx, who, series.id, id)?;
    notices::asked(tx, who, &case)?;
    Ok(id)
}

/// That the meeting has no open request. One that is over without anybody having noticed yet goes.
fn make_room(tx: &mut Tx, who: &impl Scope, series: &Series, meeting: &Meeting) -> Result<()> {
    let known = store::of_meeting(tx, who, meeting.id)?;
    if known.len() >= MAX_REQUESTS {
        let message = format!("at most {MAX_REQUESTS} swap requests for one meeting");
        return Err(Error::conflict("too_many", message));
    }
    let open = known
        .iter()
        .find(|request| request.state == SwapRequestState::Open);
    if let Some(request) = open {
        let case = store::find(tx, who, series.id, request.id)?;
        let Some(why) = lapse(&case, tx.now) else {
            let message = "there is an open swap request for this meeting";
            return Err(Error::conflict("duplicate", message));
        };
        expire(tx, who, series.id, (&case, why))?;
    }
    Ok(())
}

/// Whether others are asked at present to take the turn of a meeting.
pub fn is_offered(conn: &mut DbConn, who: &impl Scope, meeting: &Meeting) -> Result<bool> {
    let requests = store::of_meeting(conn, who, meeting.id)?;
    let mut open = requests.iter().filter(|request| {
        request.state == SwapRequestState::Open && Some(request.municipality_id) == meeting.host_id
    });
    Ok(open.next().is_some())
}

fn of_series(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    id: Id<Meeting>,
    field: &str,
) -> Result<Meeting> {
    let found = store::meeting(tx, who, id)?;
    found
        .filter(|meeting| meeting.series_id == series.id)
        .ok_or_else(|| Error::invalid(field, "exists", "the series has no such meeting"))
}

/// Whom a new request goes to.
fn asked(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    (meeting, asker): (&Meeting, Id<Municipality>),
    calendar: &Calendar,
    new: &NewSwapRequest,
) -> Result<Vec<Id<Municipality>>> {
    let now = tx.now;
    if let Some(id) = new.partner_meeting_id {
        let partner = of_series(tx, who, series, id, "partner_meeting_id")?;
        let host = swappable(tx, who, &partner, now)?;
        if new.municipality_id.is_some_and(|named| named != host) {
            let message = "must be the host of the meeting that is wanted";
            return Err(Error::invalid("municipality_id", "host", message));
        }
        if host == asker {
            let message = "both meetings have the same host";
            return Err(Error::invalid("partner_meeting_id", "same", message));
        }
        check_member(calendar, asker, &partner)?;
        check_member(calendar, host, meeting)?;
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
        check_member(calendar, named, meeting)?;
        if !new.nevertheless {
            calendar.check_free(named, meeting.date)?;
        }
        return Ok(vec![named]);
    }
    let all = calendar.municipalities.iter();
    let others = all.filter(|one| one.id != asker && one.is_member_on(meeting.date));
    let others: Vec<_> = others.map(|one| one.id).collect();
    match others.is_empty() {
        true => Err(Error::conflict("nobody", "there is nobody to ask")),
        false => Ok(others),
    }
}

fn check_member(calendar: &Calendar, id: Id<Municipality>, meeting: &Meeting) -> Result<()> {
    if calendar.is_member(id, meeting.date) {
        return Ok(());
    }
    let name = calendar.named(id).name;
    let message = format!("{name} is no member on {}", meeting.date);
    Err(Error::conflict("member", message))
}

/// What has become of a meeting of an open request, so that it can no longer be accepted.
#[must_use]
pub fn lapse(case: &Case, now: Instant) -> Option<SwapLapse> {
    let Case {
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
        Status::Cancelled => Some(SwapLapse::Cancelled),
        Status::Invited | Status::Held => Some(SwapLapse::Invited),
        Status::Planned if meeting.starts_at <= now => Some(SwapLapse::Begun),
        Status::Planned if meeting.host_id != host => Some(SwapLapse::HostChanged),
        Status::Planned => None,
    }
}

fn is_open(case: &Case, now: Instant) -> Result<()> {
    let state = case.request.state;
    if state != SwapRequestState::Open {
        let message = format!("this swap request is {state}");
        return Err(Error::conflict("state", message));
    }
    match lapse(case, now) {
        Some(why) => {
            let message = format!("this swap request has expired: {why}");
            Err(Error::conflict("expired", message))
        }
        None => Ok(()),
    }
}

fn answer_of(case: &Case, municipality: Id<Municipality>) -> Result<&SwapAnswer> {
    let mut answers = case.answers.iter();
    answers
        .find(|answer| answer.municipality_id == municipality)
        .ok_or(Error::Forbidden(
            "only a municipality that was asked may do this",
        ))
}

/// Takes the turn for a municipality that was asked, and gives one of its own for it, or none. Both
/// sides are told; the plan is settled.
///
/// # Errors
/// A conflict if the request is not open any more, or blackout dates stand against it; a field that
/// breaks a rule.
pub fn accept(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    (case, municipality): (&Case, Id<Municipality>),
    how: &AcceptSwap,
    by: By,
) -> Result<()> {
    let now = tx.now;
    is_open(case, now)?;
    let (request, answer) = (&case.request, answer_of(case, municipality)?);
    let Some(meeting) = &case.meeting else {
        return Err(Error::NotFound);
    };
    swappable(tx, who, meeting, now)?;
    let calendar = Calendar::load(tx, who)?;
    check_member(&calendar, municipality, meeting)?;
    if !request.nevertheless && !how.nevertheless {
        calendar.check_free(municipality, meeting.date)?;
    }
    let given = given(tx, who, series, (case, municipality), how)?;
    if let Some(given) = &given {
        check_member(&calendar, request.municipality_id, given)?;
        if !request.nevertheless {
            calendar.check_free(request.municipality_id, given.date)?;
        }
        let both = (meeting.id, given.id);
        rotation::changes::exchange(tx, who, series, both, request.reason.as_ref())?;
    } else {
        let turn = (meeting.id, municipality);
        rotation::changes::hand_over(tx, who, series, turn, request.reason.clone())?;
    }
    planning::settle(tx, &SystemActor::within(who.cooperation()))?;
    let given = given.map(|given| given.id);
    store::answer(tx, answer, (SwapAnswerState::Accepted, given), None, by)?;
    store::decide(tx, request, (SwapRequestState::Accepted, None), Some(by))?;
    let case = store::find(tx, who, series.id, request.id)?;
    let asker = By {
        person: request.asked_by_id,
        way: request.asked_way,
    };
    for (meeting, consents) in [(&case.meeting, by), (&case.partner, asker)] {
        if let Some(meeting) = meeting {
            turns::told_now(tx, who, meeting)?;
            confirmations::consent(tx, who, meeting, consents)?;
        }
    }
    notices::outcome(tx, who, &case)
}

/// The meeting that a municipality gives for the turn it takes.
fn given(
    tx: &mut Tx,
    who: &impl Scope,
    series: &Series,
    (case, municipality): (&Case, Id<Municipality>),
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
    let given = of_series(tx, who, series, chosen, "meeting_id")?;
    let now = tx.now;
    if swappable(tx, who, &given, now)? == municipality {
        return Ok(Some(given));
    }
    let message = "must be a meeting that the accepting municipality hosts";
    Err(Error::invalid("meeting_id", "host", message))
}

/// Declines for a municipality that was asked. Once all have, the request is declined, and both
/// sides are told.
///
/// # Errors
/// A conflict if the request is not open any more.
pub fn decline(
    tx: &mut Tx,
    who: &impl Scope,
    series: Id<Series>,
    (case, municipality): (&Case, Id<Municipality>),
    reason: Option<&String>,
    by: By,
) -> Result<()> {
    is_open(case, tx.now)?;
    let answer = answer_of(case, municipality)?;
    let declined = SwapAnswerState::Declined;
    store::answer(tx, answer, (declined, None), reason, by)?;
    let mut others = case.answers.iter().filter(|other| other.id != answer.id);
    if !others.all(|other| other.state == declined) {
        return Ok(());
    }
    let state = (SwapRequestState::Declined, None);
    store::decide(tx, &case.request, state, Some(by))?;
    let case = store::find(tx, who, series, case.request.id)?;
    notices::outcome(tx, who, &case)
}

/// Takes an open request back; those asked are told.
///
/// # Errors
/// A conflict if it is not open any more.
pub fn withdraw(
    tx: &mut Tx,
    who: &impl Scope,
    series: Id<Series>,
    case: &Case,
    by: By,
) -> Result<()> {
    is_open(case, tx.now)?;
    let state = (SwapRequestState::Withdrawn, None);
    store::decide(tx, &case.request, state, Some(by))?;
    let case = store::find(tx, who, series, case.request.id)?;
    notices::outcome(tx, who, &case)
}

/// Whether what was agreed on can still be undone, as far as the meetings say.
#[must_use]
pub fn can_be_undone(case: &Case, now: Instant) -> bool {
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

/// Puts back what was agreed on, as long as nobody is invited to either meeting; both sides are told.
///
/// # Errors
/// A conflict if nobody has accepted, it is too late, or another host was set since.
pub fn undo(tx: &mut Tx, who: &impl Scope, series: Id<Series>, case: &Case, by: By) -> Result<()> {
    let now = tx.now;
    let (Some(meeting), Some(accepted), Some(agreed_at)) =
        (&case.meeting, case.accepted(), case.request.decided_at)
    else {
        let message = format!("this swap request is {}", case.request.state);
        return Err(Error::conflict("state", message));
    };
    if !can_be_undone(case, now) {
        let message = match case.request.state {
            SwapRequestState::Accepted => "an invitation is out, or another host was set since",
            _ => "there is nothing to undo",
        };
        return Err(Error::conflict("state", message));
    }
    rotation::changes::take_back_agreed(tx, who, meeting, agreed_at)?;
    planning::settle(tx, &SystemActor::within(who.cooperation()))?;
    let state = (SwapRequestState::Undone, None);
    store::decide(tx, &case.request, state, Some(by))?;
    let sides = [case.request.municipality_id, accepted.municipality_id];
    let case = store::find(tx, who, series, case.request.id)?;
    for meeting in case.meeting.iter().chain(&case.partner) {
        // Should the rotation name a third one by now, that is news, and told as such.
        if meeting.host_id.is_some_and(|host| sides.contains(&host)) {
            turns::told_now(tx, who, meeting)?;
        }
    }
    notices::outcome(tx, who, &case)
}

/// Notes that an open request is over, and tells both sides.
pub fn expire(
    tx: &mut Tx,
    who: &impl Scope,
    series: Id<Series>,
    (case, why): (&Case, SwapLapse),
) -> Result<()> {
    let state = (SwapRequestState::Expired, Some(why));
    store::decide(tx, &case.request, state, None)?;
    let case = store::find(tx, who, series, case.request.id)?;
    notices::outcome(tx, who, &case)
}

/// The meeting of a new request, for whoever asks whether it may be asked for.
///
/// # Errors
/// The field `meeting_id`, if the series has no such meeting.
pub fn offered(tx: &mut Tx, who: &impl Scope, series: &Series, id: Id<Meeting>) -> Result<Meeting> {
    of_series(tx, who, series, id, "meeting_id")
}

/// The meetings that a municipality could give for the turn of a request.
pub fn own_meetings(
    conn: &mut DbConn,
    who: &impl Scope,
    case: &Case,
    municipality: Id<Municipality>,
    now: Instant,
) -> Result<Vec<Meeting>> {
    let Some(meeting) = &case.meeting else {
        return Ok(Vec::new());
    };
    let candidates = match candidates::of(conn, who, meeting, now) {
        Ok(candidates) => candidates,
        Err(Error::Conflict(..)) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let asker = case.request.municipality_id;
    let may_be = |blackouts: &[SwapBlackout]| {
        case.request.nevertheless || blackouts.iter().all(|one| one.municipality.id != asker)
    };
    let mut own = Vec::new();
    for candidate in candidates {
        if candidate.host.id == municipality && may_be(&candidate.blackouts) {
            own.push(meetings::store::find(conn, who, candidate.meeting_id)?);
        }
    }
    Ok(own)
}
