//! Any bytes decoded, within a limit that is part of them.
#![no_main]

use feeds::{Document, Limits};

libfuzzer_sys::fuzz_target!(|input: (u16, &[u8])| {
    let (limit, bytes) = input;
    let document = Document::read(bytes, None, &Limits { bytes: usize::from(limit) });
    assert!(document.is_whole() == document.warnings().is_empty());
    assert!(!(document.is_cut() && document.is_whole()));
});
