//! Calendars as other programs write them.

pub fn calendar(parts: &str) -> String {
    let head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Ratsinformation//DE\r\n";
    format!("{head}{}END:VCALENDAR\r\n", parts.replace('\n', "\r\n"))
}

pub fn event(lines: &str) -> String {
    format!(
        "BEGIN:VEVENT\nUID:{}@rat.example\n{lines}\nEND:VEVENT\n",
        lines.len()
    )
}
