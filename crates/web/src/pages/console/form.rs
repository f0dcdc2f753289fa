//! Forms as data: which fields they have and what stands in them. One template draws them all, so that
//! every field has its label, its hint and its fault in the same place.

use super::{ComponentChoice, Typed};
use askama::Template;
use askama::filters::HtmlSafe;
use domain::component::ComponentState;
use domain::{Impact, Kind, State, Timestamp};
use std::fmt::Write as _;

/// A form that is posted.
#[derive(Clone, Debug, Template)]
#[template(path = "components/form.html")]
pub(crate) struct Form {
    /// Where it is posted to.
    pub(crate) action: String,
    /// First part of the identifiers of its fields: several forms may have a field of one name.
    pub(crate) id: String,
    pub(crate) csrf: String,
    pub(crate) fields: Vec<Field>,
    /// Fault of the form as a whole.
    pub(crate) fault: Option<String>,
    /// Words of its button.
    pub(crate) button: &'static str,
    /// Whether the button takes something away.
    pub(crate) grave: bool,
    /// Where the same form can be sent to be looked at first.
    pub(crate) preview: Option<String>,
}

impl HtmlSafe for Form {}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) hint: &'static str,
    pub(crate) value: String,
    pub(crate) fault: Option<String>,
    pub(crate) required: bool,
    pub(crate) input: Input,
}

#[derive(Clone, Debug)]
pub(crate) enum Input {
    Hidden,
    Line {
        limit: usize,
    },
    Text {
        rows: u8,
    },
    Instant,
    Email,
    /// Typed unseen, and never handed back; the word tells password managers what it is.
    Secret(&'static str),
    Choice(Vec<Choice>),
    /// States of components: one drop-down each, under a common legend.
    Group(Vec<Field>),
}

#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

impl Form {
    pub(crate) fn new(action: String, id: &str, csrf: &str, button: &'static str) -> Self {
        let (id, csrf) = (id.to_owned(), csrf.to_owned());
        Self { action, id, csrf, fields: Vec::new(), fault: None, button, grave: false, preview: None }
    }

    pub(crate) fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    pub(crate) fn grave(mut self) -> Self {
        self.grave = true;
        self
    }

    pub(crate) fn preview(mut self, action: String) -> Self {
        self.preview = Some(action);
        self
    }

    /// Puts back what was typed, with what is wrong with it.
    pub(crate) fn refused(mut self, typed: &Typed) -> Self {
        self.fault = typed.error("").map(str::to_owned);
        for field in &mut self.fields {
            field.retype(typed);
        }
        self
    }

    /// Fields of different names have different ids, also where components differ in a space or a stroke only.
    fn field_id(&self, field: &Field) -> String {
        let mut id = format!("{}-", self.id);
        for c in field.name.chars() {
            if c.is_ascii_alphanumeric() || c == '_' {
                id.push(c);
            } else {
                // Writing to a text cannot fail.
                let _ = write!(id, "-{:x}-", u32::from(c));
            }
        }
        id
    }
}

impl Field {
    pub(crate) fn new(name: &str, label: &str, input: Input) -> Self {
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            hint: "",
            value: String::new(),
            fault: None,
            required: false,
            input,
        }
    }

    pub(crate) fn hidden(name: &str, value: &str) -> Self {
        Self::new(name, "", Input::Hidden).with(value)
    }

    pub(crate) fn line(name: &str, label: &str) -> Self {
        Self::new(name, label, Input::Line { limit: 256 }).required()
    }

    pub(crate) fn text(name: &str, label: &str, rows: u8) -> Self {
        Self::new(name, label, Input::Text { rows }).required().hint("Markdown")
    }

    pub(crate) fn email(name: &str, label: &str) -> Self {
        Self::new(name, label, Input::Email).required()
    }

    pub(crate) fn secret(name: &str, label: &str, kind: &'static str) -> Self {
        Self::new(name, label, Input::Secret(kind)).required()
    }

    pub(crate) fn instant(name: &str, label: &str, at: Option<Timestamp>) -> Self {
        let value = at.map(|at| crate::view::clock::write(at, "%Y-%m-%dT%H:%M")).unwrap_or_default();
        Self::new(name, label, Input::Instant).with(&value).hint("UTC")
    }

    pub(crate) fn choice(name: &str, label: &str, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Input::Choice(choices))
    }

    pub(crate) fn with(mut self, value: &str) -> Self {
        value.clone_into(&mut self.value);
        self
    }

    pub(crate) fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    fn required(mut self) -> Self {
        self.required = true;
        self
    }

    fn retype(&mut self, typed: &Typed) {
        self.fault = typed.error(&self.name).map(str::to_owned);
        let value = typed.values.iter().find(|(name, _)| *name == self.name).map(|(_, value)| value);
        if let Some(value) = value {
            self.value.clone_from(value);
        }
        match &mut self.input {
            Input::Choice(choices) if value.is_some() => {
                for choice in choices {
                    choice.chosen = Some(&choice.value) == value;
                }
            }
            Input::Group(fields) => fields.iter_mut().for_each(|field| field.retype(typed)),
            _ => {}
        }
    }
}

fn choice(value: &str, label: &str, chosen: bool) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned(), chosen }
}

/// Names that are given.
pub(crate) fn named(choices: impl IntoIterator<Item = (String, String)>) -> Vec<Choice> {
    choices.into_iter().map(|(value, label)| Choice { value, label, chosen: false }).collect()
}

/// Incident or maintenance.
pub(crate) fn kinds() -> Vec<Choice> {
    Kind::ALL.iter().map(|kind| choice(kind.as_str(), kind.label(), *kind == Kind::Incident)).collect()
}

/// Grades that a person may give.
pub(crate) fn impacts(chosen: Impact) -> Vec<Choice> {
    let known = Impact::ALL.iter().filter(|impact| **impact != Impact::Unknown);
    known.map(|impact| choice(impact.as_str(), impact.label(), *impact == chosen)).collect()
}

/// States that a person may announce for an entry of this kind; of any kind where it is not settled.
pub(crate) fn states(kind: Option<Kind>, chosen: State) -> Vec<Choice> {
    let announced = |state: &&State| {
        !matches!(state, State::Unknown | State::Postmortem) && kind.is_none_or(|kind| state.suits(kind))
    };
    State::ALL
        .iter()
        .filter(announced)
        .map(|state| choice(state.as_str(), state.label(), *state == chosen))
        .collect()
}

/// Who sees what is posted.
pub(crate) fn visibilities() -> Vec<Choice> {
    vec![choice("public", "Everybody", true), choice("internal", "The team only", false)]
}

/// How components stand while no incident says otherwise.
pub(crate) fn baselines(chosen: ComponentState) -> Vec<Choice> {
    let vouched = chosen == ComponentState::Operational;
    vec![
        choice("operational", "They are operational: we vouch for it", vouched),
        choice("unknown", "Nobody knows", !vouched),
    ]
}

/// By when the next update is promised.
pub(crate) fn promises() -> Vec<Choice> {
    vec![
        choice("", "No promise", false),
        choice("15m", "In 15 minutes", false),
        choice("30m", "In 30 minutes", true),
        choice("60m", "In an hour", false),
        choice("4h", "In 4 hours", false),
    ]
}

/// One drop-down for each component that a maintenance may concern.
pub(crate) fn concerned(prefix: &str, legend: &str, choices: &[ComponentChoice]) -> Field {
    let fields = choices.iter().map(|component| {
        let ways = vec![choice("", "Not concerned", true), choice("under_maintenance", "Concerned", false)];
        Field::choice(&format!("{prefix}{}", component.key), &component.name, ways)
    });
    Field::new(prefix, legend, Input::Group(fields.collect()))
}

/// States in which a component may be put; as it stands if none is chosen.
pub(crate) fn component_states(component: &ComponentChoice) -> Vec<Choice> {
    let mut states =
        vec![choice("", &format!("No change ({})", component.state.label().to_lowercase()), true)];
    let known = ComponentState::ALL.into_iter().filter(|state| *state != ComponentState::Unknown);
    states.extend(known.map(|state| choice(state.as_str(), state.label(), false)));
    states
}

/// One drop-down for each component.
pub(crate) fn components(prefix: &str, legend: &str, choices: &[ComponentChoice]) -> Field {
    let field = |component: &ComponentChoice| {
        Field::choice(&format!("{prefix}{}", component.key), &component.name, component_states(component))
    };
    let fields = choices.iter().map(field);
    Field::new(prefix, legend, Input::Group(fields.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back_with_its_faults() {
        let typed = Typed {
            values: vec![("title".into(), "<b>".into()), ("state".into(), "resolved".into())],
            errors: vec![("title".into(), "too short".into()), (String::new(), "not saved".into())],
        };
        let form = Form::new("/x".into(), "f", "secret", "Save")
            .field(Field::line("title", "Title"))
            .field(Field::choice("state", "State", states(Some(Kind::Incident), State::Investigating)))
            .refused(&typed);
        let html = form.render().unwrap();
        for part in [
            "value=\"&#60;b&#62;\"",
            "aria-describedby=\"f-title-fault\"",
            "<option value=\"resolved\" selected>",
            "not saved",
            "name=\"csrf\" value=\"secret\"",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert_eq!(html.matches(" selected").count(), 1);
    }

    #[test]
    fn names_that_differ_in_one_mark_have_labels_of_their_own() {
        let form = Form::new("/x".into(), "f", "secret", "Save");
        let names = ["component.Core/API", "component.Core API", "component.Core-API", "component.Core_API"];
        let ids: std::collections::BTreeSet<_> =
            names.iter().map(|name| form.field_id(&Field::line(name, "API"))).collect();
        assert_eq!(ids.len(), names.len(), "{ids:?}");
        assert!(ids.iter().all(|id| !id.contains(' ')));
    }
}
