//! What about a meeting needs a person: its day is forbidden, its host cannot host, nobody can, or it is over and nobody
//! was invited.
use super::{Meeting, MeetingStatus};
use crate::auth::Scope;
use crate::days::{self, MeetingWarning, Weight};
use crate::db::{DbConn, Id, Instant};
use crate::error::Result;
use crate::i18n::dates::date_long;
use crate::i18n::{Language, say_with};
use crate::municipalities::Municipality;
use crate::rotation::explain::{NameOf, RejectionDetail};
use crate::rotation::plan::RotationMember;
use crate::rotation::store::{members, names};
use crate::series::Series;
use crate::word_enum;

word_enum! {
    /// Why a meeting needs a person.
    pub enum Trouble {
        /// Its day is one on which its series does not meet.
        Day = "day_forbidden",
        /// The host of a meeting to which people are invited cannot host.
        HostAbsent = "host_absent",
        /// No municipality can host it.
        NoHost = "no_host",
        /// It is over, and nobody was invited.
        NotClosed = "not_closed",
    }
}

/// What about a meeting needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TroubledMeeting {
    /// What is wrong.
    pub trouble: Trouble,
    /// Its host, and why that cannot host; only if it is absent.
    pub host: Option<(Id<Municipality>, RejectionDetail)>,
}

/// What is wrong with the host or the end of a meeting, if anything is.
#[must_use]
pub fn trouble_of(
    members: &[RotationMember],
    meeting: &Meeting,
    now: Instant,
) -> Option<TroubledMeeting> {
    let found = |trouble, host| TroubledMeeting { trouble, host };
    match (meeting.status, meeting.host_id) {
        (MeetingStatus::Planned, _) if meeting.ends_at <= now => {
            Some(found(Trouble::NotClosed, None))
        }
        (MeetingStatus::Planned, None) if meeting.is_open(now) => {
            Some(found(Trouble::NoHost, None))
        }
        (MeetingStatus::Invited, Some(host)) if meeting.starts_at > now => {
            let member = members.iter().find(|member| member.id == host);
            let obstacle = match member {
                Some(member) => member.obstacle_on(meeting.date)?,
                None => RejectionDetail::Unknown,
            };
            Some(found(Trouble::HostAbsent, Some((host, obstacle))))
        }
        _ => None,
    }
}

impl TroubledMeeting {
    /// For the coordinator: "Herford kann am Dienstag, 11. August 2026, nicht einladen: …".
    #[must_use]
    pub fn in_words(&self, meeting: &Meeting, language: Language, name_of: NameOf) -> String {
        let key = format!("warnings-{}", self.trouble.to_string().replace('_', "-"));
        let mut args = vec![("date", date_long(language, meeting.date))];
        if let Some((host, obstacle)) = &self.host {
            args.push(("host", name_of(*host)));
            args.push(("obstacle", obstacle.in_words(language, name_of)));
        }
        say_with(language, &key, &args)
    }
}

/// The warnings about meetings of a series.
pub fn warnings<'a>(
    conn: &mut DbConn,
    who: &impl Scope,
    series: &Series,
    meetings: impl IntoIterator<Item = &'a Meeting>,
    (now, language): (Instant, Language),
) -> Result<Vec<MeetingWarning>> {
    let days = days::store::day_data(conn, who, &series.avoided_days.0)?;
    let known_until = days.school.known_until;
    let is_beyond = |date| {
        days.avoided.school_holidays != Weight::Off && known_until.is_none_or(|last| last < date)
    };
    let (members, names) = (members(conn, who)?, names(conn, who)?);
    let name_of = |id| names.get(&id).cloned().unwrap_or_default();
    let mut found = Vec::new();
    for meeting in meetings {
        if let Some(trouble) = trouble_of(&members, meeting, now) {
            found.push(MeetingWarning {
                rule: trouble.trouble.as_str(),
                date: meeting.date,
                known_until: None,
                causes: Vec::new(),
                text: trouble.in_words(meeting, language, &name_of),
            });
        }
        if !meeting.is_ahead(now) {
            continue;
        }
        let causes = days.forbidding(meeting.date);
        if !causes.is_empty() {
            found.push(MeetingWarning::forbidden(meeting.date, causes, language));
        }
        if is_beyond(meeting.date) {
            found.push(MeetingWarning::beyond(meeting.date, known_until, language));
        }
    }
    Ok(found)
}
