//! Text of strangers, made fit to keep and to show.
use mail::incoming::clean::{lines, one_line, start};
use mail::incoming::read;

#[test]
fn a_line_is_one_line() {
    assert_eq!(one_line(" a\r\n\tb\u{0}\u{a0}c\u{2028}d ", 20), "a b c d");
    assert_eq!(one_line("a\u{202e}gpj\u{200b}.exe", 20), "agpj.exe");
    assert_eq!(one_line("eins zwei drei", 9), "eins zwei");
    assert_eq!(one_line("eins zwei", 5), "eins");
    assert_eq!(one_line("", 5), "");
}

#[test]
fn lines_stay_lines() {
    assert_eq!(
        lines("\r\n\r\na\r\n\r\n\r\n\r\nb \rc\u{7}\n", 20),
        "a\n\nb\nc"
    );
    assert_eq!(lines("  eingerückt\n\tauch", 100), "  eingerückt\n auch");
    assert_eq!(lines("äöü\näöü", 5), "äöü\nä");
    assert_eq!(lines("äöü\näöü", 4), "äöü");
}

#[test]
fn a_start_keeps_characters_whole() {
    assert_eq!(start("aä", 2), "a");
    assert_eq!(start("aä", 9), "aä");
}

#[test]
fn blocks_of_html_are_lines() {
    let html = "<style>p{}</style><div>Guten&nbsp;Tag,</div><DIV >ich <b>komme</b>.</DIV><br>EM";
    let mail = format!("Content-Type: text/html\r\n\r\n{html}");
    let mail = read(mail.as_bytes()).unwrap();
    assert_eq!(mail.text, "Guten Tag,\nich komme.\n\nEM");
}
