//! Five cities, their meetings, and plans in short.
use chrono::{Days, NaiveDate};
use reihum::db::Id;
use reihum::i18n::Language::{self, De, En};
use reihum::meetings::Meeting;
use reihum::municipalities::Municipality;
use reihum::municipalities::blackouts::BlackoutDays;
use reihum::rotation::accounts::Balance;
use reihum::rotation::explain::{HostReason, HostRejection, RejectionRule, explain};
use reihum::rotation::plan::{
    Assignments, HostPlan, HostSource, MeetingSlot, Pin, RotationMember, TurnStatus,
};
use reihum::rotation::planner::{self, Replan, plain_order};
use reihum::rotation::solver_cache::{Solver, SolverCache};
use reihum::rotation::solver_input::Criteria;

const NAMES: [&str; 5] = [
    "Bielefeld",
    "Gütersloh",
    "Herford",
    "Bad Salzuflen",
    "Detmold",
];
pub const BIELEFELD: usize = 0;
pub const GUETERSLOH: usize = 1;
pub const HERFORD: usize = 2;
pub const BAD_SALZUFLEN: usize = 3;
pub const DETMOLD: usize = 4;

/// To be planned.
pub const OPEN: TurnStatus = TurnStatus::Open {
    pin: None,
    confirmed: false,
};

/// A turn with its reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    pub meeting: Id<Meeting>,
    pub host: Option<Id<Municipality>>,
    pub due: Option<Id<Municipality>>,
    pub cohosts: Vec<Id<Municipality>>,
    /// To whom it is charged, in thousandths.
    pub debits: Vec<(Id<Municipality>, u32)>,
    pub source: HostSource,
    pub reason: HostReason,
    pub rejected: Vec<HostRejection>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub turns: Vec<Turn>,
    pub balances: Vec<Balance>,
}

/// The plain order, with its reasons.
pub fn plan(members: &[RotationMember], slots: &[MeetingSlot]) -> Plan {
    explained(
        members,
        slots,
        &plain_order(members, slots, Replan::Anew).dues,
    )
}

pub fn explained(members: &[RotationMember], slots: &[MeetingSlot], dues: &Assignments) -> Plan {
    let turns = explain(members, slots, &Criteria::default(), dues).into_iter();
    let turns = turns.map(|one| Turn {
        meeting: one.turn.meeting,
        host: one.turn.host,
        due: one.turn.due,
        debits: one.turn.debits(),
        cohosts: one.turn.cohosts,
        source: one.turn.source,
        reason: one.reason,
        rejected: one.rejected,
    });
    Plan {
        turns: turns.collect(),
        balances: HostPlan::of(members, slots, dues).balances,
    }
}

/// Decides who is due at the open slots, stores it there, and explains it.
pub fn decide(members: &[RotationMember], slots: &mut [MeetingSlot], replan: Replan) -> Plan {
    let solver = Solver::new(&SolverCache::default(), false);
    let dues = planner::decide(members, slots, &Criteria::default(), replan, &solver).unwrap();
    let open = slots.iter_mut().filter(|slot| slot.is_open());
    open.for_each(|slot| slot.due = dues.get(&slot.meeting).copied());
    explained(members, slots, &dues)
}

pub fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn id<T: 'static>(number: usize) -> Id<T> {
    Id::from(uuid::Uuid::from_u128(number as u128 + 1))
}

pub fn name(municipality: Id<Municipality>) -> String {
    let place = NAMES
        .iter()
        .enumerate()
        .find(|(number, _)| id(*number) == municipality);
    place.map_or_else(|| "?".to_owned(), |(_, name)| (*name).to_owned())
}

/// The first municipalities by their number, founders all.
pub fn members(count: usize) -> Vec<RotationMember> {
    let member = |number| RotationMember {
        id: id(number),
        position: i32::try_from(number).unwrap() + 1,
        joined_on: on("2026-01-01"),
        left_on: None,
        blackouts: vec![],
        pauses: vec![],
    };
    (0..count).map(member).collect()
}

/// Open meetings, one every 28 days from 2 February 2026.
pub fn slots(count: usize) -> Vec<MeetingSlot> {
    let slot = |number: usize| MeetingSlot {
        meeting: id(number),
        on: on("2026-02-02") + Days::new(28 * number as u64),
        status: OPEN,
        due: None,
        near: false,
        cohosts: vec![],
    };
    (0..count).map(slot).collect()
}

/// The places of the open ones.
pub fn open(slots: &[MeetingSlot]) -> Vec<usize> {
    let open = |slot: &usize| matches!(slots[*slot].status, TurnStatus::Open { .. });
    (0..slots.len()).filter(open).collect()
}

/// How a turn stands once it is settled. A meeting without a host is not held.
pub fn settled(turn: &Turn, counted: bool) -> TurnStatus {
    match turn.host {
        None => TurnStatus::GivenBack,
        Some(host) => TurnStatus::Settled {
            due: turn.due,
            host,
            source: turn.source,
            reason: None,
            counted,
        },
    }
}

/// Lets a member leave on that day, if it is one until then.
pub fn leave(member: &mut RotationMember, left_on: NaiveDate) {
    if member.left_on.is_none() && member.joined_on < left_on {
        member.left_on = Some(left_on);
    }
}

pub fn pin(host: usize, source: HostSource, reason: Option<&str>) -> TurnStatus {
    let reason = reason.map(Into::into);
    TurnStatus::Open {
        confirmed: false,
        pin: Some(Pin {
            host: id(host),
            source,
            reason,
        }),
    }
}

pub fn blackout(from: &str, until: &str, reason: Option<&str>) -> BlackoutDays {
    BlackoutDays {
        from: on(from),
        until: on(until),
        reason: reason.map(Into::into),
    }
}

/// Numbers of the hosts; 99 where there is none.
pub fn hosts(plan: &Plan) -> Vec<usize> {
    plan.turns.iter().map(|turn| number(turn.host)).collect()
}

pub fn assignments(plan: &Plan) -> Vec<usize> {
    plan.turns.iter().map(|turn| number(turn.due)).collect()
}

pub fn number(municipality: Option<Id<Municipality>>) -> usize {
    (0..99)
        .find(|number| Some(id(*number)) == municipality)
        .unwrap_or(99)
}

pub fn rules(turn: &Turn) -> Vec<(usize, RejectionRule)> {
    let rejected = turn.rejected.iter();
    rejected
        .map(|rejection| (number(Some(rejection.municipality)), rejection.rule()))
        .collect()
}

pub fn in_words(rejection: &HostRejection, language: Language) -> String {
    let detail = rejection.detail.in_words(language, &name);
    format!("{}: {detail}", name(rejection.municipality))
}

pub fn german(turn: &Turn) -> Vec<String> {
    let reason = turn.reason.in_words(De, turn.host, &name);
    let rejected = turn
        .rejected
        .iter()
        .map(|rejection| in_words(rejection, De));
    std::iter::once(reason).chain(rejected).collect()
}

pub fn english(turn: &Turn) -> Vec<String> {
    let reason = turn.reason.in_words(En, turn.host, &name);
    let rejected = turn
        .rejected
        .iter()
        .map(|rejection| in_words(rejection, En));
    std::iter::once(reason).chain(rejected).collect()
}
