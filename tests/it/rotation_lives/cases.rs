//! Small cases that went wrong once. A, B, C and D are the municipalities in their order; the meetings are weekly, from
//! Tuesday, 3 March 2026 on, and it is the day before.
use super::life::{Life, Setting};
use super::steps::Action;
use crate::harness::Service;

const A: usize = 0;
const B: usize = 1;
const D: usize = 3;

async fn start(cities: usize) -> Life {
    let setting = Setting {
        cities,
        meetings: 8,
        near_days: None,
        forfeits: false,
        endless: false,
    };
    let life = Life::start(Service::start(), "Fälle", setting).await;
    life.unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// Each step is followed by the checks of [`super::checks`].
async fn steps(life: &mut Life, steps: &[Action]) {
    for step in steps {
        if let Err(wrong) = life.happens(*step).await {
            panic!("{}\n{wrong}", life.log.join("\n"));
        }
        let last = life.log.last().unwrap();
        assert!(last.contains(": 2"), "{last}");
    }
}

/// The names of municipalities by their first letters.
fn letters(names: &[&str]) -> String {
    names.iter().map(|name| &name[..1]).collect()
}

#[actix_web::test]
async fn reasons_are_true_after_a_blackout_and_an_override() {
    let mut life = start(4).await;
    // 22 days from 2 March is the day of no. 4.
    steps(
        &mut life,
        &[Action::Blackout(D, 22, 0), Action::Override(1, A)],
    )
    .await;
    assert_eq!(letters(&life.hosts())[..2], *"AA");
    for (place, rejected) in life.rules().iter().enumerate() {
        for (city, rule) in rejected {
            let blocked = place == 3 && *city == D;
            assert_eq!(
                rule == "blackout",
                blocked,
                "no. {}: {city} {rule}",
                place + 1
            );
            assert_ne!(rule, "no_share", "no. {}: {city}", place + 1);
        }
    }
}

#[actix_web::test]
async fn inviting_to_a_far_meeting_moves_nobody() {
    let mut life = start(4).await;
    steps(&mut life, &[Action::Invite(4), Action::Invite(0)]).await;
    assert_eq!(letters(&life.hosts()), "ABCDABCD");
    assert_eq!(letters(&life.dues()), "ABCDABCD");
}

#[actix_web::test]
async fn undoing_a_request_restores_the_one_that_stood_in() {
    let mut life = start(4).await;
    // B stands in at no. 4 and asks all; of A, C and D, C accepts and gives nothing in return.
    let taken = [
        Action::Override(3, B),
        Action::Ask(3, 2),
        Action::Accept(0, 1),
    ];
    steps(&mut life, &taken).await;
    assert_eq!(letters(&life.hosts())[..4], *"ABCC");
    steps(&mut life, &[Action::UndoRequest(0)]).await;
    assert_eq!(letters(&life.hosts())[..4], *"ABCB");
    assert_eq!(letters(&life.dues()), "ABCDABCD");
}

#[actix_web::test]
async fn time_alone_moves_nobody() {
    let mut life = start(3).await;
    let set = [
        Action::Override(2, A),
        Action::Override(0, B),
        Action::Cancel(4),
    ];
    steps(&mut life, &set).await;
    let (hosts, dues) = (letters(&life.hosts()), letters(&life.dues()));
    // Until no. 3 has begun.
    steps(&mut life, &[Action::Pass(5), Action::Plan]).await;
    assert_eq!(letters(&life.hosts()), hosts);
    assert!(dues.ends_with(&letters(&life.dues())[1..]), "{dues}");
}

#[actix_web::test]
async fn a_co_host_that_becomes_host_is_one_again_afterwards() {
    let mut life = start(3).await;
    steps(&mut life, &[Action::Cohosts(2, A, 2)]).await;
    let before = life.table();
    steps(&mut life, &[Action::Override(2, A), Action::Unpin(0)]).await;
    assert_eq!(life.table(), before);
}

#[actix_web::test]
async fn a_meeting_that_began_without_a_host_has_none_later() {
    let mut life = start(3).await;
    // A and C are co-hosts of no. 2, and B cannot host it.
    let alone = [Action::Cohosts(1, A, 1), Action::Blackout(B, 8, 0)];
    steps(&mut life, &alone).await;
    steps(&mut life, &[Action::Pass(5), Action::Unblackout(0)]).await;
    assert_eq!(letters(&life.hosts())[..2], *"A-");
}
