//! Which addresses are taken, and in which spelling.
use mail::{Address, AddressError};

#[test]
fn keeps_the_local_part_and_normalises_the_domain() {
    let address = Address::parse(" Amtsleitung+OWL@Rathaus.Straße.EXAMPLE ").unwrap();
    assert_eq!(
        address.as_str(),
        "Amtsleitung+OWL@rathaus.xn--strae-oqa.example"
    );
    assert_eq!(address.local_part(), "Amtsleitung+OWL");
    assert_eq!(address.domain(), "rathaus.xn--strae-oqa.example");
    assert_eq!(
        address.key(),
        "amtsleitung+owl@rathaus.xn--strae-oqa.example"
    );
}

#[test]
fn refuses_what_cannot_be_mailed() {
    let long_local = format!("{}@kreis.example", "a".repeat(65));
    let long_domain = format!("poststelle@{}example", "kreis.".repeat(40));
    for (text, why) in [
        ("rathaus.example", AddressError::Form),
        ("@rathaus.example", AddressError::Form),
        ("post@", AddressError::Form),
        (&*long_local, AddressError::TooLong),
        (&*long_domain, AddressError::TooLong),
        ("büro@rathaus.example", AddressError::NotAscii),
        ("\"a b\"@rathaus.example", AddressError::LocalPart),
        ("a..b@rathaus.example", AddressError::LocalPart),
        (".a@rathaus.example", AddressError::LocalPart),
        ("a@b@rathaus.example", AddressError::LocalPart),
        ("a\r\nRCPT@rathaus.example", AddressError::LocalPart),
        ("a\u{0}@rathaus.example", AddressError::LocalPart),
        ("<a@rathaus.example", AddressError::LocalPart),
        ("a@rathaus.example>", AddressError::Domain),
        ("a@rathaus", AddressError::Domain),
        ("a@[127.0.0.1]", AddressError::Domain),
        ("a@127.0.0.1", AddressError::Domain),
        ("a@rat haus.example", AddressError::Domain),
        ("a@rathaus.example\r\nDATA", AddressError::Domain),
        ("a@-rathaus.example", AddressError::Domain),
        ("a@rathaus..example", AddressError::Domain),
    ] {
        assert_eq!(Address::parse(text), Err(why), "{text:?}");
    }
}

#[test]
fn travels_as_a_string() {
    let address: Address = serde_json::from_str("\"a@Rathaus.example\"").unwrap();
    assert_eq!(
        serde_json::to_string(&address).unwrap(),
        "\"a@rathaus.example\""
    );
    assert!(serde_json::from_str::<Address>("\"a b@rathaus.example\"").is_err());
}
