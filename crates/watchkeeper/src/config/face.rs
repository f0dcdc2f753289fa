//! The face of a page: its colours, which must be readable, and its logos.
//!
//! This module never changes what was chosen: it says which shade would do.

use super::reader::{Table, Value};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use web::colour::{Colour, Ground, LEAST_CONTRAST};
use web::face::{Face, Picture};

/// The keys `accent`, `accent_dark`, `logo` and `logo_dark`.
pub(super) fn read(table: &Table<'_>) -> Face {
    let colour = |key: &str, ground| table.value(key).and_then(|value| colour(&value, ground));
    let logo = |key: &str| table.value(key).and_then(|value| logo(&value, &table.surroundings().folder));
    let face = Face {
        accent: colour("accent", Ground::Light),
        accent_dark: colour("accent_dark", Ground::Dark),
        logo: logo("logo"),
        logo_dark: logo("logo_dark"),
    };
    for (key, without) in [("accent_dark", "accent"), ("logo_dark", "logo")] {
        if let Some(value) = table.value(key).filter(|_| table.value(without).is_none()) {
            value.wrong(format!("of no use without `{without}`"));
        }
    }
    face
}

fn colour(value: &Value<'_>, ground: Ground) -> Option<Colour> {
    let Some(colour) = Colour::parse(value.text()?) else {
        value.wrong("not a colour; write it like \"#0b5fff\"");
        return None;
    };
    if !colour.is_readable_on(ground) {
        let (contrast, page) = (colour.contrast_on(ground), name(ground));
        let shade = colour.readable_on(ground);
        value.wrong(format!(
            "hard to read on the {page} page: its contrast is {contrast:.1} where {LEAST_CONTRAST} is the least; \
             \"{shade}\" would do"
        ));
    }
    Some(colour)
}

fn name(ground: Ground) -> &'static str {
    match ground {
        Ground::Light => "light",
        Ground::Dark => "dark",
    }
}

fn logo(value: &Value<'_>, folder: &Path) -> Option<Picture> {
    let file = value.table(&["file"])?.required("file")?;
    let bytes = match load(&folder.join(file.text()?)) {
        Ok(bytes) => bytes,
        Err(error) => {
            file.wrong(format!("a file that cannot be read: {error}"));
            return None;
        }
    };
    if bytes.len() > Picture::MAX_BYTES {
        file.wrong(format!("larger than {} kB, and every reader loads it", Picture::MAX_BYTES / 1024));
        return None;
    }
    let picture = Picture::read(&bytes);
    if picture.is_none() {
        file.wrong("neither SVG nor PNG nor WebP");
    }
    picture
}

/// The bytes of a file, and one more than is allowed where there are more.
fn load(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(Picture::MAX_BYTES).unwrap_or(u64::MAX) + 1;
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
