//! RSS and Atom, read tolerantly over a pull parser.
//!
//! A feed that breaks off or is broken in the middle gives the items that were whole. Entities that a
//! document declares are never expanded, nesting and the number of items are bounded.

mod build;

use crate::feed::Feed;
use build::Builder;
use quick_xml::Reader;
use quick_xml::events::Event;

/// Broken places after which reading goes on at the next item.
const MOST_BREAKS: usize = 20;

/// A feed and what was wrong with it.
pub(crate) struct Reading {
    /// The feed; `None` if the document is not one.
    pub(crate) feed: Option<Feed>,
    /// What was left out or mended.
    pub(crate) warnings: Vec<String>,
}

/// Reads a feed.
pub(crate) fn read(text: &str) -> Reading {
    let mut builder = Builder::default();
    let mut warnings = Vec::new();
    let mut from = 0;
    for breaks in 0.. {
        let Err(broken_at) = run(&text[from..], &mut builder) else { break };
        if builder.is_full() {
            break;
        }
        let at = from + broken_at;
        builder.give_up_item();
        let next = next_item(text, at).filter(|_| breaks < MOST_BREAKS);
        let consequence =
            if next.is_some() { "reading went on at the next item" } else { "the rest was not read" };
        warnings.push(format!("XML is broken at byte {at} of {}; {consequence}", text.len()));
        match next {
            Some(next) => from = next,
            None => break,
        }
    }
    let (feed, left_out) = builder.finish();
    warnings.extend(left_out);
    Reading { feed, warnings }
}

/// Where the next item begins.
fn next_item(text: &str, at: usize) -> Option<usize> {
    let at = text.ceil_char_boundary(at);
    let rest = text.get(at..)?;
    let item = rest.find("<item").into_iter().chain(rest.find("<entry")).min()?;
    Some(at + item)
}

/// Feeds events to the builder; the position at which it breaks.
fn run(text: &str, builder: &mut Builder) -> Result<(), usize> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return Ok(()),
            Ok(event) => builder.take(event),
            Err(_) => {
                // Where the broken markup begins, and one byte further so that every break makes progress.
                let begins = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                return Err(begins.saturating_add(1).min(text.len()));
            }
        }
        if builder.is_full() {
            return Err(text.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(reading: &Reading) -> Vec<&str> {
        reading.feed.iter().flat_map(|feed| feed.items.iter().map(|item| item.title.as_str())).collect()
    }

    fn feed(items: &str) -> String {
        format!("<?xml version=\"1.0\"?><rss><channel><title>Acme</title>{items}</channel></rss>")
    }

    #[test]
    fn a_feed_cut_short_gives_the_items_that_were_whole() {
        let whole = feed("<item><title>a</title></item><item><title>b</title></item>");
        for length in whole.find("<item>").expect("an item")..whole.len() {
            let reading = read(&whole[..length]);
            assert!(!reading.warnings.is_empty(), "{length}");
            assert!(["", "a", "a b"].contains(&titles(&reading).join(" ").as_str()), "{length}");
        }
        assert_eq!(read(&whole).warnings, Vec::<String>::new());
    }

    #[test]
    fn what_is_broken_in_one_item_does_not_cost_the_next() {
        let broken = feed(
            "<item><title>a</title><x y=<</item><item><title>b</title><!-- </item><item><title>c</title></item>",
        );
        let reading = read(&broken);
        assert!(titles(&reading).contains(&"c"), "{:?}", reading.warnings);
        assert!(!reading.warnings.is_empty());
    }

    #[test]
    fn markup_that_nobody_escaped_stays_in_its_field() {
        let reading = read(&feed(
            "<item><title>a</title><description><p>x<br>y & z &nbsp;</p></description><guid>7</guid></item>",
        ));
        let items = reading.feed.expect("a feed").items;
        assert_eq!(items[0].content, "<p>x<br>y & z \u{A0}</p>");
        assert_eq!(items[0].id.as_deref(), Some("7"));
    }

    #[test]
    fn declared_entities_are_never_expanded() {
        let bomb = format!(
            "<!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>{}",
            feed("<item><title>&b;&a;</title></item>").trim_start_matches("<?xml version=\"1.0\"?>")
        );
        let reading = read(&bomb);
        assert_eq!(titles(&reading), ["&b;&a;"]);
        assert_eq!(reading.warnings.len(), 2, "{:?}", reading.warnings);
    }

    #[test]
    fn nesting_and_the_number_of_items_are_bounded() {
        let deep = feed(&format!("<item><title>a</title></item><item>{}", "<x>".repeat(100_000)));
        assert_eq!(titles(&read(&deep)), ["a"]);
        let wide = read(&feed(&"<item><title>a</title></item>".repeat(3_000)));
        assert_eq!(titles(&wide).len(), crate::feed::MOST_ITEMS);
        assert!(!wide.warnings.is_empty());
    }
}
