//! The watch over reads.

use super::{Picture, picture, shell};
use crate::live::{Live, Portrait, Standing};
use crate::pages::Shell;
use crate::pages::reads::one::{Input, RANGES};
use crate::pages::reads::{all, one};
use crate::samples::{now, reads};
use crate::view::chart::{CHARTS, Values};
use domain::reads::{Failure, Path};
use std::sync::Arc;
use store::HeatRow;

pub(super) fn pictures() -> Vec<Picture> {
    let databases = portraits();
    vec![
        picture(
            "reads-all",
            all::render(&signed_in("/console/reads"), &all::Input { databases: databases.clone() }),
        ),
        picture("reads-none", all::render(&signed_in("/console/reads"), &all::Input::default())),
        picture("reads-stall", one::render(&signed_in("/console/reads/prod1"), &live(databases[0].clone()))),
        picture("reads-quiet", one::render(&signed_in("/console/reads/prod2"), &live(databases[1].clone()))),
        picture("reads-hour", one::render(&signed_in("/console/reads/prod1"), &hour(databases[0].clone()))),
        picture("reads-silent", one::render(&signed_in("/console/reads/prod1"), &silent())),
    ]
}

pub(super) fn filled_with(text: &str) -> Vec<Picture> {
    let mut portrait = portraits().remove(0);
    let letters: Arc<str> = text.into();
    text.clone_into(&mut portrait.watched.title);
    portrait.nodes.truncate(1);
    portrait.nodes[0].0 = Arc::clone(&letters);
    let node = &mut portrait.nodes[0].1;
    node.last_failure = Some((now(), text.to_owned(), text.to_owned()));
    let mut in_flight = reads::in_flight();
    for group in &mut in_flight.groups {
        for field in [
            &mut group.namespace,
            &mut group.command,
            &mut group.shape,
            &mut group.app,
            &mut group.plan,
            &mut group.message,
        ] {
            *field = Arc::clone(&letters);
        }
    }
    node.in_flight = Some((now(), in_flight));
    if let Some(Standing { verdict, .. }) = &mut portrait.standing {
        text.clone_into(&mut verdict.sentence);
        text.clone_into(&mut verdict.evidence[0].text);
        verdict.culprit.as_mut().expect("the sample has one").shape = letters;
    }
    let mut input = live(portrait.clone());
    input.nodes.push(text.to_owned());
    input.nodes.push(format!("{text} too"));
    input.node = Some(text.to_owned());
    input.incidents = vec![(reads::incidents()[0].0.clone(), text.to_owned(), reads::incidents()[0].2)];
    input.heat = vec![HeatRow { namespace: text.to_owned(), ..reads::heat()[0].clone() }];
    vec![
        picture(
            "reads-all",
            all::render(&signed_in("/console/reads"), &all::Input { databases: vec![portrait] }),
        ),
        picture("reads", one::render(&signed_in("/console/reads/prod1"), &input)),
    ]
}

fn signed_in(path: &str) -> Shell {
    Shell { signed_in: true, json_url: None, atom_url: None, ..shell(path) }
}

fn portraits() -> Vec<Portrait> {
    let live = Live::default();
    reads::tell(&live);
    live.databases().iter().map(|database| database.portrait()).collect()
}

/// The last ten minutes.
fn live(portrait: Portrait) -> Input {
    let stands = portrait.standing.is_some();
    Input {
        range: RANGES[0],
        node: None,
        nodes: portrait.nodes.iter().map(|(name, _)| name.to_string()).collect(),
        drawn: crate::load::in_memory(&portrait),
        incidents: if stands { reads::incidents() } else { Vec::new() },
        heat: reads::heat().into_iter().map(of_ten_minutes).collect(),
        heat_step_s: 60,
        without_store: false,
        portrait,
    }
}

fn of_ten_minutes(mut row: HeatRow) -> HeatRow {
    row.cells.retain(|(at, _)| *at >= reads::ago(600));
    row.total_us = row.cells.iter().map(|(_, read_us)| read_us).sum();
    row
}

/// The last hour, of one node.
fn hour(portrait: Portrait) -> Input {
    let range = RANGES[1];
    let node = reads::NODES[0];
    let steps = (0..300).rev().map(|step| step * range.step_s);
    let frames: Vec<_> = steps.map(|ago| (reads::ago(ago), reads::frame(0, ago, true))).collect();
    let values = |series| -> Values {
        frames.iter().filter_map(|(at, frame)| Some((*at, frame.get(series)?))).collect()
    };
    let charts = CHARTS.iter().map(|spec| spec.lines.iter().map(|(series, _)| values(*series)).collect());
    Input {
        range,
        node: Some(node.to_owned()),
        drawn: vec![(node.to_owned(), charts.collect())],
        heat: reads::heat(),
        without_store: true,
        ..live(portrait)
    }
}

/// A database of which nothing is heard.
fn silent() -> Input {
    let live_state = Live::default();
    live_state.watch(reads::watched());
    live_state.look_failed(reads::NAME, reads::NODES[0], now(), &Path::Hello, &Failure::Refused);
    let mut input = live(live_state.databases()[0].portrait());
    input.heat.clear();
    input
}
