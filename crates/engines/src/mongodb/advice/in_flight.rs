//! The commands that are in flight at this moment, with their values: a shape does not tell a search within texts from
//! a comparison.

use ::mongodb::bson::{Document, doc};
use domain::reads::shape::{self, Term};

use super::{Result, Source, gathered, terms};

/// Commands that are looked at, and that are told.
const MOST_SEEN: usize = 200;
const MOST: usize = 8;
const TIME_MS: u64 = 2_000;

pub(super) async fn commands(
    source: &Source,
    namespace: &str,
    wanted: &str,
) -> Result<Vec<Vec<(String, Term)>>> {
    let stages = [
        doc! { "$currentOp": { "allUsers": true, "idleConnections": false } },
        doc! { "$match": { "active": true, "ns": namespace } },
        doc! { "$project": { "command": 1, "originatingCommand": 1, "cursor.originatingCommand": 1 } },
    ];
    let time = std::time::Duration::from_millis(TIME_MS);
    // The primary is where they are.
    let primary = ::mongodb::options::ReadPreference::PrimaryPreferred { options: None };
    let primary = ::mongodb::options::SelectionCriteria::ReadPreference(primary);
    let found =
        source.client.database("admin").aggregate(stages).selection_criteria(primary).max_time(time).await?;
    let mut commands: Vec<Vec<(String, Term)>> = Vec::new();
    for one in gathered(found, MOST_SEEN).await? {
        let part = |name: &str| one.get_document(name).ok();
        let origin = part("cursor").and_then(|cursor| cursor.get_document("originatingCommand").ok());
        let candidates: [Option<&Document>; 3] = [part("command"), part("originatingCommand"), origin];
        let command = candidates
            .into_iter()
            .flatten()
            .map(terms)
            .find(|command| shape::of(command, None).text == wanted);
        if let Some(command) = command
            && !commands.contains(&command)
        {
            commands.push(command);
        }
        if commands.len() == MOST {
            break;
        }
    }
    Ok(commands)
}
