//! Incidents from beginning to end, with their timelines.

use super::{at, slug};
use domain::component::ComponentState;
use domain::observation::{
    ComponentChange, IncidentObservation, PostmortemObservation, UpdateObservation, fold_repeats,
};
use domain::time::Window;
use domain::{
    Command, ComponentKey, Entry, Impact, Incident, IncidentId, Input, Kind, Slug, State, Timestamp,
    Visibility, decide,
};

/// An incident and how it came about.
#[derive(Clone, Debug)]
pub struct Story {
    /// The incident.
    pub incident: Incident,
    /// Its whole timeline.
    pub timeline: Vec<Entry>,
    /// Name of its vendor or environment.
    pub subject: String,
}

impl Story {
    /// Feeds one more input in.
    ///
    /// # Panics
    /// If the input is refused: samples are meant to be possible.
    pub(super) fn then(mut self, when: &str, input: &Input) -> Self {
        let id = self.incident.id.clone();
        let decision = decide(&id, Some(&self.incident), input, at(when)).expect("a possible input");
        self.timeline.extend(decision.entries);
        self.incident = decision.next;
        self
    }

    /// A person wants something.
    #[must_use]
    pub fn command(self, when: &str, by: &str, command: Command) -> Self {
        self.then(when, &Input::Command { by: by.to_owned(), command })
    }

    /// The vendor's page shows it anew.
    #[must_use]
    pub fn seen(self, when: &str, incident: IncidentObservation) -> Self {
        let vendor = slug(&self.subject);
        self.then(when, &Input::Seen { vendor, incident: Box::new(incident), complete: true })
    }

    /// The vendor's page does not show it any more.
    #[must_use]
    pub fn missing(self, when: &str) -> Self {
        let vendor = slug(&self.subject);
        self.then(when, &Input::Missing { vendor })
    }
}

/// The first look at a vendor's incident.
pub fn first_seen(vendor: &str, when: &str, incident: IncidentObservation) -> Story {
    let id = IncidentId::of_vendor(&slug(vendor), &incident.external_id);
    let input = Input::Seen { vendor: slug(vendor), incident: Box::new(incident), complete: true };
    open(&id, vendor, &input, at(when))
}

/// An incident of our own; `number` makes its identifier.
pub fn opened(environment: &str, number: u64, when: &str, command: Command) -> Story {
    let id = IncidentId::from_entropy(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    open(&id, environment, &Input::Command { by: "ines".into(), command }, at(when))
}

pub(super) fn open(id: &IncidentId, subject: &str, input: &Input, now: Timestamp) -> Story {
    let decision = decide(id, None, input, now).expect("a possible beginning");
    Story { incident: decision.next, timeline: decision.entries, subject: subject.to_owned() }
}

/// A change of a component.
pub fn change(name: &str, to: ComponentState) -> ComponentChange {
    ComponentChange { key: ComponentKey(slug(name).to_string()), name: name.to_owned(), to }
}

/// An update of a vendor.
pub fn update(id: &str, when: &str, state: State, body: &str) -> UpdateObservation {
    UpdateObservation {
        external_id: id.to_owned(),
        state,
        published_at: at(when),
        edited_at: None,
        body: body.to_owned(),
        components: Vec::new(),
        repeats: Vec::new(),
    }
}

/// An incident of a vendor that has these updates and nothing else.
///
/// # Panics
/// If there is no update.
pub fn observed(
    id: &str,
    title: &str,
    impact: Impact,
    updates: Vec<UpdateObservation>,
) -> IncidentObservation {
    let updates = fold_repeats(updates);
    let (first, last) = (updates.first().expect("an update"), updates.last().expect("an update"));
    let resolved_at = last.state.is_over().then_some(last.published_at);
    IncidentObservation {
        external_id: id.to_owned(),
        title: title.to_owned(),
        kind: Kind::Incident,
        impact,
        state: last.state,
        url: Some(format!("https://status.fernwick.example/incidents/{id}")),
        published_at: first.published_at,
        stated_start_at: None,
        resolved_at,
        schedule: None,
        components: Vec::new(),
        updates,
        postmortem: None,
    }
}

fn with_components(mut incident: IncidentObservation, names: &[&str]) -> IncidentObservation {
    incident.components =
        names.iter().map(|name| (ComponentKey(slug(name).to_string()), (*name).to_owned())).collect();
    incident
}

/// The seed day: slow loads for 54 minutes by the page, for 71 in truth, explained 58 days later.
pub fn seed_day() -> Story {
    let words = "Pages of the agent desk load slowly in PROD1. We will post again within 30 minutes.";
    let i1 = update("sd1", "2024-12-14T17:33:00Z", State::Investigating, words);
    let i2 = update("sd2", "2024-12-14T17:38:00Z", State::Investigating, words);
    let m1 = update(
        "sd3",
        "2024-12-14T18:04:00Z",
        State::Monitoring,
        "A change was put in for PROD1 and load times are falling. We will post again within 30 minutes.",
    );
    let r1 = update(
        "sd4",
        "2024-12-14T18:27:00Z",
        State::Resolved,
        "The slow reads came from a bottleneck in one database. It has recovered, and load times are normal.",
    );
    let seen = |updates: &[&UpdateObservation]| {
        let updates = updates.iter().map(|update| (*update).clone()).collect();
        let incident = observed("b3x9kd0p2q7m", "Slow loads across the desk (PROD1)", Impact::Minor, updates);
        with_components(incident, &["Agent desk", "Search", "Workflows"])
    };
    let mut told = seen(&[&i1, &i2, &m1, &r1]);
    told.state = State::Postmortem;
    told.postmortem = Some(PostmortemObservation {
        body: POSTMORTEM.to_owned(),
        published_at: Some(at("2025-02-10T16:11:00Z")),
    });
    first_seen("Fernwick", "2024-12-14T17:34:00Z", seen(&[&i1]))
        .seen("2024-12-14T17:39:00Z", seen(&[&i1, &i2]))
        .seen("2024-12-14T18:05:00Z", seen(&[&i1, &i2, &m1]))
        .seen("2024-12-14T18:28:00Z", seen(&[&i1, &i2, &m1, &r1]))
        .seen("2025-02-10T16:12:00Z", told)
        .command(
            "2025-02-10T16:30:00Z",
            "ines",
            Command::SetTrueWindow {
                began_at: Some(at("2024-12-14T17:00:00Z")),
                ended_at: Some(at("2024-12-14T18:11:00Z")),
            },
        )
}

/// A postmortem as vendors write them, with the escapes that their editors leave behind.
const POSTMORTEM: &str = r"# What happened

On 14 December 2024, from about 12:00 ET, reads of the main database in PROD1 waited for a lock. Pages of the desk took up to 40 seconds. Ticket \#4127 \(internal\) has the graphs.

## Timeline

| Time | What |
|---|---|
| 12:00 ET | First customers report slow pages |
| 12:09 ET | Incident declared |
| 12:51 ET | Cause found: reads of one index wait |
| 13:11 ET | The database recovers |

## What we do about it

* **\[Done\]** An alarm on waiting reads, at 200 ms
* **\[Done\]** Two queries rewritten so that they use the index
* **\[January\]** A load test that runs each week<br />with last week's traffic

> We know that you rely on the desk every minute. We are sorry.
";

/// A vendor's outage that goes on, with components that go different ways.
pub fn vendor_outage() -> Story {
    let mut first = update(
        "vo1",
        "2025-02-12T08:52:00Z",
        State::Investigating,
        "Requests to the public API fail with status 503 in the region eu-west. We are looking.",
    );
    first.components = vec![
        change("Public API", ComponentState::MajorOutage),
        change("Webhooks", ComponentState::DegradedPerformance),
    ];
    let mut second = update(
        "vo2",
        "2025-02-12T09:20:00Z",
        State::Identified,
        "A router in eu-west announces routes that lead nowhere. We take it out of service.\n\nProgress: https://status.tallis.example/incidents/9fk2",
    );
    second.components = vec![change("Public API", ComponentState::PartialOutage)];
    let seen = |updates: &[&UpdateObservation]| {
        let updates = updates.iter().map(|update| (*update).clone()).collect();
        let mut incident = observed("9fk2w8xr41tz", "API unavailable in eu-west", Impact::Critical, updates);
        incident.url = Some("https://status.tallis.example/incidents/9fk2".to_owned());
        incident
    };
    first_seen("Tallis Cloud", "2025-02-12T08:52:41Z", seen(&[&first]))
        .seen("2025-02-12T09:20:38Z", seen(&[&first, &second]))
}

/// An incident of our own that goes on.
pub fn own_open() -> Story {
    opened(
        "PROD2",
        11,
        "2025-02-12T08:58:10Z",
        Command::Open {
            environment: slug("PROD2"),
            kind: Kind::Incident,
            title: "Orders are confirmed late".into(),
            impact: Impact::Major,
            state: State::Investigating,
            update: (
                "u1".into(),
                "Confirmations of orders arrive up to ten minutes late. Orders themselves are safe.".into(),
            ),
            components: vec![
                change("Order intake", ComponentState::PartialOutage),
                change("Mail out", ComponentState::DegradedPerformance),
            ],
            schedule: None,
            began_at: Some(at("2025-02-12T08:41:00Z")),
            visibility: Visibility::Public,
            next_update_at: None,
        },
    )
    .command(
        "2025-02-12T09:24:00Z",
        "ines",
        Command::Update {
            id: "u2".into(),
            state: State::Identified,
            body:
                "The queue between intake and mail is blocked by **one poisoned message**. We move it aside."
                    .into(),
            components: Vec::new(),
            next_update_at: None,
        },
    )
}

/// An announced maintenance of our own.
pub fn own_maintenance() -> Story {
    opened(
        "PROD1",
        12,
        "2025-02-08T10:00:00Z",
        Command::Open {
            environment: slug("PROD1"),
            kind: Kind::Maintenance,
            title: "New primary database".into(),
            impact: Impact::Maintenance,
            state: State::Scheduled,
            update: (
                "u1".into(),
                "We move the primary database to new hardware. Writing pauses for up to two minutes at the beginning."
                    .into(),
            ),
            components: vec![change("Database", ComponentState::UnderMaintenance)],
            schedule: Some(Window::closed(at("2025-02-15T22:00:00Z"), at("2025-02-16T00:30:00Z"))),
            began_at: None,
            visibility: Visibility::Public,
            next_update_at: None,
        },
    )
}

/// A vendor's maintenance that runs.
pub fn vendor_maintenance() -> Story {
    let announced =
        update("vm1", "2025-02-05T12:00:00Z", State::Scheduled, "We replace storage in the region north.");
    let mut begun = update("vm2", "2025-02-12T09:00:00Z", State::InProgress, "The work has begun.");
    begun.components = vec![change("Inbound mail", ComponentState::UnderMaintenance)];
    let seen = |posts: Vec<UpdateObservation>| {
        let mut incident =
            observed("mt5q0c7hw3zz", "Storage replacement, region north", Impact::Maintenance, posts);
        incident.kind = Kind::Maintenance;
        incident.schedule = Some(Window::closed(at("2025-02-12T09:00:00Z"), at("2025-02-12T13:00:00Z")));
        with_components(incident, &["Inbound mail", "Archive"])
    };
    first_seen("Quillmail", "2025-02-05T12:00:52Z", seen(vec![announced.clone()]))
        .seen("2025-02-12T09:00:41Z", seen(vec![announced, begun]))
}

/// A vendor's incident whose words changed afterwards: one update edited twice, one taken back.
pub fn edited() -> Story {
    let first = "A small number of customers may see errors when they send mail.";
    let posts = |words: &str, withdrawn: bool| {
        let mut updates = vec![
            update("ed1", "2025-01-21T13:02:00Z", State::Investigating, words),
            update("ed2", "2025-01-21T13:40:00Z", State::Identified, "A supplier's outage is the cause."),
            update("ed3", "2025-01-21T14:25:00Z", State::Resolved, "Mail flows again."),
        ];
        if withdrawn {
            updates.remove(1);
        }
        observed("ed77hb1k9s0v", "Errors when sending mail", Impact::Major, updates)
    };
    let mut last = posts("Customers see errors when they send mail from 12:40 UTC on.", true);
    last.updates[0].edited_at = Some(at("2025-01-22T09:15:00Z"));
    "Outage of outbound mail".clone_into(&mut last.title);
    first_seen("Quillmail", "2025-01-21T14:26:00Z", posts(first, false))
        .seen("2025-01-21T15:00:00Z", posts("Customers may see errors when they send mail.", false))
        .seen("2025-01-22T09:16:00Z", last)
}

/// A vendor's incident that vanished from its page.
pub fn withdrawn() -> Story {
    let posts = vec![update("wd1", "2025-02-02T07:10:00Z", State::Investigating, "Searches return nothing.")];
    first_seen(
        "Fernwick",
        "2025-02-02T07:11:00Z",
        observed("wd0f8c2m5n6b", "Search returns nothing", Impact::Major, posts),
    )
    .missing("2025-02-02T09:00:00Z")
}

/// A vendor's incident that lives on in another.
pub fn merged() -> Story {
    let posts = vec![update(
        "mg1",
        "2024-12-14T17:41:00Z",
        State::Resolved,
        "Workflows run late; see the other incident.",
    )];
    first_seen(
        "Fernwick",
        "2024-12-14T17:42:00Z",
        observed("mg4v7z1x0c9k", "Workflows run late", Impact::Minor, posts),
    )
    .command("2024-12-14T18:00:00Z", "ines", Command::MergeInto { other: seed_day().incident.id })
}

/// A title and a text of one's own choosing, in every field that a vendor fills.
pub fn filled_with(text: &str) -> Story {
    let mut post = update("hx1", "2025-02-11T10:00:00Z", State::Investigating, text);
    post.components = vec![ComponentChange {
        key: ComponentKey(text.to_owned()),
        name: text.to_owned(),
        to: ComponentState::PartialOutage,
    }];
    let seen = |words: &str| {
        let mut post = post.clone();
        words.clone_into(&mut post.body);
        let mut incident = observed("hx0000000000", text, Impact::Major, vec![post]);
        incident.url = Some(text.to_owned());
        incident
    };
    let mut last = seen(&format!("{text} {text}"));
    last.state = State::Resolved;
    last.resolved_at = Some(at("2025-02-11T11:00:00Z"));
    last.postmortem = Some(PostmortemObservation { body: text.to_owned(), published_at: None });
    first_seen("Fernwick", "2025-02-11T10:01:00Z", seen(text)).seen("2025-02-11T11:01:00Z", last)
}

/// Slug of the vendor or environment of a story.
pub fn source(story: &Story) -> Slug {
    slug(&story.subject)
}
