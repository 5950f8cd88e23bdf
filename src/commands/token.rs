//! `reihum token`: creates, lists and revokes access tokens.
use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::print;
use crate::auth::tokens::{self, NewToken};
use crate::auth::{Role, SystemActor, Token};
use crate::db::{Id, Instant};
use crate::{App, cooperations, people};
use mail::Address;

#[derive(Subcommand)]
pub(super) enum TokenCommand {
    /// Creates a token and prints it. It cannot be shown again.
    Create(TokenOptions),
    /// Lists the tokens of the installation.
    List,
    /// Revokes a token at once.
    Revoke {
        /// The id that `list` shows.
        id: Id<Token>,
    },
}

impl TokenCommand {
    /// Whether a database is made if there is none.
    pub(super) fn creates_database(&self) -> bool {
        matches!(self, Self::Create(TokenOptions { create: true, .. }))
    }
}

#[derive(Args)]
pub(super) struct TokenOptions {
    /// For the whole installation: may create cooperations and their first tokens.
    #[arg(long, conflicts_with_all = ["cooperation", "role", "person"])]
    operator: bool,
    /// The cooperation (slug or id).
    #[arg(long, required_unless_present = "operator")]
    cooperation: Option<String>,
    /// coordinator, delegate or reader.
    #[arg(long, required_unless_present = "operator")]
    role: Option<Role>,
    /// The mail address of the person whose token it is.
    #[arg(long)]
    person: Option<Address>,
    /// Its purpose.
    #[arg(long, default_value = "made on the command line")]
    label: String,
    /// In how many days it expires.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
    expires_in_days: Option<u32>,
    /// Make the database, or bring it up to date, if needed.
    #[arg(long)]
    create: bool,
}

/// Runs `reihum token`.
pub(super) async fn run(app: &App, command: TokenCommand) -> Result<()> {
    match command {
        TokenCommand::Create(options) => create(app, options).await,
        TokenCommand::List => {
            let rows = app.db.read(tokens::everywhere).await?;
            let now = app.clock.now();
            print(&line([
                "key",
                "role",
                "state",
                "created",
                "expires",
                "cooperation",
                "label (person)",
            ]))?;
            let day = |moment: Instant| moment.format("%Y-%m-%d").to_string();
            for (token, slug, person) in rows {
                let state = match (token.deleted_at, token.expires_at) {
                    (Some(_), _) => "revoked",
                    (None, Some(end)) if end <= now => "expired",
                    _ => "valid",
                };
                let person = person.map_or_else(String::new, |address| format!(" ({address})"));
                print(&line([
                    &token.id.to_string(),
                    &token.role.to_string(),
                    state,
                    &day(token.created_at),
                    &token.expires_at.map_or_else(|| "never".to_owned(), day),
                    slug.as_deref().unwrap_or("(operator)"),
                    &format!("{}{person}", token.label),
                ]))?;
            }
            Ok(())
        }
        TokenCommand::Revoke { id } => {
            app.write(move |tx| tokens::revoke_any(tx, id))
                .await
                .with_context(|| format!("there is no token {id}"))?;
            print("The token no longer works.")
        }
    }
}

/// A line of the table of tokens.
fn line([id, role, state, created, expires, slug, label]: [&str; 7]) -> String {
    format!("{id:<36}  {role:<11}  {state:<7}  {created:<10}  {expires:<10}  {slug:<20}  {label}")
}

async fn create(app: &App, options: TokenOptions) -> Result<()> {
    let TokenOptions {
        cooperation,
        role,
        person,
        label,
        expires_in_days,
        ..
    } = options;
    let fresh = match (cooperation, role) {
        (Some(cooperation), Some(role)) => {
            let place = cooperation.clone();
            app.write(move |tx| {
                let cooperation = cooperations::store::named(tx, &cooperation)?.id;
                let who = SystemActor::within(cooperation);
                tx.set_cooperation(&who);
                let person_id = match &person {
                    Some(address) => Some(people::store::by_address(tx, &who, address)?.id),
                    None => None,
                };
                let label = label.clone();
                tokens::create(
                    tx,
                    &who,
                    &NewToken {
                        role,
                        person_id,
                        label,
                        expires_in_days,
                    },
                )
            })
            .await
            .with_context(|| format!("no token for {place}"))?
        }
        _ => {
            app.write(move |tx| tokens::create_operator(tx, &label, expires_in_days))
                .await?
        }
    };
    print(&fresh.token)
}
