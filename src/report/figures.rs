//! Calculates the figures of the report. Integers only, so that they are the same on every machine.
use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{FairnessShare, FairnessSpread, FairnessSpreads, ReportPeriod};
use crate::db::Id;
use crate::municipalities::distance::{Coordinates, road_metres};
use crate::municipalities::{Municipality, MunicipalityName, is_member};
use crate::rotation::accounts::Turns;
use crate::rotation::cohosts::debits;
use crate::series::HostWeights;

/// A municipality in the report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportMember {
    /// Which municipality.
    pub id: Id<Municipality>,
    /// Its name.
    pub name: String,
    /// The first day of its membership.
    pub joined_on: NaiveDate,
    /// The day after its last day as a member.
    pub left_on: Option<NaiveDate>,
    /// Coordinates of its preferred venue, where its people are assumed to start.
    pub home: Option<Coordinates>,
}

impl ReportMember {
    /// The number of days of its membership in a period.
    #[must_use]
    pub fn days(&self, ReportPeriod { from, to }: ReportPeriod) -> i64 {
        let last = self.left_on.and_then(|left| left.pred_opt());
        let last = last.map_or(to, |last| last.min(to));
        ((last - self.joined_on.max(from)).num_days() + 1).max(0)
    }

    /// Its claim to turns in a period: the sum over its days of membership of its weight on each
    /// day, in hundredths of the usual weight.
    fn claim(&self, period: ReportPeriod, weights: &HostWeights) -> i64 {
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
            self.days(ReportPeriod { from: *from, to }) * i64::from(share)
        });
        claims.sum()
    }

    fn is_member_on(&self, day: NaiveDate) -> bool {
        is_member(self.joined_on, self.left_on, day)
    }
}

/// A meeting that was held in the period.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldMeeting {
    /// The local day.
    pub on: NaiveDate,
    /// The host.
    pub host: Option<Id<Municipality>>,
    /// The co-hosts.
    pub cohosts: Vec<Id<Municipality>>,
    /// Coordinates of the venue, if it has any.
    pub place: Option<Coordinates>,
    /// The municipalities that were represented, if attendance is recorded.
    pub represented: Option<BTreeSet<Id<Municipality>>>,
    /// The agenda items: the proposer's municipality and the planned minutes.
    pub items: Vec<(Option<Id<Municipality>>, i32)>,
}

/// What the figures of a period are calculated from.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportInput {
    /// The meetings that were held.
    pub held: Vec<HeldMeeting>,
    /// The turns of the period that the ledger charges, held or forfeited: to whom, and which part,
    /// in thousandths.
    pub charged: Vec<(Id<Municipality>, u32)>,
    /// The hosts of meetings that are not held yet.
    pub to_come: Vec<Id<Municipality>>,
    /// The co-hosts of meetings that are not held yet.
    pub to_cohost: Vec<Id<Municipality>>,
}

/// The figures of each municipality that is a member on some day of the period or hosts one of its
/// meetings, in their order. Days of membership after `today` do not count.
#[must_use]
pub fn shares(
    members: &[ReportMember],
    weights: &HostWeights,
    period: ReportPeriod,
    today: NaiveDate,
    happened: &ReportInput,
) -> Vec<FairnessShare> {
    let past = ReportPeriod {
        from: period.from,
        to: period.to.min(today),
    };
    let hosted = |member: &ReportMember| {
        let held = happened.held.iter();
        count(held.filter(|meeting| meeting.host == Some(member.id)))
    };
    let cohosted = |member: &ReportMember| {
        let held = happened.held.iter();
        count(held.filter(|meeting| meeting.cohosts.contains(&member.id)))
    };
    let charged = |member: &ReportMember| {
        let own = happened.charged.iter().filter(|(id, _)| *id == member.id);
        own.map(|(_, part)| i64::from(*part)).sum::<i64>()
    };
    let shown: Vec<&ReportMember> = members
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
            FairnessShare {
                municipality: MunicipalityName {
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

/// What a municipality hosted, in thousandths of a meeting: co-hosted meetings count in parts.
fn shared(member: &ReportMember, held: &[HeldMeeting]) -> i64 {
    let parts = held.iter().filter_map(|meeting| {
        let parts = debits(meeting.host?, &meeting.cohosts);
        parts.into_iter().find(|(id, _)| *id == member.id)
    });
    parts.map(|(_, part)| i64::from(part)).sum()
}

/// The minutes of agenda items proposed by people of a municipality; with `None`, by people who
/// represented none.
#[must_use]
pub fn minutes(held: &[HeldMeeting], of: Option<Id<Municipality>>) -> i64 {
    let items = held.iter().flat_map(|meeting| &meeting.items);
    let own = items.filter(|(proposer, _)| *proposer == of);
    own.map(|(_, minutes)| i64::from(*minutes)).sum()
}

fn attended(member: &ReportMember, held: &[HeldMeeting]) -> u32 {
    let known = held
        .iter()
        .filter_map(|meeting| meeting.represented.as_ref());
    count(known.filter(|represented| represented.contains(&member.id)))
}

/// The distance to the meetings that others hosted while it was a member, one way.
fn travelled(member: &ReportMember, held: &[HeldMeeting]) -> Option<i64> {
    let home = member.home?;
    let others = held
        .iter()
        .filter(|meeting| meeting.host != Some(member.id) && member.is_member_on(meeting.on));
    let places = others.filter_map(|meeting| meeting.place);
    Some(places.map(|place| road_metres(home, place)).sum())
}

/// Apportions `total` by weight with the largest-remainder method; the first of equal remainders
/// comes first. The shares add up to `total`, and are 0 without any weight.
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

/// The spread of each figure.
#[must_use]
pub fn spreads(shares: &[FairnessShare]) -> FairnessSpreads {
    let of = |figure: fn(&FairnessShare) -> Option<i64>, scale| {
        let values: Vec<i64> = shares.iter().filter_map(figure).collect();
        spread(&values, scale)
    };
    FairnessSpreads {
        hosted: of(|share| Some(share.hosted.into()), 1000),
        difference_thousandths: of(|share| Some(share.difference_thousandths), 1),
        travelled_metres: of(|share| share.travelled_metres, 1000),
        agenda_minutes: of(|share| Some(share.agenda_minutes), 1000),
        attended: of(|share| Some(share.attended.into()), 1000),
    }
}

/// Range and standard deviation, the latter times `scale`. Both are 0 without values.
fn spread(values: &[i64], scale: u128) -> FairnessSpread {
    let (Some(most), Some(least)) = (values.iter().max(), values.iter().min()) else {
        return FairnessSpread::default();
    };
    let count = values.len() as u128;
    // Relative to the smallest value, so that squares stay small and nothing is negative.
    let above = values
        .iter()
        .map(|value| u128::from(value.abs_diff(*least)));
    let (sum, squares) = above.fold((0, 0), |(sum, squares), value| {
        (sum + value, squares + value * value)
    });
    let variance = (count * squares).saturating_sub(sum * sum) * scale * scale;
    FairnessSpread {
        range: most - least,
        deviation_thousandths: i64::try_from(variance.isqrt() / count).unwrap_or(i64::MAX),
    }
}

fn count<T>(of: impl Iterator<Item = T>) -> u32 {
    u32::try_from(of.count()).unwrap_or(u32::MAX)
}
