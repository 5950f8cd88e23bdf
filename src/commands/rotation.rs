//! `reihum rotation`: shows who hosts when, and how evenly turns are distributed.
use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;

use super::print;
use crate::App;
use crate::auth::SystemActor;
use crate::db::Id;
use crate::i18n::Language;
use crate::report::{FairnessReport, PeriodQuery, TimelineMeeting, store, terminal};
use crate::rotation::UpcomingTurn;
use crate::series::Series;
use crate::{municipalities::Municipality, rotation, series};

#[derive(Args)]
pub(super) struct RotationOptions {
    /// The id of the series.
    series: Id<Series>,
    /// How many meetings.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    count: u32,
    /// The calendar year of timeline and figures; the current one if omitted.
    #[arg(long, value_parser = clap::value_parser!(i32).range(1970..=2199))]
    year: Option<i32>,
    /// JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// The language of the reasons.
    #[arg(long, default_value = "de")]
    language: Language,
}

/// The output of the command; as JSON, only the first two fields.
#[derive(Serialize)]
struct RotationOverview {
    /// The next turns.
    slots: Vec<UpcomingTurn>,
    /// The figures of the year.
    report: FairnessReport,
    #[serde(skip)]
    rows: Vec<Municipality>,
    #[serde(skip)]
    turns: Vec<TimelineMeeting>,
}

impl RotationOverview {
    fn to_text(&self, language: Language) -> String {
        [
            rotation::table(&self.slots, language),
            terminal::timeline(language, &self.rows, &self.turns),
            terminal::figures(language, &self.report),
        ]
        .join("\n")
    }
}

/// The next hosts of a series, the timeline and the figures of a year, as tables.
///
/// # Errors
/// If there is no such series.
pub async fn rotation_overview(app: &App, series: Id<Series>, year: i32) -> Result<String> {
    let options = RotationOptions {
        series,
        count: 10,
        year: Some(year),
        json: false,
        language: Language::De,
    };
    let language = options.language;
    Ok(load(app, options).await?.to_text(language))
}

pub(super) async fn show(app: &App, options: RotationOptions) -> Result<()> {
    let (json, language) = (options.json, options.language);
    let shown = load(app, options).await?;
    if json {
        return print(&serde_json::to_string_pretty(&shown)?);
    }
    print(shown.to_text(language).trim_end())
}

async fn load(app: &App, options: RotationOptions) -> Result<RotationOverview> {
    let RotationOptions {
        series: id,
        count,
        year,
        language,
        ..
    } = options;
    let now = app.clock.now();
    app.db
        .read(move |conn| {
            let who = SystemActor::within(series::store::cooperation_of(conn, id)?);
            let series = series::store::find(conn, &who, id)?;
            let asked = PeriodQuery {
                year,
                ..PeriodQuery::default()
            };
            let period = asked.period(series.today(now))?;
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            let turns = store::turns(conn, &who, id, period)?;
            Ok(RotationOverview {
                slots: rotation::store::upcoming(conn, &who, id, count, language, now)?,
                report: store::report(conn, &who, &series, period, now)?,
                rows: store::rows(conn, &who, period, &turns)?,
                turns,
            })
        })
        .await
        .with_context(|| format!("there is no series {id}"))
}
