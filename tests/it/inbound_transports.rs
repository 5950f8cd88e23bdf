//! The parts that the transports of inbound mail are made of.
use std::time::Duration;

use async_imap::error::Error;
use reihum::inbound::classify::signs_for;
use reihum::inbound::intake::{IntakeAttempt, IntakeResult};
use reihum::inbound::received::header_of;
use reihum::inbound::transports::imap::error::ImapError;
use reihum::inbound::transports::imap::sets::set_of;
use reihum::inbound::transports::retry_budget::{Filing, RetryBudget};
use reihum::inbound::transports::rounds::{BATCH_OCTETS, batches, pause};

#[test]
fn batches_are_bounded_by_number_and_size() {
    let sizes =
        |mails: Vec<(u32, u64)>| -> Vec<usize> { batches(mails).iter().map(Vec::len).collect() };
    assert_eq!(
        sizes((0..120).map(|key| (key, 1000)).collect()),
        [50, 50, 20]
    );
    let large = BATCH_OCTETS + 1;
    assert_eq!(
        sizes(vec![(1, large), (2, 5), (3, large), (4, 6), (5, 7)]),
        [1, 1, 1, 2]
    );
    assert!(sizes(Vec::new()).is_empty());
}

#[test]
fn a_header_ends_with_the_first_empty_line() {
    assert_eq!(
        header_of(b"A: 1\r\nB: 2\r\n\r\nbody\r\n\r\n"),
        b"A: 1\r\nB: 2\r\n\r\n"
    );
    assert_eq!(header_of(b"A: 1\n\nbody"), b"A: 1\n\n");
    assert_eq!(header_of(b"A: 1"), b"A: 1");
    assert_eq!(header_of(b""), b"");
}

#[test]
fn pauses_grow_up_to_a_limit() {
    let longest = Duration::from_mins(1);
    let pauses: Vec<u64> = (0..9).map(|n| pause(n, longest).as_secs()).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
}

#[test]
fn neighbours_are_written_as_ranges() {
    for (uids, set) in [
        (&[][..], ""),
        (&[7], "7"),
        (&[3, 1, 2, 7, 9, 8, 8, 20], "1:3,7:9,20"),
        (&[u32::MAX, u32::MAX - 1], "4294967294:4294967295"),
    ] {
        assert_eq!(set_of(uids), set);
    }
}

#[test]
fn responses_are_logged_without_addresses_and_mails_not_at_all() {
    let refused = Error::No("[AUTH] info: Some(\"a.b@owl.example is\nunknown\")".to_owned());
    let ImapError::Refused(message) = ImapError::from(refused) else {
        panic!("it is refused");
    };
    assert_eq!(message, "[AUTH] info: is unknown\")");
    let quoting = std::io::Error::other("Error during parsing of Subject: secret");
    assert_eq!(ImapError::from(Error::Io(quoting)), ImapError::Unreadable);
    let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    assert_eq!(ImapError::from(reset).to_string(), "connection reset");
}

#[test]
fn a_domain_signs_for_itself_and_below() {
    assert!(signs_for("herford.example", "herford.example"));
    assert!(signs_for("herford.example", "mail.herford.example"));
    assert!(!signs_for("mail.herford.example", "herford.example"));
    assert!(!signs_for("ford.example", "herford.example"));
    assert!(!signs_for("example", "herford.example"));
    assert!(!signs_for("", "herford.example"));
}

fn done() -> IntakeAttempt {
    IntakeAttempt::Taken(IntakeResult::Done)
}

fn round(budget: &mut RetryBudget<u32>, mails: &[(u32, IntakeAttempt)]) -> Vec<(u32, Filing)> {
    for (key, outcome) in mails {
        budget.record(key, outcome);
    }
    budget.end_round()
}

#[test]
fn a_mail_that_causes_a_panic_is_tried_three_times() {
    let mut budget = RetryBudget::default();
    let mut again = || round(&mut budget, &[(7, IntakeAttempt::Panicked)]);
    assert_eq!(again(), [(7, Filing::Retry)]);
    assert_eq!(again(), [(7, Filing::Retry)]);
    assert_eq!(again(), [(7, Filing::Poison)]);
    assert_eq!(again(), [(7, Filing::Retry)], "counting begins anew");
}

#[test]
fn a_mail_waits_for_ever_while_nothing_works() {
    let mut budget = RetryBudget::default();
    for _ in 0..50 {
        let filings = round(
            &mut budget,
            &[(1, IntakeAttempt::Deferred), (2, IntakeAttempt::Deferred)],
        );
        assert_eq!(filings, [(1, Filing::Retry), (2, Filing::Retry)]);
    }
    for filing in [Filing::Retry, Filing::Retry, Filing::Poison] {
        let filings = round(&mut budget, &[(1, IntakeAttempt::Deferred), (2, done())]);
        assert_eq!(filings, [(1, filing)]);
    }
}

#[test]
fn a_success_ends_the_counting() {
    let mut budget = RetryBudget::default();
    for outcome in [
        IntakeAttempt::Panicked,
        IntakeAttempt::Panicked,
        done(),
        IntakeAttempt::Panicked,
    ] {
        assert!(!round(&mut budget, &[(1, outcome)]).contains(&(1, Filing::Poison)));
    }
    let reason = "unknown sender".to_owned();
    let set_aside = IntakeAttempt::Taken(IntakeResult::SetAside { reason });
    assert_eq!(budget.record(&2, &set_aside), Some(Filing::Review));
    assert_eq!(budget.record(&3, &done()), Some(Filing::Done));
}

#[test]
fn a_round_without_success_is_given_up() {
    let mut budget = RetryBudget::default();
    for key in 0..60 {
        assert_eq!(budget.is_exhausted(), key >= 50);
        budget.record(&key, &IntakeAttempt::Deferred);
    }
    budget.end_round();
    assert!(!budget.is_exhausted());
    budget.record(&99, &done());
    for key in 0..60 {
        budget.record(&key, &IntakeAttempt::Deferred);
        assert!(!budget.is_exhausted());
    }
}
