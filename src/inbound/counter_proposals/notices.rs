//! The mails about counter proposals.
use super::CounterProposal;
use crate::Tx;
use crate::auth::Scope;
use crate::error::Result;
use crate::i18n::dates::date_short;
use crate::i18n::{Language, ordinal, say, say_with};
use crate::invitations::context::MeetingContext;
use crate::invitations::text::{self, When};
use crate::invitations::{AnswerLink, compose, store};
use crate::notifications::links::Target;
use crate::notifications::notice::{CalendarContent, NoticeLink, NoticeText};
use crate::notifications::template::Template;
use crate::notifications::{MessageKind, Topic};
use crate::people::on_day::{PersonOnDay, by_name, coordinators, responsible_for};
use calendar::CounterDeclined;
use mail::CalendarPart;

/// To tell of another time that was proposed.
pub const COUNTER_PROPOSED: MessageKind = MessageKind::new("counter_proposed");
/// To decline another time that was proposed.
pub const COUNTER_DECLINED: MessageKind = MessageKind::new("counter_declined");

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
    let hosts = responsible_for(people.clone(), context.meeting.host_id).into_iter();
    let mut told = by_name(hosts.chain(coordinators(people)));
    told.dedup_by_key(|person| person.id());
    told.retain(|person| person.id() != proposer.id());
    let template = Template {
        reply_to: proposer.reachable_mailbox(),
        ..template(context, row, COUNTER_PROPOSED)
    };
    let key = format!("counter_proposed:{}", row.id);
    template.send_to_all(tx, who, (told, &key), |language, _| {
        let [group, ordinal] = which(language, context);
        let name = ("name", proposer.name());
        NoticeText {
            subject: subject(language, context, "counters-proposed-subject"),
            paragraphs: vec![
                say_with(language, "counters-proposed", &[name, group, ordinal]),
                say(language, "counters-proposed-next"),
            ],
            details: times(language, context, row, "counters-label-proposed"),
            quote: row.comment.clone(),
            ..NoticeText::default()
        }
    })?;
    Ok(())
}

/// What the messages about a proposal have in common.
fn template(context: &MeetingContext, row: &CounterProposal, kind: MessageKind) -> Template {
    let topic = Topic::of("counter_proposal", row.id);
    Template {
        meeting: Some(context.meeting.id.cast()),
        ..Template::new(kind, topic, &context.mailbox, &context.now.facts.group)
    }
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
    let Some(to) = person.reachable_mailbox() else {
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
    let link = invitation.as_ref().map(|invitation| {
        let page = Target::page::<AnswerLink>(invitation.id);
        NoticeLink::new(language, "counters-answer", page)
    });
    let text = NoticeText {
        details: times(language, context, row, "counters-label-yours"),
        links: link.into_iter().collect(),
        ..NoticeText::new(
            subject(language, context, "counters-declined-subject"),
            [stays].into_iter().chain(in_words).collect(),
        )
    };
    let object = calendar::counter_declined(&CounterDeclined {
        uid: context.meeting.uid.clone(),
        sequence: u32::try_from(context.meeting.sequence).unwrap_or(0),
        stamp: *tx.now,
        organizer: context.mailbox.clone(),
        attendee: to.clone(),
        comment: reason.map(str::to_owned),
    });
    let contact = context.contact_of(person.id());
    let first = invitation.and_then(|invitation| invitation.first_message_id);
    let template = Template {
        reply_to: contact.and_then(PersonOnDay::reachable_mailbox),
        references: first.into_iter().collect(),
        signature: compose::signature(context),
        calendar: Some(CalendarContent::Object(CalendarPart {
            method: calendar::DECLINE_COUNTER.to_owned(),
            body: object,
        })),
        ..template(context, row, COUNTER_DECLINED)
    };
    let key = format!("counter_declined:{}", row.id);
    template.send(tx, who, (person, key), text)?;
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
    let proposed = When::of(row.starts_at, row.ends_at, context.meeting.zone());
    let present = text::when(language, &context.now.facts.when());
    vec![
        (say(language, label), text::when(language, &proposed)),
        (say(language, "counters-label-present"), present),
    ]
}
