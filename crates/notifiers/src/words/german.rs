//! German.

use super::Words;
use domain::language::german;
use domain::{Kind, Notice, State};

pub(super) const WORDS: Words = Words {
    moment: "%d.%m.%Y %H:%M UTC",
    headline: "{news}: {title}",
    headline_with_cause: "{news}: {title} ({cause})",
    status: "Status",
    environment: "Umgebung",
    affected: "Betroffen",
    cause: "Ursache",
    scheduled: "Geplant",
    began: "Begonnen",
    over: "Beendet",
    next_update: "Nächste Meldung",
    by: "bis {moment}",
    over_after: "{moment}, nach {duration}",
    window: "{from} bis {until}",
    window_open: "ab {from}",
    and_more: "und {count} weitere",
    promise_due: "Die bis {moment} versprochene Meldung ist bald fällig.",
    promise_lapsed: "Die bis {moment} versprochene Meldung ist ausgeblieben.",
    reopened: "Die Störung galt als behoben und ist es nicht.",
    corrected: "Frühere Angaben wurden geändert.",
    withdrawn: "Die Meldung wurde zurückgezogen und gilt nicht mehr.",
    automatic: "Automatisch veröffentlicht.",
    open_incident: "Zur Störung",
    open_maintenance: "Zur Wartung",
    why: "Sie erhalten diese Nachricht, weil Sie {page} abonniert haben.",
    unsubscribe: "Abbestellen",
    news,
    state: german::state,
    impact: german::impact,
    component: german::component,
};

fn news(notice: Notice, kind: Kind, state: State) -> &'static str {
    let is_incident = kind == Kind::Incident;
    match notice {
        Notice::Opened | Notice::Published if is_incident => "Neue Störung",
        Notice::Opened | Notice::Published if state == State::Scheduled => "Geplante Wartung",
        Notice::Opened | Notice::Published => "Wartung",
        Notice::Updated if is_incident => "Neuer Stand",
        Notice::Updated => "Neues zur Wartung",
        Notice::Resolved if is_incident => "Behoben",
        Notice::Resolved => "Wartung abgeschlossen",
        Notice::Reopened if is_incident => "Wieder offen",
        Notice::Reopened => "Wartung fortgesetzt",
        Notice::Postmortem => "Nachbericht",
        Notice::Corrected => "Korrektur",
        Notice::Withdrawn => "Zurückgezogen",
        Notice::PromiseDue => "Meldung bald fällig",
        Notice::PromiseLapsed => "Meldung überfällig",
        Notice::Observed => "Beobachtet",
    }
}
