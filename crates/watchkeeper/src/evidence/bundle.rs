//! A bundle: files with a manifest, as one `.tar.zst`.
//!
//! Never reads more than [`MOST_BYTES`] out of one, whatever it claims to hold.

use anyhow::{Context as _, ensure};
use domain::Timestamp;
use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::Value;
use std::io::Read as _;

/// Largest bundle, unpacked, in bytes: fifteen answers of two megabytes, read as JSON.
const MOST_BYTES: u64 = 64_000_000;
/// The file that tells of all others.
pub(crate) const MANIFEST: &str = "manifest.json";

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// Path in the bundle.
    pub(crate) path: String,
    /// What it holds.
    pub(crate) bytes: Vec<u8>,
}

/// Packs files, all of which are of one instant, so that the same files are the same bytes.
pub(crate) fn pack(files: &[File], at: Timestamp) -> anyhow::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for file in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(file.bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(u64::try_from(at.as_second()).unwrap_or_default());
        archive.append_data(&mut header, &file.path, &file.bytes[..])?;
    }
    Ok(compress_to_vec(&archive.into_inner()?[..], CompressionLevel::Fastest))
}

/// Unpacks them again.
pub(crate) fn unpack(bytes: &[u8]) -> anyhow::Result<Vec<File>> {
    let broken = "the bundle is broken";
    let unpacked =
        StreamingDecoder::new(bytes).map_err(|error| anyhow::anyhow!("{error}")).context(broken)?;
    let mut archive = tar::Archive::new(unpacked.take(MOST_BYTES));
    let mut files = Vec::new();
    for entry in archive.entries().context(broken)? {
        let mut entry = entry.context(broken)?;
        let path = entry.path().context(broken)?.to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).context(broken)?;
        files.push(File { path, bytes });
    }
    Ok(files)
}

/// The manifest among the files of a bundle.
pub(crate) fn manifest(files: &[File]) -> anyhow::Result<Value> {
    let manifest = files.iter().find(|file| file.path == MANIFEST).context("the bundle has no manifest")?;
    let value: Value = serde_json::from_slice(&manifest.bytes).context("the manifest cannot be read")?;
    ensure!(value["format"] == 1, "the bundle is of a later release");
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Timestamp {
        Timestamp::from_second(1_700_000_000).expect("in range")
    }

    #[test]
    fn what_is_packed_is_there_again_and_the_same_files_are_the_same_bytes() {
        let file = |path: &str, bytes: Vec<u8>| File { path: path.to_owned(), bytes };
        let files = [
            file("manifest.json", br#"{"format":1}"#.to_vec()),
            file("1-onset-crm/log.txt", b"a line\n".repeat(100_000)),
            file("empty", Vec::new()),
        ];
        let packed = pack(&files, at()).expect("packed");
        assert!(packed.len() < 50_000, "{} bytes", packed.len());
        assert_eq!(unpack(&packed).expect("unpacked"), files);
        assert_eq!(pack(&files, at()).expect("packed"), packed);
        assert_eq!(manifest(&files).expect("a manifest")["format"], 1);
    }

    #[test]
    fn what_is_broken_is_refused() {
        let packed = pack(&[File { path: "a".into(), bytes: vec![7; 5_000] }], at()).expect("packed");
        assert!(unpack(&packed[..packed.len() / 2]).is_err());
        assert!(unpack(b"nothing of the kind").is_err());
        assert!(unpack(&[]).is_err());
    }
}
