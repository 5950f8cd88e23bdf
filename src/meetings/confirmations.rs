//! Whether the host of a meeting has confirmed that it hosts. The area `hosting` decides who is asked and when.
use std::collections::HashMap;

use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::Meeting;
use crate::auth::Scope;
use crate::db::schema::{host_confirmations, meetings};
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::municipalities::Municipality;
use crate::people::Person;
use crate::series::Series;
use crate::word_enum;

word_enum! {
    /// The response of a municipality about hosting a meeting.
    pub enum HostConfirmationState {
        /// It was asked and has not answered.
        Asked = "asked",
        /// It hosts.
        Confirmed = "confirmed",
        /// It cannot host, and another host is looked for.
        Declined = "declined",
    }
}

word_enum! {
    /// The channel through which a municipality answers about hosting.
    pub enum HostingChannel {
        /// By the personal link of a mail, on its page.
        Link = "link",
        /// Through the API.
        Api = "api",
    }
}

/// The confirmation of one municipality for one meeting. The API shows it with the meeting.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = host_confirmations, check_for_backend(crate::db::MultiBackend))]
#[schema(description = "A confirmation as the API shows it.")]
pub struct HostConfirmation {
    /// Primary key.
    #[serde(skip)]
    pub id: Id<HostConfirmation>,
    /// The meeting.
    #[serde(skip)]
    pub meeting_id: Id<Meeting>,
    /// The municipality that was to host; it may have been replaced since.
    #[serde(skip)]
    pub municipality_id: Id<Municipality>,
    /// The response of the host.
    pub state: HostConfirmationState,
    /// Why it cannot.
    pub reason: Option<String>,
    /// When it was asked; null if it responded, or agreed to a swap, without being asked.
    pub asked_at: Option<Instant>,
    /// When it last responded.
    pub answered_at: Option<Instant>,
    /// The person who responded, if known.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub person_id: Option<Id<Person>>,
    /// The way of that answer.
    pub way: Option<HostingChannel>,
    /// When the coordinators were told that it has not confirmed in time.
    pub warned_at: Option<Instant>,
}

/// The current confirmation of a meeting, if there is one.
pub fn of_meeting(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
) -> Result<Option<HostConfirmation>> {
    Ok(host_confirmations::table
        .filter(host_confirmations::cooperation_id.eq(who.cooperation()))
        .filter(host_confirmations::meeting_id.eq(meeting))
        .filter(host_confirmations::deleted_at.is_null())
        .select(HostConfirmation::as_select())
        .first(conn)
        .optional()?)
}

/// The current confirmations of all meetings of a series.
pub fn of_series(
    conn: &mut DbConn,
    who: &impl Scope,
    series: Id<Series>,
) -> Result<HashMap<Id<Meeting>, HostConfirmation>> {
    let of_series = meetings::table
        .filter(meetings::series_id.eq(series))
        .select(meetings::id);
    // Not by a list of IDs: each length would be a different statement, which has to be prepared.
    let rows: Vec<HostConfirmation> = host_confirmations::table
        .filter(host_confirmations::cooperation_id.eq(who.cooperation()))
        .filter(host_confirmations::meeting_id.eq_any(of_series))
        .filter(host_confirmations::deleted_at.is_null())
        .select(HostConfirmation::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.meeting_id, row)).collect())
}
