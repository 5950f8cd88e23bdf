//! Keeps every series planned up to its horizon.
use super::planning;
use crate::Tx;
use crate::auth::SystemActor;
use crate::cooperations::Cooperation;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::reconcile::{Forecast, Look, Reconciler};

/// Adds the meetings that the horizon of a series has reached, cooperation by cooperation.
pub struct Horizon;

impl Reconciler for Horizon {
    type Item = Id<Cooperation>;
    const NAME: &'static str = "horizon of series";
    const LOOK: Look = Look::EachRound;

    fn due(conn: &mut DbConn, _: &[Id<Cooperation>], now: Instant) -> Result<Forecast<Self::Item>> {
        let behind = planning::behind_horizon(conn, now)?.into_iter();
        Ok(behind.map(|one| (one, one)).collect::<Vec<_>>().into())
    }

    fn run(tx: &mut Tx, who: &SystemActor, _: Id<Cooperation>) -> Result<bool> {
        Ok(planning::keep_horizon(tx, who)? > 0)
    }
}
