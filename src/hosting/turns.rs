//! Who is told that turns have moved.
//!
//! What municipalities know of the hosts is kept for each meeting ahead of a series in use. A meeting
//! that is new is no news, and so are changes of which other mails tell. Any other difference makes
//! one mail to each municipality that has lost or gained a turn, or a part of one.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use diesel::prelude::*;

use super::notices;
use super::tasks::{Ahead, Situation};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::db::schema::told_turns;
use crate::db::{Id, Instant, Json};
use crate::error::Result;
use crate::meetings::{Meeting, Status};
use crate::municipalities::Municipality;

/// What is known of the hosts of a meeting.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = told_turns, check_for_backend(crate::db::MultiBackend))]
pub struct ToldTurn {
    /// Its key.
    pub id: Id<ToldTurn>,
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Who was to host it; nobody if it was off.
    pub municipality_id: Option<Id<Municipality>>,
    /// The local day on which it was to be.
    pub date: NaiveDate,
    /// Who was to host it together with the host.
    pub cohosts: Json<Vec<Id<Municipality>>>,
}

/// A turn: who hosts on which day, together with whom.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Turn {
    host: Id<Municipality>,
    on: NaiveDate,
    cohosts: Vec<Id<Municipality>>,
}

/// A meeting whose turn is another one than was told.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The meeting as it is.
    pub meeting: Meeting,
    before: Option<Turn>,
    after: Option<Turn>,
    changed_at: Instant,
}

/// How what is compares with what was told.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Differences that are told.
    pub news: Vec<Difference>,
    /// Those that are only noted: of new meetings, or told by other mails.
    pub quiet: Vec<Difference>,
}

impl Comparison {
    /// Compares the meetings ahead of a series in use.
    #[must_use]
    pub fn of(situation: &Situation) -> Self {
        let mut found = Self::default();
        for ahead in &situation.meetings {
            let known = situation.told.get(&ahead.meeting.id);
            let before = known
                .and_then(|row| Some(Turn::new(row.municipality_id?, row.date, &row.cohosts.0)));
            let after = turn_of(ahead);
            if known.is_some() && before == after || known.is_none() && after.is_none() {
                continue;
            }
            let meeting = &ahead.meeting;
            let same_host = match (&before, &after) {
                (Some(before), Some(after)) => {
                    (before.host, &before.cohosts) == (after.host, &after.cohosts)
                }
                // Off, or on again after all.
                _ => true,
            };
            let announced = same_host && situation.announced.contains(&meeting.id);
            let by_invitation = meeting.invited_at.is_some();
            let difference = Difference {
                before,
                after,
                changed_at: ahead.gone_at.unwrap_or(meeting.changed_at),
                meeting: meeting.clone(),
            };
            match known.is_none() || announced || by_invitation {
                true => found.quiet.push(difference),
                false => found.news.push(difference),
            }
        }
        found
    }

    /// When the news is told: when the series' window for changes is over after the last one.
    #[must_use]
    pub fn settled_at(&self, window_minutes: i32) -> Option<Instant> {
        let window = TimeDelta::minutes(window_minutes.into());
        let last = self.news.iter().map(|one| one.changed_at).max()?;
        Some((*last + window).into())
    }
}

impl Turn {
    fn new(host: Id<Municipality>, on: NaiveDate, cohosts: &[Id<Municipality>]) -> Self {
        let mut cohosts = cohosts.to_vec();
        // In which order they were named is no news.
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

fn turn_of(ahead: &Ahead) -> Option<Turn> {
    let takes_place = matches!(ahead.meeting.status, Status::Planned | Status::Invited);
    let is_there = ahead.gone_at.is_none() && takes_place;
    Turn::of(&ahead.meeting).filter(|_| is_there)
}

/// As what a municipality takes part in a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// It hosts.
    Host,
    /// It hosts together with the host.
    Cohost,
}

/// A turn of one municipality that has moved, is new, or is off.
#[derive(Debug, Clone)]
pub struct Moved {
    /// As what it takes part.
    pub part: Part,
    /// The day that was told.
    pub from: Option<NaiveDate>,
    /// The meeting in which it takes part so now.
    pub to: Option<Meeting>,
}

/// Pairs what each municipality has lost with what it has gained: the same meeting on another day,
/// else in the order of time. Parts of turns are told one by one.
#[must_use]
pub fn moved(news: &[Difference]) -> BTreeMap<Id<Municipality>, Vec<Moved>> {
    let part = Part::Host;
    let mut lost: BTreeMap<Id<Municipality>, Vec<NaiveDate>> = BTreeMap::new();
    let mut gained: BTreeMap<Id<Municipality>, Vec<Meeting>> = BTreeMap::new();
    let mut all: BTreeMap<Id<Municipality>, Vec<Moved>> = BTreeMap::new();
    for one in news {
        let (before, after) = (&one.before, &one.after);
        let host = |turn: &Option<Turn>| turn.as_ref().map(|turn| (turn.host, turn.on));
        match (host(before), host(after)) {
            (Some((before, from)), Some((after, on))) if before == after => {
                if from != on {
                    all.entry(after).or_default().push(Moved {
                        part,
                        from: Some(from),
                        to: Some(one.meeting.clone()),
                    });
                }
            }
            (before, after) => {
                if let Some((host, day)) = before {
                    lost.entry(host).or_default().push(day);
                }
                if let Some((host, _)) = after {
                    gained.entry(host).or_default().push(one.meeting.clone());
                }
            }
        }
    }
    for (host, mut days) in lost {
        days.sort_unstable();
        let mut meetings = gained.remove(&host).unwrap_or_default().into_iter();
        let turns = all.entry(host).or_default();
        for day in days {
            let (from, to) = (Some(day), meetings.next());
            turns.push(Moved { part, from, to });
        }
        turns.extend(meetings.map(|to| Moved {
            part,
            from: None,
            to: Some(to),
        }));
    }
    for (host, meetings) in gained {
        let new = meetings.into_iter().map(|to| Moved {
            part,
            from: None,
            to: Some(to),
        });
        all.entry(host).or_default().extend(new);
    }
    for one in news {
        for (cohost, moved) in cohosts(one) {
            all.entry(cohost).or_default().push(moved);
        }
    }
    all
}

/// The parts of one turn that have moved, are new, or are off. Who hosts now is told so, and not that it is no co-host any
/// more.
fn cohosts(one: &Difference) -> Vec<(Id<Municipality>, Moved)> {
    let day_of = |turn: &Option<Turn>, cohost: Id<Municipality>| {
        let turn = turn.as_ref().filter(|turn| turn.cohosts.contains(&cohost));
        turn.map(|turn| turn.on)
    };
    let ids = |turn: &Option<Turn>| turn.iter().flat_map(|turn| turn.cohosts.clone()).collect();
    let (before, after): (BTreeSet<_>, BTreeSet<_>) = (ids(&one.before), ids(&one.after));
    let host = one.after.as_ref().map(|turn| turn.host);
    let concerned = before.union(&after).filter(|id| Some(**id) != host);
    concerned
        .filter_map(|&cohost| {
            let (from, to) = (day_of(&one.before, cohost), day_of(&one.after, cohost));
            let moved = Moved {
                part: Part::Cohost,
                from,
                to: to.map(|_| one.meeting.clone()),
            };
            (from != to).then_some((cohost, moved))
        })
        .collect()
}

/// Tells each municipality whose turns have moved.
pub fn tell(tx: &mut Tx, who: &SystemActor, situation: &Situation) -> Result<()> {
    let Comparison { news, .. } = Comparison::of(situation);
    let now = tx.now;
    for one in &news {
        keep(tx, who, situation.told.get(&one.meeting.id), one, Some(now))?;
    }
    for (municipality, turns) in moved(&news) {
        notices::moved(tx, who, situation.series.id, (municipality, &turns))?;
    }
    Ok(())
}

/// Notes what is no news.
pub fn note(tx: &mut Tx, who: &SystemActor, situation: &Situation) -> Result<()> {
    for one in &Comparison::of(situation).quiet {
        keep(tx, who, situation.told.get(&one.meeting.id), one, None)?;
    }
    Ok(())
}

/// Notes that both who hosts a meeting now and who did before have just been told.
pub fn told_now(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<()> {
    let known: Option<ToldTurn> = told_turns::table
        .filter(told_turns::cooperation_id.eq(who.cooperation()))
        .filter(told_turns::meeting_id.eq(meeting.id))
        .select(ToldTurn::as_select())
        .first(&mut **tx)
        .optional()?;
    let now = tx.now;
    let difference = Difference {
        before: None,
        after: Turn::of(meeting),
        changed_at: meeting.changed_at,
        meeting: meeting.clone(),
    };
    keep(tx, who, known.as_ref(), &difference, Some(now))
}

fn keep(
    tx: &mut Tx,
    who: &impl Scope,
    known: Option<&ToldTurn>,
    difference: &Difference,
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
