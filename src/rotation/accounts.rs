//! The accounts of the rotation: how many turns were charged to each municipality, and what newcomers start with.
use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use super::explain::RejectionDetail;
use super::plan::{MeetingSlot, PlannedTurn, RotationMember};
use crate::db::Id;
use crate::municipalities::Municipality;

/// A turn in thousandths.
pub(super) const TURN: i64 = 1000;

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
    /// What it is credited for the time in which it did not take part: the mean balance of the others on the day it joined
    /// (0 for founders), and by how much that mean grew during its pauses. So nobody has to catch up with that time.
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
    credit: Turns,
    pub(super) last: Option<LastTurn>,
}

impl Account {
    /// The turns charged so far, without credit.
    pub(super) fn turns(&self) -> Turns {
        Turns(self.counted.0 + self.assigned.0 + self.planned.0)
    }

    /// The balance so far: the turns charged, and the credit.
    pub(super) fn balance(&self) -> Turns {
        Turns(self.turns().0 + self.credit.0)
    }

    /// Whether it was credited for a time in which it did not take part.
    pub(super) fn is_credited(&self) -> bool {
        self.credit != Turns::default()
    }
}

/// A member begins or ceases to take part in the rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    on: NaiveDate,
    place: usize,
    kind: EventKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum EventKind {
    Starts,
    Pauses,
    Resumes,
}

/// The accounts of all members while a plan goes through the slots in the order of time.
pub(super) struct Accounts<'a> {
    /// The members in their order.
    pub(super) members: Vec<&'a RotationMember>,
    /// One account for each member, at the same index.
    pub(super) by_member: Vec<Account>,
    places: HashMap<Id<Municipality>, usize>,
    /// What is still to come, the next event last.
    events: Vec<Event>,
    /// The mean balance of the others when a member paused, at its index.
    mean_at_pause: Vec<Option<Turns>>,
    /// The number of turns charged so far.
    debited: u32,
}

impl<'a> Accounts<'a> {
    pub(super) fn new(members: &'a [RotationMember], first_slot: Option<NaiveDate>) -> Self {
        let mut members: Vec<&RotationMember> = members.iter().collect();
        members.sort_by_key(|member| (member.position, member.id));
        let places = members.iter().enumerate();
        let places = places.map(|(place, member)| (member.id, place)).collect();
        let events = members.iter().enumerate();
        let mut events: Vec<Event> = events
            .flat_map(|(place, member)| events_of(place, member, first_slot))
            .collect();
        events.sort_by_key(|event| Reverse(*event));
        Self {
            by_member: vec![Account::default(); members.len()],
            mean_at_pause: vec![None; members.len()],
            members,
            places,
            events,
            debited: 0,
        }
    }

    /// The turns charged to all so far.
    pub(super) fn turns_of_all(&self) -> Turns {
        let all = self.by_member.iter().map(|account| account.turns().0);
        Turns(all.sum())
    }

    /// The index of a municipality in the order.
    pub(super) fn place(&self, id: Id<Municipality>) -> Option<usize> {
        self.places.get(&id).copied()
    }

    /// Gives their credit to those that have joined or resumed by `today`.
    pub(super) fn advance(&mut self, today: NaiveDate) {
        while let Some(event) = self.events.pop_if(|event| event.on <= today) {
            let Event { on, place, kind } = event;
            let mean = self.mean_of_others(place, on);
            let growth = match kind {
                EventKind::Starts => mean,
                EventKind::Pauses => {
                    self.mean_at_pause[place] = mean;
                    None
                }
                EventKind::Resumes => {
                    let before = self.mean_at_pause[place].take();
                    mean.zip(before)
                        .map(|(now, before)| Turns(now.0 - before.0))
                }
            };
            self.by_member[place].credit.0 += growth.unwrap_or_default().0;
        }
    }

    /// The mean balance of the other members that took part the day before and still do, so that all who begin on the
    /// same day start equally.
    fn mean_of_others(&self, place: usize, on: NaiveDate) -> Option<Turns> {
        let took_part = |member: &RotationMember| {
            member.takes_part_on(on) && on.pred_opt().is_some_and(|day| member.takes_part_on(day))
        };
        let accounts = self.members.iter().zip(&self.by_member).enumerate();
        let others = accounts.filter(|(other, (member, _))| *other != place && took_part(member));
        let balances: Vec<Turns> = others.map(|(_, (_, account))| account.balance()).collect();
        (!balances.is_empty()).then(|| Turns::mean(&balances))
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

    /// The key of the plain order: the least one is due.
    pub(super) fn claim(&self, place: usize) -> (Turns, Option<LastTurn>, usize) {
        let account = &self.by_member[place];
        (account.balance(), account.last, place)
    }

    /// Whether no member that takes part in a slot is more than a turn ahead of another.
    pub(super) fn is_even(&self, slot: &MeetingSlot) -> bool {
        let all = self.members.iter().zip(&self.by_member);
        let present = all.filter(|(member, _)| member.takes_part_on(slot.on));
        let balances = present.map(|(_, account)| account.balance().thousandths());
        let (least, most) = balances.fold((i64::MAX, i64::MIN), |(least, most), one| {
            (least.min(one), most.max(one))
        });
        most.saturating_sub(least) < 2 * TURN
    }

    /// Whether it was due at the previous turn.
    pub(super) fn had_last_turn(&self, place: usize) -> bool {
        self.by_member[place]
            .last
            .is_some_and(|last| last.number == self.debited)
    }

    /// Why this municipality does not take part in the rotation on that day; `None` if it does.
    pub(super) fn absence(&self, id: Id<Municipality>, on: NaiveDate) -> Option<RejectionDetail> {
        let Some(member) = self.place(id).map(|place| self.members[place]) else {
            return Some(RejectionDetail::Unknown);
        };
        match member.left_on {
            Some(left_on) if left_on <= on => Some(RejectionDetail::Left { left_on }),
            _ if on < member.joined_on => Some(RejectionDetail::NotYetMember {
                joins_on: member.joined_on,
            }),
            _ => member.pause_on(on).copied().map(RejectionDetail::Paused),
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
        self.absence(member.id, on).or_else(blackout)
    }

    /// The balances of all members in their order; those that have yet to join get their credit from the present balances.
    pub(super) fn balances(mut self) -> Vec<Balance> {
        self.advance(NaiveDate::MAX);
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

/// When a member begins to take part, pauses and resumes. Those that take part by the first slot are founders.
fn events_of(place: usize, member: &RotationMember, first_slot: Option<NaiveDate>) -> Vec<Event> {
    let mut pauses = member.pauses.clone();
    pauses.sort_by_key(|pause| (pause.from, pause.until));
    let event = |on, kind| Event { on, place, kind };
    let is_founder = first_slot.is_none_or(|day| member.joined_on <= day);
    let mut events = Vec::new();
    if !is_founder {
        events.push(event(member.joined_on, EventKind::Starts));
    }
    for pause in pauses {
        if let Some(after) = pause.until.succ_opt() {
            events.push(event(pause.from.max(member.joined_on), EventKind::Pauses));
            events.push(event(after, EventKind::Resumes));
        }
    }
    events
}
