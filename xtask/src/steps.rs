//! Steps of a long command: a header line before each, a table of times at the end.
//!
//! A failed step does not hide the ones after it: all of them run, then the command fails once, naming each.
//! Never prints over a line already printed, so a log file reads like the terminal.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

pub(crate) struct Steps {
    total: usize,
    done: Vec<Done>,
}

struct Done {
    name: &'static str,
    took: Duration,
    error: Option<String>,
}

impl Steps {
    /// A run of `total` steps.
    pub(crate) fn of(total: usize) -> Self {
        Self { total, done: Vec::new() }
    }

    /// Runs one step and returns what it made, or nothing when it failed.
    pub(crate) fn step<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        eprintln!("\n[{}/{}] {name}", self.done.len() + 1, self.total);
        let begun = Instant::now();
        let result = work();
        let error = result.as_ref().err().map(|error| format!("{error:#}"));
        if let Some(error) = &error {
            eprintln!("failed: {error}");
        }
        self.done.push(Done { name, took: begun.elapsed(), error });
        result.ok()
    }

    /// Prints the times; fails when a step failed.
    pub(crate) fn finish(self) -> Result<()> {
        eprintln!();
        for step in &self.done {
            let mark = if step.error.is_some() { "FAILED" } else { "ok" };
            eprintln!("{:>8.1} s  {:<6}  {}", step.took.as_secs_f64(), mark, step.name);
        }
        let total: Duration = self.done.iter().map(|step| step.took).sum();
        eprintln!("{:>8.1} s  in all", total.as_secs_f64());
        let failed: Vec<String> = self
            .done
            .iter()
            .filter_map(|step| Some(format!("{}: {}", step.name, step.error.as_ref()?)))
            .collect();
        if !failed.is_empty() {
            bail!("{} of {} steps failed\n  {}", failed.len(), self.done.len(), failed.join("\n  "));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_lets_the_next_one_run_and_fails_the_whole() {
        let mut steps = Steps::of(2);
        assert!(steps.step("first", || -> Result<()> { bail!("no") }).is_none());
        assert_eq!(steps.step("second", || Ok(7)), Some(7));
        assert_eq!(steps.finish().unwrap_err().to_string(), "1 of 2 steps failed\n  first: no");
    }

    #[test]
    fn good_steps_succeed_together() {
        let mut steps = Steps::of(1);
        assert_eq!(steps.step("only", || Ok(())), Some(()));
        assert!(steps.finish().is_ok());
    }
}
