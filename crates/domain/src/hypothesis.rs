//! What might be behind a stall, weighed from the first second on: the database itself, its machine, the
//! network, the clients, a deploy, the cloud, a vendor. Each with what speaks for or against it, in figures.
//!
//! Unknown is a result: where nobody looked, nothing speaks against anything. Never ranks what it cannot
//! compare.

mod causes;

use crate::deploy::Deploy;
use crate::detect::Verdict;
use crate::id::Slug;
use crate::time::{clock, render_duration, seconds_between};
use jiff::Timestamp;

/// An explanation of a stall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Claim {
    /// The database itself: a query, an operation, its cache, its engine.
    Database,
    /// The machine it runs on.
    Host,
    /// The way between the applications and it.
    Network,
    /// The applications: more traffic or connections than are served.
    Client,
    /// Something that was deployed.
    Deploy,
    /// The cloud or data centre in which everything runs.
    Cloud,
    /// A vendor whose page is watched.
    Vendor,
}

/// Every claim: its word, and what people call it.
const CLAIMS: &[(Claim, &str, &str)] = &[
    (Claim::Database, "database", "the database itself"),
    (Claim::Host, "host", "the database's machine"),
    (Claim::Network, "network", "the network"),
    (Claim::Client, "client", "the applications' traffic"),
    (Claim::Deploy, "deploy", "a code change"),
    (Claim::Cloud, "cloud", "the cloud"),
    (Claim::Vendor, "vendor", "a vendor's outage"),
];

impl Claim {
    /// The word used in APIs and rows.
    pub fn as_str(self) -> &'static str {
        CLAIMS[self as usize].1
    }

    /// What people call it.
    pub fn words(self) -> &'static str {
        CLAIMS[self as usize].2
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        CLAIMS.iter().find(|(_, word, _)| *word == text).map(|(claim, ..)| *claim)
    }
}

/// Where the evidence points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stance {
    /// It speaks for the claim.
    For,
    /// It speaks against it.
    Against,
    /// Nobody can say.
    Unknown,
}

impl Stance {
    /// The word used in APIs and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::For => "for",
            Self::Against => "against",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::For, Self::Against, Self::Unknown].into_iter().find(|stance| stance.as_str() == text)
    }
}

/// An explanation with what speaks for or against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hypothesis {
    /// Which explanation.
    pub claim: Claim,
    /// Where the evidence points.
    pub stance: Stance,
    /// The evidence, one phrase with its figures each.
    pub evidence: Vec<String>,
}

impl Hypothesis {
    /// One line: `against a code change: no deploy was marked in PROD1 in the last hour`.
    pub fn line(&self) -> String {
        let words = self.claim.words();
        let evidence = self.evidence.join("; ");
        match self.stance {
            Stance::For => format!("for {words}: {evidence}"),
            Stance::Against => format!("against {words}: {evidence}"),
            Stance::Unknown => format!("nothing known of {words}: {evidence}"),
        }
    }

    /// Whether both say the same of the same claim, whatever their figures.
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.claim == other.claim && self.stance == other.stance
    }
}

/// How another database reads at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Health {
    /// As usual.
    Well,
    /// With effort.
    Strained,
    /// Its reads stall.
    Stalled,
    /// Nobody can say.
    Unknown,
}

/// Another database under watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// What people call it.
    pub name: String,
    /// The environment that it serves.
    pub environment: Slug,
    /// What people call that.
    pub environment_name: String,
    /// How it reads.
    pub health: Health,
}

/// An incident on a vendor's page that overlaps the stall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorIncident {
    /// What people call the vendor.
    pub vendor: String,
    /// Title of the incident.
    pub title: String,
    /// When it began: the best that is known.
    pub began_at: Timestamp,
}

/// What is known around a verdict.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The verdict.
    pub verdict: &'a Verdict,
    /// The environment of the database.
    pub environment: &'a Slug,
    /// What people call it.
    pub environment_name: &'a str,
    /// The other databases under watch.
    pub neighbours: &'a [Neighbour],
    /// Deploys of the last hour or more, in any environment.
    pub deploys: &'a [Deploy],
    /// Whether a deploy was ever marked for this environment: before that, absence proves nothing.
    pub deploys_are_marked: bool,
    /// How many vendors' pages are watched and answer.
    pub vendors_watched: usize,
    /// Their incidents that overlap the stall.
    pub vendor_incidents: &'a [VendorIncident],
}

/// Weighs every explanation, those first for which something speaks, then those against which something
/// does, then those of which nothing is known.
pub fn weigh(context: &Context<'_>) -> Vec<Hypothesis> {
    let mut hypotheses = causes::weigh(context.verdict);
    hypotheses.extend([deploy(context), cloud(context), vendor(context)]);
    hypotheses.sort_by_key(|hypothesis| match hypothesis.stance {
        Stance::For => 0,
        Stance::Against => 1,
        Stance::Unknown => 2,
    });
    hypotheses
}

fn hypothesis(claim: Claim, stance: Stance, evidence: Vec<String>) -> Hypothesis {
    Hypothesis { claim, stance, evidence }
}

fn deploy(context: &Context<'_>) -> Hypothesis {
    let Context { environment_name, verdict, .. } = context;
    let mut suspects: Vec<&Deploy> = context
        .deploys
        .iter()
        .filter(|deploy| deploy.touches(context.environment) && deploy.is_shortly_before(verdict.began_at))
        .collect();
    suspects.sort_by_key(|deploy| std::cmp::Reverse(deploy.at));
    if !suspects.is_empty() {
        let told = suspects.iter().take(3).map(|deploy| told_deploy(deploy, context)).collect();
        return hypothesis(Claim::Deploy, Stance::For, told);
    }
    if context.deploys_are_marked {
        let text = format!("no deploy was marked in {environment_name} in the hour before the stall");
        return hypothesis(Claim::Deploy, Stance::Against, vec![text]);
    }
    let text =
        format!("no deploy was ever marked in {environment_name}, so that none is marked now proves nothing");
    hypothesis(Claim::Deploy, Stance::Unknown, vec![text])
}

fn told_deploy(deploy: &Deploy, context: &Context<'_>) -> String {
    let lead = render_duration(seconds_between(deploy.at, context.verdict.began_at));
    let place = if deploy.environment.is_some() { context.environment_name } else { "every environment" };
    format!("`{}` was deployed to {place} {lead} before the stall, marked by {}", deploy.what, deploy.by)
}

fn cloud(context: &Context<'_>) -> Hypothesis {
    let elsewhere: Vec<&Neighbour> =
        context.neighbours.iter().filter(|neighbour| &neighbour.environment != context.environment).collect();
    let names = |health: Health| {
        let mut names: Vec<&str> = elsewhere
            .iter()
            .filter(|neighbour| neighbour.health == health)
            .map(|neighbour| neighbour.environment_name.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let stalled = names(Health::Stalled);
    // An environment in which one database stalls does not read normally, whatever its others do.
    let well: Vec<&str> = names(Health::Well).into_iter().filter(|name| !stalled.contains(name)).collect();
    if !stalled.is_empty() {
        let text = format!("reads stall in {} too", list(&stalled));
        return hypothesis(Claim::Cloud, Stance::For, vec![text]);
    }
    if well.is_empty() {
        let text = "no other environment is seen to read normally, so there is nothing to compare with";
        return hypothesis(Claim::Cloud, Stance::Unknown, vec![text.to_owned()]);
    }
    hypothesis(Claim::Cloud, Stance::Against, vec![format!("{} normally", others_read(&well))])
}

fn others_read(names: &[&str]) -> String {
    match names {
        [one] => format!("{one} reads"),
        many => format!("{} other environments ({}) read", many.len(), list(many)),
    }
}

fn vendor(context: &Context<'_>) -> Hypothesis {
    let pages = match context.vendors_watched {
        0 => {
            let text = "no vendor's page is watched".to_owned();
            return hypothesis(Claim::Vendor, Stance::Unknown, vec![text]);
        }
        1 => "the watched vendor's page".to_owned(),
        pages => format!("the {pages} watched vendors' pages"),
    };
    if context.vendor_incidents.is_empty() {
        return hypothesis(Claim::Vendor, Stance::Against, vec![format!("no open incident on {pages}")]);
    }
    let told = |incident: &VendorIncident| {
        let VendorIncident { vendor, title, began_at } = incident;
        format!("{vendor} tells of \"{title}\" since {}", clock(*began_at))
    };
    hypothesis(Claim::Vendor, Stance::For, context.vendor_incidents.iter().take(3).map(told).collect())
}

/// Names as a sentence lists them, the first four.
fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [some @ .., last] if names.len() <= 4 => format!("{} and {last}", some.join(", ")),
        _ => format!("{} and {} more", names[..3].join(", "), names.len() - 3),
    }
}

#[cfg(test)]
mod tests;
