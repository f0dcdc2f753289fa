//! Character references: numbers and the names that feeds use.
//!
//! Only characters come out of it. What a document declares as an entity is never expanded.

use std::borrow::Cow;

/// The names of U+00A0 to U+00FF, in order.
const LATIN_1: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo",
    "not", "shy", "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot",
    "cedil", "sup1", "ordm", "raquo", "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc",
    "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute",
    "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash",
    "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave", "aacute", "acirc", "atilde",
    "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc",
    "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml", "divide", "oslash", "ugrave",
    "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

/// Other names that occur in what people write.
const OTHERS: [(&str, char); 37] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("hellip", '…'),
    ("bull", '•'),
    ("trade", '™'),
    ("euro", '€'),
    ("larr", '←'),
    ("uarr", '↑'),
    ("rarr", '→'),
    ("darr", '↓'),
    ("harr", '↔'),
    ("check", '✓'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("zwnj", '\u{200C}'),
    ("zwj", '\u{200D}'),
    ("le", '≤'),
    ("ge", '≥'),
    ("ne", '≠'),
    ("asymp", '≈'),
    ("minus", '−'),
    ("infin", '∞'),
    ("dagger", '†'),
    ("permil", '‰'),
    ("prime", '′'),
];

/// The longest reference looked for, such as `&#1114111;`.
const LONGEST: usize = 12;

/// The character of that name.
fn named(name: &str) -> Option<char> {
    let latin = || {
        let position = LATIN_1.iter().position(|known| *known == name)?;
        char::from_u32(0xA0 + u32::try_from(position).ok()?)
    };
    OTHERS.iter().find(|(known, _)| *known == name).map(|(_, c)| *c).or_else(latin)
}

/// The character of a number such as `#8211` or `#x2013`; U+FFFD if there is none of that number.
fn numbered(reference: &str) -> Option<char> {
    let digits = reference.strip_prefix('#')?;
    let number = match digits.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    let c = char::from_u32(number.ok()?).filter(|c| !c.is_control() || c.is_whitespace());
    Some(c.unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// A text with its character references replaced; unknown ones stay as they are.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.bytes().take(LONGEST).position(|byte| byte == b';');
        match end.and_then(|end| numbered(&rest[..end]).or_else(|| named(&rest[..end])).map(|c| (c, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_become_characters_and_unknown_ones_stay() {
        assert_eq!(decode("a &amp; b &#8211; &#x2013; &eacute;&yuml;&nbsp;"), "a & b – – éÿ\u{A0}");
        assert_eq!(decode("AT&T &bomb; &#xD800; &#0; &"), "AT&T &bomb; \u{FFFD} \u{FFFD} &");
        assert_eq!(decode("&amp;lt;"), "&lt;");
    }
}
