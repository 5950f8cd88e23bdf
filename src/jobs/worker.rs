//! Sends what is in the outbox: one task takes messages, two lay their mails out, some send them
//! over a link each, and one writes down what became of them, as many in one write as have come up
//! meanwhile. So that no link waits for the database or for words.
use std::iter::repeat_n;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant as Timer, sleep, timeout};

use super::queue::{self, Outcome, Taken};
use crate::App;
use crate::config::Settings;
use crate::db::{DbConn, Instant};
use crate::error::Result;
use crate::mail::{Failure, FailureKind, MailConnection, MailTransport, RenderedMessage};

/// How long sending one message may take with all that belongs to it.
const DELIVERY: Duration = Duration::from_mins(2);
/// How long opening a link may take.
const OPENING: Duration = Duration::from_mins(1);
/// A message whose lease ends sooner is left for the next who takes it.
const MARGIN: TimeDelta = TimeDelta::minutes(2);
/// Without anybody's call the queue is looked at this often.
const TICK: Duration = Duration::from_secs(1);
/// Calls that come sooner after each other are answered together.
const BREATH: Duration = Duration::from_millis(50);
/// A link that is not used for this long is closed.
const IDLE: Duration = Duration::from_secs(15);
/// How long nobody tries after a link could not be opened; twice as long each further time.
const FIRST_REST: Duration = Duration::from_secs(2);
/// The longest such time.
const LONGEST_REST: Duration = Duration::from_mins(1);
/// How often the end of messages is tried to be written down.
const FINISH_TRIES: u32 = 10;

/// What was handed over and is not written down is sent twice if the process dies: at most so many
/// mails for each link, the one on its way included.
const IN_DOUBT: usize = 2;

/// So many tasks lay mails out, since that is most of the work.
const LAYING_OUT: usize = 2;
/// How many mails are laid out in one go.
const SHEET: usize = 25;

type Done = (Taken, Outcome);
/// What became of a message, and its place among those in doubt, free again once it is written down.
type Report = (Done, OwnedSemaphorePermit);
/// A message that was taken, and its mail if it can be laid out.
type Parcel = (Taken, Result<RenderedMessage, Failure>);

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
        let batch = batch_size();
        let (give, taken) = mpsc::channel(batch.div_ceil(SHEET));
        let (hand, inbox) = mpsc::channel(batch);
        let links = app.settings.mail_connections;
        let (report, done) = mpsc::channel(IN_DOUBT * links);
        let (taken, inbox) = (Arc::new(Mutex::new(taken)), Arc::new(Mutex::new(inbox)));
        let gate = Arc::new(Gate::default());
        let in_doubt = Arc::new(Semaphore::new(IN_DOUBT * links));
        let mut tasks = vec![
            tokio::spawn(take_on(app.clone(), give, gate.clone(), stop.clone())),
            tokio::spawn(write_down(app.clone(), done)),
        ];
        for hand in repeat_n(hand, LAYING_OUT) {
            let laying_out = lay_out(app.clone(), transport.clone(), taken.clone(), hand);
            tasks.push(tokio::spawn(laying_out));
        }
        for transport in repeat_n(transport, links) {
            let sender = Sender {
                app: app.clone(),
                transport,
                gate: gate.clone(),
                stop: stop.clone(),
                in_doubt: in_doubt.clone(),
                link: None,
            };
            tasks.push(tokio::spawn(sender.run(inbox.clone(), report.clone())));
        }
        Self(tasks)
    }

    /// Waits until what is on its way has arrived and is written down.
    pub(super) async fn finish(self) {
        for task in self.0 {
            if let Err(error) = task.await {
                tracing::error!(%error, "a worker stopped before its time");
            }
        }
    }
}

/// Takes messages until told to stop.
async fn take_on(
    app: App,
    give: mpsc::Sender<Vec<Taken>>,
    gate: Arc<Gate>,
    mut stop: watch::Receiver<bool>,
) {
    let mut was_full = false;
    // Nothing is taken before there is room for it. The senders only go when nothing is given any more.
    while let Ok(room) = give.reserve_many(give.max_capacity()).await
        && !*stop.borrow()
    {
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
                () = async { sleep(BREATH).await; let _ = timeout(TICK, app.outbox.notified()).await; } => {}
                _ = stop.changed() => {}
            }
            continue;
        }
        let mut taken = taken.into_iter();
        for place in room {
            let sheet: Vec<_> = taken.by_ref().take(SHEET).collect();
            if sheet.is_empty() {
                break;
            }
            place.send(sheet);
        }
    }
}

/// Lays mails out, off the threads that send, until nothing is given any more.
async fn lay_out(
    app: App,
    transport: MailTransport,
    taken: Arc<Mutex<mpsc::Receiver<Vec<Taken>>>>,
    hand: mpsc::Sender<Parcel>,
) {
    loop {
        let Some(messages) = taken.lock().await.recv().await else {
            return;
        };
        let (settings, transport) = (app.settings.clone(), transport.clone());
        let laid_out = tokio::task::spawn_blocking(move || {
            let parcels = messages.into_iter().map(|message| {
                let mail = mail_of(&message, &settings, &transport);
                // Links and the database come first, wherever this runs.
                std::thread::yield_now();
                (message, mail)
            });
            parcels.collect::<Vec<Parcel>>()
        });
        match laid_out.await {
            Ok(parcels) => {
                for parcel in parcels {
                    // Nobody is there to take it only if all senders have panicked.
                    if hand.send(parcel).await.is_err() {
                        return;
                    }
                }
            }
            // Their leases end, and they are tried again.
            Err(error) => tracing::error!(%error, "messages cannot be laid out"),
        }
    }
}

fn mail_of(
    message: &Taken,
    settings: &Settings,
    transport: &MailTransport,
) -> Result<RenderedMessage, Failure> {
    let lay_out = || {
        let post = message.post().map_err(Failure::permanent)?;
        transport.render_message(&post.letter(settings, message.id, &message.message_id))
    };
    // One letter that we have not thought of must not stop all others.
    catch_unwind(AssertUnwindSafe(lay_out)).unwrap_or_else(|_| {
        tracing::error!(id = %message.id, "laying out a mail panicked");
        Err(Failure::permanent("the mail cannot be laid out"))
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

/// Writes down what became of messages, until nobody sends any more.
async fn write_down(app: App, mut reports: mpsc::Receiver<Report>) {
    let mut some = Vec::new();
    while reports.recv_many(&mut some, batch_size()).await > 0 {
        let (done, _places): (Vec<_>, Vec<_>) = some.drain(..).unzip();
        conclude(&app, done).await;
    }
}

/// What cannot be written down is sent again when its lease ends, so it is worth some tries.
async fn conclude(app: &App, done: Vec<Done>) {
    let (marking, plain): (Vec<Done>, Vec<Done>) = done.into_iter().partition(marks_address);
    let plain = plain.into();
    for attempt in 0..FINISH_TRIES {
        let Err(error) = write_once(app, &marking, &plain).await else {
            return;
        };
        tracing::error!(%error, "what became of messages cannot be written down");
        sleep(Duration::from_millis(100) * 2_u32.pow(attempt)).await;
    }
}

fn marks_address((_, outcome): &Done) -> bool {
    matches!(
        outcome,
        Outcome::Failed {
            marks_address: true,
            ..
        }
    )
}

async fn write_once(app: &App, marking: &[Done], plain: &Arc<[Done]>) -> Result<()> {
    for done in marking {
        let (message, outcome) = done.clone();
        app.write(move |tx| queue::fail(tx, &message, &outcome))
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

/// Sends over a link of its own.
struct Sender {
    app: App,
    transport: MailTransport,
    gate: Arc<Gate>,
    stop: watch::Receiver<bool>,
    in_doubt: Arc<Semaphore>,
    link: Option<MailConnection>,
}

impl Sender {
    async fn run(
        mut self,
        inbox: Arc<Mutex<mpsc::Receiver<Parcel>>>,
        report: mpsc::Sender<Report>,
    ) {
        loop {
            let next = timeout(IDLE, async { inbox.lock().await.recv().await }).await;
            let (message, mail) = match next {
                Ok(Some(parcel)) => parcel,
                Ok(None) => break,
                Err(_) => {
                    self.close().await;
                    continue;
                }
            };
            let Ok(place) = self.in_doubt.clone().acquire_owned().await else {
                break;
            };
            let hold = *self.stop.borrow() || self.gate.rest().await.is_some();
            let outcome = match hold {
                true => Outcome::Untried { words: None },
                false => send(&self.app, &self.transport, &mut self.link, &message, mail).await,
            };
            match &outcome {
                Outcome::Untried { words: Some(_) } => self.gate.shut().await,
                Outcome::Sent { .. } => self.gate.open().await,
                _ => {}
            }
            if report.send(((message, outcome), place)).await.is_err() {
                break;
            }
        }
        self.close().await;
    }

    async fn close(&mut self) {
        if let Some(link) = self.link.take() {
            link.close().await;
        }
    }
}

/// Sends one message, over the link there is or a new one.
async fn send(
    app: &App,
    transport: &MailTransport,
    link: &mut Option<MailConnection>,
    message: &Taken,
    mail: Result<RenderedMessage, Failure>,
) -> Outcome {
    let is_ours = || message.leased_until >= Instant::from(*app.clock.now() + MARGIN);
    if !is_ours() {
        return Outcome::Untried { words: None };
    }
    if link.as_ref().is_none_or(MailConnection::is_lost) {
        let failed = match timeout(OPENING, transport.open()).await {
            Ok(Ok(opened)) => {
                *link = Some(opened);
                None
            }
            Ok(Err(failure)) => Some(failure.reason),
            Err(_) => Some("the mail server takes too long to let us in".to_owned()),
        };
        if failed.is_some() {
            tracing::warn!(words = failed, "no link to the mail server");
            return Outcome::Untried { words: failed };
        }
    }
    // Opening took its time as well.
    let Some(open) = link.as_mut().filter(|_| is_ours()) else {
        return Outcome::Untried { words: None };
    };
    let delivered = timeout(DELIVERY, async { open.deliver(&mail?).await }).await;
    let outcome = match delivered {
        Ok(Ok(receipt)) => Outcome::Sent {
            words: receipt.response,
        },
        Ok(Err(failure)) => judge(app, message, failure),
        Err(_) => {
            *link = None;
            let words = "the mail server took too long".to_owned();
            put_off(app, message, words)
        }
    };
    let state = match &outcome {
        Outcome::Sent { .. } => "sent",
        Outcome::Failed { .. } => "failed",
        Outcome::Later { .. } | Outcome::Untried { .. } => "later",
    };
    metrics::counter!("mails", "outcome" => state).increment(1);
    tracing::debug!(id = %message.id, state, "a message was tried");
    outcome
}

fn put_off(app: &App, message: &Taken, words: String) -> Outcome {
    let so_far = (message.written_at, message.attempts);
    queue::put_off(so_far, words, app.clock.now(), &app.ids)
}

/// What a failure means for the message.
fn judge(app: &App, message: &Taken, failure: Failure) -> Outcome {
    let Failure {
        kind,
        code,
        reason: words,
        about_recipient,
    } = failure;
    // The server does not speak with us at all, or not like this, or not for this sender: the
    // address is not to blame, and the letter waits until somebody puts it right.
    let is_about_us = match code {
        Some(500..=504 | 530..=538) => true,
        Some(_) => !about_recipient,
        None => false,
    };
    if kind == FailureKind::Permanent && !is_about_us {
        return Outcome::Failed {
            words,
            marks_address: code.is_some(),
        };
    }
    put_off(app, message, words)
}

/// Sends everything that is due at this moment, one after the other. How many were sent.
pub(super) async fn send_all(app: &App, transport: &MailTransport) -> Result<usize> {
    let (mut link, mut sent) = (None, 0);
    loop {
        let taken = take(app, false).await?;
        if taken.is_empty() {
            break;
        }
        let mut done = Vec::new();
        let mut reachable = true;
        for message in taken {
            let outcome = match reachable {
                true => {
                    let mail = mail_of(&message, &app.settings, transport);
                    send(app, transport, &mut link, &message, mail).await
                }
                false => Outcome::Untried { words: None },
            };
            reachable &= !matches!(outcome, Outcome::Untried { .. });
            sent += usize::from(matches!(outcome, Outcome::Sent { .. }));
            done.push((message, outcome));
        }
        conclude(app, done).await;
        if !reachable {
            break;
        }
    }
    if let Some(link) = link {
        link.close().await;
    }
    Ok(sent)
}
