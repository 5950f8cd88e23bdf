//! Queries of counter proposals.
use diesel::prelude::*;

use super::{CounterProposal, ProposalState, ProposalView, Proposed};
use crate::Tx;
use crate::auth::{Host, Scope};
use crate::db::schema::{counter_proposals, people};
use crate::db::{DbConn, Id};
use crate::error::Result;
use crate::meetings::Meeting;
use crate::people::Person;

/// One proposal for a meeting.
///
/// # Errors
/// [`crate::error::Error::NotFound`] if there is none with this key.
pub(super) fn find(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
    id: Id<CounterProposal>,
) -> Result<CounterProposal> {
    Ok(counter_proposals::table
        .find(id)
        .filter(counter_proposals::cooperation_id.eq(who.cooperation()))
        .filter(counter_proposals::meeting_id.eq(meeting))
        .select(CounterProposal::as_select())
        .first(conn)?)
}

/// One page of the proposals for a meeting, the oldest first.
pub(super) fn page(
    conn: &mut DbConn,
    who: &Host,
    meeting: &Meeting,
    after: Option<Id<CounterProposal>>,
    limit: i64,
) -> Result<Vec<ProposalView>> {
    let mut query = counter_proposals::table
        .inner_join(people::table.on(people::id.eq(counter_proposals::person_id)))
        .filter(counter_proposals::cooperation_id.eq(who.cooperation()))
        .filter(counter_proposals::meeting_id.eq(meeting.id))
        .order(counter_proposals::id)
        .limit(limit)
        .select((
            CounterProposal::as_select(),
            people::given_name,
            people::family_name,
        ))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(counter_proposals::id.gt(after));
    }
    let rows: Vec<(CounterProposal, String, String)> = query.load(conn)?;
    let zone = meeting.zone();
    Ok(rows
        .into_iter()
        .map(|(row, given, family)| row.view(format!("{given} {family}"), zone))
        .collect())
}

/// How many open proposals for a meeting other people than `person` have made.
pub(super) fn count_open_of_others(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
    person: Id<Person>,
) -> Result<i64> {
    Ok(counter_proposals::table
        .filter(counter_proposals::cooperation_id.eq(who.cooperation()))
        .filter(counter_proposals::meeting_id.eq(meeting))
        .filter(counter_proposals::state.eq(ProposalState::Open))
        .filter(counter_proposals::person_id.ne(person))
        .count()
        .get_result(conn)?)
}

/// Stores a proposal, which is open.
pub(super) fn insert(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: Id<Meeting>,
    person: Id<Person>,
    proposed: &Proposed,
) -> Result<Id<CounterProposal>> {
    let (id, now) = (tx.id(), tx.now);
    diesel::insert_into(counter_proposals::table)
        .values((
            counter_proposals::id.eq(id),
            counter_proposals::cooperation_id.eq(who.cooperation()),
            counter_proposals::meeting_id.eq(meeting),
            counter_proposals::person_id.eq(person),
            counter_proposals::inbound_mail_id.eq(proposed.mail),
            counter_proposals::starts_at.eq(proposed.starts_at),
            counter_proposals::ends_at.eq(proposed.ends_at),
            counter_proposals::comment.eq(&proposed.comment),
            counter_proposals::state.eq(ProposalState::Open),
            counter_proposals::created_at.eq(now),
            counter_proposals::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(id)
}

/// Stores what becomes of a proposal.
pub(super) fn decide(tx: &mut Tx, row: &CounterProposal, state: ProposalState) -> Result<()> {
    diesel::update(counter_proposals::table.find(row.id))
        .set((
            counter_proposals::state.eq(state),
            counter_proposals::decided_at.eq(tx.now),
            counter_proposals::modified_at.eq(tx.now),
            counter_proposals::revision.eq(row.revision + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Supersedes the open proposals for a meeting, of one person or of all.
pub(super) fn supersede(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: Id<Meeting>,
    of: Option<Id<Person>>,
) -> Result<()> {
    let open: Vec<CounterProposal> = counter_proposals::table
        .filter(counter_proposals::cooperation_id.eq(who.cooperation()))
        .filter(counter_proposals::meeting_id.eq(meeting))
        .filter(counter_proposals::state.eq(ProposalState::Open))
        .order(counter_proposals::id)
        .select(CounterProposal::as_select())
        .load(&mut **tx)?;
    for row in open {
        if of.is_none_or(|of| of == row.person_id) {
            decide(tx, &row, ProposalState::Superseded)?;
        }
    }
    Ok(())
}
