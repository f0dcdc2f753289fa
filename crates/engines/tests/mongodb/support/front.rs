//! TLS in front of a mongod that was built without it. It wants a client's certificate and answers the authentication
//! by certificate itself; everything else is the server's.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::mongodb::bson::{RawDocument, rawdoc};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

pub(crate) struct Front {
    pub(crate) port: u16,
    proved: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Front {
    pub(crate) async fn of(port: u16, config: ServerConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let own = listener.local_addr().expect("a listener has an address").port();
        let (acceptor, proved) = (TlsAcceptor::from(Arc::new(config)), Arc::new(AtomicUsize::new(0)));
        let (mut tasks, told) = (JoinSet::new(), Arc::clone(&proved));
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, proved) = (acceptor.clone(), Arc::clone(&told));
                connections.spawn(async move {
                    if let (Ok(client), Ok(server)) =
                        (acceptor.accept(client).await, TcpStream::connect(("127.0.0.1", port)).await)
                    {
                        serve(client, server, &proved).await;
                    }
                });
            }
        });
        Self { port: own, proved, _tasks: tasks }
    }

    /// Connections that authenticated themselves.
    pub(crate) fn proved(&self) -> usize {
        self.proved.load(Ordering::SeqCst)
    }
}

/// One request and one answer after the other.
async fn serve(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    mut server: TcpStream,
    proved: &AtomicUsize,
) -> Option<()> {
    loop {
        let request = message(&mut client).await?;
        let command =
            (request[12..16] == 2013_i32.to_le_bytes()).then(|| RawDocument::from_bytes(&request[21..]));
        let command = command.and_then(Result::ok);
        let answer = if command.is_some_and(|command| command.get_i32("authenticate").is_ok()) {
            let mechanism = command.and_then(|command| command.get_str("mechanism").ok());
            assert_eq!(mechanism, Some("MONGODB-X509"));
            proved.fetch_add(1, Ordering::SeqCst);
            fine(&request)
        } else {
            server.write_all(&request).await.ok()?;
            message(&mut server).await?
        };
        client.write_all(&answer).await.ok()?;
        client.flush().await.ok()?;
    }
}

async fn message(stream: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 4];
    stream.read_exact(&mut bytes).await.ok()?;
    let length = i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    bytes.resize(usize::try_from(length).ok()?, 0);
    stream.read_exact(&mut bytes[4..]).await.ok()?;
    Some(bytes)
}

fn fine(request: &[u8]) -> Vec<u8> {
    let document = rawdoc! { "ok": 1.0 };
    let mut bytes =
        i32::try_from(21 + document.as_bytes().len()).expect("it is short").to_le_bytes().to_vec();
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&request[4..8]);
    bytes.extend_from_slice(&2013_i32.to_le_bytes());
    bytes.extend_from_slice(&[0; 5]);
    bytes.extend_from_slice(document.as_bytes());
    bytes
}
