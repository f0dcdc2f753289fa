//! The configuration with which Watchkeeper watches the demo's platform.
//!
//! This module never writes a file.

use super::{Platform, uri};
use std::fmt::Write as _;
use std::net::SocketAddr;
use toml::Value;

/// The file's text. `store` is an address as the key of that name takes it.
pub fn config(platform: &Platform, listen: SocketAddr, store: &str) -> String {
    let store = Value::from(store);
    let mut text = format!(
        r#"# The demo: a platform on this machine, and the databases it stands on.
listen = "{listen}"
store = {store}

[page]
name = "Meridian Outfitters"
about = "What we run, and the databases it stands on."
"#
    );
    for environment in &*platform.environments {
        let name = environment.name;
        let uri = Value::from(uri(&environment.server().address()));
        let app_uri = Value::from(super::uri(&environment.way.address().to_string()));
        let _ = write!(
            text,
            r#"
[[environment]]
name = "{name}"
baseline = "operational"
components = ["API", "Web Client", "Events"]

[[database]]
name = "CRM {name}"
environment = "{name}"
uri = {uri}
app_uri = {app_uri}
affects = ["API", "Web Client"]
quiet = "10s"
"#
        );
    }
    text
}
