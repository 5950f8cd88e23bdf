//! The lead times of a series: how many days before or after a meeting each step is due.
use validator::ValidationError;

use super::{NewSeries, Series};

/// The lead times of a series in days; a step without one is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadTimes {
    /// Before the meeting: people are asked to keep the date free.
    pub save_the_date: Option<i32>,
    /// Before it: topics are called for.
    pub call_for_topics: Option<i32>,
    /// Before it: the last day on which topics are not late.
    pub topic_deadline: Option<i32>,
    /// Before it: the invitation is due.
    pub invitation: Option<i32>,
    /// Before it: those who have not answered are reminded.
    pub reminder: Option<i32>,
    /// Before it: those who may attend are reminded.
    pub last_reminder: Option<i32>,
    /// After it: the minutes are due.
    pub minutes_due: Option<i32>,
    /// After it: attendance should be recorded.
    pub attendance_closes: Option<i32>,
}

impl LeadTimes {
    /// The lead times of a series.
    #[must_use]
    pub fn of(series: &Series) -> Self {
        Self {
            save_the_date: series.save_the_date_days,
            call_for_topics: series.call_for_topics_days,
            topic_deadline: series.topic_deadline_days,
            invitation: series.invitation_days,
            reminder: series.reminder_days,
            last_reminder: series.last_reminder_days,
            minutes_due: series.minutes_due_days,
            attendance_closes: series.attendance_closes_days,
        }
    }

    /// Checks the order of the steps before a meeting: the date is announced before topics are called for, topics are called
    /// for before their deadline, and so on. The two steps after a meeting may come in any order.
    ///
    /// # Errors
    /// If a step would come too early. The code names its field.
    pub fn check(&self) -> Result<(), ValidationError> {
        let save_the_date = ("save_the_date_days", self.save_the_date);
        let topics = [
            save_the_date,
            ("call_for_topics_days", self.call_for_topics),
            ("topic_deadline_days", self.topic_deadline),
        ];
        let answers = [
            save_the_date,
            ("invitation_days", self.invitation),
            ("reminder_days", self.reminder),
            ("last_reminder_days", self.last_reminder),
        ];
        check_order(&topics)?;
        check_order(&answers)
    }
}

/// Checks that no step comes later than the next one.
fn check_order(steps: &[(&'static str, Option<i32>)]) -> Result<(), ValidationError> {
    let steps: Vec<_> = steps
        .iter()
        .filter_map(|(name, days)| Some((*name, (*days)?)))
        .collect();
    let wrong = steps
        .iter()
        .zip(steps.iter().skip(1))
        .find(|((_, earlier), (_, later))| earlier < later);
    match wrong {
        Some(((earlier, _), (later, _))) => {
            let message = format!("{earlier} must not be less than {later}");
            Err(ValidationError::new(later).with_message(message.into()))
        }
        None => Ok(()),
    }
}

/// [`LeadTimes::check`] for a new series.
pub(super) fn in_order(new: &NewSeries) -> Result<(), ValidationError> {
    let lead_times = LeadTimes {
        save_the_date: new.save_the_date_days,
        call_for_topics: new.call_for_topics_days,
        topic_deadline: new.topic_deadline_days,
        invitation: new.invitation_days,
        reminder: new.reminder_days,
        last_reminder: new.last_reminder_days,
        minutes_due: new.minutes_due_days,
        attendance_closes: new.attendance_closes_days,
    };
    lead_times.check()
}
