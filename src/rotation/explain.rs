//! Why a municipality hosts, and why the others do not: as data, and in words.
use chrono::NaiveDate;

use super::better::Better;
use super::cohosts;
use super::fairness::Turns;
use super::plan::{Blackout, Source};
use crate::db::Id;
use crate::i18n::dates::date_short;
use crate::i18n::{Language, say, say_with};
use crate::municipalities::Municipality;
use crate::word_enum;

/// Gives the name of a municipality.
pub type Names<'a> = &'a dyn Fn(Id<Municipality>) -> String;

/// Why this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It has fewer turns than every other that can host.
    LeastTurns {
        /// Who hosts.
        host: Id<Municipality>,
        /// Its balance before this turn.
        turns: Turns,
    },
    /// Others have as few turns; its last one is longest ago.
    LongestAgo {
        /// Who hosts.
        host: Id<Municipality>,
        /// When its last turn was; nothing if it had none.
        last: Option<NaiveDate>,
    },
    /// Others have as few turns, and had none yet either; it stands before them in the order.
    FirstInOrder {
        /// Who hosts.
        host: Id<Municipality>,
    },
    /// Nobody else can host on that day.
    OnlyOneAvailable {
        /// Who hosts.
        host: Id<Municipality>,
    },
    /// Another would be due again, but had the turn just before.
    NotTwiceInARow {
        /// Who hosts.
        host: Id<Municipality>,
        /// Who waits.
        waits: Id<Municipality>,
    },
    /// Every other municipality would make the plan worse.
    LeastCost {
        /// Who hosts.
        host: Id<Municipality>,
        /// The next best.
        next: Id<Municipality>,
        /// By how much the plan would be worse with that, in thousandths of a point.
        points: i64,
    },
    /// Another would be as good; the host stands before it in the order.
    EquallyGood {
        /// Who hosts.
        host: Id<Municipality>,
        /// The other.
        next: Id<Municipality>,
    },
    /// Another would be as good or better, but the plan stays as it is known.
    StaysAsPlanned {
        /// Who hosts.
        host: Id<Municipality>,
        /// The other.
        next: Id<Municipality>,
    },
    /// It hosts together with others, and stays as it was planned as long as it can.
    Together {
        /// Who hosts.
        host: Id<Municipality>,
        /// Its co-hosts.
        cohosts: Vec<Id<Municipality>>,
    },
    /// Nobody can host on that day.
    NobodyAvailable,
    /// The host was set, by a stand-in, a swap, by hand, or because the turn is settled.
    Set {
        /// Who hosts.
        host: Id<Municipality>,
        /// To whom the turn is charged.
        due: Option<Id<Municipality>>,
        /// How it came about.
        source: Source,
        /// Why, as it was written.
        note: Option<String>,
    },
    /// A host was set who is no member on that day, so the rotation decided.
    PinIgnored {
        /// Who was set.
        pinned: Id<Municipality>,
        /// Why it cannot host.
        outside: Detail,
        /// What the rotation says.
        instead: Box<Reason>,
    },
}

word_enum! {
    /// The rule by which a municipality was passed over.
    pub enum Rule {
        /// It joins later.
        NotYetMember = "not_yet_member",
        /// It has left.
        Left = "left",
        /// It cannot host on that day.
        Blackout = "blackout",
        /// It has more turns.
        TurnsAhead = "turns_ahead",
        /// It has as many turns, but had its last one later; or it had the turn just before.
        HostedRecently = "hosted_recently",
        /// It has as many turns and stands later in the order.
        LaterInOrder = "later_in_order",
        /// It would have two turns in a row.
        TwiceInARow = "twice_in_a_row",
        /// It, or who hosts, would be a whole turn off the due share.
        OffShare = "off_share",
        /// The plan would be worse altogether.
        CostsMore = "costs_more",
        /// The plan would be as good; the order of municipalities or the plan that stood decided.
        AsGood = "as_good",
        /// The plan would be better, but stays as it is known.
        StaysAsPlanned = "stays_as_planned",
        /// It has no share of the turns.
        NoShare = "no_share",
        /// Others host together.
        Cohosted = "cohosted",
        /// Somebody stands in.
        Override = "override",
        /// Two municipalities exchanged their meetings.
        Swap = "swap",
        /// The host was set by hand, or the turn is settled.
        Fixed = "fixed",
    }
}

/// Why a municipality does not host a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Who was passed over.
    pub municipality: Id<Municipality>,
    /// By which rule.
    pub rule: Rule,
    /// With what to say of it.
    pub detail: Detail,
}

/// What there is to say of a rejection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// It joins later.
    NotYetMember {
        /// First day as a member.
        joins_on: NaiveDate,
    },
    /// It has left.
    Left {
        /// First day no longer a member.
        left_on: NaiveDate,
    },
    /// It is in none of the members' lists.
    Unknown,
    /// It cannot host on that day.
    Blackout(Blackout),
    /// It has more turns.
    TurnsAhead {
        /// Its balance.
        own: Turns,
        /// Who hosts.
        chosen: Id<Municipality>,
        /// The balance of the host.
        chosen_turns: Turns,
    },
    /// Its last turn was later.
    HostedRecently {
        /// When.
        last: NaiveDate,
    },
    /// It stands later in the order.
    LaterInOrder {
        /// Who hosts.
        chosen: Id<Municipality>,
    },
    /// The plan would be another one.
    Costs(Better),
    /// It has no share of the turns, and others can host.
    NoShare,
    /// Others host together, and stay as they were planned.
    Together {
        /// Who hosts.
        host: Id<Municipality>,
    },
    /// The host was set.
    HostSet {
        /// Who hosts.
        host: Id<Municipality>,
        /// How it came about.
        source: Source,
        /// The turn is this municipality's, and somebody else hosts.
        was_due: bool,
    },
}

impl Rejection {
    pub(super) fn new(municipality: Id<Municipality>, detail: Detail) -> Self {
        Self {
            municipality,
            rule: detail.rule(),
            detail,
        }
    }

    /// The rejection for people: "Detmold: Sperrzeit 12.10.2026 bis 20.10.2026 (Messe)".
    #[must_use]
    pub fn in_words(&self, language: Language, names: Names) -> String {
        format!(
            "{}: {}",
            names(self.municipality),
            self.detail.in_words(language, names)
        )
    }
}

impl Detail {
    fn rule(&self) -> Rule {
        match self {
            Self::NotYetMember { .. } | Self::Unknown => Rule::NotYetMember,
            Self::Left { .. } => Rule::Left,
            Self::Blackout(_) => Rule::Blackout,
            Self::TurnsAhead { .. } => Rule::TurnsAhead,
            Self::HostedRecently { .. } => Rule::HostedRecently,
            Self::LaterInOrder { .. } => Rule::LaterInOrder,
            Self::NoShare => Rule::NoShare,
            Self::Together { .. } => Rule::Cohosted,
            Self::Costs(better) => better.rule(),
            Self::HostSet {
                source: Source::Override,
                ..
            } => Rule::Override,
            Self::HostSet {
                source: Source::Swap,
                ..
            } => Rule::Swap,
            Self::HostSet {
                source: Source::Fixed | Source::Rotation,
                ..
            } => Rule::Fixed,
        }
    }

    /// The detail for people, without the name of the municipality: "bisher 3 Termine, Herford 2".
    #[must_use]
    pub fn in_words(&self, language: Language, names: Names) -> String {
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
                    ("chosen", names(*chosen)),
                    ("chosen-turns", number(language, chosen_turns.thousandths())),
                ];
                say_with(language, "rotation-detail-turns-ahead", &args)
            }
            Self::HostedRecently { last } => day("rotation-detail-hosted-recently", *last),
            Self::LaterInOrder { chosen } => {
                let args = [("chosen", names(*chosen))];
                say_with(language, "rotation-detail-later-in-order", &args)
            }
            Self::NoShare => say(language, "optimum-detail-no-share"),
            Self::Together { host } => {
                say_with(language, "cohosts-detail", &[("host", names(*host))])
            }
            Self::Costs(better) => better.in_words(language),
            Self::HostSet {
                host,
                source,
                was_due,
            } => {
                let key = match (source, was_due) {
                    (Source::Override, true) => "rotation-detail-override-due",
                    (Source::Override, false) => "rotation-detail-override",
                    (Source::Swap, true) => "rotation-detail-swap-due",
                    (Source::Swap, false) => "rotation-detail-swap",
                    (Source::Fixed | Source::Rotation, _) => "rotation-detail-fixed",
                };
                say_with(language, key, &[("host", names(*host))])
            }
        }
    }
}

impl Reason {
    pub(super) fn set(
        host: Id<Municipality>,
        due: Option<Id<Municipality>>,
        source: Source,
        note: Option<String>,
    ) -> Self {
        Self::Set {
            host,
            due,
            source,
            note,
        }
    }

    /// The reason for people: "Gütersloh übernimmt den Termin von Detmold: Umbau im Rathaus".
    #[must_use]
    pub fn in_words(&self, language: Language, names: Names) -> String {
        let of_host = |key, host: &Id<_>| say_with(language, key, &[("host", names(*host))]);
        let beside = |key, host: &Id<_>, next: &Id<_>| {
            say_with(
                language,
                key,
                &[("host", names(*host)), ("next", names(*next))],
            )
        };
        match self {
            Self::LeastTurns { host, turns } => {
                let args = [
                    ("host", names(*host)),
                    ("turns", turns_in_words(language, *turns)),
                ];
                say_with(language, "rotation-reason-least-turns", &args)
            }
            Self::LongestAgo {
                host,
                last: Some(last),
            } => {
                let args = [("host", names(*host)), ("day", date_short(language, *last))];
                say_with(language, "rotation-reason-longest-ago", &args)
            }
            Self::LongestAgo { host, last: None } => of_host("rotation-reason-never", host),
            Self::FirstInOrder { host } => of_host("rotation-reason-first-in-order", host),
            Self::OnlyOneAvailable { host } => of_host("rotation-reason-only-one", host),
            Self::NotTwiceInARow { host, waits } => {
                let args = [("host", names(*host)), ("waits", names(*waits))];
                say_with(language, "rotation-reason-not-twice", &args)
            }
            Self::LeastCost { host, next, points } => {
                let args = [
                    ("host", names(*host)),
                    ("next", names(*next)),
                    ("points", number(language, *points)),
                ];
                say_with(language, "optimum-reason-least-cost", &args)
            }
            Self::EquallyGood { host, next } => beside("optimum-reason-equally-good", host, next),
            Self::StaysAsPlanned { host, next } => beside("optimum-reason-stays", host, next),
            Self::Together { host, cohosts } => {
                let cohosts = cohosts.iter().map(|id| names(*id));
                let together = cohosts::together(language, names(*host), cohosts);
                let args = [("together", together), ("host", names(*host))];
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
                    (Source::Rotation, _) => "rotation-reason-settled",
                    (Source::Swap, Some(_)) => "rotation-reason-swap",
                    (Source::Override | Source::Fixed, Some(_)) => "rotation-reason-override",
                    (_, None) => "rotation-reason-fixed",
                };
                let due = due.map_or_else(String::new, names);
                let text = say_with(language, key, &[("host", names(*host)), ("due", due)]);
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
                    ("pinned", names(*pinned)),
                    ("outside", outside.in_words(language, names)),
                    ("instead", instead.in_words(language, names)),
                ];
                say_with(language, "rotation-reason-pin-ignored", &args)
            }
        }
    }
}

fn blackout_in_words(language: Language, blackout: &Blackout) -> String {
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
pub(super) fn number(language: Language, thousandths: i64) -> String {
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
