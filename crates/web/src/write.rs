//! Changing an incident: load, decide, commit, and again from the start where somebody else was faster.
//!
//! Nothing is answered before it is durable, and asking twice under one key does it once.

use crate::auth::Actor;
use crate::error::Error;
use crate::site::Site;
use crate::snapshot::source_of;
use axum::http::HeaderMap;
use domain::{
    Action, Command, Decision, Entry, Incident, IncidentId, Input, Place, Refusal, Timestamp, decide,
};
use sha2::{Digest, Sha256};
use store::{Committed, Deed, RequestKey};

/// Tries before the caller is told that others keep changing it.
pub(crate) const TRIES: usize = 8;
/// Longest idempotency key.
const KEY_LIMIT: usize = 200;

/// Who wants it, and under which key.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Under whose name it is recorded, and what they may do.
    pub who: Actor,
    /// The key of the request, if it has one.
    pub key: Option<RequestKey>,
}

impl Wish {
    /// Reads the idempotency key of a request. The key is the caller's own: two callers may use the same.
    pub fn read(who: Actor, headers: &HeaderMap, method_and_path: &str, body: &[u8]) -> Result<Self, Error> {
        let key = match headers.get("idempotency-key") {
            None => None,
            Some(value) => {
                let text = value.to_str().unwrap_or_default();
                if text.is_empty() || text.len() > KEY_LIMIT {
                    let message = "`Idempotency-Key` is empty, too long or not plain ASCII";
                    return Err(Error::invalid(message, format!("use 1 to {KEY_LIMIT} letters and digits")));
                }
                let mut digest = Sha256::new();
                digest.update(method_and_path.as_bytes());
                digest.update([0]);
                digest.update(body);
                Some(RequestKey { key: format!("{}:{text}", who.id), digest: digest.finalize().into() })
            }
        };
        Ok(Self { who, key })
    }
}

impl Site {
    /// Opens an incident of our own.
    pub async fn open(&self, wish: &Wish, command: Command) -> Result<Committed, Error> {
        self.open_as(wish, &IncidentId::from_entropy(self.config.entropy.number()), command).await
    }

    /// Opens an incident of our own under an identifier that is settled.
    pub(crate) async fn open_as(
        &self,
        wish: &Wish,
        id: &IncidentId,
        command: Command,
    ) -> Result<Committed, Error> {
        if let Some(earlier) = self.earlier(wish).await? {
            return Ok(earlier);
        }
        if let Command::Open { environment, .. } | Command::Backfill { environment, .. } = &command {
            wish.who.may(Action::Respond, Place::In(environment))?;
        }
        let decision = decide_all(id, None, &[command], &wish.who.name, self.config.clock.now())?;
        self.commit(&[decision], wish).await?.ok_or(Error::Contended)
    }

    /// Records an incident of our own that was told elsewhere, unless it is here already; whether it is new.
    /// A dry run only judges it.
    pub async fn import(
        &self,
        id: &IncidentId,
        wish: &Wish,
        command: Command,
        dry_run: bool,
    ) -> Result<bool, Error> {
        if let Command::Import { environment, .. } = &command {
            wish.who.may(Action::Respond, Place::In(environment))?;
        }
        match self.store.incident_row(id).await {
            Ok(_) => return Ok(false),
            Err(store::Error::NotFound) => {}
            Err(error) => return Err(self.store_error(error)),
        }
        let by = format!("importer ({})", wish.who.name);
        let decision = decide_all(id, None, &[command], &by, self.config.clock.now())?;
        // Somebody who was faster recorded the same.
        Ok(dry_run || self.commit(&[decision], wish).await?.is_some())
    }

    /// Changes an incident. `commands` says what is wanted of the incident as it is found; it is asked again
    /// where the incident has moved on meanwhile.
    pub async fn change(
        &self,
        wish: &Wish,
        id: &IncidentId,
        commands: impl Fn(&Incident) -> Result<Vec<Command>, Error>,
    ) -> Result<Committed, Error> {
        if let Some(earlier) = self.earlier(wish).await? {
            return Ok(earlier);
        }
        for _ in 0..TRIES {
            let incident = self.load(id).await?;
            wish.who.may(Action::Respond, place_of(&incident))?;
            let wanted = commands(&incident)?;
            let decision = decide_all(id, Some(&incident), &wanted, &wish.who.name, self.config.clock.now())?;
            if let Some(committed) = self.commit(&[decision], wish).await? {
                return Ok(committed);
            }
        }
        Err(Error::Contended)
    }

    /// Merges one incident into another; both sides are written together.
    pub async fn merge(&self, wish: &Wish, id: &IncidentId, into: &IncidentId) -> Result<Committed, Error> {
        if let Some(earlier) = self.earlier(wish).await? {
            return Ok(earlier);
        }
        for _ in 0..TRIES {
            let (incident, other) = (self.load(id).await?, self.load(into).await?);
            for touched in [&incident, &other] {
                wish.who.may(Action::Respond, place_of(touched))?;
            }
            let now = self.config.clock.now();
            let merge = [Command::MergeInto { other: into.clone() }];
            let absorb = [Command::Absorb { other: id.clone() }];
            let merged = decide_all(id, Some(&incident), &merge, &wish.who.name, now)?;
            let absorbed = decide_all(into, Some(&other), &absorb, &wish.who.name, now)?;
            if let Some(committed) = self.commit(&[merged, absorbed], wish).await? {
                return Ok(committed);
            }
        }
        Err(Error::Contended)
    }

    /// The incident as it was right after a commit, and the instant of the commit: a repeated request is
    /// answered with the very words of the first.
    pub async fn as_committed(&self, committed: &Committed) -> Result<(Incident, Timestamp), Error> {
        let id = &committed.incident;
        let mut entries = self.store.timeline(id).await.map_err(|error| self.store_error(error))?;
        entries.retain(|entry| entry.seq <= committed.version);
        let at = entries.last().map(|entry: &Entry| entry.seen_at);
        let incident = Incident::replay(id, &entries);
        incident.zip(at).ok_or_else(|| Error::no_incident(id))
    }

    async fn earlier(&self, wish: &Wish) -> Result<Option<Committed>, Error> {
        let Some(key) = &wish.key else { return Ok(None) };
        self.store.find_request(key).await.map_err(|error| self.store_error(error))
    }

    pub(crate) async fn load(&self, id: &IncidentId) -> Result<Incident, Error> {
        self.store.load(id).await.map_err(|error| match error {
            store::Error::NotFound => Error::no_incident(id),
            other => self.store_error(other),
        })
    }

    /// What the audit log says of it: the kinds of entries that the timeline gets.
    fn deed_of(&self, decisions: &[Decision], who: &Actor) -> Deed {
        let kinds = decisions.iter().flat_map(|decision| &decision.entries).map(|entry| entry.event.kind());
        let ids: Vec<&str> = decisions.iter().map(|decision| decision.next.id.as_str()).collect();
        let detail = kinds.collect::<Vec<_>>().join(", ");
        who.deed(self.config.clock.now(), "incident.changed", &ids.join(" "), &detail)
    }

    /// `None` where somebody else was faster.
    pub(crate) async fn commit(
        &self,
        decisions: &[Decision],
        wish: &Wish,
    ) -> Result<Option<Committed>, Error> {
        let deed = self.deed_of(decisions, &wish.who);
        match self.store.commit_as(decisions, wish.key.clone(), Some(deed)).await {
            Ok(committed) => Ok(Some(committed)),
            Err(store::Error::Conflict { .. }) => Ok(None),
            Err(error) => Err(self.store_error(error)),
        }
    }
}

/// Where an incident belongs: ours to its environment, a vendor's to none.
pub(crate) fn place_of(incident: &Incident) -> Place<'_> {
    match source_of(&incident.origin) {
        (environment, true) => Place::In(environment),
        (_, false) => Place::Everywhere,
    }
}

/// Decides several commands as one: each is judged by what follows from those before, and all are written
/// together or not at all.
pub(crate) fn decide_all(
    id: &IncidentId,
    incident: Option<&Incident>,
    commands: &[Command],
    by: &str,
    now: Timestamp,
) -> Result<Decision, Error> {
    let mut whole: Option<Decision> = None;
    for command in commands {
        let known = whole.as_ref().map(|decision| &decision.next).or(incident);
        let input = Input::Command { by: by.to_owned(), command: command.clone() };
        let step = decide(id, known, &input, now)?;
        whole = Some(match whole {
            None => step,
            Some(mut before) => {
                before.next = step.next;
                before.entries.extend(step.entries);
                // One kind of news is told once, however many commands bring it.
                let told: Vec<_> = before.effects.iter().map(|effect| effect.notice).collect();
                let new = step.effects.into_iter().filter(|effect| !told.contains(&effect.notice));
                before.effects.extend(new);
                before
            }
        });
    }
    whole.ok_or(Error::Refused(Refusal::NoSuchIncident))
}
