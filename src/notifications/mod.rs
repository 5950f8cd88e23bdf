//! Mail to people: every message that the service sends to a person is written and sent here.
//!
//! An area declares the [`MessageKind`]s that it sends and the [`links::LinkPurpose`]s of its pages, puts a
//! [`notice::New`] together, mostly from a [`template::Template`], and calls [`notice::enqueue`], the only place
//! that inserts a message. `queue` hands messages out under a lease and records what became of them;
//! [`superseding`] takes back those that are still queued; `render` makes plain text and HTML of a notice; `links`
//! signs the personal links in it.
//!
//! Order: a message leaves only when no earlier message of the same person and [`Topic`] is queued. One that
//! failed or was superseded holds back nothing. What ends something that a person has not heard of is not written
//! ([`notice::New::only_if_received`]).
pub mod links;
pub mod notice;
pub mod queue;
pub mod render;
pub mod superseding;
pub mod template;

use std::borrow::Cow;
use std::fmt::{self, Display};

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::schema::messages;
use crate::db::{Id, Instant};
use crate::word_enum;

word_enum! {
    /// What became of a message.
    pub enum MessageState {
        /// It waits to be sent, for the first time or again.
        Queued = "queued",
        /// The mail server has accepted it.
        Sent = "sent",
        /// The mail server has rejected it, or it was tried in vain for too long.
        Failed = "failed",
        /// A later message replaced it before it was sent.
        Superseded = "superseded",
    }
}

/// What a message is for. The area that sends it declares the kind as a constant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow, Serialize, ToSchema)]
#[diesel(sql_type = Text)]
pub struct MessageKind(Cow<'static, str>);

impl MessageKind {
    /// The kind of that name, which stands in the database and in the API.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What messages are about, as far as their order matters: messages to one person on one topic are sent in the
/// order in which they were written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Topic(Cow<'static, str>);

impl Topic {
    /// The topic of one thing: `meeting:<key>`, `swap:<key>`, `poll:<key>`.
    #[must_use]
    pub fn of<T>(kind: &'static str, id: Id<T>) -> Self {
        Self(format!("{kind}:{id}").into())
    }
}

/// A row of an area above that a message refers to; only its key is known here ([`Id::cast`]).
#[derive(Debug)]
pub enum Subject {}

/// Implements reading and writing of a text that is stored as it is.
macro_rules! stored_text {
    ($name:ident) => {
        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl<DB: Backend> ToSql<Text, DB> for $name
        where
            str: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                <str as ToSql<Text, DB>>::to_sql(&self.0, out)
            }
        }
        impl<DB: Backend> FromSql<Text, DB> for $name
        where
            String: FromSql<Text, DB>,
        {
            fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(Self(Cow::Owned(String::from_sql(raw)?)))
            }
        }
    };
}
stored_text!(MessageKind);
stored_text!(Topic);

/// A message to one person, as the API shows it.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Serialize, ToSchema)]
#[diesel(table_name = messages, check_for_backend(crate::db::MultiBackend))]
pub struct Message {
    /// Its key.
    pub id: Id<Message>,
    /// What it is for.
    pub kind: MessageKind,
    /// SEQUENCE of the calendar entry in it.
    pub sequence: i32,
    /// Its Message-ID.
    pub message_id: String,
    /// What became of it.
    pub state: MessageState,
    /// How often it was tried.
    pub attempts: i32,
    /// The last response of the mail server.
    #[diesel(column_name = last_words)]
    #[serde(rename = "last_words")]
    pub last_response: Option<String>,
    /// When the mail server accepted it.
    pub sent_at: Option<Instant>,
    /// When it is tried next, if it is queued.
    pub next_attempt_at: Instant,
    /// When it was written.
    pub created_at: Instant,
}
