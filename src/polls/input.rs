//! What a poll is to be, and everything that can be wrong with it. Pure.
use chrono::{NaiveDate, NaiveTime, TimeDelta, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

use super::{Candidate, Decide, Visibility};
use crate::calendar::zones;
use crate::cooperations::one_line;
use crate::db::{Id, Instant};
use crate::error::FieldError;
use crate::meetings::span;
use crate::municipalities::sensible_day;
use crate::people::Person;
use crate::series::recurrence::weekday_of;
use crate::series::{Series, clock_time};

/// How many candidates a poll has.
pub const CANDIDATES: std::ops::RangeInclusive<usize> = 2..=20;
/// How many there may be if each is a calendar entry of its own, and so a mail of its own.
pub const MAX_HOLDS: usize = 6;
/// How far ahead a candidate may be.
const AHEAD: TimeDelta = TimeDelta::days(731);
/// For how long people may vote.
const OPEN: TimeDelta = TimeDelta::days(366);
/// The most days among which candidates are looked for.
const WINDOW: TimeDelta = TimeDelta::days(366);
/// How long after today, and over how many days, candidates are looked for by themselves.
const USUAL_WINDOW: (TimeDelta, TimeDelta) = (TimeDelta::days(14), TimeDelta::days(56));
/// How many candidates are proposed by themselves.
const USUAL_COUNT: usize = 5;
/// When voting ends on the day of the deadline, if nothing else is said.
const EVENING: NaiveTime = NaiveTime::from_hms_opt(18, 0, 0).unwrap();

/// A date poll that is to be opened.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewPoll {
    /// What the meeting is called.
    #[validate(length(min = 1, max = 120), custom(function = "one_line"))]
    pub title: String,
    /// How long it takes; as the series says if left out.
    #[serde(default)]
    #[validate(range(min = 5, max = 1440))]
    pub duration_minutes: Option<i32>,
    /// The last day to vote, in the zone of the series.
    #[validate(custom(function = "sensible_day"))]
    pub deadline_date: NaiveDate,
    /// When voting ends on that day (`18:00` if left out).
    #[serde(default, deserialize_with = "clock_time::optional::deserialize")]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", required = false)]
    pub deadline_time: Option<NaiveTime>,
    /// The dates to vote on; with those that are to be proposed 2 to 20.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    pub candidates: Vec<NewCandidate>,
    /// That dates are to be found as well.
    #[serde(default)]
    #[validate(nested)]
    pub propose: Option<Wishes>,
    /// Who sees the votes beside the coordinators; everybody (`open`) if left out.
    #[serde(default)]
    pub visibility: Option<Visibility>,
    /// Who chooses; a coordinator (`by_hand`) if left out.
    #[serde(default)]
    pub decide: Option<Decide>,
    /// Whether each candidate is sent as a tentative calendar entry of its own; 6 candidates at most then.
    #[serde(default)]
    pub holds: bool,
    /// Whom to ask beside the delegates and coordinators.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>)]
    #[validate(length(max = 50))]
    pub guest_ids: Vec<Id<Person>>,
}

/// A date to vote on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPollCandidate)]
pub struct NewCandidate {
    /// The local day.
    #[validate(custom(function = "sensible_day"))]
    pub date: NaiveDate,
    /// Local start time (`10:00`); the series' if left out.
    #[serde(default, deserialize_with = "clock_time::optional::deserialize")]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", required = false)]
    pub start_time: Option<NaiveTime>,
}

/// What is to change of a poll; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PollPatch {
    /// The last day to vote, in the zone of the series.
    #[serde(default)]
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
    /// The dates; with those that there are at most 20.
    #[validate(length(min = 1, max = 20), nested)]
    pub candidates: Vec<NewCandidate>,
}

/// Among which days candidates are looked for.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
#[schema(as = PollWishes)]
pub struct Wishes {
    /// The first day; in two weeks, or on the day after the deadline, if left out.
    #[serde(default)]
    #[validate(custom(function = "sensible_day"))]
    pub from: Option<NaiveDate>,
    /// The last day, at most a year after the first; eight weeks after it if left out.
    #[serde(default)]
    #[validate(custom(function = "sensible_day"))]
    pub to: Option<NaiveDate>,
    /// The days of the week, `TU,WE,TH` if left out.
    #[serde(default)]
    #[schema(pattern = "^(MO|TU|WE|TH|FR|SA|SU)(,(MO|TU|WE|TH|FR|SA|SU)){0,6}$")]
    #[param(pattern = "^(MO|TU|WE|TH|FR|SA|SU)(,(MO|TU|WE|TH|FR|SA|SU)){0,6}$")]
    #[validate(custom(function = "days_of_the_week"))]
    pub weekdays: Option<String>,
    /// Local start time (`10:00`); the series' if left out.
    #[serde(default, deserialize_with = "clock_time::optional::deserialize")]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", required = false)]
    #[param(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", required = false)]
    pub start_time: Option<NaiveTime>,
    /// How many (1 to 20; 5 if left out).
    #[serde(default)]
    #[param(minimum = 1, maximum = 20)]
    #[validate(range(min = 1, max = 20))]
    pub count: Option<usize>,
}

fn days_of_the_week(text: &str) -> Result<(), ValidationError> {
    let known = text.split(',').all(|name| weekday_of(name).is_some());
    match known && text.split(',').count() <= 7 {
        true => Ok(()),
        false => Err(ValidationError::new("weekdays")
            .with_message("must be days of the week such as TU,WE,TH".into())),
    }
}

/// What is looked for, with nothing left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// The days of the week.
    pub weekdays: Vec<Weekday>,
    /// Local start time.
    pub start_time: NaiveTime,
    /// How many.
    pub count: usize,
}

impl Wishes {
    /// Fills in what was left out, with no day before `earliest`; `prefix` stands before the fields that
    /// are wrong.
    ///
    /// # Errors
    /// The fields that break a rule.
    pub fn search(
        &self,
        series: &Series,
        now: Instant,
        earliest: NaiveDate,
        prefix: &str,
    ) -> Result<Search, Vec<FieldError>> {
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
        Ok(Search {
            from,
            to,
            weekdays: weekdays.split(',').filter_map(weekday_of).collect(),
            start_time: self.start_time.unwrap_or(series.start_time),
            count: self.count.unwrap_or(USUAL_COUNT),
        })
    }
}

fn error(field: String, rule: &str, words: &str) -> FieldError {
    FieldError {
        field,
        rule: rule.to_owned(),
        message: words.to_owned(),
    }
}

/// When voting ends.
#[must_use]
pub fn deadline(new: &NewPoll, series: &Series) -> Instant {
    let local = new
        .deadline_date
        .and_time(new.deadline_time.unwrap_or(EVENING));
    zones::instant_of(local, series.zone()).into()
}

/// The candidates that were given, by start and end, in the order in which they were.
#[must_use]
pub fn given(new: &[NewCandidate], series: &Series, minutes: i32) -> Vec<(Instant, Instant)> {
    let spans = new.iter().map(|one| {
        let local = one
            .date
            .and_time(one.start_time.unwrap_or(series.start_time));
        span(local, series.zone(), minutes)
    });
    spans.collect()
}

/// All that is wrong with deadline and candidates that were given.
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

/// All that is wrong with another deadline for candidates of which the first begins then.
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

/// All that is wrong with candidates that are added to those that there are.
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
    let most = match holds {
        true => MAX_HOLDS,
        false => *CANDIDATES.end(),
    };
    let count = known.len() + added.len();
    if count > most {
        let words =
            format!("this poll may have at most {most} candidates; these would make {count}");
        wrong.push(error("candidates".to_owned(), "too_many", &words));
    }
    wrong
}

/// What is wrong with the number of candidates, those proposed included.
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
