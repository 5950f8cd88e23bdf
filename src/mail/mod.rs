//! stub
#![allow(missing_docs)]
mod address;
pub use address::{Address, AddressError, Party};
#[derive(Clone)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub username: Option<String>,
    pub password: Option<String>,
    pub ca_file: Option<std::path::PathBuf>,
    pub hello_name: Option<String>,
}
#[derive(Clone, Copy)]
pub enum Tls {
    Implicit,
    Starttls,
    None,
}
impl std::str::FromStr for Tls {
    type Err = &'static str;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Ok(match s {
            "implicit" => Self::Implicit,
            "starttls" => Self::Starttls,
            "none" => Self::None,
            _ => return Err("must be implicit, starttls or none"),
        })
    }
}
