//! The reasons for a plan: why a municipality hosts, and by which rule each of the others does not.
//!
//! The plain order gives its reasons itself ([`plain_order`](super::plain_order)); for assignments that the solver has
//! found they are worked out in [`assignments`]. `wording` puts both into words.
pub mod assignments;
mod wording;

pub use self::wording::NameOf;

use chrono::NaiveDate;

use super::accounts::Turns;
use super::plan::{HostSource, MemberBlackout};
use crate::db::Id;
use crate::meetings::Meeting;
use crate::municipalities::Municipality;
use crate::word_enum;

/// Why a municipality hosts a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostReason {
    /// It has fewer turns than any other that can host.
    LeastTurns {
        /// The host.
        host: Id<Municipality>,
        /// Its balance before this turn.
        turns: Turns,
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
    /// The plan would be worse with any other municipality.
    LeastCost {
        /// The host.
        host: Id<Municipality>,
        /// The next best.
        next: Id<Municipality>,
        /// By how much the plan would be worse with the next best, in thousandths of a point.
        points: i64,
    },
    /// The plan would be as good with another, but the host precedes it in the order.
    EquallyGood {
        /// The host.
        host: Id<Municipality>,
        /// The other municipality.
        next: Id<Municipality>,
    },
    /// The plan would be as good or better with another, but is kept because it has been published.
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
    /// The host that was set is not a member on that day, so the plan applies.
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
        /// It cannot host on that day.
        Blackout = "blackout",
        /// It has more turns.
        TurnsAhead = "turns_ahead",
        /// It has as many turns, but its last one was later; or it had the previous turn.
        HostedRecently = "hosted_recently",
        /// It has as many turns, but comes later in the order.
        LaterInOrder = "later_in_order",
        /// It would have two turns in a row.
        TwiceInARow = "twice_in_a_row",
        /// It, or the host, would deviate from its due share by a whole turn.
        OffShare = "off_share",
        /// The plan would be worse.
        CostsMore = "costs_more",
        /// The plan would be as good; the order of municipalities or the previous plan decided.
        AsGood = "as_good",
        /// The plan would be better, but is kept because it has been published.
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
    /// The rule that applies.
    pub rule: RejectionRule,
    /// The details.
    pub detail: RejectionDetail,
}

/// The details of a rejection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejectionDetail {
    /// It joins later.
    NotYetMember {
        /// First day as a member.
        joins_on: NaiveDate,
    },
    /// It has left.
    Left {
        /// First day no longer a member.
        left_on: NaiveDate,
    },
    /// It is not among the members.
    Unknown,
    /// It cannot host on that day.
    Blackout(MemberBlackout),
    /// It has more turns.
    TurnsAhead {
        /// Its balance.
        own: Turns,
        /// The host.
        chosen: Id<Municipality>,
        /// The balance of the host.
        chosen_turns: Turns,
    },
    /// Its last turn was later.
    HostedRecently {
        /// The day of that turn.
        last: NaiveDate,
    },
    /// It comes later in the order.
    LaterInOrder {
        /// The host.
        chosen: Id<Municipality>,
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

/// What the plan would cost more with another municipality as the host of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraCost {
    /// The additional cost in thousandths of a point, either with one more turn for that municipality or in exchange for
    /// one of its turns, whichever costs less. Negative if the plan would be better.
    pub points: i64,
    /// The meeting that the host would get in exchange.
    pub gives: Option<Id<Meeting>>,
    /// What contributes most to the cost.
    pub reason: CostReason,
}

/// What contributes most to the cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostReason {
    /// It would have two turns in a row.
    TwiceInARow {
        /// The day of the other turn.
        day: NaiveDate,
    },
    /// A municipality would deviate from its due share by a whole turn.
    OffShare,
    /// The gap to its nearest turn would be uneven.
    Gap {
        /// The day of that turn.
        day: NaiveDate,
        /// The gap, in meetings.
        gap: i64,
        /// The even gap, in meetings.
        even: i64,
    },
    /// No single component.
    Altogether,
}

impl HostRejection {
    pub(super) fn new(municipality: Id<Municipality>, detail: RejectionDetail) -> Self {
        Self {
            municipality,
            rule: detail.rule(),
            detail,
        }
    }
}

impl RejectionDetail {
    fn rule(&self) -> RejectionRule {
        match self {
            Self::NotYetMember { .. } | Self::Unknown => RejectionRule::NotYetMember,
            Self::Left { .. } => RejectionRule::Left,
            Self::Blackout(_) => RejectionRule::Blackout,
            Self::TurnsAhead { .. } => RejectionRule::TurnsAhead,
            Self::HostedRecently { .. } => RejectionRule::HostedRecently,
            Self::LaterInOrder { .. } => RejectionRule::LaterInOrder,
            Self::NoShare => RejectionRule::NoShare,
            Self::Together { .. } => RejectionRule::Cohosted,
            Self::Costs(cost) => cost.rule(),
            Self::HostSet {
                source: HostSource::Override,
                ..
            } => RejectionRule::Override,
            Self::HostSet {
                source: HostSource::Swap,
                ..
            } => RejectionRule::Swap,
            Self::HostSet {
                source: HostSource::Fixed | HostSource::Rotation,
                ..
            } => RejectionRule::Fixed,
        }
    }
}

impl ExtraCost {
    fn rule(&self) -> RejectionRule {
        match (self.points, self.reason) {
            (0, _) => RejectionRule::AsGood,
            (..0, _) => RejectionRule::StaysAsPlanned,
            (_, CostReason::TwiceInARow { .. }) => RejectionRule::TwiceInARow,
            (_, CostReason::OffShare) => RejectionRule::OffShare,
            (_, CostReason::Gap { .. } | CostReason::Altogether) => RejectionRule::CostsMore,
        }
    }
}
