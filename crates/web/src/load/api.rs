//! The status as one document.

use super::json;
use super::own::{count_states, own};
use crate::api::body::incident::IncidentLineBody;
use crate::api::body::vendor::{StateCountBody, StatusBody};
use crate::api::time::Time;
use crate::api::vocabulary::ComponentStateWord;
use crate::error::Error;
use crate::sight::Sight;
use crate::site::Site;
use domain::ComponentState;
use store::Phase;

impl Site {
    pub(super) async fn status_json(&self, sight: &Sight) -> Result<String, Error> {
        let environments = self.environment_bodies(sight).await?;
        let voice = sight.voice();
        let counts = count_states(sight).into_iter();
        json(&StatusBody {
            name: sight.page().name().to_owned(),
            as_of: Time(sight.as_of),
            state: ComponentStateWord(ComponentState::worst(
                environments.iter().map(|environment| environment.state.0),
            )),
            environments,
            open: own(sight, Phase::Open)
                .iter()
                .map(|known| IncidentLineBody::new(&known.line(), &voice))
                .collect(),
            upcoming: own(sight, Phase::Upcoming)
                .iter()
                .map(|known| IncidentLineBody::new(&known.line(), &voice))
                .collect(),
            vendors: counts
                .map(|(state, count)| StateCountBody { state: ComponentStateWord(state), count })
                .collect(),
        })
    }
}
