//! Access control: access tokens, and proofs of what their holders may do.
//!
//! Queries take a proof, so no handler can forget the check. The fields of the proofs are private and
//! [`Scope`] is sealed: a proof for a person is made here only, from the token of a request. What one may
//! not see is answered with 404; what one may see but not do, with 403.
pub mod api;
mod extractors;
pub mod tokens;

use chrono::NaiveDate;

use crate::cooperations::Cooperation;
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::i18n::Language;
use crate::municipalities::Municipality;
use crate::people::{self, Person, ReaderKind};
use crate::word_enum;

pub use self::extractors::check_token;
pub(crate) use self::extractors::{TokenScope, authenticate};
pub use self::tokens::Token;

word_enum! {
    /// What the holder of a token may do.
    #[schema(as = TokenRole)]
    pub enum Role {
        /// Creates cooperations and their first tokens; has no access to their data.
        Operator = "operator",
        /// Plans a cooperation and may do everything in it.
        Coordinator = "coordinator",
        /// Proposes topics, answers invitations and prepares the meetings that the own municipality hosts.
        Delegate = "delegate",
        /// Reads only.
        Reader = "reader",
    }
}

impl Role {
    /// The lesser of what a token and the role of its person grant.
    fn at_most(self, other: Self) -> Self {
        let rank = |role| match role {
            Self::Reader => 0,
            Self::Delegate => 1,
            Self::Coordinator => 2,
            Self::Operator => 3,
        };
        std::cmp::min_by_key(self, other, |role| rank(*role))
    }
}

/// What an access token grants.
#[derive(Debug, Clone)]
struct Grant {
    token: Id<Token>,
    role: Role,
    person: Option<Id<Person>>,
    /// None with operators.
    within: Option<Within>,
    /// Whether the request is only a dry run.
    is_dry_run: bool,
}

/// The cooperation a token is for.
#[derive(Debug, Clone)]
struct Within {
    cooperation: Id<Cooperation>,
    slug: String,
    language: Language,
    generation: i64,
}

mod sealed {
    /// Only proofs of this module are a scope or an author.
    pub trait Proof {}
}

/// A proof of access to one cooperation, which every query of its rows names.
pub trait Scope: sealed::Proof {
    /// The cooperation.
    fn cooperation(&self) -> Id<Cooperation>;
}

/// Proof that somebody may read the data of a cooperation.
#[derive(Debug, Clone)]
pub struct Reader {
    grant: Grant,
    within: Within,
}

/// Proof that somebody is a delegate or a coordinator of a cooperation.
#[derive(Debug, Clone)]
pub struct Delegate(Reader);

/// Proof that somebody is a coordinator of a cooperation.
#[derive(Debug, Clone)]
pub struct Coordinator(Reader);

/// Proof that somebody may prepare a meeting: a delegate of its host, or a coordinator.
#[derive(Debug, Clone)]
pub struct Host(Reader);

/// Proof that somebody operates the installation.
#[derive(Debug, Clone)]
pub struct Operator {
    token: Id<Token>,
    is_dry_run: bool,
}

/// Proof that somebody may create and revoke access tokens of a cooperation: a coordinator, or an operator,
/// who creates the first one.
#[derive(Debug, Clone)]
pub struct TokenKeeper {
    token: Id<Token>,
    cooperation: Id<Cooperation>,
    is_dry_run: bool,
}

/// Stands for the service itself in one cooperation, where no person's access token is checked.
///
/// Unlike the proofs for persons it can be made anywhere in the service: by workers, reconcilers and
/// commands, and for a personal link, whose row names the cooperation. A handler of the API makes it only
/// from the proof of the request (a test checks that).
#[derive(Debug, Clone, Copy)]
pub struct SystemActor {
    cooperation: Id<Cooperation>,
}

impl SystemActor {
    /// For the cooperation that a row or a proof names.
    #[must_use]
    pub fn within(cooperation: Id<Cooperation>) -> Self {
        Self { cooperation }
    }
}

impl Reader {
    /// How often the cooperation had changed when the token was checked.
    #[must_use]
    pub fn generation(&self) -> i64 {
        self.within.generation
    }

    /// The language of the cooperation.
    #[must_use]
    pub fn language(&self) -> Language {
        self.within.language
    }

    /// The holder of the token, if it belongs to a person.
    #[must_use]
    pub fn person(&self) -> Option<Id<Person>> {
        self.grant.person
    }

    /// Whether the token has the role of a coordinator.
    #[must_use]
    pub fn coordinates(&self) -> bool {
        self.grant.role == Role::Coordinator
    }

    /// Whether the holder of the token sees what is not public.
    #[must_use]
    pub fn reader_kind(&self) -> ReaderKind {
        ReaderKind::member_if(matches!(
            self.grant.role,
            Role::Coordinator | Role::Delegate
        ))
    }

    /// Proof that the token has the role of a coordinator.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if it has not.
    pub fn coordinating(&self) -> Result<Coordinator> {
        if self.coordinates() {
            return Ok(Coordinator(self.clone()));
        }
        Err(Error::Forbidden("only the coordinator may do this"))
    }
}

impl Delegate {
    /// Proof for preparing a meeting that `host` hosts on the date `on`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the delegate speaks for `host` on that date, or coordinates.
    pub fn hosting(
        &self,
        conn: &mut DbConn,
        host: Option<Id<Municipality>>,
        on: NaiveDate,
    ) -> Result<Host> {
        let hosts = match (self.0.coordinates(), self.0.person(), host) {
            (true, ..) => true,
            (false, Some(person), Some(host)) => {
                people::memberships::represents(conn, self, person, host, on)?
            }
            _ => false,
        };
        if hosts {
            return Ok(Host(self.0.clone()));
        }
        Err(Error::Forbidden(
            "only the host of the meeting and the coordinator may do this",
        ))
    }
}

macro_rules! reads {
    ($($proof:ident),*) => {
        $(impl std::ops::Deref for $proof {
            type Target = Reader;
            fn deref(&self) -> &Reader {
                &self.0
            }
        }
        impl Scope for $proof {
            fn cooperation(&self) -> Id<Cooperation> {
                self.0.within.cooperation
            }
        })*
    };
}
reads!(Delegate, Coordinator, Host);

impl sealed::Proof for Reader {}
impl sealed::Proof for Delegate {}
impl sealed::Proof for Coordinator {}
impl sealed::Proof for Host {}
impl sealed::Proof for Operator {}
impl sealed::Proof for TokenKeeper {}
impl sealed::Proof for SystemActor {}

impl Scope for Reader {
    fn cooperation(&self) -> Id<Cooperation> {
        self.within.cooperation
    }
}
impl Scope for TokenKeeper {
    fn cooperation(&self) -> Id<Cooperation> {
        self.cooperation
    }
}
impl Scope for SystemActor {
    fn cooperation(&self) -> Id<Cooperation> {
        self.cooperation
    }
}

/// A proof of who makes a change: names the token, to which idempotency keys belong, and the cooperation,
/// whose generation the change increments.
pub trait Author: sealed::Proof + Clone + Send + Sync + 'static {
    /// The token of the request.
    fn token(&self) -> Id<Token>;
    /// The cooperation that changes; none if a new one is created.
    fn changes(&self) -> Option<Id<Cooperation>>;
    /// Whether the request asks what it would change (`?dry_run=true`), so that nothing is changed.
    fn is_dry_run(&self) -> bool;
}

macro_rules! authors {
    ($($proof:ident: $changes:expr, $token:expr, $dry_run:expr;)*) => {
        $(impl Author for $proof {
            fn token(&self) -> Id<Token> {
                let token: fn(&Self) -> Id<Token> = $token;
                token(self)
            }
            fn changes(&self) -> Option<Id<Cooperation>> {
                let changes: fn(&Self) -> Option<Id<Cooperation>> = $changes;
                changes(self)
            }
            fn is_dry_run(&self) -> bool {
                let dry_run: fn(&Self) -> bool = $dry_run;
                dry_run(self)
            }
        })*
    };
}
authors! {
    Reader: |who| Some(who.cooperation()), |who| who.grant.token, |who| who.grant.is_dry_run;
    Delegate: |who| Some(who.cooperation()), |who| who.grant.token, |who| who.grant.is_dry_run;
    Coordinator: |who| Some(who.cooperation()), |who| who.grant.token, |who| who.grant.is_dry_run;
    TokenKeeper: |who| Some(who.cooperation), |who| who.token, |who| who.is_dry_run;
    Operator: |_| None, |who| who.token, |who| who.is_dry_run;
}
