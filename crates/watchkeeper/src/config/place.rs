//! Where files are kept: a folder, or a bucket of an object store with what opens it.
//!
//! This module never connects, and `Debug` shows no key.

use super::FetchConfig;
use super::reader::{Table, Value};
use super::secret;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use url::Url;

/// A folder or a bucket.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder on a disk.
    Folder(PathBuf),
    /// A bucket, or a folder in one.
    Bucket(Bucket),
}

/// A bucket of an object store.
#[derive(Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Whose object store it is.
    pub vendor: Vendor,
    /// `s3://BUCKET/FOLDER`, `gs://…`, `az://…`.
    pub url: Url,
    /// What opens it, by the names of [`Vendor::settings`].
    pub settings: BTreeMap<String, String>,
}

/// Whose object store it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// Amazon S3, and everything that speaks like it.
    S3,
    /// Google Cloud Storage.
    Gcs,
    /// Azure Blob Storage.
    Azure,
}

/// How a place is written, for the documentation of the keys that take one.
pub(super) const FORM: &str =
    "folder, `file://`, `s3://`, `gs://` or `az://` address, or `{ url, … }` with keys";

impl Vendor {
    fn of(scheme: &str) -> Option<Self> {
        match scheme {
            "s3" => Some(Self::S3),
            "gs" => Some(Self::Gcs),
            "az" => Some(Self::Azure),
            _ => None,
        }
    }

    /// What may be said of a bucket beside its address, by the names that the vendors' own programs use.
    pub fn settings(self) -> &'static [&'static str] {
        match self {
            Self::S3 => &[
                "access_key_id",
                "secret_access_key",
                "session_token",
                "region",
                "endpoint",
                "virtual_hosted_style_request",
            ],
            Self::Gcs => &["service_account_key", "base_url"],
            Self::Azure => &["account_name", "access_key", "sas_key", "endpoint"],
        }
    }
}

impl Bucket {
    /// The folder in the bucket, without slashes around it.
    pub fn folder(&self) -> &str {
        self.url.path().trim_matches('/')
    }
}

impl Place {
    /// Whether one of the two is the other, or holds it.
    pub fn is_within_or_around(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Folder(one), Self::Folder(other)) => one.starts_with(other) || other.starts_with(one),
            (Self::Bucket(one), Self::Bucket(other)) => {
                let folders = |bucket: &Bucket| PathBuf::from(bucket.folder());
                let same = one.vendor == other.vendor && one.url.host() == other.url.host();
                let (one, other) = (folders(one), folders(other));
                same && (one.starts_with(&other) || other.starts_with(&one))
            }
            _ => false,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Bucket(bucket) => bucket.url.fmt(f),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({self})")
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket({})", self.url)
    }
}

/// A place, as text or as a table with keys.
pub(super) fn read(value: &Value<'_>, table: &Table<'_>, fetch: &FetchConfig) -> Option<Place> {
    if !value.is_table() {
        return parse(value, BTreeMap::new(), table, fetch);
    }
    let known: Vec<&str> = [Vendor::S3, Vendor::Gcs, Vendor::Azure]
        .iter()
        .flat_map(|vendor| vendor.settings())
        .copied()
        .collect();
    let inner = value.table(&[&["url"], known.as_slice()].concat())?;
    let address = inner.required("url")?;
    let mut settings = BTreeMap::new();
    for name in known {
        let Some(setting) = inner.value(name) else { continue };
        let text = secret::read(&setting, table.surroundings())?.text().to_owned();
        let vendor = address.text().and_then(|text| Vendor::of(text.split(':').next().unwrap_or_default()));
        if !vendor.is_some_and(|vendor| vendor.settings().contains(&name)) {
            setting.wrong_secret("of no use for this `url`");
            return None;
        }
        settings.insert(name.to_owned(), text);
    }
    parse(&address, settings, table, fetch)
}

fn parse(
    value: &Value<'_>,
    settings: BTreeMap<String, String>,
    table: &Table<'_>,
    fetch: &FetchConfig,
) -> Option<Place> {
    let text = value.text()?;
    let folder = |path: &str| Some(Place::Folder(table.surroundings().folder.join(path)));
    let Some((scheme, _)) = text.split_once("://") else { return folder(text) };
    if scheme == "file" {
        let path = Url::parse(text).ok().and_then(|url| url.to_file_path().ok());
        if path.is_none() {
            value.wrong("not the address of a folder; write it like \"file:///srv/watchkeeper\"");
        }
        return path.map(Place::Folder);
    }
    let url = Url::parse(text).ok().filter(|url| {
        let bare = url.username().is_empty() && url.password().is_none() && url.port().is_none();
        url.has_host() && bare && url.query().is_none() && url.fragment().is_none()
    });
    let (Some(vendor), Some(url)) = (Vendor::of(scheme), url) else {
        value.wrong("neither a folder nor a bucket; write it like \"s3://bucket/folder\", with `gs` or `az` for others'");
        return None;
    };
    if let Some(endpoint) = settings.get("endpoint").or_else(|| settings.get("base_url")) {
        let guarded =
            Url::parse(endpoint).map_err(|error| format!("an `endpoint` that is no address: {error}"));
        let refused = guarded.and_then(|url| {
            fetch.allow_hosts.check(&url).map_err(|refused| {
                format!("at an `endpoint` that is {}; add it to `fetch.allow_hosts`", refused.reason)
            })
        });
        if let Err(wrong) = refused {
            value.wrong(wrong);
            return None;
        }
    }
    Some(Place::Bucket(Bucket { vendor, url, settings }))
}
