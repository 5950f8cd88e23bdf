//! The choice of a day and warnings about days as the API shows them, with texts.
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Cause, ConsideredDay, DayChoice};
use crate::i18n::dates::{date_long, date_short};
use crate::i18n::{Language, say, say_with};

/// Why a meeting is on its day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DayChoice)]
pub struct DayChoiceView {
    /// The date of the rule.
    pub rule_day: NaiveDate,
    /// The day that was chosen.
    pub chosen_day: Option<NaiveDate>,
    /// Whether somebody has moved the meeting to another day since.
    pub moved_by_hand: bool,
    /// Why, in words.
    pub text: String,
    /// The days considered, the nearest to the date of the rule first.
    pub considered: Vec<ConsideredDayView>,
}

/// A day that was considered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsideredDay)]
pub struct ConsideredDayView {
    /// The day.
    pub day: NaiveDate,
    /// Whether it was chosen.
    pub is_chosen: bool,
    /// What forbids it.
    pub hard: Vec<Cause>,
    /// What makes other days preferable.
    pub soft: Vec<Cause>,
    /// These causes in words; empty if nothing is against the day.
    pub text: String,
}

/// A date of the rule that has no meeting, because every day to which it could move is forbidden.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkippedDate {
    /// The date of the rule.
    pub rule_day: NaiveDate,
    /// Why, in words.
    pub text: String,
    /// The days considered, the nearest to the date of the rule first.
    pub considered: Vec<ConsideredDayView>,
}

impl DayChoiceView {
    /// The view in `language`, of a meeting that is on `date`.
    #[must_use]
    pub fn new(choice: &DayChoice, date: NaiveDate, language: Language) -> Self {
        Self {
            rule_day: choice.rule_day,
            chosen_day: choice.day,
            moved_by_hand: choice.day != Some(date),
            text: choice.in_words(language),
            considered: choice.view(language),
        }
    }
}

impl SkippedDate {
    /// The view in `language`.
    #[must_use]
    pub fn new(choice: &DayChoice, language: Language) -> Self {
        Self {
            rule_day: choice.rule_day,
            text: choice.in_words(language),
            considered: choice.view(language),
        }
    }
}

impl DayChoice {
    fn view(&self, language: Language) -> Vec<ConsideredDayView> {
        let view = |one: &ConsideredDay| ConsideredDayView {
            day: one.day,
            is_chosen: self.day == Some(one.day),
            hard: one.hard.clone(),
            soft: one.soft.clone(),
            text: one.in_words(language),
        };
        self.considered.iter().map(view).collect()
    }

    /// "Donnerstag, 4. Juni 2026, ist ungünstig (Fronleichnam); gewählt ist Mittwoch, 3. Juni 2026."
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        let own = self.considered.iter().find(|one| one.day == self.rule_day);
        let causes = own.map_or_else(String::new, |own| own.in_words(language));
        let rule_day = ("rule-day", date_long(language, self.rule_day));
        if causes.is_empty() {
            return say_with(language, "days-choice-nothing", &[rule_day]);
        }
        let causes = ("causes", causes);
        match self.day {
            None => say_with(language, "days-choice-skipped", &[rule_day, causes]),
            Some(day) if day == self.rule_day => {
                say_with(language, "days-choice-stays", &[rule_day, causes])
            }
            Some(day) => {
                let day = ("day", date_long(language, day));
                say_with(language, "days-choice-moved", &[rule_day, causes, day])
            }
        }
    }
}

impl ConsideredDay {
    fn in_words(&self, language: Language) -> String {
        all_in_words(self.hard.iter().chain(&self.soft), language)
    }
}

/// "Fronleichnam; Sperrzeit Detmold 01.06.2026 bis 05.06.2026".
#[must_use]
pub fn all_in_words<'a>(causes: impl IntoIterator<Item = &'a Cause>, language: Language) -> String {
    let causes = causes.into_iter();
    let causes: Vec<_> = causes.map(|cause| cause.in_words(language)).collect();
    causes.join("; ")
}

impl Cause {
    /// "Fronleichnam", "Herbstferien 17.10.2026 bis 31.10.2026".
    #[must_use]
    pub fn in_words(&self, language: Language) -> String {
        match self {
            Self::PublicHoliday { holiday } => say(
                language,
                &format!("days-holiday-{}", holiday.as_str().replace('_', "-")),
            ),
            Self::SchoolHolidays { name, from, until } => {
                let name = format!("{name} ");
                name + &span(language, *from, *until)
            }
            Self::BridgeDay => say(language, "days-cause-bridge-day"),
            Self::ChristmasEveOrNewYearsEve => say(language, "days-cause-eve"),
            Self::Blackout {
                municipality,
                from,
                until,
                ..
            } => say_with(
                language,
                "days-cause-blackout",
                &[
                    ("municipality", municipality.clone()),
                    ("span", span(language, *from, *until)),
                ],
            ),
            Self::OtherDate => say(language, "days-cause-other-date"),
        }
    }
}

fn span(language: Language, from: NaiveDate, until: NaiveDate) -> String {
    if from == until {
        return date_short(language, from);
    }
    let span = [
        ("from", date_short(language, from)),
        ("until", date_short(language, until)),
    ];
    say_with(language, "days-span", &span)
}

/// A warning about a meeting, which stays until somebody has done something about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MeetingWarning {
    /// `beyond_school_holidays`, `day_forbidden`, `host_absent` (the host of a meeting to which people are invited has left,
    /// pauses or has a blackout), `no_host` (no municipality can host it), or `not_closed` (it is over and nobody was
    /// invited).
    pub rule: &'static str,
    /// The date.
    pub date: NaiveDate,
    /// The last day for which school holidays are known, if any. Only with `beyond_school_holidays`.
    pub known_until: Option<NaiveDate>,
    /// What forbids the day. Only with `day_forbidden`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// The warning in words.
    pub text: String,
}

impl MeetingWarning {
    /// The warning that a date is beyond the known school holidays.
    #[must_use]
    pub fn beyond(date: NaiveDate, known_until: Option<NaiveDate>, language: Language) -> Self {
        let mut args = vec![("date", date_long(language, date))];
        args.extend(known_until.map(|last| ("last", date_short(language, last))));
        let text = match known_until {
            Some(_) => say_with(language, "days-beyond-school-holidays", &args),
            None => say_with(language, "days-no-school-holidays", &args),
        };
        Self {
            rule: "beyond_school_holidays",
            date,
            known_until,
            causes: Vec::new(),
            text,
        }
    }

    /// The warning that a date is on a forbidden day.
    #[must_use]
    pub fn forbidden(date: NaiveDate, causes: Vec<Cause>, language: Language) -> Self {
        let args = [
            ("date", date_long(language, date)),
            ("causes", all_in_words(&causes, language)),
        ];
        Self {
            rule: "day_forbidden",
            date,
            known_until: None,
            text: say_with(language, "days-forbidden", &args),
            causes,
        }
    }
}
