//! MongoDB, 4.0 to 8.x: standalone servers, replica sets and sharded clusters.
//!
//! A [`Watch`] looks at every node of a [`Target`] along independent paths: each has its own connection, which
//! nothing else ever waits for, its own task, and at most one look on its way. A look tells when it begins and when it
//! ends; one that hangs is given up at a hard deadline and its connection with it. So a server that is frozen, cut off
//! or talking nonsense costs a bounded number of sockets and bytes, and shows.
//!
//! Looks speak the wire protocol themselves: the driver's pools queue one command behind another and are emptied
//! together. The driver reads the connection string, and looks on the application's own way, where it belongs.
//!
//! Nothing here judges what it saw, reads a whole collection, or asks a server for the sizes of its databases.

pub mod advice;
mod choice;
mod dial;
mod evidence;
mod examine;
mod failure;
mod finished;
mod greeting;
mod ids;
mod link;
mod look;
mod node;
mod operation;
mod paths;
mod scram;
mod steward;
mod target;
mod tls;
mod topology;
mod truncated;
mod watch;
mod wire;

pub use evidence::{Content, Gathered, Piece, gather};
pub use examine::{Examination, Finding, NodeFound, examine};
pub use look::{Clock, ReadLine};
pub use target::{Error, Target};
pub use watch::{APP, Watch};

/// What we call ourselves on every connection, so that our own looks are told apart from clients' work.
pub const APP_NAME: &str = "watchkeeper";

/// How often to look where looking costs something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Nothing is suspicious.
    #[default]
    Calm,
    /// Something is.
    Alert,
}
