//! What looks at the nodes of a database showed: the input of [`detect`](crate::detect).
//!
//! A watcher looks along several independent [`Path`]s at once, and each look is a [`Sample`]: it begins,
//! and some time later it is answered or it fails. A look that has not come back is known by its age; that
//! is a sample too, and during a stall the only one. An engine, a replay of diagnostic data and a recording
//! all speak these types, so that the same detector judges all three.
//!
//! Nothing here knows a driver, a file or a clock.

pub mod counters;
pub mod finished;
pub mod frame;
pub mod inflight;
pub mod metric;
pub mod moment;
pub mod sample;
pub mod shape;

pub use counters::{Bucket, Counters};
pub use finished::Finished;
pub use frame::{Frame, Series};
pub use inflight::{Group, InFlight};
pub use metric::{METRICS, Metric};
pub use moment::Moment;
pub use sample::{Answer, Failure, Host, Look, Path, Role, Sample, Use};
