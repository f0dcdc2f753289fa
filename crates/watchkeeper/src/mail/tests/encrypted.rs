//! STARTTLS: mails leave encrypted, or not at all.

use super::{Manner, Seen, config, mail, talk};
use crate::config::mail::Security;
use crate::mail::Mailer;
use crate::mail::sessions::Sessions;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use notifiers::Verdict;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Made for this test, and for nothing else: 127.0.0.1, up to the year 2120.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\n\
    MIIBKDCB26ADAgECAgEBMAUGAytlcDAcMRowGAYDVQQDDBFtYWlsLnF1YXkuZXhh\n\
    bXBsZTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowHDEaMBgGA1UE\n\
    AwwRbWFpbC5xdWF5LmV4YW1wbGUwKjAFBgMrZXADIQA3+Vmpmi3QBqgjYndR8Ugs\n\
    e9udX/CCL3qrY80OGtMSeKNAMD4wDwYDVR0RBAgwBocEfwAAATAMBgNVHRMBAf8E\n\
    AjAAMB0GA1UdDgQWBBTI8nlMRyuHkQMC173njV4NGxa8ujAFBgMrZXADQQA5tUoq\n\
    GKe7nYlFjk/hhF6rffSAwO9Xacp+WL6wvF6NLLW6r+6nuWkQ/l6OOsX9+lH7boAA\n\
    ofBeOFa8oAUPjTEE\n\
    -----END CERTIFICATE-----\n";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIEmHMjFjd8VL80ZOP+UG/DVh/8tkiGQ1Z8hYmJAGvhOI\n\
    -----END PRIVATE KEY-----\n";

/// What is said before TLS begins, readable by everybody on the way.
#[derive(Clone, Default)]
struct Overheard(Arc<Mutex<Vec<String>>>);

impl Overheard {
    fn words(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hear(&self, line: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.trim().to_owned());
    }
}

/// A server that turns to TLS, if it offers that.
async fn server(offers: bool) -> (SocketAddr, Overheard, Seen) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (overheard, seen) = (Overheard::default(), Seen::default());
    let (heard, noted) = (overheard.clone(), seen.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that hangs up is what some of these tests are about.
            let _ = serve(stream, offers, &heard, &noted).await;
        }
    });
    (address, overheard, seen)
}

async fn serve(stream: TcpStream, offers: bool, heard: &Overheard, seen: &Seen) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 here\r\n").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        heard.hear(&line);
        let answer = match line.split_whitespace().next() {
            Some("EHLO") if offers => "250-here\r\n250 STARTTLS\r\n",
            Some("STARTTLS") if offers => "220 go on\r\n",
            _ => "250 here\r\n",
        };
        stream.write_all(answer.as_bytes()).await?;
        if answer.starts_with("220") {
            let encrypted = acceptor().accept(stream.into_inner()).await?;
            return talk(encrypted, Manner { pipelining: true, brief: false }, seen).await;
        }
    }
}

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocols")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    TlsAcceptor::from(Arc::new(config.expect("a server's configuration")))
}

/// A way to that server for somebody who trusts its certificate.
fn trusting(server: SocketAddr) -> Mailer {
    let config = config(server, Security::StartTls);
    let certificate = Certificate::from_pem(CERTIFICATE.as_bytes()).expect("a certificate");
    let tls = TlsParameters::builder(config.host.clone()).add_root_certificate(certificate).build();
    let sessions = Sessions::new(&config, Some(tls.expect("TLS")));
    Mailer { sessions, from: config.from, domain: "quay.example".to_owned(), dkim: None }
}

#[tokio::test]
async fn a_mail_leaves_encrypted() {
    let (address, overheard, seen) = server(true).await;
    let taken = trusting(address).send(&mail("reader@readers.example")).await;
    assert!(matches!(taken, Verdict::Delivered(_)), "{taken:?}");
    let mails = seen.change(|seen| seen.1.clone());
    assert!(mails.len() == 1 && mails[0].contains("We look into it."), "{mails:?}");
    assert_eq!(overheard.words(), ["EHLO quay.example", "STARTTLS"]);
}

#[tokio::test]
async fn a_server_that_offers_no_encryption_gets_no_mail_and_it_is_said_why() {
    let (address, overheard, seen) = server(false).await;
    let verdict = trusting(address).send(&mail("reader@readers.example")).await;
    // Tried again, because whoever stands between us and the server can take the offer away.
    let Verdict::Retry { reason, .. } = verdict else { panic!("{verdict:?}") };
    assert_eq!(
        reason,
        "the mail server cannot be used as configured: STARTTLS is not supported on this server"
    );
    assert_eq!(overheard.words()[0], "EHLO quay.example");
    assert!(!overheard.words().iter().any(|line| line.starts_with("MAIL")), "{:?}", overheard.words());
    assert!(seen.change(|seen| seen.1.is_empty()));
}

#[tokio::test]
async fn a_server_whose_certificate_nobody_vouches_for_gets_no_mail() {
    let (address, overheard, seen) = server(true).await;
    let stranger = Mailer::new(&config(address, Security::StartTls)).expect("a way");
    let verdict = stranger.send(&mail("reader@readers.example")).await;
    assert!(
        matches!(&verdict, Verdict::Retry { reason, .. } if reason.contains("certificate")),
        "{verdict:?}"
    );
    assert_eq!(overheard.words(), ["EHLO quay.example", "STARTTLS"]);
    assert!(seen.change(|seen| seen.1.is_empty()));
}
