//! How to reach one node: its address, the TLS and the credential of the target.
//!
//! Never keeps a connection: each path has its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ::mongodb::bson::{Binary, RawDocument, RawDocumentBuf, rawdoc, spec::BinarySubtype};
use ::mongodb::options::AuthMechanism;
use domain::reads::Failure;
use rustls::pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::failure::{of_io, of_reply};
use super::greeting::{self, Greeting};
use super::scram::{self, Hash, Stretched};
use super::wire::{self, Inbox};

/// One attempt to connect. Packets of an attempt that fell into a hole are sent again at growing distances; a new
/// attempt finds the way as soon as there is one again.
const ATTEMPT: Duration = Duration::from_secs(2);
/// How long the other side's kernel may leave our bytes unacknowledged. A frozen process does not matter here, its
/// kernel acknowledges; a network that is cut does.
const UNACKNOWLEDGED: Duration = Duration::from_secs(2);
/// An answer that is longer overdue than this will not come: the connection is given up too.
const OVERDUE: Duration = Duration::from_mins(1);
/// Nobody reads that answer, but it may be of any size.
const MOST_OVERDUE: usize = 48 * 1024 * 1024;
/// The command of a node that has no such command.
pub(super) const COMMAND_NOT_FOUND: i32 = 59;
/// Greetings and authentication are small.
const MOST_GREETING: usize = 256 * 1024;
/// A conversation that needs more steps is none.
const MOST_STEPS: usize = 5;

/// What all nodes of a target have in common.
pub(super) struct Access {
    pub(super) tls: Option<TlsConnector>,
    pub(super) login: Option<Login>,
}

/// Who we are.
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: String,
    pub(super) source: String,
    pub(super) mechanism: Option<AuthMechanism>,
    pub(super) stretched: Stretched,
}

/// How to reach one node.
pub(super) struct Dial {
    /// `host:port`.
    pub(super) node: Arc<str>,
    access: Arc<Access>,
    /// It has no `hello`.
    legacy: AtomicBool,
}

/// Bytes both ways, encrypted or not.
trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// A connection that one path uses alone.
pub(super) struct Connection {
    stream: Box<dyn Duplex>,
    request: i32,
    inbox: Inbox,
    stage: Stage,
    /// Both ends are on this machine.
    pub(super) local: bool,
}

/// How far a command has come.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    /// There is none.
    Idle,
    /// It is not sent in full.
    Sending,
    /// Its answer has not come in full.
    Waiting(Instant),
}

impl Connection {
    /// Sends a command and reads its answer, whatever that says.
    pub(super) async fn command(
        &mut self,
        command: &RawDocument,
        most: usize,
    ) -> Result<RawDocumentBuf, Failure> {
        self.request = self.request.wrapping_add(1) & i32::MAX;
        self.stage = Stage::Sending;
        wire::send(&mut self.stream, self.request, command).await.map_err(|error| of_io(&error))?;
        self.stage = Stage::Waiting(Instant::now());
        self.answer(most).await
    }

    async fn answer(&mut self, most: usize) -> Result<RawDocumentBuf, Failure> {
        let reply = self.inbox.receive(&mut self.stream, self.request, most).await?;
        self.stage = Stage::Idle;
        Ok(reply)
    }

    /// Waits for the answer to a command that was given up, so that never two of one path burden the server.
    /// Tells whether the connection can be used again.
    pub(super) async fn settle(&mut self) -> bool {
        match self.stage {
            Stage::Idle => true,
            Stage::Sending => false,
            Stage::Waiting(since) => {
                let left = OVERDUE.saturating_sub(since.elapsed());
                matches!(timeout(left, self.answer(MOST_OVERDUE)).await, Ok(Ok(_)))
            }
        }
    }

    async fn demand(&mut self, command: &RawDocument) -> Result<RawDocumentBuf, Failure> {
        let reply = self.command(command, MOST_GREETING).await?;
        of_reply(&reply).map_or(Ok(reply), Err)
    }
}

impl Dial {
    pub(super) fn new(node: Arc<str>, access: Arc<Access>) -> Self {
        Self { node, access, legacy: AtomicBool::new(false) }
    }

    /// The command that asks the node again what it is.
    pub(super) fn hello(&self) -> RawDocumentBuf {
        greeting::again(self.legacy.load(Ordering::Relaxed))
    }

    /// A connection that may do what the credential may.
    pub(super) async fn connect(&self) -> Result<Connection, Failure> {
        let user = self.access.login.as_ref().map(|login| format!("{}.{}", login.source, login.user));
        let (mut connection, greeting) = self.open(user.as_deref()).await?;
        if let Some(login) = &self.access.login {
            login.prove(&mut connection, &greeting).await?;
        }
        Ok(connection)
    }

    /// A connection that has said `hello` and no more.
    pub(super) async fn open(&self, user: Option<&str>) -> Result<(Connection, Greeting), Failure> {
        let mut connection = self.reach().await?;
        let legacy = self.legacy.load(Ordering::Relaxed);
        let mut reply = connection.command(&greeting::first(legacy, user), MOST_GREETING).await?;
        if let Some(Failure::Server(COMMAND_NOT_FOUND, _)) = of_reply(&reply).filter(|_| !legacy) {
            self.legacy.store(true, Ordering::Relaxed);
            reply = connection.command(&greeting::first(true, user), MOST_GREETING).await?;
        }
        of_reply(&reply).map_or_else(|| Ok((connection, Greeting::read(&reply))), Err)
    }

    async fn reach(&self) -> Result<Connection, Failure> {
        // Names are looked up once: a resolver that hangs would hold a thread for each time it is asked.
        let addresses: Vec<SocketAddr> =
            lookup_host(&*self.node).await.map_err(|error| of_io(&error))?.collect();
        let stream = loop {
            if let Ok(stream) = timeout(ATTEMPT, TcpStream::connect(&*addresses)).await {
                break stream.map_err(|error| of_io(&error))?;
            }
        };
        // Advice to the kernel; a connection without it works too.
        stream.set_nodelay(true).ok();
        let keepalive = TcpKeepalive::new().with_time(UNACKNOWLEDGED).with_interval(Duration::from_secs(1));
        SockRef::from(&stream).set_tcp_keepalive(&keepalive).ok();
        SockRef::from(&stream).set_tcp_user_timeout(Some(UNACKNOWLEDGED)).ok();
        let ends = (stream.local_addr(), stream.peer_addr());
        let local = matches!(ends, (Ok(ours), Ok(theirs)) if ours.ip() == theirs.ip());
        let stream: Box<dyn Duplex> = match &self.access.tls {
            None => Box::new(stream),
            Some(connector) => {
                let name = ServerName::try_from(super::target::host_of(&self.node).to_owned())
                    .map_err(|error| Failure::Unreachable(error.to_string()))?;
                Box::new(connector.connect(name, stream).await.map_err(|error| of_io(&error))?)
            }
        };
        Ok(Connection { stream, request: 0, inbox: Inbox::default(), stage: Stage::Idle, local })
    }
}

impl Login {
    async fn prove(&self, connection: &mut Connection, greeting: &Greeting) -> Result<(), Failure> {
        let offered = |hash: Hash| greeting.mechanisms.iter().any(|name| name == hash.mechanism());
        match &self.mechanism {
            Some(AuthMechanism::MongoDbX509) => self.x509(connection).await,
            Some(AuthMechanism::Plain) => self.plain(connection).await,
            Some(AuthMechanism::ScramSha256) => self.scram(connection, Hash::Sha256).await,
            Some(AuthMechanism::ScramSha1) => self.scram(connection, Hash::Sha1).await,
            None => {
                let hash = if offered(Hash::Sha256) { Hash::Sha256 } else { Hash::Sha1 };
                self.scram(connection, hash).await
            }
            Some(other) => {
                Err(Failure::Forbidden(format!("authentication by `{other:?}` is not known here")))
            }
        }
    }

    async fn x509(&self, connection: &mut Connection) -> Result<(), Failure> {
        let mut command = rawdoc! { "authenticate": 1, "mechanism": "MONGODB-X509", "$db": "$external" };
        if !self.user.is_empty() {
            command.append("user", self.user.as_str());
        }
        connection.demand(&command).await.map(drop)
    }

    async fn plain(&self, connection: &mut Connection) -> Result<(), Failure> {
        let words = format!("\0{}\0{}", self.user, self.password);
        let mut command = rawdoc! { "saslStart": 1, "mechanism": "PLAIN", "payload": payload(&words) };
        command.append("$db", self.source.as_str());
        connection.demand(&command).await.map(drop)
    }

    async fn scram(&self, connection: &mut Connection, hash: Hash) -> Result<(), Failure> {
        let mut nonce = [0_u8; 24];
        getrandom::fill(&mut nonce).map_err(|error| Failure::Unreachable(error.to_string()))?;
        let (opened, words) = scram::open(hash, &self.user, &self.password, &nonce);
        let mut command =
            rawdoc! { "saslStart": 1, "mechanism": hash.mechanism(), "payload": payload(&words) };
        command.append("options", rawdoc! { "skipEmptyExchange": true });
        command.append("$db", self.source.as_str());
        let first = connection.demand(&command).await?;
        let (proved, words) = opened.prove(spoken(&first)?, &self.stretched).map_err(Failure::Forbidden)?;
        let mut reply = connection.demand(&self.next(&first, &words)).await?;
        proved.check(spoken(&reply)?).map_err(Failure::Forbidden)?;
        // Servers before 4.4 want one more, empty, exchange.
        for _ in 0..MOST_STEPS {
            if reply.get_bool("done") == Ok(true) {
                return Ok(());
            }
            reply = connection.demand(&self.next(&first, "")).await?;
        }
        Err(Failure::Garbage("the authentication does not end".to_owned()))
    }

    fn next(&self, first: &RawDocument, words: &str) -> RawDocumentBuf {
        let conversation = super::failure::number(first, "conversationId").unwrap_or(1);
        let conversation = i32::try_from(conversation).unwrap_or(1);
        let mut command =
            rawdoc! { "saslContinue": 1, "conversationId": conversation, "payload": payload(words) };
        command.append("$db", self.source.as_str());
        command
    }
}

fn payload(words: &str) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: words.as_bytes().to_vec() }
}

fn spoken(reply: &RawDocument) -> Result<&str, Failure> {
    let payload = reply.get_binary("payload").ok().and_then(|binary| std::str::from_utf8(binary.bytes).ok());
    payload.ok_or_else(|| Failure::Garbage("an authentication without words".to_owned()))
}
