//! What holds of everything that `diagnostics` makes of any bytes.

use diagnostics::bson::Document;
use diagnostics::ftdc::{Limits, Piece, Reader, Wanted};
use diagnostics::log::{self, Event};
use diagnostics::profile::Form;
use diagnostics::readings::Readings;
use diagnostics::redact;
use domain::reads::shape::MAX_SHAPE_BYTES;
use flate2::{Compression, write::ZlibEncoder};
use std::io::Write;

/// Reads bytes as a file of diagnostic data, and as what a chunk of such a file inflates to.
pub fn read_ftdc(bytes: &[u8]) {
    check_file(bytes);
    check_file(&chunk_of(bytes));
    Readings::new().take_in(bytes, |_| {});
}

/// A file of one chunk that inflates to those bytes.
fn chunk_of(plain: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(plain).expect("memory");
    let data = [&length(plain.len())[..], &encoder.finish().expect("memory")].concat();
    let fields = [
        &b"\x09_id\0\x01\0\0\0\0\0\0\0\x10type\0\x01\0\0\0\x05data\0"[..],
        &length(data.len()),
        b"\0",
        &data,
        b"\0",
    ]
    .concat();
    [&length(fields.len() + 4)[..], &fields].concat()
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).expect("a short input").to_le_bytes()
}

/// Every column has one value for each sample, and decoding a part of them changes none.
fn check_file(file: &[u8]) {
    let limits = Limits { points: 1 << 20, inflated: 1 << 20, ..Limits::default() };
    let mut reader = Reader::new(file, Wanted::all()).with_limits(limits);
    let mut chunks = Vec::new();
    while let Some(piece) = reader.read() {
        let Piece::Chunk(chunk) = piece else { continue };
        assert!(chunk.samples() * chunk.schema().len() <= limits.points, "points are bounded");
        for index in 0..chunk.schema().len() {
            let column = chunk.column(index).expect("every column was asked for");
            assert_eq!(column.iter().count(), chunk.samples(), "one value for each sample");
        }
        let last = chunk.schema().names().last().map(str::to_owned);
        let values = last
            .as_deref()
            .and_then(|name| chunk.named(name))
            .map(|column| column.iter().collect::<Vec<_>>());
        chunks.push((last, values));
    }
    for (name, values) in chunks.iter().take(3) {
        let Some(name) = name else { continue };
        let mut reader = Reader::new(file, Wanted::these([name.as_str()])).with_limits(limits);
        let mut found = false;
        while let Some(piece) = reader.read() {
            let Piece::Chunk(chunk) = piece else { continue };
            found |= chunk.named(name).map(|column| column.iter().collect::<Vec<_>>()) == *values;
        }
        assert!(found, "a column that is decoded alone has the values it has among all");
    }
}

/// Reads bytes as a log. Every line is told once, and no shape is longer than shapes may be.
pub fn read_log(bytes: &[u8]) {
    let newlines = bytes.iter().filter(|byte| **byte == b'\n').count();
    let mut lines = 0;
    for line in log::lines(bytes, diagnostics::Timestamp::UNIX_EPOCH) {
        lines += 1;
        if let Event::Slow(slow) = &line.event {
            assert!(slow.shape().text.len() <= MAX_SHAPE_BYTES, "shapes are bounded");
            assert!(slow.target().len() <= bytes.len() * 3, "a target comes from its line");
        }
    }
    assert!(lines <= newlines + 1, "a line is told once");
}

/// Reads bytes as a dump of profiled operations: what is whole of it is never more than there is.
pub fn read_profile(bytes: &[u8]) {
    for form in [Form::Bson, Form::Json] {
        assert!(form.whole(bytes) <= bytes.len(), "what is whole is a part");
        form.lines(bytes, |line| {
            if let Event::Slow(slow) = &line.event {
                assert!(slow.shape().text.len() <= MAX_SHAPE_BYTES, "shapes are bounded");
            }
        });
    }
    Form::of(bytes);
}

/// Takes the values out of bytes as if they were a line, words or a reply. What is left is bounded by what there was.
pub fn redact(bytes: &[u8]) {
    // The longest that one byte becomes: a control character in a text of JSON, or a flag.
    let most = 1_000 + 16 * bytes.len();
    assert!(redact::line(bytes, diagnostics::Timestamp::UNIX_EPOCH).len() <= most, "a line is bounded");
    assert!(redact::words(&String::from_utf8_lossy(bytes)).len() <= most, "words are bounded");
    if let Ok(document) = Document::read(bytes) {
        assert!(redact::document(document).len() <= most, "a reply is bounded");
    }
}
