//! What the messages about a meeting say: an invitation, an update, a cancellation, the steps around it.
//!
//! Pure: the same values give the same text.
mod content;
mod in_calendar;
mod phrases;
mod steps;

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::db::Instant;
use crate::i18n::{Language, say};
use crate::notifications::links::Target;
use crate::notifications::render::filled;

pub use content::meeting_text;
pub use in_calendar::{answer_page, description, location, summary};
pub use phrases::{agenda_line, change, hosts, meeting_on, when};
pub use steps::{Missing, News, step_notice};

/// What a person is told of a meeting. Kept with the invitation, so that the next message can say
/// what has changed since ([`changes`]).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MeetingFacts {
    /// The cooperation's name ("5 für OWL").
    pub group: String,
    /// The meeting's number in its series.
    pub number: i32,
    /// The meeting's own title, if it has one.
    pub title: Option<String>,
    /// The local date.
    pub on: NaiveDate,
    /// The local time at which it begins.
    pub starts: NaiveTime,
    /// The local time at which it ends.
    pub ends: NaiveTime,
    /// The IANA name of the zone; shown only when it is not `Europe/Berlin`.
    pub zone: String,
    /// The host municipality's name ("Herford"), once it is known.
    pub host: Option<String>,
    /// The names of the municipalities that host together with it.
    #[serde(default)]
    pub cohosts: Vec<String>,
    /// Where it takes place, once that is known.
    pub place: Option<Place>,
    /// The agenda in its order.
    pub agenda: Vec<AgendaLine>,
    /// Instead of whom the person comes, by name.
    #[serde(default)]
    pub deputy_for: Vec<String>,
    /// Who comes instead of the person, by name.
    pub deputy: Option<String>,
}

impl MeetingFacts {
    /// When it takes place.
    #[must_use]
    pub fn when(&self) -> When {
        When {
            on: self.on,
            starts: self.starts,
            ends: self.ends,
            zone: self.zone.clone(),
        }
    }
}

/// A date and time in local terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// The local date.
    pub on: NaiveDate,
    /// The local time at which it begins.
    pub starts: NaiveTime,
    /// The local time at which it ends.
    pub ends: NaiveTime,
    /// The IANA name of the zone.
    pub zone: String,
}

impl When {
    /// These instants in a zone.
    #[must_use]
    pub fn of(starts_at: Instant, ends_at: Instant, zone: Tz) -> Self {
        let starts = starts_at.with_timezone(&zone).naive_local();
        Self {
            on: starts.date(),
            starts: starts.time(),
            ends: ends_at.with_timezone(&zone).time(),
            zone: zone.name().to_owned(),
        }
    }
}

/// A room in a building.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The building's name ("Rathaus").
    pub building: String,
    /// The room ("Ratssaal", "Raum 210", or only "210").
    pub room: Option<String>,
    /// Street and house number.
    pub street: String,
    /// The postal code.
    pub postal_code: String,
    /// The town.
    pub locality: String,
    /// How to get there, in the host's words.
    pub directions: Option<String>,
}

/// A line of the agenda.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AgendaLine {
    /// The number as it is shown ("TOP 3").
    pub number: String,
    /// What it is about.
    pub title: String,
    /// What is to be done with it.
    pub kind: Option<Kind>,
    /// How long it is planned to take.
    pub minutes: Option<i32>,
    /// Who reports: a person or a municipality.
    pub presenter: Option<String>,
    /// It came in after the deadline for topics.
    pub late: bool,
}

/// What is to be done with an agenda item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// To be taken note of.
    Information,
    /// To be talked over.
    Discussion,
    /// To be decided.
    Decision,
}

/// What is different from what a person was told before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Another date, time or zone. An answer to the old one no longer counts.
    Moved {
        /// What was told.
        from: When,
        /// What holds now.
        to: When,
    },
    /// Another room or another building.
    Venue {
        /// What was told.
        from: Option<Place>,
        /// What holds now.
        to: Option<Place>,
    },
    /// Another municipality hosts.
    Host {
        /// What was told.
        from: Option<String>,
        /// What holds now.
        to: Option<String>,
    },
    /// Others host together with the host.
    Cohosts {
        /// What was told.
        from: Vec<String>,
        /// What holds now.
        to: Vec<String>,
    },
    /// Another title.
    Title {
        /// What was told.
        from: Option<String>,
        /// What holds now.
        to: Option<String>,
    },
    /// The person comes instead of others, or not any more.
    StandsInFor {
        /// What was told.
        from: Vec<String>,
        /// What holds now.
        to: Vec<String>,
    },
    /// Another comes instead of the person, or not any more. An answer is asked for then.
    Deputy {
        /// What was told.
        from: Option<String>,
        /// What holds now.
        to: Option<String>,
    },
    /// It was cancelled and takes place after all.
    Restored,
}

/// Why a message is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// The first that a person hears of the meeting.
    Invitation,
    /// Something has changed since.
    Update {
        /// What, by weight; may be empty (then the message only repeats how things stand).
        changes: Vec<Change>,
    },
    /// It does not take place, or not with this person.
    Cancellation {
        /// Why, in the words of who cancelled it.
        reason: Option<String>,
        /// The meeting takes place, only this person is no longer invited.
        no_longer_invited: bool,
    },
}

/// To whom a message goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
    /// A guest belongs to no municipality, and is not asked for topics.
    pub guest: bool,
}

/// The links in a message, made for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// The answer page with "accept" chosen, not sent: opening a link must never answer.
    pub accept: Target,
    /// The answer page with "tentative" chosen.
    pub tentative: Target,
    /// The answer page with "decline" chosen.
    pub decline: Target,
    /// The answer page as it is.
    pub meeting: Target,
    /// Where topics can be proposed; never shown to guests.
    pub topics: Option<Target>,
}

/// What has become of the question whether the recipient takes part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// It is open.
    #[default]
    NotYet,
    /// It was answered for the meeting as it is now.
    Counts,
    /// It was answered, but the meeting was moved since, or called off and on again.
    NoLonger,
}

/// What a message about a meeting says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingMessage {
    /// Why it is written.
    pub occasion: Occasion,
    /// The meeting as it is now.
    pub facts: MeetingFacts,
    /// Whether the recipient is a guest, who is not asked for topics.
    pub guest: bool,
    /// What the recipient has answered so far.
    pub answered: Answered,
    /// Its links.
    pub links: Links,
    /// The last day to answer.
    pub answer_by: Option<NaiveDate>,
    /// The last day to propose topics.
    pub topics_until: Option<NaiveDate>,
}

/// The details of a mail: labels (keys of texts) and values; rows without a value are left out.
#[must_use]
pub fn labelled<const N: usize>(
    language: Language,
    rows: [(&str, Option<String>); N],
) -> Vec<(String, String)> {
    let rows = rows.into_iter();
    rows.filter_map(|(label, value)| Some((say(language, label), value?)))
        .collect()
}

/// What a person must be told who was last told `told`, heaviest first; empty when there is
/// nothing to tell. Agenda and directions alone are no reason to write.
#[must_use]
pub fn changes(told: &MeetingFacts, now: &MeetingFacts) -> Vec<Change> {
    let mut changes = Vec::new();
    if told.when() != now.when() {
        changes.push(Change::Moved {
            from: told.when(),
            to: now.when(),
        });
    }
    if filled(told.host.as_deref()) != filled(now.host.as_deref()) {
        changes.push(Change::Host {
            from: told.host.clone(),
            to: now.host.clone(),
        });
    }
    if told.cohosts != now.cohosts {
        changes.push(Change::Cohosts {
            from: told.cohosts.clone(),
            to: now.cohosts.clone(),
        });
    }
    if phrases::whereabouts(told.place.as_ref()) != phrases::whereabouts(now.place.as_ref()) {
        changes.push(Change::Venue {
            from: told.place.clone(),
            to: now.place.clone(),
        });
    }
    if filled(told.title.as_deref()) != filled(now.title.as_deref()) {
        changes.push(Change::Title {
            from: told.title.clone(),
            to: now.title.clone(),
        });
    }
    if told.deputy_for != now.deputy_for {
        changes.push(Change::StandsInFor {
            from: told.deputy_for.clone(),
            to: now.deputy_for.clone(),
        });
    }
    if told.deputy != now.deputy {
        changes.push(Change::Deputy {
            from: told.deputy.clone(),
            to: now.deputy.clone(),
        });
    }
    changes
}
