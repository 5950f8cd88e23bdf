//! Who is invited to a meeting.
use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::auth::Scope;
use crate::db::schema::{memberships, people};
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::i18n::Language;
use crate::mail::{Address, Mailbox};
use crate::municipalities::{self, Municipality};
use crate::people::{Person, Role};

/// Somebody as of the day of a meeting.
#[derive(Debug, Clone)]
pub struct Invitee {
    row: Row,
    /// The role on that day; none if no membership holds then.
    pub role: Option<Role>,
    /// Whom the person speaks for on that day.
    pub municipality: Option<Id<Municipality>>,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = people, check_for_backend(crate::db::MultiBackend))]
struct Row {
    id: Id<Person>,
    given_name: String,
    family_name: String,
    address: String,
    language: Language,
    function: Option<String>,
    phone: Option<String>,
    undeliverable_since: Option<Instant>,
    undeliverable_words: Option<String>,
    deleted_at: Option<Instant>,
}

impl Invitee {
    /// The key.
    #[must_use]
    pub fn id(&self) -> Id<Person> {
        self.row.id
    }

    /// Given and family name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.row.given_name, self.row.family_name)
    }

    /// What people are listed by: family name, given name.
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

    /// What the person does in the municipality.
    #[must_use]
    pub fn function(&self) -> Option<&str> {
        self.row.function.as_deref()
    }

    /// Official phone number.
    #[must_use]
    pub fn phone(&self) -> Option<&str> {
        self.row.phone.as_deref()
    }

    /// The mail address as it is kept.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.row.address
    }

    /// The language of mails and pages.
    #[must_use]
    pub fn language(&self) -> Language {
        self.row.language
    }

    /// Since when mails come back, and what the mail server said.
    #[must_use]
    pub fn undeliverable(&self) -> (Option<Instant>, Option<&str>) {
        (
            self.row.undeliverable_since,
            self.row.undeliverable_words.as_deref(),
        )
    }

    /// The person in a mail; nobody if the address is none, or mails to it come back.
    #[must_use]
    pub fn party(&self) -> Option<Mailbox> {
        self.addressed()
            .filter(|_| self.row.undeliverable_since.is_none())
    }

    /// The person as others see them in a calendar entry, whether or not mails come back.
    #[must_use]
    pub fn addressed(&self) -> Option<Mailbox> {
        let address = Address::parse(&self.row.address).ok()?;
        Some(Mailbox {
            name: self.name(),
            address,
        })
    }

    /// Whether the person was taken out.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.row.deleted_at.is_some()
    }

    /// Whether the person is invited without being asked for: speaks for a member, or coordinates.
    #[must_use]
    pub fn is_always_invited(&self) -> bool {
        !self.is_gone() && self.role.is_some_and(Role::is_always_invited)
    }

    /// Whether the person is a guest, who is not asked for topics.
    #[must_use]
    pub fn is_guest(&self) -> bool {
        self.role.is_none_or(|role| role == Role::Guest)
    }
}

/// Everybody of a cooperation, those who were taken out included, at any time.
pub struct Everybody {
    rows: Vec<Row>,
    members: HashMap<Id<Municipality>, Municipality>,
    /// A later one holds where two overlap.
    memberships: Vec<Membership>,
}

type Membership = (
    (Id<Person>, Role, Option<Id<Municipality>>),
    (NaiveDate, Option<NaiveDate>),
);

impl Everybody {
    /// Looks them up.
    pub fn load(conn: &mut DbConn, who: &impl Scope) -> Result<Self> {
        let rows = people::table
            .filter(people::cooperation_id.eq(who.cooperation()))
            .select(Row::as_select())
            .load(conn)?;
        let members = municipalities::store::all(conn, who)?;
        let memberships = memberships::table
            .filter(memberships::cooperation_id.eq(who.cooperation()))
            .filter(memberships::deleted_at.is_null())
            .order((memberships::valid_from, memberships::id))
            .select((
                (
                    memberships::person_id,
                    memberships::role,
                    memberships::municipality_id,
                ),
                (memberships::valid_from, memberships::valid_until),
            ))
            .load(conn)?;
        Ok(Self {
            rows,
            members: members.into_iter().map(|one| (one.id, one)).collect(),
            memberships,
        })
    }

    /// How they are on that day, by name. Who speaks for a municipality that is no member then has no
    /// role.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> Vec<Invitee> {
        let is_member = |municipality: &Option<Id<Municipality>>| {
            let known = municipality.map(|id| self.members.get(&id));
            known.is_none_or(|known| known.is_some_and(|known| known.is_member_on(day)))
        };
        let holding = self
            .memberships
            .iter()
            .filter(|((.., municipality), (from, until))| {
                *from <= day && until.is_none_or(|until| day <= until) && is_member(municipality)
            });
        let roles: HashMap<_, _> = holding
            .map(|((person, role, municipality), _)| (*person, (*role, *municipality)))
            .collect();
        let as_of = |row: &Row| {
            let held = roles.get(&row.id);
            Invitee {
                row: row.clone(),
                role: held.map(|(role, _)| *role),
                municipality: held.and_then(|(_, municipality)| *municipality),
            }
        };
        let mut found: Vec<Invitee> = self.rows.iter().map(as_of).collect();
        // Not by the database, which may sort names in an order of its own.
        found.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        found
    }
}

/// Everybody of a cooperation as of `day` ([`Everybody::on`]).
pub fn everybody(conn: &mut DbConn, who: &impl Scope, day: NaiveDate) -> Result<Vec<Invitee>> {
    Ok(Everybody::load(conn, who)?.on(day))
}

/// Those who speak for a municipality and can be reached, by name.
#[must_use]
pub fn speaking_for<'a>(
    people: impl Iterator<Item = &'a Invitee>,
    municipality: Id<Municipality>,
) -> Vec<&'a Invitee> {
    by_name(people.filter(|person| {
        let own = person.municipality == Some(municipality);
        own && person.is_always_invited() && person.party().is_some()
    }))
}

/// The coordinators who can be reached, by name.
#[must_use]
pub fn coordinating<'a>(people: impl Iterator<Item = &'a Invitee>) -> Vec<&'a Invitee> {
    by_name(people.filter(|person| {
        let coordinates = person.role == Some(Role::Coordinator);
        coordinates && !person.is_gone() && person.party().is_some()
    }))
}

/// Those who look after a meeting: who speaks for its host, or the coordinators where nobody does or
/// can be reached.
#[must_use]
pub fn looking_after<'a>(
    people: impl Iterator<Item = &'a Invitee> + Clone,
    host: Option<Id<Municipality>>,
) -> Vec<&'a Invitee> {
    let of_host = host.map(|host| speaking_for(people.clone(), host));
    match of_host {
        Some(found) if !found.is_empty() => found,
        _ => coordinating(people),
    }
}

/// People in the order in which they are listed.
#[must_use]
pub fn by_name<'a>(people: impl Iterator<Item = &'a Invitee>) -> Vec<&'a Invitee> {
    let mut people: Vec<_> = people.collect();
    people.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    people
}

/// When one person is invited without being asked for.
pub struct Standing(Vec<Span>);

struct Span {
    from: NaiveDate,
    until: Option<NaiveDate>,
    role: Role,
    municipality: Option<Municipality>,
}

impl Standing {
    /// Looks it up.
    pub fn of(conn: &mut DbConn, who: &impl Scope, person: Id<Person>) -> Result<Self> {
        type SpanRow = (NaiveDate, Option<NaiveDate>, Role, Option<Id<Municipality>>);
        let rows: Vec<SpanRow> = memberships::table
            .filter(memberships::cooperation_id.eq(who.cooperation()))
            .filter(memberships::person_id.eq(person))
            .filter(memberships::deleted_at.is_null())
            .order((memberships::valid_from, memberships::id))
            .select((
                memberships::valid_from,
                memberships::valid_until,
                memberships::role,
                memberships::municipality_id,
            ))
            .load(conn)?;
        let known = municipalities::store::all(conn, who)?;
        let span = |(from, until, role, municipality): SpanRow| {
            let find = |id| known.iter().find(|known| known.id == id).cloned();
            Span {
                from,
                until,
                role,
                municipality: municipality.and_then(find),
            }
        };
        Ok(Self(rows.into_iter().map(span).collect()))
    }

    /// Whether it is so on that day.
    #[must_use]
    pub fn is_always_invited_on(&self, day: NaiveDate) -> bool {
        let holds = |span: &&Span| {
            span.from <= day
                && span.until.is_none_or(|until| day <= until)
                && span
                    .municipality
                    .as_ref()
                    .is_none_or(|known| known.is_member_on(day))
        };
        self.0
            .iter()
            .rfind(holds)
            .is_some_and(|span| span.role.is_always_invited())
    }
}
