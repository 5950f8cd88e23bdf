//! The reasons of `docs/rotation.md`, each worked out from its definition.
use chrono::NaiveDate;

use super::coop::{NAMES, SeenTurn};
use super::oracle::{Accounts, Kind, World};

/// The rules that compare the costs of plans; which of them is true is worked out elsewhere.
pub const BY_COST: [&str; 5] = [
    "as_good",
    "stays_as_planned",
    "twice_in_a_row",
    "off_share",
    "costs_more",
];

/// The turn at a place, and what its reasons depend on.
pub struct Reasons<'a> {
    pub world: &'a World,
    pub place: usize,
    pub accounts: Accounts,
}

impl Reasons<'_> {
    fn day(&self) -> NaiveDate {
        self.world.turns[self.place].day
    }

    /// The first rule of the table that is true for a city; none if only costs remain.
    pub fn rule(&self, city: usize, source: &str) -> Option<&'static str> {
        let (world, turn, day) = (self.world, &self.world.turns[self.place], self.day());
        let member = &world.members[city];
        if day < member.joined {
            return Some("not_yet_member");
        }
        if !world.takes_part(city, day) {
            return Some("left");
        }
        let is_set = turn.kind != Kind::Open || world.pinned(turn).is_some();
        match source {
            "override" if is_set => return Some("override"),
            "swap" if is_set => return Some("swap"),
            _ if is_set => return Some("fixed"),
            _ => {}
        }
        if world.has_blackout(city, day) {
            return Some("blackout");
        }
        let due = turn.due?;
        if world.share(city, day) == 0 && world.share(due, day) > 0 {
            return Some("no_share");
        }
        if world.has_equal_shares(day)
            && let Some(rule) = self.plain(city, due)
        {
            return Some(rule);
        }
        let later = || {
            let later = world.turns[self.place + 1..].iter();
            later.filter(|turn| turn.kind != Kind::GivenBack)
        };
        let next = later().find(|turn| turn.due == Some(city));
        if next.is_some_and(|next| world.has_blackout(due, next.day)) {
            return Some("exchanged");
        }
        let next = later().next().filter(|turn| turn.due == Some(city));
        if next.is_some_and(|next| world.is_given(next)) {
            return Some("twice_in_a_row");
        }
        if !world.cohosts(turn).is_empty() {
            return Some("cohosted");
        }
        turn.confirmed.then_some("confirmed")
    }

    /// By which rule of the plain order `due` precedes `city`.
    fn plain(&self, city: usize, due: usize) -> Option<&'static str> {
        let accounts = &self.accounts;
        let balance = |city| accounts.balance(city);
        let equal = balance(city) == balance(due);
        let later = equal && accounts.last[city] > accounts.last[due];
        let both_new = accounts.last[city].is_none() && accounts.last[due].is_none();
        let place = |city: usize| &self.world.members[city].place;
        if balance(city) > balance(due) {
            Some("turns_ahead")
        } else if accounts.had_previous(city) || later {
            Some("hosted_recently")
        } else if equal && both_new && place(city) > place(due) {
            Some("later_in_order")
        } else {
            None
        }
    }

    /// Those that could have been due instead.
    fn others(&self, due: usize) -> Vec<usize> {
        let (world, turn) = (self.world, &self.world.turns[self.place]);
        let cohosts = world.cohosts(turn);
        let others = world.cities().filter(|city| {
            let share = world.share(*city, turn.day) > 0 || world.share(due, turn.day) == 0;
            *city != due && share && world.can_host(*city, turn.day) && !cohosts.contains(city)
        });
        others.collect()
    }

    /// Checks what the reason of the host says, as far as it can be recomputed.
    pub fn host_reason(&self, seen: &SeenTurn) -> Result<(), String> {
        let (Some(due), Some(host)) = (seen.due, seen.host) else {
            return Ok(());
        };
        let (accounts, turn) = (&self.accounts, &self.world.turns[self.place]);
        let name = NAMES[host];
        let others = self.others(due);
        let balance = |city: usize| accounts.balance(city);
        let holds = |what: &str| seen.reason.contains(what);
        let waits = |city: &usize| accounts.had_previous(*city);
        let free = || others.iter().filter(|city| !waits(city));
        let is_true = if holds("has had the fewest turns by then") {
            let all: i64 = accounts.turns.iter().sum();
            let count = format!(" of {} in all)", number(all));
            let own = if accounts.credit[due] == 0 {
                format!("({} of", number(accounts.turns[due]))
            } else {
                format!("({} (", number(accounts.turns[due]))
            };
            others.iter().all(|other| balance(due) < balance(*other))
                && holds(&count)
                && holds(&own)
        } else if holds("has waited longest") {
            let equal = others.iter().any(|other| balance(due) == balance(*other));
            let longest = free().all(|other| {
                let key = |city: usize| (balance(city), accounts.last[city]);
                key(due) < key(*other)
            });
            let day = accounts.last_day[due].map(|day| day.format("%-d %b %Y").to_string());
            equal && longest && day.is_some_and(|day| holds(&format!("(last turn on {day})")))
        } else if holds("has never had one") {
            let mut equal = free().filter(|other| balance(due) == balance(**other));
            accounts.last[due].is_none()
                && equal.all(|other| accounts.last[*other].is_some())
                && free().all(|other| balance(due) <= balance(*other))
        } else if holds("is first in the order") && holds("Equal turns") {
            let place = |city: usize| &self.world.members[city].place;
            free().all(|other| {
                let key = |city: usize| (balance(city), accounts.last[city], place(city));
                key(due) < key(*other)
            })
        } else if holds("is available on this day") && !holds("No municipality") {
            others.is_empty()
        } else if holds("has just had a turn") {
            let mut waiting = others.iter().filter(|other| waits(other));
            let waiting = waiting.find(|other| holds(&format!("because {}", NAMES[**other])));
            waiting.is_some_and(|other| balance(*other) <= balance(due))
        } else if holds("so that") && holds("does not host twice in a row") {
            let others = others
                .iter()
                .filter(|other| holds(&format!("so that {}", NAMES[**other])));
            others.count() == 1 || holds(&format!("so that {name}"))
        } else if holds("has confirmed") {
            turn.confirmed
        } else if holds("takes over the turn of") || holds("has swapped with") {
            due != host && holds(NAMES[due])
        } else {
            true
        };
        let text = seen.reason.contains(name);
        if is_true && text {
            return Ok(());
        }
        let state: Vec<String> = self
            .world
            .cities()
            .map(|city| {
                format!(
                    "{}: {} {:?}",
                    NAMES[city],
                    balance(city),
                    accounts.last[city]
                )
            })
            .collect();
        Err(format!(
            "reason of the host on {}: {} ({})",
            turn.day,
            seen.reason,
            state.join(", ")
        ))
    }
}

/// A number of thousandths as English texts write it.
fn number(thousandths: i64) -> String {
    if thousandths % 1000 == 0 {
        return (thousandths / 1000).to_string();
    }
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').to_owned()
}
