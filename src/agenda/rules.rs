//! The rules of agendas, which take values and return values.
use chrono::Days;

use super::{AgendaItem, Budget, Entry, ItemState};
use crate::calendar::zones;
use crate::db::{Id, Instant};
use crate::i18n::dates::date_long;
use crate::i18n::{Language, say_with};
use crate::meetings::Meeting;
use crate::series::{Placement, TemplateItem, default_title};

/// What somebody does with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Takes it on.
    Accept,
    /// Turns it down.
    Reject,
    /// Puts it on the agenda of a meeting.
    Schedule,
    /// Takes it off the agenda of its meeting, for another one or the backlog.
    Postpone,
    /// Takes it back.
    Withdraw,
    /// Rewrites it.
    Change,
}

impl ItemState {
    /// The state after `step`, if it can be taken; accepting depends on where the item is.
    #[must_use]
    pub fn after(self, step: Step, in_meeting: bool) -> Option<Self> {
        use ItemState::{Accepted, Postponed, Proposed, Rejected, Scheduled, Withdrawn};
        Some(match (step, self) {
            (Step::Accept, Proposed) if in_meeting => Scheduled,
            (Step::Accept, Proposed) => Accepted,
            (Step::Reject, Proposed | Accepted) => Rejected,
            (Step::Schedule, Accepted | Postponed) => Scheduled,
            (Step::Postpone, Scheduled) => Postponed,
            (Step::Withdraw, Proposed | Accepted | Scheduled | Postponed) => Withdrawn,
            (Step::Change, state @ (Proposed | Accepted | Scheduled | Postponed)) => state,
            _ => return None,
        })
    }
}

/// Whether a topic that is proposed now comes after the deadline: the end of the day that is
/// `days` before the meeting, by the clocks there.
#[must_use]
pub fn is_late(meeting: &Meeting, days: i32, now: Instant) -> bool {
    let days = Days::new(days.max(0).unsigned_abs().into());
    let day_after = meeting
        .date
        .checked_sub_days(days)
        .and_then(|last| last.succ_opt())
        .unwrap_or(meeting.date);
    let midnight = day_after.and_time(chrono::NaiveTime::MIN);
    *now >= zones::instant_of(midnight, meeting.zone())
}

/// The order of an agenda (keys, and whether late) with one more item: a late one at the end, a
/// punctual one before the late ones that stand at the end.
#[must_use]
pub fn placed(
    order: &[(Id<AgendaItem>, bool)],
    item: Id<AgendaItem>,
    late: bool,
) -> Vec<Id<AgendaItem>> {
    let late_at_end = order.iter().rev().take_while(|(_, late)| *late).count();
    let place = if late {
        order.len()
    } else {
        order.len() - late_at_end
    };
    let mut keys: Vec<_> = order.iter().map(|(key, _)| *key).collect();
    keys.insert(place, item);
    keys
}

/// The next meeting, as far as an agenda names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextMeeting {
    /// Its day.
    pub date: chrono::NaiveDate,
    /// The name of its host.
    pub host: Option<String>,
}

/// The template that was written in the language `from` for somebody who reads `to`: the titles that
/// a series has from the start are known in every language, those that people gave it stay.
#[must_use]
pub fn translated(
    mut template: Vec<TemplateItem>,
    from: Language,
    to: Language,
) -> Vec<TemplateItem> {
    if from != to {
        for item in &mut template {
            if let Some(title) = default_title(&item.title, from, to) {
                item.title = title;
            }
        }
    }
    template
}

/// The template with the next meeting's day and host filled in where it asks for them, as an
/// agenda shows it.
#[must_use]
pub fn filled_in(
    template: Vec<TemplateItem>,
    next: Option<&NextMeeting>,
    language: Language,
) -> Vec<TemplateItem> {
    let Some(next) = next else {
        return template;
    };
    let date = date_long(language, next.date);
    template
        .into_iter()
        .map(|item| {
            if !item.next_meeting {
                return item;
            }
            let mut args = vec![("title", item.title.clone()), ("date", date.clone())];
            let title = match &next.host {
                Some(host) => {
                    args.push(("host", host.clone()));
                    say_with(language, "agenda-next-meeting-hosted", &args)
                }
                None => say_with(language, "agenda-next-meeting", &args),
            };
            TemplateItem { title, ..item }
        })
        .collect()
}

/// The entries of an agenda in their order: what opens the meeting, the items, what closes it.
#[must_use]
pub fn entries(template: Vec<TemplateItem>, items: Vec<AgendaItem>) -> Vec<Entry> {
    let (opening, closing): (Vec<_>, Vec<_>) = template
        .into_iter()
        .partition(|item| item.placement == Placement::Opening);
    let unnumbered = opening
        .into_iter()
        .map(of_template)
        .chain(items.into_iter().map(of_item))
        .chain(closing.into_iter().map(of_template));
    (1..)
        .zip(unnumbered)
        .map(|(number, entry)| Entry { number, ..entry })
        .collect()
}

fn of_template(item: TemplateItem) -> Entry {
    Entry {
        number: 0,
        title: item.title,
        kind: item.kind,
        minutes: item.minutes,
        presenter: None,
        late: false,
        carried_count: 0,
        item: None,
    }
}

fn of_item(item: AgendaItem) -> Entry {
    Entry {
        number: 0,
        title: item.title.clone(),
        kind: item.kind,
        minutes: item.minutes,
        presenter: item.presenter.clone(),
        late: item.late,
        carried_count: item.carried_count,
        item: Some(item),
    }
}

/// How long the entries take in a meeting of `available_minutes`.
#[must_use]
pub fn budget(entries: &[Entry], available_minutes: i32) -> Budget {
    let planned_minutes = entries
        .iter()
        .fold(0_i32, |sum, entry| sum.saturating_add(entry.minutes));
    Budget {
        planned_minutes,
        available_minutes,
        over_minutes: planned_minutes.saturating_sub(available_minutes).max(0),
    }
}
