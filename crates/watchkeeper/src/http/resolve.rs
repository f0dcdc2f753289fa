//! Names become addresses here, and only addresses that may be fetched come out.
//!
//! The client connects to what this resolver returns and to nothing else, so a name server that answers
//! differently the second time gains nothing: there is no second time.
//!
//! This module never caches: a vendor may move, and the system's resolver has a cache of its own.

use super::allow::{AllowList, Refused};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

/// Addresses to come.
pub type LookingUp = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Asks for the addresses of a name.
pub type Lookup = fn(String) -> LookingUp;

/// A name with more addresses than this is not tried at all of them.
const MAX_ADDRESSES: usize = 16;

/// Asks the system.
pub fn system(name: String) -> LookingUp {
    Box::pin(async move {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    })
}

/// A resolver that withholds what may not be fetched.
pub struct Vetting {
    lookup: Lookup,
    allowed: Option<Arc<AllowList>>,
}

impl Vetting {
    /// Withholds special addresses that `allowed` does not name.
    pub fn guarded(lookup: Lookup, allowed: Arc<AllowList>) -> Self {
        Self { lookup, allowed: Some(allowed) }
    }

    /// Withholds nothing; for hosts that the operator has named.
    pub fn exempt(lookup: Lookup) -> Self {
        Self { lookup, allowed: None }
    }
}

impl Resolve for Vetting {
    fn resolve(&self, name: Name) -> Resolving {
        let looking_up = (self.lookup)(name.as_str().to_owned());
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let vetted = vet(looking_up.await?, allowed.as_deref())?;
            // Port 0 stands for the one in the address.
            let addresses: Addrs = Box::new(vetted.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

/// Those of `found` that may be fetched; if none may, why not the first.
fn vet(mut found: Vec<IpAddr>, allowed: Option<&AllowList>) -> Result<Vec<IpAddr>, Refused> {
    found.truncate(MAX_ADDRESSES);
    let Some(allowed) = allowed else { return Ok(found) };
    let (good, bad): (Vec<IpAddr>, Vec<IpAddr>) =
        found.into_iter().partition(|address| allowed.check_address(*address).is_ok());
    match bad.first() {
        Some(first) if good.is_empty() => allowed.check_address(*first).map(|()| good),
        _ => Ok(good),
    }
}
