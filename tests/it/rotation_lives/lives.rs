//! Random lives: seeded, so that a seed always is the same life. A life that fails is made as short as possible.
use std::fmt::Write as _;

use super::life::{Life, Setting};
use super::steps::Action;
use crate::harness::Service;

/// Numbers that follow from a seed (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % below as u64).unwrap()
    }
}

fn setting(numbers: &mut Numbers) -> Setting {
    Setting {
        cities: 2 + numbers.next(4),
        meetings: 5 + numbers.next(8),
        near_days: [None, Some(14), Some(28), Some(56)][numbers.next(4)],
        forfeits: numbers.next(3) == 0,
        endless: numbers.next(4) == 0,
    }
}

/// What a life consists of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Nothing that speaks against the plain order.
    Plain,
    /// Everything.
    Mixed,
    /// Mostly what does, and time.
    Planned,
}

fn action(numbers: &mut Numbers, manner: Manner) -> Action {
    let kind = match manner {
        Manner::Plain => numbers.next(28),
        Manner::Mixed => numbers.next(40),
        Manner::Planned if numbers.next(3) > 0 => 28 + numbers.next(12),
        Manner::Planned => [0, 1, 2, 3, 7, 12, 19, 19, 20, 21, 23, 27][numbers.next(12)],
    };
    let [one, other, third] = [numbers.next(1000), numbers.next(1000), numbers.next(1000)];
    match kind {
        0 => Action::Invite(one % 2),
        1 => Action::Invite(one),
        2 => Action::Close,
        3 | 4 => Action::Cancel(one),
        5 | 6 => Action::Restore(one),
        7..=9 => Action::Override(one, other),
        10 | 11 => Action::Unpin(one),
        12 | 13 => Action::Swap(one, other),
        14 => Action::Ask(one, other),
        15 | 16 => Action::Accept(one, other),
        17 => [Action::Decline(one), Action::Withdraw(one)][other % 2],
        18 => Action::UndoRequest(one),
        19 | 20 => Action::Pass(one),
        21 => Action::Confirm(one),
        22 => Action::HostDeclines(one),
        23 => Action::Join(one),
        24 => Action::Leave(one, other),
        25 => [Action::Reorder(one, other), Action::Move(one, other)][third % 2],
        26 => [Action::Plan, Action::Jobs, Action::Restart][one % 3],
        27 => Action::PlanAnew,
        28..=31 => Action::Cohosts(one, other, third),
        32..=34 => Action::Uncohost(one),
        35 | 36 => Action::Blackout(one, other, third),
        37 | 38 => Action::Unblackout(one),
        _ => Action::Shares(one, other),
    }
}

/// Lives through these actions; says what went wrong and after which steps.
async fn live(setting: Setting, actions: &[Action]) -> Result<(u64, usize), (String, usize)> {
    let life = Life::start(Service::start(), "Leben", setting).await;
    let mut life = life.map_err(|wrong| (wrong, 0))?;
    life.undoes_at_once = true;
    for (place, action) in actions.iter().enumerate() {
        if let Err(wrong) = life.happens(*action).await {
            let mut text = format!("{setting:?}\n");
            for line in &life.log {
                let _ = writeln!(text, "{line}");
            }
            return Err((text + &wrong, place + 1));
        }
    }
    if std::env::var("REIHUM_LOG").is_ok() {
        println!("{}", life.log.join("\n"));
    }
    Ok((life.checks.0, life.log.len()))
}

/// Leaves out actions as long as it still fails.
async fn shortest(setting: Setting, actions: &[Action], wrong: String) -> String {
    let (mut actions, mut wrong) = (actions.to_vec(), wrong);
    let mut place = 0;
    while place < actions.len() {
        let mut fewer = actions.clone();
        fewer.remove(place);
        match live(setting, &fewer).await {
            Err((text, length)) => {
                fewer.truncate(length);
                (actions, wrong) = (fewer, text);
            }
            Ok(_) => place += 1,
        }
    }
    format!("{wrong}\n{actions:?}")
}

/// `REIHUM_LIVES` is the number of lives, `REIHUM_SEED` the first seed.
fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(otherwise, |text| text.parse().expect("a number"))
}

#[actix_web::test]
async fn lives_of_cooperations() {
    let (count, first) = (number("REIHUM_LIVES", 6), number("REIHUM_SEED", 1));
    let at_most = number("REIHUM_FAILURES", 1);
    let (mut checks, mut steps, mut failures) = (0, 0, Vec::new());
    let began = std::time::Instant::now();
    for seed in first..first + count {
        let mut numbers = Numbers(seed);
        let setting = setting(&mut numbers);
        let manner = match seed % 3 {
            0 => Manner::Plain,
            1 => Manner::Mixed,
            _ => Manner::Planned,
        };
        let actions = (0..30).map(|_| action(&mut numbers, manner));
        let actions: Vec<Action> = actions.collect();
        match live(setting, &actions).await {
            Ok(lived) => {
                checks += lived.0;
                steps += lived.1;
            }
            Err((wrong, length)) => {
                let wrong = shortest(setting, &actions[..length], wrong).await;
                eprintln!("\n== life {seed}: {wrong}\n");
                failures.push(seed);
                if failures.len() as u64 >= at_most {
                    break;
                }
            }
        }
    }
    let took = began.elapsed().as_secs_f32();
    println!("{count} lives, {steps} steps, {checks} checks, {took:.1} s");
    assert!(failures.is_empty(), "the lives {failures:?} fail");
}
