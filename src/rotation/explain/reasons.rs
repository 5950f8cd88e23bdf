//! Works out the reasons for a plan.
use super::costs::AlternativeCosts;
use super::{ExplainedTurn, ExtraCost, HostReason, HostRejection, RejectionDetail, TurnCount};
use crate::db::Id;
use crate::municipalities::Municipality;
use crate::rotation::accounts::Accounts;
use crate::rotation::plan::{
    Assignments, HostPlan, HostSource, MeetingSlot, PlannedTurn, RotationMember, TurnStatus,
    valid_pin,
};
use crate::rotation::solver_input::{Criteria, has_equal_shares, is_firm};

/// The turns of the plan in which `dues` are due at the open slots, each with its reasons.
#[must_use]
pub fn explain(
    members: &[RotationMember],
    slots: &[MeetingSlot],
    criteria: &Criteria,
    dues: &Assignments,
) -> Vec<ExplainedTurn> {
    let plan = HostPlan::of(members, slots, dues);
    let costs = AlternativeCosts::of(members, slots, criteria, dues);
    let mut explained = Vec::with_capacity(plan.turns.len());
    let due = |_: &Accounts, slot: &MeetingSlot| dues.get(&slot.meeting).copied();
    HostPlan::build(members, slots, due, |accounts, slot, turn| {
        let at = Explaining {
            members,
            accounts,
            slot,
            turn,
            later: &plan.turns[explained.len() + 1..],
            slots,
            costs: costs.as_ref(),
            criteria,
        };
        let (reason, rejected) = at.explain();
        explained.push(ExplainedTurn {
            turn: turn.clone(),
            reason,
            rejected,
        });
    });
    explained
}

/// A turn to explain, and what its reasons depend on.
struct Explaining<'a> {
    members: &'a [RotationMember],
    /// The accounts before the turn.
    accounts: &'a Accounts<'a>,
    slot: &'a MeetingSlot,
    turn: &'a PlannedTurn,
    /// The turns after it.
    later: &'a [PlannedTurn],
    slots: &'a [MeetingSlot],
    costs: Option<&'a AlternativeCosts>,
    criteria: &'a Criteria,
}

impl Explaining<'_> {
    fn explain(&self) -> (HostReason, Vec<HostRejection>) {
        let TurnStatus::Open { pin, .. } = &self.slot.status else {
            return self.set(self.note());
        };
        if valid_pin(self.members, self.slot.on, pin.as_ref()).is_some() {
            return self.set(self.note());
        }
        let others = self.others(self.turn.due);
        let rejected: Vec<_> = others.map(|place| self.rejection(place)).collect();
        let reason = self.reason(&rejected);
        let ignored = pin
            .as_ref()
            .filter(|pin| pin.source != HostSource::Rotation);
        let outside = ignored.and_then(|pin| self.accounts.absence(pin.host, self.slot.on));
        let reason = match (ignored, outside) {
            (Some(pin), Some(outside)) => HostReason::PinIgnored {
                pinned: pin.host,
                outside,
                instead: Box::new(reason),
            },
            _ => reason,
        };
        (reason, rejected)
    }

    fn note(&self) -> Option<String> {
        match &self.slot.status {
            TurnStatus::Open { pin, .. } => pin.as_ref().and_then(|pin| pin.reason.clone()),
            TurnStatus::Settled { reason, .. } => reason.clone(),
            TurnStatus::GivenBack => None,
        }
    }

    /// The indices of all municipalities except the host and the co-hosts.
    fn others(&self, host: Option<Id<Municipality>>) -> impl Iterator<Item = usize> {
        let members = self.accounts.members.iter().enumerate();
        members
            .filter(move |(_, one)| Some(one.id) != host && !self.turn.cohosts.contains(&one.id))
            .map(|(place, _)| place)
    }

    /// The reasons of a turn whose host is given.
    fn set(&self, note: Option<String>) -> (HostReason, Vec<HostRejection>) {
        let PlannedTurn {
            host, due, source, ..
        } = *self.turn;
        let Some(host) = host else {
            return (HostReason::NobodyAvailable, Vec::new());
        };
        let rejected = self.others(Some(host)).map(|place| {
            let municipality = self.accounts.members[place].id;
            let absence = self.accounts.absence(municipality, self.slot.on);
            let detail = absence.unwrap_or(RejectionDetail::HostSet {
                host,
                source,
                was_due: due == Some(municipality),
            });
            HostRejection {
                municipality,
                detail,
                cost: None,
            }
        });
        let rejected = rejected.collect();
        (HostReason::Set { due, source, note }, rejected)
    }

    fn rejection(&self, place: usize) -> HostRejection {
        let municipality = self.accounts.members[place].id;
        let obstacle = self.accounts.members[place].obstacle_on(self.slot.on);
        let due = self.turn.due.and_then(|due| self.accounts.place(due));
        let cost = self
            .costs
            .and_then(|costs| costs.of_city(self.slot.meeting, municipality));
        let detail = match (obstacle, due) {
            (Some(obstacle), _) => obstacle,
            (None, Some(due)) => self.detail(place, due, cost.as_ref()),
            // Cannot be: one that can host would be due.
            (None, None) => RejectionDetail::Unknown,
        };
        HostRejection {
            municipality,
            detail,
            cost,
        }
    }

    /// Why a municipality that could host is not due.
    fn detail(&self, place: usize, due: usize, cost: Option<&ExtraCost>) -> RejectionDetail {
        let members = &self.accounts.members;
        let (id, chosen) = (members[place].id, members[due].id);
        let share = |id| self.criteria.weights.share_on(id, self.slot.on);
        if share(id) == 0 && share(chosen) > 0 {
            return RejectionDetail::NoShare;
        }
        let cause = self
            .plain(place, due)
            .or_else(|| self.exchange(id, chosen))
            .or_else(|| self.next_turn(id));
        if let Some(cause) = cause {
            return cause;
        }
        if !self.turn.cohosts.is_empty() {
            return RejectionDetail::Together { host: chosen };
        }
        if is_firm(self.members, self.slot) {
            return RejectionDetail::Confirmed { host: chosen };
        }
        cost.map_or(RejectionDetail::Unknown, |cost| {
            RejectionDetail::Costs(cost.clone())
        })
    }

    /// Whether all have the same share on the day, so that numbers of turns can be compared.
    fn has_equal_shares(&self) -> bool {
        has_equal_shares(self.members, self.slot.on, self.criteria)
    }

    /// By which rule of the plain order the one that is due precedes the other, if it does.
    fn plain(&self, place: usize, due: usize) -> Option<RejectionDetail> {
        if !self.has_equal_shares() {
            return None;
        }
        let (own, other) = (
            &self.accounts.by_member[place],
            &self.accounts.by_member[due],
        );
        let waits = self.accounts.had_last_turn(place) && !self.accounts.had_last_turn(due);
        let chosen = self.accounts.members[due].id;
        match own.last {
            _ if own.balance() > other.balance() => Some(RejectionDetail::TurnsAhead {
                own: self.count(place),
                chosen,
                chosen_turns: self.count(due),
            }),
            Some(last) if waits || own.balance() == other.balance() && own.last > other.last => {
                Some(RejectionDetail::HostedRecently { last: last.on })
            }
            _ if self.accounts.claim(place) > self.accounts.claim(due) => {
                Some(RejectionDetail::LaterInOrder { chosen })
            }
            _ => None,
        }
    }

    fn count(&self, place: usize) -> TurnCount {
        let account = &self.accounts.by_member[place];
        TurnCount {
            turns: account.turns(),
            credited: account.is_credited().then(|| account.balance()),
        }
    }

    fn slot_of(&self, turn: &PlannedTurn) -> Option<&MeetingSlot> {
        let mut slots = self.slots.iter();
        slots.find(|slot| slot.meeting == turn.meeting)
    }

    /// The slot after this one in which a municipality is due next.
    fn next_slot_of(&self, id: Id<Municipality>) -> Option<&MeetingSlot> {
        let next = self.later.iter().find(|turn| turn.due == Some(id))?;
        self.slot_of(next)
    }

    /// Whether the next turn of a municipality is one at which the municipality that is due here cannot host.
    fn exchange(&self, id: Id<Municipality>, chosen: Id<Municipality>) -> Option<RejectionDetail> {
        let slot = self.next_slot_of(id)?;
        let blackout = self
            .members
            .iter()
            .find(|one| one.id == chosen)?
            .blackout_on(slot.on)?;
        Some(RejectionDetail::Exchanged {
            chosen,
            day: slot.on,
            blackout: blackout.clone(),
        })
    }

    /// Whether a municipality has the next turn, and that is given.
    fn next_turn(&self, city: Id<Municipality>) -> Option<RejectionDetail> {
        let next = self.later.first().filter(|turn| turn.due == Some(city))?;
        let slot = self.slot_of(next)?;
        let is_given = !slot.is_open() || is_firm(self.members, slot);
        is_given.then_some(RejectionDetail::HasNextTurn { city, day: slot.on })
    }

    /// Why the municipality that is due has the turn: by which rule it precedes the first of those that could host, or
    /// why that one does not have it.
    fn reason(&self, rejected: &[HostRejection]) -> HostReason {
        let Some(host) = self.turn.due else {
            return HostReason::NobodyAvailable;
        };
        if !self.turn.cohosts.is_empty() {
            let cohosts = self.turn.cohosts.clone();
            return HostReason::Together { cohosts };
        }
        let able = rejected.iter().filter_map(|one| {
            let place = self.accounts.place(one.municipality)?;
            let has_share = !matches!(one.detail, RejectionDetail::NoShare);
            let able = has_share && self.accounts.members[place].can_host_on(self.slot.on);
            able.then_some((place, one))
        });
        let able: Vec<(usize, &HostRejection)> = able.collect();
        let Some(due) = self.accounts.place(host).filter(|_| !able.is_empty()) else {
            return HostReason::OnlyOneAvailable;
        };
        // The first for whom the plain order does not speak: it needs another cause.
        let unexplained = able
            .iter()
            .filter(|(place, _)| self.plain(*place, due).is_none());
        match unexplained.min_by_key(|(place, one)| (cost_of(one), *place)) {
            None => self.plain_reason(due, &able),
            Some((_, one)) => self.other_reason(host, one),
        }
    }

    /// The rule by which the municipality that is due precedes all others.
    fn plain_reason(&self, due: usize, able: &[(usize, &HostRejection)]) -> HostReason {
        let claim = |place: &usize| self.accounts.claim(*place);
        let places = || able.iter().map(|(place, _)| *place);
        if let Some(waits) = places()
            .filter(|place| claim(place) < claim(&due))
            .min_by_key(claim)
        {
            let waits = self.accounts.members[waits].id;
            return HostReason::NotTwiceInARow { waits };
        }
        let others = places()
            .min_by_key(claim)
            .map(|place| &self.accounts.by_member[place]);
        let own = &self.accounts.by_member[due];
        match others {
            Some(other) if own.balance() < other.balance() => HostReason::LeastTurns {
                count: self.count(due),
                all: self.accounts.turns_of_all(),
            },
            Some(other) if own.last < other.last => HostReason::LongestAgo {
                last: own.last.map(|last| last.on),
            },
            _ => HostReason::FirstInOrder,
        }
    }

    /// Whether the turn is that of a municipality that cannot host on the day, and has its next turn later.
    fn instead_of(&self, host: Id<Municipality>) -> Option<HostReason> {
        let due = self.accounts.place(host)?;
        let members = self.accounts.members.iter().enumerate();
        let blocked = members.filter_map(|(place, member)| {
            let first = self.plain(due, place).is_some();
            let blackout = member.blackout_on(self.slot.on)?;
            (first && member.takes_part_on(self.slot.on)).then_some((place, member.id, blackout))
        });
        let first = blocked.min_by_key(|(place, ..)| self.accounts.claim(*place));
        let (_, blocked, blackout) = first?;
        let slot = self.next_slot_of(blocked)?;
        Some(HostReason::InsteadOf {
            blocked,
            blackout: blackout.clone(),
            day: slot.on,
        })
    }

    /// Why the municipality that is due has the turn although the plain order would prefer `other`.
    fn other_reason(&self, host: Id<Municipality>, other: &HostRejection) -> HostReason {
        let next = other.municipality;
        let is_cost = matches!(other.detail, RejectionDetail::Costs(_));
        if let Some(instead) = self.instead_of(host).filter(|_| is_cost) {
            return instead;
        }
        match &other.detail {
            RejectionDetail::Exchanged { day, blackout, .. } => HostReason::Exchanged {
                other: next,
                day: *day,
                blackout: blackout.clone(),
            },
            RejectionDetail::HasNextTurn { city, .. } => HostReason::NotBeforeNext { other: *city },
            RejectionDetail::Confirmed { .. } => HostReason::Confirmed,
            RejectionDetail::Costs(cost) => match cost.points {
                1.. => HostReason::LeastCost { cost: cost.clone() },
                0 if self.accounts.place(host) < self.accounts.place(next) => {
                    HostReason::EquallyGood { next }
                }
                _ => HostReason::StaysAsPlanned { next },
            },
            _ => HostReason::StaysAsPlanned { next },
        }
    }
}

/// What a rejection costs; causes that are not costs come first.
fn cost_of(rejection: &HostRejection) -> Option<i64> {
    match &rejection.detail {
        RejectionDetail::Costs(cost) => Some(cost.points),
        _ => None,
    }
}
