//! What of an incident everybody may see: the projection through which every public page, feed and document
//! is made. It leaves out what was said inside, what the watch over databases recorded, and who spoke when
//! nobody was meant to hear it.
//!
//! Never decides who may see an incident at all beyond its visibility: pages choose by environment.

use crate::id::{ComponentKey, IncidentId};
use crate::incident::{Called, Incident, Publication, Version, Visibility, Watching};
use crate::timeline::{Actor, Entry, Event};

/// What else the readers of a page see: of this an incident may speak, of the rest it is silent.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// Whether they see a component.
    pub component: &'a dyn Fn(&ComponentKey) -> bool,
    /// Whether they see another incident.
    pub incident: &'a dyn Fn(&IncidentId) -> bool,
}

impl Shown<'static> {
    /// Everything.
    pub const ALL: Self = Self { component: &|_| true, incident: &|_| true };
}

/// An incident as everybody may see it. There is no other way to make one than [`PublicIncident::of`], so what
/// takes one cannot forget to leave something out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicIncident {
    incident: Incident,
    timeline: Vec<Entry>,
}

impl PublicIncident {
    /// The projection; `None` for an incident that is internal.
    pub fn of(incident: &Incident, timeline: &[Entry], shown: Shown<'_>) -> Option<Self> {
        if !incident.is_public() {
            return None;
        }
        let mut record = Record::default();
        for entry in timeline {
            record.take(&incident.id, entry, incident, shown, timeline.get(1));
        }
        let mut timeline = record.public;
        for (seq, entry) in (1..).zip(&mut timeline) {
            entry.seq = seq;
        }
        let mut incident = without_inside(incident, shown);
        incident.version = u32::try_from(timeline.len()).unwrap_or(u32::MAX);
        if let Some(postmortem) = &mut incident.postmortem {
            let mut said = record.postmortems.iter();
            postmortem.versions.retain(|_| said.next().copied().unwrap_or(true));
        }
        incident.postmortem.take_if(|postmortem| postmortem.versions.is_empty());
        Some(Self { incident, timeline })
    }

    /// The incident, without what was said inside.
    pub fn incident(&self) -> &Incident {
        &self.incident
    }

    /// Its public timeline, numbered anew.
    pub fn timeline(&self) -> &[Entry] {
        &self.timeline
    }

    /// Takes the projection apart.
    pub fn into_parts(self) -> (Incident, Vec<Entry>) {
        (self.incident, self.timeline)
    }
}

impl Incident {
    /// The projection for everybody who sees all pages, without a timeline; `None` while it is internal.
    pub fn for_public(&self) -> Option<Self> {
        self.is_public().then(|| without_inside(self, Shown::ALL))
    }
}

/// Everything but the timeline.
fn without_inside(incident: &Incident, shown: Shown<'_>) -> Incident {
    let mut public = incident.clone();
    public.notes.clear();
    public.watching = Watching::default();
    public.publication = Publication::None;
    public.updates.retain(|update| update.visibility == Visibility::Public);
    for update in &mut public.updates {
        update.called = Called::No;
        update.components.retain(|change| (shown.component)(&change.key));
        update.versions.iter_mut().for_each(unnamed);
    }
    if let Some(postmortem) = &mut public.postmortem {
        postmortem.versions.iter_mut().for_each(unnamed);
    }
    public.components.retain(|component| (shown.component)(&component.key));
    public.absorbed.retain(|other| (shown.incident)(other));
    public.merged_into.take_if(|other| !(shown.incident)(other));
    public
}

/// A watch is named after its database, which is nobody's business outside.
fn unnamed(version: &mut Version) {
    version.actor = public_actor(&version.actor);
}

fn public_actor(actor: &Actor) -> Actor {
    match actor {
        Actor::Watch(_) => Actor::Clock,
        other => other.clone(),
    }
}

/// The timeline as it is read entry by entry.
#[derive(Default)]
struct Record {
    so_far: Option<Incident>,
    inside: bool,
    public: Vec<Entry>,
    /// For each version of the postmortem, whether it was published when the incident was public.
    postmortems: Vec<bool>,
}

impl Record {
    fn take(
        &mut self,
        id: &IncidentId,
        entry: &Entry,
        whole: &Incident,
        shown: Shown<'_>,
        second: Option<&Entry>,
    ) {
        if let Some(incident) = &mut self.so_far {
            incident.apply(entry);
        } else {
            self.so_far = Incident::replay(id, [entry]);
            // One that is opened inside says so right after it was opened.
            let hidden = Event::VisibilityChanged { to: Visibility::Internal };
            self.inside = second.is_some_and(|second| second.event == hidden);
        }
        if matches!(entry.event, Event::PostmortemPublished { .. }) {
            self.postmortems.push(!self.inside);
        }
        if let Event::VisibilityChanged { to } = entry.event {
            self.inside = to == Visibility::Internal;
            if !self.inside && self.public.is_empty() {
                self.public.extend(self.so_far.as_ref().map(|incident| opening(incident, entry)));
            }
        } else if !self.inside && is_public(&entry.event, whole, shown) {
            self.public.push(Entry { actor: public_actor(&entry.actor), ..entry.clone() });
        }
    }
}

/// For everybody it begins here, as it stood when it was published.
fn opening(incident: &Incident, entry: &Entry) -> Entry {
    Entry {
        actor: public_actor(&entry.actor),
        event: Event::Opened {
            origin: incident.origin.clone(),
            kind: incident.kind,
            title: incident.title.clone(),
            impact: incident.impact,
            state: incident.state,
            published_at: incident.clocks.published_at,
        },
        ..entry.clone()
    }
}

fn is_public(event: &Event, whole: &Incident, shown: Shown<'_>) -> bool {
    match event {
        Event::UpdatePosted { update, .. }
        | Event::UpdateRepeated { update, .. }
        | Event::UpdateEdited { update, .. }
        | Event::UpdateWithdrawn { update } => {
            whole.update(update).is_none_or(|update| update.visibility == Visibility::Public)
        }
        Event::ComponentChanged { key, .. } => (shown.component)(key),
        Event::Merged { into } => (shown.incident)(into),
        Event::Absorbed { other } => (shown.incident)(other),
        Event::VisibilityChanged { .. }
        | Event::PublicationPlanned { .. }
        | Event::Noted { .. }
        | Event::PromiseCalled { .. }
        | Event::Judged(_)
        | Event::Advised(_) => false,
        Event::Opened { .. }
        | Event::StateChanged { .. }
        | Event::ResolvedAtChanged { .. }
        | Event::Retitled { .. }
        | Event::ImpactChanged { .. }
        | Event::Rescheduled { .. }
        | Event::Linked { .. }
        | Event::PostmortemPublished { .. }
        | Event::TrueWindowSet { .. }
        | Event::Withdrawn
        | Event::Restored => true,
    }
}

#[cfg(test)]
mod tests;
