//! Vendors, environments and the status as JSON.

use super::incident::IncidentLineBody;
use crate::api::time::Time;
use crate::api::vocabulary::ComponentStateWord;
use domain::Timestamp;
use domain::source::Health;
use domain::uptime::{Day, History};
use serde::Serialize;
use utoipa::ToSchema;

/// How we stand, in one document.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusBody {
    /// Name of the site.
    pub name: String,
    /// When this was so.
    pub as_of: Time,
    /// State of all our environments.
    pub state: ComponentStateWord,
    /// Our environments.
    pub environments: Vec<EnvironmentBody>,
    /// Incidents and maintenances of our own that are going on.
    pub open: Vec<IncidentLineBody>,
    /// Maintenances of our own that are announced.
    pub upcoming: Vec<IncidentLineBody>,
    /// How many vendors are in which state.
    pub vendors: Vec<StateCountBody>,
}

/// How many are in one state.
#[derive(Debug, Serialize, ToSchema)]
pub struct StateCountBody {
    /// The state.
    pub state: ComponentStateWord,
    /// How many.
    pub count: usize,
}

/// Our environments.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnvironmentListBody {
    /// In the order of the configuration.
    pub environments: Vec<EnvironmentBody>,
}

/// One of our environments.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnvironmentBody {
    /// Identifier in addresses and commands.
    pub slug: String,
    /// Display name.
    pub name: String,
    /// State of the whole of it.
    pub state: ComponentStateWord,
    /// Its components.
    pub components: Vec<ComponentStatusBody>,
}

/// A component and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComponentStatusBody {
    /// Key by which updates name it.
    pub key: String,
    /// Display name.
    pub name: String,
    /// Name of the group it stands in.
    pub group: Option<String>,
    /// State to show.
    pub state: ComponentStateWord,
}

/// All vendors.
#[derive(Debug, Serialize, ToSchema)]
pub struct VendorListBody {
    /// When this was so.
    pub as_of: Time,
    /// In the order of their names.
    pub vendors: Vec<VendorLineBody>,
}

/// A vendor in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct VendorLineBody {
    /// Identifier in addresses.
    pub slug: String,
    /// Path of its page.
    pub path: String,
    /// Display name.
    pub name: String,
    /// State to show; `unknown` while we cannot see its page.
    pub state: ComponentStateWord,
    /// Since when it is so, if known.
    pub state_since: Option<Time>,
    /// Since when its page is out of our sight, if it is.
    pub unknown_since: Option<Time>,
    /// The last look that worked.
    pub last_ok_at: Option<Time>,
    /// Incidents and maintenances that are going on.
    pub open: Vec<OpenBody>,
}

/// Something that is going on.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenBody {
    /// Identifier of the incident.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// One vendor.
#[derive(Debug, Serialize, ToSchema)]
pub struct VendorBody {
    /// When this was so.
    pub as_of: Time,
    /// The vendor, as in the list.
    #[serde(flatten)]
    pub vendor: VendorLineBody,
    /// The vendor's own status page.
    pub page_url: String,
    /// Name of the format in which it is read.
    pub format: String,
    /// Since when we watch it.
    pub watched_since: Time,
    /// How our looking goes.
    pub health: HealthBody,
    /// Its components, in the order of its page.
    pub components: Vec<ComponentStatusBody>,
    /// Share of the last 90 days that was up, 0 to 1; null where nothing is known.
    pub uptime_90_days: Option<f64>,
    /// The last 90 days, oldest first.
    pub days: Vec<DayBody>,
}

/// How our looking goes.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthBody {
    /// The last look that worked.
    pub last_ok_at: Option<Time>,
    /// The first of the failed looks since then.
    pub failing_since: Option<Time>,
    /// How many failed since then.
    pub failures: u32,
    /// Why the last one failed, by its kind: the log holds all of it.
    pub last_error: Option<String>,
    /// When we look next.
    pub next_look_at: Option<Time>,
}

impl HealthBody {
    /// The body of what is known.
    pub fn new(health: &Health, next_look_at: Option<Timestamp>) -> Self {
        Self {
            last_ok_at: health.last_ok_at.map(Time),
            failing_since: health.failing_since.map(Time),
            failures: health.failures,
            last_error: health.last_error.clone(),
            next_look_at: next_look_at.map(Time),
        }
    }
}

/// One day in UTC.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayBody {
    /// Which.
    #[schema(format = Date, example = "2024-12-14")]
    pub date: String,
    /// The worst that was known of it.
    pub state: ComponentStateWord,
    /// Seconds in partial or major outage.
    pub outage_seconds: i64,
    /// Seconds of degraded performance.
    pub degraded_seconds: i64,
    /// Seconds of which anything was known.
    pub known_seconds: i64,
}

impl From<&Day> for DayBody {
    fn from(day: &Day) -> Self {
        Self {
            date: day.date.to_string(),
            state: ComponentStateWord(day.state),
            outage_seconds: day.outage_seconds,
            degraded_seconds: day.degraded_seconds,
            known_seconds: day.known_seconds,
        }
    }
}

/// The days of a history.
pub fn days(history: &History) -> Vec<DayBody> {
    history.days.iter().map(Into::into).collect()
}
