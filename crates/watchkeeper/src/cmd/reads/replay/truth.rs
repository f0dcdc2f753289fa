//! What truly was, where somebody wrote it beside a recording, so that a folder of recordings judges the detector.
//!
//! `truth.json` in the folder of a recording names the operation that was to blame, or nobody:
//!
//! ```json
//! {"culprit":{"namespace":"crm.messages","command":"find","contains":"$regex"}}
//! {"culprit":null}
//! ```
//!
//! This module never tells the detector anything.

use super::judge::Judgement;
use anyhow::Context as _;
use domain::detect::Culprit;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::path::Path;

/// Name of the file in the folder of a recording.
const FILE: &str = "truth.json";
/// The right name has to stand this long after detection at the latest.
const IN_TIME: SignedDuration = SignedDuration::from_secs(10);

/// The operation that was to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    namespace: String,
    command: String,
    contains: String,
}

/// How what was said compares with what was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Whether the right operation, or rightly nobody, was named ten seconds after detection.
    pub(super) right: bool,
    /// How long after detection it was named first.
    pub(super) after: Option<SignedDuration>,
    /// Operations that were named at any time and were not to blame.
    pub(super) wrong: Vec<String>,
}

/// Compares; nothing where nobody wrote down what was.
pub(super) fn compare(folder: &Path, judgement: &Judgement) -> anyhow::Result<Option<Outcome>> {
    let file = folder.join(FILE);
    if !file.exists() {
        return Ok(None);
    }
    let text = std::fs::read(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let value: Value =
        serde_json::from_slice(&text).with_context(|| format!("`{}` is no JSON", file.display()))?;
    let wanted = wanted(&value["culprit"]).with_context(|| format!("`{}`", file.display()))?;
    Ok(Some(outcome(wanted.as_ref(), judgement)))
}

fn wanted(value: &Value) -> anyhow::Result<Option<Wanted>> {
    if value.is_null() {
        return Ok(None);
    }
    let text = |field: &str| {
        let text = value[field].as_str().map(str::to_owned);
        text.with_context(|| format!("`culprit` has no text `{field}`"))
    };
    Ok(Some(Wanted { namespace: text("namespace")?, command: text("command")?, contains: text("contains")? }))
}

fn outcome(wanted: Option<&Wanted>, judgement: &Judgement) -> Outcome {
    let mut found = Outcome { right: wanted.is_none(), after: None, wrong: Vec::new() };
    for story in &judgement.stories {
        let detected_at = story.detected_at();
        for (at, verdict) in &story.told {
            let Some(culprit) = &verdict.culprit else { continue };
            let is_right = wanted.is_some_and(|wanted| wanted.is(culprit));
            let after = at.duration_since(detected_at);
            if is_right {
                found.after = Some(found.after.map_or(after, |known| known.min(after)));
            } else {
                let name = format!("{} {}", culprit.namespace, culprit.shape);
                if !found.wrong.contains(&name) {
                    found.wrong.push(name);
                }
            }
            if after <= IN_TIME {
                found.right = is_right;
            }
        }
    }
    found
}

impl Wanted {
    fn is(&self, culprit: &Culprit) -> bool {
        (self.namespace.is_empty() || *self.namespace == *culprit.namespace)
            && *self.command == *culprit.command
            && (culprit.shape.contains(&self.contains) || culprit.command.contains(&self.contains))
    }
}

impl Outcome {
    /// As JSON.
    pub(super) fn body(&self) -> Value {
        let after = self.after.map(|after| after.as_secs_f64());
        json!({ "right": self.right, "named_after_s": after, "wrongly_named": self.wrong })
    }

    /// As a line for people.
    pub(super) fn line(&self) -> String {
        let word = if self.right { "right" } else { "WRONG" };
        let after = self.after.map(|after| format!(", named {:.1} s after detection", after.as_secs_f64()));
        let wrong = match self.wrong.as_slice() {
            [] => String::new(),
            wrong => format!("; wrongly named: {}", wrong.join(", ")),
        };
        format!("{word} by what truly was{}{wrong}", after.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd::reads::replay::judge::{Stepping, judge};
    use crate::recording::Event;
    use domain::detect::{Baselines, Detector};
    use domain::reads::{Answer, Group, InFlight, Look, Moment, Path, Sample};
    use jiff::Timestamp;

    /// Reads of every day wait behind an index build from second 30 to 40.
    fn locked() -> Judgement {
        let find = |waiting: bool, age_us: i64| {
            let (namespace, command) = ("crm.messages".into(), "find".into());
            let mut group = Group {
                namespace,
                command,
                shape: "find filter{a:?}".into(),
                reads: true,
                ..Group::default()
            };
            (0..9).for_each(|_| group.add(age_us, waiting, 1));
            group
        };
        let builder = |age_us: i64| {
            let (namespace, command) = ("crm.messages".into(), "createIndexes".into());
            let mut group = Group { namespace, command, shape: "createIndexes".into(), ..Group::default() };
            group.add(age_us, false, 0);
            Group { exclusive_us: age_us, ..group }
        };
        let look = |tenths: i64| {
            let locked_us = (tenths - 300) * 100_000;
            let groups = match tenths {
                300..400 => vec![find(true, locked_us), builder(locked_us)],
                _ => vec![find(false, 5_000)],
            };
            let answer = Answer::InFlight(Box::new(InFlight { groups, fsync_locked: false }));
            let began = Moment(tenths * 100_000);
            let look = Look::Answered(900, answer);
            (began, Event::Sample(Sample { node: "db1:27017".into(), path: Path::InFlight, began, look }))
        };
        let wall = (Moment(0), Event::Wall(Timestamp::UNIX_EPOCH));
        let events = std::iter::once(wall).chain((0..500).step_by(5).map(look));
        judge(Detector::new(Baselines::default()), Stepping::AsLooks, events)
    }

    #[test]
    fn who_was_to_blame_is_compared_with_who_was_named() {
        let wanted = |command: &str| Wanted {
            namespace: "crm.messages".to_owned(),
            command: command.to_owned(),
            contains: String::new(),
        };
        let judgement = locked();
        let right = outcome(Some(&wanted("createIndexes")), &judgement);
        assert!(right.right && right.wrong.is_empty(), "{right:?}");
        assert!(right.after.is_some_and(|after| after <= IN_TIME), "{right:?}");
        for wrong in [outcome(Some(&wanted("find")), &judgement), outcome(None, &judgement)] {
            assert_eq!(
                (wrong.right, wrong.wrong.as_slice()),
                (false, &["crm.messages createIndexes".to_owned()][..])
            );
        }
        assert!(outcome(None, &Judgement::default()).right);
        assert!(!outcome(Some(&wanted("find")), &Judgement::default()).right);
    }

    #[test]
    fn what_is_missing_in_the_truth_is_named() {
        assert_eq!(wanted(&Value::Null).ok(), Some(None));
        let error = wanted(&json!({ "namespace": "crm.messages" })).expect_err("no command");
        assert_eq!(error.to_string(), "`culprit` has no text `command`");
    }
}
