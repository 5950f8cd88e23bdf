//! Rotation: who hosts when, from a ledger of turns.
//!
//! The rules are pure ([`plan`]); the ledger (table `turns`) is what they work on. It only grows:
//! the latest entry of a meeting holds, and what came before it stays to be read.
pub mod api;
pub mod better;
pub mod changes;
pub mod cohosts;
pub mod decided;
pub mod explain;
pub mod fairness;
pub mod laid_out;
pub use solver as optimum;
pub mod outlook;
pub mod plan;
pub mod score;
pub mod solutions;
pub mod store;
pub mod travel;
mod view;

use diesel::prelude::*;

use crate::db::schema::turns;
use crate::db::{Id, Instant, Json};
use crate::meetings::{Meeting, Status};
use crate::municipalities::Municipality;
use crate::word_enum;

use self::plan::{Pin, Source, Standing};
pub use self::view::{
    Accounts, Cohost, Fairness, LedgerEntry, Peers, SlotRejection, UpcomingTurn, table,
};

word_enum! {
    /// What an entry of the ledger says of a meeting's turn.
    pub enum State {
        /// Its host was set by a stand-in or a swap; nobody is invited yet.
        Pinned = "pinned",
        /// That was taken back; the rotation decides.
        Unpinned = "unpinned",
        /// The invitations are out: host and due are fixed.
        Assigned = "assigned",
        /// The meeting was held: the turn counts.
        Counted = "counted",
        /// The meeting was cancelled, and whoever was due is due again.
        GivenBack = "given_back",
        /// The meeting was cancelled, and the turn counts all the same.
        Forfeited = "forfeited",
        /// Its co-hosts were named, or are none any more; host and due stay as they were.
        Cohosted = "cohosted",
    }
}

/// An entry of the ledger.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable)]
#[diesel(table_name = turns, check_for_backend(crate::db::MultiBackend))]
pub struct Turn {
    /// Its key.
    pub id: Id<Turn>,
    /// The meeting whose turn it is.
    pub meeting_id: Id<Meeting>,
    /// Counts the entries of a series.
    pub entry: i32,
    /// What it says.
    pub state: State,
    /// To whom the turn is charged.
    pub due_id: Option<Id<Municipality>>,
    /// Who hosts or was to host.
    pub host_id: Option<Id<Municipality>>,
    /// How the host came about.
    pub source: Source,
    /// Why, as it was written.
    pub reason: Option<String>,
    /// When it was written.
    pub created_at: Instant,
    /// Who hosts together with the host, as they were named.
    pub cohosts: Json<Vec<Id<Municipality>>>,
}

/// How the turn of a meeting stands, from its latest entry in the ledger.
///
/// A meeting that has begun without an invitation keeps the host it had, for whom the turn is charged.
#[must_use]
pub fn standing(meeting: &Meeting, latest: Option<&Turn>, now: Instant) -> Standing {
    let settled = |turn: &Turn, counted| match turn.host_id {
        // A forfeited turn was hosted by nobody: then it is nobody's standing in.
        Some(host) => Standing::Settled {
            due: turn.due_id,
            host: turn
                .due_id
                .filter(|_| turn.state == State::Forfeited)
                .unwrap_or(host),
            source: turn.source,
            reason: turn.reason.clone(),
            counted,
        },
        None => Standing::GivenBack,
    };
    match latest.map(|turn| (turn.state, turn)) {
        Some((State::Assigned, turn)) => settled(turn, false),
        Some((State::Counted | State::Forfeited, turn)) => settled(turn, true),
        Some((State::GivenBack, _)) => Standing::GivenBack,
        Some((State::Pinned, turn)) => Standing::Open {
            pin: turn.host_id.map(|host| Pin {
                host,
                source: turn.source,
                reason: turn.reason.clone(),
            }),
        },
        None | Some((State::Unpinned | State::Cohosted, _)) => match meeting.host_id {
            Some(host) if meeting.status == Status::Planned && meeting.starts_at <= now => {
                Standing::Settled {
                    due: Some(host),
                    host,
                    source: Source::Rotation,
                    reason: None,
                    counted: false,
                }
            }
            _ => Standing::Open { pin: None },
        },
    }
}
