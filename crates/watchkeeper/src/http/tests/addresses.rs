//! Every spelling of an address that must not be fetched, and those that may.

use super::super::allow::AllowList;
use super::super::resolve::Vetting;
use super::*;
use reqwest::dns::Resolve as _;

/// Whether the address gets past the first gate, which judges it as it is written.
fn passes(allowed: &AllowList, text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| allowed.check(&url).is_ok())
}

#[test]
fn special_addresses_are_refused_in_every_spelling() {
    let spellings = [
        // Loopback: dotted, short, decimal, octal, hexadecimal, mixed, percent-encoded, full width.
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "127.255.255.254",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0x7F.0x0.0x0.0x1",
        "017700000001",
        "0177.0.0.01",
        "0177.0.0.0x1",
        "00000177.1",
        "127.000.000.001",
        "%31%32%37.0.0.1",
        "１２７.０.０.１",
        "127。0。0。1",
        "①②⑦.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        // Private, link-local and the metadata services of clouds.
        "10.0.0.1",
        "10.255.255.255",
        "0xa.0.0.1",
        "167772161",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "0300.0250.1.1",
        "169.254.169.254",
        "2852039166",
        "0xA9FEA9FE",
        "0251.0376.0251.0376",
        "169.254.1",
        "100.64.0.1",
        "100.127.255.255",
        "100.100.100.200",
        // The rest of the registry.
        "0.0.0.0",
        "0",
        "0.1.2.3",
        "192.0.0.8",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "198.18.0.1",
        "198.19.255.255",
        "192.88.99.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "4294967295",
        // IPv6, plain and with an IPv4 address inside.
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[0000::0001]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:10.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[::ffff:0:127.0.0.1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[febf::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::1]",
        "[100::1]",
        "[2001::1]",
        "[2001:0:7f00:1::]",
        "[2001:2::1]",
        "[2001:10::1]",
        "[2001:db8::1]",
        "[2002:7f00:1::]",
        "[2002:a9fe:a9fe::1]",
        "[3fff::1]",
        "[4000::1]",
        "[5f00::1]",
    ];
    assert!(spellings.len() >= 60);
    for host in spellings {
        for url in [format!("http://{host}/"), format!("https://{host}:8443/feed")] {
            assert!(!passes(&AllowList::default(), &url), "{url} was let through");
        }
    }
}

#[test]
fn public_addresses_and_names_pass_the_first_gate() {
    for host in [
        "status.example.org",
        "8.8.8.8",
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "[2606:4700::1111]",
        "[2a00::1]",
        "[::ffff:8.8.8.8]",
        "[2001:4860::8888]",
        "localhost.example.org",
        "127.0.0.1.example.org",
    ] {
        assert!(passes(&AllowList::default(), &format!("https://{host}/")), "{host} was refused");
    }
}

#[test]
fn an_exception_lets_through_what_it_names_and_no_more() {
    let allowing = |text: &str| {
        let mut allowed = AllowList::default();
        allowed.add(text).expect(text);
        allowed
    };
    for (exception, url, expected) in [
        ("127.0.0.1", "http://127.0.0.1:9/", true),
        ("127.0.0.1", "http://0x7f.1/", true),
        ("127.0.0.1", "http://[::ffff:127.0.0.1]/", true),
        ("127.0.0.1", "http://localhost/", true),
        ("127.0.0.1", "http://127.0.0.2/", false),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/", true),
        ("127.0.0.1:8080", "http://127.0.0.1:8081/", false),
        ("127.0.0.1:80", "http://127.0.0.1/", true),
        ("10.0.0.0/8", "http://10.255.0.1/", true),
        ("10.0.0.0/8", "http://192.168.0.1/", false),
        ("10.1.2.3/16", "http://10.1.255.255/", true),
        ("10.1.2.3/16", "http://10.2.0.0/", false),
        ("fd00::/8", "http://[fd12::1]/", true),
        ("fd00::/8", "http://[fc00::1]/", false),
        ("[::1]:8080", "http://[::1]:8080/", true),
        ("[::1]", "http://[::1]:1/", true),
        ("0.0.0.0/0", "http://127.0.0.1/", true),
        ("0.0.0.0/0", "http://[::1]/", false),
    ] {
        assert_eq!(passes(&allowing(exception), url), expected, "{exception} for {url}");
    }
    for url in ["http://127.0.0.1/", "http://[::1]/", "http://[fe80::1]/", "http://169.254.169.254/"] {
        assert!(passes(&AllowList::everything(), url), "{url}");
    }
}

#[test]
fn a_named_host_is_exempt_on_its_port_only() {
    let mut allowed = AllowList::default();
    allowed.add("Status.Internal:8080").expect("a host");
    for (url, expected) in [
        ("http://status.internal:8080/", Passage::Exempt),
        ("http://STATUS.internal.:8080/", Passage::Exempt),
        ("http://status.internal/", Passage::Guarded),
        ("http://a.status.internal:8080/", Passage::Guarded),
    ] {
        assert_eq!(allowed.check(&Url::parse(url).expect("an address")), Ok(expected), "{url}");
    }
}

#[tokio::test]
async fn the_resolver_withholds_special_addresses() {
    let mixed: Lookup = |_| addresses([INSIDE, Ipv4Addr::new(8, 8, 8, 8), Ipv4Addr::new(10, 0, 0, 1)]);
    let name = || "a.example".parse().expect("a name");
    let guarded = Vetting::guarded(mixed, Arc::default()).resolve(name()).await.expect("one is public");
    assert_eq!(guarded.collect::<Vec<_>>(), [SocketAddr::from(([8, 8, 8, 8], 0))]);
    let exempt = Vetting::exempt(mixed).resolve(name()).await.expect("all are wanted");
    assert_eq!(exempt.count(), 3);
    let inside: Lookup = |_| addresses([INSIDE]);
    let Err(error) = Vetting::guarded(inside, Arc::default()).resolve(name()).await else {
        panic!("nothing but loopback was let through")
    };
    assert!(error.is::<Refused>());
}
