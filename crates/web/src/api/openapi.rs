//! The document of the API, generated from the handlers. Its examples are the same invented incidents from
//! which the tests are made, so they cannot grow old.

use super::body::incident::{IncidentBody, IncidentListBody};
use super::body::timeline::TimelineBody;
use super::{
    advice, alerts, databases, deliveries, deploys, environments, evidence, held, imports, promises, queries,
    read, recurrences, subscribers, templates, write,
};
use crate::answer::{ErrorBody, ErrorDetail};
use crate::api::time::Time;
use crate::error::Error;
use crate::samples;
use crate::view::line::IncidentLine;
use domain::Refusal;
use serde_json::{Value, json, to_value};
use utoipa::OpenApi;
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, RefOr};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Watchkeeper",
        description = "Status, incidents and vendors. Reading needs nothing; writing needs a token with \
            scope `write` in `Authorization: Bearer`. Every error has the same shape.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        read::load_status,
        read::list_environments,
        templates::list_templates,
        templates::save_template,
        templates::remove_template,
        environments::list_environment_settings,
        environments::save_environment,
        environments::remove_environment,
        read::list_vendors,
        read::load_vendor,
        read::list_vendor_incidents,
        read::list_incidents,
        read::load_incident,
        read::load_timeline,
        read::load_openapi,
        write::open_incident,
        write::backfill_incident,
        write::change_incident,
        write::post_update,
        write::edit_update,
        write::withdraw_update,
        write::publish_postmortem,
        write::publish_incident,
        write::hide_incident,
        write::hold_publication,
        write::note_incident,
        write::withdraw_incident,
        held::list_held,
        held::load_held,
        held::send_held,
        held::undo_held,
        promises::list_promises,
        recurrences::list_recurrences,
        recurrences::add_recurrence,
        recurrences::end_recurrence,
        write::restore_incident,
        write::merge_incident,
        imports::import_incident,
        advice::load_advice,
        deliveries::load_deliveries,
        deliveries::list_deliveries,
        deliveries::resend_delivery,
        deliveries::list_channels,
        evidence::list_evidence,
        evidence::load_evidence,
        alerts::take_alert,
        deploys::mark_deploy,
        deploys::list_deploys,
        subscribers::list_subscribers,
        subscribers::add_subscriber,
        subscribers::import_subscribers,
        subscribers::remove_subscriber,
        subscribers::release_subscriber,
        databases::list_databases,
        databases::load_database,
        databases::list_series,
        queries::list_queries,
        databases::stream_database,
    ),
    tags(
        (name = "status", description = "How we stand."),
        (name = "vendors", description = "Vendors whose pages are watched."),
        (name = "incidents", description = "Incidents and maintenances, ours and vendors'."),
        (name = "updates", description = "What is said of an incident."),
        (name = "deliveries", description = "Who was told, and how channels do; for holders of a token."),
        (name = "evidence", description = "What was captured while a database stalled; for holders of a token."),
        (name = "deploys", description = "Marks that something was changed."),
        (name = "subscribers", description = "Who is told of what a page says; for holders of a token that configures."),
        (name = "databases", description = "Databases whose reads are watched; for holders of a token."),
    ),
)]
struct Document;

/// The document as JSON.
///
/// # Panics
/// Never: it is built from values of this crate, and a test builds it.
pub(crate) fn document() -> String {
    let mut document = Document::openapi();
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("wk_<id>_<secret>")
        .description(Some("A token made by `watchkeeper token create`."));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(scheme.build()));
    for (method, path, status, example) in answers() {
        if let Some(operation) = operation(&mut document, &method, path) {
            set_answer(operation, status, &example);
        }
    }
    for (method, path, example) in requests() {
        let body = operation(&mut document, &method, path).and_then(|found| found.request_body.as_mut());
        if let Some(RefOr::T(body)) = body {
            set_example(body.content.values_mut(), &example);
        }
    }
    document.to_pretty_json().expect("a document of our own values can be written") + "\n"
}

fn operation<'a>(
    document: &'a mut utoipa::openapi::OpenApi,
    method: &HttpMethod,
    path: &str,
) -> Option<&'a mut Operation> {
    let item = document.paths.paths.get_mut(path)?;
    match method {
        HttpMethod::Get => item.get.as_mut(),
        HttpMethod::Post => item.post.as_mut(),
        HttpMethod::Patch => item.patch.as_mut(),
        HttpMethod::Put => item.put.as_mut(),
        _ => None,
    }
}

fn set_answer(operation: &mut Operation, status: &str, example: &Value) {
    if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(status) {
        set_example(response.content.values_mut(), example);
    }
}

fn set_example<'a>(contents: impl Iterator<Item = &'a mut RefOr<Content>>, example: &Value) {
    for content in contents {
        if let RefOr::T(content) = content {
            content.example = Some(example.clone());
        }
    }
}

/// Examples of answers, by method, path and status.
fn answers() -> Vec<(HttpMethod, &'static str, &'static str, Value)> {
    let vendor = samples::stories::seed_day();
    let own = samples::stories::own_open();
    let now = samples::now();
    let body =
        |story: &samples::stories::Story| value(&IncidentBody::new(&story.incident, &story.subject, now));
    let list = IncidentListBody {
        as_of: Time(now),
        incidents: [&own, &vendor]
            .map(|story| (&IncidentLine::new(&story.incident, &story.subject)).into())
            .into(),
        total: Some(2),
        next: None,
    };
    let timeline = TimelineBody {
        incident: own.incident.id.to_string(),
        entries: own.timeline.iter().map(Into::into).collect(),
    };
    let refused = Error::Refused(Refusal::Empty("title")).outside();
    let error = ErrorBody {
        error: ErrorDetail {
            code: refused.code.to_owned(),
            message: refused.message,
            hint: refused.hint,
            request_id: "5f0c2a91-1d".to_owned(),
        },
    };
    vec![
        (HttpMethod::Get, "/api/v1/incidents", "200", value(&list)),
        (HttpMethod::Get, "/api/v1/incidents/{id}", "200", body(&vendor)),
        (HttpMethod::Get, "/api/v1/incidents/{id}/timeline", "200", value(&timeline)),
        (HttpMethod::Post, "/api/v1/incidents", "201", body(&own)),
        (HttpMethod::Post, "/api/v1/incidents", "422", value(&error)),
    ]
}

/// Examples of bodies, by method and path. A test sends each of them.
pub(crate) fn requests() -> Vec<(HttpMethod, &'static str, Value)> {
    let open = json!({
        "environment": "prod1",
        "title": "Reads stalled",
        "impact": "major",
        "body": "We are looking into slow reads.",
        "components": [{ "key": "api", "state": "partial_outage" }],
        "began_at": "2025-02-12T09:20:00Z",
    });
    vec![
        (HttpMethod::Post, "/api/v1/incidents", open),
        (
            HttpMethod::Post,
            "/api/v1/incidents/{id}/updates",
            json!({
                "state": "identified",
                "body": "A node has run out of **file handles**.",
                "next_update_at": "30m",
            }),
        ),
        (HttpMethod::Patch, "/api/v1/incidents/{id}", json!({ "title": "Slow reads", "impact": "minor" })),
        (
            HttpMethod::Patch,
            "/api/v1/incidents/{id}/updates/{update}",
            json!({ "body": "We are looking into slow reads and writes." }),
        ),
        (
            HttpMethod::Put,
            "/api/v1/incidents/{id}/postmortem",
            json!({ "body": "# What happened\n\nA node ran out of file handles." }),
        ),
        (
            HttpMethod::Post,
            "/api/v1/incidents/backfill",
            json!({
                "environment": "prod1",
                "title": "Mail was late",
                "impact": "minor",
                "from": "2025-02-10T09:00:00Z",
                "until": "2025-02-10T09:40:00Z",
                "body": "Mail was sent up to 40 minutes late. Nothing was lost.",
            }),
        ),
        (
            HttpMethod::Post,
            "/api/v1/incidents/{id}/publish",
            json!({ "body": "Some reads are slow. We are looking into it.", "next_update_at": "30m" }),
        ),
        (
            HttpMethod::Post,
            "/api/v1/incidents/{id}/note",
            json!({ "body": "Asked the vendor; ticket 4711." }),
        ),
        (HttpMethod::Post, "/api/v1/incidents/{id}/merge", json!({ "into": "0123456789ab" })),
        (HttpMethod::Post, "/api/v1/imports", import_example()),
        (
            HttpMethod::Post,
            "/api/v1/alerts/{source}",
            json!({
                "title": "Queue of orders grows", "status": "firing", "key": "orders-queue", "environment": "prod1",
                "components": ["api"], "severity": "major", "began_at": "2025-02-12T09:20:00Z",
            }),
        ),
        (
            HttpMethod::Post,
            "/api/v1/deploys",
            json!({ "environment": "prod1", "what": "api 4.12", "link": "https://ci.example.com/builds/4711" }),
        ),
    ]
}

fn import_example() -> Value {
    json!({
        "environment": "prod1",
        "external_id": "p31zjtct2jer",
        "title": "Orders were confirmed late",
        "impact": "minor",
        "state": "resolved",
        "published_at": "2025-01-07T08:58:10Z",
        "resolved_at": "2025-01-07T09:40:00Z",
        "updates": [
            {
                "id": "k4w4pvwlw2qy",
                "state": "investigating",
                "body": "Confirmations of orders arrive late.",
                "published_at": "2025-01-07T08:58:10Z",
                "components": [{ "name": "API", "state": "degraded_performance" }],
            },
            {
                "id": "5qb9c4nx98sg",
                "state": "resolved",
                "body": "They arrive at once again.",
                "published_at": "2025-01-07T09:40:00Z",
            },
        ],
    })
}

fn value(body: &impl serde::Serialize) -> Value {
    // Bodies of ours have text as keys and no maps that could fail.
    to_value(body).unwrap_or_default()
}
