//! Two messages to one person, of which the mail server refuses the first for a while (greylisting) and takes
//! everything later: the later one never arrives first, and what was superseded before it left does not arrive.
use chrono::TimeDelta;
use mail::{MailTransport, Tls};
use reihum::jobs;
use serde_json::{Value, json};

use crate::builders::{BIELEFELD, DETMOLD, FiveCities, HERFORD, a_series, text};
use crate::mailbox::Mail;
use crate::polls::{a_poll, open};
use crate::smtp_server::{Kind, Server};
use crate::steps::time;

/// The address of the first delegate of Herford.
const GREYLISTED: &str = "grey@herford.example";

/// The five cities with people invited to the first meeting, so that the series is in use, and one person whose
/// mails the server can refuse for a while.
struct Greylisting {
    five: FiveCities,
    server: Server,
    transport: MailTransport,
}

impl Greylisting {
    async fn start() -> Self {
        let five = FiveCities::start_at(time("2026-03-02T09:00:00Z"), a_series()).await;
        let server = Server::start(Kind::Plain).await;
        let it = Self {
            transport: server.transport(Tls::None),
            five,
            server,
        };
        let person = format!("{}/people/{}", it.five.base, it.person());
        it.patch(&person, json!({ "address": GREYLISTED })).await;
        let series = format!("{}/series/{}", it.five.base, it.five.series);
        it.patch(&series, json!({ "change_window_minutes": 0 }))
            .await;
        it.five.invite(&it.five.meeting(0).await).await;
        it.run().await;
        it
    }

    fn person(&self) -> &str {
        &self.five.cities[HERFORD].people[0].id
    }

    async fn patch(&self, path: &str, change: Value) {
        let token = &self.five.coordinator;
        self.five
            .service
            .patch(token, path, change)
            .await
            .expect(200);
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let done = self
            .five
            .service
            .post(&self.five.coordinator, path, body)
            .await;
        assert!(done.status.is_success(), "{}", done.text());
        done.json()
    }

    /// Sends what is due; returns the subjects of the mails that the person gets by that, but for those about turns
    /// that have moved meanwhile.
    async fn run(&self) -> Vec<String> {
        let before = self.server.mails.lock().unwrap().len();
        jobs::run_once(&self.five.service.app, &self.transport)
            .await
            .unwrap();
        let mails = self.server.mails.lock().unwrap();
        let new = mails[before..].iter().map(|bytes| Mail::parse("", bytes));
        let theirs = new.filter(|mail| mail.to() == GREYLISTED && !mail.is_about_turns());
        theirs.map(|mail| mail.subject()).collect()
    }

    /// Asks for Bielefeld's turn on 9 June; returns the path of the request.
    async fn ask_to_swap(&self) -> String {
        let path = format!("/series/{}/rotation/swap-requests", self.five.series);
        let body = json!({ "meeting_id": self.five.meeting(1).await });
        let token = &self.five.cities[BIELEFELD].people[0].token;
        let made = self.five.service.post(token, &path, body).await.expect(201);
        format!("{path}/{}", text(&made["id"]))
    }

    /// Acts on a request as a delegate of a city.
    async fn act(&self, (city, person): (usize, usize), request: &str, what: &str) {
        let token = &self.five.cities[city].people[person].token;
        let path = format!("{request}/{what}");
        self.five
            .service
            .post(token, &path, json!({}))
            .await
            .expect(200);
    }

    /// Opens a poll; returns its path.
    async fn open_poll(&self, holds: bool) -> (String, Value) {
        let mut new = a_poll();
        new["holds"] = json!(holds);
        let made = open(&self.five, new).await.expect(201);
        (format!("/polls/{}", text(&made["id"])), made)
    }

    /// The path of the meeting on 9 June, to which people are invited.
    async fn invite(&self) -> String {
        let meeting = self.five.meeting(1).await;
        self.five.invite(&meeting).await;
        format!("/meetings/{meeting}")
    }
}

/// What arrives if the mails that `first` causes are refused at first, and `later` happens before they are tried
/// again.
async fn arriving<T>(
    first: impl AsyncFnOnce(&Greylisting) -> T,
    later: impl AsyncFnOnce(&Greylisting, T),
) -> Vec<String> {
    let it = Greylisting::start().await;
    arriving_at(&it, first, later).await
}

async fn arriving_at<T>(
    it: &Greylisting,
    first: impl AsyncFnOnce(&Greylisting) -> T,
    later: impl AsyncFnOnce(&Greylisting, T),
) -> Vec<String> {
    let refused = || it.server.heard("RCPT TO:<grey@");
    let before = refused();
    it.server.greylist(true);
    let made = first(it).await;
    assert_eq!(it.run().await, Vec::<String>::new());
    assert!(refused() > before, "the first was tried");
    it.server.greylist(false);
    later(it, made).await;
    let mut arrived = it.run().await;
    for _ in 0..3 {
        it.five.service.clock.advance(TimeDelta::hours(1));
        arrived.extend(it.run().await);
    }
    arrived
}

const NOTHING: [&str; 0] = [];

#[actix_web::test]
async fn a_request_that_ends_before_it_arrived_is_not_heard_of() {
    let withdrawn = arriving(
        async |it| it.ask_to_swap().await,
        async |it, request| it.act((BIELEFELD, 0), &request, "withdraw").await,
    );
    assert_eq!(withdrawn.await, NOTHING);
    let taken_by_others = arriving(
        async |it| it.ask_to_swap().await,
        async |it, request| it.act((DETMOLD, 0), &request, "accept").await,
    );
    assert_eq!(taken_by_others.await, NOTHING);
}

#[actix_web::test]
async fn whose_turn_has_changed_is_told_without_having_been_asked() {
    let accepted = arriving(
        async |it| it.ask_to_swap().await,
        async |it, request| it.act((HERFORD, 1), &request, "accept").await,
    );
    let taken = "Gastgeberrolle übernommen: Herford am 09.06.2026";
    assert_eq!(accepted.await, [taken]);
}

#[actix_web::test]
async fn that_a_swap_is_undone_comes_after_the_swap() {
    let it = Greylisting::start().await;
    let request = it.ask_to_swap().await;
    assert_eq!(it.run().await.len(), 1);
    let undone = arriving_at(
        &it,
        async |it| it.act((HERFORD, 1), &request, "accept").await,
        async |it, ()| it.act((BIELEFELD, 0), &request, "undo").await,
    );
    let arrived = undone.await;
    let [taken, undone] = &*arrived else {
        panic!("both are told: {arrived:?}")
    };
    assert!(taken.starts_with("Gastgeberrolle übernommen"), "{taken}");
    assert!(undone.starts_with("Tausch rückgängig gemacht"), "{undone}");
}

#[actix_web::test]
async fn a_request_that_arrived_ends_for_those_who_got_it() {
    let it = Greylisting::start().await;
    let request = it.ask_to_swap().await;
    assert_eq!(it.run().await.len(), 1);
    it.act((BIELEFELD, 0), &request, "withdraw").await;
    let subjects = it.run().await;
    assert_eq!(
        subjects,
        ["Tauschanfrage zurückgezogen: Treffen am 09.06.2026"]
    );
}

/// The server may have taken the mail before the connection broke.
#[actix_web::test]
async fn a_request_in_doubt_counts_as_received() {
    let it = Greylisting::start().await;
    let request = it.ask_to_swap().await;
    it.server.vanish(true);
    assert_eq!(
        it.run().await.len(),
        1,
        "the server has it, and does not say so"
    );
    it.server.vanish(false);
    it.act((BIELEFELD, 0), &request, "withdraw").await;
    let subjects = it.run().await;
    assert_eq!(
        subjects,
        ["Tauschanfrage zurückgezogen: Treffen am 09.06.2026"]
    );
}

#[actix_web::test]
async fn a_poll_that_ends_before_its_question_arrived_is_not_heard_of() {
    let cancelled = arriving(
        async |it| it.open_poll(false).await,
        async |it, (poll, _)| {
            let reason = json!({ "reason": "Nicht nötig" });
            it.post(&format!("{poll}/cancel"), reason).await;
        },
    );
    assert_eq!(cancelled.await, NOTHING);
    let closed = arriving(
        async |it| it.open_poll(false).await,
        async |it, (poll, _)| {
            it.post(&format!("{poll}/close"), json!({})).await;
            it.post(
                &format!("{poll}/cancel"),
                json!({ "reason": "Nicht nötig" }),
            )
            .await;
        },
    );
    assert_eq!(closed.await, NOTHING);
}

#[actix_web::test]
async fn the_date_of_a_poll_is_told_without_its_question() {
    let decided = arriving(
        async |it| it.open_poll(false).await,
        async |it, (poll, made)| {
            let chosen = json!({ "candidate_id": made["candidates"][0]["id"] });
            it.post(&format!("{poll}/decide"), chosen).await;
        },
    );
    let arrived = decided.await;
    let [subject] = &*arrived else {
        panic!("one mail: {arrived:?}")
    };
    assert!(subject.starts_with("Termin steht fest"), "{subject}");
}

#[actix_web::test]
async fn another_deadline_comes_after_the_question() {
    let moved = arriving(
        async |it| it.open_poll(false).await,
        async |it, (poll, _)| {
            it.patch(&poll, json!({ "deadline_date": "2026-03-16" }))
                .await;
        },
    );
    let arrived = moved.await;
    let [asked, moved] = &*arrived else {
        panic!("both are told: {arrived:?}")
    };
    assert!(asked.starts_with("Terminabfrage: "), "{asked}");
    assert!(moved.contains("16.03.2026"), "{moved}");
}

#[actix_web::test]
async fn an_entry_that_never_arrived_is_not_cancelled() {
    let withdrawn = arriving(
        async |it| it.open_poll(true).await,
        async |it, (poll, made)| {
            let candidate = text(&made["candidates"][0]["id"]);
            let path = format!("{poll}/candidates/{candidate}");
            let service = &it.five.service;
            service
                .delete(&it.five.coordinator, &path)
                .await
                .expect(204);
        },
    );
    let arrived = withdrawn.await;
    assert_eq!(
        arrived.len(),
        3,
        "the question and two entries: {arrived:?}"
    );
    for day in ["25.03.2026", "26.03.2026"] {
        assert!(arrived.iter().any(|one| one.contains(day)), "{arrived:?}");
    }
}

#[actix_web::test]
async fn an_invitation_that_was_overtaken_is_the_one_to_what_holds() {
    let moved = arriving(
        async |it| it.invite().await,
        async |it, meeting| it.patch(&meeting, json!({ "date": "2026-06-10" })).await,
    );
    assert_eq!(
        moved.await,
        ["Einladung: 2. Treffen „5 für OWL“ am 10.06.2026 in Bielefeld"]
    );
    let cancelled = arriving(
        async |it| it.invite().await,
        async |it, meeting| {
            it.post(&format!("{meeting}/cancel"), json!({ "reason": "Streik" }))
                .await;
        },
    );
    assert_eq!(cancelled.await, NOTHING);
    let uninvited = arriving(
        async |it| it.invite().await,
        async |it, meeting| {
            let path = format!("{meeting}/invitations/{}", it.person());
            let service = &it.five.service;
            service
                .delete(&it.five.coordinator, &path)
                .await
                .expect(204);
        },
    );
    assert_eq!(uninvited.await, NOTHING);
}

#[actix_web::test]
async fn a_cancellation_takes_the_place_of_an_update() {
    let it = Greylisting::start().await;
    let meeting = it.invite().await;
    assert_eq!(it.run().await.len(), 1);
    let cancelled = arriving_at(
        &it,
        async |it| it.patch(&meeting, json!({ "date": "2026-06-10" })).await,
        async |it, ()| {
            it.post(&format!("{meeting}/cancel"), json!({ "reason": "Streik" }))
                .await;
        },
    );
    let arrived = cancelled.await;
    let [subject] = &*arrived else {
        panic!("one mail: {arrived:?}")
    };
    // What the person knows is cancelled: the first date.
    assert!(
        subject.starts_with("Abgesagt: ") && subject.contains("09.06.2026"),
        "{subject}"
    );
}
