//! Any bytes as what a server says, with its values taken out.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::diagnosis::redact(bytes));
