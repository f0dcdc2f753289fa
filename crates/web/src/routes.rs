//! Every address, as one list.

use crate::answer::{Front, finish};
use crate::api::{
    advice, alerts, databases, deliveries, deploys, environments, evidence, held, imports, promises, queries,
    read, recurrences, subscribers, templates, write,
};
use crate::console::{account, audit, elsewhere, passkeys, people, sign_in};
use crate::error::Error;
use crate::site::Site;
use crate::view::link;
use crate::{console, gate, public, service, subscribe};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, patch, post, put};
use std::sync::Arc;

/// Where the document of the API is.
pub(crate) const OPENAPI: &str = "/api/v1/openapi.json";

impl Site {
    /// Everything that the site answers.
    pub fn router(self: &Arc<Self>) -> Router {
        let front = Front { site: Arc::clone(self), page: page().with_state(Arc::clone(self)) };
        page()
            .merge(api())
            .merge(console())
            .route("/healthz", get(service::alive))
            .route("/readyz", get(service::ready))
            .route("/metrics", get(service::metrics))
            .layer(from_fn_with_state(front, finish))
            .with_state(Arc::clone(self))
    }
}

/// What every page answers, the one at `/` as well as all others.
fn page() -> Router<Arc<Site>> {
    Router::new()
        .route(OPENAPI, get(read::load_openapi))
        .route("/api/v1/status", get(read::load_status))
        .route("/api/v1/environments", get(read::list_environments))
        .route("/api/v1/vendors", get(read::list_vendors))
        .route("/api/v1/vendors/{slug}", get(read::load_vendor))
        .route("/api/v1/vendors/{slug}/incidents", get(read::list_vendor_incidents))
        .route("/api/v1/incidents", get(read::list_incidents))
        .route("/api/v1/incidents/{id}", get(read::load_incident))
        .route("/api/v1/incidents/{id}/timeline", get(read::load_timeline))
        .route("/events", get(service::events))
        .route(link::SUBSCRIBE, get(subscribe::form).post(subscribe::ask))
        .route("/confirm/{token}", get(subscribe::confirm_page).post(subscribe::confirm))
        .route("/subscription/{token}", get(subscribe::manage_page).post(subscribe::change))
        .route("/unsubscribe/{token}", get(subscribe::leave_page).post(subscribe::leave))
        .route("/robots.txt", get(service::robots))
        .route(gate::ENTER, get(gate::form).post(gate::enter))
        .route("/assets/{name}", get(public::asset))
        .route("/vendors/{slug}/incidents/{id}", get(public::vendor_incident))
        .route("/vendors/{slug}/raw/{hash}", get(public::raw_body))
        // Pages come last because they need no routing: their path is their place in the cache.
        .fallback(public::page)
        .method_not_allowed_fallback(async || Error::Method)
}

/// What the team alone may ask, and everything that writes.
fn api() -> Router<Arc<Site>> {
    Router::new()
        .route("/api/v1/incidents", post(write::open_incident))
        .route("/api/v1/incidents/backfill", post(write::backfill_incident))
        .route("/api/v1/incidents/{id}", patch(write::change_incident))
        .route("/api/v1/incidents/{id}/updates", post(write::post_update))
        .route(
            "/api/v1/incidents/{id}/updates/{update}",
            patch(write::edit_update).delete(write::withdraw_update),
        )
        .route("/api/v1/incidents/{id}/postmortem", put(write::publish_postmortem))
        .route("/api/v1/incidents/{id}/publish", post(write::publish_incident))
        .route("/api/v1/incidents/{id}/hide", post(write::hide_incident))
        .route("/api/v1/incidents/{id}/hold", post(write::hold_publication))
        .route("/api/v1/incidents/{id}/note", post(write::note_incident))
        .route("/api/v1/incidents/{id}/withdraw", post(write::withdraw_incident))
        .route("/api/v1/incidents/{id}/restore", post(write::restore_incident))
        .route("/api/v1/incidents/{id}/merge", post(write::merge_incident))
        .route("/api/v1/imports", post(imports::import_incident))
        .route("/api/v1/held", get(held::list_held))
        .route("/api/v1/held/{id}", get(held::load_held).delete(held::undo_held))
        .route("/api/v1/held/{id}/send", post(held::send_held))
        .route("/api/v1/recurrences", get(recurrences::list_recurrences).post(recurrences::add_recurrence))
        .route("/api/v1/recurrences/{id}", delete(recurrences::end_recurrence))
        .route("/api/v1/promises", get(promises::list_promises))
        .route("/api/v1/alerts/{source}", post(alerts::take_alert))
        .route("/api/v1/templates", get(templates::list_templates))
        .route("/api/v1/templates/{slug}", put(templates::save_template).delete(templates::remove_template))
        .route("/api/v1/settings/environments", get(environments::list_environment_settings))
        .route(
            "/api/v1/environments/{slug}",
            put(environments::save_environment).delete(environments::remove_environment),
        )
        .route("/api/v1/deploys", get(deploys::list_deploys).post(deploys::mark_deploy))
        .route("/api/v1/incidents/{id}/advice", get(advice::load_advice))
        .route("/api/v1/incidents/{id}/deliveries", get(deliveries::load_deliveries))
        .route("/api/v1/incidents/{id}/evidence", get(evidence::list_evidence))
        .route("/api/v1/incidents/{id}/evidence/{sha256}", get(evidence::load_evidence))
        .route("/api/v1/deliveries", get(deliveries::list_deliveries))
        .route("/api/v1/deliveries/{key}/resend", post(deliveries::resend_delivery))
        .route("/api/v1/channels", get(deliveries::list_channels))
        .route("/api/v1/subscribers", get(subscribers::list_subscribers).post(subscribers::add_subscriber))
        .route("/api/v1/subscribers/import", post(subscribers::import_subscribers))
        .route("/api/v1/subscribers/{id}", delete(subscribers::remove_subscriber))
        .route("/api/v1/subscribers/{id}/release", post(subscribers::release_subscriber))
        .route("/api/v1/queries", get(queries::list_queries))
        .route("/api/v1/databases", get(databases::list_databases))
        .route("/api/v1/databases/{name}", get(databases::load_database))
        .route("/api/v1/databases/{name}/series", get(databases::list_series))
        .route("/api/v1/databases/{name}/live", get(databases::stream_database))
}

fn console() -> Router<Arc<Site>> {
    Router::new()
        .route("/console", get(console::board))
        .route("/console/sign-in", get(sign_in::sign_in_form).post(sign_in::sign_in))
        .route("/console/sign-out", post(sign_in::sign_out))
        .route("/console/setup", get(sign_in::setup_form).post(sign_in::setup))
        .route("/console/sign-in/passkey-begin", post(passkeys::begin_signing_in))
        .route("/console/sign-in/passkey", post(passkeys::sign_in))
        .route("/console/passkeys/begin", post(passkeys::begin_adding))
        .route("/console/passkeys/finish", post(passkeys::add))
        .route("/console/elsewhere", get(elsewhere::begin))
        .route("/console/elsewhere/back", get(elsewhere::finish))
        .route("/console/account", get(account::account))
        .route("/console/account/{action}", post(account::act))
        .route("/console/people", get(people::people))
        .route("/console/people/{action}", post(people::act))
        .route(link::COMPONENTS, get(console::components::components))
        .route(link::ENVIRONMENTS, get(console::environments::environments))
        .route("/console/environments/{action}", post(console::environments::act))
        .route(link::TEMPLATES, get(console::templates::templates))
        .route("/console/templates/{action}", post(console::templates::act))
        .route("/console/audit", get(audit::audit))
        .route("/console/incidents", post(console::open))
        .route("/console/deliveries", get(console::deliveries::deliveries))
        .route("/console/deliveries/resend", post(console::deliveries::resend))
        .route(link::SUBSCRIBERS, get(console::subscribers::subscribers).post(console::subscribers::add))
        .route("/console/subscribers/{id}/{action}", post(console::subscribers::act))
        .route("/console/preview", post(console::preview::preview))
        .route("/console/backfill", post(console::backfill))
        .route("/console/held/{id}", get(console::held::show))
        .route("/console/held/{id}/{action}", post(console::held::act))
        .route("/console/promises", get(console::promises::show))
        .route("/console/maintenances", get(console::maintenances::show).post(console::maintenances::add))
        .route("/console/maintenances/{id}/end", post(console::maintenances::end))
        .route("/console/reads", get(console::reads::all))
        .route("/console/reads/{name}", get(console::reads::one))
        .route(link::QUERIES, get(console::queries::queries))
        .route("/console/incidents/{id}", get(console::manage))
        .route("/console/incidents/{id}/evidence", get(console::evidence::evidence))
        .route("/console/incidents/{id}/{action}", post(console::act))
}
