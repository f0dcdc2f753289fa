//! How much goes where at a time: so many requests to one host at once and in a second, and none while it asks us to
//! wait. Each host waits for itself.
//!
//! Never keeps a place for a host to which nobody goes.

use domain::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// Requests at a time, and requests in a second.
type Limit = (usize, u32);

/// What the timer can tell apart.
const TICK: Duration = Duration::from_millis(1);

/// The limits of all hosts.
pub struct Routes {
    usual: Limit,
    special: HashMap<&'static str, Limit>,
    known: Mutex<HashMap<String, Arc<Route>>>,
}

struct Route {
    places: Arc<Semaphore>,
    spacing: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When the next one may begin.
    free_at: Option<Instant>,
    /// Until when the receiver asks us to wait.
    paused_until: Option<Timestamp>,
}

/// A place on the way to a host, free again when dropped.
pub struct Place {
    route: Arc<Route>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Routes {
    /// With these limits for every host but the special ones.
    pub fn new(usual: Limit, special: HashMap<&'static str, Limit>) -> Self {
        Self { usual, special, known: Mutex::default() }
    }

    /// Waits for a place and for its turn.
    pub async fn enter(&self, route: &str) -> Place {
        let route = self.route(route);
        // The semaphore is never closed.
        let permit = Arc::clone(&route.places).acquire_owned().await.ok();
        let now = Instant::now();
        let begin = route.take_turn(now);
        // The timer wakes once in a millisecond; to sleep for less would be to sleep for more.
        if begin.saturating_duration_since(now) >= TICK {
            sleep_until(begin).await;
        }
        Place { route, _permit: permit }
    }

    fn route(&self, name: &str) -> Arc<Route> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = known.get(name) {
            return Arc::clone(route);
        }
        // Before the map grows it forgets the hosts to which nobody goes.
        if known.len() == known.capacity() {
            known.retain(|_, route| Arc::strong_count(route) > 1);
        }
        let (places, rate) = self.special.get(name).copied().unwrap_or(self.usual);
        let route = Arc::new(Route {
            places: Arc::new(Semaphore::new(places)),
            spacing: Duration::from_secs(1) / rate.max(1),
            state: Mutex::default(),
        });
        known.insert(name.to_owned(), Arc::clone(&route));
        route
    }
}

impl Route {
    fn take_turn(&self, now: Instant) -> Instant {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = state.free_at.map_or(now, |free_at| free_at.max(now));
        state.free_at = Some(begin + self.spacing);
        begin
    }
}

impl Place {
    /// Until when the receiver asks us to wait, if it does.
    pub fn paused_until(&self, now: Timestamp) -> Option<Timestamp> {
        let state = self.route.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.paused_until.filter(|until| *until > now)
    }

    /// Leaves the host alone until then.
    pub fn pause_until(&self, until: Timestamp) {
        let mut state = self.route.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.paused_until = state.paused_until.max(Some(until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn a_full_host_holds_up_only_itself_and_turns_are_spaced() {
        let routes = Routes::new((1, 10), HashMap::from([("mail", (2, u32::MAX))]));
        let began = Instant::now();
        let first = routes.enter("slow").await;
        assert!(routes.enter("slow").now_or_never().is_none(), "a second at a time");
        assert!(routes.enter("quick").now_or_never().is_some());
        drop(first);
        let _next = routes.enter("slow").await;
        assert!(began.elapsed() >= Duration::from_millis(100), "ten in a second");
        let _mails = (routes.enter("mail").now_or_never(), routes.enter("mail").await);
        assert!(routes.enter("mail").now_or_never().is_none());
    }

    #[tokio::test]
    async fn a_host_that_asks_us_to_wait_is_left_alone_until_then() {
        let routes = Routes::new((9, 1_000), HashMap::new());
        let at = |second| Timestamp::from_second(second).expect("in range");
        routes.enter("host").await.pause_until(at(60));
        let place = routes.enter("host").await;
        assert_eq!(place.paused_until(at(59)), Some(at(60)));
        assert_eq!(place.paused_until(at(60)), None);
        assert_eq!(routes.enter("other").await.paused_until(at(0)), None);
    }
}
