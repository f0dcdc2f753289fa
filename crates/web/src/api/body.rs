//! The JSON shapes that the API answers with. They belong to the API, not to the domain: a field here is
//! a promise to programs, so it is added and never renamed within a version.
//!
//! Nothing here loads or decides.

pub mod advice;
pub mod database;
pub mod delivery;
pub mod deploy;
pub mod evidence;
pub mod incident;
pub mod judgement;
pub mod query;
pub mod subscriber;
pub mod timeline;
pub mod vendor;
