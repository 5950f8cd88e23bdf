//! The steps around a meeting: which there are, when each is due, and for how long it can be made up
//! for. Pure; `invitations::steps` does them.
use chrono::{Days, NaiveDate, NaiveTime};
use chrono_tz::Tz;

use super::{Deadlines, Meeting, Status};
use crate::calendar::zones;
use crate::days::holidays::Land;
use crate::db::Instant;
use crate::series::Series;
use crate::word_enum;

word_enum! {
    /// Something that the service does around a meeting, in the usual order.
    pub enum Step {
        /// People are asked to keep the date free.
        SaveTheDate = "save_the_date",
        /// Topics are called for.
        CallForTopics = "call_for_topics",
        /// The host hears what topics came in, and that the list is closed.
        TopicsDue = "topics_due",
        /// The invitation goes out, or the host hears that it is due.
        InvitationDue = "invitation_due",
        /// Those who have not answered are reminded.
        AnswerReminder = "answer_reminder",
        /// Those who may come are reminded.
        Reminder = "reminder",
        /// The host hears that the minutes are due.
        MinutesDue = "minutes_due",
        /// The host hears that attendance is to be recorded and the meeting to be closed.
        AttendanceDue = "attendance_due",
    }
}

word_enum! {
    /// Why a step is not done.
    pub enum SkipReason {
        /// The series is a draft: nobody was invited to any of its meetings so far.
        Draft = "draft",
        /// The meeting does not take place.
        Cancelled = "cancelled",
        /// The invitations are out, which say more.
        Invited = "invited",
        /// Nobody was invited.
        NotInvited = "not_invited",
        /// Its moment has passed without it, or would come after the meeting has begun.
        Missed = "missed",
        /// There was nobody whom it concerned.
        Nobody = "nobody",
    }
}

/// When a step is due, and until when it can be made up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// From when on.
    pub due_at: Instant,
    /// Until when, this moment excluded. Not after `due_at` if there is no time for the step at all.
    pub until: Instant,
}

impl Moment {
    /// Whether it is time for the step.
    #[must_use]
    pub fn is_now(&self, now: Instant) -> bool {
        self.due_at <= now && now < self.until
    }
}

/// When offices open: the hour at which steps are due.
const OPENING: NaiveTime = NaiveTime::from_hms_opt(9, 0, 0).expect("a time of day");
/// When they close: what is made up for waits until they open again.
const CLOSING: NaiveTime = NaiveTime::from_hms_opt(17, 0, 0).expect("a time of day");
/// For how many working days after its own a step can be made up for. Long enough for an outage over
/// a weekend or for a meeting that was planned a little late; short enough that nobody is bothered
/// with what is no longer of use, above all after an upgrade.
const GRACE: usize = 2;

impl Step {
    /// When it is due and how long it can be made up for; nothing if the series leaves it out.
    ///
    /// A step before a meeting never comes once the meeting has begun. It gives way to the next one,
    /// so that after an outage nobody gets two at once. The invitation alone stays due until the
    /// meeting begins: late is better than not at all.
    #[must_use]
    pub fn moment(self, meeting: &Meeting, series: &Series) -> Option<Moment> {
        let deadlines = Deadlines::of(meeting, series);
        let (zone, land) = (meeting.zone(), series.avoided_days.0.land);
        let due_at = self.due_at(&deadlines, zone, land)?;
        let next = Self::ALL
            .iter()
            .filter_map(|step| step.due_at(&deadlines, zone, land))
            .filter(|other| *other > due_at)
            .min();
        let grace = end_of_grace(self.day(&deadlines, land)?, zone, land);
        let end = match self {
            Self::InvitationDue => meeting.starts_at,
            Self::MinutesDue | Self::AttendanceDue => grace,
            _ => grace.min(meeting.starts_at),
        };
        let until = match next {
            Some(next) if self != Self::InvitationDue => end.min(next),
            _ => end,
        };
        Some(Moment { due_at, until })
    }

    fn due_at(self, deadlines: &Deadlines, zone: Tz, land: Land) -> Option<Instant> {
        Some(at(self.day(deadlines, land)?, OPENING, zone))
    }

    fn day(self, deadlines: &Deadlines, land: Land) -> Option<NaiveDate> {
        match self {
            Self::SaveTheDate => deadlines.save_the_date_on,
            Self::CallForTopics => deadlines.call_for_topics_on,
            // The list is open to the end of its last day: closed is what it is the morning after.
            Self::TopicsDue => Some(land.working_day_from(deadlines.topics_until?.succ_opt()?)),
            Self::InvitationDue => deadlines.invitation_due,
            Self::AnswerReminder => deadlines.reminder_on,
            Self::Reminder => deadlines.last_reminder_on,
            Self::MinutesDue => deadlines.minutes_due_on,
            Self::AttendanceDue => deadlines.attendance_closes_on,
        }
    }

    /// What stands against the step, as the meeting is.
    #[must_use]
    pub fn obstacle(self, meeting: &Meeting) -> Option<SkipReason> {
        let status = meeting.status;
        if status == Status::Cancelled {
            return Some(SkipReason::Cancelled);
        }
        let told = meeting.invited_at.is_some();
        match self {
            Self::SaveTheDate | Self::InvitationDue if status != Status::Planned => {
                Some(SkipReason::Invited)
            }
            Self::AnswerReminder | Self::Reminder if status != Status::Invited => {
                Some(SkipReason::NotInvited)
            }
            // What was entered as held has its minutes, if any, somewhere else.
            Self::MinutesDue | Self::AttendanceDue if !told => Some(SkipReason::NotInvited),
            _ => None,
        }
    }
}

/// The end of the last working day on which what is due on `day` can be made up for.
#[must_use]
pub fn end_of_grace(day: NaiveDate, zone: Tz, land: Land) -> Instant {
    let after = day.iter_days().skip(1);
    let last = after.filter(|day| land.is_working_day(*day)).nth(GRACE - 1);
    at(last.unwrap_or(day), CLOSING, zone)
}

fn at(day: NaiveDate, time: NaiveTime, zone: Tz) -> Instant {
    zones::instant_of(day.and_time(time), zone).into()
}

/// When offices open on a day there.
#[must_use]
pub fn opening_on(day: NaiveDate, zone: Tz) -> Instant {
    at(day, OPENING, zone)
}

/// When what is due at `due_at` can be said: then, or at present if that is past, while offices are
/// open; else when they open next.
#[must_use]
pub fn in_office_hours(due_at: Instant, now: Instant, zone: Tz, land: Land) -> Instant {
    let first = due_at.max(now);
    match is_office_time(first, zone, land) {
        true => first,
        false => next_opening(first, zone, land),
    }
}

/// Whether steps may be done: offices are open there.
#[must_use]
pub fn is_office_time(now: Instant, zone: Tz, land: Land) -> bool {
    let local = now.with_timezone(&zone).naive_local();
    land.is_working_day(local.date()) && (OPENING..CLOSING).contains(&local.time())
}

/// When offices open next, if they are closed.
#[must_use]
pub fn next_opening(now: Instant, zone: Tz, land: Land) -> Instant {
    let local = now.with_timezone(&zone).naive_local();
    let first = match local.time() < OPENING {
        true => local.date(),
        false => local
            .date()
            .checked_add_days(Days::new(1))
            .unwrap_or(local.date()),
    };
    at(land.working_day_from(first), OPENING, zone)
}
