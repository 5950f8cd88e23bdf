//! What the received replies answer.
use calendar::Partstat;

/// The mails in the collection that answer by a calendar object, and how.
pub const ANSWERS: [(&str, Partstat); 12] = [
    ("apple_mail", Partstat::Accepted),
    ("apple_icloud", Partstat::Accepted),
    ("apple_upper_case", Partstat::Declined),
    ("google", Partstat::Tentative),
    ("exchange", Partstat::Declined),
    ("outlook_com", Partstat::Accepted),
    ("thunderbird", Partstat::Accepted),
    ("nextcloud", Partstat::Accepted),
    ("zimbra", Partstat::Tentative),
    ("proton", Partstat::Accepted),
    ("sparse", Partstat::Accepted),
    ("alias", Partstat::Accepted),
];
