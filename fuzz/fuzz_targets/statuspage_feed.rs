//! Any bytes as `statuspage_feed`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::read_as("statuspage_feed", bytes));
