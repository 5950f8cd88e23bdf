//! The plan of a series as it stands, and how it is decided anew.
use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::laid_out::{Dues, Ledger, Terms};
use super::optimum::Effort;
use super::plan::{self, Member, Plan, Planned, Slot};
use super::solutions::Solver;
use super::travel::Places;
use super::{State, Turn, cohosts, decided, standing};
use crate::auth::Scope;
use crate::db::schema::turns;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::meetings::{self, Meeting, Status};
use crate::municipalities::{self, Municipality};
use crate::series::{self, Series};

/// The meetings of a series, what the ledger says of each, and the plan that follows.
#[derive(Debug)]
pub struct Outlook {
    /// The meetings in the order of time.
    pub meetings: Vec<Meeting>,
    /// The latest entry of each meeting that has one.
    pub latest: HashMap<Id<Meeting>, Turn>,
    /// What the ledger says of the turn of each meeting.
    pub slots: Vec<Slot>,
    /// Whose turn the planned meetings are by the plan that was decided; empty where the plain order says it.
    pub dues: Dues,
    /// Who hosts when.
    pub plan: Plan,
}

impl Outlook {
    /// The turn of a meeting, unless it was given back.
    #[must_use]
    pub fn turn(&self, meeting: Id<Meeting>) -> Option<&Planned> {
        self.plan.turns.iter().find(|turn| turn.meeting == meeting)
    }

    /// Who hosts a meeting together with its host; once it has begun, who did.
    #[must_use]
    pub fn cohosts<'a>(&'a self, meeting: &'a Meeting, now: Instant) -> &'a [Id<Municipality>] {
        let takes_place = matches!(meeting.status, Status::Planned | Status::Invited);
        let turn = self
            .turn(meeting.id)
            .filter(|_| takes_place && meeting.starts_at > now);
        turn.map_or(&meeting.cohosts.0, |turn| &turn.cohosts)
    }

    /// Whose turn the planned meetings are by the plan that stands: as it was decided, as it was when their host was
    /// set, or else whoever hosts them.
    #[must_use]
    pub fn standing(&self) -> Dues {
        let due = |one: &Meeting| {
            let pinned = self
                .latest
                .get(&one.id)
                .filter(|turn| turn.state == State::Pinned);
            one.due_id
                .or(pinned.map_or(one.host_id, |turn| turn.due_id))
        };
        let planned = self
            .meetings
            .iter()
            .filter(|one| one.status == Status::Planned);
        planned
            .filter_map(|one| Some((one.id, due(one)?)))
            .collect()
    }

    /// The planned meetings whose time has come: planning leaves them alone.
    #[must_use]
    pub fn begun(&self, now: Instant) -> HashSet<Id<Meeting>> {
        begun(&self.meetings, now)
    }
}

/// Plans a series as of `now`.
pub fn outlook(
    conn: &mut DbConn,
    who: &impl Scope,
    of: Id<Series>,
    members: &[Member],
    now: Instant,
) -> Result<Outlook> {
    let meetings = meetings::store::of_series(conn, who, of)?;
    let entries: Vec<Turn> = turns::table
        .filter(turns::cooperation_id.eq(who.cooperation()))
        .filter(turns::series_id.eq(of))
        .order(turns::entry)
        .select(Turn::as_select())
        .load(conn)?;
    let mut latest: HashMap<Id<Meeting>, Turn> = HashMap::new();
    for entry in entries {
        let known = latest.remove(&entry.meeting_id);
        latest.insert(entry.meeting_id, cohosts::followed_by(known, entry));
    }
    let slots: Vec<Slot> = meetings
        .iter()
        .map(|meeting| Slot {
            meeting: meeting.id,
            on: meeting.date,
            standing: standing(meeting, latest.get(&meeting.id), now),
            cohosts: latest
                .get(&meeting.id)
                .map_or_else(Vec::new, |turn| turn.cohosts.0.clone()),
        })
        .collect();
    let dues = decided_dues(&meetings, now);
    let plan = if dues.is_empty() {
        plan::plan(members, &slots)
    } else {
        let series = series::store::find(conn, who, of)?;
        let terms = terms(conn, who, &series)?;
        let ledger = Ledger {
            members,
            slots: &slots,
            dues: &dues,
            begun: &begun(&meetings, now),
        };
        decided::plan(members, &slots, &ledger.lay_out(&terms), &dues)
    };
    Ok(Outlook {
        meetings,
        latest,
        slots,
        dues,
        plan,
    })
}

/// Nothing if no meeting ahead has a turn that was decided: then the plain order holds for all.
fn decided_dues(meetings: &[Meeting], now: Instant) -> Dues {
    if !meetings
        .iter()
        .any(|one| one.is_open(now) && one.due_id.is_some())
    {
        return Dues::new();
    }
    let planned = meetings.iter().filter(|one| one.status == Status::Planned);
    planned
        .filter_map(|one| Some((one.id, one.due_id?)))
        .collect()
}

fn begun(meetings: &[Meeting], now: Instant) -> HashSet<Id<Meeting>> {
    let begun = meetings.iter().filter(|one| !one.is_open(now));
    begun.map(|one| one.id).collect()
}

/// By what the hosts of a series are planned.
pub fn terms(conn: &mut DbConn, who: &impl Scope, series: &Series) -> Result<Terms> {
    let weights = series.host_weights.0.clone();
    let mut places = Places::default();
    if weights.travel > 0 {
        let venues = municipalities::venues::store::of_cooperation(conn, who)?;
        let open = venues.iter().filter(|(_, open)| *open);
        places = Places::of(open.map(|(venue, _)| venue));
    }
    Ok(Terms { weights, places })
}

/// Decides whose turn the open meetings of a series are, and puts it into `outlook`: by the plain order where nothing
/// speaks against it, and otherwise by the best plan that is found with this effort. Write it down with the meetings.
/// With [`Effort::Keep`] a plan that was decided goes over into the plain order only where both agree.
///
/// # Errors
/// If the solver gives up.
pub fn decide(
    members: &[Member],
    terms: &Terms,
    outlook: &mut Outlook,
    (effort, now): (Effort, Instant),
    solver: &Solver,
) -> Result<()> {
    let (standing, begun) = (outlook.standing(), outlook.begun(now));
    let ledger = Ledger {
        members,
        slots: &outlook.slots,
        dues: &standing,
        begun: &begun,
    };
    let is_plain = ledger.is_plain(terms);
    if is_plain && outlook.dues.is_empty() {
        return Ok(());
    }
    let order = plan::plan(members, &outlook.slots);
    if is_plain && effort == Effort::Thorough {
        (outlook.plan, outlook.dues) = (order, Dues::new());
        return Ok(());
    }
    let laid = ledger.lay_out(terms);
    // Without a plan that stands there is none to keep.
    let effort = match standing.is_empty() {
        true => Effort::Thorough,
        false => effort,
    };
    let dues = laid.dues_by(&solver.solve(&laid.problem, effort)?);
    let in_order = |(meeting, due): (&Id<Meeting>, &Id<Municipality>)| {
        let mut turns = order.turns.iter();
        turns.any(|turn| turn.meeting == *meeting && turn.due == Some(*due))
    };
    (outlook.plan, outlook.dues) = match is_plain && dues.iter().all(in_order) {
        true => (order, Dues::new()),
        false => (decided::plan(members, &outlook.slots, &laid, &dues), dues),
    };
    Ok(())
}
