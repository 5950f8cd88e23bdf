//! Bounded reading of what a client of LMTP sends.
use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};
use tokio::time::timeout;

/// Octets of a command line, with its end (RFC 5321, 4.5.3.1.4, and room for parameters).
const LINE_LIMIT: usize = 2048;
/// Octets in a row that are thrown away before the connection is given up.
const PATIENCE: u64 = 1024 * 1024;

/// A line of the client.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A command, without its end.
    Command(Vec<u8>),
    /// More than a command may have, or a line feed that ends no line (only CR and LF together do).
    Malformed,
    /// The client is gone.
    End,
}

/// Reads a command.
///
/// # Errors
/// If the connection breaks, or nothing comes for `idle`.
pub async fn command(from: &mut (impl AsyncBufRead + Unpin), idle: Duration) -> io::Result<Line> {
    let mut line = Vec::new();
    let mut malformed = false;
    let mut dropped = 0;
    loop {
        let chunk = fill(from, idle).await?;
        if chunk.is_empty() {
            return Ok(Line::End);
        }
        let end = chunk.iter().position(|octet| *octet == b'\n');
        let taken = end.map_or(chunk.len(), |at| at + 1);
        if line.len() + taken > LINE_LIMIT {
            malformed = true;
            dropped += (line.len() + taken) as u64;
            // Whether the end of the line is a CR and LF no longer matters.
            line.clear();
        } else {
            line.extend_from_slice(chunk.get(..taken).unwrap_or_default());
        }
        from.consume(taken);
        if dropped > PATIENCE {
            return Ok(Line::End);
        }
        if end.is_some() {
            return Ok(match line.strip_suffix(b"\r\n") {
                Some(command) if !malformed => Line::Command(command.to_vec()),
                _ => Line::Malformed,
            });
        }
    }
}

/// What came after DATA.
#[derive(Debug, PartialEq, Eq)]
pub enum Content {
    /// The message, with the dots removed that were put in for the way (RFC 5321, 4.5.2).
    Whole(Vec<u8>),
    /// It is larger than the limit; all of it was thrown away.
    TooLarge,
    /// The client is gone in the middle.
    End,
}

/// Where in a line the reader stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// At the beginning of a line, after CR and LF.
    Start,
    /// In a line.
    Middle,
    /// After a CR.
    Cr,
    /// After a dot at the beginning of a line.
    Dot,
    /// After such a dot and a CR.
    DotCr,
}

/// Reads the message after DATA. Only a dot alone between CR and LF on both sides ends it: whoever
/// took less for an end would let mails be smuggled in behind others.
///
/// # Errors
/// If the connection breaks, or nothing comes for `idle`.
pub async fn content(
    from: &mut (impl AsyncBufRead + Unpin),
    limit: u64,
    idle: Duration,
) -> io::Result<Content> {
    let mut message = Vec::new();
    let mut octets: u64 = 0;
    let mut at = At::Start;
    loop {
        let chunk = fill(from, idle).await?;
        if chunk.is_empty() {
            return Ok(Content::End);
        }
        let mut taken = 0;
        let mut ended = false;
        for octet in chunk {
            taken += 1;
            // A CR after the dot is kept back until it is seen not to be the end.
            let kept_back: &[u8] = match (at, octet) {
                (At::DotCr, b'\n') => {
                    ended = true;
                    break;
                }
                (At::Start, b'.') | (At::Dot, b'\r') => &[],
                (At::DotCr, octet) => &[b'\r', *octet],
                (_, octet) => std::slice::from_ref(octet),
            };
            octets += kept_back.len() as u64;
            if octets <= limit {
                message.extend_from_slice(kept_back);
            }
            at = match (at, octet) {
                (At::Start, b'.') => At::Dot,
                (At::Dot, b'\r') => At::DotCr,
                (_, b'\r') => At::Cr,
                (At::Cr, b'\n') => At::Start,
                _ => At::Middle,
            };
        }
        from.consume(taken);
        if octets > limit {
            message = Vec::new();
        }
        if ended {
            return Ok(match octets > limit {
                true => Content::TooLarge,
                false => Content::Whole(message),
            });
        }
    }
}

async fn fill(from: &mut (impl AsyncBufRead + Unpin), idle: Duration) -> io::Result<&[u8]> {
    timeout(idle, from.fill_buf())
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::BufReader;

    const IDLE: Duration = Duration::from_secs(5);

    async fn read(text: &[u8], limit: u64, chunk: usize) -> (Content, Vec<u8>) {
        let mut from = BufReader::with_capacity(chunk, text);
        let content = content(&mut from, limit, IDLE).await.unwrap();
        let mut rest = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut from, &mut rest)
            .await
            .unwrap();
        (content, rest)
    }

    #[tokio::test]
    async fn only_a_dot_between_line_ends_ends_a_message() {
        let whole = |text: &[u8]| Content::Whole(text.to_vec());
        let cases: [(&[u8], Content, &[u8]); 9] = [
            (
                b"a\r\nb\r\n.\r\nQUIT\r\n",
                whole(b"a\r\nb\r\n"),
                b"QUIT\r\n",
            ),
            (b".\r\nNOOP\r\n", whole(b""), b"NOOP\r\n"),
            (
                b"..a\r\n...\r\n.b\r\n.\r\n",
                whole(b".a\r\n..\r\nb\r\n"),
                b"",
            ),
            (
                b"a\n.\nMAIL\n.\r\n\r\n.\r\n",
                whole(b"a\n.\nMAIL\n.\r\n\r\n"),
                b"",
            ),
            (b"a\r\n.\nb\r\n.\r\n", whole(b"a\r\n\nb\r\n"), b""),
            (b"a\r.\r\nb\r\n.\r\n", whole(b"a\r.\r\nb\r\n"), b""),
            (b"a\r\n.\rb\r\n.\r\n", whole(b"a\r\n\rb\r\n"), b""),
            (b"a\r\r\n.\r\r\n\r\n.\r\n", whole(b"a\r\r\n\r\r\n\r\n"), b""),
            (b"a\r\nb", Content::End, b""),
        ];
        for (text, content, rest) in cases {
            for chunk in [1, 2, 3, 100] {
                let shown = String::from_utf8_lossy(text);
                let expected = (content_of(&content), rest.to_vec());
                assert_eq!(read(text, 1000, chunk).await, expected, "{shown:?}");
            }
        }
    }

    fn content_of(content: &Content) -> Content {
        match content {
            Content::Whole(text) => Content::Whole(text.clone()),
            Content::TooLarge => Content::TooLarge,
            Content::End => Content::End,
        }
    }

    #[tokio::test]
    async fn a_large_message_is_read_to_its_end() {
        let text = b"123456\r\n.\r\nNOOP\r\n";
        let (content, rest) = read(text, 8, 3).await;
        assert_eq!(
            (content, &*rest),
            (Content::Whole(b"123456\r\n".to_vec()), &b"NOOP\r\n"[..])
        );
        let (content, rest) = read(text, 7, 3).await;
        assert_eq!((content, &*rest), (Content::TooLarge, &b"NOOP\r\n"[..]));
    }

    #[tokio::test]
    async fn commands_end_with_cr_and_lf() {
        let long = [vec![b'a'; 5000], b"\r\nNOOP\r\n".to_vec()].concat();
        let endless = vec![b'a'; 2 * 1024 * 1024];
        let noop = || Line::Command(b"NOOP".to_vec());
        let cases: [(&[u8], Vec<Line>); 5] = [
            (b"NOOP\r\nNOOP\r\n", vec![noop(), noop(), Line::End]),
            (b"NOOP\nNOOP\r\n", vec![Line::Malformed, noop()]),
            (b"NOO", vec![Line::End]),
            (&long, vec![Line::Malformed, noop()]),
            (&endless, vec![Line::End]),
        ];
        for (text, lines) in cases {
            for chunk in [1, 7, 8192] {
                let mut from = BufReader::with_capacity(chunk, text);
                for line in &lines {
                    assert_eq!(command(&mut from, IDLE).await.unwrap(), *line);
                }
            }
        }
    }
}
