//! Histories as tables: what was put in, and the timeline that follows.

use super::*;
use crate::invariants;
use crate::observation::{PostmortemObservation, UpdateObservation};
use crate::{ComponentKey, ComponentState, Origin, Visibility};

fn at(text: &str) -> Timestamp {
    format!("2024-12-14T{text}:00Z").parse().expect("hh:mm")
}

fn vendor() -> Slug {
    Slug::from_name("acme").expect("slug")
}

fn id() -> IncidentId {
    IncidentId::of_vendor(&vendor(), "seed")
}

fn update(id: &str, when: &str, state: State, body: &str) -> UpdateObservation {
    UpdateObservation {
        external_id: id.into(),
        state,
        published_at: at(when),
        edited_at: None,
        body: body.into(),
        components: Vec::new(),
        repeats: Vec::new(),
    }
}

fn observed(state: State, updates: Vec<UpdateObservation>) -> IncidentObservation {
    let updates = crate::observation::fold_repeats(updates);
    IncidentObservation {
        external_id: "seed".into(),
        title: "Latency (PROD1)".into(),
        kind: Kind::Incident,
        impact: Impact::Minor,
        state,
        url: None,
        published_at: updates[0].published_at,
        stated_start_at: None,
        resolved_at: None,
        schedule: None,
        components: vec![(ComponentKey("c1".into()), "API".into())],
        updates,
        postmortem: None,
    }
}

/// Runs inputs one after another and checks the invariants after each.
struct Story {
    incident: Option<Incident>,
    timeline: Vec<Entry>,
}

impl Story {
    fn new() -> Self {
        Self { incident: None, timeline: Vec::new() }
    }

    fn input(&mut self, when: &str, input: &Input) -> Result<Vec<Notice>, Refusal> {
        let decision = decide(&id(), self.incident.as_ref(), input, at(when))?;
        self.timeline.extend(decision.entries.iter().cloned());
        assert_eq!(invariants::check(&decision.next, &self.timeline), []);
        self.incident = Some(decision.next);
        Ok(decision.effects.iter().map(|effect| effect.notice).collect())
    }

    fn seen(&mut self, when: &str, incident: IncidentObservation) -> Vec<Notice> {
        let input = Input::Seen { vendor: vendor(), incident: Box::new(incident), complete: true };
        self.input(when, &input).expect("a look is never refused")
    }

    fn command(&mut self, when: &str, command: Command) -> Result<Vec<Notice>, Refusal> {
        self.input(when, &Input::Command { by: "ann".into(), command })
    }

    fn now(&self) -> &Incident {
        self.incident.as_ref().expect("opened")
    }

    fn kinds(&self) -> Vec<&'static str> {
        self.timeline.iter().map(|entry| entry.event.kind()).collect()
    }
}

use crate::effect::Notice;
use State::{Identified, Investigating, Monitoring, Resolved};

#[test]
fn the_seed_day_is_told_once_per_news_and_lasts_54_minutes() {
    let mut story = Story::new();
    let i1 = update("i1", "17:33", Investigating, "Slow.");
    let i2 = update("i2", "17:38", Investigating, "Slow.");
    let m1 = update("m1", "18:04", Monitoring, "Better.");
    let r1 = update("r1", "18:27", Resolved, "Over.");
    assert_eq!(story.seen("17:34", observed(Investigating, vec![i1.clone()])), [Notice::Opened]);
    assert_eq!(story.seen("17:39", observed(Investigating, vec![i1.clone(), i2.clone()])), [Notice::Updated]);
    assert_eq!(story.seen("17:40", observed(Investigating, vec![i1.clone(), i2.clone()])), []);
    let seen = story.seen("18:05", observed(Monitoring, vec![i1.clone(), i2.clone(), m1.clone()]));
    assert_eq!(seen, [Notice::Updated]);
    let mut last = observed(Resolved, vec![i1, i2, m1, r1]);
    last.resolved_at = Some(at("18:27"));
    assert_eq!(story.seen("18:28", last.clone()), [Notice::Resolved]);
    last.state = State::Postmortem;
    last.postmortem = Some(PostmortemObservation { body: "# Why".into(), published_at: Some(at("20:00")) });
    assert_eq!(story.seen("20:01", last), [Notice::Postmortem]);

    let incident = story.now();
    assert_eq!(incident.updates.len(), 3);
    assert_eq!(incident.updates[0].repeats.len(), 1);
    assert_eq!(incident.duration_seconds(at("23:00")), 54 * 60);
    assert_eq!(incident.detection_lag_seconds(), 60);
    let windows = &incident.components[0].windows;
    assert_eq!(
        windows.as_slice(),
        [(ComponentState::DegradedPerformance, Window::closed(at("17:33"), at("18:27")))]
    );
    let sentence = crate::summary::sentence(incident, "Acme", at("23:00"));
    assert_eq!(
        sentence,
        "Acme experienced a minor incident on 14 December 2024 affecting API, lasting 54 minutes."
    );
}

#[test]
fn an_edit_keeps_every_version_and_a_deleted_update_stays_as_withdrawn() {
    let mut story = Story::new();
    let i1 = update("i1", "17:33", Investigating, "Slow.");
    let i2 = update("i2", "17:38", Identified, "Found.");
    story.seen("17:34", observed(Identified, vec![i1.clone(), i2.clone()]));
    let edited = UpdateObservation { body: "Slow in Europe.".into(), ..i1 };
    assert_eq!(story.seen("17:50", observed(Identified, vec![edited.clone(), i2])), [Notice::Corrected]);
    story.seen("17:55", observed(Identified, vec![edited]));
    let incident = story.now();
    let bodies: Vec<_> = incident.updates[0].versions.iter().map(|version| version.body.as_str()).collect();
    assert_eq!(bodies, ["Slow.", "Slow in Europe."]);
    assert_eq!(incident.updates[1].withdrawn_at, Some(at("17:55")));
}

#[test]
fn a_repeat_that_is_edited_stands_for_itself_and_back() {
    let mut story = Story::new();
    let i1 = update("i1", "17:33", Investigating, "Slow.");
    let i2 = update("i2", "17:38", Investigating, "Slow.");
    let changed = UpdateObservation { body: "Still slow.".into(), ..i2.clone() };
    story.seen("17:39", observed(Investigating, vec![i1.clone(), i2.clone()]));
    story.seen("17:45", observed(Investigating, vec![i1.clone(), changed]));
    assert_eq!(story.now().updates.len(), 2);
    assert!(story.now().updates[0].repeats.is_empty());
    story.seen("17:46", observed(Investigating, vec![i1, i2]));
    assert_eq!(story.now().updates[1].versions.len(), 2);
}

#[test]
fn reopening_takes_the_end_back_and_resolving_again_sets_it_anew() {
    let mut story = Story::new();
    let i1 = update("i1", "17:33", Investigating, "Slow.");
    let r1 = update("r1", "18:00", Resolved, "Over.");
    let i2 = update("i2", "18:10", Investigating, "Not over.");
    let r2 = update("r2", "18:40", Resolved, "Now over.");
    story.seen("18:01", observed(Resolved, vec![i1.clone(), r1.clone()]));
    let reopened = observed(Investigating, vec![i1.clone(), r1.clone(), i2.clone()]);
    assert_eq!(story.seen("18:11", reopened), [Notice::Reopened]);
    assert!(story.now().is_open());
    assert_eq!(story.now().clocks.resolved_at, None);
    story.seen("18:41", observed(Resolved, vec![i1, r1, i2, r2]));
    assert_eq!(story.now().clocks.resolved_at, Some(at("18:40")));
}

#[test]
fn an_incident_that_vanishes_is_withdrawn_and_restored_when_it_is_back() {
    let mut story = Story::new();
    let one = observed(Investigating, vec![update("i1", "17:33", Investigating, "Slow.")]);
    story.seen("17:34", one.clone());
    let gone = story.input("17:40", &Input::Missing { vendor: vendor() }).expect("never refused");
    assert_eq!(gone, [Notice::Withdrawn]);
    assert!(!story.now().is_open());
    assert_eq!(story.seen("17:50", one), [Notice::Reopened]);
    assert!(story.now().is_open());
}

#[test]
fn an_incident_posted_when_it_was_over_has_an_end_from_the_start() {
    let mut story = Story::new();
    story.seen("18:01", observed(Resolved, vec![update("r1", "18:00", Resolved, "It was slow.")]));
    assert_eq!(story.now().clocks.resolved_at, Some(at("18:00")));
    assert_eq!(story.kinds()[..2], ["opened", "update_posted"]);
}

fn open_own() -> Command {
    Command::Open {
        environment: Slug::from_name("prod1").expect("slug"),
        kind: Kind::Incident,
        title: "Reads stalled".into(),
        impact: Impact::Major,
        state: Investigating,
        update: ("u1".into(), "We are looking.".into()),
        components: vec![ComponentChange {
            key: ComponentKey("api".into()),
            name: "API".into(),
            to: ComponentState::PartialOutage,
        }],
        schedule: None,
        began_at: Some(at("17:00")),
        visibility: Visibility::Public,
        next_update_at: None,
    }
}

#[test]
fn people_open_update_and_resolve_through_the_same_door() {
    let mut story = Story::new();
    assert_eq!(story.command("17:09", open_own()), Ok(vec![Notice::Opened]));
    assert_eq!(story.command("17:10", open_own()), Err(Refusal::AlreadyOpen));
    let post = |id: &str, state| Command::Update {
        id: id.into(),
        state,
        body: "Text.".into(),
        components: vec![],
        next_update_at: None,
    };
    assert_eq!(story.command("17:20", post("u2", Identified)), Ok(vec![Notice::Updated]));
    assert_eq!(story.command("17:21", post("u2", Identified)), Err(Refusal::DuplicateUpdate("u2".into())));
    let wrong = story.command("17:22", post("u3", State::Completed));
    assert_eq!(wrong, Err(Refusal::WrongState { kind: Kind::Incident, state: State::Completed }));
    let early = story.command("17:23", Command::PublishPostmortem { body: "Why".into() });
    assert_eq!(early, Err(Refusal::NotOver));
    assert_eq!(story.command("18:27", post("u4", Resolved)), Ok(vec![Notice::Resolved]));
    let truth = Command::SetTrueWindow { began_at: Some(at("17:00")), ended_at: Some(at("18:11")) };
    assert_eq!(story.command("18:30", truth), Ok(vec![Notice::Corrected]));
    assert_eq!(story.now().best_window().seconds(at("23:00")), 71 * 60);
    let postmortem = story.command("19:00", Command::PublishPostmortem { body: "Why".into() });
    assert_eq!(postmortem, Ok(vec![Notice::Postmortem]));
}

#[test]
fn what_a_vendor_told_cannot_be_changed_by_hand_but_its_true_window_can() {
    let mut story = Story::new();
    story.seen("17:34", observed(Investigating, vec![update("i1", "17:33", Investigating, "Slow.")]));
    let retitle = story.command("17:35", Command::Retitle { title: "Other".into() });
    assert_eq!(retitle, Err(Refusal::BelongsToVendor(vendor())));
    let truth = Command::SetTrueWindow { began_at: Some(at("17:00")), ended_at: None };
    assert_eq!(story.command("17:36", truth), Ok(vec![Notice::Corrected]));
    let future = Command::SetTrueWindow { began_at: Some(at("17:00")), ended_at: Some(at("20:00")) };
    assert_eq!(story.command("17:37", future), Err(Refusal::InTheFuture("ended_at")));
}

#[test]
fn a_maintenance_of_our_own_begins_and_ends_by_the_clock() {
    let mut story = Story::new();
    let Command::Open { environment, title, update, .. } = open_own() else { return };
    let announce = Command::Open {
        environment,
        kind: Kind::Maintenance,
        title,
        impact: Impact::Maintenance,
        state: State::Scheduled,
        update,
        components: vec![],
        schedule: Some(Window::closed(at("20:00"), at("21:00"))),
        began_at: None,
        visibility: Visibility::Public,
        next_update_at: None,
    };
    story.command("17:00", announce).expect("announced");
    assert_eq!(story.input("19:59", &Input::Tick), Ok(vec![]));
    assert_eq!(story.input("20:03", &Input::Tick), Ok(vec![Notice::Updated]));
    assert_eq!(story.now().state, State::InProgress);
    assert_eq!(story.input("21:01", &Input::Tick), Ok(vec![Notice::Resolved]));
    assert_eq!(story.now().clocks.resolved_at, Some(at("21:00")));
}

#[test]
fn merging_leaves_one_that_lives_and_one_that_points_there() {
    let mut story = Story::new();
    story.command("17:09", open_own()).expect("opened");
    let other = IncidentId::from_entropy(7);
    assert_eq!(story.command("17:10", Command::MergeInto { other: id() }), Err(Refusal::SameIncident));
    story.command("17:11", Command::MergeInto { other: other.clone() }).expect("merged");
    assert_eq!(story.now().merged_into, Some(other));
    assert!(!story.now().is_open());
    let late = story.command("17:12", Command::Retitle { title: "Late".into() });
    assert_eq!(late, Err(Refusal::NotLive));
}

#[test]
fn a_title_is_one_line() {
    let mut story = Story::new();
    let mut open = open_own();
    if let Command::Open { title, .. } = &mut open {
        "  Reads\r\nstalled\u{0} \tin PROD1 ".clone_into(title);
    }
    story.command("17:09", open).expect("opened");
    assert_eq!(story.now().title, "Reads stalled in PROD1");
    story.command("17:10", Command::Retitle { title: "Reads\nstall".into() }).expect("retitled");
    assert_eq!(story.now().title, "Reads stall");
    let empty = story.command("17:11", Command::Retitle { title: " \n\u{7} ".into() });
    assert_eq!(empty, Err(Refusal::Empty("title")));
}

fn told_elsewhere() -> IncidentObservation {
    let mut updates = vec![
        update("u1", "09:00", State::Investigating, "Slow."),
        update("u2", "09:40", State::Identified, "A full disk."),
        update("u3", "10:05", State::Resolved, ""),
    ];
    let change = |to| ComponentChange { key: ComponentKey("c1".into()), name: "API".into(), to };
    updates[0].components = vec![change(ComponentState::PartialOutage)];
    let postmortem = PostmortemObservation { body: "A log grew.".into(), published_at: Some(at("12:00")) };
    IncidentObservation { postmortem: Some(postmortem), ..observed(State::Resolved, updates) }
}

fn import(incident: IncidentObservation) -> Command {
    Command::Import { environment: Slug::from_name("prod").expect("slug"), incident: Box::new(incident) }
}

#[test]
fn what_was_told_elsewhere_is_recorded_at_its_own_times_once_and_told_to_nobody() {
    let mut story = Story::new();
    let told = story.command("18:00", import(told_elsewhere())).expect("imported");
    assert_eq!(told, [Notice::Observed]);
    let incident = story.now();
    assert!(matches!(incident.origin, Origin::Own { .. }) && incident.is_public());
    assert_eq!(incident.clocks.published_at, at("09:00"));
    assert_eq!(incident.clocks.resolved_at, Some(at("10:05")));
    assert_eq!(
        incident.components[0].windows,
        [(ComponentState::PartialOutage, Window::closed(at("09:00"), at("10:05")))]
    );
    let posted: Vec<_> = incident.updates.iter().map(|update| update.published_at).collect();
    assert_eq!(posted, [at("09:00"), at("09:40"), at("10:05")]);
    assert_eq!(incident.postmortem.as_ref().map(|told| told.published_at), Some(at("12:00")));
    assert!(incident.updates.iter().all(|update| update.current().actor == Actor::Person("ann".into())));

    let entries = story.timeline.len();
    let mut changed = told_elsewhere();
    changed.title = "Another title".into();
    assert_eq!(story.command("19:00", import(changed)), Ok(Vec::new()));
    assert_eq!(story.timeline.len(), entries);
}

#[test]
fn what_lies_ahead_or_has_no_known_state_is_not_imported() {
    let refused = |incident| Story::new().command("10:00", import(incident)).expect_err("refused");
    assert_eq!(refused(told_elsewhere()), Refusal::InTheFuture("published_at"));
    let unknown = observed(State::Unknown, vec![update("u1", "09:00", State::Unknown, "Slow.")]);
    assert_eq!(refused(unknown), Refusal::WrongState { kind: Kind::Incident, state: State::Unknown });
}

#[test]
fn an_incident_that_a_page_closed_before_it_began_is_taken_as_the_page_says() {
    let mut told = told_elsewhere();
    told.resolved_at = Some(at("08:00"));
    let mut story = Story::new();
    story.command("18:00", import(told)).expect("imported");
    assert_eq!(story.now().clocks.resolved_at, Some(at("08:00")));
    assert_eq!(story.now().duration_seconds(at("18:00")), 0);
}
