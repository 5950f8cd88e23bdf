//! What calendar objects are made of.

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use mail::{Address, Mailbox};

/// What an invitation asks of a calendar (RFC 5546, 1.4). Outlook takes no others by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Comes in, or has changed.
    Request,
    /// Does not take place, or not for this person.
    Cancel,
}

/// Whether an event takes place (RFC 5545, 3.8.1.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It does.
    Confirmed,
    /// Its date is not certain yet.
    Tentative,
    /// It does not.
    Cancelled,
}

/// What somebody is in a meeting (RFC 5545, 3.2.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The host.
    Chair,
    /// Expected.
    ReqParticipant,
    /// Welcome, not expected.
    OptParticipant,
}

/// What somebody answered (RFC 5545, 3.2.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Partstat {
    /// Nothing yet.
    NeedsAction,
    /// Comes.
    Accepted,
    /// Does not come.
    Declined,
    /// May come.
    Tentative,
    /// Sends somebody else.
    Delegated,
}

/// One invited person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// Who; the address is exactly the one that is mailed, or Gmail shows no buttons.
    pub party: Mailbox,
    /// As what.
    pub role: Role,
    /// What is known of the answer.
    pub partstat: Partstat,
    /// Whether an answer is asked for.
    pub rsvp: bool,
    /// Who comes instead (RFC 5545, 3.2.5).
    #[serde(default)]
    pub delegated_to: Vec<Address>,
    /// Instead of whom (RFC 5545, 3.2.4).
    #[serde(default)]
    pub delegated_from: Vec<Address>,
}

/// A place on earth in degrees (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Geo {
    /// North is positive, -90 to 90.
    pub latitude: f64,
    /// East is positive, -180 to 180.
    pub longitude: f64,
}

/// A meeting as calendars know it. Text may hold anything; it is cleaned when it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The same for life, `<meeting id>@<domain>`: ASCII, 255 octets at most.
    pub uid: String,
    /// Goes up whenever time, place, host or status change (RFC 5546, 2.1.4).
    pub sequence: u32,
    /// DTSTAMP: when the mail is written; in a feed when the meeting last changed.
    pub stamp: DateTime<Utc>,
    /// When it begins.
    pub starts: DateTime<Utc>,
    /// When it ends; later than it begins.
    pub ends: DateTime<Utc>,
    /// The zone its times are written in.
    pub zone: Tz,
    /// Whether it takes place. A CANCEL says Cancelled whatever stands here.
    pub status: Status,
    /// One line, cut below 255 characters.
    pub summary: String,
    /// Several lines of plain text; left out when empty.
    pub description: String,
    /// One line, cut below 255 characters; left out when empty.
    pub location: String,
    /// The service mailbox of the cooperation, the From address of the mail, never the host: it may
    /// not change for a UID. Not in feeds.
    pub organizer: Mailbox,
    /// At least the person that the mail goes to. Not in feeds.
    pub attendees: Vec<Attendee>,
    /// Where to read more.
    pub url: Option<String>,
    /// Left out when empty.
    pub categories: Vec<String>,
    /// Left out when it is no place on earth.
    pub geo: Option<Geo>,
    /// When the meeting was planned.
    pub created: Option<DateTime<Utc>>,
    /// When the meeting last changed. In a feed `stamp` stands in for it.
    pub last_modified: Option<DateTime<Utc>>,
    /// Asks Outlook not to offer "propose new time", where the service decides on times.
    pub refuse_counter: bool,
}

/// A meeting in the calendar of one person, which nobody else reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Personal {
    /// The meeting.
    pub event: Event,
    /// The person does not come: the time is free for something else.
    pub free: bool,
    /// How many minutes before the start the person is to be reminded; each makes a VALARM.
    pub reminders: Vec<u32>,
}

/// That another time is declined which somebody has proposed (RFC 5546, 3.2.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterDeclined {
    /// The UID of the meeting.
    pub uid: String,
    /// Its present SEQUENCE.
    pub sequence: u32,
    /// DTSTAMP: when the mail is written.
    pub stamp: DateTime<Utc>,
    /// The service mailbox, as in the invitation.
    pub organizer: Mailbox,
    /// Who proposed it.
    pub attendee: Mailbox,
    /// Why it is declined.
    pub comment: Option<String>,
}

/// What a feed says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedHead {
    /// The calendar's name.
    pub name: String,
    /// The zone it is to be shown in.
    pub zone: Tz,
    /// After which time readers should ask again. Google does not care.
    pub refresh: Duration,
}

impl Method {
    /// As it stands in the object and in the mail's `method` parameter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "CONFIRMED",
            Self::Tentative => "TENTATIVE",
            Self::Cancelled => "CANCELLED",
        }
    }
}

impl Role {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Chair => "CHAIR",
            Self::ReqParticipant => "REQ-PARTICIPANT",
            Self::OptParticipant => "OPT-PARTICIPANT",
        }
    }
}

impl Partstat {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::NeedsAction => "NEEDS-ACTION",
            Self::Accepted => "ACCEPTED",
            Self::Declined => "DECLINED",
            Self::Tentative => "TENTATIVE",
            Self::Delegated => "DELEGATED",
        }
    }
}

impl Geo {
    pub(super) fn is_on_earth(&self) -> bool {
        (-90.0..=90.0).contains(&self.latitude) && (-180.0..=180.0).contains(&self.longitude)
    }
}
