//! What follows from an alert, as commands: pure, so that every case is a line in a table.
//!
//! What alerts say of an incident are updates whose ids begin with the mark of the alert; by these an incident knows
//! which alert feeds it, and whether anybody else has spoken. No table of alerts is kept beside the timeline.

use super::Alert;
use crate::api::vocabulary::unknown_word;
use crate::error::Error;
use domain::id::of_name;
use domain::incident::Update;
use domain::observation::ComponentChange;
use domain::{
    Command, ComponentState, Environment, Impact, Incident, IncidentId, Kind, Slug, State, Timestamp,
    Visibility,
};
use jiff::{RoundMode, TimestampRound, Unit};

/// One alert and where its incident belongs.
pub(super) struct Thread<'a> {
    pub(super) environment: &'a Environment,
    pub(super) alert: &'a Alert,
    visibility: Visibility,
    source: &'a Slug,
    components: Vec<ComponentChange>,
    mark: String,
}

impl<'a> Thread<'a> {
    /// Finds its components among ours.
    pub(super) fn new(
        environment: &'a Environment,
        source: &'a Slug,
        visibility: Visibility,
        alert: &'a Alert,
    ) -> Result<Self, Error> {
        let components = components(environment, alert)?;
        let mark = format!("alert-{}", of_name(&format!("alert {source} {}", environment.slug), &alert.key));
        Ok(Self { environment, alert, visibility, source, components, mark })
    }

    /// The incident that this alert opens. One that does not say when it began opens at most one in a minute.
    pub(super) fn incident(&self, now: Timestamp) -> IncidentId {
        let minute = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Trunc);
        let began_at = self.alert.began_at.unwrap_or_else(|| now.round(minute).unwrap_or(now));
        let name = of_name(&format!("incident {} {}", self.source, self.mark), &began_at.to_string());
        // A name has the twelve letters of an identifier.
        IncidentId::parse(&name).unwrap_or_else(|| IncidentId::from_entropy(0))
    }

    /// Whether this alert feeds the incident.
    pub(super) fn fed(&self, incident: &Incident) -> bool {
        self.said(incident).is_some()
    }

    /// The last that the alert said of it.
    fn said<'i>(&self, incident: &'i Incident) -> Option<&'i Update> {
        incident.updates.iter().rev().find(|update| update.id.starts_with(&self.mark))
    }

    /// Whether anybody but alerts has spoken of it.
    fn is_led(incident: &Incident) -> bool {
        incident
            .updates
            .iter()
            .any(|update| !update.id.starts_with("alert-") && update.withdrawn_at.is_none())
    }

    /// What is said, in twelve letters.
    fn gist(&self) -> String {
        let Alert { firing, gist, title, impact, .. } = self.alert;
        of_name(&format!("gist {firing} {}", impact.as_str()), &format!("{title}\n{gist}"))
    }

    fn update_id(&self, version: u32) -> String {
        format!("{}-{}-{version}", self.mark, self.gist())
    }

    /// The command that opens its incident.
    pub(super) fn open(&self, now: Timestamp) -> Command {
        Command::Open {
            environment: self.environment.slug.clone(),
            kind: Kind::Incident,
            title: self.alert.title.clone(),
            impact: self.alert.impact,
            state: State::Investigating,
            update: (self.update_id(0), self.alert.body.clone()),
            components: self.components.clone(),
            schedule: None,
            // The source's clock may be ahead of ours; nothing begins in the future.
            began_at: self.alert.began_at.map(|at| at.min(now)),
            visibility: self.visibility,
            next_update_at: None,
        }
    }

    /// The commands that feed the incident, none if nothing is new; or why the alert is none of its business.
    pub(super) fn feed(&self, incident: &Incident, now: Timestamp) -> Result<Vec<Command>, &'static str> {
        let said = self.said(incident);
        if !incident.is_live() {
            return Err("its incident was taken back, or merged into another");
        }
        let gist = self.gist();
        let is_same = said
            .is_some_and(|update| update.id[self.mark.len()..].trim_start_matches('-').starts_with(&gist));
        if is_same {
            return Ok(Vec::new());
        }
        if self.alert.firing { self.fire(incident, said, now) } else { self.end(incident, now) }
    }

    fn fire(
        &self,
        incident: &Incident,
        said: Option<&Update>,
        now: Timestamp,
    ) -> Result<Vec<Command>, &'static str> {
        let over = incident.state.is_over();
        if over && self.alert.began_at.is_some() {
            return Err("its incident is over");
        }
        // It was thought to be over, by the alert itself, and is not.
        let calmed = said.is_some_and(|update| update.current().state == State::Monitoring);
        let relapsed = over || (calmed && incident.state == State::Monitoring);
        let state = if relapsed { State::Investigating } else { incident.state };
        let mut commands = vec![self.update(incident, state, self.components.clone())];
        if !Self::is_led(incident) && weight(self.alert.impact) > weight(incident.impact) {
            commands.push(Command::SetImpact { impact: self.alert.impact });
        }
        if let (None, Some(began_at)) = (incident.clocks.began_at, self.alert.began_at) {
            commands.push(Command::SetTrueWindow { began_at: Some(began_at.min(now)), ended_at: None });
        }
        Ok(commands)
    }

    fn end(&self, incident: &Incident, now: Timestamp) -> Result<Vec<Command>, &'static str> {
        if incident.state.is_over() {
            return Ok(Vec::new());
        }
        let opened_at =
            incident.updates.first().map_or(incident.clocks.seen_at, |update| update.published_at);
        let began_at = incident.clocks.began_at.unwrap_or(opened_at);
        if self.alert.last_began_at.is_some_and(|last| last < began_at.min(opened_at)) {
            return Err("it tells the end of an earlier alert");
        }
        if Self::is_led(incident) {
            let well = self
                .components
                .iter()
                .map(|change| ComponentChange { to: ComponentState::Operational, ..change.clone() });
            return Ok(vec![self.update(incident, State::Monitoring, well.collect())]);
        }
        let mut commands = vec![self.update(incident, State::Resolved, Vec::new())];
        let ended_at = self.alert.ended_at.map(|at| at.min(now));
        if let (Some(began_at), Some(ended_at)) = (incident.clocks.began_at, ended_at)
            && ended_at >= began_at
        {
            commands.push(Command::SetTrueWindow { began_at: Some(began_at), ended_at: Some(ended_at) });
        }
        Ok(commands)
    }

    fn update(&self, incident: &Incident, state: State, components: Vec<ComponentChange>) -> Command {
        let id = self.update_id(incident.version);
        Command::Update { id, state, body: self.alert.body.clone(), components, next_update_at: None }
    }
}

/// How bad, for the comparison of two grades.
fn weight(impact: Impact) -> u8 {
    match impact {
        Impact::Unknown | Impact::Maintenance => 0,
        Impact::None => 1,
        Impact::Minor => 2,
        Impact::Major => 3,
        Impact::Critical => 4,
    }
}

fn components(environment: &Environment, alert: &Alert) -> Result<Vec<ComponentChange>, Error> {
    let to = match alert.impact {
        Impact::Critical => ComponentState::MajorOutage,
        Impact::Major => ComponentState::PartialOutage,
        Impact::Minor => ComponentState::DegradedPerformance,
        Impact::None | Impact::Unknown | Impact::Maintenance => ComponentState::Unknown,
    };
    let mut changes: Vec<ComponentChange> = Vec::new();
    for named in &alert.components {
        let known = environment.components.iter().find(|known| &known.key.0 == named || &known.name == named);
        match known {
            Some(known) if changes.iter().any(|change| change.key == known.key) => {}
            Some(known) => {
                changes.push(ComponentChange { key: known.key.clone(), name: known.name.clone(), to });
            }
            None if alert.strict => {
                let keys: Vec<&str> =
                    environment.components.iter().map(|known| known.key.0.as_str()).collect();
                return Err(unknown_word("components[]", named, &keys));
            }
            None => {}
        }
    }
    Ok(changes)
}
