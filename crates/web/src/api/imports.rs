//! Moving over: incidents that another page told, recorded as our own with all their updates at their own
//! times. Nobody is told, and sending the same again changes nothing.

use super::answer::answer;
use super::request::{self, WindowRequest};
use super::time;
use super::vocabulary::{self, ComponentStateWord, ImpactWord, KindWord, StateWord};
use crate::answer::ErrorBody;
use crate::commands;
use crate::error::Error;
use crate::rendered::ascii_value;
use crate::site::Site;
use crate::sync::Change;
use crate::target::Target;
use crate::view::link;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode, header};
use domain::observation::{
    ComponentChange, IncidentObservation, PostmortemObservation, UpdateObservation, fold_repeats,
};
use domain::{Command, ComponentKey, Environment, Impact, IncidentId, Kind, Slug};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// Longest body: an incident of many updates, each of them long.
const LIMIT: usize = 1024 * 1024;

/// Records an incident that another page told.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportRequest {
    /// Slug of one of our environments.
    pub(crate) environment: String,
    /// The other page's identifier of it: with the environment it says what was recorded before.
    pub(crate) external_id: String,
    /// Incident or maintenance; an incident if absent.
    #[schema(value_type = Option<KindWord>)]
    pub(crate) kind: Option<String>,
    /// Title.
    pub(crate) title: String,
    /// Grade; unknown if absent.
    #[schema(value_type = Option<ImpactWord>)]
    pub(crate) impact: Option<String>,
    /// State in which the other page leaves it.
    #[schema(value_type = StateWord)]
    pub(crate) state: String,
    /// When it was first spoken of in public.
    #[schema(value_type = super::time::Time)]
    pub(crate) published_at: String,
    /// When it was over.
    #[schema(value_type = Option<super::time::Time>)]
    pub(crate) resolved_at: Option<String>,
    /// Announced window of a maintenance.
    pub(crate) schedule: Option<WindowRequest>,
    /// Where the other page tells it.
    pub(crate) url: Option<String>,
    /// Names of components that it touched, where no update says how they were.
    #[serde(default)]
    pub(crate) components: Vec<String>,
    /// Updates in any order.
    #[serde(default)]
    pub(crate) updates: Vec<ImportedUpdate>,
    /// The postmortem.
    pub(crate) postmortem: Option<ImportedPostmortem>,
    /// Judge it and change nothing.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

/// An update of the other page.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportedUpdate {
    /// The other page's identifier of it.
    pub(crate) id: String,
    /// State that it announced.
    #[schema(value_type = StateWord)]
    pub(crate) state: String,
    /// Text, Markdown.
    pub(crate) body: String,
    /// When it was posted.
    #[schema(value_type = super::time::Time)]
    pub(crate) published_at: String,
    /// When its text was last changed, if that was later.
    #[schema(value_type = Option<super::time::Time>)]
    pub(crate) edited_at: Option<String>,
    /// What it said of components.
    #[serde(default)]
    pub(crate) components: Vec<ImportedComponent>,
}

/// What an update of the other page said of a component.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportedComponent {
    /// Its name there. One that the environment has by this name is taken for the same.
    pub(crate) name: String,
    /// Its state from then on.
    #[schema(value_type = ComponentStateWord)]
    pub(crate) state: String,
}

/// A postmortem of the other page.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportedPostmortem {
    /// Text, Markdown.
    pub(crate) body: String,
    /// When it was published; with the last update if absent.
    #[schema(value_type = Option<super::time::Time>)]
    pub(crate) published_at: Option<String>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportBody {
    /// Public identifier here.
    pub(crate) id: String,
    /// Path of its page.
    pub(crate) path: String,
    /// `recorded`, `known` if it was here before, or `possible` after a dry run.
    pub(crate) outcome: &'static str,
    /// Names of components that the environment does not have; they are kept in the history.
    pub(crate) unmatched: Vec<String>,
}

/// Records an incident that another page told. The same again changes nothing.
#[utoipa::path(post, path = "/api/v1/imports", tag = "incidents",
    request_body = ImportRequest, security(("token" = ["write"])),
    responses(
        (status = 200, body = ImportBody, description = "Known already, or a dry run."),
        (status = 201, body = ImportBody),
        (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody),
        (status = 413, body = ErrorBody),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody),
    ))]
pub(crate) async fn import_incident(
    State(site): State<Arc<Site>>,
    request: Request,
) -> Result<Response<Body>, Error> {
    let asked = site.ask_up_to(request, LIMIT).await?;
    let body: ImportRequest = request::read(&asked.headers, &asked.bytes)?;
    let environments = site.environments();
    let environment = commands::find_environment(&environments, &body.environment)?;
    let (told, unmatched) = observation(environment, &body)?;
    let id = IncidentId::of_import(&environment.slug, &told.external_id);
    let command = Command::Import { environment: environment.slug.clone(), incident: Box::new(told) };
    let recorded = site.import(&id, &asked.wish, command, body.dry_run).await?;
    if recorded && !body.dry_run {
        site.take_now(&[Change::Incident(id.clone())]).await;
    }
    let (status, outcome) = match (recorded, body.dry_run) {
        (false, _) => (StatusCode::OK, "known"),
        (true, true) => (StatusCode::OK, "possible"),
        (true, false) => (StatusCode::CREATED, "recorded"),
    };
    let path = link::incident(&id);
    let body = ImportBody { id: id.to_string(), path, outcome, unmatched: unmatched.into_iter().collect() };
    let mut response = answer(status, &body)?;
    if status == StatusCode::CREATED {
        response.headers_mut().insert(header::LOCATION, ascii_value(&Target::IncidentJson(id).path()));
    }
    Ok(response)
}

/// What was sent as the domain sees it, and the names that the environment does not know.
fn observation(
    environment: &Environment,
    request: &ImportRequest,
) -> Result<(IncidentObservation, BTreeSet<String>), Error> {
    let mut names = Names { environment, unmatched: BTreeSet::new() };
    if request.external_id.trim().is_empty() {
        return Err(Error::invalid("`external_id` is empty", "give what the other page calls it"));
    }
    let instant =
        |field: &str, text: &Option<String>| text.as_deref().map(|text| time::read(field, text)).transpose();
    let mut updates = Vec::new();
    for update in &request.updates {
        let changes = update.components.iter().map(|component| names.change(component));
        updates.push(UpdateObservation {
            external_id: update.id.clone(),
            state: vocabulary::read("updates[].state", &update.state)?,
            published_at: time::read("updates[].published_at", &update.published_at)?,
            edited_at: instant("updates[].edited_at", &update.edited_at)?,
            body: update.body.clone(),
            components: changes.collect::<Result<_, _>>()?,
            repeats: Vec::new(),
        });
    }
    check_ids(&updates)?;
    updates.sort_by_key(|update| update.published_at);
    let components = request.components.iter().map(|name| names.find(name)).collect();
    let postmortem = request.postmortem.as_ref().map(|told| {
        let published_at = instant("postmortem.published_at", &told.published_at)?;
        Ok::<_, Error>(PostmortemObservation { body: told.body.clone(), published_at })
    });
    let kind = commands::optional("kind", request.kind.as_deref())?;
    let impact = commands::optional("impact", request.impact.as_deref())?;
    let told = IncidentObservation {
        external_id: request.external_id.clone(),
        title: request.title.trim().to_owned(),
        kind: kind.unwrap_or(Kind::Incident),
        impact: impact.unwrap_or(Impact::Unknown),
        state: vocabulary::read("state", &request.state)?,
        url: request.url.clone(),
        published_at: time::read("published_at", &request.published_at)?,
        stated_start_at: None,
        resolved_at: instant("resolved_at", &request.resolved_at)?,
        schedule: request.schedule.as_ref().map(commands::window).transpose()?,
        components,
        updates: fold_repeats(updates),
        postmortem: postmortem.transpose()?,
    };
    Ok((told, names.unmatched))
}

fn check_ids(updates: &[UpdateObservation]) -> Result<(), Error> {
    let mut known = BTreeSet::new();
    let twice = updates.iter().find(|update| !known.insert(&update.external_id));
    match twice {
        Some(update) => {
            let message = format!("`updates[].id` is `{}` twice", vocabulary::shorten(&update.external_id));
            Err(Error::invalid(message, "give every update an identifier of its own"))
        }
        None => Ok(()),
    }
}

/// Finds components by the names that the other page gives them.
struct Names<'a> {
    environment: &'a Environment,
    unmatched: BTreeSet<String>,
}

impl Names<'_> {
    fn change(&mut self, told: &ImportedComponent) -> Result<ComponentChange, Error> {
        let to = vocabulary::read("updates[].components[].state", &told.state)?;
        let (key, name) = self.find(&told.name);
        Ok(ComponentChange { key, name, to })
    }

    /// Statuspage writes `Group - Name` in updates, so the last part counts too. A component that is not ours
    /// keeps its name.
    fn find(&mut self, name: &str) -> (ComponentKey, String) {
        let last = name.rsplit(" - ").next().unwrap_or(name);
        let known = self.environment.components.iter().find(|component| {
            let same = |name: &str| {
                component.name.eq_ignore_ascii_case(name.trim()) || component.key.0 == name.trim()
            };
            same(name) || same(last)
        });
        if let Some(component) = known {
            return (component.key.clone(), component.name.clone());
        }
        self.unmatched.insert(name.to_owned());
        let key = Slug::from_name(name).map_or_else(|| name.to_owned(), |slug| slug.to_string());
        (ComponentKey(key), name.to_owned())
    }
}
