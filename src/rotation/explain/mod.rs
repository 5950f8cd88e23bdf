//! The reasons for a plan: why a municipality hosts, and by which rule each of the others does not.
//!
//! They are worked out from the plan that was decided, and each holds by itself (`docs/rotation.md`): it compares a
//! municipality with the one that is due. Where the plain order would have taken another one, the cause is a blackout, a
//! confirmation or co-hosts, or what the plan would cost otherwise (`costs`). `wording` puts the reasons into words.
mod costs;
mod reasons;
mod wording;

pub use self::costs::{CostReason, ExtraCost};
pub use self::reasons::explain;
pub use self::wording::NameOf;

use chrono::NaiveDate;

use super::accounts::Turns;
use super::plan::{HostSource, Pause, PlannedTurn};
use crate::db::Id;
use crate::municipalities::Municipality;
use crate::municipalities::blackouts::BlackoutDays;
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

/// Why the host of a meeting hosts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostReason {
    /// It has fewer turns than any other that can host.
    LeastTurns {
        /// Its turns.
        count: TurnCount,
        /// The turns of all together.
        all: Turns,
    },
    /// Others have as few turns, but its last one is the longest ago.
    LongestAgo {
        /// The day of its last turn, if it had one.
        last: Option<NaiveDate>,
    },
    /// Others have as few turns and had none yet either, but it precedes them in the order.
    FirstInOrder,
    /// No other municipality can host on that day.
    OnlyOneAvailable,
    /// Another would be due again, but had the previous turn.
    NotTwiceInARow {
        /// The municipality that waits.
        waits: Id<Municipality>,
    },
    /// It cannot host another meeting, and has exchanged places with the host of that one.
    Exchanged {
        /// Who hosts the other meeting.
        other: Id<Municipality>,
        /// The day of the other meeting.
        day: NaiveDate,
        /// Why the host cannot host then.
        blackout: BlackoutDays,
    },
    /// Another that would precede it cannot host this meeting, and has its next turn later.
    InsteadOf {
        /// The other.
        blocked: Id<Municipality>,
        /// Why that cannot host.
        blackout: BlackoutDays,
        /// The day of its next turn.
        day: NaiveDate,
    },
    /// Another would be due, but has the next turn already.
    NotBeforeNext {
        /// The municipality that has the next turn.
        other: Id<Municipality>,
    },
    /// It has confirmed, so it keeps the turn.
    Confirmed,
    /// The plan would be worse with any other municipality.
    LeastCost {
        /// What the plan would cost with the next best.
        cost: ExtraCost,
    },
    /// The plan would be as good with another, but the host precedes it in the order.
    EquallyGood {
        /// The other municipality.
        next: Id<Municipality>,
    },
    /// The plan would be as good or better with another, but turns that are known are not moved for that.
    StaysAsPlanned {
        /// The other municipality.
        next: Id<Municipality>,
    },
    /// It hosts together with others, and is kept as long as it can host.
    Together {
        /// Its co-hosts.
        cohosts: Vec<Id<Municipality>>,
    },
    /// No municipality can host on that day.
    NobodyAvailable,
    /// The host is given: by an override, a swap, by hand, or because the turn is settled.
    Set {
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
    Blackout(BlackoutDays),
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
        blackout: BlackoutDays,
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
