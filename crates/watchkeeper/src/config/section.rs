//! What a section says of itself: its keys, from which the reader knows what may stand there and from
//! which the example and the reference are printed.
//!
//! This module never reads a file.

use std::fmt::Write as _;

/// One section of the file.
#[derive(Debug)]
pub struct Section {
    /// Name as it stands in the brackets; empty for the keys above all sections.
    pub name: &'static str,
    /// Whether it may come many times (`[[vendor]]`).
    pub many: bool,
    /// What it is for.
    pub doc: &'static str,
    /// Its keys in the order of the example.
    pub keys: &'static [Key],
}

/// One key.
#[derive(Debug)]
pub struct Key {
    /// Name.
    pub name: &'static str,
    /// What must stand there.
    pub need: Need,
    /// Kind of value, in words.
    pub form: &'static str,
    /// What it does.
    pub doc: &'static str,
}

/// Whether a key must be given. The texts are TOML values.
#[derive(Debug)]
pub enum Need {
    /// Must be given; an example.
    Required(&'static str),
    /// Need not be given; the default.
    Default(&'static str),
    /// Need not be given and has no default; an example.
    Optional(&'static str),
}

impl Section {
    /// The header line, `None` above all sections.
    pub fn header(&self) -> Option<String> {
        match (self.name, self.many) {
            ("", _) => None,
            (name, false) => Some(format!("[{name}]")),
            (name, true) => Some(format!("[[{name}]]")),
        }
    }

    /// The section as commented TOML.
    pub fn example(&self) -> String {
        let mut text = comment(self.doc);
        if let Some(header) = self.header() {
            text.push_str(&header);
            text.push('\n');
        } else {
            text.push('\n');
        }
        for key in self.keys {
            text.push_str(&comment(key.doc));
            let _ = match key.need {
                Need::Required(value) => writeln!(text, "{} = {value}", key.name),
                Need::Default(value) | Need::Optional(value) => writeln!(text, "# {} = {value}", key.name),
            };
        }
        text
    }

    /// The section as a chapter of the reference, in Markdown.
    pub fn reference(&self) -> String {
        let title = self.header().map_or("Above all sections".to_owned(), |header| format!("`{header}`"));
        let mut text =
            format!("## {title}\n\n{}\n\n| key | value | default | meaning |\n|---|---|---|---|\n", self.doc);
        for key in self.keys {
            let default = match key.need {
                Need::Required(example) => format!("required, such as `{example}`"),
                Need::Default(value) => format!("`{value}`"),
                Need::Optional(example) => format!("none; such as `{example}`"),
            };
            let _ = writeln!(text, "| `{}` | {} | {default} | {} |", key.name, key.form, key.doc);
        }
        text
    }
}

/// The text behind `# `, wrapped so that it reads well in an editor.
fn comment(text: &str) -> String {
    const WIDTH: usize = 96;
    let mut lines = vec![String::from("#")];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(format!("# {word}"));
        } else {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.join("\n") + "\n"
}
