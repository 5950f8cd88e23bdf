//! Series: the rule by which meetings recur, and what they have in common.
pub mod clock_time;
pub mod host_weights;
pub mod lead_times;
mod patch;
pub mod recurrence;
pub mod store;
mod template_agenda;

pub use self::host_weights::{HostShare, HostWeights};
pub use self::patch::SeriesPatch;
pub use self::template_agenda::{
    AgendaItemKind, Placement, TemplateItem, default_agenda, default_title,
};

use chrono::{Months, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::cooperations::{known_time_zone, one_line};
use crate::days::AvoidedDays;
use crate::days::public_holidays::Land;
use crate::db::schema::series;
use crate::db::{Id, Instant, Json};
use crate::error::{Error, Result};
use crate::i18n::Language;
use crate::municipalities::sensible_day;
use crate::word_enum;

use self::recurrence::RecurrenceRule;

word_enum! {
    /// What happens to the turn of a cancelled meeting.
    pub enum CancelledTurn {
        /// The municipality is due again.
        GivenBack = "given_back",
        /// The turn counts as if the meeting had been held.
        Forfeited = "forfeited",
    }
}

/// A rule by which meetings recur, and what they have in common.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, AsChangeset, Serialize, ToSchema)]
#[diesel(table_name = series, check_for_backend(crate::db::MultiBackend))]
#[diesel(treat_none_as_null = true)]
pub struct Series {
    /// Primary key.
    pub id: Id<Series>,
    /// Its name.
    pub title: String,
    /// The rule, an RRULE (RFC 5545 section 3.3.10) in canonical form.
    pub rule: String,
    /// The first day on which the rule may have a date.
    pub starts_on: NaiveDate,
    /// Local start time (`10:00`).
    #[serde(serialize_with = "clock_time::serialize")]
    #[schema(value_type = String)]
    pub start_time: NaiveTime,
    /// The time zone of the start time (IANA).
    pub time_zone: String,
    /// The duration of a meeting.
    pub duration_minutes: i32,
    /// The number of months ahead for which meetings are planned.
    pub horizon_months: i32,
    /// Days before a meeting when people are asked to keep the date free; no such step if null.
    pub save_the_date_days: Option<i32>,
    /// Days before a meeting when its host is asked to confirm that it hosts; never if null.
    pub host_confirmation_days: Option<i32>,
    /// Days before a meeting when topics are called for; no such step if null.
    pub call_for_topics_days: Option<i32>,
    /// Days before a meeting that end the time for topics; no deadline if null.
    pub topic_deadline_days: Option<i32>,
    /// Days before a meeting when the invitation is due; no deadline if null.
    pub invitation_days: Option<i32>,
    /// Whether the service sends the invitation when it is due; otherwise it reminds the host.
    pub invite_automatically: bool,
    /// Days before a meeting that end the time for answers.
    pub answer_days: i32,
    /// Days before a meeting when those who have not answered are reminded; no such step if null.
    pub reminder_days: Option<i32>,
    /// Days before a meeting when those who may attend are reminded; no such step if null.
    pub last_reminder_days: Option<i32>,
    /// Days after a meeting when its host is notified that the minutes are due; no such step if null.
    pub minutes_due_days: Option<i32>,
    /// Days after a meeting when its host is asked to record attendance and to close it; no such step if null.
    pub attendance_closes_days: Option<i32>,
    /// How many minutes changes of an invited meeting are collected for one mail.
    pub change_window_minutes: i32,
    /// Whether topics need the acceptance of the host before they are scheduled.
    pub topics_need_acceptance: bool,
    /// Whether calendar programs may let those invited propose another time.
    pub counter_proposals: bool,
    /// What happens to the turn of a cancelled meeting.
    pub cancelled_turn: CancelledTurn,
    /// The agenda items of every meeting.
    #[schema(value_type = Vec<TemplateItem>)]
    pub template_agenda: Json<Vec<TemplateItem>>,
    /// The weights for choosing hosts.
    #[schema(value_type = HostWeights)]
    pub host_weights: Json<HostWeights>,
    /// The days that its meetings avoid, and where a date may move that falls on one.
    #[schema(value_type = AvoidedDays)]
    pub avoided_days: Json<AvoidedDays>,
    /// Revision number, incremented by each change.
    pub revision: i32,
    /// When it was created.
    pub created_at: Instant,
    /// When it was changed last.
    pub modified_at: Instant,
}

impl Series {
    /// The time zone of the start time.
    #[must_use]
    pub fn zone(&self) -> Tz {
        // Validated when it was set; a time zone that a later tz database no longer has is treated as UTC.
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// The rule.
    ///
    /// # Errors
    /// Not expected: the rule was validated when it was set.
    pub fn recurrence(&self) -> Result<RecurrenceRule> {
        RecurrenceRule::parse(&self.rule).map_err(|error| Error::Internal(error.into()))
    }

    /// The current local day.
    #[must_use]
    pub fn today(&self, now: Instant) -> NaiveDate {
        now.with_timezone(&self.zone()).date_naive()
    }

    /// The Land whose holidays count.
    #[must_use]
    pub fn land(&self) -> Land {
        self.avoided_days.0.land
    }

    /// When a change that was made at that time is told: after the window for further changes.
    #[must_use]
    pub fn settled_at(&self, changed_at: Instant) -> Instant {
        (*changed_at + TimeDelta::minutes(self.change_window_minutes.into())).into()
    }

    /// The last day up to which meetings are planned.
    #[must_use]
    pub fn horizon(&self, now: Instant) -> NaiveDate {
        months_after(self.today(now), self.horizon_months)
    }
}

/// The same day of the month that many months later, or the last day of a shorter month.
#[must_use]
pub fn months_after(day: NaiveDate, months: i32) -> NaiveDate {
    let months = Months::new(u32::try_from(months).unwrap_or(0));
    day.checked_add_months(months).unwrap_or(day)
}

/// A series with its rule in words.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesView {
    /// The series.
    #[serde(flatten)]
    pub series: Series,
    /// The rule in words ("alle 2 Monate am zweiten Dienstag").
    pub rule_in_words: String,
}

impl SeriesView {
    /// The view in `language`.
    ///
    /// # Errors
    /// As for [`Series::recurrence`].
    pub fn new(series: Series, language: Language) -> Result<Self> {
        let rule_in_words = series.recurrence()?.in_words(language);
        Ok(Self {
            series,
            rule_in_words,
        })
    }
}

/// A new series.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "lead_times::in_order", skip_on_field_errors = false))]
pub struct NewSeries {
    /// Its name.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub title: String,
    /// The rule: a subset of RRULE (weekly, monthly, yearly), such as `FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU`.
    #[validate(length(min = 1, max = 255), custom(function = "readable_rule"))]
    pub rule: String,
    /// The first day on which the rule may have a date.
    #[validate(custom(function = "sensible_day"))]
    pub starts_on: NaiveDate,
    /// Local start time (`10:00`).
    #[serde(with = "clock_time")]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub start_time: NaiveTime,
    /// The time zone of the start time; defaults to that of the cooperation.
    #[validate(custom(function = "known_time_zone"))]
    pub time_zone: Option<String>,
    /// The duration of a meeting.
    #[validate(range(min = 5, max = 1440))]
    pub duration_minutes: i32,
    /// The number of months ahead for which meetings are planned.
    #[serde(default = "default::number::<18>")]
    #[validate(range(min = 1, max = 60))]
    pub horizon_months: i32,
    /// Days before a meeting when people are asked to keep the date free; `null` for no such step.
    #[serde(default = "default::days::<42>")]
    #[validate(range(min = 0, max = 365))]
    pub save_the_date_days: Option<i32>,
    /// Days before a meeting when its host is asked to confirm that it hosts; `null` for never.
    #[serde(default = "default::days::<56>")]
    #[validate(range(min = 0, max = 365))]
    pub host_confirmation_days: Option<i32>,
    /// Days before a meeting when topics are called for; `null` for no such step.
    #[serde(default = "default::days::<28>")]
    #[validate(range(min = 0, max = 365))]
    pub call_for_topics_days: Option<i32>,
    /// Days before a meeting that end the time for topics; `null` for no deadline.
    #[serde(default = "default::days::<14>")]
    #[validate(range(min = 0, max = 365))]
    pub topic_deadline_days: Option<i32>,
    /// Days before a meeting when the invitation is due; `null` for no deadline.
    #[serde(default = "default::days::<11>")]
    #[validate(range(min = 0, max = 365))]
    pub invitation_days: Option<i32>,
    /// Whether the service sends the invitation when it is due; otherwise it reminds the host.
    #[serde(default)]
    pub invite_automatically: bool,
    /// Days before a meeting that end the time for answers.
    #[serde(default = "default::number::<5>")]
    #[validate(range(min = 0, max = 365))]
    pub answer_days: i32,
    /// Days before a meeting when those who have not answered are reminded; `null` for no such step.
    #[serde(default = "default::days::<3>")]
    #[validate(range(min = 0, max = 365))]
    pub reminder_days: Option<i32>,
    /// Days before a meeting when those who may attend are reminded; `null` for no such step.
    #[serde(default = "default::days::<1>")]
    #[validate(range(min = 0, max = 365))]
    pub last_reminder_days: Option<i32>,
    /// Days after a meeting when its host is notified that the minutes are due; `null` for no such step.
    #[serde(default = "default::days::<10>")]
    #[validate(range(min = 0, max = 60))]
    pub minutes_due_days: Option<i32>,
    /// Days after a meeting when its host is asked to record attendance and to close it; `null` for no such step.
    #[serde(default = "default::days::<14>")]
    #[validate(range(min = 0, max = 60))]
    pub attendance_closes_days: Option<i32>,
    /// How many minutes changes of an invited meeting are collected for one mail.
    #[serde(default = "default::number::<10>")]
    #[validate(range(min = 0, max = 1440))]
    pub change_window_minutes: i32,
    /// Whether topics need the acceptance of the host before they are scheduled.
    #[serde(default = "default::yes")]
    pub topics_need_acceptance: bool,
    /// Whether calendar programs may let those invited propose another time.
    #[serde(default)]
    pub counter_proposals: bool,
    /// What happens to the turn of a cancelled meeting.
    #[serde(default = "default::cancelled_turn")]
    pub cancelled_turn: CancelledTurn,
    /// The agenda items of every meeting; defaults to common ones in the language of the cooperation.
    #[validate(length(max = 40), nested)]
    pub template_agenda: Option<Vec<TemplateItem>>,
    /// The weights for choosing hosts.
    #[serde(default)]
    #[validate(nested)]
    pub host_weights: HostWeights,
    /// The days that its meetings avoid, and where a date may move that falls on one.
    #[serde(default)]
    #[validate(nested)]
    pub avoided_days: AvoidedDays,
}

/// Default values of a series (`docs/operating.md`).
mod default {
    use super::CancelledTurn;

    pub fn number<const N: i32>() -> i32 {
        N
    }
    #[expect(clippy::unnecessary_wraps, reason = "the fields are nullable")]
    pub fn days<const N: i32>() -> Option<i32> {
        Some(N)
    }
    pub fn yes() -> bool {
        true
    }
    pub fn cancelled_turn() -> CancelledTurn {
        CancelledTurn::GivenBack
    }
}

fn readable_rule(text: &str) -> Result<(), ValidationError> {
    match RecurrenceRule::parse(text) {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(ValidationError::new("recurrence").with_message(error.to_string().into()))
        }
    }
}
