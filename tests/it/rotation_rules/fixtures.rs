//! Five cities, their meetings, and plans in short.
use chrono::{Days, NaiveDate};
use reihum::db::Id;
use reihum::i18n::Language::{self, De, En};
use reihum::municipalities::Municipality;
use reihum::rotation::explain::{HostRejection, RejectionRule};
use reihum::rotation::plan::{
    HostPlan, HostSource, MeetingSlot, MemberBlackout, Pin, PlannedTurn, RotationMember, TurnStatus,
};

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
    };
    (0..count).map(member).collect()
}

/// Open meetings, one every 28 days from 2 February 2026.
pub fn slots(count: usize) -> Vec<MeetingSlot> {
    let slot = |number: usize| MeetingSlot {
        meeting: id(number),
        on: on("2026-02-02") + Days::new(28 * number as u64),
        status: TurnStatus::Open { pin: None },
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
pub fn settled(turn: &PlannedTurn, counted: bool) -> TurnStatus {
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
        pin: Some(Pin {
            host: id(host),
            source,
            reason,
        }),
    }
}

pub fn blackout(from: &str, until: &str, reason: Option<&str>) -> MemberBlackout {
    MemberBlackout {
        from: on(from),
        until: on(until),
        reason: reason.map(Into::into),
    }
}

/// Numbers of the hosts; 99 where there is none.
pub fn hosts(plan: &HostPlan) -> Vec<usize> {
    plan.turns.iter().map(|turn| number(turn.host)).collect()
}

pub fn assignments(plan: &HostPlan) -> Vec<usize> {
    plan.turns.iter().map(|turn| number(turn.due)).collect()
}

pub fn number(municipality: Option<Id<Municipality>>) -> usize {
    (0..99)
        .find(|number| Some(id(*number)) == municipality)
        .unwrap_or(99)
}

pub fn rules(turn: &PlannedTurn) -> Vec<(usize, RejectionRule)> {
    let rejected = turn.rejected.iter();
    rejected
        .map(|rejection| (number(Some(rejection.municipality)), rejection.rule))
        .collect()
}

pub fn in_words(rejection: &HostRejection, language: Language) -> String {
    let detail = rejection.detail.in_words(language, &name);
    format!("{}: {detail}", name(rejection.municipality))
}

pub fn german(turn: &PlannedTurn) -> Vec<String> {
    let reason = turn.reason.in_words(De, &name);
    let rejected = turn
        .rejected
        .iter()
        .map(|rejection| in_words(rejection, De));
    std::iter::once(reason).chain(rejected).collect()
}

pub fn english(turn: &PlannedTurn) -> Vec<String> {
    let reason = turn.reason.in_words(En, &name);
    let rejected = turn
        .rejected
        .iter()
        .map(|rejection| in_words(rejection, En));
    std::iter::once(reason).chain(rejected).collect()
}
