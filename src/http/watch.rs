//! The log and the numbers of a running service.
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::Settings;

/// Upper bounds of the request times that are counted apart, in seconds.
const BUCKETS: [f64; 8] = [0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 2.0, 10.0];

/// How often what was counted is put together; until then, each request takes up memory.
const UPKEEP: Duration = Duration::from_secs(1);

static NUMBERS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to log and to count. Once a process, and within its asynchronous runtime.
///
/// # Errors
/// If the process does so already.
pub fn begin(settings: &Settings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log).context("log")?;
    // It would log passwords and mails.
    let filter = filter.add_directive("async_imap=off".parse()?);
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE);
    match settings.log_json {
        true => log.json().try_init(),
        false => log.with_ansi(false).try_init(),
    }
    .map_err(anyhow::Error::from_boxed)?;
    let handle = PrometheusBuilder::new()
        .set_buckets(&BUCKETS)?
        .install_recorder()?;
    drop(NUMBERS.set(handle.clone()));
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            handle.run_upkeep();
        }
    });
    Ok(())
}

/// What was counted since the start, in the text format of Prometheus.
#[must_use]
pub fn numbers() -> String {
    NUMBERS
        .get()
        .map(PrometheusHandle::render)
        .unwrap_or_default()
}
