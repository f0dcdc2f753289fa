//! A healthy day: varied load, every kind of work that a database does, clocks that step, and no stall.

use super::deployment::{Deployment, Setting};
use super::dice::{Dice, float, whole};
use super::run::{Run, STEP, stories};
use super::scene::{Event, What};
use super::seeds;
use domain::detect::Detector;
use std::collections::BTreeSet;

/// Days as long as they are: they cost some seconds each.
const WHOLE: std::ops::Range<u64> = 0..1;
/// Days that pass in two hours.
const PRESSED: std::ops::Range<u64> = 1..5;
/// Around the begin and the end of an event the watcher looks as often as it really does; in between, where
/// nothing changes, once a second, for the sake of the test's duration.
const CLOSE_LOOK: i64 = 20_000_000;
const LEISURE: i64 = 4;

/// What happens in a day whose hours have so many seconds.
fn day(dice: &mut Dice, setting: &Setting, hour_secs: f64) -> Vec<Event> {
    let minute = hour_secs / 60.0;
    let mut events = vec![
        Event::at(dice.between(1.0, 3.0) * hour_secs, dice.between(20.0, 50.0) * minute, What::Backup),
        Event::at(4.0 * hour_secs, hour_secs, What::Idle),
        Event::at(dice.between(11.0, 12.0) * hour_secs, 10.0 * minute, What::Peak(3.0)),
        Event::at(dice.between(13.0, 14.0) * hour_secs, dice.between(20.0, 90.0), What::Report),
        Event::at(dice.between(15.0, 16.0) * hour_secs, dice.between(5.0, 10.0) * minute, What::IndexBuild),
        Event::at(dice.between(17.0, 18.0) * hour_secs, dice.between(5.0, 10.0) * minute, What::Import),
    ];
    for hour in 0..24 {
        events.push(Event::at(f64::from(hour) * hour_secs, 30.0, What::Cron));
    }
    for hour in [9.0, 16.5] {
        let (seconds, connections) = (dice.between(3.0, 10.0), dice.between(100.0, 600.0));
        events.push(Event::at(
            dice.between(hour, hour + 0.4) * hour_secs,
            seconds,
            What::Deploy(connections),
        ));
    }
    if setting.nodes > 1 {
        let last = setting.nodes - 1;
        events.push(Event::at(19.5 * hour_secs, dice.between(5.0, 30.0), What::Restart(last)));
        events.push(Event::at(
            dice.between(20.0, 21.0) * hour_secs,
            dice.between(0.5, 1.1),
            What::StepDown(1),
        ));
    }
    events
}

/// A day of a deployment; gives the stalls and the strains that were told.
fn live(seed: u64) -> (Vec<String>, Vec<String>) {
    let mut dice = Dice::new(seed);
    let hour_secs = if WHOLE.contains(&seed) { 3_600.0 } else { 300.0 };
    let mut setting = Setting { hour_secs: Some(hour_secs), ..Setting::by(&mut dice) };
    setting.nodes = if WHOLE.contains(&seed) { 1 } else { setting.nodes };
    setting.closes = dice.chance(0.5);
    setting.spread = *dice.pick(&[0.0, 0.3]);
    let events = day(&mut dice, &setting, hour_secs);
    let end = whole(24.0 * hour_secs * 1e6);
    let close: Vec<(i64, i64)> = events
        .iter()
        .flat_map(|event| [event.from, event.until])
        .map(|at| (at - CLOSE_LOOK, at + CLOSE_LOOK))
        .collect();
    let steps: BTreeSet<i64> = (0..6).map(|_| dice.range(0, end)).collect();
    let shift = *dice.pick(&[3_600, -3_600, 90]);
    let mut run = Run::new(Deployment::new(setting, events, dice), Detector::default());
    while run.at < end {
        let is_close = close.iter().any(|(from, until)| (*from..*until).contains(&run.at));
        run.watcher.leisure = if is_close { 1 } else { LEISURE };
        run.step(if is_close || run.detector.is_suspicious() { STEP } else { STEP * LEISURE });
        let passed = steps.range(..run.at).count();
        run.wrong_by = if passed % 2 == 1 { shift } else { 0 };
    }
    let (mut strains, mut stalls) = (Vec::new(), Vec::new());
    for story in stories(&run.said) {
        let hour = float(story.opened) / 1e6 / hour_secs;
        let text = format!("seed {seed}, {hour:.4} h: {} {:?}", story.last.sentence, story.last.evidence);
        if story.stalled.is_some() { stalls.push(text) } else { strains.push(text) }
    }
    (stalls, strains)
}

#[test]
fn a_healthy_day_is_told_as_one() {
    let strains = std::sync::atomic::AtomicUsize::new(0);
    seeds::check(WHOLE.start..PRESSED.end, |seed| {
        let (stalls, strained) = live(seed);
        strains.fetch_add(strained.len(), std::sync::atomic::Ordering::Relaxed);
        for text in &strained {
            println!("strain: {text}");
        }
        if stalls.is_empty() { None } else { Some(stalls.join("\n")) }
    });
    println!("{} strains", strains.into_inner());
}
