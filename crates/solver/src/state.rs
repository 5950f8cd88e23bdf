//! A plan that a search changes turn by turn, with what each change would cost.
use std::cell::Cell;
use std::ops::{Range, RangeInclusive};

use super::costs::{Costs, to_i64};

/// Stands for nobody in [`State::hosts`].
pub(super) const NOBODY: usize = usize::MAX;

/// Who has the turn in each open slot, and the turns of each city.
#[derive(Debug, Clone)]
pub(super) struct State<'a> {
    pub(super) costs: &'a Costs,
    /// One for each slot; [`NOBODY`] where there is nothing to plan.
    pub(super) hosts: Vec<usize>,
    /// The open slots in which each city has the turn, in the order of time.
    own: Vec<Vec<usize>>,
    /// The same with the fixed slots, and the last one before the first.
    all: Vec<Vec<i64>>,
    /// What the turns of each city cost, if that was counted since they changed.
    counted: Vec<Cell<Option<i64>>>,
}

/// A turn that goes from one slot to another, out of the plan, or into it.
#[derive(Debug, Clone, Copy)]
struct Change {
    city: usize,
    out: Option<usize>,
    into: Option<usize>,
}

impl<'a> State<'a> {
    /// `hosts` are those of the open slots, or [`NOBODY`].
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
            state.apply(Change {
                city,
                out: None,
                into: Some(slot),
            });
        }
        state
    }

    /// The hosts of the open slots.
    pub(super) fn of_open(&self) -> Vec<usize> {
        self.costs
            .open
            .iter()
            .map(|slot| self.hosts[*slot])
            .collect()
    }

    /// What the plan costs, less what it would cost without any turn.
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

    /// What the turns of a city would cost if it had these open slots.
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

    /// What it adds if two cities exchange all their open turns between two slots, these included. The turns that they
    /// would have then are left in `lists`.
    pub(super) fn exchanges(
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

    /// Gives a city these open slots; they must be taken from others.
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

    /// The open slots in which a city has the turn.
    pub(super) fn turns(&self, city: usize) -> &[usize] {
        &self.own[city]
    }

    /// The turns of a city before and after a slot that lie next to it, fixed ones included.
    pub(super) fn neighbours(&self, city: usize, slot: usize) -> (Option<i64>, Option<i64>) {
        let (all, slot) = (&self.all[city], to_i64(slot));
        let place = all.partition_point(|turn| *turn < slot);
        let before = place.checked_sub(1).map(|place| all[place]);
        (
            before,
            all[place..].iter().copied().find(|turn| *turn > slot),
        )
    }

    fn apply(&mut self, change: Change) {
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

    /// What a change of one city's turns adds to the cost; nothing if there are no copies left.
    fn delta(&self, change: Change) -> Option<i64> {
        let Change { city, out, into } = change;
        let grows = out.is_none() && into.is_some();
        if grows && self.own[city].len() >= self.costs.copies_of(city) {
            return None;
        }
        let linear = |slot: Option<usize>| slot.map_or(0, |slot| self.costs.linear(city, slot));
        Some(linear(into) - linear(out) + self.fairness(change) + self.gaps(change))
    }

    fn fairness(&self, Change { city, out, into }: Change) -> i64 {
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

    fn gaps(&self, Change { city, out, into }: Change) -> i64 {
        let all = &self.all[city];
        let out = out.map(to_i64);
        let gap = |from: Option<i64>, until: Option<i64>| match (from, until) {
            (Some(from), Some(until)) => self.costs.gap(city, from, until),
            _ => 0,
        };
        // What a turn between these two adds.
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

    /// What it adds if a city takes over the turn of a slot.
    pub(super) fn takes_over(&self, slot: usize, city: usize) -> Option<i64> {
        if !self.costs.able(city, slot) {
            return None;
        }
        let host = self.hosts[slot];
        let given = self.delta(Change {
            city: host,
            out: Some(slot),
            into: None,
        })?;
        Some(
            given
                + self.delta(Change {
                    city,
                    out: None,
                    into: Some(slot),
                })?,
        )
    }

    pub(super) fn take_over(&mut self, slot: usize, city: usize) {
        let host = self.hosts[slot];
        self.apply(Change {
            city: host,
            out: Some(slot),
            into: None,
        });
        self.apply(Change {
            city,
            out: None,
            into: Some(slot),
        });
    }

    /// What it adds if the turns of these slots go round: that of each slot to the next, that of the last to the
    /// first. Nothing if hosts next to each other are the same; of three slots all must have different ones.
    pub(super) fn goes_round(&self, slots: &[usize]) -> Option<i64> {
        let able = |change: Change| change.into.is_none_or(|slot| self.moves(change.city, slot));
        if !self.round(slots).all(able) {
            return None;
        }
        self.round(slots).map(|change| self.delta(change)).sum()
    }

    pub(super) fn go_round(&mut self, slots: &[usize]) {
        let changes: Vec<Change> = self.round(slots).collect();
        for change in changes {
            self.apply(change);
        }
    }

    /// Whether a city can take a slot that it does not have.
    fn moves(&self, city: usize, slot: usize) -> bool {
        self.costs.able(city, slot) && self.hosts[slot] != city
    }

    fn round(&self, slots: &[usize]) -> impl Iterator<Item = Change> {
        let next = slots.iter().cycle().skip(1);
        slots.iter().zip(next).map(|(&slot, &next)| Change {
            city: self.hosts[slot],
            out: Some(slot),
            into: Some(next),
        })
    }
}
