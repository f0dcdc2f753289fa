//! A mail server that takes everything, counts Message-IDs, and refuses a share for now.

use crate::book::Book;
use anyhow::{Context as _, ensure};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// Connections with which its own limit is measured: as many as the node is configured to have.
const CONNECTIONS: usize = 16;

#[derive(Clone)]
pub(crate) struct MailSink {
    pub(crate) address: SocketAddr,
    pub(crate) book: Arc<Book>,
}

impl MailSink {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let sink = Self { address: listener.local_addr()?, book: Arc::default() };
        let book = Arc::clone(&sink.book);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let book = Arc::clone(&book);
                // A connection that breaks is the other side's business.
                tokio::spawn(async move { drop(converse(stream, &book).await) });
            }
        });
        Ok(sink)
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
        Ok(crate::rate::per_second(count / CONNECTIONS * CONNECTIONS, began.elapsed()))
    }
}

async fn converse(stream: TcpStream, book: &Book) -> anyhow::Result<()> {
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
                if book.refuses() {
                    writing.write_all(b"451 later\r\n").await?;
                } else {
                    book.take(id);
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
