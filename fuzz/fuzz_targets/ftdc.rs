//! Any bytes as diagnostic data.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::diagnosis::read_ftdc(bytes));
