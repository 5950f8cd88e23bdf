//! The mails about hosting: who is asked to swap, what became of that, whose turns have moved, and
//! who is to confirm.
use chrono::NaiveDate;

use super::store::SwapCase as Case;
use super::turns::{TurnChange as Moved, TurnRole as Part};
use super::{SwapAnswerState, SwapLapse, SwapRequestState};
use crate::Tx;
use crate::auth::Scope;
use crate::db::Id;
use crate::error::Result;
use crate::i18n::dates::{date_long, date_short};
use crate::i18n::{Language, ordinal, say, say_with};
use crate::invitations::MessageKind;
use crate::invitations::context::Directory;
use crate::invitations::letters::{NoticeLink, NoticeText, when};
use crate::invitations::notices::Target;
use crate::invitations::writing::Writing;
use crate::mail::Mailbox;
use crate::meetings::Meeting;
use crate::meetings::confirmations::{HostConfirmation, HostConfirmationState};
use crate::municipalities::Municipality;
use crate::people::on_day::{self, PersonOnDay};
use crate::series::Series;

/// Names and people for mails.
struct Desk {
    directory: Directory,
    mailbox: Mailbox,
    people: Vec<PersonOnDay>,
}

impl Desk {
    /// As of a day.
    fn load(tx: &mut Tx, who: &impl Scope, on: NaiveDate) -> Result<Self> {
        let directory = Directory::load(tx, who)?;
        Self::with(tx, who, directory, on)
    }

    /// As of today.
    fn today(tx: &mut Tx, who: &impl Scope) -> Result<Self> {
        let directory = Directory::load(tx, who)?;
        let today = tx.now.with_timezone(&directory.zone()).date_naive();
        Self::with(tx, who, directory, today)
    }

    fn with(tx: &mut Tx, who: &impl Scope, directory: Directory, on: NaiveDate) -> Result<Self> {
        let settings = tx.settings;
        Ok(Self {
            mailbox: directory.mailbox(settings)?,
            people: on_day::all(tx, who, on)?,
            directory,
        })
    }

    /// Those who speak for a municipality.
    fn of(&self, municipality: Id<Municipality>) -> Vec<&PersonOnDay> {
        on_day::representatives(self.people.iter(), municipality)
    }

    fn name(&self, municipality: Id<Municipality>) -> String {
        self.directory.host(municipality).unwrap_or_default()
    }

    /// "12. Treffen „5 für OWL“ am Donnerstag, 4. Februar 2027, 10:00 bis 12:30 Uhr"
    fn meeting(&self, language: Language, meeting: &Meeting) -> String {
        let which = [
            ("ordinal", ordinal(language, meeting.number)),
            ("group", self.directory.cooperation.name.clone()),
            ("when", self.when(language, meeting)),
        ];
        say_with(language, "hosting-meeting", &which)
    }

    fn when(&self, language: Language, meeting: &Meeting) -> String {
        when(language, &self.directory.facts(meeting).when())
    }

    fn writing<'a>(
        &'a self,
        kind: MessageKind,
        meeting: Option<&'a Meeting>,
        key: String,
    ) -> Writing<'a> {
        Writing {
            from: &self.mailbox,
            group: &self.directory.cooperation.name,
            kind,
            meeting,
            key,
            reply_to: None,
            references: Vec::new(),
        }
    }
}

fn text(subject: String, paragraphs: Vec<String>) -> NoticeText<Target> {
    NoticeText {
        subject,
        name: String::new(),
        paragraphs,
        details: Vec::new(),
        agenda: Vec::new(),
        quote: None,
        links: Vec::new(),
    }
}

fn link(language: Language, key: &str, target: Target) -> NoticeLink<Target> {
    NoticeLink {
        lead: say(language, key),
        words: say(language, &format!("{key}-link")),
        target,
    }
}

fn row(language: Language, label: &str, value: String) -> (String, String) {
    (say(language, label), value)
}

/// The two meetings of a request, and why it was made.
fn details(desk: &Desk, case: &Case, language: Language) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    if let Some(meeting) = &case.meeting {
        let value = desk.meeting(language, meeting);
        rows.push(row(language, "hosting-label-offered", value));
    }
    if let Some(partner) = &case.partner {
        let value = desk.meeting(language, partner);
        rows.push(row(language, "hosting-label-wanted", value));
    }
    if let Some(reason) = &case.request.reason {
        rows.push(row(language, "hosting-label-reason", reason.clone()));
    }
    rows
}

/// Asks the delegates of all municipalities that a new request goes to.
pub(super) fn asked(tx: &mut Tx, who: &impl Scope, case: &Case) -> Result<()> {
    request(tx, who, case, MessageKind::SwapRequested, "asked")
}

/// Reminds the delegates of those that have not answered.
pub(super) fn follow_up(tx: &mut Tx, who: &impl Scope, case: &Case, days: i32) -> Result<()> {
    let kind = MessageKind::SwapReminder;
    request(tx, who, case, kind, &format!("follow-up-{days}"))
}

fn request(
    tx: &mut Tx,
    who: &impl Scope,
    case: &Case,
    kind: MessageKind,
    occasion: &str,
) -> Result<()> {
    let Some(meeting) = &case.meeting else {
        return Ok(());
    };
    let desk = Desk::load(tx, who, meeting.date)?;
    let id = case.request.id;
    let writing = desk.writing(kind, Some(meeting), format!("swap:{id}:{occasion}"));
    let key = match kind {
        MessageKind::SwapReminder => "hosting-reminder",
        _ => "hosting-asked",
    };
    let wanted = match &case.partner {
        Some(_) => "hosting-asked-swap",
        None => "hosting-asked-open",
    };
    let answers = case.answers.iter();
    for answer in answers.filter(|answer| answer.state == SwapAnswerState::Open) {
        for person in desk.of(answer.municipality_id) {
            writing.to(tx, who, person, |language| {
                let asker = ("asker", desk.name(case.request.municipality_id));
                let date = ("date", date_short(language, meeting.date));
                let subject = format!("{key}-subject");
                let intro = [asker.clone(), ("date", date_long(language, meeting.date))];
                let paragraphs = vec![
                    say_with(language, key, &intro),
                    say(language, wanted),
                    say(language, "hosting-asked-next"),
                ];
                let mut text = text(say_with(language, &subject, &[asker, date]), paragraphs);
                text.details = details(&desk, case, language);
                let page = Target::SwapPage(id, person.id());
                text.links = vec![link(language, "hosting-answer", page)];
                text
            })?;
        }
    }
    Ok(())
}

/// Tells both sides what became of a request.
pub(super) fn outcome(tx: &mut Tx, who: &impl Scope, case: &Case) -> Result<()> {
    let request = &case.request;
    let desk = match &case.meeting {
        Some(meeting) => Desk::load(tx, who, meeting.date)?,
        None => Desk::today(tx, who)?,
    };
    let key = format!("swap:{}:{}", request.id, request.state);
    let meeting = case.meeting.as_ref();
    let writing = desk.writing(MessageKind::SwapOutcome, meeting, key);
    let mut sides = vec![request.municipality_id];
    sides.extend(case.answers.iter().filter_map(|answer| {
        let told = match request.state {
            SwapRequestState::Undone => answer.state == SwapAnswerState::Accepted,
            SwapRequestState::Declined => true,
            // Who has declined has nothing more to do with it.
            _ => answer.state != SwapAnswerState::Declined,
        };
        told.then_some(answer.municipality_id)
    }));
    for side in sides {
        for person in desk.of(side) {
            writing.to(tx, who, person, |language| {
                outcome_text(&desk, case, side, person, language)
            })?;
        }
    }
    Ok(())
}

fn outcome_text(
    desk: &Desk,
    case: &Case,
    side: Id<Municipality>,
    person: &PersonOnDay,
    language: Language,
) -> NoticeText<Target> {
    let request = &case.request;
    let accepted = case.accepted();
    let taker = accepted.map(|accepted| desk.name(accepted.municipality_id));
    let concerned = side == request.municipality_id
        || accepted.is_none_or(|accepted| accepted.municipality_id == side);
    let date = |meeting: &Option<Meeting>| {
        let meeting = meeting.as_ref();
        meeting.map_or_else(String::new, |meeting| date_short(language, meeting.date))
    };
    let args = [
        ("asker", desk.name(request.municipality_id)),
        ("taker", taker.unwrap_or_default()),
        ("date", date(&case.meeting)),
        ("other", date(&case.partner)),
    ];
    let key = match request.state {
        SwapRequestState::Accepted if !concerned => "hosting-outcome-settled",
        SwapRequestState::Accepted if case.partner.is_some() => "hosting-outcome-swapped",
        SwapRequestState::Accepted => "hosting-outcome-taken",
        SwapRequestState::Declined => "hosting-outcome-declined",
        SwapRequestState::Withdrawn => "hosting-outcome-withdrawn",
        SwapRequestState::Undone => "hosting-outcome-undone",
        SwapRequestState::Expired | SwapRequestState::Open => "hosting-outcome-expired",
    };
    let mut paragraphs = vec![say_with(language, key, &args)];
    if let Some(lapse) = request.lapse {
        paragraphs.push(say(language, lapse_key(lapse)));
    }
    if side == request.municipality_id {
        let answers = case.answers.iter();
        paragraphs.extend(answers.filter_map(|answer| {
            let reason = answer.reason.clone()?;
            let name = desk.name(answer.municipality_id);
            let said = [("name", name), ("reason", reason)];
            Some(say_with(language, "hosting-declined-because", &said))
        }));
    }
    let mut text = text(
        say_with(language, &format!("{key}-subject"), &args),
        paragraphs,
    );
    text.details = details(desk, case, language);
    if request.state == SwapRequestState::Accepted && concerned {
        let page = Target::SwapPage(request.id, person.id());
        text.links = vec![link(language, "hosting-undo", page)];
    }
    text
}

fn lapse_key(lapse: SwapLapse) -> &'static str {
    match lapse {
        SwapLapse::Invited => "hosting-lapse-invited",
        SwapLapse::Begun => "hosting-lapse-begun",
        SwapLapse::Cancelled => "hosting-lapse-cancelled",
        SwapLapse::HostChanged => "hosting-lapse-host-changed",
    }
}

/// Tells a municipality which of its turns have moved, in one mail.
pub(super) fn moved(
    tx: &mut Tx,
    who: &impl Scope,
    series: Id<Series>,
    (municipality, turns): (Id<Municipality>, &[Moved]),
) -> Result<()> {
    let now = tx.now;
    let desk = Desk::today(tx, who)?;
    let key = format!("turns:{series}:{municipality}:{}", now.timestamp_micros());
    let writing = desk.writing(MessageKind::TurnsMoved, None, key);
    for person in desk.of(municipality) {
        writing.to(tx, who, person, |language| {
            moved_text(&desk, turns, language)
        })?;
    }
    Ok(())
}

fn moved_text(desk: &Desk, turns: &[Moved], language: Language) -> NoticeText<Target> {
    let short = |turn: &Moved| {
        let from = turn.from.map(|day| ("from", date_short(language, day)));
        let to = turn.to.as_ref().map(|to| date_short(language, to.date));
        let args: Vec<_> = from.into_iter().chain(to.map(|to| ("to", to))).collect();
        (kind_of(turn), args)
    };
    let subject = match turns {
        [turn] => {
            let (kind, args) = short(turn);
            let area = area_of(turn.part);
            say_with(language, &format!("{area}-turn-{kind}-subject"), &args)
        }
        _ => say(language, "hosting-turns-subject"),
    };
    let group = ("group", desk.directory.cooperation.name.clone());
    let hosts = turns.iter().any(|turn| turn.part == Part::Host);
    let next = match hosts {
        true => "hosting-turns-next",
        false => "cohosts-turns-next",
    };
    let paragraphs = vec![
        say_with(language, "hosting-turns", &[group]),
        say(language, next),
    ];
    let mut text = text(subject, paragraphs);
    text.details = turns
        .iter()
        .flat_map(|turn| lines(desk, turn, language))
        .collect();
    text
}

/// Where the words stand for a host or a co-host.
fn area_of(part: Part) -> &'static str {
    match part {
        Part::Host => "hosting",
        Part::Cohost => "cohosts",
    }
}

fn kind_of(turn: &Moved) -> &'static str {
    match (turn.from, &turn.to) {
        (Some(_), Some(_)) => "moved",
        (None, _) => "new",
        (Some(_), None) => "off",
    }
}

fn lines(desk: &Desk, turn: &Moved, language: Language) -> Vec<(String, String)> {
    let area = area_of(turn.part);
    let to = turn.to.as_ref().map(|to| {
        let value = desk.meeting(language, to);
        row(language, &format!("{area}-label-new"), value)
    });
    let from = turn.from.map(|day| {
        let label = match turn.to {
            Some(_) => "hosting-label-instead".to_owned(),
            None => format!("{area}-label-off"),
        };
        row(language, &label, date_long(language, day))
    });
    to.into_iter().chain(from).collect()
}

/// Asks the delegates of the host to confirm that it hosts.
pub(super) fn confirm(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    (host, asked): (Id<Municipality>, Id<HostConfirmation>),
) -> Result<()> {
    let desk = Desk::load(tx, who, meeting.date)?;
    let kind = MessageKind::HostConfirmation;
    let writing = desk.writing(kind, Some(meeting), format!("hosting:{asked}"));
    for person in desk.of(host) {
        writing.to(tx, who, person, |language| {
            let args = [
                ("host", desk.name(host)),
                ("meeting", desk.meeting(language, meeting)),
            ];
            let date = [("date", date_short(language, meeting.date))];
            let paragraphs = vec![
                say_with(language, "hosting-confirm", &args),
                say(language, "hosting-confirm-next"),
            ];
            let subject = say_with(language, "hosting-confirm-subject", &date);
            let mut text = text(subject, paragraphs);
            let value = desk.when(language, meeting);
            text.details = vec![row(language, "hosting-label-when", value)];
            let cohosts = desk.directory.cohosts(meeting);
            if !cohosts.is_empty() {
                let together = row(language, "cohosts-label", cohosts.join(", "));
                text.details.push(together);
            }
            let page = Target::HostingPage(asked, person.id());
            text.links = vec![link(language, "hosting-confirm-page", page)];
            text
        })?;
    }
    Ok(())
}

/// Tells the coordinators that the host has not confirmed, or cannot.
pub(super) fn unconfirmed(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    known: &HostConfirmation,
) -> Result<()> {
    let desk = Desk::today(tx, who)?;
    let kind = MessageKind::HostUnconfirmed;
    let key = format!("unconfirmed:{}", known.id);
    let writing = desk.writing(kind, Some(meeting), key);
    let said = match known.state {
        HostConfirmationState::Declined => "hosting-unconfirmed-declined",
        _ => "hosting-unconfirmed",
    };
    for person in on_day::coordinators(desk.people.iter()) {
        writing.to(tx, who, person, |language| {
            let date = ("date", date_short(language, meeting.date));
            let host = ("host", desk.name(known.municipality_id));
            let args = [host.clone(), ("meeting", desk.meeting(language, meeting))];
            let subject = say_with(language, "hosting-unconfirmed-subject", &[host, date]);
            let paragraphs = vec![
                say_with(language, said, &args),
                say(language, "hosting-unconfirmed-next"),
            ];
            let mut text = text(subject, paragraphs);
            if let Some(reason) = &known.reason {
                text.details = vec![row(language, "hosting-label-reason", reason.clone())];
            }
            text
        })?;
    }
    Ok(())
}
