//! `watchkeeper environment`: what the team runs, set up from a terminal or a script.
//!
//! It speaks to a running server, which keeps what is added here beside what is in the configuration; what it refuses
//! is told in its words. It never opens the database and never writes a configuration.

use super::choose::{self, Environment};
use super::incident::To;
use super::incident::write::{Desk, given};
use super::server::part;
use super::{Failure, terminal};
use anyhow::anyhow;
use clap::Subcommand;
use domain::{Component, Slug};
use reqwest::Method;
use serde_json::{Value, json};

/// Stands at the end of the help.
const TOKEN: &str = "\
A token is needed, to change something one of scope `admin`; `watchkeeper token create` makes one. On the
command line it is seen by everybody on the machine; WATCHKEEPER_TOKEN is not.

What is in the configuration is changed there. A component is named with its group: `Core/API`.

Examples:
  watchkeeper environment put Production --component Web --component Core/API --baseline operational
  watchkeeper environment add-component Production Core/Orders

Exit codes: 0 it is done, 1 the server does not answer, 2 it does not accept what it was told";

/// Lists, adds and changes environments and their components
#[derive(Debug, clap::Args)]
#[command(after_help = TOKEN)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    to: To,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists environments with their components
    #[command(after_help = "Example:\n  watchkeeper environment list --json")]
    List,
    /// Adds an environment, or changes the one of that name
    #[command(after_help = "\
Examples:
  watchkeeper environment put Production --component Web --component Core/API
  watchkeeper environment put production --rename \"Production EU\"")]
    Put(Put),
    /// Takes an environment off every page; added again, its history is there again
    #[command(after_help = "Example:\n  watchkeeper environment remove Production")]
    Remove {
        /// Its name
        name: String,
    },
    /// Adds a component to an environment
    #[command(after_help = "Example:\n  watchkeeper environment add-component Production Core/Orders")]
    AddComponent {
        /// Name of the environment
        environment: String,
        /// Name of the component, with its group: `Core/API`
        component: String,
    },
    /// Takes a component away from an environment
    #[command(after_help = "Example:\n  watchkeeper environment remove-component Production Orders")]
    RemoveComponent {
        /// Name of the environment
        environment: String,
        /// Name of the component
        component: String,
    },
}

/// An environment as it is to be.
#[derive(Debug, clap::Args)]
struct Put {
    /// Its name
    name: String,
    /// Another name, from now on; its address stays
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    /// How its components stand while no incident says otherwise; unknown for a new one if nothing is said
    #[arg(long, value_parser = ["operational", "unknown"])]
    baseline: Option<String>,
    /// A component, with its group: `Core/API`; again for another. They replace those that it has
    #[arg(long, value_name = "NAME")]
    component: Vec<String>,
}

impl Args {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let desk = Desk::new(&self.to)?;
        match self.command {
            Command::List => list(&desk).await,
            Command::Put(put) => put.run(&desk).await,
            Command::Remove { name } => remove(&desk, &name).await,
            Command::AddComponent { environment, component } => {
                let mut environment = choose::environment(&desk.server, &environment).await?;
                environment.components.push(component);
                save(&desk, &environment).await
            }
            Command::RemoveComponent { environment, component } => {
                let mut environment = choose::environment(&desk.server, &environment).await?;
                let gone = environment.component(&component)?.to_owned();
                environment.components.retain(|key| *key != gone);
                save(&desk, &environment).await
            }
        }
    }
}

impl Put {
    async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let slug = Slug::from_name(&self.name).ok_or_else(|| {
            let name = terminal::plain(&self.name);
            Failure::NotUnderstood(anyhow!("`{name}` makes no address; use a letter from a to z or a digit"))
        })?;
        let all = choose::environments(&desk.server).await?;
        let same = |known: &Environment| {
            known.slug == slug.as_str() || known.name.eq_ignore_ascii_case(self.name.trim())
        };
        let known = all.into_iter().find(same);
        save(desk, &self.of(known, slug.as_str())).await
    }

    /// What it becomes: what is not said stays as it is.
    fn of(self, known: Option<Environment>, slug: &str) -> Environment {
        let mut environment = known.unwrap_or_else(|| Environment {
            slug: slug.to_owned(),
            name: self.name,
            baseline: "unknown".to_owned(),
            configured: false,
            components: Vec::new(),
        });
        environment.name = self.rename.unwrap_or(environment.name);
        environment.baseline = self.baseline.unwrap_or(environment.baseline);
        if !self.component.is_empty() {
            environment.components = self.component;
        }
        environment
    }
}

async fn list(desk: &Desk) -> Result<(), Failure> {
    let all = choose::environments(&desk.server).await?;
    if desk.json {
        return Ok(terminal::print_json(&Value::Array(all.iter().map(listed).collect()))?);
    }
    Ok(terminal::print(&all.iter().map(line).collect::<String>())?)
}

async fn save(desk: &Desk, environment: &Environment) -> Result<(), Failure> {
    let parts = environment.components.iter().map(|key| {
        let Component { name, group, .. } = Component::of_key(key);
        given([("name", Some(name.into())), ("group", group.map(Value::from))])
    });
    let body = json!({
        "name": environment.name,
        "baseline": environment.baseline,
        "components": parts.collect::<Vec<_>>(),
    });
    let saved = desk.server.json(Method::PUT, &path(&environment.slug), Some(&body)).await?;
    if desk.json {
        return Ok(terminal::print_json(&saved)?);
    }
    Ok(terminal::print(&line(environment))?)
}

async fn remove(desk: &Desk, name: &str) -> Result<(), Failure> {
    let environment = choose::environment(&desk.server, name).await?;
    desk.server.ask(Method::DELETE, &path(&environment.slug), None).await?;
    let name = terminal::plain(&environment.name);
    if desk.json { Ok(()) } else { Ok(terminal::print(&format!("{name} is gone from every page\n"))?) }
}

fn path(slug: &str) -> String {
    format!("/api/v1/environments/{}", part(slug))
}

fn listed(environment: &Environment) -> Value {
    json!({
        "slug": environment.slug,
        "name": environment.name,
        "baseline": environment.baseline,
        "configured": environment.configured,
        "components": environment.components,
    })
}

fn line(environment: &Environment) -> String {
    let place = if environment.configured { "configured" } else { "added" };
    let components: Vec<String> = environment.components.iter().map(|key| terminal::plain(key)).collect();
    format!(
        "{:<16} {place:<10}  {}: {}\n",
        terminal::plain(&environment.slug),
        terminal::plain(&environment.name),
        components.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(rename: Option<&str>, component: &[&str]) -> Put {
        Put {
            name: "Production".into(),
            rename: rename.map(str::to_owned),
            baseline: None,
            component: component.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    #[test]
    fn what_is_not_said_of_an_environment_stays_as_it_is() {
        let made = put(None, &["Web"]).of(None, "production");
        assert_eq!(line(&made), "production       added       Production: Web\n");
        let known = Environment { baseline: "operational".into(), ..made };
        let renamed = put(Some("Production EU"), &[]).of(Some(known), "production");
        assert_eq!((renamed.slug.as_str(), renamed.baseline.as_str()), ("production", "operational"));
        assert_eq!(line(&renamed), "production       added       Production EU: Web\n");
    }
}
