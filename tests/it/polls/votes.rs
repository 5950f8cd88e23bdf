//! Who votes, how often, and who sees it.
use serde_json::json;

use super::{Polled, a_poll};
use crate::builders::{BIELEFELD, FiveCities, HERFORD, text};
use crate::mailbox::to;

#[actix_web::test]
async fn votes_are_shown_to_those_who_may_see_them() {
    for (visibility, before, after) in [
        ("open", (true, true), (true, true)),
        ("after_closing", (false, false), (true, false)),
        ("coordinators", (false, false), (false, false)),
    ] {
        let it = Polled::start(json!({ "visibility": visibility })).await;
        let mut ballot = it.ballot("ymn");
        ballot["comment"] = json!("Nur vormittags");
        it.try_to_vote(BIELEFELD, 0, ballot).await.expect(200);
        let delegate = it.five.cities[HERFORD].people[0].token.clone();
        let own = it.five.cities[BIELEFELD].people[0].token.clone();
        let check = async |numbers: bool, names: bool| {
            for token in [&delegate, &it.five.reader] {
                let seen = it.seen_by(token).await;
                assert_eq!(
                    seen["candidates"][0]["tally"].is_object(),
                    numbers,
                    "{visibility}"
                );
                assert_eq!(seen["candidates"][0]["rank"].is_number(), numbers);
                let shown = seen.to_string();
                assert_eq!(shown.contains("Carla"), names, "{visibility}: {shown}");
                assert!(!shown.contains("Nur vormittags"));
                assert!(!shown.contains(".example"), "no address is shown");
            }
            let seen = it.seen_by(&own).await;
            let ballots = seen["ballots"].as_array().unwrap();
            assert!(ballots.iter().any(|one| one["comment"] == "Nur vormittags"));
            let seen = it.seen().await;
            assert_eq!(seen["candidates"][0]["tally"]["yes"], 1);
            assert_eq!(seen["ballots"].as_array().unwrap().len(), 11);
        };
        check(before.0, before.1).await;
        it.post("close", json!({})).await.expect(200);
        check(after.0, after.1).await;
        let outcome = it.seen_by(&delegate).await["outcome"].is_string();
        assert_eq!(outcome, after.0);
    }
}

#[actix_web::test]
async fn nothing_of_a_poll_is_seen_from_another_cooperation() {
    let it = Polled::start(json!({})).await;
    let (_, other) = it.five.service.cooperation("Nordkreis").await;
    let (service, id) = (&it.five.service, &it.id);
    let ballot = it.ballot("yyy");
    let person = &it.five.cities[0].people[0].id;
    service
        .get(&other, &format!("/polls/{id}"))
        .await
        .expect(404);
    let polls = format!("/series/{}/polls", it.five.series);
    service.get(&other, &polls).await.expect(404);
    service
        .get(&other, &format!("{polls}/candidates"))
        .await
        .expect(404);
    service.post(&other, &polls, a_poll()).await.expect(404);
    for (what, body) in [
        ("close", json!({})),
        ("decide", json!({})),
        ("cancel", json!({ "reason": "x" })),
    ] {
        service
            .post(&other, &format!("/polls/{id}/{what}"), body.clone())
            .await
            .expect(404);
        let delegate = &it.five.cities[0].people[0].token;
        let path = format!("/polls/{id}/{what}");
        service.post(delegate, &path, body).await.expect(403);
    }
    let path = format!("/polls/{id}/votes/{person}");
    service.put(&other, &path, ballot.clone()).await.expect(404);
    let neighbour = &it.five.cities[0].people[1].token;
    service
        .put(neighbour, &path, ballot.clone())
        .await
        .expect(403);
    service
        .put(&it.five.reader, &path, ballot.clone())
        .await
        .expect(403);
    // Coordinators note what they are told by telephone.
    service
        .put(&it.five.coordinator, &path, ballot)
        .await
        .expect(200);
    assert_eq!(it.seen().await["voted"], 1);
}

#[actix_web::test]
async fn a_ballot_has_one_vote_on_each_candidate() {
    let it = Polled::start(json!({})).await;
    let vote = |id: &str| json!({ "candidate_id": id, "vote": "yes" });
    let [a, b, c] = [&it.candidates[0], &it.candidates[1], &it.candidates[2]];
    for (votes, rules) in [
        (json!([vote(a), vote(b)]), vec!["votes: incomplete"]),
        (
            json!([vote(a), vote(a), vote(c)]),
            vec!["votes[1].candidate_id: duplicate"],
        ),
        (
            json!([vote(a), vote(b), vote(&it.id)]),
            vec!["votes[2].candidate_id: exists"],
        ),
        (json!([]), vec!["votes: length"]),
        (
            json!([{ "candidate_id": a, "vote": "perhaps" }]),
            vec!["votes[0].vote: type"],
        ),
    ] {
        let answer = it.try_to_vote(0, 0, json!({ "votes": votes })).await;
        assert_eq!(answer.rules(), rules, "{votes}");
    }
    let mut long = it.ballot("yyy");
    long["comment"] = json!("x".repeat(1001));
    assert_eq!(
        it.try_to_vote(0, 0, long).await.rules(),
        ["comment: length"]
    );
    assert_eq!(it.seen().await["voted"], 0);
    it.vote(0, 0, "yyn").await;
    it.vote(0, 0, "nnm").await;
    let seen = it.seen().await;
    let tally = &seen["candidates"][2]["tally"];
    assert_eq!(
        (&seen["voted"], &tally["if_need_be"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(tally["yes"], 0, "the latest holds");
}

#[actix_web::test]
async fn a_guest_is_asked_and_invited_but_speaks_for_no_municipality() {
    let five = FiveCities::start().await;
    let guest = json!({
        "given_name": "Gabi", "family_name": "Gast", "address": "gabi@gast.example",
        "role": "guest", "from": "2026-01-01",
    });
    let guest = five.make("/people", guest).await;
    let it = Polled::at(five, json!({ "guest_ids": [guest] })).await;
    assert_eq!(it.mails.len(), 12);
    let path = format!("/polls/{}/votes/{guest}", it.id);
    let sent = it
        .five
        .service
        .put(&it.five.coordinator, &path, it.ballot("yyy"));
    sent.await.expect(200);
    let tally = &it.seen().await["candidates"][0]["tally"];
    assert_eq!(
        (&tally["yes"], &tally["municipalities"]),
        (&json!(1), &json!(0))
    );
    let chosen = json!({ "candidate_id": it.candidates[0] });
    let meeting = text(&it.post("decide", chosen).await.expect(200)["meeting_id"]);
    assert_eq!(it.five.service.mails().await.len(), 12);
    it.five.invite(&meeting).await;
    let invited = it.five.service.mails().await;
    assert_eq!(invited.len(), 12);
    assert!(
        to(&invited, "gabi@gast.example")
            .subject()
            .starts_with("Einladung")
    );
}
