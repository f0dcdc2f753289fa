//! Markdown of updates and postmortems, made into HTML that can do no harm: rendered as CommonMark,
//! then held against a short allow-list. Everything foreign goes through here or is escaped.
//!
//! Images are never loaded: a reader's address is nobody's business. Headings are moved below those of
//! the page. Lengths, depths and numbers of tags are bounded.

use crate::view::html::{Html, link_target};
use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, TextMergeStream};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

/// Longest text that is rendered, in bytes; what is beyond is cut and said to be.
const LENGTH_LIMIT: usize = 64 * 1024;
/// Deepest nesting of lists and quotes; deeper ones are flattened, because browsers and sanitisers slow
/// down with depth.
const DEPTH_LIMIT: usize = 12;
/// Most raw tags in one text; in a text with more they are shown as the letters that they are.
const TAG_LIMIT: usize = 400;

/// How a text stands in its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// An update: its line ends are line ends, its headings are level 4 and below.
    Update,
    /// A document: lines flow, its headings are level 3 and below.
    Document,
}

/// What every link says of where it leads.
const REL: &str = "noopener noreferrer nofollow external";

static ALLOWED: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags = [
        "p",
        "br",
        "hr",
        "strong",
        "b",
        "em",
        "i",
        "s",
        "del",
        "code",
        "pre",
        "ul",
        "ol",
        "li",
        "blockquote",
        "a",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "sup",
        "sub",
    ];
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(tags))
        .clean_content_tags(HashSet::from([
            "script", "style", "iframe", "object", "template", "noscript", "title",
        ]))
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some(REL));
    builder
});

/// Renders foreign Markdown.
pub fn render(text: &str, place: Place) -> Html {
    let (text, cut) = shorten(text);
    let text = &unescape_headings(text);
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let levels = heading_levels(text, options);
    let raw_tags = text.matches('<').count() <= TAG_LIMIT;
    let mut writer = Writer { place, levels, raw_tags, depth: 0, skipped: Vec::new(), in_link: 0 };
    let mut events = Vec::new();
    for event in TextMergeStream::new(Parser::new_ext(text, options)) {
        writer.translate(event, &mut events);
    }
    let mut html = String::with_capacity(text.len() * 2);
    pulldown_cmark::html::push_html(&mut html, events.into_iter());
    let mut clean = drop_links_to_nowhere(&ALLOWED.clean(&html).to_string());
    if cut {
        clean.push_str("<p class=\"cutoff\">The text goes on; it was cut here because of its length.</p>");
    }
    Html(clean)
}

/// Of a link whose target was refused only the words stay. Links never stand inside one another, so that the next end
/// is its own.
fn drop_links_to_nowhere(html: &str) -> String {
    let begin = format!("<a rel=\"{REL}\">");
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, link)) = rest.split_once(&begin) {
        let (words, after) = link.split_once("</a>").unwrap_or((link, ""));
        kept.push_str(before);
        kept.push_str(words);
        rest = after;
    }
    kept + rest
}

/// The first words of a text without any markup, for lists and descriptions.
pub fn plain(text: &str, limit: usize) -> String {
    let (text, _) = shorten(text);
    let mut plain = String::new();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Text(words) | Event::Code(words) => plain.push_str(&words),
            Event::SoftBreak | Event::HardBreak => plain.push(' '),
            Event::End(tag) if !is_inline(tag) => plain.push(' '),
            Event::InlineHtml(tag) if is_line_break(&tag) => plain.push(' '),
            _ => {}
        }
        if plain.len() > limit * 8 {
            break;
        }
    }
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if plain.chars().count() <= limit {
        return plain;
    }
    let cut: String = plain.chars().take(limit).collect();
    let whole_words = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{whole_words} …")
}

fn shorten(text: &str) -> (&str, bool) {
    if text.len() <= LENGTH_LIMIT {
        return (text, false);
    }
    (&text[..text.floor_char_boundary(LENGTH_LIMIT)], true)
}

/// Some platforms escape the signs of a heading (`\# What happened`, `## \# Report`) when they convert what
/// their users typed. A line that begins so is meant as a heading.
fn unescape_headings(text: &str) -> Cow<'_, str> {
    if !text.contains("\\#") {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive('\n').map(|line| {
        let words = line.trim_start_matches(['#', '\\', ' ']);
        let signs = &line[..line.len() - words.len()];
        // Three spaces at most begin a heading; what follows the signs must be set off by one.
        let is_heading = signs.contains("\\#") && signs.ends_with(' ') && !signs.starts_with("    ");
        let level = signs.matches('#').count() - usize::from(signs.trim_start().starts_with('#'));
        if is_heading { format!("{} {words}", "#".repeat(level.clamp(1, 6))) } else { line.to_owned() }
    });
    Cow::Owned(lines.collect())
}

/// The levels that a text uses, so that they can be closed up: a text that begins at level 4 and goes to
/// 6 begins where it stands and skips none.
fn heading_levels(text: &str, options: Options) -> Vec<HeadingLevel> {
    let levels: BTreeSet<HeadingLevel> = Parser::new_ext(text, options)
        .filter_map(|event| match event {
            Event::Start(Tag::Heading { level, .. }) => Some(level),
            _ => None,
        })
        .collect();
    levels.into_iter().collect()
}

fn is_inline(tag: TagEnd) -> bool {
    matches!(tag, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image)
}

fn is_line_break(tag: &str) -> bool {
    let tag = tag.trim().trim_start_matches('<').trim_end_matches('>').trim_end_matches('/');
    tag.trim().eq_ignore_ascii_case("br")
}

struct Writer {
    place: Place,
    levels: Vec<HeadingLevel>,
    raw_tags: bool,
    depth: usize,
    /// Tags that are open and were not written.
    skipped: Vec<bool>,
    in_link: usize,
}

impl Writer {
    fn translate<'a>(&mut self, event: Event<'a>, out: &mut Vec<Event<'a>>) {
        match event {
            Event::Start(tag) => self.start(tag, out),
            Event::End(tag) => self.end(tag, out),
            Event::Text(text) if self.in_link == 0 => link_addresses(text, out),
            Event::InlineHtml(tag) | Event::Html(tag) if is_line_break(&tag) => out.push(Event::HardBreak),
            Event::InlineHtml(tag) | Event::Html(tag) if !self.raw_tags => out.push(Event::Text(tag)),
            Event::SoftBreak if self.place == Place::Update => out.push(Event::HardBreak),
            other => out.push(other),
        }
    }

    fn start<'a>(&mut self, tag: Tag<'a>, out: &mut Vec<Event<'a>>) {
        let tag = match tag {
            Tag::Heading { level, .. } => {
                Tag::Heading { level: self.level(level), id: None, classes: Vec::new(), attrs: Vec::new() }
            }
            other => other,
        };
        let image = matches!(tag, Tag::Image { .. });
        let nests = matches!(tag, Tag::List(_) | Tag::Item | Tag::BlockQuote(_));
        let skip = image || (nests && self.depth >= DEPTH_LIMIT);
        self.depth += usize::from(nests);
        self.in_link += usize::from(matches!(tag, Tag::Link { .. }));
        self.skipped.push(skip);
        if !skip {
            out.push(Event::Start(tag));
        }
    }

    fn end(&mut self, tag: TagEnd, out: &mut Vec<Event<'_>>) {
        let tag = match tag {
            TagEnd::Heading(level) => TagEnd::Heading(self.level(level)),
            other => other,
        };
        let nests = matches!(tag, TagEnd::List(_) | TagEnd::Item | TagEnd::BlockQuote(_));
        self.depth -= usize::from(nests);
        self.in_link -= usize::from(tag == TagEnd::Link);
        if !self.skipped.pop().unwrap_or(false) {
            out.push(Event::End(tag));
        }
    }

    fn level(&self, level: HeadingLevel) -> HeadingLevel {
        let rank = self.levels.iter().position(|used| *used == level).unwrap_or(0);
        let below = match self.place {
            Place::Document => 3,
            Place::Update => 4,
        };
        HeadingLevel::try_from(rank + below).unwrap_or(HeadingLevel::H6)
    }
}

/// Makes links of the addresses that stand naked in a text, as vendors' own pages do.
fn link_addresses<'a>(text: CowStr<'a>, out: &mut Vec<Event<'a>>) {
    if !text.contains("://") {
        return out.push(Event::Text(text));
    }
    for piece in text.split_inclusive(char::is_whitespace) {
        let begin = piece.find("https://").or_else(|| piece.find("http://")).unwrap_or(piece.len());
        let (before, address) = piece.split_at(begin);
        let closed = address.trim_end_matches(|c: char| c.is_whitespace() || ".,;:!?)]}'\"*_>".contains(c));
        let after = &address[closed.len()..];
        push_text(before, out);
        match link_target(closed) {
            Some(target) => push_link(target, out),
            None => push_text(closed, out),
        }
        push_text(after, out);
    }
}

fn push_text(text: &str, out: &mut Vec<Event<'_>>) {
    if !text.is_empty() {
        out.push(Event::Text(text.to_owned().into()));
    }
}

fn push_link(target: &str, out: &mut Vec<Event<'_>>) {
    let target: String = target.to_owned();
    out.push(Event::Start(Tag::Link {
        link_type: LinkType::Autolink,
        dest_url: target.clone().into(),
        title: "".into(),
        id: "".into(),
    }));
    out.push(Event::Text(target.into()));
    out.push(Event::End(TagEnd::Link));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn update(text: &str) -> String {
        render(text, Place::Update).to_string().trim().to_owned()
    }

    fn document(text: &str) -> String {
        render(text, Place::Document).to_string().trim().to_owned()
    }

    #[test]
    fn escapes_and_tags_of_real_feeds_are_understood() {
        let cases = [
            (r"Ticket \#12 \(PROD1\)", "<p>Ticket #12 (PROD1)</p>"),
            (r"**\[Done\]** indexes", "<p><strong>[Done]</strong> indexes</p>"),
            ("one<br />two<br>three<BR/>four", "<p>one<br>\ntwo<br>\nthree<br>\nfour</p>"),
            ("one\ntwo", "<p>one<br>\ntwo</p>"),
            ("a &amp; b &lt;x&gt;", "<p>a &amp; b &lt;x&gt;</p>"),
            ("<p>From <b>HTML</b></p>", "<p>From <b>HTML</b></p>"),
        ];
        for (text, expected) in cases {
            assert_eq!(update(text), expected, "{text}");
        }
    }

    #[test]
    fn a_heading_whose_signs_were_escaped_is_one() {
        assert_eq!(
            document("\\# What happened\n\nIt stalled."),
            "<h3>What happened</h3>\n<p>It stalled.</p>"
        );
        assert_eq!(document("## \\# Report"), "<h3>Report</h3>");
        assert_eq!(document("Ticket \\# 12"), "<p>Ticket # 12</p>");
        assert_eq!(document("\\#12 is done"), "<p>#12 is done</p>");
    }

    #[test]
    fn headings_go_below_those_of_the_page_and_skip_no_level() {
        assert_eq!(document("# A\n\n### B"), "<h3>A</h3>\n<h4>B</h4>");
        assert_eq!(document("##### A\n\n###### B"), "<h3>A</h3>\n<h4>B</h4>");
        assert_eq!(update("# A"), "<h4>A</h4>");
        let all = document("# 1\n\n## 2\n\n### 3\n\n#### 4\n\n##### 5\n\n###### 6");
        assert!(all.contains("<h6>4</h6>") && all.contains("<h6>6</h6>"), "{all}");
    }

    #[test]
    fn links_lead_to_the_web_or_to_a_mailbox_only() {
        let rel = "rel=\"noopener noreferrer nofollow external\"";
        assert_eq!(
            update("See https://status.example/a_b?c=1."),
            format!(
                "<p>See <a href=\"https://status.example/a_b?c=1\" {rel}>https://status.example/a_b?c=1</a>.</p>"
            )
        );
        assert_eq!(
            update("[x](mailto:a@b.example)"),
            format!("<p><a href=\"mailto:a@b.example\" {rel}>x</a></p>")
        );
        for bad in ["javascript:alert(1)", "data:text/html,x", "/console", "//evil.example", "vbscript:x"] {
            assert_eq!(update(&format!("[x]({bad}) and y")), "<p>x and y</p>", "{bad}");
        }
    }

    #[test]
    fn images_become_their_words() {
        assert_eq!(update("![graph of reads](https://cdn.example/a.png)"), "<p>graph of reads</p>");
        assert_eq!(update("<img src=x onerror=alert(1)>after"), "<p>after</p>");
    }

    #[test]
    fn hostile_texts_are_bounded() {
        let deep = ">".repeat(30_000) + " x";
        assert!(document(&deep).matches("<blockquote>").count() <= DEPTH_LIMIT);
        let tags = "<b>".repeat(20_000);
        assert!(document(&tags).contains("&lt;b&gt;"));
        let long = "word ".repeat(40_000);
        let html = document(&long);
        assert!(html.ends_with("because of its length.</p>") && html.len() < LENGTH_LIMIT + 200);
    }

    #[test]
    fn plain_words_are_cut_between_words() {
        assert_eq!(plain("# Hi\n\n**bold**, and `code`<br>end", 80), "Hi bold, and code end");
        assert_eq!(plain("one two three four", 10), "one two …");
    }

    /// Pieces that act somewhere: in Markdown, in HTML, or where one is taken for the other.
    const PIECES: [&str; 48] = [
        "<script>",
        "</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<a href=\"javascript:x\">",
        "<a href='https://a.example' onclick=x>",
        "<style>",
        "<iframe srcdoc=\"",
        "\">",
        "'>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?",
        "&lt;script&gt;",
        "&#x3c;",
        "&amp;",
        "[x](javascript:alert(1))",
        "[x](https://a.example \"<b>\")",
        "![x](https://a.example/a.png)",
        "[x][y]",
        "[y]: data:text/html,x",
        "<https://a.example/\"onmouseover=x>",
        "`",
        "```",
        "~~~html\n",
        "\n",
        "\n\n",
        "    ",
        "> ",
        "* ",
        "1. ",
        "# ",
        "\\# ",
        "|a|b|\n|-|-|\n",
        "**",
        "_",
        "~~",
        "\\",
        "\u{0}",
        "\u{202e}",
        "\u{2028}",
        "https://a.example/?x=<y>",
        "<b",
        "<math><mi//xlink:href=\"data:x,y\">",
        "<details open ontoggle=x>",
        "words",
    ];

    /// The tags of a text that was cleaned: between `<` and `>`, with quotes taken into account.
    fn tags(html: &str) -> Vec<String> {
        let mut tags = Vec::new();
        let mut rest = html;
        while let Some((_, from)) = rest.split_once('<') {
            let mut quoted = false;
            let end = from.char_indices().find(|(_, c)| {
                quoted ^= *c == '"';
                *c == '>' && !quoted
            });
            let end = end.map_or(from.len(), |(end, _)| end);
            tags.push(from[..end].to_owned());
            rest = &from[end..];
        }
        tags
    }

    /// Whether a tag is one of those that may be there, with nothing that acts.
    fn is_harmless(tag: &str) -> bool {
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        let known = [
            "p",
            "br",
            "hr",
            "strong",
            "b",
            "em",
            "i",
            "s",
            "del",
            "code",
            "pre",
            "ul",
            "ol",
            "li",
            "blockquote",
            "a",
            "h3",
            "h4",
            "h5",
            "h6",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "sup",
            "sub",
        ];
        let attributes = tag.get(name.len()..).unwrap_or_default();
        let plain = attributes.is_empty() || tag.starts_with('/');
        let leads_out = ["http://", "https://", "mailto:"]
            .iter()
            .any(|scheme| attributes.contains(&format!(" href=\"{scheme}")));
        known.contains(&name)
            && match name {
                "a" => {
                    plain
                        || (leads_out
                            && attributes.contains(REL)
                            && attributes.matches('=').count() >= 2
                            && !attributes.contains(" on"))
                }
                "ol" => plain || attributes.starts_with(" start=\""),
                "p" => plain || attributes == " class=\"cutoff\"",
                _ => plain,
            }
    }

    proptest! {
        #[test]
        fn of_whatever_text_only_harmless_tags_are_left(
            pieces in vec(prop_oneof![5 => select(PIECES.to_vec()).prop_map(str::to_owned), 1 => any::<String>()], 0..24)
        ) {
            let text = pieces.concat();
            for place in [Place::Update, Place::Document] {
                let html = render(&text, place).to_string();
                for tag in tags(&html) {
                    prop_assert!(is_harmless(&tag), "`{}` in {}", tag, html);
                }
            }
            prop_assert!(plain(&text, 40).chars().count() <= 42);
        }
    }

    #[test]
    fn a_tag_that_acts_is_told_from_one_that_does_not() {
        for bad in
            ["script", "img src=x", "a href=\"javascript:x\"", "b onclick=\"x\"", "!--", "p style=\"x\""]
        {
            assert!(!is_harmless(bad), "{bad}");
        }
        assert!(is_harmless("/p") && is_harmless(&format!("a href=\"https://a.example\" rel=\"{REL}\"")));
    }
}
