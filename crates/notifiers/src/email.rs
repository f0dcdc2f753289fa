//! A mail through the SMTP server of the configuration: use it for people who want to read it later, too.
//!
//! The mails of one incident are one thread. The text is there twice, plain and as HTML; neither loads anything.
//! Never says who it is from, and never puts foreign text into a header but on one line of the subject.

use crate::message::Message;
use crate::outgoing::{Mail, Outgoing};
use crate::settings::{Fields, shorten};
use crate::text::{cut, html, line, web};
use crate::told::Told;
use crate::words::{Words, fill};
use crate::{Kind, Notifier};
use domain::Timestamp;
use serde_json::Value;

/// Longest subject: what mail programs still show.
const SUBJECT: usize = 150;
/// Longest text: what mail programs show without asking.
const BODY: usize = 20_000;
/// Longest address that SMTP carries.
const ADDRESS: usize = 254;

pub(crate) const KIND: Kind = Kind {
    name: "email",
    doc: "A mail to one address.",
    example: r#"to = "on-call@acme.example"
"#,
    secrets: &[],
    read,
};

#[derive(Debug)]
struct Email {
    to: String,
}

fn read(settings: &Value) -> Result<Box<dyn Notifier>, String> {
    let fields = Fields::of(settings, &["to"])?;
    let to = fields.needed("to", "give the address of the receiver")?;
    if !is_address(to) {
        let quoted = shorten(to);
        return Err(format!("`to` is `{quoted}`, which is no address of one mailbox; write `name@host`"));
    }
    Ok(Box::new(Email { to: to.to_owned() }))
}

/// Whether it is one address and nothing besides: no name, no list, no break.
pub fn is_address(text: &str) -> bool {
    let allowed = |c: char| !c.is_control() && !c.is_whitespace() && !"<>()[]\\,;:\"".contains(c);
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let labels = host.split('.').all(|label| {
        !label.is_empty() && !label.starts_with('-') && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    });
    let dots = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    text.len() <= ADDRESS
        && (1..=64).contains(&local.len())
        && dots
        && labels
        && !local.contains('@')
        && text.chars().all(allowed)
        && line(text) == text
}

impl Notifier for Email {
    fn render(&self, message: &Message, _now: Timestamp) -> Result<Outgoing, String> {
        let told = Told::of(message);
        let page = cut(&line(&message.page), 60);
        Ok(Outgoing::Mail(Mail {
            to: self.to.clone(),
            subject: cut(&format!("[{page}] {}", told.headline), SUBJECT),
            text: plain(message, &told),
            html: rich(message, &told),
            key: message.key.clone(),
            thread: message.incident.to_string(),
            unsubscribe_url: message.unsubscribe_url.as_deref().and_then(web),
            at: message.at,
        }))
    }
}

/// Lines below the text: who wrote it, why one gets it, and how not to.
fn footer(message: &Message, told: &Told) -> Vec<String> {
    let words = Words::of(message.language);
    let mut lines: Vec<String> = told.footer.iter().map(|line| (*line).to_owned()).collect();
    if message.unsubscribe_url.is_some() {
        lines.push(fill(words.why, &[("page", &cut(&line(&message.page), 100))]));
    }
    lines
}

fn plain(message: &Message, told: &Told) -> String {
    let words = Words::of(message.language);
    let mut parts = vec![told.headline.clone(), cut(&told.text(), BODY), told.fact_lines()];
    parts.extend(web(&message.url).map(|url| format!("{}: {url}", told.link)));
    let mut below = footer(message, told);
    let unsubscribe = message.unsubscribe_url.as_deref().and_then(web);
    below.extend(unsubscribe.map(|url| format!("{}: {url}", words.unsubscribe)));
    if !below.is_empty() {
        // Mail programs know what follows this line as the part below a letter.
        parts.push(format!("-- \n{}", below.join("\n")));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

/// Colours are left to the reader's program, so it is dark where the reader likes it dark.
fn rich(message: &Message, told: &Told) -> String {
    let words = Words::of(message.language);
    let title = html(&told.headline);
    let link = |url: String, text: &str| format!("<a href=\"{}\">{}</a>", html(&url), html(text));
    let mut parts = vec![
        "<!doctype html>".to_owned(),
        format!("<html lang=\"{}\">", message.language.tag()),
        "<head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">".to_owned(),
        format!("<title>{title}</title></head>"),
        "<body style=\"font-family:sans-serif;line-height:1.5;max-width:40em\">".to_owned(),
        format!("<h1 style=\"font-size:1.3em\">{title}</h1>"),
    ];
    let text = cut(&told.text(), BODY);
    let paragraphs = text.split("\n\n").filter(|paragraph| !paragraph.is_empty());
    parts.extend(paragraphs.map(|paragraph| format!("<p>{}</p>", html(paragraph).replace('\n', "<br>\n"))));
    parts.push("<table>".to_owned());
    parts.extend(told.facts.iter().map(|(label, value)| row(label, value)));
    parts.push("</table>".to_owned());
    parts.extend(web(&message.url).map(|url| format!("<p>{}</p>", link(url, told.link))));
    let mut below: Vec<String> = footer(message, told).iter().map(|line| html(line)).collect();
    let unsubscribe = message.unsubscribe_url.as_deref().and_then(web);
    below.extend(unsubscribe.map(|url| link(url, words.unsubscribe)));
    if !below.is_empty() {
        parts.push(format!("<hr>\n<p><small>{}</small></p>", below.join("<br>\n")));
    }
    parts.push("</body>\n</html>\n".to_owned());
    parts.join("\n")
}

fn row(label: &str, value: &str) -> String {
    let head = "<th align=\"left\" valign=\"top\" style=\"padding-right:1em\">";
    format!("<tr>{head}{}</th><td>{}</td></tr>", html(label), html(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Audience;
    use crate::sample;
    use domain::{Language, Notice};

    #[test]
    fn only_one_mailbox_is_an_address() {
        for good in ["a@acme.example", "on-call+wk@mail.acme.example", "müller@acme.example", "a@localhost"]
        {
            assert!(is_address(good), "{good}");
        }
        let long = format!("{}@acme.example", "a".repeat(65));
        for bad in [
            "",
            "a",
            "@acme.example",
            "a@",
            "a@b@acme.example",
            "a b@acme.example",
            "a@acme.example\r\nBcc: b@acme.example",
            "a@acme.example,b@acme.example",
            "A <a@acme.example>",
            "a@-acme.example",
            "a@acme..example",
            ".a@acme.example",
            "a..b@acme.example",
            "a\u{202e}@acme.example",
            "a@[127.0.0.1]",
            &long,
        ] {
            assert!(!is_address(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_mail_to_a_subscriber_says_why_and_how_to_leave() {
        let mut message = sample::message(Notice::Opened);
        message.audience = Audience::Public;
        message.language = Language::German;
        message.unsubscribe_url = Some("https://status.acme.example/unsubscribe/x?a=1&b=2".to_owned());
        let email = Email { to: "a@acme.example".to_owned() };
        let Ok(Outgoing::Mail(mail)) = email.render(&message, message.at) else { panic!("a mail") };
        assert_eq!(mail.subject, "[Acme Status] Neue Störung: Reads stall");
        assert!(mail.text.ends_with(
            "-- \nAutomatisch veröffentlicht.\nSie erhalten diese Nachricht, weil Sie Acme Status abonniert haben.\n\
             Abbestellen: https://status.acme.example/unsubscribe/x?a=1&b=2\n"
        ), "{}", mail.text);
        assert!(
            mail.html.contains(
                "<a href=\"https://status.acme.example/unsubscribe/x?a=1&amp;b=2\">Abbestellen</a>"
            )
        );
    }
}
