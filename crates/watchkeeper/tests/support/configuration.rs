//! The text of a configuration, as an operator would write it.

use std::fmt::Write as _;
use std::net::SocketAddr;

/// The environment in which our own incidents are opened.
pub(crate) const ENVIRONMENT: &str = "prod";

/// A vendor as the file names it.
pub(crate) struct Watched<'a> {
    /// What people call it.
    pub(crate) name: &'a str,
    /// Where its page is.
    pub(crate) url: &'a str,
    /// Which components count; none means all.
    pub(crate) components: &'a [&'a str],
    /// Seconds between two looks.
    pub(crate) interval_seconds: u32,
}

/// The file. Loopback is allowed for these vendors; `fetch` holds further lines of that section.
pub(crate) fn text(listen: SocketAddr, database: &str, vendors: &[Watched<'_>], fetch: &str) -> String {
    let hosts: Vec<&str> = vendors.iter().map(|vendor| host(vendor.url)).collect();
    let mut text = format!(
        "listen = \"{listen}\"\ndatabase = \"{database}\"\n\n[page]\nname = \"Quay Bakery\"\n\n\
         [[environment]]\nname = \"PROD\"\ncomponents = [\"Shop\", \"Ovens\"]\n\n\
         [fetch]\nallow_hosts = {hosts:?}\n{fetch}\n\n[log]\nlevel = \"error\"\n"
    );
    for Watched { name, url, components, interval_seconds } in vendors {
        let _ = write!(
            text,
            "\n[[vendor]]\nname = \"{name}\"\nurl = \"{url}\"\ninterval = \"{interval_seconds}s\"\n"
        );
        if !components.is_empty() {
            let _ = writeln!(text, "components = {components:?}");
        }
    }
    text
}

/// Host and port of an address.
fn host(url: &str) -> &str {
    url.trim_start_matches("http://").split('/').next().unwrap_or_default()
}
