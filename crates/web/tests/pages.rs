//! Every page with every sample: well formed, complete, inert and small.

#[path = "pages/document.rs"]
mod document;

use document::{Document, text_of};
use web::samples::gallery;
use web::samples::hostile::TEXTS;

/// Elements that a page may hold; what is not here came from somebody else.
const ELEMENTS: &str = "html head meta title link script body a svg g use symbol path circle rect line text header nav \
    main section article footer div span p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd b strong small em i s sub sup time table \
    thead tbody tr th td caption details summary form label input select option button fieldset legend textarea ins del \
    br hr code pre kbd dialog blockquote figure figcaption img";
/// Attributes that a page may hold.
const ATTRIBUTES: &str = "lang charset name content http-equiv rel type href src title id class role tabindex width height viewBox \
    preserveAspectRatio aria-hidden aria-label aria-labelledby aria-current aria-describedby aria-invalid focusable fill \
    stroke stroke-width stroke-linecap stroke-dasharray d x y x1 x2 y2 cx cy r rx datetime data-as data-ticks data-at \
    data-live data-events data-key data-filters data-theme-is data-words data-total alt hidden scope method action for value autocomplete spellcheck required \
    maxlength rows checked selected reversed start open data-again data-stream data-length data-node data-moves data-unit \
    data-log data-series data-passkey data-part data-sieves data-previews data-chooses data-value formaction accesskey \
    http-equiv target";

fn pages() -> Vec<(String, String)> {
    gallery::pictures().into_iter().map(|(name, page)| (name, page.expect("every sample renders"))).collect()
}

fn page(name: &str) -> String {
    let found = pages().into_iter().find(|(other, _)| other == name);
    found.unwrap_or_else(|| panic!("no sample is called `{name}`")).1
}

/// What must hold of any page, whoever filled it.
fn check(name: &str, html: &str) {
    let document = Document::parse(html).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    for element in &document.elements {
        assert!(ELEMENTS.split_whitespace().any(|it| it == element.name), "{name}: <{}>", element.name);
        for (attribute, value) in &element.attributes {
            assert!(ATTRIBUTES.split_whitespace().any(|it| it == attribute), "{name}: {}", element.source);
            assert!(!value.contains('<'), "{name}: {}", element.source);
        }
        check_addresses(name, element);
    }
    let of = |wanted: &str| document.elements.iter().filter(|element| element.name == wanted).count();
    // The watch over reads draws while one looks, and the console follows what one types; no other page needs a second
    // script, and the page for frames none.
    let follows = html.contains("id=\"keys\"");
    let scripts = match name {
        name if name.starts_with("reads") || follows => 2,
        name if name.starts_with("embed") => 0,
        _ => 1,
    };
    assert_eq!((of("h1"), of("main"), of("script")), (1, 1, scripts), "{name}: h1, main, script");
    check_references(name, &document);
    check_headings(name, &document);
}

fn check_addresses(name: &str, element: &document::Element) {
    for attribute in ["href", "src", "action", "formaction"] {
        let Some(address) = element.attribute(attribute) else { continue };
        let ours = (address.starts_with('/') && !address.starts_with("//") && !address.contains('\\'))
            || address.starts_with('#');
        let foreign = element.name == "a"
            && ["https://", "http://", "mailto:"].iter().any(|scheme| address.starts_with(scheme))
            && element.attribute("rel") == Some("noopener noreferrer nofollow external");
        assert!(ours || foreign, "{name}: {}", element.source);
        if matches!(element.name.as_str(), "script" | "link") && element.attribute("rel") != Some("alternate")
        {
            let known = web::assets::find(address).is_some() || address.starts_with("/assets/face.");
            assert!(known, "{name}: {}", element.source);
        }
    }
}

fn check_references(name: &str, document: &Document) {
    let ids: Vec<&str> = document.elements.iter().filter_map(|element| element.attribute("id")).collect();
    for (place, id) in ids.iter().enumerate() {
        assert!(!ids[..place].contains(id), "{name}: id `{id}` is doubled");
    }
    for element in &document.elements {
        for attribute in ["aria-labelledby", "aria-describedby", "for"] {
            let Some(wanted) = element.attribute(attribute) else { continue };
            assert!(ids.contains(&wanted), "{name}: nothing is called `{wanted}`");
        }
        let labelled = element.attribute("aria-label").is_some()
            || element.attribute("type") == Some("hidden")
            || document
                .elements
                .iter()
                .any(|it| it.name == "label" && it.attribute("for") == element.attribute("id"));
        let field = matches!(element.name.as_str(), "input" | "select" | "textarea");
        assert!(!field || labelled, "{name}: a field without a label: {}", element.source);
    }
}

fn check_headings(name: &str, document: &Document) {
    let mut before = 1;
    for element in &document.elements {
        let Some(level) = element.name.strip_prefix('h').and_then(|level| level.parse::<u8>().ok()) else {
            continue;
        };
        assert!(level <= before + 1, "{name}: h{level} after h{before}");
        before = level;
    }
}

#[test]
fn every_page_with_every_sample_is_well_formed_complete_and_keeps_to_our_own_addresses() {
    let pages = pages();
    assert!(pages.len() >= 30, "{} samples", pages.len());
    for (name, html) in &pages {
        check(name, html);
    }
}

#[test]
fn hostile_texts_stay_text_in_every_field_of_every_page() {
    assert!(TEXTS.len() >= 50);
    for text in TEXTS {
        for (name, page) in gallery::filled_with(text) {
            check(&format!("{name} filled with {text:?}"), &page.expect("hostile text renders"));
        }
    }
}

#[test]
fn the_page_of_the_seed_day_tells_all_three_clocks() {
    let text = text_of(&page("incident-seed"));
    for words in [
        "Fernwick experienced a minor incident on 14 December 2024 affecting Agent desk, Search and Workflows, lasting 1 hour 11 minutes (54 minutes by its page).",
        "by its page; felt for 1h 11m",
        "1m after publication",
        "It began 33 minutes before its page spoke of it. It ended 16 minutes before its page said so.",
        "Repeated at 17:38 UTC, word for word.",
        "published 58 days after resolution",
        "Ticket #4127 (internal) has the graphs.",
        "[Done] An alarm on waiting reads, at 200 ms",
        "All recorded changes (14)",
    ] {
        assert!(text.contains(words), "`{words}` in\n{text}");
    }
}

#[test]
fn edits_are_shown_word_by_word_and_withdrawn_updates_are_struck() {
    let html = page("incident-edited");
    assert!(html.contains("<del>may </del>see errors"), "{html}");
    assert!(html.contains("<ins>mail from 12:40 UTC on.</ins>"));
    let text = text_of(&html);
    for words in [
        "Edited 1 hour 58 minutes later",
        "Edited 20 hours 13 minutes later",
        "Withdrawn: no longer on its page",
    ] {
        assert!(text.contains(words), "`{words}` in\n{text}");
    }
    assert!(html.contains("class=\"dg gone\""));
}

#[test]
fn nothing_is_green_that_nobody_called_green() {
    let empty = text_of(&page("home-empty"));
    assert!(empty.contains("State unknown") && !empty.contains("perational"), "{empty}");
    assert!(empty.contains("nobody watched"));
    let failing = page("vendor-failing");
    assert!(failing.contains("We cannot see their page") && failing.contains("403 Forbidden"));
    assert!(!failing.contains("class=\"sign ok\""));
    let watched = text_of(&page("home-green"));
    assert!(watched.contains("All systems operational") && watched.contains("No incidents reported."));
    assert!(watched.contains("Not watched: nothing is known of this day."));
}

#[test]
fn the_list_of_vendors_stands_worst_first_and_filters() {
    let text = text_of(&page("vendors-6"));
    let place = |name: &str| text.find(name).unwrap_or_else(|| panic!("`{name}` in\n{text}"));
    let order =
        ["Tallis Cloud", "Bram & Söhne Telephony", "Osprey Maps", "Quillmail", "Fernwick", "Marlow Pay"];
    assert!(order.is_sorted_by_key(|name| place(name)));
    assert!(text_of(&page("vendors-none")).contains("No vendor matches."));
    assert!(page("vendors-none").contains("<option value=\"major_outage\" selected>"));
}

#[test]
fn pages_and_assets_stay_small() {
    let size = |name: &str| page(name).len();
    assert!(size("incident-seed") < 20_000, "{} bytes", size("incident-seed"));
    assert!(size("vendors-100") < 100_000, "{} bytes", size("vendors-100"));
    for (name, limit) in [
        ("app.css", 31_000),
        ("app.js", 12_000),
        ("history.css", 3_000),
        ("reads.css", 10_000),
        ("reads.js", 12_000),
        ("icon.svg", 1_000),
    ] {
        let asset = web::assets::find(web::assets::url(name)).expect("it is served");
        assert!(asset.bytes.len() < limit, "{name}: {} bytes", asset.bytes.len());
    }
}

#[test]
fn style_and_script_name_no_address_but_our_own() {
    for asset in web::assets::all() {
        let text = std::str::from_utf8(asset.bytes).expect("UTF-8");
        let addresses = text.replace("http://www.w3.org/2000/svg", "");
        for foreign in ["http:", "https:", "url(", "@import", "//cdn", "eval(", "innerHTML = "] {
            assert!(!addresses.contains(foreign), "{}: {foreign}", asset.name);
        }
    }
}

#[test]
fn the_words_of_pages_are_as_agreed() {
    for name in [
        "incident-seed",
        "incident-maintenance",
        "home-open",
        "vendor-failing",
        "console-refused",
        "error-503",
    ] {
        insta::assert_snapshot!(name, text_of(&page(name)));
    }
}

#[test]
fn the_page_of_a_stall_tells_it_without_a_script() {
    let html = page("reads-stall");
    let text = text_of(&html);
    for words in [
        "An operation locks readers out",
        "reads have stalled since 09:38:20: 412 waiting, oldest 30.0 s",
        "97 % sure",
        "hot read 30 s max 30 s",
        "keeps readers out for 3 min",
        "crm.conversations",
        "Reads stall",
    ] {
        assert!(text.contains(words), "`{words}` in\n{text}");
    }
    assert_eq!(html.matches("<figure").count(), 21);
    assert!(html.contains("class=\"band mo\""), "the incident is drawn over the lines");
    assert!(html.len() < 400_000, "{} bytes", html.len());
    let quiet = page("reads-quiet");
    assert!(!quiet.contains("class=\"band") && text_of(&quiet).contains("Reads flow"));
    let silent = text_of(&page("reads-silent"));
    assert!(silent.contains("Not heard of") && silent.contains("hello: connection refused"), "{silent}");
    assert!(text_of(&page("reads-all")).find("PROD1") < text_of(&page("reads-all")).find("PROD2"));
    insta::assert_snapshot!("reads-all", text_of(&page("reads-all")));
}
