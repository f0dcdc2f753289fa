//! Status page, console and JSON API.

pub mod assets;
pub mod pages;
pub mod view;
