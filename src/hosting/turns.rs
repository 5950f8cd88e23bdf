//! Which turns differ from what municipalities were notified of.
//!
//! For each upcoming meeting of a series in use, the hosts of which its municipalities know are recorded. A new meeting
//! is recorded without a mail, and so is a change that another mail tells. Any other difference makes one mail to each
//! municipality that has lost or gained a turn, or its part in one.
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::Tx;
use crate::auth::Scope;
use crate::db::schema::told_turns;
use crate::db::{Id, Instant, Json};
use crate::error::Result;
use crate::meetings::Meeting;
use crate::municipalities::Municipality;
use crate::series::Series;

/// A meeting that has not begun.
#[derive(Debug, Clone)]
pub struct UpcomingMeeting {
    /// The meeting.
    pub meeting: Meeting,
    /// When it was deleted, if it was.
    pub deleted_at: Option<Instant>,
}

/// The hosts of a meeting of which its municipalities were notified.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = told_turns, check_for_backend(crate::db::MultiBackend))]
pub struct ToldTurn {
    /// Its key.
    pub id: Id<ToldTurn>,
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// The host; none if the meeting was off.
    pub municipality_id: Option<Id<Municipality>>,
    /// Its local day.
    pub date: NaiveDate,
    /// The co-hosts.
    pub cohosts: Json<Vec<Id<Municipality>>>,
}

/// Who hosts a meeting, on which day, together with whom.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TurnHosts {
    host: Id<Municipality>,
    on: NaiveDate,
    cohosts: Vec<Id<Municipality>>,
}

/// A meeting whose hosts or day differ from what was told.
#[derive(Debug, Clone)]
pub struct TurnDifference {
    /// The meeting as it is.
    pub meeting: Meeting,
    before: Option<TurnHosts>,
    after: Option<TurnHosts>,
    changed_at: Instant,
}

/// The differences between the turns as they are and as they were told.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Those that are told.
    pub news: Vec<TurnDifference>,
    /// Those that are only recorded: new meetings, and changes that another mail tells.
    pub quiet: Vec<TurnDifference>,
}

impl Comparison {
    /// Compares the upcoming meetings of a series in use with what was `told`. In `announced` are those of which people
    /// were asked to keep the date free.
    #[must_use]
    pub fn of(
        meetings: &[UpcomingMeeting],
        told: &HashMap<Id<Meeting>, ToldTurn>,
        announced: &HashSet<Id<Meeting>>,
    ) -> Self {
        let mut found = Self::default();
        for upcoming in meetings {
            let known = told.get(&upcoming.meeting.id);
            let before = known.and_then(|row| {
                Some(TurnHosts::new(
                    row.municipality_id?,
                    row.date,
                    &row.cohosts.0,
                ))
            });
            let after = hosts_of(upcoming);
            if known.is_some() && before == after || known.is_none() && after.is_none() {
                continue;
            }
            let meeting = &upcoming.meeting;
            let same_host = match (&before, &after) {
                (Some(before), Some(after)) => {
                    (before.host, &before.cohosts) == (after.host, &after.cohosts)
                }
                // Cancelled, or reinstated.
                _ => true,
            };
            let announced = same_host && announced.contains(&meeting.id);
            let by_invitation = meeting.invited_at.is_some();
            let difference = TurnDifference {
                before,
                after,
                changed_at: upcoming.deleted_at.unwrap_or(meeting.changed_at),
                meeting: meeting.clone(),
            };
            if known.is_none() || announced || by_invitation {
                found.quiet.push(difference);
            } else {
                found.news.push(difference);
            }
        }
        found
    }

    /// When the news is told: after the last change, as many minutes as the series waits for further ones.
    #[must_use]
    pub fn settled_at(&self, series: &Series) -> Option<Instant> {
        let last = self.news.iter().map(|one| one.changed_at).max()?;
        Some(series.settled_at(last))
    }
}

impl TurnHosts {
    fn new(host: Id<Municipality>, on: NaiveDate, cohosts: &[Id<Municipality>]) -> Self {
        let mut cohosts = cohosts.to_vec();
        // The order in which they were named does not matter.
        cohosts.sort_unstable();
        Self { host, on, cohosts }
    }

    fn of(meeting: &Meeting) -> Option<Self> {
        Some(Self::new(
            meeting.host_id?,
            meeting.date,
            &meeting.cohosts.0,
        ))
    }
}

fn hosts_of(upcoming: &UpcomingMeeting) -> Option<TurnHosts> {
    let status = upcoming.meeting.status;
    let takes_place = status.is_to_come();
    let exists = upcoming.deleted_at.is_none();
    TurnHosts::of(&upcoming.meeting).filter(|_| exists && takes_place)
}

/// The role of a municipality in a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnRole {
    /// The host.
    Host,
    /// A co-host.
    Cohost,
}

/// A turn of one municipality that was moved, added or removed.
#[derive(Debug, Clone)]
pub struct TurnChange {
    /// Its role.
    pub part: TurnRole,
    /// The day that was told; none if the turn is new.
    pub from: Option<NaiveDate>,
    /// The meeting of which that was told, as it is now.
    pub was: Option<Meeting>,
    /// The meeting in which it has that role now; none if the turn was removed.
    pub to: Option<Meeting>,
}

/// Pairs the turns that each municipality has lost with those it has gained: the same meeting on another day, else in
/// the order of time. Changes of co-hosts are not paired.
#[must_use]
pub fn changes(news: &[TurnDifference]) -> BTreeMap<Id<Municipality>, Vec<TurnChange>> {
    let part = TurnRole::Host;
    let mut lost: BTreeMap<Id<Municipality>, Vec<(NaiveDate, Meeting)>> = BTreeMap::new();
    let mut gained: BTreeMap<Id<Municipality>, Vec<Meeting>> = BTreeMap::new();
    let mut all: BTreeMap<Id<Municipality>, Vec<TurnChange>> = BTreeMap::new();
    for one in news {
        let (before, after) = (&one.before, &one.after);
        let host = |turn: &Option<TurnHosts>| turn.as_ref().map(|turn| (turn.host, turn.on));
        match (host(before), host(after)) {
            (Some((before, from)), Some((after, on))) if before == after => {
                if from != on {
                    all.entry(after).or_default().push(TurnChange {
                        part,
                        from: Some(from),
                        was: Some(one.meeting.clone()),
                        to: Some(one.meeting.clone()),
                    });
                }
            }
            (before, after) => {
                if let Some((host, day)) = before {
                    lost.entry(host)
                        .or_default()
                        .push((day, one.meeting.clone()));
                }
                if let Some((host, _)) = after {
                    gained.entry(host).or_default().push(one.meeting.clone());
                }
            }
        }
    }
    let hosts: BTreeSet<_> = lost.keys().chain(gained.keys()).copied().collect();
    for host in hosts {
        let mut days = lost.remove(&host).unwrap_or_default();
        days.sort_unstable_by_key(|(day, _)| *day);
        let meetings = gained.remove(&host).unwrap_or_default();
        let turns = all.entry(host).or_default();
        for place in 0..days.len().max(meetings.len()) {
            let (from, was) = days.get(place).cloned().unzip();
            let to = meetings.get(place).cloned();
            turns.push(TurnChange {
                part,
                from,
                was,
                to,
            });
        }
    }
    for one in news {
        for (cohost, moved) in cohosts(one) {
            all.entry(cohost).or_default().push(moved);
        }
    }
    all
}

/// The changes of the co-hosts of one meeting. A co-host that has become the host is notified of that only.
fn cohosts(one: &TurnDifference) -> Vec<(Id<Municipality>, TurnChange)> {
    let day_of = |turn: &Option<TurnHosts>, cohost: Id<Municipality>| {
        let turn = turn.as_ref().filter(|turn| turn.cohosts.contains(&cohost));
        turn.map(|turn| turn.on)
    };
    let ids =
        |turn: &Option<TurnHosts>| turn.iter().flat_map(|turn| turn.cohosts.clone()).collect();
    let (before, after): (BTreeSet<_>, BTreeSet<_>) = (ids(&one.before), ids(&one.after));
    let host = one.after.as_ref().map(|turn| turn.host);
    let concerned = before.union(&after).filter(|id| Some(**id) != host);
    concerned
        .filter_map(|&cohost| {
            let (from, to) = (day_of(&one.before, cohost), day_of(&one.after, cohost));
            let moved = TurnChange {
                part: TurnRole::Cohost,
                from,
                was: from.map(|_| one.meeting.clone()),
                to: to.map(|_| one.meeting.clone()),
            };
            (from != to).then_some((cohost, moved))
        })
        .collect()
}

/// Records that the present host of a meeting and the one before have just been notified.
pub fn told_now(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let known: Option<ToldTurn> = told_turns::table
        .filter(told_turns::cooperation_id.eq(who.cooperation()))
        .filter(told_turns::meeting_id.eq(meeting.id))
        .select(ToldTurn::as_select())
        .first(&mut **tx)
        .optional()?;
    let now = tx.now;
    let difference = TurnDifference {
        before: None,
        after: TurnHosts::of(meeting),
        changed_at: meeting.changed_at,
        meeting: meeting.clone(),
    };
    keep(tx, who, known.as_ref(), &difference, Some(now))
}

/// Records the hosts of a meeting; `told_at` is none if nobody is notified of them.
pub(super) fn keep(
    tx: &mut Tx,
    who: &impl Scope,
    known: Option<&ToldTurn>,
    difference: &TurnDifference,
    told_at: Option<Instant>,
) -> Result<()> {
    let now = tx.now;
    let (host, date, cohosts) = match &difference.after {
        Some(turn) => (Some(turn.host), turn.on, turn.cohosts.clone()),
        None => (None, difference.meeting.date, Vec::new()),
    };
    let told_at = told_at.map(|at| told_turns::told_at.eq(at));
    let columns = (
        told_turns::municipality_id.eq(host),
        told_turns::date.eq(date),
        told_turns::cohosts.eq(Json(cohosts)),
        told_turns::modified_at.eq(now),
        told_at,
    );
    if let Some(known) = known {
        diesel::update(told_turns::table.find(known.id))
            .set(columns)
            .execute(&mut **tx)?;
        return Ok(());
    }
    let id = tx.id::<ToldTurn>();
    diesel::insert_into(told_turns::table)
        .values((
            told_turns::id.eq(id),
            told_turns::cooperation_id.eq(who.cooperation()),
            told_turns::meeting_id.eq(difference.meeting.id),
            columns,
            told_turns::created_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}
