//! What was learned survives a restart of the watcher.

use super::deployment::{Deployment, Setting};
use super::dice::Dice;
use super::run::{Run, stories};
use super::scene::{Event, What};
use super::seeds;
use domain::detect::{Baselines, Detector};

/// A server far away: a hot read takes 80 ms.
fn far_away(seed: u64, events: Vec<Event>) -> Deployment {
    let mut dice = Dice::new(seed);
    let setting = Setting { distance_us: 80_000.0, nodes: 1, namespaces: 3, ..Setting::by(&mut dice) };
    Deployment::new(setting, events, dice)
}

fn learned(seed: u64) -> Baselines {
    let mut run = Run::new(far_away(seed, Vec::new()), Detector::default());
    run.until(120_000_000);
    run.detector.baselines()
}

#[test]
fn the_limits_of_a_far_server_hold_from_the_first_second() {
    seeds::check(0..6, |seed| {
        // From its first second on, reads take three times as long: 240 ms, which is much for a server near by.
        let slow = Event::at(0.0, 12.0, What::SlowDisk(40.0));
        let run = |baselines| {
            let mut run = Run::new(far_away(seed + 100, vec![slow.clone()]), Detector::new(baselines));
            run.until(6_000_000);
            run
        };
        let kept = run(learned(seed));
        let fresh = run(Baselines::default());
        let hints = |run: &Run| run.said.len();
        (hints(&kept) > hints(&fresh)).then(|| format!("{:?}", stories(&kept.said)))
    });
}

#[test]
fn baselines_are_the_same_after_a_restart() {
    let baselines = learned(1);
    assert!(baselines.lines.len() > 8, "{baselines:?}");
    assert_eq!(Detector::new(baselines.clone()).baselines(), baselines);
    // Once its nodes are met, too.
    let mut run = Run::new(far_away(2, Vec::new()), Detector::new(baselines.clone()));
    run.until(2_000_000);
    assert_eq!(run.detector.baselines(), baselines);
}
