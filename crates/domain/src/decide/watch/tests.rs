//! Stalls as stories: what the detector says, second by second, and what follows.

mod publishing;

use crate::decide::{Command, Input, Refusal, choose, decide, joins};
use crate::detect::{Cause, Culprit, Evidence, Severity, Verdict};
use crate::effect::Notice;
use crate::hypothesis::{Claim, Hypothesis, Stance};
use crate::incident::{Called, Publication};
use crate::judgement::{Change, QUIET, Watched};
use crate::maintenance::{Covering, covering};
use crate::observation::ComponentChange;
use crate::time::Window;
use crate::{
    Actor, ComponentKey, ComponentState, Entry, Event, Impact, Incident, IncidentId, Kind, Publishing, Slug,
    State, Timestamp, Visibility, invariants,
};
use jiff::SignedDuration;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_734_195_600 + second).expect("in range")
}

fn slug(name: &str) -> Slug {
    Slug::from_name(name).expect("slug")
}

fn watched(name: &str) -> Watched {
    Watched {
        database: slug(name),
        name: name.into(),
        environment: slug("prod1"),
        environment_name: "PROD1".into(),
        affects: vec![(ComponentKey("API".into()), "API".into())],
        quiet_for: QUIET,
        publishing: Publishing::Automatic,
        promise: None,
        maintenance: None,
    }
}

fn culprit(namespace: &str) -> Culprit {
    Culprit {
        namespace: namespace.into(),
        command: "find".into(),
        shape: "{ find: 'x', filter: { a: 1 } }".into(),
        app: "reports".into(),
        plan: "COLLSCAN".into(),
        message: "".into(),
        count: 12,
        oldest_us: 9_100_000,
    }
}

/// A stall that began at this second, of these figures.
fn stall(began: i64, waiting: u32) -> Verdict {
    Verdict {
        severity: Severity::Stall,
        began_at: at(began),
        detected_at: at(began + 1),
        ended_at: None,
        cause: Cause::SlowQuery,
        nodes: vec!["a:27017".into()],
        namespaces: vec!["crm.messages".into()],
        culprit: None,
        contributors: vec![],
        waiting,
        oldest_us: 1_000_000,
        evidence: vec![Evidence {
            rule: "probe",
            node: "a:27017".into(),
            text: "hot read of crm.messages_1 on its way for 2.1 s".into(),
        }],
        confidence: 80,
        sentence: format!("reads have stalled since 17:00:00: {waiting} waiting"),
    }
}

fn ended(verdict: Verdict, second: i64) -> Verdict {
    Verdict { ended_at: Some(at(second)), ..verdict }
}

struct Story {
    incident: Option<Incident>,
    timeline: Vec<Entry>,
}

impl Story {
    fn new() -> Self {
        Self { incident: None, timeline: Vec::new() }
    }

    fn input(&mut self, second: i64, input: &Input) -> Result<Vec<Notice>, Refusal> {
        let id = IncidentId::from_entropy(1);
        let decision = decide(&id, self.incident.as_ref(), input, at(second))?;
        self.timeline.extend(decision.entries.iter().cloned());
        assert_eq!(invariants::check(&decision.next, &self.timeline), []);
        let again = decide(&id, Some(&decision.next), input, at(second));
        if !matches!(input, Input::Command { .. }) {
            assert_eq!(again.map(|again| again.entries), Ok(vec![]), "the same twice changes nothing");
        }
        self.incident = Some(decision.next);
        Ok(decision.effects.iter().map(|effect| effect.notice).collect())
    }

    fn judged(&mut self, second: i64, verdict: Verdict) -> Vec<Notice> {
        self.judged_of("crm", second, verdict)
    }

    fn judged_of(&mut self, database: &str, second: i64, verdict: Verdict) -> Vec<Notice> {
        self.judged_as(watched(database), second, verdict)
    }

    fn judged_as(&mut self, watched: Watched, second: i64, verdict: Verdict) -> Vec<Notice> {
        let hypotheses = vec![Hypothesis {
            claim: Claim::Deploy,
            stance: Stance::Against,
            evidence: vec!["no deploy was marked in PROD1 in the hour before the stall".into()],
        }];
        let watched = Box::new(watched);
        self.input(second, &Input::Judged { watched, verdict: Box::new(verdict), hypotheses })
            .expect("taken note of")
    }

    fn tick(&mut self, second: i64) -> Vec<Notice> {
        self.input(second, &Input::Tick).expect("a tick is never refused")
    }

    fn command(&mut self, second: i64, command: Command) {
        self.input(second, &Input::Command { by: "ann".into(), command }).expect("allowed");
    }

    fn now(&self) -> &Incident {
        self.incident.as_ref().expect("opened")
    }

    fn changes(&self) -> Vec<Change> {
        let changes = self.timeline.iter().filter_map(|entry| match &entry.event {
            Event::Judged(judgement) => Some(judgement.change),
            _ => None,
        });
        changes.collect()
    }

    fn states_told(&self) -> Vec<State> {
        self.now().updates.iter().map(|update| update.current().state).collect()
    }

    fn api(&self) -> Option<ComponentState> {
        self.now().component_state(&ComponentKey("API".into()))
    }
}

#[test]
fn a_stall_opens_an_incident_that_names_the_database_first() {
    let mut story = Story::new();
    assert_eq!(story.judged(2, stall(0, 412)), [Notice::Opened]);
    let incident = story.now();
    assert_eq!(incident.title, "Database reads stalled on PROD1 (crm)");
    assert_eq!((incident.state, incident.impact), (State::Investigating, Impact::Major));
    assert_eq!(incident.clocks.began_at, Some(at(0)));
    assert_eq!(story.api(), Some(ComponentState::PartialOutage));
    let body = &incident.updates[0].current().body;
    assert_eq!(
        body,
        "Database crm (PROD1) is the cause: its reads have stalled since 2024-12-14 17:00:00 UTC.\n\n\
         Requests that read from it are slow or fail; affected: API. This was noticed 1 second later. \
         As far as is known: slow queries on a large data set.\n\n\
         Posted automatically by Watchkeeper, which watches this database."
    );
    assert_eq!(incident.updates[0].current().actor, Actor::Watch(slug("crm")));
}

#[test]
fn a_strain_opens_nothing_but_an_open_incident_records_it_without_a_word_to_the_public() {
    let strain = || Verdict { severity: Severity::Strain, ..stall(0, 3) };
    let mut story = Story::new();
    let hypotheses = vec![];
    let input = Input::Judged { watched: Box::new(watched("crm")), verdict: Box::new(strain()), hypotheses };
    assert_eq!(story.input(2, &input), Err(Refusal::OnlyStrained));
    story.judged_of("search", 1, stall(0, 40));
    assert_eq!(story.judged(3, strain()), [Notice::Observed]);
    assert_eq!(story.now().updates.len(), 1);
    // Now it stalls itself.
    assert_eq!(story.judged(4, stall(0, 3)), [Notice::Updated]);
    assert_eq!(story.changes(), [Change::Began, Change::Began, Change::Worse]);
    assert_eq!(story.now().updates.len(), 2);
}

#[test]
fn a_server_that_answers_nothing_is_critical() {
    let mut story = Story::new();
    story.judged(2, stall(0, 4));
    story.judged(5, Verdict { cause: Cause::Process, ..stall(0, 4) });
    assert_eq!((story.now().impact, story.api()), (Impact::Critical, Some(ComponentState::MajorOutage)));
    assert_eq!(story.states_told(), [State::Investigating, State::Identified]);
}

#[test]
fn figures_are_recorded_once_a_minute_and_never_told_to_the_public() {
    let mut story = Story::new();
    story.judged(0, stall(0, 10));
    for second in 1..180 {
        story.judged(second, stall(0, 10 + u32::try_from(second).expect("small")));
    }
    assert_eq!(story.changes(), [Change::Began, Change::Worse, Change::Worse]);
    assert_eq!(story.now().updates.len(), 1);
    assert_eq!(story.now().watching.watches[0].latest.waiting, 140);
}

#[test]
fn a_culprit_that_becomes_known_is_told_at_once_and_one_that_wavers_once_a_minute() {
    let mut story = Story::new();
    let blamed = |name: &str| Verdict { culprit: Some(culprit(name)), ..stall(0, 10) };
    story.judged(1, stall(0, 10));
    assert_eq!(story.judged(2, blamed("crm.messages")), [Notice::Updated]);
    assert_eq!(story.now().state, State::Identified);
    for second in 3..120 {
        story.judged(second, blamed(if second % 2 == 0 { "crm.messages" } else { "crm.users" }));
    }
    assert!(story.now().updates.len() <= 4, "{}", story.now().updates.len());
    assert!(story.changes().len() <= 14, "{}", story.changes().len());
}

#[test]
fn recovery_is_told_at_once_and_the_incident_is_over_after_a_quiet_time() {
    let mut story = Story::new();
    story.judged(2, stall(0, 10));
    assert_eq!(story.judged(552, ended(stall(0, 10), 550)), [Notice::Updated]);
    assert_eq!((story.now().state, story.api()), (State::Monitoring, None));
    assert_eq!(story.now().true_window(), Some(Window::closed(at(0), at(550))));
    assert!(
        story.now().updates[1].current().body.contains("reads recovered at 17:09:10 UTC, after 9 minutes")
    );
    assert_eq!(story.tick(849), []);
    assert_eq!(story.tick(850), [Notice::Resolved]);
    assert_eq!(story.now().clocks.resolved_at, Some(at(850)));
    let told = &story.now().updates[2].current().body;
    assert!(told.contains("from 2024-12-14 17:00:00 UTC to 2024-12-14 17:09:10 UTC, 9 minutes"), "{told}");
    assert_eq!(story.changes(), [Change::Began, Change::Recovered, Change::Quiet]);
}

#[test]
fn a_relapse_goes_back_and_one_after_the_end_opens_it_again() {
    let mut story = Story::new();
    story.judged(2, stall(0, 10));
    story.judged(60, ended(stall(0, 10), 58));
    assert_eq!(story.judged(100, stall(99, 10)), [Notice::Updated]);
    assert_eq!((story.now().state, story.api()), (State::Investigating, Some(ComponentState::PartialOutage)));
    assert_eq!(story.now().true_window(), Some(Window::open(at(0))));
    story.judged(130, ended(stall(99, 10), 128));
    story.tick(428);
    assert_eq!(story.now().state, State::Resolved);
    assert!(joins(story.now(), &watched("crm"), at(600)));
    assert!(!joins(story.now(), &watched("other"), at(600)));
    assert!(!joins(story.now(), &watched("crm"), at(428 + 600)));
    assert_eq!(story.judged(600, stall(598, 10)), [Notice::Reopened]);
    assert!(story.now().is_open());
}

#[test]
fn a_stall_that_was_over_before_it_could_be_recorded_is_told_whole() {
    let mut story = Story::new();
    assert_eq!(story.judged(40, ended(stall(0, 10), 30)), [Notice::Opened]);
    assert_eq!(story.now().state, State::Monitoring);
    assert_eq!(story.now().true_window(), Some(Window::closed(at(0), at(30))));
}

#[test]
fn news_that_was_overtaken_changes_nothing() {
    let mut story = Story::new();
    story.judged(2, stall(0, 10));
    story.judged(60, ended(stall(0, 10), 58));
    assert_eq!(story.judged(61, stall(0, 500)), []);
    assert_eq!(story.now().state, State::Monitoring);
}

#[test]
fn reads_found_well_after_a_restart_close_the_stall() {
    let mut story = Story::new();
    story.judged(2, stall(0, 10));
    let found = Input::FoundWell { watched: Box::new(watched("crm")), since: at(400) };
    assert_eq!(story.input(410, &found), Ok(vec![Notice::Updated]));
    assert_eq!(story.now().true_window(), Some(Window::closed(at(0), at(400))));
    story.tick(700);
    assert_eq!(story.now().state, State::Resolved);
}

#[test]
fn databases_that_stall_together_share_an_incident_and_it_lasts_as_long_as_the_last_of_them() {
    let mut story = Story::new();
    story.judged(2, stall(0, 10));
    assert!(joins(story.now(), &watched("search"), at(5)));
    assert_eq!(story.judged_of("search", 5, stall(3, 20)), [Notice::Updated]);
    story.judged(60, ended(stall(0, 10), 58));
    assert_eq!((story.now().state, story.api()), (State::Investigating, Some(ComponentState::PartialOutage)));
    assert!(story.now().updates[2].current().body.contains("Reads still stall on search."));
    story.judged_of("search", 90, ended(stall(3, 20), 88));
    assert_eq!((story.now().state, story.api()), (State::Monitoring, None));
    assert_eq!(story.now().true_window(), Some(Window::closed(at(0), at(88))));
}

fn opened_by_hand(component: &str) -> Command {
    Command::Open {
        environment: slug("prod1"),
        kind: Kind::Incident,
        title: "The API is slow".into(),
        impact: Impact::Minor,
        state: State::Investigating,
        update: ("u1".into(), "We look.".into()),
        components: vec![ComponentChange {
            key: ComponentKey(component.into()),
            name: component.into(),
            to: ComponentState::DegradedPerformance,
        }],
        schedule: None,
        began_at: None,
        visibility: Visibility::Public,
        next_update_at: None,
    }
}

#[test]
fn where_a_person_speaks_the_watch_records_and_proposes() {
    let mut story = Story::new();
    story.command(0, opened_by_hand("API"));
    assert!(joins(story.now(), &watched("crm"), at(5)));
    assert_eq!(story.judged(5, Verdict { cause: Cause::Process, ..stall(3, 20) }), [Notice::Observed]);
    let incident = story.now();
    assert_eq!((incident.updates.len(), incident.impact), (1, Impact::Minor));
    assert_eq!(incident.clocks.began_at, Some(at(3)), "the true window is a fact");
    story.judged(60, ended(stall(3, 20), 58));
    assert_eq!(story.now().state, State::Investigating);
    assert_eq!(story.now().watching.watches[0].latest.proposes, Some(State::Monitoring));
    assert_eq!(story.tick(400), [Notice::Observed]);
    assert_eq!(story.now().watching.watches[0].latest.proposes, Some(State::Resolved));
    assert_eq!(story.tick(500), []);
}

#[test]
fn a_person_who_declares_the_end_is_not_overruled_and_the_same_stall_opens_no_second_incident() {
    let mut story = Story::new();
    story.judged(2, stall(0, 10));
    let over = Command::Update {
        id: "u9".into(),
        state: State::Resolved,
        body: "A false alarm.".into(),
        components: vec![],
        next_update_at: None,
    };
    story.command(60, over);
    assert!(joins(story.now(), &watched("crm"), at(5_000)));
    story.judged(130, stall(0, 100));
    assert_eq!((story.now().state, story.now().updates.len()), (State::Resolved, 2));
    story.judged(200, ended(stall(0, 100), 198));
    assert!(!joins(story.now(), &watched("crm"), at(201)), "the next stall is another incident");
}

#[test]
fn an_incident_opened_by_hand_is_joined_only_for_the_same_components_in_the_same_environment() {
    let mut story = Story::new();
    story.command(0, opened_by_hand("Billing"));
    assert!(!joins(story.now(), &watched("crm"), at(5)));
    let mut story = Story::new();
    story.command(0, opened_by_hand("API"));
    let elsewhere = Watched { environment: slug("prod2"), ..watched("crm") };
    assert!(!joins(story.now(), &elsewhere, at(5)));
    let input =
        Input::Judged { watched: Box::new(elsewhere), verdict: Box::new(stall(3, 20)), hypotheses: vec![] };
    assert_eq!(story.input(5, &input), Err(Refusal::OtherEnvironment(slug("prod2"))));
}

#[test]
fn the_incident_into_which_it_was_merged_is_chosen() {
    let mut story = Story::new();
    story.judged(2, stall(0, 10));
    let other = IncidentId::from_entropy(2);
    story.command(10, Command::MergeInto { other: other.clone() });
    let input = Input::Command { by: "ann".into(), command: opened_by_hand("Billing") };
    let into = decide(&other, None, &input, at(1)).expect("opened").next;
    let incidents = [story.now().clone(), into];
    assert_eq!(choose(&incidents, &watched("crm"), at(20)).map(|incident| &incident.id), Some(&other));
    // Where it lives on is not ours to write to: the evidence stays with the one that was merged.
    assert_eq!(choose(&incidents[..1], &watched("crm"), at(20)).map(|i| &i.id), Some(&incidents[0].id));
}

#[test]
fn no_public_word_names_a_node_a_namespace_or_a_query() {
    let mut story = Story::new();
    let blamed = || Verdict { culprit: Some(culprit("crm.messages")), ..stall(0, 412) };
    story.judged(2, stall(0, 412));
    story.judged(3, blamed());
    story.judged(100, ended(blamed(), 90));
    story.judged(120, stall(118, 40));
    story.judged(130, ended(stall(118, 40), 128));
    story.tick(500);
    let words: Vec<&str> = story.now().updates.iter().map(|update| update.current().body.as_str()).collect();
    assert_eq!(words.len(), 6);
    for inside in ["27017", "messages", "COLLSCAN", "reports", "find", "probe", "412", "deploy", "%"] {
        assert!(words.iter().all(|body| !body.contains(inside)), "`{inside}` in {words:?}");
    }
    assert!(words.iter().all(|body| body.contains("Posted automatically by Watchkeeper")), "{words:?}");
    assert!(words[3].contains("stall again since"), "{}", words[3]);
}
