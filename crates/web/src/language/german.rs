//! German.

use super::Words;

pub(super) static GERMAN: Words = Words { tag: "de" };
