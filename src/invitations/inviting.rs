//! Inviting to a meeting: who gets it, what stands against it, and trying it out.
use std::collections::HashMap;

use diesel::prelude::*;
use uuid::Uuid;

use super::compose::{Draft, Reason};
use super::context::MeetingContext;
use super::outbox::{self, Announcement};
use super::store::{by_person, state};
use super::text::Occasion;
use super::{Addressee, AnswerLink, Invitation, MailPreview, Sending};
use crate::Tx;
use crate::auth::{Host, Scope};
use crate::config::Settings;
use crate::db::schema::meetings as meeting_rows;
use crate::db::{DbConn, Id, Instant};
use crate::error::{Result, conflict_unless};
use crate::meetings::{self, Meeting, MeetingStatus};
use crate::notifications::links;
use crate::notifications::notice::Notice;
use crate::people::Person;
use crate::people::on_day::PersonOnDay;
use crate::rotation;

/// What inviting would do.
///
/// # Errors
/// As for [`invite`].
pub fn try_out(
    conn: &mut DbConn,
    who: &Host,
    settings: &Settings,
    meeting: Meeting,
    now: Instant,
) -> Result<Sending> {
    can_be_invited_to(&meeting, now)?;
    let context = MeetingContext::load(conn, who, settings, meeting, now)?;
    let rows = by_person(conn, who, context.meeting.id)?;
    let recipients = recipients(&context, &rows)?;
    Ok(sending(&context, &recipients, settings, now, true))
}

/// Invites: fixes the turn, and writes an invitation and a message for each person.
///
/// # Errors
/// A conflict unless the meeting is planned and ahead, and has a host, a venue and somebody to invite.
pub fn invite(tx: &mut Tx, who: &impl Scope, meeting: &Meeting) -> Result<(Sending, Meeting)> {
    let (id, now, settings) = (meeting.id, tx.now, tx.settings);
    can_be_invited_to(meeting, now)?;
    rotation::ledger::assign(tx, who, meeting)?;
    diesel::update(meeting_rows::table.find(id))
        .set((
            meeting_rows::status.eq(MeetingStatus::Invited),
            meeting_rows::invited_at.eq(now),
            // STATUS is no longer TENTATIVE, and calendars take over only what has a new SEQUENCE.
            meeting_rows::sequence.eq(meeting.sequence + 1),
            meeting_rows::changed_at.eq(now),
            meeting_rows::modified_at.eq(now),
            meeting_rows::revision.eq(meeting.revision + 1),
        ))
        .execute(&mut **tx)?;
    let meeting = meetings::store::find(tx, who, id)?;
    let context = MeetingContext::within(tx, who, meeting)?;
    let rows = by_person(tx, who, id)?;
    let recipients = recipients(&context, &rows)?;
    for person in &recipients {
        let row = outbox::invited(tx, who, &context, person, rows.get(&person.id()))?;
        outbox::notify(tx, who, &context, &row, person, Announcement::Changes)?;
    }
    Ok((
        sending(&context, &recipients, settings, now, false),
        context.meeting.clone(),
    ))
}

fn can_be_invited_to(meeting: &Meeting, now: Instant) -> Result<()> {
    if meeting.status != MeetingStatus::Planned {
        return Err(state(meeting));
    }
    let (has_host, has_venue) = (meeting.host_id.is_some(), meeting.venue_id.is_some());
    conflict_unless(meeting.starts_at > now, "too_late", "the meeting has begun")?;
    conflict_unless(has_host, "no_host", "the meeting has no host")?;
    conflict_unless(has_venue, "no_venue", "the meeting has no venue")
}

/// Those who are always invited, and those listed for this meeting who have a role on its day, by
/// name.
fn recipients<'a>(
    context: &'a MeetingContext,
    rows: &HashMap<Id<Person>, Invitation>,
) -> Result<Vec<&'a PersonOnDay>> {
    let found = context.to_invite(rows);
    conflict_unless(!found.is_empty(), "nobody", "there is nobody to invite")?;
    Ok(found)
}

fn sending(
    context: &MeetingContext,
    recipients: &[&PersonOnDay],
    settings: &Settings,
    now: Instant,
    dry_run: bool,
) -> Sending {
    let mut mails: Vec<MailPreview> = Vec::new();
    let mut addressees = Vec::new();
    for person in recipients {
        let reason = Reason {
            occasion: Occasion::Invitation,
            before: None,
            sequence: context.meeting.sequence,
            references: Vec::new(),
        };
        let draft = Draft::new(context, person, context.mailbox.clone(), reason, now);
        let (subject, text) = preview(&draft, settings, now);
        let (language, guest) = (person.language(), person.is_guest());
        addressees.push(Addressee {
            person_id: person.id(),
            name: person.name(),
            address: person.address().to_owned(),
            subject: subject.clone(),
            undeliverable: person.reachable_mailbox().is_none(),
        });
        let is_like_it = |mail: &MailPreview| (mail.language, mail.guest) == (language, guest);
        if dry_run && !mails.iter().any(is_like_it) {
            mails.push(MailPreview {
                language,
                guest,
                person_id: person.id(),
                subject,
                text,
            });
        }
    }
    Sending {
        meeting_id: context.meeting.id,
        dry_run,
        sequence: context.meeting.sequence,
        recipients: addressees,
        mails,
    }
}

/// Subject and text of a message as far as they are known before there is an invitation: the links lack their
/// secret.
fn preview(draft: &Draft, settings: &Settings, now: Instant) -> (String, String) {
    let nobody = Id::from(Uuid::nil());
    let notice = Notice::new(draft.content(nobody), now);
    let mail = notice.mail(settings, Id::from(Uuid::nil()), "");
    let secret = links::token::<AnswerLink>(&settings.secret, nobody);
    (mail.subject, mail.text.replace(&secret, "…"))
}
