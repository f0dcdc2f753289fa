//! What is told of a notice, to whom.

use super::*;
use domain::{Command, Impact, Input, Kind, State, Visibility, decide};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_734_134_400 + second).expect("in range")
}

fn places() -> Places {
    Places {
        names: HashMap::from([("production".to_owned(), "PROD".to_owned())]),
        page: "Quay Bakery".to_owned(),
        url: "https://status.quay.example".to_owned(),
    }
}

struct Tale {
    id: IncidentId,
    incident: Option<Incident>,
    timeline: Vec<Entry>,
    effects: Vec<domain::effect::Effect>,
}

impl Tale {
    fn new() -> Self {
        let id = IncidentId::from_entropy(7);
        Self { id, incident: None, timeline: Vec::new(), effects: Vec::new() }
    }

    fn then(mut self, second: i64, command: Command) -> Self {
        let input = Input::Command { by: "ann".into(), command };
        let decision = decide(&self.id, self.incident.as_ref(), &input, at(second)).expect("allowed");
        self.timeline.extend(decision.entries);
        self.effects = decision.effects;
        self.incident = Some(decision.next);
        self
    }

    fn opened(visibility: Visibility) -> Self {
        Self::new().then(
            0,
            Command::Open {
                environment: Slug::parse("production").expect("a slug"),
                kind: Kind::Incident,
                title: "Ovens are cold".into(),
                impact: Impact::Major,
                state: State::Investigating,
                update: ("u0".into(), "We are looking.".into()),
                components: Vec::new(),
                schedule: None,
                began_at: None,
                visibility,
                next_update_at: None,
            },
        )
    }

    fn update(self, second: i64, state: State, body: &str) -> Self {
        let id = format!("u{second}");
        let (components, next_update_at) = (Vec::new(), Some(at(second + 1_800)));
        self.then(second, Command::Update { id, state, body: body.into(), components, next_update_at })
    }

    /// What the last decision is told as.
    fn told(&self, audience: Audience) -> Option<Message> {
        assert_eq!(self.effects.len(), 1, "{:?}", self.effects);
        let effect = self.effects[0];
        let subject = Subject { incident: self.id.clone(), seq: effect.seq, notice: effect.notice, audience };
        tell(&self.timeline, &subject, &places()).map(|story| story.message)
    }
}

#[test]
fn news_are_told_as_the_incident_stood_with_the_text_that_made_them() {
    let tale = Tale::opened(Visibility::Public).update(60, State::Identified, "A fuse.");
    let told = tale.told(Audience::Public).expect("public");
    assert_eq!(
        (told.notice, told.body.as_str(), told.state),
        (Notice::Updated, "A fuse.", State::Identified)
    );
    assert_eq!((told.at, told.next_update_at), (at(60), Some(at(1_860))));
    assert_eq!((told.environment.as_str(), told.page.as_str()), ("PROD", "Quay Bakery"));
    assert_eq!(told.url, format!("https://status.quay.example/incidents/{}", tale.id));

    let subject =
        Subject { incident: tale.id.clone(), seq: 1, notice: Notice::Opened, audience: Audience::Public };
    let first = tell(&tale.timeline, &subject, &places()).expect("public").message;
    assert_eq!((first.body.as_str(), first.state), ("We are looking.", State::Investigating));
}

#[test]
fn an_update_that_resolves_is_told_with_its_text() {
    let tale = Tale::opened(Visibility::Public).update(60, State::Resolved, "Warm again.");
    let told = tale.told(Audience::Public).expect("public");
    assert_eq!((told.notice, told.body.as_str()), (Notice::Resolved, "Warm again."));
    assert_eq!((told.resolved_at, told.next_update_at), (Some(at(60)), None));
}

#[test]
fn the_public_hears_nothing_of_what_is_internal() {
    let tale = Tale::opened(Visibility::Internal);
    assert_eq!(tale.told(Audience::Public), None);
    let told = tale.told(Audience::Operators).expect("operators hear of everything");
    assert_eq!(told.body, "We are looking.");
    assert!(told.url.contains("/console/incidents/"), "{}", told.url);

    let publish =
        Command::Publish { update: ("p".into(), "Ovens are cold; we know.".into()), next_update_at: None };
    let tale = tale.then(60, publish);
    let told = tale.told(Audience::Public).expect("public now");
    assert_eq!((told.notice, told.body.as_str()), (Notice::Published, "Ovens are cold; we know."));

    let tale = tale.then(120, Command::Hide);
    let told = tale.told(Audience::Public).expect("it was public until now");
    assert_eq!(
        (told.notice, told.body.as_str(), told.title.as_str()),
        (Notice::Withdrawn, "", "Ovens are cold")
    );
}
