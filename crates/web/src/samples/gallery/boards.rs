//! Our own page and the console.

use super::{Picture, face, picture, shell, shell_in};
use crate::pages::console::form::{Field, Form};
use crate::pages::console::panels::{self, Panel, Row};
use crate::pages::console::preview::Preview;
use crate::pages::console::{ComponentChoice, EnvironmentChoice, Typed, audit, board, manage, sign_in};
use crate::pages::embed;
use crate::pages::history;
use crate::pages::home::{self, ComponentRow};
use crate::pages::{Look, Shell};
use crate::samples::gallery::incidents::line;
use crate::samples::stalls;
use crate::samples::stories::{self, Story};
use crate::samples::{at, histories, now, slug};
use crate::view::line::IncidentLine;
use crate::view::link;
use domain::component::ComponentState::{self, DegradedPerformance, Operational, PartialOutage, Unknown};
use domain::time::Window;
use domain::uptime::History;
use domain::{ComponentKey, IncidentId, Language, Notice};
use jiff::ToSpan;
use jiff::tz::TimeZone;
use store::{AuditRow, Deed, Doer, Lane, ReportLine};

/// Our own page.
pub(super) fn public(language: Language) -> Vec<Picture> {
    let home = |input: &home::Input| home::render(&shell_in(language, "/"), input);
    vec![
        picture("home-green", home(&green())),
        picture("home-open", home(&open())),
        picture("home-faced", home::render(&faced(language), &open())),
        picture("home-empty", home(&nothing())),
        picture("embed", embed::render(&shell_in(language, "/embed"), &framed())),
        picture("history", year(language, "Order intake", false)),
        picture("history-empty", year(language, "Order intake", true)),
    ]
}

/// The console.
pub(super) fn pictures() -> Vec<Picture> {
    vec![
        picture("console-sign-in", sign_in_page("/console", Some("no token of that name may write"))),
        picture("console-people", panels_page("Ada Fern")),
        picture("console-audit", audit_page("Ada Fern")),
        picture(
            "console-board",
            board_page(&[stories::own_open(), stories::own_maintenance()], &Typed::default()),
        ),
        picture("console-refused", board_page(&[], &refused())),
        picture("console-manage", manage_page(&stories::own_open(), "edit", &edit_refused())),
        picture("console-stall", manage_page(&stalls::standing(), "", &Typed::default())),
        picture("console-advice", manage_page(&stalls::advised(), "", &Typed::default())),
        picture("console-vendor", manage_page(&stories::seed_day(), "", &Typed::default())),
    ]
}

pub(super) fn filled_with(text: &str) -> Vec<Picture> {
    let story = stories::filled_with(text);
    let mut input = open();
    input.open = vec![line(&story)];
    input.upcoming = vec![line(&story)];
    input.days[3].incidents = vec![line(&story)];
    text.clone_into(&mut input.environments[0].name);
    input.environments[0].components[0] = row(text, Some(text), Operational, None);
    let values = ["title", "body", "began_at", "environment"].map(|name| (name.to_owned(), text.to_owned()));
    let errors = ["title", "body", ""].map(|name| (name.to_owned(), text.to_owned()));
    let typed = Typed { values: values.into(), errors: errors.into() };
    vec![
        picture("history", year(Language::English, text, false)),
        picture("home", home::render(&shell("/"), &input)),
        picture(
            "embed",
            embed::render(&shell("/embed"), &embed::Input { lines: vec![line(&story)], ..framed() }),
        ),
        picture("board", board_page(std::slice::from_ref(&story), &typed)),
        picture("manage", manage_page(&story, "title", &typed)),
        picture("sign-in", sign_in_page(text, Some(text))),
    ]
}

fn framed() -> embed::Input {
    let input = open();
    embed::Input { overall: input.overall, lines: [input.open, input.upcoming].concat() }
}

fn row(name: &str, group: Option<&str>, state: ComponentState, history: Option<History>) -> ComponentRow {
    ComponentRow { name: name.to_owned(), group: group.map(str::to_owned), state, history }
}

fn environments(intake: ComponentState) -> Vec<home::Environment> {
    let quiet = || Some(histories::quiet());
    let troubled = if intake == Operational { histories::mixed() } else { histories::broken_today() };
    vec![
        home::Environment {
            slug: slug("PROD1"),
            name: "PROD1".into(),
            state: Operational,
            components: vec![
                row("Order intake", None, Operational, Some(histories::mixed())),
                row("Mail out", None, Operational, quiet()),
                row("Database", Some("Behind it"), Operational, quiet()),
                row("Search index", Some("Behind it"), Operational, Some(histories::mixed())),
            ],
        },
        home::Environment {
            slug: slug("PROD2"),
            name: "PROD2".into(),
            state: intake,
            components: vec![
                row("Order intake", None, intake, Some(troubled)),
                row(
                    "Mail out",
                    None,
                    if intake == Operational { Operational } else { DegradedPerformance },
                    quiet(),
                ),
                row("Database", None, Operational, Some(histories::young())),
            ],
        },
    ]
}

fn days(stories: &[Story]) -> Vec<home::DayLog> {
    let today = now().to_zoned(TimeZone::UTC).date();
    let day = |n: i32| today.saturating_sub(n.days());
    let began = |line: &IncidentLine| line.window.from.to_zoned(TimeZone::UTC).date();
    let lines: Vec<_> = stories.iter().map(line).collect();
    (0..15)
        .map(|n| home::DayLog {
            date: day(n),
            watched: n < 12,
            incidents: lines.iter().filter(|line| began(line) == day(n)).cloned().collect(),
        })
        .collect()
}

fn green() -> home::Input {
    home::Input {
        overall: Operational,
        said_at: Some(at("2025-02-12T09:41:08Z")),
        environments: environments(Operational),
        open: Vec::new(),
        upcoming: vec![line(&stories::own_maintenance())],
        days: days(&[stories::withdrawn()]),
        vendors: vec![(Operational, 41), (Unknown, 1)],
    }
}

fn open() -> home::Input {
    home::Input {
        overall: PartialOutage,
        open: vec![line(&stories::own_open())],
        environments: environments(PartialOutage),
        days: days(&[stories::own_open(), stories::withdrawn()]),
        vendors: vec![
            (Operational, 38),
            (ComponentState::MajorOutage, 1),
            (DegradedPerformance, 2),
            (Unknown, 1),
        ],
        ..green()
    }
}

fn nothing() -> home::Input {
    home::Input {
        overall: Unknown,
        said_at: None,
        environments: Vec::new(),
        open: Vec::new(),
        upcoming: Vec::new(),
        days: days(&[]).into_iter().map(|day| home::DayLog { watched: false, ..day }).collect(),
        vendors: Vec::new(),
    }
}

/// A page with a colour and two logos.
fn faced(language: Language) -> Shell {
    let shell = shell_in(language, "/");
    Shell { look: Look { face: face().files(), ..shell.look.clone() }, ..shell }
}

fn year(language: Language, name: &str, empty: bool) -> Result<String, askama::Error> {
    let day = |text: &str| at(&format!("{text}T00:00:00Z"));
    let (since, until, days) = (day("2024-09-20"), now(), 349);
    let outage = |from: &str, until: &str| Window::closed(at(from), at(until));
    let windows = [
        (PartialOutage, outage("2024-12-14T17:00:00Z", "2024-12-14T18:11:00Z")),
        (DegradedPerformance, outage("2025-01-07T08:00:00Z", "2025-01-08T10:30:00Z")),
        (ComponentState::MajorOutage, outage("2025-02-12T08:41:00Z", "2025-02-12T09:41:00Z")),
        (ComponentState::UnderMaintenance, outage("2024-11-02T22:00:00Z", "2024-11-02T23:30:00Z")),
    ];
    let (windows, since) = if empty { (&windows[..0], until) } else { (&windows[..], since) };
    let history = domain::uptime::history(windows, since, until, days);
    let component = |environment: &str, name: &str| history::ComponentYear {
        environment: environment.to_owned(),
        name: name.to_owned(),
        history: history.clone(),
    };
    let told = [stories::own_open(), stories::withdrawn(), stories::seed_day()];
    let input = history::Input {
        year: None,
        components: vec![component("PROD1", name), component("PROD2", "Mail out")],
        days: history.clone(),
        incidents: if empty { Vec::new() } else { told.iter().map(line).collect() },
        has_older: !empty,
        newer: None,
    };
    history::render(&shell_in(language, "/history"), &input)
}

pub(super) fn signed_in(path: &str) -> Shell {
    Shell { signed_in: true, json_url: None, atom_url: None, seen_at: None, ..shell(path) }
}

fn sign_in_page(next: &str, error: Option<&str>) -> Result<String, askama::Error> {
    let shell = Shell { json_url: None, atom_url: None, seen_at: None, ..shell("/console/sign-in") };
    sign_in::render(&shell, &sign_in::Input { csrf: "c5f", next, error, ..sign_in::Input::default() })
}

fn panels_page(text: &str) -> Result<String, askama::Error> {
    let form = Form::new(link::people("roles"), "roles", "c5f", "Save the roles")
        .field(Field::email("email", "E-mail address").with(text))
        .field(Field::secret("password", "Password", "new-password").hint("12 letters or more"));
    let row = |forms| Row { what: text.to_owned(), about: text.to_owned(), forms, open: false };
    let panel = Panel {
        id: "everybody",
        heading: "Everybody",
        lead: text.to_owned(),
        rows: vec![row(vec![form]), row(Vec::new())],
        ..Panel::default()
    };
    let input = panels::Input {
        title: "People",
        lead: text.to_owned(),
        below_console: true,
        ways: vec![("Audit log", link::AUDIT)],
        done: Some((text.to_owned(), Some(text.to_owned()))),
        panels: vec![panel],
    };
    panels::render(&shell(link::PEOPLE), &input)
}

fn audit_page(text: &str) -> Result<String, askama::Error> {
    let by = Doer { kind: "person".to_owned(), id: text.to_owned(), name: text.to_owned() };
    let [action, subject, detail, address] = [(); 4].map(|()| text.to_owned());
    let deed = Deed { at: now(), by, action, subject, detail, address };
    let [by, action, subject] = [(); 3].map(|()| text.to_owned());
    let rows = vec![AuditRow { seq: 7, deed, hash: [7; 32] }];
    audit::render(&shell(link::AUDIT), &audit::Input { by, action, subject, rows, goes_on: true })
}

fn choices() -> Vec<ComponentChoice> {
    ["Order intake", "Mail out", "Database"]
        .map(|name| ComponentChoice {
            key: ComponentKey(slug(name).to_string()),
            name: name.into(),
            state: Operational,
        })
        .into()
}

pub(super) fn environment_choices() -> Vec<EnvironmentChoice> {
    ["PROD1", "PROD2"]
        .map(|name| EnvironmentChoice { slug: slug(name), name: name.into(), components: choices() })
        .into()
}

fn board_page(stories: &[Story], typed: &Typed) -> Result<String, askama::Error> {
    let input = board::Input {
        csrf: "c5f",
        operator: "ines",
        ways: vec![("Promises", link::PROMISES), ("Your account", link::ACCOUNT)],
        open: stories.iter().map(standing).collect(),
        held: Vec::new(),
        recent: vec![line(&stories::edited())],
        templates: vec![("Slow reads".into(), link::template(&slug("slow-reads")))],
        environments: environment_choices(),
        typed: typed.clone(),
        backfilling: false,
        preview: stories
            .first()
            .map(|story| Preview { incident: story.incident.clone(), subject: story.subject.clone() }),
        sieve: board::Sieve::default(),
    };
    board::render(&signed_in("/console"), &input)
}

fn standing(story: &Story) -> board::Standing {
    let due_at = domain::promise::pending(&story.incident).map(|promise| promise.due_at);
    board::Standing { line: line(story), internal: !story.incident.is_public(), due_at }
}

fn refused() -> Typed {
    Typed {
        values: vec![
            ("environment".into(), "prod2".into()),
            ("title".into(), String::new()),
            ("impact".into(), "critical".into()),
            ("body".into(), "Orders cannot be placed.".into()),
            ("began_at".into(), "2025-02-12T11:00".into()),
        ],
        errors: vec![
            ("title".into(), "`title` is empty".into()),
            ("began_at".into(), "`began_at` lies in the future".into()),
        ],
    }
}

fn edit_refused() -> Typed {
    Typed {
        values: vec![("update".into(), "u1".into()), ("body".into(), String::new())],
        errors: vec![("body".into(), "`body` is empty".into())],
    }
}

fn told(channel: &str, done: u64, waiting: u64) -> ReportLine {
    ReportLine {
        seq: 1,
        notice: Notice::Opened,
        decided_at: now(),
        lane: if channel == "email" { Lane::Subscribers } else { Lane::Operators },
        channel: channel.to_owned(),
        waiting,
        done,
        dead: 0,
        first_at: Some(now()),
        last_at: Some(now()),
    }
}

fn manage_page(story: &Story, refused: &str, typed: &Typed) -> Result<String, askama::Error> {
    let input = manage::Input {
        deliveries: vec![told("pager", 1, 0), told("email", 409, 2)],
        csrf: "c5f",
        operator: "ines",
        incident: &story.incident,
        timeline: &story.timeline,
        deploys: &stalls::deploys_of(story),
        subject: &story.subject,
        components: choices(),
        words: Vec::new(),
        merge_candidates: vec![(IncidentId::from_entropy(7), "Orders cannot be placed".into())],
        refused,
        typed: typed.clone(),
        done: refused.is_empty().then_some("The times are saved."),
        preview: None,
    };
    manage::render(&signed_in("/console/incidents/x"), &input)
}
