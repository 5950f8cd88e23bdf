//! Does what time brings in the turns of all series. May run at any time, on any instance, twice as
//! well.
use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::conflicts::{Conflicts, SeenConflict};
use super::store::{self, Case};
use super::tasks::{Ahead, Situation, Task};
use super::turns::{self, ToldTurn};
use super::{SwapRequest, SwapRequestState, confirmations, conflicts, notices, swaps};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::cooperations::{self, Cooperation};
use crate::db::schema::{
    day_conflicts, host_confirmations, meetings as meeting_rows, messages, series as series_rows,
    swap_requests, told_turns,
};
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::invitations::steps::SAVE_THE_DATE;
use crate::meetings::confirmations::HostConfirmation;
use crate::meetings::{self, Meeting};
use crate::series::Series;

/// What is to be done in some cooperations, and when there is more.
#[derive(Debug, Default)]
pub struct Outlook {
    /// The series with something to be done now.
    pub due: Vec<(Id<Cooperation>, Id<Series>)>,
    /// When the next task of a cooperation comes, if nothing is written before.
    pub next: HashMap<Id<Cooperation>, Instant>,
}

/// Looks at the series of some cooperations.
pub fn outlook(conn: &mut DbConn, of: &[Id<Cooperation>], now: Instant) -> Result<Outlook> {
    let mut found = Outlook::default();
    for situation in situations(conn, of, now)? {
        let tasks = situation.tasks(now);
        if tasks.iter().any(|(at, _)| *at <= now) {
            found.due.push((situation.cooperation, situation.series.id));
        }
        let next = tasks.iter().map(|(at, _)| *at).filter(|at| *at > now).min();
        if let Some(at) = next {
            let known = found.next.entry(situation.cooperation).or_insert(at);
            *known = at.min(*known);
        }
    }
    Ok(found)
}

/// Does what is due in a series. How many tasks that were.
pub fn take(tx: &mut Tx, who: &SystemActor, series: Id<Series>) -> Result<usize> {
    let now = tx.now;
    let mut all = situations(tx, &[who.cooperation()], now)?;
    all.retain(|situation| situation.series.id == series);
    let Some(situation) = all.pop() else {
        return Ok(0);
    };
    let mut due = situation.tasks(now);
    due.retain(|(at, _)| *at <= now);
    for (_, task) in &due {
        perform(tx, who, &situation, *task)?;
    }
    if !due.is_empty() {
        cooperations::store::bump_generation(tx, who.cooperation())?;
    }
    Ok(due.len())
}

fn perform(tx: &mut Tx, who: &SystemActor, situation: &Situation, task: Task) -> Result<()> {
    let case = |id| situation.requests.iter().find(|case| case.request.id == id);
    let meeting = |id| {
        let mut meetings = situation.meetings.iter().map(|ahead| &ahead.meeting);
        meetings.find(|meeting| meeting.id == id)
    };
    match task {
        Task::Note => turns::note(tx, who, situation),
        Task::Tell => turns::tell(tx, who, situation),
        Task::Expire(id, why) => case(id).map_or(Ok(()), |case| {
            swaps::expire(tx, who, situation.series.id, (case, why))
        }),
        Task::FollowUp(id, days) => case(id).map_or(Ok(()), |case| {
            store::followed_up(tx, &case.request, days)?;
            notices::follow_up(tx, who, case, days)
        }),
        Task::AskHost(id) => {
            meeting(id).map_or(Ok(()), |meeting| confirmations::ask(tx, who, meeting))
        }
        Task::Warn(id) => {
            meeting(id).map_or(Ok(()), |meeting| confirmations::warn(tx, who, meeting))
        }
        Task::NoteConflicts => conflicts::note(tx, who, &situation.conflicts),
        Task::TellConflicts => conflicts::tell(tx, who, situation),
    }
}

/// The series of some cooperations that are in use, or have an open request to swap turns.
fn situations(conn: &mut DbConn, of: &[Id<Cooperation>], now: Instant) -> Result<Vec<Situation>> {
    let live: HashSet<_> = meetings::store::series_in_use(conn, of)?
        .into_iter()
        .collect();
    let mut requests = open_requests(conn, of)?;
    let rows: Vec<(Id<Cooperation>, Series)> = series_rows::table
        .filter(series_rows::cooperation_id.eq_any(of))
        .filter(series_rows::deleted_at.is_null())
        .order(series_rows::id)
        .select((series_rows::cooperation_id, Series::as_select()))
        .load(conn)?;
    let mut meetings = ahead(conn, of, now)?;
    let mut known = Known::load(conn, of, now)?;
    let mut found = Vec::new();
    for (cooperation, series) in rows {
        let requests = requests.remove(&series.id).unwrap_or_default();
        let meetings = meetings.remove(&series.id).unwrap_or_default();
        if !live.contains(&series.id) && requests.is_empty() {
            continue;
        }
        let meetings = match live.contains(&series.id) {
            true => meetings,
            false => Vec::new(),
        };
        let ahead = (&*meetings, &mut known.conflicts);
        let conflicts =
            Conflicts::load(conn, &SystemActor::within(cooperation), &series, ahead, now)?;
        let situation = known.of(cooperation, series, meetings, requests);
        found.push(Situation {
            conflicts,
            ..situation
        });
    }
    Ok(found)
}

fn open_requests(
    conn: &mut DbConn,
    of: &[Id<Cooperation>],
) -> Result<HashMap<Id<Series>, Vec<Case>>> {
    let rows: Vec<(Id<Cooperation>, Id<Series>, SwapRequest)> = swap_requests::table
        .filter(swap_requests::cooperation_id.eq_any(of))
        .filter(swap_requests::state.eq(SwapRequestState::Open))
        .filter(swap_requests::deleted_at.is_null())
        .order(swap_requests::id)
        .select((
            swap_requests::cooperation_id,
            swap_requests::series_id,
            SwapRequest::as_select(),
        ))
        .load(conn)?;
    let mut found: HashMap<_, Vec<Case>> = HashMap::new();
    for (cooperation, series, request) in rows {
        let cases = store::cases(conn, &SystemActor::within(cooperation), vec![request])?;
        found.entry(series).or_default().extend(cases);
    }
    Ok(found)
}

fn ahead(
    conn: &mut DbConn,
    of: &[Id<Cooperation>],
    now: Instant,
) -> Result<HashMap<Id<Series>, Vec<Ahead>>> {
    let rows: Vec<(Meeting, Option<Instant>)> = meeting_rows::table
        .filter(meeting_rows::cooperation_id.eq_any(of))
        .filter(meeting_rows::starts_at.gt(now))
        .order((meeting_rows::starts_at, meeting_rows::id))
        .select((Meeting::as_select(), meeting_rows::deleted_at))
        .load(conn)?;
    let mut found: HashMap<_, Vec<Ahead>> = HashMap::new();
    for (meeting, gone_at) in rows {
        let ahead = Ahead { meeting, gone_at };
        found
            .entry(ahead.meeting.series_id)
            .or_default()
            .push(ahead);
    }
    Ok(found)
}

/// What is kept of meetings ahead.
struct Known {
    told: HashMap<Id<Meeting>, ToldTurn>,
    announced: HashSet<Id<Meeting>>,
    confirmations: HashMap<Id<Meeting>, HostConfirmation>,
    conflicts: HashMap<Id<Meeting>, SeenConflict>,
}

impl Known {
    fn load(conn: &mut DbConn, of: &[Id<Cooperation>], now: Instant) -> Result<Self> {
        let told: Vec<ToldTurn> = told_turns::table
            .inner_join(meeting_rows::table.on(meeting_rows::id.eq(told_turns::meeting_id)))
            .filter(told_turns::cooperation_id.eq_any(of))
            .filter(meeting_rows::starts_at.gt(now))
            .select(ToldTurn::as_select())
            .load(conn)?;
        let announced: Vec<Id<Meeting>> = messages::table
            .inner_join(
                meeting_rows::table.on(messages::meeting_id.eq(meeting_rows::id.nullable())),
            )
            .filter(messages::cooperation_id.eq_any(of))
            .filter(messages::kind.eq(SAVE_THE_DATE))
            .filter(meeting_rows::starts_at.gt(now))
            .filter(meeting_rows::invited_at.is_null())
            .select(meeting_rows::id)
            .distinct()
            .load(conn)?;
        let confirmations: Vec<HostConfirmation> = host_confirmations::table
            .inner_join(meeting_rows::table.on(meeting_rows::id.eq(host_confirmations::meeting_id)))
            .filter(host_confirmations::cooperation_id.eq_any(of))
            .filter(host_confirmations::deleted_at.is_null())
            .filter(meeting_rows::starts_at.gt(now))
            .select(HostConfirmation::as_select())
            .load(conn)?;
        let confirmations = confirmations.into_iter();
        let conflicts: Vec<SeenConflict> = day_conflicts::table
            .inner_join(meeting_rows::table.on(meeting_rows::id.eq(day_conflicts::meeting_id)))
            .filter(day_conflicts::cooperation_id.eq_any(of))
            .filter(meeting_rows::starts_at.gt(now))
            .select(SeenConflict::as_select())
            .load(conn)?;
        let conflicts = conflicts.into_iter();
        Ok(Self {
            conflicts: conflicts.map(|row| (row.meeting_id, row)).collect(),
            told: told.into_iter().map(|row| (row.meeting_id, row)).collect(),
            announced: announced.into_iter().collect(),
            confirmations: confirmations.map(|row| (row.meeting_id, row)).collect(),
        })
    }

    /// A series with its part of that.
    fn of(
        &mut self,
        cooperation: Id<Cooperation>,
        series: Series,
        meetings: Vec<Ahead>,
        requests: Vec<Case>,
    ) -> Situation {
        let mut situation = Situation {
            cooperation,
            series,
            meetings,
            told: HashMap::new(),
            announced: HashSet::new(),
            confirmations: HashMap::new(),
            requests,
            conflicts: Conflicts::default(),
        };
        for Ahead { meeting, .. } in &situation.meetings {
            let id = meeting.id;
            situation
                .told
                .extend(self.told.remove(&id).map(|row| (id, row)));
            situation.announced.extend(self.announced.take(&id));
            let said = self.confirmations.remove(&id);
            situation.confirmations.extend(said.map(|row| (id, row)));
        }
        situation
    }
}
