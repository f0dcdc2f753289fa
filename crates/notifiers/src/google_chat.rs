//! A space of Google Chat, by a webhook of it.
//!
//! The news of one incident are one thread. The message is a card: foreign text in it is escaped as HTML, and a card
//! mentions nobody. Google Chat takes no key against doubles from webhooks: where its answer is lost, a message may
//! come twice.

use crate::message::Message;
use crate::outgoing::{Outgoing, Request};
use crate::settings::{Fields, SecretUrl};
use crate::text::{cut, cut_by, html, html_cost, line, web};
use crate::told::Told;
use crate::{Kind, Notifier};
use domain::Timestamp;
use serde_json::{Value, json};

/// Longest text: a message may have 32 kB, and a letter up to three bytes.
const TEXT: usize = 6_000;
/// Longest line.
const LINE: usize = 300;

pub(crate) const KIND: Kind = Kind {
    name: "google_chat",
    doc: "A space of Google Chat.",
    example: r#"url = "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=abc&token=def"
"#,
    secrets: &["url"],
    read,
};

#[derive(Debug)]
struct GoogleChat {
    url: SecretUrl,
}

fn read(settings: &Value) -> Result<Box<dyn Notifier>, String> {
    let fields = Fields::of(settings, &["url"])?;
    let mut url = fields.url("url", "give the address of the space's webhook")?;
    let threaded = url.0.query_pairs().any(|(name, _)| name == "messageReplyOption");
    if !threaded {
        let option = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD";
        url.0.query_pairs_mut().append_pair("messageReplyOption", option);
    }
    Ok(Box::new(GoogleChat { url }))
}

impl Notifier for GoogleChat {
    fn render(&self, message: &Message, _now: Timestamp) -> Result<Outgoing, String> {
        let told = Told::of(message);
        let mut widgets = Vec::new();
        let text = told.text();
        if !text.is_empty() {
            widgets.push(paragraph(&markup(&text, TEXT)));
        }
        let facts =
            told.facts.iter().map(|(label, value)| format!("<b>{label}:</b> {}", markup(value, LINE)));
        let lines: Vec<String> = facts.chain(told.footer.map(|footer| format!("<i>{footer}</i>"))).collect();
        widgets.push(paragraph(&lines.join("<br>")));
        if let Some(url) = web(&message.url) {
            let button = json!({ "text": told.link, "onClick": { "openLink": { "url": url } } });
            widgets.push(json!({ "buttonList": { "buttons": [button] } }));
        }
        let card = json!({
            "header": { "title": cut(&told.headline, LINE), "subtitle": cut(&line(&message.page), LINE) },
            "sections": [{ "widgets": widgets }],
        });
        let body = json!({
            "fallbackText": cut(&told.headline, LINE),
            "cardsV2": [{ "cardId": message.incident.as_str(), "card": card }],
            "thread": { "threadKey": message.incident.as_str() },
        });
        Ok(Outgoing::Http(Request::json("POST", self.url.0.clone(), &body)))
    }
}

fn paragraph(text: &str) -> Value {
    json!({ "textParagraph": { "text": text } })
}

/// Foreign text, escaped and no longer than that.
fn markup(text: &str, limit: usize) -> String {
    html(&cut_by(text, limit, html_cost)).replace('\n', "<br>")
}
