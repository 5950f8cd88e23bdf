//! What is compared with what, in which order.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use reihum::clock::{Clock, SystemClock};
use serde_json::json;

use crate::client::{Client, bearer, get, post};
use crate::database::Database;
use crate::load::{Load, Sample};
use crate::mail::Sink;
use crate::plans;
use crate::process::{Server, operator_token};
use crate::report::{Pair, Report, median, sorted};
use crate::seed::{self, Cooperation, FEEDS, MEETINGS, PEOPLE};

/// How many cooperations the reading load is spread over.
const SPREAD: usize = 200;
/// How many languages the reading load is spread over where no answer shall be a kept one.
const LANGUAGES: usize = 20;
const STARTS: usize = 10;
/// Over as many connections reihum sends if it is not told otherwise.
const USUAL_LINKS: usize = 8;
const DIESEL: &str = "one query with diesel";
const BYTES: &str = "bytes from memory";
/// The word that chooses the plans alone.
const PLANS: &str = "plans";

/// How much is measured, from the environment.
struct Size {
    cooperations: usize,
    rounds: usize,
    round: Duration,
}

impl Size {
    fn read() -> Result<Self> {
        let number = |name: &str, usual: usize| match std::env::var(name) {
            Ok(text) => text.parse().with_context(|| format!("{name} is no number")),
            Err(_) => Ok(usual),
        };
        let millis = number("BENCH_MILLISECONDS", 2000)?;
        Ok(Self {
            cooperations: number("BENCH_COOPERATIONS", 1000)?,
            rounds: number("BENCH_ROUNDS", 5)?.max(1),
            round: Duration::from_millis(millis.try_into()?),
        })
    }
}

/// Measures all there is: on a file, and on the PostgreSQL server that the environment names, if it
/// does. Words of the command line choose engines, and `plans` only what tries plans out.
pub async fn everything(words: &[&str]) -> Result<()> {
    let mut wanted: Vec<_> = words.iter().filter(|word| !word.starts_with('-')).collect();
    let plans_only = wanted.contains(&&PLANS);
    wanted.retain(|word| **word != PLANS);
    let is_wanted = |engine: &str| {
        wanted.is_empty() || wanted.iter().any(|word| word.eq_ignore_ascii_case(engine))
    };
    let size = Size::read()?;
    let folder = tempfile::tempdir()?;
    let mut reports = Vec::new();
    if is_wanted("SQLite") {
        reports.push(
            measure(
                Database::file(folder.path()),
                &size,
                folder.path(),
                plans_only,
            )
            .await?,
        );
    }
    let server = ["BENCH_DATABASE_URL", "TEST_DATABASE_URL"].map(std::env::var);
    if let Some(server) = server
        .into_iter()
        .find_map(Result::ok)
        .filter(|_| is_wanted("PostgreSQL"))
    {
        reports.push(measure(Database::schema(&server)?, &size, folder.path(), plans_only).await?);
    }
    for report in &reports {
        println!("{}", report.text());
    }
    Ok(())
}

async fn measure(
    database: Database,
    size: &Size,
    folder: &Path,
    plans_only: bool,
) -> Result<Report> {
    if plans_only {
        return measure_plans(&database, size, folder).await;
    }
    let sink = Sink::start().await?;
    let mut report = Report::new(database.engine);
    let cooperations = fill(&database, size, &sink).await?;
    starts(&database, &sink, &mut report).await?;

    let (reihum, _) = Server::reihum(&database.url, sink.address).await?;
    let at_start = reihum.memory()?.now;
    let mut chosen: Vec<&Cooperation> = cooperations.iter().collect();
    chosen.shuffle(&mut StdRng::seed_from_u64(1));
    let chosen = &chosen[..SPREAD.min(chosen.len())];
    let feeds = folder.join(format!("feeds-{}", database.engine));
    let etags = keep_feeds(&reihum, chosen, &feeds).await?;
    let rig = Server::rig(&["rig", &database.url, &feeds.to_string_lossy()])?;

    let mut bench = Bench {
        size,
        rig: &rig,
        reihum: &reihum,
        report: &mut report,
    };
    bench.lists(&cooperations, chosen).await?;
    bench.feeds(&cooperations, chosen, &etags).await?;
    let memory = reihum.memory()?;
    bench.topics(&cooperations).await?;
    bench
        .mails(&cooperations, 0, &sink, USUAL_LINKS, folder)
        .await?;
    let at_end = reihum.memory()?.at_most;
    bench.plans(&database).await?;
    report.note(&format!(
        "Memory: {at_start:.1} MB after the start, {:.1} MB after the reads (at most {:.1} MB), at most \
         {at_end:.1} MB over all.",
        memory.now, memory.at_most
    ));
    reihum.stop().await?;

    let reihum = Server::mailer(&database.url, sink.address, 1).await?;
    let mut bench = Bench {
        size,
        rig: &rig,
        reihum: &reihum,
        report: &mut report,
    };
    bench.mails(&cooperations, 1, &sink, 1, folder).await?;
    reihum.stop().await?;
    Ok(report)
}

/// Only the plans, on an empty database.
async fn measure_plans(database: &Database, size: &Size, folder: &Path) -> Result<Report> {
    let sink = Sink::start().await?;
    let mut report = Report::new(database.engine);
    operator_token(&database.url)?;
    let (reihum, _) = Server::reihum(&database.url, sink.address).await?;
    let feeds = folder.join(format!("feeds-{}", database.engine));
    std::fs::create_dir(&feeds)?;
    let rig = Server::rig(&["rig", &database.url, &feeds.to_string_lossy()])?;
    let mut bench = Bench {
        size,
        rig: &rig,
        reihum: &reihum,
        report: &mut report,
    };
    bench.plans(database).await?;
    reihum.stop().await?;
    Ok(report)
}

async fn fill(database: &Database, size: &Size, sink: &Sink) -> Result<Vec<Cooperation>> {
    let began = std::time::Instant::now();
    let operator = operator_token(&database.url)?;
    let (server, _) = Server::reihum(&database.url, sink.address).await?;
    let today = SystemClock.now().date_naive();
    let made = seed::cooperations(server.address, &operator, size.cooperations, today).await?;
    server.stop().await?;
    database.tidy()?;
    let (engine, count, seconds) = (database.engine, made.len(), began.elapsed().as_secs());
    eprintln!(
        "\n{engine}: {count} cooperations with {MEETINGS} meetings each, made in {seconds} s"
    );
    Ok(made)
}

async fn starts(database: &Database, sink: &Sink, report: &mut Report) -> Result<()> {
    let mut millis = Vec::new();
    for _ in 0..STARTS {
        let (server, took) = Server::reihum(&database.url, sink.address).await?;
        millis.push(took.as_secs_f64() * 1000.0);
        server.stop().await?;
    }
    let millis = sorted(millis);
    let slowest = millis.last().copied().unwrap_or_default();
    report.note(&format!(
        "Start until `/healthz` answers: {:.0} ms (median of {STARTS}; slowest {slowest:.0} ms).",
        median(&millis)
    ));
    Ok(())
}

/// Writes the first feed of each cooperation into files for the rig; returns the `ETag`s by path.
async fn keep_feeds(
    reihum: &Server,
    cooperations: &[&Cooperation],
    folder: &PathBuf,
) -> Result<BTreeMap<String, String>> {
    std::fs::create_dir(folder)?;
    let mut client = Client::connect(reihum.address).await?;
    let mut etags = BTreeMap::new();
    for cooperation in cooperations {
        let path = &cooperation.feeds[0];
        let answer = client.exchange(&get(path, &[])).await?;
        answer.expect(200)?;
        let etag = answer
            .header("etag")
            .context("a feed without an ETag")?
            .to_owned();
        let name = path.rsplit('/').next().unwrap_or_default();
        let text = [etag.as_bytes(), b"\n", answer.body].concat();
        std::fs::write(folder.join(name), text)?;
        etags.insert(path.clone(), etag);
    }
    Ok(etags)
}

/// Both sides, and where the figures go.
struct Bench<'a> {
    size: &'a Size,
    rig: &'a Server,
    reihum: &'a Server,
    report: &'a mut Report,
}

impl Bench<'_> {
    /// Turn by turn the one side and the other, after both have warmed up.
    async fn alternate(&self, rig: &Load, reihum: &Load) -> Result<Vec<Pair>> {
        let time = self.size.round;
        rig.for_a_while(time / 2, 0).await?;
        reihum.for_a_while(time / 2, 0).await?;
        let mut rounds = Vec::new();
        for round in (1..).take(self.size.rounds) {
            let rig = rig.for_a_while(time, round).await?;
            let reihum = reihum.for_a_while(time, round).await?;
            rounds.push(Pair { rig, reihum });
        }
        Ok(rounds)
    }

    /// The same requests to both.
    async fn same(
        &mut self,
        what: &str,
        against: &str,
        goal: Option<f64>,
        requests: Vec<Vec<u8>>,
        expected: u16,
    ) -> Result<()> {
        let rig = Load::new(self.rig.address, requests, expected);
        let reihum = Load {
            address: self.reihum.address,
            ..rig.clone()
        };
        let rounds = self.alternate(&rig, &reihum).await?;
        self.report.row(what, against, goal, &rounds);
        Ok(())
    }

    async fn lists(&mut self, all: &[Cooperation], chosen: &[&Cooperation]) -> Result<()> {
        for (what, last) in [("rotation", "rotation?count=10"), ("meetings", "meetings")] {
            let path = |of: &Cooperation| format!("/api/v1/series/{}/{last}", of.series);
            let ask = |of: &&Cooperation| get(&path(of), &[("authorization", &bearer(&of.token))]);
            let spread = chosen.iter().map(ask).collect();
            self.same(&format!("GET {what}"), DIESEL, Some(0.8), spread, 200)
                .await?;
            // Answers are kept by language, so that those that are asked for in ever other
            // languages are made anew.
            let mut anew = Vec::new();
            for language in 0..LANGUAGES {
                let language = format!("de, x-{language}");
                for of in all {
                    let headers = [
                        ("authorization", &*bearer(&of.token)),
                        ("accept-language", &language),
                    ];
                    anew.push(get(&path(of), &headers));
                }
            }
            self.same(&format!("GET {what}, none kept"), DIESEL, None, anew, 200)
                .await?;
        }
        Ok(())
    }

    async fn feeds(
        &mut self,
        all: &[Cooperation],
        chosen: &[&Cooperation],
        etags: &BTreeMap<String, String>,
    ) -> Result<()> {
        let mut first = Vec::new();
        for round in (1..FEEDS).take(self.size.rounds) {
            let rows =
                |of: &Cooperation| get(&format!("/api/v1/series/{}/meetings", of.series), &[]);
            let feed = |of: &Cooperation| get(&of.feeds[round], &[]);
            let rig = Load::new(self.rig.address, all.iter().map(rows).collect(), 200);
            let reihum = Load::new(self.reihum.address, all.iter().map(feed).collect(), 200);
            let (rig, reihum) = (rig.each_once().await?, reihum.each_once().await?);
            first.push(Pair { rig, reihum });
        }
        self.report
            .row("GET feed, first time", DIESEL, None, &first);

        let whole: Vec<_> = chosen.iter().map(|of| get(&of.feeds[0], &[])).collect();
        let seen = |path: &String| {
            let etag = etags.get(path).map_or("", String::as_str);
            get(path, &[("if-none-match", etag)])
        };
        let unchanged: Vec<_> = chosen.iter().map(|of| seen(&of.feeds[0])).collect();
        let one = whole[..1].to_vec();
        self.same(
            "GET feed, unchanged, one address",
            BYTES,
            Some(0.8),
            one,
            200,
        )
        .await?;
        self.same("GET feed, unchanged", BYTES, Some(0.8), whole, 200)
            .await?;
        let one = unchanged[..1].to_vec();
        self.same("GET feed, 304, one address", BYTES, None, one, 304)
            .await?;
        self.same("GET feed, 304", BYTES, None, unchanged, 304)
            .await
    }

    /// New plans of a usual cooperation, tried out; and of the largest.
    async fn plans(&mut self, database: &Database) -> Result<()> {
        let operator = operator_token(&database.url)?;
        let today = SystemClock.now().date_naive();
        let (rig, reihum) = plans::usual(self.reihum, self.rig, &operator, today).await?;
        let rounds = self.alternate(&rig, &reihum).await?;
        self.report
            .row("POST plan, dry run", "the solver alone", None, &rounds);
        plans::large(self.reihum, &operator, today, self.report).await
    }

    /// Each side into meetings of its own, so that none fills the other's.
    async fn topics(&mut self, all: &[Cooperation]) -> Result<()> {
        let new = json!({
            "title": "Gemeinsamer Einkauf von Software für das Ratsinformationssystem", "kind": "discussion",
            "minutes": 20, "description": "Was wir brauchen, was es kostet, wer ausschreibt. ".repeat(4),
        });
        let topics = |of: &Cooperation| -> Vec<Vec<u8>> {
            let path = |meeting| format!("/api/v1/meetings/{meeting}/agenda/items");
            of.meetings
                .iter()
                .map(|meeting| post(&path(meeting), &of.token, &new))
                .collect()
        };
        let (ours, theirs) = all.split_at(all.len() / 2);
        let rig = Load::new(
            self.rig.address,
            theirs.iter().flat_map(topics).collect(),
            201,
        );
        let reihum = Load::new(
            self.reihum.address,
            ours.iter().flat_map(topics).collect(),
            201,
        );
        let rounds = self.alternate(&rig, &reihum).await?;
        self.report
            .row("POST topic", "one row in a transaction", None, &rounds);
        Ok(())
    }

    /// Invites to one meeting of each, and sends over so many connections as the other side.
    async fn mails(
        &mut self,
        all: &[Cooperation],
        meeting: usize,
        sink: &Sink,
        connections: usize,
        folder: &Path,
    ) -> Result<()> {
        let file = folder.join("mail.eml");
        let mut rounds = Vec::new();
        for part in all.chunks(all.len().div_ceil(self.size.rounds + 1)) {
            let count = part.len() * PEOPLE;
            sink.close();
            self.invite(part, meeting).await?;
            let reihum = sink.count(count).await?;
            let mail = sink.mail();
            // The bare loop adds the end of the mail itself.
            std::fs::write(&file, mail.strip_suffix(b"\r\n.\r\n").unwrap_or(&mail))?;
            let rig = send_raw(sink, connections, count, &file).await?;
            rounds.push(Pair { rig, reihum });
        }
        // The first round warms up.
        let rounds = &rounds[1.min(rounds.len())..];
        let bytes = sink.mail().len();
        let what = format!("Invitations sent, connections: {connections}");
        // It was set against one loop.
        let goal = (connections == 1).then_some(0.7);
        let against = format!("lettre in a loop, ready mails of {bytes} bytes");
        self.report.row(&what, &against, goal, rounds);
        Ok(())
    }

    /// Invites to a meeting of each, one after the other: this is not what is measured, and
    /// PostgreSQL would refuse some that get in each other's way.
    async fn invite(&self, cooperations: &[Cooperation], meeting: usize) -> Result<()> {
        let mut client = Client::connect(self.reihum.address).await?;
        for of in cooperations {
            let path = format!("/api/v1/meetings/{}/invite", of.meetings[meeting]);
            let order = post(&path, &of.token, &json!({}));
            client.exchange(&order).await?.expect(200)?;
        }
        Ok(())
    }
}

async fn send_raw(sink: &Sink, connections: usize, count: usize, file: &Path) -> Result<Sample> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["raw-mail", &sink.address.to_string()])
        .args([connections, count].map(|number| number.to_string()))
        .arg(file)
        .spawn()?;
    let sample = sink.count(count).await;
    if sample.is_err() {
        child.kill()?;
    }
    // Its goodbyes are answered by the sink on this thread.
    let status = tokio::task::spawn_blocking(move || child.wait()).await??;
    if !status.success() {
        bail!("the bare loop ended with {status}");
    }
    sample
}
