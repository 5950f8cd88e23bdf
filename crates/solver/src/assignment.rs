//! The exact optimum of everything that does not depend on gaps: an assignment of slots to turns of cities.
//!
//! The cost of fairness is a sum over cities of a convex function of the number of turns after each slot. Thus each
//! turn of a city adds an amount that depends on the slot and on the number of its earlier turns, and increases
//! with that number. So a city is represented by as many *copies* as it may get turns, and slots are assigned to
//! copies at the least cost; copies are used in order because of convexity. (Reduction of just-in-time sequencing
//! to assignment, after Kubiak and Sethi.)
use super::costs::Costs;
use super::{Plan, Problem};

/// More than the cost of any assignment.
const NEVER: i64 = i64::MAX / 4;

/// A plan that minimises [`without_gaps`](super::Score::without_gaps).
#[must_use]
pub fn without_gaps(problem: &Problem) -> Plan {
    let mut costs = Costs::of(problem);
    let hosts = assign(&mut costs);
    let mut turns: Vec<Option<usize>> = problem.slots.iter().map(super::Slot::fixed_turn).collect();
    for (slot, host) in costs.open.iter().zip(hosts) {
        turns[*slot] = Some(host);
    }
    Plan { turns }
}

/// Assigns the open slots at the least cost without the gaps. Adds copies of cities that could use more.
pub(super) fn assign(costs: &mut Costs) -> Vec<usize> {
    loop {
        let columns: Vec<(usize, usize)> = (0..costs.cities)
            .flat_map(|city| (0..costs.copies_of(city)).map(move |copy| (city, copy)))
            .collect();
        let cost = |row: usize, column: usize| {
            let ((city, copy), slot) = (columns[column], costs.open[row]);
            if costs.able(city, slot) {
                costs.marginal(city, copy, slot) + costs.linear(city, slot)
            } else {
                NEVER
            }
        };
        let chosen = least_cost(costs.open.len(), columns.len(), cost);
        let mut used = vec![0; costs.cities];
        let hosts: Option<Vec<usize>> = chosen.map(|chosen| {
            let hosts = chosen.into_iter().map(|column| columns[column].0);
            hosts.inspect(|city| used[*city] += 1).collect()
        });
        // a city that uses all its copies might need more; without an assignment, all might
        let short = |city: &usize| {
            let copies = costs.copies_of(*city);
            copies < costs.possible_turns(*city) && (hosts.is_none() || used[*city] == copies)
        };
        let short: Vec<usize> = (0..costs.cities).filter(short).collect();
        match hosts {
            Some(hosts) if short.is_empty() => return hosts,
            _ => {
                let mut wanted: Vec<usize> = (0..costs.cities)
                    .map(|city| costs.copies_of(city))
                    .collect();
                for city in short {
                    wanted[city] = 2 * wanted[city] + 1;
                }
                costs.make_copies(&wanted);
            }
        }
    }
}

/// Assigns a different column to each row at the least total cost, by shortest augmenting paths (Jonker and
/// Volgenant). None if there is no assignment without [`NEVER`].
fn least_cost(
    rows: usize,
    columns: usize,
    cost: impl Fn(usize, usize) -> i64,
) -> Option<Vec<usize>> {
    // the row that has a column; `rows` for none
    let mut taken = vec![rows; columns];
    let (mut of_row, mut of_column) = (vec![0_i64; rows], vec![0_i64; columns]);
    for start in 0..rows {
        let mut shortest = vec![NEVER; columns];
        let mut came_from: Vec<Option<usize>> = vec![None; columns];
        let mut done = vec![false; columns];
        let (mut row, mut by) = (start, None);
        let end = loop {
            let (mut least, mut next) = (NEVER, None);
            for column in 0..columns {
                if done[column] {
                    continue;
                }
                let price = cost(row, column);
                if price < NEVER {
                    let way = price - of_row[row] - of_column[column] + reached(by, &shortest);
                    if way < shortest[column] {
                        shortest[column] = way;
                        came_from[column] = by;
                    }
                }
                if shortest[column] < least {
                    (least, next) = (shortest[column], Some(column));
                }
            }
            let column = next?;
            done[column] = true;
            if taken[column] == rows {
                break column;
            }
            (row, by) = (taken[column], Some(column));
        };
        let total = shortest[end];
        of_row[start] += total;
        for column in (0..columns).filter(|column| done[*column] && *column != end) {
            let rest = total - shortest[column];
            of_column[column] -= rest;
            of_row[taken[column]] += rest;
        }
        let mut column = end;
        while let Some(before) = came_from[column] {
            taken[column] = taken[before];
            column = before;
        }
        taken[column] = start;
    }
    let mut chosen = vec![0; rows];
    for (column, row) in taken.into_iter().enumerate().filter(|(_, row)| *row < rows) {
        chosen[row] = column;
    }
    Some(chosen)
}

/// The length of the path to the row that has this column.
fn reached(by: Option<usize>, shortest: &[i64]) -> i64 {
    by.map_or(0, |column| shortest[column])
}
