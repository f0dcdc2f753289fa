//! `[mail]`: the server through which mails leave.
//!
//! This module never connects, and `Debug` shows no password and no key.

use super::reader::{Table, Value};
use super::secret;
use super::section::{Key, Need, Section};
use lettre::message::Mailbox;
use std::fmt;
use std::net::IpAddr;

/// `[mail]`
pub const SECTION: Section = Section {
    name: "mail",
    many: false,
    doc: "The server through which mails leave. Without it no mail is sent.",
    keys: &[
        Key {
            name: "server",
            need: Need::Optional("\"smtp.example.org\""),
            form: "host, or `host:port`",
            doc: "Takes mail from us. The port is 587, 465 with \"tls\", and 25 with \"none\", unless it is given.",
        },
        Key {
            name: "security",
            need: Need::Default("\"starttls\""),
            form: "`starttls`, `tls` or `none`",
            doc: "How the connection is kept secret. \"none\" is for a server on this machine only.",
        },
        Key {
            name: "from",
            need: Need::Optional("\"Acme Status <status@example.org>\""),
            form: "mail address, with or without a name",
            doc: "Who the mails are from. Needed with `server`.",
        },
        Key {
            name: "user",
            need: Need::Optional("\"status\""),
            form: "text",
            doc: "Who we are to that server.",
        },
        Key {
            name: "password",
            need: Need::Optional("\"s3cret\""),
            form: "text, `{ env = NAME }` or `{ file = PATH }`",
            doc: "The password of that user. It belongs in the environment or in a file.",
        },
        Key {
            name: "connections",
            need: Need::Default("8"),
            form: "1 to 64",
            doc: "Mails that are handed over at a time.",
        },
        Key {
            name: "dkim_selector",
            need: Need::Optional("\"watchkeeper\""),
            form: "text",
            doc: "Signs mails with DKIM under this selector, where the server does not do it. Needs `dkim_key`.",
        },
        Key {
            name: "dkim_key",
            need: Need::Optional("\"-----BEGIN RSA PRIVATE KEY-----\""),
            form: "text, `{ env = NAME }` or `{ file = PATH }`",
            doc: "The RSA key in PEM (PKCS#1) that signs. It belongs in a file.",
        },
    ],
};

/// How the connection is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// It begins in the clear and turns to TLS, or ends.
    StartTls,
    /// TLS from the beginning.
    Tls,
    /// Not at all.
    None,
}

/// The server through which mails leave.
#[derive(Clone)]
pub struct MailConfig {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is kept secret.
    pub security: Security,
    /// Who the mails are from.
    pub from: Mailbox,
    /// User and password.
    pub login: Option<(String, String)>,
    /// Mails that are handed over at a time.
    pub connections: usize,
    /// DKIM selector and key in PEM.
    pub dkim: Option<(String, String)>,
}

impl fmt::Debug for MailConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailConfig")
            .field("server", &format_args!("{}:{}", self.host, self.port))
            .field("security", &self.security)
            .field("from", &self.from.to_string())
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

pub(super) fn read(table: &Table<'_>) -> Option<MailConfig> {
    let word = table.value("security").and_then(|value| value.word(&["starttls", "tls", "none"]));
    let security = match word {
        Some("tls") => Security::Tls,
        Some("none") => Security::None,
        _ => Security::StartTls,
    };
    let server = table.value("server");
    let address = server.as_ref().map(|value| server_address(value, security));
    let from = table.value("from").map(|value| mailbox(&value));
    let connections = table.value("connections").and_then(|value| value.integer(1..=64)).unwrap_or(8);
    let login = pair(table, "user", "password");
    let dkim = pair(table, "dkim_selector", "dkim_key");
    if let (Some(server), None) = (&server, &from) {
        server.wrong("there without `from`; say who the mails are from");
    }
    if server.is_none() && from.is_some() {
        table.wrong("has a sender and no `server`; name the server that takes the mails");
    }
    let (host, port) = address??;
    let connections = usize::try_from(connections).unwrap_or(8);
    Some(MailConfig { host, port, security, from: from??, login, connections, dkim })
}

fn server_address(value: &Value<'_>, security: Security) -> Option<(String, u16)> {
    let text = value.text()?;
    let usual = match security {
        Security::StartTls => 587,
        Security::Tls => 465,
        Security::None => 25,
    };
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()),
        _ => (text, Some(usual)),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let Some(port) = port.filter(|_| !host.is_empty() && !host.contains(['/', '@', ' '])) else {
        value.wrong("not a server; write a host or `host:port`");
        return None;
    };
    let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if security == Security::None && !loopback {
        value.wrong("not on this machine, and `security` is \"none\"; use \"starttls\" or \"tls\"");
        return None;
    }
    Some((host, port))
}

fn mailbox(value: &Value<'_>) -> Option<Mailbox> {
    let parsed = value.text()?.parse().ok();
    if parsed.is_none() {
        value.wrong("not a mail address; write it as \"Name <name@example.org>\"");
    }
    parsed
}

/// Two keys that need each other, the second being a secret.
fn pair(table: &Table<'_>, first: &str, second: &str) -> Option<(String, String)> {
    let (name, secret) = (table.value(first), table.value(second));
    match (&name, &secret) {
        (Some(name), None) => name.wrong(format!("there without `{second}`; give both or none")),
        (None, Some(secret)) => secret.wrong(format!("there without `{first}`; give both or none")),
        _ => {}
    }
    let secret = secret::read(&secret?, table.surroundings())?;
    Some((name?.text()?.to_owned(), secret.text().to_owned()))
}
