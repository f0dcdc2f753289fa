//! What comes from outside, and without end, finds a bounded place.

use super::run::{STEP, wall};
use domain::detect::{Detector, Severity};
use domain::reads::{Answer, Look, Moment, Path, Role, Sample};

/// Steps of the detector are much rarer than its samples here: a thousand nodes take their time.
const STEPS: i64 = 20;

/// Ten minutes of looks, each along a way that was never heard of before; gives the size of the detector, as
/// far as it can be seen, after one minute and after ten.
fn after_garbage(sample: impl Fn(i64) -> Sample) -> (usize, usize) {
    let mut detector = Detector::default();
    let mut sizes = Vec::new();
    for index in 1..=2_400_i64 {
        let at = Moment(index * STEP);
        for part in 0..8 {
            let mut sample = sample(index * 8 + part);
            sample.began = at - part * 1_000;
            detector.record(sample);
        }
        if index % STEPS == 0 {
            detector.step(at, wall(at.0));
        }
        if index == 240 || index == 2_400 {
            sizes.push(format!("{detector:?}").len() + detector.frames(at).len());
        }
    }
    (sizes[0], sizes[1])
}

#[track_caller]
fn assert_bounded((early, late): (usize, usize)) {
    assert!(late < 2 * early, "after one minute {early} bytes of words describe it, after ten {late}");
}

fn read(node: &str, namespace: &str, look: Look) -> Sample {
    Sample { node: node.into(), path: Path::Hot(namespace.into()), began: Moment(0), look }
}

#[test]
fn namespaces_without_end_find_a_bounded_place() {
    assert_bounded(after_garbage(|index| {
        read("db:1", &format!("shop.tmp{index}"), Look::Answered(900, Answer::Read))
    }));
}

#[test]
fn nodes_without_end_find_a_bounded_place() {
    assert_bounded(after_garbage(|index| Sample {
        path: Path::Hello,
        ..read(&format!("db{index}:1"), "", Look::Answered(900, Answer::Role(Role::Secondary)))
    }));
}

#[test]
fn the_same_looks_without_end_find_a_bounded_place() {
    assert_bounded(after_garbage(|index| {
        let look = if index % 2 == 0 { Look::Began } else { Look::Answered(-5, Answer::Read) };
        read("db:1", &format!("shop.orders{}", index % 5), look)
    }));
}

/// A watcher that chooses another namespace drops the look on its way: its end never comes.
#[test]
fn a_path_that_is_given_up_is_no_stall_for_ever() {
    let mut detector = Detector::default();
    let namespaces = ["shop.orders", "shop.old"];
    for index in 1..=480_i64 {
        let at = index * STEP;
        for namespace in namespaces {
            let began = Moment(at - 100_000);
            let is_given_up = namespace == "shop.old" && index > 120;
            let told = |look| Sample { began, ..read("db:1", namespace, look) };
            if index <= 120 || !is_given_up {
                detector.record(told(Look::Began));
                if !(namespace == "shop.old" && index == 120) {
                    detector.record(told(Look::Answered(900, Answer::Read)));
                }
            }
        }
        detector.step(Moment(at), wall(at));
    }
    let standing = detector.standing().filter(|verdict| verdict.severity == Severity::Stall);
    assert_eq!(standing.map(|verdict| &verdict.sentence), None, "ninety seconds after the look was dropped");
}
