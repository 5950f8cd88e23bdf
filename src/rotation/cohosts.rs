//! Municipalities that host a meeting together: one hosts, the others are its co-hosts.
//!
//! The host is chosen as for any other meeting, and never one of the co-hosts; these are named by people. The turn is
//! charged in equal parts to the municipality that is due and to the co-hosts (`docs/rotation.md`).
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::changes::changeable;
use super::outlook::outlook;
use super::plan::{Blackout, Member, Slot, Source, Standing};
use super::store::{self, NewTurn, append, latest};
use super::{State, Turn};
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

/// To whom a turn is charged, and in which parts: thousandths that add up to one turn. Who is due comes first and has
/// what does not divide.
#[must_use]
pub fn charges(
    due: Id<Municipality>,
    cohosts: &[Id<Municipality>],
) -> Vec<(Id<Municipality>, u32)> {
    let part = part(cohosts.len());
    let rest = (due, TURN - part_of_all(part, cohosts.len()));
    let others = cohosts.iter().map(|cohost| (*cohost, part));
    std::iter::once(rest).chain(others).collect()
}

/// The part of one of so many co-hosts, in thousandths of a turn.
#[must_use]
pub fn part(cohosts: usize) -> u32 {
    u32::try_from(cohosts).map_or(0, |count| TURN / (count + 1))
}

fn part_of_all(part: u32, count: usize) -> u32 {
    u32::try_from(count).map_or(0, |count| part * count)
}

/// "Herford, gemeinsam mit Bad Salzuflen und Detmold"; the host's name alone without co-hosts.
pub fn together(language: Language, host: String, cohosts: impl Iterator<Item = String>) -> String {
    match listed(language, cohosts.collect()) {
        Some(cohosts) => {
            let args = [("host", host), ("cohosts", cohosts)];
            say_with(language, "cohosts-together", &args)
        }
        None => host,
    }
}

/// The co-hosts that a slot has of those that were named for it: not its host, not who is due if that is settled, and, as
/// long as the meeting was not held, only who is a member on the day.
#[must_use]
pub fn standing(members: &[Member], slot: &Slot) -> Vec<Id<Municipality>> {
    let is_member = |id: &Id<Municipality>| {
        let mut all = members.iter();
        all.any(|member| member.id == *id && member.is_member_on(slot.on))
    };
    let (host, due, counted) = match &slot.standing {
        Standing::Settled {
            host, due, counted, ..
        } => (Some(*host), *due, *counted),
        Standing::Open { pin } => {
            let pin = pin.as_ref().filter(|pin| pin.source != Source::Rotation);
            (pin.map(|pin| pin.host).filter(is_member), None, false)
        }
        Standing::GivenBack => (None, None, false),
    };
    let named = slot.cohosts.iter();
    named
        .filter(|id| Some(**id) != host && Some(**id) != due && (counted || is_member(id)))
        .copied()
        .collect()
}

/// Who hosts a meeting together with its host, instead of whoever was named before.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewCohosts {
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// The co-hosts, at most five.
    #[validate(length(min = 1, max = 5))]
    pub municipality_ids: Vec<Id<Municipality>>,
    /// Why.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    pub reason: String,
}

/// Names the co-hosts of a meeting that has not begun. Naming the same again changes nothing.
///
/// # Errors
/// The municipalities that cannot be co-hosts, each with its reason; a conflict if the meeting has no host, or it is too
/// late.
pub fn name(tx: &mut Tx, who: &Coordinator, series: &Series, new: &NewCohosts) -> Result<()> {
    let meeting = changeable(tx, who, series, new.meeting_id, "meeting_id")?;
    let Some(host) = meeting.host_id else {
        let message = "nobody hosts this meeting; set a host first";
        return Err(Error::conflict("no_host", message));
    };
    let (now, members) = (tx.now, store::members(tx, who)?);
    let due = outlook(tx, who, series.id, &members, now)?
        .turn(meeting.id)
        .and_then(|turn| turn.due);
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
                Some(member) if !member.is_member_on(meeting.date) => {
                    let message = format!("{} is no member on {}", name_of(id), meeting.date);
                    ("member", message)
                }
                Some(member) => {
                    let blackout = member.blackout_on(meeting.date)?;
                    ("blackout", in_words(name_of(id), blackout))
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
    let known = latest(tx, who, &meeting)?;
    if known.is_some_and(|known| known.cohosts.0 == new.municipality_ids) {
        return Ok(());
    }
    let (cohosts, reason) = (new.municipality_ids.clone(), Some(new.reason.clone()));
    append(tx, who, &meeting, &named(cohosts, reason))
}

/// Lets the host of a meeting that has not begun host it alone again.
///
/// # Errors
/// [`Error::NotFound`] if the meeting has no co-hosts; a conflict if it is too late.
pub fn remove(tx: &mut Tx, who: &Coordinator, series: &Series, id: Id<Meeting>) -> Result<()> {
    let meeting = meetings::store::find(tx, who, id)?;
    let known = latest(tx, who, &meeting)?;
    let has_some = known.is_some_and(|known| !known.cohosts.0.is_empty());
    if meeting.series_id != series.id || !has_some {
        return Err(Error::NotFound);
    }
    changeable(tx, who, series, id, "meeting_id")?;
    append(tx, who, &meeting, &named(Vec::new(), None))
}

fn named(cohosts: Vec<Id<Municipality>>, reason: Option<String>) -> NewTurn {
    NewTurn {
        state: State::Cohosted,
        due: None,
        host: None,
        source: Source::Rotation,
        reason,
        cohosts,
    }
}

/// What holds of a meeting's turn after another entry: one that names co-hosts leaves all else as it was.
pub(super) fn followed_by(known: Option<Turn>, entry: Turn) -> Turn {
    match known {
        Some(known) if entry.state == State::Cohosted => Turn {
            cohosts: entry.cohosts,
            ..known
        },
        _ => entry,
    }
}

/// The entries of one meeting that say who hosts, in the same order, the oldest first: each with the co-hosts named since.
pub(super) fn merged(entries: impl IntoIterator<Item = Turn>) -> Vec<Turn> {
    let mut found: Vec<Turn> = Vec::new();
    for entry in entries {
        let known = found.pop_if(|_| entry.state == State::Cohosted);
        found.push(followed_by(known, entry));
    }
    found
}

fn in_words(name: &str, blackout: &Blackout) -> String {
    let reason = blackout.reason.as_ref();
    let reason = reason.map(|reason| format!(" ({reason})"));
    format!(
        "{name} has a blackout from {} to {}{}",
        blackout.from,
        blackout.until,
        reason.unwrap_or_default(),
    )
}
