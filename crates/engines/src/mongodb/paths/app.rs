//! A read on the application's own way: its connection string, its driver's idea of which node to ask.
//!
//! With the network between application and database cut, every other path is perfect.

use std::sync::Arc;
use std::time::Duration;

use ::mongodb::bson::{Bson, RawBson, RawDocumentBuf, doc};
use ::mongodb::{Client, Namespace};
use domain::reads::{Answer, Failure};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::mongodb::failure::of_driver;
use crate::mongodb::look::{Looker, MAX_TIME_MS};
use crate::mongodb::node::Spot;
use crate::mongodb::paths::reads::ABSENT;
use crate::mongodb::{APP_NAME, Pace, Target};

/// Like an attempt of the other paths to connect: found again soon after a cut.
const CONNECT: Duration = Duration::from_secs(2);

/// The driver should give up first, and say why.
const SELECTION: Duration = Duration::from_secs(8);

/// A read that is longer overdue than this is lost with its connection, which nobody else watches.
const OVERDUE: Duration = Duration::from_secs(20);

/// The application's way.
pub(in crate::mongodb) struct App {
    target: Target,
    spot: Arc<Spot>,
    client: Option<Client>,
    /// The read that is on its way, also after it was given up.
    reading: JoinSet<Result<(), Failure>>,
    began: Option<Instant>,
}

impl App {
    pub(in crate::mongodb) fn new(target: Target, spot: &Arc<Spot>) -> Self {
        Self { target, spot: Arc::clone(spot), client: None, reading: JoinSet::new(), began: None }
    }

    /// Waits for a read that was given up, so that never two burden the server.
    async fn settle(&mut self) {
        let left = self.began.map_or(OVERDUE, |began| OVERDUE.saturating_sub(began.elapsed()));
        let ended = async { while self.reading.join_next().await.is_some() {} };
        if timeout(left, ended).await.is_err() {
            self.reading.shutdown().await;
        }
    }

    async fn client(&mut self) -> Result<Client, Failure> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let mut options = self.target.resolve_app().await.map_err(Failure::Unreachable)?;
        options.app_name = Some(APP_NAME.to_owned());
        options.max_pool_size = Some(2);
        options.min_pool_size = None;
        options.connect_timeout = Some(CONNECT);
        options.server_selection_timeout = Some(SELECTION);
        let client = Client::with_options(options).map_err(|error| of_driver(&error))?;
        self.client = Some(client.clone());
        Ok(client)
    }
}

impl Looker for App {
    fn ready(&mut self) -> bool {
        self.spot.get().is_some()
    }

    fn period(&self, _: Pace) -> Duration {
        Duration::from_millis(333)
    }

    async fn look(&mut self) -> Result<Answer, Failure> {
        self.settle().await;
        let client = self.client().await?;
        let (namespace, id) = self.spot.get().ok_or(Failure::NoServer)?;
        self.began = Some(Instant::now());
        self.reading.spawn(async move { read(&client, &namespace, id).await });
        let read = self.reading.join_next().await;
        read.and_then(Result::ok).unwrap_or(Err(Failure::NoServer)).map(|()| Answer::Read)
    }
}

async fn read(client: &Client, namespace: &str, id: RawBson) -> Result<(), Failure> {
    let id = Bson::try_from(id).map_err(|error| Failure::Garbage(error.to_string()))?;
    let name: Namespace = namespace.parse().map_err(|error| of_driver(&error))?;
    let max_time = Duration::from_millis(u64::from(MAX_TIME_MS.unsigned_abs()));
    let found = client
        .database(&name.db)
        .collection::<RawDocumentBuf>(&name.coll)
        .find_one(doc! { "_id": id })
        .projection(doc! { "_id": 1, ABSENT: 1 })
        .max_time(max_time)
        .await;
    found.map(drop).map_err(|error| of_driver(&error))
}
