//! When a mail has been tried often enough.
use std::collections::HashMap;
use std::hash::Hash;

use super::Outcome;
use crate::inbound::intake::Receipt;

/// How often in a row a mail is tried that fails while others do not.
pub const TRIES: u32 = 3;
/// After so many failures without a single success a round is given up.
const HOPELESS: usize = 50;

/// What is to be done with a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It was taken in.
    Done,
    /// It was taken in, and somebody has to look at it.
    Review,
    /// It is put where nothing tries it again.
    Poison,
    /// It stays where it is, and is tried again.
    Later,
}

/// Remembers how often each mail has failed, round by round.
///
/// A mail that breaks the program has failed. One that cannot be handled now has failed only if
/// another was handled in the same round: else it is not the mail that is at fault, and however long
/// that lasts, it waits.
#[derive(Debug)]
pub struct Patience<K> {
    failures: HashMap<K, u32>,
    works: bool,
    held: Vec<(K, bool)>,
}

impl<K> Default for Patience<K> {
    fn default() -> Self {
        Self {
            failures: HashMap::new(),
            works: false,
            held: Vec::new(),
        }
    }
}

impl<K: Eq + Hash + Clone> Patience<K> {
    /// What is to be done with a mail now. With one that failed, [`Patience::end_of_round`] tells.
    pub fn weigh(&mut self, key: &K, outcome: &Outcome) -> Option<Fate> {
        let fate = match outcome {
            Outcome::Taken(Receipt::Done | Receipt::Known) => Fate::Done,
            Outcome::Taken(Receipt::SetAside { .. }) => Fate::Review,
            Outcome::Later | Outcome::Broken => {
                self.held.push((key.clone(), *outcome == Outcome::Broken));
                return None;
            }
        };
        self.works = true;
        self.failures.remove(key);
        Some(fate)
    }

    /// Whether to go on with this round has no point.
    #[must_use]
    pub fn is_hopeless(&self) -> bool {
        !self.works && self.held.len() >= HOPELESS
    }

    /// What is to be done with the mails of this round that failed.
    pub fn end_of_round(&mut self) -> Vec<(K, Fate)> {
        let works = std::mem::take(&mut self.works);
        let held = std::mem::take(&mut self.held);
        let fates = held.into_iter().map(|(key, broken)| {
            let fate = match works || broken {
                true => self.failed(&key),
                false => Fate::Later,
            };
            (key, fate)
        });
        fates.collect()
    }

    /// Counts a failure.
    pub fn failed(&mut self, key: &K) -> Fate {
        let failures = self.failures.entry(key.clone()).or_default();
        *failures += 1;
        if *failures < TRIES {
            return Fate::Later;
        }
        self.failures.remove(key);
        Fate::Poison
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done() -> Outcome {
        Outcome::Taken(Receipt::Done)
    }

    fn round(patience: &mut Patience<u32>, mails: &[(u32, Outcome)]) -> Vec<(u32, Fate)> {
        for (key, outcome) in mails {
            patience.weigh(key, outcome);
        }
        patience.end_of_round()
    }

    #[test]
    fn a_mail_that_breaks_the_program_is_tried_three_times() {
        let mut patience = Patience::default();
        let mut again = || round(&mut patience, &[(7, Outcome::Broken)]);
        assert_eq!(again(), [(7, Fate::Later)]);
        assert_eq!(again(), [(7, Fate::Later)]);
        assert_eq!(again(), [(7, Fate::Poison)]);
        assert_eq!(again(), [(7, Fate::Later)], "counting begins anew");
    }

    #[test]
    fn a_mail_waits_for_ever_while_nothing_works() {
        let mut patience = Patience::default();
        for _ in 0..50 {
            let fates = round(&mut patience, &[(1, Outcome::Later), (2, Outcome::Later)]);
            assert_eq!(fates, [(1, Fate::Later), (2, Fate::Later)]);
        }
        for fate in [Fate::Later, Fate::Later, Fate::Poison] {
            let fates = round(&mut patience, &[(1, Outcome::Later), (2, done())]);
            assert_eq!(fates, [(1, fate)]);
        }
    }

    #[test]
    fn a_success_ends_the_counting() {
        let mut patience = Patience::default();
        for outcome in [Outcome::Broken, Outcome::Broken, done(), Outcome::Broken] {
            assert!(!round(&mut patience, &[(1, outcome)]).contains(&(1, Fate::Poison)));
        }
        let reason = "unknown sender".to_owned();
        let aside = Outcome::Taken(Receipt::SetAside { reason });
        assert_eq!(patience.weigh(&2, &aside), Some(Fate::Review));
        assert_eq!(patience.weigh(&3, &done()), Some(Fate::Done));
    }

    #[test]
    fn a_round_without_success_is_given_up() {
        let mut patience = Patience::default();
        for key in 0..60 {
            assert_eq!(patience.is_hopeless(), key >= 50);
            patience.weigh(&key, &Outcome::Later);
        }
        patience.end_of_round();
        assert!(!patience.is_hopeless());
        patience.weigh(&99, &done());
        for key in 0..60 {
            patience.weigh(&key, &Outcome::Later);
            assert!(!patience.is_hopeless());
        }
    }
}
