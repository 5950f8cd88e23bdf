//! The rotation: who hosts which meeting of a series.
//!
//! There are two records. In the ledger of turns (table `turns`) entries are only ever appended: the latest entry of a
//! meeting is the valid one, earlier ones remain as history. And each meeting has the municipality that is due, which the
//! [`planner`] decides whenever something is written (`docs/rotation.md`). Reading ([`series_plan`]) decides nothing: the
//! hosts follow from both, and [`explain`] gives the reasons.
pub mod accounts;
pub mod api;
pub mod cohosts;
pub mod explain;
mod fairness;
pub mod ledger;
pub mod overrides;
pub mod plan;
pub mod plan_score;
pub mod planner;
pub mod series_plan;
pub mod solver_cache;
pub mod solver_input;
pub mod store;
pub mod swaps;
pub mod travel;
pub mod turn_history;
mod view;

pub use self::ledger::{TurnEntry, TurnEntryState};
pub use self::view::{Cohost, UpcomingTurn, table};
