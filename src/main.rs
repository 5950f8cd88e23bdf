//! The program `reihum`.
use std::process::ExitCode;

use clap::Parser;
use reihum::commands::{Cli, EX_USAGE, ExitError, run};
use reihum::error::{Error, FieldError};

/// Keeps what many threads take and give back together, where the system's allocator spreads it: less
/// memory, and faster.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing can be reported if the terminal is gone.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(EX_USAGE)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reihum: {error:#}");
            if let Some(Error::Invalid(fields)) = error.downcast_ref::<Error>() {
                for FieldError { field, message, .. } in fields {
                    eprintln!("  {field}: {message}");
                }
            }
            match error.downcast_ref::<ExitError>() {
                Some(exit) => ExitCode::from(exit.status),
                None => ExitCode::FAILURE,
            }
        }
    }
}
