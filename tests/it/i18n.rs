//! The texts are complete in both languages, and dates read as they should.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use actix_web::test::TestRequest;
use chrono::{NaiveDate, NaiveTime, Weekday};
use reihum::http::body::wanted_language;
use reihum::i18n::dates::{date_long, date_numeric, date_short, time_range, weekday};
use reihum::i18n::{Language, ordinal, say, say_count, say_with};

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path)
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every key of a language with what is written for it.
fn keys(language: Language) -> BTreeMap<String, String> {
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    for file in files(&source("i18n").join(language.as_str()), "ftl") {
        let text = fs::read_to_string(&file).unwrap();
        let mut key = String::new();
        for line in text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let begins = line.starts_with(|first: char| first.is_ascii_lowercase());
            if let Some((name, _)) = line.split_once('=').filter(|_| begins) {
                name.trim().clone_into(&mut key);
                assert!(
                    !keys.contains_key(&key),
                    "{key} again in {}",
                    file.display()
                );
            }
            keys.entry(key.clone()).or_default().push_str(line);
        }
    }
    assert!(keys.len() > 100, "the texts were not found");
    keys
}

fn variables(text: &str) -> BTreeSet<&str> {
    text.split("{ $")
        .skip(1)
        .filter_map(|rest| rest.split(' ').next())
        .collect()
}

#[test]
fn both_languages_have_the_same_keys_and_variables() {
    let (german, english) = (keys(Language::De), keys(Language::En));
    for (key, text) in &german {
        let translated = english
            .get(key)
            .unwrap_or_else(|| panic!("{key} is not in English"));
        assert_eq!(variables(text), variables(translated), "{key}");
    }
    for key in english.keys() {
        assert!(german.contains_key(key), "{key} is not in German");
    }
}

#[test]
fn both_languages_have_the_same_files() {
    let names = |language: Language| -> Vec<_> {
        let files = files(&source("i18n").join(language.as_str()), "ftl");
        files
            .iter()
            .map(|file| file.file_name().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(Language::De), names(Language::En));
}

/// Also finds texts that do not parse, and texts that are newer than the program.
#[test]
fn every_key_can_be_said_with_its_variables() {
    for &language in Language::ALL {
        for (key, text) in keys(language) {
            let args: Vec<(&str, String)> = variables(&text)
                .into_iter()
                .map(|name| (name, format!("<{name}>")))
                .collect();
            let said = say_with(language, &key, &args);
            assert_ne!(said, key, "{language}: {key} has no words");
            for (name, value) in args {
                let only_chooses = text.contains(&format!("{{ ${name} ->"));
                let is_said = only_chooses || said.contains(&value);
                assert!(is_said, "{language}: {key} without {name}: {said}");
            }
            let strange = ['\u{2068}', '\u{2069}', '{', '}', '\u{fffd}'];
            assert!(!said.contains(strange), "{language}: {key}: {said}");
        }
    }
}

#[test]
fn every_key_that_the_source_says_exists() {
    let known = keys(Language::De);
    let mut seen = 0;
    for file in files(&source(""), "rs") {
        let text = fs::read_to_string(&file).unwrap();
        for key in keys_said(&text) {
            seen += 1;
            let exists = match key.split_once('{') {
                // A key made by `format!`: what stands before the first variable must lead somewhere.
                Some((start, _)) => known.keys().any(|key| key.starts_with(start)),
                None => known.contains_key(&key),
            };
            assert!(exists, "{} says {key}", file.display());
        }
    }
    assert!(seen > 40, "only {seen} keys were found in the source");
}

/// The literal keys of calls to `say`, `say_with` and `say_count`.
fn keys_said(source: &str) -> Vec<String> {
    let calls = source
        .split("say(")
        .skip(1)
        .chain(source.split("say_with(").skip(1))
        .chain(source.split("say_count(").skip(1));
    calls
        .filter_map(|rest| {
            let (before, after) = rest.split_once('"')?;
            let before = before
                .replace("self.language()", "")
                .replace("&format!(", "");
            let plain = |it: char| it.is_alphanumeric() || "_:&., \n".contains(it);
            let is_key = before.chars().all(plain) && before.matches(',').count() == 1;
            is_key.then(|| after.split('"').next().unwrap_or_default().to_owned())
        })
        .collect()
}

#[test]
fn calls_are_found_in_source() {
    let source = r#"say(language, "a-b"); say_with(
        Language::De, &format!("c-{}", x), &[]); say(language, key); f("d")"#;
    assert_eq!(keys_said(source), ["a-b", "c-{}"]);
}

#[test]
fn what_is_unknown_is_said_as_it_is() {
    assert_eq!(
        say(Language::En, "there-is-no-such-key"),
        "there-is-no-such-key"
    );
    // A variable that is missing must not leave half a sentence.
    assert_eq!(say(Language::De, "mail-reason"), "mail-reason");
}

#[test]
fn what_is_filled_in_stays_as_it_is() {
    let value = "{ $group } 007 1e3 <b>";
    let said = say_with(Language::De, "mail-reason", &[("reason", value.to_owned())]);
    assert_eq!(said, format!("Grund: {value}"));
}

#[test]
fn dates_and_times_read_as_people_write_them() {
    let date = NaiveDate::from_ymd_opt(2027, 2, 4).unwrap();
    let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    let (de, en) = (Language::De, Language::En);
    assert_eq!(date_long(de, date), "Donnerstag, 4. Februar 2027");
    assert_eq!(date_long(en, date), "Thursday, 4 February 2027");
    assert_eq!(date_short(de, date), "04.02.2027");
    assert_eq!(date_short(en, date), "4 Feb 2027");
    assert_eq!(date_numeric(de, date), "04.02.2027");
    assert_eq!(date_numeric(en, date), "2027-02-04");
    assert_eq!(
        time_range(de, time(10, 0), time(12, 30)),
        "10:00 bis 12:30 Uhr"
    );
    assert_eq!(time_range(en, time(9, 5), time(12, 30)), "09:05 to 12:30");
    assert_eq!(weekday(de, Weekday::Sun), "Sonntag");
    assert_eq!(weekday(en, Weekday::Mon), "Monday");
    let march = NaiveDate::from_ymd_opt(2028, 3, 1).unwrap();
    assert_eq!(date_long(de, march), "Mittwoch, 1. März 2028");
}

#[test]
fn ordinals_know_their_exceptions() {
    let english = [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 101, 111, 112, 113, 1013];
    let said: Vec<String> = english
        .into_iter()
        .map(|number| ordinal(Language::En, number))
        .collect();
    assert_eq!(
        said.join(" "),
        "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 23rd 101st 111th 112th 113th 1013th"
    );
    assert_eq!(ordinal(Language::De, 12), "12.");
}

#[test]
fn counts_choose_the_plural() {
    let topics = |language, count| say_count(language, "steps-topics-due-scheduled", count);
    let said = [0, 1, 2, 21].map(|count| topics(Language::En, count));
    assert_eq!(
        said[0],
        "There are no proposed topics on the agenda so far."
    );
    assert_eq!(said[1], "There is one proposed topic on the agenda.");
    assert_eq!(said[2], "There are 2 proposed topics on the agenda.");
    assert_eq!(said[3], "There are 21 proposed topics on the agenda.");
    let german = say_count(Language::De, "mail-agenda-more", 1_usize);
    assert_eq!(german, "… und 1 weiterer Punkt");
}

#[test]
fn the_language_a_browser_likes_best() {
    let (de, en) = (Language::De, Language::En);
    let cases = [
        (None, de, de),
        (None, en, en),
        (Some(""), en, en),
        (Some("en"), de, en),
        (Some("EN-gb,en;q=0.8"), de, en),
        (Some("de-DE,de;q=0.9,en;q=0.8"), en, de),
        (Some("en;q=0.3, de;q=0.31"), en, de),
        (Some("en, de"), de, en),
        (Some("de, en"), en, de),
        (Some("fr, *;q=0.5"), de, de),
        (Some("fr, *;q=0.5"), en, en),
        (Some("fr"), en, en),
        (Some("de;q=0, *"), de, en),
        (Some("*;q=0.5, en;q=0.1"), en, de),
        (Some("de;q=0"), en, en),
        (Some("en;q=2, de;q=x"), de, de),
        (Some("english"), de, de),
        (Some(";;,,q=1;="), de, de),
    ];
    for (header, default, expected) in cases {
        let request = header
            .into_iter()
            .fold(TestRequest::get(), |request, header| {
                request.insert_header(("accept-language", header))
            });
        let found = wanted_language(&request.to_http_request(), default);
        assert_eq!(found, expected, "{header:?} with {default}");
    }
}

#[test]
fn a_language_is_read_and_written_as_its_tag() {
    for &language in Language::ALL {
        assert_eq!(language.as_str().parse(), Ok(language));
        let json = serde_json::to_string(&language).unwrap();
        assert_eq!(json, format!("\"{language}\""));
        assert_eq!(serde_json::from_str::<Language>(&json).unwrap(), language);
    }
    assert!("fr".parse::<Language>().is_err());
    assert!("DE".parse::<Language>().is_err());
    assert_eq!(Language::default(), Language::De);
}
