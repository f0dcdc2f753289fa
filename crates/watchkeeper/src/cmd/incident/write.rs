//! What changes something: each is one request, answered with the incident as it is after it.

use super::To;
use super::body::Text;
use super::held::Hold;
use super::show;
use crate::cmd::choose::{self, Environment};
use crate::cmd::server::{self, Server};
use crate::cmd::{Failure, terminal};
use anyhow::anyhow;
use domain::ComponentState;
use reqwest::Method;
use serde_json::{Map, Value, json};

/// Where commands go, and how their answers are told.
pub(in crate::cmd) struct Desk {
    pub(in crate::cmd) server: Server,
    pub(in crate::cmd) json: bool,
}

/// Opens an incident.
#[derive(Debug, clap::Args)]
pub(in crate::cmd) struct Open {
    /// Title
    #[arg(required_unless_present = "template")]
    title: Option<String>,
    /// Template, which fills in what is not said here
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// Environment that it belongs to, by its name
    #[arg(long, value_name = "NAME", required_unless_present = "template")]
    environment: Option<String>,
    /// Grade: `none`, `minor`, `major` or `critical`
    #[arg(long, value_name = "WORD")]
    impact: Option<String>,
    /// First state; `investigating` if nothing is said
    #[arg(long, value_name = "WORD")]
    state: Option<String>,
    /// When it truly began, as RFC 3339
    #[arg(long, value_name = "TIME")]
    began_at: Option<String>,
    /// Only the team sees it until it is published
    #[arg(long)]
    internal: bool,
    #[command(flatten)]
    said: Said,
    #[command(flatten)]
    text: Text,
    #[command(flatten)]
    hold: Hold,
}

/// Posts an update.
#[derive(Debug, clap::Args)]
pub(in crate::cmd) struct Update {
    /// Its identifier
    id: String,
    /// Template that has a text for the state, which is taken where none is given
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// State from now on; the current one if nothing is said
    #[arg(long, value_name = "WORD")]
    state: Option<String>,
    #[command(flatten)]
    said: Said,
    #[command(flatten)]
    text: Text,
    #[command(flatten)]
    hold: Hold,
}

/// Makes public what was internal.
#[derive(Debug, clap::Args)]
pub(in crate::cmd) struct Publish {
    /// Its identifier
    id: String,
    /// By when the next update comes, such as `30m` or an instant
    #[arg(long, value_name = "TIME")]
    next_update: Option<String>,
    #[command(flatten)]
    text: Text,
    #[command(flatten)]
    hold: Hold,
}

/// What an update says besides its words.
#[derive(Debug, clap::Args)]
struct Said {
    /// A component and its state from now on; may be given several times
    #[arg(long, value_name = "NAME=STATE")]
    component: Vec<String>,
    /// By when the next update comes, such as `30m` or an instant
    #[arg(long, value_name = "TIME")]
    next_update: Option<String>,
}

impl Open {
    pub(in crate::cmd) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let environment = match &self.environment {
            Some(name) => Some(choose::environment(&desk.server, name).await?),
            None => None,
        };
        let components = match (&environment, self.said.component.as_slice()) {
            (_, []) => None,
            (Some(environment), named) => Some(components(environment, named)?),
            (None, _) => {
                let error = anyhow!("`--component` is given without `--environment`, to which it belongs");
                return Err(Failure::NotUnderstood(error));
            }
        };
        let body = if self.template.is_some() { self.text.given()? } else { Some(self.text.read()?) };
        let body = given([
            ("template", self.template.map(Value::from)),
            ("environment", environment.map(|environment| environment.slug.into())),
            ("title", self.title.map(Value::from)),
            ("impact", self.impact.map(Value::from)),
            ("state", self.state.map(Value::from)),
            ("began_at", self.began_at.map(Value::from)),
            ("visibility", self.internal.then(|| "internal".into())),
            ("next_update_at", self.said.next_update.map(Value::from)),
            ("components", components),
            ("body", body.map(Value::from)),
        ]);
        desk.post("/api/v1/incidents", body, &self.hold).await
    }
}

impl Update {
    pub(in crate::cmd) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let components = match self.said.component.as_slice() {
            [] => None,
            named => Some(components(&desk.environment_of(&self.id).await?, named)?),
        };
        let body = if self.template.is_some() { self.text.given()? } else { Some(self.text.read()?) };
        let body = given([
            ("template", self.template.map(Value::from)),
            ("state", self.state.map(Value::from)),
            ("next_update_at", self.said.next_update.map(Value::from)),
            ("components", components),
            ("body", body.map(Value::from)),
        ]);
        desk.post(&path(&self.id, "/updates"), body, &self.hold).await
    }
}

impl Publish {
    pub(in crate::cmd) async fn run(self, desk: &Desk) -> Result<(), Failure> {
        let body = given([
            ("body", self.text.given()?.map(Value::from)),
            ("next_update_at", self.next_update.map(Value::from)),
        ]);
        desk.post(&path(&self.id, "/publish"), body, &self.hold).await
    }
}

impl Desk {
    pub(in crate::cmd) fn new(to: &To) -> Result<Self, Failure> {
        Ok(Self { server: Server::new(&to.access)?, json: to.json })
    }

    pub(in crate::cmd) async fn show(&self, id: &str) -> Result<(), Failure> {
        let incident = self.load(id).await?;
        if self.json {
            return Ok(terminal::print_json(&incident)?);
        }
        Ok(terminal::print(&show::whole(&incident))?)
    }

    pub(in crate::cmd) async fn resolve(&self, id: &str, text: &Text, hold: &Hold) -> Result<(), Failure> {
        let incident = self.load(id).await?;
        let state = if incident["kind"] == "maintenance" { "completed" } else { "resolved" };
        self.say(id, state, text, hold).await
    }

    pub(in crate::cmd) async fn hide(&self, id: &str) -> Result<(), Failure> {
        self.send(Method::POST, &path(id, "/hide"), None).await
    }

    pub(in crate::cmd) async fn note(&self, id: &str, text: &Text) -> Result<(), Failure> {
        self.send(Method::POST, &path(id, "/note"), Some(&json!({ "body": text.read()? }))).await
    }

    pub(in crate::cmd) async fn merge(&self, id: &str, into: &str) -> Result<(), Failure> {
        self.send(Method::POST, &path(id, "/merge"), Some(&json!({ "into": into }))).await
    }

    pub(in crate::cmd) async fn postmortem(&self, id: &str, text: &Text) -> Result<(), Failure> {
        self.send(Method::PUT, &path(id, "/postmortem"), Some(&json!({ "body": text.read()? }))).await
    }

    /// Takes it back as a whole.
    pub(in crate::cmd) async fn withdraw(&self, id: &str) -> Result<(), Failure> {
        self.send(Method::POST, &path(id, "/withdraw"), None).await
    }

    /// Posts an update with a state.
    pub(in crate::cmd) async fn say(
        &self,
        id: &str,
        state: &str,
        text: &Text,
        hold: &Hold,
    ) -> Result<(), Failure> {
        let body = json!({ "state": state, "body": text.read()? });
        self.post(&path(id, "/updates"), body, hold).await
    }

    pub(in crate::cmd) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(), Failure> {
        let incident = self.server.json(method, path, body).await?;
        if self.json {
            return Ok(terminal::print_json(&incident)?);
        }
        Ok(terminal::print(&show::line(&incident))?)
    }

    async fn load(&self, id: &str) -> Result<Value, Failure> {
        self.server.json(Method::GET, &path(id, ""), None).await
    }

    async fn environment_of(&self, id: &str) -> Result<Environment, Failure> {
        let incident = self.load(id).await?;
        let source = incident["origin"]["source"].as_str().unwrap_or_default();
        choose::environment(&self.server, source).await
    }
}

/// The path of an incident; what is no identifier stays one part of it.
pub(super) fn path(id: &str, below: &str) -> String {
    format!("/api/v1/incidents/{}{below}", server::part(id))
}

/// An object of the fields that were given.
pub(in crate::cmd) fn given<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(given.collect::<Map<_, _>>())
}

/// `NAME=STATE`, of which the name may hold the sign, too.
pub(super) fn components(environment: &Environment, given: &[String]) -> Result<Value, Failure> {
    let read = |text: &String| {
        let (name, state) = text.rsplit_once('=').ok_or_else(|| {
            Failure::NotUnderstood(anyhow!("`--component {text}` has no state; write `NAME=STATE`"))
        })?;
        let state = component_state(state.trim())?;
        Ok(json!({ "key": environment.component(name.trim())?, "state": state.as_str() }))
    };
    given.iter().map(read).collect::<Result<Vec<_>, Failure>>().map(Value::from)
}

fn component_state(text: &str) -> Result<ComponentState, Failure> {
    if let Some(state) = ComponentState::ALL.into_iter().find(|state| state.as_str() == text) {
        return Ok(state);
    }
    let words = ComponentState::ALL.map(ComponentState::as_str);
    let hint = match web::spelling::nearest(text, words) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("use one of {}", words.join(", ")),
    };
    Err(Failure::NotUnderstood(anyhow!("`{}` is no state of a component; {hint}", terminal::plain(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        let known = json!({
            "slug": "prod1", "name": "PROD1", "baseline": "operational", "configured": true,
            "components": ["api", "a=b"],
        });
        serde_json::from_value(known).expect("an environment")
    }

    fn refused(given: &str) -> String {
        match components(&environment(), &[given.to_owned()]) {
            Err(Failure::NotUnderstood(error)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn components_are_named_with_their_states_and_slips_are_told_with_the_right_word() {
        let given = ["API=partial_outage".to_owned(), "a=b = operational".to_owned()];
        let read = components(&environment(), &given).unwrap_or_else(|error| panic!("{error:?}"));
        let expected = json!([
            { "key": "api", "state": "partial_outage" },
            { "key": "a=b", "state": "operational" },
        ]);
        assert_eq!(read, expected);
        assert_eq!(refused("api"), "`--component api` has no state; write `NAME=STATE`");
        assert_eq!(
            refused("api=partial_outtage"),
            "`partial_outtage` is no state of a component; did you mean `partial_outage`?"
        );
        assert_eq!(refused("appi=operational"), "there is no component of PROD1 `appi`; did you mean `api`?");
    }

    #[test]
    fn what_is_no_identifier_cannot_leave_its_place_in_the_path() {
        assert_eq!(path("../vendors?x", "/hide"), "/api/v1/incidents/..%2Fvendors%3Fx/hide");
    }
}
