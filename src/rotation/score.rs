//! How good the plan of a series is, as the optimum weighs it (`docs/rotation.md`).
use serde::Serialize;
use utoipa::ToSchema;

use super::laid_out::{Dues, Ledger, Terms};
use super::optimum::{POINT, score_of};
use super::outlook::Outlook;
use super::plan::Member;
use crate::db::Instant;

/// What a plan costs, part by part; the less the better. What counts are the meetings from the first one to
/// plan on, so plans of different length cannot be compared by the sum alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanScore {
    /// How many meetings are weighed.
    pub meetings: usize,
    /// Meetings that nobody can host.
    pub nobody: usize,
    /// How often a municipality has two turns in a row.
    pub in_a_row: i64,
    /// Whole turns by which municipalities are off their due shares, over all meetings.
    pub turns_off: i64,
    /// Distance from the due shares after each meeting, in thousandths of a point.
    pub fairness_thousandths: i64,
    /// Unevenness of the gaps between two turns, in thousandths of a point.
    pub gaps_thousandths: i64,
    /// The ways of the others, in thousandths of a point; 0 where they do not count.
    pub travel_thousandths: i64,
    /// Turns charged to another municipality than in the plan that stands.
    pub moved: usize,
    /// What these cost, in thousandths of a point; near ones more.
    pub stability_thousandths: i64,
}

/// To whom the turns of a plan are charged.
#[must_use]
pub fn dues(outlook: &Outlook) -> Dues {
    let turns = outlook.plan.turns.iter();
    turns
        .filter_map(|turn| Some((turn.meeting, turn.due?)))
        .collect()
}

/// Weighs the plan of a series; `stands` has the turns of the plan to which it is compared.
#[must_use]
pub fn weigh(
    members: &[Member],
    terms: &Terms,
    outlook: &Outlook,
    stands: &Dues,
    now: Instant,
) -> PlanScore {
    let ledger = Ledger {
        members,
        slots: &outlook.slots,
        dues: stands,
        begun: &outlook.begun(now),
    };
    let laid = ledger.lay_out(terms);
    let score = score_of(&laid.problem, &laid.plan_of(&dues(outlook)));
    let thousandths = |costs: i64| costs / (POINT / 1000);
    PlanScore {
        meetings: laid.problem.slots.len(),
        nobody: score.nobody,
        in_a_row: score.in_a_row,
        turns_off: score.turns_off,
        fairness_thousandths: thousandths(score.fairness),
        gaps_thousandths: thousandths(score.gaps),
        travel_thousandths: thousandths(score.travel),
        moved: score.moved,
        stability_thousandths: thousandths(score.stability),
    }
}
