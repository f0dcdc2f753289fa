//! Random verdicts of several databases, with people acting in between and clocks that jump: the invariants
//! hold after every step, nothing said twice changes anything, and no database ever has two open incidents that
//! a machine opened.

use domain::decide::{Command, Input, Refusal, choose, decide, due_at};
use domain::detect::{CAUSES, Culprit, Severity, Verdict};
use domain::incident::Watch;
use domain::judgement::{QUIET, Watched};
use domain::observation::ComponentChange;
use domain::{
    Actor, ComponentKey, ComponentState, Entry, Event, Impact, Incident, IncidentId, Kind, Publishing, Slug,
    State, Timestamp, Visibility, invariants,
};
use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_734_195_600 + second).expect("in range")
}

fn slug(name: &str) -> Slug {
    Slug::from_name(name).expect("slug")
}

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// The detector of a database says something: how far back it began and ended, and how it is.
    Verdict {
        database: u8,
        severity: Severity,
        back: i64,
        length: Option<i64>,
        cause: usize,
        culprit: Option<u8>,
        waiting: u32,
    },
    /// The last thing a database's detector said is put in again, or overtook what came later.
    Again { database: u8 },
    /// What stands is over.
    Close { database: u8 },
    /// Reads are found well.
    FoundWell { database: u8 },
    /// A person acts on one of the incidents.
    Person { incident: usize, command: Command },
    /// A person opens an incident.
    OpenByHand { component: u8 },
    /// Time acts on all.
    Tick,
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let severity = prop_oneof![3 => Just(Severity::Stall), 1 => Just(Severity::Strain)];
    let verdict = (
        0..2_u8,
        severity,
        0..30_i64,
        proptest::option::weighted(0.1, 0..40_i64),
        0..CAUSES.len(),
        proptest::option::of(0..2_u8),
        0..400_u32,
    )
        .prop_map(|(database, severity, back, length, cause, culprit, waiting)| Step::Verdict {
            database,
            severity,
            back,
            length,
            cause,
            culprit,
            waiting,
        });
    let person = (0..9_usize, commands()).prop_map(|(incident, command)| Step::Person { incident, command });
    let step = prop_oneof![
        6 => verdict,
        3 => (0..2_u8).prop_map(|database| Step::Again { database }),
        4 => (0..2_u8).prop_map(|database| Step::Close { database }),
        1 => (0..2_u8).prop_map(|database| Step::FoundWell { database }),
        1 => person,
        1 => (0..3_u8).prop_map(|component| Step::OpenByHand { component }),
        3 => Just(Step::Tick),
    ];
    // Mostly seconds, sometimes more than the quiet time or than the time within which it is the same again;
    // sometimes the clock is set back.
    let wait = prop_oneof![8 => 0..20_i64, 2 => 250..400_i64, 1 => 500..900_i64, 1 => -30..0_i64];
    vec((wait, step), 1..40)
}

fn commands() -> impl Strategy<Value = Command> {
    let states = select(vec![State::Investigating, State::Identified, State::Monitoring, State::Resolved]);
    prop_oneof![
        3 => (0..90_u8, states).prop_map(|(id, state)| Command::Update {
            id: format!("u{id}"),
            state,
            body: "by hand".into(),
            components: Vec::new(),
            next_update_at: None,
        }),
        1 => (0..90_u8).prop_map(|id| Command::Publish {
            update: (format!("p{id}"), "publicly".into()),
            next_update_at: None,
        }),
        1 => Just(Command::Hide),
        1 => Just(Command::HoldPublication),
        1 => Just(Command::Note { body: "inside".into() }),
        1 => Just(Command::Withdraw),
        1 => Just(Command::Restore),
        1 => Just(Command::SetImpact { impact: Impact::Minor }),
        1 => Just(Command::Retitle { title: "Other".into() }),
        1 => (0..60_i64).prop_map(|second| Command::SetTrueWindow { began_at: Some(at(second)), ended_at: None }),
        1 => (0..9_u64).prop_map(|n| Command::MergeInto { other: IncidentId::from_entropy(n + 1) }),
    ]
}

fn watched(database: u8) -> Watched {
    Watched {
        database: slug(&format!("db{database}")),
        name: format!("db{database}"),
        environment: slug("prod1"),
        environment_name: "PROD1".into(),
        affects: (0..=database).map(|n| (ComponentKey(format!("c{n}")), format!("Component {n}"))).collect(),
        quiet_for: QUIET,
        publishing: if database == 0 {
            Publishing::Automatic
        } else {
            Publishing::After(SignedDuration::from_secs(30))
        },
        promise: Some(SignedDuration::from_mins(2)),
        maintenance: None,
    }
}

fn culprit(n: u8) -> Culprit {
    Culprit {
        namespace: format!("crm.c{n}").into(),
        command: "find".into(),
        shape: "{}".into(),
        app: "".into(),
        plan: "".into(),
        message: "".into(),
        count: 1,
        oldest_us: 0,
    }
}

#[derive(Default)]
struct World {
    incidents: Vec<(Incident, Vec<Entry>)>,
    standing: [Option<Verdict>; 2],
    last: [Option<Verdict>; 2],
}

impl World {
    fn put(&mut self, id: &IncidentId, input: &Input, now: Timestamp) -> Result<(), TestCaseError> {
        let known = self.incidents.iter().position(|(incident, _)| &incident.id == id);
        let before = known.map(|known| self.incidents[known].0.clone());
        let decision = match decide(id, before.as_ref(), input, now) {
            Ok(decision) => decision,
            Err(refusal) => {
                let by_person = matches!(input, Input::Command { .. });
                prop_assert!(by_person || refusal == Refusal::OnlyStrained, "{refusal}");
                return Ok(());
            }
        };
        prop_assert_eq!(decision.expected_version(), before.as_ref().map_or(0, |incident| incident.version));
        prop_assert_eq!(decision.entries.is_empty(), decision.effects.is_empty(), "a change is announced");
        let mut timeline = known.map_or_else(Vec::new, |known| self.incidents[known].1.clone());
        timeline.extend(decision.entries.clone());
        prop_assert_eq!(invariants::check(&decision.next, &timeline), []);
        window_is_sound(&decision.next, &timeline)?;
        if !matches!(input, Input::Command { .. }) {
            let again = decide(id, Some(&decision.next), input, now).map(|again| again.entries);
            prop_assert_eq!(again, Ok(vec![]), "the same twice changes nothing");
        }
        time_acts_when_it_is_due(&decision.next, now)?;
        match known {
            Some(known) => self.incidents[known] = (decision.next, timeline),
            None => self.incidents.push((decision.next, timeline)),
        }
        Ok(())
    }

    fn judge(&mut self, database: u8, verdict: &Verdict, now: Timestamp) -> Result<(), TestCaseError> {
        let watched = watched(database);
        let known: Vec<Incident> = self.incidents.iter().map(|(incident, _)| incident.clone()).collect();
        let id = choose(&known, &watched, now).map_or_else(|| self.new_id(), |incident| incident.id.clone());
        let verdict = Box::new(verdict.clone());
        self.put(&id, &Input::Judged { watched: Box::new(watched), verdict, hypotheses: Vec::new() }, now)?;
        self.one_open_incident_each(database)
    }

    fn new_id(&self) -> IncidentId {
        IncidentId::from_entropy(self.incidents.len() as u64 + 1)
    }

    fn one_open_incident_each(&self, database: u8) -> Result<(), TestCaseError> {
        let database = watched(database).database;
        let open = self.incidents.iter().filter(|(incident, timeline)| {
            let by_machine = matches!(timeline[0].actor, Actor::Watch(_));
            by_machine && incident.is_open() && incident.watching.of(&database).is_some_and(Watch::is_stalled)
        });
        prop_assert!(open.count() <= 1, "two open incidents for `{}`", database);
        Ok(())
    }

    fn step(&mut self, step: Step, now: Timestamp) -> Result<(), TestCaseError> {
        match step {
            Step::Verdict { database, severity, back, length, cause, culprit: blamed, waiting } => {
                let began_at = at(now.as_second() - 1_734_195_600 - back);
                let standing = self.standing[usize::from(database)].take();
                let verdict = Verdict {
                    severity,
                    began_at: standing.as_ref().map_or(began_at, |standing| standing.began_at),
                    detected_at: standing.as_ref().map_or(now, |standing| standing.detected_at),
                    ended_at: length.map(|length| at(now.as_second() - 1_734_195_600 - back + length)),
                    cause: CAUSES[cause].0,
                    nodes: Vec::new(),
                    namespaces: Vec::new(),
                    culprit: blamed.map(culprit),
                    contributors: vec![],
                    waiting,
                    oldest_us: i64::from(waiting) * 10_000,
                    evidence: Vec::new(),
                    confidence: 80,
                    sentence: format!("reads have stalled, {waiting} waiting"),
                };
                self.last[usize::from(database)] = Some(verdict.clone());
                if verdict.ended_at.is_none() {
                    self.standing[usize::from(database)] = Some(verdict.clone());
                }
                self.judge(database, &verdict, now)
            }
            Step::Again { database } => match self.last[usize::from(database)].clone() {
                Some(verdict) => self.judge(database, &verdict, now),
                None => Ok(()),
            },
            Step::Close { database } => match self.standing[usize::from(database)].take() {
                Some(verdict) => self.judge(database, &Verdict { ended_at: Some(now), ..verdict }, now),
                None => Ok(()),
            },
            Step::FoundWell { database } => {
                let stalled = self.incidents.iter().find(|(incident, _)| {
                    incident.watching.of(&watched(database).database).is_some_and(Watch::is_stalled)
                });
                let Some(id) = stalled.map(|(incident, _)| incident.id.clone()) else { return Ok(()) };
                let input = Input::FoundWell { watched: Box::new(watched(database)), since: now };
                self.put(&id, &input, now)
            }
            Step::Person { incident, command } => {
                let Some((incident, _)) = self.incidents.get(incident) else { return Ok(()) };
                let id = incident.id.clone();
                self.put(&id, &Input::Command { by: "ann".into(), command }, now)
            }
            Step::OpenByHand { component } => {
                let id = self.new_id();
                self.put(&id, &Input::Command { by: "ann".into(), command: by_hand(component) }, now)
            }
            Step::Tick => {
                let ids: Vec<_> = self.incidents.iter().map(|(incident, _)| incident.id.clone()).collect();
                ids.iter().try_for_each(|id| self.put(id, &Input::Tick, now))
            }
        }
    }
}

fn by_hand(component: u8) -> Command {
    Command::Open {
        environment: slug("prod1"),
        kind: Kind::Incident,
        title: "Slow".into(),
        impact: Impact::Minor,
        state: State::Investigating,
        update: ("u1".into(), "We look.".into()),
        components: vec![ComponentChange {
            key: ComponentKey(format!("c{component}")),
            name: format!("Component {component}"),
            to: ComponentState::DegradedPerformance,
        }],
        schedule: None,
        began_at: None,
        visibility: Visibility::Public,
        next_update_at: None,
    }
}

/// Before its time a tick changes nothing, and at its time something.
fn time_acts_when_it_is_due(incident: &Incident, now: Timestamp) -> Result<(), TestCaseError> {
    let changes =
        |at: Timestamp| decide(&incident.id, Some(incident), &Input::Tick, at).map(|it| it.entries.len());
    match due_at(incident) {
        None => prop_assert_eq!(changes(at(100_000_000)), Ok(0)),
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

/// The true window never ends before it begins, nor lies in the future of the entry that set it.
fn window_is_sound(incident: &Incident, timeline: &[Entry]) -> Result<(), TestCaseError> {
    let (began_at, ended_at) = (incident.clocks.began_at, incident.clocks.ended_at);
    prop_assert!(ended_at.is_none() || began_at.is_some());
    prop_assert!(began_at.zip(ended_at).is_none_or(|(from, until)| from <= until));
    let latest = timeline.iter().map(|entry| entry.seen_at).max();
    prop_assert!(ended_at.is_none() || ended_at <= latest);
    for entry in timeline {
        if let (Actor::Watch(_), Event::TrueWindowSet { began_at, .. }) = (&entry.actor, &entry.event) {
            prop_assert!(*began_at <= latest);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn verdicts_in_any_order_keep_the_invariants(steps in steps()) {
        let mut world = World::default();
        let mut second = 1_000;
        for (wait, step) in steps {
            second += wait;
            world.step(step, at(second))?;
        }
    }
}
