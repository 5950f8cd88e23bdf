//! The report as a table for spreadsheets.
use super::{FairnessReport, FairnessShare};
use crate::error::Result;
use crate::http::csv::{self, escape_formula};
use crate::i18n::{Language, say};

/// The columns; the text of each is `report-column-…`.
const COLUMNS: [&str; 11] = [
    "municipality",
    "member-days",
    "hosted",
    "charged",
    "to-come",
    "due",
    "difference",
    "travelled",
    "agenda",
    "attended",
    "cohosted",
];

/// CSV with a header in `language` and a row for each municipality. All numbers are integers,
/// because programs differ in the decimal separator; unknown values are empty.
pub fn csv(language: Language, report: &FairnessReport) -> Result<Vec<u8>> {
    let header = COLUMNS.map(|column| say(language, &format!("report-column-{column}")));
    let lines = report.items.iter().map(line);
    csv::write(std::iter::once(header).chain(lines))
}

fn line(share: &FairnessShare) -> [String; 11] {
    let travelled = share.travelled_metres.map(|metres| metres.to_string());
    [
        // Only text that people entered is escaped: a minus in front of a number is meant.
        escape_formula(&share.municipality.name),
        share.member_days.to_string(),
        share.hosted.to_string(),
        share.charged.thousandths().to_string(),
        share.to_come.to_string(),
        share.due_thousandths.to_string(),
        share.difference_thousandths.to_string(),
        travelled.unwrap_or_default(),
        share.agenda_minutes.to_string(),
        share.attended.to_string(),
        share.cohosted.to_string(),
    ]
}
