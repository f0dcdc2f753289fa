//! Any bytes as `statuspage`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::read_as("statuspage", bytes));
