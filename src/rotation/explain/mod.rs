//! The reasons for a plan: why a municipality hosts, and by which rule each of the others does not.
//!
//! They are worked out from the plan that was decided, and each holds by itself (`docs/rotation.md`): it compares a
//! municipality with the one that is due. Where the plain order would have taken another one, the cause is a blackout, a
//! confirmation or co-hosts, or what the plan would cost otherwise ([`costs`]). [`wording`] puts the reasons into words.
mod costs;
mod wording;

pub use self::costs::{CostReason, ExtraCost};
pub use self::wording::NameOf;

use chrono::NaiveDate;

use self::costs::AlternativeCosts;
use super::accounts::{Accounts, Turns};
use super::plan::{
    Assignments, HostPlan, HostSource, MeetingSlot, MemberBlackout, Pause, PlannedTurn,
    RotationMember, TurnStatus, valid_pin,
};
use super::solver_input::{Criteria, has_equal_shares, is_firm};
use crate::db::Id;
use crate::municipalities::Municipality;
use crate::word_enum;

/// A turn with the reasons for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedTurn {
    /// The turn.
    pub turn: PlannedTurn,
    /// Why this host.
    pub reason: HostReason,
    /// Why not the others: one rejection for each municipality that is neither host nor co-host, in their order.
    pub rejected: Vec<HostRejection>,
}

/// The turns charged to a municipality up to a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnCount {
    /// The turns before the meeting, those that are only planned included.
    pub turns: Turns,
    /// The balance, if it was credited for a time in which it did not take part.
    pub credited: Option<Turns>,
}

/// Why a municipality hosts a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostReason {
    /// It has fewer turns than any other that can host.
    LeastTurns {
        /// The host.
        host: Id<Municipality>,
        /// Its turns.
        count: TurnCount,
        /// The turns of all together.
        all: Turns,
    },
    /// Others have as few turns, but its last one is the longest ago.
    LongestAgo {
        /// The host.
        host: Id<Municipality>,
        /// The day of its last turn, if it had one.
        last: Option<NaiveDate>,
    },
    /// Others have as few turns and had none yet either, but it precedes them in the order.
    FirstInOrder {
        /// The host.
        host: Id<Municipality>,
    },
    /// No other municipality can host on that day.
    OnlyOneAvailable {
        /// The host.
        host: Id<Municipality>,
    },
    /// Another would be due again, but had the previous turn.
    NotTwiceInARow {
        /// The host.
        host: Id<Municipality>,
        /// The municipality that waits.
        waits: Id<Municipality>,
    },
    /// It cannot host another meeting, and has exchanged places with the host of that one.
    Exchanged {
        /// The host.
        host: Id<Municipality>,
        /// Who hosts the other meeting.
        other: Id<Municipality>,
        /// The day of the other meeting.
        day: NaiveDate,
        /// Why the host cannot host then.
        blackout: MemberBlackout,
    },
    /// Another would be due, but has the next turn already.
    NotBeforeNext {
        /// The host.
        host: Id<Municipality>,
        /// The municipality that has the next turn.
        other: Id<Municipality>,
    },
    /// It has confirmed, so it keeps the turn.
    Confirmed {
        /// The host.
        host: Id<Municipality>,
    },
    /// The plan would be worse with any other municipality.
    LeastCost {
        /// The host.
        host: Id<Municipality>,
        /// The next best, and what the plan would cost with it.
        next: Id<Municipality>,
        /// What that would mean.
        cost: ExtraCost,
    },
    /// The plan would be as good with another, but the host precedes it in the order.
    EquallyGood {
        /// The host.
        host: Id<Municipality>,
        /// The other municipality.
        next: Id<Municipality>,
    },
    /// The plan would be as good or better with another, but turns that are known are not moved for that.
    StaysAsPlanned {
        /// The host.
        host: Id<Municipality>,
        /// The other municipality.
        next: Id<Municipality>,
    },
    /// It hosts together with others, and is kept as long as it can host.
    Together {
        /// The host.
        host: Id<Municipality>,
        /// Its co-hosts.
        cohosts: Vec<Id<Municipality>>,
    },
    /// No municipality can host on that day.
    NobodyAvailable,
    /// The host is given: by an override, a swap, by hand, or because the turn is settled.
    Set {
        /// The host.
        host: Id<Municipality>,
        /// The municipality that the turn is charged to.
        due: Option<Id<Municipality>>,
        /// How the host was determined.
        source: HostSource,
        /// The reason that was entered.
        note: Option<String>,
    },
    /// The host that was set does not take part on that day, so the plan applies.
    PinIgnored {
        /// The host that was set.
        pinned: Id<Municipality>,
        /// Why it cannot host.
        outside: RejectionDetail,
        /// The reason in the plan.
        instead: Box<HostReason>,
    },
}

word_enum! {
    /// The rule by which a municipality does not host.
    pub enum RejectionRule {
        /// It joins later.
        NotYetMember = "not_yet_member",
        /// It has left.
        Left = "left",
        /// Its membership is paused on that day.
        Paused = "paused",
        /// It cannot host on that day.
        Blackout = "blackout",
        /// It has more turns.
        TurnsAhead = "turns_ahead",
        /// It has as many turns, but its last one was later; or it had the previous turn.
        HostedRecently = "hosted_recently",
        /// It has as many turns, but comes later in the order.
        LaterInOrder = "later_in_order",
        /// It hosts its next meeting in exchange, because the host of this one cannot host then.
        Exchanged = "exchanged",
        /// The host has confirmed.
        Confirmed = "confirmed",
        /// One of the two would have two turns in a row.
        TwiceInARow = "twice_in_a_row",
        /// One of the two would deviate from its due share by a whole turn.
        OffShare = "off_share",
        /// The plan would be worse.
        CostsMore = "costs_more",
        /// The plan would be as good; the order of municipalities or the previous plan decided.
        AsGood = "as_good",
        /// The plan would be better, but turns that are known are not moved for that.
        StaysAsPlanned = "stays_as_planned",
        /// It has no share of the turns.
        NoShare = "no_share",
        /// Others host the meeting together.
        Cohosted = "cohosted",
        /// Another municipality stands in.
        Override = "override",
        /// Two municipalities exchanged their meetings.
        Swap = "swap",
        /// The host was set by hand, or the turn is settled.
        Fixed = "fixed",
    }
}

/// Why a municipality does not host a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostRejection {
    /// The municipality.
    pub municipality: Id<Municipality>,
    /// The rule with its details.
    pub detail: RejectionDetail,
    /// What the plan would cost more with it; only if it could host, and the solver made the plan.
    pub cost: Option<ExtraCost>,
}

/// The details of a rejection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejectionDetail {
    /// It joins later.
    NotYetMember {
        /// Its first day as a member.
        joins_on: NaiveDate,
    },
    /// It has left.
    Left {
        /// Its first day no longer a member.
        left_on: NaiveDate,
    },
    /// It is not among the members.
    Unknown,
    /// Its membership is paused.
    Paused(Pause),
    /// It cannot host on that day.
    Blackout(MemberBlackout),
    /// It has more turns.
    TurnsAhead {
        /// Its turns.
        own: TurnCount,
        /// The municipality that is due.
        chosen: Id<Municipality>,
        /// The turns of that one.
        chosen_turns: TurnCount,
    },
    /// Its last turn was later.
    HostedRecently {
        /// The day of that turn.
        last: NaiveDate,
    },
    /// It comes later in the order.
    LaterInOrder {
        /// The municipality that is due.
        chosen: Id<Municipality>,
    },
    /// It hosts its next meeting in exchange.
    Exchanged {
        /// The municipality that is due.
        chosen: Id<Municipality>,
        /// The day of that next meeting.
        day: NaiveDate,
        /// Why the municipality that is due cannot host then.
        blackout: MemberBlackout,
    },
    /// It has the next turn, and that is settled or fixed.
    HasNextTurn {
        /// The municipality.
        city: Id<Municipality>,
        /// The day of that turn.
        day: NaiveDate,
    },
    /// The host has confirmed.
    Confirmed {
        /// The host.
        host: Id<Municipality>,
    },
    /// The plan would cost more, or would be a different one of the same cost.
    Costs(ExtraCost),
    /// It has no share of the turns, and others can host.
    NoShare,
    /// Others host the meeting together, and are kept.
    Together {
        /// The host.
        host: Id<Municipality>,
    },
    /// The host is given.
    HostSet {
        /// The host.
        host: Id<Municipality>,
        /// How the host was determined.
        source: HostSource,
        /// Whether this municipality is due.
        was_due: bool,
    },
}

impl HostRejection {
    /// The rule that applies.
    #[must_use]
    pub fn rule(&self) -> RejectionRule {
        self.detail.rule()
    }
}

impl RejectionDetail {
    fn rule(&self) -> RejectionRule {
        match self {
            Self::NotYetMember { .. } | Self::Unknown => RejectionRule::NotYetMember,
            Self::Left { .. } => RejectionRule::Left,
            Self::Paused(_) => RejectionRule::Paused,
            Self::Blackout(_) => RejectionRule::Blackout,
            Self::TurnsAhead { .. } => RejectionRule::TurnsAhead,
            Self::HostedRecently { .. } => RejectionRule::HostedRecently,
            Self::LaterInOrder { .. } => RejectionRule::LaterInOrder,
            Self::Exchanged { .. } => RejectionRule::Exchanged,
            Self::HasNextTurn { .. } => RejectionRule::TwiceInARow,
            Self::Confirmed { .. } => RejectionRule::Confirmed,
            Self::NoShare => RejectionRule::NoShare,
            Self::Together { .. } => RejectionRule::Cohosted,
            Self::Costs(cost) => cost.rule(),
            Self::HostSet { source, .. } => match source {
                HostSource::Override => RejectionRule::Override,
                HostSource::Swap => RejectionRule::Swap,
                HostSource::Fixed | HostSource::Rotation => RejectionRule::Fixed,
            },
        }
    }
}

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
        let reason = HostReason::Set {
            host,
            due,
            source,
            note,
        };
        (reason, rejected)
    }

    fn rejection(&self, place: usize) -> HostRejection {
        let municipality = self.accounts.members[place].id;
        let obstacle = self.accounts.obstacle(place, self.slot.on);
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

    /// Whether the next turn of a municipality is one at which the municipality that is due here cannot host.
    fn exchange(&self, id: Id<Municipality>, chosen: Id<Municipality>) -> Option<RejectionDetail> {
        let next = self.later.iter().find(|turn| turn.due == Some(id))?;
        let slot = self
            .slots
            .iter()
            .find(|slot| slot.meeting == next.meeting)?;
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
        let mut slots = self.slots.iter();
        let slot = slots.find(|slot| slot.meeting == next.meeting)?;
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
            return HostReason::Together {
                host,
                cohosts: self.turn.cohosts.clone(),
            };
        }
        let able = rejected.iter().filter_map(|one| {
            let place = self.accounts.place(one.municipality)?;
            let has_share = !matches!(one.detail, RejectionDetail::NoShare);
            let able = has_share && self.accounts.obstacle(place, self.slot.on).is_none();
            able.then_some((place, one))
        });
        let able: Vec<(usize, &HostRejection)> = able.collect();
        let Some(due) = self.accounts.place(host).filter(|_| !able.is_empty()) else {
            return HostReason::OnlyOneAvailable { host };
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
        let host = self.accounts.members[due].id;
        let claim = |place: &usize| self.accounts.claim(*place);
        let places = || able.iter().map(|(place, _)| *place);
        if let Some(waits) = places()
            .filter(|place| claim(place) < claim(&due))
            .min_by_key(claim)
        {
            return HostReason::NotTwiceInARow {
                host,
                waits: self.accounts.members[waits].id,
            };
        }
        let others = places()
            .min_by_key(claim)
            .map(|place| &self.accounts.by_member[place]);
        let own = &self.accounts.by_member[due];
        match others {
            Some(other) if own.balance() < other.balance() => HostReason::LeastTurns {
                host,
                count: self.count(due),
                all: self.accounts.turns_of_all(),
            },
            Some(other) if own.last < other.last => HostReason::LongestAgo {
                host,
                last: own.last.map(|last| last.on),
            },
            _ => HostReason::FirstInOrder { host },
        }
    }

    /// Why the municipality that is due has the turn although the plain order would prefer `other`.
    fn other_reason(&self, host: Id<Municipality>, other: &HostRejection) -> HostReason {
        let next = other.municipality;
        match &other.detail {
            RejectionDetail::Exchanged { day, blackout, .. } => HostReason::Exchanged {
                host,
                other: next,
                day: *day,
                blackout: blackout.clone(),
            },
            RejectionDetail::HasNextTurn { city, .. } => {
                HostReason::NotBeforeNext { host, other: *city }
            }
            RejectionDetail::Confirmed { .. } => HostReason::Confirmed { host },
            RejectionDetail::Costs(cost) => match cost.points {
                1.. => HostReason::LeastCost {
                    host,
                    next,
                    cost: cost.clone(),
                },
                0 if self.accounts.place(host) < self.accounts.place(next) => {
                    HostReason::EquallyGood { host, next }
                }
                _ => HostReason::StaysAsPlanned { host, next },
            },
            _ => HostReason::StaysAsPlanned { host, next },
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
