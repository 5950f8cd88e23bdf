//! Refuses a build in which SQLite does not get the flags of `.cargo/config.toml`: cargo reads that file only in the
//! repository's folder, and elsewhere SQLite would be another one, unnoticed.
use std::{env, fs};

const VARIABLE: &str = "LIBSQLITE3_FLAGS";

fn main() {
    println!("cargo::rerun-if-changed=.cargo/config.toml");
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    let config = fs::read_to_string(".cargo/config.toml").unwrap_or_default();
    let is_set = env::var(VARIABLE).is_ok_and(|flags| config.contains(&flags));
    if !is_set {
        let repository = env!("CARGO_MANIFEST_DIR");
        println!(
            "cargo::error={VARIABLE} is not as in {repository}/.cargo/config.toml, so SQLite would be built otherwise. \
             Run cargo in {repository}, or with --config {repository}/.cargo/config.toml"
        );
    }
}
