//! The table of what was found.
use std::fmt::Write;

use crate::load::Sample;

/// One side's and the other's sample of the same round.
pub struct Pair {
    pub rig: Sample,
    pub reihum: Sample,
}

/// The figures of one engine, in Markdown: a table, and sentences below it.
pub struct Report {
    table: String,
    notes: String,
}

impl Report {
    pub fn new(engine: &str) -> Self {
        let mut table = format!("### {engine}\n\n");
        table += "| what | against | rig/s | reihum/s | ratio (lowest–highest) | goal | p99 ms rig / reihum |\n";
        table += "|---|---|---|---|---|---|---|\n";
        let notes = String::new();
        Self { table, notes }
    }

    /// A line of the table: the medians of all rounds. The ratio is the median of the rounds'
    /// ratios, since what shakes the machine shakes both sides of a round.
    pub fn row(&mut self, what: &str, against: &str, goal: Option<f64>, rounds: &[Pair]) {
        let of = |value: &dyn Fn(&Pair) -> f64| sorted(rounds.iter().map(value).collect());
        let ratios = of(&|pair| pair.reihum.per_second / pair.rig.per_second);
        let rig = median(&of(&|pair| pair.rig.per_second));
        let reihum = median(&of(&|pair| pair.reihum.per_second));
        let millis = |sample: Sample| sample.p99.map_or(0.0, |p99| p99.as_secs_f64() * 1000.0);
        let slow = (
            median(&of(&|pair| millis(pair.rig))),
            median(&of(&|pair| millis(pair.reihum))),
        );
        let slow = if slow == (0.0, 0.0) {
            "–".to_owned()
        } else {
            format!("{:.1} / {:.1}", slow.0, slow.1)
        };
        let (lowest, highest) = (ratios.first().copied(), ratios.last().copied());
        let line = format!(
            "| {what} | {against} | {rig:.0} | {reihum:.0} | **{:.2}** ({:.2}–{:.2}) | {} | {slow} |",
            median(&ratios),
            lowest.unwrap_or_default(),
            highest.unwrap_or_default(),
            goal.map_or_else(|| "–".to_owned(), |goal| format!("≥ {goal}")),
        );
        eprintln!("{line}");
        // Writing to a String does not fail.
        let _ = writeln!(self.table, "{line}");
    }

    /// A sentence below the table.
    pub fn note(&mut self, text: &str) {
        eprintln!("{text}");
        let _ = writeln!(self.notes, "\n{text}");
    }

    pub fn text(&self) -> String {
        format!("{}{}", self.table, self.notes)
    }
}

pub fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The middle one of sorted values.
pub fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}
