//! The values that calendar objects are written from.

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use mail::{Address, Mailbox};

/// The METHOD of an invitation (RFC 5546, 1.4). Outlook accepts no others by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvitationMethod {
    /// Add or update the event.
    Request,
    /// The event does not take place, or not for this attendee.
    Cancel,
}

/// Whether an event takes place (RFC 5545, 3.8.1.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventStatus {
    /// It takes place.
    Confirmed,
    /// Its date is not certain yet.
    Tentative,
    /// It does not take place.
    Cancelled,
}

/// The role of an attendee (RFC 5545, 3.2.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttendeeRole {
    /// The host.
    Chair,
    /// Attendance is expected.
    ReqParticipant,
}

/// The answer of an attendee (RFC 5545, 3.2.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Partstat {
    /// Nothing yet.
    NeedsAction,
    /// Will attend.
    Accepted,
    /// Will not attend.
    Declined,
    /// May attend.
    Tentative,
    /// Sends a deputy.
    Delegated,
}

/// One invited person. The service stores attendees as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// The address must be exactly the one that the mail goes to, or Gmail shows no buttons.
    #[serde(rename = "party")]
    pub mailbox: Mailbox,
    /// The role.
    pub role: AttendeeRole,
    /// The answer as far as it is known.
    pub partstat: Partstat,
    /// Whether an answer is asked for.
    pub rsvp: bool,
    /// The deputies (RFC 5545, 3.2.5).
    #[serde(default)]
    pub delegated_to: Vec<Address>,
    /// Whose deputy it is (RFC 5545, 3.2.4).
    #[serde(default)]
    pub delegated_from: Vec<Address>,
}

/// A position in degrees (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Geo {
    /// North is positive, -90 to 90.
    pub latitude: f64,
    /// East is positive, -180 to 180.
    pub longitude: f64,
}

/// A VEVENT. Text may contain anything and is cleaned when it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// `<meeting id>@<domain>`, which never changes: ASCII, 255 octets at most.
    pub uid: String,
    /// Increases whenever time, place, host or status change (RFC 5546, 2.1.4).
    pub sequence: u32,
    /// DTSTAMP: when the mail was written; in a feed, when the meeting last changed.
    pub stamp: DateTime<Utc>,
    /// When it begins.
    pub starts: DateTime<Utc>,
    /// When it ends; later than it begins.
    pub ends: DateTime<Utc>,
    /// The zone its times are written in.
    pub zone: Tz,
    /// Whether it takes place. In a CANCEL always written as cancelled.
    pub status: EventStatus,
    /// One line, cut below 255 characters.
    pub summary: String,
    /// Several lines of plain text; left out when empty.
    pub description: String,
    /// One line, cut below 255 characters; left out when empty.
    pub location: String,
    /// The service mailbox of the cooperation, which is the From address of the mail, never the host: it
    /// must not change for a UID. Not in feeds.
    pub organizer: Mailbox,
    /// At least the recipient of the mail. Not in feeds.
    pub attendees: Vec<Attendee>,
    /// A page about the meeting.
    pub url: Option<String>,
    /// Left out when empty.
    pub categories: Vec<String>,
    /// Left out when it is out of range.
    pub geo: Option<Geo>,
    /// When the meeting was planned.
    pub created: Option<DateTime<Utc>>,
    /// When the meeting last changed; in a feed `stamp` by default.
    pub last_modified: Option<DateTime<Utc>>,
    /// Asks Outlook not to offer "propose new time".
    pub refuse_counter: bool,
}

/// An event in the feed of one person.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonalEvent {
    /// The meeting.
    pub event: Event,
    /// The person does not attend: the time is free.
    pub free: bool,
    /// Minutes before the start; each gives a VALARM.
    pub reminders: Vec<u32>,
}

/// A counter proposal is declined (RFC 5546, 3.2.8).
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
    /// Who made the proposal.
    pub attendee: Mailbox,
    /// Why it is declined.
    pub comment: Option<String>,
}

/// The properties of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedHead {
    /// The calendar's name.
    pub name: String,
    /// The zone in which it is to be shown.
    pub zone: Tz,
    /// After which time readers should fetch it again. Google ignores it.
    pub refresh: Duration,
}

impl InvitationMethod {
    /// As written in the object and in the mail's `method` parameter.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

impl EventStatus {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "CONFIRMED",
            Self::Tentative => "TENTATIVE",
            Self::Cancelled => "CANCELLED",
        }
    }
}

impl AttendeeRole {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Chair => "CHAIR",
            Self::ReqParticipant => "REQ-PARTICIPANT",
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
