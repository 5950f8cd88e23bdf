//! The rules of turns that are shared, purely, over random lives of a cooperation.
use std::collections::{HashMap, HashSet};

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use reihum::db::Id;
use reihum::municipalities::Municipality;
use reihum::rotation::accounts::Turns;
use reihum::rotation::cohosts::debits;
use reihum::rotation::plan::{HostSource, MeetingSlot, Pin, RotationMember, TurnStatus};
use reihum::rotation::planner::{self, Replan};
use reihum::rotation::solver_input::{Criteria, SolverInput};
use solver::score_of;

use crate::rotation_rules::fixtures::{
    Plan, Turn, assignments, decide, id, leave, members, open, plan, settled, slots,
};

#[test]
fn the_parts_of_a_turn_add_up_and_who_is_due_has_the_rest() {
    let parts = |cohosts: usize| -> Vec<u32> {
        let cohosts: Vec<_> = (1..=cohosts).map(id).collect();
        let all = debits(id(0), &cohosts);
        assert_eq!(all[0].0, id(0));
        all.into_iter().map(|(_, part)| part).collect()
    };
    assert_eq!(parts(0), [1000]);
    assert_eq!(parts(1), [500, 500]);
    assert_eq!(parts(2), [334, 333, 333]);
    assert_eq!(parts(5), [170, 166, 166, 166, 166, 166]);
    for cohosts in 0..=20 {
        assert_eq!(parts(cohosts).iter().sum::<u32>(), 1000);
    }
}

/// What happens next. Numbers choose among what there is at that time.
#[derive(Debug, Clone)]
enum Event {
    Hold,
    Invite,
    GiveBack(usize),
    StandIn(usize, usize),
    Cohost(usize, Vec<usize>),
    Join(u64),
    Leave(usize, u64),
}

fn an_event() -> impl Strategy<Value = Event> {
    let any = any::<usize>;
    prop_oneof![
        4 => Just(Event::Hold),
        2 => Just(Event::Invite),
        1 => any().prop_map(Event::GiveBack),
        1 => (any(), any()).prop_map(|(slot, host)| Event::StandIn(slot, host)),
        4 => (any(), prop::collection::vec(any(), 0..4)).prop_map(|(slot, cities)| Event::Cohost(slot, cities)),
        1 => (1..90_u64).prop_map(Event::Join),
        1 => (any(), 1..90_u64).prop_map(|(member, days)| Event::Leave(member, days)),
    ]
}

struct Life {
    members: Vec<RotationMember>,
    /// The meetings, with the plan that stands.
    slots: Vec<MeetingSlot>,
}

impl Life {
    /// The plan as it is decided when something is written, kept as the one that stands.
    fn decide(&mut self) -> Plan {
        decide(&self.members, &mut self.slots, Replan::Keep)
    }

    fn is_open(&self, meeting: Id<reihum::meetings::Meeting>) -> bool {
        let mut all = self.slots.iter();
        all.any(|slot| slot.meeting == meeting && matches!(slot.status, TurnStatus::Open { .. }))
    }

    fn open(&self) -> Vec<usize> {
        open(&self.slots)
    }

    /// The day of the last settled meeting: what happens now comes after it.
    fn today(&self) -> NaiveDate {
        let settled = |slot: &&MeetingSlot| matches!(slot.status, TurnStatus::Settled { .. });
        let last = self.slots.iter().rfind(settled);
        last.map_or(self.slots[0].on - Days::new(1), |slot| slot.on)
    }

    fn settle(&mut self, slot: usize, before: &Plan, counted: bool) {
        let turn = turn(before, &self.slots[slot]);
        self.slots[slot].status = settled(turn, counted);
        self.slots[slot].cohosts.clone_from(&turn.cohosts);
    }

    fn happen(&mut self, event: &Event) {
        let open = self.open();
        let Some(&next) = open.first() else { return };
        let before = self.decide();
        let chosen = |number: usize| open[number % open.len()];
        let count = self.members.len();
        match event {
            Event::Hold => self.settle(next, &before, true),
            Event::Invite => self.settle(next, &before, false),
            Event::GiveBack(number) => self.slots[chosen(*number)].status = TurnStatus::GivenBack,
            Event::StandIn(number, host) => {
                let pin = Pin {
                    host: self.members[host % count].id,
                    source: HostSource::Override,
                    reason: None,
                };
                self.slots[chosen(*number)].status = TurnStatus::Open {
                    pin: Some(pin),
                    confirmed: false,
                };
            }
            Event::Cohost(number, cities) => {
                let slot = chosen(*number);
                let host = turn(&before, &self.slots[slot]).host;
                let mut cohosts: Vec<_> = cities
                    .iter()
                    .map(|city| self.members[city % count].id)
                    .collect();
                let mut seen = HashSet::new();
                cohosts.retain(|id| Some(*id) != host && seen.insert(*id));
                self.slots[slot].cohosts = cohosts;
            }
            Event::Join(days) => self.members.push(RotationMember {
                id: id(count),
                position: i32::try_from(count).unwrap(),
                joined_on: self.today() + Days::new(*days),
                left_on: None,
                blackouts: vec![],
                pauses: vec![],
            }),
            Event::Leave(number, days) => {
                let left_on = self.today() + Days::new(*days);
                leave(&mut self.members[number % count], left_on);
            }
        }
    }

    /// What is charged is what is in the balances, and each turn is charged whole or not at all.
    fn adds_up(&self, plan: &Plan) {
        let mut debited: HashMap<Id<Municipality>, i64> = HashMap::new();
        for turn in &plan.turns {
            let parts = turn.debits.clone();
            let whole: u32 = parts.iter().map(|(_, part)| part).sum();
            assert_eq!(whole, if turn.due.is_some() { 1000 } else { 0 }, "{turn:?}");
            for (sharer, part) in parts {
                *debited.entry(sharer).or_default() += i64::from(part);
            }
        }
        for balance in &plan.balances {
            let all = [balance.counted, balance.assigned, balance.planned];
            let all: i64 = all.into_iter().map(Turns::thousandths).sum();
            let expected = debited.get(&balance.municipality).copied().unwrap_or(0);
            assert_eq!(all, expected, "{balance:?}");
        }
        let favours: i32 = plan
            .balances
            .iter()
            .map(|balance| balance.standing_in)
            .sum();
        let without_due =
            |slot: &&MeetingSlot| matches!(slot.status, TurnStatus::Settled { due: None, .. });
        let without_due = self.slots.iter().filter(without_due).count();
        assert_eq!(favours, i32::try_from(without_due).unwrap());
    }

    /// Every municipality hosts, is a co-host, or is rejected once, in the order.
    fn is_explained(&self, plan: &Plan) {
        let mut order: Vec<&RotationMember> = self.members.iter().collect();
        order.sort_by_key(|member| (member.position, member.id));
        for turn in &plan.turns {
            assert!(
                !turn
                    .cohosts
                    .iter()
                    .any(|id| Some(*id) == turn.host || Some(*id) == turn.due)
            );
            let rejected = turn.rejected.iter().map(|rejection| rejection.municipality);
            let others = order.iter().map(|member| member.id);
            let others = others.filter(|id| Some(*id) != turn.host && !turn.cohosts.contains(id));
            assert!(rejected.eq(others), "{turn:?}");
        }
    }

    /// The problem is laid out such that what was charged beyond the due shares adds up to nothing.
    fn is_balanced(&self) {
        let input = SolverInput::new(&self.members, &self.slots, &Criteria::default());
        let sum: i64 = input.problem.cities.iter().map(|city| city.balance).sum();
        // Each balance is rounded, and so is their mean.
        let rounding = i64::try_from(self.members.len()).unwrap();
        assert!(sum.abs() <= rounding, "{sum}: {:?}", input.problem.cities);
        for slot in &input.problem.slots {
            let parts: u32 = slot.fixed.iter().map(|(_, part)| part).sum();
            assert!(parts == 0 || parts == 1000, "{slot:?}");
        }
    }
}

fn turn<'a>(plan: &'a Plan, slot: &MeetingSlot) -> &'a Turn {
    let mut turns = plan.turns.iter();
    turns.find(|turn| turn.meeting == slot.meeting).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn shared_turns_add_up_and_replay(
        founders in 2..7_usize,
        events in prop::collection::vec(an_event(), 0..25),
        settled in 0..20_usize,
    ) {
        let mut life = Life { members: members(founders), slots: slots(20) };
        for event in &events {
            life.happen(event);
            let plan = life.decide();
            life.adds_up(&plan);
            life.is_explained(&plan);
            life.is_balanced();
            // And it stays, while nothing changes.
            prop_assert_eq!(&life.decide(), &plan);
        }
        // What was planned comes true, and the ledger says so ever after.
        let before = life.decide();
        let open = life.open();
        for slot in open.into_iter().take(settled) {
            if turn(&before, &life.slots[slot]).host.is_some() {
                life.settle(slot, &before, slot % 2 == 0);
            }
        }
        let after = life.decide();
        life.adds_up(&after);
        for (old, new) in before.turns.iter().zip(&after.turns) {
            if !life.is_open(new.meeting) {
                prop_assert_eq!((old.host, old.due, &old.cohosts), (new.host, new.due, &new.cohosts));
            }
        }
    }

    /// In the plain order, who is due had no more turns than any other that might have been: municipalities that joined
    /// together differ by at most one turn unless co-hosts were named for them, or one had just been due.
    #[test]
    fn the_plain_order_goes_by_what_was_charged(
        count in 2..7_usize,
        shared in prop::collection::vec((0..24_usize, prop::collection::hash_set(0..7_usize, 1..4)), 0..8),
    ) {
        let members = members(count);
        let mut slots = slots(24);
        for (slot, cities) in shared {
            slots[slot].cohosts = cities.into_iter().filter(|city| *city < count).map(id).collect();
        }
        let plan = plan(&members, &slots);
        let mut debited: HashMap<Id<Municipality>, i64> = HashMap::new();
        let mut just = None;
        for turn in &plan.turns {
            let of = |id: Id<Municipality>| debited.get(&id).copied().unwrap_or(0);
            if let Some(due) = turn.due {
                for member in members.iter().filter(|member| member.id != due) {
                    let could = !turn.cohosts.contains(&member.id) && just != Some(member.id);
                    prop_assert!(!could || of(due) <= of(member.id) || just == Some(due), "{turn:?} {debited:?}");
                }
                for (sharer, part) in turn.debits.clone() {
                    *debited.entry(sharer).or_default() += i64::from(part);
                }
                just = Some(due);
            }
        }
    }

}

proptest! {
    // Each case is a search.
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// The hosts are planned around what is shared. Where nobody is ever a whole turn off the due share, any two differ
    /// by less than two turns at every moment: by one at most where all turns are whole.
    #[test]
    fn the_best_plan_keeps_turns_near_each_other(
        count in 4..8_usize,
        shared in prop::collection::vec((0..24_usize, 0..8_usize), 1..6),
    ) {
        let members = members(count);
        let mut slots = slots(24);
        for (slot, city) in shared {
            if city < count && assignments(&plan(&members, &slots))[slot] != city {
                slots[slot].cohosts = vec![id(city)];
            }
        }
        let best = decide(&members, &mut slots, Replan::Anew);
        let input = SolverInput::new(&members, &slots, &Criteria::default());
        let dues = slots.iter().filter_map(|slot| Some((slot.meeting, slot.due?))).collect();
        let score = score_of(&input.problem, &input.solver_plan(&dues));
        prop_assert_eq!(score.nobody, 0);
        let mut debited: HashMap<Id<Municipality>, i64> = HashMap::new();
        for turn in &best.turns {
            prop_assert_eq!(turn.due.is_some(), true);
            for (sharer, part) in turn.debits.clone() {
                *debited.entry(sharer).or_default() += i64::from(part);
            }
            let all = members.iter().map(|member| debited.get(&member.id).copied().unwrap_or(0));
            let (most, fewest) = (all.clone().max().unwrap(), all.min().unwrap());
            prop_assert!(score.turns_off > 0 || most - fewest < 2000, "{:?}", debited);
        }
        // Co-hosting counts: over the whole time nobody is far from the others.
        let all = members.iter().map(|member| debited.get(&member.id).copied().unwrap_or(0));
        let spread = all.clone().max().unwrap() - all.min().unwrap();
        prop_assert!(score.turns_off > 0 || spread < 2000, "{:?}", debited);
    }
}

#[test]
fn without_co_hosts_it_is_the_plain_order() {
    let (members, mut slots) = (members(5), slots(12));
    let is_plain = |slots: &[MeetingSlot]| planner::is_plain(&members, slots, &Criteria::default());
    assert!(is_plain(&slots));
    slots[3].cohosts = vec![id(0)];
    assert!(!is_plain(&slots));
    // Once that is past, the plain order goes on from what was charged.
    slots[3].status = TurnStatus::Settled {
        due: Some(id(3)),
        host: id(3),
        source: HostSource::Rotation,
        reason: None,
        counted: true,
    };
    assert!(is_plain(&slots));
    let plan = plan(&members, &slots);
    assert_eq!(plan.balances[0].counted, Turns::of_thousandths(500));
    assert_eq!(plan.balances[3].counted, Turns::of_thousandths(500));
    let hosts = assignments(&plan);
    assert!(hosts.windows(2).all(|two| two[0] != two[1]), "{hosts:?}");
}
