//! Decides who is due at the open meetings of a series (`docs/rotation.md`): in the plain order where nothing speaks
//! against it, otherwise by the best plan that the solver finds. What is decided is stored with the meetings.
//!
//! Of the members that can host on the day and did not have the previous turn, the plain order takes the one with the
//! least balance (turns charged so far and credit: see [`Balance`](super::accounts::Balance)); among equals the one whose
//! last turn is longest ago; then the first in the order. So as long as everybody can host, no two members that joined
//! together ever differ by more than one turn.
use std::cmp::Reverse;

use super::accounts::{Accounts, TURN};
use super::cohosts;
use super::plan::{Assignments, HostPlan, MeetingSlot, RotationMember, TurnStatus};
use super::solver_cache::Solver;
use super::solver_input::{Criteria, SolverInput, has_equal_shares, is_firm, is_given};
use crate::db::Id;
use crate::error::Result;
use crate::municipalities::Municipality;
use solver::Effort;

/// How much of the present plan stays when it is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Replan {
    /// All that is possible; only meetings without a turn are planned. For what is no change of the plan's conditions: time
    /// has passed, and meetings were added.
    Hold,
    /// All of it, as long as it is possible and fair, with the turns that are given; otherwise as with [`Replan::Order`].
    Keep,
    /// The turns of near meetings where fairness allows; the others follow the plain order. For changes of the members and
    /// their order.
    Order,
    /// Only the turns that were confirmed.
    Anew,
}

/// Decides who is due at the open meetings. A meeting that no municipality can host is left out. The same input gives the
/// same plan, and deciding again changes nothing.
///
/// # Errors
/// If the solver gives up.
pub fn decide(
    members: &[RotationMember],
    slots: &[MeetingSlot],
    criteria: &Criteria,
    replan: Replan,
    solver: &Solver,
) -> Result<Assignments> {
    let held: Vec<MeetingSlot>;
    let (slots, replan) = if replan == Replan::Hold {
        held = slots.iter().map(MeetingSlot::held).collect();
        (held.as_slice(), Replan::Keep)
    } else {
        (slots, replan)
    };
    let mut order = plain_order(members, slots, replan);
    if replan == Replan::Keep && !(order.keeps_all && order.is_even) {
        order = plain_order(members, slots, Replan::Order);
    }
    if order.is_even && is_plain(members, slots, criteria) {
        return Ok(order.dues);
    }
    let mut slots = slots.to_vec();
    for slot in &mut slots {
        // The solver plans around the meetings that are hosted together.
        if is_given(members, slot) {
            slot.due = order.dues.get(&slot.meeting).copied();
        }
    }
    let input = SolverInput::new(members, &slots, criteria);
    let mut planned = slots
        .iter()
        .filter(|slot| slot.is_open() && !is_given(members, slot));
    let has_plan = planned.any(|slot| slot.due.is_some());
    let effort = if has_plan && replan != Replan::Anew {
        Effort::Keep
    } else {
        Effort::Thorough
    };
    let mut dues = input.assignments(&solver.solve(&input.problem, effort)?);
    let given = slots.iter().filter(|slot| is_given(members, slot));
    dues.extend(given.filter_map(|slot| Some((slot.meeting, slot.due?))));
    Ok(dues)
}

/// Whether nothing speaks against the plain order: on the days of the open meetings all members have the same share and
/// no blackout, none of these meetings is hosted together, and travel has no weight.
#[must_use]
pub fn is_plain(members: &[RotationMember], slots: &[MeetingSlot], criteria: &Criteria) -> bool {
    let mut open = slots.iter().filter(|slot| slot.is_open());
    criteria.weights.travel == 0
        && open.all(|slot| {
            let mut present = members.iter().filter(|one| one.takes_part_on(slot.on));
            cohosts::effective(members, slot).is_empty()
                && has_equal_shares(members, slot.on, criteria)
                && present.all(|member| member.blackout_on(slot.on).is_none())
        })
}

/// The plain order, with some of the present plan.
#[derive(Debug)]
pub struct PlainOrder {
    /// Who is due at the open meetings.
    pub dues: Assignments,
    /// Whether every open meeting has kept its turn.
    keeps_all: bool,
    /// Whether the turns that are given are where the order could have put them: nobody has one that is a whole turn ahead
    /// of another that can host, or two in a row.
    is_even: bool,
}

/// The plain order around the turns that are given.
#[must_use]
pub fn plain_order(
    members: &[RotationMember],
    slots: &[MeetingSlot],
    replan: Replan,
) -> PlainOrder {
    let keeps = |slot: &MeetingSlot| match replan {
        Replan::Hold | Replan::Keep => true,
        Replan::Order => slot.near,
        Replan::Anew => false,
    };
    let given: Vec<Option<Id<Municipality>>> =
        slots.iter().map(|slot| given(members, slot)).collect();
    let mut order = PlainOrder {
        dues: Assignments::new(),
        keeps_all: true,
        is_even: true,
    };
    let (mut next, mut has_begun) = (0, false);
    let due = |accounts: &Accounts, slot: &MeetingSlot| {
        let place = next;
        next += 1;
        if !has_begun {
            has_begun = slot.is_open();
            order.is_even = accounts.is_even(slot);
        }
        let following = given[place + 1..].iter().zip(&slots[place + 1..]);
        let mut following = following.filter(|(_, slot)| slot.status != TurnStatus::GivenBack);
        let candidates = Candidates {
            members,
            accounts,
            slot,
            next_given: following.next().and_then(|(given, _)| *given),
        };
        if let Some(due) = given[place] {
            order.is_even &= !has_begun || is_in_order(&candidates, due);
            if slot.is_open() {
                order.dues.insert(slot.meeting, due);
            }
            return Some(due);
        }
        if !slot.is_open() {
            return None;
        }
        let stays = slot
            .due
            .filter(|_| keeps(slot))
            .and_then(|due| candidates.keep(due));
        let later = |id| {
            let kept = slots[place + 1..]
                .iter()
                .filter(|later| keeps(later) && later.is_open());
            kept.clone().position(|later| later.due == Some(id))
        };
        let due = stays.or_else(|| candidates.first(|id| keeps(slot).then(|| later(id)).flatten()));
        order.keeps_all &= slot.due.is_none() || due == slot.due;
        order.dues.extend(due.map(|due| (slot.meeting, due)));
        due
    };
    HostPlan::build(members, slots, due, |_, _, _| ());
    order
}

/// Who is due at a slot that is not planned.
fn given(members: &[RotationMember], slot: &MeetingSlot) -> Option<Id<Municipality>> {
    match slot.status {
        TurnStatus::GivenBack => None,
        TurnStatus::Settled { due, .. } => due,
        TurnStatus::Open { .. } => slot.due.filter(|_| is_firm(members, slot)),
    }
}

/// Whether a given turn is one that the order could have made.
fn is_in_order(candidates: &Candidates, due: Id<Municipality>) -> bool {
    candidates.able().is_empty() || candidates.keep(due).is_some()
}

/// Who could be due at a slot.
struct Candidates<'a> {
    members: &'a [RotationMember],
    accounts: &'a Accounts<'a>,
    slot: &'a MeetingSlot,
    /// Who has the next turn, if that is given.
    next_given: Option<Id<Municipality>>,
}

impl Candidates<'_> {
    /// Those that can host, by their index in the order.
    fn able(&self) -> Vec<usize> {
        let cohosts = cohosts::effective(self.members, self.slot);
        let can_host = |place: &usize| {
            let member = self.accounts.members[*place];
            member.can_host_on(self.slot.on) && !cohosts.contains(&member.id)
        };
        (0..self.accounts.members.len()).filter(can_host).collect()
    }

    /// Whether it would have two turns in a row.
    fn twice(&self, place: usize) -> bool {
        self.accounts.had_last_turn(place)
            || self.next_given == Some(self.accounts.members[place].id)
    }

    /// Lets a municipality keep its turn, if it is less than a whole turn ahead of every other that can host, and does not
    /// have two in a row.
    fn keep(&self, due: Id<Municipality>) -> Option<Id<Municipality>> {
        let (place, able) = (self.accounts.place(due)?, self.able());
        let balance = |place: &usize| self.accounts.by_member[*place].balance().thousandths();
        let others = able.iter().filter(|other| !self.twice(**other));
        let fair = match others.map(balance).min() {
            Some(least) => !self.twice(place) && balance(&place) - least < TURN,
            None => true,
        };
        (able.contains(&place) && fair).then_some(due)
    }

    /// The first in the order. Of those with the least balance, those come last that keep a turn soon: `later` says which
    /// of the turns to come that is.
    fn first(&self, later: impl Fn(Id<Municipality>) -> Option<usize>) -> Option<Id<Municipality>> {
        let key = |place: &usize| {
            let (balance, last, _) = self.accounts.claim(*place);
            let later = later(self.accounts.members[*place].id).unwrap_or(usize::MAX);
            (self.twice(*place), balance, Reverse(later), last, *place)
        };
        let first = self.able().into_iter().min_by_key(key)?;
        Some(self.accounts.members[first].id)
    }
}
