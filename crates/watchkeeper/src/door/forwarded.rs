//! Whose request it is where a proxy of ours hands it on: the last address in `X-Forwarded-For` or `Forwarded` that is
//! not a proxy of ours. What stands before that address was written by somebody we do not know.
//!
//! Never believes a word of a peer that is not a proxy of ours.

use crate::http::address::Block;
use axum::http::{HeaderMap, HeaderName, header::FORWARDED};
use std::net::{IpAddr, SocketAddr};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of whoever asks, as seen by `proxies` if `peer` is one of them.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[Block]) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_ours(peer, proxies) {
        return peer;
    }
    let usual = farthest(peer, elements(headers, &X_FORWARDED_FOR).map(Some), proxies);
    let standard = farthest(peer, elements(headers, &FORWARDED).map(parameter), proxies);
    match (usual, standard) {
        (Some(one), None) | (None, Some(one)) => one,
        (Some(one), Some(other)) if one == other => one,
        // A proxy writes one of the two and hands on the other as it came, so one of them is made up.
        _ => peer,
    }
}

/// The last address that is not a proxy of ours; where something else than an address stands there, the proxy that
/// wrote it. `None` where the header is not there.
fn farthest<'h>(
    peer: IpAddr,
    elements: impl DoubleEndedIterator<Item = Option<&'h str>>,
    proxies: &[Block],
) -> Option<IpAddr> {
    let mut reached = None;
    for element in elements.rev() {
        let Some(address) = element.and_then(address) else { return Some(reached.unwrap_or(peer)) };
        reached = Some(address);
        if !is_ours(address, proxies) {
            break;
        }
    }
    reached
}

fn is_ours(address: IpAddr, proxies: &[Block]) -> bool {
    proxies.iter().any(|block| block.contains(address))
}

/// What stands between commas, over all headers of that name, in order.
fn elements<'h>(headers: &'h HeaderMap, name: &'h HeaderName) -> impl DoubleEndedIterator<Item = &'h str> {
    // What is not text is no address, and must not make what stands before it the last one.
    headers.get_all(name).into_iter().flat_map(|value| value.to_str().unwrap_or("?").split(','))
}

/// The value of `for=` in an element of `Forwarded` (RFC 7239).
fn parameter(element: &str) -> Option<&str> {
    let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    named.next().map(|(_, value)| value.trim().trim_matches('"'))
}

/// An address, with or without a port, an IPv6 address in brackets or bare.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let parsed = bare.parse().or_else(|_| text.parse().map(|with_port: SocketAddr| with_port.ip()));
    parsed.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, lines: &[(&'static str, &str)]) -> String {
        let proxies: Vec<Block> = ["10.0.0.0/8", "fd00::/8"].into_iter().filter_map(Block::parse).collect();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().expect("a value"));
        }
        client(peer.parse().expect("an address"), &headers, &proxies).to_string()
    }

    #[test]
    fn a_peer_that_is_no_proxy_of_ours_is_itself_whatever_it_says() {
        let lines = [("x-forwarded-for", "198.51.100.7"), ("forwarded", "for=198.51.100.7")];
        assert_eq!(seen("203.0.113.9", &lines), "203.0.113.9");
        assert_eq!(seen("::ffff:203.0.113.9", &lines), "203.0.113.9");
    }

    #[test]
    fn behind_proxies_it_is_the_last_address_that_is_none_of_them() {
        let through = |line| seen("10.0.0.1", &[("x-forwarded-for", line)]);
        assert_eq!(through("198.51.100.7"), "198.51.100.7");
        // The first was made up by the client, the last is a proxy.
        assert_eq!(through("192.0.2.66, 198.51.100.7, 10.0.0.2"), "198.51.100.7");
        assert_eq!(through("198.51.100.7:4711"), "198.51.100.7");
        assert_eq!(through("2001:db8::7"), "2001:db8::7");
        assert_eq!(through("[2001:db8::7]:4711, fd00::2"), "2001:db8::7");
        assert_eq!(through("10.9.9.9"), "10.9.9.9");
        let lines = [("x-forwarded-for", "192.0.2.66"), ("x-forwarded-for", "198.51.100.7")];
        assert_eq!(seen("10.0.0.1", &lines), "198.51.100.7");
    }

    #[test]
    fn the_standard_header_means_the_same() {
        let through = |line| seen("::ffff:10.0.0.1", &[("forwarded", line)]);
        assert_eq!(through("for=192.0.2.66, For=\"[2001:db8::7]:4711\";proto=https"), "2001:db8::7");
        assert_eq!(through("proto=https;for=198.51.100.7"), "198.51.100.7");
    }

    #[test]
    fn what_is_no_address_hides_what_stands_before_it() {
        let through = |line| seen("10.0.0.1", &[("x-forwarded-for", line)]);
        assert_eq!(through("198.51.100.7, unknown"), "10.0.0.1");
        assert_eq!(through("198.51.100.7, unknown, 10.0.0.2"), "10.0.0.2");
        assert_eq!(through(""), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[("forwarded", "for=_hidden")]), "10.0.0.1");
    }

    #[test]
    fn two_headers_that_differ_are_both_passed_over() {
        let both = |one, other| seen("10.0.0.1", &[("x-forwarded-for", one), ("forwarded", other)]);
        assert_eq!(both("198.51.100.7", "for=192.0.2.66"), "10.0.0.1");
        assert_eq!(both("198.51.100.7", "for=198.51.100.7"), "198.51.100.7");
    }
}
