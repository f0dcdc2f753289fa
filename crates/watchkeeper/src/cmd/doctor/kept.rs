//! What is kept as files: pages, as the database knows of them, and the archive, which is asked.

use super::{Finding, ill, well};
use crate::archive::Archive;
use crate::config::Config;
use crate::config::place::Place;
use store::Store;

/// Each page that is kept as files.
pub(super) async fn pages(config: &Config, store: &Store) -> Vec<Finding> {
    let places = config.pages.iter().filter_map(|page| Some((page, page.copy_to.as_ref()?)));
    let places: Vec<_> = places.collect();
    let copies = match store.list_copies().await {
        Ok(copies) => copies,
        Err(error) if places.is_empty() => {
            tracing::debug!(%error, "nothing is kept as files");
            return Vec::new();
        }
        Err(error) => {
            let do_this = "start `watchkeeper serve` once: it brings the database to this release";
            return vec![ill(
                "pages as files".to_owned(),
                error.to_string(),
                "it is not known how old they are",
                do_this,
            )];
        }
    };
    let finding = |(page, place): (&crate::config::PageConfig, &Place)| {
        let what = format!("files of page `{}` in {place}", page.slug);
        let copy = copies.iter().find(|copy| copy.page == page.slug.as_str());
        match copy.map(|copy| (copy.failure.as_ref(), copy.copied_at)) {
            Some((Some((since, why)), last)) => {
                let last = last.map_or("never written".to_owned(), |at| format!("as of {at}"));
                let so_what = format!("since {since} the files are old: {last}");
                ill(what, why.clone(), so_what, "mend what is named; it is tried again every minute")
            }
            Some((None, Some(at))) => well(format!("{what}, as of {at}")),
            _ => ill(
                what,
                "they were never written".to_owned(),
                "nobody finds the page there",
                "start `watchkeeper serve`, or run `watchkeeper page export`",
            ),
        }
    };
    places.into_iter().map(finding).collect()
}

/// The archive: whether it can be read. A folder that is not there is made with the first evidence.
pub(super) async fn archive(config: &Config) -> Finding {
    let place = &config.archive.to;
    let what = format!("archive {place}");
    if matches!(place, Place::Folder(folder) if !folder.exists()) {
        return well(format!("{what}, empty"));
    }
    let listed = async { Archive::open(place, &config.fetch)?.list("evidence").await };
    match listed.await {
        Ok(kept) => well(format!("{what}, {} files of evidence", kept.len())),
        Err(error) => ill(
            what,
            format!("{error:#}"),
            "evidence of the next incident is lost",
            "check `archive.to` and its keys; an `endpoint` inside your network must stand under `fetch.allow_hosts`",
        ),
    }
}
