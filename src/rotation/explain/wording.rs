//! The reasons for a plan in words.
use super::{CostReason, ExtraCost, HostReason, RejectionDetail};
use crate::db::Id;
use crate::i18n::dates::date_short;
use crate::i18n::{Language, say, say_with};
use crate::municipalities::Municipality;
use crate::rotation::accounts::Turns;
use crate::rotation::cohosts;
use crate::rotation::plan::{HostSource, MemberBlackout};

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
            Self::TurnsAhead {
                own,
                chosen,
                chosen_turns,
            } => {
                let args = [
                    ("turns", turns_in_words(language, *own)),
                    ("chosen", name_of(*chosen)),
                    ("chosen-turns", number(language, chosen_turns.thousandths())),
                ];
                say_with(language, "rotation-detail-turns-ahead", &args)
            }
            Self::HostedRecently { last } => day("rotation-detail-hosted-recently", *last),
            Self::LaterInOrder { chosen } => {
                let args = [("chosen", name_of(*chosen))];
                say_with(language, "rotation-detail-later-in-order", &args)
            }
            Self::NoShare => say(language, "optimum-detail-no-share"),
            Self::Together { host } => {
                say_with(language, "cohosts-detail", &[("host", name_of(*host))])
            }
            Self::Costs(cost) => cost.in_words(language),
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
    pub fn in_words(&self, language: Language, name_of: NameOf) -> String {
        let of_host = |key, host: &Id<_>| say_with(language, key, &[("host", name_of(*host))]);
        let beside = |key, host: &Id<_>, next: &Id<_>| {
            say_with(
                language,
                key,
                &[("host", name_of(*host)), ("next", name_of(*next))],
            )
        };
        match self {
            Self::LeastTurns { host, turns } => {
                let args = [
                    ("host", name_of(*host)),
                    ("turns", turns_in_words(language, *turns)),
                ];
                say_with(language, "rotation-reason-least-turns", &args)
            }
            Self::LongestAgo {
                host,
                last: Some(last),
            } => {
                let args = [
                    ("host", name_of(*host)),
                    ("day", date_short(language, *last)),
                ];
                say_with(language, "rotation-reason-longest-ago", &args)
            }
            Self::LongestAgo { host, last: None } => of_host("rotation-reason-never", host),
            Self::FirstInOrder { host } => of_host("rotation-reason-first-in-order", host),
            Self::OnlyOneAvailable { host } => of_host("rotation-reason-only-one", host),
            Self::NotTwiceInARow { host, waits } => {
                let args = [("host", name_of(*host)), ("waits", name_of(*waits))];
                say_with(language, "rotation-reason-not-twice", &args)
            }
            Self::LeastCost { host, next, points } => {
                let args = [
                    ("host", name_of(*host)),
                    ("next", name_of(*next)),
                    ("points", number(language, *points)),
                ];
                say_with(language, "optimum-reason-least-cost", &args)
            }
            Self::EquallyGood { host, next } => beside("optimum-reason-equally-good", host, next),
            Self::StaysAsPlanned { host, next } => beside("optimum-reason-stays", host, next),
            Self::Together { host, cohosts } => {
                let cohosts = cohosts.iter().map(|id| name_of(*id));
                let together = cohosts::together(language, name_of(*host), cohosts);
                let args = [("together", together), ("host", name_of(*host))];
                say_with(language, "cohosts-reason", &args)
            }
            Self::NobodyAvailable => say(language, "rotation-reason-nobody"),
            Self::Set {
                host,
                due,
                source,
                note,
            } => {
                let due = due.filter(|due| due != host);
                let key = match (source, due) {
                    (HostSource::Rotation, _) => "rotation-reason-settled",
                    (HostSource::Swap, Some(_)) => "rotation-reason-swap",
                    (HostSource::Override | HostSource::Fixed, Some(_)) => {
                        "rotation-reason-override"
                    }
                    (_, None) => "rotation-reason-fixed",
                };
                let due = due.map_or_else(String::new, name_of);
                let text = say_with(language, key, &[("host", name_of(*host)), ("due", due)]);
                match note
                    .as_deref()
                    .map(str::trim)
                    .filter(|note| !note.is_empty())
                {
                    Some(note) => format!("{text}: {note}"),
                    None => text,
                }
            }
            Self::PinIgnored {
                pinned,
                outside,
                instead,
            } => {
                let args = [
                    ("pinned", name_of(*pinned)),
                    ("outside", outside.in_words(language, name_of)),
                    ("instead", instead.in_words(language, name_of)),
                ];
                say_with(language, "rotation-reason-pin-ignored", &args)
            }
        }
    }
}

impl ExtraCost {
    fn in_words(&self, language: Language) -> String {
        let points = ("points", number(language, self.points.abs()));
        let day = |day| ("day", date_short(language, day));
        match (self.points, self.reason) {
            (0, _) => say(language, "optimum-detail-as-good"),
            (..0, _) => say_with(language, "optimum-detail-stays", &[points]),
            (_, CostReason::TwiceInARow { day: other }) => {
                say_with(language, "optimum-detail-twice", &[day(other)])
            }
            (_, CostReason::OffShare) => say(language, "optimum-detail-off-share"),
            (
                _,
                CostReason::Gap {
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
            (_, CostReason::Altogether) => say_with(language, "optimum-detail-costs", &[points]),
        }
    }
}

fn blackout_in_words(language: Language, blackout: &MemberBlackout) -> String {
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
