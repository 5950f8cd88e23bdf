//! Sends the messages in the queue: one task takes and renders them while those before are being sent, some send them over
//! a connection each, and one records what became of them, as many in one write as have come up meanwhile.
use std::iter::repeat_n;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::TimeDelta;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant as Timer, sleep, timeout};

use crate::auth::SystemActor;
use crate::config::Settings;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::inbound::bounces::{self, Undelivered};
use crate::invitations::compose::stored_notice;
use crate::notifications::queue::{self, SendOutcome, Taken};
use crate::{App, Tx};
use mail::{Failure, FailureKind, MailConnection, MailTransport, RenderedMessage};

/// How long sending one message may take with all that belongs to it.
const DELIVERY: Duration = Duration::from_mins(2);
/// How long opening a connection may take.
const OPENING: Duration = Duration::from_mins(1);
/// A message whose lease ends sooner is left for the next who takes it.
const MARGIN: TimeDelta = TimeDelta::minutes(2);
/// Without anybody's call the queue is looked at this often.
const TICK: Duration = Duration::from_secs(1);
/// Calls that come sooner after each other are answered together.
const CALL_PAUSE: Duration = Duration::from_millis(50);
/// A connection that is not used for this long is closed.
const IDLE: Duration = Duration::from_secs(15);
/// How long nobody tries after a connection could not be opened; twice as long each further time.
const FIRST_REST: Duration = Duration::from_secs(2);
/// The longest such time.
const LONGEST_REST: Duration = Duration::from_mins(1);
/// How often recording what became of messages is tried.
const FINISH_TRIES: u32 = 10;

/// What was handed over and is not recorded is sent twice if the process dies: at most so many
/// mails for each connection, the one being sent included.
const IN_DOUBT: usize = 2;
/// So many mails are rendered before a sender asks for them, so that none waits while the next messages are taken.
const RENDERED_AHEAD: usize = 16;

/// A message with its mail, unless that cannot be rendered.
type Rendered = (Taken, Result<RenderedMessage, Failure>);
type Done = (Taken, SendOutcome);
/// What became of a message, and its place among those in doubt, free again once it is recorded.
type Report = (Done, OwnedSemaphorePermit);

/// Holds everybody back while the mail server cannot be reached.
#[derive(Default)]
struct Gate(Mutex<(u32, Option<Timer>)>);

impl Gate {
    async fn rest(&self) -> Option<Duration> {
        let (_, until) = *self.0.lock().await;
        until.and_then(|until| until.checked_duration_since(Timer::now()))
    }

    async fn shut(&self) {
        let mut state = self.0.lock().await;
        if state.1.is_some_and(|until| until > Timer::now()) {
            return;
        }
        let rest = FIRST_REST
            .saturating_mul(1 << state.0.min(5))
            .min(LONGEST_REST);
        *state = (state.0.saturating_add(1), Some(Timer::now() + rest));
    }

    async fn open(&self) {
        *self.0.lock().await = (0, None);
    }
}

/// The running tasks.
pub(super) struct Workers(Vec<JoinHandle<()>>);

impl Workers {
    /// Begins to send until told to stop.
    pub(super) fn start(app: &App, transport: MailTransport, stop: &watch::Receiver<bool>) -> Self {
        let connections = app.settings.mail_connections;
        let (give, taken) = async_channel::bounded(RENDERED_AHEAD);
        let (report, done) = mpsc::channel(IN_DOUBT * connections);
        let gate = Arc::new(Gate::default());
        let in_doubt = Arc::new(Semaphore::new(IN_DOUBT * connections));
        let mut tasks = vec![
            tokio::spawn(take_messages(
                app.clone(),
                transport.clone(),
                give,
                gate.clone(),
                stop.clone(),
            )),
            tokio::spawn(record(app.clone(), done)),
        ];
        for transport in repeat_n(transport, connections) {
            let sender = Sender {
                app: app.clone(),
                transport,
                gate: gate.clone(),
                stop: stop.clone(),
                in_doubt: in_doubt.clone(),
                connection: None,
            };
            tasks.push(tokio::spawn(sender.run(taken.clone(), report.clone())));
        }
        Self(tasks)
    }

    /// The tasks, which end once what is on its way has arrived and is written down.
    pub(super) fn tasks(self) -> Vec<JoinHandle<()>> {
        self.0
    }
}

/// Takes messages until told to stop. The next are taken once the senders have those that were taken before.
async fn take_messages(
    app: App,
    transport: MailTransport,
    give: async_channel::Sender<Rendered>,
    gate: Arc<Gate>,
    mut stop: watch::Receiver<bool>,
) {
    let mut was_full = false;
    while !*stop.borrow() {
        let taken = match gate.rest().await {
            Some(_) => Vec::new(),
            None => take(&app, was_full).await.unwrap_or_else(|error| {
                tracing::error!(%error, "messages cannot be taken");
                Vec::new()
            }),
        };
        was_full = taken.len() == batch_size();
        if taken.is_empty() {
            tokio::select! {
                () = async { sleep(CALL_PAUSE).await; let _ = timeout(TICK, app.outbox.notified()).await; } => {}
                _ = stop.changed() => {}
            }
        }
        for message in taken {
            // The senders only go when nothing is given any more, unless all have panicked.
            let mail = render(&message, &app.settings, &transport);
            if give.send((message, mail)).await.is_err() {
                return;
            }
        }
    }
}

/// The mail of a message.
fn render(
    message: &Taken,
    settings: &Settings,
    transport: &MailTransport,
) -> Result<RenderedMessage, Failure> {
    let render = || {
        let notice = stored_notice(message.invitation.map(Id::cast), &message.content)
            .map_err(Failure::permanent)?;
        transport.render_message(&notice.mail(settings, message.id, &message.message_id))
    };
    // One message that we have not thought of must not stop all others.
    catch_unwind(AssertUnwindSafe(render)).unwrap_or_else(|_| {
        tracing::error!(id = %message.id, "rendering a mail panicked");
        Err(Failure::permanent("the mail cannot be rendered"))
    })
}

fn batch_size() -> usize {
    usize::try_from(queue::BATCH).unwrap_or(1)
}

/// Takes what is due. Looks before it writes, unless something surely waits.
async fn take(app: &App, surely: bool) -> Result<Vec<Taken>> {
    let now = app.clock.now();
    let look = move |conn: &mut DbConn| queue::is_waiting(conn, now);
    if !surely && !app.db.read(look).await? {
        return Ok(Vec::new());
    }
    app.db.claim(move |conn| queue::take(conn, now)).await
}

/// Records what became of messages, until nobody sends any more.
async fn record(app: App, mut reports: mpsc::Receiver<Report>) {
    let mut some = Vec::new();
    while reports.recv_many(&mut some, batch_size()).await > 0 {
        let (done, _places): (Vec<_>, Vec<_>) = some.drain(..).unzip();
        conclude(&app, done).await;
    }
}

/// What cannot be recorded is sent again when its lease ends, so it is worth some tries.
async fn conclude(app: &App, done: Vec<Done>) {
    let (marking, plain): (Vec<Done>, Vec<Done>) = done.into_iter().partition(marks_address);
    let plain = plain.into();
    for attempt in 0..FINISH_TRIES {
        let Err(error) = write_once(app, &marking, &plain).await else {
            return;
        };
        tracing::error!(%error, "what became of messages cannot be recorded");
        sleep(Duration::from_millis(100) * 2_u32.pow(attempt)).await;
    }
}

fn marks_address((_, outcome): &Done) -> bool {
    matches!(
        outcome,
        SendOutcome::Failed {
            marks_address: true,
            ..
        }
    )
}

async fn write_once(app: &App, marking: &[Done], plain: &Arc<[Done]>) -> Result<()> {
    for done in marking {
        let (message, outcome) = done.clone();
        let who = SystemActor::within(message.cooperation);
        app.write_in(&who, move |tx| fail(tx, &who, &message, &outcome))
            .await?;
    }
    if plain.is_empty() {
        return Ok(());
    }
    let (plain, now) = (plain.clone(), app.clock.now());
    app.db
        .claim(move |conn| queue::finish(conn, &plain, now))
        .await
}

/// Records that a message failed because of its address, with all that follows from that
/// ([`bounces::record`]).
fn fail(tx: &mut Tx, who: &SystemActor, message: &Taken, outcome: &SendOutcome) -> Result<()> {
    let now = tx.now;
    queue::finish(tx, &[(message.clone(), outcome.clone())], now)?;
    let SendOutcome::Failed { response, .. } = outcome else {
        return Ok(());
    };
    let notice = stored_notice(message.invitation.map(Id::cast), &message.content)
        .context("a message that was sent")?;
    let undelivered = Undelivered {
        person: message.person,
        meeting: message.meeting.map(Id::cast),
        invitation: message.invitation.map(Id::cast),
    };
    bounces::record(tx, who, undelivered, &notice, response)
}

/// Sends over a connection of its own.
struct Sender {
    app: App,
    transport: MailTransport,
    gate: Arc<Gate>,
    stop: watch::Receiver<bool>,
    in_doubt: Arc<Semaphore>,
    connection: Option<MailConnection>,
}

impl Sender {
    async fn run(mut self, taken: async_channel::Receiver<Rendered>, report: mpsc::Sender<Report>) {
        loop {
            let (message, mail) = match timeout(IDLE, taken.recv()).await {
                Ok(Ok(message)) => message,
                Ok(Err(_)) => break,
                Err(_) => {
                    self.close().await;
                    continue;
                }
            };
            let Ok(place) = self.in_doubt.clone().acquire_owned().await else {
                break;
            };
            let outcome = if *self.stop.borrow() || self.gate.rest().await.is_some() {
                SendOutcome::Untried { reason: None }
            } else {
                let (app, transport) = (&self.app, &self.transport);
                send(app, transport, &mut self.connection, (&message, mail)).await
            };
            match &outcome {
                SendOutcome::Untried { reason: Some(_) } => self.gate.shut().await,
                SendOutcome::Sent { .. } => self.gate.open().await,
                _ => {}
            }
            if report.send(((message, outcome), place)).await.is_err() {
                break;
            }
        }
        self.close().await;
    }

    async fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.close().await;
        }
    }
}

/// Sends one message, over the connection there is or a new one.
async fn send(
    app: &App,
    transport: &MailTransport,
    connection: &mut Option<MailConnection>,
    (message, mail): (&Taken, Result<RenderedMessage, Failure>),
) -> SendOutcome {
    let is_ours = || message.leased_until >= Instant::from(*app.clock.now() + MARGIN);
    if !is_ours() {
        return SendOutcome::Untried { reason: None };
    }
    if connection.as_ref().is_none_or(MailConnection::is_lost) {
        let failed = match timeout(OPENING, transport.open()).await {
            Ok(Ok(opened)) => {
                *connection = Some(opened);
                None
            }
            Ok(Err(failure)) => Some(failure.reason),
            Err(_) => Some("the mail server takes too long to let us in".to_owned()),
        };
        if failed.is_some() {
            tracing::warn!(response = failed, "no connection to the mail server");
            return SendOutcome::Untried { reason: failed };
        }
    }
    // Opening took its time as well.
    let Some(open) = connection.as_mut().filter(|_| is_ours()) else {
        return SendOutcome::Untried { reason: None };
    };
    let delivered = timeout(DELIVERY, async { open.deliver(&mail?).await }).await;
    let outcome = match delivered {
        Ok(Ok(receipt)) => SendOutcome::Sent {
            response: receipt.response,
        },
        Ok(Err(failure)) => judge(app, message, failure),
        Err(_) => {
            *connection = None;
            let response = "the mail server took too long".to_owned();
            retry_later(app, message, (response, true))
        }
    };
    let state = match &outcome {
        SendOutcome::Sent { .. } => "sent",
        SendOutcome::Failed { .. } => "failed",
        SendOutcome::Later { .. } | SendOutcome::Untried { .. } => "later",
    };
    metrics::counter!("mails", "outcome" => state).increment(1);
    tracing::debug!(id = %message.id, state, "a message was tried");
    outcome
}

fn retry_later(app: &App, message: &Taken, response: (String, bool)) -> SendOutcome {
    let so_far = (message.written_at, message.attempts);
    queue::retry_later(so_far, response, app.clock.now(), &app.ids)
}

/// What a failure means for the message.
fn judge(app: &App, message: &Taken, failure: Failure) -> SendOutcome {
    // The server does not speak with us at all, or not like this, or not for this sender: the
    // address is not to blame, and the message waits until somebody puts it right.
    let is_about_us = match failure.code {
        Some(500..=504 | 530..=538) => true,
        Some(_) => !failure.about_recipient,
        None => false,
    };
    if failure.kind == FailureKind::Permanent && !is_about_us {
        return SendOutcome::Failed {
            response: failure.reason,
            marks_address: failure.code.is_some(),
        };
    }
    let in_doubt = failure.kind == FailureKind::Connection;
    retry_later(app, message, (failure.reason, in_doubt))
}

/// Sends everything that is due at this moment, one after the other. How many were sent.
pub(super) async fn send_all(app: &App, transport: &MailTransport) -> Result<usize> {
    let (mut connection, mut sent) = (None, 0);
    loop {
        let taken = take(app, false).await?;
        if taken.is_empty() {
            break;
        }
        let mut done = Vec::new();
        let mut reachable = true;
        for message in taken {
            let outcome = if reachable {
                let mail = render(&message, &app.settings, transport);
                send(app, transport, &mut connection, (&message, mail)).await
            } else {
                SendOutcome::Untried { reason: None }
            };
            reachable &= !matches!(outcome, SendOutcome::Untried { .. });
            sent += usize::from(matches!(outcome, SendOutcome::Sent { .. }));
            done.push((message, outcome));
        }
        conclude(app, done).await;
        if !reachable {
            break;
        }
    }
    if let Some(connection) = connection {
        connection.close().await;
    }
    Ok(sent)
}
