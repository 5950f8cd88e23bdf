//! Blackouts from calendars: files that are imported, and addresses that are subscribed to.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_web::test::TestRequest;
use chrono::TimeDelta;
use mail::MailTransport;
use reihum::config::Settings;
use reihum::jobs;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::builders::{BIELEFELD, FiveCities, GUETERSLOH, list, text};
use crate::foreign::{calendar, event};
use crate::harness::{Answer, Service, bearer};

async fn import(five: &FiveCities, city: usize, ics: String) -> Answer {
    let path = format!(
        "/api/v1{}/municipalities/{}/blackouts/import",
        five.base, five.cities[city].id
    );
    let request = TestRequest::post()
        .uri(&path)
        .insert_header(bearer(&five.coordinator))
        .insert_header(("content-type", "text/calendar; charset=utf-8"))
        .set_payload(ics);
    five.service.send(request).await
}

#[actix_web::test]
async fn a_file_is_imported_and_the_plan_settled() {
    let five = FiveCities::start().await;
    assert_eq!(five.hosts(2).await, ["Gütersloh", "Bielefeld"]);
    let fair = event("DTSTART;VALUE=DATE:20260413\nDTEND;VALUE=DATE:20260416\nSUMMARY:Messe");
    let past = event("DTSTART;VALUE=DATE:20260101\nSUMMARY:Neujahrsempfang");
    let free = event("DTSTART;VALUE=DATE:20260609\nSUMMARY:Ausflug\nTRANSP:TRANSPARENT");
    let ics = calendar(&format!("{fair}{past}{free}"));
    let made = import(&five, GUETERSLOH, ics.clone()).await.expect(200);
    let created = made["created"].as_array().unwrap();
    assert_eq!(created.len(), 1);
    assert_eq!(created[0]["reason"], "Messe");
    assert_eq!(created[0]["source"], "import");
    assert_eq!(
        (&created[0]["starts_on"], &created[0]["ends_on"]),
        (&json!("2026-04-13"), &json!("2026-04-15"))
    );
    assert_eq!(five.hosts(2).await, ["Bielefeld", "Gütersloh"]);
    let again = import(&five, GUETERSLOH, ics).await.expect(200);
    assert_eq!(again, json!({ "created": [], "unchanged": 1 }));
    // Nothing of a file that is wrong somewhere is taken.
    let wrong = calendar(&format!(
        "{}{}",
        event("DTSTART;VALUE=DATE:20260609"),
        event("SUMMARY:Rat")
    ));
    let answer = import(&five, GUETERSLOH, wrong).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.rules(), ["event 2: DTSTART: event"]);
    let many: String = (0..1100)
        .map(|n| event(&format!("DTSTART;VALUE=DATE:20260609\nSUMMARY:Nr. {n}")))
        .collect();
    let answer = import(&five, GUETERSLOH, calendar(&many)).await;
    assert_eq!(answer.rules(), ["body: too_many"]);
    let answer = import(&five, GUETERSLOH, " ".repeat(3 * 1024 * 1024)).await;
    assert_eq!(answer.status, 413);
    let path = format!(
        "{}/municipalities/{}/blackouts",
        five.base, five.cities[GUETERSLOH].id
    );
    assert_eq!(list(&five.get(&path).await).len(), 1);
    let by_delegate = format!("/api/v1{path}/import");
    let request = TestRequest::post()
        .uri(&by_delegate)
        .insert_header(bearer(&five.cities[GUETERSLOH].people[0].token))
        .insert_header(("content-type", "text/calendar"));
    assert_eq!(five.service.send(request).await.status, 403);
}

#[actix_web::test]
async fn school_holidays_are_imported_over_what_is_shipped() {
    let five = FiveCities::start().await;
    let path = format!("{}/school-holidays?land=NW", five.base);
    let shipped = five.get(&path).await;
    assert_eq!(shipped["known_until"], "2030-08-06");
    let count = shipped["holidays"].as_array().unwrap().len();
    // The summer of 2026 were two weeks earlier, and 2031 is known.
    let table = "starts_on,ends_on,name\n2026-07-06,2026-08-18,Sommerferien\n2026-08-19,2026-09-01,\"Nichts, nur Ende\"\n";
    let send = |kind: &'static str, body: String| {
        let request = TestRequest::post()
            .uri(&format!(
                "/api/v1{}/school-holidays/import?land=NW&source=Erlass",
                five.base
            ))
            .insert_header(bearer(&five.coordinator))
            .insert_header(("content-type", kind))
            .set_payload(body);
        five.service.send(request)
    };
    let now = send("text/csv", table.to_owned()).await.expect(200);
    assert_eq!(now["holidays"].as_array().unwrap().len(), count + 1);
    assert_eq!(now["imports"][0]["source"], "Erlass");
    let ics = calendar(&event(
        "DTSTART;VALUE=DATE:20310414\nDTEND;VALUE=DATE:20310427\nSUMMARY:Osterferien\nTRANSP:TRANSPARENT",
    ));
    let now = send("text/calendar", ics).await.expect(200);
    assert_eq!(now["known_until"], "2031-04-26");
    let answer = send(
        "text/csv",
        "starts_on,ends_on,name\nbald,2026-08-18,Sommer\n".to_owned(),
    )
    .await;
    assert_eq!(answer.rules(), ["line 2: starts_on: holidays"]);
    assert_eq!(send("application/json", "{}".to_owned()).await.status, 422);
    let key = text(&now["imports"][0]["id"]);
    let gone = format!("{}/school-holidays/imports/{key}", five.base);
    five.service
        .delete(&five.coordinator, &gone)
        .await
        .expect(204);
    let now = five.get(&path).await;
    assert_eq!(now["holidays"].as_array().unwrap().len(), count + 1);
    // Planning warns of what lies beyond the data: in another Land nothing is known.
    let one = format!("{}/series/{}", five.base, five.series);
    let patch = json!({ "avoided_days": { "land": "BY" } });
    five.service
        .patch(&five.coordinator, &one, patch)
        .await
        .expect(200);
    let plan = format!("/series/{}/plan", five.series);
    let planned = five
        .service
        .post(&five.coordinator, &plan, json!({}))
        .await
        .expect(200);
    assert_eq!(planned["warnings"].as_array().unwrap().len(), 9);
    assert_eq!(planned["warnings"][0]["known_until"], Value::Null);
    let meeting = five
        .get(&format!("/meetings/{}", five.meeting(0).await))
        .await;
    assert_eq!(meeting["warnings"][0]["rule"], "beyond_school_holidays");
}

/// A server that answers each request with what the table says of its path, and notes its head.
struct Site {
    base: String,
    seen: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Site {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (seen, answers) = (Arc::default(), Arc::default());
        let site = Self {
            base,
            seen,
            answers,
        };
        let (seen, answers) = (site.seen.clone(), site.answers.clone());
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(socket.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                let path = head.split(' ').nth(1).unwrap().to_owned();
                seen.lock().unwrap().push(head);
                let answer = answers.lock().unwrap().get(&path).cloned();
                let answer = answer.unwrap_or_else(|| {
                    "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned()
                });
                // The other side may have closed already.
                let _ = socket.write_all(answer.as_bytes()).await;
            }
        });
        site
    }

    fn at(&self, path: &str, head: &str, body: &str) -> String {
        let answer = format!(
            "HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
        format!("{}{path}", self.base)
    }

    fn last_head(&self) -> String {
        self.seen.lock().unwrap().last().unwrap().to_lowercase()
    }
}

/// The five cities on an installation that may ask this machine.
async fn may_ask(allowed: &str) -> FiveCities {
    let mut service = Service::start();
    let mut settings = Settings::clone(&service.app.settings);
    settings.fetch_allowed = allowed.parse().unwrap();
    service.app.settings = Arc::new(settings);
    FiveCities::with(service, crate::builders::a_series()).await
}

async fn subscribe(five: &FiveCities, url: &str) -> Answer {
    let path = format!(
        "{}/municipalities/{}/blackout-calendars",
        five.base, five.cities[GUETERSLOH].id
    );
    let new = json!({ "name": "Ratssitzungen", "url": url });
    five.service.post(&five.coordinator, &path, new).await
}

async fn refresh(five: &FiveCities, id: &str) -> Value {
    let path = format!(
        "{}/municipalities/{}/blackout-calendars/{id}/refresh",
        five.base, five.cities[GUETERSLOH].id
    );
    five.service
        .post(&five.coordinator, &path, json!({}))
        .await
        .expect(200)
}

#[actix_web::test]
async fn a_calendar_is_followed_and_its_address_kept_quiet() {
    let five = may_ask("127.0.0.0/8").await;
    let site = Site::start().await;
    let april =
        event("DTSTART;VALUE=DATE:20260413\nDTEND;VALUE=DATE:20260415\nSUMMARY:Geheime Sitzung");
    let url = site.at(
        "/geheim.ics?token=abc",
        "200 OK\r\netag: \"eins\"",
        &calendar(&april),
    );
    let made = subscribe(&five, &url).await.expect(201);
    assert_eq!(made["state"], "new");
    assert_eq!(made["server"], "127.0.0.1");
    assert!(!made.to_string().contains("geheim"), "{made}");
    // The background fetches it.
    let folder = MailTransport::folder(five.service.mail_folder.clone());
    jobs::run_once(&five.service.app, &folder).await.unwrap();
    let blackouts = format!(
        "{}/municipalities/{}/blackouts",
        five.base, five.cities[GUETERSLOH].id
    );
    let rows = list(&five.get(&blackouts).await);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["reason"], "Ratssitzungen");
    assert_eq!(rows[0]["source"], "calendar");
    assert_eq!(five.hosts(2).await, ["Bielefeld", "Gütersloh"]);
    let one = format!("{blackouts}/{}", text(&rows[0]["id"]));
    assert_eq!(
        five.service.delete(&five.coordinator, &one).await.rules(),
        ["from_calendar"]
    );
    // Nothing new: asked with what is known, and nothing changes.
    site.at("/geheim.ics?token=abc", "304 Not Modified", "");
    let id = text(&made["id"]);
    let state = refresh(&five, &id).await;
    assert_eq!(state["state"], "current");
    assert!(
        site.last_head().contains("if-none-match: \"eins\""),
        "{}",
        site.last_head()
    );
    assert_eq!(list(&five.get(&blackouts).await), rows);
    // A failure is seen, and what was known stays.
    site.at("/geheim.ics?token=abc", "200 OK", "<html>Anmeldung</html>");
    let state = refresh(&five, &id).await;
    assert_eq!(state["state"], "failed");
    assert_eq!(state["error"]["rule"], "calendar");
    assert_eq!(list(&five.get(&blackouts).await), rows);
    // Another day: the row is another, and the hosts stay as they were told until somebody plans anew.
    let june = event("DTSTART;VALUE=DATE:20260601");
    site.at("/geheim.ics?token=abc", "200 OK", &calendar(&june));
    five.service.clock.advance(TimeDelta::hours(7));
    jobs::run_once(&five.service.app, &folder).await.unwrap();
    let rows = list(&five.get(&blackouts).await);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["starts_on"], "2026-06-01");
    assert_eq!(five.hosts(2).await, ["Bielefeld", "Gütersloh"]);
    let plan = format!("/series/{}/plan", five.series);
    five.service
        .post(&five.coordinator, &plan, json!({ "anew": true }))
        .await
        .expect(200);
    assert_eq!(five.hosts(2).await, ["Gütersloh", "Bielefeld"]);
    let calendars = format!(
        "{}/municipalities/{}/blackout-calendars",
        five.base, five.cities[GUETERSLOH].id
    );
    let seen = five
        .service
        .get(&five.cities[BIELEFELD].people[0].token, &calendars)
        .await
        .expect(200);
    assert!(!seen.to_string().contains("token=abc"), "{seen}");
    let gone = format!("{calendars}/{id}");
    five.service
        .delete(&five.coordinator, &gone)
        .await
        .expect(204);
    assert_eq!(list(&five.get(&blackouts).await), [] as [Value; 0]);
}

#[actix_web::test]
async fn what_a_server_may_do_is_bounded() {
    let five = may_ask("127.0.0.1").await;
    let site = Site::start().await;
    let good = calendar(&event("DTSTART;VALUE=DATE:20260413"));
    site.at("/good", "200 OK", &good);
    for path in ["/1", "/2", "/3", "/4"] {
        let next: u32 = path[1..].parse::<u32>().unwrap() - 1;
        let target = if next == 0 {
            "/good".to_owned()
        } else {
            format!("/{next}")
        };
        site.at(path, &format!("302 Found\r\nlocation: {target}"), "");
    }
    site.at("/inside", "302 Found\r\nlocation: http://10.1.2.3/", "");
    site.at(
        "/other",
        "302 Found\r\nlocation: http://[::ffff:127.0.0.1]/good",
        "",
    );
    site.at("/file", "302 Found\r\nlocation: file:///etc/passwd", "");
    site.at("/packed", "200 OK\r\ncontent-encoding: gzip", "x");
    site.at("/large", "200 OK", &"x".repeat(5 * 1024 * 1024 + 1));
    for (path, rule) in [
        ("/good", None),
        ("/3", None),
        ("/4", Some("redirects")),
        ("/missing", Some("status")),
        ("/inside", Some("address")),
        ("/other", Some("address")),
        ("/file", Some("address")),
        ("/packed", Some("unreadable")),
        ("/large", Some("too_large")),
    ] {
        let made = subscribe(&five, &format!("{}{path}", site.base)).await;
        let id = text(&made.expect(201)["id"]);
        let state = refresh(&five, &id).await;
        assert_eq!(state["error"]["rule"].as_str(), rule, "{path}: {state}");
        let path = format!(
            "{}/municipalities/{}/blackout-calendars/{id}",
            five.base, five.cities[GUETERSLOH].id
        );
        five.service
            .delete(&five.coordinator, &path)
            .await
            .expect(204);
    }
}

#[actix_web::test]
async fn no_address_leads_inside() {
    let five = FiveCities::start().await;
    for (url, rule) in [
        ("http://kalender.example/rat.ics", "address"),
        ("https://127.0.0.1/", "forbidden_network"),
        ("https://2130706433/", "forbidden_network"),
        ("https://0x7f.1/", "forbidden_network"),
        ("https://[::1]/", "forbidden_network"),
        ("https://[::ffff:127.0.0.1]/", "forbidden_network"),
        ("https://[fe80::1]/", "forbidden_network"),
        ("https://[fd00::1]/", "forbidden_network"),
        ("https://[64:ff9b::7f00:1]/", "forbidden_network"),
        (
            "https://169.254.169.254/latest/meta-data",
            "forbidden_network",
        ),
        ("https://10.0.0.1/", "forbidden_network"),
        ("https://100.64.0.1/", "forbidden_network"),
        ("https://192.168.1.1/", "forbidden_network"),
        ("https://0.0.0.0/", "forbidden_network"),
        ("webcal://224.0.0.1/", "forbidden_network"),
        ("file:///etc/passwd", "address"),
        ("gopher://kalender.example/", "address"),
        ("https://anna:geheim@kalender.example/", "address"),
        ("kein Kalender", "address"),
    ] {
        let answer = subscribe(&five, url).await;
        assert_eq!(answer.status, 422, "{url}");
        assert_eq!(answer.rules(), [format!("url: {rule}")], "{url}");
    }
    // A name that stands for this machine is found out when it is asked for.
    let made = subscribe(&five, "webcal://localhost/rat.ics")
        .await
        .expect(201);
    let state = refresh(&five, &text(&made["id"])).await;
    assert_eq!(state["error"]["rule"], "forbidden_network");
    let public = ["9.9.9.9", "2620:fe::fe", "172.32.0.1", "100.128.0.1"];
    for ip in public {
        assert!(reihum::fetch::is_public(ip.parse().unwrap()), "{ip}");
    }
    for _ in 0..4 {
        subscribe(&five, "https://kalender.example/")
            .await
            .expect(201);
    }
    assert_eq!(
        subscribe(&five, "https://kalender.example/").await.rules(),
        ["too_many"]
    );
}
