//! For whom people speak, against a slower and simpler reading of the same rule.
use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;
use reihum::attendance::answers::AnswerChannel;
use reihum::attendance::delegations::{Delegation, Representation};
use reihum::db::{Id, Instant};
use reihum::municipalities::Municipality;
use reihum::people::Person;
use uuid::Uuid;

fn person(number: usize) -> Id<Person> {
    Id::from(Uuid::from_u128(number as u128))
}

fn town(number: usize) -> Id<Municipality> {
    Id::from(Uuid::from_u128(1000 + number as u128))
}

/// Of eight people: whom each speaks for, who represents whom and only that, and who comes.
type Case = (Vec<Option<usize>>, Vec<(usize, usize, bool)>, Vec<bool>);

fn case() -> impl Strategy<Value = Case> {
    let towns = prop::collection::vec(prop::option::of(0_usize..4), 8);
    // The first four may be represented, the others represent: there are no chains.
    let named = (0_usize..4, 4_usize..8, any::<bool>());
    let delegations = prop::collection::vec(named, 0..6);
    (towns, delegations, prop::collection::vec(any::<bool>(), 8))
}

proptest! {
    #[test]
    fn a_town_is_represented_by_its_own_people_and_their_deputies((towns, mut named, comes) in case()) {
        let mut taken = BTreeSet::new();
        named.retain(|(delegator, ..)| taken.insert(*delegator));
        // Whether somebody is invited only as a deputy is the same whomever they represent.
        let only: HashMap<_, _> = named.iter().map(|(_, deputy, only)| (*deputy, *only)).collect();
        let own = towns.iter().enumerate();
        let own = own.filter_map(|(number, at)| Some((person(number), town((*at)?)))).collect();
        let delegations = named.iter().map(|(delegator, deputy, _)| Delegation {
            id: Id::from(Uuid::from_u128(2000 + *delegator as u128)),
            delegator_id: person(*delegator),
            deputy_id: person(*deputy),
            way: AnswerChannel::Link,
            only_as_deputy: only[deputy],
            delegated_at: Instant::from(chrono::DateTime::UNIX_EPOCH),
        });
        let voices = Representation::new(own, delegations.collect());
        let there = (0..8).filter(|number| comes[*number]);
        let found = voices.represented_by(there.map(person));

        let expected: BTreeSet<_> = (0..4).filter(|at| {
            let speaks = |number: usize| {
                let lends = |(delegator, deputy, _): &(usize, usize, bool)| {
                    *deputy == number && towns[*delegator] == Some(*at)
                };
                let is_lent = named.iter().any(lends);
                // Somebody invited only as a deputy speaks for the own town if nobody lends another.
                let has_lent = named.iter().any(|(delegator, deputy, _)| {
                    *deputy == number && towns[*delegator].is_some()
                });
                let only = only.get(&number).copied().unwrap_or(false) && has_lent;
                is_lent || towns[number] == Some(*at) && !only
            };
            (0..8).any(|number| comes[number] && speaks(number))
        }).map(town).collect();
        prop_assert_eq!(found, expected);
        for number in 0..4 {
            let deputy = named.iter().find(|one| one.0 == number).map(|one| person(one.1));
            prop_assert_eq!(voices.deputy_of(person(number)), deputy);
        }
    }
}
