//! Finds out what a status page is made of, by looking where each known format would stand.
//!
//! The addresses to try come from `feeds`: the one that was given, then the places that formats have of
//! their own, then the feeds that the page itself names, last the places where feeds often are. The first
//! that can be read wins.
//!
//! This module never guesses from an address alone: what counts is what stands there.

use crate::http::{Body, FetchError, Fetcher, Request};
use domain::observation::PageObservation;
use feeds::{Document, Format, Limits};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::fmt;
use url::Url;

/// A page with more places to look at is looked at no further.
const MAX_ATTEMPTS: usize = 48;

/// What was found, and where it was looked for.
#[derive(Debug)]
pub struct Detection {
    /// What was found, if anything.
    pub found: Option<Found>,
    /// Every place, in the order of looking; what was found stands last.
    pub tried: Vec<Attempt>,
}

/// A document that can be read.
#[derive(Debug)]
pub struct Found {
    /// Its format.
    pub format: &'static Format,
    /// By what it was recognised.
    pub evidence: String,
    /// Where it stands, after redirects.
    pub url: Url,
    /// The address that is worth asking at every tick.
    pub poll: Url,
    /// What it says.
    pub page: PageObservation,
}

/// One place where it was looked.
#[derive(Debug)]
pub struct Attempt {
    /// The place.
    pub url: Url,
    /// What was there.
    pub outcome: Outcome,
}

/// What was at a place.
#[derive(Debug)]
pub enum Outcome {
    /// A document of this format.
    Recognised(&'static Format),
    /// A document of this format in which nothing could be read.
    Unreadable(&'static Format, feeds::Error),
    /// A document of no known format.
    Unknown,
    /// Nothing.
    Failed(FetchError),
}

/// Looks for a document of a known format at and around `base`. `on_try` hears of every place before it
/// is looked at.
pub async fn detect(
    fetcher: &Fetcher,
    base: &Url,
    now: Timestamp,
    mut on_try: impl FnMut(&Url),
) -> Detection {
    let mut tried: Vec<Attempt> = Vec::new();
    let mut ladder = Ladder::of(base);
    while let Some(url) = ladder.next() {
        if tried.len() == MAX_ATTEMPTS {
            break;
        }
        on_try(&url);
        let look = look(fetcher, &url, now).await;
        match (&look.outcome, &look.document) {
            (Outcome::Failed(error), _) if is_of_the_host(error) => ladder.leave_host_of(&url),
            (_, Some((document, url))) if tried.is_empty() => ladder.learn_from(document, url),
            _ => {}
        }
        tried.push(Attempt { url, outcome: look.outcome });
        if look.found.is_some() {
            return Detection { found: look.found, tried };
        }
    }
    Detection { found: None, tried }
}

/// The places still to be looked at.
struct Ladder {
    coming: VecDeque<Url>,
    gone: Vec<Url>,
}

impl Ladder {
    fn of(base: &Url) -> Self {
        let mut ladder = Self { coming: VecDeque::new(), gone: Vec::new() };
        ladder.extend(feeds::probes(base).into_iter().map(|(url, _)| url));
        ladder
    }

    fn extend(&mut self, urls: impl IntoIterator<Item = Url>) {
        for url in urls {
            if !self.coming.contains(&url) && !self.gone.contains(&url) {
                self.coming.push_back(url);
            }
        }
    }

    fn next(&mut self) -> Option<Url> {
        let url = self.coming.pop_front()?;
        self.gone.push(url.clone());
        Some(url)
    }

    /// The page that was given says by `url` where it really is, and in itself which feeds it has. Those
    /// are better than guesses, but not than the documents of a format that has a place of its own.
    fn learn_from(&mut self, document: &Document, url: &Url) {
        self.gone.push(url.clone());
        let has_a_place = |probe: &(Url, &Format)| probe.1.main(url) != *url;
        let (placed, guessed): (Vec<_>, Vec<_>) = feeds::probes(url).into_iter().partition(has_a_place);
        let before = std::mem::take(&mut self.coming);
        self.extend(placed.into_iter().map(|(url, _)| url));
        self.extend(feeds::alternates(document, url));
        self.extend(guessed.into_iter().map(|(url, _)| url));
        self.extend(before);
    }

    fn leave_host_of(&mut self, url: &Url) {
        self.coming.retain(|coming| coming.origin() != url.origin());
    }
}

/// What one place held.
struct Look {
    outcome: Outcome,
    document: Option<(Document, Url)>,
    found: Option<Found>,
}

async fn look(fetcher: &Fetcher, url: &Url, now: Timestamp) -> Look {
    let response = match fetcher.fetch(Request::new(url.clone())).await {
        Ok(response) => response,
        Err(error) => return Look { outcome: Outcome::Failed(error), document: None, found: None },
    };
    let bytes = match response.body {
        Body::Bytes(bytes) => bytes,
        // Nobody asked whether it had changed.
        Body::Unchanged => Vec::new(),
    };
    let document = Document::read(&bytes, Some(&response.final_url), &Limits::default());
    let (outcome, found) = judge(&document, &response.final_url, now);
    Look { outcome, document: Some((document, response.final_url)), found }
}

fn judge(document: &Document, url: &Url, now: Timestamp) -> (Outcome, Option<Found>) {
    let Some(recognised) = feeds::recognise(document) else { return (Outcome::Unknown, None) };
    let format = recognised.format;
    match format.parse(document, now) {
        Err(error) => (Outcome::Unreadable(format, error), None),
        Ok(page) => {
            let (evidence, url, poll) = (recognised.evidence, url.clone(), format.main(url));
            (Outcome::Recognised(format), Some(Found { format, evidence, url, poll, page }))
        }
    }
}

/// Whether the same would happen at every address of the host.
fn is_of_the_host(error: &FetchError) -> bool {
    match error {
        FetchError::Refused(_)
        | FetchError::Dns { .. }
        | FetchError::Connect { .. }
        | FetchError::Tls { .. }
        | FetchError::Timeout { .. } => true,
        FetchError::Status { .. }
        | FetchError::TooLarge { .. }
        | FetchError::Redirects { .. }
        | FetchError::Broken { .. } => false,
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recognised(format) => f.write_str(format.name),
            Self::Unreadable(format, error) => {
                write!(f, "{}, but nothing could be read: {error}", format.name)
            }
            Self::Unknown => f.write_str("no known format"),
            Self::Failed(error) => write!(f, "{error}"),
        }
    }
}

#[cfg(test)]
mod tests;
