//! One sentence for every kind of entry of a record, without who did it and when we saw it.

use crate::language::Words;
use crate::view::words;
use domain::{Event, Language, Timestamp, Visibility};

pub(super) fn told(event: &Event) -> String {
    match event {
        Event::Opened { kind, title, impact, state, published_at, .. } => format!(
            "{} opened as “{title}”: {}, {}, published {}",
            kind.label(),
            impact.label().to_lowercase(),
            state.label().to_lowercase(),
            minute(*published_at)
        ),
        Event::UpdatePosted { update, state, published_at, .. } => {
            format!("update {update} posted: {}, {}", state.label().to_lowercase(), minute(*published_at))
        }
        Event::UpdateRepeated { update, published_at, .. } => {
            format!("update {update} repeated {}", minute(*published_at))
        }
        Event::UpdateEdited { update, edited_at, .. } => {
            format!(
                "update {update} edited{}",
                edited_at.map(|at| format!(" {}", minute(at))).unwrap_or_default()
            )
        }
        Event::UpdateWithdrawn { update } => format!("update {update} is gone from the page"),
        Event::StateChanged { to, at } => {
            format!("state is {}, from {}", to.label().to_lowercase(), minute(*at))
        }
        Event::ResolvedAtChanged { to } => match to {
            Some(at) => format!("end set to {}", minute(*at)),
            None => "end taken back".to_owned(),
        },
        Event::Retitled { to } => format!("title is “{to}”"),
        Event::ImpactChanged { to } => format!("impact is {}", to.label().to_lowercase()),
        Event::Rescheduled { to } => match to {
            Some(window) => match window.until {
                Some(until) => format!("scheduled for {} to {}", minute(window.from), minute(until)),
                None => format!("scheduled for {}", minute(window.from)),
            },
            None => "schedule taken back".to_owned(),
        },
        Event::Linked { to } => format!("source page is {}", to.as_deref().unwrap_or("gone")),
        Event::ComponentChanged { name, to, at, .. } => {
            format!("component {name} is {}, from {}", to.label().to_lowercase(), minute(*at))
        }
        Event::PostmortemPublished { published_at, .. } => {
            format!("postmortem published {}", minute(*published_at))
        }
        Event::TrueWindowSet { began_at, ended_at } => {
            let said = |at: &Option<Timestamp>| at.map_or_else(|| "not known".to_owned(), minute);
            format!("true beginning {}, true end {}", said(began_at), said(ended_at))
        }
        Event::Withdrawn => "withdrawn by its source".to_owned(),
        Event::Restored => "restored".to_owned(),
        Event::Merged { into } => format!("merged into {into}"),
        Event::Absorbed { other } => format!("{other} merged into this"),
        Event::VisibilityChanged { to: Visibility::Public } => "made public".to_owned(),
        Event::VisibilityChanged { to: Visibility::Internal } => "kept internal".to_owned(),
        Event::PublicationPlanned { at } => match at {
            Some(at) => format!("to be published {} unless somebody objects", minute(*at)),
            None => "waits for a person to publish it".to_owned(),
        },
        Event::Noted { .. } => "note written".to_owned(),
        Event::PromiseCalled { lapsed: false, .. } => "the promised update is due soon".to_owned(),
        Event::PromiseCalled { lapsed: true, .. } => "the promised update is late".to_owned(),
        Event::Judged(judgement) => words::judged(judgement),
        Event::Advised(advised) => format!("advice for a query on {}", advised.namespace),
    }
}

fn minute(at: Timestamp) -> String {
    Words::of(Language::English).minute(at)
}
