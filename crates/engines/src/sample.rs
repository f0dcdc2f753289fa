//! A small customer-service platform on MongoDB, for the demo: its data, its users, and what stalls their reads.
//!
//! Agents read conversations and write answers in teams, an organisation's customers are found by their address.
//! Everything is invented and made anew at every start. What it does stays bounded, however slowly the database
//! answers: requests that wait, searches that pile up, how long a stall lasts.
//!
//! Nothing here watches or judges, and nothing here may ever touch a database that holds anything of value: it drops
//! what it finds.

mod seed;
mod stall;
mod traffic;

use std::fmt;
use std::time::Duration;

use ::mongodb::bson::{Document, doc};
use ::mongodb::options::ClientOptions;
use ::mongodb::{Client, Collection};

pub use traffic::{Felt, Traffic};

/// The database's name.
pub const DATABASE: &str = "crm";
/// How many conversations there are; their numbers begin at 0.
pub const CONVERSATIONS: i64 = 20_000;
/// Teams that share the conversations among them.
pub const TEAMS: i64 = 40;
/// How many customers there are.
const CUSTOMERS: i64 = 10_000;
/// Messages in a conversation before anybody answers.
const MESSAGES_EACH: i64 = 10;
/// Conversations in an inbox, messages on a page.
const PAGE: i64 = 20;

/// Connections of the application. Few enough for a stalled server to be felt by all users soon, as in life, and for
/// its other work not to starve where there are but two processors.
const POOL: u32 = 16;
/// A server that is gone is reported after this.
const PATIENCE: Duration = Duration::from_secs(5);

/// The platform: what its application, its administrators and their scripts do.
#[derive(Clone, Debug)]
pub struct Platform {
    /// The application, on its own way to the database.
    app: Client,
    /// People and scripts at the server itself.
    server: Client,
}

/// What the database or the way to it refused.
#[derive(Clone, Debug)]
pub struct Error(::mongodb::error::Error);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {}

impl From<::mongodb::error::Error> for Error {
    fn from(error: ::mongodb::error::Error) -> Self {
        Self(error)
    }
}

/// A conversation in a team's inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number.
    pub id: i64,
    /// What it is about.
    pub subject: String,
    /// Address of the customer.
    pub customer: String,
}

/// A message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who wrote it.
    pub author: String,
    /// What they wrote.
    pub body: String,
}

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Their name.
    pub name: String,
    /// Name of their organisation.
    pub organisation: String,
}

impl Platform {
    /// The platform on the server at `uri`, which its application reaches by `app_uri`. Connects when it is used.
    pub async fn new(uri: &str, app_uri: &str) -> Result<Self, Error> {
        let app = client(app_uri, "crm-api", POOL).await?;
        Ok(Self { app, server: client(uri, "crm-scripts", POOL).await? })
    }

    /// Waits until the server answers.
    pub async fn answers(&self) -> Result<(), Error> {
        self.server.database("admin").run_command(doc! { "ping": 1 }).await?;
        Ok(())
    }

    /// Drops what is there and makes all data anew, on the server itself: some seconds.
    pub async fn seed(&self) -> Result<(), Error> {
        Ok(seed::all(&self.server.database(DATABASE)).await?)
    }

    /// The conversations that a team has to answer, the newest first.
    pub async fn inbox(&self, team: i64) -> Result<Vec<Line>, Error> {
        let open = doc! { "team": team, "state": "open" };
        let newest = doc! { "updated_at": -1 };
        let mut found = self.collection("conversations").find(open).sort(newest).limit(PAGE).await?;
        let mut lines = Vec::new();
        while found.advance().await? {
            let one = found.deserialize_current()?;
            lines.push(Line {
                id: number(&one, "_id"),
                subject: text(&one, "subject"),
                customer: text(&one, "customer"),
            });
        }
        Ok(lines)
    }

    /// The messages of a conversation, the oldest first.
    pub async fn conversation(&self, id: i64) -> Result<Vec<Message>, Error> {
        let of_it = doc! { "conversation": id };
        let mut found = self.collection("messages").find(of_it).sort(doc! { "_id": 1 }).limit(PAGE).await?;
        let mut messages = Vec::new();
        while found.advance().await? {
            let one = found.deserialize_current()?;
            messages.push(Message { author: text(&one, "author"), body: text(&one, "body") });
        }
        Ok(messages)
    }

    /// The customer with that address.
    pub async fn customer(&self, address: &str) -> Result<Option<Customer>, Error> {
        let found = self.collection("customers").find_one(doc! { "email": address }).await?;
        let Some(found) = found else { return Ok(None) };
        let organisation = doc! { "_id": number(&found, "organisation") };
        let organisation = self.collection("organisations").find_one(organisation).await?;
        let organisation = organisation.map(|one| text(&one, "name")).unwrap_or_default();
        Ok(Some(Customer { name: text(&found, "name"), organisation }))
    }

    /// Touches a conversation, as an agent does who works on it.
    pub async fn touch(&self, id: i64) -> Result<(), Error> {
        let now = doc! { "$currentDate": { "updated_at": true }, "$inc": { "touched": 1 } };
        self.collection("conversations").update_one(doc! { "_id": id }, now).await?;
        Ok(())
    }

    fn collection(&self, name: &str) -> Collection<Document> {
        self.app.database(DATABASE).collection(name)
    }
}

async fn client(uri: &str, name: &str, pool: u32) -> Result<Client, Error> {
    let mut options = ClientOptions::parse(uri).await?;
    options.app_name = Some(name.to_owned());
    options.max_pool_size = Some(pool);
    options.server_selection_timeout = Some(PATIENCE);
    options.connect_timeout = Some(PATIENCE);
    options.heartbeat_freq = Some(Duration::from_secs(1));
    Ok(Client::with_options(options)?)
}

/// The address of a customer by number.
fn address(number: i64) -> String {
    format!("customer{}@example.org", number.rem_euclid(CUSTOMERS))
}

fn text(of: &Document, key: &str) -> String {
    of.get_str(key).unwrap_or_default().to_owned()
}

/// A whole number, in whatever shape the server made it.
fn number(of: &Document, key: &str) -> i64 {
    of.get_i64(key).or_else(|_| of.get_i32(key).map(i64::from)).unwrap_or_default()
}
