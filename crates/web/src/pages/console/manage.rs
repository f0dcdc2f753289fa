//! One of our own incidents, with everything that can be done to it. Each form is posted to
//! [`link::action`]`(id, action)`:
//!
//! | action | fields beside `csrf` |
//! |---|---|
//! | `update`, `preview` | `state`, `body`, `next_update_at`, `component.<key>` |
//! | `publish` | `body`, `next_update_at` |
//! | `hide`, `hold` | none |
//! | `note` | `body` |
//! | `edit` | `update` (id), `body` |
//! | `withdraw-update` | `update` (id) |
//! | `title` | `title` |
//! | `impact` | `impact` |
//! | `window` | `began_at`, `ended_at`, in UTC or empty |
//! | `schedule` | `scheduled_from`, `scheduled_until`, in UTC |
//! | `postmortem` | `body` |
//! | `merge` | `into` (identifier) |
//! | `withdraw`, `restore` | none |
//!
//! Of a vendor's incident only `window` and `merge` can be used; the others are not shown.

use super::form::{self, Field, Form};
use super::preview::{self, Preview};
use super::{ComponentChoice, Typed};
use crate::markdown;
use crate::pages::{Frame, Section, Shell};
use crate::view::advice;
use crate::view::clock;
use crate::view::html::Html;
use crate::view::link;
use crate::view::sign::{self, Sign};
use crate::view::watch::{self, DeployView, WatchView};
use askama::Template;
use domain::advice::Advised;
use domain::incident::{Note, Publication, Update};
use domain::promise;
use domain::{Actor, Deploy, Entry, Incident, IncidentId, Kind, Origin, State, Timestamp};
use store::ReportLine;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Value of the hidden field `csrf`.
    pub csrf: &'a str,
    /// Name of the token that is signed in.
    pub operator: &'a str,
    /// The incident.
    pub incident: &'a Incident,
    /// Its whole timeline, oldest first.
    pub timeline: &'a [Entry],
    /// Deploys to its environment shortly before it and while it lasted, newest first.
    pub deploys: &'a [Deploy],
    /// Name of its vendor or environment.
    pub subject: &'a str,
    /// Components whose state can be set.
    pub components: Vec<ComponentChoice>,
    /// What templates have to say: words and address of the form filled with them.
    pub words: Vec<(String, String)>,
    /// Incidents into which it could be merged: identifier and title.
    pub merge_candidates: Vec<(IncidentId, String)>,
    /// The action that was refused, empty if none was. For `edit` and `withdraw-update` the field
    /// `update` of `typed` says which update.
    pub refused: &'a str,
    /// What was typed into the form of that action.
    pub typed: Typed,
    /// Who was told of it, the latest notice first.
    pub deliveries: Vec<ReportLine>,
    /// What was just done, one sentence.
    pub done: Option<&'a str>,
    /// The incident as the next update would make it.
    pub preview: Option<Preview>,
}

#[derive(Template)]
#[template(path = "pages/console/manage.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
    impact: Sign,
    state: Sign,
    public_href: String,
    /// What the watches over databases saw.
    watches: Vec<WatchView>,
    /// What would serve the queries that they blame.
    advice: Vec<&'a Advised>,
    deploys: Vec<DeployView>,
    /// Whether only the team sees it.
    internal: bool,
    /// When it becomes public by itself, in words.
    planned: Option<String>,
    /// The form that makes it public.
    publish: Option<Form>,
    /// The form that objects to what a machine would publish.
    hold: Option<Form>,
    /// By when the next update was promised, and whether that is past.
    due: Option<(Html, bool)>,
    /// What the team wrote down: text, who and when.
    notes: Vec<(Html, String, Html)>,
    note: Option<Form>,
    /// The form that is wanted most: the next update.
    update: Option<Form>,
    preview: Option<preview::View>,
    /// The state that would end it.
    end: Option<&'static str>,
    updates: Vec<UpdateForms>,
    /// Everything else: words of the summary, forms, whether it stands open.
    others: Vec<(&'static str, Form, bool)>,
}

struct UpdateForms {
    number: usize,
    state: Sign,
    posted: Html,
    withdrawn: bool,
    open: bool,
    edit: Option<Form>,
    withdraw: Option<Form>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let title = format!("Manage: {}", input.incident.title);
    let own = matches!(input.incident.origin, Origin::Own { .. });
    let editable = own && input.incident.is_live();
    let updates = input.incident.updates.iter().enumerate().rev();
    Page {
        frame: Frame::new(shell, Section::Console, title).still(),
        input,
        impact: sign::impact(input.incident.impact),
        state: sign::state(input.incident.state),
        public_href: link::incident(&input.incident.id),
        watches: watch::of(input.incident, input.timeline),
        advice: advice::cards(input.timeline),
        deploys: watch::deploys(input.deploys, input.incident.best_window().from),
        internal: !input.incident.is_public(),
        planned: planned(input.incident, shell.now),
        publish: (editable && !input.incident.is_public()).then(|| publish_form(input)),
        hold: (editable && matches!(input.incident.publication, Publication::At(_)))
            .then(|| input.form("hold", "hold", "Object: it waits for a person")),
        due: promise::pending(input.incident)
            .map(|promise| (clock::ago(promise.due_at, shell.now), promise.due_at < shell.now)),
        notes: input.incident.notes.iter().rev().map(|note| note_view(note, shell.now)).collect(),
        note: editable.then(|| note_form(input)),
        update: editable.then(|| update_form(input)),
        preview: input.preview.as_ref().map(preview::View::new),
        end: (!input.incident.state.is_over()).then(|| match input.incident.kind {
            Kind::Incident => State::Resolved.as_str(),
            Kind::Maintenance => State::Completed.as_str(),
        }),
        updates: updates.map(|(place, update)| update_forms(input, update, place + 1, editable)).collect(),
        others: others(input, own),
    }
    .render()
}

impl Input<'_> {
    fn form(&self, action: &str, id: &str, button: &'static str) -> Form {
        Form::new(link::action(&self.incident.id, action), id, self.csrf, button)
    }

    fn was_refused(&self, action: &str) -> bool {
        self.refused == action
    }

    /// Puts what was typed back into the form that was refused.
    fn settle(&self, action: &str, form: Form) -> Form {
        if self.was_refused(action) { form.refused(&self.typed) } else { form }
    }
}

/// When a machine's word becomes public.
fn planned(incident: &Incident, now: Timestamp) -> Option<String> {
    match incident.publication {
        Publication::None => None,
        Publication::Waiting => Some("A machine wrote it. It waits for a person.".to_owned()),
        Publication::At(at) => Some(format!(
            "A machine wrote it. It becomes public at {} ({}), unless somebody objects.",
            clock::write(at, "%H:%M:%S UTC"),
            clock::age(at, now)
        )),
    }
}

/// The words that were said last inside stand in it, ready to be sent as they are.
fn publish_form(input: &Input<'_>) -> Form {
    let standing = input.incident.updates.iter().rev().find(|update| update.withdrawn_at.is_none());
    let words = standing.map_or("", |update| update.current().body.as_str());
    let form = input
        .form("publish", "publish", "Publish")
        .field(Field::text("body", "First public update", 5).with(words))
        .field(Field::choice("next_update_at", "Next update", form::promises()));
    input.settle("publish", form)
}

fn note_form(input: &Input<'_>) -> Form {
    let form = input.form("note", "note", "Keep the note").field(Field::text("body", "Note", 3));
    input.settle("note", form)
}

fn note_view(note: &Note, now: Timestamp) -> (Html, String, Html) {
    let by = match &note.actor {
        Actor::Person(name) => name.clone(),
        Actor::Watch(database) => format!("the watch over {database}"),
        Actor::Vendor(vendor) => vendor.to_string(),
        Actor::Clock => "Watchkeeper".to_owned(),
    };
    (markdown::render(&note.body, markdown::Place::Update), by, clock::ago(note.at, now))
}

fn update_form(input: &Input<'_>) -> Form {
    let mut form = input
        .form("update", "update", "Post update")
        .field(Field::choice("state", "State", form::states(Some(input.incident.kind), input.incident.state)))
        .field(Field::text("body", "Text", 5))
        .field(Field::choice("next_update_at", "Next update", form::promises()));
    if !input.components.is_empty() {
        form = form.field(form::components("component.", "Components", &input.components));
    }
    input.settle("update", form).preview(link::action(&input.incident.id, "preview"))
}

fn update_forms(input: &Input<'_>, update: &Update, number: usize, editable: bool) -> UpdateForms {
    let standing = editable && update.withdrawn_at.is_none();
    let chosen = input.typed.value("update") == update.id;
    let settle = |action: &str, form: Form| if chosen { input.settle(action, form) } else { form };
    let edit = || {
        let form = input
            .form("edit", &format!("edit-{number}"), "Save the new text")
            .field(Field::hidden("update", &update.id))
            .field(Field::text("body", "Text", 5).with(&update.current().body));
        settle("edit", form)
    };
    let withdraw = || {
        let form = input.form("withdraw-update", &format!("withdraw-{number}"), "Withdraw this update");
        settle("withdraw-update", form.field(Field::hidden("update", &update.id)).grave())
    };
    UpdateForms {
        number,
        state: sign::state(update.current().state),
        posted: clock::full(update.published_at),
        withdrawn: update.withdrawn_at.is_some(),
        open: chosen && (input.was_refused("edit") || input.was_refused("withdraw-update")),
        edit: standing.then(edit),
        withdraw: standing.then(withdraw),
    }
}

fn others(input: &Input<'_>, own: bool) -> Vec<(&'static str, Form, bool)> {
    let incident = input.incident;
    let mut forms = Vec::new();
    let mut add = |words: &'static str, action: &str, form: Form| {
        forms.push((words, input.settle(action, form), input.was_refused(action)));
    };
    if own && incident.is_live() {
        let title = Field::line("title", "Title").with(&incident.title);
        add("Change the title", "title", input.form("title", "title", "Save the title").field(title));
        let impact = Field::choice("impact", "Impact", form::impacts(incident.impact));
        add("Change the impact", "impact", input.form("impact", "impact", "Save the impact").field(impact));
    }
    if own && incident.is_live() && incident.is_public() {
        add("Take it off public pages", "hide", input.form("hide", "hide", "Make it internal").grave());
    }
    add("Set when it truly was", "window", window_form(input));
    if own && incident.is_live() && incident.kind == Kind::Maintenance {
        add("Move the maintenance", "schedule", schedule_form(input));
    }
    if own && incident.is_live() && incident.state.is_over() {
        let known = incident.postmortem.as_ref().map_or("", |postmortem| postmortem.body());
        let body = Field::text("body", "Text", 16).with(known);
        add(
            "Publish the postmortem",
            "postmortem",
            input.form("postmortem", "postmortem", "Publish").field(body),
        );
    }
    if incident.is_live() && !input.merge_candidates.is_empty() {
        let others = input.merge_candidates.iter().map(|(id, title)| (id.to_string(), title.clone()));
        let into = Field::choice("into", "The incident that stays", form::named(others));
        add("Merge into another", "merge", input.form("merge", "merge", "Merge").field(into).grave());
    }
    if own && incident.is_live() {
        add(
            "Withdraw it",
            "withdraw",
            input.form("withdraw", "withdraw", "Withdraw the whole incident").grave(),
        );
    }
    if own && incident.withdrawn_at.is_some() {
        add("Restore it", "restore", input.form("restore", "restore", "Restore"));
    }
    forms
}

fn window_form(input: &Input<'_>) -> Form {
    let clocks = &input.incident.clocks;
    input
        .form("window", "window", "Save the times")
        .field(Field::instant("began_at", "Began", clocks.began_at))
        .field(Field::instant("ended_at", "Ended", clocks.ended_at))
}

fn schedule_form(input: &Input<'_>) -> Form {
    let schedule = input.incident.schedule;
    input
        .form("schedule", "schedule", "Move it")
        .field(Field::instant("scheduled_from", "From", schedule.map(|window| window.from)))
        .field(Field::instant("scheduled_until", "Until", schedule.and_then(|window| window.until)))
}
