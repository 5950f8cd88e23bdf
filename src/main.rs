//! The program `reihum`.
use std::process::ExitCode;

use clap::Parser;
use reihum::commands::{Cli, run};
use reihum::error::{Error, FieldError};

/// Keeps what many threads take and give back together, where the system's allocator spreads it: less
/// memory, and faster.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[actix_web::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reihum: {error:#}");
            if let Some(Error::Invalid(fields)) = error.downcast_ref::<Error>() {
                for FieldError { field, message, .. } in fields {
                    eprintln!("  {field}: {message}");
                }
            }
            ExitCode::FAILURE
        }
    }
}
