//! `watchkeeper reference`: prints the pages of the reference, which are generated and never written.

use super::{Cli, Failure, terminal};
use crate::config;
use clap::{CommandFactory as _, ValueEnum};
use std::fmt::Write as _;

/// Prints a page of the reference in Markdown
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which page
    page: Page,
}

/// Every page.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Page {
    /// What the formats of vendors are
    Formats,
    /// By which rules stalls of reads are detected, and from which figures
    Detection,
    /// Which kinds of receivers can be told, and with which settings
    Notifiers,
    /// What the commands are
    Cli,
    /// What the configuration may say
    Config,
    /// What the API answers, as an OpenAPI document
    Openapi,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        let text = match self.page {
            Page::Formats => formats(),
            Page::Detection => detection(),
            Page::Notifiers => notifiers(),
            Page::Cli => cli(),
            Page::Config => config::reference(),
            Page::Openapi => web::openapi(),
        };
        Ok(terminal::print(&text)?)
    }
}

fn formats() -> String {
    let opening =
        "# Formats\n\nThe formats of status pages that can be read, in the order in which a document \
                   is compared with them.\n"
            .to_owned();
    feeds::FORMATS.iter().fold(opening, |mut text, format| {
        let _ = write!(
            text,
            "\n## `{}`\n\n{}\n\n```\n{}\n```\n",
            format.name,
            format.about,
            format.example.trim_end()
        );
        text
    })
}

fn detection() -> String {
    let mut text = "# Detection\n\nHow stalls of database reads are seen.\n\n## Rules\n\nEach looks at every node a few \
                    times a second. A verdict needs one strong hint that lasts, or several that agree.\n\n\
                    | rule | what it sees |\n|---|---|\n"
        .to_owned();
    for rule in domain::detect::RULES {
        let _ = writeln!(text, "| `{}` | {} |", rule.name, rule.doc);
    }
    text += "\n## Causes\n\n| cause | in words |\n|---|---|\n";
    for (_, name, words) in domain::detect::CAUSES {
        let _ = writeln!(text, "| `{name}` | {words} |");
    }
    text += "\n## Figures\n\nWhere a server tells them, in `serverStatus` and in diagnostic data. Paths with `+` are added; \
             of alternatives, the first that is there counts.\n\n| figure | unit | what | where |\n|---|---|---|---|\n";
    for spec in domain::reads::METRICS {
        let paths: Vec<String> = spec.paths.iter().map(|sum| format!("`{}`", sum.join("` + `"))).collect();
        let _ = writeln!(text, "| `{}` | {} | {} | {} |", spec.name, spec.unit, spec.doc, paths.join(" or "));
    }
    text
}

fn notifiers() -> String {
    let mut text =
        "# Notifiers\n\nThe kinds of receivers that can be told of incidents, each with settings that work. \
                    What is secret is never shown or logged.\n"
            .to_owned();
    for kind in notifiers::KINDS {
        let secrets: Vec<String> = kind.secrets.iter().map(|field| format!("`{field}`")).collect();
        let secrets = if secrets.is_empty() { "none".to_owned() } else { secrets.join(", ") };
        let example = kind.example.trim_end();
        let _ = write!(
            text,
            "\n## `{}`\n\n{}\n\nSecret: {secrets}.\n\n```toml\n{example}\n```\n",
            kind.name, kind.doc
        );
    }
    text
}

fn cli() -> String {
    let mut root = Cli::command();
    root.build();
    let mut text = "# Commands\n".to_owned();
    write_help(&mut text, &mut root);
    text
}

/// The help of a command, then of the commands below it.
fn write_help(text: &mut String, command: &mut clap::Command) {
    let help = command.render_long_help().to_string();
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    let _ = write!(text, "\n## `{name}`\n\n```text\n{}\n```\n", lines.join("\n").trim_end());
    let below = command
        .get_subcommands_mut()
        .filter(|command| !command.is_hide_set() && command.get_name() != "help");
    below.for_each(|command| write_help(text, command));
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_example_of_a_notifier_is_toml_and_works() {
        for kind in notifiers::KINDS {
            let settings: toml::Table = toml::from_str(kind.example).expect(kind.name);
            let settings = serde_json::to_value(settings).expect(kind.name);
            assert!((kind.read)(&settings).is_ok(), "{}", kind.name);
        }
    }
}
