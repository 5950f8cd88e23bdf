//! How good the plan of a series is, as the optimum weighs it (`docs/rotation.md`).
use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::optimum::{self, City, POINT, Part, Problem, Weights, score_of};
use super::plan::{Member, Planned, Standing};
use super::standing;
use super::store::Outlook;
use crate::db::{Id, Instant};
use crate::meetings::Meeting;
use crate::municipalities::Municipality;

/// What a plan costs, part by part; the less the better. All its meetings count, past ones too, so plans
/// of different length cannot be compared by the sum alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PlanScore)]
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
    /// Turns charged to another municipality than in the plan that stands.
    pub moved: usize,
}

/// Weighs the plan of a series; `stands` has the turns of the plan to which it is compared.
pub(crate) fn weigh(
    members: &[Member],
    outlook: &Outlook,
    stands: &HashMap<Id<Meeting>, Id<Municipality>>,
    now: Instant,
) -> PlanScore {
    let mut cities: Vec<&Member> = members.iter().collect();
    cities.sort_by_key(|member| (member.position, member.id));
    let places: HashMap<_, usize> = cities
        .iter()
        .enumerate()
        .map(|(place, member)| (member.id, place))
        .collect();
    let place = |id: Option<Id<Municipality>>| id.and_then(|id| places.get(&id).copied());
    let turns: HashMap<_, &Planned> = outlook
        .plan
        .turns
        .iter()
        .map(|turn| (turn.meeting, turn))
        .collect();
    let (mut slots, mut dues) = (Vec::new(), Vec::new());
    for meeting in &outlook.meetings {
        let Some(turn) = turns.get(&meeting.id) else {
            continue;
        };
        let standing = standing(meeting, outlook.latest.get(&meeting.id), now);
        let is_open = matches!(standing, Standing::Open { .. });
        let due = place(turn.due);
        let fixed = due.filter(|_| !is_open).map(|due| (due, 1000));
        slots.push(optimum::Slot {
            fixed: fixed.into_iter().collect(),
            parts: cities
                .iter()
                .map(|member| part(member, meeting, is_open))
                .collect(),
            previous: place(stands.get(&meeting.id).copied()),
        });
        dues.push(due);
    }
    let problem = Problem {
        cities: vec![City::default(); cities.len()],
        slots,
        weights: Weights::default(),
    };
    let score = score_of(&problem, &optimum::Plan { turns: dues });
    PlanScore {
        meetings: problem.slots.len(),
        nobody: score.nobody,
        in_a_row: score.in_a_row,
        turns_off: score.turns_off,
        fairness_thousandths: score.fairness / (POINT / 1000),
        gaps_thousandths: score.gaps / (POINT / 1000),
        moved: score.moved,
    }
}

/// A municipality's part in a meeting. A turn that is fixed and charged to nobody is open to nobody.
fn part(member: &Member, meeting: &Meeting, is_open: bool) -> Part {
    let day = meeting.date;
    let is_member = member.joined_on <= day && member.left_on.is_none_or(|left| day < left);
    let mut blackouts = member.blackouts.iter();
    let is_blocked = blackouts.any(|blackout| (blackout.from..=blackout.until).contains(&day));
    Part {
        share: is_member.then_some(100),
        able: is_open && !is_blocked,
    }
}
