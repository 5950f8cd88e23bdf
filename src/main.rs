//! The program `reihum`.
use std::process::ExitCode;

use clap::Parser;
use reihum::commands::{Cli, run};

#[actix_web::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reihum: {error:#}");
            ExitCode::FAILURE
        }
    }
}
