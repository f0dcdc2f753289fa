//! What is known of an incident before it happens. A template only fills in what a request leaves open; from then on
//! nothing remembers that there was one, and the request is judged like any other.

use crate::api::request::{ComponentRequest, OpenRequest, UpdateRequest};
use crate::api::templates::TemplateRequest;
use crate::api::vocabulary;
use crate::auth::Actor;
use crate::error::Error;
use crate::site::Site;
use domain::{Action, ComponentState, Environment, Impact, Incident, Kind, Place, Slug, State};

/// What is known of an incident before it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// What the team calls it.
    pub name: String,
    /// Identifier in addresses and commands.
    pub slug: Slug,
    /// Title of the incident.
    pub title: Option<String>,
    /// Incident or maintenance.
    pub kind: Kind,
    /// How much it hurts.
    pub impact: Option<Impact>,
    /// Where it may happen; anywhere if empty.
    pub environments: Vec<Slug>,
    /// Names or keys of components, and what it does to them.
    pub components: Vec<(String, ComponentState)>,
    /// What is said when the incident reaches a state.
    pub texts: Vec<(State, String)>,
}

impl Template {
    /// The text for a state.
    pub(crate) fn text(&self, state: State) -> Option<&str> {
        self.texts.iter().find(|(known, _)| *known == state).map(|(_, text)| text.as_str())
    }

    /// Whether it may happen there.
    pub(crate) fn suits(&self, environment: &Slug) -> bool {
        self.environments.is_empty() || self.environments.contains(environment)
    }

    /// The request, with what the template knows in the place of what it leaves open.
    pub(crate) fn fill(&self, mut request: OpenRequest, environments: &[Environment]) -> OpenRequest {
        let first = if self.kind == Kind::Maintenance { State::Scheduled } else { State::Investigating };
        let given = |text: String, known: Option<&str>| {
            if text.trim().is_empty() { known.unwrap_or_default().to_owned() } else { text }
        };
        let environment = environments.iter().find(|environment| self.suits(&environment.slug));
        request.environment = given(request.environment, environment.map(|it| it.slug.as_str()));
        request.kind = request.kind.or_else(|| Some(self.kind.as_str().to_owned()));
        request.impact = request.impact.or_else(|| self.impact.map(|impact| impact.as_str().to_owned()));
        let state = request.state.as_deref().map_or(first, State::parse);
        request.title = given(request.title, self.title.as_deref());
        request.body = given(request.body, self.text(state));
        if request.components.is_empty() {
            let chosen = environments.iter().find(|it| it.slug.as_str() == request.environment);
            request.components =
                chosen.map(|environment| self.components_of(environment)).unwrap_or_default();
        }
        request
    }

    /// Those of its components that the environment has.
    fn components_of(&self, environment: &Environment) -> Vec<ComponentRequest> {
        let find = |name: &String| {
            let mut all = environment.components.iter();
            all.find(|component| component.name == *name || component.key.0 == *name)
        };
        let known = self.components.iter().filter_map(|(name, state)| Some((find(name)?, state)));
        let request = known.map(|(component, state)| ComponentRequest {
            key: component.key.0.clone(),
            state: state.as_str().to_owned(),
        });
        request.collect()
    }
}

impl Site {
    /// Every template: those of the configuration, then those that were written in the console. If both know a slug,
    /// the configuration wins.
    pub(crate) async fn templates(&self) -> Result<Vec<Template>, Error> {
        let mut all = self.config.templates.clone();
        let added = self.store.list_templates().await.map_err(|error| self.store_error(error))?;
        for (slug, document) in added.into_iter().filter(|(slug, _)| !self.is_configured_template(slug)) {
            let kept = serde_json::from_str::<TemplateRequest>(&document);
            all.push(kept.map_err(|error| Error::Internal(Box::new(error)))?.read(slug)?);
        }
        Ok(all)
    }

    /// Whether a template is in the configuration.
    pub(crate) fn is_configured_template(&self, slug: &Slug) -> bool {
        self.config.templates.iter().any(|template| &template.slug == slug)
    }

    /// Adds a template, or makes the one of its slug like it.
    pub(crate) async fn save_template(
        &self,
        slug: Slug,
        request: &TemplateRequest,
        who: &Actor,
    ) -> Result<Template, Error> {
        self.check_template(&slug, who)?;
        let template = request.read(slug)?;
        let known = self.environments();
        if let Some(missing) =
            template.environments.iter().find(|slug| known.iter().all(|it| &it.slug != *slug))
        {
            let slugs: Vec<&str> = known.iter().map(|it| it.slug.as_str()).collect();
            return Err(vocabulary::unknown_word("environments", missing.as_str(), &slugs));
        }
        let deed =
            who.deed(self.config.clock.now(), "template.saved", template.slug.as_str(), &template.name);
        let document = serde_json::to_string(request).map_err(|error| Error::Internal(Box::new(error)))?;
        let saved = self.store.save_template(&template.slug, document, deed).await;
        saved.map(|()| template).map_err(|error| self.store_error(error))
    }

    /// Takes a template away. Incidents that were opened from it stay as they are.
    pub(crate) async fn remove_template(&self, slug: &Slug, who: &Actor) -> Result<(), Error> {
        self.check_template(slug, who)?;
        let deed = who.deed(self.config.clock.now(), "template.removed", slug.as_str(), "");
        self.store.remove_template(slug, deed).await.map_err(|error| match error {
            store::Error::NotFound => Error::NotFound { what: "template", name: slug.to_string() },
            other => self.store_error(other),
        })
    }

    fn check_template(&self, slug: &Slug, who: &Actor) -> Result<(), Error> {
        who.may(Action::Configure, Place::Everywhere)?;
        if self.is_configured_template(slug) {
            let message = format!("`name` belongs to `{slug}`, which is in the configuration");
            return Err(Error::invalid(message, "change it there, or choose another name"));
        }
        Ok(())
    }

    /// The template of that name or slug.
    async fn template(&self, text: &str) -> Result<Template, Error> {
        let (slug, all) = (Slug::from_name(text), self.templates().await?);
        if let Some(place) = all.iter().position(|template| Some(&template.slug) == slug.as_ref()) {
            return Ok(all[place].clone());
        }
        let slugs: Vec<&str> = all.iter().map(|known| known.slug.as_str()).collect();
        Err(match slugs.as_slice() {
            [] => Error::invalid(
                "`template` is given, and there is none",
                "write one in the console or into the configuration",
            ),
            slugs => vocabulary::unknown_word("template", text, slugs),
        })
    }

    /// The request with what its template knows.
    pub(crate) async fn filled(&self, mut request: OpenRequest) -> Result<OpenRequest, Error> {
        match request.template.take() {
            Some(name) => Ok(self.template(&name).await?.fill(request, &self.environments())),
            None => Ok(request),
        }
    }

    /// The same of an update: its text, where none is given, is that of the state which the incident then has.
    pub(crate) async fn filled_update(
        &self,
        mut request: UpdateRequest,
        incident: &Incident,
    ) -> Result<UpdateRequest, Error> {
        let Some(name) = request.template.take() else { return Ok(request) };
        let template = self.template(&name).await?;
        if request.body.trim().is_empty() {
            let state = request.state.as_deref().map_or(incident.state, State::parse);
            let text = template.text(state).ok_or_else(|| {
                let message = format!("`template` has no text for `{}`", state.as_str());
                Error::invalid(message, "give `body` a text, or `state` another state")
            })?;
            text.clone_into(&mut request.body);
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Component;

    fn environment(name: &str, components: &[&str]) -> Environment {
        Environment {
            slug: Slug::from_name(name).unwrap(),
            name: name.to_owned(),
            baseline: ComponentState::Unknown,
            components: components.iter().map(|key| Component::of_key(key)).collect(),
        }
    }

    fn slow_reads() -> Template {
        Template {
            name: "Slow reads".to_owned(),
            slug: Slug::from_name("Slow reads").unwrap(),
            title: Some("Reads are slow".to_owned()),
            kind: Kind::Incident,
            impact: Some(Impact::Minor),
            environments: vec![Slug::from_name("PROD2").unwrap()],
            components: vec![
                ("API".to_owned(), ComponentState::DegradedPerformance),
                ("Mail".to_owned(), ComponentState::PartialOutage),
            ],
            texts: vec![
                (State::Investigating, "We are looking.".to_owned()),
                (State::Identified, "We know why.".to_owned()),
            ],
        }
    }

    fn all() -> [Environment; 2] {
        [environment("PROD1", &["Mail"]), environment("PROD2", &["Core/API"])]
    }

    #[test]
    fn a_template_fills_in_what_is_left_open() {
        let filled = slow_reads().fill(OpenRequest::default(), &all());
        assert_eq!((filled.environment.as_str(), filled.title.as_str()), ("prod2", "Reads are slow"));
        assert_eq!(filled.body, "We are looking.");
        assert_eq!((filled.kind.as_deref(), filled.impact.as_deref()), (Some("incident"), Some("minor")));
        let components: Vec<(&str, &str)> =
            filled.components.iter().map(|one| (one.key.as_str(), one.state.as_str())).collect();
        assert_eq!(components, [("Core/API", "degraded_performance")], "mail is not in that environment");
    }

    #[test]
    fn what_was_said_stands() {
        let said = OpenRequest {
            environment: "prod1".to_owned(),
            title: "Search is slow".to_owned(),
            state: Some("identified".to_owned()),
            impact: Some("major".to_owned()),
            components: vec![ComponentRequest { key: "x".to_owned(), state: "operational".to_owned() }],
            ..OpenRequest::default()
        };
        let filled = slow_reads().fill(said, &all());
        assert_eq!((filled.environment.as_str(), filled.title.as_str()), ("prod1", "Search is slow"));
        assert_eq!((filled.impact.as_deref(), filled.body.as_str()), (Some("major"), "We know why."));
        assert_eq!(filled.components[0].key, "x");
    }
}
