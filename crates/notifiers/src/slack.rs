//! A channel of Slack, by an incoming webhook of an app of yours.
//!
//! Foreign text is escaped as Slack asks (`&`, `<`, `>`), so it can neither call a channel together nor hide where a
//! link leads. Slack takes no key against doubles: where its answer is lost, a message may come twice.

use crate::message::Message;
use crate::outgoing::{Outgoing, Reply, Request, Verdict};
use crate::settings::{Fields, SecretUrl};
use crate::text::{cut_by, web};
use crate::told::Told;
use crate::{Kind, Notifier};
use domain::Timestamp;
use serde_json::{Value, json};

/// Longest text of a block.
const BLOCK: usize = 3_000;
/// Longest first line, which is also what a phone shows.
const LINE: usize = 500;

pub(crate) const KIND: Kind = Kind {
    name: "slack",
    doc: "A channel of Slack.",
    example: r#"url = "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx"
"#,
    secrets: &["url"],
    read,
};

#[derive(Debug)]
struct Slack {
    url: SecretUrl,
}

fn read(settings: &Value) -> Result<Box<dyn Notifier>, String> {
    let fields = Fields::of(settings, &["url"])?;
    let url = fields.url("url", "give the address of the incoming webhook of your Slack app")?;
    Ok(Box::new(Slack { url }))
}

impl Notifier for Slack {
    fn render(&self, message: &Message, _now: Timestamp) -> Result<Outgoing, String> {
        let told = Told::of(message);
        let headline = mrkdwn(&told.headline, LINE);
        let mut blocks = vec![section(&format!("*{headline}*"))];
        let text = told.text();
        if !text.is_empty() {
            blocks.push(section(&mrkdwn(&text, BLOCK)));
        }
        let facts = told.facts.iter().map(|(label, value)| format!("*{label}:* {}", mrkdwn(value, LINE)));
        let link = web(&message.url).map(|url| format!("<{}|{}>", target(&url), told.link));
        let below: Vec<String> = facts.chain(link).collect();
        blocks.push(section(&below.join("\n")));
        if let Some(footer) = told.footer {
            blocks.push(json!({ "type": "context", "elements": [words(footer)] }));
        }
        let body =
            json!({ "text": headline, "blocks": blocks, "unfurl_links": false, "unfurl_media": false });
        Ok(Outgoing::Http(Request::json("POST", self.url.0.clone(), &body)))
    }

    /// A webhook that was taken away is answered with 404, a channel that was archived with 410.
    fn judge(&self, reply: &Reply) -> Verdict {
        let said = String::from_utf8_lossy(&reply.body);
        let ended = ["no_service", "channel_not_found", "team_disabled", "invalid_token", "token_revoked"];
        match reply.status {
            403 | 404 if ended.iter().any(|word| said.starts_with(word)) => {
                Verdict::Gone(format!("Slack says `{}`", crate::settings::shorten(&said)))
            }
            _ => Verdict::of_status(reply),
        }
    }
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": words(text) })
}

/// `verbatim`: Slack finds no names and no addresses of its own in it.
fn words(text: &str) -> Value {
    json!({ "type": "mrkdwn", "text": text, "verbatim": true })
}

/// Foreign text, escaped and no longer than that.
fn mrkdwn(text: &str, limit: usize) -> String {
    let cost = |c: char| match c {
        '&' => 5,
        '<' | '>' => 4,
        other => other.len_utf16(),
    };
    cut_by(text, limit, cost).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// An address between `<` and `|`.
fn target(url: &str) -> String {
    url.replace('&', "&amp;").replace('<', "%3C").replace('>', "%3E").replace('|', "%7C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_text_is_cut_by_what_is_sent() {
        let text = "<!channel> & <https://evil.example|bank>";
        assert_eq!(mrkdwn(text, 100), "&lt;!channel&gt; &amp; &lt;https://evil.example|bank&gt;");
        assert!(mrkdwn(&"<".repeat(5_000), BLOCK).encode_utf16().count() <= BLOCK);
    }

    #[test]
    fn a_webhook_that_is_gone_is_not_tried_again() {
        let slack = Slack { url: SecretUrl(url::Url::parse("https://hooks.slack.com/x").unwrap()) };
        let judge = |status, body: &str| slack.judge(&Reply { status, retry_after: None, body: body.into() });
        assert!(matches!(judge(404, "no_service"), Verdict::Gone(_)));
        assert!(matches!(judge(410, "channel_is_archived"), Verdict::Gone(_)));
        assert!(matches!(judge(400, "invalid_blocks"), Verdict::Refused(_)));
        assert!(matches!(judge(404, "<html>"), Verdict::Refused(_)));
        assert_eq!(judge(200, "ok"), Verdict::Delivered(None));
    }
}
