//! English.

use super::Words;

pub(super) static ENGLISH: Words = Words { tag: "en" };
