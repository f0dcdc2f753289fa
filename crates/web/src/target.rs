//! What can be read by anybody and is kept rendered: one value per canonical path.
//!
//! A path is only understood here, never trusted to exist.

use crate::compat::Document;
use crate::view::link;
use domain::{IncidentId, Slug};

/// Something to render.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Our own status.
    Home,
    /// All vendors.
    Vendors,
    /// One vendor.
    Vendor(Slug),
    /// Raw documents of one vendor.
    Raw(Slug),
    /// All incidents, newest first.
    Incidents,
    /// One incident.
    Incident(IncidentId),
    /// The last twelve months of our own.
    History,
    /// Our own incidents as a feed.
    Atom,
    /// The same as RSS.
    Rss,
    /// The same as a JSON Feed.
    JsonFeed,
    /// The status as JSON.
    StatusJson,
    /// All vendors as JSON.
    VendorsJson,
    /// One vendor as JSON.
    VendorJson(Slug),
    /// Incidents of one vendor as JSON.
    VendorIncidentsJson(Slug),
    /// All incidents as JSON.
    IncidentsJson,
    /// One incident as JSON.
    IncidentJson(IncidentId),
    /// The timeline of one incident as JSON.
    TimelineJson(IncidentId),
    /// Our environments as JSON.
    EnvironmentsJson,
    /// A document in the shape of Statuspage's API.
    Compat(Document),
    /// How the page stands, as a picture.
    Badge,
    /// How the components of one name stand, as a picture.
    ComponentBadge(Slug),
    /// The page as it stands in frames of others.
    Embed,
}

impl Target {
    /// Reads a path. `None` for what is not kept rendered, and for every other spelling of what is.
    pub fn parse(path: &str) -> Option<Self> {
        // No address of ours has more than six parts.
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').take(7).collect();
        let target = match parts.as_slice() {
            ["api", "v1", rest @ ..] => Self::parse_api(rest)?,
            [""] => Self::Home,
            ["vendors"] => Self::Vendors,
            ["vendors", slug] => Self::Vendor(Slug::parse(slug)?),
            ["vendors", slug, "raw"] => Self::Raw(Slug::parse(slug)?),
            ["incidents"] => Self::Incidents,
            parts if let Some(document) = Document::parse(parts) => Self::Compat(document),
            ["incidents", id] => Self::Incident(IncidentId::parse(id)?),
            ["history"] => Self::History,
            ["history.atom"] => Self::Atom,
            ["history.rss"] => Self::Rss,
            ["feed.json"] => Self::JsonFeed,
            ["badge.svg"] => Self::Badge,
            ["badge", file] => Self::ComponentBadge(Slug::parse(file.strip_suffix(".svg")?)?),
            ["embed"] => Self::Embed,
            _ => return None,
        };
        // Two spellings of one address would be two places in the cache: `/vendors/` is not `/vendors`.
        (target.path() == path).then_some(target)
    }

    fn parse_api(parts: &[&str]) -> Option<Self> {
        Some(match parts {
            ["status"] => Self::StatusJson,
            ["vendors"] => Self::VendorsJson,
            ["vendors", slug] => Self::VendorJson(Slug::parse(slug)?),
            ["vendors", slug, "incidents"] => Self::VendorIncidentsJson(Slug::parse(slug)?),
            ["incidents"] => Self::IncidentsJson,
            ["incidents", id] => Self::IncidentJson(IncidentId::parse(id)?),
            ["incidents", id, "timeline"] => Self::TimelineJson(IncidentId::parse(id)?),
            ["environments"] => Self::EnvironmentsJson,
            _ => return None,
        })
    }

    /// The canonical path.
    pub fn path(&self) -> String {
        match self {
            Self::Home => "/".to_owned(),
            Self::Vendors => "/vendors".to_owned(),
            Self::Vendor(slug) => format!("/vendors/{slug}"),
            Self::Raw(slug) => format!("/vendors/{slug}/raw"),
            Self::Incidents => "/incidents".to_owned(),
            Self::Incident(id) => format!("/incidents/{id}"),
            Self::History => "/history".to_owned(),
            Self::Atom => "/history.atom".to_owned(),
            Self::Rss => "/history.rss".to_owned(),
            Self::JsonFeed => "/feed.json".to_owned(),
            Self::StatusJson => "/api/v1/status".to_owned(),
            Self::VendorsJson => "/api/v1/vendors".to_owned(),
            Self::VendorJson(slug) => format!("/api/v1/vendors/{slug}"),
            Self::VendorIncidentsJson(slug) => format!("/api/v1/vendors/{slug}/incidents"),
            Self::IncidentsJson => "/api/v1/incidents".to_owned(),
            Self::IncidentJson(id) => format!("/api/v1/incidents/{id}"),
            Self::TimelineJson(id) => format!("/api/v1/incidents/{id}/timeline"),
            Self::EnvironmentsJson => "/api/v1/environments".to_owned(),
            Self::Compat(document) => document.path(),
            Self::Badge => "/badge.svg".to_owned(),
            Self::ComponentBadge(slug) => format!("/badge/{slug}.svg"),
            Self::Embed => link::EMBED.to_owned(),
        }
    }

    /// Its name as a file of an export.
    pub fn file(&self) -> String {
        let path = self.path();
        let path = path.trim_start_matches('/');
        match self {
            Self::Home => "index.html".to_owned(),
            Self::Atom
            | Self::Rss
            | Self::JsonFeed
            | Self::Compat(_)
            | Self::Badge
            | Self::ComponentBadge(_) => path.to_owned(),
            _ if self.is_page() || *self == Self::Embed => format!("{path}.html"),
            _ => format!("{path}.json"),
        }
    }

    /// Whether it is a page that somebody may have open.
    pub fn is_page(&self) -> bool {
        matches!(
            self,
            Self::Home
                | Self::Vendors
                | Self::Vendor(_)
                | Self::Raw(_)
                | Self::Incidents
                | Self::Incident(_)
                | Self::History
        )
    }

    /// Whether somebody is about to ask for it when it has changed: whoever is told of an incident goes to
    /// its page.
    pub fn is_likely(&self) -> bool {
        matches!(self, Self::Incident(_))
    }

    /// Everything that shows an incident of this source.
    pub fn showing_incident(id: &IncidentId, source: &Slug, own: bool) -> Vec<Self> {
        let mut targets = vec![
            Self::Incident(id.clone()),
            Self::Incidents,
            Self::IncidentsJson,
            Self::IncidentJson(id.clone()),
            Self::TimelineJson(id.clone()),
        ];
        if own {
            targets.extend([Self::Home, Self::History, Self::Embed, Self::Atom, Self::Rss, Self::JsonFeed]);
            targets.extend([Self::StatusJson, Self::EnvironmentsJson]);
            let documents = [Document::Incident(id.clone()), Document::Permalink(id.clone())];
            targets.extend(Document::LISTS.into_iter().chain(documents).map(Self::Compat));
        } else {
            targets.push(Self::VendorIncidentsJson(source.clone()));
            targets.extend(Self::showing_vendor(source));
        }
        targets
    }

    /// Everything that shows how a vendor stands.
    pub fn showing_vendor(slug: &Slug) -> Vec<Self> {
        vec![
            Self::Home,
            Self::StatusJson,
            Self::Vendors,
            Self::VendorsJson,
            Self::Vendor(slug.clone()),
            Self::VendorJson(slug.clone()),
            Self::Raw(slug.clone()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_canonical_path_reads_back() {
        let slug = Slug::from_name("acme").expect("slug");
        let id = IncidentId::from_entropy(7);
        let mut targets = Target::showing_incident(&id, &slug, true);
        targets.extend(Target::showing_incident(&id, &slug, false));
        targets.extend([Target::Badge, Target::ComponentBadge(slug)]);
        for target in targets {
            assert_eq!(Target::parse(&target.path()), Some(target));
        }
    }

    #[test]
    fn another_spelling_is_not_understood() {
        let spellings = [
            "",
            "//",
            "/vendors/",
            "/vendors//",
            "/Vendors",
            "/vendors/Acme",
            "/incidents/x",
            "/vendors/acme/",
            "/vendors/acme/raw/",
            "/api/v1",
            "/api/v1/",
            "/api/v1/status/",
            "/api/v1/vendors/acme/incidents/",
            "/incidents/../..",
            "/%2e",
            "/vendors/acme/raw/a/b/c/d/e/f",
            "/badge",
            "/badge/.svg",
            "/badge/API.svg",
            "/badge/../badge.svg",
            "/badge/api",
        ];
        for path in spellings {
            assert_eq!(Target::parse(path), None, "{path}");
        }
    }
}
