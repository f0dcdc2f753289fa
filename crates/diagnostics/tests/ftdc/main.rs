//! Diagnostic data that no one server writes, but each part of which some server did.

mod decoder;
mod encoder;
mod readings;
