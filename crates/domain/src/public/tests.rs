use super::*;
use crate::decide::{Command, Input, decide};
use crate::incident::{Impact, Kind, State};
use crate::observation::ComponentChange;
use crate::{ComponentState, Slug, Timestamp};

const SECRET: &str = "Zwiebelfisch";

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + minute * 60).expect("in range")
}

fn change(key: &str) -> ComponentChange {
    ComponentChange { key: ComponentKey(key.into()), name: key.into(), to: ComponentState::PartialOutage }
}

/// An incident that was opened inside, talked about, and published.
fn published() -> (Incident, Vec<Entry>) {
    let id = IncidentId::from_entropy(1);
    let commands = [
        Command::Open {
            environment: Slug::parse("prod1").expect("a slug"),
            kind: Kind::Incident,
            title: format!("{SECRET} in the pool"),
            impact: Impact::Major,
            state: State::Investigating,
            update: ("inside".into(), format!("{SECRET} said inside")),
            components: vec![change("api")],
            schedule: None,
            began_at: None,
            visibility: Visibility::Internal,
            next_update_at: None,
        },
        Command::Note { body: format!("{SECRET} noted") },
        Command::Retitle { title: "Orders are slow".into() },
        Command::Publish { update: ("first".into(), "We are looking.".into()), next_update_at: Some(at(60)) },
        Command::Note { body: format!("{SECRET} noted again") },
        Command::Update {
            id: "second".into(),
            state: State::Identified,
            body: "Found.".into(),
            components: vec![change("hidden")],
            next_update_at: None,
        },
        Command::EditUpdate { id: "inside".into(), body: format!("{SECRET} edited") },
    ];
    let (mut incident, mut timeline) = (None, Vec::new());
    for (minute, command) in (0..).zip(commands) {
        let input = Input::Command { by: "Ann".into(), command };
        let decision = decide(&id, incident.as_ref(), &input, at(minute)).expect("allowed");
        timeline.extend(decision.entries);
        incident = Some(decision.next);
    }
    (incident.expect("opened"), timeline)
}

#[test]
fn what_was_said_inside_is_nowhere_in_the_projection() {
    let (incident, timeline) = published();
    assert!(format!("{incident:?}{timeline:?}").contains(SECRET));
    let public = PublicIncident::of(&incident, &timeline, Shown::ALL).expect("public");
    let text = format!("{public:?}");
    assert!(!text.contains(SECRET), "{text}");
    assert_eq!(public.incident().updates.len(), 2);
    assert!(!format!("{:?}", incident.for_public()).contains(SECRET));
}

#[test]
fn the_public_timeline_begins_with_its_opening_and_has_no_gaps() {
    let (incident, timeline) = published();
    let public = PublicIncident::of(&incident, &timeline, Shown::ALL).expect("public");
    let numbers: Vec<u32> = public.timeline().iter().map(|entry| entry.seq).collect();
    assert_eq!(numbers, (1..=public.incident().version).collect::<Vec<_>>());
    let Event::Opened { title, .. } = &public.timeline()[0].event else { panic!("opened first") };
    assert_eq!(title, "Orders are slow");
}

#[test]
fn an_internal_incident_has_no_projection() {
    let (incident, mut timeline) = published();
    let hide = Input::Command { by: "Ann".into(), command: Command::Hide };
    let hidden = decide(&incident.id, Some(&incident), &hide, at(20)).expect("allowed");
    timeline.extend(hidden.entries);
    assert_eq!(PublicIncident::of(&hidden.next, &timeline, Shown::ALL), None);
    assert_eq!(hidden.next.for_public(), None);
}

#[test]
fn components_and_incidents_that_a_page_does_not_show_are_left_out() {
    let (mut incident, timeline) = published();
    incident.absorbed.push(IncidentId::from_entropy(9));
    let shown = Shown { component: &|key| key.0 != "hidden", incident: &|_| false };
    let public = PublicIncident::of(&incident, &timeline, shown).expect("public");
    assert!(!format!("{public:?}").contains("\"hidden\""), "{public:?}");
    assert!(public.incident().absorbed.is_empty());
    let all = PublicIncident::of(&incident, &timeline, Shown::ALL).expect("public");
    assert!(format!("{all:?}").contains("\"hidden\""));
}
