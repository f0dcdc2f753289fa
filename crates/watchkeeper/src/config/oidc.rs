//! `[oidc]`: sign-in to the console with the organisation's own accounts.
//!
//! This module never connects, and `Debug` shows no secret.

use super::FetchConfig;
use super::reader::{Surroundings, Table, Value};
use super::secret;
use super::section::{Key, Need, Section};
use super::server::web_address;
use domain::Grants;
use std::fmt;

/// `[oidc]`
pub const SECTION: Section = Section {
    name: "oidc",
    many: false,
    doc: "Sign-in to the console with your organisation's own accounts, by OpenID Connect. It needs `public_url`; \
          the issuer sends people back to `/console/elsewhere/back` there.",
    keys: &[
        Key {
            name: "issuer",
            need: Need::Optional("\"https://id.example.org\""),
            form: "web address",
            doc: "The issuer, exactly as its tokens name it. One at a special address belongs in \
                  `fetch.allow_hosts`, too.",
        },
        Key {
            name: "name",
            need: Need::Default("\"your organisation\""),
            form: "text",
            doc: "What the button calls it.",
        },
        Key {
            name: "client_id",
            need: Need::Optional("\"watchkeeper\""),
            form: "text",
            doc: "What Watchkeeper is called there.",
        },
        Key {
            name: "client_secret",
            need: Need::Optional("\"what the issuer gave you\""),
            form: "text, `{ env = NAME }` or `{ file = PATH }`",
            doc: "By which it proves that. It belongs in the environment, { env = \"OIDC_SECRET\" }, or in a file.",
        },
        Key {
            name: "groups_claim",
            need: Need::Default("\"groups\""),
            form: "text",
            doc: "The claim of the token that lists groups.",
        },
        Key {
            name: "roles",
            need: Need::Default("[]"),
            form: "list of `GROUP = ENVIRONMENT:ROLE …`",
            doc: "What each group may do, such as \"sre = *:admin\" or \"support = prod1:responder prod2:viewer\". \
                  Whoever is in none of them may not sign in.",
        },
    ],
};

/// Where accounts are.
#[derive(Clone)]
pub struct OidcConfig {
    /// The issuer, as its tokens name it.
    pub issuer: String,
    /// What the button calls it.
    pub name: String,
    /// What we are called there.
    pub client_id: String,
    /// By which we prove it.
    pub client_secret: String,
    /// Claim that lists groups.
    pub groups_claim: String,
    /// What each group may do.
    pub roles: Vec<(String, Grants)>,
}

impl fmt::Debug for OidcConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcConfig")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

pub(super) fn read(
    table: &Table<'_>,
    fetch: &FetchConfig,
    surroundings: &Surroundings,
) -> Option<OidcConfig> {
    let issuer = table.value("issuer").and_then(|value| issuer(&value, fetch));
    let client_id = table.value("client_id").and_then(|value| value.text().map(str::to_owned));
    let client_secret = table.value("client_secret").and_then(|value| secret::read(&value, surroundings));
    let text = |key: &str, default: &str| {
        let given = table.value(key).and_then(|value| value.text().map(str::to_owned));
        given.unwrap_or_else(|| default.to_owned())
    };
    let roles = table.value("roles").map(|value| value.list()).unwrap_or_default();
    let roles: Vec<_> = roles.iter().filter_map(role).collect();
    let (name, groups_claim) = (text("name", "your organisation"), text("groups_claim", "groups"));
    let needed = ["issuer", "client_id", "client_secret"].map(|key| table.value(key).is_some());
    if needed != [true; 3] && (needed != [false; 3] || !roles.is_empty()) {
        table.wrong("needs `issuer`, `client_id` and `client_secret` together");
    }
    let client_secret = client_secret?.text().to_owned();
    Some(OidcConfig { issuer: issuer?, name, client_id: client_id?, client_secret, groups_claim, roles })
}

/// As it stands there: a slash at the end is a part of the name.
fn issuer(value: &Value<'_>, fetch: &FetchConfig) -> Option<String> {
    let url = web_address(value)?;
    if let Err(refused) = fetch.allow_hosts.check(&url) {
        value.wrong(format!("{}; to ask there all the same, add it to `fetch.allow_hosts`", refused.reason));
        return None;
    }
    value.text().map(str::to_owned)
}

fn role(value: &Value<'_>) -> Option<(String, Grants)> {
    let parsed = value.text()?.split_once('=').and_then(|(group, roles)| {
        let grants = Grants::parse(roles).filter(|grants| !grants.is_empty())?;
        Some((group.trim().to_owned(), grants)).filter(|(group, _)| !group.is_empty())
    });
    if parsed.is_none() {
        value.wrong(
            "no role of a group; write one such as \"sre = *:admin\" or \"support = prod1:responder\"",
        );
    }
    parsed
}
