//! The accounts of the rotation: what has been charged to whom, and what newcomers start with.
use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use super::explain::Detail;
use super::plan::{Member, Planned};
use crate::db::Id;
use crate::municipalities::Municipality;

/// A number of turns in thousandths, so that parts of turns and the mean of several balances can be written.
///
/// A mean is rounded down. Sums and differences are exact, and so are all comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Turns(i64);

impl Serialize for Turns {
    /// As the number of turns: a whole one without a fraction.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 % 1000 {
            0 => serializer.serialize_i64(self.0 / 1000),
            _ => serializer.serialize_f64(in_turns(self.0)),
        }
    }
}

/// Thousandths of a turn as turns, for JSON.
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
    /// So many whole turns.
    #[must_use]
    pub fn whole(turns: u32) -> Self {
        Self(i64::from(turns) * 1000)
    }

    /// So many thousandths of a turn.
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

/// How a municipality stands in the rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// Which municipality.
    pub municipality: Id<Municipality>,
    /// Turns charged to it that were held or forfeited, parts as parts.
    pub counted: Turns,
    /// Turns charged to it by an invitation that is out, parts as parts.
    pub assigned: Turns,
    /// Turns that the plan will charge to it, parts as parts.
    pub planned: Turns,
    /// Counted and assigned turns in which it is the host, its own or as a stand-in.
    pub hosted: u32,
    /// Counted and assigned turns in which it is a co-host.
    pub cohosted: u32,
    /// What it started with, in thousandths of a turn: the mean balance of the members on the day it
    /// joined, 0 for founders. Whoever comes later need not catch up with the past.
    pub start_credit: Turns,
    /// Turns hosted for others, less turns that others hosted for it.
    pub standing_in: i32,
}

/// The last turn at which a municipality was due. Later turns are greater, and none at all is least.
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
    /// What is known to be charged to it for meetings that are still to come in the order of time.
    expected: Turns,
    credit: Turns,
    pub(super) last: Option<LastTurn>,
}

impl Account {
    /// The balance so far.
    fn tally(&self) -> Turns {
        Turns(self.counted.0 + self.assigned.0 + self.planned.0 + self.credit.0)
    }

    /// The balance by which the turns go: settled ones count, though they are of later meetings.
    pub(super) fn claimed(&self) -> Turns {
        Turns(self.tally().0 + self.expected.0)
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

    /// Learns of thousandths of a turn that are known to be charged, wherever in the order of time their meeting is; of
    /// fewer once that comes.
    pub(super) fn expect(&mut self, sharer: Id<Municipality>, thousandths: i64) {
        if let Some(&place) = self.places.get(&sharer) {
            self.accounts[place].expected.0 += thousandths;
        }
    }

    /// Writes a settled turn down. A municipality that is no member at all has no account.
    pub(super) fn settle(&mut self, turn: &Planned, on: NaiveDate, counted: bool) {
        self.charge(turn, on, |account| match counted {
            true => &mut account.counted,
            false => &mut account.assigned,
        });
        for cohost in &turn.cohosts {
            if let Some(&place) = self.places.get(cohost) {
                self.accounts[place].cohosted += 1;
            }
        }
        let place = |id: Option<Id<Municipality>>| self.places.get(&id?).copied();
        let (host, due) = (place(turn.host), place(turn.due));
        if let Some(host) = host {
            self.accounts[host].hosted += 1;
        }
        if turn.host != turn.due {
            if let Some(host) = host {
                self.accounts[host].standing_in += 1;
            }
            if let Some(due) = due {
                self.accounts[due].standing_in -= 1;
            }
        }
    }

    /// Charges an open turn, if anybody is due.
    pub(super) fn charge_planned(&mut self, turn: &Planned, on: NaiveDate) {
        self.charge(turn, on, |account| &mut account.planned);
    }

    fn charge(&mut self, turn: &Planned, on: NaiveDate, sum: impl Fn(&mut Account) -> &mut Turns) {
        for (sharer, part) in turn.charges() {
            if let Some(&place) = self.places.get(&sharer) {
                sum(&mut self.accounts[place]).0 += i64::from(part);
            }
        }
        // A co-host may have the next turn: only who was due has just hosted.
        if let Some(&place) = turn.due.and_then(|due| self.places.get(&due)) {
            self.charged += 1;
            self.accounts[place].last = Some(LastTurn {
                number: self.charged,
                on,
            });
        }
    }

    /// By what the turns go: the least claims the next one. Ties go by the order.
    pub(super) fn claim(&self, place: usize) -> (Turns, Option<LastTurn>) {
        let account = &self.accounts[place];
        (account.claimed(), account.last)
    }

    /// Whether it was due at the turn charged before this one.
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
                cohosted: account.cohosted,
                start_credit: account.credit,
                standing_in: account.standing_in,
            })
            .collect()
    }
}
