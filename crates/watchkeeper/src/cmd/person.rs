//! `watchkeeper person`: who may sign in to the console.

use super::config_file::{self, ConfigFile};
use super::{Failure, terminal, token};
use crate::app;
use crate::clock::Clock;
use crate::config::Config;
use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use domain::{Grants, Role, Timestamp};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::{Deed, Invitation, Person, Store};
use web::Entropy;

/// Stands at the end of the help.
const BESIDE_A_SERVER: &str = "\
Nobody has a password that somebody else chose: each command that needs one prints a one-time code, with which the
person sets it at `/console/setup`.

With SQLite, stop `watchkeeper serve` first: one process writes the file. With PostgreSQL it may go on.

Examples:
  watchkeeper person add --name 'Ann Lark' --email ann@example.org --role admin
  watchkeeper person list";

const ROLES: [&str; 3] = ["viewer", "responder", "admin"];
/// For how long a code is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(72);

/// Adds, lists and disables people
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
    /// Adds a person and prints a one-time code for their password
    #[command(
        after_help = "Example:\n  watchkeeper person add --name 'Ann Lark' --email ann@example.org --role responder --environment prod1"
    )]
    Add {
        /// Name that the timeline shows
        #[arg(long)]
        name: String,
        /// Address with which they sign in
        #[arg(long)]
        email: String,
        /// What they may do
        #[arg(long, value_parser = ROLES)]
        role: String,
        /// Slug of an environment in which they may; again for another; everywhere if nothing is said
        #[arg(long, value_name = "SLUG")]
        environment: Vec<String>,
    },
    /// Lists everybody
    #[command(after_help = "Example:\n  watchkeeper person list --json")]
    List {
        /// Print the result as JSON on standard output
        #[arg(long)]
        json: bool,
    },
    /// Prints a one-time code for a new password; the old one goes on until it is used
    #[command(after_help = "Example:\n  watchkeeper person passwd ann@example.org")]
    Passwd {
        /// Address of the person
        email: String,
    },
    /// Lets somebody sign in no more, ends their sessions and revokes their tokens
    #[command(after_help = "Example:\n  watchkeeper person disable ann@example.org")]
    Disable {
        /// Address of the person
        email: String,
    },
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = self.config.load()?;
        if let Command::List { json } = self.command {
            return list(&config_file::open_for_reading(&config).await?, json).await;
        }
        let entropy = Entropy::of_the_system();
        let desk =
            Desk { store: app::open_store(&config, &entropy).await?, entropy, now: Clock::System.now() };
        match self.command {
            Command::Add { name, email, role, environment } => {
                desk.add(&config, &name, &email, &role, &environment).await?;
            }
            Command::Passwd { email } => {
                let person = desk.find(&email).await?;
                desk.print_code(&person).await?;
            }
            Command::Disable { email } => desk.disable(&email).await?,
            Command::List { .. } => {}
        }
        desk.store.close().await;
        Ok(())
    }
}

/// What the commands work with.
struct Desk {
    store: Store,
    entropy: Entropy,
    now: Timestamp,
}

impl Desk {
    async fn add(
        &self,
        config: &Config,
        name: &str,
        email: &str,
        role: &str,
        environments: &[String],
    ) -> Result<(), Failure> {
        let role = Role::parse(role).unwrap_or(Role::Viewer);
        let roles = match token::known(config, &self.store, environments).await? {
            places if places.is_empty() => Grants::everywhere(role),
            places => Grants::within(role, places),
        };
        let (id, at) = (format!("{:016x}", self.entropy.number()), self.now);
        let person = web::auth::person(id, name, email, roles, at)
            .map_err(|wrong| Failure::NotUnderstood(anyhow!("{wrong}")))?;
        let deed = self.deed("person.created", &person.id, &format!("{}: {}", person.name, person.roles));
        match self.store.create_person(person.clone(), deed).await {
            Ok(()) => self.print_code(&person).await,
            Err(store::Error::Taken) => Err(Failure::NotUnderstood(anyhow!(
                "`{}` belongs to somebody already",
                terminal::plain(email)
            ))),
            Err(error) => Err(Failure::Failed(error.into())),
        }
    }

    async fn print_code(&self, person: &Person) -> Result<(), Failure> {
        let (code, sha256) = web::auth::code(&self.entropy);
        let expires_at = self.now.saturating_add(GOOD_FOR).context("the clock is far ahead")?;
        let invitation = Invitation { sha256, person: Some(person.id.clone()), expires_at };
        let deed = self.deed("person.invited", &person.id, "");
        self.store.create_invitation(invitation, deed).await.context("cannot keep the code")?;
        let name = terminal::plain(&person.name);
        Ok(terminal::print(&format!(
            "{code}\n\nWith this code {name} sets a password at /console/setup, once, until {expires_at}.\n"
        ))?)
    }

    async fn find(&self, email: &str) -> Result<Person, Failure> {
        let found = self.store.find_person_by_email(&email.trim().to_lowercase()).await;
        found.context("cannot look the person up")?.ok_or_else(|| {
            let email = terminal::plain(email);
            Failure::NotUnderstood(anyhow!("nobody has `{email}`; `watchkeeper person list` shows everybody"))
        })
    }

    async fn disable(&self, email: &str) -> Result<(), Failure> {
        let person = self.find(email).await?;
        let deed = self.deed("person.disabled", &person.id, "");
        self.store.disable_person(&person.id, deed).await.context("cannot disable the person")?;
        Ok(terminal::print(&format!("{} may not sign in any more\n", terminal::plain(&person.name)))?)
    }

    fn deed(&self, action: &str, subject: &str, detail: &str) -> Deed {
        Deed::of_program("watchkeeper person", self.now, action, subject, detail)
    }
}

async fn list(store: &Store, json: bool) -> Result<(), Failure> {
    let people = store.list_people().await.context("cannot list the people")?;
    if json {
        return Ok(terminal::print_json(&Value::Array(people.iter().map(listed).collect()))?);
    }
    if people.is_empty() {
        return Ok(terminal::print("there is nobody; `watchkeeper person add` adds somebody\n")?);
    }
    let line = |person: &Person| {
        let state = if person.disabled_at.is_some() { "disabled" } else { "enabled" };
        let email = terminal::plain(person.email.as_deref().unwrap_or("-"));
        format!("{state:<8} {:<24} {email:<32} {}\n", terminal::plain(&person.name), person.roles)
    };
    Ok(terminal::print(&people.iter().map(line).collect::<String>())?)
}

fn listed(person: &Person) -> Value {
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "roles": person.roles.to_string(),
        "created_at": person.created_at.to_string(),
        "signed_in_at": at(person.signed_in_at),
        "disabled_at": at(person.disabled_at),
    })
}
