//! Pages of vendors: one by one, all at once, and their raw documents.

use super::{Picture, picture, shell_in};
use crate::pages::vendor::{self, ComponentRow};
use crate::pages::{raw, vendors};
use crate::samples::gallery::incidents::line;
use crate::samples::{at, histories, slug, stories};
use crate::view::line::IncidentLine;
use crate::view::link;
use domain::component::ComponentState;
use domain::source::Health;
use domain::uptime::History;
use domain::{IncidentId, Language, Slug};

pub(super) fn pictures(language: Language) -> Vec<Picture> {
    let all =
        |vendors: Vec<vendors::VendorLine>| vendors::Input { vendors, filter: vendors::Filter::default() };
    let mut narrowed = all(hundred());
    narrowed.filter =
        vendors::Filter { text: "zzz".into(), state: Some(ComponentState::MajorOutage), open_only: true };
    vec![
        picture("vendor-green", green(language)),
        picture("vendor-outage", outage(language)),
        picture("vendor-failing", failing(language)),
        picture("vendor-new", young(language)),
        picture("vendors-0", vendors::render(&shell_in(language, "/vendors"), &all(Vec::new()))),
        picture("vendors-6", vendors::render(&shell_in(language, "/vendors"), &all(six()))),
        picture("vendors-100", vendors::render(&shell_in(language, "/vendors"), &all(hundred()))),
        picture("vendors-none", vendors::render(&shell_in(language, "/vendors?q=zzz"), &narrowed)),
        picture(
            "raw",
            raw_page(language, "Fernwick", "https://status.fernwick.example/api/v2/incidents.json"),
        ),
    ]
}

pub(super) fn filled_with(text: &str) -> Vec<Picture> {
    let language = Language::English;
    let story = stories::filled_with(text);
    let slug = slug("Fernwick");
    let health = Health { last_error: Some(text.to_owned()), failures: 2, ..Health::default() };
    let warnings = [text.to_owned()];
    let history = histories::mixed();
    let mut input = page(&slug, text, &history, &health);
    input.page_url = text;
    input.format = text;
    input.unknown_since = Some(at("2025-02-12T09:00:00Z"));
    input.components = vec![row(text, Some(text), ComponentState::Operational, None)];
    input.open = vec![line(&story)];
    input.scheduled = vec![line(&story)];
    input.past = vec![line(&story)];
    input.warnings = &warnings;
    let mut listed = vendor_line(text, ComponentState::Unknown, None);
    listed.open = vec![(story.incident.id.clone(), text.to_owned())];
    let filter = vendors::Filter { text: text.to_owned(), ..Default::default() };
    vec![
        picture("vendor", vendor::render(&shell_in(language, "/vendors/fernwick"), &input)),
        picture(
            "vendors",
            vendors::render(
                &shell_in(language, "/vendors"),
                &vendors::Input { vendors: vec![listed], filter },
            ),
        ),
        picture("raw", raw_page(language, text, text)),
    ]
}

fn page<'a>(slug: &'a Slug, name: &'a str, history: &'a History, health: &'a Health) -> vendor::Input<'a> {
    vendor::Input {
        slug,
        name,
        page_url: "https://status.fernwick.example/",
        format: "Statuspage",
        state: ComponentState::Operational,
        state_since: Some(at("2025-02-04T09:25:00Z")),
        watched_since: at("2024-12-01T00:00:00Z"),
        health,
        unknown_since: None,
        next_look_at: Some(at("2025-02-12T09:42:08Z")),
        history,
        components: components(ComponentState::Operational),
        open: Vec::new(),
        scheduled: Vec::new(),
        past: past(),
        has_older: true,
        warnings: &[],
        raw_bodies: 214,
    }
}

fn healthy() -> Health {
    Health { last_ok_at: Some(at("2025-02-12T09:41:08Z")), ..Health::default() }
}

fn row(name: &str, group: Option<&str>, state: ComponentState, history: Option<History>) -> ComponentRow {
    ComponentRow { name: name.to_owned(), group: group.map(str::to_owned), state, history }
}

fn components(api: ComponentState) -> Vec<ComponentRow> {
    let quiet = || Some(histories::quiet());
    vec![
        row(
            "Public API",
            None,
            api,
            Some(if api.is_fault() { histories::broken_today() } else { histories::mixed() }),
        ),
        row(
            "Webhooks",
            None,
            if api.is_fault() { ComponentState::DegradedPerformance } else { api },
            quiet(),
        ),
        row("Agent desk", Some("PROD1"), ComponentState::Operational, Some(histories::mixed())),
        row("Search", Some("PROD1"), ComponentState::Operational, quiet()),
        row("Workflows", Some("PROD1"), ComponentState::Operational, Some(histories::young())),
        row("Agent desk", Some("PROD2"), ComponentState::Operational, quiet()),
        row("Search", Some("PROD2"), ComponentState::UnderMaintenance, quiet()),
    ]
}

fn past() -> Vec<IncidentLine> {
    [stories::withdrawn(), stories::edited(), stories::seed_day(), stories::merged()]
        .iter()
        .map(line)
        .collect()
}

fn green(language: Language) -> Result<String, askama::Error> {
    let (slug, history, health) = (slug("Fernwick"), histories::mixed(), healthy());
    let mut input = page(&slug, "Fernwick", &history, &health);
    input.components[6].state = ComponentState::Operational;
    vendor::render(&shell_in(language, &link::vendor(&slug)), &input)
}

fn outage(language: Language) -> Result<String, askama::Error> {
    let (slug, history, health) = (slug("Tallis Cloud"), histories::broken_today(), healthy());
    let warnings = ["component `edge-7`: state `wobbly` is not known; shown as unknown".to_owned()];
    let mut input = page(&slug, "Tallis Cloud", &history, &health);
    input.state = ComponentState::MajorOutage;
    input.state_since = Some(at("2025-02-12T08:52:00Z"));
    input.components = components(ComponentState::MajorOutage);
    input.open = vec![line(&stories::vendor_outage())];
    input.scheduled = vec![line(&stories::own_maintenance())];
    input.warnings = &warnings;
    vendor::render(&shell_in(language, &link::vendor(&slug)), &input)
}

fn failing(language: Language) -> Result<String, askama::Error> {
    let (slug, history) = (slug("Quillmail"), histories::mixed());
    let health = Health {
        last_ok_at: Some(at("2025-02-12T06:12:00Z")),
        failing_since: Some(at("2025-02-12T06:13:00Z")),
        failures: 11,
        last_error: Some(
            "the page answered 403 Forbidden with an HTML document where JSON was expected".to_owned(),
        ),
    };
    let mut input = page(&slug, "Quillmail", &history, &health);
    input.state = ComponentState::Unknown;
    input.unknown_since = health.last_ok_at;
    input.next_look_at = Some(at("2025-02-12T09:58:00Z"));
    for component in &mut input.components {
        component.state = ComponentState::Unknown;
    }
    vendor::render(&shell_in(language, &link::vendor(&slug)), &input)
}

fn young(language: Language) -> Result<String, askama::Error> {
    let (slug, history, health) = (slug("Marlow Pay"), histories::young(), healthy());
    let mut input = page(&slug, "Marlow Pay", &history, &health);
    input.components = Vec::new();
    input.past = Vec::new();
    input.has_older = false;
    input.raw_bodies = 1;
    vendor::render(&shell_in(language, &link::vendor(&slug)), &input)
}

fn vendor_line(name: &str, state: ComponentState, history: Option<History>) -> vendors::VendorLine {
    let unknown = state == ComponentState::Unknown;
    vendors::VendorLine {
        slug: Slug::from_name(name).unwrap_or_else(|| slug("nameless")),
        name: name.to_owned(),
        state,
        state_since: (!unknown).then(|| at("2025-02-12T08:52:00Z")),
        unknown_since: unknown.then(|| at("2025-02-12T06:12:00Z")),
        last_ok_at: Some(at("2025-02-12T09:41:08Z")),
        history,
        open: Vec::new(),
    }
}

fn six() -> Vec<vendors::VendorLine> {
    use ComponentState::{DegradedPerformance, MajorOutage, Operational, UnderMaintenance, Unknown};
    let mut lines = vec![
        vendor_line("Fernwick", Operational, Some(histories::mixed())),
        vendor_line("Tallis Cloud", MajorOutage, Some(histories::broken_today())),
        vendor_line("Quillmail", UnderMaintenance, Some(histories::quiet())),
        vendor_line("Marlow Pay", Operational, Some(histories::young())),
        vendor_line("Osprey Maps", Unknown, Some(histories::mixed())),
        vendor_line("Bram & Söhne Telephony", DegradedPerformance, None),
    ];
    let (outage, work) = (stories::vendor_outage().incident, stories::vendor_maintenance().incident);
    lines[1].open = vec![(outage.id, outage.title)];
    lines[2].open = vec![(work.id, work.title)];
    lines[5].open =
        (0..4).map(|n| (IncidentId::from_entropy(n), format!("Calls drop in area {n}"))).collect();
    lines[0].state_since = Some(at("2025-02-04T09:25:00Z"));
    lines[3].state_since = None;
    lines
}

fn hundred() -> Vec<vendors::VendorLine> {
    const FIRST: [&str; 10] =
        ["Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper"];
    const SECOND: [&str; 10] =
        ["Analytics", "Billing", "Cloud", "Desk", "Email", "Files", "Graph", "Hosting", "Identity", "Jobs"];
    let mut lines = six();
    let names = FIRST.iter().flat_map(|first| SECOND.iter().map(move |second| format!("{first} {second}")));
    for (number, name) in names.enumerate().skip(6) {
        let state = match number {
            17 => ComponentState::PartialOutage,
            33 | 34 => ComponentState::Unknown,
            _ => ComponentState::Operational,
        };
        let history = match number % 7 {
            0 => histories::mixed(),
            3 => histories::young(),
            _ => histories::quiet(),
        };
        let mut line = vendor_line(&name, state, Some(history));
        if state == ComponentState::Operational {
            line.state_since = Some(at("2025-01-30T01:20:00Z"));
        }
        lines.push(line);
    }
    lines
}

fn raw_page(language: Language, name: &str, url: &str) -> Result<String, askama::Error> {
    let before = "{\"page\":{\"name\":\"Fernwick\"},\"incidents\":[{\"id\":\"sd1\",\"status\":\"investigating\",\"impact\":\"minor\",\"name\":\"Slow loads\"}]}";
    let after = before.replace("investigating", "resolved").replace("Slow loads", name);
    let body = |letter: &str, first: &str, last: &str, size_bytes: u64| raw::Body {
        hash: letter.repeat(64),
        first_seen_at: at(first),
        last_seen_at: at(last),
        size_bytes,
    };
    let input = raw::Input {
        slug: &slug("Fernwick"),
        name,
        documents: vec![
            raw::Document {
                url: url.to_owned(),
                bodies: vec![
                    body("c", "2024-12-14T18:28:00Z", "2025-02-12T09:41:08Z", 41_200),
                    body("b", "2024-12-14T17:39:00Z", "2024-12-14T18:27:00Z", 40_812),
                    body("a", "2024-12-01T00:00:10Z", "2024-12-14T17:38:00Z", 980),
                ],
            },
            raw::Document {
                url: "https://status.fernwick.example/api/v2/components.json".to_owned(),
                bodies: vec![body("d", "2024-12-01T00:00:10Z", "2025-02-12T09:41:08Z", 1_250_000)],
            },
        ],
        comparison: Some(raw::Comparison {
            before_hash: "a".repeat(64),
            after_hash: "b".repeat(64),
            before: before.to_owned(),
            after,
        }),
        not_kept: name != "Fernwick",
    };
    raw::render(&shell_in(language, "/vendors/fernwick/raw"), &input)
}
