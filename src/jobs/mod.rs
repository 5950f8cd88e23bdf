//! What happens without anybody asking at the moment: mails are sent and taken in, and planners keep
//! things right.
mod planners;
mod worker;

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use self::planners::Memory;
use self::worker::Workers;
use crate::App;
use crate::error::Result;
use crate::inbound::transports;
use crate::mail::MailTransport;

/// How often changes that are to be told are looked for: one query with an index of its own.
const TELLING: Duration = Duration::from_secs(1);
/// How often calendars that are to be fetched are looked for.
const FETCHING: Duration = Duration::from_mins(1);
/// After how many such looks all planners run.
const ROUND: u32 = 30;

/// Workers and planners at work.
pub struct Handle {
    stop: watch::Sender<bool>,
    workers: Workers,
    planners: JoinHandle<()>,
    calendars: JoinHandle<()>,
    inbound: Option<transports::Handle>,
}

/// Starts the workers, which send over `transport`, and the planners.
#[must_use]
pub fn start(app: &App, transport: MailTransport) -> Handle {
    let (stop, stopped) = watch::channel(false);
    let workers = Workers::start(app, transport, &stopped);
    let calendars = tokio::spawn(fetch(app.clone(), stopped.clone()));
    let planners = tokio::spawn(plan(app.clone(), stopped));
    Handle {
        stop,
        workers,
        planners,
        calendars,
        inbound: None,
    }
}

impl Handle {
    /// Begins to take in mail as well, by the way that is set.
    ///
    /// # Errors
    /// If that way cannot be taken: a folder cannot be made, or an address not be listened on.
    pub async fn take_in_mail(&mut self, app: &App) -> anyhow::Result<()> {
        self.inbound = Some(transports::start(app, &self.stop.subscribe()).await?);
        Ok(())
    }

    /// Takes on nothing more, finishes what is on its way, and gives back the rest.
    pub async fn stop(self) {
        // Nobody listens only if all have ended already.
        let _ = self.stop.send(true);
        if let Some(inbound) = self.inbound {
            inbound.finish().await;
        }
        self.workers.finish().await;
        for task in [self.planners, self.calendars] {
            if let Err(error) = task.await {
                tracing::error!(%error, "the planners stopped before their time");
            }
        }
    }
}

async fn plan(app: App, mut stop: watch::Receiver<bool>) {
    let mut memory = Memory::default();
    for look in (0..ROUND).cycle() {
        match look {
            0 => planners::run(&app, &mut memory).await,
            _ => planners::tell_changes(&app).await,
        }
        // Only told to stop: the pause is over when it was.
        let _ = timeout(TELLING, stop.changed()).await;
        if *stop.borrow() {
            break;
        }
    }
}

/// Apart from the planners, because others may take long to answer. A fetch that is broken off by the end
/// is made again later.
async fn fetch(app: App, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = planners::fetch_calendars(&app) => {}
            _ = stop.changed() => break,
        }
        // Only told to stop: the pause is over when it was.
        let _ = timeout(FETCHING, stop.changed()).await;
        if *stop.borrow() {
            break;
        }
    }
}

/// Runs the planners once and sends what is due, all at this moment of the clock: for commands and
/// tests. How many messages were sent.
pub async fn run_once(app: &App, transport: &MailTransport) -> Result<usize> {
    planners::fetch_calendars(app).await;
    planners::run(app, &mut Memory::default()).await;
    worker::send_all(app, transport).await
}
