//! Serving what is kept rendered.
//!
//! The hot path is one look into the cache. What is missing, marked or too old is rendered first, by one
//! task however many ask for it; when that fails or takes too long, the old answer is served and says of
//! which instant it is.

use crate::cache::Slot;
use crate::error::Error;
use crate::headers::AS_OF;
use crate::page::Page;
use crate::rendered::{Rendered, ascii_value};
use crate::site::Site;
use crate::target::Target;
use axum::body::Body;
use axum::http::{HeaderMap, Response};
use domain::Timestamp;
use domain::time::seconds_between;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// Longest rendering, with all that it reads.
pub(crate) const LIMIT: Duration = Duration::from_secs(2);
/// Longest wait of somebody for whom an old answer is at hand.
const PATIENCE: Duration = Duration::from_millis(500);
/// Seconds for which an answer is served as it is.
const FRESH_SECONDS: i64 = 10;
/// Seconds after which a new answer is worth waiting for; in between it is made in the background.
const AGEING_SECONDS: i64 = 30;
/// Seconds for which the database is left alone after it failed.
const PAUSE_SECONDS: i64 = 2;

impl Site {
    /// Answers a request for a path that is kept rendered.
    pub(crate) async fn serve(
        self: &Arc<Self>,
        page: &Arc<Page>,
        path: &str,
        request: &HeaderMap,
    ) -> Result<Response<Body>, Error> {
        let now = self.config.clock.now();
        let kept = page.cache.get(path).and_then(|slot| Some((slot.answer()?, slot)));
        let Some((answer, slot)) = kept else {
            let target = Target::parse(path).ok_or_else(|| Error::no_page(path))?;
            let answer = self.renew(page, &target).await?;
            if let Some(slot) = page.cache.get(path) {
                slot.touch(now);
            }
            return Ok(answer.answer(request));
        };
        slot.touch(now);
        let age = seconds_between(answer.as_of, now);
        if age < FRESH_SECONDS && !slot.is_dirty() {
            return Ok(answer.answer(request));
        }
        let Some(target) = Target::parse(path) else { return Ok(answer.answer(request)) };
        if age < AGEING_SECONDS && !slot.is_dirty() {
            if let Ok(only_one) = Arc::clone(&slot.rendering).try_lock_owned() {
                let (site, page) = (Arc::clone(self), Arc::clone(page));
                // A failure is counted where it happens and shows in the age of the answer.
                tokio::spawn(async move { site.render_into(&page, &target, &slot, only_one).await.is_ok() });
            }
            return Ok(answer.answer(request));
        }
        self.serve_renewed(page, &target, &answer, request).await
    }

    /// Answers with a new answer if one can be made soon, else with the old one.
    async fn serve_renewed(
        self: &Arc<Self>,
        page: &Arc<Page>,
        target: &Target,
        old: &Rendered,
        request: &HeaderMap,
    ) -> Result<Response<Body>, Error> {
        match tokio::time::timeout(PATIENCE, self.renew(page, target)).await {
            Ok(Ok(answer)) => Ok(answer.answer(request)),
            Ok(Err(error @ (Error::NotFound { .. } | Error::Method))) => Err(error),
            Ok(Err(_)) | Err(_) => {
                self.metrics.stale.fetch_add(1, Ordering::Relaxed);
                let mut response = old.answer(request);
                response.headers_mut().insert(AS_OF, ascii_value(&old.as_of.to_string()));
                Ok(response)
            }
        }
    }

    /// A new answer, made by whoever comes first.
    pub(crate) async fn renew(
        self: &Arc<Self>,
        page: &Arc<Page>,
        target: &Target,
    ) -> Result<Arc<Rendered>, Error> {
        if let Some(reason) = self.pause() {
            return Err(reason);
        }
        // Before a slot is made for it, so that unknown names take no memory.
        self.check_exists(&self.sight(page).await?, target).await?;
        let slot = page.cache.slot(&target.path());
        let asked_at = self.config.clock.now();
        let before = slot.answer();
        let only_one = Arc::clone(&slot.rendering).lock_owned().await;
        match slot.answer() {
            // Somebody else made it while we waited.
            Some(answer) if !slot.is_dirty() && is_news(&answer, before.as_ref(), asked_at) => Ok(answer),
            _ => {
                let (site, page, target) = (Arc::clone(self), Arc::clone(page), target.clone());
                // On its own, so that a client who goes away does not take everybody's answer along.
                let task =
                    tokio::spawn(async move { site.render_into(&page, &target, &slot, only_one).await });
                task.await.map_err(|error| Error::Internal(Box::new(error)))?
            }
        }
    }

    async fn render_into(
        self: Arc<Self>,
        page: &Arc<Page>,
        target: &Target,
        slot: &Slot,
        _only_one: OwnedMutexGuard<()>,
    ) -> Result<Arc<Rendered>, Error> {
        let rendered = self.render_in_turn(page, target, slot).await;
        match rendered {
            Ok(rendered) => {
                let rendered = Arc::new(rendered);
                page.cache.put(&target.path(), Arc::clone(&rendered));
                self.metrics.renders.fetch_add(1, Ordering::Relaxed);
                Ok(rendered)
            }
            Err(error @ Error::NotFound { .. }) => {
                page.cache.remove(&target.path());
                Err(error)
            }
            Err(error) => {
                slot.mark_dirty();
                Err(self.noted(error))
            }
        }
    }

    async fn render_in_turn(
        &self,
        page: &Arc<Page>,
        target: &Target,
        slot: &Slot,
    ) -> Result<Rendered, Error> {
        // First, because what it finds to have changed is marked, and this answer is about to show it.
        let sight = self.sight(page).await?;
        let _place = self.renders.acquire().await.map_err(|error| Error::Internal(Box::new(error)))?;
        slot.begin_rendering();
        let rendered = tokio::time::timeout(LIMIT, self.render(target, &sight)).await;
        rendered.map_err(|_| self.timed_out())?
    }

    /// Notes that the database failed, so that the next ones need not wait for it.
    pub(crate) fn noted(&self, error: Error) -> Error {
        if matches!(error, Error::Unavailable(_)) && self.pause().is_none() {
            let until = self.config.clock.now().as_second().saturating_add(PAUSE_SECONDS);
            self.failing_until.store(until, Ordering::Relaxed);
        }
        error
    }

    /// Why the database is left alone at the moment, if it is.
    pub(crate) fn pause(&self) -> Option<Error> {
        let until = self.failing_until.load(Ordering::Relaxed);
        (self.config.clock.now().as_second() < until)
            .then(|| Error::Unavailable("it failed a moment ago and is given time".into()))
    }

    /// The error for something that took too long.
    pub(crate) fn timed_out(&self) -> Error {
        self.metrics.store_errors.fetch_add(1, Ordering::Relaxed);
        Error::Unavailable(format!("no answer within {} s", LIMIT.as_secs()).into())
    }
}

/// Whether an answer was made after somebody asked for a new one.
fn is_news(answer: &Arc<Rendered>, before: Option<&Arc<Rendered>>, asked_at: Timestamp) -> bool {
    answer.as_of >= asked_at || before.is_none_or(|before| !Arc::ptr_eq(before, answer))
}
