//! Background work: mails are sent and received, areas are reconciled, calendars are fetched, and old content is
//! deleted.
mod blackout_calendars;
mod reconcilers;
mod retention;
mod worker;

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use self::reconcilers::Memory;
use self::worker::Workers;
use crate::App;
use crate::error::Result;
use crate::inbound::transports;
use mail::MailTransport;

/// How often changes to tell are looked for. That is one query with an index of its own.
const TELLING: Duration = Duration::from_secs(1);
/// How often calendars to fetch are looked for.
const FETCHING: Duration = Duration::from_mins(1);
/// How long a stop waits for what has been started.
const STOP: Duration = Duration::from_secs(4);
/// After how many such looks all reconcilers run.
const ROUND: u32 = 30;

/// The background tasks of a running service.
pub struct Handle {
    stop: watch::Sender<bool>,
    workers: Workers,
    reconciling: JoinHandle<()>,
    fetching: JoinHandle<()>,
    inbound: Option<transports::TransportTasks>,
}

/// Starts the workers, which send over `transport`, and everything that runs at intervals.
#[must_use]
pub fn start(app: &App, transport: MailTransport) -> Handle {
    let (stop, stopped) = watch::channel(false);
    let workers = Workers::start(app, transport, &stopped);
    let fetching = tokio::spawn(fetch(app.clone(), stopped.clone()));
    let reconciling = tokio::spawn(reconcile(app.clone(), stopped));
    Handle {
        stop,
        workers,
        reconciling,
        fetching,
        inbound: None,
    }
}

impl Handle {
    /// Starts the transport of inbound mail.
    ///
    /// # Errors
    /// If it cannot start: see [`transports::start`].
    pub async fn take_in_mail(&mut self, app: &App) -> anyhow::Result<()> {
        self.inbound = Some(transports::start(app, &self.stop.subscribe()).await?);
        Ok(())
    }

    /// Stops: what has been started is finished, unless that takes too long. A mail that is being sent then is sent
    /// again later.
    pub async fn stop(self) {
        // Fails only if all tasks have ended already.
        let _ = self.stop.send(true);
        let mut tasks = self.workers.tasks();
        tasks.extend([self.reconciling, self.fetching]);
        let end = Instant::now() + STOP;
        if let Some(inbound) = self.inbound
            && timeout_at(end, inbound.finish()).await.is_err()
        {
            tracing::warn!("receiving mail was interrupted");
        }
        for mut task in tasks {
            match timeout_at(end, &mut task).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "a background task ended early"),
                Err(_) => {
                    task.abort();
                    tracing::warn!("a background task was interrupted");
                }
            }
        }
    }
}

async fn reconcile(app: App, stop: watch::Receiver<bool>) {
    let mut memory = Memory::until(stop.clone());
    for look in (0..ROUND).cycle() {
        if look == 0 {
            reconcilers::run(&app, &mut memory).await;
        } else {
            reconcilers::tell_changes(&app, &mut memory).await;
        }
        if stops_within(TELLING, &stop).await {
            break;
        }
    }
}

/// A task of its own, because other servers may take long to answer. A fetch that is interrupted when the service
/// stops is repeated later.
async fn fetch(app: App, stop: watch::Receiver<bool>) {
    let mut stopped = stop.clone();
    loop {
        tokio::select! {
            () = fetch_calendars(&app) => {}
            _ = stopped.changed() => break,
        }
        if stops_within(FETCHING, &stop).await {
            break;
        }
    }
}

/// Waits for the service to stop, at most for this time. Whether it does.
async fn stops_within(time: Duration, stop: &watch::Receiver<bool>) -> bool {
    let mut stop = stop.clone();
    // An error means that the sender is gone, and so is the service.
    timeout(time, stop.wait_for(|stops| *stops)).await.is_ok()
}

async fn fetch_calendars(app: &App) {
    let outcome = blackout_calendars::fetch_due(app).await;
    reconcilers::log("blackout calendars", outcome);
}

/// Runs everything once and sends what is due at this moment of the clock: for commands and tests. Returns how many
/// messages were sent.
pub async fn run_once(app: &App, transport: &MailTransport) -> Result<usize> {
    fetch_calendars(app).await;
    reconcilers::run(app, &mut Memory::default()).await;
    worker::send_all(app, transport).await
}
