//! Disorder: samples that come late, twice, never or in any order, clocks that jump, and values that no server
//! ever told. Whatever comes, what the detector says stays in order.

use super::deployment::{Deployment, Setting};
use super::dice::Dice;
use super::run::{Run, STEP, Said, stories, wall};
use super::scene::{Event, What};
use super::seeds;
use domain::detect::{Baselines, Detector, Severity, Signal};
use domain::reads::{
    Answer, Bucket, Counters, Failure, Finished, Group, Host, InFlight, Look, METRICS, Moment, Path, Role,
    Sample, Use,
};
use jiff::{SignedDuration, Timestamp};
use std::fmt::Write;
use std::sync::Arc;

/// Length of an episode, in microseconds.
const LENGTH: i64 = 20_000_000;

/// What was learned of a few deployments in quiet minutes, so that short episodes have limits.
fn lessons() -> Vec<Baselines> {
    let of = |nodes| {
        let mut dice = Dice::new(4_711);
        let setting = Setting { nodes, namespaces: 2, ..Setting::by(&mut dice) };
        let mut run = Run::new(Deployment::new(setting, Vec::new(), dice), Detector::default());
        run.until(90_000_000);
        run.detector.baselines()
    };
    vec![Baselines::default(), of(1), of(3)]
}

/// What may happen to an episode.
fn fault(dice: &mut Dice, nodes: usize) -> Vec<Event> {
    let what = match dice.range(0, 12) {
        0 => What::Locked,
        1 => What::Frozen,
        2 => What::Refused,
        3 => What::AppCut { fails: dice.chance(0.5) },
        4 => What::DiskBlocked,
        5 => What::PileUp(dice.between(2.0, 30.0)),
        6 => What::Tickets(16),
        7 => What::Exhausted,
        8 => What::SlowDisk(dice.between(5.0, 200.0)),
        9 if nodes > 1 => What::NoPrimary(1),
        10 if nodes > 1 => What::StepDown(1),
        _ => return Vec::new(),
    };
    vec![Event::at(dice.between(1.0, 8.0), dice.between(1.0, 8.0), what)]
}

/// How bad the disorder is.
struct Chaos {
    lost: f64,
    late: f64,
    doubled: f64,
    absurd: f64,
    jumps: f64,
    vanishes: Option<i64>,
    wall_jumps: f64,
}

impl Chaos {
    fn by(dice: &mut Dice) -> Self {
        let mut some = |most: f64| if dice.chance(0.5) { dice.between(0.0, most) } else { 0.0 };
        let (lost, late, doubled) = (some(0.3), some(0.4), some(0.3));
        let (absurd, jumps, wall_jumps) = (some(0.05), some(0.02), some(0.05));
        let vanishes = dice.chance(0.1).then(|| dice.range(0, LENGTH));
        Self { lost, late, doubled, absurd, jumps, vanishes, wall_jumps }
    }
}

/// An episode in disorder: its samples with the moment at which each is told, and the steps.
struct Episode {
    samples: Vec<(i64, Sample)>,
    steps: Vec<(i64, Timestamp)>,
    lessons: usize,
}

impl Episode {
    fn by(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let nodes = *dice.pick(&[1, 1, 1, 3]);
        let setting = Setting { nodes, namespaces: 2, ..Setting::by(&mut dice) };
        let events = fault(&mut dice, nodes);
        let lessons = if dice.chance(0.8) { nodes.div_ceil(2) } else { 0 };
        let mut deployment = Deployment::new(setting, events, dice.clone());
        let mut watcher = super::watcher::Watcher::new(&mut deployment);
        watcher.leisure = dice.range(1, 5);
        let chaos = Chaos::by(&mut dice);
        let mut samples: Vec<(i64, Sample)> = Vec::new();
        watcher.until(LENGTH, &mut deployment, |at, sample| {
            disturb(&chaos, &mut dice, at, sample, &mut samples);
        });
        samples.sort_by_key(|(at, _)| *at);
        let steps = steps(&chaos, &mut dice);
        Self { samples, steps, lessons }
    }

    /// What a detector says to it.
    fn play(&self, lessons: &[Baselines]) -> (Vec<Said>, Detector) {
        let mut detector = Detector::new(lessons[self.lessons].clone());
        let mut said = Vec::new();
        let mut next = self.samples.iter().peekable();
        for (at, wall) in &self.steps {
            while let Some((_, sample)) = next.next_if(|(told, _)| told <= at) {
                detector.record(sample.clone());
            }
            let signals = detector.step(Moment(*at), *wall);
            said.extend(signals.into_iter().map(|signal| Said { at: *at, signal }));
        }
        (said, detector)
    }
}

/// Steps as they come, not always in time, and sometimes with another idea of the time.
fn steps(chaos: &Chaos, dice: &mut Dice) -> Vec<(i64, Timestamp)> {
    let mut steps = Vec::new();
    let (mut at, mut wrong_by) = (0, 0);
    while at < LENGTH {
        at += if dice.chance(0.9) { 500_000 } else { dice.range(0, 3_000_000) };
        if dice.chance(chaos.wall_jumps) {
            wrong_by += dice.range(-3_600, 3_601);
        }
        let now = if dice.chance(chaos.jumps) { at - dice.range(0, 5_000_000) } else { at };
        let wall = wall(at).checked_add(SignedDuration::from_secs(wrong_by)).expect("in range");
        steps.push((now, wall));
    }
    steps
}

fn disturb(chaos: &Chaos, dice: &mut Dice, at: i64, mut sample: Sample, told: &mut Vec<(i64, Sample)>) {
    if dice.chance(chaos.lost) || chaos.vanishes.is_some_and(|vanishes| at > vanishes) {
        return;
    }
    if dice.chance(chaos.jumps) {
        sample.began = Moment(sample.began.0 - dice.range(0, 20_000_000));
    }
    if dice.chance(chaos.absurd) {
        sample = absurd(dice, sample);
    }
    let delay = |dice: &mut Dice| if dice.chance(chaos.late) { dice.range(0, 12_000_000) } else { 0 };
    if dice.chance(chaos.doubled) {
        told.push((at + delay(dice), sample.clone()));
    }
    told.push((at + delay(dice), sample));
}

/// A number that nobody meant.
fn number(dice: &mut Dice) -> i64 {
    let any = i64::from_le_bytes(dice.next().to_le_bytes());
    *dice.pick(&[0, 1, -1, i64::MAX, i64::MIN, i64::MIN + 1, any])
}

fn crowd(dice: &mut Dice) -> u32 {
    *dice.pick(&[0, 1, 7, u32::MAX])
}

fn name(dice: &mut Dice) -> Arc<str> {
    (*dice.pick(&["", " ", ".", "shop.orders", "a\nb", "\u{202e}db", "x y z"])).into()
}

/// A sample that no server tells.
fn absurd(dice: &mut Dice, sample: Sample) -> Sample {
    let mut sample = sample;
    match dice.range(0, 7) {
        0 => sample.node = name(dice),
        1 => sample.path = Path::Hot(name(dice)),
        2 => sample.began = Moment(number(dice)),
        3 => sample.look = Look::Failed(number(dice), Failure::Server(i32::MIN, String::new())),
        4 => sample.look = Look::Failed(number(dice), Failure::Forbidden(String::new())),
        _ => sample.look = Look::Answered(number(dice), answer(dice)),
    }
    sample
}

fn answer(dice: &mut Dice) -> Answer {
    match dice.range(0, 7) {
        0 => Answer::Read,
        1 => Answer::Role(*dice.pick(&[Role::Primary, Role::Other, Role::Arbiter])),
        2 => Answer::Counters(Box::new(counters(dice))),
        3 => Answer::InFlight(Box::new(InFlight {
            groups: (0..dice.range(0, 4)).map(|_| group(dice)).collect(),
            fsync_locked: dice.chance(0.5),
        })),
        4 => Answer::Top(vec![Use { namespace: String::new(), read_us: number(dice), ..Use::default() }]),
        5 => Answer::Finished((0..dice.range(0, 4)).map(|_| finished(dice)).collect()),
        _ => Answer::Host(Host {
            state: if dice.chance(0.5) { b'T' } else { 0xff },
            cpu_us: number(dice),
            cpu_pressure_us: number(dice),
            io_pressure_us: number(dice),
        }),
    }
}

fn finished(dice: &mut Dice) -> Finished {
    Finished {
        namespace: name(dice),
        command: name(dice),
        shape: name(dice),
        took_us: number(dice),
        docs_examined: number(dice),
        yields: number(dice),
        bytes_read: number(dice),
        waited_us: number(dice),
        ..Finished::default()
    }
}

fn counters(dice: &mut Dice) -> Counters {
    let mut counters = Counters::default();
    for spec in METRICS {
        if dice.chance(0.7) {
            counters.set(spec.metric, number(dice));
        }
    }
    counters.read_histogram = (0..4).map(|_| Bucket { from_us: number(dice), count: number(dice) }).collect();
    counters
}

fn group(dice: &mut Dice) -> Group {
    Group {
        namespace: name(dice),
        command: name(dice),
        shape: name(dice),
        app: name(dice),
        plan: name(dice),
        message: name(dice),
        internal: false,
        tailing: false,
        reads: dice.chance(0.7),
        count: crowd(dice),
        waiting: crowd(dice),
        oldest_us: number(dice),
        total_us: number(dice),
        older: [crowd(dice), crowd(dice), crowd(dice), crowd(dice)],
        yields: number(dice),
        exclusive_us: number(dice),
    }
}

/// What is out of order in what was said.
fn out_of_order(said: &[Said]) -> Option<String> {
    let mut standing = false;
    for Said { at, signal } in said {
        let verdict = signal.verdict();
        let wrong = match signal {
            Signal::Opened(_) if standing => "opened while another stands",
            Signal::Opened(_) if verdict.evidence.is_empty() => "opened without evidence",
            Signal::Changed(_) if !standing => "changed, though none stands",
            Signal::Closed(_) if !standing => "closed, though none stands",
            Signal::Closed(_) if verdict.ended_at.is_none() => "closed without an end",
            Signal::Opened(_) | Signal::Changed(_) if verdict.ended_at.is_some() => "has ended, but stands",
            _ if verdict.ended_at.is_some_and(|ended| ended < verdict.began_at) => "ended before it began",
            _ if verdict.began_at > verdict.detected_at => "began after it was detected",
            _ if !(1..=99).contains(&verdict.confidence) => "is more or less sure than anybody can be",
            _ if verdict.sentence.is_empty() => "has no sentence",
            _ => "",
        };
        if !wrong.is_empty() {
            return Some(format!("at {at}: {wrong}: {signal:?}"));
        }
        standing = !matches!(signal, Signal::Closed(_));
    }
    None
}

#[test]
fn whatever_comes_the_verdicts_stay_in_order() {
    let lessons = lessons();
    seeds::check(0..10_000, |seed| {
        let episode = Episode::by(seed);
        let (said, _) = episode.play(&lessons);
        if seed % 20 == 0 && episode.play(&lessons).0 != said {
            return Some("the same samples are judged differently the second time".to_owned());
        }
        out_of_order(&said)
    });
}

/// A longer episode in which every sample is told twice, the second time later, or is late.
fn told_otherwise(seed: u64, doubled: bool, most: i64) -> (Vec<Said>, Vec<Said>) {
    let mut dice = Dice::new(seed);
    let nodes = *dice.pick(&[1, 3]);
    let setting = Setting { nodes, namespaces: 2, ..Setting::by(&mut dice) };
    let what = dice.pick(&[What::Locked, What::Frozen, What::Refused, What::DiskBlocked, What::Idle]).clone();
    let event = Event::at(dice.between(40.0, 41.0), 8.0, what);
    let mut deployment = Deployment::new(setting, vec![event], dice.clone());
    let mut watcher = super::watcher::Watcher::new(&mut deployment);
    let mut plain = Vec::new();
    watcher.until(70_000_000, &mut deployment, |at, sample| plain.push((at, sample)));
    let mut other = Vec::new();
    for (at, sample) in &plain {
        let delay = dice.range(0, most);
        other.push((at + delay, sample.clone()));
        if doubled {
            other.push((*at, sample.clone()));
        }
    }
    other.sort_by_key(|(at, _)| *at);
    (judged(&plain), judged(&other))
}

fn judged(samples: &[(i64, Sample)]) -> Vec<Said> {
    let mut detector = Detector::default();
    let mut said = Vec::new();
    let mut next = samples.iter().peekable();
    for at in (STEP..70_000_000).step_by(usize::try_from(STEP).expect("small")) {
        while let Some((_, sample)) = next.next_if(|(told, _)| *told <= at) {
            detector.record(sample.clone());
        }
        said.extend(detector.step(Moment(at), wall(at)).into_iter().map(|signal| Said { at, signal }));
    }
    said
}

fn compare(plain: &[Said], other: &[Said]) -> Option<String> {
    if plain == other {
        return None;
    }
    let mut text = String::new();
    for (name, said) in [("plain", plain), ("otherwise", other)] {
        for Said { at, signal } in said {
            let _ = writeln!(text, "{name} {at}: {signal:?}");
        }
    }
    Some(text)
}

#[test]
fn what_is_told_twice_changes_nothing() {
    seeds::check(0..24, |seed| {
        let (plain, other) = told_otherwise(seed, true, 20_000_000);
        compare(&plain, &other)
    });
}

#[test]
fn what_is_told_late_is_told_of_late_and_no_more() {
    seeds::check(0..24, |seed| {
        let (plain, other) = told_otherwise(seed, false, 300_000);
        let stalls = |said: &[Said]| -> Vec<(i64, bool)> {
            let stories = stories(said).into_iter().filter(|story| story.stalled.is_some());
            stories.map(|story| (story.stalled.unwrap_or(0), story.closed.is_some())).collect()
        };
        let (one, two) = (stalls(&plain), stalls(&other));
        // A look whose end is late seems to hang for as long, which may keep a verdict open for longer.
        let near =
            |(one, two): (&(i64, bool), &(i64, bool))| (one.0 - two.0).abs() <= 1_000_000 && one.1 && two.1;
        let alike = one.len() == two.len() && one.iter().zip(&two).all(near);
        if alike { None } else { compare(&plain, &other) }
    });
}

#[test]
fn an_incident_teaches_nothing() {
    seeds::check(0..12, |seed| {
        let mut dice = Dice::new(seed);
        let setting = Setting { namespaces: 2, ..Setting::by(&mut dice) };
        let what = dice.pick(&[What::Locked, What::Frozen, What::DiskBlocked, What::SlowDisk(150.0)]).clone();
        let event = Event::at(40.0, 12.0, what);
        let mut run = Run::new(Deployment::new(setting, vec![event.clone()], dice), Detector::default());
        let mut learned: Option<Baselines> = None;
        while run.at < event.until + 10_000_000 {
            run.step(STEP);
            let stands = run.detector.standing().is_some();
            let now = run.detector.baselines();
            match &learned {
                Some(before) if stands && *before != now => {
                    return Some(format!("it learned at {}", run.at));
                }
                _ => learned = Some(now),
            }
        }
        let stalled = stories(&run.said).iter().any(|story| story.last.severity == Severity::Stall);
        (!stalled).then(|| "nothing was told at all".to_owned())
    });
}
