//! What there is to tell of a meeting, gathered from all areas.
use std::collections::HashMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use diesel::prelude::*;

use super::text::{AgendaLine, Answered, Kind, MeetingFacts, Place};
use super::{Invitation, InvitationState, LastNotified};
use crate::Tx;
use crate::agenda;
use crate::attendance::AnswerValue;
use crate::attendance::answers::{self, Answer};
use crate::attendance::delegations::{self, Delegation};
use crate::auth::Scope;
use crate::config::Settings;
use crate::cooperations::{self, Cooperation};
use crate::db::schema::invitations;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Error, Result};
use crate::i18n::Language;
use crate::meetings::{Deadlines, Meeting, MeetingStatus};
use crate::municipalities::{self, Municipality, Venue};
use crate::people::on_day::{self, PersonOnDay};
use crate::people::{Person, PersonRole, ReaderKind};
use crate::series;
use calendar::{Geo, Partstat};
use mail::{Address, Mailbox};

/// The names behind the keys that meetings hold.
pub struct Directory {
    /// The cooperation.
    pub cooperation: Cooperation,
    hosts: HashMap<Id<Municipality>, String>,
    venues: HashMap<Id<Venue>, Venue>,
}

impl Directory {
    /// Looks everything up.
    pub fn load(conn: &mut DbConn, who: &impl Scope) -> Result<Self> {
        let hosts = municipalities::store::all(conn, who)?;
        let venues = municipalities::venues::store::of_cooperation(conn, who)?;
        Ok(Self {
            cooperation: cooperations::store::own(conn, who)?,
            hosts: hosts.into_iter().map(|host| (host.id, host.name)).collect(),
            venues: venues
                .into_iter()
                .map(|(venue, _)| (venue.id, venue))
                .collect(),
        })
    }

    /// The zone of the cooperation.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.cooperation.zone()
    }

    /// The name of a municipality.
    #[must_use]
    pub fn host(&self, id: Id<Municipality>) -> Option<String> {
        self.hosts.get(&id).cloned()
    }

    /// The names of those who host a meeting together with its host.
    #[must_use]
    pub fn cohosts(&self, meeting: &Meeting) -> Vec<String> {
        let ids = meeting.cohosts.0.iter();
        ids.filter_map(|id| self.host(*id)).collect()
    }

    /// What people are told of a meeting, without its agenda.
    #[must_use]
    pub fn facts(&self, meeting: &Meeting) -> MeetingFacts {
        let venue = meeting.venue_id.and_then(|venue| self.venues.get(&venue));
        MeetingFacts {
            group: self.cooperation.name.clone(),
            number: meeting.number,
            title: meeting.title.clone(),
            on: meeting.date,
            starts: meeting.starts_at.with_timezone(&meeting.zone()).time(),
            ends: meeting.ends().time(),
            zone: meeting.time_zone.clone(),
            host: meeting
                .host_id
                .and_then(|host| self.hosts.get(&host))
                .cloned(),
            cohosts: self.cohosts(meeting),
            place: venue.map(|venue| Place {
                building: venue.name.clone(),
                room: venue.room.clone(),
                street: venue.street.clone(),
                postal_code: venue.postal_code.clone(),
                locality: venue.locality.clone(),
                directions: venue.directions.clone(),
            }),
            agenda: Vec::new(),
            deputy_for: Vec::new(),
            deputy: None,
        }
    }

    /// Where on earth a meeting is.
    #[must_use]
    pub fn geo(&self, meeting: &Meeting) -> Option<Geo> {
        let venue = self.venues.get(&meeting.venue_id?)?;
        Some(Geo {
            latitude: venue.latitude?,
            longitude: venue.longitude?,
        })
    }

    /// The sender of all mails and ORGANIZER of all meetings.
    ///
    /// # Errors
    /// If the cooperation's own mailbox is no address, which was checked when it was set.
    pub fn mailbox(&self, settings: &Settings) -> Result<Mailbox> {
        let name = settings
            .mail_from_name
            .as_ref()
            .unwrap_or(&self.cooperation.name);
        let address = match &self.cooperation.mailbox {
            Some(own) => Address::parse(own).map_err(|error| Error::Internal(error.into()))?,
            None => settings.mail_from.clone(),
        };
        Ok(Mailbox {
            name: name.clone(),
            address,
        })
    }
}

/// What there is to tell of one meeting, and to whom.
pub struct MeetingContext {
    /// The meeting.
    pub meeting: Meeting,
    /// How things stand.
    pub now: LastNotified,
    /// Where on earth it is.
    pub geo: Option<Geo>,
    /// The sender and ORGANIZER.
    pub mailbox: Mailbox,
    /// The person of the host whom others turn to, and who chairs.
    pub contact: Option<PersonOnDay>,
    /// Everybody of the cooperation on the day of the meeting.
    pub people: HashMap<Id<Person>, PersonOnDay>,
    /// Whether calendars may offer to propose another time.
    pub counter_proposals: bool,
    /// The last day to answer, if it is still ahead.
    pub answer_by: Option<NaiveDate>,
    /// The last day to propose topics, if it is still ahead.
    pub topics_until: Option<NaiveDate>,
    /// Whether topics are not late yet.
    pub topics_open: bool,
    /// Who comes instead of whom.
    pub delegations: Vec<Delegation>,
    agenda: HashMap<(Language, ReaderKind), Vec<AgendaLine>>,
    answers: HashMap<Id<Person>, Answer>,
}

impl MeetingContext {
    /// Gathers it.
    pub fn load(
        conn: &mut DbConn,
        who: &impl Scope,
        settings: &Settings,
        meeting: Meeting,
        now: Instant,
    ) -> Result<Self> {
        let directory = Directory::load(conn, who)?;
        let series = series::store::find(conn, who, meeting.series_id)?;
        let people = on_day::all(conn, who, meeting.date)?;
        let contact = contact(conn, who, &meeting, &people)?;
        let agenda = agenda::store::parts(conn, who, &meeting)?;
        let agenda_for = |language, reader| {
            let shown = agenda.agenda(language).shown_to(reader, language);
            shown.entries.into_iter().map(line).collect()
        };
        let languages = Language::ALL.iter();
        let agenda = languages
            .flat_map(|language| ReaderKind::ALL.map(|reader| (*language, reader)))
            .map(|(language, reader)| ((language, reader), agenda_for(language, reader)))
            .collect();
        let answers = answers::current(conn, who, &meeting)?;
        let delegations = delegations::of_meeting(conn, who, meeting.id)?;
        let today = now.with_timezone(&meeting.zone()).date_naive();
        let deadlines = Deadlines::of(&meeting, &series);
        let ahead = |day: NaiveDate| Some(day).filter(|day| *day >= today);
        Ok(Self {
            now: LastNotified {
                cancelled: meeting.status == MeetingStatus::Cancelled,
                starts_at: meeting.starts_at,
                ends_at: meeting.ends_at,
                facts: directory.facts(&meeting),
            },
            agenda,
            geo: directory.geo(&meeting),
            mailbox: directory.mailbox(settings)?,
            contact,
            people: people
                .into_iter()
                .map(|person| (person.id(), person))
                .collect(),
            counter_proposals: series.counter_proposals,
            answer_by: ahead(deadlines.answer_by),
            topics_open: deadlines.topics_until.is_none_or(|day| day >= today),
            topics_until: deadlines.topics_until.and_then(ahead),
            delegations,
            answers,
            meeting,
        })
    }

    /// The same within a transaction, which has the time and the settings.
    pub fn within(tx: &mut Tx, who: &impl Scope, meeting: Meeting) -> Result<Self> {
        let (settings, now) = (tx.settings, tx.now);
        Self::load(tx, who, settings, meeting, now)
    }

    /// The agenda as the person sees it; the numbers are bare.
    #[must_use]
    pub fn agenda(&self, person: &PersonOnDay) -> &[AgendaLine] {
        let shown = (person.language(), person.reader_kind());
        self.agenda.get(&shown).map_or(&[], Vec::as_slice)
    }

    /// The person whom another one turns to; nobody for the contact.
    #[must_use]
    pub fn contact_of(&self, person: Id<Person>) -> Option<&PersonOnDay> {
        let contact = self.contact.as_ref();
        contact.filter(|contact| contact.id() != person)
    }

    /// How things stand for one person: also who comes instead of whom.
    #[must_use]
    pub fn as_seen_by(&self, person: Id<Person>) -> LastNotified {
        let delegators = self.delegators_of(person).into_iter();
        let mut told = self.now.clone();
        told.facts.deputy_for = delegators.map(PersonOnDay::name).collect();
        told.facts.deputy = self.deputy_of(person).map(PersonOnDay::name);
        told
    }

    /// Who comes instead of the person.
    #[must_use]
    pub fn deputy_of(&self, person: Id<Person>) -> Option<&PersonOnDay> {
        let mut all = self.delegations.iter();
        let found = all.find(|delegation| delegation.delegator_id == person)?;
        self.people.get(&found.deputy_id)
    }

    /// Instead of whom the person comes, the first named first.
    #[must_use]
    pub fn delegators_of(&self, person: Id<Person>) -> Vec<&PersonOnDay> {
        let all = self.delegations.iter();
        all.filter(|delegation| delegation.deputy_id == person)
            .filter_map(|delegation| self.people.get(&delegation.delegator_id))
            .collect()
    }

    /// What somebody has answered for the time at which the meeting now is.
    #[must_use]
    pub fn partstat(&self, person: Id<Person>) -> Partstat {
        self.answers
            .get(&person)
            .filter(|answer| answer.counts)
            .map_or(Partstat::NeedsAction, |answer| partstat(answer.value))
    }

    /// Whether somebody has answered, and for the meeting as it is now.
    #[must_use]
    pub fn answered(&self, person: Id<Person>) -> Answered {
        match self.answers.get(&person) {
            None => Answered::NotYet,
            Some(answer) if answer.counts => Answered::Counts,
            Some(_) => Answered::NoLonger,
        }
    }

    /// Those who are invited with the others: without being asked for, or because they have a role on
    /// that day and are listed, or were invited as long as they had one before. By name.
    #[must_use]
    pub fn to_invite(&self, rows: &HashMap<Id<Person>, Invitation>) -> Vec<&PersonOnDay> {
        let mut found: Vec<_> = self
            .people
            .values()
            .filter(|person| match rows.get(&person.id()) {
                Some(row) => {
                    let can_be = !person.is_removed() && person.role.is_some();
                    can_be && (row.state == InvitationState::Listed || row.lapsed_at.is_some())
                }
                None => person.is_always_invited(),
            })
            .collect();
        found.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        found
    }
}

/// The first delegate of the host by name who can be reached and has not been uninvited.
fn contact(
    conn: &mut DbConn,
    who: &impl Scope,
    meeting: &Meeting,
    people: &[PersonOnDay],
) -> Result<Option<PersonOnDay>> {
    let Some(host) = meeting.host_id else {
        return Ok(None);
    };
    let withdrawn: Vec<Id<Person>> = invitations::table
        .filter(invitations::cooperation_id.eq(who.cooperation()))
        .filter(invitations::meeting_id.eq(meeting.id))
        .filter(invitations::state.eq(InvitationState::Withdrawn))
        .filter(invitations::lapsed_at.is_null())
        .select(invitations::person_id)
        .load(conn)?;
    let of_the_host = |person: &&PersonOnDay| {
        person.municipality == Some(host)
            && person.is_always_invited()
            && person.reachable_mailbox().is_some()
            && !withdrawn.contains(&person.id())
    };
    let is_delegate = |person: &&PersonOnDay| person.role == Some(PersonRole::Delegate);
    let mut found = people.iter().filter(of_the_host);
    let delegate = people.iter().filter(of_the_host).find(is_delegate);
    Ok(delegate.or_else(|| found.next()).cloned())
}

fn partstat(answer: AnswerValue) -> Partstat {
    match answer {
        AnswerValue::Accepted => Partstat::Accepted,
        AnswerValue::Tentative => Partstat::Tentative,
        AnswerValue::Declined => Partstat::Declined,
        AnswerValue::Delegated => Partstat::Delegated,
    }
}

fn line(entry: agenda::AgendaEntry) -> AgendaLine {
    // What stands in every meeting explains itself.
    let kind = entry.item.as_ref().map(|item| match item.kind {
        series::AgendaItemKind::Information => Kind::Information,
        series::AgendaItemKind::Discussion => Kind::Discussion,
        series::AgendaItemKind::Decision => Kind::Decision,
    });
    AgendaLine {
        number: entry.number.to_string(),
        title: entry.title,
        kind,
        minutes: Some(entry.minutes).filter(|minutes| *minutes > 0),
        presenter: entry.presenter,
        late: entry.late,
    }
}
