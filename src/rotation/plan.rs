//! The vocabulary of host plans: the members and meetings that a plan is made for, and the turns that result.
//!
//! A turn distinguishes two municipalities. The one whose turn it is, is **due**: the turn is charged to it. The **host**
//! is the one that receives the others. An override or a swap changes the host and never who is due, so it does not
//! affect any other turn.
//!
//! Who is due at an open meeting is decided when something is written ([`planner`](super::planner)) and stored with the
//! meeting; a [`HostPlan`] only follows from that.
use std::collections::HashMap;

use chrono::NaiveDate;

use super::accounts::{Accounts, Balance};
use super::cohosts::{self, debits};
use super::explain::RejectionDetail;
use crate::db::Id;
use crate::meetings::Meeting;
use crate::municipalities::blackouts::BlackoutDays;
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
    pub blackouts: Vec<BlackoutDays>,
    /// When it takes no turns and is owed none, in the order of time.
    pub pauses: Vec<Pause>,
}

impl RotationMember {
    /// Whether it takes part in the rotation on that day: it is a member, and its membership is not paused.
    #[must_use]
    pub fn takes_part_on(&self, day: NaiveDate) -> bool {
        is_member(self.joined_on, self.left_on, day) && self.pause_on(day).is_none()
    }

    /// Whether it takes part on that day and has no blackout.
    #[must_use]
    pub fn can_host_on(&self, day: NaiveDate) -> bool {
        self.takes_part_on(day) && self.blackout_on(day).is_none()
    }

    /// Why it cannot host on that day; `None` if it can.
    #[must_use]
    pub fn obstacle_on(&self, day: NaiveDate) -> Option<RejectionDetail> {
        let blackout = || {
            self.blackout_on(day)
                .cloned()
                .map(RejectionDetail::Blackout)
        };
        self.absence_on(day).or_else(blackout)
    }

    /// Why it does not take part in the rotation on that day; `None` if it does.
    #[must_use]
    pub fn absence_on(&self, day: NaiveDate) -> Option<RejectionDetail> {
        match self.left_on {
            Some(left_on) if left_on <= day => Some(RejectionDetail::Left { left_on }),
            _ if day < self.joined_on => Some(RejectionDetail::NotYetMember {
                joins_on: self.joined_on,
            }),
            _ => self.pause_on(day).copied().map(RejectionDetail::Paused),
        }
    }

    /// The rule and message of an error if it is to have a turn on a day on which it does not take part.
    #[must_use]
    pub fn absence_error(&self, name: &str, day: NaiveDate) -> Option<(&'static str, String)> {
        Some(match self.absence_on(day)? {
            RejectionDetail::Paused(_) => ("paused", format!("{name} is paused on {day}")),
            _ => ("member", format!("{name} is no member on {day}")),
        })
    }

    /// The rule and message of an error if it is to host on a day on which it has a blackout.
    #[must_use]
    pub fn blackout_error(&self, name: &str, day: NaiveDate) -> Option<(&'static str, String)> {
        let BlackoutDays {
            from,
            until,
            reason,
        } = self.blackout_on(day)?;
        let reason = reason.as_ref().map(|reason| format!(" ({reason})"));
        let reason = reason.unwrap_or_default();
        let message = format!("{name} has a blackout from {from} to {until}{reason}");
        Some(("blackout", message))
    }

    /// The pause on that day.
    #[must_use]
    pub fn pause_on(&self, day: NaiveDate) -> Option<&Pause> {
        let mut all = self.pauses.iter();
        all.find(|pause| (pause.from..=pause.until).contains(&day))
    }

    /// The blackout on that day, regardless of membership.
    #[must_use]
    pub fn blackout_on(&self, day: NaiveDate) -> Option<&BlackoutDays> {
        let mut all = self.blackouts.iter();
        all.find(|blackout| (blackout.from..=blackout.until).contains(&day))
    }
}

/// A period in which a member takes no turns and is owed none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
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

/// The status of a meeting's turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TurnStatus {
    /// To be planned: the planner determines who is due, and also who hosts unless a host is pinned.
    Open {
        /// The host that was set, if any.
        pin: Option<Pin>,
        /// Whether the municipality that is due has confirmed that it hosts: it keeps its turn as long as it can host.
        confirmed: bool,
    },
    /// Invited, held, forfeited, or begun without an invitation: charged to `due`, and never changed by planning.
    Settled {
        /// The municipality that the turn is charged to; `None` if none was available.
        due: Option<Id<Municipality>>,
        /// The municipality that hosts or has hosted.
        host: Id<Municipality>,
        /// How the host was determined.
        source: HostSource,
        /// The reason that was entered.
        reason: Option<String>,
        /// Whether the turn was held or forfeited, as opposed to only assigned.
        counted: bool,
    },
    /// Cancelled, and the turn given back, or begun without a host: it is charged to nobody.
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
    /// Who is due by the plan that was stored; only used while the turn is open.
    pub due: Option<Id<Municipality>>,
    /// Whether it is so near that its host is asked to confirm, or was asked: its turn stays where fairness allows.
    pub near: bool,
    /// The co-hosts that were named.
    pub cohosts: Vec<Id<Municipality>>,
}

impl MeetingSlot {
    /// The same slot with its turn fixed, if it has one.
    #[must_use]
    pub fn held(&self) -> Self {
        let mut held = self.clone();
        if let TurnStatus::Open { confirmed, .. } = &mut held.status {
            *confirmed = true;
        }
        held
    }

    /// Whether its turn is still to be planned.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.status, TurnStatus::Open { .. })
    }
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
}

impl PlannedTurn {
    /// The turn of a slot at which `due` is due; `None` if the turn was given back.
    fn of(
        members: &[RotationMember],
        slot: &MeetingSlot,
        due: Option<Id<Municipality>>,
    ) -> Option<Self> {
        let (host, due, source) = match &slot.status {
            TurnStatus::GivenBack => return None,
            TurnStatus::Settled {
                due, host, source, ..
            } => (Some(*host), *due, *source),
            TurnStatus::Open { pin, .. } => match valid_pin(members, slot.on, pin.as_ref()) {
                Some(pin) => (Some(pin.host), due, pin.source),
                None => (due, due, HostSource::Rotation),
            },
        };
        let mut cohosts = cohosts::effective(members, slot);
        cohosts.retain(|id| Some(*id) != due);
        Some(Self {
            meeting: slot.meeting,
            host,
            due,
            cohosts,
            source,
        })
    }

    /// The municipalities that the turn is charged to, each with its part in thousandths; empty if none is due.
    #[must_use]
    pub fn debits(&self) -> Vec<(Id<Municipality>, u32)> {
        self.due
            .map_or_else(Vec::new, |due| debits(due, &self.cohosts))
    }
}

/// The pin that takes effect on that day: its host must take part in the rotation then.
#[must_use]
pub fn valid_pin<'a>(
    members: &[RotationMember],
    on: NaiveDate,
    pin: Option<&'a Pin>,
) -> Option<&'a Pin> {
    let takes_part = |pin: &&Pin| {
        let mut all = members.iter();
        all.any(|member| member.id == pin.host && member.takes_part_on(on))
    };
    pin.filter(|pin| pin.source != HostSource::Rotation)
        .filter(takes_part)
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
    /// The plan in which these municipalities are due at the open slots.
    #[must_use]
    pub fn of(members: &[RotationMember], slots: &[MeetingSlot], dues: &Assignments) -> Self {
        let due = |_: &Accounts, slot: &MeetingSlot| dues.get(&slot.meeting).copied();
        Self::build(members, slots, due, |_, _, _| ())
    }

    /// Goes through the slots in the order of time and keeps the accounts. `due` says who is due at an open slot; `visit`
    /// sees the accounts before each turn.
    pub(super) fn build(
        members: &[RotationMember],
        slots: &[MeetingSlot],
        mut due: impl FnMut(&Accounts, &MeetingSlot) -> Option<Id<Municipality>>,
        mut visit: impl FnMut(&Accounts, &MeetingSlot, &PlannedTurn),
    ) -> Self {
        let mut accounts = Accounts::new(members, slots.first().map(|slot| slot.on));
        let mut turns = Vec::with_capacity(slots.len());
        for slot in slots {
            accounts.advance(slot.on);
            let due = due(&accounts, slot).filter(|_| slot.is_open());
            let Some(turn) = PlannedTurn::of(members, slot, due) else {
                continue;
            };
            visit(&accounts, slot, &turn);
            match slot.status {
                TurnStatus::Settled { counted, .. } => accounts.settle(&turn, slot.on, counted),
                _ => accounts.debit_planned(&turn, slot.on),
            }
            turns.push(turn);
        }
        Self {
            turns,
            balances: accounts.balances(),
        }
    }

    /// The turn of a meeting, unless it was given back.
    #[must_use]
    pub fn turn(&self, meeting: Id<Meeting>) -> Option<&PlannedTurn> {
        self.turns.iter().find(|turn| turn.meeting == meeting)
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
