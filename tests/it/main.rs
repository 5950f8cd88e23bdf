//! The tests, as one program: they speak from outside where they can.
mod base;
mod harness;
