//! Series: the rule by which meetings recur, and what they have in common.
pub mod host_weights;
pub mod lead_times;
mod patch;
pub mod recurrence;
pub mod store;

pub use self::host_weights::{HostShare, HostWeights};
pub use self::patch::SeriesPatch;

use chrono::{Months, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::cooperations::{known_time_zone, one_line};
use crate::days::AvoidedDays;
use crate::db::schema::series;
use crate::db::{Id, Instant, Json};
use crate::error::{Error, Result};
use crate::i18n::{Language, say};
use crate::municipalities::sensible_day;
use crate::word_enum;

use self::recurrence::Rule;

word_enum! {
    /// What becomes of the turn of a meeting that is cancelled.
    pub enum CancelledTurn {
        /// The municipality is due again.
        GivenBack = "given_back",
        /// The turn counts as if the meeting had been held.
        Forfeited = "forfeited",
    }
}

word_enum! {
    /// Where a template item stands in the agenda.
    pub enum Placement {
        /// Before the topics.
        Opening = "opening",
        /// After the topics.
        Closing = "closing",
    }
}

word_enum! {
    /// What an agenda item is for.
    pub enum Kind {
        /// To take note of.
        Information = "information",
        /// To talk about.
        Discussion = "discussion",
        /// To decide.
        Decision = "decision",
    }
}

/// An agenda item that stands in every meeting of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TemplateItem {
    /// Its title.
    #[validate(length(min = 1, max = 200), custom(function = "one_line"))]
    pub title: String,
    /// How long it takes.
    #[validate(range(min = 0, max = 1440))]
    pub minutes: i32,
    /// What it is for.
    pub kind: Kind,
    /// Where it stands.
    pub placement: Placement,
    /// Whether the next meeting's date and host are filled in behind the title.
    #[serde(default)]
    pub next_meeting: bool,
}

/// What stands in the agenda of every meeting of such groups: the key of its title, its minutes, what
/// it is for and where it stands. The last one names the next meeting.
const USUAL_AGENDA: [(&str, i32, Kind, Placement, bool); 4] = {
    use Kind::{Decision, Discussion, Information};
    use Placement::{Closing, Opening};
    [
        ("series-template-welcome", 5, Information, Opening, false),
        ("series-template-minutes", 10, Decision, Opening, false),
        ("series-template-other", 5, Discussion, Closing, false),
        ("series-template-next", 5, Information, Closing, true),
    ]
};

/// The template agenda of a series whose maker gave it none.
#[must_use]
pub fn usual_agenda(language: Language) -> Vec<TemplateItem> {
    USUAL_AGENDA
        .map(
            |(title, minutes, kind, placement, next_meeting)| TemplateItem {
                title: say(language, title),
                minutes,
                kind,
                placement,
                next_meeting,
            },
        )
        .into()
}

/// The title of an item of the usual agenda in another language; none if it is no such title.
#[must_use]
pub fn usual_title(title: &str, from: Language, to: Language) -> Option<String> {
    USUAL_AGENDA
        .iter()
        .find(|(key, ..)| say(from, key) == title)
        .map(|(key, ..)| say(to, key))
}

/// A rule by which meetings recur, and what they have in common.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Serialize, ToSchema)]
#[diesel(table_name = series, check_for_backend(crate::db::MultiBackend))]
pub struct Series {
    /// Its key.
    pub id: Id<Series>,
    /// Its name.
    pub title: String,
    /// The rule, an RRULE (RFC 5545 section 3.3.10) in canonical form.
    pub rule: String,
    /// The first day the rule looks at.
    pub starts_on: NaiveDate,
    /// Local start time (`10:00`).
    #[serde(serialize_with = "clock_time::serialize")]
    #[schema(value_type = String)]
    pub start_time: NaiveTime,
    /// The zone of the start time (IANA).
    pub time_zone: String,
    /// How long a meeting takes.
    pub duration_minutes: i32,
    /// How many months ahead meetings are planned.
    pub horizon_months: i32,
    /// Days before a meeting when people are asked to keep the date free; no such step if null.
    pub save_the_date_days: Option<i32>,
    /// Days before a meeting when its host is asked to confirm that it hosts; never if null.
    pub host_confirmation_days: Option<i32>,
    /// Days before a meeting when topics are called for; no such step if null.
    pub call_for_topics_days: Option<i32>,
    /// Days before a meeting until when topics are not late; they never are if null.
    pub topic_deadline_days: Option<i32>,
    /// Days before a meeting when the invitation is due; never if null.
    pub invitation_days: Option<i32>,
    /// Whether the service invites when the invitation is due. If not, it reminds the host of it.
    pub invite_automatically: bool,
    /// Days before a meeting until when answers are asked for.
    pub answer_days: i32,
    /// Days before a meeting when those who have not answered are reminded; no such step if null.
    pub reminder_days: Option<i32>,
    /// Days before a meeting when those who may come are reminded of it; no such step if null.
    pub last_reminder_days: Option<i32>,
    /// Days after a meeting when its host is told that the minutes are due; no such step if null.
    pub minutes_due_days: Option<i32>,
    /// Days after a meeting when its host is told to record who was there and to close it; no such
    /// step if null.
    pub attendance_closes_days: Option<i32>,
    /// For how long changes of an invited meeting are gathered into one mail.
    pub change_window_minutes: i32,
    /// Whether the host accepts topics before they are scheduled.
    pub topics_need_acceptance: bool,
    /// Whether calendars may offer those invited to propose another time.
    pub counter_proposals: bool,
    /// What becomes of the turn of a cancelled meeting.
    pub cancelled_turn: CancelledTurn,
    /// The agenda items of every meeting.
    #[schema(value_type = Vec<TemplateItem>)]
    pub template_agenda: Json<Vec<TemplateItem>>,
    /// What weighs how much when hosts are planned.
    #[schema(value_type = HostWeights)]
    pub host_weights: Json<HostWeights>,
    /// Which days its meetings avoid, and where a date goes that falls on one.
    #[schema(value_type = AvoidedDays)]
    pub avoided_days: Json<AvoidedDays>,
    /// Counts its changes.
    pub revision: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub modified_at: Instant,
}

impl Series {
    /// The zone of the start time.
    #[must_use]
    pub fn zone(&self) -> Tz {
        // Checked when it was set; a zone that a later database of zones dropped counts as UTC.
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// The rule.
    ///
    /// # Errors
    /// None that could be foreseen: it was checked when it was set.
    pub fn recurrence(&self) -> Result<Rule> {
        Rule::parse(&self.rule).map_err(|error| Error::Internal(error.into()))
    }

    /// The local day that it is.
    #[must_use]
    pub fn today(&self, now: Instant) -> NaiveDate {
        now.with_timezone(&self.zone()).date_naive()
    }

    /// The last day up to which meetings are planned.
    #[must_use]
    pub fn horizon(&self, now: Instant) -> NaiveDate {
        months_after(self.today(now), self.horizon_months)
    }
}

/// The same day of the month so many months later, or the last one of a shorter month.
#[must_use]
pub fn months_after(day: NaiveDate, months: i32) -> NaiveDate {
    let months = Months::new(u32::try_from(months).unwrap_or(0));
    day.checked_add_months(months).unwrap_or(day)
}

/// A series with what people want to read of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesView {
    /// The series.
    #[serde(flatten)]
    pub series: Series,
    /// The rule in words ("alle 2 Monate am zweiten Dienstag").
    pub rule_in_words: String,
}

impl SeriesView {
    /// As it is read in `language`.
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

/// What a series is to be.
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
    /// The first day the rule looks at.
    #[validate(custom(function = "sensible_day"))]
    pub starts_on: NaiveDate,
    /// Local start time (`10:00`).
    #[serde(with = "clock_time")]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub start_time: NaiveTime,
    /// The zone of the start time; the cooperation's if left out.
    #[serde(default)]
    #[validate(custom(function = "known_time_zone"))]
    pub time_zone: Option<String>,
    /// How long a meeting takes.
    #[validate(range(min = 5, max = 1440))]
    pub duration_minutes: i32,
    /// How many months ahead meetings are planned.
    #[serde(default = "default::horizon_months")]
    #[validate(range(min = 1, max = 60))]
    pub horizon_months: i32,
    /// Days before a meeting when people are asked to keep the date free; `null` for no such step.
    #[serde(default = "default::save_the_date_days")]
    #[validate(range(min = 0, max = 365))]
    pub save_the_date_days: Option<i32>,
    /// Days before a meeting when its host is asked to confirm that it hosts; `null` for never.
    #[serde(default = "default::host_confirmation_days")]
    #[validate(range(min = 0, max = 365))]
    pub host_confirmation_days: Option<i32>,
    /// Days before a meeting when topics are called for; `null` for no such step.
    #[serde(default = "default::call_for_topics_days")]
    #[validate(range(min = 0, max = 365))]
    pub call_for_topics_days: Option<i32>,
    /// Days before a meeting until when topics are not late; `null` for no such deadline.
    #[serde(default = "default::topic_deadline_days")]
    #[validate(range(min = 0, max = 365))]
    pub topic_deadline_days: Option<i32>,
    /// Days before a meeting when the invitation is due; `null` for no such deadline.
    #[serde(default = "default::invitation_days")]
    #[validate(range(min = 0, max = 365))]
    pub invitation_days: Option<i32>,
    /// Whether the service invites when the invitation is due. If not, it reminds the host of it.
    #[serde(default)]
    pub invite_automatically: bool,
    /// Days before a meeting until when answers are asked for.
    #[serde(default = "default::answer_days")]
    #[validate(range(min = 0, max = 365))]
    pub answer_days: i32,
    /// Days before a meeting when those who have not answered are reminded; `null` for no such step.
    #[serde(default = "default::reminder_days")]
    #[validate(range(min = 0, max = 365))]
    pub reminder_days: Option<i32>,
    /// Days before a meeting when those who may come are reminded of it; `null` for no such step.
    #[serde(default = "default::last_reminder_days")]
    #[validate(range(min = 0, max = 365))]
    pub last_reminder_days: Option<i32>,
    /// Days after a meeting when its host is told that the minutes are due; `null` for no such step.
    #[serde(default = "default::minutes_due_days")]
    #[validate(range(min = 0, max = 60))]
    pub minutes_due_days: Option<i32>,
    /// Days after a meeting when its host is told to record who was there and to close it; `null` for no such step.
    #[serde(default = "default::attendance_closes_days")]
    #[validate(range(min = 0, max = 60))]
    pub attendance_closes_days: Option<i32>,
    /// For how long changes of an invited meeting are gathered into one mail.
    #[serde(default = "default::change_window_minutes")]
    #[validate(range(min = 0, max = 1440))]
    pub change_window_minutes: i32,
    /// Whether the host accepts topics before they are scheduled.
    #[serde(default = "default::topics_need_acceptance")]
    pub topics_need_acceptance: bool,
    /// Whether calendars may offer those invited to propose another time.
    #[serde(default)]
    pub counter_proposals: bool,
    /// What becomes of the turn of a cancelled meeting.
    #[serde(default = "default::cancelled_turn")]
    pub cancelled_turn: CancelledTurn,
    /// The agenda items of every meeting; the usual ones in the cooperation's language if left out.
    #[serde(default)]
    #[validate(length(max = 40), nested)]
    pub template_agenda: Option<Vec<TemplateItem>>,
    /// What weighs how much when hosts are planned.
    #[serde(default)]
    #[validate(nested)]
    pub host_weights: HostWeights,
    /// Which days its meetings avoid, and where a date goes that falls on one.
    #[serde(default)]
    #[validate(nested)]
    pub avoided_days: AvoidedDays,
}

/// What a series has if its maker says nothing: the usual run of such groups (`docs/operating.md`).
#[expect(
    clippy::unnecessary_wraps,
    reason = "of the fields' type, which may be null"
)]
mod default {
    use super::CancelledTurn;

    pub fn horizon_months() -> i32 {
        18
    }
    pub fn save_the_date_days() -> Option<i32> {
        Some(42)
    }
    pub fn host_confirmation_days() -> Option<i32> {
        Some(56)
    }
    pub fn call_for_topics_days() -> Option<i32> {
        Some(28)
    }
    pub fn topic_deadline_days() -> Option<i32> {
        Some(14)
    }
    pub fn invitation_days() -> Option<i32> {
        Some(11)
    }
    pub fn answer_days() -> i32 {
        5
    }
    pub fn reminder_days() -> Option<i32> {
        Some(3)
    }
    pub fn last_reminder_days() -> Option<i32> {
        Some(1)
    }
    pub fn minutes_due_days() -> Option<i32> {
        Some(10)
    }
    pub fn attendance_closes_days() -> Option<i32> {
        Some(14)
    }
    pub fn change_window_minutes() -> i32 {
        10
    }
    pub fn topics_need_acceptance() -> bool {
        true
    }
    pub fn cancelled_turn() -> CancelledTurn {
        CancelledTurn::GivenBack
    }
}

/// Local times in JSON: hours and minutes, because meetings begin at whole minutes.
pub mod clock_time {
    use chrono::NaiveTime;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes `10:00`.
    pub fn serialize<S: Serializer>(time: &NaiveTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&time.format("%H:%M"))
    }

    /// Reads `10:00`.
    ///
    /// # Errors
    /// If it is no time of day in hours and minutes.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        let well_formed = text.len() == 5 && text.is_ascii();
        NaiveTime::parse_from_str(&text, "%H:%M")
            .ok()
            .filter(|_| well_formed)
            .ok_or_else(|| D::Error::custom("must be a time of day such as 10:00"))
    }

    /// A time that may be left out.
    pub mod optional {
        use super::{Deserializer, NaiveTime};

        /// Reads `10:00`.
        ///
        /// # Errors
        /// If it is no time of day in hours and minutes.
        pub fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<NaiveTime>, D::Error> {
            super::deserialize(deserializer).map(Some)
        }
    }
}

fn readable_rule(text: &str) -> Result<(), ValidationError> {
    match Rule::parse(text) {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(ValidationError::new("recurrence").with_message(error.to_string().into()))
        }
    }
}
