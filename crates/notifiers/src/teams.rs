//! A channel or chat of Microsoft Teams, by the address of a workflow "When a Teams webhook request is received".
//!
//! The message is an Adaptive Card. Foreign text stands in it as runs of text, which know no Markdown, so nothing in
//! it can become a link or a mention. The workflow takes no key against doubles: where its answer is lost, a message
//! may come twice.

use crate::message::Message;
use crate::outgoing::{Outgoing, Request};
use crate::settings::{Fields, SecretUrl};
use crate::text::{cut, web};
use crate::told::{Told, Tone};
use crate::{Kind, Notifier};
use domain::Timestamp;
use serde_json::{Value, json};

/// Longest text: a message may have 28 kB, and a letter up to three bytes.
const TEXT: usize = 5_000;
/// Longest line.
const LINE: usize = 500;

pub(crate) const KIND: Kind = Kind {
    name: "teams",
    doc: "A channel or chat of Microsoft Teams, through a workflow.",
    example: r#"url = "https://prod-00.westeurope.logic.azure.com/workflows/0123/triggers/manual/paths/invoke?sig=abc"
"#,
    secrets: &["url"],
    read,
};

#[derive(Debug)]
struct Teams {
    url: SecretUrl,
}

fn read(settings: &Value) -> Result<Box<dyn Notifier>, String> {
    let fields = Fields::of(settings, &["url"])?;
    let fix = "give the address that the workflow \"When a Teams webhook request is received\" shows";
    Ok(Box::new(Teams { url: fields.url("url", fix)? }))
}

impl Notifier for Teams {
    fn render(&self, message: &Message, _now: Timestamp) -> Result<Outgoing, String> {
        let card = card(message, &Told::of(message));
        let body = json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": null,
                "content": card,
            }],
        });
        Ok(Outgoing::Http(Request::json("POST", self.url.0.clone(), &body)))
    }
}

fn card(message: &Message, told: &Told) -> Value {
    let mut body = vec![text(&[json!({
        "type": "TextRun", "text": cut(&told.headline, LINE), "weight": "bolder", "size": "medium", "color": colour(message),
    })])];
    let paragraphs = cut(&told.text(), TEXT);
    for paragraph in paragraphs.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
        body.push(text(&[run(paragraph)]));
    }
    for (label, value) in &told.facts {
        let label = json!({ "type": "TextRun", "text": format!("{label}: "), "weight": "bolder" });
        let mut fact = text(&[label, run(&cut(value, LINE))]);
        fact["spacing"] = json!("none");
        body.push(fact);
    }
    if let Some(footer) = told.footer {
        body.push(text(&[json!({ "type": "TextRun", "text": footer, "isSubtle": true, "size": "small" })]));
    }
    let link =
        web(&message.url).map(|url| json!({ "type": "Action.OpenUrl", "title": told.link, "url": url }));
    json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": cut(&told.headline, LINE),
        "msteams": { "width": "Full" },
        "body": body,
        "actions": link.into_iter().collect::<Vec<Value>>(),
    })
}

fn text(runs: &[Value]) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

fn run(text: &str) -> Value {
    json!({ "type": "TextRun", "text": text })
}

fn colour(message: &Message) -> &'static str {
    match Tone::of(message) {
        Tone::Good => "good",
        Tone::Bad => "attention",
        Tone::Uneasy => "warning",
        Tone::Calm => "accent",
    }
}
