//! Which channels hear of a notice. Pure.
//!
//! Never knows subscribers: what they want is asked of the store, which can search them.

use crate::config::ChannelConfig;
use domain::{Impact, Incident, Kind, Notice, Origin, Visibility};
use notifiers::Audience;

/// Whether anybody may be told of it at all. An incident of a vendor that was over before we saw it is history.
pub fn is_news(notice: Notice, incident: &Incident) -> bool {
    let history = notice == Notice::Opened
        && incident.state.is_over()
        && matches!(incident.origin, Origin::Vendor { .. });
    notice != Notice::Observed && !history
}

/// Whether a channel hears of it, by its audience and its filters.
pub fn hears(channel: &ChannelConfig, notice: Notice, visibility: Visibility, incident: &Incident) -> bool {
    let allowed = channel.audience == Audience::Operators || visibility == Visibility::Public;
    let wanted = channel.notices.is_empty() || channel.notices.contains(&notice);
    is_news(notice, incident)
        && allowed
        && wanted
        && is_near(channel, incident)
        && is_grave(channel, incident)
}

fn is_near(channel: &ChannelConfig, incident: &Incident) -> bool {
    match &incident.origin {
        Origin::Own { environment } => {
            channel.environments.is_empty() || channel.environments.contains(environment)
        }
        Origin::Vendor { vendor, .. } => channel.vendors.iter().any(|glob| glob.matches(vendor.as_str())),
    }
}

fn is_grave(channel: &ChannelConfig, incident: &Incident) -> bool {
    incident.kind == Kind::Maintenance || rank(incident.impact) >= rank(channel.minimum_impact)
}

/// What nobody graded may be grave.
fn rank(impact: Impact) -> u8 {
    match impact {
        Impact::None | Impact::Maintenance => 0,
        Impact::Minor => 1,
        Impact::Major => 2,
        Impact::Critical | Impact::Unknown => 3,
    }
}
