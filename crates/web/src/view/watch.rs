//! What the watches over databases saw of an incident: the last judgement of each with its figures, the operation
//! to blame, and what speaks for and against each explanation.

use super::html::{Html, link_target};
use super::sign::{self, Sign};
use super::words;
use domain::detect::{Culprit, Severity};
use domain::hypothesis::{Hypothesis, Stance};
use domain::incident::Watch;
use domain::time::{clock, date_and_clock, render_duration, seconds_between};
use domain::{Deploy, Entry, Event, Incident, Judgement, Timestamp};

/// What the watch over one database saw.
#[derive(Clone, Debug)]
pub struct WatchView {
    /// What people call the database.
    pub name: String,
    /// How its reads are.
    pub sign: Sign,
    /// One sentence.
    pub sentence: String,
    /// Whether there is reason to look at once.
    pub open: bool,
    /// The state that it proposes, where a person speaks for the incident.
    pub proposes: Option<Sign>,
    /// Figures: name and value.
    pub figures: Vec<(&'static str, String)>,
    /// Operation to blame.
    pub culprit: Option<CulpritView>,
    /// What it rests on: sentence, node and rule.
    pub signs: Vec<(String, String)>,
    /// Explanations, those first for which something speaks.
    pub hypotheses: Vec<HypothesisView>,
    /// How it went: when, what changed, sentence.
    pub moments: Vec<(Html, &'static str, String)>,
}

/// An operation to blame.
#[derive(Clone, Debug)]
pub struct CulpritView {
    /// Command and namespace.
    pub title: String,
    /// The command without its literals.
    pub shape: String,
    /// Application, plan, what it says of itself, how many.
    pub facts: Vec<String>,
}

/// An explanation.
#[derive(Clone, Debug)]
pub struct HypothesisView {
    /// Whether the evidence speaks for or against it.
    pub sign: Sign,
    /// What is claimed.
    pub claim: &'static str,
    /// The evidence.
    pub evidence: String,
}

/// A deploy near the incident.
#[derive(Clone, Debug)]
pub struct DeployView {
    /// What.
    pub what: String,
    /// Where to read more.
    pub link: Option<String>,
    /// When.
    pub at: Html,
    /// How long before or after the incident's beginning, and who marked it.
    pub note: String,
}

/// What every watch saw, in the order in which they joined.
pub fn of(incident: &Incident, timeline: &[Entry]) -> Vec<WatchView> {
    incident.watching.watches.iter().map(|watch| view(watch, incident, timeline)).collect()
}

fn view(watch: &Watch, incident: &Incident, timeline: &[Entry]) -> WatchView {
    let judgement = &watch.latest;
    let own = |entry: &&Entry| matches!(&entry.event, Event::Judged(it) if it.database == watch.database);
    WatchView {
        name: judgement.name.clone(),
        sign: condition(watch),
        sentence: sentence(watch),
        open: !incident.state.is_over(),
        proposes: judgement.proposes.filter(|_| !incident.state.is_over()).map(sign::state),
        figures: figures(watch),
        culprit: judgement.culprit.as_ref().map(culprit),
        signs: judgement
            .evidence
            .iter()
            .map(|it| (it.text.clone(), format!("{}, rule {}", it.node, it.rule)))
            .collect(),
        hypotheses: judgement.hypotheses.iter().map(hypothesis).collect(),
        moments: timeline.iter().filter(own).filter_map(moment).collect(),
    }
}

/// What was said of a stall is no longer so when it is over.
fn sentence(watch: &Watch) -> String {
    let judgement = &watch.latest;
    match judgement.ended_at {
        Some(ended_at) => format!("since {}; before that, {}", clock(ended_at), judgement.sentence),
        None => judgement.sentence.clone(),
    }
}

fn condition(watch: &Watch) -> Sign {
    let (tone, icon, label) = match (watch.is_stalled(), watch.latest.ended_at, watch.latest.severity) {
        (true, ..) => ("mo", "mo", "Reads stall"),
        (false, None, Severity::Strain) => ("dg", "dg", "Reads are strained"),
        _ => ("ok", "ok", "Reads are well"),
    };
    Sign { tone, icon, label }
}

fn figures(watch: &Watch) -> Vec<(&'static str, String)> {
    let judgement = &watch.latest;
    let mut figures = vec![
        ("Began", date_and_clock(judgement.began_at)),
        ("Noticed", format!("{} later", seconds_later(judgement))),
    ];
    if let Some(ended_at) = judgement.ended_at {
        figures.push(("Ended", date_and_clock(ended_at)));
    }
    if watch.stalls.len() > 1 {
        figures.push(("Stalls", watch.stalls.len().to_string()));
    }
    figures.push(("Waiting", judgement.waiting.to_string()));
    figures.push(("Oldest", words::seconds(judgement.oldest_us)));
    figures.push(("Cause", judgement.cause.words().to_owned()));
    figures.push(("Sure", format!("{} %", judgement.confidence)));
    if !judgement.namespaces.is_empty() {
        figures.push(("In front", judgement.namespaces.join(", ")));
    }
    if !judgement.nodes.is_empty() {
        figures.push(("Nodes", judgement.nodes.join(", ")));
    }
    figures
}

fn seconds_later(judgement: &Judgement) -> String {
    let lag = judgement.detected_at.as_microsecond() - judgement.began_at.as_microsecond();
    words::seconds(lag)
}

fn culprit(culprit: &Culprit) -> CulpritView {
    let place = if culprit.namespace.is_empty() { "the whole server" } else { &culprit.namespace };
    let said = |name: &str, value: &str| (!value.is_empty()).then(|| format!("{name} {value}"));
    let facts = [
        said("application", &culprit.app),
        said("plan", &culprit.plan),
        (!culprit.message.is_empty()).then(|| culprit.message.to_string()),
        Some(format!("{} in flight", culprit.count)),
        Some(format!("oldest {}", words::seconds(culprit.oldest_us))),
    ];
    CulpritView {
        title: format!("{} on {place}", culprit.command),
        shape: culprit.shape.to_string(),
        facts: facts.into_iter().flatten().collect(),
    }
}

fn hypothesis(hypothesis: &Hypothesis) -> HypothesisView {
    let sign = match hypothesis.stance {
        Stance::For => Sign { tone: "po", icon: "po", label: "For" },
        Stance::Against => Sign { tone: "ok", icon: "ok", label: "Against" },
        Stance::Unknown => Sign { tone: "un", icon: "un", label: "Unknown" },
    };
    // The marks of code are Markdown's; here nobody reads Markdown.
    let evidence = hypothesis.evidence.join("; ").replace('`', "");
    HypothesisView { sign, claim: hypothesis.claim.words(), evidence }
}

fn moment(entry: &Entry) -> Option<(Html, &'static str, String)> {
    let Event::Judged(judgement) = &entry.event else { return None };
    let at = Html::text(&clock(entry.seen_at));
    Some((at, words::change(judgement.change), words::told(judgement)))
}

/// Deploys near the incident, newest first.
pub fn deploys(deploys: &[Deploy], began_at: Timestamp) -> Vec<DeployView> {
    let view = |deploy: &Deploy| DeployView {
        what: deploy.what.clone(),
        link: deploy.link.as_deref().and_then(link_target).map(str::to_owned),
        at: super::clock::short(deploy.at),
        note: format!("{}, marked by {}", distance(deploy.at, began_at), deploy.by),
    };
    deploys.iter().map(view).collect()
}

fn distance(at: Timestamp, began_at: Timestamp) -> String {
    if at <= began_at {
        format!("{} before it began", render_duration(seconds_between(at, began_at)))
    } else {
        format!("{} after it began", render_duration(seconds_between(began_at, at)))
    }
}
