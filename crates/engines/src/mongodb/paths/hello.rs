//! `hello` on a connection that is kept, and on one made for it.
//!
//! Neither says that the node serves anybody: only its network thread answers. But the kept one tells the role, and
//! the fresh one is the only path that sees exhausted connections.

use std::sync::Arc;
use std::time::Duration;

use domain::reads::{Answer, Failure};

use crate::mongodb::Pace;
use crate::mongodb::dial::{COMMAND_NOT_FOUND, Dial};
use crate::mongodb::greeting::Greeting;
use crate::mongodb::link::Link;
use crate::mongodb::look::Looker;
use crate::mongodb::node::State;
use crate::mongodb::node::Word;

const MOST: usize = 256 * 1024;

/// On a kept connection.
pub(in crate::mongodb) struct Hello {
    pub(in crate::mongodb) link: Link,
    pub(in crate::mongodb) state: Arc<State>,
}

impl Looker for Hello {
    fn period(&self, _: Pace) -> Duration {
        Duration::from_millis(500)
    }

    async fn look(&mut self) -> Result<Answer, Failure> {
        let first = self.link.dial().hello();
        let reply = match self.link.command(&first, MOST).await {
            // Which of the two names the node knows is found out when the connection is made, after this was said.
            Err(Failure::Server(COMMAND_NOT_FOUND, _)) => {
                let again = self.link.dial().hello();
                self.link.command(&again, MOST).await?
            }
            reply => reply?,
        };
        let greeting = Greeting::read(&reply);
        let role = greeting.role;
        self.state.greeted(role);
        self.state.say(Word::Greeted(greeting));
        Ok(Answer::Role(role))
    }
}

/// On a connection of its own, closed afterwards.
pub(in crate::mongodb) struct Fresh {
    pub(in crate::mongodb) dial: Arc<Dial>,
}

impl Looker for Fresh {
    fn period(&self, _: Pace) -> Duration {
        Duration::from_secs(1)
    }

    async fn look(&mut self) -> Result<Answer, Failure> {
        let (_connection, greeting) = self.dial.open(None).await?;
        Ok(Answer::Role(greeting.role))
    }
}
