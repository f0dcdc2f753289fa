//! The help of every command, as people read it.

use super::*;
use clap::CommandFactory as _;

#[test]
fn the_command_line_holds_together() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_has_help_with_an_example() {
    let mut root = Cli::command();
    root.build();
    check(&mut root);
}

fn check(command: &mut clap::Command) {
    let help = command.render_long_help().to_string();
    let name = command.get_bin_name().filter(|name| !name.is_empty()).unwrap_or("watchkeeper").to_owned();
    let leaf = command.get_subcommands().next().is_none();
    let hidden = command.is_hide_set();
    assert!(!leaf || hidden || help.contains("Example"), "`{name}` has no example");
    insta::assert_snapshot!(
        name.replace(' ', "_"),
        help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    );
    let below = command.get_subcommands_mut().filter(|command| command.get_name() != "help");
    below.for_each(check);
}
