//! Files in a folder or a bucket: evidence of incidents, and pages as files.
//!
//! `object_store` knows the protocols of the vendors; what it sends goes through our own client, so that its addresses
//! are vetted like all others. Never holds more of an object in memory than `MOST_BYTES`, and no message of it repeats
//! a key or the query of an address, where some vendors want theirs.

mod speaker;

use crate::config::FetchConfig;
use crate::config::place::{Bucket, Place, Vendor};
use crate::http::Fetcher;
use anyhow::{Context as _, anyhow};
use axum::body::Bytes;
use futures_util::TryStreamExt as _;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{Attribute, Attributes, ObjectStore, ObjectStoreExt as _, PutOptions, RetryConfig};
use sha2::{Digest as _, Sha256};
use speaker::Speaker;
use std::sync::Arc;
use std::time::Duration;

/// Largest object, in bytes. A bundle of evidence is a tenth of it.
const MOST_BYTES: u64 = 64_000_000;
/// Longest time for one request: [`MOST_BYTES`] at half a megabyte a second.
const REQUEST: Duration = Duration::from_mins(2);
/// For how long a request that failed is tried again; whoever asked tries again later, too.
const RETRY_FOR: Duration = Duration::from_secs(20);
/// Letters of an error that are repeated: vendors answer with pages of XML.
const ERROR_LETTERS: usize = 400;

/// A folder or a bucket.
#[derive(Clone, Debug)]
pub struct Archive {
    store: Arc<dyn ObjectStore>,
    place: Place,
}

/// A file in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its path.
    pub path: String,
    /// Its length, in bytes.
    pub bytes: u64,
}

impl Archive {
    /// Opens it; a folder is made if need be. Asks nobody.
    pub fn open(place: &Place, fetch: &FetchConfig) -> anyhow::Result<Self> {
        let store = match place {
            Place::Folder(folder) => {
                std::fs::create_dir_all(folder)
                    .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
                let local = LocalFileSystem::new_with_prefix(folder).map_err(|error| told(&error))?;
                Arc::new(local.with_fsync(true).with_automatic_cleanup(true)) as Arc<dyn ObjectStore>
            }
            Place::Bucket(bucket) => {
                let limits = FetchConfig { max_body: MOST_BYTES, total_timeout: REQUEST, ..fetch.clone() };
                let store = opened(bucket, Speaker(Fetcher::new(&limits)?)).map_err(|error| told(&error));
                let store = store.with_context(|| format!("cannot use `{place}`"))?;
                match bucket.folder() {
                    "" => store,
                    folder => Arc::new(PrefixStore::new(store, folder)),
                }
            }
        };
        Ok(Self { store, place: place.clone() })
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Keeps a file under a path, whole or not at all. What was there is replaced.
    pub async fn put(&self, path: &str, bytes: Bytes, media_type: &'static str) -> anyhow::Result<()> {
        let mut options = PutOptions::default();
        if matches!(self.place, Place::Bucket(_)) {
            options.attributes = Attributes::from_iter([(Attribute::ContentType, media_type)]);
        }
        let put = self.store.put_opts(&parsed(path)?, bytes.into(), options).await;
        put.map(drop).map_err(|error| told(&error)).with_context(|| self.about("keep", path))
    }

    /// A file; nothing where there is none.
    pub async fn load(&self, path: &str) -> anyhow::Result<Option<Bytes>> {
        let got = match self.store.get(&parsed(path)?).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            got => got.map_err(|error| told(&error)).with_context(|| self.about("read", path))?,
        };
        anyhow::ensure!(got.meta.size <= MOST_BYTES, "`{path}` is larger than {MOST_BYTES} bytes");
        Ok(Some(got.bytes().await.map_err(|error| told(&error)).with_context(|| self.about("read", path))?))
    }

    /// The files in a folder and below, by path.
    pub async fn list(&self, folder: &str) -> anyhow::Result<Vec<Kept>> {
        let listed = self.store.list(Some(&parsed(folder)?));
        let kept = listed.map_ok(|meta| Kept { path: meta.location.to_string(), bytes: meta.size });
        let mut all: Vec<Kept> = kept
            .try_collect()
            .await
            .map_err(|error| told(&error))
            .with_context(|| self.about("list", folder))?;
        all.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(all)
    }

    /// Takes a file away; whether it was there.
    pub async fn remove(&self, path: &str) -> anyhow::Result<bool> {
        match self.store.delete(&parsed(path)?).await {
            Ok(()) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(told(&error)).with_context(|| self.about("take away", path)),
        }
    }

    fn about(&self, verb: &str, path: &str) -> String {
        format!("cannot {verb} `{path}` in `{}`", self.place)
    }
}

/// The SHA-256 of a file, in hexadecimal digits.
pub fn hash(bytes: &[u8]) -> String {
    web::rendered::hex(&Sha256::digest(bytes))
}

fn opened(bucket: &Bucket, speaker: Speaker) -> object_store::Result<Arc<dyn ObjectStore>> {
    let name = bucket.url.host_str().unwrap_or_default();
    let retry = RetryConfig { max_retries: 3, retry_timeout: RETRY_FOR, ..RetryConfig::default() };
    Ok(match bucket.vendor {
        Vendor::S3 => {
            // One file is taken away at a time, and not everything that speaks S3 takes a list.
            let mut builder = AmazonS3Builder::new()
                .with_bucket_name(name)
                .with_config(AmazonS3ConfigKey::DisableBulkDelete, "true");
            for (key, value) in &bucket.settings {
                builder = builder.with_config(key.parse()?, value);
            }
            Arc::new(builder.with_http_connector(speaker).with_retry(retry).build()?)
        }
        Vendor::Gcs => {
            let mut builder = GoogleCloudStorageBuilder::new().with_bucket_name(name);
            for (key, value) in &bucket.settings {
                builder = match key.as_str() {
                    "base_url" => builder.with_base_url(value),
                    _ => builder.with_config(key.parse()?, value),
                };
            }
            Arc::new(builder.with_http_connector(speaker).with_retry(retry).build()?)
        }
        Vendor::Azure => {
            let mut builder = MicrosoftAzureBuilder::new().with_container_name(name);
            for (key, value) in &bucket.settings {
                builder = builder.with_config(key.parse()?, value);
            }
            Arc::new(builder.with_http_connector(speaker).with_retry(retry).build()?)
        }
    })
}

fn parsed(path: &str) -> anyhow::Result<Path> {
    Path::parse(path).map_err(|_| anyhow!("`{path}` is not a path in an archive"))
}

/// What went wrong, without the queries of addresses and at bearable length.
fn told(error: &object_store::Error) -> anyhow::Error {
    let text = error.to_string();
    let words = text.split_whitespace().map(|word| match word.split_once('?') {
        Some((address, _)) if address.contains("://") => address,
        _ => word,
    });
    let text = words.collect::<Vec<_>>().join(" ");
    anyhow!(text.chars().take(ERROR_LETTERS).collect::<String>())
}
