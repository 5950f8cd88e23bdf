//! The layout that `docs/architecture.md` promises.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The areas in their order. What stands in one line may lean on each other, and on all above.
const LEVELS: [&[&str]; 14] = [
    &["clock", "db", "error", "i18n"],
    &["fetch"],
    &["config"],
    &[
        "auth",
        "cooperations",
        "municipalities",
        "people",
        "reconcile",
    ],
    &["notifications"],
    &["days"],
    &["series"],
    &["meetings", "rotation"],
    &["agenda", "attendance"],
    &["report"],
    &["invitations"],
    &["hosting", "polls"],
    &["feeds", "inbound"],
    &["app", "commands", "demo", "http", "jobs"],
];

/// Parts of `http` that areas stand on, rather than below.
const TOOLS: [&str; 9] = [
    "body",
    "cache",
    "csv",
    "guard",
    "handlers",
    "link_page",
    "page",
    "paging",
    "routes",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(sources(&path)),
            false if path.extension().is_some_and(|kind| kind == "rs") => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

fn area_of(path: &Path) -> String {
    let below = path.strip_prefix("src").unwrap();
    let first = below
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap();
    first.trim_end_matches(".rs").to_owned()
}

fn level_of(area: &str) -> Option<usize> {
    LEVELS.iter().position(|level| level.contains(&area))
}

/// The code of a file without its comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| {
        if line.trim_start().starts_with("//") {
            ""
        } else {
            line
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Every `crate::…` path in the code, groups in braces written out.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        let preceding = code[..start].chars().next_back();
        if preceding.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        expand(&code[start + "crate::".len()..], "", &mut found);
    }
    found
}

/// Reads one path or one group; returns what is left of the text.
fn expand<'a>(text: &'a str, prefix: &str, found: &mut Vec<String>) -> &'a str {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .unwrap_or(text.len());
    let (segment, mut rest) = text.split_at(end);
    let path = format!("{prefix}{segment}");
    if !rest.starts_with('{') || !path.is_empty() && !path.ends_with("::") {
        found.push(path);
        return rest;
    }
    rest = &rest[1..];
    loop {
        rest = rest.trim_start_matches([' ', '\n', ',']);
        if let Some(after) = rest.strip_prefix('}') {
            return after;
        }
        if rest.is_empty() {
            return rest;
        }
        rest = expand(rest, &path, found);
    }
}

#[test]
fn areas_lean_downwards_only() {
    let mut wrong = Vec::new();
    for path in sources(Path::new("src")) {
        let area = area_of(&path);
        let Some(own) = level_of(&area) else {
            assert!(
                ["lib", "main"].contains(&&*area),
                "{area} has no place in the order"
            );
            continue;
        };
        let code = code(&path);
        for used in paths(&code) {
            let mut parts = used.split("::");
            let (other, part) = (parts.next().unwrap(), parts.next().unwrap_or_default());
            let Some(level) = level_of(other) else {
                continue;
            };
            let is_tool = other == "http" && (TOOLS.contains(&part) || part == "stored_response");
            if level <= own || is_tool {
                continue;
            }
            wrong.push(format!("{}: {used}", path.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "these lean upwards:\n{}",
        wrong.join("\n")
    );
}

/// The modules of an area, each with those that it imports. `mod` stands for `mod.rs`.
fn imports_within(area: &str) -> BTreeMap<String, BTreeSet<String>> {
    let folder = Path::new("src").join(area);
    let own = format!("crate::{area}::");
    let mut imports = BTreeMap::new();
    for path in sources(&folder) {
        let below = path.strip_prefix(&folder).unwrap();
        let (depth, is_mod) = (below.components().count(), below.ends_with("mod.rs"));
        let module = below.iter().next().unwrap().to_str().unwrap();
        let module = module.trim_end_matches(".rs").to_owned();
        let code = match (depth, is_mod) {
            (1, true) => code(&path).replace("self::", &own),
            (1, false) | (2, true) => code(&path).replace("super::", &own),
            _ => code(&path).replace("super::super::", &own),
        };
        let of_module: &mut BTreeSet<String> = imports.entry(module).or_default();
        let used = paths(&code).into_iter();
        of_module.extend(used.filter_map(|path| {
            let mut parts = path.split("::");
            let is_own = parts.next() == Some(area);
            parts.next().filter(|_| is_own).map(str::to_owned)
        }));
    }
    let modules: BTreeSet<_> = imports.keys().cloned().collect();
    for (module, used) in &mut imports {
        // What is no module is an item of `mod.rs`.
        *used = std::mem::take(used)
            .into_iter()
            .map(|one| {
                if modules.contains(&one) {
                    one
                } else {
                    "mod".to_owned()
                }
            })
            .collect();
        used.remove(module);
    }
    imports
}

#[test]
fn modules_of_an_area_import_each_other_in_one_direction() {
    for area in ["hosting", "inbound", "polls"] {
        let mut left = imports_within(area);
        assert!(left.len() > 5, "{area}: {left:?}");
        loop {
            let free: Vec<_> = left
                .iter()
                .filter(|(_, used)| !used.iter().any(|one| left.contains_key(one)))
                .map(|(module, _)| module.clone())
                .collect();
            if free.is_empty() {
                break;
            }
            left.retain(|module, _| !free.contains(module));
        }
        assert!(left.is_empty(), "{area} has a circle: {left:?}");
    }
}

/// Whether a file may name a library.
type Rule = fn(&str) -> bool;

#[test]
fn each_library_is_named_where_it_belongs_only() {
    let rules: [(&str, Rule); 4] = [
        ("hyper::", |path| path.starts_with("src/fetch/")),
        ("async_imap::", |path| {
            path.starts_with("src/inbound/transports/imap/")
        }),
        ("actix_web::", |path| {
            path.starts_with("src/http/")
                || path.ends_with("api.rs")
                || path.contains("pages")
                || ["src/auth/extractors.rs", "src/error.rs", "src/main.rs"].contains(&path)
        }),
        ("diesel::", |path| !path.contains("pages")),
    ];
    for path in sources(Path::new("src")) {
        let (code, path) = (code(&path), path.to_str().unwrap().to_owned());
        for (library, allowed) in rules {
            assert!(
                !code.contains(library) || allowed(&path),
                "{path} names {library}"
            );
        }
    }
}

/// The names of the dependencies in a manifest, without those of its tests.
fn dependencies(manifest: &str) -> Vec<String> {
    let text = fs::read_to_string(manifest).unwrap();
    let (_, rest) = text.split_once("\n[dependencies]\n").unwrap_or_default();
    let lines = rest.lines().take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| line.split(['.', ' ']).next());
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn each_crate_depends_on_what_it_is_for_only() {
    let manifests = ["Cargo.toml"]
        .map(str::to_owned)
        .into_iter()
        .chain(["solver", "calendar", "mail"].map(|name| format!("crates/{name}/Cargo.toml")));
    let owners = [
        ("lettre", "crates/mail/Cargo.toml"),
        ("mail-parser", "crates/mail/Cargo.toml"),
        ("calcard", "crates/calendar/Cargo.toml"),
        ("icalendar", "crates/calendar/Cargo.toml"),
        ("actix-web", "Cargo.toml"),
        ("diesel", "Cargo.toml"),
    ];
    for manifest in manifests {
        let dependencies = dependencies(&manifest);
        for (library, owner) in owners {
            let depends = dependencies.iter().any(|name| name == library);
            assert_eq!(depends, manifest == owner, "{manifest}: {library}");
        }
    }
    assert!(dependencies("crates/solver/Cargo.toml").is_empty());
}

#[test]
fn only_db_opens_transactions() {
    for path in sources(Path::new("src")) {
        let (code, path) = (code(&path), path.to_str().unwrap().to_owned());
        let opens = ["batch_execute", ".transaction(", "\"BEGIN I", "sql_query("];
        let found = opens.iter().find(|word| code.contains(*word));
        assert!(
            found.is_none() || path.starts_with("src/db/"),
            "{path} has {found:?}"
        );
    }
}

/// Elsewhere a `SystemActor` is made from a row; a handler has the proof of a request.
#[test]
fn handlers_act_as_the_system_only_where_their_proof_allows() {
    for path in sources(Path::new("src")) {
        let (code, path) = (code(&path), path.to_str().unwrap().to_owned());
        if path.ends_with("api.rs") {
            let all = code.matches("SystemActor::within(").count();
            let proven = code
                .matches("SystemActor::within(who.cooperation())")
                .count();
            assert_eq!(all, proven, "{path}");
        }
    }
}

#[test]
fn files_stay_readable() {
    let folders = ["src", "crates", "tests"].map(Path::new);
    for path in folders.into_iter().flat_map(sources) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        let is_schema = path.ends_with("db/schema.rs");
        assert!(
            lines <= 480 || is_schema,
            "{} has {lines} lines",
            path.display()
        );
    }
}
