//! Any program that takes a signed request, by the rules of Standard Webhooks: use it for what you write yourself.
//!
//! `webhook-id` is the same over every try, so a receiver that remembers it sees nothing twice; `webhook-timestamp` is
//! when this try was signed, so that an old request cannot be played again; `webhook-signature` has one signature for
//! each secret, so that a secret is changed without losing a message: add the new one in front, take the old one
//! away when the receiver knows the new. The body is JSON below 20 kB: `type` (`incident.updated`), `timestamp`, `data`.
//!
//! Never makes secrets and never looks at what the receiver answers beyond its status.

use crate::data;
use crate::message::Message;
use crate::outgoing::{Outgoing, Request};
use crate::settings::{Fields, Secret, SecretUrl};
use crate::{Kind, Notifier};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Timestamp;
use ring::hmac;
use serde_json::{Value, json};

/// Longest body: the rules ask for less than 20 kB.
const LIMIT: usize = 20_000;
/// Keys have 24 to 64 bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

pub(crate) const KIND: Kind = Kind {
    name: "webhook",
    doc: "A signed request to a program of your own (Standard Webhooks).",
    example: r#"url = "https://hooks.acme.example/status"
secrets = ["whsec_aW52ZW50ZWQga2V5IG9mIDMyIGJ5dGVzIG1hZGUgdXA="]
"#,
    secrets: &["url", "secrets"],
    read,
};

#[derive(Debug)]
struct Webhook {
    url: SecretUrl,
    keys: Vec<Key>,
}

#[derive(Debug)]
struct Key(Secret);

impl Key {
    /// Reads a key, `whsec_` and base64.
    fn read(text: &str) -> Result<Self, String> {
        let fix = "write `whsec_` and 24 to 64 random bytes in base64";
        let encoded = text.trim().strip_prefix("whsec_");
        let bytes = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
        match (encoded, bytes) {
            (None, _) => Err(format!("one of `secrets` does not begin with `whsec_`; {fix}")),
            (_, None) => Err(format!("one of `secrets` is no base64; {fix}")),
            (Some(_), Some(bytes)) if !KEY_BYTES.contains(&bytes.len()) => {
                Err(format!("one of `secrets` has {} bytes; {fix}", bytes.len()))
            }
            (Some(encoded), Some(_)) => Ok(Self(Secret(encoded.to_owned()))),
        }
    }

    /// `v1,` and the signature.
    fn sign(&self, content: &[u8]) -> String {
        let bytes = STANDARD.decode(&self.0.0).unwrap_or_default();
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &bytes), content);
        format!("v1,{}", STANDARD.encode(tag.as_ref()))
    }
}

fn read(settings: &Value) -> Result<Box<dyn Notifier>, String> {
    let fields = Fields::of(settings, &["url", "secrets"])?;
    let url = fields.url("url", "give the address that takes the requests")?;
    let keys: Vec<Key> = fields.texts("secrets")?.into_iter().map(Key::read).collect::<Result<_, _>>()?;
    if keys.is_empty() {
        let fix = "write `whsec_` and 24 to 64 random bytes in base64";
        return Err(format!("`secrets` is missing, and requests without a signature are not sent; {fix}"));
    }
    Ok(Box::new(Webhook { url, keys }))
}

impl Webhook {
    fn signatures(&self, id: &str, now: Timestamp, body: &[u8]) -> String {
        let content = [format!("{id}.{}.", now.as_second()).as_bytes(), body].concat();
        self.keys.iter().map(|key| key.sign(&content)).collect::<Vec<_>>().join(" ")
    }
}

impl Notifier for Webhook {
    fn render(&self, message: &Message, now: Timestamp) -> Result<Outgoing, String> {
        let body = body(message);
        let request = Request::json("POST", self.url.0.clone(), &Value::Null);
        let request = request
            .with_header("webhook-id", message.key.clone())
            .with_header("webhook-timestamp", now.as_second().to_string())
            .with_header("webhook-signature", self.signatures(&message.key, now, &body));
        Ok(Outgoing::Http(Request { body, ..request }))
    }
}

/// The body. Where it would be too long, its text is shortened: whoever wants all of it follows `url`.
fn body(message: &Message) -> Vec<u8> {
    let with = |limit| {
        let body = json!({
            "type": data::event_type(message),
            "timestamp": data::instant(message.at),
            "data": data::of(message, limit),
        });
        body.to_string().into_bytes()
    };
    let limits = [8_000, 4_000, 2_000, 1_000, 0];
    limits.into_iter().map(with).find(|body| body.len() < LIMIT).unwrap_or_else(|| with(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use domain::Notice;

    #[test]
    fn the_signature_is_the_one_of_the_specification() {
        let key = Key::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = key.sign(br#"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_secret_signs_and_a_later_try_keeps_its_id() {
        let secrets =
            ["whsec_aW52ZW50ZWQga2V5IG9mIDMyIGJ5dGVzIG1hZGUgdXA=", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
        let webhook = read(&json!({ "url": "https://hooks.acme.example/", "secrets": secrets })).unwrap();
        let message = sample::message(Notice::Updated);
        let headers = |now: i64| {
            let now = Timestamp::from_second(now).unwrap();
            let Ok(Outgoing::Http(request)) = webhook.render(&message, now) else { panic!("a request") };
            request.headers
        };
        let (first, later) = (headers(1_739_353_200), headers(1_739_353_260));
        assert_eq!(first[1], later[1], "webhook-id");
        assert_ne!(first[2], later[2], "webhook-timestamp");
        assert_ne!(first[3], later[3], "webhook-signature");
        assert_eq!(first[3].1.split(' ').filter(|signature| signature.starts_with("v1,")).count(), 2);
    }

    #[test]
    fn a_weak_or_unreadable_secret_is_refused_without_being_quoted() {
        let cases = [
            (json!([]), "`secrets` is missing"),
            (json!(["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]), "one of `secrets` does not begin with `whsec_`"),
            (json!(["whsec_!"]), "one of `secrets` is no base64"),
            (json!(["whsec_c2hvcnQ="]), "one of `secrets` has 5 bytes"),
        ];
        for (secrets, message) in cases {
            let error = read(&json!({ "url": "https://hooks.acme.example/", "secrets": secrets }))
                .expect_err("refused");
            assert!(error.starts_with(message) && !error.contains("MfKQ"), "{error}");
        }
    }

    #[test]
    fn a_body_is_below_20_kb_whatever_is_told() {
        let mut message = sample::message(Notice::Updated);
        message.body = "\"\\é🚆 ".repeat(16_000);
        message.title = "\"".repeat(400);
        message.components = vec![("\"".repeat(300), domain::ComponentState::MajorOutage); 200];
        message.cause = Some("\\".repeat(5_000));
        let length = body(&message).len();
        assert!(length < LIMIT, "{length} bytes");
        message.title = "語".repeat(400);
        message.components = vec![("語".repeat(300), domain::ComponentState::DegradedPerformance); 200];
        message.cause = Some("語".repeat(5_000));
        message.environment = "語".repeat(5_000);
        let length = body(&message).len();
        assert!(length < LIMIT, "{length} bytes");
    }
}
