//! The log and the metrics of the process.
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::Settings;

/// Upper bounds of the histogram of request durations, in seconds.
const BUCKETS: [f64; 8] = [0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 2.0, 10.0];

/// How often the histograms are aggregated; until then, each request takes up memory.
const UPKEEP: Duration = Duration::from_secs(1);

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Installs the log and the metrics of the process. Must be called within the Tokio runtime.
///
/// # Errors
/// If they are installed already.
pub fn install(settings: &Settings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log).context("log")?;
    // async-imap logs passwords and mails.
    let filter = filter.add_directive("async_imap=off".parse()?);
    // What strangers send that is no HTTP is no error of ours.
    let filter = filter.add_directive("actix_http::h1=off".parse()?);
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE);
    let installed = if settings.log_json {
        log.json().try_init()
    } else {
        log.with_ansi(false).try_init()
    };
    installed.map_err(anyhow::Error::from_boxed)?;
    let handle = PrometheusBuilder::new()
        .set_buckets(&BUCKETS)?
        .install_recorder()?;
    drop(METRICS.set(handle.clone()));
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            handle.run_upkeep();
        }
    });
    Ok(())
}

/// The metrics since the start of the process, in the text format of Prometheus.
#[must_use]
pub fn metrics() -> String {
    METRICS
        .get()
        .map(PrometheusHandle::render)
        .unwrap_or_default()
}
