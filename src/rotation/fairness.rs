//! The accounts of the rotation: what has been charged to whom, and what newcomers start with.
use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::explain::Detail;
use super::plan::Member;
use crate::db::Id;
use crate::municipalities::Municipality;

/// A number of turns in thousandths, so that the mean of several balances can be written.
///
/// A mean is rounded down. Sums and differences are exact, and so are all comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct Turns(i64);

impl Turns {
    /// So many whole turns.
    #[must_use]
    pub fn whole(turns: u32) -> Self {
        Self(i64::from(turns) * 1000)
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

/// How a municipality stands in the rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// Which municipality.
    pub municipality: Id<Municipality>,
    /// Turns charged to it that were held or forfeited.
    pub counted: u32,
    /// Turns charged to it by an invitation that is out.
    pub assigned: u32,
    /// Turns that the plan will charge to it.
    pub planned: u32,
    /// Counted and assigned turns in which it is the host, its own or as a stand-in.
    pub hosted: u32,
    /// What it started with, in thousandths of a turn: the mean balance of the members on the day it
    /// joined, 0 for founders. Whoever comes later need not catch up with the past.
    pub start_credit: Turns,
    /// Turns hosted for others, less turns that others hosted for it: `hosted - counted - assigned`.
    pub standing_in: i32,
}

/// The last turn charged to a municipality. Later turns are greater, and none at all is least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LastTurn {
    number: u32,
    pub(super) on: NaiveDate,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    counted: u32,
    assigned: u32,
    planned: u32,
    hosted: u32,
    /// Settled turns of meetings that are still to come in the order of time.
    expected: u32,
    credit: Turns,
    pub(super) last: Option<LastTurn>,
}

impl Account {
    /// The balance so far.
    fn tally(&self) -> Turns {
        Turns(Turns::whole(self.counted + self.assigned + self.planned).0 + self.credit.0)
    }

    /// The balance by which the turns go: settled ones count, though they are of later meetings.
    pub(super) fn claimed(&self) -> Turns {
        Turns(self.tally().0 + Turns::whole(self.expected).0)
    }
}

/// The accounts while the slots are gone through in the order of time.
pub(super) struct Ledger<'a> {
    /// In their order.
    pub(super) members: Vec<&'a Member>,
    /// One for each member, at the same place.
    pub(super) accounts: Vec<Account>,
    places: HashMap<Id<Municipality>, usize>,
    /// Places of those who still are to join after the first slot, the next one last.
    joining: Vec<usize>,
    /// Turns charged so far.
    charged: u32,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(members: &'a [Member], first_slot: Option<NaiveDate>) -> Self {
        let mut members: Vec<&Member> = members.iter().collect();
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
            accounts,
            places,
            joining,
            charged: 0,
        }
    }

    /// Gives their start credit to those who have joined by `today`.
    pub(super) fn admit(&mut self, today: NaiveDate) {
        while let Some(place) = self
            .joining
            .pop_if(|place| self.members[*place].joined_on <= today)
        {
            self.accounts[place].credit = self.start_credit(self.members[place].joined_on);
        }
    }

    /// The mean balance of those who were members before that day and still are. Whoever joins on the
    /// same day starts the same.
    fn start_credit(&self, joined_on: NaiveDate) -> Turns {
        let accounts = self.members.iter().zip(&self.accounts);
        let members = accounts.filter(|(member, _)| {
            member.joined_on < joined_on && member.left_on.is_none_or(|left| joined_on < left)
        });
        let balances: Vec<Turns> = members.map(|(_, account)| account.tally()).collect();
        Turns::mean(&balances)
    }

    /// Learns of a settled turn, wherever in the order of time its meeting is.
    pub(super) fn expect(&mut self, due: Id<Municipality>) {
        if let Some(&place) = self.places.get(&due) {
            self.accounts[place].expected += 1;
        }
    }

    /// Writes a settled turn down, which was expected. A municipality that is no member at all has no account.
    pub(super) fn settle(
        &mut self,
        due: Option<Id<Municipality>>,
        host: Id<Municipality>,
        on: NaiveDate,
        counted: bool,
    ) {
        if let Some(&place) = due.and_then(|due| self.places.get(&due)) {
            let account = &mut self.accounts[place];
            account.expected = account.expected.saturating_sub(1);
            *(if counted {
                &mut account.counted
            } else {
                &mut account.assigned
            }) += 1;
            self.note_last(place, on);
        }
        if let Some(&place) = self.places.get(&host) {
            self.accounts[place].hosted += 1;
        }
    }

    /// Charges an open turn.
    pub(super) fn charge_planned(&mut self, place: usize, on: NaiveDate) {
        self.accounts[place].planned += 1;
        self.note_last(place, on);
    }

    /// Charges an open turn to a municipality, if to any.
    pub(super) fn charge_planned_to(&mut self, due: Option<Id<Municipality>>, on: NaiveDate) {
        if let Some(&place) = due.and_then(|due| self.places.get(&due)) {
            self.charge_planned(place, on);
        }
    }

    fn note_last(&mut self, place: usize, on: NaiveDate) {
        self.charged += 1;
        self.accounts[place].last = Some(LastTurn {
            number: self.charged,
            on,
        });
    }

    /// By what the turns go: the least claims the next one. Ties go by the order.
    pub(super) fn claim(&self, place: usize) -> (Turns, Option<LastTurn>) {
        let account = &self.accounts[place];
        (account.claimed(), account.last)
    }

    /// Whether the turn charged before this one was charged to it.
    pub(super) fn had_last_turn(&self, place: usize) -> bool {
        self.accounts[place]
            .last
            .is_some_and(|last| last.number == self.charged)
    }

    /// Why this municipality is no member on that day; nothing if it is.
    pub(super) fn not_member(&self, id: Id<Municipality>, on: NaiveDate) -> Option<Detail> {
        let Some(member) = self.places.get(&id).map(|place| self.members[*place]) else {
            return Some(Detail::Unknown);
        };
        match member.left_on {
            Some(left_on) if left_on <= on => Some(Detail::Left { left_on }),
            _ if on < member.joined_on => Some(Detail::NotYetMember {
                joins_on: member.joined_on,
            }),
            _ => None,
        }
    }

    /// Why a member cannot be due on that day; nothing if it can.
    pub(super) fn obstacle(&self, place: usize, on: NaiveDate) -> Option<Detail> {
        let member = self.members[place];
        let blackout = || member.blackout_on(on).cloned().map(Detail::Blackout);
        self.not_member(member.id, on).or_else(blackout)
    }

    /// How all stand, in their order; those who are yet to join with the credit of today's balances.
    pub(super) fn balances(mut self) -> Vec<Balance> {
        self.admit(NaiveDate::MAX);
        let accounts = self.members.iter().zip(&self.accounts);
        accounts
            .map(|(member, account)| Balance {
                municipality: member.id,
                counted: account.counted,
                assigned: account.assigned,
                planned: account.planned,
                hosted: account.hosted,
                start_credit: account.credit,
                standing_in: account.hosted.cast_signed()
                    - (account.counted + account.assigned).cast_signed(),
            })
            .collect()
    }
}
