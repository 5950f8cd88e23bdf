//! The exact optimum of all that does not depend on gaps: an assignment of slots to turns of cities.
//!
//! The fairness of a plan is a sum over cities of a convex function of the number of turns after each slot. Put
//! differently: each turn of a city adds to it an amount that depends on the slot and on how many turns the city
//! had before, and grows with these. So a city becomes as many *copies* as it may get turns, and slots are
//! assigned to copies at the least cost; that a copy is used before the next follows by itself. (The reduction of
//! just-in-time sequencing to assignment is due to Kubiak and Sethi.)
use super::costs::Costs;
use super::{Plan, Problem};

/// Costs more than any assignment.
const NEVER: i64 = i64::MAX / 4;

/// A plan with the least [`without_gaps`](super::Score::without_gaps) that there is.
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

/// Assigns the open slots at the least cost, gaps aside. Makes more copies of cities that could use them.
pub(super) fn assign(costs: &mut Costs) -> Vec<usize> {
    loop {
        let columns: Vec<(usize, usize)> = (0..costs.cities)
            .flat_map(|city| (0..costs.copies_of(city)).map(move |copy| (city, copy)))
            .collect();
        let cost = |row: usize, column: usize| {
            let ((city, copy), slot) = (columns[column], costs.open[row]);
            match costs.able(city, slot) {
                true => costs.marginal(city, copy, slot) + costs.linear(city, slot),
                false => NEVER,
            }
        };
        let chosen = least_cost(costs.open.len(), columns.len(), cost);
        let mut used = vec![0; costs.cities];
        let hosts: Option<Vec<usize>> = chosen.map(|chosen| {
            let hosts = chosen.into_iter().map(|column| columns[column].0);
            hosts.inspect(|city| used[*city] += 1).collect()
        });
        // A city that uses up its copies might have got another turn. Without an assignment all might.
        let short = |city: &usize| {
            let copies = costs.copies_of(*city);
            copies < costs.most_turns(*city) && (hosts.is_none() || used[*city] == copies)
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

/// Assigns each row a column of its own at the least sum of costs, by shortest augmenting paths after Jonker and
/// Volgenant. Nothing if there are too few columns that are not [`NEVER`].
fn least_cost(
    rows: usize,
    columns: usize,
    cost: impl Fn(usize, usize) -> i64,
) -> Option<Vec<usize>> {
    // The row that has a column; one row more than there are stands for none.
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

/// How far the search has come to the row that has this column.
fn reached(by: Option<usize>, shortest: &[i64]) -> i64 {
    by.map_or(0, |column| shortest[column])
}
