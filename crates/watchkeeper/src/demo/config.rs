//! The configuration with which Watchkeeper watches the demo world.
//!
//! This module never writes a file.

use super::World;
use std::fmt::Write as _;
use std::net::SocketAddr;
use toml::Value;

/// What the invented team runs, in each of its environments.
const COMPONENTS: &str = r#"[
  { name = "API", group = "Core" },
  { name = "Web Client", group = "Core" },
  { name = "Search", group = "Core" },
  { name = "Events", group = "Data" },
  { name = "Analytics", group = "Data" },
]"#;

/// The file's text. `database` is an address as the `database` key takes it.
pub fn config(world: &World, listen: SocketAddr, database: &str) -> String {
    let hosts: Value = world.vendors().iter().map(|(_, url)| host(url)).collect::<Vec<_>>().into();
    let database = Value::from(database);
    let mut text = format!(
        r#"# The demo: invented vendors on this machine, a team that stands on them.
listen = "{listen}"
database = {database}

[page]
name = "Meridian Outfitters"
about = "What we run, and the vendors it stands on."

[fetch]
allow_hosts = {hosts}

[[environment]]
name = "PROD1"
baseline = "operational"
components = {COMPONENTS}

[[environment]]
name = "PROD2"
baseline = "operational"
components = {COMPONENTS}
"#
    );
    for (name, url) in world.vendors() {
        let (name, url) = (Value::from(name), Value::from(url));
        let _ = write!(text, "\n[[vendor]]\nname = {name}\nurl = {url}\ninterval = \"60s\"\n");
    }
    text
}

/// Host and port of an address.
fn host(url: &str) -> String {
    let rest = url.trim_start_matches("http://");
    rest.split('/').next().unwrap_or(rest).to_owned()
}
