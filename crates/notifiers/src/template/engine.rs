//! Templates, fenced in: which words there are, how values are escaped, and how much work and memory one may take.
//!
//! No template is ever loaded from anywhere, and nothing that a template makes is looked at as a template again.

use crate::text::{cut, html};
use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, filters, tests};
use std::fmt::Write as _;
use url::form_urlencoded::byte_serialize;

/// Longest template.
pub(super) const SOURCE: usize = 16 * 1024;
/// Longest text that one may make.
const RESULT: usize = 256 * 1024;
/// Steps that one may take, each byte written being one: the longest news, written a few times over.
const FUEL: u64 = 1_000_000;

/// How values are escaped, which the type of the body tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// For the inside of a JSON text.
    Json,
    /// For a field of a form.
    Form,
    /// For HTML and XML.
    Markup,
    /// Not at all.
    Nothing,
}

impl Escape {
    /// How values are escaped in a body of that type.
    pub(super) fn of(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/x-www-form-urlencoded" => Self::Form,
            json if json.ends_with("/json") || json.ends_with("+json") => Self::Json,
            markup if markup.ends_with("html") || markup.ends_with("xml") => Self::Markup,
            _ => Self::Nothing,
        }
    }

    fn text(self, text: &str) -> String {
        match self {
            Self::Json => {
                let quoted = serde_json::Value::from(text).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            }
            Self::Form => byte_serialize(text.as_bytes()).collect(),
            Self::Markup => html(text),
            Self::Nothing => text.to_owned(),
        }
    }
}

/// Refuses what would let values grow without bound: texts joined to texts that are joined, lists of lists of lists.
pub(super) fn check(source: &str) -> Result<(), String> {
    if source.len() > SOURCE {
        return Err(format!("line 1: it is longer than {SOURCE} bytes; make it shorter"));
    }
    let (mut line, mut inside, mut quote) = (1, false, None);
    let mut before = ' ';
    for c in source.chars() {
        match (inside, quote, c) {
            (_, _, '\n') => line += 1,
            (false, _, '{' | '%') if before == '{' => inside = true,
            (true, Some(open), c) if c == open && before != '\\' => quote = None,
            (true, None, '"' | '\'') => quote = Some(c),
            (true, None, '}') if matches!(before, '}' | '%') => inside = false,
            (true, None, '~' | '+' | '*' | '[' | '{' | ',') => {
                let fix = "write the parts next to each other, and loop over lists";
                return Err(format!("line {line}: `{c}` is not available in templates; {fix}"));
            }
            _ => {}
        }
        before = c;
    }
    Ok(())
}

/// Makes the text.
pub(super) fn render(source: &str, context: &serde_json::Value, escape: Escape) -> Result<String, String> {
    let environment = environment(escape);
    let template = environment.template_from_str(source).map_err(|error| explain(&error))?;
    let mut made = Bounded(Vec::new());
    let rendered = template.render_captured_to(Value::from(Serde(context)), &mut made);
    rendered.map_err(|error| explain(&error))?;
    Ok(String::from_utf8_lossy(&made.0).into_owned())
}

fn environment(escape: Escape) -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(move |output, state, value| write(output, state, value, escape));
    environment.add_filter("upper", filters::upper);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("length", filters::length);
    environment.add_filter("first", filters::first);
    environment.add_filter("last", filters::last);
    environment.add_filter("default", or_else);
    environment.add_filter("join", join);
    environment.add_filter("cut", |text: String, limit: usize| cut(&text, limit.min(RESULT)));
    environment.add_filter("tojson", to_json);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("none", tests::is_none);
    environment
}

fn write(
    output: &mut Output<'_>,
    _state: &mut State<'_, '_>,
    value: &Value,
    escape: Escape,
) -> Result<(), Error> {
    let written = match value.kind() {
        ValueKind::None | ValueKind::Undefined => Ok(()),
        ValueKind::Bool | ValueKind::Number => write!(output, "{value}"),
        ValueKind::String if value.is_safe() => output.write_str(value.as_str().unwrap_or_default()),
        ValueKind::String => output.write_str(&escape.text(value.as_str().unwrap_or_default())),
        kind => {
            let message = format!("a {kind} cannot be written; loop over it, or use `tojson`");
            return Err(Error::new(ErrorKind::BadSerialization, message));
        }
    };
    written.map_err(|_| too_long())
}

/// The value, or another where it is not known.
fn or_else(value: Value, other: Option<Value>) -> Value {
    if value.is_none() || value.is_undefined() { other.unwrap_or_else(|| Value::from("")) } else { value }
}

fn join(values: &Value, between: Option<String>) -> Result<String, Error> {
    let between = between.unwrap_or_default();
    let mut joined = String::new();
    for (position, value) in values.try_iter()?.enumerate() {
        if position > 0 {
            joined += &between;
        }
        let _ = write!(joined, "{value}");
        if joined.len() > RESULT {
            return Err(too_long());
        }
    }
    Ok(joined)
}

fn to_json(value: &Value) -> Result<Value, Error> {
    let mut made = Bounded(Vec::new());
    serde_json::to_writer(&mut made, value).map_err(|_| too_long())?;
    Ok(Value::from_safe_string(String::from_utf8_lossy(&made.0).into_owned()))
}

fn too_long() -> Error {
    Error::new(ErrorKind::WriteFailure, format!("it becomes longer than {RESULT} bytes"))
}

/// What was made so far, up to a limit.
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > RESULT {
            return Err(std::io::Error::other(too_long()));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The line, what is wrong, and no source: a template may hold a key.
fn explain(error: &Error) -> String {
    let line = error.line().unwrap_or(1);
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    format!("line {line}: {}{detail}", error.kind())
}

#[cfg(test)]
mod tests_of_fences {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::json;

    #[test]
    fn marks_are_refused_where_they_would_act_and_nowhere_else() {
        for good in ["a ~ b + c * d", "{{ 'a ~ b' }}", "{{ \"it's\" }} + 1", "{% if a %}**{% endif %}"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "{{ a ~ b }}",
            "{{ [a] }}",
            "{{ {} }}",
            "{% set a = (a, a) %}",
            "{% set a = b + c %}",
            "{{ 'a' }}{{ 'a' * 9 }}",
            "\n{{ a\n~ b }}",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check("\n{{ a\n~ b }}").unwrap_err().starts_with("line 3: "));
    }

    #[test]
    fn a_text_cannot_be_doubled_until_memory_ends() {
        let doubled = "{% set a %}{{ a }}{{ a }}{% endset %}".repeat(60);
        let source = format!("{{% set a = text %}}{doubled}{{{{ a }}}}");
        let error = render(&source, &json!({ "text": "x".repeat(1_000) }), Escape::Nothing).unwrap_err();
        assert!(error.contains("fuel"), "{error}");
    }

    #[test]
    fn what_is_not_known_is_written_as_nothing_or_as_what_stands_in() {
        let context = json!({ "cause": null, "list": [1] });
        let made = |source| render(source, &context, Escape::Nothing);
        assert_eq!(
            made("[{{ cause }}] {{ cause | default('?') }} {{ cause | tojson }}").as_deref(),
            Ok("[] ? null")
        );
        assert!(made("{{ context }}").is_err());
        assert!(made("{{ list }}").unwrap_err().contains("loop over it"));
    }

    /// Pieces of which templates are made, and of which mistakes are.
    const PIECES: [&str; 30] = [
        "{{ ",
        " }}",
        "{% ",
        " %}",
        "{# ",
        " #}",
        "text",
        "list",
        "cause",
        "for x in list",
        "endfor",
        "if text",
        "else",
        "endif",
        "set a = text",
        "| upper",
        "| tojson",
        "| join(', ')",
        "| cut(3)",
        "| cut(99999999)",
        "| default('?')",
        "x",
        "\"",
        "'",
        "\\",
        "\n",
        "include 'a'",
        "text[0:99]",
        "loop.index",
        "words",
    ];

    proptest! {
        #[test]
        fn whatever_template_comes_it_is_refused_or_makes_a_bounded_text(
            pieces in vec(select(PIECES.to_vec()), 0..20), text in any::<String>()
        ) {
            let source = pieces.concat();
            let context = json!({ "text": text, "list": [1, 2, "ü"], "cause": null });
            if check(&source).is_ok() && let Ok(made) = render(&source, &context, Escape::Json) {
                prop_assert!(made.len() <= RESULT);
            }
        }

        #[test]
        fn whatever_text_comes_it_stays_one_value_of_its_body(text in any::<String>()) {
            let context = json!({ "text": text });
            let made = |source, escape| render(source, &context, escape).expect("a template that holds");
            let body: serde_json::Value = serde_json::from_str(&made("{\"text\": \"{{ text }}\"}", Escape::Json)).expect("JSON");
            prop_assert_eq!(&body, &json!({ "text": text }));
            let form = made("text={{ text }}&end=1", Escape::Form);
            let fields: Vec<(String, String)> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
            prop_assert_eq!(fields, [("text".to_owned(), text.clone()), ("end".to_owned(), "1".to_owned())]);
            let markup = made("{{ text }}", Escape::Markup);
            prop_assert!(!markup.contains(['<', '>', '"']), "{}", markup);
        }
    }
}
