//! Server-sent events: which pages changed. A page that is open in a browser loads itself anew when its
//! path is named; `*` names every page and is sent to a reader who was too slow to hear all of it.
//!
//! Events carry no content, so nothing can be read here that the pages do not show.

use axum::response::sse::{Event, KeepAlive, Sse};
use domain::Timestamp;
use futures_util::stream::{Stream, StreamExt};
use std::convert::Infallible;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio_stream::wrappers::BroadcastStream;

/// Readers at a time. Each costs a connection and a few kilobytes.
const READERS: usize = 512;
/// Messages that a slow reader may lag behind.
const BACKLOG: usize = 64;
/// Proxies cut connections that are silent for a minute, some after 30 s.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// What a reader hears who has missed something.
const EVERYTHING: &str = r#"{"paths":["*"]}"#;

/// The readers.
#[derive(Debug)]
pub struct Events {
    /// `None` once the site is closing.
    sender: RwLock<Option<broadcast::Sender<Arc<str>>>>,
    places: Arc<Semaphore>,
}

impl Default for Events {
    fn default() -> Self {
        let sender = broadcast::Sender::new(BACKLOG);
        Self { sender: RwLock::new(Some(sender)), places: Arc::new(Semaphore::new(READERS)) }
    }
}

impl Events {
    /// Tells every reader that these pages changed.
    pub fn announce(&self, paths: &[String]) {
        if paths.is_empty() {
            return;
        }
        let message = serde_json::json!({ "paths": paths }).to_string();
        if let Some(sender) = self.sender.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            // Nobody listening is no error.
            let _ = sender.send(message.into());
        }
    }

    /// Ends every stream, so that a server that is stopping need not wait for its readers.
    pub fn close(&self) {
        self.sender.write().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Readers now.
    pub fn readers(&self) -> usize {
        READERS - self.places.available_permits()
    }

    /// A place for one more reader, who is told what time it is here; `None` if all are taken or the site is
    /// closing.
    pub fn subscribe(
        &self,
        now: Timestamp,
    ) -> Option<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let receiver = self.sender.read().unwrap_or_else(PoisonError::into_inner).as_ref()?.subscribe();
        let heartbeat = KeepAlive::new().interval(HEARTBEAT).text("");
        Some(Sse::new(messages(receiver, place, now)).keep_alive(heartbeat))
    }
}

/// The messages of one reader, who keeps the place as long as the stream lives.
fn messages(
    receiver: broadcast::Receiver<Arc<str>>,
    place: OwnedSemaphorePermit,
    now: Timestamp,
) -> impl Stream<Item = Result<Event, Infallible>> {
    // Sent at once: it tells the browser that it is connected, and after a break how soon to come back. Ages
    // are counted by our clock, because the reader's may be wrong and ours may be a replayed one.
    let hello = Event::default().retry(Duration::from_secs(3)).data(format!(r#"{{"now":"{now}"}}"#));
    let changes = BroadcastStream::new(receiver).map(move |message| {
        let _place = &place;
        Event::default().data(message.as_deref().unwrap_or(EVERYTHING))
    });
    futures_util::stream::once(async { hello }).chain(changes).map(Ok)
}
