//! The commands of LMTP (RFC 2033), as a line each.

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// LHLO: the client says who it is.
    Hello,
    /// MAIL FROM, with the size the client announces (RFC 1870).
    Mail {
        /// Octets, if the client says so.
        size: Option<u64>,
    },
    /// RCPT TO.
    Recipient(String),
    /// DATA.
    Data,
    /// RSET.
    Reset,
    /// NOOP.
    Noop,
    /// QUIT.
    Quit,
    /// VRFY.
    Verify,
}

/// Why a line is no command: the reply it gets.
pub type Refusal = &'static str;

/// A line that is no command at all.
pub const UNKNOWN: Refusal = "500 5.5.2 There is no such command";
const SYNTAX: Refusal = "501 5.5.4 This cannot be read";
const PARAMETER: Refusal = "555 5.5.4 There is no such parameter";
const GREET_BY_LHLO: Refusal = "500 5.5.1 This is LMTP: say LHLO";
/// Octets of an address at most (RFC 5321, 4.5.3.1.3).
const PATH_LIMIT: usize = 256;

/// Reads a line, which comes without its end.
///
/// # Errors
/// The reply to a line that is no command.
pub fn parse(line: &[u8]) -> Result<Command, Refusal> {
    let line = std::str::from_utf8(line).map_err(|_| UNKNOWN)?;
    if line.chars().any(char::is_control) {
        return Err(UNKNOWN);
    }
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    let alone = |command| match rest {
        "" => Ok(command),
        _ => Err(SYNTAX),
    };
    match verb.to_ascii_uppercase().as_str() {
        "LHLO" if rest.is_empty() => Err(SYNTAX),
        "LHLO" => Ok(Command::Hello),
        "MAIL" => mail(after(rest, "FROM:")?),
        "RCPT" => recipient(after(rest, "TO:")?),
        "DATA" => alone(Command::Data),
        "RSET" => alone(Command::Reset),
        "NOOP" => Ok(Command::Noop),
        "QUIT" => alone(Command::Quit),
        "VRFY" => Ok(Command::Verify),
        "HELO" | "EHLO" => Err(GREET_BY_LHLO),
        _ => Err(UNKNOWN),
    }
}

/// What comes after `word`, however that is written.
fn after<'a>(text: &'a str, word: &str) -> Result<&'a str, Refusal> {
    match text.split_at_checked(word.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(word) => Ok(rest.trim_start()),
        _ => Err(SYNTAX),
    }
}

/// A path in angle brackets, and the parameters behind it.
fn path(text: &str) -> Result<(&str, &str), Refusal> {
    let inner = text.strip_prefix('<').ok_or(SYNTAX)?;
    let (path, parameters) = inner.split_once('>').ok_or(SYNTAX)?;
    if path.len() > PATH_LIMIT || !(parameters.is_empty() || parameters.starts_with(' ')) {
        return Err(SYNTAX);
    }
    // A route before the address (RFC 5321, appendix C) is to be ignored.
    let address = match path.strip_prefix('@') {
        Some(route) => route.split_once(':').ok_or(SYNTAX)?.1,
        None => path,
    };
    Ok((address, parameters))
}

fn mail(text: &str) -> Result<Command, Refusal> {
    let (_, parameters) = path(text)?;
    let mut size = None;
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match (name.to_ascii_uppercase().as_str(), value) {
            ("SIZE", octets) if size.is_none() => {
                size = Some(octets.parse().map_err(|_| SYNTAX)?);
            }
            ("BODY", kind)
                if ["7BIT", "8BITMIME"]
                    .iter()
                    .any(|known| kind.eq_ignore_ascii_case(known)) => {}
            _ => return Err(PARAMETER),
        }
    }
    Ok(Command::Mail { size })
}

fn recipient(text: &str) -> Result<Command, Refusal> {
    match path(text)? {
        ("", _) => Err(SYNTAX),
        (address, "") => Ok(Command::Recipient(address.to_owned())),
        _ => Err(PARAMETER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_however_they_are_written() {
        let to = |address: &str| Ok(Command::Recipient(address.to_owned()));
        for (line, command) in [
            ("LHLO mx.example", Ok(Command::Hello)),
            ("MAIL FROM:<>", Ok(Command::Mail { size: None })),
            (
                "mail from: <a@b.example> size=77 BODY=8bitmime",
                Ok(Command::Mail { size: Some(77) }),
            ),
            ("RCPT TO:<a@b.example>", to("a@b.example")),
            (
                "rcpt to:<@relay.example,@x.example:a@b.example>",
                to("a@b.example"),
            ),
            ("DATA", Ok(Command::Data)),
            ("rset", Ok(Command::Reset)),
            ("NOOP and more", Ok(Command::Noop)),
            ("QUIT", Ok(Command::Quit)),
            ("VRFY a", Ok(Command::Verify)),
            ("LHLO", Err(SYNTAX)),
            ("EHLO mx.example", Err(GREET_BY_LHLO)),
            ("MAIL", Err(SYNTAX)),
            ("MAIL FROM:a@b.example", Err(SYNTAX)),
            ("MAIL FROM:<a@b.example", Err(SYNTAX)),
            ("MAIL FROM:<a@b.example>SIZE=1", Err(SYNTAX)),
            ("MAIL FROM:<a@b.example> SIZE=-1", Err(SYNTAX)),
            ("MAIL FROM:<a@b.example> SMTPUTF8", Err(PARAMETER)),
            ("MAIL FROM:<a@b.example> BODY=BINARYMIME", Err(PARAMETER)),
            ("RCPT TO:<>", Err(SYNTAX)),
            ("RCPT TO:<a@b.example> NOTIFY=NEVER", Err(PARAMETER)),
            ("DATA now", Err(SYNTAX)),
            ("BDAT 3 LAST", Err(UNKNOWN)),
            ("", Err(UNKNOWN)),
            ("NOOP\nQUIT", Err(UNKNOWN)),
            ("RCPT TO:<ä", Err(SYNTAX)),
        ] {
            assert_eq!(parse(line.as_bytes()), command, "{line:?}");
        }
        assert_eq!(parse(b"\xff\xfe"), Err(UNKNOWN));
        let long = format!("RCPT TO:<{}@b.example>", "a".repeat(300));
        assert_eq!(parse(long.as_bytes()), Err(SYNTAX));
    }
}
