//! The reasons for a plan in words.
use super::{CostReason, ExtraCost, HostReason, RejectionDetail, TurnCount};
use crate::db::Id;
use crate::i18n::dates::date_short;
use crate::i18n::{Language, say, say_with};
use crate::municipalities::Municipality;
use crate::municipalities::blackouts::BlackoutDays;
use crate::rotation::accounts::Turns;
use crate::rotation::cohosts;
use crate::rotation::plan::HostSource;

/// Gives the name of a municipality.
pub type NameOf<'a> = &'a dyn Fn(Id<Municipality>) -> String;

impl RejectionDetail {
    /// The detail for people, without the name of the municipality: "bisher 3 Termine, Herford 2".
    #[must_use]
    pub fn in_words(&self, language: Language, name_of: NameOf) -> String {
        let day = |key, day| say_with(language, key, &[("day", date_short(language, day))]);
        match self {
            Self::NotYetMember { joins_on } => day("rotation-detail-not-yet-member", *joins_on),
            Self::Left { left_on } => day("rotation-detail-left", *left_on),
            Self::Unknown => say(language, "rotation-detail-unknown"),
            Self::Blackout(blackout) => blackout_in_words(language, blackout),
            Self::Paused(pause) => {
                let args = [
                    ("from", date_short(language, pause.from)),
                    ("until", date_short(language, pause.until)),
                ];
                say_with(language, "rotation-detail-paused", &args)
            }
            Self::TurnsAhead {
                own,
                chosen,
                chosen_turns,
            } => {
                let args = [
                    ("turns", own.in_words(language, true)),
                    ("chosen", name_of(*chosen)),
                    ("chosen-turns", chosen_turns.in_words(language, false)),
                ];
                say_with(language, "rotation-detail-turns-ahead", &args)
            }
            Self::HostedRecently { last } => day("rotation-detail-hosted-recently", *last),
            Self::LaterInOrder { chosen } => {
                let args = [("chosen", name_of(*chosen))];
                say_with(language, "rotation-detail-later-in-order", &args)
            }
            Self::Exchanged {
                chosen,
                day,
                blackout,
            } => {
                let args = [
                    ("day", date_short(language, *day)),
                    ("chosen", name_of(*chosen)),
                    ("blackout", blackout_in_words(language, blackout)),
                ];
                say_with(language, "rotation-detail-exchanged", &args)
            }
            Self::HasNextTurn { city, day } => {
                let args = [
                    ("city", name_of(*city)),
                    ("day", date_short(language, *day)),
                ];
                say_with(language, "rotation-detail-twice", &args)
            }
            Self::Confirmed { host } => say_with(
                language,
                "rotation-detail-confirmed",
                &[("host", name_of(*host))],
            ),
            Self::NoShare => say(language, "rotation-detail-no-share"),
            Self::Together { host } => {
                say_with(language, "cohosts-detail", &[("host", name_of(*host))])
            }
            Self::Costs(cost) => cost.in_words(language, name_of),
            Self::HostSet {
                host,
                source,
                was_due,
            } => {
                let key = match (source, was_due) {
                    (HostSource::Override, true) => "rotation-detail-override-due",
                    (HostSource::Override, false) => "rotation-detail-override",
                    (HostSource::Swap, true) => "rotation-detail-swap-due",
                    (HostSource::Swap, false) => "rotation-detail-swap",
                    (HostSource::Fixed | HostSource::Rotation, _) => "rotation-detail-fixed",
                };
                say_with(language, key, &[("host", name_of(*host))])
            }
        }
    }
}

impl HostReason {
    /// The reason for people: "Gütersloh übernimmt den Termin von Detmold: Umbau im Rathaus".
    #[must_use]
    pub fn in_words(
        &self,
        language: Language,
        host: Option<Id<Municipality>>,
        name_of: NameOf,
    ) -> String {
        let name = host.map_or_else(String::new, name_of);
        let say_more = |key, more: &[(&str, String)]| {
            say_with(language, key, &[&[("host", name.clone())], more].concat())
        };
        let day = |day| ("day", date_short(language, day));
        let blackout = |blackout| ("blackout", blackout_in_words(language, blackout));
        let next = |next| [("next", name_of(next))];
        match self {
            Self::LeastTurns { count, all } => {
                least_turns_in_words(language, name.clone(), *count, *all)
            }
            Self::LongestAgo { last: Some(last) } => {
                say_more("rotation-reason-longest-ago", &[day(*last)])
            }
            Self::LongestAgo { last: None } => say_more("rotation-reason-never", &[]),
            Self::FirstInOrder => say_more("rotation-reason-first-in-order", &[]),
            Self::OnlyOneAvailable => say_more("rotation-reason-only-one", &[]),
            Self::NotTwiceInARow { waits } => {
                say_more("rotation-reason-not-twice", &[("waits", name_of(*waits))])
            }
            Self::Exchanged {
                other,
                day: on,
                blackout: why,
            } => {
                let other = ("other", name_of(*other));
                say_more(
                    "rotation-reason-exchanged",
                    &[day(*on), blackout(why), other],
                )
            }
            Self::InsteadOf {
                blocked,
                blackout: why,
                day: on,
            } => {
                let blocked = ("blocked", name_of(*blocked));
                say_more(
                    "rotation-reason-instead-of",
                    &[blocked, blackout(why), day(*on)],
                )
            }
            Self::NotBeforeNext { other } => {
                say_more("rotation-reason-avoids-twice", &[("city", name_of(*other))])
            }
            Self::Confirmed => say_more("rotation-reason-confirmed", &[]),
            Self::LeastCost { cost } => cost.as_reason(language, name.clone(), name_of),
            Self::EquallyGood { next: other } => {
                say_more("rotation-reason-equally-good", &next(*other))
            }
            Self::StaysAsPlanned { next: other } => {
                say_more("rotation-reason-stays", &next(*other))
            }
            Self::Together { cohosts } => {
                let cohosts = cohosts.iter().map(|id| name_of(*id));
                let together = cohosts::together(language, name.clone(), cohosts);
                say_more("cohosts-reason", &[("together", together)])
            }
            Self::NobodyAvailable => say(language, "rotation-reason-nobody"),
            Self::Set { due, source, note } => {
                set_in_words(language, (host, *due), *source, note.as_deref(), name_of)
            }
            Self::PinIgnored {
                pinned,
                outside,
                instead,
            } => {
                let args = [
                    ("pinned", name_of(*pinned)),
                    ("outside", outside.in_words(language, name_of)),
                    ("instead", instead.in_words(language, host, name_of)),
                ];
                say_with(language, "rotation-reason-pin-ignored", &args)
            }
        }
    }
}

/// The reason of a host that has had the fewest of all turns.
fn least_turns_in_words(language: Language, host: String, count: TurnCount, all: Turns) -> String {
    let mut args = vec![
        ("host", host),
        ("turns", number(language, count.turns.thousandths())),
        ("all", number(language, all.thousandths())),
    ];
    let key = match count.credited {
        Some(balance) => {
            args.push(("balance", number(language, balance.thousandths())));
            "rotation-reason-least-turns-credited"
        }
        None => "rotation-reason-least-turns",
    };
    say_with(language, key, &args)
}

/// The reason of a host that is given, with the note that was entered.
fn set_in_words(
    language: Language,
    (host, due): (Option<Id<Municipality>>, Option<Id<Municipality>>),
    source: HostSource,
    note: Option<&str>,
    name_of: NameOf,
) -> String {
    let due = due.filter(|_| due != host);
    let key = match (source, due) {
        (HostSource::Rotation, _) => "rotation-reason-settled",
        (HostSource::Swap, Some(_)) => "rotation-reason-swap",
        (HostSource::Override | HostSource::Fixed, Some(_)) => "rotation-reason-override",
        (_, None) => "rotation-reason-fixed",
    };
    let [host, due] = [host, due].map(|id| id.map_or_else(String::new, name_of));
    let text = say_with(language, key, &[("host", host), ("due", due)]);
    match note.map(str::trim).filter(|note| !note.is_empty()) {
        Some(note) => format!("{text}: {note}"),
        None => text,
    }
}

impl ExtraCost {
    /// Why a municipality has the turn, if this is what the next best one would cost.
    fn as_reason(&self, language: Language, host: String, name_of: NameOf) -> String {
        let (key, city) = match self.reason {
            CostReason::TwiceInARow { city, .. } => ("rotation-reason-avoids-twice", Some(city)),
            CostReason::OffShare { city } => ("rotation-reason-keeps-share", Some(city)),
            CostReason::Gap { .. } => ("rotation-reason-even-gaps", None),
            CostReason::Altogether => ("rotation-reason-altogether", None),
        };
        let city = city.map_or_else(String::new, name_of);
        say_with(language, key, &[("host", host), ("city", city)])
    }

    fn in_words(&self, language: Language, name_of: NameOf) -> String {
        let day = |day| ("day", date_short(language, day));
        match (self.points, self.reason) {
            (0, _) => say(language, "rotation-detail-as-good"),
            (..0, _) => say(language, "rotation-detail-stays"),
            (_, CostReason::TwiceInARow { city, day: other }) => {
                let args = [("city", name_of(city)), day(other)];
                say_with(language, "rotation-detail-twice", &args)
            }
            (_, CostReason::OffShare { city }) => say_with(
                language,
                "rotation-detail-off-share",
                &[("city", name_of(city))],
            ),
            (
                _,
                CostReason::Gap {
                    day: other,
                    gap,
                    even,
                },
            ) => {
                let args = [
                    day(other),
                    ("gap", gap.to_string()),
                    ("even", even.to_string()),
                ];
                say_with(language, "rotation-detail-gap", &args)
            }
            (_, CostReason::Altogether) => say(language, "rotation-detail-costs"),
        }
    }
}

impl TurnCount {
    /// "2 Termine", or only "2"; with the balance where that differs.
    fn in_words(self, language: Language, with_unit: bool) -> String {
        let turns = if with_unit {
            turns_in_words(language, self.turns)
        } else {
            number(language, self.turns.thousandths())
        };
        match self.credited {
            Some(balance) => {
                let balance = number(language, balance.thousandths());
                let args = [("turns", turns), ("balance", balance)];
                say_with(language, "rotation-turns-credited", &args)
            }
            None => turns,
        }
    }
}

fn blackout_in_words(language: Language, blackout: &BlackoutDays) -> String {
    let from = ("from", date_short(language, blackout.from));
    let text = if blackout.from == blackout.until {
        say_with(language, "rotation-detail-blackout-day", &[from])
    } else {
        let until = ("until", date_short(language, blackout.until));
        say_with(language, "rotation-detail-blackout", &[from, until])
    };
    match &blackout.reason {
        Some(reason) => format!("{text} ({reason})"),
        None => text,
    }
}

fn turns_in_words(language: Language, turns: Turns) -> String {
    let key = match turns.thousandths() {
        1000 => "rotation-turn",
        _ => "rotation-turns",
    };
    say_with(
        language,
        key,
        &[("n", number(language, turns.thousandths()))],
    )
}

/// A number of thousandths with as many decimals as it needs: "2", "2,5".
fn number(language: Language, thousandths: i64) -> String {
    let (whole, rest) = (thousandths / 1000, thousandths % 1000);
    let point = match language {
        Language::De => ',',
        Language::En => '.',
    };
    match rest {
        0 => whole.to_string(),
        rest => format!("{whole}{point}{rest:03}")
            .trim_end_matches('0')
            .to_owned(),
    }
}
