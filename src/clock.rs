//! Time and chance as values, so that tests can set them.
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng};
use uuid::Builder;

use crate::db::{Id, Instant};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Instant;
}

/// The time of the machine.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the system"
    )]
    fn now(&self) -> Instant {
        Utc::now().into()
    }
}

/// A clock that stands still until told otherwise.
pub struct TestClock(Mutex<DateTime<Utc>>);

impl TestClock {
    /// A clock that stands at `moment`.
    #[must_use]
    pub fn at(moment: DateTime<Utc>) -> Self {
        Self(Mutex::new(moment))
    }

    /// The moment, also after another thread has panicked while it held the lock: any moment is valid.
    fn moment(&self) -> MutexGuard<'_, DateTime<Utc>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the clock forward.
    pub fn advance(&self, by: TimeDelta) {
        *self.moment() += by;
    }

    /// Sets the clock.
    pub fn set(&self, moment: DateTime<Utc>) {
        *self.moment() = moment;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        (*self.moment()).into()
    }
}

/// Makes keys and secrets.
pub struct Ids(Mutex<Source>);

struct Source {
    random: StdRng,
    /// Milliseconds and counter of the last key, so that keys made in one millisecond keep their order.
    last: (u64, u16),
}

impl Ids {
    /// Unforeseeable, from the operating system's randomness.
    ///
    /// # Panics
    /// If the operating system has none to give; nothing secret could be made then.
    #[must_use]
    pub fn random() -> Self {
        let seeded = StdRng::try_from_rng(&mut SysRng);
        Self::of(seeded.expect("the operating system has randomness"))
    }

    /// The same keys and secrets at every run. For tests only.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::of(StdRng::seed_from_u64(seed))
    }

    fn of(random: StdRng) -> Self {
        Self(Mutex::new(Source {
            random,
            last: (0, 0),
        }))
    }

    /// A new key that sorts after all those made before `now` and, in this process, after all made at it.
    #[must_use]
    pub fn next<T>(&self, now: Instant) -> Id<T> {
        let mut source = self.lock();
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        let (last, counter) = source.last;
        source.last = match (millis > last, counter.checked_add(1)) {
            (true, _) => (millis, 0),
            (false, Some(next)) if next < 0x1000 => (last, next),
            (false, _) => (last + 1, 0),
        };
        let (millis, counter) = source.last;
        let mut bytes = [0; 10];
        source.random.fill_bytes(&mut bytes);
        // RFC 9562 section 6.2, method 1: the 12 bits after the version count within a millisecond.
        bytes[..2].copy_from_slice(&counter.to_be_bytes());
        Id::from(Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }

    /// 256 unforeseeable bits.
    #[must_use]
    pub fn secret(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.lock().random.fill_bytes(&mut bytes);
        bytes
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Source> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<T> Id<T> {
    /// The least id that can be made at that moment: ids made before are less (RFC 9562 section 5.7).
    #[must_use]
    pub fn first_at(moment: Instant) -> Self {
        let millis = u64::try_from(moment.timestamp_millis()).unwrap_or_default();
        Self::from(Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
    }
}
