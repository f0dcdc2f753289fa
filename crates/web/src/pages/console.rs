//! Where operators work: plain forms, posted as `application/x-www-form-urlencoded`, that the server
//! turns into [`domain::Command`]s. Every form carries a hidden field `csrf`.
//!
//! Instants are typed in UTC into fields of type `datetime-local`: `2024-12-14T17:33`, seconds optional,
//! empty for none.

pub mod audit;
pub mod board;
pub mod components;
pub mod deliveries;
pub mod evidence;
pub(crate) mod form;
pub mod held;
pub mod maintenances;
pub mod manage;
pub(crate) mod panels;
pub mod preview;
pub mod promises;
pub mod sign_in;
pub mod subscribers;

use domain::component::ComponentState;
use domain::{ComponentKey, Slug};

/// An environment that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentChoice {
    /// Value of the field `environment`.
    pub slug: Slug,
    /// Display name.
    pub name: String,
    /// Its components.
    pub components: Vec<ComponentChoice>,
}

/// A component whose state can be set. The field is called `component.<key>`; its value is a word of
/// [`ComponentState`], or empty where the update says nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentChoice {
    /// Key, the last part of the field's name.
    pub key: ComponentKey,
    /// Display name.
    pub name: String,
    /// State at the moment.
    pub state: ComponentState,
}

/// What somebody typed, handed back with the reasons why it was refused: names of fields and values as
/// they came. Empty for a fresh form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// Fields as they were posted.
    pub values: Vec<(String, String)>,
    /// Field and sentence; a field called `""` stands for the form as a whole.
    pub errors: Vec<(String, String)>,
}

impl Typed {
    /// The value of a field, empty if it was not posted.
    pub fn value(&self, field: &str) -> &str {
        self.values.iter().find(|(name, _)| name == field).map_or("", |(_, value)| value.as_str())
    }

    /// The first error of a field.
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|(name, _)| name == field).map(|(_, sentence)| sentence.as_str())
    }
}
