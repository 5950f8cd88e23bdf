//! The mails about other times that were proposed.
use super::counters::CounterProposal;
use crate::Tx;
use crate::auth::Scope;
use crate::calendar::{self, CounterDeclined};
use crate::db::Instant;
use crate::error::Result;
use crate::i18n::dates::date_short;
use crate::i18n::{Language, ordinal, say, say_with};
use crate::invitations::audience::{Invitee, by_name, coordinating, looking_after};
use crate::invitations::context::MeetingContext;
use crate::invitations::letters::{self, NoticeLink, NoticeText, When};
use crate::invitations::notices::{self, NewNotice, Notice, Target};
use crate::invitations::writing::Writing;
use crate::invitations::{MessageKind, compose, store};
use crate::mail::CalendarPart;
use crate::meetings::Meeting;

/// Tells the host's delegates and the coordinators who proposes what; answers go to who proposes it.
pub(super) fn tell_hosts(
    tx: &mut Tx,
    who: &impl Scope,
    context: &MeetingContext,
    row: &CounterProposal,
) -> Result<()> {
    let Some(proposer) = context.people.get(&row.person_id) else {
        return Ok(());
    };
    let people = context.people.values();
    let hosts = looking_after(people.clone(), context.meeting.host_id).into_iter();
    let mut told = by_name(hosts.chain(coordinating(people)));
    told.dedup_by_key(|person| person.id());
    let writing = Writing {
        from: &context.mailbox,
        group: &context.now.facts.group,
        kind: MessageKind::CounterProposed,
        meeting: Some(&context.meeting),
        key: format!("counter_proposed:{}", row.id),
        reply_to: proposer.party(),
        references: Vec::new(),
    };
    for person in told.into_iter().filter(|one| one.id() != proposer.id()) {
        writing.to(tx, who, person, |language| {
            let [group, ordinal] = which(language, context);
            let name = ("name", proposer.name());
            NoticeText {
                subject: subject(language, context, "counters-proposed-subject"),
                name: String::new(),
                paragraphs: vec![
                    say_with(language, "counters-proposed", &[name, group, ordinal]),
                    say(language, "counters-proposed-next"),
                ],
                details: times(language, context, row, "counters-label-proposed"),
                agenda: Vec::new(),
                quote: row.comment.clone(),
                links: Vec::new(),
            }
        })?;
    }
    Ok(())
}

/// Tells who proposed it that it was declined, and that the meeting stays: in words first, since
/// many programs do not know the calendar object.
pub(super) fn tell_declined(
    tx: &mut Tx,
    who: &impl Scope,
    context: &MeetingContext,
    row: &CounterProposal,
    reason: Option<&str>,
) -> Result<()> {
    let Some(person) = context.people.get(&row.person_id) else {
        return Ok(());
    };
    let Some(to) = person.party().filter(|_| !person.is_gone()) else {
        return Ok(());
    };
    let rows = store::of_meeting(tx, who, context.meeting.id)?;
    let invitation = rows.into_iter().find(|one| one.person_id == person.id());
    let language = person.language();
    let [group, ordinal] = which(language, context);
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    let in_words = reason.map(|reason| {
        let reason = ("reason", reason.to_owned());
        say_with(language, "mail-reason", &[reason])
    });
    let stays = say_with(language, "counters-declined", &[group, ordinal]);
    let link = invitation.as_ref().map(|invitation| NoticeLink {
        lead: say(language, "counters-answer"),
        words: say(language, "counters-answer-link"),
        target: Target::AnswerPage(invitation.id),
    });
    let text = NoticeText {
        subject: subject(language, context, "counters-declined-subject"),
        name: person.name(),
        paragraphs: [stays].into_iter().chain(in_words).collect(),
        details: times(language, context, row, "counters-label-yours"),
        agenda: Vec::new(),
        quote: None,
        links: link.into_iter().collect(),
    };
    let object = calendar::counter_declined(&CounterDeclined {
        uid: context.meeting.uid.clone(),
        sequence: u32::try_from(context.meeting.sequence).unwrap_or(0),
        stamp: *tx.now,
        organizer: context.mailbox.clone(),
        attendee: to.clone(),
        comment: reason.map(str::to_owned),
    });
    let contact = context.contact.as_ref().filter(|it| it.id() != person.id());
    let first = invitation.and_then(|invitation| invitation.first_message_id);
    let notice = Notice {
        language,
        from: context.mailbox.clone(),
        to,
        reply_to: contact.and_then(Invitee::party),
        references: first.into_iter().collect(),
        text,
        sender: compose::sender(context),
        calendar: Some(CalendarPart {
            method: calendar::DECLINE_COUNTER.to_owned(),
            body: object,
        }),
    };
    let new = NewNotice {
        kind: MessageKind::CounterDeclined,
        person: person.id(),
        meeting: Some(context.meeting.id),
        key: format!("counter_declined:{}", row.id),
        notice,
    };
    notices::say(tx, who, new)?;
    Ok(())
}

fn which(language: Language, context: &MeetingContext) -> [(&'static str, String); 2] {
    let facts = &context.now.facts;
    [
        ("group", facts.group.clone()),
        ("ordinal", ordinal(language, facts.number)),
    ]
}

fn subject(language: Language, context: &MeetingContext, key: &str) -> String {
    let [group, ordinal] = which(language, context);
    let date = ("date", date_short(language, context.now.facts.on));
    let meeting = say_with(language, "mail-meeting", &[group, ordinal, date]);
    say_with(language, key, &[("meeting", meeting)])
}

fn times(
    language: Language,
    context: &MeetingContext,
    row: &CounterProposal,
    label: &str,
) -> Vec<(String, String)> {
    let proposed = local(&context.meeting, row.starts_at, row.ends_at);
    let present = letters::when(language, &context.now.facts.when());
    vec![
        (say(language, label), letters::when(language, &proposed)),
        (say(language, "counters-label-present"), present),
    ]
}

fn local(meeting: &Meeting, starts_at: Instant, ends_at: Instant) -> When {
    let zone = meeting.zone();
    let starts = starts_at.with_timezone(&zone).naive_local();
    When {
        on: starts.date(),
        starts: starts.time(),
        ends: ends_at.with_timezone(&zone).naive_local().time(),
        zone: meeting.time_zone.clone(),
    }
}
