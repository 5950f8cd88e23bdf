//! The program `reihum`.
fn main() {}
