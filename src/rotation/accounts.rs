//! The accounts of the rotation: how many turns were charged to each municipality, and what newcomers start with.
use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use super::explain::RejectionDetail;
use super::plan::{PlannedTurn, RotationMember};
use crate::db::Id;
use crate::municipalities::Municipality;

/// A number of turns in thousandths, so that parts of turns and means can be represented.
///
/// A mean is rounded down. Sums, differences and comparisons are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Turns(i64);

impl Serialize for Turns {
    /// As the number of turns; an integer if it is whole.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 % 1000 {
            0 => serializer.serialize_i64(self.0 / 1000),
            _ => serializer.serialize_f64(in_turns(self.0)),
        }
    }
}

/// Converts thousandths of a turn to turns, for JSON.
#[must_use]
pub fn in_turns(thousandths: i64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "far fewer than 2^53 thousandths"
    )]
    let thousandths = thousandths as f64;
    thousandths / 1000.0
}

impl Turns {
    /// A number of thousandths of a turn.
    #[must_use]
    pub fn of_thousandths(thousandths: i64) -> Self {
        Self(thousandths)
    }

    /// The number in thousandths of a turn.
    #[must_use]
    pub fn thousandths(self) -> i64 {
        self.0
    }

    fn mean(all: &[Self]) -> Self {
        let count = i64::try_from(all.len()).unwrap_or(i64::MAX).max(1);
        Self(
            all.iter()
                .map(|turns| turns.0)
                .sum::<i64>()
                .div_euclid(count),
        )
    }
}

/// The balance of a municipality in the rotation. Parts of turns count as parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// The municipality.
    pub municipality: Id<Municipality>,
    /// Turns charged to it that were held or forfeited.
    pub counted: Turns,
    /// Turns charged to it by an invitation that was sent.
    pub assigned: Turns,
    /// Turns that the plan charges to it.
    pub planned: Turns,
    /// Counted and assigned turns in which it hosts, for itself or for others.
    pub hosted: u32,
    /// Counted and assigned turns in which it is a co-host.
    pub cohosted: u32,
    /// What it started with: the mean balance of the members on the day it joined, 0 for founders. So newcomers need not
    /// catch up with the past.
    pub start_credit: Turns,
    /// Turns hosted for others, minus turns that others hosted for it.
    pub standing_in: i32,
}

/// The last turn at which a municipality was due. A later turn compares as greater, and `None` as least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LastTurn {
    number: u32,
    pub(super) on: NaiveDate,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    counted: Turns,
    assigned: Turns,
    planned: Turns,
    hosted: u32,
    cohosted: u32,
    standing_in: i32,
    /// Turns known to be charged to it for meetings after the current one.
    expected: Turns,
    credit: Turns,
    pub(super) last: Option<LastTurn>,
}

impl Account {
    /// The balance so far.
    fn tally(&self) -> Turns {
        Turns(self.counted.0 + self.assigned.0 + self.planned.0 + self.credit.0)
    }

    /// The balance that decides who is due: includes settled turns of later meetings.
    pub(super) fn claimed(&self) -> Turns {
        Turns(self.tally().0 + self.expected.0)
    }
}

/// The accounts of all members while a plan goes through the slots in the order of time.
pub(super) struct Accounts<'a> {
    /// The members in their order.
    pub(super) members: Vec<&'a RotationMember>,
    /// One account for each member, at the same index.
    pub(super) by_member: Vec<Account>,
    places: HashMap<Id<Municipality>, usize>,
    /// Indices of those that join after the first slot, the next one to join last.
    joining: Vec<usize>,
    /// The number of turns charged so far.
    debited: u32,
}

impl<'a> Accounts<'a> {
    pub(super) fn new(members: &'a [RotationMember], first_slot: Option<NaiveDate>) -> Self {
        let mut members: Vec<&RotationMember> = members.iter().collect();
        members.sort_by_key(|member| (member.position, member.id));
        let places = members
            .iter()
            .enumerate()
            .map(|(place, member)| (member.id, place))
            .collect();
        let founder = |place: &usize| first_slot.is_none_or(|day| members[*place].joined_on <= day);
        let mut joining: Vec<usize> = (0..members.len()).filter(|place| !founder(place)).collect();
        joining.sort_by_key(|&place| Reverse(members[place].joined_on));
        let accounts = vec![Account::default(); members.len()];
        Self {
            members,
            by_member: accounts,
            places,
            joining,
            debited: 0,
        }
    }

    /// Gives the start credit to those that have joined by `today`.
    pub(super) fn admit(&mut self, today: NaiveDate) {
        while let Some(place) = self
            .joining
            .pop_if(|place| self.members[*place].joined_on <= today)
        {
            self.by_member[place].credit = self.start_credit(self.members[place].joined_on);
        }
    }

    /// The mean balance of those that were members before that day and still are, so that all who join on the same day
    /// start equally.
    fn start_credit(&self, joined_on: NaiveDate) -> Turns {
        let accounts = self.members.iter().zip(&self.by_member);
        let members = accounts.filter(|(member, _)| {
            member.joined_on < joined_on && member.left_on.is_none_or(|left| joined_on < left)
        });
        let balances: Vec<Turns> = members.map(|(_, account)| account.tally()).collect();
        Turns::mean(&balances)
    }

    /// Adds thousandths of a turn that are known to be charged for a later meeting; negative ones once that meeting is
    /// reached.
    pub(super) fn expect(&mut self, sharer: Id<Municipality>, thousandths: i64) {
        if let Some(&place) = self.places.get(&sharer) {
            self.by_member[place].expected.0 += thousandths;
        }
    }

    /// Enters a settled turn. A municipality that is not among the members has no account.
    pub(super) fn settle(&mut self, turn: &PlannedTurn, on: NaiveDate, counted: bool) {
        self.debit(turn, on, |account| {
            if counted {
                &mut account.counted
            } else {
                &mut account.assigned
            }
        });
        for cohost in &turn.cohosts {
            if let Some(&place) = self.places.get(cohost) {
                self.by_member[place].cohosted += 1;
            }
        }
        let place = |id: Option<Id<Municipality>>| self.places.get(&id?).copied();
        let (host, due) = (place(turn.host), place(turn.due));
        if let Some(host) = host {
            self.by_member[host].hosted += 1;
        }
        if turn.host != turn.due {
            if let Some(host) = host {
                self.by_member[host].standing_in += 1;
            }
            if let Some(due) = due {
                self.by_member[due].standing_in -= 1;
            }
        }
    }

    /// Enters an open turn, if a municipality is due.
    pub(super) fn debit_planned(&mut self, turn: &PlannedTurn, on: NaiveDate) {
        self.debit(turn, on, |account| &mut account.planned);
    }

    fn debit(
        &mut self,
        turn: &PlannedTurn,
        on: NaiveDate,
        sum: impl Fn(&mut Account) -> &mut Turns,
    ) {
        for (sharer, part) in turn.debits() {
            if let Some(&place) = self.places.get(&sharer) {
                sum(&mut self.by_member[place]).0 += i64::from(part);
            }
        }
        // A co-host may have the next turn: only the municipality that was due counts as having just hosted.
        if let Some(&place) = turn.due.and_then(|due| self.places.get(&due)) {
            self.debited += 1;
            self.by_member[place].last = Some(LastTurn {
                number: self.debited,
                on,
            });
        }
    }

    /// The key that decides who is due: the least one is. The order of members decides ties.
    pub(super) fn claim(&self, place: usize) -> (Turns, Option<LastTurn>) {
        let account = &self.by_member[place];
        (account.claimed(), account.last)
    }

    /// Whether it was due at the previous turn.
    pub(super) fn had_last_turn(&self, place: usize) -> bool {
        self.by_member[place]
            .last
            .is_some_and(|last| last.number == self.debited)
    }

    /// Why this municipality is not a member on that day; `None` if it is.
    pub(super) fn not_member(
        &self,
        id: Id<Municipality>,
        on: NaiveDate,
    ) -> Option<RejectionDetail> {
        let Some(member) = self.places.get(&id).map(|place| self.members[*place]) else {
            return Some(RejectionDetail::Unknown);
        };
        match member.left_on {
            Some(left_on) if left_on <= on => Some(RejectionDetail::Left { left_on }),
            _ if on < member.joined_on => Some(RejectionDetail::NotYetMember {
                joins_on: member.joined_on,
            }),
            _ => None,
        }
    }

    /// Why a member cannot be due on that day; `None` if it can.
    pub(super) fn obstacle(&self, place: usize, on: NaiveDate) -> Option<RejectionDetail> {
        let member = self.members[place];
        let blackout = || {
            member
                .blackout_on(on)
                .cloned()
                .map(RejectionDetail::Blackout)
        };
        self.not_member(member.id, on).or_else(blackout)
    }

    /// The balances of all members in their order; those that have yet to join get their credit from the present balances.
    pub(super) fn balances(mut self) -> Vec<Balance> {
        self.admit(NaiveDate::MAX);
        let accounts = self.members.iter().zip(&self.by_member);
        accounts
            .map(|(member, account)| Balance {
                municipality: member.id,
                counted: account.counted,
                assigned: account.assigned,
                planned: account.planned,
                hosted: account.hosted,
                cohosted: account.cohosted,
                start_credit: account.credit,
                standing_in: account.standing_in,
            })
            .collect()
    }
}
