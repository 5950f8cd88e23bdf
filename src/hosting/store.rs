//! Queries of requests to swap turns.
use diesel::prelude::*;

use super::{
    By, NewSwapRequest, SwapAnswer, SwapAnswerState, SwapLapse, SwapRequest, SwapRequestState,
};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::cooperations::Cooperation;
use crate::db::schema::{swap_answers, swap_requests};
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::meetings::{self, Meeting};
use crate::municipalities::Municipality;
use crate::series::Series;

/// A request with all that decides about it.
pub struct Case {
    /// The request.
    pub request: SwapRequest,
    /// Those asked, in the order of their keys.
    pub answers: Vec<SwapAnswer>,
    /// The meeting whose turn is offered; none if it was taken out.
    pub meeting: Option<Meeting>,
    /// The meeting that is wanted, or was given for it; none if there is no such.
    pub partner: Option<Meeting>,
}

impl Case {
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
/// [`Error::NotFound`] if the series has none of that key.
pub fn find(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    id: Id<SwapRequest>,
) -> Result<Case> {
    let request: SwapRequest = swap_requests::table
        .find(id)
        .filter(swap_requests::cooperation_id.eq(who.cooperation()))
        .filter(swap_requests::series_id.eq(of))
        .filter(swap_requests::deleted_at.is_null())
        .select(SwapRequest::as_select())
        .first(conn)?;
    Ok(cases(conn, who, vec![request])?.remove(0))
}

/// The request that a personal link is for, and its cooperation. The link is the proof.
///
/// # Errors
/// [`Error::NotFound`] if there is none any more.
pub(super) fn by_link(
    conn: &mut DbConn,
    id: Id<SwapRequest>,
) -> Result<(SystemActor, Id<Series>, Case)> {
    let (cooperation, series): (Id<Cooperation>, Id<Series>) = swap_requests::table
        .find(id)
        .filter(swap_requests::deleted_at.is_null())
        .select((swap_requests::cooperation_id, swap_requests::series_id))
        .first(conn)?;
    let who = SystemActor::within(cooperation);
    let case = find(conn, &who, series, id)?;
    Ok((who, series, case))
}

/// Requests with their answers and meetings.
pub fn cases(conn: &mut DbConn, who: &impl Scope, requests: Vec<SwapRequest>) -> Result<Vec<Case>> {
    let ids: Vec<_> = requests.iter().map(|request| request.id).collect();
    let answers: Vec<SwapAnswer> = swap_answers::table
        .filter(swap_answers::cooperation_id.eq(who.cooperation()))
        .filter(swap_answers::request_id.eq_any(ids))
        .order(swap_answers::id)
        .select(SwapAnswer::as_select())
        .load(conn)?;
    let mut cases = Vec::new();
    for request in requests {
        let of_it = answers.iter().filter(|one| one.request_id == request.id);
        let answers: Vec<SwapAnswer> = of_it.cloned().collect();
        let given = answers
            .iter()
            .find(|one| one.state == SwapAnswerState::Accepted);
        let partner = given.map_or(request.partner_meeting_id, |given| given.meeting_id);
        cases.push(Case {
            meeting: meeting(conn, who, request.meeting_id)?,
            partner: match partner {
                Some(id) => meeting(conn, who, id)?,
                None => None,
            },
            answers,
            request,
        });
    }
    Ok(cases)
}

/// A meeting, if it was not taken out.
pub(super) fn meeting(
    conn: &mut DbConn,
    who: &impl Scope,
    id: Id<Meeting>,
) -> Result<Option<Meeting>> {
    match meetings::store::find(conn, who, id) {
        Ok(meeting) => Ok(Some(meeting)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
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

/// Keeps a request to these municipalities.
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

/// Keeps what a municipality has answered.
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

/// Brings a request into another state; without `by`, time did.
pub(super) fn decide(
    tx: &mut Tx,
    request: &SwapRequest,
    (state, lapse): (SwapRequestState, Option<SwapLapse>),
    by: Option<By>,
) -> Result<()> {
    let now = tx.now;
    diesel::update(swap_requests::table.find(request.id))
        .set((
            swap_requests::state.eq(state),
            swap_requests::lapse.eq(lapse),
            swap_requests::decided_at.eq(now),
            swap_requests::decided_by_id.eq(by.and_then(|by| by.person)),
            swap_requests::decided_way.eq(by.map(|by| by.way)),
            swap_requests::revision.eq(swap_requests::revision + 1),
            swap_requests::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Notes that a request was followed up.
pub(super) fn followed_up(tx: &mut Tx, request: &SwapRequest, days: i32) -> Result<()> {
    let now = tx.now;
    diesel::update(swap_requests::table.find(request.id))
        .set((
            swap_requests::followed_up_days.eq(days),
            swap_requests::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
