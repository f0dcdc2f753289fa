//! What documents say, and in which shape.

use super::*;
use crate::samples::{at, now, slug, stories};
use domain::{Command, ComponentKey, Impact, State};

fn page() -> Page {
    Page {
        id: domain::id::of_name("page", ""),
        name: "Harbour".into(),
        url: "https://status.harbour.example".into(),
        time_zone: "Etc/UTC".into(),
    }
}

fn part(name: &str, group: Option<&str>, state: ComponentState) -> Part {
    Part {
        environment: slug("PROD2"),
        key: ComponentKey(slug(name).to_string()),
        name: name.to_owned(),
        group: group.map(str::to_owned),
        state,
        created_at: at("2025-01-01T00:00:00Z"),
        updated_at: at("2025-02-12T09:30:00Z"),
    }
}

fn document(document: &Document, parts: Vec<Part>, incidents: &[Incident]) -> Value {
    let overall = ComponentState::worst(parts.iter().map(|part| part.state));
    let input = Input { page: page(), parts, overall, incidents, updated_at: now() };
    render(document, &input).expect("a document")
}

fn parts() -> Vec<Part> {
    vec![
        part("Order intake", Some("Core"), ComponentState::PartialOutage),
        part("Website", None, ComponentState::Operational),
        part("Mail out", Some("Core"), ComponentState::Operational),
    ]
}

#[test]
fn a_summary_with_an_incident_and_a_maintenance_has_the_shape_of_statuspage() {
    let incidents = [stories::own_open().incident, stories::own_maintenance().incident];
    let summary = document(&Document::Summary, parts(), &incidents);
    insta::assert_snapshot!("summary", format!("{summary:#}"));
}

#[test]
fn a_resolved_incident_tells_its_postmortem_as_its_last_update() {
    let story = stories::own_open();
    let update = Command::Update {
        id: "u-last".into(),
        state: State::Resolved,
        body: "Over.".into(),
        components: Vec::new(),
        next_update_at: None,
    };
    let story = story.command("2025-02-12T10:00:00Z", "ines", update);
    let postmortem = Command::PublishPostmortem { body: "# A full disk".into() };
    let story = story.command("2025-02-13T10:00:00Z", "ines", postmortem);
    let id = story.incident.id.clone();
    let told = document(&Document::Incident(id), parts(), &[story.incident]);
    assert_eq!(told["status"], "postmortem");
    assert_eq!(told["resolved_at"], "2025-02-12T10:00:00.000Z");
    assert_eq!(told["incident_updates"][0]["body"], "# A full disk");
    assert_eq!(told["incident_updates"][0]["status"], "postmortem");
    assert_eq!(told["incident_updates"][1]["status"], "resolved");
    for component in told["incident_updates"][1]["affected_components"].as_array().expect("a list") {
        assert_eq!(component["new_status"], "operational", "{component}");
    }
}

#[test]
fn what_is_said_inside_or_taken_back_is_not_told() {
    let story = stories::own_open();
    let before = story.incident.updates.len();
    let story = story.command("2025-02-12T10:00:00Z", "ines", Command::Hide);
    let inside = Command::Update {
        id: "u-inside".into(),
        state: State::Identified,
        body: "It was Bob.".into(),
        components: Vec::new(),
        next_update_at: None,
    };
    let story = story.command("2025-02-12T10:05:00Z", "ines", inside);
    let id = story.incident.id.clone();
    let told = document(&Document::Incident(id), parts(), &[story.incident]);
    assert_eq!(told["incident_updates"].as_array().map(Vec::len), Some(before));
    assert!(!told.to_string().contains("Bob"));
}

#[test]
fn an_incident_without_a_grade_has_the_one_that_follows_from_its_components() {
    let mut incident = stories::own_open().incident;
    assert_eq!(
        document(&Document::Incidents, parts(), &[incident.clone()])["incidents"][0]["impact_override"],
        "major"
    );
    incident.impact = Impact::Unknown;
    let told = document(&Document::Incidents, parts(), &[incident.clone()]);
    assert_eq!(
        (&told["incidents"][0]["impact"], &told["incidents"][0]["impact_override"]),
        (&"major".into(), &Value::Null)
    );
    incident.components.clear();
    let told = document(&Document::Incidents, parts(), &[incident]);
    assert_eq!(told["incidents"][0]["impact"], "none");
    assert_eq!(told["incidents"][0]["incident_updates"][0]["affected_components"], Value::Null);
}

#[test]
fn the_headline_follows_the_worst() {
    use ComponentState as S;
    let headline = |states: &[S]| {
        let parts = states.iter().map(|state| part(state.as_str(), None, *state)).collect();
        let status = document(&Document::Status, parts, &[])["status"].clone();
        let text = |field: &str| status[field].as_str().unwrap_or_default().to_owned();
        format!("{}: {}", text("indicator"), text("description"))
    };
    assert_eq!(headline(&[S::Operational]), "none: All Systems Operational");
    assert_eq!(headline(&[S::Operational, S::UnderMaintenance]), "maintenance: Service Under Maintenance");
    assert_eq!(headline(&[S::DegradedPerformance]), "minor: Partially Degraded Service");
    assert_eq!(headline(&[S::PartialOutage, S::DegradedPerformance]), "major: Partial System Outage");
    assert_eq!(headline(&[S::MajorOutage, S::Operational]), "critical: Partial System Outage");
    assert_eq!(headline(&[S::MajorOutage]), "critical: Major Service Outage");
    assert_eq!(headline(&[S::Unknown, S::Operational]), "minor: Status Unknown");
    let nobody = document(&Document::Summary, vec![part("API", None, S::Unknown)], &[]);
    assert_eq!(nobody["components"][0]["status"], "degraded_performance");
    assert_eq!(
        (&nobody["components"][0]["state"], &nobody["status"]["state"]),
        (&"unknown".into(), &"unknown".into())
    );
}

#[test]
fn members_stand_behind_their_group_and_know_it() {
    let components = document(&Document::Components, parts(), &[])["components"].clone();
    let names: Vec<_> =
        components.as_array().expect("a list").iter().map(|component| &component["name"]).collect();
    assert_eq!(names, ["Core", "Order intake", "Mail out", "Website"]);
    assert_eq!(components[0]["status"], "partial_outage");
    assert_eq!(components[0]["components"][0], components[1]["id"]);
    assert_eq!(components[1]["group_id"], components[0]["id"]);
    assert_eq!(components[3]["group_id"], Value::Null);
    assert_eq!(components[3]["components"], Value::Null);
}
