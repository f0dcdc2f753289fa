//! Random histories: whatever a vendor's page shows in whatever order, and whatever people do in between,
//! the invariants hold, the timeline replays to the same incident, and every change is announced.

use domain::decide::{Command, Input, decide, due_at};
use domain::observation::{
    ComponentChange, IncidentObservation, PostmortemObservation, UpdateObservation, fold_repeats,
};
use domain::time::Window;
use domain::{
    ComponentKey, ComponentState, Entry, Impact, Incident, IncidentId, Kind, Slug, State, Timestamp,
    Visibility, invariants,
};
use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_734_195_600 + minute * 60).expect("in range")
}

fn states() -> impl Strategy<Value = State> {
    select(State::ALL.to_vec())
}

fn component_changes() -> impl Strategy<Value = Vec<ComponentChange>> {
    let change =
        (0..3_u8, select(ComponentState::ALL.to_vec())).prop_map(|(component, to)| ComponentChange {
            key: ComponentKey(format!("c{component}")),
            name: format!("Component {component}"),
            to,
        });
    vec(change, 0..3)
}

fn updates() -> impl Strategy<Value = Vec<UpdateObservation>> {
    // Few ids, texts and minutes, so that edits, repeats, deletions and collisions are frequent.
    let update = (0..6_u8, 0..120_i64, states(), 0..3_u8, component_changes());
    vec(update, 1..6).prop_map(|drafts| {
        let mut updates: Vec<_> = drafts
            .into_iter()
            .map(|(id, minute, state, text, components)| UpdateObservation {
                external_id: format!("u{id}"),
                state,
                published_at: at(minute),
                edited_at: None,
                body: format!("text {text}"),
                components,
                repeats: Vec::new(),
            })
            .collect();
        updates.sort_by_key(|update| update.published_at);
        updates.dedup_by(|a, b| a.external_id == b.external_id);
        let mut seen = Vec::new();
        updates.retain(|update| {
            let first = !seen.contains(&update.external_id);
            seen.push(update.external_id.clone());
            first
        });
        fold_repeats(updates)
    })
}

fn looks() -> impl Strategy<Value = Input> {
    let parts =
        (updates(), states(), 0..5_usize, proptest::option::of(0..200_i64), any::<bool>(), any::<bool>());
    parts.prop_map(|(updates, state, impact, resolved, complete, postmortem)| Input::Seen {
        vendor: Slug::from_name("acme").expect("slug"),
        incident: Box::new(IncidentObservation {
            external_id: "x".into(),
            title: format!("Title {impact}"),
            kind: Kind::Incident,
            impact: Impact::ALL[impact],
            state,
            url: None,
            published_at: updates[0].published_at,
            stated_start_at: None,
            resolved_at: resolved.map(at),
            schedule: None,
            components: vec![(ComponentKey("c0".into()), "Component 0".into())],
            updates,
            postmortem: postmortem
                .then(|| PostmortemObservation { body: format!("story {impact}"), published_at: None }),
        }),
        complete,
    })
}

fn commands() -> impl Strategy<Value = Input> {
    let command = prop_oneof![
        (proptest::option::of(0..200_i64), proptest::option::of(0..200_i64))
            .prop_map(|(from, to)| Command::SetTrueWindow { began_at: from.map(at), ended_at: to.map(at) }),
        Just(Command::Withdraw),
        Just(Command::Restore),
        (0..9_u64).prop_map(|n| Command::MergeInto { other: IncidentId::from_entropy(n) }),
        (0..9_u64).prop_map(|n| Command::Absorb { other: IncidentId::from_entropy(n) }),
        "[ a-z]{0,12}".prop_map(|title| Command::Retitle { title }),
        (0..6_u8, states(), component_changes()).prop_map(|(id, state, components)| Command::Update {
            id: format!("u{id}"),
            state,
            body: "by hand".into(),
            components,
            next_update_at: None,
        }),
        (6..40_u8, 1..40_i64).prop_map(|(id, ahead)| Command::Update {
            id: format!("u{id}"),
            state: State::Identified,
            body: "with a promise".into(),
            components: Vec::new(),
            next_update_at: Some(at(200 + 20 * ahead)),
        }),
        (40..60_u8, proptest::option::of(1..40_i64)).prop_map(|(id, ahead)| Command::Publish {
            update: (format!("u{id}"), "publicly".into()),
            next_update_at: ahead.map(|ahead| at(200 + 20 * ahead)),
        }),
        Just(Command::Hide),
        Just(Command::HoldPublication),
        "[a ]{0,2}".prop_map(|body| Command::Note { body }),
        (0..6_u8, "[ab ]{0,3}").prop_map(|(id, body)| Command::EditUpdate { id: format!("u{id}"), body }),
        (0..6_u8).prop_map(|id| Command::WithdrawUpdate { id: format!("u{id}") }),
        "[a ]{0,2}".prop_map(|body| Command::PublishPostmortem { body }),
    ];
    command.prop_map(|command| Input::Command { by: "ann".into(), command })
}

fn inputs() -> impl Strategy<Value = Vec<(i64, Input)>> {
    let missing = Just(Input::Missing { vendor: Slug::from_name("acme").expect("slug") });
    let input = prop_oneof![4 => looks(), 2 => commands(), 1 => missing, 1 => Just(Input::Tick)];
    vec((0..30_i64, input), 1..20)
}

fn own_opening(kind: Kind, visibility: Visibility) -> Input {
    let (state, schedule) = match kind {
        Kind::Incident => (State::Investigating, None),
        Kind::Maintenance => (State::Scheduled, Some(Window::closed(at(230), at(300)))),
    };
    let command = Command::Open {
        environment: Slug::from_name("prod1").expect("slug"),
        kind,
        title: "Reads stalled".into(),
        impact: Impact::Major,
        state,
        update: ("u0".into(), "We are looking.".into()),
        components: Vec::new(),
        schedule,
        began_at: None,
        visibility,
        next_update_at: Some(at(220)),
    };
    Input::Command { by: "ann".into(), command }
}

/// Puts a history through the door and checks after every step.
fn run(id: &IncidentId, opening: Option<Input>, history: Vec<(i64, Input)>) -> Result<(), TestCaseError> {
    let mut incident: Option<Incident> = None;
    let mut timeline: Vec<Entry> = Vec::new();
    let mut minute = 200;
    for (wait, input) in opening.map(|input| (0, input)).into_iter().chain(history) {
        minute += wait;
        let Ok(decision) = decide(id, incident.as_ref(), &input, at(minute)) else { continue };
        prop_assert_eq!(decision.expected_version(), incident.as_ref().map_or(0, |known| known.version));
        prop_assert_eq!(decision.entries.is_empty(), decision.effects.is_empty(), "a change is announced");
        timeline.extend(decision.entries);
        prop_assert_eq!(invariants::check(&decision.next, &timeline), []);
        let again = decide(id, Some(&decision.next), &input, at(minute));
        if let (Input::Seen { .. } | Input::Tick, Ok(again)) = (&input, &again) {
            prop_assert!(
                again.entries.is_empty(),
                "the same look twice changes nothing: {:?}",
                again.entries
            );
        }
        time_acts_when_it_is_due(&decision.next, at(minute))?;
        incident = Some(decision.next);
    }
    Ok(())
}

/// Before its time a tick changes nothing, and at its time something.
fn time_acts_when_it_is_due(incident: &Incident, now: Timestamp) -> Result<(), TestCaseError> {
    let changes =
        |at: Timestamp| decide(&incident.id, Some(incident), &Input::Tick, at).map(|it| it.entries.len());
    match due_at(incident) {
        None => prop_assert_eq!(changes(at(10_000_000)), Ok(0)),
        Some(due_at) => {
            let before = due_at.checked_sub(SignedDuration::from_micros(1)).expect("in range");
            if before >= now {
                prop_assert_eq!(changes(before), Ok(0), "too early");
            }
            prop_assert!(changes(due_at.max(now)).is_ok_and(|entries| entries > 0), "nothing was due");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn histories_of_vendors_keep_the_invariants(history in inputs()) {
        let id = IncidentId::of_vendor(&Slug::from_name("acme").expect("slug"), "x");
        run(&id, None, history)?;
    }

    #[test]
    fn histories_of_our_own_keep_the_invariants(
        history in inputs(),
        kind in select(Kind::ALL.to_vec()),
        visibility in select(Visibility::ALL.to_vec()),
    ) {
        let own = history.into_iter().filter(|(_, input)| matches!(input, Input::Command { .. } | Input::Tick)).collect();
        run(&IncidentId::from_entropy(42), Some(own_opening(kind, visibility)), own)?;
    }
}
