//! Takes in mails: parses each, and handles it in one transaction.
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use super::received::{Delivery, ReceivedMail};
use super::{MailState, handling};
use crate::App;
use crate::error::Result;

/// How long taking in one mail may last before it counts as failed.
const LIMIT: Duration = Duration::from_mins(2);

/// What became of a mail. It is committed by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntakeResult {
    /// Handled.
    Done,
    /// Waits for a decision.
    SetAside {
        /// Why: the name of a rule, or a parser's message.
        reason: String,
    },
    /// A duplicate of a mail that was handled before.
    Known,
}

/// Takes in a mail.
///
/// # Errors
/// If it could not be handled now, because the database cannot be reached for instance. Nothing was
/// changed, and the mail is to be delivered again later.
pub async fn take_in(app: &App, delivery: Delivery) -> Result<IntakeResult> {
    let mail = tokio::task::spawn_blocking(move || ReceivedMail::parse(delivery))
        .await
        .context("a mail could not be parsed")?;
    let mail = Arc::new(mail);
    let handled = app.write(move |tx| handling::handle(tx, &mail)).await?;
    Ok(match handled {
        None => IntakeResult::Known,
        Some(handled) if handled.state == MailState::Review => IntakeResult::SetAside {
            reason: handled.reason.unwrap_or_default(),
        },
        Some(_) => IntakeResult::Done,
    })
}

/// What takes in mails: [`take_in`], or in tests a function that fails.
pub type IntakeHandler =
    Arc<dyn Fn(Delivery) -> BoxFuture<'static, Result<IntakeResult>> + Send + Sync>;

/// The one way in for all transports: adds a time limit, a guard against panics, and metrics.
#[derive(Clone)]
pub struct Intake {
    handler: IntakeHandler,
}

/// The result of an attempt to take in a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntakeAttempt {
    /// It was taken in; that is committed.
    Taken(IntakeResult),
    /// It could not be handled now; it is to be delivered again later.
    Deferred,
    /// Handling it panicked.
    Panicked,
}

impl Intake {
    /// Takes mails in for this service.
    #[must_use]
    pub fn new(app: &App) -> Self {
        let app = app.clone();
        Self::with_handler(Arc::new(move |delivery| {
            let app = app.clone();
            Box::pin(async move { take_in(&app, delivery).await })
        }))
    }

    /// Passes mails to `handler`.
    #[must_use]
    pub fn with_handler(handler: IntakeHandler) -> Self {
        Self { handler }
    }

    /// Tries to take in one mail. `transport` is a label of the metrics.
    pub async fn attempt(&self, transport: &'static str, delivery: Delivery) -> IntakeAttempt {
        let handler = self.handler.clone();
        // A panic ends this task only.
        let task = tokio::spawn(async move { handler(delivery).await });
        let attempt = match timeout(LIMIT, task).await {
            Ok(Ok(Ok(result))) => IntakeAttempt::Taken(result),
            Ok(Ok(Err(error))) => {
                let problem = error.name();
                tracing::warn!(transport, problem, "a mail cannot be taken in now");
                IntakeAttempt::Deferred
            }
            Ok(Err(_)) => {
                tracing::error!(transport, "taking in a mail panicked");
                IntakeAttempt::Panicked
            }
            Err(_) => {
                tracing::error!(transport, "taking in a mail exceeded the time limit");
                IntakeAttempt::Deferred
            }
        };
        let outcome = match &attempt {
            IntakeAttempt::Taken(IntakeResult::Done) => "done",
            IntakeAttempt::Taken(IntakeResult::SetAside { .. }) => "set_aside",
            IntakeAttempt::Taken(IntakeResult::Known) => "known",
            IntakeAttempt::Deferred => "later",
            IntakeAttempt::Panicked => "broken",
        };
        metrics::counter!("inbound_mails", "way" => transport, "outcome" => outcome).increment(1);
        attempt
    }
}
