//! What can be chosen, and what was: environments, components, language and rhythm.
//!
//! A choice of everything is kept as no choice, so that it holds for what is added later.

use crate::error::Error;
use crate::language::Words;
use crate::page::Page;
use crate::pages::console::Typed;
use crate::pages::subscribe::{Choice, Choices};
use domain::{ComponentKey, Language, Slug};
use std::collections::BTreeSet;
use store::{Rhythm, Subscriber, SubscriberKind, Wishes};
use url::form_urlencoded;

/// Most fields of the form: every component of a large installation still fits.
const FIELDS: usize = 2_000;

/// The fields of a posted form, in order.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().take(FIELDS).collect())
    }

    /// The value of a field, empty if it was not posted.
    pub(super) fn value(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| name == field).map_or("", |(_, value)| value)
    }

    fn values(&self, field: &str) -> BTreeSet<&str> {
        self.0.iter().filter(|(name, _)| name == field).map(|(_, value)| value.as_str()).collect()
    }

    /// What was chosen of what there is. Names that are not ours say nothing.
    pub(super) fn wishes(&self, page: &Page, kind: SubscriberKind) -> Wishes {
        let (environments, components) = (self.values("environment"), self.values("component"));
        let language = Language::parse(self.value("language")).unwrap_or_default();
        let daily = kind == SubscriberKind::Email && self.value("rhythm") == Rhythm::Daily.as_str();
        Wishes {
            environments: some(all_environments(page), |slug| environments.contains(slug.as_str())),
            components: some(all_components(page), |key| components.contains(key.0.as_str())),
            language: language.tag().to_owned(),
            rhythm: if daily { Rhythm::Daily } else { Rhythm::Each },
        }
    }

    /// What was typed, with the reason why it was refused.
    pub(super) fn refused(self, error: &Error, words: &Words) -> Typed {
        let (message, hint) = (words.fault)(error);
        let sentence = crate::answer::sentence(&format!("{message}: {hint}"));
        let outside = error.outside();
        let field = outside.message.split('`').nth(1).filter(|field| matches!(*field, "target" | "kind"));
        Typed { values: self.0, errors: vec![(field.unwrap_or_default().to_owned(), sentence)] }
    }
}

/// Those that were chosen; where it is all of them, none.
fn some<T>(all: Vec<T>, chosen: impl Fn(&T) -> bool) -> Vec<T> {
    let count = all.len();
    let chosen: Vec<T> = all.into_iter().filter(chosen).collect();
    if chosen.len() == count { Vec::new() } else { chosen }
}

fn all_environments(page: &Page) -> Vec<Slug> {
    page.environments().iter().map(|environment| environment.slug.clone()).collect()
}

/// Each once, in the order of the page: environments may have components of the same key.
fn all_components(page: &Page) -> Vec<ComponentKey> {
    let mut keys: Vec<ComponentKey> = Vec::new();
    let environments = page.environments();
    for component in environments.iter().flat_map(|environment| &environment.components) {
        if !keys.contains(&component.key) {
            keys.push(component.key.clone());
        }
    }
    keys
}

/// What can be chosen on a page, with what this subscriber chose.
pub(super) fn offered(page: &Page, subscriber: Option<&Subscriber>) -> Choices {
    let environment =
        |slug: &Slug| subscriber.is_some_and(|subscriber| subscriber.environments.contains(slug));
    let component =
        |key: &ComponentKey| subscriber.is_some_and(|subscriber| subscriber.components.contains(key));
    let environments = page.environments();
    let named = |key: &ComponentKey| {
        let mut all = environments.iter().flat_map(|environment| &environment.components);
        all.find(|component| component.key == *key)
            .map_or_else(String::new, |component| component.name.clone())
    };
    Choices {
        environments: environments
            .iter()
            .map(|it| Choice {
                value: it.slug.to_string(),
                label: it.name.clone(),
                chosen: environment(&it.slug),
            })
            .collect(),
        components: all_components(page)
            .iter()
            .map(|key| Choice { value: key.0.clone(), label: named(key), chosen: component(key) })
            .collect(),
        language: match subscriber {
            Some(subscriber) => subscriber.language.clone(),
            None => page.config.language.tag().to_owned(),
        },
        daily: subscriber.is_some_and(|subscriber| subscriber.rhythm == Rhythm::Daily),
        rhythm: subscriber.is_none_or(|subscriber| subscriber.kind == SubscriberKind::Email),
    }
}
