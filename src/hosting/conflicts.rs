//! Meetings that need a person: planned ones on days that no longer suit, because a school holiday was moved or a city has
//! a blackout; and those whose host cannot host, that nobody can host, or that are over without an invitation
//! ([`warnings`](crate::meetings::warnings)). The coordinators are notified of each once.
use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::turns::UpcomingMeeting;
use crate::Tx;
use crate::auth::{Scope, SystemActor};
use crate::days::{self, Cause, Weight, all_in_words};
use crate::db::schema::meeting_conflicts;
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::i18n::dates::date_long;
use crate::i18n::{Language, say, say_with};
use crate::invitations::notice_context::NoticeContext;
use crate::meetings::warnings::{Trouble, TroubledMeeting, trouble_of};
use crate::meetings::{Meeting, rescheduling};
use crate::municipalities::Municipality;
use crate::notifications::notice::NoticeText;
use crate::notifications::{MessageKind, Topic};
use crate::rotation::explain::NameOf;
use crate::rotation::plan::RotationMember;
use crate::series::Series;

/// To say to the coordinators that dates no longer suit, so that planning anew is due.
pub const REPLAN_DUE: MessageKind = MessageKind::new("replan_due");

/// How many conflicts a mail lists at most.
const LISTED: usize = 20;

/// To say to the coordinators that meetings need them.
pub const ATTENTION_DUE: MessageKind = MessageKind::new("attention_due");

/// A meeting that needs a person.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// The meeting.
    pub meeting: Meeting,
    /// Why.
    pub troubled: TroubledMeeting,
    /// What forbids its day, if that is the trouble.
    pub causes: Vec<Cause>,
}

/// A conflict that was recorded.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = meeting_conflicts, check_for_backend(crate::db::MultiBackend))]
pub struct SeenConflict {
    /// Its key.
    pub id: Id<SeenConflict>,
    /// The meeting.
    pub meeting_id: Id<Meeting>,
    /// Why it needed a person.
    pub trouble: Trouble,
    /// The host that was absent.
    pub municipality_id: Option<Id<Municipality>>,
    /// Its day at that time.
    pub date: NaiveDate,
    /// When the coordinators were notified.
    pub told_at: Option<Instant>,
    /// When it was recorded.
    pub created_at: Instant,
}

/// The conflicts of a series as they are and as they were recorded.
#[derive(Debug, Default)]
pub struct Conflicts {
    /// Those that exist now, in the order of time.
    pub now: Vec<Conflict>,
    /// Those that were recorded.
    pub seen: Vec<SeenConflict>,
}

impl Conflicts {
    /// The conflicts of the meetings of a series: of the upcoming ones, and of the `passed` ones to which nobody was
    /// invited.
    pub(super) fn load(
        conn: &mut DbConn,
        who: &SystemActor,
        (series, members): (&Series, &[RotationMember]),
        (meetings, passed, seen): (&[UpcomingMeeting], &[Meeting], &[SeenConflict]),
        now: Instant,
    ) -> Result<Self> {
        let existing = meetings.iter().filter(|one| one.deleted_at.is_none());
        let existing: Vec<&Meeting> = existing.map(|one| &one.meeting).collect();
        let ids: HashSet<_> = meetings.iter().map(|one| one.meeting.id).collect();
        let is_own = |seen: &&SeenConflict| {
            let mut passed = passed.iter();
            ids.contains(&seen.meeting_id) || passed.any(|one| one.id == seen.meeting_id)
        };
        let mut found = Self {
            seen: seen.iter().filter(is_own).cloned().collect(),
            now: Vec::new(),
        };
        let troubled = existing
            .iter()
            .copied()
            .chain(passed)
            .filter_map(|meeting| {
                Some(Conflict {
                    meeting: meeting.clone(),
                    troubled: trouble_of(members, meeting, now)?,
                    causes: Vec::new(),
                })
            });
        found.now = troubled.collect();
        let avoided = &series.avoided_days.0;
        // Other days, such as public holidays, are fixed.
        if avoided.school_holidays != Weight::Hard && avoided.blackouts != Weight::Hard {
            return Ok(found);
        }
        let days = days::store::day_data(conn, who, avoided)?;
        let movable = existing
            .into_iter()
            .filter(|meeting| !rescheduling::stays(meeting, series, now));
        let forbidden = movable.map(|meeting| Conflict {
            meeting: meeting.clone(),
            troubled: TroubledMeeting {
                trouble: Trouble::Day,
                host: None,
            },
            causes: days.forbidding(meeting.date),
        });
        found
            .now
            .extend(forbidden.filter(|one| !one.causes.is_empty()));
        found
            .now
            .sort_by_key(|one| (one.meeting.starts_at, one.meeting.id));
        Ok(found)
    }

    /// Those that are not recorded yet.
    fn unseen(&self) -> impl Iterator<Item = &Conflict> {
        let is_seen = |one: &Conflict| self.seen.iter().any(|seen| seen.is(one));
        self.now.iter().filter(move |one| !is_seen(one))
    }

    /// Those that no longer exist.
    fn over(&self) -> impl Iterator<Item = &SeenConflict> {
        let is_there = |seen: &SeenConflict| self.now.iter().any(|one| seen.is(one));
        self.seen.iter().filter(move |seen| !is_there(seen))
    }

    /// Whether the records differ from what is.
    #[must_use]
    pub fn have_changed(&self) -> bool {
        self.unseen().next().is_some() || self.over().next().is_some()
    }

    /// When the coordinators are notified: after the series' window for further changes, so that whoever enters blackouts
    /// and then plans again gets no mail.
    #[must_use]
    pub fn told_at(&self, series: &Series) -> Option<Instant> {
        let untold = self
            .seen
            .iter()
            .filter(|seen| seen.told_at.is_none() && self.now.iter().any(|one| seen.is(one)));
        let last = untold.map(|seen| seen.created_at).max()?;
        Some(series.settled_at(last))
    }
}

impl Conflict {
    /// The host that is absent.
    fn absent(&self) -> Option<Id<Municipality>> {
        self.troubled.host.as_ref().map(|(host, _)| *host)
    }
}

impl SeenConflict {
    fn is(&self, other: &Conflict) -> bool {
        let same_meeting = (self.meeting_id, self.date) == (other.meeting.id, other.meeting.date);
        same_meeting
            && (self.trouble, self.municipality_id) == (other.troubled.trouble, other.absent())
    }
}

/// Brings the records in line with what is.
pub(super) fn note(tx: &mut Tx, who: &SystemActor, conflicts: &Conflicts) -> Result<()> {
    let now = tx.now;
    for gone in conflicts.over() {
        diesel::delete(meeting_conflicts::table.find(gone.id)).execute(&mut **tx)?;
    }
    for one in conflicts.unseen() {
        diesel::insert_into(meeting_conflicts::table)
            .values((
                meeting_conflicts::id.eq(tx.id::<SeenConflict>()),
                meeting_conflicts::cooperation_id.eq(who.cooperation()),
                meeting_conflicts::meeting_id.eq(one.meeting.id),
                meeting_conflicts::trouble.eq(one.troubled.trouble),
                meeting_conflicts::municipality_id.eq(one.absent()),
                meeting_conflicts::date.eq(one.meeting.date),
                meeting_conflicts::created_at.eq(now),
                meeting_conflicts::modified_at.eq(now),
            ))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// Notifies the coordinators of all conflicts of a series: in one mail of those that planning again would solve, in another
/// one of those that need a decision.
pub(super) fn tell(
    tx: &mut Tx,
    who: &SystemActor,
    series: &Series,
    conflicts: &Conflicts,
) -> Result<()> {
    let now = tx.now;
    let is_untold = |seen: &&SeenConflict| seen.told_at.is_none();
    let untold: Vec<&SeenConflict> = conflicts.seen.iter().filter(is_untold).collect();
    for seen in &untold {
        diesel::update(meeting_conflicts::table.find(seen.id))
            .set((
                meeting_conflicts::told_at.eq(now),
                meeting_conflicts::modified_at.eq(now),
            ))
            .execute(&mut **tx)?;
    }
    let context = NoticeContext::today(tx, who)?;
    let name_of = |id| context.municipality(id);
    for (kind, name, is_day) in [
        (REPLAN_DUE, "replan", true),
        (ATTENTION_DUE, "attention", false),
    ] {
        let belongs = |trouble: Trouble| (trouble == Trouble::Day) == is_day;
        if !untold.iter().any(|seen| belongs(seen.trouble)) {
            continue;
        }
        let all = conflicts.now.iter();
        let all: Vec<&Conflict> = all.filter(|one| belongs(one.troubled.trouble)).collect();
        let template = context.template(kind, Topic::of("series", series.id), None);
        let key = format!("{name}:{}:{}", series.id, now.timestamp_micros());
        let people = context.coordinators();
        template.send_to_all(tx, who, (people, &key), |language, _| {
            text(&series.title, &all, (name, language), &name_of)
        })?;
    }
    Ok(())
}

fn text(
    series: &str,
    conflicts: &[&Conflict],
    (name, language): (&str, Language),
    name_of: NameOf,
) -> NoticeText {
    let args = [
        ("series", series.to_owned()),
        ("count", conflicts.len().to_string()),
    ];
    let row = |one: &&Conflict| {
        if one.troubled.trouble == Trouble::Day {
            let causes = all_in_words(&one.causes, language);
            return (date_long(language, one.meeting.date), causes);
        }
        // The sentence names the date.
        let number = [("number", one.meeting.number.to_string())];
        let label = say_with(language, "conflicts-attention-label", &number);
        let sentence = one.troubled.in_words(&one.meeting, language, name_of);
        (label, sentence)
    };
    let mut paragraphs = vec![
        say_with(language, &format!("conflicts-{name}-intro"), &args),
        say(language, &format!("conflicts-{name}-next")),
    ];
    if conflicts.len() > LISTED {
        let shown = [("shown", LISTED.to_string())];
        paragraphs.push(say_with(language, "conflicts-more", &shown));
    }
    NoticeText {
        subject: say_with(language, &format!("conflicts-{name}-subject"), &args),
        paragraphs,
        details: conflicts.iter().take(LISTED).map(row).collect(),
        ..NoticeText::default()
    }
}
