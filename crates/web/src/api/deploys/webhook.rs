//! What GitHub and GitLab send when something is deployed, in so far as it tells what, where and when. Which of
//! the two sent it, a header says.
//!
//! A deploy is marked when it begins: from then on it can do harm. The later news of the same deploy have the same
//! name and change nothing. Fields that are not needed are not read, so that new ones break nothing.

use axum::http::HeaderMap;
use domain::Timestamp;
use serde::Deserialize;

/// What a webhook told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// A deploy.
    Deploy(Foreign),
    /// Something else, or a deploy that has not begun, and why it is ignored.
    Ignored(String),
}

/// A deploy as another system tells it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    /// Whose it is: the system and its project.
    pub(super) source: String,
    /// Its name there.
    pub(super) id: String,
    /// Environment as that system calls it.
    pub(super) environment: String,
    /// What.
    pub(super) what: String,
    /// Where to read more.
    pub(super) link: Option<String>,
    /// Who did it there.
    pub(super) by: Option<String>,
    /// When it began, if it says so in a way that is understood.
    pub(super) at: Option<Timestamp>,
}

/// A system that sends webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    GitHub,
    GitLab,
}

impl Sender {
    /// Who sent it; `None` means that it is a request of our own shape.
    pub(super) fn of(headers: &HeaderMap) -> Option<(Self, String)> {
        let event = |name: &str| Some(headers.get(name)?.to_str().unwrap_or_default().to_owned());
        event("x-github-event")
            .map(|event| (Self::GitHub, event))
            .or_else(|| event("x-gitlab-event").map(|event| (Self::GitLab, event)))
    }

    /// Reads a body.
    pub(super) fn read(self, event: &str, bytes: &[u8]) -> Result<Told, serde_json::Error> {
        match (self, event) {
            (Self::GitHub, "deployment") => Ok(serde_json::from_slice::<GitHub>(bytes)?.begun()),
            (Self::GitHub, "deployment_status") => Ok(serde_json::from_slice::<GitHub>(bytes)?.at_status()),
            (Self::GitLab, "Deployment Hook") => Ok(serde_json::from_slice::<GitLab>(bytes)?.told()),
            _ => Ok(Told::Ignored("the event is no deployment".to_owned())),
        }
    }
}

#[derive(Deserialize)]
struct GitHub {
    deployment: GitHubDeployment,
    deployment_status: Option<GitHubStatus>,
    repository: GitHubRepository,
}

#[derive(Deserialize)]
struct GitHubDeployment {
    id: u64,
    sha: String,
    #[serde(rename = "ref")]
    reference: String,
    environment: String,
    created_at: Option<String>,
    creator: Option<GitHubUser>,
}

#[derive(Deserialize)]
struct GitHubStatus {
    state: String,
    created_at: Option<String>,
    log_url: Option<String>,
}

#[derive(Deserialize)]
struct GitHubRepository {
    full_name: String,
    html_url: Option<String>,
}

#[derive(Deserialize)]
struct GitHubUser {
    login: String,
}

impl GitHub {
    fn begun(self) -> Told {
        let at = self.deployment.created_at.clone();
        self.deploy(at.as_deref())
    }

    fn at_status(self) -> Told {
        let Some(status) = &self.deployment_status else {
            return Told::Ignored("it carries no status".to_owned());
        };
        match status.state.as_str() {
            "in_progress" | "success" => {
                let at = status.created_at.clone();
                self.deploy(at.as_deref())
            }
            _ => Told::Ignored("only `in_progress` and `success` say that something was deployed".to_owned()),
        }
    }

    fn deploy(self, at: Option<&str>) -> Told {
        let Self { deployment, deployment_status, repository } = self;
        let log_url = deployment_status.and_then(|status| status.log_url).filter(|url| !url.is_empty());
        let commit = repository.html_url.map(|url| format!("{url}/commit/{}", deployment.sha));
        // A commit is named by its beginning; a tag or a branch says more.
        let version = if deployment.reference == deployment.sha {
            deployment.sha.chars().take(8).collect()
        } else {
            deployment.reference
        };
        Told::Deploy(Foreign {
            source: format!("github {}", repository.full_name),
            id: deployment.id.to_string(),
            environment: deployment.environment,
            what: format!("{} {version}", repository.full_name),
            link: log_url.or(commit),
            by: deployment.creator.map(|creator| creator.login),
            at: at.and_then(instant),
        })
    }
}

#[derive(Deserialize)]
struct GitLab {
    status: String,
    status_changed_at: Option<String>,
    deployment_id: u64,
    deployable_url: Option<String>,
    environment: String,
    project: GitLabProject,
    short_sha: String,
    #[serde(rename = "ref")]
    reference: Option<String>,
    user: Option<GitLabUser>,
    commit_url: Option<String>,
}

#[derive(Deserialize)]
struct GitLabProject {
    path_with_namespace: String,
}

#[derive(Deserialize)]
struct GitLabUser {
    username: String,
}

impl GitLab {
    fn told(self) -> Told {
        if !matches!(self.status.as_str(), "running" | "success") {
            return Told::Ignored("only `running` and `success` say that something was deployed".to_owned());
        }
        let project = self.project.path_with_namespace;
        let version = self.reference.filter(|reference| !reference.is_empty()).unwrap_or(self.short_sha);
        Told::Deploy(Foreign {
            source: format!("gitlab {project}"),
            id: self.deployment_id.to_string(),
            environment: self.environment,
            what: format!("{project} {version}"),
            link: self.deployable_url.or(self.commit_url),
            by: self.user.map(|user| user.username),
            at: self.status_changed_at.as_deref().and_then(instant),
        })
    }
}

/// RFC 3339, or as GitLab writes it: `2021-04-28 21:50:00 +0200`.
fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| Timestamp::strptime("%Y-%m-%d %H:%M:%S %z", text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(sender: Sender, event: &str, body: &serde_json::Value) -> Told {
        sender.read(event, body.to_string().as_bytes()).expect("understood")
    }

    fn github(state: &str) -> serde_json::Value {
        json!({
            "action": "created",
            "deployment": {
                "id": 42, "sha": "0a1b2c3d4e5f", "ref": "v4.12", "environment": "PROD1",
                "created_at": "2025-02-12T09:17:00Z", "creator": { "login": "ines" }, "payload": {},
            },
            "deployment_status": {
                "state": state, "created_at": "2025-02-12T09:19:00Z", "log_url": "",
            },
            "repository": { "full_name": "acme/api", "html_url": "https://git.example/acme/api" },
        })
    }

    #[test]
    fn a_deployment_of_github_is_the_same_at_each_of_its_events() {
        let Told::Deploy(begun) = read(Sender::GitHub, "deployment", &github("pending")) else {
            panic!("a deploy")
        };
        assert_eq!(begun.what, "acme/api v4.12");
        assert_eq!(begun.link.as_deref(), Some("https://git.example/acme/api/commit/0a1b2c3d4e5f"));
        assert_eq!(begun.at, "2025-02-12T09:17:00Z".parse().ok());
        let Told::Deploy(done) = read(Sender::GitHub, "deployment_status", &github("success")) else {
            panic!("a deploy")
        };
        assert_eq!((&done.source, &done.id), (&begun.source, &begun.id));
        assert!(matches!(read(Sender::GitHub, "deployment_status", &github("queued")), Told::Ignored(_)));
        assert!(matches!(read(Sender::GitHub, "ping", &json!({ "zen": "" })), Told::Ignored(_)));
    }

    #[test]
    fn a_deployment_of_gitlab_is_read_with_its_own_way_of_writing_time() {
        let body = |status: &str| {
            json!({
                "object_kind": "deployment", "status": status, "deployment_id": 15,
                "status_changed_at": "2025-02-12 10:17:00 +0100",
                "deployable_url": "https://lab.example/acme/api/-/jobs/796", "environment": "PROD1",
                "project": { "path_with_namespace": "acme/api" }, "short_sha": "279484c0", "ref": "",
                "user": { "username": "ines" },
            })
        };
        let Told::Deploy(deploy) = read(Sender::GitLab, "Deployment Hook", &body("running")) else {
            panic!("a deploy")
        };
        assert_eq!((deploy.what.as_str(), deploy.by.as_deref()), ("acme/api 279484c0", Some("ines")));
        assert_eq!(deploy.at, "2025-02-12T09:17:00Z".parse().ok());
        assert!(matches!(read(Sender::GitLab, "Deployment Hook", &body("canceled")), Told::Ignored(_)));
    }

    #[test]
    fn what_is_no_deployment_is_refused_and_never_guessed() {
        for body in ["", "[]", "{}", r#"{"deployment":{}}"#, r#"{"deployment":{"id":-1}}"#] {
            assert!(Sender::GitHub.read("deployment", body.as_bytes()).is_err(), "{body}");
            assert!(Sender::GitLab.read("Deployment Hook", body.as_bytes()).is_err(), "{body}");
        }
    }
}
