//! The help of every command, as people read it.

use super::*;
use clap::CommandFactory as _;

#[test]
fn the_command_line_holds_together() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_has_help_with_an_example() {
    // Lines as they are written, however wide.
    let mut root = Cli::command().max_term_width(0).term_width(0);
    root.build();
    check(&mut root);
}

fn check(command: &mut clap::Command) {
    let help = command.render_long_help().to_string();
    let name = command.get_bin_name().unwrap_or_default().to_owned();
    let leaf = command.get_subcommands().next().is_none();
    let hidden = command.is_hide_set();
    assert!(!leaf || hidden || help.contains("Example"), "`{name}` has no example");
    // A new format changes no help: what is listed is not worded here.
    let formats: Vec<&str> = feeds::FORMATS.iter().map(|format| format.name).collect();
    let help = help.replace(&formats.join(", "), "EVERY FORMAT");
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(name.replace(' ', "_"), lines.join("\n"));
    });
    let below = command.get_subcommands_mut().filter(|command| command.get_name() != "help");
    below.for_each(check);
}
