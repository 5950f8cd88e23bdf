//! Fetching from servers that are sealed, slow, or named in bad faith.
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reihum::config::Settings;
use reihum::fetch::{Client, FetchError, Fetched, Resolve, Validators, address};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::builders::{FiveCities, GUETERSLOH, a_series, text};
use crate::foreign::{calendar, event};
use crate::harness::Service;
use crate::smtp_server::{acceptor, data};

const TIME_LIMIT: Duration = Duration::from_millis(800);
/// Long enough on a busy machine; a client that waits for the end of a slow answer waits for ever.
const DEADLINE: Duration = Duration::from_mins(1);

/// What a server does with a connection.
#[derive(Clone)]
enum Manner {
    /// Answers.
    Answers(String),
    /// Answers under TLS, with the certificate of the tests' own authority.
    Sealed(String),
    /// Takes the connection and says nothing.
    Silent,
    /// Says one octet of the answer after the other, and never comes to its end.
    Drips(&'static str),
}

/// A server on loopback, and how many connections it has had.
struct Site {
    at: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Site {
    async fn start(ip: &str, manner: Manner) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let site = Self {
            at: listener.local_addr().unwrap(),
            connections: Arc::default(),
        };
        let connections = site.connections.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(socket, manner.clone()));
            }
        });
        site
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(mut socket: TcpStream, manner: Manner) {
    match manner {
        Manner::Answers(answer) => answers(socket, &answer).await,
        Manner::Sealed(answer) => {
            // Who does not trust the certificate breaks off.
            if let Ok(sealed) = acceptor().accept(socket).await {
                answers(sealed, &answer).await;
            }
        }
        Manner::Silent => {
            let mut ignored = Vec::new();
            let _ = socket.read_to_end(&mut ignored).await;
        }
        Manner::Drips(answer) => {
            for octet in answer.bytes().chain(std::iter::repeat(b'x')) {
                if socket.write_all(&[octet]).await.is_err() {
                    return;
                }
                tokio::time::sleep(TIME_LIMIT / 40).await;
            }
        }
    }
}

async fn answers(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &str) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(octet) => head.push(octet),
            Err(_) => return,
        }
        // It takes a greeting of TLS for a request that is wrong.
        if !head.starts_with(b"G") {
            break;
        }
    }
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}")
}

async fn get(client: &Client, allowed: &str, url: &str) -> Result<String, FetchError> {
    let url = address(url, &allowed.parse().unwrap())?;
    match client.get(&url, &Validators::default()).await? {
        Fetched::Text { text, .. } => Ok(text),
        Fetched::Unchanged => panic!("nothing was known"),
    }
}

fn client(allowed: &str) -> Client {
    Client::new(allowed.parse().unwrap()).with_time_limit(TIME_LIMIT)
}

#[actix_web::test]
async fn a_sealed_connection_needs_an_authority_that_is_trusted() {
    let site = Site::start("127.0.0.1", Manner::Sealed(ok("Rat"))).await;
    let port = site.at.port();
    let stranger = client("localhost, 127.0.0.0/8");
    let authority = std::fs::read(data("ca.pem")).unwrap();
    let friend = stranger.clone().with_authorities(&authority);
    let by_name = format!("https://localhost:{port}/rat.ics");
    assert_eq!(
        get(&stranger, "localhost", &by_name).await,
        Err(FetchError::Insecure)
    );
    assert_eq!(
        get(&friend, "localhost", &by_name).await,
        Ok("Rat".to_owned())
    );
    // The certificate is for 127.0.0.1 as well, and for no other address.
    for (ip, expected) in [
        ("127.0.0.1", Ok("Rat".to_owned())),
        ("127.0.0.2", Err(FetchError::Insecure)),
    ] {
        let site = Site::start(ip, Manner::Sealed(ok("Rat"))).await;
        let url = format!("https://{}/", site.at);
        assert_eq!(get(&friend, "127.0.0.0/8", &url).await, expected, "{ip}");
    }
    // A server that does not speak TLS where it should.
    let plain = Site::start("127.0.0.1", Manner::Answers(ok("Rat"))).await;
    let url = format!("https://localhost:{}/", plain.at.port());
    let outcome = get(&friend, "localhost", &url).await;
    assert_eq!(outcome, Err(FetchError::Insecure));
}

#[actix_web::test]
async fn the_operator_says_which_further_authority_is_trusted() {
    let ics = calendar(&event("DTSTART;VALUE=DATE:20260414"));
    let site = Site::start("127.0.0.1", Manner::Sealed(ok(&ics))).await;
    let mut service = Service::start();
    let mut settings = Settings::clone(&service.app.settings);
    settings.fetch_allowed = "localhost".parse().unwrap();
    service.app.settings = Arc::new(settings);
    let mut five = FiveCities::with(service, a_series()).await;
    let path = format!(
        "{}/municipalities/{}/blackout-calendars",
        five.base, five.cities[GUETERSLOH].id
    );
    let url = format!("https://localhost:{}/rat.ics", site.at.port());
    let new = json!({ "name": "Ratssitzungen", "url": url });
    let made = five.service.post(&five.coordinator, &path, new).await;
    let refresh = format!("{path}/{}/refresh", text(&made.expect(201)["id"]));
    let refused = five.service.post(&five.coordinator, &refresh, json!({}));
    let refused = refused.await.expect(200);
    assert_eq!(refused["state"], "failed");
    assert_eq!(refused["error"]["rule"], "tls");
    assert_eq!(
        refused["error"]["message"],
        "the connection cannot be secured (TLS)"
    );
    let mut settings = Settings::clone(&five.service.app.settings);
    settings.fetch_ca_file = Some(data("ca.pem"));
    five.service.app.settings = Arc::new(settings);
    let read = five.service.post(&five.coordinator, &refresh, json!({}));
    let read = read.await.expect(200);
    assert_eq!(read["state"], "current", "{read}");
    assert_eq!(five.hosts(2).await, ["Bielefeld", "Gütersloh"]);
}

#[actix_web::test]
async fn a_slow_server_is_not_waited_for() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
    for (scheme, manner) in [
        ("http", Manner::Silent),
        ("https", Manner::Silent),
        ("http", Manner::Drips("")),
        ("http", Manner::Drips(head)),
        ("http", Manner::Drips("HTTP/1.1 200 OK\r\nx: ")),
    ] {
        let site = Site::start("127.0.0.1", manner).await;
        let url = format!("{scheme}://{}/", site.at);
        let client = client("127.0.0.1");
        let outcome = timeout(DEADLINE, get(&client, "127.0.0.1", &url)).await;
        let outcome = outcome.expect("it gives up");
        // What drips in place of a status line may be given up earlier.
        let known = matches!(outcome, Err(FetchError::TooSlow | FetchError::Unreadable));
        assert!(known, "{scheme}: {outcome:?}");
    }
    assert_eq!(reihum::fetch::TIME_LIMIT, Duration::from_secs(20));
    let words = FetchError::TooSlow.to_string();
    assert_eq!(words, "the server takes longer than 20 seconds");
}

/// Answers each question of what a name means with the next of these.
fn changing(answers: Vec<Vec<SocketAddr>>) -> (Resolve, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let (count, left) = (asked.clone(), Mutex::new(VecDeque::from(answers)));
    let resolve: Resolve = Arc::new(move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        let next = left.lock().unwrap().pop_front().expect("one question less");
        Box::pin(async move { Ok(next) })
    });
    (resolve, asked)
}

/// 127.0.0.1 stands for the public internet here, 127.0.0.2 for what is inside.
#[actix_web::test]
async fn a_name_that_changes_its_meaning_leads_nowhere() {
    let inside = Site::start("127.0.0.2", Manner::Answers(ok("inside"))).await;
    let outside = Site::start("127.0.0.1", Manner::Answers(ok("outside"))).await;
    let port = inside.at.port();
    let again = format!("HTTP/1.1 302 Found\r\nlocation: https://rat.example:{port}/\r\n\r\n");
    let sealed = Site::start("127.0.0.1", Manner::Sealed(again)).await;
    let trusted = std::fs::read(data("ca.pem")).unwrap();
    let public = client("127.0.0.1").with_authorities(&trusted);

    // What was looked at is connected to, and not asked for once more: the second answer leads inside.
    let (resolve, asked) = changing(vec![vec![outside.at], vec![inside.at]]);
    let looking = public.clone().with_resolver(resolve);
    let outcome = get(&looking, "", "https://localhost/").await;
    // It does not speak TLS, but it is what was spoken to.
    assert_eq!(outcome, Err(FetchError::Insecure));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!((outside.connections(), inside.connections()), (1, 0));

    // A redirect is looked at anew, and may not lead inside under the same name.
    let (resolve, asked) = changing(vec![vec![sealed.at], vec![inside.at]]);
    let looking = public.clone().with_resolver(resolve);
    let outcome = get(&looking, "", "https://localhost/").await;
    assert_eq!(outcome, Err(FetchError::Forbidden));
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    assert_eq!((sealed.connections(), inside.connections()), (1, 0));

    // Nor one among many.
    let (resolve, _) = changing(vec![vec![sealed.at, inside.at]]);
    let looking = public.clone().with_resolver(resolve);
    let outcome = get(&looking, "", "https://localhost/").await;
    assert_eq!(outcome, Err(FetchError::Forbidden));
    assert_eq!((sealed.connections(), inside.connections()), (1, 0));

    // A name that stands for nothing, and one where nobody answers.
    let (resolve, _) = changing(vec![Vec::new()]);
    let looking = public.clone().with_resolver(resolve);
    let outcome = get(&looking, "", "https://localhost/").await;
    assert_eq!(outcome, Err(FetchError::UnknownName));
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = nobody.local_addr().unwrap();
    drop(nobody);
    let (resolve, _) = changing(vec![vec![gone]]);
    let looking = public.with_resolver(resolve);
    let outcome = get(&looking, "", "https://localhost/").await;
    assert_eq!(outcome, Err(FetchError::Unreachable));
}
