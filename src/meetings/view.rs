//! Meetings as the API accepts and shows them.
use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::confirmations::{self, HostConfirmation};
use super::{Deadlines, Meeting, MeetingStatus, warnings};
use crate::auth::Scope;
use crate::cooperations::one_line;
use crate::days::{DayChoiceView, MeetingWarning};
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::http::body::given;
use crate::i18n::Language;
use crate::municipalities::{self, Municipality, MunicipalityName, Venue, sensible_day};
use crate::series::{self, Series, clock_time};

/// A meeting with all its details.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Meeting)]
pub struct MeetingView {
    /// Its ID.
    pub id: Id<Meeting>,
    /// The series.
    pub series_id: Id<Series>,
    /// The name of the series.
    pub series_title: String,
    /// The calendar UID.
    pub uid: String,
    /// Its number in the series.
    pub number: i32,
    /// Its own title, if it has one.
    pub title: Option<String>,
    /// Its status.
    pub status: MeetingStatus,
    /// The local day on which it takes place.
    pub date: NaiveDate,
    /// Local start time (`10:00`).
    #[serde(serialize_with = "clock_time::serialize")]
    #[schema(value_type = String)]
    pub start_time: NaiveTime,
    /// Its duration.
    pub duration_minutes: i32,
    /// The time zone of day and time (IANA).
    pub time_zone: String,
    /// The start, with the local UTC offset.
    pub starts_at: DateTime<FixedOffset>,
    /// The end, with the local UTC offset.
    pub ends_at: DateTime<FixedOffset>,
    /// The date of the series' rule that it stands for; null if it was added by hand.
    pub occurrence_on: Option<NaiveDate>,
    /// Why it is on its day, with the days that were considered; only when a single meeting is shown, and only if something
    /// is against the date of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_choice: Option<DayChoiceView>,
    /// Warnings about its day; only when a single meeting is shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<MeetingWarning>,
    /// The host.
    pub host: Option<MunicipalityName>,
    /// The co-hosts.
    pub cohosts: Vec<MunicipalityName>,
    /// Whether the host has confirmed; null if it was not asked and has not responded.
    pub host_confirmation: Option<HostConfirmation>,
    /// The venue.
    pub venue: Option<Venue>,
    /// The deadlines around the meeting.
    pub deadlines: Deadlines,
    /// SEQUENCE of the calendar entry.
    pub sequence: i32,
    /// When invitations were first sent.
    pub invited_at: Option<Instant>,
    /// When it was closed as held.
    pub closed_at: Option<Instant>,
    /// When it was cancelled.
    pub cancelled_at: Option<Instant>,
    /// The reason of the cancellation.
    pub cancelled_reason: Option<String>,
    /// When something that calendars show changed last.
    pub changed_at: Instant,
    /// When, at the latest, those invited are notified of recent changes; null if there are none.
    pub changes_told_at: Option<Instant>,
    /// Revision number, incremented by each change.
    pub revision: i32,
    /// When it was created.
    pub created_at: Instant,
    /// When it was changed last.
    pub modified_at: Instant,
}

impl MeetingView {
    /// One meeting.
    pub fn of(conn: &mut DbConn, who: &impl Scope, meeting: Meeting) -> Result<Self> {
        let series = series::store::find(conn, who, meeting.series_id)?;
        let names = municipalities::store::all(conn, who)?;
        let names = names.into_iter().map(|one| (one.id, one.name)).collect();
        let venue = meeting
            .venue_id
            .map(|id| municipalities::venues::store::find(conn, who, id));
        let venues = venue
            .transpose()?
            .into_iter()
            .map(|one| (one.id, one))
            .collect();
        let confirmation = confirmations::of_meeting(conn, who, meeting.id)?;
        Ok(Self::new(&series, &names, &venues, (meeting, confirmation)))
    }

    /// One meeting, with the explanation of its day in `language`.
    pub fn explained(
        conn: &mut DbConn,
        who: &impl Scope,
        meeting: Meeting,
        (now, language): (Instant, Language),
    ) -> Result<Self> {
        let series = series::store::find(conn, who, meeting.series_id)?;
        let choice = meeting.day_choice.as_ref();
        let day_choice = choice.map(|choice| DayChoiceView::new(&choice.0, meeting.date, language));
        let warnings = warnings::warnings(conn, who, &series, [&meeting], (now, language))?;
        Ok(Self {
            day_choice,
            warnings,
            ..Self::of(conn, who, meeting)?
        })
    }

    /// Meetings of one series.
    pub fn all(
        conn: &mut DbConn,
        who: &impl Scope,
        series: &Series,
        meetings: Vec<Meeting>,
    ) -> Result<Vec<Self>> {
        let names = municipalities::store::all(conn, who)?;
        let names = names.into_iter().map(|one| (one.id, one.name)).collect();
        let venues = municipalities::venues::store::of_cooperation(conn, who)?;
        let venues = venues.into_iter().map(|(one, _)| (one.id, one)).collect();
        let mut confirmations = confirmations::of_series(conn, who, series.id)?;
        let view = |meeting: Meeting| {
            let confirmation = confirmations.remove(&meeting.id);
            Self::new(series, &names, &venues, (meeting, confirmation))
        };
        Ok(meetings.into_iter().map(view).collect())
    }

    fn new(
        series: &Series,
        names: &HashMap<Id<Municipality>, String>,
        venues: &HashMap<Id<Venue>, Venue>,
        (meeting, confirmation): (Meeting, Option<HostConfirmation>),
    ) -> Self {
        let zone = meeting.zone();
        let by_name = |id: Id<Municipality>| {
            let name = names.get(&id)?.clone();
            Some(MunicipalityName { id, name })
        };
        Self {
            series_title: series.title.clone(),
            starts_at: meeting.starts_at_locally(),
            ends_at: meeting.ends_at.with_timezone(&zone).fixed_offset(),
            host: meeting.host_id.and_then(by_name),
            cohosts: meeting
                .cohosts
                .0
                .iter()
                .copied()
                .filter_map(by_name)
                .collect(),
            host_confirmation: confirmation
                .filter(|one| meeting.host_id == Some(one.municipality_id)),
            venue: meeting.venue_id.and_then(|id| venues.get(&id)).cloned(),
            deadlines: Deadlines::of(&meeting, series),
            id: meeting.id,
            series_id: meeting.series_id,
            uid: meeting.uid,
            number: meeting.number,
            title: meeting.title,
            status: meeting.status,
            date: meeting.date,
            start_time: meeting.start_time,
            duration_minutes: meeting.duration_minutes,
            time_zone: meeting.time_zone,
            occurrence_on: meeting.occurrence_on,
            day_choice: None,
            warnings: Vec::new(),
            sequence: meeting.sequence,
            invited_at: meeting.invited_at,
            closed_at: meeting.closed_at,
            cancelled_at: meeting.cancelled_at,
            cancelled_reason: meeting.cancelled_reason,
            changed_at: meeting.changed_at,
            changes_told_at: meeting.tell_at,
            revision: meeting.revision,
            created_at: meeting.created_at,
            modified_at: meeting.modified_at,
        }
    }
}

/// A meeting with its start, in the results of planning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Dated {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Its start, with the local UTC offset.
    pub starts_at: DateTime<FixedOffset>,
}

/// A meeting that is added by hand, upcoming or past.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewMeeting {
    /// The local day.
    #[validate(custom(function = "sensible_day"))]
    pub date: NaiveDate,
    /// Local start time (`10:00`); defaults to that of the series.
    #[serde(default, deserialize_with = "clock_time::optional::deserialize")]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", required = false)]
    pub start_time: Option<NaiveTime>,
    /// The duration; defaults to that of the series.
    #[validate(range(min = 5, max = 1440))]
    pub duration_minutes: Option<i32>,
    /// Its own title.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub title: Option<String>,
    /// A venue of the municipality that becomes the host by rotation; defaults to its preferred one.
    pub venue_id: Option<Id<Venue>>,
}

/// Changes of a meeting; fields that are left out remain unchanged.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MeetingPatch {
    /// The local day.
    #[validate(custom(function = "sensible_day"))]
    pub date: Option<NaiveDate>,
    /// Local start time (`10:00`). A time that does not exist because of a clock change is moved forward.
    #[serde(default, deserialize_with = "clock_time::optional::deserialize")]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", required = false)]
    pub start_time: Option<NaiveTime>,
    /// The duration.
    #[validate(range(min = 5, max = 1440))]
    pub duration_minutes: Option<i32>,
    /// A venue of the host; `null` for its preferred one.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Id<Venue>>)]
    pub venue_id: Option<Option<Id<Venue>>>,
    /// Its own title; `null` for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[validate(length(min = 1, max = 120))]
    pub title: Option<Option<String>>,
}

/// The reason of an action.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct GivenReason {
    /// The reason, for those who are notified.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    pub reason: String,
}
