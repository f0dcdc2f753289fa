//! The documents and their addresses.

use domain::IncidentId;

/// A document of the API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Document {
    /// How everything stands, and what is going on.
    Summary,
    /// The headline.
    Status,
    /// All components.
    Components,
    /// The latest incidents.
    Incidents,
    /// Incidents that are going on.
    Unresolved,
    /// The latest maintenances.
    Maintenances,
    /// Maintenances that have not begun.
    Upcoming,
    /// Maintenances that are going on.
    Active,
    /// One incident or maintenance.
    Incident(IncidentId),
    /// The same beside the page that people read.
    Permalink(IncidentId),
}

impl Document {
    /// Every list.
    pub const LISTS: [Self; 8] = [
        Self::Summary,
        Self::Status,
        Self::Components,
        Self::Incidents,
        Self::Unresolved,
        Self::Maintenances,
        Self::Upcoming,
        Self::Active,
    ];

    /// Reads a path below the page.
    pub fn parse(parts: &[&str]) -> Option<Self> {
        let incident = |name: &str| IncidentId::parse(name.strip_suffix(".json")?);
        Some(match parts {
            ["api", "v2", "summary.json"] => Self::Summary,
            ["api", "v2", "status.json"] => Self::Status,
            ["api", "v2", "components.json"] => Self::Components,
            ["api", "v2", "incidents.json"] => Self::Incidents,
            ["api", "v2", "incidents", "unresolved.json"] => Self::Unresolved,
            ["api", "v2", "scheduled-maintenances.json"] => Self::Maintenances,
            ["api", "v2", "scheduled-maintenances", "upcoming.json"] => Self::Upcoming,
            ["api", "v2", "scheduled-maintenances", "active.json"] => Self::Active,
            ["api", "v2", "incidents", name] => Self::Incident(incident(name)?),
            ["incidents", name] => Self::Permalink(incident(name)?),
            _ => return None,
        })
    }

    /// The path below the page.
    pub fn path(&self) -> String {
        let name = match self {
            Self::Summary => "summary",
            Self::Status => "status",
            Self::Components => "components",
            Self::Incidents => "incidents",
            Self::Unresolved => "incidents/unresolved",
            Self::Maintenances => "scheduled-maintenances",
            Self::Upcoming => "scheduled-maintenances/upcoming",
            Self::Active => "scheduled-maintenances/active",
            Self::Incident(id) => return format!("/api/v2/incidents/{id}.json"),
            Self::Permalink(id) => return format!("/incidents/{id}.json"),
        };
        format!("/api/v2/{name}.json")
    }

    /// The incident that it tells of alone.
    pub fn incident(&self) -> Option<&IncidentId> {
        match self {
            Self::Incident(id) | Self::Permalink(id) => Some(id),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_reads_back() {
        let id = IncidentId::from_entropy(7);
        let documents = [Document::Incident(id.clone()), Document::Permalink(id)];
        for document in Document::LISTS.into_iter().chain(documents) {
            let path = document.path();
            let parts: Vec<&str> = path[1..].split('/').collect();
            assert_eq!(Document::parse(&parts), Some(document), "{path}");
        }
    }
}
