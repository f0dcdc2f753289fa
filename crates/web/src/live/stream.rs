//! The stream of one database: everything at once, and then each second as it comes.
//!
//! A message is written once however many read it, and not at all while nobody does. A reader who is too
//! slow loses messages and never slows the others down.

use super::{Portrait, Standing};
use crate::api::body::database::{BeginBody, FramesBody, InFlightBody, StandingBody};
use axum::response::sse::{Event, KeepAlive, Sse};
use domain::Timestamp;
use domain::reads::{Frame, InFlight};
use futures_util::stream::{BoxStream, StreamExt};
use serde::Serialize;
use std::convert::Infallible;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast};
use tokio_stream::wrappers::BroadcastStream;

/// Readers of all databases at a time: operators and terminals, not the public.
const READERS: usize = 64;
/// Messages that a slow reader may lag behind.
const BACKLOG: usize = 64;
/// Proxies cut connections that are silent; ours is so only while a database is not watched.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A stream that is ready to be answered with.
pub type LiveStream =
    Sse<axum::response::sse::KeepAliveStream<BoxStream<'static, Result<Event, Infallible>>>>;

/// Places for readers.
#[derive(Debug)]
pub(super) struct Places(Arc<Semaphore>);

impl Places {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(READERS)))
    }

    pub(super) fn take(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }

    pub(super) fn taken(&self) -> usize {
        READERS.saturating_sub(self.0.available_permits())
    }

    pub(super) fn close(&self) {
        self.0.close();
    }
}

/// A message: its kind and its JSON.
type Message = (&'static str, Arc<str>);

/// The readers of one database.
#[derive(Debug)]
pub(super) struct News(RwLock<Option<broadcast::Sender<Message>>>);

impl Default for News {
    fn default() -> Self {
        Self(RwLock::new(Some(broadcast::Sender::new(BACKLOG))))
    }
}

impl News {
    pub(super) fn frames(&self, at: Timestamp, frames: &[(Arc<str>, Frame)]) {
        self.send("frames", || FramesBody::new(at, frames));
    }

    pub(super) fn in_flight(&self, at: Timestamp, node: &str, in_flight: &InFlight) {
        self.send("in_flight", || InFlightBody::new(node, at, in_flight));
    }

    pub(super) fn verdict(&self, standing: Option<&Standing>) {
        self.send("verdict", || standing.map(StandingBody::new));
    }

    pub(super) fn close(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn send<B: Serialize>(&self, kind: &'static str, body: impl FnOnce() -> B) {
        let sender = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = sender.as_ref().filter(|sender| sender.receiver_count() > 0) else { return };
        let _nobody_left = sender.send((kind, json(&body()).into()));
    }

    /// The messages of one reader, who keeps the place as long as the stream lives.
    pub(super) fn subscribe(
        &self,
        place: OwnedSemaphorePermit,
        portrait: &Portrait,
        now: Timestamp,
        until: impl Fn() -> bool + Send + 'static,
    ) -> Option<LiveStream> {
        let receiver = self.0.read().unwrap_or_else(PoisonError::into_inner).as_ref()?.subscribe();
        let begin = json(&BeginBody::new(portrait, now));
        let begin = Event::default().retry(Duration::from_secs(2)).event("begin").data(begin);
        let news = BroadcastStream::new(receiver).take_while(move |_| std::future::ready(!until())).map(
            move |message| {
                let _place = &place;
                match message {
                    Ok((kind, data)) => Event::default().event(kind).data(data),
                    // The reader has missed something, and shows a gap.
                    Err(_) => Event::default().event("missed").data("{}"),
                }
            },
        );
        let all = futures_util::stream::once(async { begin }).chain(news).map(Ok).boxed();
        Some(Sse::new(all).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("")))
    }
}

fn json(body: &impl Serialize) -> String {
    // Bodies of ours have text as keys and cannot fail to be written.
    serde_json::to_string(body).unwrap_or_default()
}
