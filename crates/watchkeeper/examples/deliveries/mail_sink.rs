//! A mail server that takes everything, counts Message-IDs, and refuses a share for now.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// Connections with which its own limit is measured: as many as the node is configured to have.
const CONNECTIONS: usize = 16;

#[derive(Clone)]
pub(crate) struct MailSink {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    arrived: Mutex<HashMap<String, u32>>,
    tries: AtomicU64,
    failing: AtomicU64,
}

impl MailSink {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let sink = Self { address: listener.local_addr()?, shared: Arc::default() };
        let shared = Arc::clone(&sink.shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                // A connection that breaks is the other side's business.
                tokio::spawn(async move { drop(converse(stream, &shared).await) });
            }
        });
        Ok(sink)
    }

    /// Begins to count, and to refuse so many of a hundred.
    pub(crate) fn begin(&self, failing: u64) {
        self.shared.book().clear();
        self.shared.tries.store(0, Relaxed);
        self.shared.failing.store(failing, Relaxed);
    }

    /// Different mails that have arrived.
    pub(crate) fn arrived(&self) -> usize {
        self.shared.book().len()
    }

    pub(crate) fn report(&self, wanted: usize) -> Value {
        let book = self.shared.book();
        let again: u32 = book.values().map(|times| times - 1).sum();
        json!({
            "wanted": wanted,
            "arrived": book.len(),
            "arrived_again_under_the_same_message_id": again,
            "tries": self.shared.tries.load(Relaxed),
        })
    }

    /// Mails in a second that it takes from a sender that does nothing else.
    pub(crate) async fn own_limit(&self, count: usize) -> anyhow::Result<f64> {
        let began = Instant::now();
        let mut senders = tokio::task::JoinSet::new();
        for sender in 0..CONNECTIONS {
            senders.spawn(pour(self.address, sender, count / CONNECTIONS));
        }
        while let Some(ended) = senders.join_next().await {
            ended??;
        }
        Ok(crate::per_second(count / CONNECTIONS * CONNECTIONS, began.elapsed()))
    }
}

impl Shared {
    fn book(&self) -> std::sync::MutexGuard<'_, HashMap<String, u32>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this try is refused: so many of each hundred in a row, spread evenly.
    fn refuses(&self) -> bool {
        self.tries.fetch_add(1, Relaxed) * 37 % 100 < self.failing.load(Relaxed)
    }
}

async fn converse(stream: TcpStream, shared: &Shared) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(b"220 sink ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "EHLO" => writing.write_all(b"250-sink\r\n250 8BITMIME\r\n").await?,
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await?;
                let mut id = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    if let Some(found) = line.strip_prefix("Message-ID: ") {
                        found.clone_into(&mut id);
                    }
                }
                if shared.refuses() {
                    writing.write_all(b"451 later\r\n").await?;
                } else {
                    *shared.book().entry(id).or_default() += 1;
                    writing.write_all(b"250 taken\r\n").await?;
                }
            }
            "QUIT" => {
                writing.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => writing.write_all(b"250 ok\r\n").await?,
        }
    }
    Ok(())
}

/// Sends mails one after the other on one connection.
async fn pour(address: SocketAddr, sender: usize, count: usize) -> anyhow::Result<()> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    let text = "A line of a text that is as long as such lines are.\r\n".repeat(60);
    lines.next_line().await?.context("a greeting")?;
    for number in 0..count {
        let data = format!("Message-ID: <{sender}.{number}@trial>\r\n\r\n{text}.\r\n");
        for command in ["MAIL FROM:<a@a.example>\r\n", "RCPT TO:<b@b.example>\r\n", "DATA\r\n", &data] {
            writing.write_all(command.as_bytes()).await?;
            let answer = lines.next_line().await?.context("an answer")?;
            ensure!(answer.starts_with(['2', '3']), "{answer}");
        }
    }
    Ok(())
}
