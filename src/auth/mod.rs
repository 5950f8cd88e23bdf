//! Who may what: access tokens, and the proofs that a request shows them.
//!
//! A query takes a proof, and only the extractors of this module make one, so that no handler can
//! forget to ask. What one may not see is not found; what one may see but not do is forbidden.
pub mod api;
mod extractors;
pub mod tokens;

use chrono::NaiveDate;

use crate::cooperations::Cooperation;
use crate::db::{DbConn, Id};
use crate::error::{Error, Result};
use crate::i18n::Language;
use crate::municipalities::Municipality;
use crate::people::{self, Person};
use crate::word_enum;

pub(crate) use self::extractors::Asker;
pub use self::tokens::Token;

word_enum! {
    /// What the holder of a token may do.
    #[schema(as = TokenRole)]
    pub enum Role {
        /// Makes cooperations and their first tokens; sees nothing of what is inside them.
        Operator = "operator",
        /// Plans a cooperation and may do everything in it.
        Coordinator = "coordinator",
        /// Proposes topics, answers invitations and prepares the meetings of the own municipality.
        Delegate = "delegate",
        /// Looks.
        Reader = "reader",
    }
}

/// What a token says of who shows it.
#[derive(Debug, Clone)]
struct Grant {
    token: Id<Token>,
    role: Role,
    person: Option<Id<Person>>,
    /// None with operators.
    within: Option<Within>,
}

/// The cooperation a token is for.
#[derive(Debug, Clone)]
struct Within {
    cooperation: Id<Cooperation>,
    slug: String,
    language: Language,
    generation: i64,
}

/// Proof that something happens within one cooperation, which every query of its rows names.
pub trait Scope {
    /// The cooperation.
    fn cooperation(&self) -> Id<Cooperation>;
}

/// Proof that somebody may look into a cooperation.
#[derive(Debug, Clone)]
pub struct Reader {
    grant: Grant,
    within: Within,
}

/// Proof that somebody may take part in a cooperation: a delegate or a coordinator.
#[derive(Debug, Clone)]
pub struct Delegate(Reader);

/// Proof that somebody plans a cooperation.
#[derive(Debug, Clone)]
pub struct Coordinator(Reader);

/// Proof that somebody prepares one meeting: a delegate of its host, or a coordinator.
#[derive(Debug, Clone)]
pub struct Host(Reader);

/// Proof that somebody runs the installation.
#[derive(Debug, Clone)]
pub struct Operator {
    token: Id<Token>,
}

/// Proof that somebody may hand out and take back the tokens of a cooperation: its coordinators,
/// and the operators, who make the first one.
#[derive(Debug, Clone)]
pub struct TokenKeeper {
    token: Id<Token>,
    cooperation: Id<Cooperation>,
}

/// Proof that the service itself acts within a cooperation: workers, reconcilers and commands.
#[derive(Debug, Clone, Copy)]
pub struct SystemActor {
    cooperation: Id<Cooperation>,
}

impl SystemActor {
    /// For workers, reconcilers and commands, which have read the cooperation from a row of theirs.
    pub(crate) fn within(cooperation: Id<Cooperation>) -> Self {
        Self { cooperation }
    }
}

impl Reader {
    /// Counts the changes of the cooperation as of this request.
    #[must_use]
    pub fn generation(&self) -> i64 {
        self.within.generation
    }

    /// The language of the cooperation.
    #[must_use]
    pub fn language(&self) -> Language {
        self.within.language
    }

    /// Whose token it is, if it is one person's.
    #[must_use]
    pub fn person(&self) -> Option<Id<Person>> {
        self.grant.person
    }

    /// Whether coordinators' rights come with it.
    #[must_use]
    pub fn coordinates(&self) -> bool {
        self.grant.role == Role::Coordinator
    }
}

impl Delegate {
    /// Proof for preparing a meeting that `host` hosts on the day `on`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless that is the own municipality.
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

    /// Proof that coordinators' rights are there.
    ///
    /// # Errors
    /// [`Error::Forbidden`] with anybody else.
    pub fn coordinating(&self) -> Result<Coordinator> {
        match self.0.coordinates() {
            true => Ok(Coordinator(self.0.clone())),
            false => Err(Error::Forbidden("only the coordinator may do this")),
        }
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

/// Who asks for a change: which token, so that a repeated request is known again, and in which
/// cooperation, so that its generation moves on.
pub trait Author: Clone + Send + Sync + 'static {
    /// The token shown.
    fn token(&self) -> Id<Token>;
    /// The cooperation that changes.
    fn changes(&self) -> Option<Id<Cooperation>>;
}

macro_rules! authors {
    ($($proof:ident: $changes:expr, $token:expr;)*) => {
        $(impl Author for $proof {
            fn token(&self) -> Id<Token> {
                let token: fn(&Self) -> Id<Token> = $token;
                token(self)
            }
            fn changes(&self) -> Option<Id<Cooperation>> {
                let changes: fn(&Self) -> Option<Id<Cooperation>> = $changes;
                changes(self)
            }
        })*
    };
}
authors! {
    Reader: |who| Some(who.cooperation()), |who| who.grant.token;
    Delegate: |who| Some(who.cooperation()), |who| who.grant.token;
    Coordinator: |who| Some(who.cooperation()), |who| who.grant.token;
    TokenKeeper: |who| Some(who.cooperation), |who| who.token;
    Operator: |_| None, |who| who.token;
}
