//! A database judged from the diagnostic data and the logs of its nodes.
//!
//! This module never guesses whose log it is: one that does not say is the node's that stands in its place.

use super::Replayed;
use super::ftdc::{Found, Node};
use super::judge::{self, Gap, Stepping};
use super::log;
use super::merge::{Lines, merge};
use crate::cmd::{diagnostic_data, files, terminal};
use crate::recording;
use domain::detect::{Baselines, Detector};
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// Judges all nodes together.
pub(super) fn replay(ftdc: &[PathBuf], logs: &[PathBuf]) -> anyhow::Result<Replayed> {
    let nodes = diagnostic_data::find(ftdc)?;
    let size = nodes.iter().flat_map(|node| &node.files).map(|file| files::size(file)).sum();
    let bar = terminal::progress_bytes(size);
    let found = Rc::new(RefCell::new(Found::default()));
    let mut streams: Vec<Lines> = Vec::new();
    let mut names = Vec::new();
    for node in nodes {
        let mut node = Node::new(node, &found, &bar);
        names.push(node.meet());
        streams.push(Box::new(node));
    }
    for (place, file) in logs.iter().enumerate() {
        let log = log::read(file, &mut found.borrow_mut())?;
        let node = owner(&log, place, &names).unwrap_or_else(|| file.display().to_string().into());
        streams.push(Box::new(log.lines(node)));
    }
    let lines = merge(streams).map(|(_, line)| line);
    let mut judgement =
        judge::judge(Detector::new(Baselines::default()), Stepping::Second, recording::in_order(lines));
    bar.finish_and_clear();
    let found = found.take();
    if !ftdc.is_empty() {
        judgement.gaps = found.gaps.into_iter().map(|(node, gap)| Gap::of_node(node, &gap)).collect();
    }
    let mut troubles = found.troubles;
    if found.untold > 0 {
        troubles.push(format!("{} more", found.untold));
    }
    let paths: Vec<String> = ftdc.iter().chain(logs).map(|path| path.display().to_string()).collect();
    Ok(Replayed { source: paths.join(", "), judgement, troubles, truth: None })
}

/// Whose log it is: the node that it names, or the one that was given in the same place.
fn owner(log: &log::Log, place: usize, names: &[Arc<str>]) -> Option<Arc<str>> {
    let told = log.address.as_ref().and_then(|address| names.iter().find(|name| ***name == **address));
    told.or_else(|| names.get(place)).or_else(|| names.first().filter(|_| names.len() == 1)).cloned()
}
