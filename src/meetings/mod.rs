//! Meetings: planned, invited, held or cancelled, each with its own host and venue.
pub mod api;
pub mod confirmations;
pub mod day_choice;
pub mod deadlines;
mod dry_run;
pub mod lifecycle;
pub mod plan_api;
pub mod plan_difference;
pub mod planning;
pub mod reconcile;
pub mod rescheduling;
pub mod series_api;
mod skipped_dates;
pub mod steps;
pub mod store;
mod view;
pub mod warnings;
mod what_if;

pub use self::deadlines::Deadlines;
pub use self::plan_difference::PlanDifference;
pub use self::view::{Dated, GivenReason, MeetingPatch, MeetingView, NewMeeting};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use diesel::prelude::*;
use utoipa::ToSchema;

use crate::days::DayChoice;
use crate::db::schema::meetings;
use crate::db::{Id, Instant, Json};
use crate::error::Error;
use crate::municipalities::{Municipality, Venue};
use crate::series::{Series, TemplateItem};
use crate::word_enum;
use calendar::zones;

word_enum! {
    /// The status of a meeting.
    pub enum MeetingStatus {
        /// It is on the calendar, and nobody is invited yet.
        Planned = "planned",
        /// Invitations were sent; the host and the turn are fixed.
        Invited = "invited",
        /// It took place, and its turn counts.
        Held = "held",
        /// It does not take place.
        Cancelled = "cancelled",
    }
}

/// One meeting of a series.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, ToSchema)]
#[diesel(table_name = meetings, check_for_backend(crate::db::MultiBackend))]
pub struct Meeting {
    /// Primary key.
    pub id: Id<Meeting>,
    /// The series.
    pub series_id: Id<Series>,
    /// The calendar UID, which never changes (RFC 5545 section 3.8.4.7).
    pub uid: String,
    /// Its number in the series.
    pub number: i32,
    /// Its own title, if it has one.
    pub title: Option<String>,
    /// Its status.
    pub status: MeetingStatus,
    /// The date of the series' rule that it stands for; `None` if it was added by hand.
    pub occurrence_on: Option<NaiveDate>,
    /// The local day on which it takes place.
    pub date: NaiveDate,
    /// Local start time.
    pub start_time: NaiveTime,
    /// Its duration.
    pub duration_minutes: i32,
    /// The time zone of day and time (IANA).
    pub time_zone: String,
    /// The start, derived from day, time and time zone.
    pub starts_at: Instant,
    /// The end.
    pub ends_at: Instant,
    /// The host.
    pub host_id: Option<Id<Municipality>>,
    /// The venue: the host's preferred one unless another was chosen.
    pub venue_id: Option<Id<Venue>>,
    /// SEQUENCE of the calendar entry (RFC 5546 section 2.1.4): grows when time, venue, host or status change.
    pub sequence: i32,
    /// The sequence at which the meeting was last restored after people had been notified of its cancellation; earlier
    /// answers no longer count.
    pub asked_sequence: i32,
    /// When something that calendars show changed last.
    pub changed_at: Instant,
    /// When those invited are to be notified of changes, if there are any.
    pub tell_at: Option<Instant>,
    /// When invitations were first sent.
    pub invited_at: Option<Instant>,
    /// When it was closed as held.
    pub closed_at: Option<Instant>,
    /// When it was cancelled.
    pub cancelled_at: Option<Instant>,
    /// The reason of the cancellation.
    pub cancelled_reason: Option<String>,
    /// The template agenda as it was when the meeting was closed.
    #[schema(value_type = Option<Vec<TemplateItem>>)]
    pub template_agenda: Option<Json<Vec<TemplateItem>>>,
    /// Why it is on its day; `None` if nothing is against the date of the rule.
    #[schema(ignore)]
    pub day_choice: Option<Json<DayChoice>>,
    /// Revision number, incremented by each change.
    pub revision: i32,
    /// When it was created.
    pub created_at: Instant,
    /// When it was changed last.
    pub modified_at: Instant,
    /// The municipality that is due by the plan; once people are invited, the ledger says who is charged.
    #[serde(skip)]
    pub due_id: Option<Id<Municipality>>,
    /// The co-hosts.
    #[schema(ignore)]
    pub cohosts: Json<Vec<Id<Municipality>>>,
}

impl MeetingStatus {
    /// Whether the meeting was neither held nor cancelled.
    #[must_use]
    pub fn is_to_come(self) -> bool {
        matches!(self, Self::Planned | Self::Invited)
    }
}

impl Meeting {
    /// The time zone of day and time.
    #[must_use]
    pub fn zone(&self) -> Tz {
        // Validated when it was set; a time zone that a later tz database no longer has is treated as UTC.
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// Local end.
    #[must_use]
    pub fn ends(&self) -> NaiveDateTime {
        self.ends_at.with_timezone(&self.zone()).naive_local()
    }

    /// The start with the local UTC offset.
    #[must_use]
    pub fn starts_at_locally(&self) -> DateTime<FixedOffset> {
        self.starts_at.with_timezone(&self.zone()).fixed_offset()
    }

    /// The meeting with its start, for the results of planning.
    fn dated(&self) -> Dated {
        Dated {
            meeting_id: self.id,
            starts_at: self.starts_at_locally(),
        }
    }

    /// The error if something cannot be done in its status.
    pub(crate) fn conflict(&self) -> Error {
        Error::conflict("state", format!("this meeting is {}", self.status))
    }

    /// Whether the rotation may still change its host: nobody is invited and it has not begun.
    #[must_use]
    pub fn is_open(&self, now: Instant) -> bool {
        self.status == MeetingStatus::Planned && self.starts_at > now
    }

    /// Whether it is still to come or under way, and not cancelled.
    #[must_use]
    pub fn is_ahead(&self, now: Instant) -> bool {
        self.status.is_to_come() && self.ends_at > now
    }
}

/// Start and end of a meeting that begins at `local` in `zone` and takes `minutes`.
///
/// A start that does not exist because of a clock change is moved forward; of an ambiguous start the first one is taken.
#[must_use]
pub fn span(local: NaiveDateTime, zone: Tz, minutes: i32) -> (Instant, Instant) {
    let starts_at = zones::instant_of(local, zone);
    let ends_at = starts_at + TimeDelta::minutes(minutes.into());
    (starts_at.into(), ends_at.into())
}
