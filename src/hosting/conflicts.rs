//! Meetings that nobody is invited to, on days that have come not to suit: a school holiday was moved, a
//! city has a blackout. Planning anew would move them, and the coordinators are told so, once for each.
use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use diesel::prelude::*;

use super::tasks::{Ahead, Situation};
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::days::{self, Cause, Weight, all_in_words};
use crate::db::schema::day_conflicts;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::i18n::dates::date_long;
use crate::i18n::{Language, say, say_with};
use crate::invitations::notice_context::NoticeContext;
use crate::meetings::{Meeting, replanning};
use crate::notifications::notice::NoticeText;
use crate::notifications::{MessageKind, Topic};
use crate::series::Series;

/// To say to the coordinators that dates no longer suit, so that planning anew is due.
pub const REPLAN_DUE: MessageKind = MessageKind::new("replan_due");

/// So many conflicts are listed in a mail at most.
const LISTED: usize = 20;

/// A meeting on a day on which its series does not meet.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// The meeting.
    pub meeting: Id<Meeting>,
    /// Its day.
    pub date: NaiveDate,
    /// What forbids the day.
    pub causes: Vec<Cause>,
}

/// A conflict that was seen before.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = day_conflicts, check_for_backend(crate::db::MultiBackend))]
pub struct SeenConflict {
    /// Its key.
    pub id: Id<SeenConflict>,
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// On which day it was.
    pub date: NaiveDate,
    /// When the coordinators were told.
    pub told_at: Option<Instant>,
    /// When it was seen first.
    pub created_at: Instant,
}

/// The conflicts of a series, and those that were seen before.
#[derive(Debug, Default)]
pub struct Conflicts {
    /// What there are now, in the order of time.
    pub now: Vec<Conflict>,
    /// What were there when somebody looked last.
    pub seen: Vec<SeenConflict>,
}

impl Conflicts {
    /// Those of a series among its meetings ahead. A series has none as long as nothing it is strict about
    /// can change between two plans.
    pub(super) fn load(
        conn: &mut DbConn,
        who: &SystemActor,
        series: &Series,
        (meetings, seen): (&[Ahead], &mut HashMap<Id<Meeting>, SeenConflict>),
        now: Instant,
    ) -> Result<Self> {
        let ids = meetings.iter().map(|ahead| ahead.meeting.id);
        let mut found = Self {
            seen: ids.filter_map(|id| seen.remove(&id)).collect(),
            now: Vec::new(),
        };
        let avoided = &series.avoided_days.0;
        if avoided.school_holidays != Weight::Hard && avoided.blackouts != Weight::Hard {
            return Ok(found);
        }
        let days = days::store::days(conn, who, avoided)?;
        let free = meetings.iter().filter(|ahead| {
            ahead.gone_at.is_none() && !replanning::stays(&ahead.meeting, series, now)
        });
        let conflicts = free.map(|Ahead { meeting, .. }| Conflict {
            meeting: meeting.id,
            date: meeting.date,
            causes: days.forbidding(meeting.date),
        });
        found.now = conflicts.filter(|one| !one.causes.is_empty()).collect();
        Ok(found)
    }

    /// Those that nobody has seen.
    fn unseen(&self) -> impl Iterator<Item = &Conflict> {
        let is_seen = |one: &Conflict| self.seen.iter().any(|seen| seen.is(one));
        self.now.iter().filter(move |one| !is_seen(one))
    }

    /// Those that are no more.
    fn over(&self) -> impl Iterator<Item = &SeenConflict> {
        let is_there = |seen: &SeenConflict| self.now.iter().any(|one| seen.is(one));
        self.seen.iter().filter(move |seen| !is_there(seen))
    }

    /// Whether what was seen is to be brought in line with what is.
    #[must_use]
    pub fn have_changed(&self) -> bool {
        self.unseen().next().is_some() || self.over().next().is_some()
    }

    /// When the coordinators are told: when so many minutes have passed since the last one was seen, so
    /// that whoever enters blackouts and plans anew at once hears of none.
    #[must_use]
    pub fn told_at(&self, window_minutes: i32) -> Option<Instant> {
        let untold = self
            .seen
            .iter()
            .filter(|seen| seen.told_at.is_none() && self.now.iter().any(|one| seen.is(one)));
        let last = untold.map(|seen| seen.created_at).max()?;
        Some((*last + TimeDelta::minutes(window_minutes.into())).into())
    }
}

impl SeenConflict {
    fn is(&self, other: &Conflict) -> bool {
        (self.meeting_id, self.date) == (other.meeting, other.date)
    }
}

/// Brings what was seen in line with what is.
pub(super) fn note(tx: &mut Tx, who: &SystemActor, conflicts: &Conflicts) -> Result<()> {
    let now = tx.now;
    for gone in conflicts.over() {
        diesel::delete(day_conflicts::table.find(gone.id)).execute(&mut **tx)?;
    }
    for one in conflicts.unseen() {
        diesel::insert_into(day_conflicts::table)
            .values((
                day_conflicts::id.eq(tx.id::<SeenConflict>()),
                day_conflicts::cooperation_id.eq(who.cooperation()),
                day_conflicts::meeting_id.eq(one.meeting),
                day_conflicts::date.eq(one.date),
                day_conflicts::created_at.eq(now),
                day_conflicts::modified_at.eq(now),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Tells the coordinators of all conflicts of a series, in one mail.
pub(super) fn tell(tx: &mut Tx, who: &SystemActor, situation: &Situation) -> Result<()> {
    let (now, conflicts) = (tx.now, &situation.conflicts);
    let untold = conflicts.seen.iter().filter(|seen| seen.told_at.is_none());
    for seen in untold {
        diesel::update(day_conflicts::table.find(seen.id))
            .set((
                day_conflicts::told_at.eq(now),
                day_conflicts::modified_at.eq(now),
            ))
            .execute(&mut **tx)?;
    }
    let context = NoticeContext::today(tx, who)?;
    let series = &situation.series;
    let template = context.template(REPLAN_DUE, Topic::of("series", series.id));
    let key = format!("replan:{}:{}", series.id, now.timestamp_micros());
    let people = context.coordinators();
    template.send_to_all(tx, who, (people, &key), |language, _| {
        text(&series.title, &conflicts.now, language)
    })?;
    Ok(())
}

fn text(series: &str, conflicts: &[Conflict], language: Language) -> NoticeText {
    let args = [
        ("series", series.to_owned()),
        ("count", conflicts.len().to_string()),
    ];
    let row = |one: &Conflict| {
        let causes = all_in_words(&one.causes, language);
        (date_long(language, one.date), causes)
    };
    let mut paragraphs = vec![
        say_with(language, "conflicts-intro", &args),
        say(language, "conflicts-next"),
    ];
    if conflicts.len() > LISTED {
        let shown = [("shown", LISTED.to_string())];
        paragraphs.push(say_with(language, "conflicts-more", &shown));
    }
    NoticeText {
        subject: say_with(language, "conflicts-subject", &args),
        paragraphs,
        details: conflicts.iter().take(LISTED).map(row).collect(),
        ..NoticeText::default()
    }
}
