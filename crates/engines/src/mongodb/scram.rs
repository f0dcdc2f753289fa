//! SCRAM, with SHA-1 and with SHA-256: proves that we know a password without saying it.
//!
//! Pure: texts in, texts out. The stretched password is kept by its salt, so that a hundred connections to one node
//! stretch it once.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest as _, Md5};
use ring::{digest, hmac, pbkdf2};

/// More rounds than any server asks for would only keep a processor busy.
const MOST_ROUNDS: u32 = 1_000_000;
/// RFC 7677: fewer would let a false server learn too much.
const FEWEST_ROUNDS: u32 = 4096;

/// Which hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Hash {
    Sha1,
    Sha256,
}

impl Hash {
    /// Name of the mechanism.
    pub(super) fn mechanism(self) -> &'static str {
        match self {
            Self::Sha1 => "SCRAM-SHA-1",
            Self::Sha256 => "SCRAM-SHA-256",
        }
    }

    fn stretch(self) -> (pbkdf2::Algorithm, usize) {
        match self {
            Self::Sha1 => (pbkdf2::PBKDF2_HMAC_SHA1, digest::SHA1_OUTPUT_LEN),
            Self::Sha256 => (pbkdf2::PBKDF2_HMAC_SHA256, digest::SHA256_OUTPUT_LEN),
        }
    }

    fn mac(self, key: &[u8], text: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
        };
        hmac::sign(&hmac::Key::new(algorithm, key), text).as_ref().to_vec()
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }

    /// The password as the mechanism takes it.
    fn password(self, user: &str, password: &str) -> Result<String, String> {
        match self {
            Self::Sha1 => {
                let digest = Md5::digest(format!("{user}:mongo:{password}"));
                Ok(digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
            }
            Self::Sha256 => stringprep::saslprep(password)
                .map(std::borrow::Cow::into_owned)
                .map_err(|_| "the password has characters that SCRAM forbids".to_owned()),
        }
    }
}

/// Passwords already stretched, by hash, salt and rounds.
#[derive(Default)]
pub(super) struct Stretched(Mutex<HashMap<Stretch, Vec<u8>>>);

/// Hash, salt and rounds.
type Stretch = (Hash, Vec<u8>, u32);

impl Stretched {
    /// Salts of one user on the nodes of one cluster; beyond this somebody plays with us.
    const MOST: usize = 64;

    fn get(&self, hash: Hash, password: &str, salt: &[u8], rounds: NonZeroU32) -> Vec<u8> {
        let key = (hash, salt.to_vec(), rounds.get());
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let (algorithm, length) = hash.stretch();
        let mut bytes = vec![0; length];
        pbkdf2::derive(algorithm, rounds, salt, password.as_bytes(), &mut bytes);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(key, bytes.clone());
        bytes
    }
}

/// A conversation that waits for the server's first words.
pub(super) struct Opened<'a> {
    hash: Hash,
    user: &'a str,
    password: &'a str,
    nonce: String,
    bare: String,
}

/// A conversation that waits for the server's proof.
pub(super) struct Proved {
    signature: String,
}

/// Begins: what to say first, `nonce` being fresh randomness.
pub(super) fn open<'a>(hash: Hash, user: &'a str, password: &'a str, nonce: &[u8]) -> (Opened<'a>, String) {
    let nonce = BASE64.encode(nonce);
    let bare = format!("n={},r={nonce}", user.replace('=', "=3D").replace(',', "=2C"));
    let first = format!("n,,{bare}");
    (Opened { hash, user, password, nonce, bare }, first)
}

impl Opened<'_> {
    /// Answers the server's first words.
    pub(super) fn prove(self, first: &str, stretched: &Stretched) -> Result<(Proved, String), String> {
        let nonce = field(first, 'r').filter(|nonce| nonce.starts_with(&self.nonce));
        let nonce = nonce.ok_or("the server's nonce is not made of ours")?;
        let salt = field(first, 's').and_then(|salt| BASE64.decode(salt).ok()).ok_or("no salt")?;
        let rounds = field(first, 'i').and_then(|rounds| rounds.parse::<u32>().ok());
        let rounds = rounds.filter(|rounds| (FEWEST_ROUNDS..=MOST_ROUNDS).contains(rounds));
        let rounds = rounds.and_then(NonZeroU32::new).ok_or("a number of rounds that we refuse")?;

        let hash = self.hash;
        let password = hash.password(self.user, self.password)?;
        let salted = stretched.get(hash, &password, &salt, rounds);
        let client_key = hash.mac(&salted, b"Client Key");
        let unproved = format!("c=biws,r={nonce}");
        let whole = format!("{},{first},{unproved}", self.bare);
        let signature = hash.mac(&hash.digest(&client_key), whole.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        let server = hash.mac(&hash.mac(&salted, b"Server Key"), whole.as_bytes());
        let last = format!("{unproved},p={}", BASE64.encode(proof));
        Ok((Proved { signature: BASE64.encode(server) }, last))
    }
}

impl Proved {
    /// Whether the server knows the password too.
    pub(super) fn check(&self, last: &str) -> Result<(), String> {
        if field(last, 'v') == Some(self.signature.as_str()) {
            Ok(())
        } else {
            Err("the server does not prove that it knows the password".to_owned())
        }
    }
}

fn field(message: &str, name: char) -> Option<&str> {
    message.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7677, section 3.
    #[test]
    fn the_published_conversation_is_spoken_word_by_word() {
        let nonce = BASE64.decode("rOprNGfwEbeRWgbNEkqO").unwrap();
        let (opened, first) = open(Hash::Sha256, "user", "pencil", &nonce);
        assert_eq!(first, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let (proved, last) = opened
            .prove(
                "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                &Stretched::default(),
            )
            .unwrap();
        assert_eq!(
            last,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert_eq!(proved.check("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), Ok(()));
        assert!(proved.check("v=AAAA").is_err());
    }

    #[test]
    fn a_server_that_does_not_use_our_nonce_is_refused() {
        let (opened, _) = open(Hash::Sha1, "user", "pencil", b"abc");
        assert!(opened.prove("r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=10000", &Stretched::default()).is_err());
    }
}
