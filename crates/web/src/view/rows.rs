//! Components as rows, those of one group together.

use super::Voice;
use super::bars::Bars;
use super::sign::Sign;
use domain::component::ComponentState;
use domain::uptime::History;

/// A component, a vendor's or our own.
#[derive(Clone, Debug)]
pub struct ComponentRow {
    /// Display name.
    pub name: String,
    /// Name of the group it stands in.
    pub group: Option<String>,
    /// State to show.
    pub state: ComponentState,
    /// Last 90 days, where they are known.
    pub history: Option<History>,
}

/// Components that stand together.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name; none for those that stand alone.
    pub name: Option<String>,
    /// The worst of its components.
    pub sign: Sign,
    /// Its components.
    pub rows: Vec<RowView>,
}

/// A component as templates print it.
#[derive(Clone, Debug)]
pub struct RowView {
    /// Display name.
    pub name: String,
    /// State.
    pub sign: Sign,
    /// Its history.
    pub bars: Option<Bars>,
}

/// Puts neighbours of one group together.
pub fn groups(rows: &[ComponentRow], voice: &Voice) -> Vec<Group> {
    rows.chunk_by(|a, b| a.group == b.group)
        .map(|rows| Group {
            name: rows[0].group.clone(),
            sign: voice.component(ComponentState::worst(rows.iter().map(|row| row.state))),
            rows: rows.iter().map(|row| view(row, voice)).collect(),
        })
        .collect()
}

fn view(row: &ComponentRow, voice: &Voice) -> RowView {
    RowView {
        name: row.name.clone(),
        sign: voice.component(row.state),
        bars: row.history.as_ref().map(|history| Bars::new(history, voice.words)),
    }
}
