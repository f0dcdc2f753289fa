//! Sends what is due, one loop for each lane. What is claimed waits for its place on the way to its receiver, beside
//! all others; what came of it is written down by a task of its own, in as large a transaction as has gathered.
//!
//! What cannot be begun while its claim surely holds is left to whoever claims it next. Never decides who hears.

use crate::app::Parts;
use crate::sending::backoff::next_try;
use crate::sending::receiver;
use crate::sending::routes::Place;
use crate::sending::story::Subject;
use crate::sending::subscribers;
use domain::{Notice, Timestamp};
use jiff::SignedDuration;
use notifiers::Verdict;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::{ClaimWish, ClaimedDelivery, Lane, Tried, TryResult};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Deliveries that a lane holds at a time, and how many of them may be for one host.
const HELD: usize = 4_096;
const HELD_PER_ROUTE: usize = 2_048;
/// Deliveries claimed at a time.
const BATCH: usize = 1_024;
/// How long another node leaves alone what this one holds, while it says that it works.
const LEASE: Duration = Duration::from_mins(1);
/// Between two looks when nobody rings. Retries are seconds apart at the least.
const PAUSE: Duration = Duration::from_millis(250);
/// Results in one transaction, and as many again that wait for the next. What was sent and is not yet written down is
/// sent again after a crash, so it is kept few: a kill repeats some fifty mails of a hundred thousand. With 1,000 it was
/// eleven hundred, and all had it a third sooner.
const RESULTS: usize = 64;

pub(super) async fn run(parts: Arc<Parts>, lane: Lane) {
    let (results, gathered) = mpsc::channel(RESULTS);
    let recorder = tokio::spawn(record(Arc::clone(&parts), gathered));
    let mut under_way = UnderWay::of(lane);
    while !parts.is_stopping() {
        let claimed = claim(&parts, lane, &under_way).await;
        let idle = claimed.is_empty();
        let begin_by = Instant::now() + LEASE.saturating_sub(parts.sending.config.timeout * 2);
        for delivery in claimed {
            under_way.begin(&parts, delivery, begin_by, &results);
        }
        if idle || under_way.is_full() {
            tokio::select! {
                () = bell(&parts, lane).notified(), if !under_way.is_full() => {}
                () = under_way.room() => {}
                rested = parts.rest(PAUSE), if idle => if !rested { break },
                () = parts.stopped() => break,
            }
        }
        under_way.tidy();
    }
    drop(results);
    under_way.finish().await;
    if let Err(error) = recorder.await {
        tracing::error!(%error, "the writer of results ended badly");
    }
}

fn bell(parts: &Parts, lane: Lane) -> &Notify {
    match lane {
        Lane::Operators => &parts.sending.operators,
        Lane::Subscribers => &parts.sending.subscribers,
        Lane::Mail => &parts.sending.mails,
    }
}

async fn claim(parts: &Parts, lane: Lane, under_way: &UnderWay) -> Vec<ClaimedDelivery> {
    let limit = BATCH.min(under_way.most.saturating_sub(under_way.tasks.len()));
    if limit == 0 {
        return Vec::new();
    }
    let wish = ClaimWish {
        lane,
        now: parts.clock.now(),
        limit: u32::try_from(limit).unwrap_or(u32::MAX),
        lease: SignedDuration::try_from(LEASE).unwrap_or(SignedDuration::MAX),
        full: under_way.full_routes(),
    };
    parts.store.claim_deliveries(wish).await.unwrap_or_else(|error| {
        tracing::warn!(%error, lane = lane.as_str(), "cannot read what is to be sent");
        Vec::new()
    })
}

/// Deliveries that were claimed and are not done with.
struct UnderWay {
    tasks: JoinSet<String>,
    by_route: HashMap<String, usize>,
    most: usize,
}

impl UnderWay {
    fn of(lane: Lane) -> Self {
        // All mails go one way: to ask for others when it is full would be to look through all of them.
        let most = if lane == Lane::Mail { HELD_PER_ROUTE } else { HELD };
        Self { tasks: JoinSet::new(), by_route: HashMap::new(), most }
    }

    fn begin(
        &mut self,
        parts: &Arc<Parts>,
        delivery: ClaimedDelivery,
        begin_by: Instant,
        results: &mpsc::Sender<Tried>,
    ) {
        *self.by_route.entry(delivery.route.clone()).or_default() += 1;
        let (parts, results) = (Arc::clone(parts), results.clone());
        self.tasks.spawn(async move {
            let route = delivery.route.clone();
            let (tried, place) = try_once(&parts, delivery, begin_by).await;
            // The recorder outlives every task.
            let _ = results.send(tried).await;
            // Kept until here, so that nothing more is sent than can be written down.
            drop(place);
            route
        });
    }

    fn is_full(&self) -> bool {
        self.tasks.len() >= self.most
    }

    fn full_routes(&self) -> Vec<String> {
        let full = self.by_route.iter().filter(|(_, held)| **held >= HELD_PER_ROUTE);
        full.map(|(route, _)| route.clone()).collect()
    }

    /// Returns when a quarter of a batch has gone, or all there is: claiming one by one would cost a transaction each.
    async fn room(&mut self) {
        for _ in 0..BATCH / 4 {
            match self.tasks.join_next().await {
                Some(ended) => self.forget(ended),
                None => break,
            }
        }
        if self.tasks.is_empty() && self.by_route.is_empty() {
            std::future::pending::<()>().await;
        }
    }

    fn tidy(&mut self) {
        while let Some(ended) = self.tasks.try_join_next() {
            self.forget(ended);
        }
    }

    fn forget(&mut self, ended: Result<String, tokio::task::JoinError>) {
        match ended {
            Ok(route) => {
                if let Some(held) = self.by_route.get_mut(&route) {
                    *held = held.saturating_sub(1);
                }
                self.by_route.retain(|_, held| *held > 0);
            }
            Err(error) => tracing::error!(%error, "a delivery ended badly; it is claimed again"),
        }
    }

    async fn finish(mut self) {
        while let Some(ended) = self.tasks.join_next().await {
            self.forget(ended);
        }
    }
}

/// One try, from waiting for a place to the verdict, and the place.
async fn try_once(parts: &Parts, delivery: ClaimedDelivery, begin_by: Instant) -> (Tried, Place) {
    let place = parts.sending.routes.enter(&delivery.route).await;
    let now = parts.clock.now();
    let postponed = |at| TryResult::Postponed { at };
    let late = Instant::now() > begin_by || !parts.claims.hold();
    let result = if late || parts.is_stopping() {
        postponed(now)
    } else if let Some(until) = place.paused_until(now) {
        postponed(until)
    } else {
        let verdict = send(parts, &delivery, now).await;
        if let Verdict::Retry { after: Some(after), .. } = &verdict {
            place.pause_until(now.saturating_add(*after).unwrap_or(Timestamp::MAX));
        }
        judge(parts, &delivery, verdict).await
    };
    parts.site.metrics().tried(delivery.lane, &result);
    (Tried { delivery, at: now, result }, place)
}

async fn send(parts: &Parts, delivery: &ClaimedDelivery, now: Timestamp) -> Verdict {
    let later = |error: store::Error| Verdict::Retry { reason: error.to_string(), after: None };
    let receiver = match receiver::find(parts, delivery).await {
        Ok(Ok(receiver)) => receiver,
        Ok(Err(why)) => return Verdict::Refused(why),
        Err(error) => return later(error),
    };
    let Some(notice) = notice_of(delivery) else {
        return Verdict::Refused(format!("`{}` is no notice", delivery.notice));
    };
    let subject = Subject {
        incident: delivery.incident.clone(),
        seq: delivery.seq,
        notice,
        audience: receiver.audience,
    };
    match parts.sending.stories.story(&parts.store, &subject).await {
        Ok(Some(story)) => {
            let message = receiver.address(&story, &delivery.key, parts.sending.stories.places());
            let verdict = parts.sending.send(receiver.notifier.as_ref(), &message, now).await;
            let bounced = receiver.subscription.is_some_and(|subscription| subscription.bounced);
            if bounced && matches!(verdict, Verdict::Delivered(_)) {
                subscribers::note_arrival(parts, delivery).await;
            }
            verdict
        }
        Ok(None) => Verdict::Refused("it was never public".to_owned()),
        Err(error) => later(error),
    }
}

/// The key of a notice ends with its kind.
fn notice_of(delivery: &ClaimedDelivery) -> Option<Notice> {
    Notice::parse(delivery.notice.rsplit('.').next()?)
}

async fn judge(parts: &Parts, delivery: &ClaimedDelivery, verdict: Verdict) -> TryResult {
    let result = result_of(parts, delivery, &verdict);
    subscribers::note(parts, delivery, &verdict, matches!(result, TryResult::Dead(_))).await;
    result
}

fn result_of(parts: &Parts, delivery: &ClaimedDelivery, verdict: &Verdict) -> TryResult {
    match verdict.clone() {
        Verdict::Delivered(remote_id) => TryResult::Done(remote_id),
        Verdict::Refused(why) | Verdict::Gone(why) => {
            tracing::warn!(delivery.key = %delivery.key, channel = %delivery.channel, why, "a message is given up");
            TryResult::Dead(why)
        }
        Verdict::Retry { reason, after } => {
            let config = &parts.sending.config;
            let waits = match delivery.lane {
                Lane::Operators => &config.channel_retries,
                Lane::Subscribers | Lane::Mail => &config.retries,
            };
            let now = parts.clock.now();
            match next_try(waits, delivery.attempt, now, after, parts.entropy.fraction()) {
                Some(at) => TryResult::Retry { at, error: reason },
                None => TryResult::Dead(format!("given up after {} tries: {reason}", delivery.attempt)),
            }
        }
    }
}

/// Writes down what came of tries. What was sent must not be forgotten, so a store that does not answer is asked
/// until it does.
async fn record(parts: Arc<Parts>, mut gathered: mpsc::Receiver<Tried>) {
    let mut batch = Vec::with_capacity(RESULTS);
    while gathered.recv_many(&mut batch, RESULTS).await > 0 {
        while let Err(error) = parts.store.finish_deliveries(batch.clone()).await {
            tracing::warn!(%error, results = batch.len(), "cannot write what became of messages");
            if !parts.rest(PAUSE).await {
                return;
            }
        }
        batch.clear();
    }
}
