//! Addresses that no vendor's page lives at: our own machine, our own network, and the tunnels into them.
//!
//! The tables follow the special-purpose registries for IPv4 and IPv6. Outside `2000::/3` no IPv6 address
//! is public, so there everything is special.
//!
//! This module never resolves a name and never makes an exception; [`allow`](super::allow) does.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A block of addresses, as CIDR notation writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Any address of the block.
    pub base: IpAddr,
    /// How many leading bits its addresses share.
    pub prefix: u8,
}

impl Block {
    /// Reads `10.0.0.0/8`, `fd00::/8`, or a single address.
    pub fn parse(text: &str) -> Option<Self> {
        let (base, prefix) = match text.split_once('/') {
            Some((base, prefix)) => (base.parse().ok()?, Some(prefix.parse().ok()?)),
            None => (text.parse().ok()?, None),
        };
        let bits = if IpAddr::is_ipv4(&base) { 32 } else { 128 };
        let prefix = prefix.unwrap_or(bits);
        (prefix <= bits).then_some(Self { base, prefix })
    }

    /// Whether `address` lies in the block.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let differing = base.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= u32::from(self.prefix)
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let differing = base.to_bits() ^ address.to_bits();
                differing.leading_zeros() >= u32::from(self.prefix)
            }
            _ => false,
        }
    }
}

/// What is special about an address, in words; `None` for one that may be a vendor's. An IPv4 address in
/// IPv6 clothes (`::ffff:127.0.0.1`) is judged as the IPv4 address that the connection would go to.
pub fn special(address: IpAddr) -> Option<&'static str> {
    let address = address.to_canonical();
    let named = |(block, reason): &(Block, &'static str)| block.contains(address).then_some(*reason);
    match address {
        IpAddr::V4(_) => SPECIAL_V4.iter().find_map(named),
        IpAddr::V6(_) if PUBLIC_V6.contains(address) => SPECIAL_INSIDE_PUBLIC_V6.iter().find_map(named),
        IpAddr::V6(_) => Some(SPECIAL_V6.iter().find_map(named).unwrap_or("not a public address")),
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Block {
    Block { base: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix }
}

const fn v6(a: u16, b: u16, g: u16, h: u16, prefix: u8) -> Block {
    Block { base: IpAddr::V6(Ipv6Addr::new(a, b, 0, 0, 0, 0, g, h)), prefix }
}

/// The only part of IPv6 from which public addresses are handed out.
const PUBLIC_V6: Block = v6(0x2000, 0, 0, 0, 3);

const SPECIAL_V4: [(Block, &str); 16] = [
    (v4(127, 0, 0, 0, 8), "a loopback address"),
    (v4(10, 0, 0, 0, 8), "a private address"),
    (v4(172, 16, 0, 0, 12), "a private address"),
    (v4(192, 168, 0, 0, 16), "a private address"),
    // Metadata services of clouds answer at 169.254.169.254.
    (v4(169, 254, 0, 0, 16), "a link-local address"),
    (v4(100, 64, 0, 0, 10), "a carrier's shared address"),
    (v4(0, 0, 0, 0, 8), "an address of this network"),
    (v4(192, 0, 0, 0, 24), "an address for protocols"),
    (v4(192, 0, 2, 0, 24), "an address for documentation"),
    (v4(198, 51, 100, 0, 24), "an address for documentation"),
    (v4(203, 0, 113, 0, 24), "an address for documentation"),
    (v4(198, 18, 0, 0, 15), "an address for benchmarks"),
    (v4(192, 88, 99, 0, 24), "a 6to4 relay"),
    (v4(224, 0, 0, 0, 4), "a multicast address"),
    (v4(255, 255, 255, 255, 32), "the broadcast address"),
    (v4(240, 0, 0, 0, 4), "a reserved address"),
];

const SPECIAL_V6: [(Block, &str); 8] = [
    (v6(0, 0, 0, 1, 128), "a loopback address"),
    (v6(0, 0, 0, 0, 128), "the unspecified address"),
    (v6(0xfc00, 0, 0, 0, 7), "a private address"),
    (v6(0xfe80, 0, 0, 0, 10), "a link-local address"),
    (v6(0xfec0, 0, 0, 0, 10), "a site-local address"),
    (v6(0xff00, 0, 0, 0, 8), "a multicast address"),
    (v6(0x64, 0xff9b, 0, 0, 32), "an address translated to IPv4"),
    (v6(0x100, 0, 0, 0, 64), "an address that discards"),
];

/// The tunnels carry an IPv4 address of somebody's choice, so they are refused whatever it is.
const SPECIAL_INSIDE_PUBLIC_V6: [(Block, &str); 5] = [
    (v6(0x2001, 0, 0, 0, 32), "a Teredo tunnel"),
    (v6(0x2001, 0, 0, 0, 23), "an address for protocols"),
    (v6(0x2001, 0xdb8, 0, 0, 32), "an address for documentation"),
    (v6(0x2002, 0, 0, 0, 16), "a 6to4 tunnel"),
    (v6(0x3fff, 0, 0, 0, 20), "an address for documentation"),
];
