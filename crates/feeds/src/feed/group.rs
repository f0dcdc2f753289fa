//! Items made incidents: by their link, then by the stem of their id, then by their title and time.
//!
//! Grouping errs on the side of two incidents where there was one: a wrong join would hide an incident.

use super::{Feed, Post};
use crate::notes::Notes;
use crate::words::Said;
use domain::id::ComponentKey;
use domain::incident::{Impact, Kind, State};
use domain::observation::{IncidentObservation, PostmortemObservation, UpdateObservation, fold_repeats};
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, HashSet};
use url::Url;

/// Silence after which the same title means another incident.
const APART: SignedDuration = SignedDuration::from_hours(24);
/// Groups looked back at for a similar title.
const LOOK_BACK: usize = 50;

/// Makes incidents of posts.
pub(super) fn incidents(feed: &Feed, mut posts: Vec<Post>, notes: &Notes) -> Vec<IncidentObservation> {
    // Feeds list the newest first; of two at the same instant the one listed later is older.
    posts.reverse();
    posts.sort_by_key(Post::begins_at);
    let telling = telling_links(feed, &posts);
    let mut groups: Vec<Group> = Vec::new();
    let mut by_link: HashMap<String, usize> = HashMap::new();
    for post in posts {
        let link = post.link.as_ref().map(key_of).filter(|link| telling.contains(link));
        let known = match &link {
            Some(link) => by_link.get(link).copied(),
            None => find(&groups, &post),
        };
        let position = known.unwrap_or(groups.len());
        if let Some(link) = &link {
            by_link.insert(link.clone(), position);
        }
        match known {
            Some(position) => groups[position].posts.push(post),
            None => groups.push(Group {
                id: id_of(&post, link.is_some()),
                linked: link.is_some(),
                posts: vec![post],
            }),
        }
    }
    let silent: usize = groups.iter().map(Group::silent).sum();
    if silent > 0 {
        notes.add(|| format!("items that name no state, so that theirs is unknown: {silent}"));
    }
    groups.into_iter().map(Group::incident).collect()
}

/// Posts of one incident, oldest first; never empty.
struct Group {
    id: String,
    /// Whether its link alone says what belongs to it.
    linked: bool,
    posts: Vec<Post>,
}

/// Links that belong to one incident each: they hold its code, or are neither the page itself nor shared
/// by different titles.
fn telling_links(feed: &Feed, posts: &[Post]) -> HashSet<String> {
    let home = feed.link.as_deref().and_then(|link| Url::parse(link.trim()).ok()).map(|link| key_of(&link));
    let mut titles: HashMap<String, Option<&str>> = HashMap::new();
    for post in posts {
        let Some(link) = &post.link else { continue };
        let title = titles.entry(key_of(link)).or_insert(Some(&post.title));
        *title = title.filter(|title| similar(title, &post.title));
    }
    let of_page =
        |link: &str| Some(link) == home.as_deref() || Url::parse(link).is_ok_and(|link| is_root(&link));
    titles
        .into_iter()
        .filter(|(link, title)| title.is_some() && !of_page(link))
        .map(|(link, _)| link)
        .collect()
}

fn is_root(link: &Url) -> bool {
    is_root_path(link) && link.query().is_none() && link.fragment().is_none()
}

fn is_root_path(link: &Url) -> bool {
    link.path().trim_matches('/').is_empty()
}

/// A link without what changes from one visit to the next.
fn key_of(link: &Url) -> String {
    let mut link = link.clone();
    if link.query().is_some_and(|query| query.starts_with("utm_")) {
        link.set_query(None);
    }
    // `/incident/10#update-3` is incident 10; `/#incident-10` and `#/incidents/10` are not the page.
    let of_update = !is_root_path(&link) && link.fragment().is_some_and(|fragment| !fragment.contains('/'));
    if of_update {
        link.set_fragment(None);
    }
    String::from(link).trim_end_matches('/').to_owned()
}

/// The group that a post without a telling link continues.
fn find(groups: &[Group], post: &Post) -> Option<usize> {
    let recent = groups.iter().enumerate().rev().take(LOOK_BACK);
    let mut unlinked = recent.filter(|(_, group)| !group.linked && group.may_continue(post));
    unlinked.find(|(_, group)| group.is_told_by(post)).map(|(position, _)| position)
}

impl Group {
    fn last(&self) -> &Post {
        &self.posts[self.posts.len() - 1]
    }

    /// Whether it was still going on, and lately.
    fn may_continue(&self, post: &Post) -> bool {
        let last = self.last();
        let over = last
            .updates
            .last()
            .is_some_and(|update| matches!(update.said, Some(Said::State(state)) if state.is_over()));
        !over && post.begins_at().duration_since(last.ends_at()) <= APART
    }

    fn is_told_by(&self, post: &Post) -> bool {
        let last = self.last();
        match (stem(last), stem(post)) {
            // A stem followed by an epoch names the service: the titles may differ.
            (Some((a, true)), Some((b, true))) => a == b,
            (Some((a, _)), Some((b, _))) if a != b => false,
            _ => similar(&last.title, &post.title),
        }
    }

    /// Items whose state nobody can tell.
    fn silent(&self) -> usize {
        let told = |post: &&Post| post.updates.iter().any(|update| update.said.is_some());
        self.posts.iter().take_while(|post| !told(post)).count()
    }

    fn incident(mut self) -> IncidentObservation {
        let planned = self.posts.iter().any(|post| post.planned);
        let schedule = self.posts.iter().rev().find_map(|post| post.schedule);
        let url = self.last().link.as_ref().map(ToString::to_string);
        let title = self.last().title.clone();
        let components = components(&self.posts);
        let updates = updates(&mut self.posts);
        let state = updates.last().map_or(State::Unknown, |update| update.state);
        // Nobody investigates what was planned.
        let broke =
            |update: &UpdateObservation| matches!(update.state, State::Investigating | State::Identified);
        let planned = (planned && !updates.iter().any(broke)) || !state.suits(Kind::Incident);
        let kind = if planned { Kind::Maintenance } else { Kind::Incident };
        let told = updates.iter().rev().find(|update| update.state == State::Postmortem);
        let over = |update: &&UpdateObservation| matches!(update.state, State::Resolved | State::Completed);
        let end = updates.iter().rev().find(over).map(|update| update.published_at);
        IncidentObservation {
            external_id: self.id,
            title,
            kind,
            impact: if kind == Kind::Maintenance { Impact::Maintenance } else { Impact::Unknown },
            state,
            url,
            published_at: updates
                .iter()
                .map(|update| update.published_at)
                .min()
                .unwrap_or(Timestamp::UNIX_EPOCH),
            stated_start_at: None,
            resolved_at: end.filter(|_| state.is_over()),
            schedule,
            components,
            postmortem: told.map(|update| PostmortemObservation {
                body: update.body.clone(),
                published_at: Some(update.published_at),
            }),
            updates: fold_repeats(updates),
        }
    }
}

fn components(posts: &[Post]) -> Vec<(ComponentKey, String)> {
    let mut known = HashSet::new();
    let names = posts.iter().flat_map(|post| &post.components);
    names
        .filter(|name| known.insert((*name).clone()))
        .map(|name| (ComponentKey(name.clone()), name.clone()))
        .collect()
}

/// The updates of all posts, oldest first. One that names no state keeps the state before it.
fn updates(posts: &mut [Post]) -> Vec<UpdateObservation> {
    let mut all: Vec<_> = posts.iter_mut().flat_map(|post| post.updates.drain(..)).collect();
    all.sort_by_key(|update| update.published_at);
    let mut state = State::Unknown;
    let mut ids: HashMap<String, usize> = HashMap::new();
    let observe = |update: super::post::PostUpdate| {
        if let Some(Said::State(said)) = update.said {
            state = said;
        }
        // Several updates of one minute, or without a time, are told apart by their order.
        let id = if update.dated { update.published_at.to_string() } else { "undated".to_owned() };
        let times = ids.entry(id.clone()).or_default();
        *times += 1;
        let id = if *times == 1 { id } else { format!("{id} #{times}") };
        update.observed(id, state)
    };
    all.into_iter().map(observe).collect()
}

/// The id of the incident that begins with a post. It must be the same at the next look.
fn id_of(post: &Post, linked: bool) -> String {
    let link = post.link.as_ref().filter(|_| linked);
    let of_link = link.map(|link| code_of(link).unwrap_or_else(|| key_of(link)));
    let dated = post.updates.first().filter(|update| update.dated);
    of_link.or_else(|| post.id.clone()).unwrap_or_else(|| match dated {
        Some(update) => format!("{} {}", update.published_at, post.title),
        None => post.title.clone(),
    })
}

/// The code of an incident in its address: what follows `/incidents/`.
pub(super) fn code_of(link: &Url) -> Option<String> {
    const SHELVES: [&str; 8] =
        ["incidents", "incident", "maintenances", "maintenance", "notices", "events", "issues", "history"];
    let segments: Vec<&str> = link.path_segments()?.filter(|segment| !segment.is_empty()).collect();
    let [.., shelf, code] = segments.as_slice() else { return None };
    SHELVES.contains(shelf).then(|| (*code).to_owned())
}

/// The id of a post without the number at its end, and whether that number is an epoch.
fn stem(post: &Post) -> Option<(&str, bool)> {
    let id = post.id.as_deref()?;
    let stem = id.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = id.len() - stem.len();
    let stem = stem.strip_suffix(['-', '_', '.', ':', '/', '#'])?;
    (digits > 0 && !stem.is_empty()).then_some((stem, matches!(digits, 10 | 13)))
}

/// Whether two titles speak of the same: most words in common.
fn similar(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let words = |title: &str| -> HashSet<String> {
        let words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.take(40).map(str::to_lowercase).collect()
    };
    let (a, b) = (words(a), words(b));
    let shared = a.intersection(&b).count();
    let all = a.len() + b.len() - shared;
    // Three words of five, so that one changed word in four is forgiven and a changed product is not.
    shared * 5 >= all * 3 && shared > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_similar_when_most_words_agree() {
        assert!(similar("Elevated API error rates", "Elevated API error rates in EU"));
        assert!(!similar("Storage - Latency", "Front Door - Errors"));
        assert!(!similar("Slow reads", "Slow writes"));
        assert!(!similar("", "-"));
    }

    #[test]
    fn codes_are_taken_from_addresses() {
        let code = |link: &str| code_of(&Url::parse(link).expect("a link"));
        assert_eq!(code("https://status.acme.test//incidents/x1").as_deref(), Some("x1"));
        assert_eq!(code("https://status.acme.test/i/9"), None);
        assert_eq!(code("https://status.acme.test/incidents"), None);
    }
}
