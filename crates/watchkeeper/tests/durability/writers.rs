//! Eight writers who open incidents and post updates until nobody answers any more.

use crate::ledger::{Acknowledged, Ledger, Request};
use crate::support::chance::Chance;
use crate::support::reader::Reader;
use crate::support::until;
use reqwest::{Method, StatusCode};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

/// Writers at a time.
const WRITERS: usize = 8;
/// One request in so many opens an incident.
const OPENINGS: usize = 6;
/// One update in so many says that its incident is over.
const RESOLUTIONS: usize = 3;
/// Incidents to which updates go: the newest, so that several writers meet in one.
const CURRENT: usize = 6;

/// What the writers share.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) ledger: Arc<Mutex<Ledger>>,
    pub(crate) token: String,
    /// The newest incidents, newest last.
    current: Arc<Mutex<Vec<String>>>,
}

impl Desk {
    pub(crate) fn new(token: String) -> Self {
        Self { ledger: Arc::default(), token, current: Arc::default() }
    }

    /// Acts on the ledger.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Ledger) -> T) -> T {
        act(&mut self.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets the writers to work. They end when the program does.
    pub(crate) fn open(&self, reader: &Reader, round: usize, chance: &mut Chance) -> JoinSet<()> {
        let mut writers = JoinSet::new();
        for number in 0..WRITERS {
            let (desk, reader, chance) = (self.clone(), reader.clone(), Chance::from_seed(chance.number()));
            writers.spawn(async move { desk.write(&reader, &format!("r{round}w{number}"), chance).await });
        }
        writers
    }

    async fn write(&self, reader: &Reader, name: &str, mut chance: Chance) {
        for number in 0.. {
            let (incident, resolves) = (self.choose(&mut chance), chance.below(RESOLUTIONS) == 0);
            let request = Request { key: format!("{name}n{number}"), incident, resolves };
            let outcome = self.send(reader, &request).await;
            if outcome != Outcome::Done {
                self.with(|ledger| ledger.unanswered.push(request));
            }
            if outcome == Outcome::Nobody {
                return;
            }
        }
    }

    fn choose(&self, chance: &mut Chance) -> Option<String> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let opens = current.is_empty() || chance.below(OPENINGS) == 0;
        (!opens).then(|| current[chance.below(current.len())].clone())
    }

    /// Sends a request and enters its answer.
    async fn send(&self, reader: &Reader, request: &Request) -> Outcome {
        let body = request.body();
        let sent = reader.send(Method::POST, &request.path(), &self.token, Some(&request.key), &body).await;
        let Ok(answer) = sent else { return Outcome::Nobody };
        match answer.status {
            StatusCode::CREATED => {}
            StatusCode::SERVICE_UNAVAILABLE => return Outcome::Later,
            // Others were faster again and again, which is said and changes nothing.
            StatusCode::CONFLICT if answer.json()["error"]["code"] == "contended" => return Outcome::Later,
            status => panic!("{status} to {request:?}: {}", answer.text),
        }
        let acknowledged = Acknowledged::read(&answer.json());
        if request.incident.is_none() {
            let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
            current.push(acknowledged.incident.clone());
            if current.len() > CURRENT {
                current.remove(0);
            }
        }
        let replayed = answer.header("idempotency-replayed") == "true";
        self.with(|ledger| {
            ledger.done_unseen += usize::from(replayed);
            ledger.acknowledged.insert(request.key.clone(), (request.clone(), acknowledged));
        });
        Outcome::Done
    }

    /// Sends again what was not acknowledged, under the same keys, until it is.
    pub(crate) async fn settle(&self, reader: &Reader) {
        for request in self.with(|ledger| std::mem::take(&mut ledger.unanswered)) {
            until("what was not acknowledged is done", async || {
                self.send(reader, &request).await == Outcome::Done
            })
            .await;
        }
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is done, and was said to be.
    Done,
    /// It was not promised; the key stays good.
    Later,
    /// There was no answer.
    Nobody,
}
