//! What must be true of everything that is shown, whatever has happened.
use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::coop::{Entry, NAMES, Seen, SeenRejection, SeenTurn, View};
use super::costs::{self, Costs};
use super::oracle::{Kind, Member, Share, Turn, World};
use super::reasons::{BY_COST, Reasons};

/// How many checks were made.
#[derive(Debug, Default, Clone, Copy)]
pub struct Checks(pub u64);

impl Checks {
    pub fn that(&mut self, holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
        self.0 += 1;
        if holds { Ok(()) } else { Err(what()) }
    }
}

/// What is known about a cooperation besides its meetings.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub members: Vec<Member>,
    pub shares: Vec<Share>,
    /// Within how many days a meeting is near.
    pub near_days: Option<u64>,
    /// Whether the turn of a cancelled meeting counts.
    pub forfeits: bool,
    /// Turns as they were when their meetings began without an invitation.
    pub begun: HashMap<String, SeenTurn>,
    /// Who has responded about hosting a meeting last, and how.
    pub responses: HashMap<String, (usize, String)>,
}

impl Facts {
    /// Remembers what is shown only as long as somebody hosts.
    pub fn remember(&mut self, view: &View) {
        for seen in &view.meetings {
            if let (Some(host), false) = (seen.host, seen.confirmation.is_empty()) {
                let response = (host, seen.confirmation.clone());
                self.responses.insert(seen.id.clone(), response);
            }
        }
    }

    /// The cooperation as the rules see it.
    pub fn world(&self, view: &View, now: DateTime<Utc>) -> World {
        let turn = |seen: &Seen| self.turn(view, seen, now);
        World {
            members: self.members.clone(),
            turns: view.meetings.iter().map(turn).collect(),
            shares: self.shares.clone(),
        }
    }

    fn turn(&self, view: &View, seen: &Seen, now: DateTime<Utc>) -> Turn {
        let history = History::of(view, &seen.id);
        let entry = history.entry.filter(|entry| entry.state != "unpinned");
        let mut turn = Turn {
            day: seen.day,
            kind: Kind::Open,
            due: seen.turn.as_ref().and_then(|turn| turn.due),
            host: seen.host,
            pin: None,
            named: history.named,
            confirmed: false,
            near: self
                .near_days
                .is_some_and(|days| seen.day <= now.date_naive() + Days::new(days)),
        };
        match (seen.status.as_str(), entry) {
            ("cancelled", Some(entry)) if entry.state == "forfeited" && entry.host.is_some() => {
                turn.kind = Kind::Settled { counted: true };
                (turn.due, turn.host) = (entry.due, entry.due.or(entry.host));
            }
            ("cancelled", _) => turn.kind = Kind::GivenBack,
            ("invited" | "held", Some(entry)) => {
                let counted = seen.status == "held";
                turn.kind = match entry.host {
                    Some(_) => Kind::Settled { counted },
                    None => Kind::GivenBack,
                };
                (turn.due, turn.host) = (entry.due, entry.host);
            }
            _ if seen.starts <= now => {
                let begun = self.begun.get(&seen.id);
                (turn.due, turn.host) = begun.map_or((None, None), |turn| (turn.due, turn.host));
                turn.kind = match turn.host {
                    Some(_) => Kind::Settled { counted: false },
                    None => Kind::GivenBack,
                };
            }
            (_, entry) => turn.pin = entry.and_then(|entry| entry.host),
        }
        let confirmed = self.responses.get(&seen.id);
        turn.confirmed = confirmed.is_some_and(|(city, response)| {
            turn.kind == Kind::Open && turn.due == Some(*city) && response == "confirmed"
        });
        turn
    }
}

/// The latest entry of a meeting that determines its host, and the co-hosts that were named last.
struct History<'a> {
    entry: Option<&'a Entry>,
    named: Vec<usize>,
}

impl<'a> History<'a> {
    fn of(view: &'a View, meeting: &str) -> Self {
        let all = || view.ledger.iter().filter(|one| one.meeting == meeting);
        Self {
            entry: all().rfind(|entry| entry.state != "cohosted"),
            named: all()
                .next_back()
                .map_or_else(Vec::new, |entry| entry.cohosts.clone()),
        }
    }
}

/// Everything that must hold at any time.
pub fn all(
    checks: &mut Checks,
    view: &View,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Result<(), String> {
    let world = facts.world(view, now);
    let costs = Costs::of(&world);
    for (place, seen) in view.meetings.iter().enumerate() {
        agrees(checks, seen, view, &world.turns[place], now)
            .map_err(|wrong| format!("meeting of {}: {wrong}", seen.day))?;
        if let Some(shown) = &seen.turn {
            follows(checks, &world, place, shown)
                .and_then(|()| explained(checks, (&world, costs.as_ref()), place, shown))
                .map_err(|wrong| format!("turn of {}: {wrong}", seen.day))?;
        }
    }
    balances(checks, view, &world)
}

/// Rotation, meetings, feed and ledger say the same.
fn agrees(
    checks: &mut Checks,
    seen: &Seen,
    view: &View,
    turn: &Turn,
    now: DateTime<Utc>,
) -> Result<(), String> {
    let ahead = matches!(seen.status.as_str(), "planned" | "invited") && seen.ends > now;
    let is_shown = ahead && turn.kind != Kind::GivenBack;
    checks.that(seen.turn.is_some() == is_shown, || {
        format!("shown by the rotation: {}", seen.turn.is_some())
    })?;
    if let Some(shown) = &seen.turn {
        checks.that(shown.host == seen.host, || {
            format!("host {:?}, by the rotation {:?}", seen.host, shown.host)
        })?;
        let cohosts: Vec<usize> = shown.cohosts.iter().map(|one| one.0).collect();
        checks.that(cohosts == seen.cohosts, || {
            format!("co-hosts {:?}, by the rotation {cohosts:?}", seen.cohosts)
        })?;
    }
    let entry = History::of(view, &seen.id).entry;
    let state = entry.map_or("", |entry| entry.state.as_str());
    let fits = match seen.status.as_str() {
        "planned" => matches!(state, "" | "pinned" | "unpinned"),
        "invited" => state == "assigned",
        "held" => state == "counted",
        _ => matches!(state, "given_back" | "forfeited"),
    };
    checks.that(fits, || {
        format!("{} but in the ledger {state:?}", seen.status)
    })?;
    if let Some(entry) = entry.filter(|_| matches!(seen.status.as_str(), "invited" | "held")) {
        checks.that(entry.host == seen.host, || {
            format!("host {:?}, in the ledger {:?}", seen.host, entry.host)
        })?;
        let due = seen.turn.as_ref().map(|shown| shown.due);
        checks.that(due.is_none_or(|due| due == entry.due), || {
            format!("due {due:?}, in the ledger {:?}", entry.due)
        })?;
    }
    let mut events = view.feed.split("BEGIN:VEVENT").skip(1);
    let event = events.find(|event| event.contains(&format!("UID:{}@", seen.id)));
    if let (Some(event), Some(host)) = (event, seen.host) {
        let named = |city: usize| event.contains(NAMES[city]);
        let of_it = |city: usize| city == host || seen.cohosts.contains(&city);
        let wrong = (0..NAMES.len()).find(|city| named(*city) != of_it(*city));
        checks.that(wrong.is_none(), || {
            format!(
                "host {host}, co-hosts {:?}, in the feed {event}",
                seen.cohosts
            )
        })?;
    }
    Ok(())
}

/// Host and co-hosts follow from who is due and what was set, and the one that is due can host.
fn follows(
    checks: &mut Checks,
    world: &World,
    place: usize,
    shown: &SeenTurn,
) -> Result<(), String> {
    let turn = &world.turns[place];
    let open = turn.kind == Kind::Open;
    let host = match world.pinned(turn).filter(|_| open) {
        Some(host) => Some(host),
        None if open => turn.due,
        None => turn.host,
    };
    checks.that(shown.host == host, || {
        format!("host {:?} instead of {host:?}", shown.host)
    })?;
    let mut cohosts: Vec<usize> = world.cohosts(turn);
    cohosts.retain(|city| Some(*city) != shown.due);
    let seen: Vec<usize> = shown.cohosts.iter().map(|one| one.0).collect();
    checks.that(seen == cohosts, || {
        format!("co-hosts {seen:?} instead of {cohosts:?}")
    })?;
    let parts = world.charges(turn, shown.due);
    let part = |city: usize| parts.iter().find(|one| one.0 == city).map(|one| one.1);
    for (city, thousandths) in &shown.cohosts {
        let fits = shown.due.is_none() || part(*city) == Some(*thousandths);
        checks.that(fits, || format!("part of {city}: {thousandths}, {parts:?}"))?;
    }
    if !open {
        return Ok(());
    }
    let named = world.cohosts(&Turn {
        due: None,
        ..turn.clone()
    });
    let able: Vec<usize> = world
        .cities()
        .filter(|city| world.can_host(*city, turn.day) && !named.contains(city))
        .collect();
    let fits = match shown.due {
        Some(due) => able.contains(&due),
        None => able.is_empty(),
    };
    checks.that(fits, || format!("due {:?}, able {able:?}", shown.due))?;
    not_twice(checks, world, place, &able)
}

/// Nobody has two turns in a row if another one can have the turn.
fn not_twice(
    checks: &mut Checks,
    world: &World,
    place: usize,
    able: &[usize],
) -> Result<(), String> {
    let turn = &world.turns[place];
    let charged = |turn: &&Turn| turn.kind != Kind::GivenBack && turn.due.is_some();
    let before = world.turns[..place].iter().rfind(charged);
    let after = world.turns[place + 1..].iter().find(charged);
    let due = |turn: Option<&Turn>| turn.and_then(|turn| turn.due);
    let (before, after) = (due(before), due(after));
    let others = able.iter().filter(|city| {
        let has_share = world.share(**city, turn.day) > 0;
        has_share && ![before, after, turn.due].contains(&Some(**city))
    });
    let twice = turn.due.is_some() && turn.due == before && !world.is_firm(turn);
    checks.that(!twice || others.count() == 0, || {
        format!("{:?} has two turns in a row, others can", turn.due)
    })
}

/// Each municipality is the host, a co-host, or rejected by the first rule that is true.
fn explained(
    checks: &mut Checks,
    (world, costs): (&World, Option<&Costs>),
    place: usize,
    shown: &SeenTurn,
) -> Result<(), String> {
    let reasons = Reasons {
        world,
        place,
        accounts: world.accounts(place, &world.dues()),
    };
    let mut order: Vec<usize> = world.cities().collect();
    order.sort_by_key(|city| world.members[*city].place.clone());
    order.retain(|city| {
        let cohost = shown.cohosts.iter().any(|one| one.0 == *city);
        Some(*city) != shown.host && !cohost
    });
    let rejected: Vec<usize> = shown.rejected.iter().map(|one| one.city).collect();
    checks.that(rejected == order, || {
        format!("rejected {rejected:?} instead of {order:?}")
    })?;
    for one in &shown.rejected {
        let expected = reasons.rule(one.city, &shown.source);
        let fits = match expected {
            Some(rule) => one.rule == rule,
            None => BY_COST.contains(&one.rule.as_str()),
        };
        checks.that(fits, || {
            let (name, due) = (NAMES[one.city], shown.due.map(|due| NAMES[due]));
            let (rule, detail) = (&one.rule, &one.detail);
            format!("{name} instead of {due:?}: {rule} ({detail}), but {expected:?} is true")
        })?;
        by_cost(checks, costs, place, (one, expected)).map_err(|wrong| {
            let (name, due) = (NAMES[one.city], shown.due.map(|due| NAMES[due]));
            format!("{name} instead of {due:?}: {one:?}: {wrong}")
        })?;
    }
    checks.0 += 1;
    reasons.host_reason(shown)
}

/// Costs are those of the cheapest other plan, and what is said of them is true.
fn by_cost(
    checks: &mut Checks,
    costs: Option<&Costs>,
    place: usize,
    (shown, other_rule): (&SeenRejection, Option<&str>),
) -> Result<(), String> {
    let Some(thousandths) = shown.costs else {
        return Ok(());
    };
    let other = costs.and_then(|costs| costs.with(shown.city, place));
    let (more, now, other) = other.ok_or_else(|| "it has no costs".to_owned())?;
    checks.that(costs::shown(more) == thousandths, || {
        format!("it costs {more}")
    })?;
    let is_true = match shown.rule.as_str() {
        _ if other_rule.is_some() => true,
        "as_good" => thousandths == 0,
        "stays_as_planned" => thousandths < 0,
        "twice_in_a_row" => other.in_a_row > now.in_a_row,
        "off_share" => other.turns_off > now.turns_off,
        "costs_more" => thousandths > 0,
        _ => true,
    };
    checks.that(is_true, || format!("{now:?}, with it {other:?}"))
}

/// The accounts add up.
fn balances(checks: &mut Checks, view: &View, world: &World) -> Result<(), String> {
    let mut after = world.clone();
    // A day after all members have joined, so that all have their credit.
    let end = NaiveDate::from_ymd_opt(2199, 1, 1).unwrap();
    after.turns.push(Turn {
        day: end,
        kind: Kind::GivenBack,
        due: None,
        host: None,
        pin: None,
        named: Vec::new(),
        confirmed: false,
        near: false,
    });
    let credit = after.accounts(world.turns.len(), &world.dues()).credit;
    for shown in &view.balances {
        let city = shown.city;
        let (mut counted, mut assigned, mut planned) = (0, 0, 0);
        let (mut hosted, mut cohosted, mut standing_in) = (0, 0, 0);
        for turn in &world.turns {
            let part = world.charges(turn, turn.due);
            let part = part.iter().find(|one| one.0 == city);
            let part = part.map_or(0, |one| one.1);
            match turn.kind {
                Kind::GivenBack => continue,
                Kind::Open => planned += part,
                Kind::Settled { counted: true } => counted += part,
                Kind::Settled { counted: false } => assigned += part,
            }
            if turn.kind != Kind::Open {
                let (host, due) = (turn.host == Some(city), turn.due == Some(city));
                hosted += i64::from(host);
                standing_in += i64::from(host) - i64::from(due);
                cohosted += i64::from(world.cohosts(turn).contains(&city));
            }
        }
        let shown = (
            [
                shown.counted,
                shown.assigned,
                shown.planned,
                shown.credit,
                shown.balance,
            ],
            [shown.hosted, shown.cohosted, shown.standing_in],
        );
        let credit = credit[city];
        let expected = (
            [
                counted,
                assigned,
                planned,
                credit,
                counted + assigned + credit,
            ],
            [hosted, cohosted, standing_in],
        );
        checks.that(shown == expected, || {
            let name = NAMES[city];
            format!("balance of {name}: {shown:?} instead of {expected:?}")
        })?;
    }
    Ok(())
}
