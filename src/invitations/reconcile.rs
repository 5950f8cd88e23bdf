//! What is reconciled around meetings that people are invited to, or told of beforehand.
use super::changes;
use super::steps::{self, Overtaken};
use crate::Tx;
use crate::auth::SystemActor;
use crate::cooperations::Cooperation;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::meetings::Meeting;
use crate::reconcile::{Forecast, Look, Reconciler};

/// Tells people what has changed of a meeting.
pub struct Changes;

impl Reconciler for Changes {
    type Item = Id<Meeting>;
    const NAME: &'static str = "changes of meetings";
    const LOOK: Look = Look::EachRound;

    fn due(conn: &mut DbConn, _: &[Id<Cooperation>], now: Instant) -> Result<Forecast<Self::Item>> {
        Ok(changes::due(conn, now)?.into())
    }

    fn run(tx: &mut Tx, who: &SystemActor, meeting: Id<Meeting>) -> Result<bool> {
        changes::tell(tx, who, meeting)
    }
}

/// Supersedes messages of steps that have waited so long that they are no longer true.
pub struct OvertakenMessages;

impl Reconciler for OvertakenMessages {
    type Item = Overtaken;
    const NAME: &'static str = "overtaken messages";
    const LOOK: Look = Look::EachRound;

    fn due(conn: &mut DbConn, _: &[Id<Cooperation>], now: Instant) -> Result<Forecast<Self::Item>> {
        Ok(steps::overtaken(conn, now)?.into())
    }

    fn run(tx: &mut Tx, who: &SystemActor, overtaken: Overtaken) -> Result<bool> {
        steps::take_back(tx, who, overtaken)
    }
}

/// Takes the steps around a meeting that are due.
pub struct Steps;

impl Reconciler for Steps {
    type Item = Id<Meeting>;
    const NAME: &'static str = "steps around meetings";
    const LOOK: Look = Look::AfterChanges;

    fn due(
        conn: &mut DbConn,
        of: &[Id<Cooperation>],
        now: Instant,
    ) -> Result<Forecast<Self::Item>> {
        steps::forecast(conn, of, now)
    }

    fn run(tx: &mut Tx, who: &SystemActor, meeting: Id<Meeting>) -> Result<bool> {
        Ok(steps::take(tx, who, meeting)? > 0)
    }
}

/// Keeps those invited to a meeting who should be.
pub struct Invitations;

impl Reconciler for Invitations {
    type Item = Id<Meeting>;
    const NAME: &'static str = "invitations";
    const LOOK: Look = Look::AfterChanges;

    fn due(
        conn: &mut DbConn,
        of: &[Id<Cooperation>],
        now: Instant,
    ) -> Result<Forecast<Self::Item>> {
        Ok(changes::invited(conn, of, now)?.into())
    }

    fn run(tx: &mut Tx, who: &SystemActor, meeting: Id<Meeting>) -> Result<bool> {
        changes::reconcile(tx, who, meeting)
    }
}
