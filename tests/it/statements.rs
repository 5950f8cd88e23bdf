//! Every statement names the cooperation whose rows it reads or changes, or reaches them as listed here.
//!
//! Diesel reports the statements of all tests while they run, so each is checked as soon as a test uses it.
//!
//! A query of several cooperations, such as a planner's, returns the cooperation of each row. A change may name
//! its row by the primary key alone, if the same transaction has read it with its cooperation, as nearly all do.
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{LazyLock, Mutex, Once};

use crate::plans;
use diesel::connection::{InstrumentationEvent, set_default_instrumentation};

type Exceptions = &'static [(&'static str, &'static [&'static str])];

/// Columns by whose condition a query may find rows of any cooperation if it returns their `cooperation_id`.
const LOOK_UPS: Exceptions = &[
    (
        "a secret tells the cooperation",
        &["tokens.hash", "feeds.hash"],
    ),
    (
        "a received mail names no cooperation",
        &["messages.message_id", "meetings.uid", "people.address_key"],
    ),
    (
        "planners look for what is due in all cooperations",
        &[
            "blackout_calendars.next_fetch_at",
            "meetings.starts_at",
            "meetings.tell_at",
            "polls.held_from",
            "polls.state",
            "series.plan_at",
        ],
    ),
];

/// Columns by whose condition a statement may reach rows of any cooperation.
const EXCEPTIONS: Exceptions = &[
    ("the queue is one for all cooperations", &["messages.state"]),
    (
        "a received mail is attributed to a cooperation later",
        &["inbound_mails.fingerprint"],
    ),
    (
        "retention is the same for all cooperations",
        &["inbound_mails.created_at"],
    ),
];

/// A statement without any condition: the command line lists the tokens of the installation.
const ALL_TOKENS: &str =
    "LEFT OUTER JOIN people ON (people.id = tokens.person_id)) ORDER BY tokens.id";

/// The tables whose rows belong to a cooperation.
static TABLES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let tables = include_str!("../../src/db/schema.rs").split("\n    }\n");
    tables
        .filter(|table| table.contains(" cooperation_id -> "))
        .filter_map(|table| table.rsplit_once(" {\n")?.0.split_whitespace().last())
        .collect()
});

static SEEN: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
static OFFENCES: Mutex<Vec<String>> = Mutex::new(Vec::new());

thread_local! {
    static IS_UNCHECKED: Cell<bool> = const { Cell::new(false) };
}

/// Checks the statements of all connections that are opened from now on; when it is dropped, the test fails if
/// one was wrong.
pub struct Check(());

impl Check {
    pub fn begin() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            set_default_instrumentation(|| Some(Box::new(observe))).unwrap();
        });
        Self(())
    }
}

impl Drop for Check {
    fn drop(&mut self) {
        let offences = std::mem::take(&mut *OFFENCES.lock().unwrap());
        let offences = offences.join("\n");
        assert!(
            offences.is_empty() || std::thread::panicking(),
            "not limited to a cooperation:\n{offences}"
        );
    }
}

/// For queries of a test itself.
pub fn unchecked<T>(queries: impl FnOnce() -> T) -> T {
    IS_UNCHECKED.set(true);
    let value = queries();
    IS_UNCHECKED.set(false);
    value
}

#[expect(clippy::needless_pass_by_value, reason = "as diesel calls it")]
fn observe(event: InstrumentationEvent<'_>) {
    let InstrumentationEvent::StartQuery { query, .. } = event else {
        return;
    };
    if IS_UNCHECKED.get() {
        return;
    }
    let query = query.to_string();
    let sql = query.split(" -- binds:").next().unwrap_or_default();
    if !SEEN.lock().unwrap().insert(sql.to_owned()) {
        return;
    }
    if sql.replace(['"', '`'], "").contains(ALL_TOKENS) {
        return;
    }
    let tables = unscoped(sql);
    if !tables.is_empty() {
        let offence = format!("{tables:?}: {sql}");
        OFFENCES.lock().unwrap().push(offence);
    }
    let names = self::tables(&self::tokens(sql));
    for name in plans::scanned(sql) {
        if names
            .get(&*name)
            .is_some_and(|table| TABLES.contains(table))
        {
            let offence = format!("reads all of {name}: {sql}");
            OFFENCES.lock().unwrap().push(offence);
        }
    }
}

/// The tables of a statement whose rows belong to a cooperation that the statement does not name.
///
/// A table is scoped if the statement has a condition on its `cooperation_id` or inserts it, or if an equality
/// of columns joins it to a scoped table.
fn unscoped(sql: &str) -> Vec<&str> {
    let tokens = tokens(sql);
    let tables = tables(&tokens);
    let changed = match tokens[..] {
        [Token::Word("UPDATE"), Token::Name(table), ..]
        | [
            Token::Word("DELETE"),
            Token::Word("FROM"),
            Token::Name(table),
            ..,
        ] => Some(table),
        _ => None,
    };
    let selected = tokens.split(|it| *it == Token::Word("FROM")).next();
    let returns = |table: &str, column: &str| {
        selected.is_some_and(|list| {
            list.windows(3).any(|three| {
                matches!(three, [Token::Name(of), Token::Sign('.'), Token::Name(it)] if (*of, *it) == (table, column))
            })
        })
    };
    let identifies = |table: &str, column: &str| {
        let is_in = |list: Exceptions| {
            let name = format!("{table}.{column}");
            list.iter().any(|(_, columns)| columns.contains(&&*name))
        };
        let returned = returns(table, "cooperation_id") || returns("cooperations", "id");
        column == "cooperation_id"
            || table == "cooperations" && ["id", "slug"].contains(&column)
            || column == "id" && (changed == Some(table) || returned)
            || is_in(LOOK_UPS) && returned
            || is_in(EXCEPTIONS)
    };
    let mut scoped = BTreeSet::new();
    let mut joins = Vec::new();
    for at in 0..tokens.len() {
        match &tokens[at..] {
            [
                Token::Word("INTO"),
                Token::Name(table),
                Token::Sign('('),
                columns @ ..,
            ] => {
                let columns = columns.iter().take_while(|it| **it != Token::Sign(')'));
                let names = |column| columns.clone().any(|it| *it == Token::Name(column));
                if names("cooperation_id")
                    || (*table, names("fingerprint")) == ("inbound_mails", true)
                {
                    scoped.insert(*table);
                }
            }
            [
                Token::Name(table),
                Token::Sign('.'),
                Token::Name(column),
                rest @ ..,
            ] => {
                let compared = match rest {
                    [
                        Token::Word("IN"),
                        Token::Sign('('),
                        Token::Word("SELECT"),
                        rest @ ..,
                    ]
                    | [
                        Token::Sign('='),
                        Token::Word("ANY"),
                        Token::Sign('('),
                        Token::Word("SELECT"),
                        rest @ ..,
                    ]
                    | [Token::Sign('='), rest @ ..] => rest,
                    [Token::Sign('<' | '>' | '!') | Token::Word("IN" | "IS"), ..] => rest,
                    _ => continue,
                };
                if let [Token::Name(other), Token::Sign('.'), ..] = compared {
                    joins.push((*table, *other));
                } else if tables.get(table).is_some_and(|it| identifies(it, column)) {
                    scoped.insert(*table);
                }
            }
            _ => {}
        }
    }
    // As often as there are joins, so that every chain of them is followed to its end.
    for _ in 0..joins.len() {
        for (one, other) in &joins {
            if scoped.contains(one) || scoped.contains(other) {
                scoped.extend([one, other]);
            }
        }
    }
    // What diesel writes for an empty list.
    if tokens
        .windows(3)
        .any(|three| three == [Token::Word("1"), Token::Sign('='), Token::Word("0")])
    {
        return Vec::new();
    }
    let belonging = tables.iter().filter(|(_, table)| TABLES.contains(*table));
    let unscoped = belonging.filter(|(name, _)| !scoped.contains(*name));
    unscoped.map(|(_, table)| *table).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    /// In quotes, `"name"` or `` `name` ``.
    Name(&'a str),
    Word(&'a str),
    Sign(char),
}

/// A literal is one [`Token::Sign`].
fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_in_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = match first {
            '"' | '`' | '\'' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            _ if is_in_word(first) => rest.find(|c| !is_in_word(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        tokens.push(match first {
            '"' | '`' => Token::Name(token.trim_matches(first)),
            _ if is_in_word(first) => Token::Word(token),
            _ => Token::Sign(first),
        });
        rest = after.trim_start();
    }
    tokens
}

/// The tables by the names that the statement has for them.
fn tables<'a>(tokens: &[Token<'a>]) -> BTreeMap<&'a str, &'a str> {
    let mut tables = BTreeMap::new();
    for at in 1..tokens.len() {
        let before = tokens[..at]
            .iter()
            .rev()
            .find(|it| **it != Token::Sign('('));
        let introduces = [Some(&Token::Word("FROM")), Some(&Token::Word("JOIN"))];
        let changes = [Some(&Token::Word("INTO")), Some(&Token::Word("UPDATE"))];
        if !introduces.contains(&before) && !changes.contains(&before) {
            continue;
        }
        match &tokens[at..] {
            [Token::Name(_), Token::Sign('.'), ..] => {}
            [
                Token::Name(table),
                Token::Word("AS"),
                Token::Name(alias),
                ..,
            ] => {
                tables.insert(*alias, *table);
            }
            [Token::Name(table), ..] => {
                tables.insert(*table, *table);
            }
            _ => {}
        }
    }
    tables
}

#[test]
fn statements_are_understood() {
    assert!(TABLES.contains("meetings") && !TABLES.contains("mailboxes"));
    let of_none: [&str; 0] = [];
    for sql in [
        r#"SELECT "meetings"."id" FROM "meetings" WHERE ("meetings"."cooperation_id" = $1)"#,
        r#"SELECT 1 FROM ("turns" INNER JOIN "meetings" ON ("turns"."meeting_id" = "meetings"."id")) WHERE ("turns"."cooperation_id" = $1)"#,
        r#"SELECT 1 FROM "people" WHERE "people"."id" IN (SELECT "tokens"."person_id" FROM "tokens" WHERE "tokens"."cooperation_id" IN ($1, $2))"#,
        r#"SELECT 1 FROM "people" WHERE "people"."id" = ANY(SELECT "tokens"."person_id" FROM "tokens" WHERE "tokens"."cooperation_id" = ANY($1))"#,
        "INSERT INTO `people` (`id`, `cooperation_id`) VALUES (?, ?)",
        "DELETE  FROM `people` WHERE ((`people`.`cooperation_id` = ?) AND (`people`.`id` = ?))",
        "SELECT `people`.`cooperation_id` FROM `people` WHERE (`people`.`id` = ?)",
        "UPDATE `people` SET `name` = ? WHERE (`people`.`id` = ?)",
        "UPDATE `cooperations` SET `name` = ? WHERE `cooperations`.`id` = ?",
    ] {
        assert_eq!(unscoped(sql), of_none, "{sql}");
    }
    for (sql, table) in [
        (
            "SELECT `meetings`.`cooperation_id` FROM `meetings`",
            "meetings",
        ),
        (
            r#"SELECT 1 FROM "venues" AS "other" WHERE ("other"."id" = $1)"#,
            "venues",
        ),
        (
            r#"UPDATE "people" SET "name" = '"people"."cooperation_id" = 1' WHERE ("people"."name" = $1)"#,
            "people",
        ),
        (
            r#"SELECT 1 FROM "turns" INNER JOIN "series" ON ("turns"."id" = $1) WHERE ("turns"."cooperation_id" = $2)"#,
            "series",
        ),
        (r#"INSERT INTO "people" ("id") VALUES ($1)"#, "people"),
    ] {
        assert_eq!(unscoped(sql), [table], "{sql}");
    }
}
