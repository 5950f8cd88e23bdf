//! Handlers of mail that do as the mail says, and remember.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reihum::App;
use reihum::config::Settings;
use reihum::error::Error;
use reihum::inbound::intake::{Delivery, Receipt};
use reihum::inbound::transports::{Handler, Reception};
use tokio::sync::watch;

/// All that was handed over.
#[derive(Clone, Default)]
pub struct Record(Arc<Mutex<Vec<Delivery>>>);

impl Record {
    /// Takes mails in, unless they say `fails`, `breaks` or `aside`; those that say `slow` slowly.
    pub fn reception(&self) -> Reception {
        let record = self.clone();
        let handler: Handler = Arc::new(move |delivery: Delivery| {
            let record = record.clone();
            Box::pin(async move {
                let text = String::from_utf8_lossy(&delivery.raw).into_owned();
                record.0.lock().unwrap().push(delivery);
                if text.contains("slow") {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                }
                assert!(!text.contains("breaks"), "as the mail says");
                match () {
                    () if text.contains("fails") => Err(Error::Contended),
                    () if text.contains("aside") => Ok(Receipt::SetAside {
                        reason: "as the mail says".to_owned(),
                    }),
                    () => Ok(Receipt::Done),
                }
            })
        });
        Reception::by(handler)
    }

    pub fn all(&self) -> Vec<Delivery> {
        self.0.lock().unwrap().clone()
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
