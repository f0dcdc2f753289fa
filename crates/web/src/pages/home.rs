//! Our own public status page: how we stand, what is open, what is planned, and the last days.

use super::{Frame, Section, Shell};
use crate::view::Voice;
use crate::view::html::Html;
use crate::view::line::{IncidentLine, LineView};
pub use crate::view::rows::ComponentRow;
use crate::view::rows::{self, Group};
use crate::view::sign::Sign;
use askama::Template;
use domain::component::ComponentState;
use domain::{Slug, Timestamp};
use jiff::civil::Date;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input {
    /// State of everything. [`ComponentState::Operational`] only if somebody said so.
    pub overall: ComponentState,
    /// The latest that anybody said of it.
    pub said_at: Option<Timestamp>,
    /// Environments in the order of the configuration.
    pub environments: Vec<Environment>,
    /// Incidents and maintenances of our own that are going on, worst first.
    pub open: Vec<IncidentLine>,
    /// Maintenances that are announced, soonest first.
    pub upcoming: Vec<IncidentLine>,
    /// The last 15 days, today first.
    pub days: Vec<DayLog>,
    /// How many vendors are in which state; empty where none is watched.
    pub vendors: Vec<(ComponentState, usize)>,
}

/// One of our environments.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Identifier in addresses.
    pub slug: Slug,
    /// Display name, `PROD1`.
    pub name: String,
    /// State of the whole of it.
    pub state: ComponentState,
    /// Its components, those of one group together.
    pub components: Vec<ComponentRow>,
}

/// One day of the log.
#[derive(Clone, Debug)]
pub struct DayLog {
    /// Which, in UTC.
    pub date: Date,
    /// Whether anybody watched on that day; without, silence is not quiet.
    pub watched: bool,
    /// What began on it, newest first.
    pub incidents: Vec<IncidentLine>,
}

#[derive(Template)]
#[template(path = "pages/home.html")]
struct Page<'a> {
    frame: Frame<'a>,
    sign: Sign,
    headline: &'static str,
    said: Option<Html>,
    environments: Vec<EnvironmentView>,
    open: Vec<LineView>,
    upcoming: Vec<LineView>,
    days: Vec<DayView>,
    /// Whether any of the days has anything to tell.
    has_days: bool,
    vendors: Vec<(Sign, usize, String)>,
    vendor_count: usize,
}

struct EnvironmentView {
    name: String,
    slug: String,
    sign: Sign,
    groups: Vec<Group>,
    /// Words under the bars, if any component has some.
    extent: Option<usize>,
}

struct DayView {
    date: String,
    watched: bool,
    lines: Vec<LineView>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let voice = &shell.voice;
    let headline = (voice.words.headline)(input.overall);
    Page {
        frame: Frame::new(shell, Section::Status, headline)
            .describe(format!("{}: {headline}.", shell.site_name)),
        sign: voice.component(input.overall),
        headline,
        said: input.said_at.map(|at| voice.full(at)),
        environments: input.environments.iter().map(|it| environment(it, voice)).collect(),
        open: LineView::on(&input.open, voice),
        upcoming: LineView::on(&input.upcoming, voice),
        has_days: input.days.iter().any(|day| day.watched || !day.incidents.is_empty()),
        days: input.days.iter().map(|day| day_view(day, voice)).collect(),
        vendors: vendors(&input.vendors, voice),
        vendor_count: input.vendors.iter().map(|(_, count)| count).sum(),
    }
    .render()
}

fn environment(environment: &Environment, voice: &Voice) -> EnvironmentView {
    let histories = environment.components.iter().filter_map(|row| row.history.as_ref());
    EnvironmentView {
        name: environment.name.clone(),
        slug: environment.slug.to_string(),
        sign: voice.component(environment.state),
        groups: rows::groups(&environment.components, voice),
        extent: histories.map(|history| history.days.len()).max(),
    }
}

fn day_view(day: &DayLog, voice: &Voice) -> DayView {
    DayView {
        date: voice.words.long_date(day.date),
        watched: day.watched,
        lines: LineView::on(&day.incidents, voice),
    }
}

/// Worst first, with the address of those alone.
fn vendors(counts: &[(ComponentState, usize)], voice: &Voice) -> Vec<(Sign, usize, String)> {
    let mut counts: Vec<_> = counts.iter().filter(|(_, count)| *count > 0).collect();
    counts.sort_by_key(|(state, _)| std::cmp::Reverse(state.badness()));
    counts
        .into_iter()
        .map(|(state, count)| (voice.component(*state), *count, voice.links.vendors_in(*state)))
        .collect()
}
