//! One vendor: how it stands, how it stood on each of the last 90 days, what is open, what was, and how
//! our own looking goes.

use super::{Frame, Section, Shell};
use crate::language::fill;
use crate::view::Voice;
use crate::view::bars::{self, Bars};
use crate::view::html::{Html, link_target};
use crate::view::line::{IncidentLine, LineView};
pub use crate::view::rows::ComponentRow;
use crate::view::rows::{self, Group};
use crate::view::sign::Sign;
use askama::Template;
use domain::component::ComponentState;
use domain::source::Health;
use domain::uptime::{Day, History};
use domain::{Slug, Timestamp};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Identifier of the vendor in addresses.
    pub slug: &'a Slug,
    /// Display name.
    pub name: &'a str,
    /// The vendor's own status page.
    pub page_url: &'a str,
    /// Name of the format in which it is read.
    pub format: &'a str,
    /// State to show: [`Health::shown`], so unknown when we cannot see the page.
    pub state: ComponentState,
    /// Since when it is so, if known.
    pub state_since: Option<Timestamp>,
    /// Since when we watch it.
    pub watched_since: Timestamp,
    /// How our looking goes.
    pub health: &'a Health,
    /// Since when the page is out of our sight: [`Health::unknown_since`].
    pub unknown_since: Option<Timestamp>,
    /// When we look next.
    pub next_look_at: Option<Timestamp>,
    /// Last 90 days of the whole page.
    pub history: &'a History,
    /// Components in page order; those of one group stand together.
    pub components: Vec<ComponentRow>,
    /// Incidents and maintenances that are going on, worst first.
    pub open: Vec<IncidentLine>,
    /// Maintenances that are announced, soonest first.
    pub scheduled: Vec<IncidentLine>,
    /// Those that are over, newest first; the page groups them by month.
    pub past: Vec<IncidentLine>,
    /// Whether there are older ones than those in `past`.
    pub has_older: bool,
    /// What the last look could not understand.
    pub warnings: &'a [String],
    /// How many distinct raw bodies are kept.
    pub raw_bodies: u64,
}

#[derive(Template)]
#[template(path = "pages/vendor.html")]
struct Page<'a> {
    frame: Frame<'a>,
    input: &'a Input<'a>,
    sign: Sign,
    since: Option<Html>,
    home_url: Option<&'a str>,
    checked: Option<Html>,
    next_look: Option<Html>,
    unknown_since: Option<Html>,
    watched_since: Html,
    bars: Bars,
    bad_days: Vec<(String, Sign, String)>,
    groups: Vec<Group>,
    open: Vec<LineView>,
    scheduled: Vec<LineView>,
    months: Vec<Month>,
}

/// Past incidents of one month.
struct Month {
    name: String,
    lines: Vec<LineView>,
}

/// The whole document.
pub fn render(shell: &Shell, input: &Input<'_>) -> Result<String, askama::Error> {
    let voice = &shell.voice;
    let words = voice.words;
    let state = (words.component_inside)(input.state);
    let description = fill(words.vendor_is, &[("name", input.name), ("state", state)]);
    let title = fill(words.vendor_status, &[("name", input.name)]);
    Page {
        frame: Frame::new(shell, Section::Vendors, title).describe(description),
        input,
        sign: voice.component(input.state),
        since: input.state_since.map(|at| voice.full(at)),
        home_url: link_target(input.page_url),
        checked: input.health.last_ok_at.map(|at| voice.ago(at)),
        next_look: input.next_look_at.map(|at| voice.due(at)),
        unknown_since: input.unknown_since.map(|at| voice.full(at)),
        watched_since: voice.day(input.watched_since),
        bars: Bars::new(input.history, words),
        bad_days: bad_days(input.history, voice),
        groups: rows::groups(&input.components, voice),
        open: LineView::on(&input.open, voice),
        scheduled: LineView::on(&input.scheduled, voice),
        months: months(&input.past, voice),
    }
    .render()
}

/// The days that were not as they should be, newest first: what the bars show, for those who cannot see
/// or point.
fn bad_days(history: &History, voice: &Voice) -> Vec<(String, Sign, String)> {
    let bad = |day: &&Day| day.state.is_fault() || day.state == ComponentState::UnderMaintenance;
    let days = history.days.iter().rev().filter(bad);
    let view = |day: &Day| {
        let (date, lengths) = (voice.words.long_date(day.date), bars::lengths(day, voice.words));
        (date, voice.component(day.state), lengths)
    };
    days.map(view).collect()
}

fn months(lines: &[IncidentLine], voice: &Voice) -> Vec<Month> {
    let name = |line: &IncidentLine| voice.words.month(voice.date_of(line.window.from));
    let months = lines.chunk_by(|a, b| name(a) == name(b));
    months.map(|lines| Month { name: name(&lines[0]), lines: LineView::on(lines, voice) }).collect()
}
