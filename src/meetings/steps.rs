//! The steps around a meeting: when each is due, and how late it may be. Pure rules; `invitations::steps` carries the
//! steps out.
use chrono::{Days, NaiveDate, NaiveTime};
use chrono_tz::Tz;

use super::{Deadlines, Meeting, MeetingStatus};
use crate::days::public_holidays::Land;
use crate::db::Instant;
use crate::series::Series;
use crate::word_enum;
use calendar::zones;

word_enum! {
    /// Something that the service does before or after a meeting, in the usual order.
    pub enum MeetingStep {
        /// People are asked to keep the date free.
        SaveTheDate = "save_the_date",
        /// Topics are called for.
        CallForTopics = "call_for_topics",
        /// The host is notified of the topics received, and that the list is closed.
        TopicsDue = "topics_due",
        /// The invitation is sent, or the host is notified that it is due.
        InvitationDue = "invitation_due",
        /// Those who have not answered are reminded.
        AnswerReminder = "answer_reminder",
        /// Those who may attend are reminded.
        Reminder = "reminder",
        /// The host is notified that the minutes are due.
        MinutesDue = "minutes_due",
        /// The host is notified that attendance has to be recorded and the meeting closed.
        AttendanceDue = "attendance_due",
    }
}

word_enum! {
    /// Why a step is skipped.
    pub enum SkipReason {
        /// The series is a draft: nobody has been invited to any of its meetings.
        Draft = "draft",
        /// The meeting does not take place.
        Cancelled = "cancelled",
        /// Invitations were sent, which contain more.
        Invited = "invited",
        /// Nobody was invited.
        NotInvited = "not_invited",
        /// It was not done in time, or would only be due after the meeting has begun.
        Missed = "missed",
        /// It concerned nobody.
        Nobody = "nobody",
    }
}

/// The period in which a step may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepWindow {
    /// When the step is due.
    pub due_at: Instant,
    /// The end of the period, exclusive. Not after `due_at` if there is no time for the step at all.
    pub until: Instant,
}

impl StepWindow {
    /// Whether the step may be done now.
    #[must_use]
    pub fn is_now(&self, now: Instant) -> bool {
        self.due_at <= now && now < self.until
    }
}

/// When offices open: steps are due at this time.
const OPENING: NaiveTime = NaiveTime::from_hms_opt(9, 0, 0).expect("a time of day");
/// When offices close: late steps wait until they open again.
const CLOSING: NaiveTime = NaiveTime::from_hms_opt(17, 0, 0).expect("a time of day");
/// How many working days late a step may be. Long enough for an outage over a weekend or a meeting that was planned a
/// little late, short enough that nobody gets mails that are no longer useful, in particular after an upgrade.
const GRACE: usize = 2;

impl MeetingStep {
    /// The period in which the step may be done; `None` if the series has no such step.
    ///
    /// A step before a meeting is never done once the meeting has begun. Its period ends when the next step is due, so
    /// that after an outage nobody gets two at once. Only the invitation remains due until the meeting begins.
    #[must_use]
    pub fn window(self, meeting: &Meeting, series: &Series) -> Option<StepWindow> {
        let deadlines = Deadlines::of(meeting, series);
        let (zone, land) = (meeting.zone(), series.land());
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
        Some(StepWindow { due_at, until })
    }

    fn due_at(self, deadlines: &Deadlines, zone: Tz, land: Land) -> Option<Instant> {
        Some(at(self.day(deadlines, land)?, OPENING, zone))
    }

    fn day(self, deadlines: &Deadlines, land: Land) -> Option<NaiveDate> {
        match self {
            Self::SaveTheDate => deadlines.save_the_date_on,
            Self::CallForTopics => deadlines.call_for_topics_on,
            // The list is open until the end of its last day, so the step is due on the next morning.
            Self::TopicsDue => Some(land.working_day_from(deadlines.topics_until?.succ_opt()?)),
            Self::InvitationDue => deadlines.invitation_due,
            Self::AnswerReminder => deadlines.reminder_on,
            Self::Reminder => deadlines.last_reminder_on,
            Self::MinutesDue => deadlines.minutes_due_on,
            Self::AttendanceDue => deadlines.attendance_closes_on,
        }
    }

    /// Why the step must be skipped, given the status of the meeting.
    #[must_use]
    pub fn obstacle(self, meeting: &Meeting) -> Option<SkipReason> {
        let status = meeting.status;
        if status == MeetingStatus::Cancelled {
            return Some(SkipReason::Cancelled);
        }
        let is_invited = meeting.invited_at.is_some();
        match self {
            Self::SaveTheDate | Self::InvitationDue if status != MeetingStatus::Planned => {
                Some(SkipReason::Invited)
            }
            Self::AnswerReminder | Self::Reminder if status != MeetingStatus::Invited => {
                Some(SkipReason::NotInvited)
            }
            // A meeting that was entered after it was held has its minutes elsewhere, if there are any.
            Self::MinutesDue | Self::AttendanceDue if !is_invited => Some(SkipReason::NotInvited),
            _ => None,
        }
    }
}

/// The end of the last working day on which a step that is due on `day` may be done.
#[must_use]
pub fn end_of_grace(day: NaiveDate, zone: Tz, land: Land) -> Instant {
    let after = day.iter_days().skip(1);
    let last = after.filter(|day| land.is_working_day(*day)).nth(GRACE - 1);
    at(last.unwrap_or(day), CLOSING, zone)
}

fn at(day: NaiveDate, time: NaiveTime, zone: Tz) -> Instant {
    zones::instant_of(day.and_time(time), zone).into()
}

/// When offices open on a day.
#[must_use]
pub fn opening_on(day: NaiveDate, zone: Tz) -> Instant {
    at(day, OPENING, zone)
}

/// When people can be notified of something that is due at `due_at`: then, or now if that is past, if offices are open;
/// otherwise when they open next.
#[must_use]
pub fn in_office_hours(due_at: Instant, now: Instant, zone: Tz, land: Land) -> Instant {
    let first = due_at.max(now);
    if is_office_time(first, zone, land) {
        first
    } else {
        next_opening(first, zone, land)
    }
}

/// Whether offices are open, so that steps may be done.
#[must_use]
pub fn is_office_time(now: Instant, zone: Tz, land: Land) -> bool {
    let local = now.with_timezone(&zone).naive_local();
    land.is_working_day(local.date()) && (OPENING..CLOSING).contains(&local.time())
}

/// When offices open next, if they are closed.
#[must_use]
pub fn next_opening(now: Instant, zone: Tz, land: Land) -> Instant {
    let local = now.with_timezone(&zone).naive_local();
    let mut day = local.date();
    if local.time() >= OPENING {
        day = day.checked_add_days(Days::new(1)).unwrap_or(day);
    }
    at(land.working_day_from(day), OPENING, zone)
}
