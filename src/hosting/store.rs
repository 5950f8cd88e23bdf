//! Queries of swap requests, and the rows of host confirmations.
use std::collections::HashMap;

use diesel::prelude::*;

use super::{
    By, NewSwapRequest, SwapAnswer, SwapAnswerState, SwapLapse, SwapRequest, SwapRequestState,
};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::cooperations::Cooperation;
use crate::db::schema::{host_confirmations, meetings, swap_answers, swap_requests};
use crate::db::{DbConn, Id};
use crate::error::Result;
use crate::meetings::Meeting;
use crate::meetings::confirmations::{self, HostConfirmation, HostConfirmationState};
use crate::municipalities::Municipality;
use crate::series::Series;

/// A swap request with its answers and meetings.
pub struct SwapCase {
    /// The request.
    pub request: SwapRequest,
    /// The answers, in the order of their keys.
    pub answers: Vec<SwapAnswer>,
    /// The meeting whose turn is offered; none if it was deleted.
    pub meeting: Option<Meeting>,
    /// The meeting that is wanted, or was given, in return.
    pub partner: Option<Meeting>,
}

impl SwapCase {
    /// The answer of the municipality that has accepted.
    #[must_use]
    pub fn accepted(&self) -> Option<&SwapAnswer> {
        let mut answers = self.answers.iter();
        answers.find(|answer| answer.state == SwapAnswerState::Accepted)
    }

    /// The earlier one of the two meetings.
    #[must_use]
    pub fn earlier(&self) -> Option<&Meeting> {
        let both = self.meeting.iter().chain(&self.partner);
        both.min_by_key(|meeting| meeting.starts_at)
    }
}

/// One request of a series.
///
/// # Errors
/// [`crate::error::Error::NotFound`] if the series has none with that key.
pub fn find(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    id: Id<SwapRequest>,
) -> Result<SwapCase> {
    let request: SwapRequest = swap_requests::table
        .find(id)
        .filter(swap_requests::cooperation_id.eq(who.cooperation()))
        .filter(swap_requests::series_id.eq(of))
        .filter(swap_requests::deleted_at.is_null())
        .select(SwapRequest::as_select())
        .first(conn)?;
    case(conn, who, request)
}

/// The request that a personal link is for, and its cooperation. The link authorizes the access.
///
/// # Errors
/// [`crate::error::Error::NotFound`] if it was deleted.
pub(super) fn by_link(conn: &mut DbConn, id: Id<SwapRequest>) -> Result<(SystemActor, SwapCase)> {
    let (cooperation, request): (Id<Cooperation>, SwapRequest) = swap_requests::table
        .find(id)
        .filter(swap_requests::deleted_at.is_null())
        .select((swap_requests::cooperation_id, SwapRequest::as_select()))
        .first(conn)?;
    let who = SystemActor::within(cooperation);
    let case = case(conn, &who, request)?;
    Ok((who, case))
}

/// A request with its answers and meetings.
pub(super) fn case(conn: &mut DbConn, who: &impl Scope, request: SwapRequest) -> Result<SwapCase> {
    Ok(cases(conn, who, vec![request])?.remove(0))
}

/// Requests with their answers and meetings, in the same order.
pub fn cases(
    conn: &mut DbConn,
    who: &impl Scope,
    requests: Vec<SwapRequest>,
) -> Result<Vec<SwapCase>> {
    cases_of(conn, &[who.cooperation()], requests)
}

/// The same for requests of several cooperations.
pub(super) fn cases_of(
    conn: &mut DbConn,
    of: &[Id<Cooperation>],
    requests: Vec<SwapRequest>,
) -> Result<Vec<SwapCase>> {
    let ids = requests.iter().map(|request| request.id);
    let rows: Vec<SwapAnswer> = swap_answers::table
        .filter(swap_answers::cooperation_id.eq_any(of))
        .filter(swap_answers::request_id.eq_any(ids.collect::<Vec<_>>()))
        .order(swap_answers::id)
        .select(SwapAnswer::as_select())
        .load(conn)?;
    let offered = requests.iter().map(|request| request.meeting_id);
    let wanted = requests.iter().filter_map(|one| one.partner_meeting_id);
    let given = rows.iter().filter_map(|answer| answer.meeting_id);
    let ids = offered.chain(wanted).chain(given);
    let meetings: Vec<Meeting> = meetings::table
        .filter(meetings::cooperation_id.eq_any(of))
        .filter(meetings::id.eq_any(ids.collect::<Vec<_>>()))
        .filter(meetings::deleted_at.is_null())
        .select(Meeting::as_select())
        .load(conn)?;
    let meetings: HashMap<_, _> = meetings.into_iter().map(|one| (one.id, one)).collect();
    let mut answers: HashMap<_, Vec<SwapAnswer>> = HashMap::new();
    for answer in rows {
        answers.entry(answer.request_id).or_default().push(answer);
    }
    let cases = requests.into_iter().map(|request| {
        let mut case = SwapCase {
            answers: answers.remove(&request.id).unwrap_or_default(),
            meeting: meetings.get(&request.meeting_id).cloned(),
            partner: None,
            request,
        };
        let partner = match case.accepted() {
            Some(accepted) => accepted.meeting_id,
            None => case.request.partner_meeting_id,
        };
        case.partner = partner.and_then(|id| meetings.get(&id).cloned());
        case
    });
    Ok(cases.collect())
}

/// The requests of a series after this one, the oldest first.
pub fn page(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    (state, after): (Option<SwapRequestState>, Option<Id<SwapRequest>>),
    limit: i64,
) -> Result<Vec<SwapRequest>> {
    let mut query = swap_requests::table
        .filter(swap_requests::cooperation_id.eq(who.cooperation()))
        .filter(swap_requests::series_id.eq(of))
        .filter(swap_requests::deleted_at.is_null())
        .order(swap_requests::id)
        .limit(limit)
        .select(SwapRequest::as_select())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(swap_requests::state.eq(state));
    }
    if let Some(after) = after {
        query = query.filter(swap_requests::id.gt(after));
    }
    Ok(query.load(conn)?)
}

/// All requests for the turn of a meeting.
pub fn of_meeting(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
) -> Result<Vec<SwapRequest>> {
    Ok(swap_requests::table
        .filter(swap_requests::cooperation_id.eq(who.cooperation()))
        .filter(swap_requests::meeting_id.eq(meeting))
        .filter(swap_requests::deleted_at.is_null())
        .order(swap_requests::id)
        .select(SwapRequest::as_select())
        .load(conn)?)
}

/// Inserts a request to these municipalities.
pub(super) fn insert(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    (municipality, others): (Id<Municipality>, &[Id<Municipality>]),
    new: &NewSwapRequest,
    by: By,
) -> Result<Id<SwapRequest>> {
    let (id, now) = (tx.id::<SwapRequest>(), tx.now);
    diesel::insert_into(swap_requests::table)
        .values((
            swap_requests::id.eq(id),
            swap_requests::cooperation_id.eq(who.cooperation()),
            swap_requests::series_id.eq(meeting.series_id),
            swap_requests::meeting_id.eq(meeting.id),
            swap_requests::municipality_id.eq(municipality),
            swap_requests::partner_meeting_id.eq(new.partner_meeting_id),
            swap_requests::reason.eq(&new.reason),
            swap_requests::nevertheless.eq(new.nevertheless),
            swap_requests::asked_by_id.eq(by.person),
            swap_requests::asked_way.eq(by.way),
            swap_requests::state.eq(SwapRequestState::Open),
            swap_requests::created_at.eq(now),
            swap_requests::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    for other in others {
        let answer = tx.id::<SwapAnswer>();
        diesel::insert_into(swap_answers::table)
            .values((
                swap_answers::id.eq(answer),
                swap_answers::cooperation_id.eq(who.cooperation()),
                swap_answers::request_id.eq(id),
                swap_answers::municipality_id.eq(other),
                swap_answers::state.eq(SwapAnswerState::Open),
                swap_answers::created_at.eq(now),
                swap_answers::modified_at.eq(now),
            ))
            .execute(&mut **tx)?;
    }
    Ok(id)
}

/// Records the answer of a municipality.
pub(super) fn answer(
    tx: &mut Tx,
    known: &SwapAnswer,
    (state, meeting): (SwapAnswerState, Option<Id<Meeting>>),
    reason: Option<&String>,
    by: By,
) -> Result<()> {
    let now = tx.now;
    diesel::update(swap_answers::table.find(known.id))
        .set((
            swap_answers::state.eq(state),
            swap_answers::meeting_id.eq(meeting),
            swap_answers::reason.eq(reason),
            swap_answers::answered_at.eq(now),
            swap_answers::person_id.eq(by.person),
            swap_answers::way.eq(by.way),
            swap_answers::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    diesel::update(swap_requests::table.find(known.request_id))
        .set((
            swap_requests::revision.eq(swap_requests::revision + 1),
            swap_requests::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Sets the state of a request; `by` is none if it has expired.
pub(super) fn decide(
    tx: &mut Tx,
    request: &SwapRequest,
    (state, lapse): (SwapRequestState, Option<SwapLapse>),
    by: Option<By>,
) -> Result<()> {
    diesel::update(swap_requests::table.find(request.id))
        .set((
            swap_requests::state.eq(state),
            swap_requests::lapse.eq(lapse),
            swap_requests::decided_at.eq(tx.now),
            swap_requests::decided_by_id.eq(by.and_then(|by| by.person)),
            swap_requests::decided_way.eq(by.map(|by| by.way)),
            swap_requests::revision.eq(swap_requests::revision + 1),
            swap_requests::modified_at.eq(tx.now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Records that those asked were reminded of a request.
pub(super) fn followed_up(tx: &mut Tx, request: &SwapRequest, days: i32) -> Result<()> {
    diesel::update(swap_requests::table.find(request.id))
        .set((
            swap_requests::followed_up_days.eq(days),
            swap_requests::modified_at.eq(tx.now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Records that the host of a meeting was asked to confirm.
pub(super) fn ask_host(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    host: Id<Municipality>,
) -> Result<Id<HostConfirmation>> {
    let row = confirmation_of(tx, who, meeting, host)?;
    diesel::update(host_confirmations::table.find(row))
        .set((
            host_confirmations::state.eq(HostConfirmationState::Asked),
            host_confirmations::asked_at.eq(tx.now),
        ))
        .execute(&mut **tx)?;
    Ok(row)
}

/// Records the answer of the host of a meeting; without a host, nothing.
pub(super) fn answer_of_host(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    (state, reason): (HostConfirmationState, Option<&str>),
    by: By,
) -> Result<()> {
    let Some(host) = meeting.host_id else {
        return Ok(());
    };
    let row = confirmation_of(tx, who, meeting, host)?;
    diesel::update(host_confirmations::table.find(row))
        .set((
            host_confirmations::state.eq(state),
            host_confirmations::reason.eq(reason),
            host_confirmations::answered_at.eq(tx.now),
            host_confirmations::person_id.eq(by.person),
            host_confirmations::way.eq(by.way),
            host_confirmations::modified_at.eq(tx.now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Records that the coordinators were warned.
pub(super) fn warned_of_host(tx: &mut Tx, row: &HostConfirmation) -> Result<()> {
    diesel::update(host_confirmations::table.find(row.id))
        .set((
            host_confirmations::warned_at.eq(tx.now),
            host_confirmations::modified_at.eq(tx.now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// The row of the present host, which replaces the row of an earlier one.
fn confirmation_of(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    host: Id<Municipality>,
) -> Result<Id<HostConfirmation>> {
    let now = tx.now;
    match confirmations::of_meeting(tx, who, meeting.id)? {
        Some(known) if known.municipality_id == host => return Ok(known.id),
        Some(other) => {
            diesel::update(host_confirmations::table.find(other.id))
                .set((
                    host_confirmations::deleted_at.eq(now),
                    host_confirmations::modified_at.eq(now),
                ))
                .execute(&mut **tx)?;
        }
        None => {}
    }
    let id = tx.id::<HostConfirmation>();
    diesel::insert_into(host_confirmations::table)
        .values((
            host_confirmations::id.eq(id),
            host_confirmations::cooperation_id.eq(who.cooperation()),
            host_confirmations::meeting_id.eq(meeting.id),
            host_confirmations::municipality_id.eq(host),
            host_confirmations::state.eq(HostConfirmationState::Asked),
            host_confirmations::created_at.eq(now),
            host_confirmations::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(id)
}
