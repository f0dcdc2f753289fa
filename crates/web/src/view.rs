//! How things look: pure functions from `domain` values to what templates print.
//!
//! Nothing here decides what is so; it only says it. No I/O and no clock.

pub(crate) mod advice;
pub mod axis;
pub mod bars;
pub mod chart;
pub mod clock;
pub mod delivery;
pub mod figure;
pub mod heat;
pub mod html;
pub mod incident;
pub mod lanes;
pub mod line;
pub mod link;
pub mod links;
pub mod rows;
pub mod sign;
mod voice;
pub mod watch;
pub mod words;

pub use voice::Voice;
