//! A certificate authority of our own, a server's certificate and a client's, valid for two days.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;

pub(crate) struct Certificates {
    folder: TempDir,
}

const CONFIG: &str = "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=test\n[ca]\nbasicConstraints=critical,CA:TRUE\n\
                      [leaf]\nbasicConstraints=critical,CA:FALSE\nsubjectAltName=IP:127.0.0.1,DNS:localhost\n";

impl Certificates {
    pub(crate) fn make() -> Self {
        let certificates = Self { folder: tempfile::tempdir().expect("a temporary folder can be made") };
        std::fs::write(certificates.path("config"), CONFIG).expect("a file can be written");
        certificates.sign("ca", "ca", &[]);
        for name in ["server", "client"] {
            certificates.sign(name, "leaf", &["-CA", "ca.pem", "-CAkey", "ca.key"]);
            let both = [certificates.read(&format!("{name}.pem")), certificates.read(&format!("{name}.key"))];
            std::fs::write(certificates.path(&format!("{name}.both")), both.concat())
                .expect("a file can be written");
        }
        certificates
    }

    fn sign(&self, name: &str, extensions: &str, by: &[&str]) {
        let made = Command::new("openssl")
            .current_dir(self.folder.path())
            .args(["req", "-x509", "-config", "config", "-extensions", extensions, "-days", "2", "-nodes"])
            .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
            .args([
                "-subj",
                &format!("/CN={name}"),
                "-keyout",
                &format!("{name}.key"),
                "-out",
                &format!("{name}.pem"),
            ])
            .args(by)
            .output()
            .expect("`openssl` is installed");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("openssl has written it")
    }

    pub(crate) fn authority(&self) -> PathBuf {
        self.path("ca.pem")
    }

    pub(crate) fn client(&self) -> PathBuf {
        self.path("client.both")
    }

    /// TLS for a server that wants to see a certificate of the authority.
    pub(crate) fn server_config(&self) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(certificate(&self.path("ca.pem"))).expect("the authority is good");
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions go with the provider")
            .with_client_cert_verifier(clients.build().expect("the authority is good"))
            .with_single_cert(
                vec![certificate(&self.path("server.pem"))],
                PrivateKeyDer::from_pem_file(self.path("server.key")).expect("openssl has written a key"),
            )
            .expect("certificate and key go together")
    }
}

fn certificate(path: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(path).expect("openssl has written a certificate")
}
