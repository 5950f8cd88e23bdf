//! Rules of agendas, without database or clock.
use chrono::Days;

use super::{AgendaBudget, AgendaEntry, AgendaItem, ItemState};
use crate::db::{Id, Instant};
use crate::i18n::dates::date_long;
use crate::i18n::{Language, say_with};
use crate::meetings::Meeting;
use crate::series::{Placement, TemplateItem, default_title};
use calendar::zones;

/// An action that changes the state of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// Accepts a proposal.
    Accept,
    /// Rejects it.
    Reject,
    /// Puts it on the agenda of a meeting.
    Schedule,
    /// Moves it from the agenda of its meeting to another meeting or the backlog.
    Postpone,
    /// Withdraws it.
    Withdraw,
    /// Changes its content.
    Change,
}

impl ItemState {
    /// The state after `transition`, if it is allowed. An accepted item is scheduled if it has a
    /// meeting.
    #[must_use]
    pub fn after(self, transition: Transition, in_meeting: bool) -> Option<Self> {
        use ItemState::{Accepted, Postponed, Proposed, Rejected, Scheduled, Withdrawn};
        Some(match (transition, self) {
            (Transition::Accept, Proposed) if in_meeting => Scheduled,
            (Transition::Accept, Proposed) => Accepted,
            (Transition::Reject, Proposed | Accepted) => Rejected,
            (Transition::Schedule, Accepted | Postponed) => Scheduled,
            (Transition::Postpone, Scheduled) => Postponed,
            (Transition::Withdraw, Proposed | Accepted | Scheduled | Postponed) => Withdrawn,
            (Transition::Change, state @ (Proposed | Accepted | Scheduled | Postponed)) => state,
            _ => return None,
        })
    }
}

/// Whether a topic that is proposed now is late. The deadline is the end of the day that is `days`
/// days before the meeting, in the meeting's time zone.
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

/// Inserts an item into the order of an agenda (ids, and whether they are late): a late one at the
/// end, any other before the late ones at the end.
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

/// The next meeting, as an agenda mentions it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextMeeting {
    /// Its day.
    pub date: chrono::NaiveDate,
    /// The name of its host.
    pub host: Option<String>,
}

/// Translates a template from one language to another: the default titles of a series are known in
/// both, titles that people wrote stay.
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

/// Fills in the day and the host of the next meeting where the template asks for them.
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

/// The entries of an agenda in order: opening items of the template, agenda items, closing items of
/// the template.
#[must_use]
pub fn entries(template: Vec<TemplateItem>, items: Vec<AgendaItem>) -> Vec<AgendaEntry> {
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
        .map(|(number, entry)| AgendaEntry { number, ..entry })
        .collect()
}

fn of_template(item: TemplateItem) -> AgendaEntry {
    AgendaEntry {
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

fn of_item(item: AgendaItem) -> AgendaEntry {
    AgendaEntry {
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

/// The time budget of these entries in a meeting of `available_minutes`.
#[must_use]
pub fn budget(entries: &[AgendaEntry], available_minutes: i32) -> AgendaBudget {
    let planned_minutes = entries
        .iter()
        .fold(0_i32, |sum, entry| sum.saturating_add(entry.minutes));
    AgendaBudget {
        planned_minutes,
        available_minutes,
        over_minutes: planned_minutes.saturating_sub(available_minutes).max(0),
    }
}
