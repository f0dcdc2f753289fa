//! Every page with every sample, by name: what the gallery writes and the tests check.

mod boards;
mod incidents;
mod reads;
mod vendors;

use super::now;
use crate::pages::{Look, Shell};
use crate::view::Voice;

/// A page by the name of its file, without extension.
pub type Picture = (String, Result<String, askama::Error>);

/// What is around the pages of the gallery.
pub fn shell(path: &str) -> Shell {
    Shell {
        site_name: "Larkspur Status".to_owned(),
        path: path.to_owned(),
        now: now(),
        seen_at: Some(super::at("2025-02-12T09:41:08Z")),
        version: "0.1.0".to_owned(),
        json_url: Some("/api/v1/status.json".to_owned()),
        atom_url: Some("/feed.atom".to_owned()),
        signed_in: false,
        voice: Voice::english(now()),
        look: Look::default(),
    }
}

/// Every page with every sample.
pub fn pictures() -> Vec<Picture> {
    let mut pictures = incidents::pictures();
    pictures.extend(vendors::pictures());
    pictures.extend(boards::pictures());
    pictures.extend(reads::pictures());
    pictures
}

/// The pages that print foreign text, filled with one text in every field.
pub fn filled_with(text: &str) -> Vec<Picture> {
    let mut pictures = incidents::filled_with(text);
    pictures.extend(vendors::filled_with(text));
    pictures.extend(boards::filled_with(text));
    pictures.extend(reads::filled_with(text));
    pictures
}

fn picture(name: &str, page: Result<String, askama::Error>) -> Picture {
    (name.to_owned(), page)
}
