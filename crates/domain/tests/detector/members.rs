//! Members of a replica set that come and go.

use super::deployment::{Deployment, Setting};
use super::dice::Dice;
use super::run::{Run, stories};
use super::scene::{Event, What};
use super::seeds;
use domain::detect::Detector;

/// A member from which users read is restarted: its clients read elsewhere meanwhile.
#[test]
fn a_member_that_leaves_and_returns_is_no_stall() {
    seeds::check(0..16, |seed| {
        let mut dice = Dice::new(seed);
        let setting = Setting { nodes: 3, namespaces: 3, spread: 0.3, ..Setting::by(&mut dice) };
        let restart =
            Event::at(dice.between(30.0, 31.0), dice.between(4.0, 15.0), What::Restart(*dice.pick(&[1, 2])));
        let end = restart.until + 15_000_000;
        let mut run = Run::new(Deployment::new(setting, vec![restart], dice), Detector::default());
        run.until(end);
        let stall = stories(&run.said).into_iter().find(|story| story.stalled.is_some());
        stall.map(|story| format!("{story:?}"))
    });
}
