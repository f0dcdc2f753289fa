//! Any bytes as a dump of profiled operations.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::diagnosis::read_profile(bytes));
