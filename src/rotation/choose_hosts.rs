//! Chooses the hosts of the open meetings of a series: by the plain order where it is the best plan, otherwise by the
//! best plan that the solver finds.
use super::explain;
use super::forecast::Forecast;
use super::plain_order;
use super::plan::{Assignments, RotationMember};
use super::solver_cache::Solver;
use super::solver_input::{Criteria, PlanInput};
use super::travel::VenueLocations;
use crate::auth::Scope;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::meetings::Meeting;
use crate::municipalities::{self, Municipality};
use crate::series::Series;
use solver::Effort;

/// The criteria by which the hosts of a series are chosen.
pub fn criteria(conn: &mut DbConn, who: &impl Scope, series: &Series) -> Result<Criteria> {
    let weights = series.host_weights.0.clone();
    let mut locations = VenueLocations::default();
    if weights.travel > 0 {
        let venues = municipalities::venues::store::of_cooperation(conn, who)?;
        let open = venues.iter().filter(|(_, open)| *open);
        locations = VenueLocations::of(open.map(|(venue, _)| venue));
    }
    Ok(Criteria { weights, locations })
}

/// Chooses who is due at the open meetings of a series, and updates plan and assignments of `forecast`; the caller stores
/// the assignments. With [`Effort::Keep`], stored assignments are dropped in favour of the plain order only if both agree.
///
/// # Errors
/// If the solver gives up.
pub fn choose_hosts(
    members: &[RotationMember],
    criteria: &Criteria,
    forecast: &mut Forecast,
    (effort, now): (Effort, Instant),
    solver: &Solver,
) -> Result<()> {
    let (previous, begun) = (forecast.previous_assignments(), forecast.begun(now));
    let input = PlanInput {
        members,
        slots: &forecast.slots,
        assignments: &previous,
        begun: &begun,
    };
    let is_plain = input.is_plain_order_best(criteria);
    if is_plain && forecast.assignments.is_empty() {
        return Ok(());
    }
    let order = plain_order::plan(members, &forecast.slots);
    if is_plain && effort == Effort::Thorough {
        (forecast.plan, forecast.assignments) = (order, Assignments::new());
        return Ok(());
    }
    let input = input.solver_input(criteria);
    // Without a previous plan there is none to keep.
    let effort = if previous.is_empty() {
        Effort::Thorough
    } else {
        effort
    };
    let assignments = input.assignments(&solver.solve(&input.problem, effort)?);
    let in_order = |(meeting, due): (&Id<Meeting>, &Id<Municipality>)| {
        let mut turns = order.turns.iter();
        turns.any(|turn| turn.meeting == *meeting && turn.due == Some(*due))
    };
    (forecast.plan, forecast.assignments) = if is_plain && assignments.iter().all(in_order) {
        (order, Assignments::new())
    } else {
        let plan = explain::assignments::plan(members, &forecast.slots, &input, &assignments);
        (plan, assignments)
    };
    Ok(())
}
