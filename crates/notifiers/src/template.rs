//! Any other receiver: method, headers and body are templates of yours (minijinja, which is Jinja).
//!
//! What templates can say: `notice`, `headline`, `text`, `at`, `seq`, `audience`, `automatic`, `cause`, `incident.id`,
//! `.kind`, `.title`, `.impact`, `.state`, `.url`, `.environment`, `.components` (each with `.name` and `.state`),
//! `.began_at`, `.published_at`, `.resolved_at`, `.next_update_at`, `.schedule`, `page.name`, `page.url`, `key` (the same
//! over every try). What is not known is `none`. In a body of JSON every value is escaped for the inside of a text in
//! quotes, and `{{ value | tojson }}` writes it with its quotes; bodies of other types escape as they need.
//! There are `upper`, `lower`, `trim`, `length`, `first`, `last`, `default`, `join`, `cut` and `tojson`.
//!
//! Every template is tried with every kind of news when it is read, so a mistake is found then and not at night.
//! Templates read no files, include nothing, and run for a bounded time in bounded memory; for that, texts are joined by
//! writing them next to each other, and `~`, `+`, `*`, `,` and lists of your own are refused.

mod engine;

use crate::data;
use crate::message::{Audience, Message};
use crate::outgoing::{Outgoing, Request};
use crate::sample;
use crate::settings::{Fields, Secret, SecretUrl, shorten};
use crate::{Kind, Notifier};
use domain::{Notice, Timestamp};
use engine::Escape;
use serde_json::{Value, json};

/// Methods that a template may choose.
const METHODS: [&str; 5] = ["POST", "PUT", "PATCH", "DELETE", "GET"];
/// Headers that belong to the client.
const RESERVED: [&str; 6] = ["host", "content-length", "connection", "transfer-encoding", "te", "upgrade"];
/// Longest text of an update in a template.
const TEXT: usize = 8_000;

pub(crate) const KIND: Kind = Kind {
    name: "template",
    doc: "Any other receiver: a request made of templates.",
    example: r#"url = "https://chat.acme.example/hooks/status"
method = "{{ 'PUT' if notice == 'resolved' else 'POST' }}"   # POST if absent
content_type = "application/json"                            # also if absent
headers = { authorization = "Bearer abc", idempotency-key = "{{ key }}" }
body = '''
{ "title": "{{ headline }}",
  "text": {{ text | tojson }},
  "components": [{% for one in incident.components %}"{{ one.name }}"{% if not loop.last %}, {% endif %}{% endfor %}] }
'''
"#,
    secrets: &["url", "headers"],
    read,
};

#[derive(Debug)]
struct Template {
    url: SecretUrl,
    method: String,
    content_type: String,
    escape: Escape,
    headers: Vec<(String, Secret)>,
    body: String,
}

fn read(settings: &Value) -> Result<Box<dyn Notifier>, String> {
    let fields = Fields::of(settings, &["url", "method", "content_type", "headers", "body"])?;
    let url = fields.url("url", "give the address that takes the requests")?;
    let method = fields.text("method")?.unwrap_or("POST").to_owned();
    let content_type = fields.text("content_type")?.unwrap_or("application/json").trim().to_owned();
    if !content_type.contains('/') || !content_type.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        let quoted = shorten(&content_type);
        return Err(format!("`content_type` is `{quoted}`, which is none; write it as `application/json`"));
    }
    let headers = fields.table("headers")?;
    let headers = headers.into_iter().map(|(name, value)| header(name, value)).collect::<Result<_, _>>()?;
    let body = fields.text("body")?.ok_or("`body` is missing; give the template of what is sent")?.to_owned();
    let escape = Escape::of(&content_type);
    let template = Template { url, method, content_type, escape, headers, body };
    template.check()?;
    Ok(Box::new(template))
}

fn header(name: &str, value: &str) -> Result<(String, Secret), String> {
    let name = name.to_ascii_lowercase();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    match name.as_str() {
        "content-type" => Err("`headers` has `content-type`; write it as `content_type`".to_owned()),
        name if RESERVED.contains(&name) => {
            Err(format!("`headers` has `{name}`, which the client writes itself; leave it out"))
        }
        name if !is_name => {
            Err(format!("`headers` has `{}`, which is no name; use letters and `-`", shorten(name)))
        }
        _ => Ok((name, Secret(value.to_owned()))),
    }
}

impl Template {
    /// Tries it with every kind of news, for operators and for the public.
    fn check(&self) -> Result<(), String> {
        let sources = [("method", &self.method), ("body", &self.body)];
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), &value.0));
        for (field, source) in sources.into_iter().chain(headers) {
            engine::check(source).map_err(|error| format!("`{field}`, {error}"))?;
        }
        for notice in Notice::ALL.into_iter().filter(|notice| *notice != Notice::Observed) {
            for audience in [Audience::Operators, Audience::Public] {
                let request = self.request(&Message { audience, ..sample::message(notice) })?;
                if self.escape == Escape::Json && !request.body.is_empty() {
                    serde_json::from_slice::<serde::de::IgnoredAny>(&request.body).map_err(|error| {
                        let notice = notice.as_str();
                        format!("`body` does not become JSON for the news `{notice}`: {error}; look at quotes and commas there")
                    })?;
                }
            }
        }
        Ok(())
    }

    fn request(&self, message: &Message) -> Result<Request, String> {
        let context = context(message);
        let render = |field: &str, source: &str, escape: Escape| {
            engine::render(source, &context, escape).map_err(|error| format!("`{field}`, {error}"))
        };
        let word = render("method", &self.method, Escape::Nothing)?;
        let method = METHODS.into_iter().find(|method| *method == word.trim()).ok_or_else(|| {
            format!("`method` becomes `{}`; let it become one of {}", shorten(&word), METHODS.join(", "))
        })?;
        let mut headers = vec![("content-type".to_owned(), self.content_type.clone())];
        for (name, source) in &self.headers {
            headers.push((name.clone(), visible(&render(name, &source.0, Escape::Nothing)?)));
        }
        let body = render("body", &self.body, self.escape)?.into_bytes();
        Ok(Request { method, url: self.url.0.clone(), headers, body })
    }
}

/// What templates can say. Everything is there in every message, `none` where it is not known.
fn context(message: &Message) -> Value {
    let mut context = data::of(message, TEXT);
    context["key"] = json!(message.key);
    for absent in ["cause", "unsubscribe_url"] {
        if context.get(absent).is_none() {
            context[absent] = Value::Null;
        }
    }
    if context["incident"].get("schedule").is_none() {
        context["incident"]["schedule"] = Value::Null;
    }
    context
}

/// The value of a header: one line of letters that every server reads.
fn visible(text: &str) -> String {
    crate::text::line(text).chars().map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect()
}

impl Notifier for Template {
    fn render(&self, message: &Message, _now: Timestamp) -> Result<Outgoing, String> {
        self.request(message).map(Outgoing::Http)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(body: &str) -> Value {
        json!({ "url": "https://chat.acme.example/", "body": body })
    }

    fn error(settings: &Value) -> String {
        read(settings).expect_err("refused")
    }

    #[test]
    fn a_mistake_is_found_when_it_is_read_and_its_line_is_named() {
        let cases = [
            (with("{\n  \"a\": \"{{ headlin }}\"\n}"), "`body`, line 2: undefined value"),
            (with("{{ text | shout }}"), "`body`, line 1: unknown filter"),
            (with("\n{% if %}"), "`body`, line 2: syntax error"),
            (with("{% include 'x' %}"), "`body`, line 1: syntax error: unknown statement"),
            (with("{{ text ~ text }}"), "`body`, line 1: `~` is not available"),
            (with("{{ text | tojson * 9 }}"), "`body`, line 1: `*` is not available"),
            (with("{ \"a\": {{ text }} }"), "`body` does not become JSON for the news `opened`"),
            (json!({ "url": "https://chat.acme.example/" }), "`body` is missing"),
            (
                json!({ "url": "https://chat.acme.example/", "body": "1", "method": "{{ notice }}" }),
                "`method` becomes `opened`; let it become one of POST, PUT",
            ),
            (
                json!({ "url": "https://chat.acme.example/", "body": "1", "headers": { "Host": "x" } }),
                "`headers` has `host`, which the client writes itself",
            ),
            (
                json!({ "url": "https://chat.acme.example/", "body": "1", "headers": { "a\r\nb": "x" } }),
                "`headers` has `a b`, which is no name",
            ),
            (
                json!({ "url": "https://chat.acme.example/", "body": "1", "content_type": "json" }),
                "`content_type` is `json`, which is none",
            ),
        ];
        for (settings, message) in cases {
            let error = error(&settings);
            assert!(error.starts_with(message), "{settings}: {error}");
        }
    }

    #[test]
    fn a_template_that_never_ends_or_grows_without_end_is_stopped() {
        let nested = "{% for a in range(1000) %}{% for b in range(1000) %}{{ text }}{% endfor %}{% endfor %}";
        assert!(error(&with(nested)).contains("unknown function"), "{}", error(&with(nested)));
        let mut body =
            "{% for c in text %}{% for d in text %}{% for e in text %}{% for f in text %}x".to_owned();
        body += "{% endfor %}{% endfor %}{% endfor %}{% endfor %}";
        assert!(error(&with(&body)).contains("ran out of fuel"), "{}", error(&with(&body)));
        let long = "x".repeat(engine::SOURCE + 1);
        assert!(error(&with(&long)).starts_with("`body`, line 1: it is longer than"));
    }

    #[test]
    fn foreign_text_stays_inside_its_quotes() {
        let message = Message {
            title: "\" , \"admin\": true, \"x\": \"\\".to_owned(),
            key: "msg\r\nx-admin: ü".to_owned(),
            ..sample::message(Notice::Updated)
        };
        let mut settings =
            with("{\"title\": \"{{ incident.title }}\", \"again\": {{ incident.title | tojson }}}");
        settings["headers"] = json!({ "X-Key": "{{ key }}" });
        let Ok(Outgoing::Http(request)) = read(&settings).unwrap().render(&message, message.at) else {
            panic!("a request")
        };
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        assert_eq!(body["title"], message.title);
        assert_eq!(body["again"], message.title);
        assert!(body.get("admin").is_none());
        assert_eq!(request.headers[1], ("x-key".to_owned(), "msg x-admin: ?".to_owned()));
    }

    #[test]
    fn other_bodies_escape_as_they_need() {
        let message = Message { title: "<b>&\"ü".to_owned(), ..sample::message(Notice::Updated) };
        let body = |content_type: &str| {
            let mut settings = with("t={{ incident.title }}");
            settings["content_type"] = json!(content_type);
            let Ok(Outgoing::Http(request)) = read(&settings).unwrap().render(&message, message.at) else {
                panic!("a request")
            };
            String::from_utf8(request.body).unwrap()
        };
        assert_eq!(body("text/plain"), "t=<b>&\"ü");
        assert_eq!(body("text/html; charset=utf-8"), "t=&lt;b&gt;&amp;&quot;ü");
        assert_eq!(body("application/x-www-form-urlencoded"), "t=%3Cb%3E%26%22%C3%BC");
    }
}
