//! The tests, as one program: they speak from outside where they can.
#![allow(clippy::unwrap_used, reason = "a check fails by panicking")]
mod about;
mod access;
mod agenda;
mod answer_pages;
#[path = "../../crates/calendar/tests/it/answers.rs"]
mod answers;
mod architecture;
mod attendance;
mod blackout_calendars;
mod builders;
mod cohosts;
#[path = "../../crates/mail/tests/it/collection.rs"]
mod collection;
mod commands;
mod cooperations;
mod counters;
mod database;
mod days;
mod deputies;
mod feeds;
mod fetching;
mod flooding;
#[path = "../../crates/calendar/tests/it/foreign.rs"]
mod foreign;
mod gathering;
mod generations;
mod harness;
mod holidays;
mod host_plan;
mod host_reasons;
mod hosting;
mod i18n;
mod inbound;
mod inbound_command;
mod inbound_folder;
mod inbound_handlers;
mod inbound_settings;
mod inbound_transports;
mod invitations;
mod mailbox;
mod meeting_texts;
mod meetings;
mod message_order;
mod notifications;
mod openapi;
mod outbox;
mod plan_trials;
mod plans;
mod polls;
mod protocol;
mod recurrence;
mod report;
mod rescheduling;
mod rotation;
mod rotation_changes;
mod rotation_lives;
mod rotation_rules;
mod schemas;
mod series;
mod settings;
#[allow(dead_code, reason = "the tests of the crate use all of it")]
#[path = "../../crates/mail/tests/it/smtp_server.rs"]
mod smtp_server;
mod statements;
mod steps;
