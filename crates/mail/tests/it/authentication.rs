//! What is read of Authentication-Results (RFC 8601).
use mail::incoming::{AuthenticationResults, read};

/// What a mail with this field says.
fn field(text: &str) -> Option<AuthenticationResults> {
    let mail = format!("Authentication-Results: {text}\r\n\r\n");
    let read = read(mail.as_bytes()).unwrap().authentication;
    read.into_iter().next()
}

#[test]
fn fields_are_read_as_servers_write_them() {
    let text = " mx.Treffen.example 1 (Postfix; \"x) ok);\r\n\tdkim = pass (2048-bit key) \
                header.d=musterstadt.example header.i=@musterstadt.example header.b=\"ab=c\";\r\n \
                spf=PASS smtp.mailfrom=\"erika muster\"@musterstadt.example;\r\n \
                dmarc/1=pass reason=\"a;b\" header.from=musterstadt.example header.from=b.example";
    let read = field(text).unwrap();
    assert_eq!(read.authserv_id, "mx.treffen.example");
    let [dkim, spf, dmarc] = &*read.results else {
        panic!("{read:?}");
    };
    assert_eq!((&*dkim.method, &*dkim.result), ("dkim", "pass"));
    assert_eq!(dkim.property("header.d"), Some("musterstadt.example"));
    assert_eq!(dkim.property("header.b"), Some("ab=c"));
    assert_eq!(spf.result, "pass");
    let sender = "erika muster@musterstadt.example";
    assert_eq!(spf.property("smtp.mailfrom"), Some(sender));
    assert_eq!((&*dmarc.method, &*dmarc.result), ("dmarc", "pass"));
    assert_eq!(dmarc.property("header.from"), Some("musterstadt.example"));
    assert_eq!(dmarc.property("reason"), Some("a;b"));
}

#[test]
fn a_comment_or_a_quote_does_not_become_a_result() {
    let read = field("mx.example; spf=fail (dmarc=pass; dkim=pass) reason=\"; dmarc=pass\"");
    let results = read.unwrap().results;
    assert_eq!(results.len(), 1);
    assert_eq!(results[0].result, "fail");
    assert!(field("mx.example; none").unwrap().results.is_empty());
    assert!(field(" ").is_none());
    assert!(
        field("mx.example (; dmarc=pass")
            .unwrap()
            .results
            .is_empty()
    );
}
