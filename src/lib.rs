//! reihum ("in turn") plans the recurring meetings of municipalities that host each other in turn.
//!
//! The modules in reading order, group by group: what everything stands on, then the areas, each
//! leaning only on its own group and those above it, then what puts them to work.
pub mod clock;
pub mod db;
pub mod error;
pub mod i18n;

pub mod fetch;

pub mod config;

pub mod auth;
pub mod cooperations;
pub mod municipalities;
pub mod people;
pub mod reconcile;

pub mod notifications;

pub mod days;

pub mod series;

pub mod meetings;
pub mod rotation;

pub mod agenda;
pub mod attendance;

pub mod report;

pub mod invitations;

pub mod hosting;
pub mod polls;

pub mod feeds;
pub mod inbound;

mod app;
pub mod commands;
pub mod demo;
pub mod http;
pub mod jobs;

pub use app::{App, Tx};
