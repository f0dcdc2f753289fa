//! Names that people type, found among those that a running server knows: environments and components.
//!
//! A name that is none of them is told with the nearest, or with all. This never guesses.

use super::server::Server;
use super::{Failure, terminal};
use anyhow::{Context as _, anyhow};
use domain::{Component, Slug};
use serde::Deserialize;

/// An environment as the server lists it.
#[derive(Debug, Deserialize)]
pub(super) struct Environment {
    pub(super) slug: String,
    pub(super) name: String,
    /// How its components stand while no incident says otherwise.
    pub(super) baseline: String,
    /// Whether it is changed in the configuration only.
    pub(super) configured: bool,
    /// Keys of its components.
    pub(super) components: Vec<String>,
}

#[derive(Deserialize)]
struct Environments {
    environments: Vec<Environment>,
}

/// Every environment that the token may see, whichever pages show it.
pub(super) async fn environments(server: &Server) -> Result<Vec<Environment>, Failure> {
    let answer = server.get("/api/v1/settings/environments").await?;
    let known: Environments = serde_json::from_slice(&answer).context("the answer names no environments")?;
    Ok(known.environments)
}

/// The environment that people call so.
pub(super) async fn environment(server: &Server, name: &str) -> Result<Environment, Failure> {
    choose_environment(environments(server).await?, name).map_err(Failure::NotUnderstood)
}

fn choose_environment(mut known: Vec<Environment>, name: &str) -> anyhow::Result<Environment> {
    let names = known.iter().map(|environment| (environment.slug.as_str(), environment.name.as_str()));
    let place = find("environment", name, &names.collect::<Vec<_>>())?;
    Ok(known.swap_remove(place))
}

impl Environment {
    /// The key of the component that people call so.
    pub(super) fn component(&self, name: &str) -> Result<&str, Failure> {
        let parts: Vec<Component> = self.components.iter().map(|key| Component::of_key(key)).collect();
        let names = self.components.iter().zip(&parts).map(|(key, part)| (key.as_str(), part.name.as_str()));
        let what = format!("component of {}", terminal::plain(&self.name));
        let place = find(&what, name, &names.collect::<Vec<_>>()).map_err(Failure::NotUnderstood)?;
        Ok(&self.components[place])
    }
}

/// The place of a name among pairs of key and name.
fn find(what: &str, name: &str, known: &[(&str, &str)]) -> anyhow::Result<usize> {
    let slug = Slug::from_name(name).map(|slug| slug.to_string());
    let same = |(key, shown): &(&str, &str)| {
        *key == name || slug.as_deref() == Some(*key) || shown.eq_ignore_ascii_case(name.trim())
    };
    if let Some(place) = known.iter().position(same) {
        return Ok(place);
    }
    let words = known.iter().flat_map(|(key, shown)| [*key, *shown]);
    let hint = match web::spelling::nearest(name, words) {
        Some(word) => format!("did you mean `{}`?", terminal::plain(word)),
        None if known.is_empty() => "there is none".to_owned(),
        None => {
            let names: Vec<String> = known.iter().map(|(_, shown)| terminal::plain(shown)).collect();
            format!("there is {}", names.join(", "))
        }
    };
    Err(anyhow!("there is no {what} `{}`; {hint}", terminal::plain(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<Environment> {
        let environment = |slug: &str, name: &str| Environment {
            slug: slug.into(),
            name: name.into(),
            baseline: "operational".into(),
            configured: true,
            components: vec!["Desk/Agent desk".into(), "api".into()],
        };
        vec![environment("prod-1", "PROD 1"), environment("prod-2", "PROD 2")]
    }

    #[test]
    fn an_environment_is_found_by_its_name_or_its_slug_and_a_wrong_one_is_told_with_the_right_ones() {
        let slug = |name: &str| choose_environment(known(), name).map(|environment| environment.slug);
        assert_eq!(slug("PROD 1").ok().as_deref(), Some("prod-1"));
        assert_eq!(slug("prod-2").ok().as_deref(), Some("prod-2"));
        let told = |name: &str| slug(name).expect_err("not there").to_string();
        assert_eq!(told("staging"), "there is no environment `staging`; there is PROD 1, PROD 2");
        assert_eq!(told("prd-1"), "there is no environment `prd-1`; did you mean `prod-1`?");
    }

    #[test]
    fn a_component_is_found_in_its_environment() {
        let known = known().remove(0);
        assert!(matches!(known.component("agent desk"), Ok("Desk/Agent desk")));
        assert!(matches!(known.component("api"), Ok("api")));
        let Err(Failure::NotUnderstood(error)) = known.component("apy") else { panic!("not there") };
        assert_eq!(error.to_string(), "there is no component of PROD 1 `apy`; did you mean `api`?");
    }
}
