//! The status as one document.

use super::json;
use super::own::{count_states, own};
use crate::api::body::vendor::{StateCountBody, StatusBody};
use crate::api::time::Time;
use crate::api::vocabulary::ComponentStateWord;
use crate::error::Error;
use crate::site::Site;
use crate::snapshot::Snapshot;
use domain::ComponentState;
use store::Phase;

impl Site {
    pub(super) async fn status_json(&self, snapshot: &Snapshot) -> Result<String, Error> {
        let environments = self.environment_bodies(snapshot).await?;
        let counts = count_states(snapshot).into_iter();
        json(&StatusBody {
            name: self.config.name.clone(),
            as_of: Time(snapshot.as_of),
            state: ComponentStateWord(ComponentState::worst(
                environments.iter().map(|environment| environment.state.0),
            )),
            environments,
            open: own(snapshot, Phase::Open).iter().map(|known| (&known.line()).into()).collect(),
            upcoming: own(snapshot, Phase::Upcoming).iter().map(|known| (&known.line()).into()).collect(),
            vendors: counts
                .map(|(state, count)| StateCountBody { state: ComponentStateWord(state), count })
                .collect(),
        })
    }
}
