//! Mail: the way to the one server that takes ours, with a few connections that stay open. Each mail carries the key
//! of its delivery as Message-ID, the same over every try, so that a receiver who gets it twice can tell.
//!
//! This module never retries, and never speaks to the servers of receivers itself.

mod session;
mod sessions;

use crate::config::MailConfig;
use lettre::Message;
use lettre::message::dkim::{DkimConfig, DkimSigningAlgorithm, DkimSigningKey};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, dkim::DkimCanonicalization};
use lettre::transport::smtp::Error as SmtpError;
use notifiers::{Mail, Verdict};
use sessions::Sessions;
use std::time::Duration;
use tokio::time::timeout;

/// Longest wait for the server with one mail; deliveries may be given less.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a signature covers. RFC 8058 wants the two that unsubscribe among them.
const SIGNED: [&str; 9] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// The way for mails.
pub struct Mailer {
    sessions: Sessions,
    from: Mailbox,
    domain: String,
    dkim: Option<DkimConfig>,
}

impl Mailer {
    /// A way to the server that is configured. Nothing is connected yet.
    pub fn new(config: &MailConfig) -> anyhow::Result<Self> {
        let domain = config.from.email.domain().to_owned();
        let dkim = config.dkim.as_ref().map(|(selector, key)| dkim(selector, &domain, key)).transpose()?;
        let sessions = Sessions::new(config, sessions::tls(config)?);
        Ok(Self { sessions, from: config.from.clone(), domain, dkim })
    }

    /// Hands a mail over.
    pub async fn send(&self, mail: &Mail) -> Verdict {
        let message = match self.write(mail) {
            Ok(message) => message,
            Err(wrong) => return Verdict::Refused(wrong),
        };
        match timeout(PATIENCE, self.sessions.send(&message)).await {
            Ok(Ok(response)) => Verdict::Delivered(response.first_word().map(str::to_owned)),
            Ok(Err(error)) => judge(&error),
            Err(_) => {
                let reason = format!("the mail server did not answer within {} s", PATIENCE.as_secs());
                Verdict::Retry { reason, after: None }
            }
        }
    }

    /// The mail as it leaves.
    fn write(&self, mail: &Mail) -> Result<Message, String> {
        let to: Mailbox = mail.to.parse().map_err(|_| "the receiver's address is none".to_owned())?;
        let thread = format!("<{}@{}>", mail.thread, self.domain);
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject.replace(['\r', '\n'], " "))
            .date(std::time::SystemTime::from(mail.at))
            .message_id(Some(format!("<{}@{}>", mail.key, self.domain)))
            .in_reply_to(thread.clone())
            .references(thread)
            // RFC 3834: no robot is to answer.
            .raw_header(raw("Auto-Submitted", "auto-generated"));
        if let Some(url) = &mail.unsubscribe_url {
            builder = builder
                .raw_header(raw("List-Unsubscribe", &format!("<{url}>")))
                .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        let both = MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone());
        let mut message =
            builder.multipart(both).map_err(|error| format!("cannot write the mail: {error}"))?;
        if let Some(dkim) = &self.dkim {
            message.sign(dkim);
        }
        Ok(message)
    }
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.replace(['\r', '\n'], ""))
}

fn dkim(selector: &str, domain: &str, key: &str) -> anyhow::Result<DkimConfig> {
    let key = DkimSigningKey::new(key, DkimSigningAlgorithm::Rsa);
    // What the key holds is not repeated.
    let key = key.map_err(|_| anyhow::anyhow!("`mail.dkim_key` holds no RSA key in PEM (PKCS#1)"))?;
    let headers = SIGNED.map(HeaderName::new_from_ascii_str).to_vec();
    let canonical = DkimCanonicalization {
        header: lettre::message::dkim::DkimCanonicalizationType::Relaxed,
        body: lettre::message::dkim::DkimCanonicalizationType::Relaxed,
    };
    Ok(DkimConfig::new(selector.to_owned(), domain.to_owned(), key, headers, canonical))
}

/// 5xx is for ever, everything else may pass.
fn judge(error: &SmtpError) -> Verdict {
    let cause = std::error::Error::source(error);
    let mut reason = match cause {
        // The library calls it an error of ours; it is what the server lacks, such as STARTTLS or a way to sign in.
        Some(lacking) if error.is_client() => {
            format!("the mail server cannot be used as configured: {lacking}")
        }
        _ => error.to_string(),
    };
    // The words of an error end with those of its cause.
    let mut next = cause.and_then(std::error::Error::source);
    while let Some(cause) = next {
        reason = format!("{reason}: {cause}");
        next = cause.source();
    }
    if error.is_permanent() { Verdict::Refused(reason) } else { Verdict::Retry { reason, after: None } }
}

#[cfg(test)]
mod tests;
