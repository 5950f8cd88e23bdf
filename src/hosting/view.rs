//! Swap requests as the API shows them.
use std::collections::HashMap;

use chrono::{DateTime, FixedOffset};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::store::SwapCase;
use super::{SwapAnswerState, SwapLapse, SwapRequest, SwapRequestState, swap_requests};
use crate::auth::Scope;
use crate::db::schema::people;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::meetings::Meeting;
use crate::meetings::confirmations::HostingChannel;
use crate::municipalities::{self, Municipality, MunicipalityName};
use crate::people::Person;

/// A request to swap turns.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SwapRequest)]
pub struct SwapRequestView {
    /// Its key.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<SwapRequest>,
    /// The meeting whose turn is offered; none if it was deleted.
    pub meeting: Option<SwapMeeting>,
    /// The municipality that asks.
    pub municipality: MunicipalityName,
    /// The meeting that is wanted, or was given, in return.
    pub partner_meeting: Option<SwapMeeting>,
    /// Why.
    pub reason: Option<String>,
    /// Whether blackouts are ignored.
    pub nevertheless: bool,
    /// Its state.
    pub state: SwapRequestState,
    /// Why it has expired.
    pub expired_because: Option<SwapLapse>,
    /// Who asked, if a person did.
    pub asked_by: Option<SwapPerson>,
    /// The channel through which that was done.
    pub asked_way: HostingChannel,
    /// When that was done.
    pub asked_at: Instant,
    /// The municipalities that were asked, and their answers.
    pub answers: Vec<SwapAnswerView>,
    /// When it reached its state.
    pub decided_at: Option<Instant>,
    /// Who caused that, if a person did.
    pub decided_by: Option<SwapPerson>,
    /// The channel through which that was done; none if it expired.
    pub decided_way: Option<HostingChannel>,
    /// Whether either municipality can still undo it.
    pub can_be_undone: bool,
    /// The number of its changes.
    pub revision: i32,
}

/// A meeting of a request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SwapMeeting {
    /// Its key.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<Meeting>,
    /// Its number in the series.
    pub number: i32,
    /// Its start, with the offset of the local clock.
    pub starts_at: DateTime<FixedOffset>,
}

/// A person who made or answered a request.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SwapPerson {
    /// The key.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<Person>,
    /// Given and family name.
    pub name: String,
}

/// A municipality that was asked, and its answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SwapAnswer)]
pub struct SwapAnswerView {
    /// The municipality.
    pub municipality: MunicipalityName,
    /// Its answer.
    pub state: SwapAnswerState,
    /// Its reason.
    pub reason: Option<String>,
    /// When it answered.
    pub answered_at: Option<Instant>,
    /// Who answered for it, if a person did.
    pub answered_by: Option<SwapPerson>,
    /// The channel through which that was done.
    pub way: Option<HostingChannel>,
}

impl From<&Meeting> for SwapMeeting {
    fn from(meeting: &Meeting) -> Self {
        Self {
            id: meeting.id,
            number: meeting.number,
            starts_at: meeting.starts_at_locally(),
        }
    }
}

/// The names behind the keys.
struct SwapNames {
    municipalities: HashMap<Id<Municipality>, String>,
    people: HashMap<Id<Person>, String>,
}

impl SwapNames {
    fn load(conn: &mut DbConn, who: &impl Scope, cases: &[SwapCase]) -> Result<Self> {
        let said = cases.iter().flat_map(|case| {
            let request = [case.request.asked_by_id, case.request.decided_by_id];
            let answers = case.answers.iter().map(|answer| answer.person_id);
            request.into_iter().chain(answers).flatten()
        });
        let ids: Vec<Id<Person>> = said.collect();
        let rows: Vec<(Id<Person>, String, String)> = people::table
            .filter(people::cooperation_id.eq(who.cooperation()))
            .filter(people::id.eq_any(ids))
            .select((people::id, people::given_name, people::family_name))
            .load(conn)?;
        let all = municipalities::store::all(conn, who)?.into_iter();
        let name = |(id, given, family): (_, String, String)| (id, format!("{given} {family}"));
        Ok(Self {
            municipalities: all.map(|one| (one.id, one.name)).collect(),
            people: rows.into_iter().map(name).collect(),
        })
    }

    fn municipality(&self, id: Id<Municipality>) -> MunicipalityName {
        let name = self.municipalities.get(&id).cloned().unwrap_or_default();
        MunicipalityName { id, name }
    }

    fn person(&self, id: Option<Id<Person>>) -> Option<SwapPerson> {
        let id = id?;
        let name = self.people.get(&id).cloned().unwrap_or_default();
        Some(SwapPerson { id, name })
    }
}

impl SwapRequestView {
    /// Shows requests as they are at `now`: one whose meeting has begun, for example, is expired even if that is not
    /// recorded yet.
    pub fn all(
        conn: &mut DbConn,
        who: &impl Scope,
        cases: &[SwapCase],
        now: Instant,
    ) -> Result<Vec<Self>> {
        let names = SwapNames::load(conn, who, cases)?;
        let shown = cases.iter().map(|case| Self::new(case, &names, now));
        Ok(shown.collect())
    }

    fn new(case: &SwapCase, names: &SwapNames, now: Instant) -> Self {
        let request = &case.request;
        let lapse = match request.state {
            SwapRequestState::Open => swap_requests::lapse(case, now),
            _ => None,
        };
        let answers = case.answers.iter().map(|answer| SwapAnswerView {
            municipality: names.municipality(answer.municipality_id),
            state: answer.state,
            reason: answer.reason.clone(),
            answered_at: answer.answered_at,
            answered_by: names.person(answer.person_id),
            way: answer.way,
        });
        Self {
            id: request.id,
            meeting: case.meeting.as_ref().map(Into::into),
            municipality: names.municipality(request.municipality_id),
            partner_meeting: case.partner.as_ref().map(Into::into),
            reason: request.reason.clone(),
            nevertheless: request.nevertheless,
            state: match lapse {
                Some(_) => SwapRequestState::Expired,
                None => request.state,
            },
            expired_because: request.lapse.or(lapse),
            asked_by: names.person(request.asked_by_id),
            asked_way: request.asked_way,
            asked_at: request.created_at,
            answers: answers.collect(),
            decided_at: request.decided_at,
            decided_by: names.person(request.decided_by_id),
            decided_way: request.decided_way,
            can_be_undone: swap_requests::can_be_undone(case, now),
            revision: request.revision,
        }
    }
}
