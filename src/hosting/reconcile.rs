//! Does what is due about the turns of each series, as `forecast` finds it.
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use chrono::TimeDelta;
use diesel::prelude::*;

use super::conflicts::{self, Conflicts, SeenConflict};
use super::forecast::{HostingRecords, Situation, Task};
use super::store::{self, SwapCase};
use super::turns::{self, ToldTurn, UpcomingMeeting};
use super::{SwapRequest, SwapRequestState, host_confirmation, notices, swap_requests};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::cooperations::Cooperation;
use crate::db::schema::{
    host_confirmations, meeting_conflicts, meetings as meeting_rows, messages,
    series as series_rows, swap_requests as request_rows, told_turns,
};
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::invitations::steps::SAVE_THE_DATE;
use crate::meetings::MeetingStatus;
use crate::meetings::confirmations::HostConfirmation;
use crate::meetings::{self, Meeting};
use crate::reconcile::{Forecast, Look, Reconciler};
use crate::rotation;
use crate::rotation::plan::RotationMember;
use crate::series::Series;

/// Asks, reminds and notifies municipalities, and closes expired swap requests, series by series.
pub struct Hosting;

impl Reconciler for Hosting {
    type Item = Id<Series>;
    const NAME: &'static str = "hosting";
    const LOOK: Look = Look::AfterChanges;

    fn due(
        conn: &mut DbConn,
        of: &[Id<Cooperation>],
        now: Instant,
    ) -> Result<Forecast<Self::Item>> {
        let mut found = Forecast::default();
        for situation in situations(conn, of, now)? {
            let (cooperation, tasks) = (situation.cooperation, situation.tasks(now));
            if tasks.iter().any(|(at, _)| *at <= now) {
                found.due.push((cooperation, situation.series.id));
            }
            for (at, _) in tasks.into_iter().filter(|(at, _)| *at > now) {
                found.look_again(cooperation, at);
            }
        }
        Ok(found)
    }

    fn run(tx: &mut Tx, who: &SystemActor, series: Id<Series>) -> Result<bool> {
        let now = tx.now;
        let mut all = situations(tx, &[who.cooperation()], now)?.into_iter();
        let Some(situation) = all.find(|situation| situation.series.id == series) else {
            return Ok(false);
        };
        let mut due = situation.tasks(now);
        due.retain(|(at, _)| *at <= now);
        for (_, task) in &due {
            perform(tx, who, &situation, *task)?;
        }
        Ok(!due.is_empty())
    }
}

fn perform(tx: &mut Tx, who: &SystemActor, situation: &Situation, task: Task) -> Result<()> {
    match task {
        Task::NoteTurns => note_turns(tx, who, situation),
        Task::TellTurns => tell_turns(tx, who, situation),
        Task::Expire(case, why) => swap_requests::expire(tx, who, case, why),
        Task::FollowUp(case, days) => {
            store::followed_up(tx, &case.request, days)?;
            notices::follow_up(tx, who, case, days)
        }
        Task::AskHost(meeting) => host_confirmation::ask(tx, who, meeting),
        Task::WarnOfHost(meeting) => host_confirmation::warn(tx, who, meeting),
        Task::NoteConflicts => conflicts::note(tx, who, &situation.conflicts),
        Task::TellConflicts => conflicts::tell(tx, who, &situation.series, &situation.conflicts),
    }
}

/// Notifies each municipality whose turns have changed.
fn tell_turns(tx: &mut Tx, who: &SystemActor, situation: &Situation) -> Result<()> {
    let (now, news) = (tx.now, situation.comparison().news);
    for one in &news {
        let known = situation.records.told.get(&one.meeting.id);
        turns::keep(tx, who, known, one, Some(now))?;
    }
    for (municipality, turns) in turns::changes(&news) {
        notices::moved(tx, who, situation.series.id, (municipality, &turns))?;
    }
    Ok(())
}

/// Records the turns of which nobody is notified.
fn note_turns(tx: &mut Tx, who: &SystemActor, situation: &Situation) -> Result<()> {
    for one in &situation.comparison().quiet {
        let known = situation.records.told.get(&one.meeting.id);
        turns::keep(tx, who, known, one, None)?;
    }
    Ok(())
}

/// The series of some cooperations that are in use, or have an open swap request.
fn situations(conn: &mut DbConn, of: &[Id<Cooperation>], now: Instant) -> Result<Vec<Situation>> {
    let in_use: HashSet<_> = meetings::store::series_in_use(conn, of)?
        .into_iter()
        .collect();
    let mut requests = open_requests(conn, of)?;
    let rows: Vec<(Id<Cooperation>, Series)> = series_rows::table
        .filter(series_rows::cooperation_id.eq_any(of))
        .filter(series_rows::deleted_at.is_null())
        .order(series_rows::id)
        .select((series_rows::cooperation_id, Series::as_select()))
        .load(conn)?;
    let mut meetings = upcoming(conn, of, now)?;
    let records = Rc::new(records(conn, of, now)?);
    let mut passed = passed(conn, of, now)?;
    let seen = seen_conflicts(conn, of)?;
    let mut members: HashMap<Id<Cooperation>, Vec<RotationMember>> = HashMap::new();
    let mut found = Vec::new();
    for (cooperation, series) in rows {
        let is_in_use = in_use.contains(&series.id);
        let requests = requests.remove(&series.id).unwrap_or_default();
        if !is_in_use && requests.is_empty() {
            continue;
        }
        let meetings = meetings.remove(&series.id).filter(|_| is_in_use);
        let meetings = meetings.unwrap_or_default();
        let who = SystemActor::within(cooperation);
        let passed = passed.remove(&series.id).filter(|_| is_in_use);
        let passed = passed.unwrap_or_default();
        let members = match members.entry(cooperation) {
            Entry::Occupied(read) => read.into_mut(),
            Entry::Vacant(unread) => unread.insert(rotation::store::members(conn, &who)?),
        };
        let of_series = (&*meetings, &*passed, &*seen);
        let conflicts = Conflicts::load(conn, &who, (&series, members), of_series, now)?;
        found.push(Situation {
            cooperation,
            series,
            meetings,
            records: records.clone(),
            requests,
            conflicts,
        });
    }
    Ok(found)
}

fn open_requests(
    conn: &mut DbConn,
    of: &[Id<Cooperation>],
) -> Result<HashMap<Id<Series>, Vec<SwapCase>>> {
    let requests: Vec<SwapRequest> = request_rows::table
        .filter(request_rows::cooperation_id.eq_any(of))
        .filter(request_rows::state.eq(SwapRequestState::Open))
        .filter(request_rows::deleted_at.is_null())
        .order(request_rows::id)
        .select(SwapRequest::as_select())
        .load(conn)?;
    let mut found: HashMap<_, Vec<SwapCase>> = HashMap::new();
    for case in store::cases_of(conn, of, requests)? {
        found.entry(case.request.series_id).or_default().push(case);
    }
    Ok(found)
}

fn upcoming(
    conn: &mut DbConn,
    of: &[Id<Cooperation>],
    now: Instant,
) -> Result<HashMap<Id<Series>, Vec<UpcomingMeeting>>> {
    let rows: Vec<(Meeting, Option<Instant>)> = meeting_rows::table
        .filter(meeting_rows::cooperation_id.eq_any(of))
        .filter(meeting_rows::starts_at.gt(now))
        .order((meeting_rows::starts_at, meeting_rows::id))
        .select((Meeting::as_select(), meeting_rows::deleted_at))
        .load(conn)?;
    let mut found: HashMap<_, Vec<UpcomingMeeting>> = HashMap::new();
    for (meeting, deleted_at) in rows {
        let of_series = found.entry(meeting.series_id).or_default();
        of_series.push(UpcomingMeeting {
            meeting,
            deleted_at,
        });
    }
    Ok(found)
}

fn records(conn: &mut DbConn, of: &[Id<Cooperation>], now: Instant) -> Result<HostingRecords> {
    let told: Vec<ToldTurn> = told_turns::table
        .inner_join(meeting_rows::table.on(meeting_rows::id.eq(told_turns::meeting_id)))
        .filter(told_turns::cooperation_id.eq_any(of))
        .filter(meeting_rows::starts_at.gt(now))
        .select(ToldTurn::as_select())
        .load(conn)?;
    let announced: Vec<Id<Meeting>> = messages::table
        .inner_join(meeting_rows::table.on(messages::meeting_id.eq(meeting_rows::id.nullable())))
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
    Ok(HostingRecords {
        told: told.into_iter().map(|row| (row.meeting_id, row)).collect(),
        announced: announced.into_iter().collect(),
        confirmations: confirmations.map(|row| (row.meeting_id, row)).collect(),
    })
}

/// The meetings of the last year that are over and to which nobody was invited.
fn passed(
    conn: &mut DbConn,
    of: &[Id<Cooperation>],
    now: Instant,
) -> Result<HashMap<Id<Series>, Vec<Meeting>>> {
    let a_year_ago = Instant::from(*now - TimeDelta::days(365));
    let rows: Vec<Meeting> = meeting_rows::table
        .filter(meeting_rows::cooperation_id.eq_any(of))
        .filter(meeting_rows::status.eq(MeetingStatus::Planned))
        .filter(meeting_rows::ends_at.le(now))
        .filter(meeting_rows::ends_at.gt(a_year_ago))
        .filter(meeting_rows::deleted_at.is_null())
        .order((meeting_rows::starts_at, meeting_rows::id))
        .select(Meeting::as_select())
        .load(conn)?;
    let mut found: HashMap<_, Vec<Meeting>> = HashMap::new();
    for meeting in rows {
        found.entry(meeting.series_id).or_default().push(meeting);
    }
    Ok(found)
}

fn seen_conflicts(conn: &mut DbConn, of: &[Id<Cooperation>]) -> Result<Vec<SeenConflict>> {
    Ok(meeting_conflicts::table
        .filter(meeting_conflicts::cooperation_id.eq_any(of))
        .select(SeenConflict::as_select())
        .load(conn)?)
}
