//! Random lives of a cooperation: meetings held and cancelled, swaps, stand-ins, joins and leaves.
use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use reihum::db::Id;
use reihum::municipalities::Municipality;
use reihum::rotation::accounts::Turns;
use reihum::rotation::plan::{HostSource, MeetingSlot, Pin, RotationMember, TurnStatus};

use super::fixtures::{Plan, Turn, hosts, id, leave, members, on, open, plan, settled, slots};

/// What happens next. Numbers choose among what there is at that time.
#[derive(Debug, Clone)]
enum Event {
    /// The next open meeting is held, or cancelled and its turn forfeited.
    Count,
    /// The next open meeting is invited to.
    Invite,
    /// An open meeting is cancelled and its turn given back.
    GiveBack(usize),
    StandIn(usize, usize),
    Swap(usize, usize),
    /// So many days after the last settled meeting.
    Join(u64, i32),
    Leave(usize, u64),
}

fn an_event() -> impl Strategy<Value = Event> {
    let any = any::<usize>;
    prop_oneof![
        4 => Just(Event::Count),
        2 => Just(Event::Invite),
        2 => any().prop_map(Event::GiveBack),
        2 => (any(), any()).prop_map(|(slot, host)| Event::StandIn(slot, host)),
        2 => (any(), any()).prop_map(|(one, other)| Event::Swap(one, other)),
        2 => (1..90_u64, 0..9).prop_map(|(days, position)| Event::Join(days, position)),
        1 => (any(), 1..90_u64).prop_map(|(member, days)| Event::Leave(member, days)),
    ]
}

struct Life {
    members: Vec<RotationMember>,
    slots: Vec<MeetingSlot>,
}

impl Life {
    fn plan(&self) -> Plan {
        plan(&self.members, &self.slots)
    }

    fn open(&self) -> Vec<usize> {
        open(&self.slots)
    }

    /// The day of the last settled meeting: what happens now comes after it.
    fn today(&self) -> NaiveDate {
        let settled = |slot: &&MeetingSlot| matches!(slot.status, TurnStatus::Settled { .. });
        self.slots
            .iter()
            .rfind(settled)
            .map_or(on("2026-01-31"), |slot| slot.on)
    }

    fn settle(&mut self, slot: usize, turn: &Turn, counted: bool) {
        self.slots[slot].status = settled(turn, counted);
    }

    fn pin(&mut self, slot: usize, host: Id<Municipality>, source: HostSource) {
        let pin = Pin {
            host,
            source,
            reason: None,
        };
        self.slots[slot].status = TurnStatus::Open {
            pin: Some(pin),
            confirmed: false,
        };
    }

    fn happen(&mut self, event: &Event) {
        let open = self.open();
        let Some(&next) = open.first() else { return };
        let before = self.plan();
        let chosen = |number: usize| open[number % open.len()];
        match *event {
            Event::Count => self.settle(next, turn(&before, &self.slots[next]), true),
            Event::Invite => self.settle(next, turn(&before, &self.slots[next]), false),
            Event::GiveBack(number) => self.slots[chosen(number)].status = TurnStatus::GivenBack,
            Event::StandIn(number, host) => {
                let host = self.members[host % self.members.len()].id;
                self.pin(chosen(number), host, HostSource::Override);
                self.only_these_changed(&before, &[chosen(number)]);
            }
            Event::Swap(one, other) => {
                let (one, other) = (chosen(one), chosen(other));
                let host = |slot: usize| turn(&before, &self.slots[slot]).host;
                if let (Some(first), Some(second)) = (host(one), host(other)) {
                    self.pin(one, second, HostSource::Swap);
                    self.pin(other, first, HostSource::Swap);
                    self.only_these_changed(&before, &[one, other]);
                }
            }
            Event::Join(days, position) => self.members.push(RotationMember {
                id: id(self.members.len()),
                position,
                joined_on: self.today() + Days::new(days),
                left_on: None,
                blackouts: vec![],
                pauses: vec![],
            }),
            Event::Leave(number, days) => {
                let left_on = self.today() + Days::new(days);
                let count = self.members.len();
                leave(&mut self.members[number % count], left_on);
            }
        }
    }

    /// A stand-in or a swap leaves every other turn as it was, and who is due everywhere.
    fn only_these_changed(&self, before: &Plan, changed: &[usize]) {
        let after = self.plan();
        for (old, new) in before.turns.iter().zip(&after.turns) {
            assert_eq!(old.due, new.due);
            if !changed
                .iter()
                .any(|slot| self.slots[*slot].meeting == new.meeting)
            {
                assert_eq!(old, new);
            }
        }
    }

    fn present(&self, day: NaiveDate) -> Vec<&RotationMember> {
        self.members
            .iter()
            .filter(|member| member.takes_part_on(day))
            .collect()
    }

    /// The charged turns with their days.
    fn debited(&self, plan: &Plan) -> Vec<(NaiveDate, Id<Municipality>)> {
        let day = |turn: &Turn| {
            let slot = self
                .slots
                .iter()
                .find(|slot| slot.meeting == turn.meeting)
                .unwrap();
            slot.on
        };
        plan.turns
            .iter()
            .filter_map(|turn| Some((day(turn), turn.due?)))
            .collect()
    }

    /// After each turn: those who joined together differ by one at most, and so do all balances.
    fn is_fair(&self, plan: &Plan) {
        let credit: HashMap<_, Turns> = plan
            .balances
            .iter()
            .map(|all| (all.municipality, all.start_credit))
            .collect();
        let mut turns: HashMap<Id<Municipality>, u32> = HashMap::new();
        for (day, due) in self.debited(plan) {
            *turns.entry(due).or_default() += 1;
            let present = self.present(day);
            let of = |member: &RotationMember| turns.get(&member.id).copied().unwrap_or(0);
            for one in &present {
                for other in &present {
                    let balance = |member: &RotationMember| {
                        i64::from(of(member)) * 1000 + credit[&member.id].thousandths()
                    };
                    assert!(
                        balance(one) - balance(other) <= 1000,
                        "on {day}: {one:?} {other:?}"
                    );
                    if one.joined_on == other.joined_on {
                        assert!(
                            of(one).abs_diff(of(other)) <= 1,
                            "on {day}: {one:?} {other:?}"
                        );
                    }
                }
            }
        }
    }

    /// In as many turns as members, while these stay the same, each is due once: newcomers too.
    fn is_a_rotation(&self, plan: &Plan) {
        let debited = self.debited(plan);
        for (start, (day, _)) in debited.iter().enumerate() {
            let present = self.present(*day);
            let Some(round) = debited.get(start..start + present.len()) else {
                continue;
            };
            if round.iter().all(|(day, _)| self.present(*day) == present) {
                for member in present {
                    let turns = round.iter().filter(|(_, due)| *due == member.id).count();
                    assert_eq!(turns, 1, "in the round from {day}: {member:?}");
                }
            }
        }
    }

    /// Every municipality is either the host or rejected once, in the order.
    fn is_explained(&self, plan: &Plan) {
        let mut order: Vec<&RotationMember> = self.members.iter().collect();
        order.sort_by_key(|member| (member.position, member.id));
        for turn in &plan.turns {
            let rejected = turn.rejected.iter().map(|rejection| rejection.municipality);
            let others = order
                .iter()
                .map(|member| member.id)
                .filter(|id| Some(*id) != turn.host);
            assert!(rejected.eq(others), "{turn:?}");
        }
    }

    /// What was planned for the first open meetings is settled so: the rest stays as it is.
    fn replays(&mut self, plan: &Plan, count: usize) {
        assert_eq!(*plan, self.plan());
        let open = self.open();
        for &slot in &open[..count.min(open.len())] {
            if turn(plan, &self.slots[slot]).host.is_some() {
                self.settle(slot, turn(plan, &self.slots[slot]), slot % 2 == 0);
            }
        }
        let again = self.plan();
        let still = self.open();
        for (old, new) in plan.turns.iter().zip(&again.turns) {
            assert_eq!((old.host, old.due), (new.host, new.due));
            if still
                .iter()
                .any(|slot| self.slots[*slot].meeting == new.meeting)
            {
                assert_eq!(old, new);
            }
        }
    }
}

fn turn<'a>(plan: &'a Plan, slot: &MeetingSlot) -> &'a Turn {
    plan.turns
        .iter()
        .find(|turn| turn.meeting == slot.meeting)
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_rotation_stays_fair(
        founders in 1..7_usize,
        events in prop::collection::vec(an_event(), 0..40),
        settled in 0..40_usize,
    ) {
        let mut life = Life { members: members(founders), slots: slots(40) };
        for event in &events {
            life.happen(event);
            let plan = life.plan();
            life.is_fair(&plan);
            life.is_a_rotation(&plan);
            life.is_explained(&plan);
        }
        let plan = life.plan();
        life.replays(&plan, settled);
    }

    #[test]
    fn without_events_it_is_the_plain_order(count in 1..20_usize) {
        let expected: Vec<usize> = (0..40).map(|slot| slot % count).collect();
        prop_assert_eq!(hosts(&plan(&members(count), &slots(40))), expected);
    }
}
