//! Files that others wrote, unpacked while they are read: plain, gzip or zstd, told by their first bytes.
//!
//! This module never unpacks more than is asked for, and never holds more of a file than its format makes it.

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::fs::File;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result};
use std::path::Path;

const BUFFER: usize = 1 << 18;
/// What every reader of zstd should hold of the text before (RFC 8878, 3.1.1.1.2); `zstd -19` asks for no more.
const MAX_WINDOW_BYTES: u64 = 8 << 20;
const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// A file, unpacked.
pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead + Send>> {
    unpack(File::open(path)?)
}

/// What comes from somewhere else, unpacked.
pub(super) fn unpack(source: impl Read + Send + 'static) -> Result<Box<dyn BufRead + Send>> {
    let mut plain = BufReader::with_capacity(BUFFER, source);
    let beginning = plain.fill_buf()?;
    Ok(if beginning.starts_with(GZIP) {
        Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(plain)))
    } else if beginning.starts_with(ZSTD) {
        Box::new(BufReader::with_capacity(BUFFER, Frames::new(plain)))
    } else {
        Box::new(plain)
    })
}

/// Bytes of a file on the disk; none where that is not known.
pub(super) fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map(|metadata| metadata.len()).unwrap_or_default()
}

/// When a file was last written to; the end of time where that is not known.
pub(super) fn changed_at(path: &Path) -> Timestamp {
    let changed = std::fs::metadata(path).and_then(|metadata| metadata.modified());
    changed.ok().and_then(|changed| Timestamp::try_from(changed).ok()).unwrap_or(Timestamp::MAX)
}

/// The content of one zstd frame after another; what `cat a.zst b.zst` makes is a file, too.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    /// Whether a frame has been begun and not been read to its end.
    within: bool,
}

impl<R: BufRead> Frames<R> {
    fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW_BYTES);
        Self { source, decoder, within: false }
    }

    fn begin(&mut self) -> Result<()> {
        match self.decoder.init(&mut self.source) {
            Ok(()) => self.within = true,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length, ..
            })) => {
                std::io::copy(&mut self.source.by_ref().take(length.into()), &mut std::io::sink())?;
            }
            Err(error) => return Err(wrong(&error)),
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let read = if self.within { self.decoder.read(buffer)? } else { 0 };
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            if self.within && !self.decoder.is_finished() {
                let some = BlockDecodingStrategy::UptoBytes(buffer.len());
                self.decoder.decode_blocks(&mut self.source, some).map_err(|error| wrong(&error))?;
            } else if self.source.fill_buf()?.is_empty() {
                return Ok(0);
            } else {
                self.begin()?;
            }
        }
    }
}

fn wrong(error: &FrameDecoderError) -> Error {
    Error::new(
        ErrorKind::InvalidData,
        match error {
            FrameDecoderError::WindowSizeTooBig { requested, max } => format!(
                "reading it takes a window of {} MiB, and more than {} MiB are not held; unpack it on the way: \
                 `zstd -dc --long=31 FILE | watchkeeper … -`",
                requested >> 20,
                max >> 20
            ),
            error => format!("it is no whole zstd file: {error}"),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    use std::io::Write as _;

    fn text_of(packed: Vec<u8>) -> Result<String> {
        let mut text = String::new();
        unpack(std::io::Cursor::new(packed))?.read_to_string(&mut text)?;
        Ok(text)
    }

    fn zstd(text: &str) -> Vec<u8> {
        compress_to_vec(text.as_bytes(), CompressionLevel::Fastest)
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).expect("packed");
        encoder.finish().expect("packed")
    }

    #[test]
    fn what_was_packed_in_pieces_is_one_text() {
        let [one, other] = ["one line\n".repeat(100_000), "and another\n".repeat(50_000)];
        let both = format!("{one}{other}");
        let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"aside"].concat()[..11].to_vec();
        assert_eq!(text_of([zstd(&one), skippable, zstd(&other)].concat()).expect("zstd"), both);
        assert_eq!(text_of([gzip(&one), gzip(&other)].concat()).expect("gzip"), both);
        assert_eq!(text_of(both.clone().into_bytes()).expect("plain"), both);
        assert_eq!(text_of(Vec::new()).expect("nothing"), "");
    }

    #[test]
    fn a_torn_file_is_an_error_after_what_can_be_read() {
        let text: String = (0..200_000).map(|number| number.to_string() + "\n").collect();
        let packed = zstd(&text);
        let mut read = Vec::new();
        let torn = std::io::Cursor::new(packed[..packed.len() / 2].to_vec());
        let error = unpack(torn).expect("a beginning").read_to_end(&mut read).expect_err("torn");
        assert!(error.to_string().contains("no whole zstd file"), "{error}");
        assert!(!read.is_empty() && text.as_bytes().starts_with(&read), "{} bytes", read.len());
    }

    #[test]
    fn a_frame_that_wants_more_memory_than_it_may_have_is_refused() {
        // A frame header that asks for a window of 128 MiB, as `zstd --long` writes, and 1 TiB for good measure.
        for (exponent, size) in [(17, "128 MiB"), (30, "1048576 MiB")] {
            let frame = [ZSTD, &[0, exponent << 3], &[1, 0, 0]].concat();
            let error = text_of(frame).expect_err("too large");
            assert!(error.to_string().contains(size), "{error}");
        }
    }
}
