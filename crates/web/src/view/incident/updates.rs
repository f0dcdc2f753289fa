//! The updates of an incident, with everything that became of them.

use crate::diff::{self, Chunk};
use crate::markdown::{self, Place};
use crate::view::html::Html;
use crate::view::sign::Sign;
use crate::view::{Voice, words};
use domain::Incident;
use domain::incident::{Postmortem, Update, Version};

/// One update.
#[derive(Clone, Debug)]
pub struct UpdateView {
    /// Its number, 1 for the oldest.
    pub number: usize,
    /// State that it announced.
    pub state: Sign,
    /// When it was posted.
    pub posted: Html,
    /// Its text.
    pub body: Html,
    /// Whether its text is the postmortem, which stands below as a document.
    pub is_postmortem: bool,
    /// When the same words were posted again.
    pub repeats: Option<Html>,
    /// When its source changed it before we first saw it.
    pub edited_unseen: Option<Html>,
    /// Its later versions, oldest first.
    pub edits: Vec<Edit>,
    /// What it said of components: name, sign.
    pub components: Vec<(String, Sign)>,
    /// When we saw that it was gone.
    pub withdrawn: Option<Html>,
}

/// A change of the text afterwards.
#[derive(Clone, Debug)]
pub struct Edit {
    /// When it was written, or seen where the source does not say.
    pub when: Html,
    /// How long after the post: "41 minutes later".
    pub later: String,
    /// Who wrote it.
    pub who: String,
    /// State before and after, if it changed.
    pub state: Option<(Sign, Sign)>,
    /// The words of both versions.
    pub words: Vec<Chunk>,
}

/// Every update, oldest first.
pub(super) fn of(incident: &Incident, subject: &str, voice: &Voice) -> Vec<UpdateView> {
    let told = incident.postmortem.as_ref().map(Postmortem::body);
    let views = incident.updates.iter().zip(1..).map(|(update, number)| UpdateView {
        is_postmortem: told.is_some_and(|told| told == update.current().body),
        ..view(update, number, subject, voice)
    });
    views.collect()
}

fn view(update: &Update, number: usize, subject: &str, voice: &Voice) -> UpdateView {
    let current = update.current();
    UpdateView {
        number,
        state: voice.state(current.state),
        posted: voice.full(update.published_at),
        body: markdown::render(&current.body, Place::Update),
        is_postmortem: false,
        repeats: repeats(update, voice),
        edited_unseen: update.versions.first().and_then(|first| first.edited_at).map(|at| voice.full(at)),
        edits: update.versions.windows(2).map(|pair| edit(update, pair, subject, voice)).collect(),
        components: update
            .components
            .iter()
            .map(|change| (change.name.clone(), voice.component(change.to)))
            .collect(),
        withdrawn: update.withdrawn_at.map(|at| voice.full(at)),
    }
}

fn repeats(update: &Update, voice: &Voice) -> Option<Html> {
    let times: Vec<String> =
        update.repeats.iter().map(|repeat| voice.of_day(repeat.published_at).to_string()).collect();
    (!times.is_empty()).then(|| Html(times.join(", ")))
}

fn edit(update: &Update, pair: &[Version], subject: &str, voice: &Voice) -> Edit {
    let (before, after) = (&pair[0], &pair[1]);
    let moved = before.state != after.state;
    Edit {
        when: voice.full(after.written_at),
        later: voice.words.later_by(update.published_at, after.written_at),
        who: words::actor(&after.actor, subject),
        state: moved.then(|| (voice.state(before.state), voice.state(after.state))),
        words: diff::words(&before.body, &after.body),
    }
}
