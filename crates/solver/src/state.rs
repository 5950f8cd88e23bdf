//! A plan that a search modifies, and the costs of modifications.
use std::cell::Cell;
use std::ops::{Range, RangeInclusive};

use super::costs::{Costs, to_i64};

/// No host in [`State::hosts`].
pub(super) const NOBODY: usize = usize::MAX;

/// The host of each open slot, and the turns of each city.
#[derive(Debug, Clone)]
pub(super) struct State<'a> {
    pub(super) costs: &'a Costs,
    /// One for each slot; [`NOBODY`] in slots that are not open.
    pub(super) hosts: Vec<usize>,
    /// The open slots of each city, in order.
    own: Vec<Vec<usize>>,
    /// The same with its fixed slots and its last turn before the first slot.
    all: Vec<Vec<i64>>,
    /// The cost of the turns of each city, if it was computed since they changed.
    counted: Vec<Cell<Option<i64>>>,
}

/// A turn of a city that moves from one slot to another, is removed or is added.
#[derive(Debug, Clone, Copy)]
struct Move {
    city: usize,
    out: Option<usize>,
    into: Option<usize>,
}

impl<'a> State<'a> {
    /// `hosts` are the hosts of the open slots, or [`NOBODY`].
    pub(super) fn new(costs: &'a Costs, hosts: &[usize]) -> Self {
        let mut state = Self {
            costs,
            hosts: vec![NOBODY; costs.slots],
            own: vec![Vec::new(); costs.cities],
            all: costs.fixed.clone(),
            counted: vec![Cell::new(None); costs.cities],
        };
        let taken = costs
            .open
            .iter()
            .zip(hosts)
            .filter(|(_, city)| **city != NOBODY);
        for (&slot, &city) in taken {
            state.apply(Move {
                city,
                out: None,
                into: Some(slot),
            });
        }
        state
    }

    /// The hosts of the open slots.
    pub(super) fn open_hosts(&self) -> Vec<usize> {
        self.costs
            .open
            .iter()
            .map(|slot| self.hosts[*slot])
            .collect()
    }

    /// The cost of the plan minus the cost of a plan without any turn.
    pub(super) fn cost(&self) -> i64 {
        let cities = 0..self.costs.cities;
        cities.map(|city| self.cost_of(city)).sum()
    }

    fn cost_of(&self, city: usize) -> i64 {
        let counted = &self.counted[city];
        let cost = counted
            .get()
            .unwrap_or_else(|| self.costs_with(city, &self.own[city]));
        counted.set(Some(cost));
        cost
    }

    /// The cost of the turns of a city if it had these open slots.
    fn costs_with(&self, city: usize, own: &[usize]) -> i64 {
        let (costs, fixed) = (self.costs, &self.costs.fixed[city]);
        let (mut sum, mut last, mut next) = (0, None, 0);
        let mut step = |slot: i64| {
            let gap = last.map_or(0, |last| costs.gap(city, last, slot));
            last = Some(slot);
            gap
        };
        for (copy, &slot) in own.iter().enumerate() {
            while fixed.get(next).is_some_and(|fixed| *fixed < to_i64(slot)) {
                sum += step(fixed[next]);
                next += 1;
            }
            sum += step(to_i64(slot)) + costs.marginal(city, copy, slot) + costs.linear(city, slot);
        }
        sum + fixed[next..].iter().map(|slot| step(*slot)).sum::<i64>()
    }

    /// The cost that is added if two cities exchange all their open turns in a range of slots. `lists` receives the
    /// turns that they would have then.
    pub(super) fn exchange_cost(
        &self,
        [one, other]: [usize; 2],
        between: RangeInclusive<usize>,
        lists: &mut [Vec<usize>; 2],
    ) -> Option<i64> {
        let range = |city: usize| {
            let own = &self.own[city];
            own.partition_point(|turn| turn < between.start())
                ..own.partition_point(|turn| turn <= between.end())
        };
        let (first, second) = (range(one), range(other));
        let (given, taken) = (
            &self.own[one][first.clone()],
            &self.own[other][second.clone()],
        );
        let able =
            |city: usize, turns: &[usize]| turns.iter().all(|slot| self.costs.able(city, *slot));
        if !able(other, given) || !able(one, taken) {
            return None;
        }
        for (list, city, range, turns) in [(0, one, first, taken), (1, other, second, given)] {
            let (list, own) = (&mut lists[list], &self.own[city]);
            list.clear();
            list.extend_from_slice(&own[..range.start]);
            list.extend_from_slice(turns);
            list.extend_from_slice(&own[range.end..]);
            if list.len() > self.costs.copies_of(city) {
                return None;
            }
        }
        let before = self.cost_of(one) + self.cost_of(other);
        Some(self.costs_with(one, &lists[0]) + self.costs_with(other, &lists[1]) - before)
    }

    /// Sets the open slots of a city, which must be removed from the others.
    pub(super) fn set(&mut self, city: usize, own: &[usize]) {
        self.counted[city].set(None);
        self.own[city].clear();
        self.own[city].extend_from_slice(own);
        let all = &mut self.all[city];
        all.clear();
        all.extend_from_slice(&self.costs.fixed[city]);
        all.extend(own.iter().map(|slot| to_i64(*slot)));
        all.sort_unstable();
        for slot in own {
            self.hosts[*slot] = city;
        }
    }

    /// The open slots of a city.
    pub(super) fn turns(&self, city: usize) -> &[usize] {
        &self.own[city]
    }

    /// The last turn of a city before a slot and the first one after it, fixed ones included.
    pub(super) fn neighbours(&self, city: usize, slot: usize) -> (Option<i64>, Option<i64>) {
        let (all, slot) = (&self.all[city], to_i64(slot));
        let place = all.partition_point(|turn| *turn < slot);
        let before = place.checked_sub(1).map(|place| all[place]);
        (
            before,
            all[place..].iter().copied().find(|turn| *turn > slot),
        )
    }

    fn apply(&mut self, change: Move) {
        self.counted[change.city].set(None);
        let (own, all) = (&mut self.own[change.city], &mut self.all[change.city]);
        if let Some(slot) = change.out {
            own.retain(|turn| *turn != slot);
            all.retain(|turn| *turn != to_i64(slot));
        }
        if let Some(slot) = change.into {
            own.insert(own.partition_point(|turn| *turn < slot), slot);
            let place = all.partition_point(|turn| *turn < to_i64(slot));
            all.insert(place, to_i64(slot));
            self.hosts[slot] = change.city;
        }
    }

    /// The cost that a move adds; none if the city has no copies left.
    fn delta(&self, change: Move) -> Option<i64> {
        let Move { city, out, into } = change;
        let grows = out.is_none() && into.is_some();
        if grows && self.own[city].len() >= self.costs.copies_of(city) {
            return None;
        }
        let linear = |slot: Option<usize>| slot.map_or(0, |slot| self.costs.linear(city, slot));
        Some(linear(into) - linear(out) + self.fairness(change) + self.gaps(change))
    }

    fn fairness(&self, Move { city, out, into }: Move) -> i64 {
        let own = &self.own[city];
        let place = |slot: usize| own.partition_point(|turn| *turn < slot);
        let cost = |copy: usize, slot: usize| self.costs.marginal(city, copy, slot);
        let earlier = |turns: Range<usize>| -> i64 {
            turns
                .map(|turn| cost(turn - 1, own[turn]) - cost(turn, own[turn]))
                .sum()
        };
        let later = |turns: Range<usize>| -> i64 {
            turns
                .map(|turn| cost(turn + 1, own[turn]) - cost(turn, own[turn]))
                .sum()
        };
        match (
            out.map(|slot| (slot, place(slot))),
            into.map(|slot| (slot, place(slot))),
        ) {
            (None, None) => 0,
            (Some((slot, at)), None) => earlier(at + 1..own.len()) - cost(at, slot),
            (None, Some((slot, at))) => later(at..own.len()) + cost(at, slot),
            (Some((old, from)), Some((new, to))) if old < new => {
                earlier(from + 1..to) + cost(to - 1, new) - cost(from, old)
            }
            (Some((old, from)), Some((new, to))) => {
                later(to..from) + cost(to, new) - cost(from, old)
            }
        }
    }

    fn gaps(&self, Move { city, out, into }: Move) -> i64 {
        let all = &self.all[city];
        let out = out.map(to_i64);
        let gap = |from: Option<i64>, until: Option<i64>| match (from, until) {
            (Some(from), Some(until)) => self.costs.gap(city, from, until),
            _ => 0,
        };
        // the cost of a turn between two others
        let between = |before, slot, after| {
            gap(before, Some(slot)) + gap(Some(slot), after) - gap(before, after)
        };
        let mut sum = 0;
        if let Some(slot) = out {
            let place = all.partition_point(|turn| *turn < slot);
            let before = place.checked_sub(1).map(|place| all[place]);
            sum -= between(before, slot, all.get(place + 1).copied());
        }
        if let Some(slot) = into.map(to_i64) {
            let place = all.partition_point(|turn| *turn < slot);
            let mut earlier = all[..place].iter().rev().filter(|turn| Some(**turn) != out);
            let mut later = all[place..].iter().filter(|turn| Some(**turn) != out);
            sum += between(earlier.next().copied(), slot, later.next().copied());
        }
        sum
    }

    /// The cost that is added if a slot is given to a city.
    pub(super) fn reassign_cost(&self, slot: usize, city: usize) -> Option<i64> {
        if !self.costs.able(city, slot) {
            return None;
        }
        let host = self.hosts[slot];
        let given = self.delta(Move {
            city: host,
            out: Some(slot),
            into: None,
        })?;
        Some(
            given
                + self.delta(Move {
                    city,
                    out: None,
                    into: Some(slot),
                })?,
        )
    }

    pub(super) fn reassign(&mut self, slot: usize, city: usize) {
        let host = self.hosts[slot];
        self.apply(Move {
            city: host,
            out: Some(slot),
            into: None,
        });
        self.apply(Move {
            city,
            out: None,
            into: Some(slot),
        });
    }

    /// The cost that is added if the host of each slot moves to the next one, and that of the last to the first.
    /// None if two neighbouring hosts are the same; three slots must have three hosts.
    pub(super) fn rotate_cost(&self, slots: &[usize]) -> Option<i64> {
        let able = |change: Move| change.into.is_none_or(|slot| self.moves(change.city, slot));
        if !self.rotation(slots).all(able) {
            return None;
        }
        self.rotation(slots).map(|change| self.delta(change)).sum()
    }

    pub(super) fn rotate(&mut self, slots: &[usize]) {
        let changes: Vec<Move> = self.rotation(slots).collect();
        for change in changes {
            self.apply(change);
        }
    }

    /// Whether a city can get a slot that it does not have.
    fn moves(&self, city: usize, slot: usize) -> bool {
        self.costs.able(city, slot) && self.hosts[slot] != city
    }

    fn rotation(&self, slots: &[usize]) -> impl Iterator<Item = Move> {
        let next = slots.iter().cycle().skip(1);
        slots.iter().zip(next).map(|(&slot, &next)| Move {
            city: self.hosts[slot],
            out: Some(slot),
            into: Some(next),
        })
    }
}
