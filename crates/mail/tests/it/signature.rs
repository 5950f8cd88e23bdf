//! Signatures of mail: what is signed, for whom, and that they hold. Another program judges them in
//! `tests/peers`; the example of RFC 8463 judges our verifying here.
use mail::{Address, MailTransport, OutgoingMail, Signer, SignerError, Tls};

use crate::mime::invitation;
use crate::smtp_server::{Kind, Server};

const RSA: &[u8] = include_bytes!("../../../../tests/it/data/dkim/rsa.pem");
const RSA_PKCS1: &[u8] = include_bytes!("../../../../tests/it/data/dkim/rsa-pkcs1.pem");
const ED25519: &[u8] = include_bytes!("../../../../tests/it/data/dkim/ed25519.pem");

fn signer(key: &[u8]) -> Signer {
    Signer::new("reihum2027", "treffen.example", key).unwrap()
}

fn signed(mail: &OutgoingMail, key: &[u8]) -> String {
    let transport = MailTransport::folder("unused".into()).signing(Some(signer(key)));
    String::from_utf8(transport.render(mail).unwrap()).unwrap()
}

#[test]
fn a_letter_always_has_the_same_signature() {
    for (key, golden) in [
        (RSA, include_str!("../../../../tests/it/data/dkim/rsa.txt")),
        (
            RSA_PKCS1,
            include_str!("../../../../tests/it/data/dkim/rsa.txt"),
        ),
        (
            ED25519,
            include_str!("../../../../tests/it/data/dkim/ed25519.txt"),
        ),
    ] {
        let mail = signed(&invitation(), key);
        let plain = String::from_utf8(invitation().render().unwrap()).unwrap();
        let signature = mail.strip_suffix(&plain).expect("the letter, untouched");
        assert_eq!(signature, golden);
        assert!(signature.lines().all(|line| line.len() <= 78));
    }
}

#[test]
fn what_is_published_is_the_public_key() {
    let record = |key| signer(key).record();
    let rsa = include_str!("../../../../tests/it/data/dkim/rsa.public");
    assert_eq!(record(RSA), format!("v=DKIM1; k=rsa; p={rsa}"));
    assert_eq!(record(RSA_PKCS1), record(RSA));
    let ed25519 = include_str!("../../../../tests/it/data/dkim/ed25519.public");
    assert_eq!(record(ED25519), format!("v=DKIM1; k=ed25519; p={ed25519}"));
    assert_eq!(
        signer(RSA).record_name(),
        "reihum2027._domainkey.treffen.example"
    );
}

/// RFC 8463, appendix A.
#[test]
fn the_example_of_the_rfc_holds() {
    let key = b"-----BEGIN PRIVATE KEY-----\n\
                MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
                -----END PRIVATE KEY-----\n";
    let signer = Signer::new("brisbane", "football.example.com", key).unwrap();
    assert_eq!(
        signer.record(),
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    );
    let mail = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\n \
                d=football.example.com; i=@football.example.com;\n \
                q=dns/txt; s=brisbane; t=1528637909; h=from : to :\n \
                subject : date : message-id : from : subject : date;\n \
                bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n \
                b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\n \
                Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\n\
                From: Joe SixPack <joe@football.example.com>\n\
                To: Suzie Q <suzie@shopping.example.net>\n\
                Subject: Is dinner ready?\n\
                Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\n\
                Message-ID: <20030712040037.46341.5F8J@football.example.com>\n\n\
                Hi.\n\nWe lost the game.  Are you hungry yet?\n\nJoe.\n"
        .replace('\n', "\r\n");
    assert!(signer.verifies(mail.as_bytes()));
    let changed = mail.replace("hungry", "thirsty");
    assert!(!signer.verifies(changed.as_bytes()));
}

#[test]
fn a_changed_mail_is_found_out_and_a_carried_one_is_not() {
    for key in [RSA, ED25519] {
        let (signer, mail) = (signer(key), signed(&invitation(), key));
        let holds = |mail: &str| signer.verifies(mail.as_bytes());
        assert!(holds(&mail));
        for (what, other) in [
            ("Erika", "Monika"),
            ("Subject: ", "Subject: No "),
            ("08:00:00", "08:00:01"),
            ("Message-ID: <0197", "Message-ID: <0198"),
            ("Reply-To: ", "Reply-To: \"x\" <x@evil.example>, "),
            ("In-Reply-To: <0197", "In-Reply-To: <0198"),
            ("References: <0197", "References: <0198"),
            ("MIME-Version: 1.0", "MIME-Version: 1.1"),
            ("boundary=\"=_whole", "boundary=\"=_other"),
            ("QkVHSU46", "QkVHSU47"),
            ("d=treffen.example", "d=evil.example"),
            ("s=reihum2027", "s=other"),
            ("From: ", "From: x@evil.example\r\nFrom: "),
            ("DKIM-Signature:", "X-Signature:"),
        ] {
            let changed = mail.replacen(what, other, 1);
            assert_ne!(changed, mail, "{what} is in the mail");
            assert!(!holds(&changed), "{what} became {other}");
        }
        let (head, body) = mail.split_once("\r\n\r\n").unwrap();
        let from_below = format!("{head}\r\nFrom: x@evil.example\r\n\r\n{body}");
        assert!(!holds(&from_below), "another From at the end");
        let carried = format!(
            "Received: from a by b\r\n{}\r\nX-Spam: no\r\n\r\n{body}\r\n\r\n",
            head.replace("\r\nSubject: ", "\r\nSUBJECT:\t  ")
        );
        assert!(
            holds(&carried),
            "spaces and what stands around do not matter"
        );
    }
    let others = Signer::new("reihum2027", "treffen.example", ED25519).unwrap();
    assert!(!others.verifies(signed(&invitation(), RSA).as_bytes()));
    assert!(!others.verifies(b"") && !others.verifies(b"DKIM-Signature: b=;\r\n\r\n"));
}

#[test]
fn only_what_is_there_is_signed() {
    let note = OutgoingMail {
        reply_to: None,
        references: Vec::new(),
        calendar: None,
        ..invitation()
    };
    let mail = signed(&note, ED25519);
    let (signature, _) = mail.split_once("bh=").unwrap();
    let signature: String = signature.split_ascii_whitespace().collect();
    let names = "h=from:from:to:subject:date:message-id:mime-version:content-type;";
    assert!(signature.contains(names), "{signature}");
    assert!(signer(ED25519).verifies(mail.as_bytes()));
}

#[test]
fn only_mails_of_the_domain_are_signed() {
    let signs = |address: &str| {
        let mut mail = invitation();
        mail.from.address = address.parse::<Address>().unwrap();
        let is_signed = signed(&mail, RSA).starts_with("DKIM-Signature: ");
        assert_eq!(is_signed, signer(RSA).is_for(&mail.from.address));
        is_signed
    };
    assert!(signs("treffen@treffen.example"));
    assert!(signs("treffen@owl.TREFFEN.example"));
    assert!(!signs("treffen@nichttreffen.example"));
    assert!(!signs("treffen@kreis.example"));
}

#[tokio::test]
async fn both_ways_carry_the_signature_and_the_same_one_again() {
    let wanted = signed(&invitation(), RSA);
    let folder = tempfile::tempdir().unwrap();
    let into_folder = MailTransport::folder(folder.path().to_owned()).signing(Some(signer(RSA)));
    let mail = into_folder.render_message(&invitation()).unwrap();
    let mut connection = into_folder.open().await.unwrap();
    let receipt = connection.deliver(&mail).await.unwrap();
    let written = std::fs::read_to_string(folder.path().join(receipt.response)).unwrap();
    assert_eq!(written, wanted);

    let server = Server::start(Kind::Plain).await;
    let transport = server.transport(Tls::None).signing(Some(signer(RSA)));
    let mut connection = transport.open().await.unwrap();
    for _ in 0..2 {
        let mail = transport.render_message(&invitation()).unwrap();
        connection.deliver(&mail).await.unwrap();
    }
    connection.close().await;
    let mails = server.mails.lock().unwrap();
    assert_eq!((mails.len(), &mails[0]), (2, &mails[1]));
    let mail = String::from_utf8(mails[0].clone()).unwrap();
    let mail = mail
        .strip_suffix(".\r\n")
        .unwrap()
        .replace("\r\n..", "\r\n.");
    assert_eq!(mail, wanted);
}

#[test]
fn what_cannot_sign_is_refused_with_the_reason() {
    let made = |selector, domain, key: &[u8]| Signer::new(selector, domain, key).unwrap_err();
    for selector in ["", "a b", "-a", "a..b", "straße", "a;b"] {
        assert_eq!(
            made(selector, "treffen.example", RSA),
            SignerError::Selector,
            "{selector}"
        );
    }
    for domain in ["", "example", "a b.example", "a;d=b.example"] {
        assert_eq!(made("a", domain, RSA), SignerError::Domain, "{domain}");
    }
    let certificate = include_bytes!("../../../../tests/it/data/tls/localhost.pem");
    for pem in [b"".as_slice(), b"secret", certificate, &RSA[..400]] {
        assert_eq!(made("a", "treffen.example", pem), SignerError::Pem);
    }
    let curve = include_bytes!("../../../../tests/it/data/tls/localhost.key");
    assert_eq!(made("a", "treffen.example", curve), SignerError::Kind);
    let short = include_bytes!("../../../../tests/it/data/dkim/short.pem");
    let short = made("a", "treffen.example", short).to_string();
    assert!(short.ends_with("it must have 2048 to 4096 bits"), "{short}");
    let debug = format!("{:?}", signer(RSA));
    assert_eq!(debug, "Signer(reihum2027._domainkey.treffen.example)");
}
