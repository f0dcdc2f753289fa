//! Secrets at rest are sealed: whoever has only a copy of the database cannot read them, nor exchange one for
//! another. The same key makes the tokens of links that must be made again for each message, so that only their
//! hashes need to be kept.
//!
//! Nothing here reads or keeps a key, and no key or secret shows in `Debug`.

use crate::entropy::Entropy;
use crate::rendered::hex;
use ring::{aead, hmac};
use std::fmt;
use std::sync::Arc;

/// First byte of everything sealed, so that another way of sealing can be told from this one.
const VERSION: u8 = 1;
/// Bytes of the number that no two sealings share. Drawn at random; after 2³² secrets sealed with one key there
/// would be reason to change it.
const NONCE: usize = aead::NONCE_LEN;

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Seal(Arc<Keys>);

struct Keys {
    sealing: aead::LessSafeKey,
    naming: hmac::Key,
}

impl Seal {
    /// Letters of a key as it is written.
    pub const KEY_LETTERS: usize = 64;

    /// From the key of an installation. What seals and what makes tokens are two keys made from it.
    ///
    /// # Panics
    /// Never: the lengths are those that the algorithms take.
    pub fn new(key: &[u8; 32]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, key);
        let sealing = hmac::sign(&root, b"watchkeeper seal 1");
        let naming = hmac::sign(&root, b"watchkeeper token 1");
        let sealing = aead::UnboundKey::new(&aead::AES_256_GCM, sealing.as_ref());
        let sealing = sealing.expect("SHA-256 makes as many bytes as AES-256 takes");
        Self(Arc::new(Keys {
            sealing: aead::LessSafeKey::new(sealing),
            naming: hmac::Key::new(hmac::HMAC_SHA256, naming.as_ref()),
        }))
    }

    /// Reads a key as it is written: 64 hexadecimal digits. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != Self::KEY_LETTERS || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let mut key = [0; 32];
        for (place, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[place * 2..place * 2 + 2], 16).ok()?;
        }
        Some(Self::new(&key))
    }

    /// A new key as it is written.
    pub fn draw_key(entropy: &Entropy) -> String {
        hex(&entropy.bytes::<32>())
    }

    /// By what a key is told from another.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.sign("fingerprint", "")
    }

    /// Seals a secret. It opens again only under the same `name`, which says whose secret it is and what for.
    ///
    /// # Panics
    /// With a secret of more than 64 GiB.
    pub fn seal(&self, name: &str, secret: &[u8], entropy: &Entropy) -> Vec<u8> {
        let nonce = entropy.bytes::<NONCE>();
        let mut sealed = secret.to_vec();
        let tag = self.0.sealing.seal_in_place_separate_tag(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::from(name.as_bytes()),
            &mut sealed,
        );
        let tag = tag.expect("secrets are shorter than the 64 GiB that may be sealed at once");
        [&[VERSION], nonce.as_slice(), &sealed, tag.as_ref()].concat()
    }

    /// Opens what was sealed under that name; `None` where it was sealed with another key, for another name, or
    /// was changed since.
    pub fn open(&self, name: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (version, rest) = sealed.split_first()?;
        let (nonce, secret) = rest.split_at_checked(NONCE)?;
        let nonce = aead::Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut secret = secret.to_vec();
        let name = aead::Aad::from(name.as_bytes());
        let opened = self.0.sealing.open_in_place(nonce, name, &mut secret).ok()?.len();
        secret.truncate(opened);
        (*version == VERSION).then_some(secret)
    }

    /// A token of 128 bits that nobody can guess and that can be made again: the same key, purpose and name make
    /// the same one.
    pub fn token(&self, purpose: &str, name: &str) -> String {
        hex(&self.sign(purpose, name)[..16])
    }

    fn sign(&self, purpose: &str, name: &str) -> [u8; 32] {
        let text = format!("{}:{purpose}:{name}", purpose.len());
        let tag = hmac::sign(&self.0.naming, text.as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        bytes
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entropy() -> Entropy {
        let count = std::sync::atomic::AtomicU8::new(0);
        Entropy::from_fn(move |bytes| bytes.fill(count.fetch_add(1, std::sync::atomic::Ordering::Relaxed)))
    }

    #[test]
    fn a_secret_opens_under_its_own_name_and_key_only() {
        let (seal, entropy) = (Seal::new(&[1; 32]), entropy());
        let sealed = seal.seal("webhook:s1", b"whsec_abc", &entropy);
        assert_eq!(seal.open("webhook:s1", &sealed).as_deref(), Some(b"whsec_abc".as_slice()));
        assert_eq!(seal.open("webhook:s2", &sealed), None);
        assert_eq!(Seal::new(&[2; 32]).open("webhook:s1", &sealed), None);
        assert!(!sealed.windows(5).any(|part| part == b"whsec"));
        assert_ne!(seal.seal("webhook:s1", b"whsec_abc", &entropy), sealed, "twice is not the same");
    }

    #[test]
    fn a_byte_changed_anywhere_keeps_it_shut() {
        let seal = Seal::new(&[1; 32]);
        let sealed = seal.seal("n", b"secret", &entropy());
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(seal.open("n", &changed), None, "byte {place}");
            assert_eq!(seal.open("n", &sealed[..place]), None, "{place} bytes");
        }
    }

    #[test]
    fn keys_are_read_as_they_are_written_and_never_shown() {
        let text = Seal::draw_key(&entropy());
        assert!(Seal::parse(&text).is_some());
        for wrong in ["", &text[1..], &format!("{text}0"), &text.replace('0', "g"), &"é".repeat(32)] {
            assert!(Seal::parse(wrong).is_none(), "{wrong}");
        }
        assert_eq!(format!("{:?}", Seal::new(&[1; 32])), "Seal");
    }

    #[test]
    fn tokens_come_back_and_differ_by_key_purpose_and_name() {
        let seal = Seal::new(&[1; 32]);
        let token = seal.token("subscriber", "s1");
        assert_eq!((token.len(), &token), (32, &seal.token("subscriber", "s1")));
        let others = [
            seal.token("subscriber", "s2"),
            seal.token("other", "s1"),
            seal.token("subscribers", "1"),
            Seal::new(&[2; 32]).token("subscriber", "s1"),
        ];
        assert!(!others.contains(&token));
    }
}
