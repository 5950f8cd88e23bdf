//! Closing a meeting that was held: the outcome of each item, and what is carried over.
use std::collections::HashMap;

use diesel::prelude::*;

use super::store::{find, scheduled, write_order};
use super::template::template;
use super::{AgendaItem, CloseMeeting, ClosedMeeting, ItemOutcome, ItemState, OutcomeState};
use crate::Tx;
use crate::auth::{Host, Scope};
use crate::db::schema::{agenda_items, meetings as meeting_rows};
use crate::db::{Id, Instant, Json};
use crate::error::{Error, FieldError, Result};
use crate::meetings::{self, Meeting, MeetingStatus};
use crate::rotation;

/// Closes a meeting as held: stores its final agenda, carries over unfinished items, and counts the
/// turn.
///
/// Unfinished items are copied to the top of the next meeting's agenda in their order, or to the
/// backlog if no meeting is planned. Undecided proposals move there unchanged.
///
/// # Errors
/// A conflict if it is closed already, was cancelled, or has not begun; invalid fields for outcomes
/// that are missing or wrong.
pub fn close(
    tx: &mut Tx,
    who: &Host,
    meeting: &Meeting,
    closing: &CloseMeeting,
) -> Result<ClosedMeeting> {
    can_be_closed(meeting, tx.now)?;
    let items = scheduled(tx, who, meeting.id)?;
    let outcomes = matched(&items, &closing.outcomes)?;
    // Before the meeting is held: the plan then no longer has this turn.
    rotation::ledger::count(tx, who, meeting)?;
    let template = template(tx, who, meeting)?;
    let written_down: Vec<_> = template
        .in_language(template.language)
        .into_iter()
        .map(|mut item| {
            // The next meeting in its title no longer changes.
            item.next_meeting = false;
            item
        })
        .collect();
    let next = meetings::store::next_after(tx, who, meeting)?.map(|next| next.id);
    let mut carried = Vec::new();
    for (item, outcome) in items.iter().zip(&outcomes) {
        record_outcome(tx, item, outcome)?;
        if outcome.state == OutcomeState::Unfinished {
            carried.push(carry_over(tx, who, item, next)?);
        }
    }
    move_proposals(tx, who, meeting.id, next)?;
    if let Some(next) = next {
        to_the_front(tx, who, next, &carried)?;
    }
    let now = tx.now;
    diesel::update(meeting_rows::table.find(meeting.id))
        .set((
            meeting_rows::status.eq(MeetingStatus::Held),
            meeting_rows::closed_at.eq(now),
            meeting_rows::template_agenda.eq(Some(Json(written_down))),
            meeting_rows::tell_at.eq(None::<Instant>),
            meeting_rows::changed_at.eq(now),
            meeting_rows::modified_at.eq(now),
            meeting_rows::revision.eq(meeting.revision + 1),
        ))
        .execute(&mut **tx)?;
    meetings::store::close_proposals(tx, who, meeting)?;
    tx.hold_plan();
    let carried: Result<Vec<_>> = carried.into_iter().map(|id| find(tx, who, id)).collect();
    Ok(ClosedMeeting {
        meeting_id: meeting.id,
        closed_at: now,
        outcomes,
        next_meeting_id: next,
        carried: carried?,
    })
}

fn can_be_closed(meeting: &Meeting, now: Instant) -> Result<()> {
    match meeting.status {
        MeetingStatus::Held | MeetingStatus::Cancelled => Err(Error::conflict(
            "state",
            format!("the meeting is {} already", meeting.status),
        )),
        MeetingStatus::Planned | MeetingStatus::Invited if meeting.starts_at > now => Err(
            Error::conflict("too_early", "the meeting has not begun yet"),
        ),
        MeetingStatus::Planned | MeetingStatus::Invited => Ok(()),
    }
}

/// Checks that each item has exactly one outcome, and returns them in the order of the items.
fn matched(items: &[AgendaItem], outcomes: &[ItemOutcome]) -> Result<Vec<ItemOutcome>> {
    let mut wrong = Vec::new();
    let mut complain = |field: String, rule: &str, message: String| {
        let rule = rule.to_owned();
        wrong.push(FieldError {
            field,
            rule,
            message,
        });
    };
    let mut by_item = HashMap::new();
    for (index, outcome) in outcomes.iter().enumerate() {
        let field = |name: &str| format!("outcomes[{index}].{name}");
        if !items.iter().any(|item| item.id == outcome.item_id) {
            let words = "is not a scheduled item of this meeting".to_owned();
            complain(field("item_id"), "exists", words);
        }
        if by_item.insert(outcome.item_id, outcome).is_some() {
            let words = "has another outcome".to_owned();
            complain(field("item_id"), "unique", words);
        }
        let says_nothing = |text: &String| text.trim().is_empty();
        if outcome.state == OutcomeState::Decided
            && outcome.result.as_ref().is_none_or(says_nothing)
        {
            let words = "a decision needs a result".to_owned();
            complain(field("result"), "required", words);
        }
    }
    let missing: Vec<_> = items
        .iter()
        .filter(|item| !by_item.contains_key(&item.id))
        .map(|item| format!("{} ({})", item.title, item.id))
        .collect();
    if !missing.is_empty() {
        let words = format!("these items have no outcome: {}", missing.join(", "));
        complain("outcomes".to_owned(), "missing", words);
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let in_order = items.iter().filter_map(|item| by_item.get(&item.id));
    Ok(in_order.copied().cloned().collect())
}

fn record_outcome(tx: &mut Tx, item: &AgendaItem, outcome: &ItemOutcome) -> Result<()> {
    let now = tx.now;
    let state = match outcome.state {
        OutcomeState::Discussed => ItemState::Discussed,
        OutcomeState::Decided => ItemState::Decided,
        OutcomeState::Unfinished => ItemState::Postponed,
    };
    diesel::update(agenda_items::table.find(item.id))
        .set((
            agenda_items::state.eq(state),
            agenda_items::result.eq(&outcome.result),
            agenda_items::revision.eq(item.revision + 1),
            agenda_items::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Creates the item that continues `item`. The database allows only one.
fn carry_over(
    tx: &mut Tx,
    who: &Host,
    item: &AgendaItem,
    next: Option<Id<Meeting>>,
) -> Result<Id<AgendaItem>> {
    let now = tx.now;
    let carried = AgendaItem {
        id: tx.id(),
        meeting_id: next,
        position: 0,
        state: match next {
            Some(_) => ItemState::Scheduled,
            None => ItemState::Accepted,
        },
        state_reason: None,
        late: false,
        result: None,
        carried_from_id: Some(item.id),
        carried_count: item.carried_count + 1,
        revision: 1,
        created_at: now,
        modified_at: now,
        ..item.clone()
    };
    let cooperation = agenda_items::cooperation_id.eq(who.cooperation());
    diesel::insert_into(agenda_items::table)
        .values((&carried, cooperation))
        .execute(&mut **tx)?;
    Ok(carried.id)
}

/// Moves undecided proposals, because nobody can decide about them in a meeting that was held.
fn move_proposals(
    tx: &mut Tx,
    who: &Host,
    from: Id<Meeting>,
    to: Option<Id<Meeting>>,
) -> Result<()> {
    let now = tx.now;
    diesel::update(agenda_items::table)
        .filter(agenda_items::cooperation_id.eq(who.cooperation()))
        .filter(agenda_items::meeting_id.eq(from))
        .filter(agenda_items::state.eq(ItemState::Proposed))
        .filter(agenda_items::deleted_at.is_null())
        .set((
            agenda_items::meeting_id.eq(to),
            agenda_items::late.eq(false),
            agenda_items::revision.eq(agenda_items::revision + 1),
            agenda_items::modified_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

fn to_the_front(
    tx: &mut Tx,
    who: &Host,
    meeting: Id<Meeting>,
    carried: &[Id<AgendaItem>],
) -> Result<()> {
    let known = scheduled(tx, who, meeting)?;
    let others = known
        .iter()
        .map(|row| row.id)
        .filter(|id| !carried.contains(id));
    let order: Vec<_> = carried.iter().copied().chain(others).collect();
    write_order(tx, who, meeting, &order)
}
