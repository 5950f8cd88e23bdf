//! Mail over SMTP to a small server that fails as asked, and into a folder.
use std::time::{Duration, Instant};

use mail::{
    Address, Failure, FailureKind, MailTransport, OutgoingMail, RenderedMessage, SmtpConfig, Tls,
};
use tokio::net::TcpListener;

use crate::mime::invitation;
use crate::smtp_server::{Kind, Server, Talk};

fn outgoing_to(local_part: &str) -> OutgoingMail {
    let mut mail = invitation();
    mail.to.address = Address::parse(&format!("{local_part}@musterstadt.example")).unwrap();
    mail
}

/// Rendered; without a signer the destination makes no difference.
fn rendered(mail: &OutgoingMail) -> RenderedMessage {
    MailTransport::folder("anywhere".into())
        .render_message(mail)
        .unwrap()
}

fn mail_to(local_part: &str) -> RenderedMessage {
    rendered(&outgoing_to(local_part))
}

/// Why no connection can be opened.
async fn failure_of(config: SmtpConfig) -> Failure {
    let transport = MailTransport::smtp(config).unwrap();
    transport.open().await.unwrap_err()
}

/// With a login that the server accepts.
fn with_login(config: SmtpConfig) -> SmtpConfig {
    SmtpConfig {
        username: Some("postamt".into()),
        password: Some("geheim".into()),
        ..config
    }
}

#[tokio::test]
async fn a_connection_survives_refusals() {
    let server = Server::start(Kind::Plain).await;
    let mut connection = server.transport(Tls::None).open().await.unwrap();
    let receipt = connection.deliver(&mail_to("erika")).await.unwrap();
    assert_eq!(receipt.response, "2.0.0 queued as 4711");

    let failure = |kind, code, reason: &str| Failure {
        kind,
        code,
        reason: reason.into(),
        about_recipient: true,
    };
    let refused = connection.deliver(&mail_to("later")).await.unwrap_err();
    assert_eq!(
        refused,
        failure(FailureKind::Temporary, Some(450), "4.2.0 grey listed")
    );
    let refused = connection.deliver(&mail_to("never")).await.unwrap_err();
    assert_eq!(
        refused,
        failure(FailureKind::Permanent, Some(550), "5.1.1 nobody [31mhere")
    );
    connection.deliver(&mail_to("max")).await.unwrap();
    assert!(!connection.is_lost());
    connection.close().await;

    assert_eq!(
        (server.heard("EHLO treffen.example"), server.heard("RSET")),
        (1, 2)
    );
    assert_eq!(server.heard("DATA"), 2);
    assert_eq!(
        server.heard("MAIL FROM:<ruecklauf+a1b2c3@treffen.example>"),
        4
    );
    // what arrives is what was rendered, but for the dots doubled and the one that ends it
    let mails = server.mails.lock().unwrap();
    let mail = String::from_utf8(mails[1].clone()).unwrap();
    let mail = mail
        .strip_suffix(".\r\n")
        .unwrap()
        .replace("\r\n..", "\r\n.");
    assert_eq!(mail.as_bytes(), outgoing_to("max").render().unwrap());
}

#[tokio::test]
async fn a_lost_connection_says_so() {
    for (recipient, code) in [("closes", Some(421)), ("vanishes", None)] {
        let server = Server::start(Kind::Plain).await;
        let transport = server.transport(Tls::None);
        let mut connection = transport.open().await.unwrap();
        let failure = connection.deliver(&mail_to(recipient)).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::Connection, code)
        );
        assert!(connection.is_lost());
        let again = connection.deliver(&mail_to("erika")).await.unwrap_err();
        assert_eq!(again.kind, FailureKind::Connection);
        transport
            .open()
            .await
            .unwrap()
            .deliver(&mail_to("erika"))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_delivery_that_is_dropped_loses_the_connection() {
    let server = Server::start(Kind::Plain).await;
    let mut connection = server.transport(Tls::None).open().await.unwrap();
    let mail = mail_to("erika");
    {
        let delivery = std::pin::pin!(connection.deliver(&mail));
        let polled = futures_poll_once(delivery);
        assert!(polled.is_pending());
    }
    assert!(connection.is_lost());
}

fn futures_poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
    future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
}

#[tokio::test]
async fn no_server_is_a_connection_failure() {
    let unused = TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let server = Server::start(Kind::Plain).await;
    let config = SmtpConfig {
        port: unused,
        ..server.config(Tls::None)
    };
    assert_eq!(failure_of(config).await.kind, FailureKind::Connection);
}

#[tokio::test]
async fn both_kinds_of_tls_work_with_a_login() {
    for (kind, tls) in [
        (Kind::Implicit, Tls::Implicit),
        (Kind::Starttls, Tls::Starttls),
    ] {
        let server = Server::start(kind).await;
        let config = with_login(server.config(tls));
        let transport = MailTransport::smtp(config.clone()).unwrap();
        transport.check().await.unwrap();
        let mut connection = transport.open().await.unwrap();
        connection.deliver(&mail_to("erika")).await.unwrap();
        connection.deliver(&mail_to("max")).await.unwrap();
        connection.close().await;
        assert_eq!(server.mails.lock().unwrap().len(), 2);
        assert_eq!(server.heard("NOOP"), 1);

        let wrong = SmtpConfig {
            password: Some("falsch".into()),
            ..config
        };
        let failure = failure_of(wrong).await;
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::Permanent, Some(535))
        );
    }
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    let server = Server::start(Kind::Plain).await;
    let config = with_login(server.config(Tls::Starttls));
    let failure = failure_of(config).await;
    assert_eq!(failure.reason, "the server does not offer STARTTLS");
    assert_eq!((server.heard("AUTH"), server.heard("MAIL")), (0, 0));
}

#[tokio::test]
async fn injected_responses_after_starttls_are_refused() {
    let server = Server::start(Kind::Injected).await;
    let failure = server.transport(Tls::Starttls).open().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Connection);
}

#[tokio::test]
async fn unknown_authorities_and_other_names_are_not_trusted() {
    for (kind, tls) in [
        (Kind::Implicit, Tls::Implicit),
        (Kind::Starttls, Tls::Starttls),
    ] {
        let server = Server::start(kind).await;
        let unknown = SmtpConfig {
            ca_file: None,
            ..server.config(tls)
        };
        let failure = failure_of(unknown).await;
        assert_eq!(failure.kind, FailureKind::Connection, "{failure}");
        // the certificate is made out to localhost and 127.0.0.1
        let renamed = SmtpConfig {
            host: "127.0.0.2".into(),
            ..server.config(tls)
        };
        let listener = TcpListener::bind(("127.0.0.2", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let talk = Talk::default();
        tokio::spawn(async move { talk.serve(kind, listener.accept().await.unwrap().0).await });
        let failure = failure_of(SmtpConfig { port, ..renamed }).await;
        assert!(failure.reason.contains("certificate"), "{failure}");
    }
}

#[tokio::test]
async fn a_mail_does_not_wait_for_delayed_acknowledgements() {
    let server = Server::start(Kind::Plain).await;
    let mut connection = server.transport(Tls::None).open().await.unwrap();
    let mail = mail_to("erika");
    let mut times = Vec::new();
    for _ in 0..100 {
        let begun = Instant::now();
        connection.deliver(&mail).await.unwrap();
        times.push(begun.elapsed());
    }
    // A delayed acknowledgement takes 40 ms, every time. A busy machine may delay some mails, but not most.
    times.sort();
    assert!(times[50] < Duration::from_millis(40), "{times:?}");
}

#[test]
fn a_configuration_is_checked_and_keeps_the_password_to_itself() {
    let config = SmtpConfig {
        host: "mail.example".into(),
        port: 587,
        tls: Tls::Starttls,
        username: Some("a".into()),
        password: Some("b-secret".into()),
        ca_file: None,
        hello_name: None,
    };
    assert!(!format!("{config:?}").contains("b-secret"));
    let transport = MailTransport::smtp(config.clone()).unwrap();
    assert!(!format!("{transport:?}").contains("b-secret"));
    for wrong in [
        SmtpConfig {
            password: None,
            ..config.clone()
        },
        SmtpConfig {
            hello_name: Some("a\r\nMAIL".into()),
            ..config.clone()
        },
        SmtpConfig {
            ca_file: Some("missing.pem".into()),
            ..config.clone()
        },
        SmtpConfig {
            tls: Tls::Implicit,
            host: "a b".into(),
            ..config
        },
    ] {
        assert!(MailTransport::smtp(wrong.clone()).is_err(), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_folder_holds_each_mail_once() {
    let folder = tempfile::tempdir().unwrap();
    let transport = MailTransport::folder(folder.path().to_owned());
    transport.check().await.unwrap();
    let mut connection = transport.open().await.unwrap();
    let receipt = connection.deliver(&rendered(&invitation())).await.unwrap();
    connection.deliver(&rendered(&invitation())).await.unwrap();
    assert_eq!(
        receipt.response,
        "20270107T080000Z-0197f0c2-2222-7000-8000-000000000002@treffen.example.eml"
    );
    // ids that give the same file name are still two mails
    for id in ["a/../b@treffen.example", "a_.._b@treffen.example"] {
        let mail = OutgoingMail {
            message_id: id.into(),
            ..invitation()
        };
        connection.deliver(&rendered(&mail)).await.unwrap();
    }
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 3);
    let written = std::fs::read(folder.path().join(receipt.response)).unwrap();
    assert_eq!(written, invitation().render().unwrap());

    // A folder that has vanished is made again, unless something stands in its way.
    let missing = folder.path().join("missing");
    let transport = MailTransport::folder(missing.clone());
    let mut connection = transport.open().await.unwrap();
    assert!(!missing.exists(), "looking changes nothing");
    connection.deliver(&rendered(&invitation())).await.unwrap();
    assert_eq!(std::fs::read_dir(&missing).unwrap().count(), 1);
    let file = std::fs::read_dir(&missing)
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o137, 0, "{mode:o}");
    let below_a_file = MailTransport::folder(file.path().join("mail"));
    assert!(below_a_file.open().await.is_err());
}
