//! Scenes with a known culprit, and who must not be named in them.

use super::super::stage::{finds, holder, waiting};
use super::super::usual::Usual;
use super::super::view::View;
use super::super::window::Window;
use super::tally::{Habit, Tallies};
use super::*;
use crate::detect::verdict::Cause;
use crate::reads::{Answer, Finished, Group, InFlight, Look, Moment, Path, Sample};

const NOW: Moment = Moment::from_secs(100);

/// What is in flight and what finished on a node where `crm.messages` is read all day.
fn ranked(cause: Cause, groups: Vec<Group>, finished: Vec<Finished>, fsync_locked: bool) -> Vec<Contributor> {
    let node: Arc<str> = "db1:27017".into();
    let mut window = Window::default();
    let mut look = |path, answer| {
        let look = Look::Answered(900, answer);
        window.record(Sample { node: node.clone(), path, began: NOW - 100_000, look });
    };
    look(Path::InFlight, Answer::InFlight(Box::new(InFlight { groups, fsync_locked })));
    look(Path::Profile, Answer::Finished(finished));
    let usual = Usual::default();
    let view = View::new(&node, &window, &usual, NOW);
    let tallies = Tallies::of(&window, habit, NOW);
    rank(&Scene { view: &view, tallies: &tallies, cause })
}

/// Everything on `crm.messages` runs every day and yields once or twice.
fn habit(namespace: &Arc<str>, _: &Arc<str>) -> Option<Habit> {
    let plans = vec!["IXSCAN { a: 1 }".into()];
    let usual = Habit { yields: 40.0, yields_each: 2.0, oldest_us: 90_000.0, plans };
    (&**namespace == "crm.messages").then_some(usual)
}

/// A storm of scans that nobody knows.
fn storm(count: u32) -> Group {
    let mut group =
        Group { plan: "COLLSCAN".into(), shape: "find filter{body:?}".into(), ..finds("audit", 0, 0.0) };
    (0..count).for_each(|_| group.add(4_000_000, false, 300));
    group
}

fn finished(collection: &str, yields: i64, docs_examined: i64) -> Finished {
    Finished {
        namespace: format!("crm.{collection}").into(),
        command: "find".into(),
        shape: "find filter{a:?}".into(),
        took_us: 500_000,
        docs_examined,
        yields,
        ..Finished::default()
    }
}

fn parts(ranked: &[Contributor]) -> Vec<(&str, &str)> {
    ranked.iter().map(|one| (one.part.as_str(), &*one.namespace)).collect()
}

#[test]
fn those_who_scan_are_the_cause_and_those_who_are_slow_by_them_are_not() {
    // The victims are older and ten times as many, as they are once the application's pool is full.
    let victims = finds("messages", 200, 6.0);
    let found = ranked(Cause::SlowQuery, vec![victims, storm(20)], vec![], false);
    assert_eq!(parts(&found), [("cause", "crm.audit"), ("victim", "crm.messages")]);
    let culprit = found[0].culprit().expect("an operation");
    assert_eq!((&*culprit.shape, culprit.count), ("find filter{body:?}", 20));
    assert!(found[0].shares.work.is_some_and(|share| share > 80), "{:?}", found[0].shares);
    assert_eq!(found[1].culprit(), None);
}

#[test]
fn who_holds_the_lock_is_the_cause_and_who_waits_for_it_is_not() {
    let found = ranked(Cause::BlockingOp, vec![waiting(90, 9.0), holder(9.0)], vec![], false);
    let named: Vec<_> = found.iter().map(|one| (one.kind, one.part)).collect();
    assert_eq!(named, [(Kind::IndexBuild, Part::Cause), (Kind::Shape, Part::Victim)]);
    assert_eq!(found[0].shares.lock, Some(100));
}

#[test]
fn a_lock_without_an_operation_is_told_by_its_flag() {
    let found = ranked(Cause::BlockingOp, vec![waiting(9, 3.0)], vec![], true);
    assert_eq!((found[0].kind, found[0].part), (Kind::FsyncLock, Part::Cause));
    assert_eq!(found[1].part, Part::Victim);
}

#[test]
fn nobody_is_the_cause_where_everybody_only_waits() {
    for cause in [Cause::Storage, Cause::Engine, Cause::Capacity, Cause::Host, Cause::Network] {
        let groups = vec![finds("messages", 40, 5.0), finds("audit", 3, 2.0)];
        let found = ranked(cause, groups, vec![], false);
        assert!(found.iter().all(|one| one.culprit().is_none()), "{cause:?}: {found:?}");
    }
}

#[test]
fn an_everyday_shape_that_does_its_everyday_work_is_never_the_cause() {
    // Alone in flight, all of the work is its own; it is what it does every day.
    let found = ranked(Cause::SlowQuery, vec![finds("messages", 60, 3.0)], vec![], false);
    assert_eq!(parts(&found), [("victim", "crm.messages")]);
}

#[test]
fn an_everyday_shape_with_another_plan_that_works_much_more_is_the_cause() {
    let mut flipped = Group { plan: "IXSCAN { ts: 1 }".into(), ..finds("messages", 0, 0.0) };
    (0..20).for_each(|_| flipped.add(3_000_000, false, 200));
    let found = ranked(Cause::SlowQuery, vec![flipped], vec![], false);
    assert_eq!(found[0].part, Part::Cause);
    assert_eq!(found[0].usual_plan.as_deref(), Some("IXSCAN { a: 1 }"));
    assert!(found[0].sentence.contains("its plan was IXSCAN { a: 1 }"), "{}", found[0].sentence);
}

#[test]
fn what_is_over_before_it_is_seen_in_flight_counts_by_what_it_examined() {
    let mut list = vec![finished("messages", 2, 100); 20];
    list.extend(vec![Finished { replanned: true, ..finished("audit", 150, 19_800) }; 10]);
    let found = ranked(Cause::SlowQuery, vec![finds("messages", 5, 1.5)], list, false);
    assert_eq!((found[0].part, &*found[0].namespace), (Part::Cause, "crm.audit"));
    assert_eq!((found[0].shares.documents, found[0].replanned), (Some(99), 10));
}

#[test]
fn names_read_back() {
    for (kind, name) in Kind::ALL {
        assert_eq!((Kind::from_name(name), kind.as_str()), (Some(kind), name));
    }
    for part in Part::ALL {
        assert_eq!(Part::from_name(part.as_str()), Some(part));
    }
}

#[test]
fn every_kind_is_in_the_list() {
    for (kind, name) in Kind::ALL {
        assert!(KINDS.iter().any(|kindred| kindred.kind == kind), "nobody finds a {name}");
    }
}
