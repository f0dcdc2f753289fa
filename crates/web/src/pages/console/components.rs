//! How components stand, environment by environment, and one form that takes new states to the form of a new incident.
//! Asked for at [`link::CONSOLE`] with the fields `component.<environment>.<key>` and, by the button, `environment`.

use super::form::{self, Field, Input as FieldInput};
use super::{ComponentChoice, EnvironmentChoice};
use crate::pages::{Frame, Section, Shell};
use crate::view::link;
use askama::Template;
use domain::{ComponentKey, Slug};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input {
    /// Environments with their components, as they stand.
    pub environments: Vec<EnvironmentChoice>,
    /// What is open: its environment, its title, and where it is managed.
    pub open: Vec<(Slug, String, String)>,
}

#[derive(Template)]
#[template(path = "pages/console/components.html")]
struct Page<'a> {
    frame: Frame<'a>,
    environments: &'a [EnvironmentChoice],
    /// What is open in each of them.
    open: Vec<Vec<&'a (Slug, String, String)>>,
    /// Name of each component, and its field in each environment that has it.
    rows: Vec<(&'a str, Vec<Option<Field>>)>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let of = |it: &EnvironmentChoice| input.open.iter().filter(|(slug, ..)| *slug == it.slug).collect();
    Page {
        frame: Frame::new(shell, Section::Console, "Components").still(),
        environments: &input.environments,
        open: input.environments.iter().map(of).collect(),
        rows: rows(&input.environments),
    }
    .render()
}

/// Components of one key stand in one row, in the order in which they are first named.
fn rows(environments: &[EnvironmentChoice]) -> Vec<(&str, Vec<Option<Field>>)> {
    let mut known: Vec<(&ComponentKey, &str)> = Vec::new();
    for component in environments.iter().flat_map(|environment| &environment.components) {
        if known.iter().all(|(key, _)| *key != &component.key) {
            known.push((&component.key, &component.name));
        }
    }
    let in_one = |environment: &EnvironmentChoice, key: &ComponentKey| {
        let found = environment.components.iter().find(|component| component.key == *key);
        found.map(|component| cell(environment, component))
    };
    let fields =
        |key: &ComponentKey| environments.iter().map(|environment| in_one(environment, key)).collect();
    known.into_iter().map(|(key, name)| (name, fields(key))).collect()
}

fn cell(environment: &EnvironmentChoice, component: &ComponentChoice) -> Field {
    let name = format!("component.{}.{}", environment.slug, component.key);
    let label = format!("{} of {}", component.name, environment.name);
    Field::choice(&name, &label, form::component_states(component))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ComponentState;

    #[test]
    fn a_component_that_an_environment_does_not_have_has_no_field_there() {
        let environment = |name: &str, keys: &[&str]| EnvironmentChoice {
            slug: Slug::from_name(name).unwrap(),
            name: name.to_owned(),
            components: keys
                .iter()
                .map(|key| ComponentChoice {
                    key: ComponentKey((*key).to_owned()),
                    name: key.to_uppercase(),
                    state: ComponentState::Operational,
                })
                .collect(),
        };
        let environments = [environment("PROD1", &["api", "web"]), environment("PROD2", &["mail", "api"])];
        let rows = rows(&environments);
        let fields: Vec<(&str, Vec<Option<&str>>)> = rows
            .iter()
            .map(|(name, cells)| {
                (*name, cells.iter().map(|cell| cell.as_ref().map(|field| field.name.as_str())).collect())
            })
            .collect();
        let expected = [
            ("API", vec![Some("component.prod1.api"), Some("component.prod2.api")]),
            ("WEB", vec![Some("component.prod1.web"), None]),
            ("MAIL", vec![None, Some("component.prod2.mail")]),
        ];
        assert_eq!(fields, expected);
    }
}
