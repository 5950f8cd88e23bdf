//! Changes of a series.
use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::{CancelledTurn, HostWeights, Series, TemplateItem, clock_time, readable_rule};
use crate::cooperations::{known_time_zone, one_line};
use crate::days::AvoidedDays;
use crate::http::body::given;
use crate::municipalities::sensible_day;

/// Changes of a series; fields that are left out remain unchanged.
///
/// A different rule, first day, time, time zone, duration or different avoided days reschedule planned meetings that
/// nobody has moved by hand.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SeriesPatch {
    /// Its name.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub title: Option<String>,
    /// The rule.
    #[validate(length(min = 1, max = 255), custom(function = "readable_rule"))]
    pub rule: Option<String>,
    /// The first day on which the rule may have a date.
    #[validate(custom(function = "sensible_day"))]
    pub starts_on: Option<NaiveDate>,
    /// Local start time (`10:00`).
    #[serde(default, deserialize_with = "clock_time::optional::deserialize")]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", required = false)]
    pub start_time: Option<NaiveTime>,
    /// The time zone of the start time.
    #[validate(custom(function = "known_time_zone"))]
    pub time_zone: Option<String>,
    /// The duration of a meeting.
    #[validate(range(min = 5, max = 1440))]
    pub duration_minutes: Option<i32>,
    /// The number of months ahead for which meetings are planned.
    #[validate(range(min = 1, max = 60))]
    pub horizon_months: Option<i32>,
    /// Days before a meeting when people are asked to keep the date free; `null` for no such step.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 365)]
    #[validate(range(min = 0, max = 365))]
    pub save_the_date_days: Option<Option<i32>>,
    /// Days before a meeting when its host is asked to confirm that it hosts; `null` for never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 365)]
    #[validate(range(min = 0, max = 365))]
    pub host_confirmation_days: Option<Option<i32>>,
    /// Days before a meeting when topics are called for; `null` for no such step.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 365)]
    #[validate(range(min = 0, max = 365))]
    pub call_for_topics_days: Option<Option<i32>>,
    /// Days before a meeting that end the time for topics; `null` for no deadline.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 365)]
    #[validate(range(min = 0, max = 365))]
    pub topic_deadline_days: Option<Option<i32>>,
    /// Days before a meeting when the invitation is due; `null` for no deadline.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 365)]
    #[validate(range(min = 0, max = 365))]
    pub invitation_days: Option<Option<i32>>,
    /// Whether the service sends the invitation when it is due; otherwise it reminds the host.
    pub invite_automatically: Option<bool>,
    /// Days before a meeting that end the time for answers.
    #[validate(range(min = 0, max = 365))]
    pub answer_days: Option<i32>,
    /// Days before a meeting when those who have not answered are reminded; `null` for no such step.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 365)]
    #[validate(range(min = 0, max = 365))]
    pub reminder_days: Option<Option<i32>>,
    /// Days before a meeting when those who may attend are reminded; `null` for no such step.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 365)]
    #[validate(range(min = 0, max = 365))]
    pub last_reminder_days: Option<Option<i32>>,
    /// Days after a meeting when its host is notified that the minutes are due; `null` for no such step.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 60)]
    #[validate(range(min = 0, max = 60))]
    pub minutes_due_days: Option<Option<i32>>,
    /// Days after a meeting when its host is asked to record attendance and to close it; `null` for no such step.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 60)]
    #[validate(range(min = 0, max = 60))]
    pub attendance_closes_days: Option<Option<i32>>,
    /// How many minutes changes of an invited meeting are collected for one mail.
    #[validate(range(min = 0, max = 1440))]
    pub change_window_minutes: Option<i32>,
    /// Whether topics need the acceptance of the host before they are scheduled.
    pub topics_need_acceptance: Option<bool>,
    /// Whether calendar programs may let those invited propose another time.
    pub counter_proposals: Option<bool>,
    /// What happens to the turn of a cancelled meeting.
    pub cancelled_turn: Option<CancelledTurn>,
    /// The agenda items of every meeting.
    #[validate(length(max = 40), nested)]
    pub template_agenda: Option<Vec<TemplateItem>>,
    /// The weights for choosing hosts, which replace all present ones.
    #[validate(nested)]
    pub host_weights: Option<HostWeights>,
    /// The days that its meetings avoid, which replace the present settings: fields that are left out get their defaults.
    #[validate(nested)]
    pub avoided_days: Option<AvoidedDays>,
}

/// Sets the fields of a series that a patch has.
macro_rules! set {
    ($series:ident from $patch:ident: $($field:ident)*; as JSON: $($json:ident)*) => {
        $(if let Some(given) = &$patch.$field {
            $series.$field.clone_from(given);
        })*
        $(if let Some(given) = &$patch.$json {
            $series.$json.0.clone_from(given);
        })*
    };
}

impl SeriesPatch {
    /// A series as it is after these changes.
    pub(super) fn applied_to(&self, known: &Series) -> Series {
        let mut changed = known.clone();
        set! {
            changed from self:
                title rule starts_on start_time time_zone duration_minutes horizon_months
                save_the_date_days host_confirmation_days call_for_topics_days topic_deadline_days
                invitation_days invite_automatically answer_days reminder_days last_reminder_days
                minutes_due_days attendance_closes_days change_window_minutes
                topics_need_acceptance counter_proposals cancelled_turn;
            as JSON: template_agenda host_weights avoided_days
        }
        changed
    }
}
