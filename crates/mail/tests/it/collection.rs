//! Mails that were received: `tests/it/data/replies`.
use std::path::{Path, PathBuf};

pub const UID: &str = "0199aaaa-0000-7000-8000-000000000012@reihum.example";
pub const ERIKA: &str = "erika.muster@musterstadt.example";

/// The folder of the workspace's test data.
pub fn data() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = package
        .ancestors()
        .map(|folder| folder.join("tests/it/data"));
    folders
        .find(|folder| folder.exists())
        .expect("the test data")
}

/// A mail of the collection.
pub fn mail(name: &str) -> Vec<u8> {
    let path = data().join(format!("replies/{name}.eml"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
