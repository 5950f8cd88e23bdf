//! What handlers and workers share, and the transactions in which they change data.
use std::collections::HashSet;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use tokio::sync::Notify;

use crate::auth::{Scope, SystemActor};
use crate::clock::{Clock, Ids};
use crate::config::Settings;
use crate::cooperations::{self, Cooperation};
use crate::db::{Db, DbConn, Id, Instant};
use crate::error::{Error, Outage, Result};
use crate::feeds::FeedCache;
use crate::http::cache::Cache;
use crate::http::guard::FailedAuthLimiter;
use crate::meetings::{PlanDifference, planning};
use crate::people::Person;
use crate::rotation::TurnEntry;
use crate::rotation::planner::Replan;
use crate::rotation::solver_cache::{Solver, SolverCache};

/// What every handler and worker needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where new keys and secrets come from.
    pub ids: Arc<Ids>,
    /// How this installation is set.
    pub settings: Arc<Settings>,
    /// Answers that can be given again as long as nothing changes.
    pub cache: Arc<Cache>,
    /// Wakes the workers when a change left them something to do.
    pub outbox: Arc<Notify>,
    /// Counts failed attempts by address.
    pub failed_auth: Arc<FailedAuthLimiter>,
    /// Calendars that can be served again as long as nothing changes.
    pub feed_cache: Arc<FeedCache>,
    /// Plans of hosts that took long to find.
    pub solver_cache: SolverCache,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(db: Db, clock: Arc<dyn Clock>, ids: Ids, settings: Settings) -> Self {
        Self {
            db,
            failed_auth: Arc::new(FailedAuthLimiter::new(clock.clone())),
            clock,
            ids: Arc::new(ids),
            settings: Arc::new(settings),
            cache: Arc::default(),
            outbox: Arc::default(),
            feed_cache: Arc::default(),
            solver_cache: SolverCache::default(),
        }
    }

    /// Runs `work` as one transaction that changes something within the cooperation of `who`, then
    /// wakes the workers.
    ///
    /// With the change, hosts are reassigned if `work` asked for that ([`Tx::plan_again`]), and the
    /// cooperation's generation moves on, unless nothing was changed ([`Tx::unchanged`]).
    ///
    /// # Errors
    /// Whatever `work` returns.
    pub async fn write_in<T: Send + 'static>(
        &self,
        who: &impl Scope,
        work: impl Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        self.write_for(Some(who.cooperation()), work).await
    }

    /// As [`App::write_in`], for what belongs to no cooperation, or where `work` itself finds out to
    /// which one ([`Tx::set_cooperation`]).
    ///
    /// # Errors
    /// Whatever `work` returns.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        self.write_for(None, work).await
    }

    pub(crate) async fn write_for<T: Send + 'static>(
        &self,
        cooperation: Option<Id<Cooperation>>,
        work: impl Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let work = move |tx: &mut Tx| {
            tx.cooperation = cooperation;
            let done = work(tx)?;
            tx.complete()?;
            Ok(done)
        };
        let outcome = self.solving(work, |run| self.db.write(run)).await;
        self.outbox.notify_one();
        outcome
    }

    /// Runs `work` and undoes it: nothing changes, and no message is sent. What it returns is what it
    /// would do now.
    ///
    /// # Errors
    /// Whatever `work` returns.
    pub async fn try_out<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        self.solving(work, |run| self.db.try_out(run)).await
    }

    /// As [`App::try_out`], within a cooperation.
    pub(crate) async fn try_out_for<T: Send + 'static>(
        &self,
        cooperation: Option<Id<Cooperation>>,
        work: impl Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        self.try_out(move |tx| {
            tx.cooperation = cooperation;
            work(tx)
        })
        .await
    }

    /// Runs `work` in a transaction. Where it gives up at a plan that takes long to find, that is found
    /// outside of the transaction, and the work runs again.
    async fn solving<T, F>(
        &self,
        work: impl Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
        transaction: impl Fn(Run<T>) -> F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>>,
    {
        let work = Arc::new(work);
        for attempt in 0.. {
            let solver = Solver::new(&self.solver_cache, attempt < SOLVED_OUTSIDE);
            let (ids, settings) = (self.ids.clone(), self.settings.clone());
            let (now, work, asked) = (self.clock.now(), work.clone(), solver.clone());
            let run: Run<T> =
                Box::new(move |conn| work(&mut Tx::new(conn, now, &ids, &settings, &asked)));
            match (transaction(run).await, solver.unsolved()) {
                (Err(_), Some(problem)) => {
                    let solver_cache = self.solver_cache.clone();
                    let found = tokio::task::spawn_blocking(move || solver_cache.solve(problem));
                    found.await.map_err(anyhow::Error::from)?;
                }
                (outcome, _) => return outcome,
            }
        }
        Err(Error::Unavailable(Outage::Busy))
    }
}

/// Work on a connection, which may run again.
type Run<T> = Box<dyn Fn(&mut DbConn) -> Result<T> + Send>;

/// So many times a write waits for a plan that is found outside; then it finds what is left by itself.
const SOLVED_OUTSIDE: usize = 8;

/// A transaction that may change data, with the time and the keys it uses.
///
/// It is a connection wherever one is asked for.
pub struct Tx<'a> {
    conn: &'a mut DbConn,
    /// The moment of the change.
    pub now: Instant,
    ids: &'a Ids,
    /// How this installation is set.
    pub settings: &'a Settings,
    /// Finds plans of hosts.
    pub solver: &'a Solver,
    /// The cooperation that is changed.
    cooperation: Option<Id<Cooperation>>,
    replan: Option<Replan>,
    unchanged: bool,
    /// Those whom messages were written to.
    pub(crate) mailed: HashSet<Id<Person>>,
    /// The entries appended to the ledger of turns since hosts were last reassigned.
    pub(crate) appended: Vec<Id<TurnEntry>>,
    /// What has become of the hosts of meetings so far.
    pub(crate) difference: PlanDifference,
}

impl<'a> Tx<'a> {
    fn new(
        conn: &'a mut DbConn,
        now: Instant,
        ids: &'a Ids,
        settings: &'a Settings,
        solver: &'a Solver,
    ) -> Self {
        Self {
            conn,
            now,
            ids,
            settings,
            solver,
            cooperation: None,
            replan: None,
            unchanged: false,
            mailed: HashSet::new(),
            appended: Vec::new(),
            difference: PlanDifference::default(),
        }
    }

    /// Says which cooperation is changed, where only the transaction itself finds that out: by the
    /// token of a link, or by a mail that came in.
    pub fn set_cooperation(&mut self, who: &impl Scope) {
        self.cooperation = Some(who.cooperation());
    }

    /// The cooperation that is changed, if that is known.
    #[must_use]
    pub fn cooperation(&self) -> Option<Id<Cooperation>> {
        self.cooperation
    }

    /// Says that the plan no longer follows from its rules and data, so that it is made again before
    /// the commit. Areas below the meetings cannot do that themselves.
    pub fn plan_again(&mut self) {
        self.replan_at_least(Replan::Keep);
    }

    /// As [`Tx::plan_again`], for a change of the members or of the rules by which they follow each
    /// other: only near turns are kept.
    pub fn plan_in_order(&mut self) {
        self.replan_at_least(Replan::Order);
    }

    /// As [`Tx::plan_again`], where nothing has changed but the time and which meetings there are: only
    /// meetings without a turn are planned.
    pub fn hold_plan(&mut self) {
        self.replan_at_least(Replan::Hold);
    }

    fn replan_at_least(&mut self, replan: Replan) {
        self.replan = self.replan.max(Some(replan));
    }

    /// Makes the plan again at once, for work that needs it.
    pub fn replan_now(&mut self, who: &impl Scope) -> Result<()> {
        let replan = self.replan.take().unwrap_or(Replan::Keep);
        planning::reassign(self, &SystemActor::within(who.cooperation()), replan)
    }

    /// Which turns were moved in this transaction, with the plan made again if that was asked for.
    pub fn difference(&mut self) -> Result<PlanDifference> {
        if let Some(cooperation) = self.cooperation.filter(|_| self.replan.is_some()) {
            self.replan_now(&SystemActor::within(cooperation))?;
        }
        Ok(self.difference.clone())
    }

    /// Says that nothing was changed that is read within the cooperation, so that its generation, and
    /// all that is cached under it, stays. For reconcilers, most of whose runs find nothing to do.
    pub fn unchanged(&mut self) {
        self.unchanged = true;
    }

    /// What belongs to each change within a cooperation: reassigns the hosts if that was asked for, and
    /// moves the generation on.
    fn complete(&mut self) -> Result<()> {
        let Some(cooperation) = self.cooperation else {
            if self.replan.is_some() {
                let error = anyhow::anyhow!("a plan is to be made again, but of no cooperation");
                return Err(Error::Internal(error));
            }
            return Ok(());
        };
        if self.replan.is_some() {
            self.replan_now(&SystemActor::within(cooperation))?;
        } else if self.unchanged {
            return Ok(());
        }
        cooperations::store::bump_generation(self, cooperation)
    }

    /// A key for a new row.
    #[must_use]
    pub fn id<T>(&self) -> Id<T> {
        self.ids.next(self.now)
    }

    /// 256 unforeseeable bits.
    #[must_use]
    pub fn secret(&self) -> [u8; 32] {
        self.ids.secret()
    }
}

impl Deref for Tx<'_> {
    type Target = DbConn;
    fn deref(&self) -> &DbConn {
        self.conn
    }
}
impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut DbConn {
        self.conn
    }
}
