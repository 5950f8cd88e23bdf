//! Both engines hold the same tables, and the program knows them.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Of each table its columns, in order, with type and constraints in one spelling.
type Tables = BTreeMap<String, Vec<String>>;

fn migrations(engine: &str) -> String {
    let mut folders: Vec<_> = fs::read_dir(Path::new("migrations").join(engine))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    folders
        .iter()
        .map(|folder| fs::read_to_string(folder.join("up.sql")).unwrap())
        .collect()
}

/// `column type constraints`, with PostgreSQL's types as SQLite stores them.
fn in_one_spelling(column: &str) -> String {
    let types = [
        ("UUID", "TEXT"),
        ("DATE", "TEXT"),
        ("TIMESTAMPTZ", "TEXT"),
        ("TIME", "TEXT"),
        ("BIGINT", "INTEGER"),
        ("BOOLEAN", "INTEGER"),
        ("DOUBLE PRECISION", "REAL"),
    ];
    let column = column.trim().trim_end_matches(',');
    let (name, rest) = column.split_once(' ').unwrap();
    let rest = types
        .iter()
        .find_map(|(postgres, sqlite)| {
            let tail = rest.strip_prefix(postgres)?;
            (tail.is_empty() || tail.starts_with(' ')).then(|| format!("{sqlite}{tail}"))
        })
        .unwrap_or_else(|| rest.to_owned());
    format!("{name} {rest}")
}

fn tables_of(sql: &str) -> Tables {
    let mut tables = Tables::new();
    let mut statements = sql
        .split(';')
        .map(str::trim)
        .filter(|statement| !statement.is_empty());
    statements.by_ref().for_each(|statement| {
        if let Some(rest) = statement.strip_prefix("CREATE TABLE ") {
            let (name, body) = rest.split_once(" (\n").unwrap();
            let (body, _) = body.rsplit_once("\n)").unwrap();
            tables.insert(name.to_owned(), body.lines().map(in_one_spelling).collect());
        } else if let Some((name, other)) = statement
            .strip_prefix("ALTER TABLE ")
            .and_then(|rest| rest.split_once(" RENAME TO "))
        {
            let columns = tables.remove(name).unwrap();
            tables.insert(other.to_owned(), columns);
        } else if let Some((name, names)) = statement
            .strip_prefix("ALTER TABLE ")
            .and_then(|rest| rest.split_once(" RENAME COLUMN "))
        {
            let (old, new) = names.split_once(" TO ").unwrap();
            let columns = tables.get_mut(name).unwrap().iter_mut();
            let mut known = columns.filter_map(|column| {
                let rest = column.strip_prefix(old)?.strip_prefix(' ')?.to_owned();
                *column = format!("{new} {rest}");
                Some(())
            });
            known.next().unwrap();
        } else if let Some((name, old)) = statement
            .strip_prefix("ALTER TABLE ")
            .and_then(|rest| rest.split_once(" DROP COLUMN "))
        {
            let columns = tables.get_mut(name).unwrap();
            let place = columns
                .iter()
                .position(|column| column.split(' ').next() == Some(old));
            columns.remove(place.unwrap());
        } else if let Some(rest) = statement.strip_prefix("ALTER TABLE ") {
            let (name, column) = rest.split_once(" ADD COLUMN ").unwrap();
            tables.get_mut(name).unwrap().push(in_one_spelling(column));
        } else if let Some(name) = statement.strip_prefix("DROP TABLE ") {
            tables.remove(name).unwrap();
        } else if ["INSERT INTO ", "UPDATE "]
            .iter()
            .any(|word| statement.starts_with(word))
        {
            // Rows move over into a table or a column that is made anew.
        } else {
            assert!(
                statement.contains("INDEX "),
                "this test does not know: {statement}"
            );
        }
    });
    tables
}

fn indexes_of(sql: &str) -> Vec<String> {
    let statements = sql.split(';').map(str::trim);
    statements
        .filter(|statement| statement.contains("INDEX "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn both_engines_hold_the_same_tables() {
    let (sqlite, postgres) = (migrations("sqlite"), migrations("postgres"));
    let tables = tables_of(&sqlite);
    assert!(tables.len() >= 17, "{:?}", tables.keys());
    assert_eq!(tables, tables_of(&postgres));
    assert_eq!(indexes_of(&sqlite), indexes_of(&postgres));
    assert_eq!(
        sqlite.matches("CREATE TABLE").count(),
        sqlite.matches(") STRICT").count()
    );
}

/// A column without what follows its type and `NOT NULL`.
fn bare(column: &str) -> String {
    let column = column.trim().trim_end_matches(',');
    let extras = [" PRIMARY KEY", " UNIQUE", " DEFAULT", " REFERENCES"];
    let end = extras.iter().filter_map(|extra| column.find(extra)).min();
    column[..end.unwrap_or(column.len())].to_owned()
}

#[test]
fn the_program_knows_the_columns_in_their_order() {
    let source = fs::read_to_string("src/db/schema.rs").unwrap();
    let mut known = Tables::new();
    let postgres = [
        ("UniqueId", "UUID"),
        ("UtcTimestamp", "TIMESTAMPTZ"),
        ("Text", "TEXT"),
        ("Integer", "INTEGER"),
        ("BigInt", "BIGINT"),
        ("Bool", "BOOLEAN"),
        ("Date", "DATE"),
        ("Time", "TIME"),
        ("Double", "DOUBLE PRECISION"),
    ];
    let (_, tables) = source.split_once("tables! {\n").unwrap();
    for table in tables.split("\n    }\n") {
        let Some((name, body)) = table.split_once(" {\n") else {
            continue;
        };
        let name = name.trim();
        let columns = body.lines();
        let columns = columns.map(|line| {
            let (column, kind) = line
                .trim()
                .trim_end_matches(',')
                .split_once(" -> ")
                .unwrap();
            let inner = kind
                .strip_prefix("Nullable<")
                .and_then(|kind| kind.strip_suffix('>'));
            let (_, sql) = postgres
                .iter()
                .find(|(rust, _)| *rust == inner.unwrap_or(kind))
                .unwrap();
            in_one_spelling(&format!(
                "{column} {sql}{}",
                if inner.is_some() { "" } else { " NOT NULL" }
            ))
        });
        known.insert(name.to_owned(), columns.collect());
    }
    let held: Tables = tables_of(&migrations("postgres"))
        .into_iter()
        .map(|(name, columns)| (name, columns.iter().map(|column| bare(column)).collect()))
        .collect();
    assert_eq!(known, held);
}
