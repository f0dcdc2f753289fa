//! A configuration that watches a mongod, and what is asked of the program that reads it.

use crate::mongod::Mongod;
use crate::support::database::Database;
use crate::support::reader::Reader;
use crate::support::until;
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;
use watchkeeper::app::App;
use watchkeeper::clock::Clock;
use watchkeeper::config::Config;
use watchkeeper::config::reader::Surroundings;

/// What must follow a stall or its end has so long to do so.
pub(crate) const PROMISE: Duration = Duration::from_secs(5);

/// The file: the database serves PROD1, and PROD2 is another environment.
pub(crate) fn configuration(listen: SocketAddr, database: &Database, mongod: &Mongod) -> String {
    format!(
        "listen = \"{listen}\"\nstore = \"{}\"\n\n[log]\nlevel = \"error\"\n\n\
         [[environment]]\nname = \"PROD1\"\ncomponents = [\"API\", \"Web Client\", \"Billing\"]\n\n\
         [[environment]]\nname = \"PROD2\"\ncomponents = [\"API\"]\n\n\
         [[database]]\nname = \"CRM\"\nenvironment = \"PROD1\"\nuri = \"{}\"\n\
         affects = [\"API\", \"Web Client\"]\nquiet = \"2s\"\n\n[archive]\nto = \"{}\"\n",
        database.address(),
        mongod.uri(),
        mongod.archive().display()
    )
}

/// A node in this process, that sees the database and has nothing against it.
pub(crate) async fn node(database: &Database, mongod: &Mongod) -> (App, Reader) {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let text = configuration(listen, database, mongod);
    let surroundings = Surroundings { folder: "/".into(), variable: |_| None };
    let config = Config::read(&text, Path::new("test.toml"), &surroundings);
    let config = config.unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let app = App::start(config, Clock::System).await.expect("it starts");
    let reader = Reader::of(app.address());
    (app, reader)
}

/// Waits until this node sees the database and has nothing against it.
pub(crate) async fn until_quiet(app: &App) {
    until("the database is watched and quiet", async || {
        let live = app.parts().site.live().database("crm").expect("it is configured");
        live.glance().condition(Clock::System.now()) == web::live::Condition::Quiet
    })
    .await;
}

/// Every incident that pages show.
pub(crate) async fn incidents(reader: &Reader) -> Vec<Value> {
    let list = reader.json("/api/v1/incidents").await;
    list["incidents"].as_array().expect("a list").clone()
}

/// Waits until there is one incident, in this state and the only one; says after how long.
pub(crate) async fn until_only(reader: &Reader, state: &str) -> (Value, Duration) {
    let began = Instant::now();
    until(
        &format!("the only incident is {state}"),
        async || matches!(&incidents(reader).await[..], [only] if only["state"] == state),
    )
    .await;
    let took = began.elapsed();
    (incidents(reader).await.remove(0), took)
}
