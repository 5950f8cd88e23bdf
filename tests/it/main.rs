//! The tests, as one program: they speak from outside where they can.
mod architecture;
mod base;
mod calendar_objects;
mod calendar_zones;
mod doors;
mod harness;
mod letters;
mod mail_delivery;
mod mail_mime;
mod openapi;
mod protocol;
mod recurrence;
mod rotation_rules;
mod schemas;
mod settings;
mod smtp_server;
mod words;
