//! Proposing another time, and deciding about it.
use chrono::{SubsecRound, Timelike};

use super::{CounterProposal, Declining, ProposalState, ProposalView, Proposed, check};
use super::{notices, store};
use crate::Tx;
use crate::attendance::answers;
use crate::auth::{Host, Scope};
use crate::db::{Id, Instant};
use crate::error::{Result, conflict_unless};
use crate::http::body::ExpectedRevision;
use crate::invitations::context::MeetingContext;
use crate::meetings::{self, Meeting, MeetingPatch, span};
use crate::people::Person;
use crate::people::on_day::PersonOnDay;

/// How many open proposals a meeting may have.
const MAX_OPEN: i64 = 50;
/// Characters of a comment that are kept, as many as one to an answer may have.
const COMMENT_KEPT: usize = 1000;

/// Stores a proposal of an invited person, which supersedes those the same person has made before, and
/// notifies the host's delegates and the coordinators. All rules are checked before anything is written.
///
/// # Errors
/// A conflict as for [`check`]; if the meeting takes place at that time (`same_time`), the person may not
/// answer ([`answers::may_answer`]), or there are too many proposals (`too_many`).
pub fn propose(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
    proposed: &Proposed,
) -> Result<Id<CounterProposal>> {
    let now = tx.now;
    let (starts_at, ends_at) = (minute(proposed.starts_at), minute(proposed.ends_at));
    check(starts_at, ends_at, now)?;
    let differs = (starts_at, ends_at) != (meeting.starts_at, meeting.ends_at);
    let words = "this is when the meeting takes place";
    conflict_unless(differs, "same_time", words)?;
    answers::may_answer(tx, who, meeting, person, now)?;
    let others = store::count_open_of_others(tx, who, meeting.id, person)?;
    let words = format!("a meeting has at most {MAX_OPEN} open proposals");
    conflict_unless(others < MAX_OPEN, "too_many", words)?;
    store::supersede(tx, who, meeting.id, Some(person))?;
    let comment = proposed.comment.as_deref().map(str::trim);
    let comment = comment.filter(|text| !text.is_empty());
    let comment = comment.map(|text| text.chars().take(COMMENT_KEPT).collect::<String>());
    let proposed = Proposed {
        starts_at,
        ends_at,
        comment,
        ..proposed.clone()
    };
    let id = store::insert(tx, who, meeting.id, person, &proposed)?;
    let context = MeetingContext::within(tx, who, meeting.clone())?;
    let row = store::find(tx, who, meeting.id, id)?;
    notices::tell_hosts(tx, who, &context, &row)?;
    Ok(id)
}

fn minute(at: Instant) -> Instant {
    let at = at.trunc_subsecs(0);
    at.with_second(0).unwrap_or(at).into()
}

/// Moves the meeting to the proposed time, like any other move: everybody invited is notified. All other
/// open proposals are superseded.
///
/// # Errors
/// [`Error::NotFound`](crate::error::Error::NotFound); a conflict if the proposal is not open, its time is past or ambiguous in the zone
/// of the meeting (`ambiguous`), or the meeting cannot be moved any more.
pub fn accept(tx: &mut Tx, who: &Host, meeting: &Meeting, id: Id<CounterProposal>) -> Result<()> {
    let row = store::find(tx, who, meeting.id, id)?;
    row.check_open()?;
    check(row.starts_at, row.ends_at, tx.now)?;
    let local = row.starts_at.with_timezone(&meeting.zone()).naive_local();
    let minutes = (*row.ends_at - *row.starts_at).num_minutes();
    let minutes = i32::try_from(minutes).unwrap_or(i32::MAX);
    let is_same = span(local, meeting.zone(), minutes) == (row.starts_at, row.ends_at);
    let words = "there are two such times on this day, and the meeting would take the other";
    conflict_unless(is_same, "ambiguous", words)?;
    let patch = MeetingPatch {
        date: Some(local.date()),
        start_time: Some(local.time()),
        duration_minutes: Some(minutes),
        ..MeetingPatch::default()
    };
    meetings::lifecycle::change(tx, who, meeting, &patch)?;
    store::decide(tx, &row, ProposalState::Accepted)?;
    store::supersede(tx, who, meeting.id, None)
}

/// Declines a proposal: its author gets a DECLINECOUNTER (RFC 5546 section 3.2.8), and the meeting stays.
///
/// # Errors
/// [`Error::NotFound`](crate::error::Error::NotFound), [`Error::Stale`](crate::error::Error::Stale); a conflict if the proposal is not open.
pub fn decline(
    tx: &mut Tx,
    who: &Host,
    meeting: &Meeting,
    (id, expected): (Id<CounterProposal>, ExpectedRevision),
    declining: &Declining,
) -> Result<ProposalView> {
    let row = store::find(tx, who, meeting.id, id)?;
    expected.check(row.revision)?;
    row.check_open()?;
    store::decide(tx, &row, ProposalState::Declined)?;
    let context = MeetingContext::within(tx, who, meeting.clone())?;
    notices::tell_declined(tx, who, &context, &row, declining.reason.as_deref())?;
    let person = context.people.get(&row.person_id);
    let name = person.map(PersonOnDay::name).unwrap_or_default();
    Ok(store::find(tx, who, meeting.id, id)?.view(name, meeting.zone()))
}
