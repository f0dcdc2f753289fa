//! Making copies of a database file and putting them back. A file appears under its name only when it is whole,
//! sound and on the disk.
//!
//! Never overwrites anything.

use super::{Outcome, address, file_of, look};
use crate::cmd::{Failure, terminal};
use crate::config::storage::Storage;
use anyhow::{Context as _, anyhow};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use store::{Ledger, Store};
use tokio::time::Instant;

/// Copies the database that is in use.
pub(super) async fn create(storage: &Storage, to: &Path) -> Result<Outcome, Failure> {
    let began = Instant::now();
    let from = file_of(storage)?;
    let ledger = appear(to, async |part| copy(from, part).await).await?;
    outcome("copied", to, ledger, began)
}

/// Puts a copy where the database should be.
pub(super) async fn restore(storage: &Storage, from: &Path) -> Result<Outcome, Failure> {
    let began = Instant::now();
    let to = file_of(storage)?;
    let ledger = appear(to, async |part| {
        let mut source = File::open(from).with_context(|| format!("cannot read `{}`", from.display()))?;
        let bar = terminal::progress_bytes(source.metadata()?.len());
        let mut target = OpenOptions::new().write(true).open(part)?;
        std::io::copy(&mut bar.wrap_read(&mut source), &mut target)?;
        bar.finish_and_clear();
        Ok(target.sync_all()?)
    });
    outcome("restored", to, ledger.await?, began)
}

/// Copies, restores and opens as the server would, in a folder that goes afterwards.
pub(super) async fn drill(storage: &Storage) -> Result<Outcome, Failure> {
    let began = Instant::now();
    let from = file_of(storage)?;
    let folder = Folder::beside(from)?;
    let backup = folder.0.join("backup.db");
    let copied = create(storage, &backup).await?;
    let restored = folder.0.join("watchkeeper.db");
    let ledger = restore(&Storage::Sqlite(restored.clone()), &backup).await?.ledger;
    if ledger != copied.ledger {
        return Err(Failure::Failed(anyhow!("the restored database holds something else than the copy")));
    }
    let opened = Store::open(&address(&restored), "drill").await.context("cannot open the restored copy")?;
    let writes = opened.ping().await;
    opened.close().await;
    writes.context("the restored copy takes no writes")?;
    outcome("drilled", from, ledger, began)
}

fn outcome(what: &'static str, file: &Path, ledger: Ledger, began: Instant) -> Result<Outcome, Failure> {
    let bytes = fs::metadata(file).with_context(|| format!("cannot see `{}`", file.display()))?.len();
    let file = file.display().to_string();
    Ok(Outcome { what, file, bytes: Some(bytes), ledger, took: began.elapsed() })
}

/// Fills a file beside the one that is wanted, looks whether it is sound, and only then gives it its name.
async fn appear(to: &Path, fill: impl AsyncFnOnce(&Path) -> anyhow::Result<()>) -> Result<Ledger, Failure> {
    if to.exists() {
        let error = anyhow!("`{}` is there already; move it away, or name another file", to.display());
        return Err(Failure::NotUnderstood(error));
    }
    let mut part = to.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    // Nobody else may read it: it holds hashes of tokens and the addresses of subscribers.
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part);
    drop(made.with_context(|| format!("cannot create `{}`", part.display()))?);
    let filled = async {
        fill(&part).await?;
        let store = Store::open_for_reading(&address(&part)).await.context("cannot open the copy")?;
        let looked = look(&store).await;
        store.close().await;
        let ledger = looked?;
        fs::rename(&part, to).with_context(|| format!("cannot name the copy `{}`", to.display()))?;
        File::open(to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))?
            .sync_all()?;
        anyhow::Ok(ledger)
    };
    let filled = filled.await;
    if filled.is_err() {
        // What is left of a failed copy only takes place.
        let _ = fs::remove_file(&part);
    }
    Ok(filled?)
}

async fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let name = from.display();
    let store = Store::open_for_reading(&address(from)).await;
    let store = store.with_context(|| format!("cannot open `{name}`"))?;
    let bar = terminal::progress();
    bar.set_message(format!("copying {name}"));
    let to = to.to_str().context("the name of the copy is no UTF-8")?;
    let copied = store.backup(to).await.context("cannot copy the database");
    store.close().await;
    bar.finish_and_clear();
    copied
}

/// A folder that goes with its value.
struct Folder(PathBuf);

impl Folder {
    fn beside(file: &Path) -> anyhow::Result<Self> {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".drill-{}", std::process::id()));
        let folder = Self(PathBuf::from(name));
        fs::create_dir(&folder.0).with_context(|| format!("cannot create `{}`", folder.0.display()))?;
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "a folder of the drill is left");
        }
    }
}
