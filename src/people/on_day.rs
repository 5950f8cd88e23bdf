//! Who a person is on a given day: name, address, role and municipality, and whether mails reach the
//! person.
use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::memberships::Memberships;
use super::{Person, PersonRole, PersonRow, ReaderKind};
use crate::auth::Scope;
use crate::db::schema::people;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::i18n::Language;
use crate::municipalities::Municipality;
use mail::{Address, Mailbox};

/// A person as of a day.
#[derive(Debug, Clone)]
pub struct PersonOnDay {
    row: PersonRow,
    /// The role on that day; none if no membership is valid then.
    pub role: Option<PersonRole>,
    /// The municipality that the person belongs to on that day.
    pub municipality: Option<Id<Municipality>>,
}

impl PersonOnDay {
    /// The id.
    #[must_use]
    pub fn id(&self) -> Id<Person> {
        self.row.id
    }

    /// Given and family name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.row.given_name, self.row.family_name)
    }

    /// What people are sorted by: family name, given name.
    #[must_use]
    pub fn sort_key(&self) -> (&str, &str, Id<Person>) {
        (&self.row.family_name, &self.row.given_name, self.row.id)
    }

    /// Given name.
    #[must_use]
    pub fn given_name(&self) -> &str {
        &self.row.given_name
    }

    /// Family name.
    #[must_use]
    pub fn family_name(&self) -> &str {
        &self.row.family_name
    }

    /// Job title.
    #[must_use]
    pub fn function(&self) -> Option<&str> {
        self.row.function.as_deref()
    }

    /// Official phone number.
    #[must_use]
    pub fn phone(&self) -> Option<&str> {
        self.row.phone.as_deref()
    }

    /// The mail address as it is stored.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.row.address
    }

    /// The language of mails and pages.
    #[must_use]
    pub fn language(&self) -> Language {
        self.row.language
    }

    /// Since when mails to the address bounce, and the response of the mail server.
    #[must_use]
    pub fn undeliverable(&self) -> (Option<Instant>, Option<&str>) {
        (
            self.row.undeliverable_since,
            self.row.undeliverable_words.as_deref(),
        )
    }

    /// Name and address to send mail to; none if the address is invalid or mails to it bounce.
    #[must_use]
    pub fn reachable_mailbox(&self) -> Option<Mailbox> {
        self.mailbox()
            .filter(|_| self.row.undeliverable_since.is_none())
    }

    /// Name and address as others see them in a calendar entry, even if mails to it bounce.
    #[must_use]
    pub fn mailbox(&self) -> Option<Mailbox> {
        let address = Address::parse(&self.row.address).ok()?;
        Some(Mailbox {
            name: self.name(),
            address,
        })
    }

    /// Whether the person has been removed from the cooperation.
    #[must_use]
    pub fn is_removed(&self) -> bool {
        self.row.deleted_at.is_some()
    }

    /// Whether the person is invited to every meeting on that day.
    #[must_use]
    pub fn is_always_invited(&self) -> bool {
        !self.is_removed() && self.role.is_some_and(PersonRole::is_always_invited)
    }

    /// Whether the person sees what is not public, on that day.
    #[must_use]
    pub fn reader_kind(&self) -> ReaderKind {
        ReaderKind::member_if(self.role.is_some_and(PersonRole::represents_municipality))
    }

    /// Whether the person is a guest, who is not asked for topics.
    #[must_use]
    pub fn is_guest(&self) -> bool {
        self.role.is_none_or(|role| role == PersonRole::Guest)
    }
}

/// People, removed ones included, with all their memberships.
pub struct PeopleByDay {
    rows: Vec<PersonRow>,
    memberships: Memberships,
}

impl PeopleByDay {
    /// All people of a cooperation.
    pub fn load(conn: &mut DbConn, who: &impl Scope) -> Result<Self> {
        let rows = people::table
            .filter(people::cooperation_id.eq(who.cooperation()))
            .select(PersonRow::as_select())
            .load(conn)?;
        let memberships = Memberships::load(conn, who)?;
        Ok(Self { rows, memberships })
    }

    /// One person of a cooperation.
    pub fn of_person(conn: &mut DbConn, who: &impl Scope, id: Id<Person>) -> Result<Self> {
        let rows = people::table
            .find(id)
            .filter(people::cooperation_id.eq(who.cooperation()))
            .select(PersonRow::as_select())
            .load(conn)?;
        let memberships = Memberships::of_person(conn, who, id)?;
        Ok(Self { rows, memberships })
    }

    /// The people as of that day, ordered by name. Somebody whose municipality is not a member then
    /// has no role.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> Vec<PersonOnDay> {
        let valid: HashMap<_, _> = self
            .memberships
            .valid_on(day)
            .map(|one| (one.person_id, one))
            .collect();
        let on_day = |row: &PersonRow| {
            let membership = valid.get(&row.id);
            PersonOnDay {
                row: row.clone(),
                role: membership.map(|one| one.role),
                municipality: membership.and_then(|one| one.municipality_id),
            }
        };
        let mut people: Vec<_> = self.rows.iter().map(on_day).collect();
        // Not in SQL, because the two engines collate differently.
        people.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        people
    }
}

/// All people of a cooperation as of `day` ([`PeopleByDay::on`]).
pub fn all(conn: &mut DbConn, who: &impl Scope, day: NaiveDate) -> Result<Vec<PersonOnDay>> {
    Ok(PeopleByDay::load(conn, who)?.on(day))
}

/// The people always invited for a municipality who can be reached by mail, ordered by name.
#[must_use]
pub fn representatives<'a>(
    people: impl Iterator<Item = &'a PersonOnDay>,
    municipality: Id<Municipality>,
) -> Vec<&'a PersonOnDay> {
    by_name(people.filter(|person| {
        let own = person.municipality == Some(municipality);
        own && person.is_always_invited() && person.reachable_mailbox().is_some()
    }))
}

/// The coordinators who can be reached by mail, ordered by name.
#[must_use]
pub fn coordinators<'a>(people: impl Iterator<Item = &'a PersonOnDay>) -> Vec<&'a PersonOnDay> {
    by_name(people.filter(|person| {
        let coordinates = person.role == Some(PersonRole::Coordinator);
        coordinates && !person.is_removed() && person.reachable_mailbox().is_some()
    }))
}

/// Those responsible for a meeting: the representatives of its host, or the coordinators if there
/// are none.
#[must_use]
pub fn responsible_for<'a>(
    people: impl Iterator<Item = &'a PersonOnDay> + Clone,
    host: Option<Id<Municipality>>,
) -> Vec<&'a PersonOnDay> {
    let of_host = host.map(|host| representatives(people.clone(), host));
    match of_host {
        Some(found) if !found.is_empty() => found,
        _ => coordinators(people),
    }
}

/// Sorts people by name.
#[must_use]
pub fn by_name<'a>(people: impl Iterator<Item = &'a PersonOnDay>) -> Vec<&'a PersonOnDay> {
    let mut people: Vec<_> = people.collect();
    people.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    people
}
