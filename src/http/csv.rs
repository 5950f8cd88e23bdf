//! Tables for spreadsheets (CSV, RFC 4180).
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use csv::{Terminator, WriterBuilder};

use crate::error::{Error, Result};

/// Writes rows as CSV.
pub fn write<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> Result<Vec<u8>> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    let written = rows
        .into_iter()
        .try_for_each(|row| writer.write_record(row))
        .map_err(Into::into);
    written
        .and_then(|()| writer.into_inner().map_err(csv::IntoInnerError::into_error))
        .map_err(|error: std::io::Error| Error::Internal(error.into()))
}

/// A cell that no spreadsheet takes for a formula: one that looks like a formula gets an apostrophe in
/// front.
#[must_use]
pub fn escape_formula(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// A response that offers a table for download under a file name.
#[must_use]
pub fn download(name: &str, table: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .body(table)
}
