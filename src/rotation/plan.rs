//! Who hosts when in the plain order: the rotation as a pure function of the members and the ledger of turns. Where the
//! plain order is not the best plan, [`optimum`](super::optimum) finds a better one, which is written down.
//!
//! Two notions are kept apart. The municipality whose turn it is, is **due**: the turn is charged to
//! it. The **host** is who really hosts. A stand-in (override) or a swap changes the host and never
//! who is due; so it leaves every other turn in place, and the fairness below holds strictly.
//!
//! Due is, among the members on that day without a blackout, the one with the least balance (turns
//! charged so far and start credit: see [`Balance`]); then the one whose last turn is longest ago;
//! then the first in the order. Whoever had the turn just before waits for one more, if anybody else
//! can host: only after blackouts could the balance make a municipality due twice in a row.
//!
//! Without blackouts this keeps all balances within one turn of each other. Thus municipalities that
//! joined together never differ by more than one turn, and in any round of as many turns as members
//! each is due exactly once, newcomers too. (A turn given back while later ones are already settled
//! is the one thing that can break it: the settled ones stay.)
use chrono::NaiveDate;
use serde::Serialize;

use super::cohosts::{self, charges};
use super::explain::{Detail, Reason, Rejection};
use super::fairness::{Balance, Ledger};
use crate::db::Id;
use crate::meetings::Meeting;
use crate::municipalities::{Municipality, is_member};
use crate::word_enum;

/// A municipality with its place in the order. Each stands once among the members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which municipality.
    pub id: Id<Municipality>,
    /// Its place in the order, from the lowest.
    pub position: i32,
    /// First day as a member.
    pub joined_on: NaiveDate,
    /// First day no longer a member.
    pub left_on: Option<NaiveDate>,
    /// When it cannot host.
    pub blackouts: Vec<Blackout>,
}

impl Member {
    /// Whether it is a member on that day.
    #[must_use]
    pub fn is_member_on(&self, day: NaiveDate) -> bool {
        is_member(self.joined_on, self.left_on, day)
    }

    /// Why it cannot host on that day, whether it is a member or not.
    #[must_use]
    pub fn blackout_on(&self, day: NaiveDate) -> Option<&Blackout> {
        let mut all = self.blackouts.iter();
        all.find(|blackout| (blackout.from..=blackout.until).contains(&day))
    }
}

/// Days on which a municipality cannot host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blackout {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub until: NaiveDate,
    /// Why, as the municipality wrote it.
    pub reason: Option<String>,
}

word_enum! {
    /// Where the host of a meeting comes from.
    pub enum Source {
        /// The rotation.
        Rotation = "rotation",
        /// Somebody stands in for the municipality that is due.
        Override = "override",
        /// Two municipalities exchanged their meetings.
        Swap = "swap",
        /// Set by hand.
        Fixed = "fixed",
    }
}

/// A host that was set for a turn that is still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Who hosts. Only membership on the day matters: a stand-in may host in its own blackout.
    pub host: Id<Municipality>,
    /// How it came about; [`Source::Rotation`] pins nothing.
    pub source: Source,
    /// Why, as it was written.
    pub reason: Option<String>,
}

/// What the ledger says of the turn of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Planned: the rotation says who is due, and who hosts unless somebody is pinned.
    Open {
        /// The host that was set, if any.
        pin: Option<Pin>,
    },
    /// Invited, held, or cancelled and forfeited: charged to `due`, and never changed by planning.
    Settled {
        /// To whom the turn is charged; nobody if nobody was available.
        due: Option<Id<Municipality>>,
        /// Who hosts or has hosted.
        host: Id<Municipality>,
        /// How the host came about.
        source: Source,
        /// Why, as it was written.
        reason: Option<String>,
        /// Held or forfeited, not merely assigned by an invitation.
        counted: bool,
    },
    /// Cancelled, and the turn given back: it is charged to nobody and has no host.
    GivenBack,
}

/// A meeting in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Which meeting.
    pub meeting: Id<Meeting>,
    /// The local day it is on.
    pub on: NaiveDate,
    /// Its turn.
    pub standing: Standing,
    /// Who was named to host it together with its host.
    pub cohosts: Vec<Id<Municipality>>,
}

/// The turn of a meeting as the plan has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Which meeting.
    pub meeting: Id<Meeting>,
    /// Who hosts; nobody if nobody is available.
    pub host: Option<Id<Municipality>>,
    /// To whom the turn is charged.
    pub due: Option<Id<Municipality>>,
    /// Who hosts together with the host, and has parts of the turn.
    pub cohosts: Vec<Id<Municipality>>,
    /// Where the host comes from.
    pub source: Source,
    /// Why this host.
    pub reason: Reason,
    /// Why not the others: one for each municipality that neither hosts nor is a co-host, in their order.
    pub rejected: Vec<Rejection>,
}

impl Planned {
    /// To whom the turn is charged, and in which parts (thousandths); nobody if nobody is due.
    #[must_use]
    pub fn charges(&self) -> Vec<(Id<Municipality>, u32)> {
        self.due
            .map_or_else(Vec::new, |due| charges(due, &self.cohosts))
    }
}

/// What [`plan`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// One for each slot that is open or settled, in the order of time.
    pub turns: Vec<Planned>,
    /// One for each municipality, in their order, after the last slot.
    pub balances: Vec<Balance>,
}

/// Plans the hosts of all open slots.
///
/// `members` are all municipalities of the cooperation, also those that left or will join; `slots`
/// are all meetings of the series in the order of time, also past ones. The same input gives the same
/// plan, and a plan written down as settled turns gives the same rest.
#[must_use]
pub fn plan(members: &[Member], slots: &[Slot]) -> Plan {
    let mut ledger = Ledger::new(members, slots.first().map(|slot| slot.on));
    // What is settled counts from the start: a meeting put before one that is settled sees its turn.
    for slot in slots {
        for (sharer, part) in known_charges(members, slot) {
            ledger.expect(sharer, part);
        }
    }
    let mut turns = Vec::with_capacity(slots.len());
    for slot in slots {
        ledger.admit(slot.on);
        for (sharer, part) in known_charges(members, slot) {
            ledger.expect(sharer, -part);
        }
        match &slot.standing {
            Standing::GivenBack => {}
            Standing::Open { pin } => {
                let cohosts = cohosts::standing(members, slot);
                turns.push(open_turn(&mut ledger, slot, pin.as_ref(), cohosts));
            }
            Standing::Settled { .. } => turns.extend(settled(&mut ledger, members, slot)),
        }
    }
    Plan {
        turns,
        balances: ledger.balances(),
    }
}

/// The parts of a turn of which it is known to whom they are charged: all of one that is settled, those of the co-hosts
/// of an open one.
fn known_charges(members: &[Member], slot: &Slot) -> Vec<(Id<Municipality>, i64)> {
    let cohosts = || cohosts::standing(members, slot);
    let known = match &slot.standing {
        Standing::Settled { due: Some(due), .. } => charges(*due, &cohosts()),
        Standing::Open { .. } => {
            let cohosts = cohosts();
            let part = cohosts::part(cohosts.len());
            cohosts.into_iter().map(|cohost| (cohost, part)).collect()
        }
        _ => Vec::new(),
    };
    let known = known.into_iter();
    known
        .map(|(sharer, part)| (sharer, i64::from(part)))
        .collect()
}

/// A turn that is settled, written down; none of a slot that is not.
pub(super) fn settled(ledger: &mut Ledger, members: &[Member], slot: &Slot) -> Option<Planned> {
    let Standing::Settled {
        due,
        host,
        source,
        reason,
        counted,
    } = &slot.standing
    else {
        return None;
    };
    let planned = Planned {
        meeting: slot.meeting,
        host: Some(*host),
        due: *due,
        cohosts: Vec::new(),
        source: *source,
        reason: Reason::set(*host, *due, *source, reason.clone()),
        rejected: rejected_by_host(ledger, slot.on, *host, *due, *source),
    };
    let planned = together(planned, cohosts::standing(members, slot));
    ledger.settle(&planned, slot.on, *counted);
    Some(planned)
}

/// A turn with these co-hosts, who were chosen as well, so that nothing is said against them.
fn together(mut planned: Planned, mut cohosts: Vec<Id<Municipality>>) -> Planned {
    cohosts.retain(|id| Some(*id) != planned.host && Some(*id) != planned.due);
    planned
        .rejected
        .retain(|one| !cohosts.contains(&one.municipality));
    planned.cohosts = cohosts;
    planned
}

fn open_turn(
    ledger: &mut Ledger,
    slot: &Slot,
    pin: Option<&Pin>,
    cohosts: Vec<Id<Municipality>>,
) -> Planned {
    let choice = choose(ledger, slot.on, &cohosts);
    let due = choice.map(|choice| ledger.members[choice.due].id);
    let planned = seated(ledger, slot, (pin, due, cohosts), || {
        let reason = choice.map_or(Reason::NobodyAvailable, |choice| choice.reason(ledger));
        (reason, rejected_by_rotation(ledger, slot.on, choice))
    });
    ledger.charge_planned(&planned, slot.on);
    planned
}

/// An open turn: hosted by whoever was set if that is a member then, and else by whoever is due, with the
/// reasons that the plan has.
pub(super) fn seated(
    ledger: &Ledger,
    slot: &Slot,
    (pin, due, cohosts): (
        Option<&Pin>,
        Option<Id<Municipality>>,
        Vec<Id<Municipality>>,
    ),
    by_plan: impl FnOnce() -> (Reason, Vec<Rejection>),
) -> Planned {
    let pin = pin.filter(|pin| pin.source != Source::Rotation);
    let outside = pin.and_then(|pin| ledger.not_member(pin.host, slot.on));
    if let (Some(pin), None) = (pin, &outside) {
        let planned = Planned {
            meeting: slot.meeting,
            host: Some(pin.host),
            due,
            cohosts: Vec::new(),
            source: pin.source,
            reason: Reason::set(pin.host, due, pin.source, pin.reason.clone()),
            rejected: rejected_by_host(ledger, slot.on, pin.host, due, pin.source),
        };
        return together(planned, cohosts);
    }
    let (reason, rejected) = by_plan();
    let reason = match (pin, outside) {
        (Some(pin), Some(outside)) => Reason::PinIgnored {
            pinned: pin.host,
            outside,
            instead: Box::new(reason),
        },
        _ => reason,
    };
    let planned = Planned {
        meeting: slot.meeting,
        host: due,
        due,
        cohosts: Vec::new(),
        source: Source::Rotation,
        reason,
        rejected,
    };
    together(planned, cohosts)
}

/// Who is due, and what decided it. The numbers are places in [`Ledger::members`].
#[derive(Debug, Clone, Copy)]
struct Choice {
    due: usize,
    /// The next best.
    other: Option<usize>,
    /// Who had the turn just before and would be due again.
    waits: Option<usize>,
}

fn choose(ledger: &Ledger, on: NaiveDate, cohosts: &[Id<Municipality>]) -> Option<Choice> {
    let mut able: Vec<usize> = (0..ledger.members.len())
        .filter(|&place| ledger.obstacle(place, on).is_none())
        .filter(|&place| !cohosts.contains(&ledger.members[place].id))
        .collect();
    // Places follow the order, so the stable sort leaves ties to it.
    able.sort_by_key(|&place| ledger.claim(place));
    match able[..] {
        [] => None,
        [just, next, ..] if ledger.had_last_turn(just) => Some(Choice {
            due: next,
            other: able.get(2).copied(),
            waits: Some(just),
        }),
        [due, ..] => Some(Choice {
            due,
            other: able.get(1).copied(),
            waits: None,
        }),
    }
}

impl Choice {
    fn reason(self, ledger: &Ledger) -> Reason {
        let host = ledger.members[self.due].id;
        if let Some(waits) = self.waits {
            return Reason::NotTwiceInARow {
                host,
                waits: ledger.members[waits].id,
            };
        }
        let Some(other) = self.other else {
            return Reason::OnlyOneAvailable { host };
        };
        let (own, others) = (&ledger.accounts[self.due], &ledger.accounts[other]);
        if own.claimed() < others.claimed() {
            Reason::LeastTurns {
                host,
                turns: own.claimed(),
            }
        } else if own.last < others.last {
            Reason::LongestAgo {
                host,
                last: own.last.map(|last| last.on),
            }
        } else {
            Reason::FirstInOrder { host }
        }
    }
}

fn rejected_by_rotation(ledger: &Ledger, on: NaiveDate, choice: Option<Choice>) -> Vec<Rejection> {
    let detail = |place: usize| {
        if let Some(obstacle) = ledger.obstacle(place, on) {
            return Some(obstacle);
        }
        let choice = choice.filter(|choice| choice.due != place)?;
        let (own, due) = (&ledger.accounts[place], &ledger.accounts[choice.due]);
        let chosen = ledger.members[choice.due].id;
        Some(match own.last {
            _ if choice.waits != Some(place) && own.claimed() > due.claimed() => {
                Detail::TurnsAhead {
                    own: own.claimed(),
                    chosen,
                    chosen_turns: due.claimed(),
                }
            }
            Some(last) if choice.waits == Some(place) || own.last > due.last => {
                Detail::HostedRecently { last: last.on }
            }
            _ => Detail::LaterInOrder { chosen },
        })
    };
    let details = (0..ledger.members.len()).filter_map(|place| Some((place, detail(place)?)));
    details
        .map(|(place, detail)| Rejection::new(ledger.members[place].id, detail))
        .collect()
}

fn rejected_by_host(
    ledger: &Ledger,
    on: NaiveDate,
    host: Id<Municipality>,
    due: Option<Id<Municipality>>,
    source: Source,
) -> Vec<Rejection> {
    let others = ledger.members.iter().filter(|member| member.id != host);
    others
        .map(|member| {
            let set = || Detail::HostSet {
                host,
                source,
                was_due: due == Some(member.id),
            };
            Rejection::new(
                member.id,
                ledger.not_member(member.id, on).unwrap_or_else(set),
            )
        })
        .collect()
}
