//! The wire protocol: one command out, one document back, both as `OP_MSG`, which every server since 3.6 speaks.
//!
//! A look needs a connection that nothing else uses and that it can drop at any moment, which the driver's pools do
//! not give. Compression, document sequences, checksums and exhaust cursors are left out: we never ask for them.

use ::mongodb::bson::{RawDocument, RawDocumentBuf};
use domain::reads::Failure;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const OP_MSG: i32 = 2013;
/// Length, request, response and operation, 4 bytes each; flags; the kind of the only section.
const HEAD: usize = 16 + 4 + 1;
/// The smallest document is its length and a zero.
const SMALLEST: usize = HEAD + 5;
/// Bit of the flags: a checksum follows the section.
const CHECKSUM: u32 = 1;
/// Bit of the flags: another message follows unasked.
const MORE_TO_COME: u32 = 2;

/// Writes one command.
pub(super) async fn send(
    stream: &mut (impl AsyncWrite + Unpin),
    request: i32,
    command: &RawDocument,
) -> std::io::Result<()> {
    stream.write_all(&frame(request, command.as_bytes())).await?;
    stream.flush().await
}

fn frame(request: i32, document: &[u8]) -> Vec<u8> {
    let length = HEAD + document.len();
    let mut bytes = Vec::with_capacity(length);
    bytes.extend_from_slice(&i32::try_from(length).unwrap_or(i32::MAX).to_le_bytes());
    bytes.extend_from_slice(&request.to_le_bytes());
    bytes.extend_from_slice(&0_i32.to_le_bytes());
    bytes.extend_from_slice(&OP_MSG.to_le_bytes());
    bytes.extend_from_slice(&0_u32.to_le_bytes());
    bytes.push(0);
    bytes.extend_from_slice(document);
    bytes
}

/// What has arrived of a reply. Whoever reads may give up halfway; the next one reads on.
#[derive(Default)]
pub(super) struct Inbox(Vec<u8>);

impl Inbox {
    /// Reads the reply to `request`, of at most `most` bytes. Memory grows with what arrives, never with what is
    /// announced.
    pub(super) async fn receive(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        request: i32,
        most: usize,
    ) -> Result<RawDocumentBuf, Failure> {
        self.fill(stream, HEAD).await?;
        let (size, checksum) = body(&self.0, request, most)?;
        self.fill(stream, HEAD + size).await?;
        let mut document = std::mem::take(&mut self.0);
        document.truncate(HEAD + size - checksum);
        document.drain(..HEAD);
        RawDocumentBuf::from_bytes(document).map_err(|error| Failure::Garbage(error.to_string()))
    }

    async fn fill(&mut self, stream: &mut (impl AsyncRead + Unpin), size: usize) -> Result<(), Failure> {
        while let Some(left) = size.checked_sub(self.0.len()).filter(|left| *left > 0) {
            let read = stream.take(left as u64).read_buf(&mut self.0).await;
            if read.map_err(|error| super::failure::of_io(&error))? == 0 {
                return Err(Failure::Closed);
            }
        }
        Ok(())
    }
}

/// Bytes that follow the head, and how many of them are a checksum.
fn body(head: &[u8], request: i32, most: usize) -> Result<(usize, usize), Failure> {
    let number = |at: usize| i32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let length = usize::try_from(number(0)).unwrap_or(0);
    let flags = number(16).cast_unsigned();
    if number(12) != OP_MSG || number(8) != request {
        return Err(Failure::Garbage("the bytes are not of the protocol".to_owned()));
    }
    let checksum = if flags & CHECKSUM == 0 { 0 } else { 4 };
    if flags & MORE_TO_COME != 0 || head[20] != 0 || length < SMALLEST + checksum {
        return Err(Failure::Garbage("a message that nobody asked for".to_owned()));
    }
    if length > most {
        return Err(Failure::Garbage(format!("a reply of {length} bytes, where {most} are the most")));
    }
    Ok((length - HEAD, checksum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::mongodb::bson::rawdoc;

    async fn read(bytes: &[u8], request: i32, most: usize) -> Result<RawDocumentBuf, Failure> {
        Inbox::default().receive(&mut &bytes[..], request, most).await
    }

    fn reply(request: i32, flags: u32, document: &[u8]) -> Vec<u8> {
        let mut bytes = frame(0, document);
        bytes[8..12].copy_from_slice(&request.to_le_bytes());
        bytes[16..20].copy_from_slice(&flags.to_le_bytes());
        bytes
    }

    #[tokio::test]
    async fn a_reply_comes_back_as_it_was_sent() {
        let document = rawdoc! { "ok": 1.0, "text": "ä" };
        assert_eq!(read(&reply(7, 0, document.as_bytes()), 7, 1000).await, Ok(document));
    }

    #[tokio::test]
    async fn a_reader_who_gave_up_is_followed_by_one_who_reads_on() {
        let document = rawdoc! { "ok": 1.0 };
        let bytes = reply(7, 0, document.as_bytes());
        for at in 0..bytes.len() {
            let mut inbox = Inbox::default();
            let first = inbox.receive(&mut &bytes[..at], 7, 1000).await;
            assert_eq!(first, Err(Failure::Closed));
            assert_eq!(
                inbox.receive(&mut &bytes[at..], 7, 1000).await.as_ref(),
                Ok(&document),
                "cut at {at}"
            );
        }
    }

    #[tokio::test]
    async fn what_is_no_reply_is_told_apart() {
        let document = rawdoc! { "ok": 1.0 };
        let good = reply(7, 0, document.as_bytes());
        assert_eq!(read(&good[..good.len() - 1], 7, 1000).await, Err(Failure::Closed));
        assert_eq!(read(&good[..10], 7, 1000).await, Err(Failure::Closed));
        for (bytes, request, most) in [
            (good.clone(), 8, 1000),
            (good.clone(), 7, 30),
            (reply(7, MORE_TO_COME, document.as_bytes()), 7, 1000),
            (reply(7, 0, &document.as_bytes()[..document.as_bytes().len() - 1]), 7, 1000),
            (b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n".to_vec(), 7, 1000),
            (vec![0xff; 64], 7, 1000),
            (vec![0; 64], 7, 1000),
        ] {
            let read = read(&bytes, request, most).await;
            assert!(matches!(read, Err(Failure::Garbage(_))), "{bytes:?} is {read:?}");
        }
    }
}
