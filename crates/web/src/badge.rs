//! Badges: how a page or one of its components stands, in a small picture for pages of others.
//!
//! A picture says nothing that the page does not, runs nothing and asks for nothing. Never says of something that
//! is not on the page, or of a page that is not for everybody, even that it exists: what is refused and what is
//! unknown get the same answer.

use crate::error::Error;
use crate::load::printed;
use crate::sight::Sight;
use crate::site::Site;
use crate::target::Target;
use askama::Template;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response, StatusCode};
use domain::{Component, ComponentState, Slug};

/// Longest name that is written out, in letters: a badge stands in a line of text.
const LETTERS: usize = 40;
/// Left and right of each text, in pixels.
const PAD: usize = 7;

/// The picture. Its texts are stretched to the widths that are reckoned here, since nobody knows which typeface
/// the reader has.
#[derive(Template)]
#[template(path = "badge.svg")]
struct Badge<'a> {
    label: &'a str,
    word: &'a str,
    colour: &'static str,
    pad: usize,
    left: usize,
    width: usize,
}

/// A badge that says how something of this name stands.
fn render(name: &str, word: &str, state: ComponentState) -> askama::Result<String> {
    let mut label: String = name.chars().take(LETTERS).collect();
    if label.len() < name.len() {
        label.push('…');
    }
    let left = width(&label) + 2 * PAD;
    let width = left + width(word) + 2 * PAD;
    Badge { label: &label, word, colour: colour(state), pad: PAD, left, width }.render()
}

/// About how wide a text is, in tenths that were measured of Verdana at 11 pixels.
fn width(text: &str) -> usize {
    let tenths = |letter: char| match letter {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | '\'' | '|' | ' ' => 40,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 105,
        'A'..='Z' => 78,
        _ if letter < '\u{1100}' => 68,
        _ => 115,
    };
    text.chars().map(tenths).sum::<usize>().div_ceil(10).max(1)
}

/// White letters on it are read by everybody: at least 4.5 to 1.
fn colour(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Operational => "#17724a",
        ComponentState::UnderMaintenance => "#2158a8",
        ComponentState::Unknown => "#55616d",
        ComponentState::DegradedPerformance => "#8a5200",
        ComponentState::PartialOutage => "#ad3c08",
        ComponentState::MajorOutage => "#a5182a",
    }
}

impl Sight {
    /// The badges that there are.
    pub(crate) fn badges(&self) -> Vec<Target> {
        let components = self.environments.iter().flat_map(|environment| &environment.components);
        let named = components.filter_map(slug_of).map(Target::ComponentBadge);
        [Target::Badge].into_iter().chain(named).collect()
    }

    /// Whether a component that is called so is seen.
    pub(crate) fn has_badge(&self, slug: &Slug) -> bool {
        let mut components = self.environments.iter().flat_map(|environment| &environment.components);
        components.any(|component| slug_of(component).as_ref() == Some(slug))
    }
}

/// What addresses call a component.
fn slug_of(component: &Component) -> Option<Slug> {
    Slug::from_name(&component.key.0)
}

impl Site {
    /// The badge of a page.
    pub(crate) async fn page_badge(&self, sight: &Sight) -> Result<String, Error> {
        let mut states = Vec::new();
        for environment in sight.environments.iter() {
            states.push(self.environment_state(sight, environment).await?.state);
        }
        let state = ComponentState::worst(states);
        printed(render(sight.page().name(), (sight.voice().words.component)(state), state))
    }

    /// The badge of a component; of all that are called so in several environments, the worst.
    pub(crate) async fn component_badge(&self, sight: &Sight, slug: &Slug) -> Result<String, Error> {
        let mut found: Option<(&str, ComponentState)> = None;
        for environment in sight.environments.iter() {
            let states = self.environment_state(sight, environment).await?.components;
            for (component, state) in environment.components.iter().zip(states) {
                if slug_of(component).as_ref() == Some(slug) {
                    let worst = found.map_or(state, |(_, worst)| worst.worse(state));
                    found = Some((&component.name, worst));
                }
            }
        }
        let target = || Target::ComponentBadge(slug.clone());
        let (name, state) = found.ok_or_else(|| Error::no_page(&target().path()))?;
        printed(render(name, (sight.voice().words.component)(state), state))
    }
}

/// Whether something is made to stand on pages of others: it is asked for by whoever reads those, who is told
/// nothing of what they may not see.
pub(crate) fn is_for_others(path: &str) -> bool {
    path == "/embed" || path.rsplit_once('.').is_some_and(|(_, kind)| kind == "svg")
}

/// The one answer where there is nothing to show, whatever the reason.
pub(crate) fn nothing() -> Response<Body> {
    let mut response = Response::new(Body::from("there is nothing here\n"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_stays_text_and_a_long_one_is_cut() {
        let picture = render("<script>\"&'", "Operational", ComponentState::Operational).expect("rendered");
        assert!(!picture.contains("<script>") && picture.contains("&#60;script&#62;"), "{picture}");
        let long = render(&"ß".repeat(500), "Unknown", ComponentState::Unknown).expect("rendered");
        assert!(long.len() < 1_500 && long.contains('…'), "{long}");
    }

    #[test]
    fn the_texts_fit_side_by_side() {
        let picture = render("API", "Major outage", ComponentState::MajorOutage).expect("rendered");
        assert!(picture.contains("aria-label=\"API: Major outage\""), "{picture}");
        assert!(width("Major outage") > width("API") && width("漢字") > width("ab"));
    }
}
