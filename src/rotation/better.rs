//! Why a plan that was worked out is better than with another municipality.
use chrono::NaiveDate;

use super::explain::{Rule, number};
use crate::db::Id;
use crate::i18n::dates::date_short;
use crate::i18n::{Language, say, say_with};
use crate::meetings::Meeting;

/// Why the plan is better than with a municipality that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Better {
    /// By how much the plan would be worse, in thousandths of a point: with one turn more of the municipality, or in
    /// exchange for one of its turns, whichever is better. Less than nothing if the plan would be better.
    pub points: i64,
    /// The meeting that the host would have got in exchange.
    pub gives: Option<Id<Meeting>>,
    /// What speaks against it most.
    pub why: Why,
}

/// What speaks most against a municipality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It would have two turns in a row.
    TwiceInARow {
        /// The day of the other one.
        day: NaiveDate,
    },
    /// Somebody would be a whole turn off the due share.
    OffShare,
    /// The gap to its nearest turn would be uneven.
    Gap {
        /// The day of that turn.
        day: NaiveDate,
        /// The gap, in meetings.
        gap: i64,
        /// The even one.
        even: i64,
    },
    /// The sum.
    Altogether,
}

impl Better {
    pub(super) fn rule(&self) -> Rule {
        match (self.points, self.why) {
            (0, _) => Rule::AsGood,
            (..0, _) => Rule::StaysAsPlanned,
            (_, Why::TwiceInARow { .. }) => Rule::TwiceInARow,
            (_, Why::OffShare) => Rule::OffShare,
            (_, Why::Gap { .. } | Why::Altogether) => Rule::CostsMore,
        }
    }

    pub(super) fn in_words(&self, language: Language) -> String {
        let points = ("points", number(language, self.points.abs()));
        let day = |day| ("day", date_short(language, day));
        match (self.points, self.why) {
            (0, _) => say(language, "optimum-detail-as-good"),
            (..0, _) => say_with(language, "optimum-detail-stays", &[points]),
            (_, Why::TwiceInARow { day: other }) => {
                say_with(language, "optimum-detail-twice", &[day(other)])
            }
            (_, Why::OffShare) => say(language, "optimum-detail-off-share"),
            (
                _,
                Why::Gap {
                    day: other,
                    gap,
                    even,
                },
            ) => {
                let args = [
                    points,
                    day(other),
                    ("gap", gap.to_string()),
                    ("even", even.to_string()),
                ];
                say_with(language, "optimum-detail-gap", &args)
            }
            (_, Why::Altogether) => say_with(language, "optimum-detail-costs", &[points]),
        }
    }
}
