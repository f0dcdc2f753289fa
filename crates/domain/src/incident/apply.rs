//! How one entry changes an incident. Applying never fails and never judges: whether an entry may be
//! written was settled by [`decide`](crate::decide()), and a timeline that was once written must stay
//! readable for ever.

use super::{
    AffectedComponent, Called, Clocks, Incident, Note, Origin, Postmortem, Publication, Repeat, State,
    Update, Version, Visibility, Watching,
};
use crate::component::ComponentState;
use crate::id::IncidentId;
use crate::observation::ComponentChange;
use crate::time::Window;
use crate::timeline::{Entry, Event};
use jiff::Timestamp;

/// Makes the incident from its first entry.
pub(super) fn open(id: &IncidentId, entry: &Entry) -> Option<Incident> {
    let mut watching = Watching::default();
    watching.note(entry);
    let Event::Opened { origin, kind, title, impact, state, published_at } = &entry.event else {
        return None;
    };
    let own = matches!(origin, Origin::Own { .. });
    Some(Incident {
        id: id.clone(),
        version: entry.seq,
        origin: origin.clone(),
        kind: *kind,
        title: title.clone(),
        impact: *impact,
        state: *state,
        url: None,
        schedule: None,
        clocks: Clocks {
            began_at: None,
            ended_at: None,
            published_at: *published_at,
            // Posted when it was already over.
            resolved_at: state.is_over().then_some(*published_at),
            seen_at: if own { *published_at } else { entry.seen_at },
            resolved_seen_at: state.is_over().then_some(entry.seen_at),
        },
        components: Vec::new(),
        updates: Vec::new(),
        postmortem: None,
        merged_into: None,
        absorbed: Vec::new(),
        withdrawn_at: None,
        visibility: Visibility::Public,
        publication: Publication::None,
        notes: Vec::new(),
        watching,
    })
}

impl Incident {
    /// Applies the next entry of the timeline.
    pub fn apply(&mut self, entry: &Entry) {
        self.version = entry.seq;
        self.watching.note(entry);
        match &entry.event {
            // Only the first entry opens; a second one would be a fault that `invariants` reports. All there is
            // to a judgement was noted above.
            Event::Opened { .. } | Event::Judged(_) | Event::Advised(_) => {}
            Event::UpdatePosted { .. } => self.post_update(entry),
            Event::UpdateRepeated { update, repeat, published_at } => {
                let repeat =
                    Repeat { id: repeat.clone(), published_at: *published_at, seen_at: entry.seen_at };
                self.edit_update(update, |update| update.repeats.push(repeat));
            }
            Event::UpdateEdited { update, state, body, edited_at } => {
                let version = version(entry, *state, body, edited_at.unwrap_or(entry.seen_at), *edited_at);
                self.edit_update(update, |update| update.versions.push(version));
            }
            Event::UpdateWithdrawn { update } => {
                self.edit_update(update, |update| update.withdrawn_at = Some(entry.seen_at));
            }
            Event::StateChanged { to, at } => self.change_state(*to, *at, entry.seen_at),
            Event::ResolvedAtChanged { to } => self.clocks.resolved_at = *to,
            Event::Retitled { to } => self.title.clone_from(to),
            Event::ImpactChanged { to } => self.impact = *to,
            Event::Rescheduled { to } => self.schedule = *to,
            Event::Linked { to } => self.url.clone_from(to),
            Event::ComponentChanged { update, key, name, to, at } => {
                let change = ComponentChange { key: key.clone(), name: name.clone(), to: *to };
                self.change_component(&change, *at);
                if let Some(update) = update {
                    self.edit_update(update, |update| update.components.push(change));
                }
            }

            Event::PostmortemPublished { body, published_at } => {
                self.publish_postmortem(entry, body, *published_at);
            }
            Event::TrueWindowSet { began_at, ended_at } => {
                self.clocks.began_at = *began_at;
                self.clocks.ended_at = *ended_at;
            }
            Event::VisibilityChanged { to } => self.change_visibility(*to, entry.seen_at),
            Event::PublicationPlanned { at } => {
                self.publication = at.map_or(Publication::Waiting, Publication::At);
            }
            Event::Noted { body } => {
                let note = Note { body: body.clone(), actor: entry.actor.clone(), at: entry.seen_at };
                self.notes.push(note);
            }
            Event::PromiseCalled { update, lapsed } => {
                let called = if *lapsed { Called::Late } else { Called::Soon };
                self.edit_update(update, |update| update.called = update.called.max(called));
            }
            Event::Withdrawn => self.withdrawn_at = Some(entry.seen_at),
            Event::Restored => self.withdrawn_at = None,
            Event::Merged { into } => self.merged_into = Some(into.clone()),
            Event::Absorbed { other } => self.absorbed.push(other.clone()),
        }
    }

    fn post_update(&mut self, entry: &Entry) {
        let Event::UpdatePosted { update: id, state, body, published_at, edited_at, next_update_at } =
            &entry.event
        else {
            return;
        };
        // A repetition whose words were changed afterwards stands for itself from now on.
        for update in &mut self.updates {
            update.repeats.retain(|repeat| &repeat.id != id);
        }
        let update = Update {
            id: id.clone(),
            published_at: *published_at,
            seen_at: entry.seen_at,
            versions: vec![version(entry, *state, body, *published_at, *edited_at)],
            repeats: Vec::new(),
            components: Vec::new(),
            withdrawn_at: None,
            visibility: self.visibility,
            next_update_at: *next_update_at,
            called: Called::No,
        };
        self.updates.retain(|old| &old.id != id);
        let place = self.updates.partition_point(|old| old.published_at <= *published_at);
        self.updates.insert(place, update);
        if self.is_public() {
            self.clocks.published_at = self.clocks.published_at.min(*published_at);
        }
    }

    fn edit_update(&mut self, id: &str, edit: impl FnOnce(&mut Update)) {
        if let Some(update) = self.updates.iter_mut().find(|update| update.id == id) {
            edit(update);
        }
    }

    /// The first public word is spoken when an incident becomes public, not when it was opened inside.
    fn change_visibility(&mut self, to: Visibility, at: Timestamp) {
        let was_spoken_of = self.public_updates().next().is_some();
        if to == Visibility::Public && !was_spoken_of {
            self.clocks.published_at = at;
        }
        self.visibility = to;
        self.publication = Publication::None;
    }

    fn change_state(&mut self, to: State, at: Timestamp, seen_at: Timestamp) {
        let (was_over, is_over) = (self.state.is_over(), to.is_over());
        self.state = to;
        if is_over && !was_over {
            self.clocks.resolved_at = Some(at);
            self.clocks.resolved_seen_at = Some(seen_at);
            self.close_components(at);
        }
        if was_over && !is_over {
            self.clocks.resolved_at = None;
            self.clocks.resolved_seen_at = None;
        }
    }

    fn change_component(&mut self, change: &ComponentChange, at: Timestamp) {
        let position = self.components.iter().position(|component| component.key == change.key);
        let component = match position {
            Some(position) => &mut self.components[position],
            None => self.components.push_mut(AffectedComponent {
                key: change.key.clone(),
                name: change.name.clone(),
                windows: Vec::new(),
            }),
        };
        component.name.clone_from(&change.name);
        let lasts = component
            .windows
            .last()
            .is_some_and(|(state, window)| *state == change.to && window.until.is_none());
        if !lasts {
            close(component, at);
            // Unknown means: affected, and nobody said how. Operational ends what was.
            if change.to.is_fault() || change.to == ComponentState::UnderMaintenance {
                component.windows.push((change.to, Window::open(at)));
            }
        }
        if self.state.is_over() {
            self.close_components(at);
        }
    }

    /// Nothing stays broken in an incident that is over.
    fn close_components(&mut self, at: Timestamp) {
        for component in &mut self.components {
            close(component, at);
        }
    }

    fn publish_postmortem(&mut self, entry: &Entry, body: &str, published_at: Timestamp) {
        let version = version(entry, State::Postmortem, body, published_at, None);
        match &mut self.postmortem {
            Some(postmortem) => postmortem.versions.push(version),
            None => self.postmortem = Some(Postmortem { published_at, versions: vec![version] }),
        }
    }
}

fn close(component: &mut AffectedComponent, at: Timestamp) {
    if let Some((_, window)) = component.windows.last_mut() {
        *window = window
            .until
            .map_or_else(|| Window::closed(window.from, at), |until| Window::closed(window.from, until));
    }
}

fn version(
    entry: &Entry,
    state: State,
    body: &str,
    written_at: Timestamp,
    edited_at: Option<Timestamp>,
) -> Version {
    Version {
        state,
        body: body.to_owned(),
        actor: entry.actor.clone(),
        written_at,
        seen_at: entry.seen_at,
        edited_at,
    }
}
