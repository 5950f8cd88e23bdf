//! The rotation as the API shows it, and as a table for the terminal.
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::better::Why;
use super::cohosts::{part, together};
use super::explain::{Detail, Rule};
use super::fairness::{Balance, Turns, in_turns};
use super::plan::{Planned, Source};
use super::{State, Turn};
use crate::db::{Id, Instant};
use crate::i18n::dates::date_numeric;
use crate::i18n::{Language, say};
use crate::meetings::{Meeting, Status};
use crate::municipalities::{Municipality, MunicipalityName};

type Names = HashMap<Id<Municipality>, String>;

fn named(names: &Names, id: Id<Municipality>) -> MunicipalityName {
    let name = names.get(&id).cloned().unwrap_or_default();
    MunicipalityName { id, name }
}

/// A municipality that hosts together with the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Cohost {
    /// Its key.
    pub id: Id<Municipality>,
    /// Its name.
    pub name: String,
    /// Its part of the turn, in thousandths. Who is due has the rest.
    pub part_thousandths: u32,
}

fn cohosts(names: &Names, ids: &[Id<Municipality>]) -> Vec<Cohost> {
    let all = ids.iter().map(|id| named(names, *id));
    all.map(|MunicipalityName { id, name }| Cohost {
        id,
        name,
        part_thousandths: part(ids.len()),
    })
    .collect()
}

/// Who hosts a meeting, and why nobody else.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RotationSlot)]
pub struct UpcomingTurn {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Its number in the series.
    pub number: i32,
    /// How far it is.
    pub status: Status,
    /// Its start, with the offset of the local clock.
    pub starts_at: DateTime<FixedOffset>,
    /// Who hosts; nobody if nobody is available.
    pub host: Option<MunicipalityName>,
    /// To whom the turn is charged; somebody else than the host with stand-ins and swaps.
    pub due: Option<MunicipalityName>,
    /// Who hosts together with the host; without them the turn is charged whole.
    pub cohosts: Vec<Cohost>,
    /// How the host came about.
    pub source: Source,
    /// Why this host, in words.
    pub reason: String,
    /// Why not the others: one for each municipality that neither hosts nor is a co-host, in their order.
    pub rejected: Vec<SlotRejection>,
}

/// Why a municipality does not host a meeting.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RotationRejection)]
pub struct SlotRejection {
    /// Which municipality.
    pub municipality: MunicipalityName,
    /// By which rule.
    pub rule: Rule,
    /// What there is to say of it, in words.
    pub detail: String,
    /// By how many points the plan would be worse with it; only where the plan was worked out. Less than nothing if it
    /// would be better, and stays as it is known.
    pub costs: Option<f64>,
    /// The meeting that the host would have got in exchange, if that costs least.
    pub gives: Option<Id<Meeting>>,
    /// The gap to its nearest turn, in meetings, if it speaks against it.
    pub gap: Option<i64>,
    /// The even gap, in meetings.
    pub even_gap: Option<i64>,
}

impl UpcomingTurn {
    /// The turn of a meeting as it reads in `language`.
    pub(super) fn new(
        meeting: &Meeting,
        turn: &Planned,
        names: &Names,
        language: Language,
    ) -> Self {
        let name = |id| named(names, id).name;
        let rejected = turn.rejected.iter().map(|rejection| {
            let better = match &rejection.detail {
                Detail::Costs(better) => Some(better),
                _ => None,
            };
            let gaps = better.and_then(|better| match better.why {
                Why::Gap { gap, even, .. } => Some((gap, even)),
                _ => None,
            });
            SlotRejection {
                municipality: named(names, rejection.municipality),
                rule: rejection.rule,
                detail: rejection.detail.in_words(language, &name),
                costs: better.map(|better| in_turns(better.points)),
                gives: better.and_then(|better| better.gives),
                gap: gaps.map(|(gap, _)| gap),
                even_gap: gaps.map(|(_, even)| even),
            }
        });
        Self {
            meeting_id: meeting.id,
            number: meeting.number,
            status: meeting.status,
            starts_at: meeting.starts_at_locally(),
            host: turn.host.map(|id| named(names, id)),
            due: turn.due.map(|id| named(names, id)),
            cohosts: cohosts(names, &turn.cohosts),
            source: turn.source,
            reason: turn.reason.in_words(language, &name),
            rejected: rejected.collect(),
        }
    }
}

/// The turns as a table of text, a line each.
#[must_use]
pub fn table(slots: &[UpcomingTurn], language: Language) -> String {
    if slots.is_empty() {
        return say(language, "rotation-table-empty") + "\n";
    }
    let head = ["number", "date", "host", "reason"];
    let head = head.map(|column| say(language, &format!("rotation-table-{column}")));
    let rows = slots.iter().map(|slot| {
        let day = date_numeric(language, slot.starts_at.date_naive());
        let nobody = || say(language, "rotation-table-nobody");
        [
            slot.number.to_string(),
            format!("{day} {}", slot.starts_at.format("%H:%M")),
            slot.host.as_ref().map_or_else(nobody, |host| {
                let cohosts = slot.cohosts.iter().map(|one| one.name.clone());
                together(language, host.name.clone(), cohosts)
            }),
            slot.reason.clone(),
        ]
    });
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let (number, date, host) = (width(0), width(1), width(2));
    rows.iter().fold(String::new(), |mut text, row| {
        let [first, second, third, last] = row;
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{first:>number$}  {second:<date$}  {third:<host$}  {last}"
        );
        text
    })
}

/// An entry of the ledger. The latest entry of a meeting holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LedgerEntry {
    /// Counts the entries of the series.
    pub entry: i32,
    /// The meeting whose turn it is.
    pub meeting_id: Id<Meeting>,
    /// Its number in the series; none if it was taken out again.
    pub number: Option<i32>,
    /// The local day it takes place.
    pub date: Option<NaiveDate>,
    /// What the entry says.
    pub state: State,
    /// To whom the turn is charged.
    pub due: Option<MunicipalityName>,
    /// Who hosts or was to host.
    pub host: Option<MunicipalityName>,
    /// Who hosts together with the host, with the parts that a turn charged by this entry has.
    pub cohosts: Vec<Cohost>,
    /// How the host came about.
    pub source: Source,
    /// Why, as it was written.
    pub reason: Option<String>,
    /// When it was written.
    pub created_at: Instant,
}

impl LedgerEntry {
    pub(super) fn new(turn: Turn, meeting: Option<&Meeting>, names: &Names) -> Self {
        Self {
            entry: turn.entry,
            meeting_id: turn.meeting_id,
            number: meeting.map(|meeting| meeting.number),
            date: meeting.map(|meeting| meeting.date),
            state: turn.state,
            due: turn.due_id.map(|id| named(names, id)),
            host: turn.host_id.map(|id| named(names, id)),
            cohosts: cohosts(names, &turn.cohosts.0),
            source: turn.source,
            reason: turn.reason,
            created_at: turn.created_at,
        }
    }
}

/// How a municipality stands in the rotation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RotationAccounts)]
pub struct Accounts {
    /// Which municipality.
    pub municipality: MunicipalityName,
    /// The first day of its membership.
    pub member_since: NaiveDate,
    /// The first day it is no longer a member.
    pub left_on: Option<NaiveDate>,
    /// Turns charged to it that were held or forfeited; those it has a part of count as that part.
    #[schema(value_type = f64)]
    pub counted: Turns,
    /// Turns charged to it that are still to come and fixed, because the invitations are out.
    #[schema(value_type = f64)]
    pub assigned: Turns,
    /// Turns that the plan will charge to it.
    #[schema(value_type = f64)]
    pub planned: Turns,
    /// Counted and assigned turns that it hosts, for itself or for others.
    pub hosted: u32,
    /// Counted and assigned turns in which it is a co-host.
    pub cohosted: u32,
    /// Turns it hosts for others, less those that others host for it.
    pub standing_in: i32,
    /// What it started with: the mean balance of the members when it joined, 0 for the first ones.
    pub start_credit: f64,
    /// What the rotation goes by: counted and assigned turns, and the start credit.
    pub balance: f64,
}

/// Municipalities that have been members equally long.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Peers {
    /// The first day of their membership.
    pub member_since: NaiveDate,
    /// How many they are.
    pub municipalities: usize,
    /// The fewest turns that were counted for one of them.
    #[schema(value_type = f64)]
    pub fewest: Turns,
    /// The most.
    #[schema(value_type = f64)]
    pub most: Turns,
}

/// How evenly the turns are spread.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Fairness {
    /// The municipalities in the order of hosts, those that left included.
    pub items: Vec<Accounts>,
    /// The present members that joined together: what is to be compared.
    pub equally_long: Vec<Peers>,
    /// The greatest difference of counted turns between members that joined together.
    #[schema(value_type = f64)]
    pub spread: Turns,
}

impl Fairness {
    pub(super) fn new(all: &[Municipality], balances: &[Balance], today: NaiveDate) -> Self {
        let balance_of = |id| balances.iter().find(|balance| balance.municipality == id);
        let items = all
            .iter()
            .filter_map(|one| Some(Accounts::new(one, balance_of(one.id)?)));
        let items: Vec<Accounts> = items.collect();
        let mut groups: BTreeMap<NaiveDate, Vec<Turns>> = BTreeMap::new();
        for item in items
            .iter()
            .filter(|item| item.left_on.is_none_or(|left| today < left))
        {
            groups
                .entry(item.member_since)
                .or_default()
                .push(item.counted);
        }
        let peers = |(member_since, counted): (NaiveDate, Vec<Turns>)| Peers {
            member_since,
            municipalities: counted.len(),
            fewest: counted.iter().copied().min().unwrap_or_default(),
            most: counted.iter().copied().max().unwrap_or_default(),
        };
        let equally_long: Vec<Peers> = groups.into_iter().map(peers).collect();
        let spread = equally_long
            .iter()
            .map(|peers| {
                let spread = peers.most.thousandths() - peers.fewest.thousandths();
                Turns::of_thousandths(spread)
            })
            .max();
        Self {
            items,
            equally_long,
            spread: spread.unwrap_or_default(),
        }
    }
}

impl Accounts {
    fn new(one: &Municipality, balance: &Balance) -> Self {
        let fixed = balance.counted.thousandths() + balance.assigned.thousandths();
        let credit = balance.start_credit.thousandths();
        Self {
            municipality: MunicipalityName {
                id: one.id,
                name: one.name.clone(),
            },
            member_since: one.joined_on,
            left_on: one.left_on,
            counted: balance.counted,
            assigned: balance.assigned,
            planned: balance.planned,
            hosted: balance.hosted,
            cohosted: balance.cohosted,
            standing_in: balance.standing_in,
            start_credit: in_turns(credit),
            balance: in_turns(fixed + credit),
        }
    }
}
