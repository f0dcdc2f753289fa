//! Any bytes as the log of a server.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::diagnosis::read_log(bytes));
