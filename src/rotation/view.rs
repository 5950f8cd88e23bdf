//! Turns and ledger entries as the API shows them, and turns as a table for the terminal.
use std::collections::HashMap;
use std::fmt::Write;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::accounts::in_turns;
use super::cohosts::{part, together};
use super::explain::{CostReason, ExplainedTurn, RejectionRule};
use super::plan::HostSource;
use super::{TurnEntry, TurnEntryState};
use crate::db::{Id, Instant};
use crate::i18n::dates::date_numeric;
use crate::i18n::{Language, say};
use crate::meetings::{Meeting, MeetingStatus};
use crate::municipalities::{Municipality, MunicipalityName};

pub(super) type MunicipalityNames = HashMap<Id<Municipality>, String>;

fn named(names: &MunicipalityNames, id: Id<Municipality>) -> MunicipalityName {
    let name = names.get(&id).cloned().unwrap_or_default();
    MunicipalityName { id, name }
}

/// A municipality that hosts together with the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Cohost {
    /// Its ID.
    pub id: Id<Municipality>,
    /// Its name.
    pub name: String,
    /// Its part of the turn, in thousandths. The municipality that is due is charged the rest.
    pub part_thousandths: u32,
}

fn cohosts(names: &MunicipalityNames, ids: &[Id<Municipality>]) -> Vec<Cohost> {
    let all = ids.iter().map(|id| named(names, *id));
    all.map(|MunicipalityName { id, name }| Cohost {
        id,
        name,
        part_thousandths: part(ids.len()),
    })
    .collect()
}

/// Who hosts a meeting, and why no other municipality does.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RotationSlot)]
pub struct UpcomingTurn {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Its number in the series.
    pub number: i32,
    /// Its status.
    pub status: MeetingStatus,
    /// Its start, with the local UTC offset.
    pub starts_at: DateTime<FixedOffset>,
    /// The host; null if no municipality is available.
    pub host: Option<MunicipalityName>,
    /// The municipality that the turn is charged to; with overrides and swaps it differs from the host.
    pub due: Option<MunicipalityName>,
    /// The co-hosts, each charged a part of the turn.
    pub cohosts: Vec<Cohost>,
    /// How the host was determined.
    pub source: HostSource,
    /// Why this host, in words.
    pub reason: String,
    /// Why not the others: one rejection for each municipality that is neither host nor co-host, in their order.
    pub rejected: Vec<RejectionView>,
}

/// Why a municipality does not host a meeting.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RotationRejection)]
pub struct RejectionView {
    /// The municipality.
    pub municipality: MunicipalityName,
    /// The rule that applies.
    pub rule: RejectionRule,
    /// The details, in words.
    pub detail: String,
    /// By how many points the plan would be worse with it; only where the solver made the plan. Negative if the plan would
    /// be better, but is kept because it has been published.
    pub costs: Option<f64>,
    /// The meeting that the host would get in exchange, if an exchange costs least.
    pub gives: Option<Id<Meeting>>,
    /// The gap to its nearest turn, in meetings, if that is the reason.
    pub gap: Option<i64>,
    /// The even gap, in meetings, if the gap is the reason.
    pub even_gap: Option<i64>,
}

impl UpcomingTurn {
    /// The turn of a meeting, with reasons in `language`.
    pub(super) fn new(
        meeting: &Meeting,
        explained: &ExplainedTurn,
        names: &MunicipalityNames,
        language: Language,
    ) -> Self {
        let name = |id| named(names, id).name;
        let ExplainedTurn {
            turn,
            reason,
            rejected,
        } = explained;
        let rejected = rejected.iter().map(|rejection| {
            let cost = rejection.cost.as_ref();
            let gaps = cost.and_then(|cost| match cost.reason {
                CostReason::Gap { gap, even, .. } => Some((gap, even)),
                _ => None,
            });
            RejectionView {
                municipality: named(names, rejection.municipality),
                rule: rejection.rule(),
                detail: rejection.detail.in_words(language, &name),
                costs: cost.map(|cost| in_turns(cost.points)),
                gives: cost.and_then(|cost| cost.gives),
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
            reason: reason.in_words(language, turn.host, &name),
            rejected: rejected.collect(),
        }
    }
}

/// The turns as a plain text table, one line each.
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

/// An entry of the ledger. The latest entry of a meeting is the valid one.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LedgerEntry)]
pub struct TurnEntryView {
    /// Sequence number within the series.
    pub entry: i32,
    /// The meeting whose turn it is.
    pub meeting_id: Id<Meeting>,
    /// Its number in the series; null if the meeting was removed.
    pub number: Option<i32>,
    /// The local day of the meeting.
    pub date: Option<NaiveDate>,
    /// What the entry says.
    pub state: TurnEntryState,
    /// The municipality that the turn is charged to.
    pub due: Option<MunicipalityName>,
    /// The municipality that hosts or was to host.
    pub host: Option<MunicipalityName>,
    /// The co-hosts, with the parts that they are charged by this entry.
    pub cohosts: Vec<Cohost>,
    /// How the host was determined.
    pub source: HostSource,
    /// The reason that was entered.
    pub reason: Option<String>,
    /// When it was written.
    pub created_at: Instant,
}

impl TurnEntryView {
    pub(super) fn new(
        turn: TurnEntry,
        meeting: Option<&Meeting>,
        names: &MunicipalityNames,
    ) -> Self {
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
