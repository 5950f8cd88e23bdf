//! Access tokens: stored as a hash, for one cooperation and role, expiring, revocable.
use chrono::TimeDelta;
use chrono_tz::Tz;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use validator::Validate;

use super::{Grant, Role, Scope, SystemActor, TokenKeeper, Within};
use crate::Tx;
use crate::cooperations::Cooperation;
use crate::db::schema::{cooperations, people as people_rows, tokens};
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Found, Result};
use crate::i18n::Language;
use crate::people::{self, Person};

/// The prefix of every token, by which scanners recognise leaked ones.
const PREFIX: &str = "rhm_";

/// An access token, without the secret.
#[derive(Debug, Queryable, Selectable, Insertable, Serialize, ToSchema)]
#[diesel(table_name = tokens, check_for_backend(crate::db::MultiBackend))]
pub struct Token {
    /// The id of the token, which is not the secret.
    pub id: Id<Token>,
    /// What its holder may do.
    pub role: Role,
    /// The person it belongs to, if any.
    pub person_id: Option<Id<Person>>,
    /// What it is for.
    pub label: String,
    /// When it was created.
    pub created_at: Instant,
    /// When it expires.
    pub expires_at: Option<Instant>,
    /// When it was revoked.
    #[serde(rename = "revoked_at")]
    pub deleted_at: Option<Instant>,
}

/// A new access token, with its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct FreshToken {
    /// What is stored of it.
    #[serde(flatten)]
    pub stored: Token,
    /// The secret: send it as `Authorization: Bearer …`. It cannot be retrieved again.
    pub token: String,
}

/// A token to create.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What its holder may do: coordinator, delegate or reader.
    pub role: Role,
    /// The person it belongs to; required with the role of a delegate.
    pub person_id: Option<Id<Person>>,
    /// What it is for.
    #[validate(length(min = 1, max = 120))]
    pub label: String,
    /// In how many days it expires; never if left out.
    #[validate(range(min = 1, max = 3650))]
    pub expires_in_days: Option<u32>,
}

/// What is stored of a secret.
#[must_use]
pub fn hash(secret: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(secret.as_bytes()))
}

type GrantRow = (
    (Id<Token>, Role, Option<Id<Person>>, Option<Id<Cooperation>>),
    Option<(Id<Cooperation>, String, Language, i64, String)>,
);

/// What the token with this hash grants: no more than the present role of its person. None if it has ended, or
/// the membership of its person has.
pub(super) fn granted(conn: &mut DbConn, hash: &str, now: Instant) -> Result<Option<Grant>> {
    let row: Option<GrantRow> = tokens::table
        .left_join(cooperations::table)
        .filter(tokens::hash.eq(hash))
        .filter(tokens::deleted_at.is_null())
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now)))
        .filter(cooperations::deleted_at.is_null())
        .select((
            (
                tokens::id,
                tokens::role,
                tokens::person_id,
                tokens::cooperation_id,
            ),
            (
                cooperations::id,
                cooperations::slug,
                cooperations::language,
                cooperations::generation,
                cooperations::time_zone,
            )
                .nullable(),
        ))
        .first(conn)
        .optional()?;
    let Some(((token, mut role, person, _), within)) = row else {
        return Ok(None);
    };
    if let (Some(person), Some((cooperation, .., zone))) = (person, &within) {
        let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
        let today = now.with_timezone(&zone).date_naive();
        let who = SystemActor::within(*cooperation);
        let present = people::memberships::role_on(conn, &who, person, today)?;
        let Some(present) = present else {
            return Ok(None);
        };
        role = role.at_most(present.access());
    }
    let within = within.map(|(cooperation, slug, language, generation, _)| Within {
        cooperation,
        slug,
        language,
        generation,
    });
    Ok(Some(Grant {
        token,
        role,
        person,
        within,
        is_dry_run: false,
    }))
}

/// The tokens of a cooperation, including revoked ones.
pub fn all(conn: &mut DbConn, who: &TokenKeeper) -> Result<Vec<Token>> {
    Ok(tokens::table
        .filter(tokens::cooperation_id.eq(who.cooperation()))
        .order(tokens::id)
        .select(Token::as_select())
        .load(conn)?)
}

/// Creates a token for the cooperation.
///
/// # Errors
/// [`Error::Invalid`] if the person may not have the role.
pub fn create(tx: &mut Tx, who: &impl Scope, new: &NewToken) -> Result<FreshToken> {
    match (new.role, new.person_id) {
        (Role::Operator, _) => {
            return Err(Error::invalid(
                "role",
                "role",
                "tokens of operators are created on the command line",
            ));
        }
        (Role::Delegate, None) => {
            return Err(Error::invalid(
                "person_id",
                "required",
                "a token of a delegate belongs to a person",
            ));
        }
        (role, Some(person)) => {
            let person = people::store::find(tx, who, person);
            let person = person.or_invalid("person_id", "there is no such person")?;
            if role.at_most(person.role.access()) != role {
                let message = format!("{} is a {}", person.name(), person.role);
                return Err(Error::invalid("role", "role", message));
            }
        }
        (_, None) => {}
    }
    insert(tx, Some(who.cooperation()), new)
}

/// Creates a token for an operator, for the command line only.
pub fn create_operator(
    tx: &mut Tx,
    label: &str,
    expires_in_days: Option<u32>,
) -> Result<FreshToken> {
    let label = label.to_owned();
    insert(
        tx,
        None,
        &NewToken {
            role: Role::Operator,
            person_id: None,
            label,
            expires_in_days,
        },
    )
}

fn insert(tx: &mut Tx, cooperation: Option<Id<Cooperation>>, new: &NewToken) -> Result<FreshToken> {
    let token = format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&tx.secret()));
    let now = tx.now;
    let expires_at = new
        .expires_in_days
        .map(|days| (*now + TimeDelta::days(days.into())).into());
    let stored = Token {
        id: tx.id(),
        role: new.role,
        person_id: new.person_id,
        label: new.label.clone(),
        created_at: now,
        expires_at,
        deleted_at: None,
    };
    diesel::insert_into(tokens::table)
        .values((
            &stored,
            tokens::cooperation_id.eq(cooperation),
            tokens::hash.eq(hash(&token)),
            tokens::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(FreshToken { stored, token })
}

/// Revokes a token. Revoking it again changes nothing.
pub fn revoke(tx: &mut Tx, who: &TokenKeeper, id: Id<Token>) -> Result<()> {
    let ended = tokens::table
        .find(id)
        .filter(tokens::cooperation_id.eq(who.cooperation()))
        .select(tokens::deleted_at)
        .first(&mut **tx)?;
    end(tx, id, ended)
}

/// Revokes a token of any cooperation, for the command line only.
pub fn revoke_any(tx: &mut Tx, id: Id<Token>) -> Result<()> {
    let ended = tokens::table
        .find(id)
        .select(tokens::deleted_at)
        .first(&mut **tx)?;
    end(tx, id, ended)
}

fn end(tx: &mut Tx, id: Id<Token>, ended: Option<Instant>) -> Result<()> {
    let now = tx.now;
    if ended.is_none() {
        diesel::update(tokens::table.find(id))
            .set((tokens::deleted_at.eq(now), tokens::modified_at.eq(now)))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Revokes all tokens of a person who leaves.
pub fn revoke_of(tx: &mut Tx, who: &impl Scope, person: Id<Person>) -> Result<()> {
    let now = tx.now;
    diesel::update(tokens::table)
        .filter(tokens::cooperation_id.eq(who.cooperation()))
        .filter(tokens::person_id.eq(person))
        .filter(tokens::deleted_at.is_null())
        .set((tokens::deleted_at.eq(now), tokens::modified_at.eq(now)))
        .execute(&mut **tx)?;
    Ok(())
}

/// A token of the installation, the slug of its cooperation and the address of its person.
type TokenRow = (Token, Option<String>, Option<String>);

/// All tokens of the installation, for the command line only.
pub fn everywhere(conn: &mut DbConn) -> Result<Vec<TokenRow>> {
    Ok(tokens::table
        .left_join(cooperations::table)
        .left_join(people_rows::table.on(people_rows::id.nullable().eq(tokens::person_id)))
        .order(tokens::id)
        .select((
            Token::as_select(),
            cooperations::slug.nullable(),
            people_rows::address.nullable(),
        ))
        .load(conn)?)
}
