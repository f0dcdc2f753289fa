use super::*;
use crate::deploy::DeployId;
use crate::detect::{Cause, Severity};

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_734_195_600 + minute * 60).expect("in range")
}

fn slug(name: &str) -> Slug {
    Slug::from_name(name).expect("slug")
}

fn verdict(cause: Cause) -> Verdict {
    Verdict {
        severity: Severity::Stall,
        began_at: at(120),
        detected_at: at(120),
        ended_at: None,
        cause,
        nodes: vec![],
        namespaces: vec![],
        culprit: None,
        contributors: vec![],
        waiting: 4,
        oldest_us: 0,
        evidence: vec![],
        confidence: 90,
        sentence: String::new(),
    }
}

fn neighbour(environment: &str, health: Health) -> Neighbour {
    Neighbour {
        name: format!("{environment} main"),
        environment: slug(environment),
        environment_name: environment.into(),
        health,
    }
}

fn deployed(environment: Option<&str>, minute: i64) -> Deploy {
    Deploy {
        id: DeployId::from_entropy(1),
        environment: environment.map(slug),
        what: "api 4.12".into(),
        link: None,
        by: "ci".into(),
        at: at(minute),
    }
}

/// What is known around the verdict.
#[derive(Default)]
struct Around {
    neighbours: Vec<Neighbour>,
    deploys: Vec<Deploy>,
    deploys_are_marked: bool,
    vendors_watched: usize,
    vendor_incidents: Vec<VendorIncident>,
}

fn weighed(cause: Cause, around: &Around) -> Vec<Hypothesis> {
    weigh(&Context {
        verdict: &verdict(cause),
        environment: &slug("PROD1"),
        environment_name: "PROD1",
        neighbours: &around.neighbours,
        deploys: &around.deploys,
        deploys_are_marked: around.deploys_are_marked,
        vendors_watched: around.vendors_watched,
        vendor_incidents: &around.vendor_incidents,
    })
}

/// Weighs in PROD1 and gives the line of one claim.
fn line(claim: Claim, around: &Around) -> String {
    let hypotheses = weighed(Cause::SlowQuery, around);
    assert_eq!(hypotheses.len(), CLAIMS.len(), "every claim is weighed");
    assert!(hypotheses.iter().all(|hypothesis| !hypothesis.evidence.is_empty()), "none without a reason");
    hypotheses.iter().find(|hypothesis| hypothesis.claim == claim).expect("weighed").line()
}

#[test]
fn the_tables_stand_in_the_order_of_the_enumerations() {
    for (index, (claim, word, _)) in CLAIMS.iter().enumerate() {
        assert_eq!(*claim as usize, index);
        assert_eq!(Claim::parse(word), Some(*claim));
    }
}

#[test]
fn a_deploy_shortly_before_speaks_for_a_code_change_and_one_that_never_was_marked_for_nothing() {
    let around = |deploy| Around { deploys: vec![deploy], ..Around::default() };
    let suspect = line(Claim::Deploy, &around(deployed(Some("PROD1"), 117)));
    assert_eq!(
        suspect,
        "for a code change: `api 4.12` was deployed to PROD1 3m before the stall, marked by ci"
    );
    let suspect = line(Claim::Deploy, &around(deployed(None, 70)));
    assert!(suspect.contains("deployed to every environment 50m before"), "{suspect}");
    let none = line(Claim::Deploy, &Around { deploys_are_marked: true, ..Around::default() });
    assert_eq!(none, "against a code change: no deploy was marked in PROD1 in the hour before the stall");
    let never = line(Claim::Deploy, &Around::default());
    assert!(
        never.starts_with("nothing known of a code change: no deploy was ever marked in PROD1"),
        "{never}"
    );
}

#[test]
fn deploys_elsewhere_too_long_ago_or_afterwards_are_no_suspects() {
    for deploy in [deployed(Some("PROD2"), 117), deployed(Some("PROD1"), 59), deployed(Some("PROD1"), 121)] {
        let around = Around { deploys: vec![deploy], deploys_are_marked: true, ..Around::default() };
        let line = line(Claim::Deploy, &around);
        assert!(line.starts_with("against"), "{line}");
    }
}

#[test]
fn environments_that_read_normally_speak_against_the_cloud_and_one_that_stalls_too_for_it() {
    let around = |neighbours| Around { neighbours, ..Around::default() };
    let well = vec![neighbour("PROD2", Health::Well), neighbour("PROD3", Health::Well)];
    let against = line(Claim::Cloud, &around(well));
    assert_eq!(against, "against the cloud: 2 other environments (PROD2 and PROD3) read normally");
    let stalled = vec![neighbour("PROD2", Health::Stalled), neighbour("PROD3", Health::Well)];
    let both = line(Claim::Cloud, &around(stalled));
    assert_eq!(both, "for the cloud: reads stall in PROD2 too");
    // What stalls beside it in its own environment, or cannot be seen, is no comparison.
    let blind = vec![neighbour("PROD1", Health::Stalled), neighbour("PROD2", Health::Unknown)];
    let unknown = line(Claim::Cloud, &around(blind));
    assert!(unknown.starts_with("nothing known of the cloud"), "{unknown}");
}

#[test]
fn vendors_are_held_to_what_their_pages_say() {
    let vendor_incidents = vec![VendorIncident {
        vendor: "Acme Cloud".into(),
        title: "Elevated errors".into(),
        began_at: at(110),
    }];
    let told = line(Claim::Vendor, &Around { vendors_watched: 2, vendor_incidents, ..Around::default() });
    assert_eq!(told, "for a vendor's outage: Acme Cloud tells of \"Elevated errors\" since 18:50:00 UTC");
    let silent = line(Claim::Vendor, &Around { vendors_watched: 2, ..Around::default() });
    assert_eq!(silent, "against a vendor's outage: no open incident on the 2 watched vendors' pages");
    assert!(line(Claim::Vendor, &Around::default()).starts_with("nothing known"));
}

#[test]
fn what_speaks_for_something_stands_first() {
    let around = Around { deploys_are_marked: true, vendors_watched: 1, ..Around::default() };
    let order: Vec<_> = weighed(Cause::Network, &around).iter().map(|hypothesis| hypothesis.stance).collect();
    assert_eq!(order.first(), Some(&Stance::For));
    assert!(order.is_sorted_by_key(|stance| *stance as usize), "{order:?}");
}
