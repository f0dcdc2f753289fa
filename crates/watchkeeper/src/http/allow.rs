//! Which hosts may be fetched: every public one, and the special ones that the operator names.
//!
//! This module never resolves a name: what a name stands for is judged by [`resolve`](super::resolve),
//! at the moment of connecting and for that connection only.

use super::address::{Block, special};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use url::{Host, Url};

/// The operator's exceptions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList(Vec<Exception>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    /// Addresses, however they are named, on any port.
    Addresses(Block),
    /// A host as it is written in the address, on one port or on any.
    Host(Host, Option<u16>),
}

/// How a host was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// By the general rule: the addresses behind a name are still to be judged.
    Guarded,
    /// By an exception for this very host: whatever its name stands for is wanted.
    Exempt,
}

/// An address that is not fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Host or address.
    pub host: String,
    /// What is special about it.
    pub reason: &'static str,
    /// What would help.
    pub remedy: Remedy,
}

/// What would help an address that is not fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// An exception by the operator.
    Allow,
    /// Asking for it directly: redirects have no exceptions.
    AskDirectly,
    /// Nothing.
    Nothing,
}

impl AllowList {
    /// Every address, public or not; for commands that a person runs against their own server.
    pub fn everything() -> Self {
        let all = ["0.0.0.0/0", "::/0"].into_iter().filter_map(Block::parse);
        Self(all.map(Exception::Addresses).collect())
    }

    /// Adds `host`, `host:port`, an IP address or a CIDR block; says what is wrong with anything else.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let wrong = || "not a host, `host:port`, IP address or CIDR block such as \"10.0.0.0/8\"".to_owned();
        let exception = match Block::parse(text) {
            Some(block) => Exception::Addresses(block),
            None if text.contains(['/', '*', '@', ' ']) => return Err(wrong()),
            None => {
                let (host, port) = match text.rsplit_once(':') {
                    _ if text.ends_with(']') => (text, None),
                    Some((host, port)) => (host, Some(port.parse().map_err(|_| wrong())?)),
                    None => (text, None),
                };
                Exception::Host(without_dot(Host::parse(host).map_err(|_| wrong())?), port)
            }
        };
        self.0.push(exception);
        Ok(())
    }

    /// Judges the host as it is written in `url`. IP addresses are judged here in every spelling, since
    /// `url` has already read them as the connection will; names only if their own exception decides.
    pub fn check(&self, url: &Url) -> Result<Passage, Refused> {
        let host = url.host().map(|host| without_dot(host.to_owned()));
        let port = url.port_or_known_default();
        let by_name = |exception: &Exception| match exception {
            Exception::Host(name, wanted) => {
                Some(name) == host.as_ref() && (wanted.is_none() || *wanted == port)
            }
            Exception::Addresses(_) => false,
        };
        if self.0.iter().any(by_name) {
            return Ok(Passage::Exempt);
        }
        match host {
            None => Err(Refused { host: url.to_string(), reason: "without a host", remedy: Remedy::Nothing }),
            Some(Host::Ipv4(address)) => self.check_address(address.into()).map(|()| Passage::Guarded),
            Some(Host::Ipv6(address)) => self.check_address(address.into()).map(|()| Passage::Guarded),
            Some(Host::Domain(name)) if name == "localhost" || name.ends_with(".localhost") => {
                self.check_address(Ipv4Addr::LOCALHOST.into()).map(|()| Passage::Guarded)
            }
            Some(Host::Domain(_)) => Ok(Passage::Guarded),
        }
    }

    /// Judges an address that a connection would go to.
    pub fn check_address(&self, address: IpAddr) -> Result<(), Refused> {
        let Some(reason) = special(address) else { return Ok(()) };
        let by_address = |exception: &Exception| match exception {
            Exception::Addresses(block) => block.contains(address.to_canonical()) || block.contains(address),
            Exception::Host(..) => false,
        };
        if self.0.iter().any(by_address) {
            return Ok(());
        }
        Err(Refused { host: address.to_string(), reason, remedy: Remedy::Allow })
    }
}

/// `example.org.` and `example.org` are one host.
fn without_dot(host: Host) -> Host {
    match host {
        Host::Domain(name) => Host::Domain(name.trim_end_matches('.').to_owned()),
        address => address,
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ending = match self.remedy {
            Remedy::Allow => ", fetched only if `fetch.allow_hosts` or `--allow-private` says so",
            Remedy::AskDirectly => ", where a redirect must not lead",
            Remedy::Nothing => ", which is never fetched",
        };
        write!(f, "`{}` is {}{ending}", self.host, self.reason)
    }
}

impl std::error::Error for Refused {}
