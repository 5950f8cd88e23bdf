//! Text as quoted-printable (RFC 2045, 6.7), cleaned on the way.
//!
//! Our own, because it is where most time went: the library that the mails were encoded with took a
//! fifth of all that laying a mail out takes.

/// Octets of an encoded line at most, the `=` of a soft line break included.
const LINE_LIMIT: usize = 76;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Encodes `text`: line breaks of every kind become CRLF, controls but tabs go, and what is not
/// printable ASCII is written in hexadecimal, an encoded character never over two lines.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = Encoded {
        text: String::with_capacity(text.len() + text.len() / 4),
        column: 0,
    };
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let run = rest.bytes().take_while(|byte| is_literal(*byte)).count();
        if run > 0 {
            encoded.literally(&rest[..run]);
            rest = &rest[run..];
            continue;
        }
        rest = &rest[character.len_utf8()..];
        match character {
            '\r' => {
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                encoded.end_line();
            }
            '\n' => encoded.end_line(),
            '\t' => encoded.literally("\t"),
            character if character.is_control() => {}
            character => encoded.in_hexadecimal(character.encode_utf8(&mut [0; 4])),
        }
    }
    encoded.close();
    encoded.text
}

fn is_literal(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'='
}

struct Encoded {
    text: String,
    /// Octets of the last line so far.
    column: usize,
}

impl Encoded {
    /// Takes ASCII that stands for itself.
    fn literally(&mut self, mut run: &str) {
        while !run.is_empty() {
            self.make_room(1);
            let (fits, more) = run.split_at(run.len().min(LINE_LIMIT - 1 - self.column));
            self.text.push_str(fits);
            self.column += fits.len();
            run = more;
        }
    }

    fn in_hexadecimal(&mut self, character: &str) {
        self.make_room(3 * character.len());
        for byte in character.bytes() {
            let digit = |half: u8| char::from(HEX[usize::from(half)]);
            self.text
                .extend(['=', digit(byte >> 4), digit(byte & 0x0f)]);
        }
        self.column += 3 * character.len();
    }

    /// Breaks the line softly if so many octets would not fit before the `=` that breaks it.
    fn make_room(&mut self, octets: usize) {
        if self.column + octets >= LINE_LIMIT {
            self.text.push_str("=\r\n");
            self.column = 0;
        }
    }

    fn end_line(&mut self) {
        self.close();
        self.text.push_str("\r\n");
        self.column = 0;
    }

    /// Blanks at the end of a line would be lost on the way, so the last one is encoded.
    fn close(&mut self) {
        let blank = match self.text.as_bytes().last() {
            Some(b' ') => " ",
            Some(b'\t') => "\t",
            _ => return,
        };
        self.text.pop();
        self.column -= 1;
        self.in_hexadecimal(blank);
    }
}
