//! An intake that does as the mail says, and records all mails.
use std::sync::Arc;
use std::time::Duration;

use reihum::App;
use reihum::config::Settings;
use reihum::error::{Error, Outage};
use reihum::inbound::intake::{Intake, IntakeHandler, IntakeResult};
use reihum::inbound::received::Delivery;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long a test waits for what must happen.
const DEADLINE: Duration = Duration::from_secs(30);

/// All mails that were delivered, in order.
#[derive(Clone)]
pub struct Record {
    deliveries: watch::Sender<Vec<Delivery>>,
    /// Whether mails that say `slow` are finished.
    released: watch::Sender<bool>,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            deliveries: watch::Sender::new(Vec::new()),
            released: watch::Sender::new(false),
        }
    }
}

impl Record {
    /// Takes mails in, unless they say `fails`, `breaks` or `aside`; those that say `slow` when they are
    /// released.
    pub fn intake(&self) -> Intake {
        let record = self.clone();
        let handler: IntakeHandler = Arc::new(move |delivery: Delivery| {
            let record = record.clone();
            Box::pin(async move {
                let text = String::from_utf8_lossy(&delivery.raw).into_owned();
                record.deliveries.send_modify(|all| all.push(delivery));
                if text.contains("slow") {
                    let mut released = record.released.subscribe();
                    released.wait_for(|released| *released).await.unwrap();
                }
                assert!(!text.contains("breaks"), "as the mail says");
                match () {
                    () if text.contains("fails") => Err(Error::Unavailable(Outage::Busy)),
                    () if text.contains("aside") => Ok(IntakeResult::SetAside {
                        reason: "as the mail says".to_owned(),
                    }),
                    () => Ok(IntakeResult::Done),
                }
            })
        });
        Intake::with_handler(handler)
    }

    /// Waits until the mails that were delivered are as wanted.
    pub async fn wait_until(&self, is_wanted: impl Fn(&[Delivery]) -> bool) {
        let mut deliveries = self.deliveries.subscribe();
        let waiting = deliveries.wait_for(|all| is_wanted(all));
        let waited = timeout(DEADLINE, waiting).await;
        drop(waited.expect("the mails are delivered in time").unwrap());
    }

    /// Finishes the mails that say `slow`.
    pub fn release(&self) {
        self.released.send_replace(true);
    }

    pub fn all(&self) -> Vec<Delivery> {
        self.deliveries.borrow().clone()
    }

    pub fn texts(&self) -> Vec<String> {
        let text = |delivery: Delivery| String::from_utf8(delivery.raw).unwrap();
        self.all().into_iter().map(text).collect()
    }
}

/// The service with another limit for the size of mails.
pub fn with_limit(app: &App, inbound_max_bytes: u64) -> App {
    let settings = Settings {
        inbound_max_bytes,
        ..(*app.settings).clone()
    };
    App {
        settings: Arc::new(settings),
        ..app.clone()
    }
}

/// What tells to stop, and what is told.
pub fn stopper() -> (watch::Sender<bool>, watch::Receiver<bool>) {
    watch::channel(false)
}
