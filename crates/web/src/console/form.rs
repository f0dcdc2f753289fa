//! Posted forms: their fields, and the commands that they mean.

use crate::api::request::{
    BackfillRequest, ComponentRequest, MergeRequest, OpenRequest, PatchRequest, PublishRequest,
    RecurrenceRequest, UpdateRequest, WindowRequest,
};
use crate::commands;
use crate::error::Error;
use crate::held::Held;
use crate::pages::console::Typed;
use domain::{Command, Incident, Refusal};
use url::form_urlencoded;

/// Most fields of one form: an environment with hundreds of components still fits.
const FIELDS: usize = 2_000;

/// The fields of a posted form, in order.
#[derive(Debug)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().take(FIELDS).collect())
    }

    /// The value of a field, empty if it was not posted.
    pub(super) fn value(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| name == field).map_or("", |(_, value)| value)
    }

    pub(super) fn text(&self, field: &str) -> String {
        // Browsers end lines with two letters.
        self.value(field).replace("\r\n", "\n")
    }

    pub(super) fn given(&self, field: &str) -> Option<String> {
        let value = self.value(field).trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// An instant in UTC as browsers write it, or as programs do.
    fn instant(&self, field: &str) -> Option<String> {
        let text = self.given(field)?;
        Some(match text.matches(':').count() {
            _ if text.ends_with('Z') => text,
            1 => format!("{text}:00Z"),
            _ => format!("{text}Z"),
        })
    }

    fn schedule(&self) -> Option<WindowRequest> {
        let from = self.instant("scheduled_from");
        let until = self.instant("scheduled_until");
        (from.is_some() || until.is_some()).then(|| WindowRequest { from: from.unwrap_or_default(), until })
    }

    /// Fields that begin so, and say something.
    fn components(&self, prefix: &str) -> Vec<ComponentRequest> {
        let named = self.0.iter().filter_map(|(name, state)| Some((name.strip_prefix(prefix)?, state)));
        let said = named.filter(|(_, state)| !state.is_empty());
        said.map(|(key, state)| ComponentRequest { key: key.to_owned(), state: state.clone() }).collect()
    }

    /// What the form that opens an incident wants.
    pub(super) fn open(&self) -> OpenRequest {
        let environment = self.value("environment").to_owned();
        OpenRequest {
            template: None,
            components: self.components(&format!("component.{environment}.")),
            environment,
            kind: self.given("kind"),
            title: self.text("title"),
            impact: self.given("impact"),
            state: self.given("state"),
            body: self.text("body"),
            schedule: self.schedule(),
            began_at: self.instant("began_at"),
            visibility: self.given("visibility"),
            next_update_at: self.given("next_update_at"),
            hold_seconds: None,
        }
    }

    /// The commands of a form about an incident; `None` for an action that there is not.
    pub(super) fn commands(&self, action: &str, incident: &Incident) -> Option<Result<Vec<Command>, Error>> {
        let update = || self.value("update").to_owned();
        let one = |command| Some(Ok(vec![command]));
        match action {
            "hide" => one(Command::Hide),
            "hold" => one(Command::HoldPublication),
            "note" => one(Command::Note { body: self.text("body") }),
            "edit" => one(Command::EditUpdate { id: update(), body: self.text("body") }),
            "withdraw-update" => one(Command::WithdrawUpdate { id: update() }),
            "title" => one(Command::Retitle { title: self.text("title") }),
            "impact" => Some(patch(incident, |patch| patch.impact = self.given("impact"))),
            "window" => Some(patch(incident, |patch| {
                patch.began_at = Some(self.instant("began_at"));
                patch.ended_at = Some(self.instant("ended_at"));
            })),
            "schedule" => Some(patch(incident, |patch| patch.schedule = self.schedule())),
            "postmortem" => one(Command::PublishPostmortem { body: self.text("body") }),
            "withdraw" => one(Command::Withdraw),
            "restore" => one(Command::Restore),
            _ => None,
        }
    }

    /// Which incident a merge names.
    pub(super) fn merge(&self) -> MergeRequest {
        MergeRequest { into: self.value("into").to_owned() }
    }

    /// What the form of an action wants that leaves the house: it is held for a while.
    pub(super) fn held(&self, action: &str, update: String) -> Option<Held> {
        match action {
            "update" => Some(Held::Update { update, request: self.update() }),
            "publish" => Some(Held::Publish { update, request: self.publish() }),
            _ => None,
        }
    }

    fn publish(&self) -> PublishRequest {
        PublishRequest {
            body: Some(self.text("body")),
            next_update_at: self.given("next_update_at"),
            hold_seconds: None,
        }
    }

    pub(super) fn update(&self) -> UpdateRequest {
        UpdateRequest {
            template: None,
            state: self.given("state"),
            body: self.text("body"),
            components: self.components("component."),
            next_update_at: self.given("next_update_at"),
            hold_seconds: None,
        }
    }

    /// A maintenance that recurs, as it was typed.
    pub(super) fn recurrence(&self) -> Result<RecurrenceRequest, Error> {
        let environment = self.value("environment").to_owned();
        let number = |field: &str| {
            let text = self.value(field);
            text.trim().parse().map_err(|_| commands::unreadable(field, text, "write a whole number"))
        };
        Ok(RecurrenceRequest {
            components: self
                .components(&format!("component.{environment}."))
                .into_iter()
                .map(|component| component.key)
                .collect(),
            environment,
            title: self.text("title"),
            body: self.text("body"),
            rule: self.text("rule"),
            at: self.text("at"),
            zone: self.given("zone"),
            lasts_hours: number("lasts_hours")?,
            ahead_days: Some(number("ahead_days")?),
        })
    }

    /// What the form for what is over wants.
    pub(super) fn backfill(&self) -> BackfillRequest {
        BackfillRequest {
            environment: self.value("environment").to_owned(),
            kind: self.given("kind"),
            title: self.text("title"),
            impact: self.given("impact"),
            from: self.instant("from").unwrap_or_default(),
            until: self.instant("until").unwrap_or_default(),
            body: self.text("body"),
            components: Vec::new(),
        }
    }

    /// What was typed.
    pub(super) fn typed(self) -> Typed {
        let values = self.0.into_iter().filter(|(name, _)| name != "csrf").collect();
        Typed { values, errors: Vec::new() }
    }

    /// What was typed, with the reason why it was refused.
    pub(super) fn refused(self, error: &Error) -> Typed {
        let outside = error.outside();
        let sentence = crate::answer::sentence(&format!("{}: {}", outside.message, outside.hint));
        Typed { errors: vec![(field_of(error).to_owned(), sentence)], ..self.typed() }
    }
}

fn patch(incident: &Incident, fill: impl FnOnce(&mut PatchRequest)) -> Result<Vec<Command>, Error> {
    let mut request = PatchRequest::default();
    fill(&mut request);
    commands::patch(incident, &request)
}

/// The field that an error is about, empty if it is about the form.
fn field_of(error: &Error) -> &str {
    match error {
        Error::Refused(
            Refusal::Empty(field)
            | Refusal::TooLong { field, .. }
            | Refusal::InTheFuture(field)
            | Refusal::NotAhead(field),
        ) => field,
        Error::Refused(Refusal::EndsBeforeItBegins) => "ended_at",
        Error::Refused(Refusal::WrongState { .. }) => "state",
        Error::Invalid { message, .. } => match message.split('`').nth(1).unwrap_or_default() {
            "schedule" | "schedule.from" => "scheduled_from",
            "schedule.until" => "scheduled_until",
            field => field,
        },
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_as_browsers_and_as_programs_write_them() {
        let form = Form::parse(b"a=2024-12-14T17:33&b=2024-12-14T17:33:05&c=2024-12-14T17:33:05Z&d=");
        assert_eq!(form.instant("a").as_deref(), Some("2024-12-14T17:33:00Z"));
        assert_eq!(form.instant("b").as_deref(), Some("2024-12-14T17:33:05Z"));
        assert_eq!(form.instant("c").as_deref(), Some("2024-12-14T17:33:05Z"));
        assert_eq!((form.instant("d"), form.instant("e")), (None, None));
    }

    #[test]
    fn components_of_another_environment_are_left_aside() {
        let form =
            Form::parse(b"component.prod1.api=partial_outage&component.prod1.web=&component.prod2.api=x");
        let components = form.components("component.prod1.");
        assert_eq!(components.len(), 1);
        assert_eq!((components[0].key.as_str(), components[0].state.as_str()), ("api", "partial_outage"));
    }
}
