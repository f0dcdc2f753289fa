//! Addresses that strangers type. A mail address is one as it stands in a header, so nothing that could begin
//! another header passes; a URL is judged as it is written here, and once more by the client for what its name
//! stands for when it connects.

use crate::api::vocabulary::shorten;
use crate::error::Error;
use std::fmt;
use std::sync::Arc;
use store::SubscriberKind;
use url::{Host, Url};

/// Longest mail address that can be delivered to (RFC 5321, with its erratum 1690).
const ADDRESS_LIMIT: usize = 254;
/// Longest part before the `@`.
const LOCAL_LIMIT: usize = 64;
/// Longest URL. Those of chats are below 300 bytes.
const URL_LIMIT: usize = 2_000;

type Judge = dyn Fn(SubscriberKind, &Url) -> Result<(), String> + Send + Sync;

/// Judges where messages would go: handed in by whoever sends them.
#[derive(Clone)]
pub struct Vet(Arc<Judge>);

impl Vet {
    /// Any function that says what is wrong with an address.
    pub fn from_fn(
        judge: impl Fn(SubscriberKind, &Url) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(judge))
    }
}

impl fmt::Debug for Vet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vet")
    }
}

/// An address as it is kept.
pub(super) fn read(kind: SubscriberKind, text: &str, vet: &Vet) -> Result<String, Error> {
    let text = text.trim();
    if kind == SubscriberKind::Email {
        return email(text).ok_or_else(|| {
            let message = format!("`target` is `{}`, which is no mail address", shorten(text));
            Error::invalid(message, "write one such as `ann@example.org`")
        });
    }
    let url = web_address(text).map_err(|hint| {
        let message = format!("`target` is `{}`, which messages cannot go to", shorten(text));
        Error::invalid(message, hint)
    })?;
    (vet.0)(kind, &url).map_err(|wrong| Error::invalid("messages cannot go to `target`", wrong))?;
    Ok(url.to_string())
}

/// The address with its host in the spelling of the network; `None` where it is none.
fn email(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    if local.is_empty() || local.len() > LOCAL_LIMIT || dots || !local.bytes().all(plain) {
        return None;
    }
    let Ok(Host::Domain(domain)) = Host::parse(domain) else { return None };
    let named = domain.split('.').count() > 1 && domain.split('.').all(|part| !part.is_empty());
    let address = format!("{local}@{domain}");
    (named && address.len() <= ADDRESS_LIMIT).then_some(address)
}

fn web_address(text: &str) -> Result<Url, String> {
    if text.len() > URL_LIMIT {
        return Err(format!("use one of at most {URL_LIMIT} bytes"));
    }
    match Url::parse(text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => Err("begin it with `https://`".to_owned()),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err("leave out what precedes the `@`".to_owned())
        }
        Ok(mut url) => {
            url.set_fragment(None);
            Ok(url)
        }
        Err(_) => Err("write one such as `https://example.org/hook`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses_are_kept_as_the_network_spells_them() {
        for (typed, kept) in [
            ("ann@example.org", "ann@example.org"),
            ("Ann.B+status@Example.ORG", "Ann.B+status@example.org"),
            ("o'hara@bücher.example", "o'hara@xn--bcher-kva.example"),
        ] {
            assert_eq!(email(typed).as_deref(), Some(kept));
        }
    }

    #[test]
    fn nothing_that_could_begin_a_header_or_name_a_second_receiver_passes() {
        let long = format!("{}@example.org", "a".repeat(65));
        for typed in [
            "",
            "ann",
            "@example.org",
            "ann@",
            "ann@localhost",
            "ann@127.0.0.1",
            "ann@[::1]",
            "ann@example.org\r\nBcc: all@example.org",
            "ann@example.org\nX: y",
            "ann\u{0}@example.org",
            "a nn@example.org",
            "ann@exam ple.org",
            "Ann <ann@example.org>",
            "ann@example.org,bea@example.org",
            "ann@example.org;bea@example.org",
            "\"ann\"@example.org",
            "ann(x)@example.org",
            "änn@example.org",
            ".ann@example.org",
            "an..n@example.org",
            "ann@example..org",
            "ann@.org",
            "ann%0d%0aBcc:x@evil.example@",
            &long,
        ] {
            assert_eq!(email(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn urls_of_another_scheme_or_with_a_user_are_refused_and_the_vet_has_the_last_word() {
        let vet = Vet::from_fn(|_, url| match url.host_str() {
            Some("10.0.0.1" | "127.0.0.1") => Err("a private address".into()),
            _ => Ok(()),
        });
        let read = |text: &str| read(SubscriberKind::Webhook, text, &vet);
        assert_eq!(read(" https://Example.org/hook#x ").expect("an address"), "https://example.org/hook");
        for text in [
            "",
            "example.org",
            "ftp://example.org",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://user:pass@example.org/",
            "http://10.0.0.1/",
            "http://0x7f.1/",
            "http://2130706433/",
        ] {
            assert!(matches!(read(text), Err(Error::Invalid { .. })), "{text}");
        }
    }
}
