//! Pages of single incidents, and the list of all.

use super::{Picture, picture, shell_in};
use crate::pages::{incident, incidents};
use crate::samples::slug;
use crate::samples::stalls;
use crate::samples::stories::{self, Story};
use crate::view::line::IncidentLine;
use crate::view::link;
use domain::{Impact, Kind, Language};

/// Every incident of the samples.
pub(super) fn all() -> Vec<Story> {
    vec![
        stories::own_open(),
        stalls::standing(),
        stories::vendor_outage(),
        stories::vendor_maintenance(),
        stories::own_maintenance(),
        stories::withdrawn(),
        stories::edited(),
        stories::merged(),
        stories::seed_day(),
    ]
}

/// The line of a story.
pub(super) fn line(story: &Story) -> IncidentLine {
    IncidentLine::new(&story.incident, &story.subject)
}

pub(super) fn pictures(language: Language) -> Vec<Picture> {
    let seed = stories::seed_day();
    let others = [
        ("incident-seed", &seed),
        ("incident-open", &stories::vendor_outage()),
        ("incident-own", &stories::own_open()),
        ("incident-stall", &stalls::standing()),
        ("incident-stall-over", &stalls::over()),
        ("incident-stall-proposed", &stalls::led_by_a_person()),
        ("incident-maintenance", &stories::own_maintenance()),
        ("incident-running", &stories::vendor_maintenance()),
        ("incident-edited", &stories::edited()),
        ("incident-withdrawn", &stories::withdrawn()),
        ("incident-merged", &stories::merged()),
        ("incident-long", &stories::filled_with(LONG)),
    ]
    .map(|(name, story)| picture(name, page(story, language)));
    let mut pictures = Vec::from(others);
    pictures
        .push(picture("incidents", incidents::render(&shell_in(language, "/incidents"), &list(Vec::new()))));
    let empty = incidents::Filter {
        text: "nowhere".into(),
        kind: Some(Kind::Incident),
        impact: Some(Impact::Critical),
        ..Default::default()
    };
    let none = incidents::Input {
        lines: Vec::new(),
        filter: empty,
        sources: Vec::new(),
        total: Some(0),
        newer_url: None,
        older_url: None,
    };
    pictures.push(picture(
        "incidents-none",
        incidents::render(&shell_in(language, "/incidents?q=nowhere"), &none),
    ));
    pictures
}

pub(super) fn filled_with(text: &str) -> Vec<Picture> {
    let language = Language::English;
    let story = stories::filled_with(text);
    let mut extra = list(vec![line(&story)]);
    text.clone_into(&mut extra.filter.text);
    extra.sources.push((slug("x"), text.to_owned()));
    extra.newer_url = Some("/incidents?page=1".to_owned());
    vec![
        picture("incident", page(&story, language)),
        picture("incident-stall", page(&stalls::filled_with(text), language)),
        picture("incidents", incidents::render(&shell_in(language, "/incidents"), &extra)),
    ]
}

fn page(story: &Story, language: Language) -> Result<String, askama::Error> {
    let id = &story.incident.id;
    let neighbour = |story: Story| incident::Neighbour {
        id: story.incident.id,
        title: story.incident.title,
        published_at: story.incident.clocks.published_at,
    };
    let seed = stories::seed_day();
    let input = incident::Input {
        incident: &story.incident,
        timeline: &story.timeline,
        subject: &story.subject,
        earlier: Some(neighbour(stories::merged())),
        later: Some(neighbour(stories::withdrawn())),
        merged_into: story.incident.merged_into.as_ref().map(|_| neighbour(seed)),
        absorbed: Vec::new(),
    };
    let mut shell = shell_in(language, &link::incident(id));
    shell.json_url = Some(format!("/api/v1/incidents/{id}"));
    shell.atom_url = None;
    incident::render(&shell, &input)
}

fn list(mut more: Vec<IncidentLine>) -> incidents::Input {
    more.extend(all().iter().map(line));
    incidents::Input {
        lines: more,
        filter: incidents::Filter::default(),
        sources: ["Fernwick", "Quillmail", "Tallis Cloud", "PROD1"]
            .map(|name| (slug(name), name.to_owned()))
            .into(),
        total: Some(8),
        newer_url: None,
        older_url: Some("/incidents?page=2".to_owned()),
    }
}

/// A title that will not end, with a word that no line can hold.
const LONG: &str = "Requests from the integration gateway of the north-western region to the reporting service, and \
    from there to Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft, are delayed by several minutes";
