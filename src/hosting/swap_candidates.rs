//! With which meetings a turn can be swapped (`/series/{id}/rotation/swap-candidates`).
use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Scope;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result, conflict_unless};
use crate::meetings::{self, Meeting};
use crate::municipalities::{self, Municipality, MunicipalityName};
use crate::rotation;
use crate::rotation::plan::RotationMember;

/// A meeting that could be swapped with another one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SwapCandidate {
    /// The meeting.
    #[schema(value_type = uuid::Uuid)]
    pub meeting_id: Id<Meeting>,
    /// Its number in the series.
    pub number: i32,
    /// Its start, with the offset of the local clock.
    pub starts_at: DateTime<FixedOffset>,
    /// Who hosts it.
    pub host: MunicipalityName,
    /// The blackouts of either host on the day on which it would host.
    pub blackouts: Vec<SwapBlackout>,
}

/// A blackout on a day on which the municipality would host.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SwapBlackout {
    /// The municipality.
    pub municipality: MunicipalityName,
    /// The first day.
    pub starts_on: NaiveDate,
    /// The last day.
    pub ends_on: NaiveDate,
    /// Why.
    pub reason: Option<String>,
}

/// The municipalities of a cooperation, and when each can host.
pub struct HostAvailability {
    /// In the order of hosts.
    pub municipalities: Vec<Municipality>,
    members: Vec<RotationMember>,
}

impl HostAvailability {
    /// Reads them.
    pub fn load(conn: &mut DbConn, who: &impl Scope) -> Result<Self> {
        Ok(Self {
            municipalities: municipalities::store::all(conn, who)?,
            members: rotation::store::members(conn, who)?,
        })
    }

    fn member(&self, id: Id<Municipality>) -> Option<&RotationMember> {
        self.members.iter().find(|member| member.id == id)
    }

    /// Whether a municipality takes part in the rotation on that day.
    #[must_use]
    pub fn takes_part(&self, id: Id<Municipality>, on: NaiveDate) -> bool {
        self.member(id)
            .is_some_and(|member| member.takes_part_on(on))
    }

    /// Checks that a municipality takes part in the rotation on that day.
    ///
    /// # Errors
    /// A conflict (`member`, `paused`) that says why it does not.
    pub fn check_takes_part(&self, id: Id<Municipality>, on: NaiveDate) -> Result<()> {
        self.check(id, |member, name| member.absence_error(name, on))
    }

    /// Checks that a municipality has no blackout on that day.
    ///
    /// # Errors
    /// A conflict (`blackout`) that names the blackout.
    pub fn check_free(&self, id: Id<Municipality>, on: NaiveDate) -> Result<()> {
        self.check(id, |member, name| member.blackout_error(name, on))
    }

    fn check(
        &self,
        id: Id<Municipality>,
        error: impl Fn(&RotationMember, &str) -> Option<(&'static str, String)>,
    ) -> Result<()> {
        let member = self.member(id);
        match member.and_then(|member| error(member, &self.named(id).name)) {
            Some((rule, message)) => Err(Error::conflict(rule, message)),
            None => Ok(()),
        }
    }

    /// A municipality by its name.
    #[must_use]
    pub fn named(&self, id: Id<Municipality>) -> MunicipalityName {
        let mut all = self.municipalities.iter();
        let found = all.find(|one| one.id == id);
        let name = found.map(|one| one.name.clone()).unwrap_or_default();
        MunicipalityName { id, name }
    }

    /// The blackout that a municipality has on that day.
    #[must_use]
    pub fn blackout(&self, id: Id<Municipality>, on: NaiveDate) -> Option<SwapBlackout> {
        let found = self.member(id)?.blackout_on(on)?;
        Some(SwapBlackout {
            municipality: self.named(id),
            starts_on: found.from,
            ends_on: found.until,
            reason: found.reason.clone(),
        })
    }
}

/// The host of a meeting whose turn can be swapped: nobody is invited, it has not begun, and it is not part of a swap.
///
/// # Errors
/// A conflict that says why it cannot.
pub fn swappable(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
    now: Instant,
) -> Result<Id<Municipality>> {
    let message = "turns can only be swapped while nobody is invited and the meeting is ahead";
    conflict_unless(meeting.is_open(now), "state", message)?;
    let Some(host) = meeting.host_id else {
        return Err(Error::conflict("no_host", "nobody hosts this meeting"));
    };
    rotation::swaps::not_swapped(conn, who, meeting)?;
    Ok(host)
}

/// The meetings with which the turn of `meeting` could be swapped, in the order of time.
///
/// # Errors
/// A conflict if it cannot be swapped at all.
pub fn of(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
    now: Instant,
) -> Result<Vec<SwapCandidate>> {
    let pairs = pairs(conn, who, meeting, now)?.into_iter();
    Ok(pairs.map(|(_, candidate)| candidate).collect())
}

/// The same, each with its meeting.
pub(super) fn pairs(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
    now: Instant,
) -> Result<Vec<(Meeting, SwapCandidate)>> {
    let host = swappable(conn, who, meeting, now)?;
    let calendar = HostAvailability::load(conn, who)?;
    let mut found = Vec::new();
    for other in meetings::store::of_series(conn, who, meeting.series_id)? {
        let partner = match swappable(conn, who, &other, now) {
            Ok(partner) => partner,
            Err(Error::Conflict(..)) => continue,
            Err(error) => return Err(error),
        };
        let fits =
            calendar.takes_part(partner, meeting.date) && calendar.takes_part(host, other.date);
        if partner == host || !fits {
            continue;
        }
        let blackouts = [
            calendar.blackout(partner, meeting.date),
            calendar.blackout(host, other.date),
        ];
        let candidate = SwapCandidate {
            meeting_id: other.id,
            number: other.number,
            starts_at: other.starts_at_locally(),
            host: calendar.named(partner),
            blackouts: blackouts.into_iter().flatten().collect(),
        };
        found.push((other, candidate));
    }
    Ok(found)
}
