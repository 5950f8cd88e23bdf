//! The hosts of a series as a problem for the solver, and its answer as turns of municipalities.
use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::cohosts::{self, charges};
use super::optimum::{self, City, Effort, Part, Problem, Weights};
use super::plan::{self, Member, Plan, Slot, Standing};
use super::travel::Places;
use crate::db::Id;
use crate::meetings::Meeting;
use crate::municipalities::Municipality;
use crate::series::HostWeights;
use crate::series::host_weights::ORDINARY_SHARE;

/// To whom turns are charged, by meeting.
pub type Dues = HashMap<Id<Meeting>, Id<Municipality>>;

/// By what hosts are planned, beside the members and the ledger.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// What weighs how much, and whose shares are other ones.
    pub weights: HostWeights,
    /// Where the municipalities are, if travel weighs anything.
    pub places: Places,
}

/// A problem, and what its places stand for.
#[derive(Debug, Clone)]
pub struct LaidOut {
    /// The problem: from the first turn to plan to the last meeting.
    pub problem: Problem,
    /// The municipalities in their order.
    pub cities: Vec<Id<Municipality>>,
    /// The meetings of the slots and their days; without those whose turn is nobody's.
    pub meetings: Vec<(Id<Meeting>, NaiveDate)>,
    /// The days of the turns before the first slot, the latest first.
    pub past: Vec<NaiveDate>,
    /// Whose turn those meetings are that are hosted together: no matter for the solver, which plans the others around
    /// them.
    pub together: Dues,
}

/// A turn of the ledger as the solver is to take it.
enum Turn {
    /// To plan.
    Open,
    /// Not to be touched: the places of the cities and their parts, who is due first. Nobody's if there are none.
    Fixed(Vec<(usize, u32)>),
}

/// What stands before a plan is made.
#[derive(Debug, Clone, Copy)]
pub struct Ledger<'a> {
    /// All municipalities, those that left included.
    pub members: &'a [Member],
    /// All meetings of the series in the order of time.
    pub slots: &'a [Slot],
    /// Whose turn the planned meetings are in the plan that stands.
    pub dues: &'a Dues,
    /// Planned meetings that have begun: they keep the turn that they have.
    pub begun: &'a HashSet<Id<Meeting>>,
}

impl Ledger<'_> {
    fn is_to_plan(&self, slot: &Slot) -> bool {
        matches!(slot.standing, Standing::Open { .. }) && !self.begun.contains(&slot.meeting)
    }

    /// Whether nothing keeps the plain order from being the best plan: no blackout falls on a meeting to plan, none is hosted
    /// together, all members have the same share, and ways do not count.
    #[must_use]
    pub fn is_plain(&self, terms: &Terms) -> bool {
        let mut open = self.slots.iter().filter(|slot| self.is_to_plan(slot));
        terms.weights.travel == 0
            && open.all(|slot| {
                let mut members = self
                    .members
                    .iter()
                    .filter(|member| member.is_member_on(slot.on));
                let alone = cohosts::standing(self.members, slot).is_empty();
                alone
                    && members.all(|member| {
                        let share = terms.weights.share_on(member.id, slot.on);
                        share == ORDINARY_SHARE && member.blackout_on(slot.on).is_none()
                    })
            })
    }

    /// Lays the turns out as a problem.
    #[must_use]
    pub fn lay_out(&self, terms: &Terms) -> LaidOut {
        let mut order: Vec<&Member> = self.members.iter().collect();
        order.sort_by_key(|member| (member.position, member.id));
        let cities: Vec<_> = order.iter().map(|member| member.id).collect();
        let places: HashMap<_, _> = cities
            .iter()
            .zip(0..)
            .map(|(id, place)| (*id, place))
            .collect();
        let together = self.together();
        let turn = |slot: &Slot| {
            let cohosts = cohosts::standing(self.members, slot);
            let due = match &slot.standing {
                Standing::GivenBack => None,
                Standing::Settled { due, .. } => *due,
                Standing::Open { .. } if self.is_to_plan(slot) && cohosts.is_empty() => {
                    return Turn::Open;
                }
                Standing::Open { .. } if self.is_to_plan(slot) => {
                    together.get(&slot.meeting).copied()
                }
                Standing::Open { .. } => self.dues.get(&slot.meeting).copied(),
            };
            let charges = due.map_or_else(Vec::new, |due| charges(due, &cohosts));
            let known = charges.into_iter();
            Turn::Fixed(
                known
                    .filter_map(|(sharer, part)| Some((*places.get(&sharer)?, part)))
                    .collect(),
            )
        };
        let first = self.slots.iter().position(|slot| self.is_to_plan(slot));
        let (before, ahead) = self.slots.split_at(first.unwrap_or(self.slots.len()));
        let mut past = Past::of(&order);
        for slot in before {
            if let Turn::Fixed(cities) = turn(slot) {
                past.charge(&order, terms, &cities, slot.on);
            }
        }
        let mut laid = LaidOut {
            problem: Problem {
                cities: past.cities(&order, ahead.first().map(|slot| slot.on)),
                slots: Vec::with_capacity(ahead.len()),
                weights: weights(&terms.weights),
            },
            cities,
            meetings: Vec::with_capacity(ahead.len()),
            past: past.days.into_iter().rev().collect(),
            together: Dues::new(),
        };
        if terms.weights.travel > 0 {
            self.add_ways(&order, terms, &mut laid.problem.cities);
        }
        for slot in ahead {
            let fixed = match turn(slot) {
                Turn::Open => vec![],
                Turn::Fixed(cities) if cities.is_empty() => continue,
                Turn::Fixed(cities) => cities,
            };
            let previous = self.dues.get(&slot.meeting).and_then(|due| places.get(due));
            let parts = order.iter().map(|member| part(member, terms, slot.on));
            laid.problem.slots.push(optimum::Slot {
                fixed,
                parts: parts.collect(),
                previous: previous.copied(),
            });
            laid.meetings.push((slot.meeting, slot.on));
        }
        laid.together = together;
        laid
    }

    /// Whose turn the meetings to plan are that are hosted together: as in the plan that stands as long as that one can
    /// host, and else as in the plain order.
    fn together(&self) -> Dues {
        let to_plan = self.slots.iter().filter(|slot| self.is_to_plan(slot));
        let shared = to_plan.map(|slot| (slot, cohosts::standing(self.members, slot)));
        let shared = shared.filter(|(_, cohosts)| !cohosts.is_empty());
        let mut order: Option<Plan> = None;
        let mut found = Dues::new();
        for (slot, cohosts) in shared {
            let can_host = |due: &Id<Municipality>| {
                let mut all = self.members.iter().filter(|member| member.id == *due);
                let able = |member: &Member| {
                    member.is_member_on(slot.on) && member.blackout_on(slot.on).is_none()
                };
                !cohosts.contains(due) && all.any(able)
            };
            let stands = self.dues.get(&slot.meeting).copied().filter(can_host);
            let due = stands.or_else(|| {
                let order = order.get_or_insert_with(|| plan::plan(self.members, self.slots));
                let turn = order.turns.iter().find(|turn| turn.meeting == slot.meeting);
                turn.and_then(|turn| turn.due)
            });
            found.extend(due.map(|due| (slot.meeting, due)));
        }
        found
    }

    /// What the others travel to each municipality; the way of who has travelled more than others counts more, up to
    /// twice, and of who has travelled less counts less.
    fn add_ways(&self, order: &[&Member], terms: &Terms, cities: &mut [City]) {
        let way =
            |one: Id<_>, other: Id<_>| u64::from(terms.places.kilometres(one, other).unwrap_or(0));
        let mut travelled = vec![0_u64; order.len()];
        for slot in self.slots {
            if let Standing::Settled { host, .. } = slot.standing {
                for (member, travelled) in order.iter().zip(&mut travelled) {
                    if member.is_member_on(slot.on) {
                        *travelled += way(member.id, host);
                    }
                }
            }
        }
        let today = self
            .slots
            .iter()
            .find(|slot| self.is_to_plan(slot))
            .map(|slot| slot.on);
        let present: Vec<usize> = (0..order.len())
            .filter(|place| today.is_some_and(|day| order[*place].is_member_on(day)))
            .collect();
        let all: u64 = present.iter().map(|place| travelled[*place]).sum();
        let count = present.len() as u64;
        for (host, city) in order.iter().zip(cities) {
            let others = present.iter().filter(|place| order[**place].id != host.id);
            let ways = others.map(|place| {
                let part = (1000 * count * travelled[*place])
                    .checked_div(all)
                    .unwrap_or(1000);
                way(order[*place].id, host.id) * part.clamp(500, 2000)
            });
            let mean = ways.sum::<u64>() / (1000 * count.saturating_sub(1).max(1));
            city.kilometres = u32::try_from(mean).unwrap_or(u32::MAX);
        }
    }
}

impl LaidOut {
    /// The turns that the solver finds for the meetings to plan, and those hosted together. What is missing is nobody's.
    #[must_use]
    pub fn solved(&self, effort: Effort) -> Dues {
        self.dues_by(&optimum::solve(&self.problem, effort))
    }

    /// The turns of the meetings to plan by a plan for its problem.
    pub(super) fn dues_by(&self, plan: &optimum::Plan) -> Dues {
        let slots = self
            .problem
            .slots
            .iter()
            .zip(&self.meetings)
            .zip(&plan.turns);
        let open = slots.filter(|((slot, _), _)| slot.fixed.is_empty());
        open.filter_map(|((_, (meeting, _)), turn)| Some((*meeting, self.cities[(*turn)?])))
            .chain(self.together.clone())
            .collect()
    }

    /// The same turns as a plan of the solver.
    #[must_use]
    pub fn plan_of(&self, dues: &Dues) -> optimum::Plan {
        let place = |due| self.cities.iter().position(|city| *city == due);
        let slots = self.problem.slots.iter().zip(&self.meetings);
        let turns = slots.map(|(slot, (meeting, _))| match slot.fixed.first() {
            Some((city, _)) => Some(*city),
            None => dues.get(meeting).copied().and_then(place),
        });
        optimum::Plan {
            turns: turns.collect(),
        }
    }

    /// The day of a slot, which may lie before the first one.
    #[must_use]
    pub fn day(&self, slot: i64) -> Option<NaiveDate> {
        match usize::try_from(slot) {
            Ok(slot) => self.meetings.get(slot).map(|(_, day)| *day),
            Err(_) => self.past.get(usize::try_from(-1 - slot).ok()?).copied(),
        }
    }
}

/// What the ledger says of the turns before the first one to plan.
struct Past {
    turns: Vec<i64>,
    /// What was due, in billionths of a turn.
    due: Vec<i64>,
    last: Vec<Option<usize>>,
    days: Vec<NaiveDate>,
}

impl Past {
    fn of(order: &[&Member]) -> Self {
        Self {
            turns: vec![0; order.len()],
            due: vec![0; order.len()],
            last: vec![None; order.len()],
            days: Vec::new(),
        }
    }

    fn charge(&mut self, order: &[&Member], terms: &Terms, cities: &[(usize, u32)], on: NaiveDate) {
        if cities.is_empty() {
            return;
        }
        let shares: Vec<i64> = order
            .iter()
            .map(|member| i64::from(part(member, terms, on).share.unwrap_or(0)))
            .collect();
        let all: i64 = shares.iter().sum();
        for (due, share) in self.due.iter_mut().zip(&shares) {
            *due += (1_000_000_000 * share).checked_div(all).unwrap_or(0);
        }
        for (city, part) in cities {
            self.turns[*city] += i64::from(*part);
        }
        if let Some((host, _)) = cities.first() {
            self.last[*host] = Some(self.days.len());
        }
        self.days.push(on);
    }

    /// How they stand; the mean of those who are members on that day is nothing, so that nobody has to make up for who
    /// left.
    fn cities(&self, order: &[&Member], on: Option<NaiveDate>) -> Vec<City> {
        let off =
            |place: usize| self.turns[place] - (self.due[place] + 500_000).div_euclid(1_000_000);
        let is_present = |place: &usize| on.is_some_and(|on| order[*place].is_member_on(on));
        let present: Vec<i64> = (0..order.len()).filter(is_present).map(off).collect();
        let count = i64::try_from(present.len()).unwrap_or(i64::MAX).max(1);
        let mean = (present.iter().sum::<i64>() + count / 2).div_euclid(count);
        let ago = |slot: usize| u32::try_from(self.days.len() - slot).unwrap_or(u32::MAX);
        (0..order.len())
            .map(|place| City {
                balance: if is_present(&place) {
                    off(place) - mean
                } else {
                    0
                },
                last: self.last[place].map(ago),
                kilometres: 0,
            })
            .collect()
    }
}

fn part(member: &Member, terms: &Terms, on: NaiveDate) -> Part {
    Part {
        share: member
            .is_member_on(on)
            .then(|| terms.weights.share_on(member.id, on)),
        able: member.blackout_on(on).is_none(),
    }
}

fn weights(weights: &HostWeights) -> Weights {
    Weights {
        fairness: weights.fairness,
        gaps: weights.gaps,
        travel: weights.travel,
        stability: weights.stability,
    }
}
