//! Any bytes as `json_feed`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::read_as("json_feed", bytes));
