//! A strict reader of the HTML that we write: it refuses what a browser would have to guess about, so
//! that what it sees is what a browser sees.

/// Elements without an end.
const VOID: [&str; 6] = ["meta", "link", "input", "br", "hr", "img"];

/// One element.
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// Its tag as it stands, for messages.
    pub(crate) source: String,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// All elements in the order in which they begin.
pub(crate) struct Document {
    pub(crate) elements: Vec<Element>,
}

impl Document {
    /// Reads a document; the error says what is not well formed.
    pub(crate) fn parse(html: &str) -> Result<Self, String> {
        let mut elements = Vec::new();
        let mut open: Vec<String> = Vec::new();
        let mut rest = html.strip_prefix("<!doctype html>").ok_or("no doctype")?;
        while let Some(begin) = rest.find('<') {
            plain(&rest[..begin])?;
            let (tag, after) = tag(&rest[begin + 1..])?;
            rest = after;
            if let Some(name) = tag.strip_prefix('/') {
                let expected = open.pop().ok_or_else(|| format!("</{name}> ends nothing"))?;
                if expected != name {
                    return Err(format!("</{name}> where <{expected}> should end"));
                }
                continue;
            }
            let element = element(tag)?;
            if !VOID.contains(&element.name.as_str()) && !tag.ends_with('/') {
                open.push(element.name.clone());
            }
            elements.push(element);
        }
        plain(rest)?;
        if open.is_empty() { Ok(Self { elements }) } else { Err(format!("never ended: {open:?}")) }
    }
}

/// Text between tags: every ampersand begins a reference.
fn plain(text: &str) -> Result<(), String> {
    if text.contains('>') {
        return Err(format!("a bare `>` in {text:?}"));
    }
    for piece in text.split('&').skip(1) {
        let name = piece.split(';').next().unwrap_or_default();
        let well_formed = name.len() < 10 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#');
        if !well_formed || !piece.contains(';') {
            return Err(format!("a bare `&` before {piece:?}"));
        }
    }
    Ok(())
}

/// The inside of a tag, up to the `>` that is not within quotes, and what follows.
fn tag(text: &str) -> Result<(&str, &str), String> {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return Ok((&text[..at], &text[at + 1..])),
            '<' => return Err(format!("`<` within <{}", &text[..at])),
            _ => {}
        }
    }
    Err(format!("a tag that never ends: {}", text.chars().take(40).collect::<String>()))
}

fn element(tag: &str) -> Result<Element, String> {
    let source = format!("<{tag}>");
    let inside = tag.strip_suffix('/').unwrap_or(tag).trim_end();
    let (name, mut rest) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        return Err(format!("not a name: {source}"));
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let end = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
        let (attribute, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix('=') {
            Some(value) => {
                let value = value.strip_prefix('"').ok_or_else(|| format!("not quoted: {source}"))?;
                value.split_once('"').ok_or_else(|| format!("not ended: {source}"))?
            }
            None => ("", after),
        };
        if !(after.is_empty() || after.starts_with(char::is_whitespace)) {
            return Err(format!("attributes run together: {source}"));
        }
        if attributes.iter().any(|(other, _)| other == attribute) {
            return Err(format!("an attribute is doubled: {source}"));
        }
        plain(value)?;
        attributes.push((attribute.to_owned(), value.to_owned()));
        rest = after;
    }
    Ok(Element { name: name.to_owned(), attributes, source })
}

/// The words of a page, one line for each block, as somebody reads them without style.
pub(crate) fn text_of(html: &str) -> String {
    let body = html.split_once("<main").map_or(html, |(_, main)| main);
    let body = body.split_once("</footer>").map_or(body, |(body, _)| body);
    let mut text = String::new();
    for piece in body.split('<').skip(1) {
        let (tag, words) = piece.split_once('>').unwrap_or((piece, ""));
        let name = tag
            .trim_start_matches('/')
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        let inline = [
            "b", "strong", "em", "a", "time", "small", "code", "ins", "del", "option", "span", "use", "path",
            "svg", "line", "rect",
        ];
        text.push(if inline.contains(&name) { ' ' } else { '\n' });
        text.push_str(words);
    }
    let text = [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text, |text, (escaped, plain)| text.replace(escaped, plain));
    let one_space = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let close_up =
        |line: String| [",", ".", ":"].iter().fold(line, |line, c| line.replace(&format!(" {c}"), c));
    let lines = text.lines().map(one_space).map(close_up);
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_reader_refuses_what_is_not_well_formed() {
    let wrap = |body: &str| format!("<!doctype html><p>{body}</p>");
    assert!(Document::parse(&wrap("x <b>y</b> &amp; z <br>")).is_ok());
    for bad in [
        "<b>",
        "</b>",
        "<b><i></b></i>",
        "a & b",
        "a > b",
        "<a href=x>y</a>",
        "<a href=\"x\"y>z</a>",
        "<a a=\"1\" a=\"2\">z</a>",
    ] {
        assert!(Document::parse(&wrap(bad)).is_err(), "{bad}");
    }
}
