//! Colours that a team chooses for its page, and whether they can be read (WCAG 2.2, 1.4.3).

use std::fmt;

/// Least contrast of text and its ground.
pub const LEAST_CONTRAST: f64 = 4.5;
/// What text stands on where it is light: `--paper` and `--sheet` of the style sheet.
const LIGHT: [Colour; 2] = [Colour([0xf6, 0xf7, 0xf5]), Colour([0xff, 0xff, 0xff])];
/// The same where it is dark.
const DARK: [Colour; 2] = [Colour([0x0e, 0x13, 0x17]), Colour([0x15, 0x1b, 0x21])];
/// Steps from a colour to black or white, among which the nearest that can be read is found.
const STEPS: u32 = 100;

/// A colour of sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

/// Where a colour stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// On the light page.
    Light,
    /// On the dark page.
    Dark,
}

impl Colour {
    /// Reads `#0b5fff`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        plain.then_some(Self([part(0)?, part(2)?, part(4)?]))
    }

    /// The least contrast of the colour with what it stands on there, 1 to 21.
    pub fn contrast_on(self, ground: Ground) -> f64 {
        let grounds = match ground {
            Ground::Light => LIGHT,
            Ground::Dark => DARK,
        };
        grounds.into_iter().map(|other| self.contrast(other)).fold(f64::INFINITY, f64::min)
    }

    /// Whether it can be read there.
    pub fn is_readable_on(self, ground: Ground) -> bool {
        self.contrast_on(ground) >= LEAST_CONTRAST
    }

    /// The nearest shade that can be read there: darker on the light page, lighter on the dark one.
    #[must_use]
    pub fn readable_on(self, ground: Ground) -> Self {
        let end = match ground {
            Ground::Light => Self([0; 3]),
            Ground::Dark => Self([0xff; 3]),
        };
        let shades = (0..=STEPS).map(|step| self.mixed(end, step));
        shades.into_iter().find(|shade| shade.is_readable_on(ground)).unwrap_or(end)
    }

    fn mixed(self, end: Self, step: u32) -> Self {
        let mix = |(from, to): (u8, u8)| {
            let sum = u32::from(from) * (STEPS - step) + u32::from(to) * step;
            u8::try_from(sum / STEPS).unwrap_or(u8::MAX)
        };
        let [red, green, blue] = [0, 1, 2].map(|part| mix((self.0[part], end.0[part])));
        Self([red, green, blue])
    }

    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let share = f64::from(part) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_they_are_written() {
        assert_eq!(Colour::parse("#0B5fff").expect("a colour").to_string(), "#0b5fff");
        for text in ["", "0b5fff", "#0b5ff", "#0b5fff0", "#0b5ffg", "#+b5fff", "blue", "#äöü"] {
            assert_eq!(Colour::parse(text), None, "{text}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let [black, white] = ["#000000", "#ffffff"].map(|text| Colour::parse(text).expect("a colour"));
        assert!((black.contrast(white) - 21.0).abs() < 1e-9);
        let grey = Colour::parse("#767676").expect("a colour");
        assert!((grey.contrast(white) - 4.54).abs() < 0.01, "{}", grey.contrast(white));
    }

    #[test]
    fn every_colour_has_a_shade_that_can_be_read_on_either_ground() {
        for text in ["#0b5fff", "#ffdd00", "#000000", "#ffffff", "#808080", "#00ff00"] {
            let colour = Colour::parse(text).expect("a colour");
            for ground in [Ground::Light, Ground::Dark] {
                let shade = colour.readable_on(ground);
                assert!(shade.is_readable_on(ground), "{text} as {shade}");
                assert_eq!(shade == colour, colour.is_readable_on(ground), "{text} as {shade}");
            }
        }
    }

    #[test]
    fn the_grounds_are_those_of_the_style_sheet() {
        let sheet = include_str!("../static/app.css");
        for [paper, over] in [LIGHT, DARK] {
            let over = over.to_string().replace("#ffffff", "#fff");
            assert!(sheet.contains(&format!("--paper: {paper}; --sheet: {over};")), "{paper} {over}");
        }
    }
}
