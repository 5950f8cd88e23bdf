//! How good the plan of a series is, by the costs that the solver minimises (`docs/rotation.md`).
use serde::Serialize;
use utoipa::ToSchema;

use super::plan::Assignments;
use super::series_plan::SeriesPlan;
use super::solver_input::SolverInput;
use solver::{POINT, score_of};

/// The costs of a plan by component; lower is better. The sum covers the meetings from the first one to plan on, so plans
/// of different length cannot be compared by it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanScore {
    /// The number of meetings covered.
    pub meetings: usize,
    /// The number of meetings that no municipality can host.
    pub nobody: usize,
    /// How often a municipality has two turns in a row.
    pub in_a_row: i64,
    /// Whole turns by which municipalities deviate from their due shares, summed over all meetings.
    pub turns_off: i64,
    /// The deviation from the due shares after each meeting, in thousandths of a point.
    pub fairness_thousandths: i64,
    /// The unevenness of the gaps between two turns, in thousandths of a point.
    pub gaps_thousandths: i64,
    /// How far the others travel, in thousandths of a point; 0 where travel has no weight.
    pub travel_thousandths: i64,
    /// The number of turns charged to another municipality than in the present plan.
    pub moved: usize,
    /// The cost of these moves, in thousandths of a point; moving a near turn costs more than moving a far one.
    pub stability_thousandths: i64,
}

/// Scores the plan of a series; `previous` has the assignments of the plan to which it is compared.
#[must_use]
pub fn plan_score(plan: &SeriesPlan, previous: &Assignments) -> PlanScore {
    let mut input = SolverInput::new(&plan.members, &plan.slots, &plan.criteria);
    input.compare_with(previous);
    let plan = input.solver_plan(&plan.dues());
    let score = score_of(&input.problem, &plan);
    let thousandths = |costs: i64| costs / (POINT / 1000);
    PlanScore {
        meetings: input.problem.slots.len(),
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
