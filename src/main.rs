//! reihum.
fn main() {}
