//! How a page looks: a logo and two colours. Colours are only taken where words stay readable on them (WCAG
//! AA); the style of a page is a file of its own, because no style may stand inside a document.

use std::fmt;

/// How a page looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// The picture beside the name.
    pub logo: Option<Logo>,
    /// Colour of links and marks.
    pub accent: Option<Colour>,
    /// Colour behind everything.
    pub background: Option<Colour>,
}

/// A picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Logo {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Value of `content-type`.
    pub content_type: &'static str,
}

impl fmt::Debug for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logo({}, {} bytes)", self.content_type, self.bytes.len())
    }
}

/// A colour, `#1a6f3c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}
