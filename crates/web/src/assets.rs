//! Style, script and icons, part of the program. Each is served under a name that holds the hash of its
//! bytes, so that it may be cached for ever and a new release is seen at once.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// Folder under which assets are served.
pub const FOLDER: &str = "/assets/";

/// One file.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Name in the source tree: `app.css`.
    pub name: &'static str,
    /// Path under which it is served: `/assets/app.1a2b3c4d5e6f.css`.
    pub path: String,
    /// Value of `content-type`.
    pub content_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

static ALL: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    vec![
        asset("app.css", "text/css; charset=utf-8", include_bytes!("../static/app.css")),
        asset("app.js", "text/javascript; charset=utf-8", include_bytes!("../static/app.js")),
        asset("console.css", "text/css; charset=utf-8", include_bytes!("../static/console.css")),
        asset("console.js", "text/javascript; charset=utf-8", include_bytes!("../static/console.js")),
        asset("passkey.js", "text/javascript; charset=utf-8", include_bytes!("../static/passkey.js")),
        asset("history.css", "text/css; charset=utf-8", include_bytes!("../static/history.css")),
        asset("queries.css", "text/css; charset=utf-8", include_bytes!("../static/queries.css")),
        asset("reads.css", "text/css; charset=utf-8", include_bytes!("../static/reads.css")),
        asset("reads.js", "text/javascript; charset=utf-8", include_bytes!("../static/reads.js")),
        asset("icon.svg", "image/svg+xml", include_bytes!("../static/icon.svg")),
    ]
});

/// Every asset.
pub fn all() -> &'static [Asset] {
    &ALL
}

/// The asset that is served under this path.
pub fn find(path: &str) -> Option<&'static Asset> {
    ALL.iter().find(|asset| asset.path == path)
}

/// The path of the asset of this name; an unknown name, which a test rules out, gives one that is not
/// served.
pub fn url(name: &str) -> &'static str {
    ALL.iter().find(|asset| asset.name == name).map_or("/assets/missing", |asset| asset.path.as_str())
}

fn asset(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Asset {
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let hash = digest[..6].iter().fold(String::new(), |mut hash, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hash, "{byte:02x}");
        hash
    });
    Asset { name, path: format!("{FOLDER}{stem}.{hash}.{extension}"), content_type, bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_under_the_path_that_pages_name() {
        for asset in all() {
            assert_eq!(find(url(asset.name)).map(|found| found.name), Some(asset.name));
            assert!(!asset.bytes.is_empty(), "{}", asset.name);
        }
        assert!(find("/assets/app.css").is_none());
    }
}
