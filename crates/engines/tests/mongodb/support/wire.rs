//! A piece of network between us and a server, that can be cut and mended.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Forwards connections to a port; while it is cut it takes them and forwards nothing.
pub(crate) struct Wire {
    port: u16,
    whole: watch::Sender<bool>,
    open: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Wire {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let own = listener.local_addr().expect("a listener has an address").port();
        let (whole, watched) = watch::channel(true);
        let open = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, port, watched, Arc::clone(&open)));
        Self { port: own, whole, open, _tasks: tasks }
    }

    pub(crate) fn uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}/?directConnection=true", self.port)
    }

    pub(crate) fn cut(&self) {
        self.whole.send_replace(false);
    }

    pub(crate) fn mend(&self) {
        self.whole.send_replace(true);
    }

    /// Connections that the client side has not closed.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

async fn accept(listener: TcpListener, port: u16, whole: watch::Receiver<bool>, open: Arc<AtomicUsize>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        open.fetch_add(1, Ordering::SeqCst);
        let (whole, open) = (whole.clone(), Arc::clone(&open));
        connections.spawn(async move {
            if let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await {
                let (client_reads, client_writes) = client.into_split();
                let (server_reads, server_writes) = server.into_split();
                tokio::select! {
                    () = forward(client_reads, server_writes, whole.clone()) => {}
                    () = forward(server_reads, client_writes, whole) => {}
                }
            }
            open.fetch_sub(1, Ordering::SeqCst);
        });
        while connections.try_join_next().is_some() {}
    }
}

/// While the wire is cut bytes are taken and held back, so that the end of a connection is still noticed.
async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut whole: watch::Receiver<bool>) {
    let mut bytes = vec![0; 16 * 1024];
    let mut held = Vec::new();
    loop {
        tokio::select! {
            read = from.read(&mut bytes) => match read {
                Ok(count) if count > 0 => held.extend_from_slice(&bytes[..count]),
                _ => return,
            },
            () = mended(&mut whole), if !held.is_empty() => {
                if to.write_all(&held).await.is_err() {
                    return;
                }
                held.clear();
            }
        }
    }
}

async fn mended(whole: &mut watch::Receiver<bool>) {
    if whole.wait_for(|whole| *whole).await.is_err() {
        // The wire itself is gone.
        std::future::pending::<()>().await;
    }
}
