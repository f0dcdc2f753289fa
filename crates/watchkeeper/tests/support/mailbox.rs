//! A mail server on loopback that takes everything and keeps it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The server. It is gone when this is dropped.
pub(crate) struct Mailbox {
    pub(crate) address: SocketAddr,
    kept: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Mailbox {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let kept = Arc::<Mutex<Vec<String>>>::default();
        let keep = Arc::clone(&kept);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let keep = Arc::clone(&keep);
                // A client that goes away in the middle has sent nothing.
                tokio::spawn(async move { talk(stream, &keep).await.unwrap_or_default() });
            }
        });
        Self { address, kept, serving }
    }

    /// Every mail that it took, in order, with the folding of its lines undone.
    pub(crate) fn mails(&self) -> Vec<String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn talk(stream: TcpStream, keep: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(b"220 mailbox ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match word.as_str() {
            "EHLO" => b"250-mailbox\r\n250 8BITMIME\r\n",
            "QUIT" => b"221 bye\r\n",
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.push_str("\r\n");
                }
                let mail = mail.replace("=\r\n", "").replace("=3D", "=").replace("\r\n ", " ");
                keep.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                b"250 kept\r\n"
            }
            _ => b"250 well\r\n",
        };
        writing.write_all(answer).await?;
    }
    Ok(())
}
