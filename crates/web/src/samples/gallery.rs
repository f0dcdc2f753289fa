//! Every page with every sample, by name: what the gallery writes and the tests check.

mod boards;
mod console;
mod doors;
mod incidents;
mod queries;
mod reads;
mod vendors;

use super::now;
use crate::colour::Colour;
use crate::face::{self, Face};
use crate::language::Words;
use crate::pages::{Look, Shell};
use crate::view::Voice;
use domain::Language;

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
        look: Look { subscribe: true, ..Look::default() },
    }
}

/// The same around a page in another language.
fn shell_in(language: Language, path: &str) -> Shell {
    let voice = Voice { words: Words::of(language), ..Voice::english(now()) };
    Shell { voice, ..shell(path) }
}

/// A colour, and a logo for the light and the dark page.
pub fn face() -> Face {
    let logo = |ink: &str| {
        let picture = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 132 32\"><circle cx=\"16\" cy=\"16\" r=\"12\" \
             fill=\"#0b5fff\"/><text x=\"36\" y=\"22\" font-size=\"18\" font-family=\"sans-serif\" fill=\"{ink}\">Larkspur</text></svg>"
        );
        face::Picture::read(picture.as_bytes())
    };
    Face {
        accent: Colour::parse("#0b5fff"),
        accent_dark: None,
        logo: logo("#17212b"),
        logo_dark: logo("#e4e9ec"),
    }
}

/// Every page with every sample.
pub fn pictures() -> Vec<Picture> {
    let mut pictures = public(Language::English);
    pictures.extend(boards::pictures());
    pictures.extend(console::pictures());
    pictures.extend(reads::pictures());
    pictures.extend(queries::pictures());
    let german = public(Language::German).into_iter();
    pictures.extend(german.map(|(name, page)| (format!("{name}.de"), page)));
    pictures
}

/// Every page that is for readers, in one language.
pub(crate) fn public(language: Language) -> Vec<Picture> {
    let mut pictures = boards::public(language);
    pictures.extend(incidents::pictures(language));
    pictures.extend(vendors::pictures(language));
    pictures.extend(doors::pictures(language));
    pictures
}

/// The pages that print foreign text, filled with one text in every field.
pub fn filled_with(text: &str) -> Vec<Picture> {
    let mut pictures = incidents::filled_with(text);
    pictures.extend(vendors::filled_with(text));
    pictures.extend(boards::filled_with(text));
    pictures.extend(doors::filled_with(text));
    pictures.extend(console::filled_with(text));
    pictures.extend(reads::filled_with(text));
    pictures.extend(queries::filled_with(text));
    pictures
}

fn picture(name: &str, page: Result<String, askama::Error>) -> Picture {
    (name.to_owned(), page)
}
