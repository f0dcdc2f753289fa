//! Faults: each is told in time, once, for what it is, and its end too.

use super::deployment::{Deployment, Setting};
use super::dice::Dice;
use super::run::{Run, STEP, Story, stories, wall};
use super::scene::{Event, What};
use super::seeds;
use domain::detect::{Cause, Detector};
use domain::reads::Moment;
use std::fmt::Write;

const QUIET_SECS: f64 = 45.0;

struct Fault {
    name: &'static str,
    /// Nodes of the deployment, if it matters.
    nodes: Option<usize>,
    what: fn(&mut Dice) -> What,
    causes: fn(&Setting) -> Vec<Cause>,
}

const FAULTS: [Fault; 10] = [
    Fault {
        name: "an exclusive lock",
        nodes: None,
        what: |_| What::Locked,
        causes: |_| vec![Cause::BlockingOp],
    },
    Fault {
        name: "a frozen server",
        nodes: None,
        what: |_| What::Frozen,
        causes: |setting| vec![if setting.nodes > 1 { Cause::Cluster } else { Cause::Process }],
    },
    Fault {
        name: "refused connections",
        nodes: None,
        what: |_| What::Refused,
        causes: |setting| vec![if setting.nodes > 1 { Cause::Cluster } else { Cause::Process }],
    },
    Fault {
        name: "the application's way is cut",
        nodes: None,
        what: |dice| What::AppCut { fails: dice.chance(0.5) },
        causes: |_| vec![Cause::Network],
    },
    Fault {
        name: "a blocked disk",
        nodes: None,
        what: |_| What::DiskBlocked,
        causes: |_| vec![Cause::Storage],
    },
    Fault {
        name: "a pile-up",
        nodes: None,
        what: |dice| What::PileUp(dice.between(6.0, 30.0)),
        causes: |_| vec![Cause::SlowQuery],
    },
    Fault {
        name: "no tickets",
        nodes: None,
        what: |dice| What::Tickets(*dice.pick(&[8, 16, 32])),
        causes: |_| vec![Cause::Tickets],
    },
    Fault {
        name: "no connections",
        nodes: None,
        what: |_| What::Exhausted,
        causes: |_| vec![Cause::Connections],
    },
    Fault {
        name: "a slow disk",
        nodes: None,
        what: |dice| What::SlowDisk(dice.between(60.0, 200.0)),
        causes: |_| vec![Cause::Storage],
    },
    Fault {
        name: "no primary",
        nodes: Some(3),
        what: |dice| What::NoPrimary(if dice.chance(0.5) { 1 } else { 2 }),
        causes: |_| vec![Cause::Cluster],
    },
];

/// What is wrong with the way a fault was told; `None` if nothing.
fn judge(fault: &Fault, seed: u64) -> Option<String> {
    let mut dice = Dice::new(seed);
    let mut setting = Setting::by(&mut dice);
    if let Some(nodes) = fault.nodes {
        setting.nodes = nodes;
    }
    let event =
        Event::at(QUIET_SECS + dice.between(0.0, 10.0), dice.between(10.0, 25.0), (fault.what)(&mut dice));
    let causes = (fault.causes)(&setting);
    let deployment = Deployment::new(setting.clone(), vec![event.clone()], dice);
    let mut run = Run::new(deployment, Detector::default());
    run.until(event.until);
    let mut after = String::new();
    while run.at < event.until + 25_000_000 {
        run.step(STEP);
        let explained = run.detector.explain(Moment(run.at)).unwrap_or_default();
        let _ = writeln!(after, "  {:.2} {explained}", f64_secs(run.at - event.from));
    }
    let told = stories(&run.said);
    let faults = find_faults(&told, &event, &causes);
    if faults.is_empty() {
        return None;
    }
    let mut text = format!(
        "{} (seed {seed}): {}\n  {event:?}, {} nodes, {:.0} a second\n",
        fault.name,
        faults.join("; "),
        setting.nodes,
        setting.load
    );
    for said in &run.said {
        let _ = writeln!(text, "  {:.2} {:?}", f64_secs(said.at - event.from), said.signal);
    }
    text += "  after its end:\n";
    text += &after;
    Some(text)
}

fn f64_secs(micros: i64) -> f64 {
    domain::reads::moment::secs(micros.abs()) * if micros < 0 { -1.0 } else { 1.0 }
}

fn find_faults(told: &[Story], event: &Event, causes: &[Cause]) -> Vec<String> {
    let stalls: Vec<&Story> = told.iter().filter(|story| story.stalled.is_some()).collect();
    let [story] = stalls[..] else {
        return vec![format!("{} stalls told instead of one", stalls.len())];
    };
    let mut faults = Vec::new();
    let mut check = |is_well: bool, what: String| {
        if !is_well {
            faults.push(what);
        }
    };
    let stalled = story.stalled.expect("a stall") - event.from;
    check((0..=3_500_000).contains(&stalled), format!("told after {:.2} s", f64_secs(stalled)));
    let closed = story.closed.map(|at| at - event.until);
    check(
        closed.is_some_and(|closed| (0..=5_000_000).contains(&closed)),
        format!("its end told after {:?} s", closed.map(f64_secs)),
    );
    check(causes.contains(&story.last.cause), format!("{:?} instead of {causes:?}", story.last.cause));
    check(story.last.began_at <= story.last.detected_at, "it began after it was detected".into());
    let earliest = wall(event.from - 10_000_000);
    check(story.last.began_at >= earliest, format!("it began at {}, far too early", story.last.began_at));
    faults
}

#[test]
fn every_fault_is_told_in_time_and_once_and_for_what_it_is() {
    let cases = |seed: u64| {
        let found: Vec<String> = FAULTS.iter().filter_map(|fault| judge(fault, seed)).collect();
        if found.is_empty() { None } else { Some(found.join("\n")) }
    };
    seeds::check(0..8, cases);
}
