//! Delegations: who attends instead of whom, and which municipality each person represents as a
//! result.
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

/// A deputy who attends a meeting instead of the delegator. Valid as long as the delegator's latest
/// answer is "delegated".
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = delegations, check_for_backend(crate::db::MultiBackend))]
pub struct Delegation {
    /// Its id.
    pub id: Id<Delegation>,
    /// Who does not attend.
    pub delegator_id: Id<Person>,
    /// Who attends instead.
    pub deputy_id: Id<Person>,
    /// The channel through which it was made.
    pub way: AnswerChannel,
    /// Whether the deputy is invited only because of the delegation.
    pub only_as_deputy: bool,
    /// When it was made.
    pub delegated_at: Instant,
}

/// The valid delegations for a meeting, the oldest first.
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

/// Which municipality each person represents at a meeting.
#[derive(Debug, Clone, Default)]
pub struct Representation {
    own: HashMap<Id<Person>, Id<Municipality>>,
    recorded: HashMap<Id<Person>, Option<Id<Municipality>>>,
    delegations: Vec<Delegation>,
}

impl Representation {
    /// From the municipality that each person represents by membership, and the valid delegations.
    #[must_use]
    pub fn new(own: HashMap<Id<Person>, Id<Municipality>>, delegations: Vec<Delegation>) -> Self {
        Self {
            own,
            recorded: HashMap::new(),
            delegations,
        }
    }

    /// Sets which municipality a person was recorded to represent, which takes precedence.
    pub fn record(&mut self, person: Id<Person>, municipality: Option<Id<Municipality>>) {
        self.recorded.insert(person, municipality);
    }

    /// The municipality that the person represents without a delegation.
    #[must_use]
    pub fn own(&self, person: Id<Person>) -> Option<Id<Municipality>> {
        self.own.get(&person).copied()
    }

    /// The municipality that the person is listed under: that of the delegator if the person is
    /// invited only as a deputy, else the person's own.
    #[must_use]
    pub fn listed(&self, person: Id<Person>) -> Option<Id<Municipality>> {
        if let Some(recorded) = self.recorded.get(&person) {
            return *recorded;
        }
        self.as_deputy(person).or_else(|| self.own(person))
    }

    /// The delegator's municipality, if the person is invited only as a deputy.
    #[must_use]
    pub fn as_deputy(&self, person: Id<Person>) -> Option<Id<Municipality>> {
        self.of_deputy(person)
            .filter(|delegation| delegation.only_as_deputy)
            .find_map(|delegation| self.own(delegation.delegator_id))
    }

    /// The municipalities that are represented if exactly these people attend.
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

    /// Who attends instead of the person.
    #[must_use]
    pub fn deputy_of(&self, person: Id<Person>) -> Option<Id<Person>> {
        let mut all = self.delegations.iter();
        let found = all.find(|delegation| delegation.delegator_id == person)?;
        Some(found.deputy_id)
    }

    /// Those instead of whom the person attends.
    #[must_use]
    pub fn delegators_of(&self, person: Id<Person>) -> Vec<Id<Person>> {
        self.of_deputy(person).map(|one| one.delegator_id).collect()
    }

    fn of_deputy(&self, person: Id<Person>) -> impl Iterator<Item = &Delegation> {
        let all = self.delegations.iter();
        all.filter(move |delegation| delegation.deputy_id == person)
    }
}
