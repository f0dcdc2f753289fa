//! Identifiers. They are made from what is known (a hash) or handed in; this module draws no random
//! numbers.

use sha2::{Digest, Sha256};
use std::fmt;

/// Letters of public identifiers: Crockford's base 32, which leaves out those that look alike.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Twelve letters of five bits, the length people know from vendors' pages.
const LENGTH: usize = 12;

/// Twelve letters from 60 bits.
pub(crate) fn letters(entropy: u64) -> String {
    let letter = |i: usize| char::from(ALPHABET[usize::from((entropy >> (5 * i)).to_le_bytes()[0] & 31)]);
    (0..LENGTH).map(letter).collect()
}

/// Whether a text is twelve letters of the alphabet.
pub(crate) fn is_letters(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|b| ALPHABET.contains(&b))
}

/// What a name of a source and a name within it always make.
pub(crate) fn hash(source: &str, name: &str) -> u64 {
    let mut hash = Sha256::new();
    hash.update(source.as_bytes());
    hash.update([0]);
    hash.update(name.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let mut entropy = [0; 8];
    entropy.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(entropy)
}

/// Twelve letters that always stand for this name among those of its kind: an identifier for what has a name
/// only.
pub fn of_name(kind: &str, name: &str) -> String {
    letters(hash(kind, name))
}

/// Public identifier of an incident: twelve letters, safe in a URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IncidentId(String);

impl IncidentId {
    /// The identifier of a vendor's incident. The same vendor and the same external id give the same
    /// identifier on every node and after every restart, so that a doubled observation cannot double
    /// an incident.
    pub fn of_vendor(vendor: &Slug, external_id: &str) -> Self {
        Self(letters(hash(vendor.as_str(), external_id)))
    }

    /// The identifier of an incident of our own that was told elsewhere before: moving over twice makes it
    /// once.
    pub fn of_import(environment: &Slug, external_id: &str) -> Self {
        Self(letters(hash(&format!("import {environment}"), external_id)))
    }

    /// The identifier of one occurrence of a maintenance that recurs: every node announces the same one, once.
    pub fn of_occurrence(recurrence: &str, day: jiff::civil::Date) -> Self {
        Self(letters(hash(&format!("recurrence {recurrence}"), &day.to_string())))
    }

    /// The identifier of the incident that a held command opens.
    pub fn of_held(held: &str) -> Self {
        Self(letters(hash("held", held)))
    }

    /// The identifier of an incident of our own, from 60 bits of randomness drawn by the caller.
    pub fn from_entropy(entropy: u64) -> Self {
        Self(letters(entropy))
    }

    /// Reads an identifier back, from a URL or a row. `None` if it is not twelve letters of the alphabet.
    pub fn parse(text: &str) -> Option<Self> {
        is_letters(text).then(|| Self(text.to_owned()))
    }

    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name made fit for a URL: lower-case letters, digits and single hyphens, 1 to 64 of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

impl Slug {
    /// Makes a slug from a display name (`Kustomer (PROD 1)` → `kustomer-prod-1`). A name without a
    /// single letter or digit of ASCII has no slug.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut slug = String::new();
        for c in name.chars() {
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.truncate(64);
        let slug = slug.trim_end_matches('-');
        (!slug.is_empty()).then(|| Self(slug.to_owned()))
    }

    /// Reads a slug back; `None` if the text is not already one.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_name(text).filter(|slug| slug.0 == text)
    }

    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a component is called by its source: the vendor's own id where it has one, else the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ComponentKey(pub String);

impl fmt::Display for ComponentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slug_of_a_name_is_stable_and_url_safe() {
        let slug = |name: &str| Slug::from_name(name).map(|s| s.to_string());
        assert_eq!(slug("  Kustomer (PROD 1) ").as_deref(), Some("kustomer-prod-1"));
        assert_eq!(slug("—"), None);
        assert_eq!(Slug::parse("a--b"), None);
    }

    #[test]
    fn vendor_incident_has_the_same_id_every_time_and_reads_back() {
        let vendor = Slug::from_name("acme").expect("slug");
        let id = IncidentId::of_vendor(&vendor, "x1");
        assert_eq!(id, IncidentId::of_vendor(&vendor, "x1"));
        assert_ne!(id, IncidentId::of_vendor(&vendor, "x2"));
        assert_eq!(IncidentId::parse(id.as_str()), Some(id));
        assert_eq!(IncidentId::parse("../../etc"), None);
    }
}
