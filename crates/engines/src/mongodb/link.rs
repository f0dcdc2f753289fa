//! A connection that is made when it is needed and thrown away when it disappoints.

use std::sync::Arc;

use ::mongodb::bson::{RawDocument, RawDocumentBuf};
use domain::reads::Failure;

use super::dial::{Connection, Dial};
use super::failure::of_reply;

/// One path's own connection. A command may be given up halfway; the next one waits until the answer of that has come,
/// so that a path has never more than one command on the server, and no late answer is taken for another.
pub(super) struct Link {
    dial: Arc<Dial>,
    connection: Option<Connection>,
    /// It says who it is.
    proves: bool,
    /// Whether the last connection had both ends on this machine.
    local: bool,
}

impl Link {
    pub(super) fn new(dial: &Arc<Dial>) -> Self {
        Self { dial: Arc::clone(dial), connection: None, proves: true, local: false }
    }

    /// One for what anybody may ask: it does not depend on what a server looks up to know us.
    pub(super) fn anonymous(dial: &Arc<Dial>) -> Self {
        Self { proves: false, ..Self::new(dial) }
    }

    pub(super) fn dial(&self) -> &Dial {
        &self.dial
    }

    pub(super) fn is_local(&self) -> bool {
        self.local
    }

    /// Answer of at most `most` bytes that says `ok`.
    pub(super) async fn command(
        &mut self,
        command: &RawDocument,
        most: usize,
    ) -> Result<RawDocumentBuf, Failure> {
        if let Some(connection) = &mut self.connection
            && !connection.settle().await
        {
            self.connection = None;
        }
        let connection = match &mut self.connection {
            Some(connection) => connection,
            empty => {
                let made =
                    if self.proves { self.dial.connect().await? } else { self.dial.open(None).await?.0 };
                self.local = made.local;
                empty.insert(made)
            }
        };
        let reply = connection.command(command, most).await;
        if reply.is_err() {
            self.connection = None;
        }
        let reply = reply?;
        of_reply(&reply).map_or(Ok(reply), Err)
    }
}
