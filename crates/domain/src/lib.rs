//! What an incident is and what happens next.
//!
//! Read the modules in this order: [`time`] and [`id`] (the words), [`component`] and [`observation`]
//! (what was seen), [`incident`] and [`timeline`] (what is known, and how it came to be known),
//! [`decide`](mod@decide) (the only door through which state changes), [`effect`] (what should now
//! happen, as data), [`invariants`] (what must always hold), [`reads`], [`detect`], [`judgement`] and
//! [`hypothesis`] (a watched database, from looks to what is said of it), and the views that follow from all of it:
//! [`summary`], [`uptime`], [`source`]. Who may do what is [`access`], and in which language people are told [`language`].
//!
//! This crate has no I/O, no async, no clock, no randomness, no SQL and no HTTP: instants, identifiers
//! and random numbers are arguments. State types carry no `serde`; `store` and `web` own their shapes.

pub mod access;
pub mod advice;
pub mod component;
pub mod decide;
pub mod deploy;
pub mod detect;
pub mod durations;
pub mod effect;
pub mod environment;
pub mod evidence;
pub mod hypothesis;
pub mod id;
pub mod incident;
pub mod invariants;
pub mod judgement;
pub mod language;
pub mod maintenance;
pub mod observation;
pub mod promise;
pub mod public;
pub mod query;
pub mod reads;
pub mod recurrence;
pub mod source;
pub mod summary;
pub mod time;
pub mod timeline;
pub mod uptime;

pub use access::{Action, Grants, Place, Role, may};
pub use component::ComponentState;
pub use decide::{Command, Decision, Input, Refusal, decide};
pub use deploy::{Deploy, DeployId};
pub use effect::{Effect, Notice};
pub use environment::{Component, Environment};
pub use id::{ComponentKey, IncidentId, Slug};
pub use incident::{Impact, Incident, Kind, Origin, State, Visibility};
pub use jiff::Timestamp;
pub use judgement::{Judgement, Publishing, Watched};
pub use language::Language;
pub use public::PublicIncident;
pub use recurrence::Recurrence;
pub use timeline::{Actor, Entry, Event};
