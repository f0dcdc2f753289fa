//! Lists of incidents, and the questions that choose among them.
//!
//! A list is put together from memory; only a search for words, and what is older than memory reaches, is
//! asked of the store, by few at a time. No answer to a question is kept.

use super::{json, printed};
use crate::api::body::incident::{IncidentLineBody, IncidentListBody};
use crate::api::time::Time;
use crate::api::vocabulary;
use crate::error::Error;
use crate::pages::incidents::{self, Phase as Coarse};
use crate::sight::Sight;
use crate::site::Site;
use crate::snapshot::Known;
use crate::target::Target;
use crate::view::line::IncidentLine;
use domain::{Impact, Kind, Slug, Timestamp};
use std::cmp::Reverse;
use std::sync::Arc;
use store::incidents::Source;
use store::{Cursor, Filter, Phase};
use url::form_urlencoded;

/// Incidents on one page of a list.
const PAGE: usize = 50;
/// Incidents asked of the store at once, and how often.
const BATCH: u32 = 100;
const BATCHES: usize = 10;
/// Longest text that is searched for, in letters.
const TEXT_LIMIT: usize = 100;
/// Phases that lists show: what was merged lives on in another.
const SHOWN: [Phase; 4] = [Phase::Open, Phase::Upcoming, Phase::Over, Phase::Withdrawn];

/// What somebody wants to see of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) filter: incidents::Filter,
    /// Where the page begins, as it was written in an address.
    pub(crate) after: Option<String>,
}

impl Question {
    /// Everything of one source.
    pub(crate) fn of_source(slug: &Slug) -> Self {
        let filter = incidents::Filter { source: Some(slug.clone()), ..incidents::Filter::default() };
        Self { filter, after: None }
    }

    /// Reads the query of an address. `strict` refuses what it does not understand, as programs want it; a
    /// page shows the list without it.
    pub(crate) fn parse(query: &str, strict: bool) -> Result<Self, Error> {
        let mut question = Self::default();
        for (field, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            // A form sends the fields that nobody filled in, too.
            if value.is_empty() && !strict {
                continue;
            }
            match question.set(&field, value) {
                Err(error) if strict => return Err(error),
                _ => {}
            }
        }
        Ok(question)
    }

    fn set(&mut self, field: &str, value: &str) -> Result<(), Error> {
        const FIELDS: [&str; 6] = ["q", "source", "kind", "impact", "state", "after"];
        let wrong = |expected: &str| {
            let message = format!("`{field}` is `{}`", vocabulary::shorten(value));
            Err(Error::invalid(message, format!("use {expected}")))
        };
        let filter = &mut self.filter;
        match field {
            "q" => filter.text = value.chars().take(TEXT_LIMIT).collect(),
            "source" => match Slug::parse(value) {
                Some(slug) => filter.source = Some(slug),
                None => return wrong("the slug of a vendor or environment"),
            },
            "kind" => filter.kind = Some(vocabulary::read::<Kind>(field, value)?),
            "impact" => filter.impact = Some(vocabulary::read::<Impact>(field, value)?),
            "state" => match Coarse::parse(value) {
                Some(phase) => filter.phase = Some(phase),
                None => return wrong("`open`, `scheduled` or `over`"),
            },
            "after" => match Cursor::parse(value) {
                Some(_) => self.after = Some(value.to_owned()),
                None => return wrong("the `next` link of the page before, as it is"),
            },
            _ => return Err(vocabulary::unknown_word("the parameter", field, &FIELDS)),
        }
        Ok(())
    }

    /// The address of the same list, beginning behind `after`.
    fn address(&self, path: &str, after: Option<&str>) -> String {
        self.address_in(path, after, false)
    }

    /// The same; in the list of one source, that is named by the path.
    fn address_in(&self, path: &str, after: Option<&str>, own_list: bool) -> String {
        let filter = &self.filter;
        let pairs = [
            ("q", (!filter.text.is_empty()).then(|| filter.text.clone())),
            ("source", filter.source.as_ref().filter(|_| !own_list).map(ToString::to_string)),
            ("kind", filter.kind.map(|kind| kind.as_str().to_owned())),
            ("impact", filter.impact.map(|impact| impact.as_str().to_owned())),
            ("state", filter.phase.map(|phase| phase.as_str().to_owned())),
            ("after", after.map(str::to_owned)),
        ];
        let given = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    fn phases(&self) -> Vec<Phase> {
        match self.filter.phase {
            None => SHOWN.to_vec(),
            Some(Coarse::Open) => vec![Phase::Open],
            Some(Coarse::Scheduled) => vec![Phase::Upcoming],
            Some(Coarse::Over) => vec![Phase::Over, Phase::Withdrawn],
        }
    }

    fn wants(&self, known: &Known, phases: &[Phase]) -> bool {
        let filter = &self.filter;
        phases.contains(&known.row.phase)
            && filter.source.as_ref().is_none_or(|source| source == known.source())
            && filter.kind.is_none_or(|kind| kind == known.row.kind)
            && filter.impact.is_none_or(|impact| impact == known.row.impact)
    }
}

/// One page of a list.
struct Page {
    known: Vec<Arc<Known>>,
    /// Where the next page begins.
    next: Option<String>,
    total: Option<u64>,
}

impl Site {
    pub(crate) async fn incidents_page(&self, sight: &Sight, question: &Question) -> Result<String, Error> {
        let voice = sight.voice();
        let path = voice.links.incidents();
        let page = self.answer_question(sight, question).await?;
        let own = sight.environments.iter().map(|known| (known.slug.clone(), known.name.clone()));
        let vendors = sight.vendors.iter().map(|known| (known.slug().clone(), known.name().to_owned()));
        let input = incidents::Input {
            lines: page.known.iter().map(|known| known.line()).collect(),
            filter: question.filter.clone(),
            sources: own.chain(vendors).collect(),
            total: page.total,
            newer_url: question.after.as_ref().map(|_| question.address(&path, None)),
            older_url: page
                .next
                .filter(|_| !voice.links.are_files())
                .map(|next| question.address(&path, Some(&next))),
        };
        let mut shell = self.shell(sight, question.address(&path, question.after.as_deref()));
        let json = voice.links.to(&Target::IncidentsJson);
        shell.json_url = Some(question.address(&json, question.after.as_deref()));
        printed(incidents::render(&shell, &input))
    }

    /// `target` is the list that is asked.
    pub(crate) async fn incidents_json(
        &self,
        sight: &Sight,
        question: &Question,
        target: &Target,
    ) -> Result<String, Error> {
        let page = self.answer_question(sight, question).await?;
        let voice = sight.voice();
        let path = voice.links.to(target);
        let own_list = matches!(target, Target::VendorIncidentsJson(_));
        let next = page.next.map(|next| question.address_in(&path, Some(&next), own_list));
        json(&IncidentListBody {
            as_of: Time(sight.as_of),
            incidents: page.known.iter().map(|known| IncidentLineBody::new(&known.line(), &voice)).collect(),
            total: page.total,
            next: next.filter(|_| !voice.links.are_files()),
        })
    }

    async fn answer_question(&self, sight: &Sight, question: &Question) -> Result<Page, Error> {
        if !question.filter.text.is_empty() || sight.truncated {
            return self.ask_store(sight, question).await;
        }
        let phases = question.phases();
        let wanted: Vec<&Arc<Known>> =
            sight.incidents.iter().filter(|known| question.wants(known, &phases)).collect();
        let place = question.after.as_deref().and_then(read_place);
        let behind = |known: &&&Arc<Known>| {
            place.as_ref().is_none_or(|(at, id)| (known.row.published_at, known.row.id.as_str()) < (*at, id))
        };
        let known: Vec<_> =
            wanted.iter().filter(behind).take(PAGE + 1).map(|known| Arc::clone(known)).collect();
        Ok(Page::of(known, u64::try_from(wanted.len()).ok()))
    }

    /// Asks the store until a page of what may be seen is full. Where the page ends is told by what is seen:
    /// what may not be seen leaves no trace.
    async fn ask_store(&self, sight: &Sight, question: &Question) -> Result<Page, Error> {
        let _place = self.questions.try_acquire().map_err(|_| Error::Busy)?;
        if let Some(reason) = self.pause() {
            return Err(reason);
        }
        let filter = &question.filter;
        let source = |slug: Slug| match self.environment(&slug) {
            Some(_) => Source::Environment(slug),
            None => Source::Vendor(slug),
        };
        let filter = Filter {
            source: filter.source.clone().map(source),
            phases: question.phases(),
            kind: filter.kind,
            impact: filter.impact,
            text: (!filter.text.is_empty()).then(|| filter.text.clone()),
            ..Filter::default()
        };
        let mut after = question.after.as_deref().and_then(Cursor::parse);
        let mut seen = Vec::new();
        for _ in 0..BATCHES {
            let list = self.store.list_incidents(&filter, after.as_ref(), BATCH);
            let page = tokio::time::timeout(crate::serve::LIMIT, list).await.map_err(|_| self.timed_out())?;
            let page = page.map_err(|error| self.store_error(error))?;
            for known in sight.of_rows(page.rows).incidents.iter() {
                if filter.text.is_none() || self.is_said(sight, known, &question.filter.text).await? {
                    seen.push(Arc::clone(known));
                }
            }
            after = page.next;
            if after.is_none() || seen.len() > PAGE {
                break;
            }
        }
        Ok(Page::of(seen, None))
    }

    /// Whether what was searched for is in what this audience sees of an incident: the store searches in all
    /// of it.
    async fn is_said(&self, sight: &Sight, known: &Known, text: &str) -> Result<bool, Error> {
        if sight.sees_all_of(known) {
            return Ok(true);
        }
        let text = text.trim().to_lowercase();
        let seen = self.detail(sight, known).await?;
        let told = self.told(sight, &known.row.id).await?;
        let bodies = told.incident.updates.iter().map(|update| update.current().body.as_str());
        let postmortem = told.incident.postmortem.as_ref().map(domain::incident::Postmortem::body);
        let names = seen.components.iter().map(|component| component.name.as_str());
        let all = std::iter::once(known.row.title.as_str()).chain(bodies).chain(postmortem).chain(names);
        Ok(all.into_iter().any(|piece| piece.to_lowercase().contains(&text)))
    }
}

impl Page {
    /// `known` may be one longer than a page, which tells that there is another.
    fn of(mut known: Vec<Arc<Known>>, total: Option<u64>) -> Self {
        let more = known.len() > PAGE;
        known.truncate(PAGE);
        let next = known.last().filter(|_| more).map(|last| Cursor::behind(&last.row).to_string());
        Self { known, next, total }
    }
}

fn read_place(text: &str) -> Option<(Timestamp, String)> {
    let (micros, id) = text.split_once('.')?;
    Some((Timestamp::from_microsecond(micros.parse().ok()?).ok()?, id.to_owned()))
}

/// The worst first; of those as bad, the newest.
pub(crate) fn order_worst_first(lines: &mut [IncidentLine]) {
    lines.sort_by_key(|line| {
        (Reverse(line.impact.implied_state(line.kind).badness()), Reverse(line.window.from))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_reads_back_from_its_address() {
        let query = "q=slow+%26+steady&source=acme&kind=incident&impact=major&state=over";
        let question = Question::parse(query, true).expect("valid");
        assert_eq!(question.address("/incidents", None), format!("/incidents?{query}"));
        assert_eq!(
            question.address_in("/api/v1/vendors/acme/incidents", None, true).matches("source").count(),
            0
        );
        assert_eq!(Question::parse("", true).expect("empty").address("/incidents", None), "/incidents");
    }

    #[test]
    fn programs_are_refused_what_pages_overlook() {
        for query in ["color=red", "kind=", "kind=outage", "state=broken", "source=%00", "after=x"] {
            assert!(Question::parse(query, true).is_err(), "{query}");
            assert_eq!(Question::parse(query, false).expect("overlooked"), Question::default(), "{query}");
        }
        let long = format!("q={}", "x".repeat(10_000));
        assert_eq!(Question::parse(&long, true).expect("cut").filter.text.len(), TEXT_LIMIT);
    }
}
