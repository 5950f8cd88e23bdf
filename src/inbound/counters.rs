//! Other times that invited people propose (METHOD:COUNTER, RFC 5546 section 3.2.7): kept until host
//! or coordinator accepts one, which moves the meeting, or declines it.
use chrono::{DateTime, FixedOffset, SubsecRound, TimeDelta, Timelike};
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::InboundMail;
use super::counter_letters;
use crate::Tx;
use crate::attendance::answers;
use crate::auth::{Host, Scope};
use crate::cooperations::one_line;
use crate::db::schema::{counter_proposals, people};
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::http::body::ExpectedRevision;
use crate::invitations::context::MeetingContext;
use crate::meetings::{self, Meeting, MeetingPatch, span};
use crate::people::Person;
use crate::people::on_day::PersonOnDay;
use crate::word_enum;

/// A meeting has at most so many open proposals.
const MAX_OPEN: i64 = 50;
/// The shortest and the longest meeting that can be proposed, in minutes.
const MINUTES: std::ops::RangeInclusive<i64> = 5..=1440;
/// As long as a comment to an answer may be, in characters.
const COMMENT: usize = 1000;
/// How far ahead a proposal may be.
const AHEAD: TimeDelta = TimeDelta::days(366);

word_enum! {
    /// What became of a proposal.
    #[schema(as = CounterProposalState)]
    pub enum ProposalState {
        /// Nobody has decided.
        Open = "open",
        /// The meeting was moved to it.
        Accepted = "accepted",
        /// It was declined, and the person told so.
        Declined = "declined",
        /// The same person has proposed something else, or another proposal was accepted.
        Superseded = "superseded",
        /// The meeting was held or cancelled.
        Lapsed = "lapsed",
    }
}

/// A proposal.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = counter_proposals, check_for_backend(crate::db::MultiBackend))]
pub struct CounterProposal {
    /// Its key.
    pub id: Id<CounterProposal>,
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Who proposes it.
    pub person_id: Id<Person>,
    /// When the meeting would begin; a whole minute.
    pub starts_at: Instant,
    /// When it would end; a whole minute.
    pub ends_at: Instant,
    /// What the person says to it.
    pub comment: Option<String>,
    /// What became of it.
    pub state: ProposalState,
    /// When that was decided.
    pub decided_at: Option<Instant>,
    /// Counts its changes.
    pub revision: i32,
    /// When it came.
    pub created_at: Instant,
}

/// What somebody proposes.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// The mail that it came with.
    pub mail: Id<InboundMail>,
    /// When the meeting would begin; seconds are left out.
    pub starts_at: Instant,
    /// When it would end; seconds are left out.
    pub ends_at: Instant,
    /// What the person says to it; what is too long is cut.
    pub comment: Option<String>,
}

/// A proposal as the API shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CounterProposal)]
pub struct ProposalView {
    /// Its key.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<CounterProposal>,
    /// The meeting.
    #[schema(value_type = uuid::Uuid)]
    pub meeting_id: Id<Meeting>,
    /// Who proposes it.
    #[schema(value_type = uuid::Uuid)]
    pub person_id: Id<Person>,
    /// Given and family name.
    pub name: String,
    /// When the meeting would begin, with the offset of its local clock.
    pub starts_at: DateTime<FixedOffset>,
    /// When it would end.
    pub ends_at: DateTime<FixedOffset>,
    /// What the person says to it.
    pub comment: Option<String>,
    /// What became of it.
    pub state: ProposalState,
    /// When it came.
    pub proposed_at: Instant,
    /// When somebody decided, or it became pointless.
    pub decided_at: Option<Instant>,
    /// Counts its changes.
    pub revision: i32,
}

/// Why a proposal is declined.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Declining {
    /// In words, for who proposed it.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    pub reason: Option<String>,
}

/// Whether a meeting may be proposed from `starts_at` to `ends_at`.
///
/// # Errors
/// A conflict with the rule that stands against it: `order`, `too_short`, `too_long`, `past` or
/// `too_far`.
pub fn check(starts_at: Instant, ends_at: Instant, now: Instant) -> Result<()> {
    let minutes = (*ends_at - *starts_at).num_minutes();
    let wrong = [
        (
            ends_at <= starts_at,
            "order",
            "the end must be after the start",
        ),
        (
            minutes < *MINUTES.start(),
            "too_short",
            "at least five minutes",
        ),
        (minutes > *MINUTES.end(), "too_long", "at most 24 hours"),
        (starts_at <= now, "past", "the time proposed is over"),
        (*starts_at > *now + AHEAD, "too_far", "at most a year ahead"),
    ];
    match wrong.into_iter().find(|(is_wrong, ..)| *is_wrong) {
        Some((_, rule, words)) => Err(Error::conflict(rule, words)),
        None => Ok(()),
    }
}

/// Keeps that an invited person proposes another time, in place of what the same person proposed
/// before, and tells the host's delegates and the coordinators. All that stands against it is found
/// before anything is written.
///
/// # Errors
/// A conflict as for [`check`]; if it is the time that the meeting has (`same_time`), the person
/// could not answer ([`answers::may_answer`]), or there are too many proposals.
pub fn propose(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    person: Id<Person>,
    proposed: &Proposed,
) -> Result<Id<CounterProposal>> {
    let (id, now, settings) = (tx.id::<CounterProposal>(), tx.now, tx.settings);
    let (starts_at, ends_at) = (minute(proposed.starts_at), minute(proposed.ends_at));
    check(starts_at, ends_at, now)?;
    if (starts_at, ends_at) == (meeting.starts_at, meeting.ends_at) {
        let words = "this is when the meeting takes place";
        return Err(Error::conflict("same_time", words));
    }
    answers::may_answer(tx, who, meeting, person, now)?;
    let others: i64 = counter_proposals::table
        .filter(counter_proposals::cooperation_id.eq(who.cooperation()))
        .filter(counter_proposals::meeting_id.eq(meeting.id))
        .filter(counter_proposals::state.eq(ProposalState::Open))
        .filter(counter_proposals::person_id.ne(person))
        .count()
        .get_result(&mut **tx)?;
    if others >= MAX_OPEN {
        let words = format!("a meeting has at most {MAX_OPEN} open proposals");
        return Err(Error::conflict("too_many", words));
    }
    supersede(tx, who, meeting.id, Some(person))?;
    let comment = proposed.comment.as_deref().map(str::trim);
    let comment = comment.filter(|text| !text.is_empty());
    let comment = comment.map(|text| text.chars().take(COMMENT).collect::<String>());
    diesel::insert_into(counter_proposals::table)
        .values((
            counter_proposals::id.eq(id),
            counter_proposals::cooperation_id.eq(who.cooperation()),
            counter_proposals::meeting_id.eq(meeting.id),
            counter_proposals::person_id.eq(person),
            counter_proposals::inbound_mail_id.eq(proposed.mail),
            counter_proposals::starts_at.eq(starts_at),
            counter_proposals::ends_at.eq(ends_at),
            counter_proposals::comment.eq(comment),
            counter_proposals::state.eq(ProposalState::Open),
            counter_proposals::created_at.eq(now),
            counter_proposals::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    let context = MeetingContext::load(tx, who, settings, meeting.clone(), now)?;
    let row = find(tx, who, meeting.id, id)?;
    counter_letters::tell_hosts(tx, who, &context, &row)?;
    Ok(id)
}

fn minute(at: Instant) -> Instant {
    let at = at.trunc_subsecs(0);
    at.with_second(0).unwrap_or(at).into()
}

/// The proposals for a meeting in the order in which they came.
pub fn page(
    conn: &mut DbConn,
    who: &Host,
    meeting: &Meeting,
    after: Option<Id<CounterProposal>>,
    limit: i64,
) -> Result<Vec<ProposalView>> {
    let mut query = counter_proposals::table
        .inner_join(people::table.on(people::id.eq(counter_proposals::person_id)))
        .filter(counter_proposals::cooperation_id.eq(who.cooperation()))
        .filter(counter_proposals::meeting_id.eq(meeting.id))
        .order(counter_proposals::id)
        .limit(limit)
        .select((
            CounterProposal::as_select(),
            people::given_name,
            people::family_name,
        ))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(counter_proposals::id.gt(after));
    }
    let rows: Vec<(CounterProposal, String, String)> = query.load(conn)?;
    let zone = meeting.zone();
    Ok(rows
        .into_iter()
        .map(|(row, given, family)| row.shown(format!("{given} {family}"), zone))
        .collect())
}

impl CounterProposal {
    fn shown(self, name: String, zone: Tz) -> ProposalView {
        let local = |at: Instant| at.with_timezone(&zone).fixed_offset();
        ProposalView {
            id: self.id,
            meeting_id: self.meeting_id,
            person_id: self.person_id,
            name,
            starts_at: local(self.starts_at),
            ends_at: local(self.ends_at),
            comment: self.comment,
            state: self.state,
            proposed_at: self.created_at,
            decided_at: self.decided_at,
            revision: self.revision,
        }
    }

    fn is_open(&self) -> Result<()> {
        match self.state {
            ProposalState::Open => Ok(()),
            state => Err(Error::conflict(
                "state",
                format!("this proposal is {state}"),
            )),
        }
    }
}

fn find(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
    id: Id<CounterProposal>,
) -> Result<CounterProposal> {
    Ok(counter_proposals::table
        .find(id)
        .filter(counter_proposals::cooperation_id.eq(who.cooperation()))
        .filter(counter_proposals::meeting_id.eq(meeting))
        .select(CounterProposal::as_select())
        .first(conn)?)
}

/// Moves the meeting to the time proposed, as if host or coordinator had done it by hand: everybody
/// invited is told of the move. What others had proposed was about the time that is given up, and is
/// superseded.
///
/// # Errors
/// [`Error::NotFound`]; a conflict if the proposal is not open, its time is over or cannot be said in
/// the meeting's zone (`ambiguous`), or the meeting cannot be moved any more.
pub fn accept(tx: &mut Tx, who: &Host, meeting: &Meeting, id: Id<CounterProposal>) -> Result<()> {
    let row = find(tx, who, meeting.id, id)?;
    row.is_open()?;
    check(row.starts_at, row.ends_at, tx.now)?;
    let local = row.starts_at.with_timezone(&meeting.zone()).naive_local();
    let minutes = (*row.ends_at - *row.starts_at).num_minutes();
    let minutes = i32::try_from(minutes).unwrap_or(i32::MAX);
    if span(local, meeting.zone(), minutes) != (row.starts_at, row.ends_at) {
        let words = "there are two such times on this day, and the meeting would take the other";
        return Err(Error::conflict("ambiguous", words));
    }
    let patch = MeetingPatch {
        date: Some(local.date()),
        start_time: Some(local.time()),
        duration_minutes: Some(minutes),
        ..MeetingPatch::default()
    };
    meetings::changes::change(tx, who, meeting, &patch)?;
    decide(tx, &row, ProposalState::Accepted)?;
    supersede(tx, who, meeting.id, None)
}

/// Declines a proposal: the person is told so by a calendar mail (RFC 5546 section 3.2.8), and the
/// meeting stays.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; a conflict if the proposal is not open.
pub fn decline(
    tx: &mut Tx,
    who: &Host,
    meeting: &Meeting,
    (id, expected): (Id<CounterProposal>, ExpectedRevision),
    declining: &Declining,
) -> Result<ProposalView> {
    let (now, settings) = (tx.now, tx.settings);
    let row = find(tx, who, meeting.id, id)?;
    expected.check(row.revision)?;
    row.is_open()?;
    decide(tx, &row, ProposalState::Declined)?;
    let context = MeetingContext::load(tx, who, settings, meeting.clone(), now)?;
    counter_letters::tell_declined(tx, who, &context, &row, declining.reason.as_deref())?;
    let person = context.people.get(&row.person_id);
    let name = person.map(PersonOnDay::name).unwrap_or_default();
    Ok(find(tx, who, meeting.id, id)?.shown(name, meeting.zone()))
}

fn decide(tx: &mut Tx, row: &CounterProposal, state: ProposalState) -> Result<()> {
    let now = tx.now;
    diesel::update(counter_proposals::table.find(row.id))
        .set((
            counter_proposals::state.eq(state),
            counter_proposals::decided_at.eq(now),
            counter_proposals::modified_at.eq(now),
            counter_proposals::revision.eq(row.revision + 1),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Something else has taken the place of what is open, of one person or of all.
fn supersede(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: Id<Meeting>,
    of: Option<Id<Person>>,
) -> Result<()> {
    let open: Vec<CounterProposal> = counter_proposals::table
        .filter(counter_proposals::cooperation_id.eq(who.cooperation()))
        .filter(counter_proposals::meeting_id.eq(meeting))
        .filter(counter_proposals::state.eq(ProposalState::Open))
        .order(counter_proposals::id)
        .select(CounterProposal::as_select())
        .load(&mut **tx)?;
    for row in open {
        if of.is_none_or(|of| of == row.person_id) {
            decide(tx, &row, ProposalState::Superseded)?;
        }
    }
    Ok(())
}
