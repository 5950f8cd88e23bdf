//! Who comes instead of whom, and what follows from that for whom people speak.
use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use super::answers::AnswerChannel;
use crate::auth::Scope;
use crate::db::schema::delegations;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::meetings::Meeting;
use crate::municipalities::Municipality;
use crate::people::Person;

/// That somebody comes to a meeting instead of somebody else. Holds as long as the delegator's
/// latest answer is that a deputy comes.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = delegations, check_for_backend(crate::db::MultiBackend))]
pub struct Delegation {
    /// Its key.
    pub id: Id<Delegation>,
    /// Who does not come.
    pub delegator_id: Id<Person>,
    /// Who comes instead.
    pub deputy_id: Id<Person>,
    /// The way it was said.
    pub way: AnswerChannel,
    /// Whether the deputy is invited for no other reason.
    pub only_as_deputy: bool,
    /// When it was said.
    pub delegated_at: Instant,
}

/// The delegations for a meeting that hold, the oldest first.
pub fn of_meeting(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: Id<Meeting>,
) -> Result<Vec<Delegation>> {
    Ok(delegations::table
        .filter(delegations::cooperation_id.eq(who.cooperation()))
        .filter(delegations::meeting_id.eq(meeting))
        .filter(delegations::withdrawn_at.is_null())
        .order(delegations::id)
        .select(Delegation::as_select())
        .load(conn)?)
}

/// Whom people speak for at one meeting.
#[derive(Debug, Clone, Default)]
pub struct Representation {
    own: HashMap<Id<Person>, Id<Municipality>>,
    recorded: HashMap<Id<Person>, Option<Id<Municipality>>>,
    delegations: Vec<Delegation>,
}

impl Representation {
    /// From whom each speaks for anyway, and the delegations that hold.
    #[must_use]
    pub fn new(own: HashMap<Id<Person>, Id<Municipality>>, delegations: Vec<Delegation>) -> Self {
        Self {
            own,
            recorded: HashMap::new(),
            delegations,
        }
    }

    /// Notes whom somebody has spoken for, which later changes do not touch.
    pub fn record(&mut self, person: Id<Person>, municipality: Option<Id<Municipality>>) {
        self.recorded.insert(person, municipality);
    }

    /// Whom the person speaks for without a delegation.
    #[must_use]
    pub fn own(&self, person: Id<Person>) -> Option<Id<Municipality>> {
        self.own.get(&person).copied()
    }

    /// The one municipality under which the person is listed: the own one, or that of the delegator
    /// with somebody who is invited only as a deputy.
    #[must_use]
    pub fn listed(&self, person: Id<Person>) -> Option<Id<Municipality>> {
        if let Some(recorded) = self.recorded.get(&person) {
            return *recorded;
        }
        self.as_deputy(person).or_else(|| self.own(person))
    }

    /// The delegator's municipality with somebody who is invited only as a deputy.
    #[must_use]
    pub fn as_deputy(&self, person: Id<Person>) -> Option<Id<Municipality>> {
        self.of_deputy(person)
            .filter(|delegation| delegation.only_as_deputy)
            .find_map(|delegation| self.own(delegation.delegator_id))
    }

    /// The municipalities that are represented if these people come, and no others.
    #[must_use]
    pub fn represented_by(
        &self,
        people: impl IntoIterator<Item = Id<Person>>,
    ) -> BTreeSet<Id<Municipality>> {
        let mut found = BTreeSet::new();
        for person in people {
            found.extend(self.listed(person));
            let delegators = self.of_deputy(person).map(|one| one.delegator_id);
            found.extend(delegators.filter_map(|delegator| self.listed(delegator)));
        }
        found
    }

    /// Who comes instead of the person.
    #[must_use]
    pub fn deputy_of(&self, person: Id<Person>) -> Option<Id<Person>> {
        let mut all = self.delegations.iter();
        let found = all.find(|delegation| delegation.delegator_id == person)?;
        Some(found.deputy_id)
    }

    /// Instead of whom the person comes.
    #[must_use]
    pub fn delegators_of(&self, person: Id<Person>) -> Vec<Id<Person>> {
        self.of_deputy(person).map(|one| one.delegator_id).collect()
    }

    fn of_deputy(&self, person: Id<Person>) -> impl Iterator<Item = &Delegation> {
        let all = self.delegations.iter();
        all.filter(move |delegation| delegation.deputy_id == person)
    }
}
