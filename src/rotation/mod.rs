//! The rotation: who hosts which meeting of a series.
//!
//! The input is a ledger of turns (table `turns`), to which entries are only ever appended: the latest entry of a
//! meeting is the valid one, earlier ones remain as history. From the ledger and the members the hosts follow in two
//! ways (`docs/rotation.md`): by the plain order ([`plain_order`]), or, where that is not the best plan, by assignments
//! that the solver ([`solver`]) has found and that are stored with the meetings. [`choose_hosts`] decides which of the
//! two applies, [`forecast`] reads the plan that results, and [`explain`] gives the reasons.
pub mod accounts;
pub mod api;
pub mod choose_hosts;
pub mod cohosts;
pub mod explain;
mod fairness;
pub mod forecast;
pub mod ledger;
pub mod overrides;
pub mod plain_order;
pub mod plan;
pub mod plan_score;
pub mod solver_cache;
pub mod solver_input;
pub mod store;
pub mod swaps;
pub mod travel;
mod view;

pub use self::ledger::{TurnEntry, TurnEntryState};
pub use self::view::{Cohost, UpcomingTurn, table};
