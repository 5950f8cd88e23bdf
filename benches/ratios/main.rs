//! How fast reihum is beside a bare program that does only what it cannot do without. See README.md.
#![allow(clippy::unwrap_used, reason = "a check fails by panicking")]
#![allow(clippy::cast_precision_loss, reason = "counts that are far below 2^52")]

mod client;
mod compare;
mod database;
mod load;
mod mail;
mod plans;
mod process;
mod report;
mod rig;
mod seed;

use std::path::Path;

use anyhow::{Context, Result};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        // Both sides of a comparison run in processes of their own; the bare ones are this program.
        ["rig", url, feeds] => rig::serve(url, Path::new(feeds)),
        ["raw-mail", address, connections, count, file] => {
            let number = |text: &str| text.parse().context("no number");
            mail::send_raw(
                address,
                number(connections)?,
                number(count)?,
                Path::new(file),
            )
        }
        _ => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(compare::everything(&words))
        }
    }
}
