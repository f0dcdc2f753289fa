//! What is fetched of a page at every tick, what besides when it moved, and how it becomes one observation.

#![expect(clippy::disallowed_methods, reason = "a test reads its fixtures")]

use domain::component::ComponentState;
use domain::incident::State;
use domain::observation::overall;
use feeds::{Document, Limits, PageObservation, Timestamp, Url, by_name, merge};
use std::path::Path;

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

fn read(name: &str, at: Option<&str>) -> PageObservation {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/statuspage").join(name);
    let bytes = std::fs::read(path).expect("a fixture");
    read_bytes(&bytes, at)
}

fn read_bytes(bytes: &[u8], at: Option<&str>) -> PageObservation {
    let document = Document::read(bytes, at.map(url).as_ref(), &Limits::default());
    let format = by_name("statuspage").expect("the format");
    format.parse(&document, Timestamp::UNIX_EPOCH).expect("a page")
}

#[test]
fn statuspage_is_watched_by_its_summary_wherever_one_pointed() {
    let format = by_name("statuspage").expect("the format");
    let summary = url("https://status.acme.test/api/v2/summary.json");
    for base in
        ["", "/", "/history?page=2", "/incidents/x1", "/api/v2/incidents.json", "/api/v2/summary.json#x"]
    {
        assert_eq!(format.main(&url(&format!("https://status.acme.test{base}"))), summary, "{base}");
    }
    // A page behind a path, and a document that somebody keeps elsewhere.
    let behind = url("https://acme.test/s/api/v2/status.json");
    assert_eq!(format.main(&behind), url("https://acme.test/s/api/v2/summary.json"));
    let elsewhere = url("https://acme.test/backup/incidents.json");
    assert_eq!(format.main(&elsewhere), elsewhere);
}

#[test]
fn details_are_wanted_only_when_the_page_moved() {
    let format = by_name("statuspage").expect("the format");
    let base = url("https://status.tidewater.test/");
    let seen = read("summary.json", None);
    let wanted: Vec<_> = format.details(&base, None, &seen).iter().map(ToString::to_string).collect();
    let expected = [
        "https://status.tidewater.test/api/v2/incidents.json",
        "https://status.tidewater.test/api/v2/scheduled-maintenances.json",
    ];
    assert_eq!(wanted, expected);
    assert!(format.details(&base, seen.updated_at, &seen).is_empty());
    let earlier = "2026-03-02T14:10:05Z".parse().ok();
    assert_eq!(format.details(&base, earlier, &seen).len(), 2);
    let feed = by_name("atom").expect("the format");
    assert!(feed.details(&base, None, &seen).is_empty());
    assert_eq!(feed.main(&base), base);
}

#[test]
fn documents_of_one_page_become_one_observation() {
    let summary = read("summary.json", None);
    let mut fresher = read("summary.json", None).incidents;
    fresher.retain(|incident| incident.external_id == "i7berths0001");
    fresher[0].state = State::Monitoring;
    let history = read("incidents_with_postmortem.json", None);
    let incidents = PageObservation { incidents: [fresher, history.incidents.clone()].concat(), ..history };
    let maintenances = read("scheduled_maintenances.json", None);
    let page = merge(summary.clone(), vec![incidents.clone(), maintenances.clone()]);
    let ids: Vec<_> = page.incidents.iter().map(|incident| incident.external_id.as_str()).collect();
    assert_eq!(ids, ["i7berths0001", "m3website001", "fm2", "fm1", "f1latency000", "f0backfill00"]);
    assert_eq!(page.incidents[0].state, State::Monitoring);
    assert_eq!((page.name.as_str(), page.components.len()), ("Tidewater Cloud", summary.components.len()));
    assert_eq!(overall(&page), ComponentState::PartialOutage);
    assert!(page.complete);
    // One history alone does not say what is missing from the other.
    assert!(!merge(summary, vec![incidents]).complete);
}

#[test]
fn only_a_whole_history_is_complete() {
    let host = "https://status.ferrymen.test/api/v2";
    let at = |name: &str| format!("{host}/{name}");
    assert!(read("incidents_with_postmortem.json", None).complete);
    assert!(read("incidents_with_postmortem.json", Some(&at("incidents.json"))).complete);
    assert!(!read("incidents_with_postmortem.json", Some(&at("incidents/unresolved.json"))).complete);
    assert!(!read("scheduled_maintenances.json", Some(&at("scheduled-maintenances/upcoming.json"))).complete);
    assert!(read_bytes(br#"{"incidents":[]}"#, Some(&at("incidents.json"))).complete);
    assert!(!read_bytes(br#"{"incidents":[]}"#, None).complete);
    assert!(!read_bytes(br#"{"incidents":[7]}"#, Some(&at("incidents.json"))).complete);
    assert!(!read_bytes(br#"{"page":{},"incidents":[{"id":"a"},"#, Some(&at("incidents.json"))).complete);
    for selection in ["summary.json", "components.json", "webhook_incident.json", "bare_update.json"] {
        assert!(!read(selection, None).complete, "{selection}");
    }
}
