//! Requests to swap turns as the API shows them.
use std::collections::HashMap;

use chrono::{DateTime, FixedOffset};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::store::Case;
use super::{SwapAnswerState, SwapLapse, SwapRequest, SwapRequestState, swaps};
use crate::auth::Scope;
use crate::db::schema::people;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::meetings::Meeting;
use crate::meetings::confirmations::HostingWay;
use crate::municipalities::{self, Municipality, MunicipalityName};
use crate::people::Person;

/// A request to swap turns.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SwapRequest)]
pub struct SwapRequestView {
    /// Its key.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id<SwapRequest>,
    /// The meeting whose turn is offered; none if it was taken out.
    pub meeting: Option<SwapMeeting>,
    /// Who asks.
    pub municipality: MunicipalityName,
    /// The meeting that is wanted, or was given for it.
    pub partner_meeting: Option<SwapMeeting>,
    /// Why.
    pub reason: Option<String>,
    /// Whether it is meant in spite of blackout dates.
    pub nevertheless: bool,
    /// What became of it.
    pub state: SwapRequestState,
    /// Why it has expired.
    pub expired_because: Option<SwapLapse>,
    /// Who asked, if a person did.
    pub asked_by: Option<SwapPerson>,
    /// In which way.
    pub asked_way: HostingWay,
    /// When.
    pub asked_at: Instant,
    /// Those asked, and what they have answered.
    pub answers: Vec<SwapAnswerView>,
    /// When it came to its state.
    pub decided_at: Option<Instant>,
    /// Who brought it there, if a person did.
    pub decided_by: Option<SwapPerson>,
    /// In which way; none if time did.
    pub decided_way: Option<HostingWay>,
    /// Whether either side can still undo it.
    pub can_be_undone: bool,
    /// Counts its changes.
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

/// Somebody who has said something.
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
    /// Who was asked.
    pub municipality: MunicipalityName,
    /// What it has answered.
    pub state: SwapAnswerState,
    /// What it says to it.
    pub reason: Option<String>,
    /// When it answered.
    pub answered_at: Option<Instant>,
    /// Who answered for it, if a person did.
    pub answered_by: Option<SwapPerson>,
    /// In which way.
    pub way: Option<HostingWay>,
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
struct Names {
    municipalities: HashMap<Id<Municipality>, String>,
    people: HashMap<Id<Person>, String>,
}

impl Names {
    fn load(conn: &mut DbConn, who: &impl Scope, cases: &[Case]) -> Result<Self> {
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
    /// Shows requests as they are at `now`: one whose meeting has begun, say, is expired, whether or
    /// not that was noted already.
    pub fn all(
        conn: &mut DbConn,
        who: &impl Scope,
        cases: &[Case],
        now: Instant,
    ) -> Result<Vec<Self>> {
        let names = Names::load(conn, who, cases)?;
        let shown = cases.iter().map(|case| Self::new(case, &names, now));
        Ok(shown.collect())
    }

    fn new(case: &Case, names: &Names, now: Instant) -> Self {
        let request = &case.request;
        let lapse = match request.state {
            SwapRequestState::Open => swaps::lapse(case, now),
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
            can_be_undone: swaps::can_be_undone(case, now),
            revision: request.revision,
        }
    }
}
