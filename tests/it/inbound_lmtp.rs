//! Mails that a mail server hands over by LMTP.
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use insta::assert_snapshot;
use reihum::config::Listen;
use reihum::error::Error;
use reihum::inbound::transports::lmtp::Server;
use reihum::inbound::transports::lmtp::recipients::Recipients;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::harness::Service;
use crate::inbound_handlers::{Record, stopper, with_limit};

/// Octets of a mail at most.
const LIMIT: u64 = 2000;

struct Listening {
    service: Service,
    port: u16,
    record: Record,
    stopper: watch::Sender<bool>,
    running: JoinHandle<()>,
}

impl Listening {
    async fn start() -> Self {
        let service = Service::start();
        let record = Record::default();
        let app = with_limit(&service.app, LIMIT);
        let listen = Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], 0)));
        let known: Recipients = Arc::new(|recipient: String| {
            Box::pin(async move {
                match recipient.as_str() {
                    "away@owl.example" => Err(Error::Contended),
                    recipient => Ok(recipient.starts_with("treffen")),
                }
            })
        });
        let server = Server::with_recipients(&app, record.reception(), &listen, known)
            .await
            .unwrap();
        let port = server.port().unwrap();
        let (stopper, stop) = stopper();
        let running = tokio::spawn(server.run(stop));
        Self {
            service,
            port,
            record,
            stopper,
            running,
        }
    }

    async fn connect(&self) -> Client<TcpStream> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        Client(BufReader::new(stream))
    }

    /// What is answered to all that, said in one piece.
    async fn say(&self, text: &str) -> String {
        self.connect().await.say(text).await
    }
}

struct Client<S>(BufReader<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
        self.0.flush().await.unwrap();
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        line.trim_end().to_owned()
    }

    /// Says something, and listens until the server ends the conversation.
    async fn say(mut self, text: &str) -> String {
        self.send(text).await;
        let mut answers = String::new();
        self.0.read_to_string(&mut answers).await.unwrap();
        assert!(answers.ends_with("\r\n"), "{answers}");
        answers.replace("\r\n", "\n")
    }
}

/// A conversation about one mail to these, and the goodbye.
fn mail(recipients: &[&str], text: &str) -> String {
    let to: Vec<_> = recipients
        .iter()
        .map(|recipient| format!("RCPT TO:<{recipient}>\r\n"))
        .collect();
    let to = to.concat();
    format!("LHLO mx.example\r\nMAIL FROM:<a@kreis.example>\r\n{to}DATA\r\n{text}\r\n.\r\nQUIT\r\n")
}

#[tokio::test]
async fn a_mail_is_handed_over_with_all_its_recipients() {
    let it = Listening::start().await;
    let to = [
        "treffen@owl.example",
        "nobody@owl.example",
        "treffen+x@owl.example",
    ];
    let text = "Subject: Zusage\r\n\r\n..zwei Punkte\r\n... drei";
    assert_snapshot!(it.say(&mail(&to, text)).await, @"
    220 reihum.example LMTP reihum
    250-reihum.example
    250-PIPELINING
    250-8BITMIME
    250-ENHANCEDSTATUSCODES
    250 SIZE 2000
    250 2.1.0 Fine
    250 2.1.5 Fine
    550 5.1.1 There is no such mailbox here
    250 2.1.5 Fine
    354 Go on
    250 2.0.0 Taken
    250 2.0.0 Taken
    221 2.0.0 Goodbye
    ");
    let all = it.record.all();
    assert_eq!(all.len(), 1, "one mail, however many recipients");
    assert_eq!(
        all[0].recipients,
        ["treffen@owl.example", "treffen+x@owl.example"]
    );
    assert_eq!(
        String::from_utf8_lossy(&all[0].raw),
        "Subject: Zusage\r\n\r\n.zwei Punkte\r\n.. drei\r\n"
    );
    assert_eq!(all[0].received_at, it.service.app.clock.now());
}

#[tokio::test]
async fn each_recipient_learns_what_became_of_the_mail() {
    let it = Listening::start().await;
    let to = ["treffen@owl.example", "treffen@owl.example"];
    for (text, reply) in [
        ("fails", "451 4.3.0 Not now; try again later"),
        ("breaks", "451 4.3.0 Not now; try again later"),
        ("aside", "250 2.0.0 Taken"),
        ("fine", "250 2.0.0 Taken"),
        (&*"x".repeat(2001), "552 5.3.4 The mail is too large"),
    ] {
        let answers = it.say(&mail(&to, text)).await;
        let lines: Vec<_> = answers.lines().collect();
        let from_end = &lines[lines.len() - 4..];
        assert_eq!(
            from_end,
            ["354 Go on", reply, reply, "221 2.0.0 Goodbye"],
            "{text}"
        );
    }
    let away = it.say(&mail(&["away@owl.example"], "fine")).await;
    assert!(away.contains("451 4.3.0 Not now"), "{away}");
    assert_eq!(it.record.all().len(), 4);
}

#[tokio::test]
async fn nothing_is_smuggled_in() {
    let it = Listening::start().await;
    let ends = ["\n.\n", "\n.\r\n", "\r.\r", "\r\n.\n", "\r.\r\n", "\r\n.\r"];
    for end in ends {
        let inner = format!(
            "first{end}MAIL FROM:<b@kreis.example>\r\nRCPT TO:<treffen@owl.example>\r\nDATA\r\nsecond"
        );
        let answers = it.say(&mail(&["treffen@owl.example"], &inner)).await;
        assert_eq!(answers.matches("354 ").count(), 1, "{end:?}: {answers}");
        assert_eq!(answers.matches("Taken").count(), 1, "{end:?}: {answers}");
    }
    let texts = it.record.texts();
    assert_eq!(texts.len(), ends.len());
    assert!(texts.iter().all(|text| text.contains("second")));
}

#[tokio::test]
async fn commands_come_in_order() {
    let it = Listening::start().await;
    assert_snapshot!(
        it.say(
            "MAIL FROM:<>\r\nEHLO mx.example\r\nLHLO mx.example\r\nRCPT TO:<treffen@owl.example>\r\n\
             DATA\r\nMAIL FROM:<> SIZE=2001\r\nMAIL FROM:<> SIZE=2000 BODY=8BITMIME\r\nMAIL FROM:<>\r\n\
             DATA\r\nRCPT TO:<nobody@owl.example>\r\nDATA\r\nRSET\r\nRCPT TO:<treffen@owl.example>\r\n\
             NOOP\r\nVRFY treffen\r\nSTARTTLS\r\nNOOP\nQUIT\r\nQUIT\r\n"
        )
        .await,
        @"
    220 reihum.example LMTP reihum
    503 5.5.1 This comes too early
    500 5.5.1 This is LMTP: say LHLO
    250-reihum.example
    250-PIPELINING
    250-8BITMIME
    250-ENHANCEDSTATUSCODES
    250 SIZE 2000
    503 5.5.1 This comes too early
    503 5.5.1 This comes too early
    552 5.3.4 The mail is too large
    250 2.1.0 Fine
    503 5.5.1 This comes too early
    503 5.5.1 This comes too early
    550 5.1.1 There is no such mailbox here
    503 5.5.1 This comes too early
    250 2.0.0 Fine
    503 5.5.1 This comes too early
    250 2.0.0 Fine
    252 2.5.0 Send it and see
    500 5.5.2 There is no such command
    500 5.5.2 A line is too long or does not end in CR LF
    221 2.0.0 Goodbye
    "
    );
    assert!(it.record.all().is_empty());
}

#[tokio::test]
async fn there_are_limits() {
    let it = Listening::start().await;
    let many = "RCPT TO:<treffen@owl.example>\r\n".repeat(101);
    let answers = it
        .say(&format!("LHLO a\r\nMAIL FROM:<>\r\n{many}QUIT\r\n"))
        .await;
    assert_eq!(answers.matches("250 2.1.5").count(), 100);
    assert_eq!(answers.matches("452 4.5.3").count(), 1);
    let answers = it.say(&"WHAT\r\n".repeat(51)).await;
    assert!(
        answers.ends_with("421 4.7.0 Too many mistakes\n"),
        "{answers}"
    );
    let mut open = Vec::new();
    for _ in 0..20 {
        let mut client = it.connect().await;
        assert!(client.line().await.starts_with("220 "));
        open.push(client);
    }
    let mut one_more = it.connect().await;
    assert_eq!(one_more.line().await, "421 4.3.2 Too many connections");
    drop(open);
    // As soon as the server has seen that one is gone.
    while !it.connect().await.line().await.starts_with("220 ") {}
}

#[tokio::test]
async fn when_told_to_stop_the_mail_that_is_under_way_is_finished() {
    let it = Listening::start().await;
    let mut waiting = it.connect().await;
    waiting.line().await;
    let mut client = it.connect().await;
    let text = mail(&["treffen@owl.example"], "slow").replace("QUIT\r\n", "");
    client.send(&text).await;
    while it.record.all().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    it.stopper.send(true).unwrap();
    let mut answers = String::new();
    client.0.read_to_string(&mut answers).await.unwrap();
    assert!(
        answers.ends_with("250 2.0.0 Taken\r\n421 4.3.2 The service stops\r\n"),
        "{answers}"
    );
    assert_eq!(waiting.line().await, "421 4.3.2 The service stops");
    it.running.await.unwrap();
}

#[tokio::test]
async fn a_socket_in_the_file_system_takes_mail_to_the_mailboxes_of_the_installation() {
    let service = Service::start();
    let operator = service.operator().await;
    let own = json!({ "name": "Südkreis", "mailbox": "runde@sued.example" });
    service
        .post(&operator, "/cooperations", own)
        .await
        .expect(201);
    let record = Record::default();
    let path = service.mail_folder.join("lmtp");
    // One that nobody listens on any more.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let listen = Listen::Unix(path.clone());
    let server = Server::bind(&service.app, record.reception(), &listen)
        .await
        .unwrap();
    let again = Server::bind(&service.app, record.reception(), &listen).await;
    assert!(again.is_err(), "somebody listens already");
    assert_eq!(mode(&path), 0o660);
    let (stopper, stop) = stopper();
    let running = tokio::spawn(server.run(stop));
    let client = Client(BufReader::new(UnixStream::connect(&path).await.unwrap()));
    let to = [
        "Treffen@reihum.example",
        "treffen+abc@reihum.example",
        "runde@sued.example",
        "runde+abc@SUED.example",
        "sonst@sued.example",
        "runde@reihum.example",
        "no address",
    ];
    let answers = client.say(&mail(&to, "fine")).await;
    let accepted: Vec<_> = answers
        .lines()
        .filter(|line| line.contains(".1.5 ") || line.contains(".1.1 "))
        .map(|line| &line[..3])
        .collect();
    assert_eq!(accepted, ["250", "250", "250", "250", "550", "550", "550"]);
    assert_eq!(record.all()[0].recipients, to[..4]);
    stopper.send(true).unwrap();
    running.await.unwrap();
    assert!(!path.exists());
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().unwrap().permissions().mode() & 0o777
}
