//! Meetings that several municipalities host together: one of them is the host, the others are co-hosts.
//!
//! The host is chosen as for any other meeting and is never one of the co-hosts, which coordinators name. The turn is
//! charged in equal parts to the municipality that is due and to the co-hosts (`docs/rotation.md`).
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::ledger::{NewTurnEntry, TurnEntryState, append, latest, of_meeting};
use super::overrides::changeable;
use super::plan::{MeetingSlot, RotationMember, TurnStatus, valid_pin};
use super::store;
use super::turn_history::move_back;
use crate::Tx;
use crate::auth::Coordinator;
use crate::cooperations::one_line;
use crate::db::Id;
use crate::error::{Error, FieldError, Result};
use crate::i18n::{Language, listed, say_with};
use crate::meetings::{self, Meeting};
use crate::municipalities::Municipality;
use crate::series::Series;

/// A turn in thousandths.
const TURN: u32 = 1000;

/// The municipalities that a turn is charged to, each with its part in thousandths; the parts add up to one turn. The
/// municipality that is due comes first and gets the remainder of the division.
#[must_use]
pub fn debits(due: Id<Municipality>, cohosts: &[Id<Municipality>]) -> Vec<(Id<Municipality>, u32)> {
    let part = part(cohosts.len());
    let others = cohosts.iter().map(|cohost| (*cohost, part));
    let rest = TURN - others.clone().map(|(_, part)| part).sum::<u32>();
    std::iter::once((due, rest)).chain(others).collect()
}

/// The part of each co-host if there are `cohosts` of them, in thousandths of a turn.
#[must_use]
pub fn part(cohosts: usize) -> u32 {
    u32::try_from(cohosts).map_or(0, |count| TURN / (count + 1))
}

/// "Herford, gemeinsam mit Bad Salzuflen und Detmold"; only the name of the host if there are no co-hosts.
pub fn together(language: Language, host: String, cohosts: impl Iterator<Item = String>) -> String {
    match listed(language, cohosts.collect()) {
        Some(cohosts) => {
            let args = [("host", host), ("cohosts", cohosts)];
            say_with(language, "cohosts-together", &args)
        }
        None => host,
    }
}

/// The co-hosts named for a slot that take effect: not the host, not the municipality that is due if the turn is settled,
/// and, unless the meeting was held, only those that take part in the rotation on the day.
#[must_use]
pub fn effective(members: &[RotationMember], slot: &MeetingSlot) -> Vec<Id<Municipality>> {
    let takes_part = |id: &Id<Municipality>| {
        let mut all = members.iter();
        all.any(|member| member.id == *id && member.takes_part_on(slot.on))
    };
    let (host, due, counted) = match &slot.status {
        _ if slot.cohosts.is_empty() => return Vec::new(),
        TurnStatus::Settled {
            host, due, counted, ..
        } => (Some(*host), *due, *counted),
        TurnStatus::Open { pin, .. } => {
            let pin = valid_pin(members, slot.on, pin.as_ref());
            (pin.map(|pin| pin.host), None, false)
        }
        TurnStatus::GivenBack => (None, None, false),
    };
    let named = slot.cohosts.iter();
    named
        .filter(|id| Some(**id) != host && Some(**id) != due && (counted || takes_part(id)))
        .copied()
        .collect()
}

/// The co-hosts of a meeting, replacing any named before.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewCohosts {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// The co-hosts, at most five.
    #[validate(length(min = 1, max = 5))]
    pub municipality_ids: Vec<Id<Municipality>>,
    /// The reason.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    pub reason: String,
}

/// Names the co-hosts of a meeting that has not begun. Idempotent.
///
/// # Errors
/// The municipalities that cannot be co-hosts, each with its reason; a conflict if the meeting has no host or has begun.
pub fn name(tx: &mut Tx, who: &Coordinator, series: &Series, new: &NewCohosts) -> Result<()> {
    let meeting = changeable(tx, who, series, new.meeting_id, "meeting_id")?;
    let Some(host) = meeting.host_id else {
        let message = "nobody hosts this meeting; set a host first";
        return Err(Error::conflict("no_host", message));
    };
    let members = store::members(tx, who)?;
    let known = latest(tx, who, &meeting)?;
    let due = match &known {
        Some(turn) if turn.state == TurnEntryState::Assigned => turn.due_id,
        _ => meeting.due_id,
    };
    let names = store::names(tx, who)?;
    let name_of = |id| names.get(&id).map_or("it", String::as_str);
    let wrong: Vec<FieldError> = (0..new.municipality_ids.len())
        .filter_map(|place| {
            let id = new.municipality_ids[place];
            let (rule, message) = match members.iter().find(|member| member.id == id) {
                None => ("exists", "there is no such municipality".to_owned()),
                _ if new.municipality_ids[..place].contains(&id) => {
                    ("duplicate", format!("{} stands here twice", name_of(id)))
                }
                _ if id == host => ("host", format!("{} hosts this meeting", name_of(id))),
                _ if Some(id) == due => {
                    let message = format!("the turn is charged to {} already", name_of(id));
                    ("due", message)
                }
                Some(member) => {
                    let absence = member.absence_error(name_of(id), meeting.date);
                    absence.or_else(|| member.blackout_error(name_of(id), meeting.date))?
                }
            };
            Some(FieldError {
                field: format!("municipality_ids[{place}]"),
                rule: rule.to_owned(),
                message,
            })
        })
        .collect();
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    if known.is_some_and(|known| known.cohosts.0 == new.municipality_ids) {
        return Ok(());
    }
    let (cohosts, reason) = (new.municipality_ids.clone(), Some(new.reason.clone()));
    append(tx, who, &meeting, &NewTurnEntry::cohosted(cohosts, reason))
}

/// Removes the co-hosts of a meeting that has not begun, and moves the turns back that moved because of them.
///
/// # Errors
/// [`Error::NotFound`] if the meeting has no co-hosts; a conflict if it has begun.
pub fn remove(tx: &mut Tx, who: &Coordinator, series: &Series, id: Id<Meeting>) -> Result<()> {
    let meeting = meetings::store::find(tx, who, id)?;
    let entries = of_meeting(tx, who, &meeting)?;
    let with_cohosts = entries
        .iter()
        .rev()
        .take_while(|entry| !entry.cohosts.0.is_empty());
    let Some(named) = with_cohosts
        .last()
        .filter(|_| meeting.series_id == series.id)
    else {
        return Err(Error::NotFound);
    };
    changeable(tx, who, series, id, "meeting_id")?;
    append(tx, who, &meeting, &NewTurnEntry::cohosted(Vec::new(), None))?;
    move_back(tx, who, named)
}
