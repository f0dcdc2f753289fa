//! One sentence for every kind of entry of a record.

use crate::language::Words;
use domain::language::german;
use domain::{Event, Language, Timestamp, Visibility};

pub(super) fn told(event: &Event) -> String {
    match event {
        Event::Opened { kind: domain::Kind::Maintenance, title, state, published_at, .. } => {
            format!(
                "Wartung eröffnet als „{title}“: {}, veröffentlicht {}",
                german::state(*state),
                minute(*published_at)
            )
        }
        Event::Opened { title, impact, state, published_at, .. } => format!(
            "Störung eröffnet als „{title}“: {}, {}, veröffentlicht {}",
            german::impact(*impact),
            german::state(*state),
            minute(*published_at)
        ),
        Event::UpdatePosted { update, state, published_at, .. } => {
            format!("Meldung {update}: {}, {}", german::state(*state), minute(*published_at))
        }
        Event::UpdateRepeated { update, published_at, .. } => {
            format!("Meldung {update} wiederholt, {}", minute(*published_at))
        }
        Event::UpdateEdited { update, edited_at, .. } => {
            let when = edited_at.map(|at| format!(", {}", minute(at))).unwrap_or_default();
            format!("Meldung {update} geändert{when}")
        }
        Event::UpdateWithdrawn { update } => format!("Meldung {update} ist von der Seite verschwunden"),
        Event::StateChanged { to, at } => format!("Zustand: {}, ab {}", german::state(*to), minute(*at)),
        Event::ResolvedAtChanged { to: Some(at) } => format!("Ende gesetzt: {}", minute(*at)),
        Event::ResolvedAtChanged { to: None } => "Ende zurückgenommen".to_owned(),
        Event::Retitled { to } => format!("Titel: „{to}“"),
        Event::ImpactChanged { to } => format!("Auswirkung: {}", german::impact(*to)),
        Event::Rescheduled { to: None } => "Termin zurückgenommen".to_owned(),
        Event::Rescheduled { to: Some(window) } => match window.until {
            Some(until) => format!("Termin: {} bis {}", minute(window.from), minute(until)),
            None => format!("Termin: {}", minute(window.from)),
        },
        Event::Linked { to: Some(url) } => format!("ursprüngliche Seite: {url}"),
        Event::Linked { to: None } => "ursprüngliche Seite ist nicht mehr angegeben".to_owned(),
        Event::ComponentChanged { name, to, at, .. } => {
            format!("Komponente {name}: {}, ab {}", german::component(*to), minute(*at))
        }
        Event::PostmortemPublished { published_at, .. } => {
            format!("Nachbericht veröffentlicht, {}", minute(*published_at))
        }
        Event::TrueWindowSet { began_at, ended_at } => {
            let said = |at: &Option<Timestamp>| at.map_or_else(|| "nicht bekannt".to_owned(), minute);
            format!("wirklicher Beginn: {}, wirkliches Ende: {}", said(began_at), said(ended_at))
        }
        Event::Withdrawn => "von der Quelle zurückgezogen".to_owned(),
        Event::Restored => "wiederhergestellt".to_owned(),
        Event::Merged { into } => format!("zusammengeführt mit {into}"),
        Event::Absorbed { other } => format!("{other} hiermit zusammengeführt"),
        Event::VisibilityChanged { to: Visibility::Public } => "öffentlich gemacht".to_owned(),
        // What follows is kept inside: public pages never show it.
        Event::VisibilityChanged { to: Visibility::Internal }
        | Event::PublicationPlanned { .. }
        | Event::Noted { .. }
        | Event::PromiseCalled { .. }
        | Event::Judged(_)
        | Event::Advised(_) => "intern vermerkt".to_owned(),
    }
}

fn minute(at: Timestamp) -> String {
    Words::of(Language::German).minute(at)
}
