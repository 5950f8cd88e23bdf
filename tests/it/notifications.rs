//! Messages to people: their links, their order, and forms that were stored before.
use chrono::{TimeDelta, TimeZone, Utc};
use reihum::auth::SystemActor;
use reihum::clock::Ids;
use reihum::db::{Id, Instant};
use reihum::hosting::{HostingLink, SwapLink};
use reihum::inbound::ConfirmLink;
use reihum::invitations::compose::{Memo, stored_notice};
use reihum::invitations::{AnswerLink, Invitation};
use reihum::notifications::links::{LinkPurpose, keys, token};
use reihum::notifications::notice::NoticeText;
use reihum::notifications::queue::{self, SendOutcome, Taken, retry_later};
use reihum::notifications::template::Template;
use reihum::notifications::{MessageKind, Topic};
use reihum::people::on_day;
use reihum::polls::VoteLink;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::builders::{FiveCities, text};
use crate::harness::Service;

const SECRET: &str = "a secret that is long enough to be one";

fn id() -> Id<Invitation> {
    Id::from(Uuid::from_u128(0x0199_1234_5678_7abc_8def_0123_4567_89ab))
}

#[test]
fn a_token_names_its_keys_and_cannot_be_made_up() {
    let made = token::<AnswerLink>(SECRET, id());
    assert_eq!(made.len(), 52);
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    assert!(made.bytes().all(is_plain));
    assert_eq!(keys::<AnswerLink>(SECRET, &made), Some(id()));
    let other_secret = "another secret of the same length";
    assert_eq!(keys::<AnswerLink>(other_secret, &made), None);
    let confirming = token::<ConfirmLink>(SECRET, id().uuid().into());
    assert_eq!(keys::<AnswerLink>(SECRET, &confirming), None);
    assert!(keys::<ConfirmLink>(SECRET, &made).is_none());
    let found = keys::<ConfirmLink>(SECRET, &confirming).unwrap();
    assert_eq!(found.uuid(), id().uuid());
    let (of, by) = (id().uuid(), Uuid::from_u128(7));
    let swap = token::<SwapLink>(SECRET, (of.into(), by.into()));
    assert_eq!(
        keys::<SwapLink>(SECRET, &swap),
        Some((of.into(), by.into()))
    );
    assert_eq!(keys::<HostingLink>(SECRET, &swap), None);
    assert_eq!(keys::<AnswerLink>(SECRET, &swap), None);
    assert_eq!(keys::<SwapLink>(SECRET, &made), None);
    let exchanged = token::<SwapLink>(SECRET, (by.into(), of.into()));
    assert_ne!(exchanged[52..], swap[52..]);
    for wrong in ["", &made[..51], &format!("{made}aa"), &format!("ä{made}")] {
        assert_eq!(keys::<AnswerLink>(SECRET, wrong), None, "{wrong}");
    }
    for place in 0..made.len() {
        let mut other = made.clone().into_bytes();
        other[place] = if other[place] == b'a' { b'b' } else { b'a' };
        let other = String::from_utf8(other).unwrap();
        assert_eq!(keys::<AnswerLink>(SECRET, &other), None, "{place}");
    }
}

/// Codes that another program has computed by HMAC-SHA-256, as every version has: mails with such links are in
/// people's mailboxes.
#[test]
fn links_that_were_sent_still_open() {
    let (one, other) = (id().uuid(), Uuid::from_u128(7));
    let made = [
        (AnswerLink::PATH, token::<AnswerLink>(SECRET, id())),
        (VoteLink::PATH, token::<VoteLink>(SECRET, one.into())),
        (ConfirmLink::PATH, token::<ConfirmLink>(SECRET, one.into())),
        (
            SwapLink::PATH,
            token::<SwapLink>(SECRET, (one.into(), other.into())),
        ),
        (
            HostingLink::PATH,
            token::<HostingLink>(SECRET, (one.into(), other.into())),
        ),
    ];
    let made = made.map(|(path, token)| format!("{path}{token}"));
    let sent = [
        "/answers/agmrencwpb5lzdppaerukz4jvnlybhgco7ce5z54yjn3xns56ntq",
        "/polls/agmrencwpb5lzdppaerukz4jvp2ift5jgz57bpixfeux5odr3rua",
        "/answers/confirm/agmrencwpb5lzdppaerukz4jvniibfv67lwcjprwwzqui2j6g37q",
        "/swaps/agmrencwpb5lzdppaerukz4jvmaaaaaaaaaaaaaaaaaaaaaaaad5k4x2kx55f6wy2ecd4rupwkrqy",
        "/hosting/agmrencwpb5lzdppaerukz4jvmaaaaaaaaaaaaaaaaaaaaaaaadt3coyzlvrbddcf5d2cvoitaumy",
    ];
    assert_eq!(made, sent);
}

/// What stood in the queue before all messages had one form is sent as well.
#[actix_web::test]
async fn messages_stored_before_are_still_sent() {
    let service = Service::start();
    let settings = &service.app.settings;
    let mailbox =
        |name: &str| json!({ "name": name, "address": format!("{name}@herford.example") });
    let sender = json!({ "name": "5 für OWL", "function": null, "phone": null, "email": null });
    let link = |target: Value| json!({ "lead": "Hier", "words": "Seite", "target": target });
    let links = [
        json!({ "swap_page": [id(), Uuid::from_u128(7)] }),
        json!({ "hosting_page": [id(), Uuid::from_u128(7)] }),
        json!({ "answer_page": id() }),
        json!({ "confirm_page": id() }),
        json!({ "vote_page": id() }),
        json!({ "address": "https://example.org/offen" }),
    ];
    let notice = json!({
        "notice": {
            "language": "de", "from": mailbox("treffen"), "to": mailbox("anke"), "reply_to": null,
            "references": [], "sender": sender,
            "text": {
                "subject": "Tausch", "name": "Anke", "paragraphs": ["Ein Absatz."],
                "details": [["Termin", "morgen"]], "agenda": [], "quote": null,
                "links": links.map(link),
            },
            "calendar": { "method": "CANCEL", "body": "BEGIN:VCALENDAR" },
        },
        "written_at": "2026-03-02T09:00:00Z",
    });
    let read = stored_notice(None, &notice.to_string()).unwrap();
    let mail = read.mail(settings, id().uuid().into(), "one@reihum.example");
    assert_eq!(mail.subject, "Tausch");
    assert_eq!(mail.calendar.unwrap().method, "CANCEL");
    let secret = &settings.secret;
    let pair = (id().uuid(), Uuid::from_u128(7));
    for page in [
        format!(
            "/swaps/{}",
            token::<SwapLink>(secret, (pair.0.into(), pair.1.into()))
        ),
        format!(
            "/hosting/{}",
            token::<HostingLink>(secret, (pair.0.into(), pair.1.into()))
        ),
        format!("/answers/{}", token::<AnswerLink>(secret, id())),
        format!(
            "/answers/confirm/{}",
            token::<ConfirmLink>(secret, pair.0.into())
        ),
        format!("/polls/{}", token::<VoteLink>(secret, pair.0.into())),
        "https://example.org/offen".to_owned(),
    ] {
        assert!(mail.text.contains(&page), "{page}: {}", mail.text);
    }

    let facts = json!({
        "group": "5 für OWL", "number": 12, "title": null, "on": "2027-02-04", "starts": "10:00:00",
        "ends": "12:30:00", "zone": "Europe/Berlin", "host": "Herford", "place": null, "agenda": [],
    });
    let told = json!({
        "cancelled": false, "starts_at": "2027-02-04T09:00:00Z", "ends_at": "2027-02-04T11:30:00Z",
        "facts": facts,
    });
    let attendee = json!({
        "party": mailbox("anke"), "role": "req_participant", "partstat": "needs_action", "rsvp": true,
        "delegated_to": [], "delegated_from": [],
    });
    let draft = json!({
        "occasion": "invitation", "before": null, "told": told, "agenda": [], "language": "de",
        "recipient": { "given_name": "Anke", "family_name": "Amsel", "guest": false },
        "from": mailbox("treffen"), "to": mailbox("anke"), "reply_to": mailbox("host"),
        "references": [], "written_at": "2026-03-02T09:00:00Z", "uid": "uid@reihum.example",
        "sequence": 3, "zone": "Europe/Berlin", "attendees": [attendee], "geo": null,
        "planned_at": "2026-03-01T09:00:00Z", "changed_at": "2026-03-01T09:00:00Z", "topics": null,
        "answer_by": null, "topics_until": null, "sender": sender,
    });
    let read = stored_notice(Some(id()), &draft.to_string()).unwrap();
    let mail = read.mail(settings, id().uuid().into(), "two@reihum.example");
    assert_eq!(
        mail.subject,
        "Einladung: 12. Treffen „5 für OWL“ am 04.02.2027 in Herford"
    );
    let page = format!("/answers/{}", token::<AnswerLink>(secret, id()));
    assert!(
        mail.text.contains(&format!("{page}?answer=accepted")),
        "{}",
        mail.text
    );
    let calendar = mail.calendar.unwrap();
    let unfolded = calendar.body.replace("\r\n ", "");
    assert_eq!(calendar.method, "REQUEST");
    for line in ["SEQUENCE:3\r\n", "UID:uid@reihum.example\r\n", &page] {
        assert!(unfolded.contains(line), "{line}: {unfolded}");
    }
    assert_eq!(read.memo::<Memo>().unwrap().before, None);
    assert!(
        stored_notice(None, &draft.to_string()).is_err(),
        "it is about no invitation"
    );
}

const FIRST: MessageKind = MessageKind::new("poll");
const SECOND: MessageKind = MessageKind::new("poll_reminder");
const SECOND_ONLY: &[MessageKind] = &[SECOND];

/// A message to one person on a topic.
async fn write(
    five: &FiveCities,
    (kind, topic): (MessageKind, u128),
    supersedes: &'static [MessageKind],
    key: &'static str,
) {
    let who = who(five).await;
    let written = five.service.app.write_in(&who, move |tx| {
        let today = tx.now.date_naive();
        let person = on_day::all(tx, &who, today)?.remove(0);
        let topic = Topic::of::<()>("poll", Uuid::from_u128(topic).into());
        let template = Template {
            supersedes,
            ..Template::new(kind.clone(), topic, &person.mailbox().unwrap(), "5 für OWL")
        };
        let text = NoticeText {
            subject: key.to_owned(),
            ..NoticeText::default()
        };
        template.send(tx, &who, (&person, key.to_owned()), text)
    });
    assert!(written.await.unwrap(), "{key}");
}

async fn who(five: &FiveCities) -> SystemActor {
    SystemActor::within(text(&five.get(&five.base).await["id"]).parse().unwrap())
}

/// Takes what is due; the subjects, in the order of taking.
async fn take(five: &FiveCities) -> (Vec<Taken>, Vec<String>) {
    let app = &five.service.app;
    let now = app.clock.now();
    let taken = app
        .db
        .claim(move |conn| queue::take(conn, now))
        .await
        .unwrap();
    let subject = |one: &Taken| {
        let notice = stored_notice(None, &one.content).unwrap();
        notice.mail(&app.settings, one.id, &one.message_id).subject
    };
    let subjects = taken.iter().map(subject).collect();
    (taken, subjects)
}

async fn finish(five: &FiveCities, message: &Taken, outcome: SendOutcome) {
    let app = &five.service.app;
    let (done, now) = (vec![(message.clone(), outcome)], app.clock.now());
    let finished = app.db.claim(move |conn| queue::finish(conn, &done, now));
    finished.await.unwrap();
}

#[actix_web::test]
async fn messages_on_one_topic_keep_their_order_and_what_failed_blocks_nothing() {
    let five = FiveCities::start().await;
    write(&five, (FIRST, 1), &[], "first").await;
    write(&five, (SECOND, 1), &[], "second").await;
    write(&five, (FIRST, 2), &[], "another topic").await;
    let (taken, subjects) = take(&five).await;
    assert_eq!(subjects, ["first", "another topic"]);
    let (_, while_on_its_way) = take(&five).await;
    assert!(while_on_its_way.is_empty(), "{while_on_its_way:?}");

    let later = five.service.app.clock.now();
    let later = SendOutcome::Later {
        at: (*later + TimeDelta::hours(1)).into(),
        response: "4.2.0 grey listed".to_owned(),
        in_doubt: false,
    };
    finish(&five, &taken[0], later).await;
    let (_, while_it_is_retried) = take(&five).await;
    assert!(while_it_is_retried.is_empty(), "{while_it_is_retried:?}");
    five.service.clock.advance(TimeDelta::hours(1));
    let (again, mut subjects) = take(&five).await;
    subjects.sort_unstable();
    assert_eq!(
        subjects,
        ["another topic", "first"],
        "the other one's lease is over"
    );
    let failed = SendOutcome::Failed {
        response: "5.1.1 no such user".to_owned(),
        marks_address: false,
    };
    let first = again.iter().find(|one| one.id == taken[0].id).unwrap();
    finish(&five, first, failed).await;
    let (_, subjects) = take(&five).await;
    assert_eq!(subjects, ["second"]);
}

#[actix_web::test]
async fn what_is_superseded_before_it_is_sent_is_not_sent_and_blocks_nothing() {
    let five = FiveCities::start().await;
    write(&five, (FIRST, 1), &[], "kept").await;
    write(&five, (SECOND, 1), &[], "superseded").await;
    write(&five, (SECOND, 2), &[], "another topic").await;
    write(&five, (FIRST, 1), SECOND_ONLY, "last").await;
    let (taken, subjects) = take(&five).await;
    assert_eq!(subjects, ["kept", "another topic"]);
    let sent = SendOutcome::Sent {
        response: "2.0.0 queued".to_owned(),
    };
    finish(&five, &taken[0], sent).await;
    let (_, subjects) = take(&five).await;
    assert_eq!(subjects, ["last"]);
}

#[test]
fn pauses_grow_to_an_hour_and_after_five_days_it_is_given_up() {
    let (first, longest) = (TimeDelta::seconds(30), TimeDelta::hours(1));
    let now: Instant = Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap().into();
    let ids = Ids::seeded(1);
    let mut least = TimeDelta::zero();
    for attempt in 1..200 {
        let full = (first * (1 << (attempt - 1).min(10))).min(longest);
        for _ in 0..20 {
            let outcome = retry_later((now, attempt), (String::new(), false), now, &ids);
            let SendOutcome::Later { at, .. } = outcome else {
                panic!("given up after {attempt}");
            };
            let pause = *at - *now;
            assert!(full / 2 <= pause && pause <= full, "{attempt}: {pause}");
            assert!(pause >= least);
        }
        least = full / 2;
    }
    let late: Instant = (*now + TimeDelta::days(5)).into();
    let end = retry_later((now, 1), ("no".to_owned(), true), late, &ids);
    let given_up = SendOutcome::Failed {
        response: "no".to_owned(),
        marks_address: false,
    };
    assert_eq!(end, given_up);
}
