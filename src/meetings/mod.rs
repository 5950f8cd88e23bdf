//! Meetings: planned, invited, held or cancelled; each one with its own host and place.
pub mod api;
pub mod changes;
pub mod choosing;
pub mod confirmations;
mod deadlines;
pub mod difference;
pub mod plan_api;
pub mod planning;
pub mod reconcile;
pub mod replanning;
pub mod series_api;
pub mod steps;
pub mod store;
mod trial;
mod view;
mod what_if;

pub use self::deadlines::Deadlines;
pub use self::view::{Dated, MeetingPatch, MeetingView, NewMeeting, Reason};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use diesel::prelude::*;
use utoipa::ToSchema;

use crate::calendar::zones;
use crate::days::Choice;
use crate::db::schema::meetings;
use crate::db::{Id, Instant, Json};
use crate::municipalities::{Municipality, Venue};
use crate::series::{Series, TemplateItem};
use crate::word_enum;

word_enum! {
    /// How far a meeting is.
    pub enum Status {
        /// On the calendar, nobody is invited.
        Planned = "planned",
        /// The invitations are out; host and turn are fixed.
        Invited = "invited",
        /// It took place; its turn counts.
        Held = "held",
        /// It does not take place.
        Cancelled = "cancelled",
    }
}

/// One meeting of a series.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, ToSchema)]
#[diesel(table_name = meetings, check_for_backend(crate::db::MultiBackend))]
pub struct Meeting {
    /// Its key.
    pub id: Id<Meeting>,
    /// The series.
    pub series_id: Id<Series>,
    /// The calendar UID, for life (RFC 5545 section 3.8.4.7).
    pub uid: String,
    /// Its number in the series.
    pub number: i32,
    /// A title of its own.
    pub title: Option<String>,
    /// How far it is.
    pub status: Status,
    /// The day the series' rule put it on; none if it was added by hand.
    pub occurrence_on: Option<NaiveDate>,
    /// The local day it takes place.
    pub date: NaiveDate,
    /// Local start time.
    pub start_time: NaiveTime,
    /// How long it takes.
    pub duration_minutes: i32,
    /// The zone of day and time (IANA).
    pub time_zone: String,
    /// The start, derived from day, time and zone.
    pub starts_at: Instant,
    /// The end.
    pub ends_at: Instant,
    /// Who hosts.
    pub host_id: Option<Id<Municipality>>,
    /// Where; the host's preferred venue if none was chosen.
    pub venue_id: Option<Id<Venue>>,
    /// SEQUENCE of the calendar entry (RFC 5546 section 2.1.4): moves on when time, place, host or status change.
    pub sequence: i32,
    /// The sequence when the meeting was last called on again after people had heard it was off;
    /// answers given before do not count any more.
    pub asked_sequence: i32,
    /// When something changed that a calendar shows.
    pub changed_at: Instant,
    /// When those invited are to be told of changes, if there are any.
    pub tell_at: Option<Instant>,
    /// When the invitations went out first.
    pub invited_at: Option<Instant>,
    /// When it was closed as held.
    pub closed_at: Option<Instant>,
    /// When it was cancelled.
    pub cancelled_at: Option<Instant>,
    /// Why it was cancelled.
    pub cancelled_reason: Option<String>,
    /// The template agenda as it was when the meeting was closed.
    #[schema(value_type = Option<Vec<TemplateItem>>)]
    pub template_agenda: Option<Json<Vec<TemplateItem>>>,
    /// Why it is on its day; none if nothing stood against the day that the rule makes.
    #[schema(ignore)]
    pub day_choice: Option<Json<Choice>>,
    /// Counts its changes.
    pub revision: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub modified_at: Instant,
    /// Whose turn it is as the plan was decided; nobody where the plain order says it.
    #[serde(skip)]
    pub due_id: Option<Id<Municipality>>,
    /// Who hosts together with the host.
    #[schema(ignore)]
    pub cohosts: Json<Vec<Id<Municipality>>>,
}

impl Meeting {
    /// The zone of day and time.
    #[must_use]
    pub fn zone(&self) -> Tz {
        // Checked when it was set; a zone that a later database of zones dropped counts as UTC.
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// Local start.
    #[must_use]
    pub fn starts(&self) -> NaiveDateTime {
        self.date.and_time(self.start_time)
    }

    /// Local end, as a clock on the wall shows it.
    #[must_use]
    pub fn ends(&self) -> NaiveDateTime {
        self.ends_at.with_timezone(&self.zone()).naive_local()
    }

    /// The start as it is written for people and programs: with the offset of the local clock.
    #[must_use]
    pub fn starts_at_locally(&self) -> DateTime<FixedOffset> {
        self.starts_at.with_timezone(&self.zone()).fixed_offset()
    }

    /// Whether the rotation may still choose its host: nobody is invited and it has not begun.
    #[must_use]
    pub fn is_open(&self, now: Instant) -> bool {
        self.status == Status::Planned && self.starts_at > now
    }

    /// Whether it is still to come or under way, and not cancelled.
    #[must_use]
    pub fn is_ahead(&self, now: Instant) -> bool {
        matches!(self.status, Status::Planned | Status::Invited) && self.ends_at > now
    }
}

/// The moments when a meeting begins and ends that takes `minutes` from `local` on in `zone`.
///
/// A start in the gap of a clock change moves forward, an ambiguous one is the first.
#[must_use]
pub fn span(local: NaiveDateTime, zone: Tz, minutes: i32) -> (Instant, Instant) {
    let starts_at = zones::instant_of(local, zone);
    let ends_at = starts_at + TimeDelta::minutes(minutes.into());
    (starts_at.into(), ends_at.into())
}
