//! What the team itself runs: environments and their components. Some are named in the configuration, others were
//! added in the console; both are the same to everything that reads them.
//!
//! Never says how a component stands.

use crate::component::ComponentState;
use crate::id::{ComponentKey, Slug};
use std::fmt;

/// Most components of an environment: a page that lists more is read by nobody.
pub const COMPONENTS: usize = 500;
/// Longest name, in bytes.
pub const NAME_LIMIT: usize = 100;

/// One of our environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Identifier in addresses and commands.
    pub slug: Slug,
    /// Display name.
    pub name: String,
    /// How its components stand while no incident says otherwise.
    pub baseline: ComponentState,
    /// Its components, in the order in which they are shown.
    pub components: Vec<Component>,
}

/// A component of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Key by which updates name it.
    pub key: ComponentKey,
    /// Display name.
    pub name: String,
    /// Name of the group it stands in.
    pub group: Option<String>,
}

impl Component {
    /// A component by its name and group, which make its key.
    pub fn named(name: &str, group: Option<&str>) -> Self {
        let key = match group {
            Some(group) => format!("{group}/{name}"),
            None => name.to_owned(),
        };
        Self { key: ComponentKey(key), name: name.to_owned(), group: group.map(str::to_owned) }
    }

    /// Reads a component back from its key: what stands before the first slash is its group.
    pub fn of_key(key: &str) -> Self {
        match key.split_once('/') {
            Some((group, name)) => Self::named(name.trim(), Some(group.trim())),
            None => Self::named(key.trim(), None),
        }
    }
}

/// Why an environment cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Its name is empty, too long, or has letters that do not show.
    Name,
    /// So is the name or the group of this component.
    Component(String),
    /// This component is listed twice.
    Twice(String),
    /// It has more components than can be shown.
    TooMany,
}

impl Environment {
    /// Whether it can be kept and read back as it is.
    pub fn check(&self) -> Result<(), Unfit> {
        if !is_name(&self.name) {
            return Err(Unfit::Name);
        }
        if self.components.len() > COMPONENTS {
            return Err(Unfit::TooMany);
        }
        for (place, component) in self.components.iter().enumerate() {
            let key = || component.key.0.clone();
            let named = is_name(&component.name) && component.group.as_deref().is_none_or(is_name);
            if !named || Component::of_key(&component.key.0) != *component {
                return Err(Unfit::Component(key()));
            }
            if self.components[..place].iter().any(|other| other.key == component.key) {
                return Err(Unfit::Twice(key()));
            }
        }
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= NAME_LIMIT && !text.chars().any(char::is_control)
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => write!(f, "`name` is empty, too long or has letters that do not show"),
            Self::Component(key) => write!(f, "`components` names `{key}`, which is no name"),
            Self::Twice(key) => write!(f, "`components` names `{key}` twice"),
            Self::TooMany => write!(f, "`components` has more than {COMPONENTS} names"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(keys: &[&str]) -> Environment {
        Environment {
            slug: Slug::from_name("PROD1").unwrap(),
            name: "PROD1".to_owned(),
            baseline: ComponentState::Unknown,
            components: keys.iter().map(|key| Component::of_key(key)).collect(),
        }
    }

    #[test]
    fn a_component_is_what_its_key_says() {
        let component = Component::of_key(" Core / API ");
        assert_eq!(component, Component::named("API", Some("Core")));
        assert_eq!(component.key.0, "Core/API");
        assert_eq!(Component::of_key("API"), Component::named("API", None));
    }

    #[test]
    fn only_what_can_be_read_back_is_kept() {
        assert_eq!(environment(&["API", "Core/API", "Web"]).check(), Ok(()));
        assert_eq!(environment(&["API", "API"]).check(), Err(Unfit::Twice("API".to_owned())));
        assert_eq!(environment(&["Core/"]).check(), Err(Unfit::Component("Core/".to_owned())));
        assert_eq!(environment(&["a\nb"]).check(), Err(Unfit::Component("a\nb".to_owned())));
        let mut slashed = environment(&[]);
        slashed.components.push(Component::named("in/out", None));
        assert_eq!(slashed.check(), Err(Unfit::Component("in/out".to_owned())));
        let nameless = Environment { name: " ".to_owned(), ..environment(&[]) };
        assert_eq!(nameless.check(), Err(Unfit::Name));
        let names: Vec<String> = (0..=COMPONENTS).map(|number| number.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(environment(&names).check(), Err(Unfit::TooMany));
    }
}
