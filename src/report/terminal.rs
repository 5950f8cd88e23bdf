//! The report as text for the terminal: who hosts when, and the figures.
use std::fmt::Write;

use super::{FairnessReport, ReportPeriod, TimelineMeeting, timeline};
use crate::i18n::dates::date_numeric;
use crate::i18n::{Language, say, say_with};
use crate::meetings::MeetingStatus;
use crate::municipalities::Municipality;

/// How many meetings fit into one line.
const ACROSS: usize = 10;
/// The sign of a co-host.
const COHOST: &str = "+";
/// The columns of the figures; the text of each is `report-figure-…`.
const FIGURES: [&str; 9] = [
    "hosted",
    "cohosted",
    "due",
    "difference",
    "charged",
    "to-come",
    "kilometres",
    "minutes",
    "attended",
];

/// Who hosts when: a line for each municipality, a column for each meeting, and a legend.
#[must_use]
pub fn timeline(language: Language, rows: &[Municipality], turns: &[TimelineMeeting]) -> String {
    if turns.is_empty() {
        return say(language, "report-timeline-empty") + "\n";
    }
    let nobody = say(language, "report-nobody");
    let is_hosted = |turn: &TimelineMeeting| rows.iter().any(|row| Some(row.id) == turn.host);
    let width = rows.iter().map(|row| row.name.chars().count());
    let width = width.chain([nobody.chars().count()]).max().unwrap_or(0);
    let mut text = String::new();
    for turns in turns.chunks(ACROSS) {
        let mut line = |name: &str, cells: &mut dyn Iterator<Item = String>| {
            let cells: Vec<_> = cells.map(|cell| format!("  {cell:^6}")).collect();
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{}",
                format!("{name:<width$}{}", cells.concat()).trim_end()
            );
        };
        line(
            "",
            &mut turns.iter().map(|turn| timeline::day(language, turn.on)),
        );
        for row in rows {
            let cell = |turn: &TimelineMeeting| {
                let cell = if turn.host == Some(row.id) {
                    sign(turn.status)
                } else if turn.is_cohosted_by(row.id) {
                    COHOST
                } else {
                    "·"
                };
                cell.to_owned()
            };
            line(&row.name, &mut turns.iter().map(cell));
        }
        if turns.iter().any(|turn| !is_hosted(turn)) {
            let cell = |turn: &TimelineMeeting| {
                if is_hosted(turn) {
                    "·".to_owned()
                } else {
                    sign(turn.status).to_owned()
                }
            };
            line(&nobody, &mut turns.iter().map(cell));
        }
        text.push('\n');
    }
    let meaning = |status: &MeetingStatus| {
        let words = say(language, &format!("report-status-{status}"));
        format!("{} {words}", sign(*status))
    };
    let mut meanings: Vec<_> = MeetingStatus::ALL.iter().map(meaning).collect();
    if turns.iter().any(|turn| !turn.cohosts.is_empty()) {
        meanings.push(format!("{COHOST} {}", say(language, "cohosts-legend")));
    }
    text + &meanings.join("   ") + "\n"
}

fn sign(status: MeetingStatus) -> &'static str {
    match status {
        MeetingStatus::Held => "■",
        MeetingStatus::Invited => "◆",
        MeetingStatus::Planned => "○",
        MeetingStatus::Cancelled => "×",
    }
}

/// The figures: a line for each municipality and one for the spread.
#[must_use]
pub fn figures(language: Language, report: &FairnessReport) -> String {
    let period = ReportPeriod {
        from: report.from,
        to: report.to,
    };
    let head = FIGURES.map(|figure| say(language, &format!("report-figure-{figure}")));
    let mut rows = vec![(String::new(), head)];
    let unknown = || "–".to_owned();
    for share in &report.items {
        let cells = [
            share.hosted.to_string(),
            share.cohosted.to_string(),
            hundredths(language, share.due_thousandths),
            hundredths(language, share.difference_thousandths),
            shortest(language, share.charged.thousandths()),
            share.to_come.to_string(),
            share.travelled_metres.map_or_else(unknown, kilometres),
            share.agenda_minutes.to_string(),
            share.attended.to_string(),
        ];
        rows.push((share.municipality.name.clone(), cells));
    }
    let spread = &report.spread;
    let cells = [
        spread.hosted.range.to_string(),
        String::new(),
        String::new(),
        hundredths(language, spread.difference_thousandths.range),
        String::new(),
        String::new(),
        if report
            .items
            .iter()
            .all(|share| share.travelled_metres.is_none())
        {
            unknown()
        } else {
            kilometres(spread.travelled_metres.range)
        },
        spread.agenda_minutes.range.to_string(),
        spread.attended.range.to_string(),
    ];
    rows.push((say(language, "report-figure-spread"), cells));
    aligned(&heading(language, period), &rows)
}

fn heading(language: Language, period: ReportPeriod) -> String {
    let day = |day| date_numeric(language, day);
    let args = [("from", day(period.from)), ("to", day(period.to))];
    say_with(language, "report-figures-title", &args)
}

fn aligned(heading: &str, rows: &[(String, [String; 9])]) -> String {
    let names = rows.iter().map(|(name, _)| name.chars().count());
    let names = names.max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().map(|(_, cells)| cells[column].chars().count());
        cells.max().unwrap_or(0)
    };
    rows.iter()
        .fold(format!("{heading}\n"), |mut text, (name, cells)| {
            let cells = cells.iter().enumerate();
            let cells: Vec<_> = cells
                .map(|(column, cell)| format!("  {cell:>0$}", width(column)))
                .collect();
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{}",
                format!("{name:<names$}{}", cells.concat()).trim_end()
            );
            text
        })
}

/// "2", "2,50": decimals only if they are not zero.
fn shortest(language: Language, thousandths: i64) -> String {
    match thousandths % 1000 {
        0 => (thousandths / 1000).to_string(),
        _ => hundredths(language, thousandths),
    }
}

/// "-0,33", "1.20": thousandths with two decimals, rounded towards zero.
fn hundredths(language: Language, thousandths: i64) -> String {
    let sign = if thousandths <= -10 { "-" } else { "" };
    let (whole, rest) = (thousandths.abs() / 1000, thousandths.abs() % 1000 / 10);
    let comma = match language {
        Language::De => ",",
        Language::En => ".",
    };
    format!("{sign}{whole}{comma}{rest:02}")
}

fn kilometres(metres: i64) -> String {
    ((metres + 500) / 1000).to_string()
}
