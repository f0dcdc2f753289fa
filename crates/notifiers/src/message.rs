//! What is to be told to one receiver, in terms of the field and not of any receiver.

use domain::{ComponentState, Impact, IncidentId, Kind, Language, Notice, State, Timestamp};

/// Who hears it. What is internal is only ever in messages for operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Anybody who subscribed to a page.
    Public,
    /// The team.
    Operators,
}

/// News of one incident for one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Idempotency key: the same over every try and every node, another for each receiver.
    pub key: String,
    /// Who hears it.
    pub audience: Audience,
    /// In which language.
    pub language: Language,
    /// What kind of news.
    pub notice: Notice,
    /// When that was decided.
    pub at: Timestamp,
    /// Which incident.
    pub incident: IncidentId,
    /// Entry of its timeline that is told; grows with every news of one incident.
    pub seq: u32,
    /// Incident or maintenance.
    pub kind: Kind,
    /// Title.
    pub title: String,
    /// Grade.
    pub impact: Impact,
    /// State.
    pub state: State,
    /// Text of the update that is told, Markdown; empty where the news has none.
    pub body: String,
    /// What operators see first of its cause; never in a message for the public.
    pub cause: Option<String>,
    /// Name of the environment.
    pub environment: String,
    /// Affected components, each with its state.
    pub components: Vec<(String, ComponentState)>,
    /// When it truly began, if that is known.
    pub began_at: Option<Timestamp>,
    /// When it was first published.
    pub published_at: Timestamp,
    /// When it was declared over.
    pub resolved_at: Option<Timestamp>,
    /// When more was promised.
    pub next_update_at: Option<Timestamp>,
    /// Announced window of a maintenance.
    pub schedule: Option<(Timestamp, Option<Timestamp>)>,
    /// Whether a machine wrote it.
    pub automatic: bool,
    /// Name of the page.
    pub page: String,
    /// Address of the page.
    pub page_url: String,
    /// Address of the incident: on the page for the public, in the console for operators.
    pub url: String,
    /// Where the receiver takes itself off the list, for subscribers.
    pub unsubscribe_url: Option<String>,
}
