//! What follows from a mail that came in, in one transaction with the mail's own row.
use chrono_tz::Tz;
use diesel::prelude::*;

use super::applying::{self, Outcome};
use super::intake::{Arrival, Receipt};
use super::place::{self, Place};
use super::store::{self, Entry};
use super::tell;
use super::what::{self, What};
use super::{CalendarAnswer, Content, InboundMail, MailKind, MailState, bounces, forwarding};
use crate::Tx;
use crate::attendance::{AnswerValue, answers};
use crate::auth::{Scope, SystemActor};
use crate::calendar::Partstat;
use crate::calendar::incoming::{ItipComponent, ItipMethod, Moment};
use crate::cooperations;
use crate::db::Id;
use crate::db::schema::people;
use crate::error::Result;
use crate::invitations::deputies::Among;
use crate::mail::Address;
use crate::mail::incoming::{IncomingMail, OutlookAnswer};
use crate::meetings::{self, Meeting};
use crate::people::Person;

/// Characters of what people write that are kept.
const TEXT_KEPT: usize = 8000;
/// Characters of a comment that are kept, as many as a link takes.
const COMMENT_KEPT: usize = 1000;
/// How many answers of one person to one meeting may wait for being confirmed.
const MAX_CONFIRMING: usize = 3;

/// Handles a mail, once.
pub fn handle(tx: &mut Tx, arrival: &Arrival) -> Result<Receipt> {
    if store::is_known(tx, &arrival.fingerprint)? {
        return Ok(Receipt::Known);
    }
    let settings = tx.settings;
    let place = Place::find(tx, settings, arrival)?;
    let kind = kind_of(&arrival.what);
    let id = store::insert(tx, arrival, kind)?;
    let mail = Mail {
        id,
        kind,
        arrival,
        place: &place,
    };
    let entry = mail.follow(tx)?;
    metrics::counter!("inbound_mails_handled", "kind" => kind.as_str(), "state" => entry.state.as_str())
        .increment(1);
    tracing::info!(mail = %id, %kind, state = %entry.state, reason = entry.reason, "a mail was taken in");
    let receipt = receipt(&entry);
    let (cooperation, waits) = (entry.cooperation, entry.state == MailState::Review);
    store::settle(tx, id, entry)?;
    if let Some(cooperation) = cooperation {
        let who = SystemActor::within(cooperation);
        if waits {
            let kept = store::find(tx, &who, id)?;
            tell::review(tx, &who, &kept)?;
        }
        cooperations::store::bump_generation(tx, cooperation)?;
    }
    Ok(receipt)
}

fn receipt(entry: &Entry) -> Receipt {
    match entry.state {
        MailState::Review => Receipt::SetAside {
            reason: entry.reason.clone().unwrap_or_default(),
        },
        _ => Receipt::Done,
    }
}

fn kind_of(what: &What) -> MailKind {
    match what {
        What::Object(ItipMethod::Reply, _) | What::Outlook(_) => MailKind::Answer,
        What::Object(ItipMethod::Counter, _) => MailKind::Counter,
        What::Object(ItipMethod::Refresh, _) => MailKind::Refresh,
        What::Object(..) => MailKind::Foreign,
        What::Bounce(_) => MailKind::Bounce,
        What::Automatic(_) => MailKind::Automatic,
        What::Words => MailKind::Words,
        What::Unreadable(_) => MailKind::Unreadable,
    }
}

/// A mail and where it belongs.
pub(super) struct Mail<'a> {
    pub id: Id<InboundMail>,
    pub kind: MailKind,
    pub arrival: &'a Arrival,
    pub place: &'a Place,
}

/// Whose calendar object it is, as far as that can be told.
enum Speaker {
    /// Somebody who is invited, by the address of the invitation.
    Invited(Id<Person>),
    /// Nobody who can be told for sure; why, and who it may be.
    Unknown(&'static str, Option<Id<Person>>),
}

impl Mail<'_> {
    fn follow(&self, tx: &mut Tx) -> Result<Entry> {
        match &self.arrival.what {
            What::Bounce(bounce) => bounces::handle(tx, self, bounce),
            What::Automatic(reason) => Ok(self.entry(MailState::Ignored, reason)),
            What::Words => forwarding::handle(tx, self),
            What::Unreadable(reason) => Ok(self.entry(MailState::Review, reason)),
            What::Outlook(answer) => self.object(tx, None, |_| self.in_outlook(*answer)),
            What::Object(ItipMethod::Reply | ItipMethod::Counter | ItipMethod::Refresh, event) => {
                self.object(tx, Some(&event.uid), |zone| self.in_calendar(event, zone))
            }
            // What only an organizer may send changes nothing of ours.
            What::Object(method, _) => {
                let method = format!("{method:?}").to_lowercase();
                Ok(self.entry(MailState::Ignored, &format!("method_{method}")))
            }
        }
    }

    /// What became of it, without a meeting.
    pub fn entry(&self, state: MailState, reason: &str) -> Entry {
        let message = self.place.message.as_ref();
        Entry {
            cooperation: self.place.cooperation(),
            meeting: message.and_then(|message| message.meeting),
            person: message.map(|message| message.person),
            state,
            reason: Some(reason.to_owned()),
            content: Content {
                text: self.text(),
                answer: None,
            },
        }
    }

    /// The beginning of what a person wrote.
    pub fn text(&self) -> String {
        let text = self.arrival.mail.as_ref().map_or("", |mail| &*mail.text);
        text.chars().take(TEXT_KEPT).collect()
    }

    /// Whose mail it is, as far as its From is clear.
    pub fn author(&self) -> Option<&Address> {
        let mail = self.arrival.mail.as_ref()?;
        mail.author().map(|author| &author.address)
    }

    /// What an object in iCalendar says. A local time without a zone that anybody knows is a time of the
    /// meeting's zone.
    fn in_calendar(&self, event: &ItipComponent, zone: Tz) -> CalendarAnswer {
        let mail = self.arrival.mail.as_ref();
        let line = mail.and_then(|mail| what::attendee(event, mail));
        let at = |moment: Option<Moment>| moment.map(|moment| moment.instant(zone));
        let comment = line
            .and_then(|line| line.response_comment.clone())
            .or_else(|| event.comment.clone());
        CalendarAnswer {
            attendee: line
                .and_then(|line| line.known_as())
                .map(|address| address.as_str().to_owned()),
            name: line.and_then(|line| line.name.clone()),
            answer: line.and_then(|line| line.partstat).and_then(answered),
            comment: comment.map(|text| text.chars().take(COMMENT_KEPT).collect()),
            deputies: line.map_or_else(Vec::new, |line| {
                let names = line.delegated_to.iter();
                names.map(|address| address.as_str().to_owned()).collect()
            }),
            sequence: event.sequence.and_then(|sequence| sequence.try_into().ok()),
            stamp: event.stamp.or_else(|| mail.and_then(|mail| mail.date)),
            starts_at: at(event.starts),
            ends_at: at(event.ends),
        }
    }

    fn in_outlook(&self, answer: OutlookAnswer) -> CalendarAnswer {
        let mail = self.arrival.mail.as_ref();
        CalendarAnswer {
            attendee: self.author().map(|address| address.as_str().to_owned()),
            name: None,
            answer: Some(match answer {
                OutlookAnswer::Accepted => AnswerValue::Accepted,
                OutlookAnswer::Tentative => AnswerValue::Tentative,
                OutlookAnswer::Declined => AnswerValue::Declined,
            }),
            comment: None,
            deputies: Vec::new(),
            sequence: None,
            stamp: mail.and_then(|mail| mail.date),
            starts_at: None,
            ends_at: None,
        }
    }

    /// An answer, a proposal of another time, or the wish to see the invitation again.
    fn object(
        &self,
        tx: &mut Tx,
        uid: Option<&str>,
        said: impl Fn(Tz) -> CalendarAnswer,
    ) -> Result<Entry> {
        let found = if let Some(uid) = uid {
            place::of_uid(tx, uid)?
        } else {
            let message = self.place.message.as_ref();
            message.and_then(|message| Some((message.cooperation, message.meeting?)))
        };
        if let Some(uid) = uid
            && let Some(cooperation) = place::of_hold(tx, uid)?
        {
            // A date is not answered in the calendar while it is only held; the poll's page is for that.
            let entry = self.entry(MailState::Ignored, "date_poll");
            let cooperation = Some(cooperation);
            return Ok(Entry {
                cooperation,
                ..entry
            });
        }
        let Some((cooperation, id)) = found else {
            let entry = self.entry(MailState::Review, "unknown_meeting");
            let answer = Some(said(Tz::UTC));
            let content = Content {
                answer,
                ..entry.content
            };
            return Ok(Entry { content, ..entry });
        };
        let who = SystemActor::within(cooperation);
        let meeting = meetings::store::find(tx, &who, id)?;
        let said = said(meeting.zone());
        let speaker = self.speaker(tx, &who, &meeting, &said)?;
        let (person, outcome) = match speaker {
            Speaker::Unknown(reason, person) => (person, Outcome::review(reason)),
            Speaker::Invited(person) => {
                let outcome = self.heard_from_invited(tx, &who, &meeting, person, &said)?;
                (Some(person), outcome)
            }
        };
        Ok(Entry {
            cooperation: Some(cooperation),
            meeting: Some(id),
            person,
            state: outcome.state,
            reason: outcome.reason.map(str::to_owned),
            content: Content {
                text: self.text(),
                answer: Some(said),
            },
        })
    }

    fn speaker(
        &self,
        tx: &mut Tx,
        who: &SystemActor,
        meeting: &Meeting,
        said: &CalendarAnswer,
    ) -> Result<Speaker> {
        let invited = answers::invited(tx, who, meeting.id)?;
        let is_invited = |person: &Id<Person>| invited.contains(person);
        let author = self.author().cloned();
        let attendee = said
            .attendee
            .as_deref()
            .and_then(|text| Address::parse(text).ok())
            .or_else(|| author.clone());
        let by_address = |tx: &mut Tx, address: Option<&Address>| match address {
            Some(address) => person_of(tx, who, address),
            None => Ok(None),
        };
        let writer = by_address(tx, author.as_ref())?.filter(is_invited);
        let token = self.place.message.as_ref().map(|message| message.person);
        let maybe = writer.or(token.filter(is_invited));
        match by_address(tx, attendee.as_ref())? {
            Some(person) if is_invited(&person) => {
                let same = author.map(|author| author.key()) == attendee.map(|it| it.key());
                Ok(match same {
                    true => Speaker::Invited(person),
                    false => Speaker::Unknown("other_sender", Some(person)),
                })
            }
            Some(_) => Ok(Speaker::Unknown("not_invited", maybe)),
            None => Ok(Speaker::Unknown("unknown_attendee", maybe)),
        }
    }

    /// From is the address of the invitation; whether it is genuine is still open.
    fn heard_from_invited(
        &self,
        tx: &mut Tx,
        who: &SystemActor,
        meeting: &Meeting,
        person: Id<Person>,
        said: &CalendarAnswer,
    ) -> Result<Outcome> {
        if self.kind == MailKind::Refresh {
            // It goes to the address of the invitation, whoever asks.
            return applying::refresh(tx, who, meeting, person);
        }
        let settings = tx.settings;
        let vouched = self
            .arrival
            .mail
            .as_ref()
            .is_some_and(|mail: &IncomingMail| what::is_vouched_for(settings, mail));
        if vouched {
            let answer = applying::Said {
                kind: self.kind,
                mail: self.id,
                content: said,
                received_at: self.arrival.received_at,
                via: None,
                among: Among::OwnMunicipality,
            };
            return applying::apply(tx, who, meeting, person, &answer);
        }
        if self.kind != MailKind::Answer || said.answer.is_none() {
            return Ok(Outcome::review("not_vouched"));
        }
        let now = tx.now;
        if let Err(error) = answers::may_answer(tx, who, meeting, person, now) {
            return Outcome::ignored(error);
        }
        let waiting = store::confirming(tx, who, meeting.id, person)?;
        if waiting.len() >= MAX_CONFIRMING {
            return Ok(Outcome::review("not_vouched"));
        }
        match tell::confirm(tx, who, meeting, person, self.id, said)? {
            true => Ok(Outcome::new(MailState::Confirming, Some("not_vouched"))),
            false => Ok(Outcome::review("not_vouched")),
        }
    }
}

/// The person of a mail address. Other than a [`people::store::by_address`] it does not mind somebody
/// without a role.
fn person_of(tx: &mut Tx, who: &impl Scope, address: &Address) -> Result<Option<Id<Person>>> {
    Ok(people::table
        .filter(people::cooperation_id.eq(who.cooperation()))
        .filter(people::address_key.eq(address.key()))
        .filter(people::deleted_at.is_null())
        .select(people::id)
        .first(&mut **tx)
        .optional()?)
}

fn answered(partstat: Partstat) -> Option<AnswerValue> {
    match partstat {
        Partstat::NeedsAction => None,
        Partstat::Accepted => Some(AnswerValue::Accepted),
        Partstat::Declined => Some(AnswerValue::Declined),
        Partstat::Tentative => Some(AnswerValue::Tentative),
        Partstat::Delegated => Some(AnswerValue::Delegated),
    }
}
