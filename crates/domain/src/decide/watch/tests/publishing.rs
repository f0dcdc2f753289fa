//! When the public hears of what a watch found.

use super::*;

fn with(publishing: Publishing, promise: Option<i64>) -> Watched {
    Watched { publishing, promise: promise.map(SignedDuration::from_mins), ..watched("crm") }
}

#[test]
fn what_is_to_be_published_later_is_internal_until_then_and_keeps_its_promise_from_then_on() {
    let later = || with(Publishing::After(SignedDuration::from_mins(5)), Some(30));
    let mut story = Story::new();
    assert_eq!(story.judged_as(later(), 2, stall(0, 10)), [Notice::Opened]);
    assert!(!story.now().is_public());
    assert_eq!(story.now().publication, Publication::At(at(302)));
    assert_eq!(story.tick(301), []);
    assert_eq!(story.tick(302), [Notice::Published]);
    let incident = story.now();
    assert!(incident.is_public());
    assert_eq!(incident.clocks.published_at, at(302));
    let public: Vec<_> = incident.public_updates().collect();
    assert_eq!((public.len(), public[0].next_update_at), (1, Some(at(302 + 1_800))));
    assert_eq!(public[0].current().body, incident.updates[0].current().body);
    // Nobody speaks: the machine keeps its own promise, five minutes early, and promises again.
    assert_eq!(story.tick(302 + 1_499), []);
    assert_eq!(story.tick(302 + 1_500), [Notice::Updated]);
    let kept = story.now().public_updates().next_back().expect("posted");
    assert!(kept.current().body.contains("reads still stall, for 30 minutes now"), "{}", kept.current().body);
    assert_eq!((kept.current().actor.clone(), kept.id.len() < 20), (Actor::Clock, true));
}

#[test]
fn a_person_who_objects_makes_it_wait_and_one_who_speaks_is_not_overruled() {
    let later = || with(Publishing::After(SignedDuration::from_mins(5)), None);
    let mut story = Story::new();
    story.judged_as(later(), 2, stall(0, 10));
    story.command(60, Command::HoldPublication);
    assert_eq!(story.now().publication, Publication::Waiting);
    assert_eq!(story.tick(400), []);
    assert!(!story.now().is_public());
    let words = ("p1".to_owned(), "Reads are slow.".to_owned());
    story.command(500, Command::Publish { update: words, next_update_at: Some(at(1_100)) });
    assert!(story.now().is_public());
    // From here on a person speaks, and is reminded, then told.
    assert_eq!(story.tick(799), []);
    assert_eq!(story.tick(800), [Notice::PromiseDue]);
    assert_eq!(story.tick(1_100), []);
    assert_eq!(story.tick(1_101), [Notice::PromiseLapsed]);
    assert_eq!(story.tick(9_000), []);
    assert_eq!(story.now().updates.last().map(|update| update.called), Some(Called::Late));

    let mut story = Story::new();
    story.judged_as(later(), 2, stall(0, 10));
    let update = Command::Update {
        id: "u1".into(),
        state: State::Investigating,
        body: "We look.".into(),
        components: vec![],
        next_update_at: None,
    };
    story.command(60, update);
    assert_eq!(story.tick(302), [Notice::Observed]);
    assert_eq!((story.now().is_public(), story.now().publication), (false, Publication::Waiting));
}

#[test]
fn a_draft_waits_and_what_was_over_before_its_time_is_never_published_by_itself() {
    let mut story = Story::new();
    story.judged_as(with(Publishing::Draft, None), 2, stall(0, 10));
    assert_eq!(story.now().publication, Publication::Waiting);
    assert_eq!(story.tick(100_000), []);

    let mut story = Story::new();
    let later = || with(Publishing::After(SignedDuration::from_hours(1)), None);
    story.judged_as(later(), 2, stall(0, 10));
    story.judged_as(later(), 60, ended(stall(0, 10), 58));
    story.tick(400);
    assert_eq!(story.now().state, State::Resolved);
    assert_eq!(story.tick(4_000), []);
    assert!(!story.now().is_public());
}

fn work(components: &[&str], from: i64, until: Option<i64>) -> Incident {
    let Command::Open { environment, update, .. } = opened_by_hand("API") else { unreachable!() };
    let change = |key: &&str| ComponentChange {
        key: ComponentKey((*key).into()),
        name: (*key).into(),
        to: ComponentState::UnderMaintenance,
    };
    let command = Command::Open {
        environment,
        kind: Kind::Maintenance,
        title: "New disks".into(),
        impact: Impact::Maintenance,
        state: State::Scheduled,
        update,
        components: components.iter().map(change).collect(),
        schedule: Some(Window { from: at(from), until: until.map(at) }),
        began_at: None,
        visibility: Visibility::Public,
        next_update_at: None,
    };
    let input = Input::Command { by: "ann".into(), command };
    decide(&IncidentId::from_entropy(9), None, &input, at(from - 100)).expect("announced").next
}

#[test]
fn a_maintenance_covers_a_database_only_where_it_concerns_all_that_it_affects() {
    let both = Watched {
        affects: vec![(ComponentKey("API".into()), "API".into()), (ComponentKey("Web".into()), "Web".into())],
        ..watched("crm")
    };
    let until = |incidents: &[Incident], watched: &Watched, second| {
        covering(incidents, watched, at(second)).map(|covering| covering.until)
    };
    let api = work(&["API"], 100, Some(200));
    assert_eq!(until(std::slice::from_ref(&api), &watched("crm"), 150), Some(Some(at(200))));
    assert_eq!(until(std::slice::from_ref(&api), &watched("crm"), 99), None);
    assert_eq!(until(std::slice::from_ref(&api), &watched("crm"), 200), None);
    assert_eq!(until(std::slice::from_ref(&api), &both, 150), None);
    let web = work(&["Web"], 100, Some(180));
    assert_eq!(until(&[api.clone(), web], &both, 150), Some(Some(at(180))));
    let elsewhere = Watched { environment: slug("prod2"), ..watched("crm") };
    assert_eq!(until(std::slice::from_ref(&api), &elsewhere, 150), None);
    assert_eq!(until(&[api], &Watched { affects: vec![], ..watched("crm") }, 150), None);
    assert_eq!(until(&[work(&["API"], 100, None)], &watched("crm"), 150), Some(None));
}

#[test]
fn a_stall_under_a_maintenance_is_internal_and_becomes_public_if_it_outlasts_it() {
    let maintenance = Some(Covering { title: "New *disks*".into(), until: Some(at(200)) });
    let covered = || Watched { maintenance: maintenance.clone(), ..watched("crm") };
    let mut story = Story::new();
    story.judged_as(covered(), 102, stall(100, 10));
    assert!(!story.now().is_public());
    assert!(story.now().notes[0].body.contains("New \\*disks\\*"), "{}", story.now().notes[0].body);
    assert_eq!(story.tick(199), []);
    assert_eq!(story.tick(200), [Notice::Published]);

    let mut story = Story::new();
    story.judged_as(covered(), 102, stall(100, 10));
    story.judged_as(covered(), 150, ended(stall(100, 10), 149));
    story.tick(149 + 300);
    assert!(story.now().state.is_over() || story.now().is_public(), "public once the work is over");
}
