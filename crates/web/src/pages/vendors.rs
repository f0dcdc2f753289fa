//! All vendors at once, worst first.

use super::{Frame, Section, Shell};
use crate::language::fill;
use crate::view::Voice;
use crate::view::bars::Bars;
use crate::view::html::Html;
use crate::view::sign::Sign;
use askama::Template;
use domain::component::ComponentState;
use domain::uptime::History;
use domain::{IncidentId, Slug, Timestamp};

/// What the page shows. All vendors are handed in; the page counts, filters and sorts them.
#[derive(Clone, Debug)]
pub struct Input {
    /// Every vendor that is watched, in any order.
    pub vendors: Vec<VendorLine>,
    /// What the reader asked for.
    pub filter: Filter,
}

/// One vendor.
#[derive(Clone, Debug)]
pub struct VendorLine {
    /// Identifier in addresses.
    pub slug: Slug,
    /// Display name.
    pub name: String,
    /// State to show.
    pub state: ComponentState,
    /// Since when it is so, if known.
    pub state_since: Option<Timestamp>,
    /// Since when the page is out of our sight.
    pub unknown_since: Option<Timestamp>,
    /// The last look that worked.
    pub last_ok_at: Option<Timestamp>,
    /// Last 90 days.
    pub history: Option<History>,
    /// Open incidents and running maintenances, worst first: identifier and title.
    pub open: Vec<(IncidentId, String)>,
}

/// Query of the form: `q`, `state`, `open`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `q`: part of the name.
    pub text: String,
    /// `state`: only those in it; none for an empty or absent value.
    pub state: Option<ComponentState>,
    /// `open` = `1`: only those with something open.
    pub open_only: bool,
}

#[derive(Template)]
#[template(path = "pages/vendors.html")]
struct Page<'a> {
    frame: Frame<'a>,
    filter: &'a Filter,
    counts: Vec<Count>,
    rows: Vec<Row>,
    total: usize,
    /// "3 of 12".
    found: String,
}

/// A state that can be chosen, and how many are in it.
struct Count {
    state: ComponentState,
    sign: Sign,
    number: usize,
    chosen: bool,
}

struct Row {
    href: String,
    name: String,
    /// What the script searches in.
    key: String,
    sign: Sign,
    /// "since 12 Feb 2025" or "last seen …".
    since: Option<Html>,
    unknown_since: Option<Html>,
    bars: Option<Bars>,
    open: Vec<(String, String)>,
    more_open: usize,
}

/// Most open incidents that are named in a row.
const NAMED: usize = 2;

/// The whole document.
pub fn render(shell: &Shell, input: &Input) -> Result<String, askama::Error> {
    let mut chosen: Vec<&VendorLine> =
        input.vendors.iter().filter(|line| input.filter.admits(line)).collect();
    chosen.sort_by_cached_key(|line| order(line));
    let voice = &shell.voice;
    let (shown, total) = (chosen.len().to_string(), input.vendors.len().to_string());
    let about = fill(voice.words.vendors_about, &[("n", &total)]);
    Page {
        frame: Frame::new(shell, Section::Vendors, voice.words.vendors).describe(about),
        filter: &input.filter,
        counts: counts(input, voice),
        rows: chosen.into_iter().map(|line| row(line, voice)).collect(),
        total: input.vendors.len(),
        found: fill(voice.words.shown_of, &[("shown", &shown), ("total", &total)]),
    }
    .render()
}

impl Filter {
    fn admits(&self, line: &VendorLine) -> bool {
        let named = line.name.to_lowercase().contains(&self.text.trim().to_lowercase());
        named
            && self.state.is_none_or(|state| state == line.state)
            && (!self.open_only || !line.open.is_empty())
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Worst first, then those with something open, then by name.
fn order(line: &VendorLine) -> (std::cmp::Reverse<u8>, bool, String) {
    (std::cmp::Reverse(line.state.badness()), line.open.is_empty(), line.name.to_lowercase())
}

fn counts(input: &Input, voice: &Voice) -> Vec<Count> {
    let number = |state| input.vendors.iter().filter(|line| line.state == state).count();
    let counts = ComponentState::ALL.into_iter().rev().map(|state| Count {
        state,
        sign: voice.component(state),
        number: number(state),
        chosen: input.filter.state == Some(state),
    });
    counts.collect()
}

fn row(line: &VendorLine, voice: &Voice) -> Row {
    let links = &voice.links;
    let shown = line.open.iter().take(NAMED);
    Row {
        href: links.vendor(&line.slug),
        name: line.name.clone(),
        key: line.name.to_lowercase(),
        sign: voice.component(line.state),
        since: line.state_since.map(|at| voice.ago(at)),
        unknown_since: line.unknown_since.map(|at| voice.ago(at)),
        bars: line.history.as_ref().map(|history| Bars::compact(history, voice.words)),
        open: shown.map(|(id, title)| (links.incident(id), title.clone())).collect(),
        more_open: line.open.len().saturating_sub(NAMED),
    }
}
