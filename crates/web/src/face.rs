//! The face of a page: the colour and the logo of the team. Both are files of the page's own, under names that
//! change with their bytes, so that nothing of them stands in a document and no other host is asked.
//!
//! Never trusts a picture: it is served so that opened by itself it can do nothing.

use crate::assets::FOLDER;
use crate::colour::{Colour, Ground};
use crate::headers::SANDBOX;
use crate::rendered::{Rendered, short_hash};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_SECURITY_POLICY;
use std::fmt;
use std::sync::Arc;

/// What a team chose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Face {
    /// Colour of links and buttons on the light page.
    pub accent: Option<Colour>,
    /// The same on the dark page; a shade of `accent` where absent.
    pub accent_dark: Option<Colour>,
    /// The logo.
    pub logo: Option<Picture>,
    /// The logo on the dark page; the same where absent.
    pub logo_dark: Option<Picture>,
}

/// A picture of a kind that browsers show.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    bytes: Arc<[u8]>,
    content_type: &'static str,
    extension: &'static str,
}

impl Picture {
    /// Largest file: it is loaded with every page.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// Knows a picture by its bytes; `None` where it is neither SVG, PNG nor WebP.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (content_type, extension) = match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => ("image/png", "png"),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => ("image/webp", "webp"),
            _ if is_svg(bytes) => ("image/svg+xml", "svg"),
            _ => return None,
        };
        Some(Self { bytes: bytes.into(), content_type, extension })
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}, {} bytes)", self.content_type, self.bytes.len())
    }
}

/// A text whose first element is `svg`; what precedes it are declarations and comments.
fn is_svg(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let end = match rest {
            it if it.starts_with("<?") => "?>",
            it if it.starts_with("<!--") => "-->",
            it if it.starts_with("<!") => ">",
            it => {
                return it
                    .strip_prefix("<svg")
                    .is_some_and(|after| after.starts_with([' ', '>', '\n', '\r', '\t']));
            }
        };
        let Some((_, after)) = rest.split_once(end) else { return false };
        rest = after.trim_start();
    }
}

/// A file of a face.
#[derive(Clone, Debug)]
pub struct FaceFile {
    /// Path under which it is served.
    pub path: String,
    /// Value of `content-type`.
    pub content_type: &'static str,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

/// Where the files of a face are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaceFiles {
    /// The style sheet.
    pub style: Option<String>,
    /// The logo.
    pub logo: Option<String>,
    /// The logo on the dark page.
    pub logo_dark: Option<String>,
}

impl Face {
    /// Where its files are.
    pub(crate) fn files(&self) -> FaceFiles {
        FaceFiles {
            style: self.style().map(|style| path(style.as_bytes(), "css")),
            logo: self.logo.as_ref().map(|logo| path(&logo.bytes, logo.extension)),
            logo_dark: self.logo_dark.as_ref().map(|logo| path(&logo.bytes, logo.extension)),
        }
    }

    /// Its files.
    pub fn contents(&self) -> Vec<FaceFile> {
        let style = self.style().map(|style| file("text/css; charset=utf-8", "css", style.as_bytes().into()));
        let logos = [&self.logo, &self.logo_dark].into_iter().flatten();
        let logos = logos.map(|logo| file(logo.content_type, logo.extension, Arc::clone(&logo.bytes)));
        style.into_iter().chain(logos).collect()
    }

    fn style(&self) -> Option<String> {
        let accent = self.accent?;
        let dark = self.accent_dark.unwrap_or_else(|| accent.readable_on(Ground::Dark));
        Some(format!(
            ":root{{--accent:{accent}}}\n\
             @media (prefers-color-scheme:dark){{:root:not([data-theme=\"light\"]){{--accent:{dark}}}}}\n\
             :root[data-theme=\"dark\"]{{--accent:{dark}}}\n"
        ))
    }
}

impl FaceFile {
    /// The file as it is answered: a picture that somebody opens by itself may do nothing.
    pub(crate) fn rendered(&self, common: &HeaderMap) -> Rendered {
        let mut headers = common.clone();
        if self.content_type.starts_with("image/") {
            headers.insert(CONTENT_SECURITY_POLICY, SANDBOX);
        }
        Rendered::of_file(self.content_type, &self.bytes, &headers)
    }
}

fn file(content_type: &'static str, extension: &str, bytes: Arc<[u8]>) -> FaceFile {
    FaceFile { path: path(&bytes, extension), content_type, bytes }
}

fn path(bytes: &[u8], extension: &str) -> String {
    format!("{FOLDER}face.{}.{extension}", short_hash(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_bytes_and_nothing_else_is_one() {
        let kind = |bytes: &[u8]| Picture::read(bytes).map(|picture| picture.content_type);
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(kind(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(kind(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), Some("image/svg+xml"));
        assert_eq!(kind(b"<?xml version=\"1.0\"?>\n<!-- ours -->\n<svg>\n</svg>"), Some("image/svg+xml"));
        for other in [&b""[..], b"GIF89a", b"<html><svg></svg></html>", b"<svgx>", b"<?xml", b"\xff\xfe<svg>"]
        {
            assert_eq!(kind(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_dark_page_gets_a_shade_that_can_be_read_on_it() {
        let face = Face { accent: Colour::parse("#0b5fff"), ..Face::default() };
        let style = face.style().expect("it has a colour");
        assert!(style.starts_with(":root{--accent:#0b5fff}\n"));
        let dark = style.rsplit_once("--accent:").and_then(|(_, rest)| rest.get(..7)).and_then(Colour::parse);
        assert!(dark.expect("a colour").is_readable_on(Ground::Dark), "{style}");
        assert_eq!(Face::default().files(), FaceFiles::default());
    }
}
