//! Where the addresses of one page lead: under its folder, or to files of an export. Everything that stands on a
//! page takes its addresses from here.

use super::link;
use crate::assets;
use crate::target::Target;
use domain::{ComponentState, IncidentId, Slug};
use std::sync::Arc;

/// The addresses of one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// What stands before every address.
    base: Arc<str>,
    /// What stands before those of our own files.
    root: Arc<str>,
    /// Whether addresses name files.
    files: bool,
}

impl Links {
    /// Addresses under a folder, which is empty or begins with a slash.
    pub fn under(base: &str) -> Self {
        Self { base: base.into(), root: "".into(), files: false }
    }

    /// Addresses of files, as seen from one that lies so many folders deep.
    pub fn of_files(depth: usize) -> Self {
        let base = if depth == 0 { ".".to_owned() } else { vec![".."; depth].join("/") };
        Self { base: base.as_str().into(), root: base.into(), files: true }
    }

    /// Whether these are addresses of files, with nobody behind them to answer a question.
    pub fn are_files(&self) -> bool {
        self.files
    }

    /// The folder of the page.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The address of what is kept rendered.
    pub fn to(&self, target: &Target) -> String {
        if self.files { format!("{}/{}", self.base, target.file()) } else { self.at(&target.path()) }
    }

    /// An address of the page by its path.
    pub fn at(&self, path: &str) -> String {
        match path {
            "/" if !self.base.is_empty() => self.base.to_string(),
            _ => format!("{}{path}", self.base),
        }
    }

    /// The page itself.
    pub fn home(&self) -> String {
        self.to(&Target::Home)
    }

    /// All vendors.
    pub fn vendors(&self) -> String {
        self.to(&Target::Vendors)
    }

    /// Vendors in one state.
    pub fn vendors_in(&self, state: ComponentState) -> String {
        if self.files { self.vendors() } else { format!("{}?state={state}", self.vendors()) }
    }

    /// One vendor.
    pub fn vendor(&self, slug: &Slug) -> String {
        self.to(&Target::Vendor(slug.clone()))
    }

    /// Raw documents of a vendor.
    pub fn raw(&self, slug: &Slug) -> String {
        self.to(&Target::Raw(slug.clone()))
    }

    /// One raw body as it came, as plain text.
    pub fn raw_body(&self, slug: &Slug, hash: &str) -> String {
        self.at(&link::raw_body(slug, hash))
    }

    /// All incidents.
    pub fn incidents(&self) -> String {
        self.to(&Target::Incidents)
    }

    /// Incidents of one source.
    pub fn incidents_of(&self, source: &Slug) -> String {
        if self.files { self.incidents() } else { format!("{}?source={source}", self.incidents()) }
    }

    /// One incident.
    pub fn incident(&self, id: &IncidentId) -> String {
        self.to(&Target::Incident(id.clone()))
    }

    /// The last twelve months.
    pub fn history(&self) -> String {
        self.to(&Target::History)
    }

    /// A calendar year.
    pub fn history_of(&self, year: i16) -> String {
        if self.files { self.history() } else { format!("{}?year={year}", self.history()) }
    }

    /// Where somebody asks to be told.
    pub fn subscribe(&self) -> String {
        self.at(link::SUBSCRIBE)
    }

    /// The stream of changes.
    pub fn events(&self) -> String {
        self.at(link::EVENTS)
    }

    /// A file of the page's own, by its path.
    pub fn file(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }

    /// A file of the program.
    pub fn asset(&self, name: &str) -> String {
        format!("{}{}", self.root, assets::url(name))
    }
}

impl Default for Links {
    fn default() -> Self {
        Self::under("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_under_the_folder_of_their_page() {
        let id = IncidentId::from_entropy(7);
        let root = Links::default();
        assert_eq!((root.home().as_str(), root.incident(&id)), ("/", format!("/incidents/{id}")));
        let page = Links::under("/p/acme");
        assert_eq!((page.home().as_str(), page.events().as_str()), ("/p/acme", "/p/acme/events"));
        assert_eq!(page.incident(&id), format!("/p/acme/incidents/{id}"));
        assert!(page.asset("app.css").starts_with("/assets/app."));
    }

    #[test]
    fn files_are_named_from_where_one_stands() {
        let id = IncidentId::from_entropy(7);
        assert_eq!(Links::of_files(0).home(), "./index.html");
        let inside = Links::of_files(1);
        assert_eq!(inside.incident(&id), format!("../incidents/{id}.html"));
        assert_eq!(inside.to(&Target::StatusJson), "../api/v1/status.json");
        assert!(inside.asset("app.css").starts_with("../assets/app."));
    }
}
