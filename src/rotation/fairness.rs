//! The fairness of the rotation as the API shows it: balances, and how much they differ.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::accounts::{Balance, Turns, in_turns};
use crate::municipalities::{Municipality, MunicipalityName};

/// The balance of a municipality in the rotation. Parts of turns count as parts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RotationAccounts)]
pub struct BalanceView {
    /// The municipality.
    pub municipality: MunicipalityName,
    /// The first day of its membership.
    pub member_since: NaiveDate,
    /// The first day on which it is no longer a member.
    pub left_on: Option<NaiveDate>,
    /// Turns charged to it that were held or forfeited.
    #[schema(value_type = f64)]
    pub counted: Turns,
    /// Turns charged to it that are still to come and fixed, because invitations were sent.
    #[schema(value_type = f64)]
    pub assigned: Turns,
    /// Turns that the plan charges to it.
    #[schema(value_type = f64)]
    pub planned: Turns,
    /// Counted and assigned turns that it hosts, for itself or for others.
    pub hosted: u32,
    /// Counted and assigned turns in which it is a co-host.
    pub cohosted: u32,
    /// Turns it hosts for others, minus those that others host for it.
    pub standing_in: i32,
    /// What it started with: the mean balance of the members when it joined, 0 for founders.
    pub start_credit: f64,
    /// Counted and assigned turns plus the start credit: what the rotation balances.
    pub balance: f64,
}

/// Municipalities that joined on the same day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Peers {
    /// The first day of their membership.
    pub member_since: NaiveDate,
    /// The number of municipalities.
    pub municipalities: usize,
    /// The least number of counted turns.
    #[schema(value_type = f64)]
    pub fewest: Turns,
    /// The greatest number of counted turns.
    #[schema(value_type = f64)]
    pub most: Turns,
}

/// How evenly the turns are distributed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Fairness {
    /// The municipalities in the order of hosts, including those that have left.
    pub items: Vec<BalanceView>,
    /// Present members grouped by the day they joined; only members of one group can be compared.
    pub equally_long: Vec<Peers>,
    /// The greatest difference of counted turns within a group.
    #[schema(value_type = f64)]
    pub spread: Turns,
}

impl Fairness {
    pub(super) fn new(all: &[Municipality], balances: &[Balance], today: NaiveDate) -> Self {
        let balance_of = |id| balances.iter().find(|balance| balance.municipality == id);
        let items = all
            .iter()
            .filter_map(|one| Some(BalanceView::new(one, balance_of(one.id)?)));
        let items: Vec<BalanceView> = items.collect();
        let mut groups: BTreeMap<NaiveDate, Vec<Turns>> = BTreeMap::new();
        for item in items
            .iter()
            .filter(|item| item.left_on.is_none_or(|left| today < left))
        {
            groups
                .entry(item.member_since)
                .or_default()
                .push(item.counted);
        }
        let peers = |(member_since, counted): (NaiveDate, Vec<Turns>)| Peers {
            member_since,
            municipalities: counted.len(),
            fewest: counted.iter().copied().min().unwrap_or_default(),
            most: counted.iter().copied().max().unwrap_or_default(),
        };
        let equally_long: Vec<Peers> = groups.into_iter().map(peers).collect();
        let spread = equally_long
            .iter()
            .map(|peers| {
                let spread = peers.most.thousandths() - peers.fewest.thousandths();
                Turns::of_thousandths(spread)
            })
            .max();
        Self {
            items,
            equally_long,
            spread: spread.unwrap_or_default(),
        }
    }
}

impl BalanceView {
    fn new(one: &Municipality, balance: &Balance) -> Self {
        let fixed = balance.counted.thousandths() + balance.assigned.thousandths();
        let credit = balance.start_credit.thousandths();
        Self {
            municipality: MunicipalityName {
                id: one.id,
                name: one.name.clone(),
            },
            member_since: one.joined_on,
            left_on: one.left_on,
            counted: balance.counted,
            assigned: balance.assigned,
            planned: balance.planned,
            hosted: balance.hosted,
            cohosted: balance.cohosted,
            standing_in: balance.standing_in,
            start_credit: in_turns(credit),
            balance: in_turns(fixed + credit),
        }
    }
}
