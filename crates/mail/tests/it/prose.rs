//! Bounces in words for people.
use mail::incoming::BounceAction;

use crate::incoming::incoming;

type Understood = (BounceAction, Option<String>, Option<String>);

/// The action, the status and the address that a mail of a mail system with these words names; none if it is no
/// bounce.
fn in_words(
    return_path: &str,
    from: &str,
    (subject, text): (&str, &str),
) -> Option<Vec<Understood>> {
    let mail = format!(
        "Return-Path: <{return_path}>\r\nFrom: {from}\r\nTo: <treffen+a1@reihum.example>\r\n\
         Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    );
    let bounce = incoming(mail.as_bytes()).bounce?;
    let recipients = bounce.recipients.iter();
    let understood = recipients.map(|one| {
        let address = one.final_recipient.as_ref();
        let address = address.map(|address| address.as_str().to_owned());
        (one.action, one.status.clone(), address)
    });
    Some(understood.collect())
}

#[test]
fn mail_systems_say_it_in_many_ways() {
    use BounceAction::{Delayed, Failed, Full};
    let daemon = "Mail Delivery System <MAILER-DAEMON@mx.stadt.example>";
    for (subject, text, action, status) in [
        (
            "Undelivered Mail Returned to Sender",
            "<a@b.example>: host mx said: 550 5.1.1 unknown user",
            Failed,
            Some("5.1.1"),
        ),
        (
            "Mail delivery failed: returning message to sender",
            "The following address failed:\r\n  a@b.example",
            Failed,
            None,
        ),
        (
            "failure notice",
            "Hi. This is the qmail-send program.\r\n<a@b.example>:\r\nno mailbox here by that name",
            Failed,
            None,
        ),
        (
            "Returned mail: see transcript for details",
            "550 5.7.1 <a@b.example>... Access denied",
            Failed,
            Some("5.7.1"),
        ),
        (
            "Unzustellbar: Einladung",
            "Folgende Empfänger können nicht erreicht werden:\r\n a@b.example",
            Failed,
            None,
        ),
        (
            "DELIVERY FAILURE",
            "User a (a@b.example) not listed in Domino Directory",
            Failed,
            None,
        ),
        (
            "Mail delivery failed",
            "a@b.example: Benutzer hat zur Zeit keinen Speicherplatz: 552-5.2.2 quota exceeded",
            Full,
            Some("5.2.2"),
        ),
        (
            "Nachricht nicht zugestellt",
            "Das Postfach a@b.example ist voll (552).",
            Full,
            None,
        ),
        (
            "Warning: message delayed 4 hours",
            "a@b.example: 451 4.4.1 connection timed out. It will be retried.",
            Delayed,
            Some("4.4.1"),
        ),
    ] {
        let expected = Some(vec![(
            action,
            status.map(str::to_owned),
            Some("a@b.example".to_owned()),
        )]);
        for (path, from) in [
            ("", daemon),
            ("mailer-daemon@mx.stadt.example", daemon),
            ("", "MAILER-DAEMON"),
        ] {
            assert_eq!(
                in_words(path, from, (subject, text)),
                expected,
                "{subject} from {from} by <{path}>"
            );
        }
    }
    // Anybody may write such words: without a sender it is a mail system, otherwise a person.
    let words = (
        "Unzustellbar: Einladung",
        "Das Postfach a@b.example ist voll.",
    );
    assert!(in_words("", "noreply@provider.example", words).is_some());
    assert_eq!(
        in_words("kim@b.example", "Kim <kim@b.example>", words),
        None
    );
    // What is not understood is for people to read.
    assert_eq!(
        in_words(
            "",
            daemon,
            ("Hinweis", "Bitte beachten Sie unsere neue Adresse.")
        ),
        Some(Vec::new())
    );
    // Out of office, without a sender.
    let away = ("Abwesenheit", "Ich bin bis Montag nicht im Haus.");
    assert_eq!(in_words("", "Kim <kim@b.example>", away), None);
}

#[test]
fn a_mail_with_old_line_ends_is_read() {
    let mail = "From: Kim <kim@b.example>\rSubject: Zusage\r\rIch komme.\r";
    let read = incoming(mail.as_bytes());
    assert_eq!((&*read.subject, read.text.trim()), ("Zusage", "Ich komme."));
}

#[test]
fn what_a_gateway_writes_below_base64_is_left_out() {
    let encoded = "SWNoIGtvbW1lLiBJY2gga29tbWUuIEljaCBrb21tZS4gSWNo\r\nIGtvbW1lLiE=\r\n";
    let mail = |rest: &str| {
        format!(
            "From: Kim <kim@b.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{encoded}{rest}"
        )
    };
    let whole = incoming(mail("").as_bytes()).text;
    assert!(whole.ends_with("Ich komme.!"), "{whole}");
    let footer = "\r\n--\r\nDiese E-Mail wurde vom Gateway der Stadt geprüft.\r\n";
    assert_eq!(incoming(mail(footer).as_bytes()).text, whole);
    let damaged = mail("").replace("IGtvbW1lLiE=", "IGtv§W1lLiE=");
    let damaged = incoming(damaged.as_bytes()).text;
    assert_eq!(damaged, "Ich komme. Ich komme. Ich komme. Ich");
}
