//! What goes on by itself: a list of loops, each in a file of its own under `loops/`.
//!
//! A loop never gives up: an error is logged where it happens and the work comes round again, because what
//! is due is a row in the database.

pub(crate) mod claims;
mod copy;
mod deliver;
mod digest;
mod export;
mod fan_out;
mod heartbeat;
mod held;
mod letters;
mod look;
mod poll;
mod recur;
mod retain;
mod send;
mod sync;
mod tick;
pub(crate) mod watch;

use crate::app::Parts;
use std::sync::Arc;
use store::Lane;
use tokio::task::JoinSet;

/// Starts every loop.
pub(crate) fn start(tasks: &mut JoinSet<()>, parts: &Arc<Parts>) {
    tasks.spawn(claims::run(Arc::clone(parts)));
    tasks.spawn(poll::run(Arc::clone(parts)));
    tasks.spawn(deliver::run(Arc::clone(parts)));
    tasks.spawn(fan_out::run(Arc::clone(parts)));
    tasks.spawn(send::run(Arc::clone(parts), Lane::Operators));
    tasks.spawn(send::run(Arc::clone(parts), Lane::Subscribers));
    tasks.spawn(send::run(Arc::clone(parts), Lane::Mail));
    tasks.spawn(letters::run(Arc::clone(parts)));
    tasks.spawn(digest::run(Arc::clone(parts)));
    tasks.spawn(heartbeat::run(Arc::clone(parts)));
    tasks.spawn(sync::run(Arc::clone(parts)));
    tasks.spawn(tick::run(Arc::clone(parts)));
    tasks.spawn(held::run(Arc::clone(parts)));
    tasks.spawn(recur::run(Arc::clone(parts)));
    if let Some(config) = &parts.export {
        tasks.spawn(export::run(Arc::clone(parts), config.clone()));
    }
    for (page, place) in &parts.copies {
        tasks.spawn(copy::run(Arc::clone(parts), page.clone(), place.clone()));
    }
    tasks.spawn(retain::run(Arc::clone(parts)));
    tasks.spawn(watch::run(Arc::clone(parts)));
}
