//! A channel of Discord, by a webhook of it.
//!
//! Foreign text cannot mention anybody: mentions are switched off for the whole message and its marks are escaped.
//! Discord takes no key against doubles: where its answer is lost, a message may come twice.

use crate::message::Message;
use crate::outgoing::{Outgoing, Reply, Request, Verdict};
use crate::settings::{Fields, SecretUrl};
use crate::text::{cut, cut_by, line, web};
use crate::told::{Told, Tone};
use crate::{Kind, Notifier};
use domain::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// Longest title of an embed.
const TITLE: usize = 256;
/// Longest description: an embed may have 6000 with everything, and the fields may need some.
const DESCRIPTION: usize = 2_500;
/// Longest value of a field is 1024; eight of them and the description stay below 6000.
const VALUE: usize = 300;

pub(crate) const KIND: Kind = Kind {
    name: "discord",
    doc: "A channel of Discord.",
    example: r#"url = "https://discord.com/api/webhooks/100000000000000000/abcdefghijklmnopqrstuvwxyz"
"#,
    secrets: &["url"],
    read,
};

#[derive(Debug)]
struct Discord {
    url: SecretUrl,
}

fn read(settings: &Value) -> Result<Box<dyn Notifier>, String> {
    let fields = Fields::of(settings, &["url"])?;
    let mut url = fields.url("url", "give the address of the channel's webhook")?;
    // Only then does the answer come after the message is there, with its name.
    url.0.query_pairs_mut().append_pair("wait", "true");
    Ok(Box::new(Discord { url }))
}

impl Notifier for Discord {
    fn render(&self, message: &Message, _now: Timestamp) -> Result<Outgoing, String> {
        let told = Told::of(message);
        let fields: Vec<Value> = told
            .facts
            .iter()
            .map(|(label, value)| json!({ "name": label, "value": escape(value, VALUE), "inline": value.len() < 40 }))
            .collect();
        let page = line(&message.page);
        let footer: Vec<&str> = [page.as_str()].into_iter().chain(told.footer).collect();
        let mut embed = json!({
            "title": escape(&told.headline, TITLE),
            "description": escape(&told.text(), DESCRIPTION),
            "color": colour(Tone::of(message)),
            "fields": fields,
            "footer": { "text": cut(&footer.join(" · "), TITLE) },
            "timestamp": message.at.to_string(),
        });
        if let Some(url) = web(&message.url) {
            embed["url"] = json!(url);
        }
        let body = json!({ "embeds": [embed], "allowed_mentions": { "parse": [] } });
        Ok(Outgoing::Http(Request::json("POST", self.url.0.clone(), &body)))
    }

    fn judge(&self, reply: &Reply) -> Verdict {
        let said: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        match (reply.status, said["code"].as_u64()) {
            (404, Some(10_015)) | (401, Some(50_027)) => {
                Verdict::Gone("Discord no longer knows the webhook".to_owned())
            }
            (200..=299, _) => Verdict::Delivered(said["id"].as_str().map(|id| cut(&line(id), 64))),
            (429, _) => Verdict::Retry {
                reason: "Discord wants fewer messages".to_owned(),
                after: reply.retry_after.or_else(|| wait(&said)),
            },
            _ => Verdict::of_status(reply),
        }
    }
}

/// The answer says in its body how long to wait, in seconds.
fn wait(said: &Value) -> Option<Duration> {
    Duration::try_from_secs_f64(said["retry_after"].as_f64()?).ok()
}

fn colour(tone: Tone) -> u32 {
    match tone {
        Tone::Good => 0x2e_9e_5b,
        Tone::Bad => 0xd6_3b_3b,
        Tone::Uneasy => 0xe0_a0_20,
        Tone::Calm => 0x4a_7b_d0,
    }
}

/// Foreign text with the marks of Discord's Markdown escaped. Addresses keep their `_` and `#`, as an escaped one would
/// lead nowhere.
fn escape(text: &str, limit: usize) -> String {
    let is_mark = |c: char| "\\*_~`|<>[]#@".contains(c);
    let cost = |c: char| if is_mark(c) { 2 } else { c.len_utf16() };
    let text = cut_by(text, limit, cost);
    let mut escaped = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        let is_address = word.starts_with("https://") || word.starts_with("http://");
        for c in word.chars() {
            if is_mark(c) && !(is_address && "_#@".contains(c)) {
                escaped.push('\\');
            }
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_escaped_and_addresses_still_lead_somewhere() {
        assert_eq!(escape("@everyone **now** [bank](x)", 99), "\\@everyone \\*\\*now\\*\\* \\[bank\\](x)");
        assert_eq!(escape("see https://acme.test/a_b-c\n# no", 99), "see https://acme.test/a_b-c\n\\# no");
        assert!(escape(&"*".repeat(9_000), DESCRIPTION).len() <= DESCRIPTION + 2);
    }

    #[test]
    fn answers_of_discord_are_understood() {
        let discord =
            Discord { url: SecretUrl(url::Url::parse("https://discord.com/api/webhooks/1/x").unwrap()) };
        let judge =
            |status, body: &str| discord.judge(&Reply { status, retry_after: None, body: body.into() });
        assert_eq!(judge(200, r#"{"id":"123"}"#), Verdict::Delivered(Some("123".to_owned())));
        assert_eq!(judge(204, ""), Verdict::Delivered(None));
        assert!(matches!(judge(404, r#"{"message":"Unknown Webhook","code":10015}"#), Verdict::Gone(_)));
        assert!(matches!(judge(404, "<html>"), Verdict::Refused(_)));
        let later = judge(429, r#"{"retry_after":0.65,"global":false}"#);
        assert!(
            matches!(later, Verdict::Retry { after: Some(after), .. } if after == Duration::from_millis(650))
        );
        let never = judge(429, r#"{"retry_after":-1e308}"#);
        assert!(matches!(never, Verdict::Retry { after: None, .. }));
    }
}
