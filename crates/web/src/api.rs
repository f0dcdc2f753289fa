//! The JSON API.

pub mod body;
pub mod time;
pub mod vocabulary;
