//! The tests, as one program: they speak from outside where they can.
mod architecture;
mod base;
mod harness;
mod letters;
mod openapi;
mod schemas;
mod words;
