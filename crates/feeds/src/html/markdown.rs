//! HTML fragments made CommonMark, so that updates of feeds read like those of JSON.
//!
//! Text stays text: what would mean something in Markdown is escaped. Links keep their address only if
//! it is http, https or mail. Scripts and styles are dropped, unknown tags are looked through.

use super::{Token, attribute, decode, is_block, pieces};
use url::Url;

/// Levels of lists and quotations that are indented.
const MOST_LEVELS: usize = 8;
/// Open inline elements that are kept track of.
const MOST_MARKS: usize = 32;

/// Converts a fragment. Relative links are resolved against `base`.
pub(crate) fn markdown(html: &str, base: Option<&Url>) -> String {
    // Text without a single block is not HTML by intent: its own lines count.
    let lines_count =
        !pieces(html).any(|piece| matches!(piece.token, Token::Open(name, _) if is_block(&name)));
    let mut writer = Writer { base, lines_count, ..Writer::default() };
    for piece in pieces(html) {
        match piece.token {
            Token::Text(text) => writer.text(&decode(text)),
            Token::Open(name, attributes) => writer.open(&name, attributes),
            Token::Close(name) => writer.close(&name),
        }
    }
    writer.finish()
}

/// An inline element that is open.
struct Mark {
    kind: Inline,
    /// Whether its opening has been written; it waits for the first word.
    written: bool,
}

#[derive(PartialEq, Eq)]
enum Inline {
    Strong,
    Emphasis,
    Code,
    /// A link and its address, if it is one worth keeping.
    Link(Option<String>),
}

impl Inline {
    fn opening(&self) -> &'static str {
        match self {
            Self::Strong => "**",
            Self::Emphasis => "*",
            Self::Code => "`",
            Self::Link(Some(_)) => "[",
            Self::Link(None) => "",
        }
    }

    fn closing(&self) -> String {
        match self {
            Self::Link(Some(address)) => format!("]({address})"),
            _ => self.opening().to_owned(),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// What is due before the next word.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    /// A line of a list, which needs no hard break.
    Item,
    Paragraph,
}

#[derive(Default)]
struct Writer<'a> {
    base: Option<&'a Url>,
    lines_count: bool,
    out: String,
    gap: Gap,
    /// Markers of a list item or a heading, due before the next word.
    lead: String,
    marks: Vec<Mark>,
    /// Open lists; a number for those that count.
    lists: Vec<Option<u32>>,
    quotes: usize,
    /// Text of a `pre` that is open.
    verbatim: Option<String>,
}

impl Writer<'_> {
    fn open(&mut self, name: &str, attributes: &str) {
        match name {
            "strong" | "b" => self.mark(Inline::Strong),
            "em" | "i" => self.mark(Inline::Emphasis),
            "code" | "tt" | "kbd" | "samp" => self.mark(Inline::Code),
            "a" => {
                let address = attribute(attributes, "href").and_then(|href| self.address(&href));
                self.mark(Inline::Link(address));
            }
            "br" if self.verbatim.is_some() => self.text("\n"),
            "br" => self.line(),
            "pre" => {
                self.gap(Gap::Paragraph);
                self.verbatim.get_or_insert_default();
            }
            "ul" => self.list(None),
            "ol" => self.list(Some(1)),
            "li" => self.item(),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.gap(Gap::Paragraph);
                self.lead = "#".repeat(usize::from(name.as_bytes()[1] - b'0')) + " ";
            }
            "blockquote" => {
                self.gap(Gap::Paragraph);
                self.quotes += 1;
            }
            "hr" => {
                self.gap(Gap::Paragraph);
                self.word("---", true);
                self.gap(Gap::Paragraph);
            }
            "img" => self.text(&attribute(attributes, "alt").unwrap_or_default()),
            "tr" | "dt" | "dd" => self.gap(Gap::Line),
            "td" | "th" => self.gap(Gap::Space),
            _ if is_block(name) => self.gap(Gap::Paragraph),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "strong" | "b" => self.unmark(&Inline::Strong),
            "em" | "i" => self.unmark(&Inline::Emphasis),
            "code" | "tt" | "kbd" | "samp" => self.unmark(&Inline::Code),
            "a" => self.unmark(&Inline::Link(None)),
            "pre" => self.fence(),
            "ul" | "ol" => {
                self.lists.pop();
                self.lead.clear();
                self.gap(if self.lists.is_empty() { Gap::Paragraph } else { Gap::Item });
            }
            "blockquote" => {
                self.gap(Gap::Paragraph);
                self.quotes = self.quotes.saturating_sub(1);
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.lead.clear();
                self.gap(Gap::Paragraph);
            }
            "li" => self.gap(Gap::Item),
            "tr" | "dt" | "dd" => self.gap(Gap::Line),
            "td" | "th" => self.gap(Gap::Space),
            // Within a list item, paragraphs would tear the list apart.
            "br" => {}
            _ if is_block(name) && self.lists.is_empty() => self.gap(Gap::Paragraph),
            _ if is_block(name) => self.gap(Gap::Line),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(verbatim) = &mut self.verbatim {
            verbatim.push_str(text);
            return;
        }
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 && self.lines_count {
                self.line();
            } else if number > 0 || line.starts_with(char::is_whitespace) {
                self.gap(Gap::Space);
            }
            for word in line.split_whitespace() {
                self.word(word, false);
                self.gap(Gap::Space);
            }
            if !line.is_empty() && !line.ends_with(char::is_whitespace) && self.gap == Gap::Space {
                self.gap = Gap::None;
            }
        }
    }

    /// Writes a word behind whatever is due before it.
    fn word(&mut self, word: &str, as_is: bool) {
        let at_line_start = self.fill_gap();
        for mark in self.marks.iter_mut().filter(|mark| !mark.written) {
            self.out.push_str(mark.kind.opening());
            mark.written = true;
        }
        if as_is {
            self.out.push_str(word);
        } else if self.marks.iter().any(|mark| mark.kind == Inline::Code) {
            self.out.push_str(&word.replace('`', "'"));
        } else {
            escape(word, at_line_start, &mut self.out);
        }
    }

    /// Writes the gap that is due; whether a line begins now.
    fn fill_gap(&mut self) -> bool {
        let gap = std::mem::take(&mut self.gap);
        let begin = self.out.is_empty();
        if !begin {
            self.out.push_str(match gap {
                Gap::None => "",
                Gap::Space => " ",
                Gap::Line => "  \n",
                Gap::Item => "\n",
                Gap::Paragraph => "\n\n",
            });
        }
        let line_start = begin || gap > Gap::Space;
        if line_start {
            for _ in 0..self.quotes.min(MOST_LEVELS) {
                self.out.push_str("> ");
            }
            // A list item stands one level left of what it holds.
            let levels = self.lists.len().saturating_sub(usize::from(!self.lead.is_empty()));
            for list in &self.lists[..levels.min(MOST_LEVELS)] {
                self.out.push_str(if list.is_some() { "   " } else { "  " });
            }
        }
        self.out.push_str(&std::mem::take(&mut self.lead));
        line_start
    }

    /// Makes a gap due, ending what must not reach across it. A marker keeps its line until its first
    /// word is written.
    fn gap(&mut self, gap: Gap) {
        if gap > Gap::Space {
            self.end_marks();
        }
        if self.lead.is_empty() {
            self.gap = self.gap.max(gap);
        }
    }

    /// A line break; the second in a row makes a paragraph.
    fn line(&mut self) {
        let again = self.gap == Gap::Line;
        self.gap(if again { Gap::Paragraph } else { Gap::Line });
    }

    fn list(&mut self, number: Option<u32>) {
        self.gap(if self.lists.is_empty() { Gap::Paragraph } else { Gap::Item });
        self.lists.push(number);
    }

    fn item(&mut self) {
        self.lead.clear();
        self.gap(Gap::Item);
        self.lead = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "- ".to_owned(),
        };
    }

    fn mark(&mut self, kind: Inline) {
        if self.marks.len() < MOST_MARKS && self.verbatim.is_none() {
            self.marks.push(Mark { kind, written: false });
        }
    }

    /// Ends the innermost element of a kind, and those opened inside it, which begin anew behind it.
    fn unmark(&mut self, kind: &Inline) {
        let Some(position) = self.marks.iter().rposition(|mark| mark.kind.is_same(kind)) else { return };
        self.end_marks_from(position);
        self.marks.remove(position);
    }

    fn end_marks(&mut self) {
        self.end_marks_from(0);
    }

    fn end_marks_from(&mut self, position: usize) {
        for mark in self.marks[position..].iter_mut().rev().filter(|mark| mark.written) {
            self.out.push_str(&mark.kind.closing());
            mark.written = false;
        }
    }

    /// Writes the text of a `pre` between fences longer than any run of backticks inside.
    fn fence(&mut self) {
        let Some(text) = self.verbatim.take() else { return };
        let text = text.trim_matches('\n').trim_end();
        if text.trim().is_empty() {
            return;
        }
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        self.fill_gap();
        for part in [&fence, "\n", text, "\n", &fence] {
            self.out.push_str(part);
        }
        self.gap(Gap::Paragraph);
    }

    /// An address worth keeping, made fit for the round brackets of Markdown.
    fn address(&self, href: &str) -> Option<String> {
        let url = match self.base {
            Some(base) => base.join(href.trim()).ok()?,
            None => Url::parse(href.trim()).ok()?,
        };
        let kept = matches!(url.scheme(), "http" | "https" | "mailto");
        kept.then(|| String::from(url).replace('(', "%28").replace(')', "%29"))
    }

    fn finish(mut self) -> String {
        self.fence();
        self.end_marks();
        self.out
    }
}

/// Writes a word so that Markdown takes it for text.
fn escape(word: &str, at_line_start: bool, out: &mut String) {
    if at_line_start && begins_a_block(word) {
        out.push('\\');
    }
    let mut before = None;
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        let after = chars.peek().copied();
        let inside_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let special = match c {
            '`' => true,
            '*' => word != "*",
            '_' => !(inside_word(before) && inside_word(after)),
            '\\' => after.is_some_and(|after| after.is_ascii_punctuation()),
            ']' => matches!(after, Some('(' | '[' | ':')),
            '<' => after.is_some_and(|after| after.is_ascii_alphabetic() || "/!?".contains(after)),
            '&' => {
                after.is_some_and(|after| after.is_ascii_alphanumeric() || after == '#') && word.contains(';')
            }
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
        before = Some(c);
    }
}

/// Whether a word at the beginning of a line would begin a heading, a quotation or a fence. A dash or a
/// star may begin its list: vendors type them for that, and their JSON has them as they are.
fn begins_a_block(word: &str) -> bool {
    let all = |wanted: char| word.chars().all(|c| c == wanted);
    word.starts_with('>') || all('#') || all('=') || all('~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        let base = Url::parse("https://status.acme.test/incidents/1").ok();
        assert_eq!(markdown(html, base.as_ref()), expected, "{html}");
    }

    #[test]
    fn blocks_and_breaks() {
        check("<p>One <br />two.</p>\n<p>Three</p>", "One  \ntwo.\n\nThree");
        check("one<br><br>two", "one\n\ntwo");
        check("<h2>What</h2><div>text</div>", "## What\n\ntext");
        check("<blockquote><p>said</p></blockquote>then", "> said\n\nthen");
        check("one\n\ntwo\nthree", "one\n\ntwo  \nthree");
        check("<p>one\n\ntwo</p>", "one two");
    }

    #[test]
    fn inline_elements() {
        check("a <strong> b </strong>c", "a **b** c");
        check("<b>a</b> - <i>b</i>, <code>x*y</code>", "**a** - *b*, `x*y`");
        check("<b>a<p>b</p></b>", "**a**\n\n**b**");
        check("<b><i>a</b>b</i>", "***a****b*");
        check("<b></b><i> </i>a", "a");
        check(
            "see <a href=\"/x?a=1&amp;b=(2)\">here</a>.",
            "see [here](https://status.acme.test/x?a=1&b=%282%29).",
        );
        check("<a href=\"javascript:alert(1)\">here</a>", "here");
    }

    #[test]
    fn lists_and_code() {
        check(
            "x<ul><li>a</li><li><p>b</p><ol><li>c</li><li>d</li></ol></li></ul>y",
            "x\n\n- a\n- b\n  1. c\n  2. d\n\ny",
        );
        check("<pre><code>a\n  b *c*</code></pre>d", "```\na\n  b *c*\n```\n\nd");
        check("<pre>a ```</pre>", "````\na ```\n````");
    }

    #[test]
    fn text_that_looks_like_markdown_stays_text() {
        check("2 * 3 and *snake_case* and _this_", "2 * 3 and \\*snake_case\\* and \\_this\\_");
        check("<p># not a heading</p><p>- a list</p>", "\\# not a heading\n\n- a list");
        check("[a](b) &lt;b&gt; [EU]", "[a\\](b) \\<b> [EU]");
        check("<script>alert(1)</script><style>p{}</style>a", "a");
    }

    #[test]
    fn depth_costs_nothing() {
        let deep = "<ul><li>".repeat(20_000) + "x" + &"<b>".repeat(20_000) + "y";
        assert!(markdown(&deep, None).len() < 200);
    }
}
