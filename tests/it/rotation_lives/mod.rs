//! Lives of cooperations, driven over HTTP, with an oracle of their own: whatever happens, hosts and accounts agree
//! wherever they are shown, turns are as `docs/rotation.md` promises, and each reason is true.
mod cases;
mod checks;
mod coop;
mod costs;
mod life;
mod lives;
mod oracle;
mod reasons;
mod small;
mod steps;
