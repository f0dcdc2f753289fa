//! Addresses of our own pages. The router and the templates meet here, so a page that moves is moved
//! once.

use domain::{IncidentId, Slug, State};

/// Server-sent events: messages whose data is `{"paths":["/…"]}`, the pages that changed.
pub const EVENTS: &str = "/events";
/// The page as it stands in frames of others.
pub const EMBED: &str = "/embed";
/// The console.
pub const CONSOLE: &str = "/console";
/// Those who are told.
pub const SUBSCRIBERS: &str = "/console/subscribers";
/// The watch over reads.
pub const READS: &str = "/console/reads";
/// What queries cost over time.
pub const QUERIES: &str = "/console/queries";
/// How messages are delivered.
pub const DELIVERIES: &str = "/console/deliveries";
/// Where the button that sends one again posts to: fields `key`, `csrf`.
pub const RESEND: &str = "/console/deliveries/resend";
/// Where the sign-in form is posted to: fields `token`, `csrf`.
pub const SIGN_IN: &str = "/console/sign-in";
/// Where sign-in with an account elsewhere begins.
pub const SIGN_IN_ELSEWHERE: &str = "/console/elsewhere";
/// Where it comes back to.
pub const BACK_FROM_ELSEWHERE: &str = "/console/elsewhere/back";
/// Where a password is set with a one-time code.
pub const SETUP: &str = "/console/setup";
/// One's own account.
pub const ACCOUNT: &str = "/console/account";
/// Everybody.
pub const PEOPLE: &str = "/console/people";
/// How components stand, side by side.
pub const COMPONENTS: &str = "/console/components";
/// What we run ourselves.
pub const ENVIRONMENTS: &str = "/console/environments";
/// What is known of incidents before they happen.
pub const TEMPLATES: &str = "/console/templates";
/// The audit log.
pub const AUDIT: &str = "/console/audit";
/// Where the sign-out button posts to: field `csrf`.
pub const SIGN_OUT: &str = "/console/sign-out";
/// Where the form that opens an incident is posted to.
pub const OPEN: &str = "/console/incidents";

/// Where the form that opens an incident is sent to be looked at first.
pub const PREVIEW: &str = "/console/preview";
/// Where the form that records what is over is posted to.
pub const BACKFILL: &str = "/console/backfill";
/// The ledger of promises.
pub const PROMISES: &str = "/console/promises";
/// Maintenances that recur.
pub const MAINTENANCES: &str = "/console/maintenances";

/// Something that was posted and can be undone.
pub fn held(id: &str) -> String {
    format!("/console/held/{id}")
}

/// Where a form about one's own account is posted to.
pub fn account(action: &str) -> String {
    format!("{ACCOUNT}/{action}")
}

/// Where a form about people is posted to.
pub fn people(action: &str) -> String {
    format!("{PEOPLE}/{action}")
}

/// Where a form about environments is posted to.
pub fn environments(action: &str) -> String {
    format!("{ENVIRONMENTS}/{action}")
}

/// Where a form of [`TEMPLATES`] is posted to.
pub fn templates(action: &str) -> String {
    format!("{TEMPLATES}/{action}")
}

/// The form of the next update, filled with what a template says in a state.
pub fn update_from(id: &IncidentId, template: &Slug, state: State) -> String {
    format!("{}?template={template}&state={}#update-body", manage(id), state.as_str())
}

/// The form that opens an incident, filled with a template.
pub fn template(template: &Slug) -> String {
    format!("{CONSOLE}?template={template}#open-title")
}

/// Reads of one watched database.
pub fn reads_of(database: &Slug) -> String {
    format!("{READS}/{database}")
}

/// Page of a vendor.
pub fn vendor(vendor: &Slug) -> String {
    format!("/vendors/{vendor}")
}

/// Raw documents of a vendor.
pub fn raw(vendor: &Slug) -> String {
    format!("/vendors/{vendor}/raw")
}

/// One raw body as it came, as plain text.
pub fn raw_body(vendor: &Slug, hash: &str) -> String {
    format!("/vendors/{vendor}/raw/{hash}")
}

/// Page of an incident, ours or a vendor's.
pub fn incident(id: &IncidentId) -> String {
    format!("/incidents/{id}")
}

/// Incidents of one source.
pub fn incidents_of(source: &Slug) -> String {
    format!("/incidents?source={source}")
}

/// Manage page of an incident of our own.
pub fn manage(id: &IncidentId) -> String {
    format!("{OPEN}/{id}")
}

/// Evidence of an incident of our own.
pub fn evidence(id: &IncidentId) -> String {
    format!("{OPEN}/{id}/evidence")
}

/// Where a form of the manage page is posted to; `action` is one of the names in
/// [`console::manage`](crate::pages::console::manage).
pub fn action(id: &IncidentId, action: &str) -> String {
    format!("{OPEN}/{id}/{action}")
}

/// Where somebody asks to be told.
pub const SUBSCRIBE: &str = "/subscribe";

/// The question whether an address wants to be told.
pub fn confirm(token: &str) -> String {
    format!("/confirm/{token}")
}

/// What a subscriber chose.
pub fn subscription(token: &str) -> String {
    format!("/subscription/{token}")
}

/// The way off the list: in every message, and where mail programs post to.
pub fn unsubscribe(token: &str) -> String {
    format!("/unsubscribe/{token}")
}
