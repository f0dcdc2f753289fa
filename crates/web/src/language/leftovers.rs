//! Every page for readers in German, searched for what only English says.

use super::Words;
use crate::samples::gallery;
use domain::{ComponentState, Impact, Language, State};
use std::collections::HashSet;

/// Words that stand alone: shorter ones are part of too much that people write.
const PHRASE: usize = 3;

/// Everything that a language says, without what is put into it.
fn said(language: Language) -> HashSet<String> {
    let words = Words::of(language);
    let labels = ComponentState::ALL.into_iter().flat_map(|it| [(words.component)(it), (words.headline)(it)]);
    let labels = labels.chain(State::ALL.iter().map(|it| (words.state_of)(*it)));
    let labels = labels.chain(Impact::ALL.iter().map(|it| (words.impact)(*it)));
    let sentences =
        words.sentences().into_iter().filter(|(name, _)| !matches!(*name, "units" | "tag" | "locale"));
    let all = sentences.map(|(_, sentence)| sentence).chain(labels).chain(words.months);
    let pieces = all.flat_map(|sentence| sentence.split(['{', '}']).step_by(2));
    pieces.map(|piece| piece.trim_matches([' ', '.', ',', ':', ';', '(', ')']).to_owned()).collect()
}

/// What a page shows: its texts, and the attributes that are read aloud or shown.
fn shown(html: &str) -> Vec<String> {
    let mut shown = Vec::new();
    let mut written = None;
    for piece in html.split('<').skip(1) {
        let Some((tag, text)) = piece.split_once('>') else { continue };
        // What people wrote stays as they wrote it.
        written = match written {
            None if tag.starts_with("div class=\"prose") => Some("/div"),
            None if tag == "p class=\"diff\"" => Some("/p"),
            Some(end) if tag == end => None,
            other => other,
        };
        if written.is_some() {
            continue;
        }
        shown.push(text.trim().to_owned());
        for attribute in ["aria-label=\"", "title=\"", "content=\""] {
            let value = tag.split_once(attribute).and_then(|(_, rest)| rest.split_once('"'));
            shown.extend(value.map(|(value, _)| value.to_owned()));
        }
    }
    shown
}

/// The English in a page that should be German.
fn leftovers(html: &str) -> Vec<String> {
    let german = said(Language::German);
    let english =
        said(Language::English).into_iter().filter(|piece| !piece.is_empty() && !german.contains(piece));
    let shown = shown(html);
    let is_left = |piece: &String| {
        let is_phrase = piece.split(' ').count() >= PHRASE;
        shown.iter().any(|text| text == piece || is_phrase && text.contains(piece.as_str()))
    };
    english.filter(is_left).collect()
}

#[test]
fn no_page_in_german_says_anything_in_english() {
    let pages = gallery::public(Language::German);
    assert!(pages.len() >= 40, "{} pages", pages.len());
    let mut left = Vec::new();
    for (name, page) in pages {
        let html = page.expect("every sample renders");
        assert!(html.contains("<html lang=\"de\""), "{name}");
        left.extend(leftovers(&html).into_iter().map(|piece| format!("{name}: {piece}")));
    }
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn english_in_a_page_is_found() {
    for (name, page) in gallery::public(Language::English) {
        assert!(leftovers(&page.expect("every sample renders")).len() > 1, "{name}");
    }
    assert_eq!(leftovers("<p aria-label=\"Pages\">Speichern"), ["Pages"]);
}
