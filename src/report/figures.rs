//! The figures of the report, purely: integers only, the same on every machine.
use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{Period, Share, Spread, Spreads};
use crate::db::Id;
use crate::municipalities::distance::{Place, road_metres};
use crate::municipalities::{Municipality, Named, is_member};
use crate::rotation::accounts::Turns;
use crate::rotation::cohosts::debits;
use crate::series::HostWeights;

/// A municipality as the report sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Which municipality.
    pub id: Id<Municipality>,
    /// Its name.
    pub name: String,
    /// The first day of its membership.
    pub joined_on: NaiveDate,
    /// The first day it is no longer a member.
    pub left_on: Option<NaiveDate>,
    /// Where its people set out from; nothing if nobody has said so.
    pub home: Option<Place>,
}

impl Member {
    /// The days of its membership from one day to another.
    #[must_use]
    pub fn days(&self, Period { from, to }: Period) -> i64 {
        let last = self.left_on.and_then(|left| left.pred_opt());
        let last = last.map_or(to, |last| last.min(to));
        ((last - self.joined_on.max(from)).num_days() + 1).max(0)
    }

    /// What is due to it in a period: each day of its membership with its share of the turns on that day,
    /// in hundredths of an ordinary one.
    fn claim(&self, period: Period, weights: &HostWeights) -> i64 {
        let own = weights
            .shares
            .iter()
            .filter(|one| one.municipality_id == self.id);
        let changes = own
            .map(|one| one.from)
            .filter(|day| *day > period.from && *day <= period.to);
        let starts: BTreeSet<_> = changes.chain([period.from]).collect();
        let ends = starts
            .iter()
            .skip(1)
            .filter_map(NaiveDate::pred_opt)
            .chain([period.to]);
        let claims = starts.iter().zip(ends).map(|(from, to)| {
            let share = weights.share_on(self.id, *from);
            self.days(Period { from: *from, to }) * i64::from(share)
        });
        claims.sum()
    }

    fn is_member_on(&self, day: NaiveDate) -> bool {
        is_member(self.joined_on, self.left_on, day)
    }
}

/// A meeting that was held in the period.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// The local day.
    pub on: NaiveDate,
    /// Who hosted.
    pub host: Option<Id<Municipality>>,
    /// Who hosted together with the host.
    pub cohosts: Vec<Id<Municipality>>,
    /// Where; nothing if the venue has no coordinates.
    pub place: Option<Place>,
    /// Who was represented; nothing if it is not recorded.
    pub represented: Option<BTreeSet<Id<Municipality>>>,
    /// The agenda items: whose people proposed them, and the minutes planned.
    pub items: Vec<(Option<Id<Municipality>>, i32)>,
}

/// What happened in a period, and what is to come.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    /// The meetings that were held.
    pub held: Vec<Held>,
    /// To whom the turns of the period are charged in the ledger, held or forfeited, and which parts of them, in thousandths.
    pub charged: Vec<(Id<Municipality>, u32)>,
    /// Who is to host the meetings to come.
    pub to_come: Vec<Id<Municipality>>,
    /// Who is to host them together with the hosts.
    pub to_cohost: Vec<Id<Municipality>>,
}

/// A line for each municipality that is a member on some day of the period or has to do with its
/// meetings, in their order; `today` ends the days of membership that count, and `weights` say whose share
/// of the turns is another one.
#[must_use]
pub fn shares(
    members: &[Member],
    weights: &HostWeights,
    period: Period,
    today: NaiveDate,
    happened: &Happened,
) -> Vec<Share> {
    let past = Period {
        from: period.from,
        to: period.to.min(today),
    };
    let hosted = |member: &Member| {
        let held = happened.held.iter();
        count(held.filter(|meeting| meeting.host == Some(member.id)))
    };
    let cohosted = |member: &Member| {
        let held = happened.held.iter();
        count(held.filter(|meeting| meeting.cohosts.contains(&member.id)))
    };
    let charged = |member: &Member| {
        let own = happened.charged.iter().filter(|(id, _)| *id == member.id);
        own.map(|(_, part)| i64::from(*part)).sum::<i64>()
    };
    let shown: Vec<&Member> = members
        .iter()
        .filter(|member| {
            member.days(period) > 0
                || hosted(member) + cohosted(member) > 0
                || charged(member) > 0
                || happened.to_come.contains(&member.id)
                || happened.to_cohost.contains(&member.id)
        })
        .collect();
    let days: Vec<i64> = shown.iter().map(|member| member.days(past)).collect();
    let total: i64 = shown.iter().map(|member| i64::from(hosted(member))).sum();
    let claims = shown.iter().map(|member| member.claim(past, weights));
    let due = apportioned(total * 1000, &claims.collect::<Vec<_>>());
    let lines = shown.iter().zip(days).zip(due);
    lines
        .map(|((member, member_days), due_thousandths)| {
            let hosted = hosted(member);
            let is = |id: &&Id<Municipality>| **id == member.id;
            Share {
                municipality: Named {
                    id: member.id,
                    name: member.name.clone(),
                },
                member_days,
                hosted,
                cohosted: cohosted(member),
                charged: Turns::of_thousandths(charged(member)),
                to_come: count(happened.to_come.iter().filter(is)),
                to_cohost: count(happened.to_cohost.iter().filter(is)),
                due_thousandths,
                difference_thousandths: shared(member, &happened.held) - due_thousandths,
                travelled_metres: travelled(member, &happened.held),
                agenda_minutes: minutes(&happened.held, Some(member.id)),
                attended: attended(member, &happened.held),
            }
        })
        .collect()
}

/// The meetings that a municipality hosted, alone or together with others, in thousandths of a meeting.
fn shared(member: &Member, held: &[Held]) -> i64 {
    let parts = held.iter().filter_map(|meeting| {
        let parts = debits(meeting.host?, &meeting.cohosts);
        parts.into_iter().find(|(id, _)| *id == member.id)
    });
    parts.map(|(_, part)| i64::from(part)).sum()
}

/// The minutes of the agenda items that the people of a municipality proposed; with `None` those of
/// nobody who spoke for one.
#[must_use]
pub fn minutes(held: &[Held], of: Option<Id<Municipality>>) -> i64 {
    let items = held.iter().flat_map(|meeting| &meeting.items);
    let own = items.filter(|(proposer, _)| *proposer == of);
    own.map(|(_, minutes)| i64::from(*minutes)).sum()
}

fn attended(member: &Member, held: &[Held]) -> u32 {
    let known = held
        .iter()
        .filter_map(|meeting| meeting.represented.as_ref());
    count(known.filter(|represented| represented.contains(&member.id)))
}

/// How far it was to the meetings that others hosted while it was a member, one way.
fn travelled(member: &Member, held: &[Held]) -> Option<i64> {
    let home = member.home?;
    let others = held
        .iter()
        .filter(|meeting| meeting.host != Some(member.id) && member.is_member_on(meeting.on));
    let places = others.filter_map(|meeting| meeting.place);
    Some(places.map(|place| road_metres(home, place)).sum())
}

/// `total` in shares by weight. Each is rounded down, and what is left goes in ones to those who were
/// rounded down the most, the first among equals; so the shares add up to `total`. Without any weight
/// nobody gets anything.
#[must_use]
pub fn apportioned(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if sum <= 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: &i64| i128::from(total) * i128::from(*weight);
    let mut shares: Vec<i64> = weights
        .iter()
        .map(|weight| i64::try_from(exact(weight) / sum).unwrap_or(i64::MAX))
        .collect();
    let left = total - shares.iter().sum::<i64>();
    let mut places: Vec<usize> = (0..weights.len()).collect();
    places.sort_by_key(|&place| (-(exact(&weights[place]) % sum), place));
    for place in places.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        shares[place] += 1;
    }
    shares
}

/// How far apart the lines are.
#[must_use]
pub fn spreads(shares: &[Share]) -> Spreads {
    let of = |figure: fn(&Share) -> Option<i64>, scale| {
        let values: Vec<i64> = shares.iter().filter_map(figure).collect();
        spread(&values, scale)
    };
    Spreads {
        hosted: of(|share| Some(share.hosted.into()), 1000),
        difference_thousandths: of(|share| Some(share.difference_thousandths), 1),
        travelled_metres: of(|share| share.travelled_metres, 1000),
        agenda_minutes: of(|share| Some(share.agenda_minutes), 1000),
        attended: of(|share| Some(share.attended.into()), 1000),
    }
}

/// Range and standard deviation; the deviation times `scale`. Of no values both are 0.
fn spread(values: &[i64], scale: u128) -> Spread {
    let (Some(most), Some(least)) = (values.iter().max(), values.iter().min()) else {
        return Spread::default();
    };
    let count = values.len() as u128;
    // From the least on, so that the squares stay small and nothing is negative.
    let above = values
        .iter()
        .map(|value| u128::from(value.abs_diff(*least)));
    let (sum, squares) = above.fold((0, 0), |(sum, squares), value| {
        (sum + value, squares + value * value)
    });
    let variance = (count * squares).saturating_sub(sum * sum) * scale * scale;
    Spread {
        range: most - least,
        deviation_thousandths: i64::try_from(variance.isqrt() / count).unwrap_or(i64::MAX),
    }
}

fn count<T>(of: impl Iterator<Item = T>) -> u32 {
    u32::try_from(of.count()).unwrap_or(u32::MAX)
}
