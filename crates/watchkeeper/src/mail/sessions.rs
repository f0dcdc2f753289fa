//! Sessions with the mail server that are open: one is taken for each mail and given back, and one more is opened
//! where all are taken. How many mails are handed over at a time is decided by who sends.
//!
//! Never gives back a session in which an exchange was broken off.

use super::session::Session;
use crate::config::MailConfig;
use crate::config::mail::Security;
use anyhow::Context as _;
use lettre::Message;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{AsyncSmtpConnection, CertificateStore, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// A session that nobody needed for so long is not used again: servers close theirs after minutes.
const IDLE: Duration = Duration::from_secs(30);

/// The way to the server.
pub(super) struct Sessions {
    host: String,
    port: u16,
    security: Security,
    tls: Option<TlsParameters>,
    login: Option<Credentials>,
    hello: ClientId,
    open: Mutex<Vec<(Session, Instant)>>,
}

impl Sessions {
    /// Nothing is connected yet.
    pub(super) fn new(config: &MailConfig, tls: Option<TlsParameters>) -> Self {
        let login = config.login.clone().map(|(user, password)| Credentials::new(user, password));
        Self {
            host: config.host.clone(),
            port: config.port,
            security: config.security,
            tls,
            login,
            // Servers refuse a bare address of loopback.
            hello: ClientId::Domain(config.from.email.domain().to_owned()),
            open: Mutex::default(),
        }
    }

    /// Hands a mail over.
    pub(super) async fn send(&self, mail: &Message) -> Result<Response, SmtpError> {
        let (mut session, offered) = loop {
            let Some(mut session) = self.take() else {
                let mut session = self.connect().await?;
                let offered = session.offer(mail.envelope()).await;
                break (session, offered);
            };
            let offered = session.offer(mail.envelope()).await;
            // The server has closed it meanwhile; nothing of the mail has left.
            if offered.as_ref().is_err_and(is_end) {
                continue;
            }
            break (session, offered);
        };
        let answer = match offered {
            Ok(()) => session.hand_over(&mail.formatted()).await,
            Err(error) => Err(error),
        };
        if !answer.as_ref().is_err_and(is_end) {
            self.list().push((session, Instant::now()));
        }
        answer
    }

    async fn connect(&self) -> Result<Session, SmtpError> {
        let server = (self.host.as_str(), self.port);
        let at_once = self.tls.clone().filter(|_| self.security == Security::Tls);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT), &self.hello, at_once, None).await?;
        if let (Security::StartTls, Some(tls)) = (self.security, self.tls.clone()) {
            connection.starttls(tls, &self.hello).await?;
        }
        Session::begin(connection, &self.hello, self.login.as_ref()).await
    }

    fn take(&self) -> Option<Session> {
        let mut open = self.list();
        open.retain(|(_, since)| since.elapsed() < IDLE);
        open.pop().map(|(session, _)| session)
    }

    fn list(&self) -> MutexGuard<'_, Vec<(Session, Instant)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the session is over: the server says so, or nothing more is heard of it.
fn is_end(error: &SmtpError) -> bool {
    const CLOSING: u16 = 421;
    error.status().is_none_or(|code| u16::from(code) == CLOSING)
}

/// What TLS needs, where the configuration wants it. Trusts the machine's authorities, or, on a machine that has none,
/// those that browsers trust.
pub(super) fn tls(config: &MailConfig) -> anyhow::Result<Option<TlsParameters>> {
    if config.security == Security::None {
        return Ok(None);
    }
    let builder = || TlsParameters::builder(config.host.clone());
    let machine = builder().build();
    let built = machine.or_else(|_| builder().certificate_store(CertificateStore::WebpkiRoots).build());
    built.map(Some).context("cannot prepare TLS for mail")
}
