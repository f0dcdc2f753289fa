//! What was seen on a vendor's page, in our words: the output of every parser in `feeds` and the input
//! of [`decide`](crate::decide()). Parsers keep what they understood; nothing here can fail.

use crate::component::ComponentState;
use crate::id::ComponentKey;
use crate::incident::{Impact, Kind, State};
use crate::time::Window;
use jiff::Timestamp;

/// One look at one document of a status page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageObservation {
    /// Name of the page as it calls itself; empty if it does not.
    pub name: String,
    /// The page's own address.
    pub url: String,
    /// IANA name of the zone in which the page writes, if it says.
    pub time_zone: Option<String>,
    /// When the page says that it last changed.
    pub updated_at: Option<Timestamp>,
    /// The page's own headline state; `None` where this document does not carry one.
    pub indicator: Option<ComponentState>,
    /// Components in page order. Empty where this document does not list them.
    pub components: Vec<ComponentObservation>,
    /// Incidents and maintenances, newest first.
    pub incidents: Vec<IncidentObservation>,
    /// Whether the list of incidents is complete back to its oldest entry, so that one that is missing
    /// between two that are there was deleted. False for truncated or partly understood documents.
    pub complete: bool,
    /// What could not be understood, one sentence each.
    pub warnings: Vec<String>,
}

/// One component as the page lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentObservation {
    /// The vendor's id, or the name where there is none.
    pub key: ComponentKey,
    /// Display name without the group.
    pub name: String,
    /// Name of the group it stands in.
    pub group: Option<String>,
    /// State as the page gives it.
    pub state: ComponentState,
}

/// One incident or maintenance as the page tells it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentObservation {
    /// The vendor's id, stable over polls.
    pub external_id: String,
    /// Title.
    pub title: String,
    /// Incident or maintenance.
    pub kind: Kind,
    /// The vendor's own grade.
    pub impact: Impact,
    /// The vendor's own state.
    pub state: State,
    /// Link to the vendor's page of this incident.
    pub url: Option<String>,
    /// When it was first spoken of in public: the earliest update, not the vendor's typed-in start.
    pub published_at: Timestamp,
    /// The start that the vendor states, if it does; hand-typed on some platforms.
    pub stated_start_at: Option<Timestamp>,
    /// When the page says that it was over.
    pub resolved_at: Option<Timestamp>,
    /// For a maintenance: the announced window.
    pub schedule: Option<Window>,
    /// Affected components by key and name, in page order.
    pub components: Vec<(ComponentKey, String)>,
    /// Updates, oldest first, identical neighbours folded by [`fold_repeats`].
    pub updates: Vec<UpdateObservation>,
    /// The postmortem, if there is one.
    pub postmortem: Option<PostmortemObservation>,
}

impl IncidentObservation {
    /// Published duration in seconds; `None` while it lasts. An incident that was posted when it was
    /// already over lasted 0 s on the page.
    pub fn duration_seconds(&self) -> Option<i64> {
        self.resolved_at.map(|until| crate::time::seconds_between(self.published_at, until))
    }
}

/// One update as the page tells it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateObservation {
    /// The vendor's id, or one made from what does not change.
    pub external_id: String,
    /// State that it announced.
    pub state: State,
    /// When it was posted.
    pub published_at: Timestamp,
    /// When its text was last changed, if that was noticeably later.
    pub edited_at: Option<Timestamp>,
    /// Text, Markdown.
    pub body: String,
    /// What it said of components.
    pub components: Vec<ComponentChange>,
    /// Later posts of the same words: `(external id, posted at)`.
    pub repeats: Vec<(String, Timestamp)>,
}

/// What an update said of one component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentChange {
    /// Which.
    pub key: ComponentKey,
    /// Its name.
    pub name: String,
    /// State from then on.
    pub to: ComponentState,
}

/// A postmortem as the page shows it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostmortemObservation {
    /// Text, Markdown.
    pub body: String,
    /// When it was published, if the page says.
    pub published_at: Option<Timestamp>,
}

/// Folds an update into its predecessor where state and words are the same: a heartbeat, not news. The
/// seed day's 17:33 and 17:38 become one update shown as repeated at 17:38. White space does not count.
/// The first update that says something of components brings it along, since vendors add that late.
pub fn fold_repeats(updates: Vec<UpdateObservation>) -> Vec<UpdateObservation> {
    let mut folded: Vec<UpdateObservation> = Vec::with_capacity(updates.len());
    for update in updates {
        match folded.last_mut() {
            Some(last) if says_the_same(last, &update) => {
                last.repeats.push((update.external_id, update.published_at));
                last.repeats.extend(update.repeats);
                if last.components.is_empty() {
                    last.components = update.components;
                }
            }
            _ => folded.push(update),
        }
    }
    folded
}

fn says_the_same(a: &UpdateObservation, b: &UpdateObservation) -> bool {
    // An empty text says nothing, so it cannot say the same.
    let silent = a.body.trim().is_empty();
    let contradicts = !a.components.is_empty() && !b.components.is_empty() && a.components != b.components;
    a.state == b.state && !silent && !contradicts && a.body.split_whitespace().eq(b.body.split_whitespace())
}

/// The state of a page from everything that one look shows: the worst of its headline, its components
/// and its open incidents. Pages lie both ways (a green headline over an open incident, a green
/// component under its own major outage), and a document that carries none of the three says nothing.
pub fn overall(page: &PageObservation) -> ComponentState {
    let components = page.components.iter().map(|component| component.state);
    let incidents = page.incidents.iter().filter_map(open_incident_state);
    ComponentState::worst(page.indicator.into_iter().chain(components).chain(incidents))
}

fn open_incident_state(incident: &IncidentObservation) -> Option<ComponentState> {
    let pending = incident.state == State::Scheduled;
    (!incident.state.is_over() && !pending).then(|| incident.impact.implied_state(incident.kind))
}

/// Narrows a page to the components that somebody asked for, by name. Incidents that name components and
/// none of those are left out; one that names none yet stays, because it may still come to. The page's own
/// headline speaks of everything, so it goes too.
pub fn narrow(page: &mut PageObservation, wanted: impl Fn(&str) -> bool) {
    page.indicator = None;
    page.components.retain(|component| wanted(&component.name));
    page.incidents.retain(|incident| {
        incident.components.is_empty() || incident.components.iter().any(|(_, name)| wanted(name))
    });
}

/// An incident of a page as it is known, for [`missing`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownIncident {
    /// The vendor's own id.
    pub external_id: String,
    /// Incident or maintenance.
    pub kind: Kind,
    /// When it was published.
    pub published_at: Timestamp,
}

/// The external ids of the known incidents that were taken off a page: those that a whole list passes over,
/// though it shows an older one of the same kind. The end of a list proves nothing, because old incidents
/// fall off it, and the lists of incidents and of maintenances end at different times.
pub fn missing<'a>(page: &PageObservation, known: &'a [KnownIncident]) -> Vec<&'a str> {
    if !page.complete {
        return Vec::new();
    }
    let oldest = |kind: Kind| page.incidents.iter().filter(|i| i.kind == kind).map(|i| i.published_at).min();
    let is_shown = |id: &str| page.incidents.iter().any(|incident| incident.external_id == id);
    let is_passed_over = |known: &&KnownIncident| {
        oldest(known.kind).is_some_and(|oldest| known.published_at > oldest) && !is_shown(&known.external_id)
    };
    known.iter().filter(is_passed_over).map(|known| known.external_id.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(id: &str, minute: i64, state: State, body: &str) -> UpdateObservation {
        UpdateObservation {
            external_id: id.to_owned(),
            state,
            published_at: Timestamp::from_second(minute * 60).expect("in range"),
            edited_at: None,
            body: body.to_owned(),
            components: Vec::new(),
            repeats: Vec::new(),
        }
    }

    #[test]
    fn identical_neighbours_fold_into_one_update_shown_at_both_times() {
        let folded = fold_repeats(vec![
            update("a", 33, State::Investigating, "Load times are slow."),
            update("b", 38, State::Investigating, "Load  times are slow.\n"),
            update("c", 64, State::Monitoring, "Load times are slow."),
            update("d", 65, State::Monitoring, ""),
            update("e", 66, State::Monitoring, ""),
        ]);
        let ids: Vec<_> = folded.iter().map(|u| u.external_id.as_str()).collect();
        assert_eq!(ids, ["a", "c", "d", "e"]);
        assert_eq!(folded[0].repeats, [("b".to_owned(), Timestamp::from_second(38 * 60).expect("in range"))]);
    }

    #[test]
    fn overall_takes_the_worst_and_says_unknown_of_silence() {
        let mut page = PageObservation::default();
        assert_eq!(overall(&page), ComponentState::Unknown);
        page.indicator = Some(ComponentState::Operational);
        assert_eq!(overall(&page), ComponentState::Operational);
        page.components.push(ComponentObservation {
            key: ComponentKey("c1".into()),
            name: "API".into(),
            group: None,
            state: ComponentState::PartialOutage,
        });
        assert_eq!(overall(&page), ComponentState::PartialOutage);
    }

    fn incident(id: &str, minute: i64, components: &[&str]) -> IncidentObservation {
        let updates = vec![update("u", minute, State::Investigating, "Slow.")];
        IncidentObservation {
            external_id: id.to_owned(),
            title: "Slow".to_owned(),
            kind: Kind::Incident,
            impact: Impact::Minor,
            state: State::Investigating,
            url: None,
            published_at: updates[0].published_at,
            stated_start_at: None,
            resolved_at: None,
            schedule: None,
            components: components
                .iter()
                .map(|name| (ComponentKey((*name).to_owned()), (*name).to_owned()))
                .collect(),
            updates,
            postmortem: None,
        }
    }

    #[test]
    fn only_a_whole_list_that_reaches_further_back_proves_a_deletion() {
        let at = |minute: i64| Timestamp::from_second(minute * 60).expect("in range");
        let known = |id: &str, kind, minute| KnownIncident {
            external_id: id.to_owned(),
            kind,
            published_at: at(minute),
        };
        let known = [
            known("gone", Kind::Incident, 20),
            known("old", Kind::Incident, 5),
            known("there", Kind::Incident, 30),
            known("work", Kind::Maintenance, 20),
        ];
        let incidents = vec![incident("there", 30, &[]), incident("older", 10, &[])];
        let mut page = PageObservation { incidents, complete: true, ..PageObservation::default() };
        assert_eq!(missing(&page, &known), ["gone"]);
        page.incidents.push(IncidentObservation { kind: Kind::Maintenance, ..incident("long ago", 1, &[]) });
        assert_eq!(
            missing(&page, &known),
            ["gone", "work"],
            "a list of maintenances says nothing of incidents"
        );
        page.complete = false;
        assert!(missing(&page, &known).is_empty());
        assert!(
            missing(&PageObservation { complete: true, ..PageObservation::default() }, &known).is_empty()
        );
    }

    #[test]
    fn a_narrowed_page_keeps_what_is_wanted_and_what_may_yet_be() {
        let incidents =
            vec![incident("a", 3, &["API"]), incident("b", 2, &["Billing"]), incident("c", 1, &[])];
        let mut page = PageObservation {
            incidents,
            indicator: Some(ComponentState::Operational),
            ..PageObservation::default()
        };
        narrow(&mut page, |name| name == "API");
        let ids: Vec<_> = page.incidents.iter().map(|incident| incident.external_id.as_str()).collect();
        assert_eq!(ids, ["a", "c"]);
        assert_eq!(page.indicator, None);
    }
}
