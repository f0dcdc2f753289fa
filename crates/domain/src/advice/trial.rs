//! What a trial on a copy showed, and what follows from it: advice stands, or it is withdrawn.

use std::fmt;

/// A query that ran on the copy, several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Stages of the plan and their indexes, such as `IXSCAN team_1`.
    pub plan: String,
    /// Index keys examined.
    pub keys: u64,
    /// Documents examined.
    pub docs: u64,
    /// Documents that it found.
    pub returned: u64,
    /// It sorted without an index.
    pub sorts: bool,
    /// It did not end in time.
    pub gave_up: bool,
    /// How long the first run took, before its data was in memory, in microseconds.
    pub cold_us: u64,
    /// How long the later runs took, in microseconds.
    pub warm_us: Vec<u64>,
}

/// What the copy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Documents in the copy.
    pub documents: u64,
    /// Documents in the collection.
    pub of: u64,
}

/// What was measured of one piece of advice: the same queries, with different values, before and after.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    /// The copy.
    pub copied: Copied,
    /// Without the index.
    pub before: Vec<Run>,
    /// With it.
    pub after: Vec<Run>,
    /// Names of the indexes that were made.
    pub indexes: Vec<String>,
    /// Their size in the copy, in bytes.
    pub index_bytes: u64,
    /// How long making them took, in microseconds.
    pub build_us: u64,
    /// Time of an insert without and with them, in microseconds.
    pub insert_us: Option<(u64, u64)>,
    /// The query ends after some documents, so that a larger collection costs it no more.
    pub limited: bool,
}

/// What follows from a trial.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is better.
    Confirmed(Gain),
    /// It is not; why.
    Refuted(String),
}

/// How much better, in the middle of all runs, at the size of the whole collection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain {
    /// Documents and keys examined on the copy, without and with.
    pub work: (u64, u64),
    /// Time on the copy, in microseconds, without and with.
    pub time_us: (u64, u64),
    /// Time at full size, in microseconds, without and with.
    pub full_us: (Estimate, Estimate),
    /// Size of the index at full size, in bytes.
    pub full_bytes: u64,
}

/// A number and its error bar: the spread of what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Least.
    pub low: u64,
    /// In the middle.
    pub middle: u64,
    /// Most.
    pub high: u64,
}

/// How estimates are made; shown with them.
pub const METHOD: &str = "times grow with the number of documents, except those of a query that stops at a limit and \
                          finds its documents by an index; the bar is the fastest and the slowest run";

/// The index must save at least this share of what is examined, unless it saves a sort.
const LEAST_SAVED: f64 = 0.3;
/// Times closer than this, in microseconds, are the same: sending a command and its answer takes longer.
const SAME_US: u64 = 500;

impl Trial {
    /// What follows.
    pub fn outcome(&self) -> Outcome {
        let refuted = |why: &str| Outcome::Refuted(why.to_owned());
        if self.before.is_empty() || self.before.len() != self.after.len() {
            return refuted("no query could be run on the copy");
        }
        if self.after.iter().any(|run| run.gave_up) {
            return refuted("with it the query did not end in time");
        }
        let chosen = |run: &&Run| self.indexes.iter().any(|name| run.plan.contains(name.as_str()));
        if self.after.iter().filter(chosen).count() * 2 < self.after.len() {
            return refuted("the planner does not choose it");
        }
        let counts_differ =
            |(before, after): (&Run, &Run)| !before.gave_up && before.returned != after.returned;
        if self.before.iter().zip(&self.after).any(counts_differ) {
            return refuted("with it the query finds other documents");
        }
        let work = (total(&self.before), total(&self.after));
        let gave_up = self.before.iter().any(|run| run.gave_up);
        let saves_sort = self.before.iter().any(|run| run.sorts) && !self.after.iter().any(|run| run.sorts);
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let saved = 1.0 - work.1 as f64 / (work.0 as f64).max(1.0);
        if !gave_up && !saves_sort && saved < LEAST_SAVED {
            return Outcome::Refuted(format!(
                "{} keys and documents are examined with it, {} without",
                work.1, work.0
            ));
        }
        let times = (Estimate::of(&self.before), Estimate::of(&self.after));
        // A machine that has other work makes single runs slow: only if every run was slower it is slower.
        if !gave_up && times.1.low > times.0.high + SAME_US {
            return Outcome::Refuted(format!("it takes {} with it, {} without", times.1, times.0));
        }
        let Copied { documents, of } = self.copied;
        let full = |time: Estimate, grows: bool| if grows { time.times(of, documents) } else { time };
        let stops = |runs: &[Run]| {
            self.limited && runs.iter().all(|run| !run.sorts && !run.plan.contains("COLLSCAN"))
        };
        Outcome::Confirmed(Gain {
            work,
            time_us: (times.0.middle, times.1.middle),
            full_us: (full(times.0, !stops(&self.before)), full(times.1, !stops(&self.after))),
            full_bytes: scaled(self.index_bytes, of, documents),
        })
    }
}

fn total(runs: &[Run]) -> u64 {
    runs.iter().map(|run| run.keys + run.docs).sum()
}

fn scaled(value: u64, of: u64, documents: u64) -> u64 {
    let scaled = u128::from(value) * u128::from(of.max(documents)) / u128::from(documents.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

impl Estimate {
    fn of(runs: &[Run]) -> Self {
        let mut times: Vec<u64> = runs.iter().flat_map(|run| run.warm_us.iter().copied()).collect();
        times.sort_unstable();
        let at = |place: usize| times.get(place).copied().unwrap_or(0);
        Self { low: at(0), middle: at(times.len() / 2), high: at(times.len().saturating_sub(1)) }
    }

    fn times(self, of: u64, documents: u64) -> Self {
        let grown = |value| scaled(value, of, documents);
        Self { low: grown(self.low), middle: grown(self.middle), high: grown(self.high) }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { low, middle, high } = *self;
        write!(f, "{} ({} to {})", time_words(middle), time_words(low), time_words(high))
    }
}

impl fmt::Display for Gain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (without, with) = self.full_us;
        write!(f, "on a copy {} keys and documents examined instead of {}, ", self.work.1, self.work.0)?;
        // Where the copy is the whole, its times are those of the whole.
        if (without.middle, with.middle) != self.time_us {
            let (without, with) = self.time_us;
            write!(f, "{} instead of {}; at full size ", time_words(with), time_words(without))?;
        }
        write!(f, "{with} instead of {without}")
    }
}

/// A time in the unit that suits it.
#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
pub fn time_words(us: u64) -> String {
    match us {
        ..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        _ => format!("{:.1} s", us as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(plan: &str, examined: u64, us: u64) -> Run {
        Run {
            plan: plan.to_owned(),
            docs: examined,
            returned: 5,
            warm_us: vec![us, us * 2, us],
            ..Run::default()
        }
    }

    fn trial(before: Run, after: Run) -> Trial {
        let copied = Copied { documents: 1_000, of: 100_000 };
        Trial {
            copied,
            before: vec![before],
            after: vec![after],
            indexes: vec!["a_1".to_owned()],
            ..Trial::default()
        }
    }

    fn why(trial: &Trial) -> String {
        match trial.outcome() {
            Outcome::Refuted(why) => why,
            Outcome::Confirmed(gain) => panic!("{gain}"),
        }
    }

    #[test]
    fn what_is_better_is_told_at_full_size() {
        let trial = trial(run("COLLSCAN", 1_000, 4_000), run("FETCH, IXSCAN a_1", 5, 100));
        let Outcome::Confirmed(gain) = trial.outcome() else { panic!("{trial:?}") };
        assert_eq!((gain.work, gain.time_us), ((1_000, 5), (4_000, 100)));
        assert_eq!(gain.full_us.0, Estimate { low: 400_000, middle: 400_000, high: 800_000 });
        let limited = Trial { limited: true, ..trial };
        let Outcome::Confirmed(gain) = limited.outcome() else { panic!("{limited:?}") };
        assert_eq!((gain.full_us.0.middle, gain.full_us.1.middle), (400_000, 100));
    }

    #[test]
    fn what_is_no_better_is_withdrawn() {
        let slow = || run("COLLSCAN", 1_000, 4_000);
        assert!(why(&trial(slow(), run("COLLSCAN", 1_000, 4_000))).contains("does not choose"));
        assert!(why(&trial(slow(), run("IXSCAN a_1", 900, 3_000))).contains("900 keys"));
        assert!(why(&trial(slow(), run("IXSCAN a_1", 500, 9_000))).contains("9.0 ms"));
        let overlaps = trial(slow(), run("IXSCAN a_1", 500, 5_000));
        assert!(matches!(overlaps.outcome(), Outcome::Confirmed(_)), "one slow run is no proof");
        let fewer = Run { returned: 4, ..run("IXSCAN a_1", 5, 100) };
        assert!(why(&trial(slow(), fewer)).contains("other documents"));
        assert!(why(&trial(slow(), Run { gave_up: true, ..run("IXSCAN a_1", 5, 100) })).contains("in time"));
        assert!(why(&Trial::default()).contains("no query"));
    }

    #[test]
    fn a_sort_that_is_saved_is_enough() {
        let sorts = Run { sorts: true, ..run("SORT, COLLSCAN", 1_000, 4_000) };
        assert!(matches!(trial(sorts, run("IXSCAN a_1", 1_000, 3_000)).outcome(), Outcome::Confirmed(_)));
    }
}
