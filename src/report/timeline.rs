//! Who hosts when, as a picture (SVG): a row for each municipality, a column for each meeting. The
//! status of a meeting is shown by the shape of its mark, and by a title for pointers and screen
//! readers.
//!
//! The same input gives the same bytes. The picture loads and runs nothing.
use chrono::{Datelike, NaiveDate};
use maud::{Markup, PreEscaped, html};

use super::{ReportPeriod, TimelineMeeting};
use crate::i18n::dates::date_numeric;
use crate::i18n::{Language, say, say_with};
use crate::meetings::MeetingStatus;
use crate::municipalities::Municipality;
use crate::rotation::cohosts::together;

/// Most meetings of a picture.
pub const MAX_TURNS: usize = 500;

/// The style sheet of the picture, for light and dark. A Content-Security-Policy allows it by its
/// digest.
pub const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#16202b}\
.paper{fill:#fff}.band{fill:#eef4fa}.quiet{fill:#4a5866}.line{stroke:#c3ccd5}\
.held{fill:#0b5394}.invited{fill:#9a3f00}\
.planned{fill:none;stroke:#16202b;stroke-width:2}.cancelled{fill:none;stroke:#a3160f;stroke-width:2.5}.cohost{fill:none;stroke:#16202b;stroke-width:2}\
@media(prefers-color-scheme:dark){text{fill:#e9eef3}\
.paper{fill:#12181f}.band{fill:#1c2732}.quiet{fill:#b5c1cc}.line{stroke:#4a5866}\
.held{fill:#8ec5ff}.invited{fill:#ffb37a}.planned{stroke:#e9eef3}.cancelled{stroke:#ff9d96}.cohost{stroke:#e9eef3}}";

const LEFT: usize = 200;
const COLUMN: usize = 44;
const ROW: usize = 28;
const TOP: usize = 76;
const LEGEND: usize = 150;
/// How many characters of a name fit beside its row.
const NAME: usize = 26;
/// Approximate width of a character of the heading.
const WIDE: usize = 8;

/// Draws the meetings of a series, which are ordered by start. Meetings whose host has no row are
/// in an extra last row.
#[must_use]
pub fn svg(
    language: Language,
    title: &str,
    period: ReportPeriod,
    rows: &[Municipality],
    turns: &[TimelineMeeting],
) -> String {
    let row_of = |turn: &TimelineMeeting| {
        let row = rows.iter().position(|row| Some(row.id) == turn.host);
        row.unwrap_or(rows.len())
    };
    let mut names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    if turns.iter().any(|turn| row_of(turn) == rows.len()) {
        names.push(say(language, "report-nobody"));
    }
    let nobody = String::new();
    let name_of = |turn: &TimelineMeeting| names.get(row_of(turn)).unwrap_or(&nobody);
    let words = |turn: &TimelineMeeting| {
        let cohosts = turn.cohosts.iter().filter_map(|id| {
            let row = rows.iter().find(|row| row.id == *id);
            row.map(|row| row.name.clone())
        });
        let hosts = together(language, name_of(turn).clone(), cohosts);
        turn_text(language, turn, &hosts)
    };
    let has_cohosts = turns.iter().any(|turn| !turn.cohosts.is_empty());
    let legend = if has_cohosts {
        20 + LEGEND * (MeetingStatus::ALL.len() + 1)
    } else {
        0
    };
    let width = (LEFT + COLUMN * turns.len().max(8) + 16).max(legend);
    let bottom = TOP + ROW * names.len();
    let height = bottom + 48;
    let picture = html! {
        svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc"
            lang=(language.as_str()) width=(width) height=(height)
            viewBox=(format!("0 0 {width} {height}")) {
            title id="title" { (clean(&heading(language, title, period))) }
            desc id="desc" { (clean(&description(language, turns, &words))) }
            style { (PreEscaped(STYLE)) }
            rect class="paper" width=(width) height=(height) {}
            text x="12" y="24" font-weight="bold" {
                (clean(&shortened(&heading(language, title, period), width / WIDE)))
            }
            @for (place, name) in names.iter().enumerate() {
                (row(place, name, width))
            }
            @for (place, turn) in turns.iter().enumerate() {
                @let x = LEFT + COLUMN * place + COLUMN / 2;
                @let new_year = place == 0 || turns[place - 1].on.year() != turn.on.year();
                @if new_year {
                    text x=(x) y="50" text-anchor="middle" font-weight="bold" { (turn.on.year()) }
                }
                text.quiet x=(x) y="66" text-anchor="middle" { (day(language, turn.on)) }
                g {
                    title { (clean(&words(turn))) }
                    (mark(turn.status, x, TOP + ROW * row_of(turn) + ROW / 2))
                    @for (place, _) in rows.iter().enumerate().filter(|(_, row)| turn.is_cohosted_by(row.id)) {
                        (cohost_mark(x, TOP + ROW * place + ROW / 2))
                    }
                }
            }
            @for (place, status) in MeetingStatus::ALL.iter().enumerate() {
                @let x = 20 + LEGEND * place;
                (mark(*status, x, bottom + 26))
                text x=(x + 14) y=(bottom + 30) { (say(language, &format!("report-status-{status}"))) }
            }
            @if has_cohosts {
                @let x = 20 + LEGEND * MeetingStatus::ALL.len();
                (cohost_mark(x, bottom + 26))
                text x=(x + 14) y=(bottom + 30) { (say(language, "cohosts-legend")) }
            }
        }
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n",
        picture.into_string()
    )
}

fn heading(language: Language, title: &str, period: ReportPeriod) -> String {
    let day = |day| date_numeric(language, day);
    let args = [
        ("series", title.to_owned()),
        ("from", day(period.from)),
        ("to", day(period.to)),
    ];
    say_with(language, "report-timeline-title", &args)
}

fn description(
    language: Language,
    turns: &[TimelineMeeting],
    words: &dyn Fn(&TimelineMeeting) -> String,
) -> String {
    if turns.is_empty() {
        say(language, "report-timeline-empty")
    } else {
        turns.iter().map(words).collect::<Vec<_>>().join("; ")
    }
}

fn turn_text(language: Language, turn: &TimelineMeeting, host: &str) -> String {
    let args = [
        ("day", date_numeric(language, turn.on)),
        ("host", host.to_owned()),
        (
            "status",
            say(language, &format!("report-status-{}", turn.status)),
        ),
    ];
    say_with(language, "report-timeline-turn", &args)
}

fn row(place: usize, name: &str, width: usize) -> Markup {
    let y = TOP + ROW * place;
    html! {
        @if place.is_multiple_of(2) {
            rect.band x="0" y=(y) width=(width) height=(ROW) {}
        }
        line.line x1="0" y1=(y + ROW) x2=(width) y2=(y + ROW) {}
        g {
            title { (clean(name)) }
            text x="12" y=(y + ROW / 2 + 4) { (clean(&shortened(name, NAME))) }
        }
    }
}

/// A shape for each status: square, diamond, ring, cross.
fn mark(status: MeetingStatus, x: usize, y: usize) -> Markup {
    let class = status.as_str();
    let diamond = || format!("M{x} {}l8 8l-8 8l-8-8z", y - 8);
    let cross = || format!("M{} {}l12 12m0-12l-12 12", x - 6, y - 6);
    html! {
        @match status {
            MeetingStatus::Held => { rect class=(class) x=(x - 7) y=(y - 7) width="14" height="14" {} }
            MeetingStatus::Invited => { path class=(class) d=(diamond()) {} }
            MeetingStatus::Planned => { circle class=(class) cx=(x) cy=(y) r="6" {} }
            MeetingStatus::Cancelled => { path class=(class) d=(cross()) {} }
        }
    }
}

/// A plus for any status: the mark of the host shows the status.
fn cohost_mark(x: usize, y: usize) -> Markup {
    let plus = format!("M{} {y}h12m-6-6v12", x - 6);
    html! { path class="cohost" d=(plus) {} }
}

/// "14.04.", "14 Apr".
pub(super) fn day(language: Language, day: NaiveDate) -> String {
    match language {
        Language::De => day.format("%d.%m.").to_string(),
        Language::En => day.format("%-d %b").to_string(),
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() > most {
        text.chars().take(most - 1).chain(['…']).collect()
    } else {
        text.to_owned()
    }
}

/// Replaces the characters that XML 1.0 does not allow (section 2.2).
fn clean(text: &str) -> String {
    let is_fine = |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars()
        .map(|c| if is_fine(c) { c } else { ' ' })
        .collect()
}
