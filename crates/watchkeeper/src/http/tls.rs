//! Whom the client trusts: the machine's certificate authorities, or, on a machine that has none (a bare
//! container), those that browsers trust.
//!
//! This module never trusts a certificate that neither knows.

use anyhow::Context as _;
use reqwest::{Client, ClientBuilder};
use rustls::{ClientConfig, RootCertStore};

/// Builds the client that `builder` describes.
pub(super) fn build(builder: impl Fn() -> ClientBuilder) -> anyhow::Result<Client> {
    // Fails if there is a provider already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // The only thing that can fail here is a machine without certificate authorities.
    builder().build().or_else(|error| {
        tracing::warn!(%error, "using the built-in certificate authorities");
        builder().tls_backend_preconfigured(built_in()).build().context("cannot set up the HTTP client")
    })
}

fn built_in() -> ClientConfig {
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
}
