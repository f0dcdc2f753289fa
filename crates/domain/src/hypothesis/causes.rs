//! What the kind of cause says of the explanations that lie nearest: the database, its machine, the network,
//! the applications.

use super::{Claim, Hypothesis, Stance, hypothesis};
use crate::detect::{Cause, Verdict};
use Claim::{Client, Database, Host, Network};
use Stance::{Against, For, Unknown};

/// For each kind of cause: where it points, of each of the four.
const TABLE: &[(Cause, [(Claim, Stance); 4])] = &[
    (Cause::SlowQuery, [(Database, For), (Host, Against), (Network, Against), (Client, Unknown)]),
    (Cause::Tickets, [(Database, For), (Host, Against), (Network, Against), (Client, Unknown)]),
    (Cause::BlockingOp, [(Database, For), (Host, Against), (Network, Against), (Client, Against)]),
    (Cause::Cache, [(Database, For), (Host, Unknown), (Network, Against), (Client, Unknown)]),
    (Cause::Storage, [(Database, Unknown), (Host, For), (Network, Against), (Client, Against)]),
    (Cause::Engine, [(Database, For), (Host, Unknown), (Network, Against), (Client, Against)]),
    (Cause::Capacity, [(Database, Unknown), (Host, Unknown), (Network, Against), (Client, For)]),
    (Cause::Process, [(Database, For), (Host, Unknown), (Network, Unknown), (Client, Against)]),
    (Cause::Host, [(Database, Unknown), (Host, For), (Network, Unknown), (Client, Unknown)]),
    (Cause::Connections, [(Database, Against), (Host, Unknown), (Network, Unknown), (Client, For)]),
    (Cause::Network, [(Database, Against), (Host, Unknown), (Network, For), (Client, Unknown)]),
    (Cause::Cluster, [(Database, For), (Host, Unknown), (Network, Unknown), (Client, Against)]),
];

/// The four nearest explanations, as the verdict sees them.
pub(super) fn weigh(verdict: &Verdict) -> Vec<Hypothesis> {
    let row = TABLE.iter().find(|(cause, _)| *cause == verdict.cause);
    let stances = row.map(|(_, stances)| stances.as_slice()).unwrap_or_default();
    stances
        .iter()
        .map(|(claim, stance)| hypothesis(*claim, *stance, vec![reason(verdict, *claim, *stance)]))
        .collect()
}

fn reason(verdict: &Verdict, claim: Claim, stance: Stance) -> String {
    let cause = verdict.cause.words();
    match (stance, claim) {
        (For, Database) => blamed(verdict),
        (For, Client) => match &verdict.culprit {
            Some(culprit) if !culprit.app.is_empty() => format!("{cause}, most of it from `{}`", culprit.app),
            _ => cause.to_owned(),
        },
        (For, _) | (Against, Database) => format!("{cause} ({} % sure)", verdict.confidence),
        (Against, Host) => format!("what is in front is the server's own: {cause}"),
        (Against, Network) => "the server answers the watch, and shows what waits inside it".to_owned(),
        (Against, _) => format!("what waits is held up by {}", held_up_by(verdict)),
        (Unknown, Client) => match &verdict.culprit {
            Some(culprit) if !culprit.app.is_empty() => {
                format!("`{}` sent what is in front; whether it meant to is for people to say", culprit.app)
            }
            _ => "whether they ask for more than usual is not seen".to_owned(),
        },
        (Unknown, Database) => "it is slow, but for a reason outside it as far as is seen".to_owned(),
        (Unknown, _) => format!("{cause} may come from it; no signal of its own is watched"),
    }
}

fn blamed(verdict: &Verdict) -> String {
    let words = verdict.cause.words();
    match &verdict.culprit {
        Some(culprit) if culprit.namespace.is_empty() => format!("{words}: `{}`", culprit.command),
        Some(culprit) => format!("{words}: `{}` on {}", culprit.command, culprit.namespace),
        None => format!("{words} ({} % sure)", verdict.confidence),
    }
}

fn held_up_by(verdict: &Verdict) -> &'static str {
    match verdict.cause {
        Cause::Process | Cause::Cluster => "a server that does not serve",
        _ => "the server, not by how much is asked",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::CAUSES;

    #[test]
    fn every_cause_points_somewhere_and_every_claim_is_weighed_once() {
        for (cause, name, _) in CAUSES {
            let rows: Vec<_> = TABLE.iter().filter(|(known, _)| known == cause).collect();
            let [(_, stances)] = rows.as_slice() else { panic!("`{name}` has {} rows", rows.len()) };
            assert_eq!(stances.map(|(claim, _)| claim), [Database, Host, Network, Client], "{name}");
            assert_eq!(stances.iter().filter(|(_, stance)| *stance == For).count(), 1, "{name}");
        }
    }
}
