//! `watchkeeper token`: what programs know themselves by.

use super::config_file::{self, ConfigFile};
use super::{Failure, terminal};
use crate::app::{self, Parts};
use crate::clock::Clock;
use crate::config::Config;
use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use domain::{Slug, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;
use store::{Deed, Doer, NewToken, Store, Token};
use web::Entropy;

/// Stands at the end of the help.
const BESIDE_A_SERVER: &str = "\
A token lets a program use the API (`Authorization: Bearer TOKEN`) and a person sign in to the console. Only
its hash is kept.

With SQLite, stop `watchkeeper serve` first: one process writes the file. With PostgreSQL it may go on.

Examples:
  watchkeeper token create --name ann
  watchkeeper token list";

/// What a token may be allowed to do; each includes those before it.
const SCOPES: [&str; 3] = ["read", "write", "admin"];

/// Makes, lists and revokes API tokens
#[derive(Debug, clap::Args)]
#[command(after_help = BESIDE_A_SERVER)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a token and prints it, once
    #[command(after_help = "\
Examples:
  watchkeeper token create --name ann
  watchkeeper token create --name deploy-bot --scope write --expires 90d --json")]
    Create {
        /// Name that the timeline shows for what is done with it
        #[arg(long)]
        name: String,
        /// What it may do
        #[arg(long, default_value = "write", value_parser = SCOPES)]
        scope: String,
        /// Slug of an environment in which it may do it; again for another; everywhere if nothing is said
        #[arg(long, value_name = "SLUG")]
        environment: Vec<String>,
        /// For how long, such as `12h` or `90d`; for ever if nothing is said
        #[arg(long, value_parser = lifetime)]
        expires: Option<Duration>,
        /// Print the result as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Lists the tokens, without their secrets
    #[command(after_help = "Example:\n  watchkeeper token list --json")]
    List {
        /// Print the result as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Makes a token worthless
    #[command(after_help = "Example:\n  watchkeeper token revoke 5dbaf638d038")]
    Revoke {
        /// Its id, as `token list` shows it
        id: String,
    },
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = self.config.load()?;
        let entropy = Entropy::of_the_system();
        let now = Clock::System.now();
        if let Command::List { json } = self.command {
            return list(&config_file::open_for_reading(&config).await?, json, now).await;
        }
        let store = app::open_store(&config, &entropy).await?;
        match self.command {
            Command::Create { name, scope, environment, expires, json } => {
                let expires_at = expires.and_then(|expires| now.checked_add(expires).ok());
                let (scopes, environments) = ([scope.as_str()], known(&config, &store, &environment).await?);
                let made = make(&store, &name, &scopes, &environments, expires_at, &entropy, now).await?;
                terminal::print(&told(&made, json))?;
            }
            Command::Revoke { id } => revoke(&store, &id, now).await?,
            Command::List { .. } => {}
        }
        store.close().await;
        Ok(())
    }
}

/// A token that was just made.
struct Made {
    id: String,
    text: String,
    scope: String,
    expires_at: Option<Timestamp>,
}

/// Makes a token and returns its text.
pub(super) async fn create(
    store: &Store,
    name: &str,
    scopes: &[&str],
    expires_at: Option<Timestamp>,
    parts: &Parts,
) -> anyhow::Result<String> {
    let made = make(store, name, scopes, &[], expires_at, &parts.entropy, parts.clock.now()).await?;
    Ok(made.text)
}

async fn make(
    store: &Store,
    name: &str,
    scopes: &[&str],
    environments: &[Slug],
    expires_at: Option<Timestamp>,
    entropy: &Entropy,
    now: Timestamp,
) -> anyhow::Result<Made> {
    anyhow::ensure!(!name.trim().is_empty(), "`--name` is empty; say who will use the token");
    let (id, text, sha256) = web::auth::token::make(&entropy.bytes());
    let token = NewToken {
        id: id.clone(),
        name: name.trim().to_owned(),
        sha256,
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        environments: environments.to_vec(),
        person: None,
        created_at: now,
        expires_at,
    };
    let deed = web::auth::token_created(&token, Doer::program("watchkeeper token"), "");
    store.create_token(token, deed).await.context("cannot keep the token")?;
    Ok(Made { id, text, scope: scopes.join(", "), expires_at })
}

fn told(made: &Made, json: bool) -> String {
    let expires_at = made.expires_at.map(|at| at.to_string());
    if json {
        let value =
            json!({ "id": made.id, "token": made.text, "scope": made.scope, "expires_at": expires_at });
        return format!("{value}\n");
    }
    let until = expires_at.unwrap_or_else(|| "for ever".to_owned());
    format!(
        "{}\n\nThis is the only time it is shown. Id {}, scope {}, valid {until}.\n",
        made.text, made.id, made.scope
    )
}

async fn list(store: &Store, json: bool, now: Timestamp) -> Result<(), Failure> {
    let tokens = store.list_tokens().await.context("cannot list the tokens")?;
    if json {
        return Ok(terminal::print_json(&Value::Array(tokens.iter().map(listed).collect()))?);
    }
    if tokens.is_empty() {
        return Ok(terminal::print(
            "there is no token; make one with `watchkeeper token create --name NAME`\n",
        )?);
    }
    let line = |token: &Token| {
        let state = match (token.revoked_at, token.is_valid(now)) {
            (Some(_), _) => "revoked",
            (None, true) => "valid",
            (None, false) => "expired",
        };
        let used = token.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("last used {at}"));
        format!(
            "{:<12} {:<8} {:<8} {}  {used}\n",
            token.id,
            state,
            token.scopes.join(","),
            terminal::plain(&token.name)
        )
    };
    Ok(terminal::print(&tokens.iter().map(line).collect::<String>())?)
}

fn listed(token: &Token) -> Value {
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "id": token.id,
        "name": token.name,
        "scopes": token.scopes,
        "environments": token.environments.iter().map(Slug::as_str).collect::<Vec<_>>(),
        "created_at": token.created_at.to_string(),
        "expires_at": at(token.expires_at),
        "last_used_at": at(token.last_used_at),
        "revoked_at": at(token.revoked_at),
    })
}

/// The environments of those slugs, which the configuration or the database must know.
pub(super) async fn known(config: &Config, store: &Store, slugs: &[String]) -> Result<Vec<Slug>, Failure> {
    let added = store.list_environments().await.context("cannot list the environments")?;
    let known = |text: &String| {
        let configured = config.environments.iter().map(|environment| &environment.slug);
        let mut all = configured.chain(added.iter().map(|environment| &environment.slug));
        all.find(|slug| slug.as_str() == text).cloned().ok_or_else(|| {
            Failure::NotUnderstood(anyhow!(
                "there is no environment `{text}` in the configuration or the console"
            ))
        })
    };
    slugs.iter().map(known).collect()
}

async fn revoke(store: &Store, id: &str, now: Timestamp) -> Result<(), Failure> {
    let deed = Deed::of_program("watchkeeper token", now, "token.revoked", id, "");
    match store.revoke_token(id, deed).await {
        Ok(()) => Ok(terminal::print(&format!("token {id} is worthless from now on\n"))?),
        Err(store::Error::NotFound) => Err(Failure::NotUnderstood(anyhow!(
            "there is no token `{id}`; `watchkeeper token list` shows them"
        ))),
        Err(error) => Err(Failure::Failed(error.into())),
    }
}

fn lifetime(text: &str) -> Result<Duration, String> {
    crate::config::quantity::parse_duration(text)
        .ok_or_else(|| "write a number with a unit, such as 90d".to_owned())
}
