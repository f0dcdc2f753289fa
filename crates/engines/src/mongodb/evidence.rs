//! What a node can say about a stall while it lasts: operations in flight, locks, counters, the end of its log, and how
//! it keeps and would read the collections in front. One connection asks one question after another, each bounded in
//! bytes and time on both sides; a node that leaves one unanswered is asked nothing more.
//!
//! Answers are as the server gave them, with everybody's values: whoever keeps them redacts them first. Only why an
//! answer is missing is told without the server's words.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::mongodb::bson::{RawBsonRef, RawDocument, RawDocumentBuf, rawdoc};
use domain::reads::Failure;
use tokio::time::{Instant, timeout};

use super::dial::Dial;
use super::link::Link;
use super::paths::log::lines;
use super::target::split;
use super::{APP_NAME, Target};

/// All questions together. A bundle is to be complete within five seconds, packing included.
const BUDGET: Duration = Duration::from_millis(4_300);
/// One question, as we tell the server.
const QUESTION: Duration = Duration::from_millis(900);
/// For how much longer we wait: the way there and back.
const WAY: Duration = Duration::from_millis(250);
/// A question that has less time than this is not asked.
const LEAST: Duration = Duration::from_millis(50);
/// Largest answer, in bytes: four hundred operations with commands of some kilobytes.
const MOST: usize = 2 * 1024 * 1024;
/// Operations that are asked for.
const OPERATIONS: i32 = 400;
/// Namespaces that are asked about, and commands that are explained.
const NAMESPACES: usize = 3;
const EXPLAINED: usize = 3;

/// The answer to one question.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Name of its file, without an extension.
    pub name: String,
    /// The command that was sent, without values.
    pub command: String,
    /// How long the answer took.
    pub took: Duration,
    /// What came.
    pub answer: Result<Content, Failure>,
}

/// What an answer holds, not redacted.
#[derive(Clone)]
pub enum Content {
    /// A document, as BSON.
    Document(Vec<u8>),
    /// Lines of the log.
    Log(Vec<String>),
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document(bytes) => write!(f, "Document({} bytes)", bytes.len()),
            Self::Log(lines) => write!(f, "Log({} lines)", lines.len()),
        }
    }
}

/// What was gathered of one node.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// `host:port`; empty where no node could be found out.
    pub node: String,
    /// The answers, in the order of the questions.
    pub pieces: Vec<Piece>,
}

/// One question.
struct Question {
    name: String,
    command: RawDocumentBuf,
}

/// Asks `node`, or the first that the connection string names, about itself and these namespaces. Takes five seconds at
/// most, whatever the node does.
pub async fn gather(target: &Target, node: Option<&str>, namespaces: &[Arc<str>]) -> Gathered {
    let until = Instant::now() + BUDGET;
    let began = Instant::now();
    let unknown = |why: Failure| {
        let piece =
            Piece { name: "node".into(), command: String::new(), took: began.elapsed(), answer: Err(why) };
        Gathered { node: node.unwrap_or_default().to_owned(), pieces: vec![piece] }
    };
    let route = match timeout(QUESTION, target.resolve()).await {
        Ok(Ok(route)) => route,
        Ok(Err(_)) => return unknown(Failure::NoServer),
        Err(_) => return unknown(Failure::TimedOut),
    };
    let Some(node) = node.map(Arc::from).or_else(|| route.nodes.first().cloned()) else {
        return unknown(Failure::NoServer);
    };
    let link = Link::new(&Arc::new(Dial::new(Arc::clone(&node), route.access)));
    let mut talk = Talk { link, until, pieces: Vec::new(), silent: false };
    talk.all(namespaces).await;
    Gathered { node: node.to_string(), pieces: talk.pieces }
}

/// One connection, and what has come of it.
struct Talk {
    link: Link,
    until: Instant,
    pieces: Vec<Piece>,
    /// It has left a question unanswered.
    silent: bool,
}

impl Talk {
    async fn all(&mut self, namespaces: &[Arc<str>]) {
        let operations = self.ask(in_flight()).await;
        for (name, command) in [
            ("locks", rawdoc! { "lockInfo": 1 }),
            ("server-status", rawdoc! { "serverStatus": 1, "latchAnalysis": 0 }),
            ("top", rawdoc! { "top": 1 }),
            ("replica-set", rawdoc! { "replSetGetStatus": 1 }),
        ] {
            self.ask(on_admin(name, command)).await;
        }
        self.log().await;
        self.ask(on_admin("diagnostic-data", rawdoc! { "getDiagnosticData": 1 })).await;
        let front =
            namespaces.iter().filter(|namespace| !split(namespace).1.is_empty() && !namespace.contains('$'));
        let front: Vec<&str> = front.take(NAMESPACES).map(AsRef::as_ref).collect();
        for (number, namespace) in front.iter().enumerate() {
            for question in about(namespace, number + 1) {
                self.ask(question).await;
            }
        }
        let commands = operations.map(|reply| explainable(&reply, &front)).unwrap_or_default();
        for (number, (database, command)) in commands.into_iter().enumerate() {
            let mut explain = rawdoc! { "explain": command, "verbosity": "queryPlanner" };
            explain.append("$db", database);
            let name = format!("explain-{}", number + 1);
            self.ask(Question { name, command: explain }).await;
        }
    }

    async fn ask(&mut self, question: Question) -> Option<RawDocumentBuf> {
        let (command, answer, took) = self.answer(question.command).await;
        let told = answer.as_ref().map(|reply| Content::Document(reply.as_bytes().to_vec()));
        let told = told.map_err(without_words);
        self.pieces.push(Piece { name: question.name, command, took, answer: told });
        answer.ok()
    }

    async fn log(&mut self) {
        let mut command = rawdoc! { "getLog": "global" };
        command.append("$db", "admin");
        let (command, answer, took) = self.answer(command).await;
        let answer = answer.map_err(|failure| without_words(&failure)).map(|reply| {
            let lines = lines(&reply).map(|(_, lines)| lines.into_iter().map(str::to_owned).collect());
            Content::Log(lines.unwrap_or_default())
        });
        self.pieces.push(Piece { name: "log".into(), command, took, answer });
    }

    /// What a node says; nothing is sent to one that has left a question unanswered, or when time is over.
    async fn answer(
        &mut self,
        mut command: RawDocumentBuf,
    ) -> (String, Result<RawDocumentBuf, Failure>, Duration) {
        let told =
            command.iter().next().and_then(Result::ok).map_or_else(String::new, |(name, _)| name.to_owned());
        let (began, left) = (Instant::now(), self.until.saturating_duration_since(Instant::now()));
        if self.silent || left < LEAST {
            return (told, Err(Failure::TimedOut), Duration::ZERO);
        }
        let patience = QUESTION.min(left);
        command.append("maxTimeMS", i32::try_from(patience.as_millis()).unwrap_or(1));
        command.append("$readPreference", rawdoc! { "mode": "primaryPreferred" });
        let asked = timeout((patience + WAY).min(left), self.link.command(&command, MOST)).await;
        self.silent = asked.is_err();
        (told, asked.unwrap_or(Err(Failure::TimedOut)), began.elapsed())
    }
}

/// Why there is no answer, in words of ours: those of the server may quote what was asked.
fn without_words(failure: &Failure) -> Failure {
    match failure {
        Failure::Forbidden(_) => Failure::Forbidden(String::new()),
        Failure::Server(code, _) => Failure::Server(*code, String::new()),
        Failure::Garbage(_) => Failure::Garbage(String::new()),
        Failure::Unreachable(_) => Failure::Unreachable(String::new()),
        other => other.clone(),
    }
}

fn on_admin(name: &str, mut command: RawDocumentBuf) -> Question {
    command.append("$db", "admin");
    Question { name: name.to_owned(), command }
}

fn in_flight() -> Question {
    let command = rawdoc! {
        "aggregate": 1,
        "pipeline": [
            { "$currentOp": { "allUsers": true, "idleConnections": false, "localOps": true } },
            { "$match": { "active": true, "appName": { "$ne": APP_NAME } } },
            { "$sort": { "microsecs_running": -1 } },
            { "$limit": OPERATIONS },
        ],
        "cursor": { "batchSize": OPERATIONS },
    };
    on_admin("in-flight", command)
}

/// How a collection is kept and read.
fn about(namespace: &str, number: usize) -> [Question; 3] {
    let (database, collection) = split(namespace);
    let aggregate =
        |stage: RawDocumentBuf| rawdoc! { "aggregate": collection, "pipeline": [stage], "cursor": {} };
    let on = |name: &str, mut command: RawDocumentBuf| {
        command.append("$db", database);
        Question { name: format!("collection-{number}-{name}"), command }
    };
    let statistics =
        rawdoc! { "$collStats": { "latencyStats": { "histograms": true }, "storageStats": {}, "count": {} } };
    [
        on("indexes", rawdoc! { "listIndexes": collection, "cursor": {} }),
        on("index-use", aggregate(rawdoc! { "$indexStats": {} })),
        on("statistics", aggregate(statistics)),
    ]
}

/// The oldest reads in flight on these namespaces, one of each kind of command and namespace, as they can be explained.
fn explainable(reply: &RawDocument, front: &[&str]) -> Vec<(String, RawDocumentBuf)> {
    let operations = reply.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
    let Ok(operations) = operations else { return Vec::new() };
    let mut found: Vec<(String, RawDocumentBuf)> = Vec::new();
    let mut seen = Vec::new();
    for operation in operations.into_iter().map_while(Result::ok).filter_map(RawBsonRef::as_document) {
        let namespace = operation.get_str("ns").unwrap_or_default();
        let origin = operation
            .get_document("cursor")
            .and_then(|cursor| cursor.get_document("originatingCommand"))
            .or_else(|_| operation.get_document("originatingCommand"));
        let Ok(command) = origin.or_else(|_| operation.get_document("command")) else { continue };
        if !front.contains(&namespace) {
            continue;
        }
        let Some(command) = bare(command) else { continue };
        let kind = (namespace.to_owned(), names_in(&command));
        if seen.contains(&kind) {
            continue;
        }
        seen.push(kind);
        found.push((split(namespace).0.to_owned(), command));
        if found.len() == EXPLAINED {
            break;
        }
    }
    found
}

/// A read without what says how it travels; nothing for what is none, for what writes, and for what the server cut.
fn bare(command: &RawDocument) -> Option<RawDocumentBuf> {
    const READS: &[&str] = &["find", "aggregate", "count", "distinct"];
    const TELLING: &[&str] = &[
        "filter",
        "sort",
        "projection",
        "hint",
        "skip",
        "limit",
        "pipeline",
        "query",
        "key",
        "collation",
        "cursor",
        "min",
        "max",
        "let",
    ];
    let first = command.iter().next()?.ok()?.0;
    let writes = command.get_array("pipeline").is_ok_and(|stages| {
        let stages = stages.into_iter().filter_map(|stage| stage.ok()?.as_document().map(ToOwned::to_owned));
        stages.into_iter().any(|stage: RawDocumentBuf| {
            stage.get("$out").is_ok_and(|out| out.is_some())
                || stage.get("$merge").is_ok_and(|merge| merge.is_some())
        })
    });
    if !READS.contains(&first) || writes || command.get("$truncated").is_ok_and(|cut| cut.is_some()) {
        return None;
    }
    let mut bare = RawDocumentBuf::new();
    for (key, value) in command.iter().map_while(Result::ok) {
        if key == first || TELLING.contains(&key) {
            bare.append_ref(key, value);
        }
    }
    if first == "aggregate" && bare.get("cursor").is_ok_and(|cursor| cursor.is_none()) {
        bare.append("cursor", RawDocumentBuf::new());
    }
    Some(bare)
}

/// The names of the fields of a command, which tell most commands apart.
fn names_in(command: &RawDocument) -> Vec<String> {
    let mut names = Vec::new();
    for (key, value) in command.iter().map_while(Result::ok) {
        names.push(key.to_owned());
        if let Some(document) = value.as_document().filter(|_| names.len() < 64) {
            names.extend(names_in(document));
        }
    }
    names
}
