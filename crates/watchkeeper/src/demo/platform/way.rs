//! The way from an application to its database: a small proxy, so that the network between them can be cut.
//!
//! While it is cut nothing passes and nothing is refused, as behind a broken switch. Never looks into what it forwards.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// What is taken up at once.
const MOUTHFUL: usize = 16 * 1024;

/// A way. It ends when this is dropped.
pub(super) struct Way {
    address: SocketAddr,
    open: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Way {
    /// Opens a way to `target`.
    pub(super) async fn open(target: String) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let open = watch::Sender::new(true);
        let task = tokio::spawn(accept(listener, target, open.clone()));
        Ok(Self { address, open, task })
    }

    /// Where it begins.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets nothing pass any more.
    pub(super) fn cut(&self) {
        self.open.send_replace(false);
    }

    /// Lets everything pass again, what was held back first.
    pub(super) fn mend(&self) {
        self.open.send_replace(true);
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, target: String, open: watch::Sender<bool>) {
    let mut connections = JoinSet::new();
    loop {
        // Out of descriptors: they come back as connections end.
        let Ok((near, _)) = listener.accept().await else { continue };
        while connections.try_join_next().is_some() {}
        connections.spawn(connect(near, target.clone(), open.subscribe()));
    }
}

async fn connect(near: TcpStream, target: String, mut open: watch::Receiver<bool>) {
    pass(&mut open).await;
    let Ok(far) = TcpStream::connect(target).await else { return };
    // A latency that a proxy must not add; where it cannot be had, it is only slower.
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let ((near_read, near_write), (far_read, far_write)) = (near.into_split(), far.into_split());
    // When one direction ends, so does the connection.
    tokio::select! {
        _ = forward(near_read, far_write, open.clone()) => {}
        _ = forward(far_read, near_write, open) => {}
    }
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut open: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut buffer = vec![0; MOUTHFUL];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        pass(&mut open).await;
        to.write_all(&buffer[..length]).await?;
    }
}

async fn pass(open: &mut watch::Receiver<bool>) {
    // An error means that the way is gone, and its tasks with it.
    let _ = open.wait_for(|open| *open).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn what_is_sent_while_the_way_is_cut_arrives_when_it_is_mended() {
        let far = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let way = Way::open(far.local_addr().unwrap().to_string()).await.unwrap();
        let mut near = TcpStream::connect(way.address()).await.unwrap();
        let (mut far, _) = far.accept().await.unwrap();
        near.write_all(b"one").await.unwrap();
        let mut heard = [0; 3];
        far.read_exact(&mut heard).await.unwrap();
        way.cut();
        near.write_all(b"two").await.unwrap();
        let nothing = timeout(Duration::from_millis(50), far.read(&mut heard)).await;
        assert!(nothing.is_err(), "{nothing:?}");
        way.mend();
        far.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"two");
    }
}
