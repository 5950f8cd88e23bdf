//! The mails about hosting: who is asked to swap, what became of that, whose turns have moved, and
//! who is to confirm.
use super::store::SwapCase;
use super::turns::{TurnChange, TurnRole};
use super::{HostingLink, SwapAnswerState, SwapLapse, SwapLink, SwapRequest, SwapRequestState};
use crate::Tx;
use crate::auth::Scope;
use crate::db::Id;
use crate::error::Result;
use crate::i18n::dates::{date_long, date_short};
use crate::i18n::{Language, say, say_with};
use crate::invitations::notice_context::NoticeContext;
use crate::invitations::text::labelled;
use crate::meetings::Meeting;
use crate::meetings::confirmations::{HostConfirmation, HostConfirmationState};
use crate::municipalities::Municipality;
use crate::notifications::links::Target;
use crate::notifications::notice::{NoticeLink, NoticeText};
use crate::notifications::template::Template;
use crate::notifications::{MessageKind, Topic};
use crate::people::on_day::PersonOnDay;
use crate::series::Series;

/// To ask a municipality to swap turns.
pub const SWAP_REQUESTED: MessageKind = MessageKind::new("swap_requested");
/// To remind it of that.
pub const SWAP_REMINDER: MessageKind = MessageKind::new("swap_reminder");
/// To say what became of it.
pub const SWAP_OUTCOME: MessageKind = MessageKind::new("swap_outcome");
/// To tell a municipality that its turns to host have moved.
pub const TURNS_MOVED: MessageKind = MessageKind::new("turns_moved");
/// To ask the host to confirm that it hosts.
pub const HOST_CONFIRMATION: MessageKind = MessageKind::new("host_confirmation");
/// To say to the coordinators that it has not.
pub const HOST_UNCONFIRMED: MessageKind = MessageKind::new("host_unconfirmed");

/// Every kind of message that this module sends.
pub const KINDS: [MessageKind; 6] = [
    SWAP_REQUESTED,
    SWAP_REMINDER,
    SWAP_OUTCOME,
    TURNS_MOVED,
    HOST_CONFIRMATION,
    HOST_UNCONFIRMED,
];

/// The kinds that ask for an answer to a request.
const ASKING: &[MessageKind] = &[SWAP_REQUESTED, SWAP_REMINDER];

/// The topic of all messages about a request to swap.
fn topic(request: Id<SwapRequest>) -> Topic {
    Topic::of("swap", request)
}

/// The two meetings of a request, and why it was made.
fn details(context: &NoticeContext, case: &SwapCase, language: Language) -> Vec<(String, String)> {
    let shown = |meeting: &Meeting| context.meeting(language, meeting);
    let rows = [
        ("hosting-label-offered", case.meeting.as_ref().map(shown)),
        ("hosting-label-wanted", case.partner.as_ref().map(shown)),
        ("hosting-label-reason", case.request.reason.clone()),
    ];
    labelled(language, rows)
}

/// Asks the delegates of all municipalities that a new request goes to.
pub(super) fn asked(tx: &mut Tx, who: &impl Scope, case: &SwapCase) -> Result<()> {
    request(tx, who, case, (SWAP_REQUESTED, "hosting-asked"), "asked")
}

/// Reminds the delegates of those that have not answered.
pub(super) fn follow_up(tx: &mut Tx, who: &impl Scope, case: &SwapCase, days: i32) -> Result<()> {
    let occasion = format!("follow-up-{days}");
    request(
        tx,
        who,
        case,
        (SWAP_REMINDER, "hosting-reminder"),
        &occasion,
    )
}

/// Sends a request to those who have not answered it; the texts stand under `text_key`.
fn request(
    tx: &mut Tx,
    who: &impl Scope,
    case: &SwapCase,
    (kind, text_key): (MessageKind, &str),
    occasion: &str,
) -> Result<()> {
    let Some(meeting) = &case.meeting else {
        return Ok(());
    };
    let context = NoticeContext::load(tx, who, meeting.date)?;
    let id = case.request.id;
    let template = context.template(kind, topic(id), Some(meeting));
    let answers = case.answers.iter();
    let unanswered = answers.filter(|answer| answer.state == SwapAnswerState::Open);
    let addressed = unanswered.flat_map(|answer| context.representatives(answer.municipality_id));
    let key = format!("swap:{id}:{occasion}");
    template.send_to_all(tx, who, (addressed, &key), |language, person| {
        let asker = ("asker", context.municipality(case.request.municipality_id));
        let own = person
            .municipality
            .map_or_else(String::new, |own| context.municipality(own));
        let mut sides = vec![asker.clone(), ("municipality", own)];
        let wanted = match &case.partner {
            Some(partner) => {
                sides.push(("other", date_long(language, partner.date)));
                "hosting-asked-swap"
            }
            None => "hosting-asked-open",
        };
        let short = [asker.clone(), ("date", date_short(language, meeting.date))];
        let long = [asker, ("date", date_long(language, meeting.date))];
        let page = Target::page::<SwapLink>((id, person.id()));
        NoticeText {
            details: details(&context, case, language),
            links: vec![NoticeLink::new(language, "hosting-answer", page)],
            ..NoticeText::new(
                say_with(language, &format!("{text_key}-subject"), &short),
                vec![
                    say_with(language, text_key, &long),
                    say_with(language, wanted, &sides),
                    say(language, "hosting-asked-next"),
                ],
            )
        }
    })?;
    Ok(())
}

/// Tells both sides what became of a request.
pub(super) fn outcome(tx: &mut Tx, who: &impl Scope, case: &SwapCase) -> Result<()> {
    let request = &case.request;
    let context = NoticeContext::of(tx, who, case.meeting.as_ref())?;
    let template = Template {
        supersedes: ASKING,
        ..context.template(SWAP_OUTCOME, topic(request.id), case.meeting.as_ref())
    };
    let mut sides = vec![request.municipality_id];
    sides.extend(case.answers.iter().filter_map(|answer| {
        let concerned = match request.state {
            SwapRequestState::Undone => answer.state == SwapAnswerState::Accepted,
            SwapRequestState::Declined => true,
            // Who has declined has nothing more to do with it.
            _ => answer.state != SwapAnswerState::Declined,
        };
        concerned.then_some(answer.municipality_id)
    }));
    let key = format!("swap:{}:{}", request.id, request.state);
    for side in sides {
        let people = context.representatives(side);
        let mut answers = case.answers.iter();
        let own = answers.find(|answer| answer.municipality_id == side);
        let template = Template {
            // Whose turn has not changed need not know how a request ended that never arrived.
            only_if_received: own.is_some_and(|own| own.state != SwapAnswerState::Accepted),
            ..template.clone()
        };
        template.send_to_all(tx, who, (people, &key), |language, person| {
            outcome_text(&context, case, side, person, language)
        })?;
    }
    Ok(())
}

fn outcome_text(
    context: &NoticeContext,
    case: &SwapCase,
    side: Id<Municipality>,
    person: &PersonOnDay,
    language: Language,
) -> NoticeText {
    let request = &case.request;
    let accepted = case.accepted();
    let taker = accepted.map(|accepted| context.municipality(accepted.municipality_id));
    let concerned = side == request.municipality_id
        || accepted.is_none_or(|accepted| accepted.municipality_id == side);
    let date = |meeting: &Option<Meeting>| {
        let meeting = meeting.as_ref();
        meeting.map_or_else(String::new, |meeting| date_short(language, meeting.date))
    };
    let args = [
        ("asker", context.municipality(request.municipality_id)),
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
            let name = context.municipality(answer.municipality_id);
            let said = [("name", name), ("reason", reason)];
            Some(say_with(language, "hosting-declined-because", &said))
        }));
    }
    let mut text = NoticeText::new(
        say_with(language, &format!("{key}-subject"), &args),
        paragraphs,
    );
    text.details = details(context, case, language);
    if request.state == SwapRequestState::Accepted && concerned {
        let page = Target::page::<SwapLink>((request.id, person.id()));
        text.links = vec![NoticeLink::new(language, "hosting-undo", page)];
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
    (municipality, turns): (Id<Municipality>, &[TurnChange]),
) -> Result<()> {
    let now = tx.now.timestamp_micros();
    let context = NoticeContext::today(tx, who)?;
    let template = context.template(TURNS_MOVED, Topic::of("series", series), None);
    let people = context.representatives(municipality);
    let key = format!("turns:{series}:{municipality}:{now}");
    template.send_to_all(tx, who, (people, &key), |language, _| {
        moved_text(&context, municipality, turns, language)
    })?;
    Ok(())
}

fn moved_text(
    context: &NoticeContext,
    municipality: Id<Municipality>,
    turns: &[TurnChange],
    language: Language,
) -> NoticeText {
    let short = |turn: &TurnChange| {
        let mut args = vec![("municipality", context.municipality(municipality))];
        args.extend(turn.from.map(|day| ("from", date_short(language, day))));
        let to = turn.to.as_ref();
        args.extend(to.map(|to| ("to", date_short(language, to.date))));
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
    let group = ("group", context.directory.cooperation.name.clone());
    let hosts = turns.iter().any(|turn| turn.part == TurnRole::Host);
    let next = if hosts {
        "hosting-turns-next"
    } else {
        "cohosts-turns-next"
    };
    let paragraphs = vec![
        say_with(language, "hosting-turns", &[group]),
        say(language, next),
    ];
    let mut text = NoticeText::new(subject, paragraphs);
    text.details = turns
        .iter()
        .flat_map(|turn| lines(context, turn, language))
        .collect();
    text
}

/// Where the words stand for a host or a co-host.
fn area_of(part: TurnRole) -> &'static str {
    match part {
        TurnRole::Host => "hosting",
        TurnRole::Cohost => "cohosts",
    }
}

fn kind_of(turn: &TurnChange) -> &'static str {
    match (turn.from, &turn.to) {
        (Some(_), Some(_)) => "moved",
        (None, _) => "new",
        (Some(_), None) => "off",
    }
}

fn lines(context: &NoticeContext, turn: &TurnChange, language: Language) -> Vec<(String, String)> {
    let area = area_of(turn.part);
    let to = turn.to.as_ref().map(|to| {
        let label = say(language, &format!("{area}-label-new"));
        (label, context.meeting(language, to))
    });
    let from = turn.from.map(|day| {
        let date = date_long(language, day);
        let (label, value) = if turn.to.is_some() {
            ("hosting-label-instead".to_owned(), date)
        } else {
            let label = format!("{area}-label-off");
            (label, no_longer(context, turn, date, language))
        };
        (say(language, &label), value)
    });
    to.into_iter().chain(from).collect()
}

/// The day of a turn that was lost, and what has become of the meeting.
fn no_longer(
    context: &NoticeContext,
    turn: &TurnChange,
    date: String,
    language: Language,
) -> String {
    let takes_place = |meeting: &&Meeting| meeting.status.is_to_come();
    let mut args = vec![("date", date)];
    let key = match turn.was.as_ref().filter(takes_place) {
        None => "hosting-turn-off-cancelled",
        Some(meeting) if turn.from != Some(meeting.date) => {
            args.push(("now", date_long(language, meeting.date)));
            "hosting-turn-off-moved"
        }
        Some(meeting) => match meeting.host_id {
            Some(host) => {
                args.push(("host", context.municipality(host)));
                "hosting-turn-off-hosted"
            }
            None => "hosting-turn-off-open",
        },
    };
    say_with(language, key, &args)
}

/// Asks the delegates of the host to confirm that it hosts.
pub(super) fn confirm(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    (host, asked): (Id<Municipality>, Id<HostConfirmation>),
) -> Result<()> {
    let context = NoticeContext::load(tx, who, meeting.date)?;
    let topic = Topic::of("hosting", meeting.id);
    let template = context.template(HOST_CONFIRMATION, topic, Some(meeting));
    let people = context.representatives(host);
    let key = format!("hosting:{asked}");
    template.send_to_all(tx, who, (people, &key), |language, person| {
        let args = [
            ("host", context.municipality(host)),
            ("meeting", context.meeting(language, meeting)),
        ];
        let date = [
            ("host", context.municipality(host)),
            ("date", date_short(language, meeting.date)),
        ];
        let cohosts = Some(context.directory.cohosts(meeting).join(", "));
        let rows = [
            ("hosting-label-when", Some(context.when(language, meeting))),
            ("cohosts-label", cohosts.filter(|names| !names.is_empty())),
        ];
        let page = Target::page::<HostingLink>((asked, person.id()));
        NoticeText {
            details: labelled(language, rows),
            links: vec![NoticeLink::new(language, "hosting-confirm-page", page)],
            ..NoticeText::new(
                say_with(language, "hosting-confirm-subject", &date),
                vec![
                    say_with(language, "hosting-confirm", &args),
                    say(language, "hosting-confirm-next"),
                ],
            )
        }
    })?;
    Ok(())
}

/// Tells the coordinators that the host has not confirmed, or cannot.
pub(super) fn unconfirmed(
    tx: &mut Tx,
    who: &impl Scope,
    meeting: &Meeting,
    known: &HostConfirmation,
) -> Result<()> {
    let context = NoticeContext::today(tx, who)?;
    let topic = Topic::of("hosting", meeting.id);
    let template = context.template(HOST_UNCONFIRMED, topic, Some(meeting));
    let what = match known.state {
        HostConfirmationState::Declined => "hosting-unconfirmed-declined",
        _ => "hosting-unconfirmed",
    };
    let key = format!("unconfirmed:{}", known.id);
    let people = context.coordinators();
    template.send_to_all(tx, who, (people, &key), |language, _| {
        let date = ("date", date_short(language, meeting.date));
        let host = ("host", context.municipality(known.municipality_id));
        let args = [
            host.clone(),
            ("meeting", context.meeting(language, meeting)),
        ];
        NoticeText {
            details: labelled(language, [("hosting-label-reason", known.reason.clone())]),
            ..NoticeText::new(
                say_with(language, "hosting-unconfirmed-subject", &[host, date]),
                vec![
                    say_with(language, what, &args),
                    say(language, "hosting-unconfirmed-next"),
                ],
            )
        }
    })?;
    Ok(())
}
