//! What is told of a notice: the incident as it stood when it was decided, in the words of `notifiers`. A hundred
//! thousand recipients are told the same, so it is put together once.
//!
//! Never tells the public what was said inside.

use crate::config::Config;
use domain::public::{PublicIncident, Shown};
use domain::{
    Actor, ComponentKey, ComponentState, Entry, Environment, Event, Incident, IncidentId, Language, Notice,
    Origin, Slug, Timestamp, promise,
};
use notifiers::{Audience, Message};
use std::collections::HashMap;
use std::sync::Arc;
use store::Store;
use tokio::sync::{Mutex, OnceCell};

/// Stories that are kept. Few notices are being told at a time.
const KEPT: usize = 256;

/// Names and addresses that a message mentions.
#[derive(Clone, Debug)]
pub struct Places {
    /// Environments and vendors, by slug.
    pub names: HashMap<String, String>,
    /// Name of the page.
    pub page: String,
    /// Address of the page, without a slash at its end.
    pub url: String,
}

impl Places {
    /// As configured.
    pub fn of(config: &Config) -> Self {
        let environments = config.environments.iter().map(|one| (one.slug.to_string(), one.name.clone()));
        let vendors = config.vendors.iter().map(|one| (format!("vendor/{}", one.slug), one.name.clone()));
        let listen = || format!("http://{}", config.server.listen);
        let url = config.server.public_url.as_ref().map_or_else(listen, ToString::to_string);
        Self {
            names: environments.chain(vendors).collect(),
            page: config.pages[0].name.clone(),
            url: url.trim_end_matches('/').to_owned(),
        }
    }

    /// The same with the names of environments that were added in the console.
    fn with(&self, added: Vec<Environment>) -> Self {
        let mut all = self.clone();
        for environment in added {
            all.names.entry(environment.slug.to_string()).or_insert(environment.name);
        }
        all
    }

    fn name(&self, origin: &Origin) -> String {
        let (key, slug) = match origin {
            Origin::Own { environment } => (environment.to_string(), environment),
            Origin::Vendor { vendor, .. } => (format!("vendor/{vendor}"), vendor),
        };
        self.names.get(&key).cloned().unwrap_or_else(|| slug.to_string())
    }
}

/// A notice, as far as its story needs it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// Which incident.
    pub incident: IncidentId,
    /// Which entry of its timeline.
    pub seq: u32,
    /// What kind of news.
    pub notice: Notice,
    /// Who hears it.
    pub audience: Audience,
}

/// What is told, and of what.
#[derive(Clone, Debug)]
pub struct Story {
    /// The incident as it stood, for its audience.
    pub incident: Incident,
    /// The message, without key and language of a receiver.
    pub message: Message,
}

/// Made by the first who asks.
type Kept = Arc<OnceCell<Option<Arc<Story>>>>;

impl Story {
    /// Components that are shown, each with its state.
    pub fn components(&self, shown: impl Fn(&Slug, &ComponentKey) -> bool) -> Vec<(String, ComponentState)> {
        let incident = &self.incident;
        let all = incident.components.iter().filter(|component| match &incident.origin {
            Origin::Own { environment } => shown(environment, &component.key),
            Origin::Vendor { .. } => true,
        });
        let state = |key: &ComponentKey| incident.component_state(key).unwrap_or(ComponentState::Operational);
        all.map(|component| (component.name.clone(), state(&component.key))).collect()
    }
}

/// Stories, each put together once.
pub struct Stories {
    places: Places,
    kept: Mutex<HashMap<Subject, Kept>>,
}

impl Stories {
    /// None yet.
    pub fn new(places: Places) -> Self {
        Self { places, kept: Mutex::default() }
    }

    /// Names and addresses.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The story of a notice. `None` where its audience has none: it was never public.
    pub async fn story(&self, store: &Store, subject: &Subject) -> store::Result<Option<Arc<Story>>> {
        let cell = {
            let mut kept = self.kept.lock().await;
            if kept.len() >= KEPT && !kept.contains_key(subject) {
                kept.clear();
            }
            Arc::clone(kept.entry(subject.clone()).or_default())
        };
        let made = cell.get_or_try_init(|| async {
            let timeline = store.timeline(&subject.incident).await?;
            let places = self.places.with(store.list_environments().await?);
            Ok::<_, store::Error>(tell(&timeline, subject, &places).map(Arc::new))
        });
        made.await.cloned()
    }
}

/// Puts a story together.
pub fn tell(timeline: &[Entry], subject: &Subject, places: &Places) -> Option<Story> {
    let decision = decision(timeline, subject.seq)?;
    let until = decision.end;
    let (incident, shown) = match subject.audience {
        Audience::Operators => (Incident::replay(&subject.incident, &timeline[..until])?, decision.clone()),
        Audience::Public => as_public(&subject.incident, timeline, decision.clone())?,
    };
    let news = &timeline[decision.start];
    let body = timeline[shown].iter().rev().find_map(|entry| text_of(&entry.event, &incident));
    let message = message(&incident, subject, places, (news, body.unwrap_or_default()));
    let mut story = Story { incident, message };
    story.message.components = story.components(|_, _| true);
    Some(story)
}

/// The entries that were decided together with this one: they were seen in the same instant.
fn decision(timeline: &[Entry], seq: u32) -> Option<std::ops::Range<usize>> {
    let place = timeline.iter().position(|entry| entry.seq == seq)?;
    let together = |entry: &&Entry| entry.seen_at == timeline[place].seen_at;
    let before = timeline[..place].iter().rev().take_while(together).count();
    let after = timeline[place..].iter().take_while(together).count();
    Some(place - before..place + after)
}

/// The incident as everybody saw it then; where that decision hid it, as they saw it last, and without a text.
fn as_public(
    id: &IncidentId,
    timeline: &[Entry],
    decision: std::ops::Range<usize>,
) -> Option<(Incident, std::ops::Range<usize>)> {
    let public = |until: usize| {
        let incident = Incident::replay(id, &timeline[..until])?;
        PublicIncident::of(&incident, &timeline[..until], Shown::ALL).map(|public| public.into_parts().0)
    };
    match public(decision.end) {
        Some(incident) => Some((incident, decision)),
        None => Some((public(decision.start)?, 0..0)),
    }
}

fn text_of(event: &Event, incident: &Incident) -> Option<String> {
    match event {
        // An update that its audience does not see is not in the incident.
        Event::UpdatePosted { update, body, .. } | Event::UpdateEdited { update, body, .. } => {
            incident.update(update).map(|_| body.clone())
        }
        Event::PostmortemPublished { body, .. } => Some(body.clone()),
        _ => None,
    }
}

fn message(incident: &Incident, subject: &Subject, places: &Places, news: (&Entry, String)) -> Message {
    let (entry, body) = news;
    let id = &incident.id;
    let (url, cause) = match subject.audience {
        Audience::Public => (format!("{}/incidents/{id}", places.url), None),
        Audience::Operators => (format!("{}/console/incidents/{id}", places.url), cause(incident)),
    };
    Message {
        key: String::new(),
        audience: subject.audience,
        language: Language::English,
        notice: subject.notice,
        at: entry.seen_at,
        incident: id.clone(),
        seq: subject.seq,
        kind: incident.kind,
        title: incident.title.clone(),
        impact: incident.impact,
        state: incident.state,
        body,
        cause,
        environment: places.name(&incident.origin),
        components: Vec::new(),
        began_at: incident.clocks.began_at,
        published_at: incident.clocks.published_at,
        resolved_at: incident.clocks.resolved_at,
        next_update_at: promise::pending(incident).map(|promise| promise.due_at),
        schedule: incident.schedule.map(|window| (window.from, window.until)),
        automatic: matches!(entry.actor, Actor::Watch(_) | Actor::Clock),
        page: places.page.clone(),
        page_url: places.url.clone(),
        url,
        unsubscribe_url: None,
    }
}

/// What the watch sees that stalls, or saw last.
fn cause(incident: &Incident) -> Option<String> {
    let watches = &incident.watching.watches;
    let watch = watches.iter().rfind(|watch| watch.is_stalled()).or_else(|| watches.last())?;
    Some(format!("{}: {}", watch.latest.name, watch.latest.sentence))
}

/// A message that is about no incident, for trials of a channel and for news of Watchkeeper itself.
pub fn notice_of_our_own(places: &Places, title: &str, body: &str, at: Timestamp) -> Message {
    Message {
        key: format!("msg_own_{}", at.as_microsecond()),
        audience: Audience::Operators,
        language: Language::English,
        notice: Notice::Opened,
        at,
        incident: IncidentId::from_entropy(at.as_microsecond().unsigned_abs()),
        seq: 1,
        kind: domain::Kind::Incident,
        title: title.to_owned(),
        impact: domain::Impact::None,
        state: domain::State::Investigating,
        body: body.to_owned(),
        cause: None,
        environment: "Watchkeeper".to_owned(),
        components: Vec::new(),
        began_at: None,
        published_at: at,
        resolved_at: None,
        next_update_at: None,
        schedule: None,
        automatic: true,
        page: places.page.clone(),
        page_url: places.url.clone(),
        url: format!("{}/console", places.url),
        unsubscribe_url: None,
    }
}

#[cfg(test)]
mod tests;
