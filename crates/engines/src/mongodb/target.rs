//! What to watch and how to get there.

use std::fmt;
use std::sync::Arc;

use ::mongodb::options::{ClientOptions, ConnectionString, Credential, HostInfo, ServerAddress, Tls};
use tokio_rustls::TlsConnector;

use super::dial::{Access, Login};
use super::scram::Stretched;
use super::tls;

/// A database to watch. It holds passwords, and tells nobody.
#[derive(Clone)]
pub struct Target {
    uri: String,
    app_uri: Option<String>,
    namespaces: Vec<String>,
}

/// A target that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The connection string is none; says why, without its secrets.
    Uri(String),
    /// A namespace is not `database.collection`.
    Namespace(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uri(why) => write!(f, "cannot use the connection string: {why}"),
            Self::Namespace(name) => write!(f, "`{name}` is not `database.collection`"),
        }
    }
}

impl std::error::Error for Error {}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("uri", &redacted(&self.uri))
            .field("app_uri", &self.app_uri.as_deref().map(redacted))
            .field("namespaces", &self.namespaces)
            .finish()
    }
}

impl Target {
    /// A target from its connection string, that of the application where it takes another way, and the namespaces
    /// to read from, chosen by itself where there are none.
    pub fn new(uri: &str, app_uri: Option<&str>, namespaces: Vec<String>) -> Result<Self, Error> {
        for uri in [Some(uri), app_uri].into_iter().flatten() {
            let parsed = ConnectionString::parse(uri).map_err(|error| Error::Uri(without(uri, &error)))?;
            if let Some(Tls::Enabled(options)) = &parsed.tls {
                tls::config(options).map_err(Error::Uri)?;
            }
            if let HostInfo::HostIdentifiers(hosts) = &parsed.host_info
                && hosts.iter().any(|host| matches!(host, ServerAddress::Unix { .. }))
            {
                return Err(Error::Uri("sockets of the file system cannot be watched".to_owned()));
            }
        }
        if let Some(name) = namespaces.iter().find(|name| !is_namespace(name)) {
            return Err(Error::Namespace(name.clone()));
        }
        Ok(Self { uri: uri.to_owned(), app_uri: app_uri.map(str::to_owned), namespaces })
    }

    /// Namespaces that somebody asked for.
    pub(super) fn namespaces(&self) -> &[String] {
        &self.namespaces
    }

    /// What the connection string says, its names looked up.
    pub(super) async fn resolve(&self) -> Result<Route, String> {
        let options = options(&self.uri).await?;
        let tls = match &options.tls {
            Some(Tls::Enabled(options)) => Some(TlsConnector::from(tls::config(options)?)),
            _ => None,
        };
        let login = options.credential.as_ref().map(login);
        Ok(Route {
            nodes: options.hosts.iter().map(|host| host.to_string().into()).collect(),
            direct: options.direct_connection == Some(true),
            access: Arc::new(Access { tls, login }),
        })
    }

    /// How the application gets there.
    pub(super) async fn resolve_app(&self) -> Result<ClientOptions, String> {
        options(self.app_uri.as_deref().unwrap_or(&self.uri)).await
    }

    /// Where to look for it before its names are looked up.
    pub(super) fn place(&self) -> String {
        match ConnectionString::parse(&self.uri).map(|parsed| parsed.host_info) {
            Ok(HostInfo::DnsRecord(name)) => name,
            Ok(HostInfo::HostIdentifiers(hosts)) => {
                hosts.first().map_or_else(String::new, ToString::to_string)
            }
            _ => String::new(),
        }
    }
}

/// The ways to the nodes of a target.
pub(super) struct Route {
    pub(super) nodes: Vec<Arc<str>>,
    pub(super) direct: bool,
    pub(super) access: Arc<Access>,
}

async fn options(uri: &str) -> Result<ClientOptions, String> {
    ClientOptions::parse(uri).await.map_err(|error| without(uri, &error))
}

fn login(credential: &Credential) -> Login {
    use ::mongodb::options::AuthMechanism::{MongoDbX509, Plain};
    let outside = matches!(credential.mechanism, Some(MongoDbX509 | Plain));
    let source = if outside { "$external" } else { "admin" };
    Login {
        user: credential.username.clone().unwrap_or_default(),
        password: credential.password.clone().unwrap_or_default(),
        source: credential.source.clone().unwrap_or_else(|| source.to_owned()),
        mechanism: credential.mechanism.clone(),
        stretched: Stretched::default(),
    }
}

fn is_namespace(name: &str) -> bool {
    name.split_once('.').is_some_and(|(database, collection)| !database.is_empty() && !collection.is_empty())
}

/// Database and collection.
pub(super) fn split(namespace: &str) -> (&str, &str) {
    namespace.split_once('.').unwrap_or((namespace, ""))
}

/// The host of `host:port`, without the brackets of IPv6.
pub(super) fn host_of(node: &str) -> &str {
    let host = node.rsplit_once(':').map_or(node, |(host, _)| host);
    host.trim_start_matches('[').trim_end_matches(']')
}

/// A connection string without what comes before the hosts.
fn redacted(uri: &str) -> String {
    match (uri.split_once("://"), uri.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://***@{rest}"),
        _ => uri.to_owned(),
    }
}

/// The message of an error, unless it quotes from the part that is secret.
pub(super) fn without(uri: &str, error: &::mongodb::error::Error) -> String {
    let message = error.to_string();
    let secret = uri.rsplit_once('@').and_then(|(left, _)| left.split_once("://"));
    let parts = secret.map(|(_, secret)| secret.split(':')).into_iter().flatten();
    if parts.filter(|part| part.len() > 2).any(|part| message.contains(part)) {
        return "user or password have characters that must be written as `%XX`".to_owned();
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_tells_nobody_its_password() {
        let uri = "mongodb://ann:s3cr3t@a:1,b:2/?replicaSet=rs";
        let target = Target::new(uri, Some(uri), vec!["crm.messages".to_owned()]).unwrap();
        let text = format!("{target:?}");
        assert!(!text.contains("s3cr3t") && !text.contains("ann"), "{text}");
        assert!(text.contains("mongodb://***@a:1,b:2/?replicaSet=rs"), "{text}");
        assert_eq!(target.place(), "a:1");
        let error = Target::new("mongodb://ann:s3:cr3t@a:1/", None, Vec::new()).unwrap_err();
        assert!(!error.to_string().contains("cr3t"), "{error}");
    }

    #[test]
    fn what_cannot_be_a_target_is_refused() {
        assert!(matches!(Target::new("http://a", None, Vec::new()), Err(Error::Uri(_))));
        assert!(matches!(
            Target::new("mongodb://a/?tls=true&tlsCAFile=/no/such/file", None, Vec::new()),
            Err(Error::Uri(_))
        ));
        assert_eq!(
            Target::new("mongodb://a", None, vec!["crm".to_owned()]).unwrap_err(),
            Error::Namespace("crm".to_owned())
        );
    }

    #[test]
    fn the_host_of_a_node_stands_before_its_port() {
        assert_eq!(host_of("db1.example.org:27017"), "db1.example.org");
        assert_eq!(host_of("[::1]:27017"), "::1");
    }
}
