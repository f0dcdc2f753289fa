//! What the pages show, and when.

use super::*;
use domain::incident::State;
use domain::timeline::Event;
use domain::uptime;

const MAIN_INCIDENT: &str = "nw1214latenc";

#[test]
fn the_replay_has_its_instants() {
    assert_eq!(STARTS_AT, at("2024-12-14T17:25:00Z"));
    assert_eq!(LEAPS_AT, at("2024-12-14T18:35:00Z"));
    assert_eq!(RESUMES_AT, at("2025-02-10T16:08:00Z"));
}

#[test]
fn stories_are_sound() {
    let mut ids = HashSet::new();
    for (name, _, _) in MAIN {
        let story = site(name).story;
        let components = story.components.iter().flat_map(|group| [group].into_iter().chain(&group.children));
        let incidents = story.incidents.iter().map(|incident| &incident.id);
        for id in components.map(|component| &component.id).chain(incidents).chain([&story.id]) {
            assert_eq!(id.len(), 12, "{id}");
            assert!(ids.insert(id.clone()), "{id} twice");
        }
        for incident in &story.incidents {
            assert!(incident.updates.is_sorted_by(|a, b| a.at < b.at), "{}", incident.id);
            let known: HashSet<_> = story.leaves().map(|(_, component)| component.id.as_str()).collect();
            for update in &incident.updates {
                assert!(update.affected.keys().all(|id| known.contains(id.as_str())), "{}", incident.id);
                assert!(update.edits.iter().all(|edit| edit.at > update.at), "{}", incident.id);
            }
        }
    }
}

#[test]
fn northwind_lives_through_the_day() {
    let site = site("Northwind Desk");
    let unreported = (State::Unknown, 0, 0, 0);
    // State, updates after folding, repeats of the first, components named.
    for (now, indicator, expected) in [
        ("2024-12-14T17:32:59Z", ComponentState::Operational, unreported),
        ("2024-12-14T17:33:00Z", ComponentState::Operational, (State::Investigating, 1, 0, 0)),
        ("2024-12-14T17:38:00Z", ComponentState::DegradedPerformance, (State::Investigating, 1, 1, 2)),
        ("2024-12-14T18:04:00Z", ComponentState::DegradedPerformance, (State::Monitoring, 2, 1, 2)),
        ("2024-12-14T18:12:00Z", ComponentState::DegradedPerformance, (State::Monitoring, 2, 1, 2)),
        ("2024-12-14T18:27:00Z", ComponentState::Operational, (State::Resolved, 3, 1, 2)),
        ("2025-02-10T16:10:59Z", ComponentState::Operational, (State::Resolved, 3, 1, 2)),
        ("2025-02-10T16:11:00Z", ComponentState::Operational, (State::Postmortem, 3, 1, 2)),
    ] {
        let (_, summary) = look(&site, "/api/v2/summary.json", at(now));
        let (_, history) = look(&site, "/api/v2/incidents.json", at(now));
        assert_eq!(summary.indicator, Some(indicator), "{now}");
        let incident = incident(&history, MAIN_INCIDENT);
        let seen = incident.map_or(unreported, |incident| {
            let told = incident.updates.iter().filter(|update| update.state != State::Postmortem);
            let repeats = incident.updates[0].repeats.len();
            (incident.state, told.count(), repeats, incident.components.len())
        });
        assert_eq!(seen, expected, "{now}");
        let postmortem = incident.is_some_and(|incident| incident.postmortem.is_some());
        assert_eq!(postmortem, now == "2025-02-10T16:11:00Z", "{now}");
    }
}

#[test]
fn the_monitoring_update_is_edited_and_the_page_says_that_it_moved() {
    let site = site("Northwind Desk");
    let (_, before) = look(&site, "/api/v2/summary.json", at("2024-12-14T18:11:59Z"));
    let (_, after) = look(&site, "/api/v2/summary.json", at("2024-12-14T18:12:00Z"));
    let monitoring = |page| {
        let updates = &incident(page, MAIN_INCIDENT).expect("it is open").updates;
        updates.last().expect("an update").clone()
    };
    assert_eq!(monitoring(&before).external_id, monitoring(&after).external_id);
    assert_ne!(monitoring(&before).body, monitoring(&after).body);
    assert_eq!(monitoring(&before).edited_at, None);
    assert_eq!(monitoring(&after).edited_at, Some(at("2024-12-14T18:12:00Z")));
    assert_eq!(before.updated_at, Some(at("2024-12-14T18:04:00Z")));
    assert_eq!(after.updated_at, Some(at("2024-12-14T18:12:00Z")));
}

#[test]
fn stamps_carry_the_offset_of_their_season() {
    let document = site("Northwind Desk").document("/api/v2/incidents.json", LEAPS_AT).expect("a document");
    for stamp in ["2024-12-14T12:33:00.000-05:00", "2024-10-23T12:44:21.000-04:00"] {
        assert!(document.body.contains(stamp), "{stamp}");
    }
    let document = site("Lattice Cloud").document("/api/v2/summary.json", LEAPS_AT).expect("a document");
    assert!(document.body.contains("2024-12-14T16:00:00.000Z"));
}

#[test]
fn lattice_shows_work_under_way_work_to_come_and_a_long_incident() {
    let site = site("Lattice Cloud");
    let (_, page) = look(&site, "/api/v2/summary.json", STARTS_AT);
    let states: Vec<_> = page.incidents.iter().map(|incident| incident.state).collect();
    assert!(states.contains(&State::InProgress) && states.contains(&State::Scheduled), "{states:?}");
    let cable = incident(&page, "lt1112region").expect("it is open");
    assert!(STARTS_AT.duration_since(cable.published_at).as_hours() > 30 * 24);
    let (_, later) = look(&site, "/api/v2/summary.json", RESUMES_AT);
    assert!(incident(&later, "lt1112region").is_some());
}

#[test]
fn every_document_is_understood_as_what_it_is_meant_for() {
    let quiet: [&str; 0] = [];
    let lists_only = ["the document lists incidents only, so the state of the page is unknown"];
    for (name, path, format) in MAIN {
        let site = site(name);
        let is_feed = site.vendor.feed.is_some();
        let api = ["/api/v2/status.json", "/api/v2/components.json"].map(|path| (path, quiet.as_slice()));
        let lists = [
            "/api/v2/incidents.json",
            "/api/v2/incidents/unresolved.json",
            "/api/v2/scheduled-maintenances.json",
            "/api/v2/scheduled-maintenances/upcoming.json",
            "/api/v2/scheduled-maintenances/active.json",
        ]
        .map(|path| (path, lists_only.as_slice()));
        let main = (path, if is_feed { lists_only.as_slice() } else { &quiet });
        let others = api.into_iter().chain(lists).filter(|_| !is_feed);
        for (path, warnings) in [main].into_iter().chain(others) {
            for now in [STARTS_AT, at("2024-12-14T18:05:00Z"), LEAPS_AT, at("2025-02-10T16:12:00Z")] {
                let (recognised, page) = look(&site, path, now);
                assert_eq!(recognised, format, "{path} of {name} at {now}");
                assert_eq!(page.warnings, warnings, "{path} of {name} at {now}");
            }
        }
    }
}

#[test]
fn every_incident_of_a_feed_is_found_in_its_state() {
    for (name, path, _) in MAIN.into_iter().filter(|(_, path, _)| !path.contains("/api/")) {
        let site = site(name);
        for now in [STARTS_AT, LEAPS_AT, RESUMES_AT] {
            let (_, page) = look(&site, path, now);
            let shown = site.story.shown(now);
            assert_eq!(page.incidents.len(), shown.len(), "{name} at {now}");
            for shown in shown {
                let title = &shown.incident.name;
                let seen = page.incidents.iter().find(|seen| seen.title == *title).expect(title);
                assert_eq!(seen.state.as_str(), shown.last().status, "{title} at {now}");
                assert_eq!(seen.published_at, shown.first().at, "{title} at {now}");
                assert_eq!(seen.updates.len(), shown.updates.len(), "{title} at {now}");
            }
        }
    }
}

#[test]
fn watching_every_minute_gives_the_story_its_timeline() {
    let site = site("Northwind Desk");
    let vendor = Slug::from_name(&site.story.name).expect("a slug");
    let id = domain::IncidentId::of_vendor(&vendor, MAIN_INCIDENT);
    let mut known: Option<domain::Incident> = None;
    let mut kinds = Vec::new();
    let minutes = |from: Timestamp, count: i64| {
        (0..count).map(move |minute| from + jiff::SignedDuration::from_mins(minute))
    };
    for now in minutes(STARTS_AT, 70).chain(minutes(RESUMES_AT, 10)) {
        let (_, page) = look(&site, "/api/v2/incidents.json", now);
        let Some(seen) = incident(&page, MAIN_INCIDENT) else { continue };
        let input = Input::Seen { vendor: vendor.clone(), incident: Box::new(seen.clone()), complete: true };
        let decision = domain::decide(&id, known.as_ref(), &input, now).expect("a decision");
        kinds.extend(decision.entries.iter().map(|entry| (entry.seen_at, entry.event.kind())));
        known = Some(decision.next);
    }
    let told = |kind| kinds.iter().filter(move |(_, told)| *told == kind).map(|(at, _)| at.to_string());
    let times = |kind| told(kind).collect::<Vec<_>>();
    assert_eq!(times("opened"), ["2024-12-14T17:33:00Z"]);
    assert_eq!(times("update_repeated"), ["2024-12-14T17:38:00Z"]);
    assert_eq!(times("update_edited"), ["2024-12-14T18:12:00Z"]);
    assert_eq!(times("postmortem_published"), ["2025-02-10T16:11:00Z"]);
    assert_eq!(times("update_withdrawn"), [""; 0]);
    let incident = known.expect("it was seen");
    assert_eq!(incident.clocks.published_at, at("2024-12-14T17:33:00Z"));
    assert_eq!(incident.clocks.resolved_at, Some(at("2024-12-14T18:27:00Z")));
    assert_eq!(incident.components.len(), 2);
}

#[test]
fn bars_of_ninety_days_are_alive() {
    for (name, colours, faulty_days) in
        [("Northwind Desk", 4, 8), ("Lattice Cloud", 4, 30), ("Tidewater SMS", 3, 4)]
    {
        let site = site(name);
        let days = bars(&site, LEAPS_AT).days;
        let states: HashSet<_> = days.iter().map(|day| day.state).collect();
        let faulty = days.iter().filter(|day| day.state.is_fault()).count();
        assert!(states.len() >= colours, "{name}: {states:?}");
        assert!(faulty >= faulty_days, "{name}: {faulty} of {} days", days.len());
        assert!(faulty <= days.len() / 2, "{name}: {faulty} of {} days", days.len());
    }
}

/// The history of a vendor as Watchkeeper would draw it after one look.
fn bars(site: &Site, now: Timestamp) -> uptime::History {
    let vendor = Slug::from_name(&site.story.name).expect("a slug");
    let mut windows = Vec::new();
    for path in ["/api/v2/incidents.json", "/api/v2/scheduled-maintenances.json"] {
        for seen in look(site, path, now).1.incidents {
            let id = domain::IncidentId::of_vendor(&vendor, &seen.external_id);
            let input = Input::Seen { vendor: vendor.clone(), incident: Box::new(seen), complete: true };
            let decision = domain::decide(&id, None, &input, now).expect("a decision");
            assert!(decision.entries.iter().any(|entry| matches!(entry.event, Event::Opened { .. })));
            windows.extend(decision.next.components.into_iter().flat_map(|component| component.windows));
        }
    }
    uptime::history(&windows, at("2024-09-15T00:00:00Z"), now, 90)
}
