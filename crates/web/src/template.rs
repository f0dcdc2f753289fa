//! What is known of an incident before it happens. A template only fills in what a request leaves open; from then on
//! nothing remembers that there was one, and the request is judged like any other.

use crate::api::request::{ComponentRequest, OpenRequest};
use crate::api::vocabulary;
use crate::error::Error;
use crate::site::Site;
use domain::{ComponentState, Environment, Impact, Kind, Slug, State};

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
    /// The template of that name or slug.
    pub(crate) fn template(&self, text: &str) -> Result<&Template, Error> {
        let slug = Slug::from_name(text);
        let found = self.config.templates.iter().find(|template| Some(&template.slug) == slug.as_ref());
        found.ok_or_else(|| {
            let slugs: Vec<&str> = self.config.templates.iter().map(|known| known.slug.as_str()).collect();
            match slugs.as_slice() {
                [] => Error::invalid(
                    "`template` is given, and there is none",
                    "write one into the configuration",
                ),
                slugs => vocabulary::unknown_word("template", text, slugs),
            }
        })
    }

    /// The request with what its template knows.
    pub(crate) fn filled(&self, mut request: OpenRequest) -> Result<OpenRequest, Error> {
        match request.template.take() {
            Some(name) => Ok(self.template(&name)?.fill(request, &self.environments())),
            None => Ok(request),
        }
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
