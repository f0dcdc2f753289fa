//! The console: plain forms that become commands of the domain, under the name of the token with which the
//! browser was signed in.
//!
//! Nothing of it is kept anywhere: every answer says so, and every form carries the token of its browser.

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod components;
pub(crate) mod deliveries;
pub(crate) mod elsewhere;
pub(crate) mod environments;
pub(crate) mod evidence;
mod form;
pub(crate) mod held;
pub(crate) mod maintenances;
pub(crate) mod operator;
pub(crate) mod passkeys;
pub(crate) mod people;
pub(crate) mod preview;
pub(crate) mod promises;
pub(crate) mod queries;
pub(crate) mod reads;
mod sieve;
pub(crate) mod sign_in;
pub(crate) mod subscribers;
pub(crate) mod templates;

use crate::api::read_id;
use crate::api::request::UpdateRequest;
use crate::auth::Visitor;
use crate::commands;
use crate::error::Error;
use crate::held::Held;
use crate::load::printed;
use crate::pages::console::manage as manage_page;
use crate::pages::console::preview::Preview;
use crate::pages::console::{ComponentChoice, EnvironmentChoice, Typed, board as board_page};
use crate::rendered::{Format, Rendered, ascii_value};
use crate::sight::Sight;
use crate::site::Site;
use crate::snapshot::{Known, Snapshot};
use crate::sync::Change;
use crate::view::link;
use crate::write::Wish;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use domain::promise::Promise;
use domain::{Action, Component, Environment, Incident, IncidentId, Origin, Place, Visibility};
use form::Form;
use operator::{Operator, Posted};
use preview::PREVIEW;
use std::sync::Arc;
use store::{HeldCommand, Phase};

type Answer = Result<Response<Body>, Error>;

/// Where else the console leads, and who may go there.
const WAYS: [(Action, &str, &str); 12] = [
    (Action::See, "Components", link::COMPONENTS),
    (Action::See, "Reads of our databases", link::READS),
    (Action::See, "Queries", link::QUERIES),
    (Action::See, "Promises", link::PROMISES),
    (Action::See, "Recurring maintenances", link::MAINTENANCES),
    (Action::See, "Deliveries", link::DELIVERIES),
    (Action::Configure, "Subscribers", link::SUBSCRIBERS),
    (Action::Configure, "Environments", link::ENVIRONMENTS),
    (Action::Configure, "Templates", link::TEMPLATES),
    (Action::ManagePeople, "People", link::PEOPLE),
    (Action::ReadAudit, "Audit log", link::AUDIT),
    (Action::See, "Your account", link::ACCOUNT),
];

/// Incidents that ended last, on the board.
const RECENT: usize = 10;
/// Incidents into which one could be merged.
const CANDIDATES: usize = 30;

/// The board, or the way to sign in.
pub(crate) async fn board(
    State(site): State<Arc<Site>>,
    uri: Uri,
    operator: Operator,
    headers: HeaderMap,
) -> Answer {
    let query = Form::parse(uri.query().unwrap_or_default().as_bytes());
    let typed = site.prefilled(&query).await?;
    let desk = Desk { sieve: sieve::read(&query), typed, ..Desk::default() };
    site.board_page(&operator, &headers, StatusCode::OK, desk).await
}

/// Opens an incident.
pub(crate) async fn open(State(site): State<Arc<Site>>, posted: Posted) -> Answer {
    let Posted { operator, headers, form } = posted;
    operator.may(Action::Respond, Place::Somewhere)?;
    let wish = operator.wish();
    let wanted = Held::Open { update: site.new_id(), request: Box::new(form.open()) };
    match site.hold(&wish, None, &wanted, site.undo_seconds(&form)).await {
        Ok(kept) => site.after_holding(&kept, "open").await,
        Err(error) if is_about_the_form(&error) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let desk = Desk { typed: form.refused(&error), ..Desk::default() };
            site.board_page(&operator, &headers, status, desk).await
        }
        Err(error) => Err(error),
    }
}

/// Records what is over.
pub(crate) async fn backfill(State(site): State<Arc<Site>>, posted: Posted) -> Answer {
    let Posted { operator, headers, form } = posted;
    operator.may(Action::Respond, Place::Somewhere)?;
    let recorded = match commands::backfill(&site.environments(), &form.backfill(), site.new_id()) {
        Ok(command) => site.open(&operator.wish(), command).await,
        Err(error) => Err(error),
    };
    match recorded {
        Ok(committed) => {
            site.take_now(&[Change::Incident(committed.incident.clone())]).await;
            Ok(see_other(&format!("{}?done=backfill", link::manage(&committed.incident)), None))
        }
        Err(error) if is_about_the_form(&error) => {
            let desk = Desk { typed: form.refused(&error), backfilling: true, ..Desk::default() };
            site.board_page(&operator, &headers, StatusCode::UNPROCESSABLE_ENTITY, desk).await
        }
        Err(error) => Err(error),
    }
}

/// One incident, with everything that can be done to it.
pub(crate) async fn manage(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    uri: Uri,
    operator: Operator,
    headers: HeaderMap,
) -> Answer {
    let query = Form::parse(uri.query().unwrap_or_default().as_bytes());
    let id = read_id(&id)?;
    let mut outcome = Outcome { done: done_sentence(query.value("done")), ..Outcome::default() };
    if let Some(template) = query.given("template") {
        let request = UpdateRequest { template: Some(template), ..query.update() };
        let request = site.filled_update(request, &site.load(&id).await?).await?;
        let values = held::values(&Held::Update { update: String::new(), request });
        outcome.typed = Typed { values, errors: Vec::new() };
        "update".clone_into(&mut outcome.refused);
    }
    site.manage_page(&operator, &headers, &id, outcome).await
}

/// Does something to an incident.
pub(crate) async fn act(
    State(site): State<Arc<Site>>,
    Path((id, action)): Path<(String, String)>,
    uri: Uri,
    posted: Posted,
) -> Answer {
    let Posted { operator, headers, form } = posted;
    operator.may(Action::Respond, Place::Somewhere)?;
    let id = read_id(&id)?;
    if action == PREVIEW {
        return site.preview_update(&operator, &headers, &id, form).await;
    }
    let wish = operator.wish();
    if let Some(wanted) = form.held(&action, site.new_id()) {
        return match site.hold(&wish, Some(&id), &wanted, site.undo_seconds(&form)).await {
            Ok(kept) => site.after_holding(&kept, &action).await,
            Err(error) if is_about_the_form(&error) => {
                let outcome = Outcome { refused: action, typed: form.refused(&error), ..Outcome::default() };
                site.manage_page(&operator, &headers, &id, outcome).await
            }
            Err(error) => Err(error),
        };
    }
    match site.act(&wish, &id, &action, &form, &uri).await {
        Ok(changes) => {
            site.take_now(&changes).await;
            Ok(see_other(&format!("{}?done={action}", link::manage(&id)), None))
        }
        Err(error) if is_about_the_form(&error) => {
            let outcome = Outcome { refused: action, typed: form.refused(&error), ..Outcome::default() };
            site.manage_page(&operator, &headers, &id, outcome).await
        }
        Err(error) => Err(error),
    }
}

/// What stands in the forms of the board.
#[derive(Debug, Default)]
struct Desk {
    typed: Typed,
    backfilling: bool,
    preview: Option<Preview>,
    sieve: board_page::Sieve,
}

/// What came of a form.
#[derive(Debug, Default)]
struct Outcome {
    refused: String,
    typed: Typed,
    done: Option<&'static str>,
    preview: Option<Preview>,
}

impl Site {
    /// How long what is posted with this form can be undone.
    fn undo_seconds(&self, form: &Form) -> u32 {
        if form.value("now").is_empty() { self.config.undo_seconds } else { 0 }
    }

    /// Where to go after something was held: to where it can be undone, or, where it leaves at once, to the
    /// incident.
    async fn after_holding(&self, kept: &HeldCommand, done: &str) -> Answer {
        if kept.due_at > kept.created_at {
            return Ok(see_other(&link::held(&kept.id), None));
        }
        self.send_held(&kept.id).await?;
        Ok(see_other(&format!("{}?done={done}", link::manage(&kept.incident)), None))
    }

    /// What the address says of an incident that is to be opened, and what a template knows of it.
    async fn prefilled(&self, query: &Form) -> Result<Typed, Error> {
        let mut request = query.open();
        request.template = query.given("template");
        if request.template.is_none() && request.environment.is_empty() {
            return Ok(Typed::default());
        }
        let (update, request) = (String::new(), Box::new(self.filled(request).await?));
        Ok(Typed { values: held::values(&Held::Open { update, request }), errors: Vec::new() })
    }

    async fn act(
        &self,
        wish: &Wish,
        id: &IncidentId,
        action: &str,
        form: &Form,
        uri: &Uri,
    ) -> Result<Vec<Change>, Error> {
        if action == "merge" {
            let into = commands::merge_target(&form.merge())?;
            self.merge(wish, id, &into).await?;
            return Ok(vec![Change::Incident(id.clone()), Change::Incident(into)]);
        }
        let commands = |incident: &Incident| {
            form.commands(action, incident).unwrap_or_else(|| Err(Error::no_page(uri.path())))
        };
        self.change(wish, id, commands).await?;
        Ok(vec![Change::Incident(id.clone())])
    }

    async fn board_page(
        &self,
        operator: &Operator,
        headers: &HeaderMap,
        status: StatusCode,
        desk: Desk,
    ) -> Answer {
        let (visitor, sight) = (&operator.visitor, self.member_sight(&operator.actor).await?);
        let own = |phases: &[Phase]| -> Vec<Arc<Known>> {
            let wanted = |known: &&Arc<Known>| known.is_own() && phases.contains(&known.row.phase);
            sight.incidents.iter().filter(wanted).cloned().collect()
        };
        let mut recent = own(&[Phase::Over, Phase::Withdrawn]);
        recent.truncate(RECENT);
        let recent = self.sifted(&sight, recent, &desk.sieve, operator).await?;
        let environments = self.environment_choices(&sight).await?;
        let standing = own(&[Phase::Open, Phase::Upcoming]);
        let mut open = Vec::new();
        for known in self.sifted(&sight, standing, &desk.sieve, operator).await? {
            let promises = &self.detail(&sight, &known).await?.promises;
            let binds = |promise: &&Promise| promise.answered_at.is_none() && known.row.phase == Phase::Open;
            open.push(board_page::Standing {
                internal: known.row.visibility == Visibility::Internal,
                due_at: promises.last().filter(binds).map(|promise| promise.due_at),
                line: known.line(),
            });
        }
        let held = self.list_held(&operator.actor).await?;
        let input = board_page::Input {
            csrf: &visitor.csrf(),
            operator: visitor.name(),
            open,
            ways: ways(operator),
            held: held::lines(&held)?,
            recent: self.lines(&sight, recent).await?,
            templates: self
                .templates()
                .await?
                .iter()
                .map(|known| (known.name.clone(), link::template(&known.slug)))
                .collect(),
            environments,
            typed: desk.typed,
            backfilling: desk.backfilling,
            preview: desk.preview,
            sieve: desk.sieve,
        };
        let shell = self.console_shell(link::CONSOLE, visitor);
        Ok(self.console_answer(status, &printed(board_page::render(&shell, &input))?, headers))
    }

    async fn manage_page(
        &self,
        operator: &Operator,
        headers: &HeaderMap,
        id: &IncidentId,
        outcome: Outcome,
    ) -> Answer {
        let (visitor, sight) = (&operator.visitor, self.member_sight(&operator.actor).await?);
        let told = self.told(&sight, id).await?;
        let components = match self.environment_of(&told.incident) {
            Some(environment) => self.choices(&sight, &environment).await?,
            None => Vec::new(),
        };
        let status = match outcome.typed.errors.as_slice() {
            [] => StatusCode::OK,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let mut deliveries = self.delivery_report(id).await?;
        deliveries.reverse();
        let input = manage_page::Input {
            deliveries,
            csrf: &visitor.csrf(),
            operator: visitor.name(),
            incident: &told.incident,
            timeline: &told.timeline,
            deploys: &self.deploys_near(&told.incident, sight.as_of).await?,
            subject: &told.subject,
            components,
            words: self.words_for(&told.incident).await?,
            merge_candidates: merge_candidates(&sight, id),
            refused: &outcome.refused,
            typed: outcome.typed,
            done: outcome.done,
            preview: outcome.preview,
        };
        let shell = self.console_shell(&link::manage(id), visitor);
        Ok(self.console_answer(status, &printed(manage_page::render(&shell, &input))?, headers))
    }

    /// What templates say in the states of an incident like this one: words and address of the filled form.
    async fn words_for(&self, incident: &Incident) -> Result<Vec<(String, String)>, Error> {
        let Origin::Own { environment } = &incident.origin else { return Ok(Vec::new()) };
        let all = self.templates().await?;
        let fitting = all.iter().filter(|known| known.kind == incident.kind && known.suits(environment));
        let words = fitting.flat_map(|known| {
            let states = known.texts.iter().map(|(state, _)| *state);
            states.map(|state| {
                let words = format!("{}: {}", known.name, state.label().to_lowercase());
                (words, link::update_from(&incident.id, &known.slug, state))
            })
        });
        Ok(words.collect())
    }

    async fn environment_choices(&self, sight: &Sight) -> Result<Vec<EnvironmentChoice>, Error> {
        let mut environments = Vec::new();
        for environment in &*self.environments() {
            environments.push(EnvironmentChoice {
                slug: environment.slug.clone(),
                name: environment.name.clone(),
                components: self.choices(sight, environment).await?,
            });
        }
        Ok(environments)
    }

    async fn choices(&self, sight: &Sight, environment: &Environment) -> Result<Vec<ComponentChoice>, Error> {
        let stands = self.environment_state(sight, environment).await?;
        let pairs = environment.components.iter().zip(stands.components);
        let choice = |(component, state): (&Component, _)| ComponentChoice {
            key: component.key.clone(),
            name: component.name.clone(),
            state,
        };
        Ok(pairs.map(choice).collect())
    }

    fn console_shell(&self, path: &str, visitor: &Visitor) -> crate::pages::Shell {
        let mut shell = self.team_shell(path, self.config.clock.now());
        shell.signed_in = visitor.session.is_some();
        shell
    }

    fn console_answer(&self, status: StatusCode, text: &str, headers: &HeaderMap) -> Response<Body> {
        let now = self.config.clock.now();
        let mut answer = Rendered::new(Format::Html, text, now, &self.common).answer_as(status, headers);
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer.headers_mut().remove(header::ETAG);
        answer
    }
}

fn ways(operator: &Operator) -> Vec<(&'static str, &'static str)> {
    let somewhere = |action: Action| match action {
        Action::See => Place::Somewhere,
        _ => Place::Everywhere,
    };
    let may = WAYS.into_iter().filter(|(action, ..)| operator.actor.can(*action, somewhere(*action)));
    may.map(|(_, words, href)| (words, href)).collect()
}

/// Whether whoever typed it can put it right.
fn is_about_the_form(error: &Error) -> bool {
    matches!(error, Error::Refused(_) | Error::Invalid { .. } | Error::Contended)
}

fn merge_candidates(snapshot: &Snapshot, id: &IncidentId) -> Vec<(IncidentId, String)> {
    let Some(known) = snapshot.incident(id) else { return Vec::new() };
    let near = |other: &&Arc<Known>| {
        other.row.id != *id
            && other.is_own() == known.is_own()
            && other.source() == known.source()
            && matches!(other.row.phase, Phase::Open | Phase::Upcoming | Phase::Over)
    };
    let others = snapshot.incidents.iter().filter(near).take(CANDIDATES);
    others.map(|other| (other.row.id.clone(), other.row.title.clone())).collect()
}

/// What was done, by the word in the address; any other word says nothing.
fn done_sentence(word: &str) -> Option<&'static str> {
    Some(match word {
        "open" => "The incident is open.",
        "sent" => "It has left.",
        "backfill" => "It is recorded; nobody was told.",
        "publish" => "The incident is public.",
        "hide" => "The incident is internal.",
        "hold" => "It waits for a person.",
        "note" => "The note is kept.",
        "update" => "The update is posted.",
        "edit" => "The new text is saved; the old one is kept.",
        "withdraw-update" => "The update is taken back.",
        "title" => "The title is saved.",
        "impact" => "The impact is saved.",
        "window" => "The times are saved.",
        "schedule" => "The maintenance is moved.",
        "postmortem" => "The postmortem is published.",
        "merge" => "The incidents are merged.",
        "withdraw" => "The incident is taken back.",
        "restore" => "The incident is restored.",
        _ => return None,
    })
}

/// A path of the console to go to; anything else, and above all any other site, is the board.
fn own_path(next: &str) -> &str {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-');
    let ours = next.starts_with("/console") && !next.contains("//") && next.bytes().all(plain);
    if ours { next } else { link::CONSOLE }
}

fn to_sign_in(uri: &Uri) -> Response<Body> {
    see_other(&format!("{}?next={}", link::SIGN_IN, own_path(uri.path())), None)
}

pub(crate) fn see_other(path: &str, cookie: Option<HeaderValue>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, ascii_value(path));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = cookie {
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}
