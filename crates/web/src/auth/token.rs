//! API tokens: `wk_<id>_<secret><checksum>`, all hexadecimal.
//!
//! The fixed beginning and the checksum let scanners find a leaked one without false alarms. The secret
//! has 256 bits, so its SHA-256 is all that needs to be kept; nobody can guess it, and no slow hash is
//! needed. This module stores nothing.

use crate::rendered::hex;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

const PREFIX: &str = "wk_";
const ID_LENGTH: usize = 12;
const SECRET_LENGTH: usize = 64;
const CHECKSUM_LENGTH: usize = 8;

/// Hash of a secret, the only form in which it is kept.
pub type Hash = [u8; 32];

/// Makes a token out of 38 random bytes: its public id, its text, which is shown once, and the hash that
/// is kept.
pub fn make(entropy: &[u8; 38]) -> (String, String, Hash) {
    let (id, secret) = entropy.split_at(ID_LENGTH / 2);
    let id = hex(id);
    let mut text = format!("{PREFIX}{id}_{}", hex(secret));
    let checksum = checksum(&text);
    // Writing to a string cannot fail.
    let _ = write!(text, "{checksum:08x}");
    let hash = hash(&text);
    (id, text, hash)
}

/// The public id inside a token's text and the hash of it; `None` if it is not a token at all.
pub fn parse(text: &str) -> Option<(&str, Hash)> {
    let (id, rest) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let lower_hex = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let shaped = id.len() == ID_LENGTH && rest.len() == SECRET_LENGTH + CHECKSUM_LENGTH;
    if !shaped || !lower_hex(id) || !lower_hex(rest) {
        return None;
    }
    let (before, given) = text.split_at(text.len() - CHECKSUM_LENGTH);
    let given = u32::from_str_radix(given, 16).ok()?;
    (given == checksum(before)).then(|| (id, hash(text)))
}

/// SHA-256, the form in which secrets of 256 bits are kept.
pub fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

fn checksum(text: &str) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(text.as_bytes());
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_a_changed_one_does_not() {
        let (id, text, hash) = make(&[7; 38]);
        assert_eq!(text.len(), 88);
        assert_eq!(parse(&text), Some((id.as_str(), hash)));
        for position in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[position] = if changed[position] == b'1' { b'2' } else { b'1' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_eq!(parse(&changed), None, "{changed}");
        }
        for text in ["", "wk_", "wk__", &text[..87], &text.to_uppercase()] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
