//! The bodies of requests for polls, and their validation. Pure.
use chrono::{NaiveDate, NaiveTime, TimeDelta, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

use super::{Candidate, Decide, PollVisibility};
use crate::cooperations::one_line;
use crate::db::{Id, Instant};
use crate::error::{Error, FieldError, valid_if};
use crate::meetings::span;
use crate::municipalities::sensible_day;
use crate::people::Person;
use crate::series::recurrence::weekday_of;
use crate::series::{Series, clock_time};
use calendar::zones;

/// How many candidates a poll may have.
pub const CANDIDATES: std::ops::RangeInclusive<usize> = 2..=20;
/// How many it may have if each is sent as a calendar entry, and so as a mail of its own.
pub const MAX_HOLDS: usize = 6;
/// How far in the future a candidate may be.
const AHEAD: TimeDelta = TimeDelta::days(731);
/// How far in the future the deadline may be.
const OPEN: TimeDelta = TimeDelta::days(366);
/// The longest period from which dates are proposed.
const WINDOW: TimeDelta = TimeDelta::days(366);
/// The period from which dates are proposed by default: its beginning after today, and its length.
const USUAL_WINDOW: (TimeDelta, TimeDelta) = (TimeDelta::days(14), TimeDelta::days(56));
/// How many dates are proposed by default.
const USUAL_COUNT: usize = 5;
/// When voting ends on the day of the deadline by default.
const EVENING: NaiveTime = NaiveTime::from_hms_opt(18, 0, 0).unwrap();

/// A new date poll.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewPoll {
    /// What the meeting is called.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub title: String,
    /// How long it takes. Default: as set for the series.
    #[validate(range(min = 5, max = 1440))]
    pub duration_minutes: Option<i32>,
    /// The last day to vote, in the zone of the series.
    #[validate(custom(function = "sensible_day"))]
    pub deadline_date: NaiveDate,
    /// When voting ends on that day. Default: `18:00`.
    #[serde(default, deserialize_with = "clock_time::optional::deserialize")]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", required = false)]
    pub deadline_time: Option<NaiveTime>,
    /// The dates to vote on: 2 to 20 together with those that are proposed.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    pub candidates: Vec<NewPollCandidate>,
    /// Adds proposed dates.
    #[validate(nested)]
    pub propose: Option<PollWishes>,
    /// Who sees the votes besides the coordinators. Default: everybody (`open`).
    pub visibility: Option<PollVisibility>,
    /// Who chooses the date. Default: a coordinator (`by_hand`).
    pub decide: Option<Decide>,
    /// Whether each candidate is sent as a tentative calendar entry; then there may be at most 6.
    #[serde(default)]
    pub holds: bool,
    /// Whom to ask besides the delegates and coordinators.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>)]
    #[validate(length(max = 50))]
    pub guest_ids: Vec<Id<Person>>,
}

/// A date to vote on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewPollCandidate {
    /// The local day.
    #[validate(custom(function = "sensible_day"))]
    pub date: NaiveDate,
    /// The local start time (`10:00`). Default: that of the series.
    #[serde(default, deserialize_with = "clock_time::optional::deserialize")]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", required = false)]
    pub start_time: Option<NaiveTime>,
}

/// A change of a poll; what is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PollPatch {
    /// The last day to vote, in the zone of the series.
    #[validate(custom(function = "sensible_day"))]
    pub deadline_date: Option<NaiveDate>,
    /// When voting ends on that day.
    #[serde(default, deserialize_with = "clock_time::optional::deserialize")]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", required = false)]
    pub deadline_time: Option<NaiveTime>,
}

/// Further dates to vote on.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewPollCandidates {
    /// The dates: at most 20 together with those of the poll.
    #[validate(length(min = 1, max = 20), nested)]
    pub candidates: Vec<NewPollCandidate>,
}

/// Which dates to propose.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PollWishes {
    /// The first day. Default: in two weeks, or the day after the deadline if that is later.
    #[validate(custom(function = "sensible_day"))]
    pub from: Option<NaiveDate>,
    /// The last day, at most a year after the first. Default: eight weeks after it.
    #[validate(custom(function = "sensible_day"))]
    pub to: Option<NaiveDate>,
    /// The days of the week. Default: `TU,WE,TH`.
    #[schema(pattern = "^(MO|TU|WE|TH|FR|SA|SU)(,(MO|TU|WE|TH|FR|SA|SU)){0,6}$")]
    #[param(pattern = "^(MO|TU|WE|TH|FR|SA|SU)(,(MO|TU|WE|TH|FR|SA|SU)){0,6}$")]
    #[validate(custom(function = "days_of_the_week"))]
    pub weekdays: Option<String>,
    /// The local start time (`10:00`). Default: that of the series.
    #[serde(default, deserialize_with = "clock_time::optional::deserialize")]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", required = false)]
    #[param(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", required = false)]
    pub start_time: Option<NaiveTime>,
    /// How many dates (1 to 20). Default: 5.
    #[param(minimum = 1, maximum = 20)]
    #[validate(range(min = 1, max = 20))]
    pub count: Option<usize>,
}

fn days_of_the_week(text: &str) -> Result<(), ValidationError> {
    let known = text.split(',').all(|name| weekday_of(name).is_some());
    let message = "must be days of the week such as TU,WE,TH";
    valid_if(known && text.split(',').count() <= 7, "weekdays", message)
}

/// Which dates to propose, with all defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalSearch {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The days of the week.
    pub weekdays: Vec<Weekday>,
    /// Local start time.
    pub start_time: NaiveTime,
    /// How many dates.
    pub count: usize,
}

impl PollWishes {
    /// Fills in the defaults; the default of `from` is not before `earliest`. `prefix` is put before the names of fields
    /// in errors.
    ///
    /// # Errors
    /// The fields that break a rule.
    pub fn search(
        &self,
        series: &Series,
        now: Instant,
        earliest: NaiveDate,
        prefix: &str,
    ) -> Result<ProposalSearch, Vec<FieldError>> {
        let today = series.today(now);
        let after = |day: NaiveDate, days: TimeDelta| day.checked_add_signed(days).unwrap_or(day);
        let usual = after(today, USUAL_WINDOW.0).max(earliest);
        let from = self.from.unwrap_or(usual);
        let to = self.to.unwrap_or_else(|| after(from, USUAL_WINDOW.1));
        let rules = [
            (from <= today, "from", "past", "must be after today"),
            (
                from > after(today, AHEAD),
                "from",
                "too_far",
                "must be at most two years ahead",
            ),
            (to < from, "to", "order", "must not be before from"),
            (
                to > after(from, WINDOW),
                "to",
                "range",
                "must be at most 366 days after from",
            ),
        ];
        let wrong: Vec<FieldError> = rules
            .into_iter()
            .filter(|(is_wrong, ..)| *is_wrong)
            .map(|(_, field, rule, words)| error(format!("{prefix}{field}"), rule, words))
            .collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let weekdays = self.weekdays.as_deref().unwrap_or("TU,WE,TH");
        Ok(ProposalSearch {
            from,
            to,
            weekdays: weekdays.split(',').filter_map(weekday_of).collect(),
            start_time: self.start_time.unwrap_or(series.start_time),
            count: self.count.unwrap_or(USUAL_COUNT),
        })
    }
}

/// A field that breaks a rule.
pub(super) fn error(field: String, rule: &str, words: &str) -> FieldError {
    FieldError {
        field,
        rule: rule.to_owned(),
        message: words.to_owned(),
    }
}

/// # Errors
/// The fields that break a rule, if there are any.
pub(super) fn check(wrong: Vec<FieldError>) -> Result<(), Error> {
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Error::Invalid(wrong))
}

/// When voting ends.
#[must_use]
pub fn deadline(new: &NewPoll, series: &Series) -> Instant {
    let local = new
        .deadline_date
        .and_time(new.deadline_time.unwrap_or(EVENING));
    zones::instant_of(local, series.zone()).into()
}

/// Start and end of the candidates in a request, in their order.
#[must_use]
pub fn given(new: &[NewPollCandidate], series: &Series, minutes: i32) -> Vec<(Instant, Instant)> {
    let spans = new.iter().map(|one| {
        let local = one
            .date
            .and_time(one.start_time.unwrap_or(series.start_time));
        span(local, series.zone(), minutes)
    });
    spans.collect()
}

/// The errors in the deadline and the candidates of a request.
#[must_use]
pub fn mistakes(deadline: Instant, given: &[(Instant, Instant)], now: Instant) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if deadline <= now {
        let words = "the deadline must be ahead";
        wrong.push(error("deadline_date".to_owned(), "past", words));
    } else if *deadline > *now + OPEN {
        let words = "the deadline must be at most a year ahead";
        wrong.push(error("deadline_date".to_owned(), "too_far", words));
    }
    for (place, (starts_at, _)) in given.iter().enumerate() {
        let field = |part: &str| format!("candidates[{place}]{part}");
        let known = &given[..place];
        if *starts_at <= now {
            wrong.push(error(field(".date"), "past", "must be ahead"));
        } else if *starts_at <= deadline {
            let words = "must be after the deadline";
            wrong.push(error(field(".date"), "before_deadline", words));
        } else if **starts_at > *now + AHEAD {
            let words = "must be at most two years ahead";
            wrong.push(error(field(".date"), "too_far", words));
        }
        if known.iter().any(|(other, _)| other == starts_at) {
            let words = "must be another time than those before";
            wrong.push(error(field(""), "duplicate", words));
        }
    }
    wrong
}

/// The errors in a new deadline, if the first candidate begins at `first`.
#[must_use]
pub fn deadline_mistakes(
    deadline: Instant,
    first: Option<Instant>,
    now: Instant,
) -> Vec<FieldError> {
    let mut wrong = mistakes(deadline, &[], now);
    if wrong.is_empty() && first.is_some_and(|first| first <= deadline) {
        let words = "the deadline must be before the first candidate";
        wrong.push(error("deadline_date".to_owned(), "after_candidate", words));
    }
    wrong
}

/// The errors in candidates that are added to the `known` ones.
#[must_use]
pub fn added_mistakes(
    (deadline, holds): (Instant, bool),
    known: &[Candidate],
    added: &[(Instant, Instant)],
    now: Instant,
) -> Vec<FieldError> {
    let mut wrong = mistakes(deadline, added, now);
    for (place, (starts_at, _)) in added.iter().enumerate() {
        if known.iter().any(|other| other.starts_at == *starts_at) {
            let words = "there is such a candidate already";
            wrong.push(error(format!("candidates[{place}]"), "duplicate", words));
        }
    }
    let most = if holds { MAX_HOLDS } else { *CANDIDATES.end() };
    let count = known.len() + added.len();
    if count > most {
        let words =
            format!("this poll may have at most {most} candidates; these would make {count}");
        wrong.push(error("candidates".to_owned(), "too_many", &words));
    }
    wrong
}

/// The errors in the number of candidates, with those that are proposed.
#[must_use]
pub fn too_few_or_many(new: &NewPoll, count: usize) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if !CANDIDATES.contains(&count) {
        let words = format!(
            "must be {} to {}, those proposed included; there are {count}",
            CANDIDATES.start(),
            CANDIDATES.end()
        );
        let field = match new.propose {
            Some(_) if count < *CANDIDATES.start() => "propose",
            _ => "candidates",
        };
        wrong.push(error(field.to_owned(), "count", &words));
    }
    if new.holds && count > MAX_HOLDS {
        let words = format!("calendar entries are sent for at most {MAX_HOLDS} candidates");
        wrong.push(error("holds".to_owned(), "too_many", &words));
    }
    wrong
}
