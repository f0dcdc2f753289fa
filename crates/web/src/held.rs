//! Undo for a few seconds: what somebody posts is judged at once, kept, and carried out when its time comes.
//!
//! Nothing leaves before, and nothing leaves twice: the identifier of what is held is the key of the request that
//! carries it out.

use crate::api::request::{OpenRequest, PublishRequest, UpdateRequest};
use crate::auth::Actor;
use crate::commands::{self, Fresh};
use crate::error::Error;
use crate::site::Site;
use crate::write::{Wish, place_of};
use domain::{Action, Command, Incident, IncidentId, Place, Slug, Timestamp};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{HeldCommand, RequestKey};

/// How long another node waits before it takes over what this one carries out.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// Commands carried out at a time.
const BATCH: u32 = 32;
/// Held at a time, at most, of which each is looked at for who may see it: seconds of a busy team.
const LISTED: u32 = 200;
/// Longest time for which something is held: after that it is a plan, and nobody is there to undo it.
pub(crate) const LONGEST: u32 = 3_600;

/// What is held, as it is kept: the words of the request, understood anew when its time comes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(crate) enum Held {
    /// Opens an incident.
    Open { update: String, request: Box<OpenRequest> },
    /// Posts an update.
    Update { update: String, request: UpdateRequest },
    /// Makes an incident public.
    Publish { update: String, request: PublishRequest },
}

/// The same with who wants it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// What is wanted.
    pub(crate) held: Held,
    kind: String,
    id: String,
}

impl Kept {
    /// Reads it back.
    pub(crate) fn read(held: &HeldCommand) -> Result<Self, Error> {
        serde_json::from_str(&held.command).map_err(|error| Error::Internal(Box::new(error)))
    }
}

impl Held {
    /// Refuses those who may not do this there: an incident that is not there yet belongs to the environment in
    /// which it is opened.
    fn check(&self, who: &Actor, action: Action, incident: Option<&Incident>) -> Result<(), Error> {
        match (self, incident) {
            (_, Some(incident)) => who.may(action, place_of(incident)),
            (Self::Open { request, .. }, None) => match Slug::parse(&request.environment) {
                Some(environment) => who.may(action, Place::In(&environment)),
                None => who.may(action, Place::Somewhere),
            },
            (_, None) => who.may(action, Place::Everywhere),
        }
    }

    /// The command, of the incident as it is then.
    fn command(&self, site: &Site, incident: Option<&Incident>, now: Timestamp) -> Result<Command, Error> {
        let fresh = |update: &String| Fresh { update: update.clone(), now };
        match (self, incident) {
            (Self::Open { update, request }, _) => {
                commands::open(&site.environments(), request, fresh(update))
            }
            (Self::Update { update, request }, Some(incident)) => {
                commands::update(site.environment_of(incident).as_ref(), incident, request, fresh(update))
            }
            (Self::Publish { update, request }, Some(incident)) => {
                commands::publish(incident, request, fresh(update))
            }
            (_, None) => Err(Error::Refused(domain::Refusal::NoSuchIncident)),
        }
    }
}

/// Whether two requests under one key are not the same, but for the identifier of their update, which is new
/// with each.
fn is_other(kept: &str, wanted: &str) -> bool {
    let words = |text: &str| {
        let value = serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
        value.get("held").and_then(|held| held.get("request")).cloned()
    };
    kept != wanted && words(kept) != words(wanted)
}

impl Site {
    /// Holds a command for `seconds`, after it was judged as if it were carried out now. `incident` is the one
    /// that it changes, none for one that it opens.
    pub(crate) async fn hold(
        &self,
        wish: &Wish,
        incident: Option<&IncidentId>,
        held: &Held,
        seconds: u32,
    ) -> Result<HeldCommand, Error> {
        let now = self.config.clock.now();
        if seconds > LONGEST {
            let message = format!("`hold_seconds` is `{seconds}`, which is more than {LONGEST}");
            return Err(Error::invalid(
                message,
                "hold it for less, or open it as internal and publish it later",
            ));
        }
        let id = match &wish.key {
            Some(key) => domain::id::of_name("held", &key.key),
            None => self.new_id(),
        };
        let fresh = IncidentId::of_held(&id);
        let known = match incident {
            Some(id) => Some(self.load(id).await?),
            None => None,
        };
        held.check(&wish.who, Action::Respond, known.as_ref())?;
        let command = held.command(self, known.as_ref(), now)?;
        let target = incident.unwrap_or(&fresh);
        crate::write::decide_all(target, known.as_ref(), &[command], &wish.who.name, now)?;
        let kept = Kept { held: held.clone(), kind: wish.who.kind.to_owned(), id: wish.who.id.clone() };
        let command = serde_json::to_string(&kept).map_err(|error| Error::Internal(Box::new(error)))?;
        let wait = SignedDuration::from_secs(i64::from(seconds));
        let wanted = HeldCommand {
            id,
            incident: target.clone(),
            command,
            by: wish.who.name.clone(),
            created_at: now,
            due_at: now.saturating_add(wait).unwrap_or(now),
            state: store::HeldState::Waiting,
            error: None,
        };
        let words = wanted.command.clone();
        let deed = wish.who.deed(now, "post.held", &wanted.id, target.as_str());
        let kept = self.store.hold_command(wanted, deed).await.map_err(|error| self.store_error(error))?;
        if is_other(&kept.command, &words) { Err(Error::KeyReused) } else { Ok(kept) }
    }

    /// What is held under that identifier, for somebody who may do this there.
    pub(crate) async fn held(&self, id: &str, who: &Actor, action: Action) -> Result<HeldCommand, Error> {
        let held = self.store.held_command(id).await.map_err(|error| match error {
            store::Error::NotFound => Error::NotFound { what: "held post", name: id.to_owned() },
            other => self.store_error(other),
        })?;
        self.check_held(&held, who, action).await?;
        Ok(held)
    }

    /// What waits or failed where they have a role, the next to leave first.
    pub(crate) async fn list_held(&self, who: &Actor) -> Result<Vec<HeldCommand>, Error> {
        let all = self.store.list_held_commands(LISTED).await.map_err(|error| self.store_error(error))?;
        let mut seen = Vec::new();
        for held in all {
            match self.check_held(&held, who, Action::See).await {
                Ok(()) => seen.push(held),
                Err(Error::Forbidden(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(seen)
    }

    /// Lets it leave now, and says what became of it.
    pub(crate) async fn send_held_as(&self, id: &str, who: &Actor) -> Result<HeldCommand, Error> {
        self.held(id, who, Action::Respond).await?;
        // It is carried out, and written down, in the name of who posted it.
        self.send_held(id).await?;
        self.held(id, who, Action::Respond).await
    }

    /// Takes it back if it has not left, and says what became of it.
    pub(crate) async fn undo_held_as(&self, id: &str, who: &Actor) -> Result<HeldCommand, Error> {
        let held = self.held(id, who, Action::Respond).await?;
        let deed = who.deed(self.config.clock.now(), "post.undone", id, held.incident.as_str());
        self.store.undo_held_command(id, deed).await.map_err(|error| self.store_error(error))?;
        self.held(id, who, Action::Respond).await
    }

    async fn check_held(&self, held: &HeldCommand, who: &Actor, action: Action) -> Result<(), Error> {
        let incident = match self.load(&held.incident).await {
            Ok(incident) => Some(incident),
            Err(Error::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        Kept::read(held)?.held.check(who, action, incident.as_ref())
    }

    /// Carries out everything whose time has come; how many there were.
    pub async fn run_due_held(&self) -> Result<usize, Error> {
        let due = self.store.due_held_commands(self.config.clock.now(), BATCH).await;
        let mut done = 0;
        for id in due.map_err(|error| self.store_error(error))? {
            done += usize::from(self.send_held(&id).await?);
        }
        Ok(done)
    }

    /// Carries one out now; false where somebody else does, or it was taken back.
    pub(crate) async fn send_held(&self, id: &str) -> Result<bool, Error> {
        let claimed = self.store.claim_held_command(id, LEASE).await;
        let Some(held) = claimed.map_err(|error| self.store_error(error))? else { return Ok(false) };
        let outcome = match self.carry_out(&held).await {
            Ok(()) => None,
            Err(error) if error.is_final() => Some(error.outside().message),
            // The claim runs out, and it is tried again.
            Err(error) => return Err(error),
        };
        let finished = self.store.finish_held_command(id, outcome).await;
        finished.map(|()| true).map_err(|error| self.store_error(error))
    }

    async fn carry_out(&self, held: &HeldCommand) -> Result<(), Error> {
        let digest = Sha256::digest(held.command.as_bytes()).into();
        let key = Some(RequestKey { key: format!("held:{}", held.id), digest });
        let kept = Kept::read(held)?;
        let now = self.config.clock.now();
        let who = self.actor_of(&kept, held, now).await?;
        let wanted = kept.held;
        let wish = Wish { who, key };
        if matches!(wanted, Held::Open { .. }) {
            wanted.check(&wish.who, Action::Respond, None)?;
            let command = wanted.command(self, None, now)?;
            self.open_as(&wish, &held.incident, command).await?;
        } else {
            let commands = |incident: &Incident| {
                wanted.check(&wish.who, Action::Respond, Some(incident))?;
                Ok(vec![wanted.command(self, Some(incident), now)?])
            };
            self.change(&wish, &held.incident, commands).await?;
        }
        self.take_now(&[crate::sync::Change::Incident(held.incident.clone())]).await;
        Ok(())
    }

    /// Who posted it, with what they may do now: a role may have been taken, or a token, while it was held.
    async fn actor_of(&self, kept: &Kept, held: &HeldCommand, now: Timestamp) -> Result<Actor, Error> {
        let (kind, grants) = if kept.kind == "person" {
            let person = self.store.find_person(&kept.id).await.map_err(|error| self.store_error(error))?;
            let person = person.filter(|person| person.disabled_at.is_none());
            ("person", person.map(|person| person.roles))
        } else {
            let token =
                self.store.find_token_by_id(&kept.id).await.map_err(|error| self.store_error(error))?;
            ("token", token.filter(|token| token.is_valid(now)).map(|token| token.grants))
        };
        let (id, name) = (kept.id.clone(), held.by.clone());
        Ok(Actor { kind, id, name, grants: grants.unwrap_or_default(), address: String::new() })
    }

    /// Keys and names of the components of an environment.
    pub fn component_names(&self, environment: &domain::Slug) -> Vec<(domain::ComponentKey, String)> {
        let known = self.environment(environment).into_iter().flat_map(|one| one.components);
        known.map(|component| (component.key, component.name)).collect()
    }
}
