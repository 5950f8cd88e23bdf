//! The program `reihum`.
use std::process::ExitCode;

use clap::Parser;
use reihum::commands::{Cli, run};
use reihum::error::{Error, FieldError};

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
