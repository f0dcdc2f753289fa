//! What letters to single subscribers say: the question whether they want to be told, and the digest of a day.
//! Mail to people, a test message to programs and chats. Pure: everything is handed in.
//!
//! Never says in a letter what is not public, and never puts foreign text into a header but on one line.

pub(crate) mod confirm;
pub(crate) mod digest;
mod words;

use domain::{Language, Timestamp};
use notifiers::Mail;
use std::fmt::Write as _;
use store::Subscriber;
use words::Words;

/// To whom a letter goes, and where its links lead.
#[derive(Clone, Copy)]
pub(crate) struct Envelope<'a> {
    /// Name of the page.
    pub(crate) page: &'a str,
    /// Address of the page, without a slash at its end.
    pub(crate) url: &'a str,
    /// To whom.
    pub(crate) subscriber: &'a Subscriber,
    /// The token of their links.
    pub(crate) token: &'a str,
    /// Key of the letter: the same over every try.
    pub(crate) key: &'a str,
    /// When it was written.
    pub(crate) at: Timestamp,
}

impl Envelope<'_> {
    fn words(&self) -> &'static Words {
        Words::of(Language::parse(&self.subscriber.language).unwrap_or_default())
    }

    fn link(&self, path: &str) -> String {
        format!("{}/{path}/{}", self.url, self.token)
    }

    /// A mail of these paragraphs, twice: plain and as HTML.
    fn mail(&self, subject: &str, paragraphs: &[Paragraph], thread: String, unsubscribe: bool) -> Mail {
        let words = self.words();
        let mut text = String::new();
        let mut html = format!(
            "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><meta name=\"color-scheme\" \
             content=\"light dark\"></head>\n<body style=\"font-family:sans-serif;line-height:1.5;max-width:40em\">\n",
            words.tag
        );
        for paragraph in paragraphs {
            paragraph.write(&mut text, &mut html);
        }
        let unsubscribe_url = unsubscribe.then(|| self.link("unsubscribe"));
        if let Some(url) = &unsubscribe_url {
            let _ = write!(text, "-- \n{}: {url}\n", words.unsubscribe);
            let _ =
                writeln!(html, "<p><small><a href=\"{}\">{}</a></small></p>", escape(url), words.unsubscribe);
        }
        html.push_str("</body>\n</html>\n");
        let page: String = one_line(self.page).chars().take(60).collect();
        Mail {
            to: self.subscriber.target.clone(),
            subject: format!("[{page}] {}", one_line(subject)),
            text,
            html,
            key: self.key.to_owned(),
            thread,
            unsubscribe_url,
            at: self.at,
        }
    }
}

/// A part of a letter.
pub(crate) enum Paragraph {
    /// A headline.
    Head(String),
    /// Words.
    Words(String),
    /// A link, with the words for it.
    Link(String, String),
}

impl Paragraph {
    fn write(&self, text: &mut String, html: &mut String) {
        // Writing to a string cannot fail.
        let _ = match self {
            Self::Head(words) => {
                let _ = write!(text, "{words}\n\n");
                writeln!(html, "<h1 style=\"font-size:1.15em\">{}</h1>", escape(words))
            }
            Self::Words(words) => {
                let _ = write!(text, "{words}\n\n");
                writeln!(html, "<p>{}</p>", escape(words).replace('\n', "<br>\n"))
            }
            Self::Link(words, url) => {
                let _ = write!(text, "{words}: {url}\n\n");
                writeln!(html, "<p><a href=\"{}\">{}</a></p>", escape(url), escape(words))
            }
        };
    }
}

fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
