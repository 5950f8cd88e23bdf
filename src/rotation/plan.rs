//! The vocabulary of host plans: the members and meetings that a plan is made for, and the turns that result.
//!
//! A turn distinguishes two municipalities. The one whose turn it is, is **due**: the turn is charged to it. The **host**
//! is the one that receives the others. An override or a swap changes the host and never who is due, so it does not
//! affect any other turn.
use std::collections::HashMap;

use chrono::NaiveDate;

use super::accounts::{Accounts, Balance};
use super::cohosts::{self, debits};
use super::explain::{HostReason, HostRejection, RejectionDetail};
use crate::db::Id;
use crate::meetings::Meeting;
use crate::municipalities::{Municipality, is_member};
use crate::word_enum;

/// A municipality as a member of the rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationMember {
    /// The municipality.
    pub id: Id<Municipality>,
    /// Its position in the order of hosts; the lowest comes first.
    pub position: i32,
    /// First day as a member.
    pub joined_on: NaiveDate,
    /// First day no longer a member.
    pub left_on: Option<NaiveDate>,
    /// When it cannot host.
    pub blackouts: Vec<MemberBlackout>,
}

impl RotationMember {
    /// Whether it is a member on that day.
    #[must_use]
    pub fn is_member_on(&self, day: NaiveDate) -> bool {
        is_member(self.joined_on, self.left_on, day)
    }

    /// The blackout on that day, regardless of membership.
    #[must_use]
    pub fn blackout_on(&self, day: NaiveDate) -> Option<&MemberBlackout> {
        let mut all = self.blackouts.iter();
        all.find(|blackout| (blackout.from..=blackout.until).contains(&day))
    }
}

/// A period in which a member cannot host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberBlackout {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
    /// The reason that the municipality entered.
    pub reason: Option<String>,
}

word_enum! {
    /// How the host of a meeting was determined.
    pub enum HostSource {
        /// By the rotation.
        Rotation = "rotation",
        /// Another municipality stands in for the one that is due.
        Override = "override",
        /// Two municipalities exchanged their meetings.
        Swap = "swap",
        /// Set by hand.
        Fixed = "fixed",
    }
}

/// A host that was set for an open turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The host. It must be a member on the day; its own blackout does not matter.
    pub host: Id<Municipality>,
    /// How the host was determined; a pin with [`HostSource::Rotation`] has no effect.
    pub source: HostSource,
    /// The reason that was entered.
    pub reason: Option<String>,
}

/// The status of a meeting's turn according to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TurnStatus {
    /// To be planned: the rotation determines who is due, and also who hosts unless a host is pinned.
    Open {
        /// The host that was set, if any.
        pin: Option<Pin>,
    },
    /// Invited, held, or cancelled and forfeited: charged to `due`, and never changed by planning.
    Settled {
        /// The municipality that the turn is charged to; `None` if none was available.
        due: Option<Id<Municipality>>,
        /// The municipality that hosts or has hosted.
        host: Id<Municipality>,
        /// How the host was determined.
        source: HostSource,
        /// The reason that was entered.
        reason: Option<String>,
        /// Whether the turn was held or forfeited, as opposed to only assigned by an invitation.
        counted: bool,
    },
    /// Cancelled, and the turn given back: it is charged to nobody and has no host.
    GivenBack,
}

/// A meeting of the series, as input of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingSlot {
    /// The meeting.
    pub meeting: Id<Meeting>,
    /// Its local day.
    pub on: NaiveDate,
    /// The status of its turn.
    pub status: TurnStatus,
    /// The co-hosts that were named.
    pub cohosts: Vec<Id<Municipality>>,
}

/// The municipalities that turns are charged to, by meeting.
pub type Assignments = HashMap<Id<Meeting>, Id<Municipality>>;

/// The turn of a meeting in a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedTurn {
    /// The meeting.
    pub meeting: Id<Meeting>,
    /// The host; `None` if no municipality is available.
    pub host: Option<Id<Municipality>>,
    /// The municipality that the turn is charged to.
    pub due: Option<Id<Municipality>>,
    /// The co-hosts, each of which is charged a part of the turn.
    pub cohosts: Vec<Id<Municipality>>,
    /// How the host was determined.
    pub source: HostSource,
    /// Why this host.
    pub reason: HostReason,
    /// Why not the others: one rejection for each municipality that is neither host nor co-host, in their order.
    pub rejected: Vec<HostRejection>,
}

impl PlannedTurn {
    /// An open turn: hosted by the pinned municipality if that is a member on the day, otherwise by the one that is due,
    /// for the reasons that `explain` gives.
    pub(super) fn open(
        accounts: &Accounts,
        slot: &MeetingSlot,
        pin: Option<&Pin>,
        (due, cohosts): (Option<Id<Municipality>>, Vec<Id<Municipality>>),
        explain: impl FnOnce() -> (HostReason, Vec<HostRejection>),
    ) -> Self {
        let pin = pin.filter(|pin| pin.source != HostSource::Rotation);
        let outside = pin.and_then(|pin| accounts.not_member(pin.host, slot.on));
        if let (Some(pin), None) = (pin, &outside) {
            let by = (due, pin.source, pin.reason.clone());
            return Self::with_host(accounts, slot, pin.host, by, cohosts);
        }
        let (reason, rejected) = explain();
        let reason = match (pin, outside) {
            (Some(pin), Some(outside)) => HostReason::PinIgnored {
                pinned: pin.host,
                outside,
                instead: Box::new(reason),
            },
            _ => reason,
        };
        let turn = Self {
            meeting: slot.meeting,
            host: due,
            due,
            cohosts: Vec::new(),
            source: HostSource::Rotation,
            reason,
            rejected,
        };
        turn.with_cohosts(cohosts)
    }

    /// A turn whose host is given.
    fn with_host(
        accounts: &Accounts,
        slot: &MeetingSlot,
        host: Id<Municipality>,
        (due, source, note): (Option<Id<Municipality>>, HostSource, Option<String>),
        cohosts: Vec<Id<Municipality>>,
    ) -> Self {
        let others = accounts.members.iter().filter(|member| member.id != host);
        let rejected = others.map(|member| {
            let detail = accounts.not_member(member.id, slot.on);
            let set = || RejectionDetail::HostSet {
                host,
                source,
                was_due: due == Some(member.id),
            };
            HostRejection::new(member.id, detail.unwrap_or_else(set))
        });
        let turn = Self {
            meeting: slot.meeting,
            host: Some(host),
            due,
            cohosts: Vec::new(),
            source,
            rejected: rejected.collect(),
            reason: HostReason::Set {
                host,
                due,
                source,
                note,
            },
        };
        turn.with_cohosts(cohosts)
    }

    /// Adds the co-hosts, and removes their rejections.
    fn with_cohosts(mut self, mut cohosts: Vec<Id<Municipality>>) -> Self {
        cohosts.retain(|id| Some(*id) != self.host && Some(*id) != self.due);
        self.rejected
            .retain(|one| !cohosts.contains(&one.municipality));
        self.cohosts = cohosts;
        self
    }

    /// The municipalities that the turn is charged to, each with its part in thousandths; empty if none is due.
    #[must_use]
    pub fn debits(&self) -> Vec<(Id<Municipality>, u32)> {
        self.due
            .map_or_else(Vec::new, |due| debits(due, &self.cohosts))
    }
}

/// A plan of hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPlan {
    /// One turn for each slot that is open or settled, in the order of time.
    pub turns: Vec<PlannedTurn>,
    /// One balance for each municipality, in their order, after the last slot.
    pub balances: Vec<Balance>,
}

impl HostPlan {
    /// Goes through the slots in the order of time and keeps the accounts; `open_turn` plans a slot that is open, given
    /// its pin and its co-hosts.
    pub(super) fn build(
        members: &[RotationMember],
        slots: &[MeetingSlot],
        mut open_turn: impl FnMut(
            &Accounts,
            &MeetingSlot,
            Option<&Pin>,
            Vec<Id<Municipality>>,
        ) -> PlannedTurn,
    ) -> Self {
        let mut accounts = Accounts::new(members, slots.first().map(|slot| slot.on));
        // Known debits count from the start: a meeting inserted before a settled one takes that one's turn into account.
        for slot in slots {
            for (sharer, part) in known_debits(members, slot) {
                accounts.expect(sharer, part);
            }
        }
        let mut turns = Vec::with_capacity(slots.len());
        for slot in slots {
            accounts.admit(slot.on);
            for (sharer, part) in known_debits(members, slot) {
                accounts.expect(sharer, -part);
            }
            match &slot.status {
                TurnStatus::GivenBack => {}
                TurnStatus::Open { pin } => {
                    let cohosts = cohosts::effective(members, slot);
                    let turn = open_turn(&accounts, slot, pin.as_ref(), cohosts);
                    accounts.debit_planned(&turn, slot.on);
                    turns.push(turn);
                }
                TurnStatus::Settled {
                    due,
                    host,
                    source,
                    reason,
                    counted,
                } => {
                    let cohosts = cohosts::effective(members, slot);
                    let by = (*due, *source, reason.clone());
                    let turn = PlannedTurn::with_host(&accounts, slot, *host, by, cohosts);
                    accounts.settle(&turn, slot.on, *counted);
                    turns.push(turn);
                }
            }
        }
        Self {
            turns,
            balances: accounts.balances(),
        }
    }

    /// The municipalities that the turns are charged to.
    #[must_use]
    pub fn assignments(&self) -> Assignments {
        let turns = self.turns.iter();
        turns
            .filter_map(|turn| Some((turn.meeting, turn.due?)))
            .collect()
    }
}

/// The parts of a slot's turn that are known before it is planned: all parts of a settled one, those of the co-hosts of an
/// open one.
fn known_debits(members: &[RotationMember], slot: &MeetingSlot) -> Vec<(Id<Municipality>, i64)> {
    let cohosts = || cohosts::effective(members, slot);
    let known = match &slot.status {
        TurnStatus::Settled { due: Some(due), .. } => debits(*due, &cohosts()),
        TurnStatus::Open { .. } => {
            let cohosts = cohosts();
            let part = cohosts::part(cohosts.len());
            cohosts.into_iter().map(|cohost| (cohost, part)).collect()
        }
        _ => Vec::new(),
    };
    let known = known.into_iter();
    known
        .map(|(sharer, part)| (sharer, i64::from(part)))
        .collect()
}
