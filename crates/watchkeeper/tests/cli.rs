//! The program as a whole: what it prints where, and the code with which it ends.

use serde_json::Value;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

fn watchkeeper(arguments: &[&str]) -> Output {
    with_input(arguments, "")
}

fn with_input(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_watchkeeper"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads its input or ends");
    child.wait_with_output().expect("the program ends")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

/// Nothing on standard output, one sentence on standard error, and this code.
fn assert_told(output: &Output, code: i32, sentence: &str) {
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(output.stdout.is_empty());
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.starts_with("error: ") && told.contains(sentence), "{told}");
    assert!(!told.contains('\u{1b}'), "colour is for terminals");
}

#[test]
fn a_document_of_every_format_is_understood_from_a_file_and_from_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    for format in feeds::FORMATS {
        let path = folder.path().join(format.name);
        std::fs::write(&path, format.example).expect("a file");
        let from_file = watchkeeper(&["feed", "inspect", "--json", path.to_str().expect("text")]);
        assert_eq!(from_file.status.code(), Some(0), "{}: {}", format.name, text(&from_file.stderr));
        let report: Value = serde_json::from_slice(&from_file.stdout).expect("JSON");
        assert_eq!(report["format"], format.name);
        let piped = with_input(&["feed", "inspect", "-", "--json", "--format", format.name], format.example);
        let piped: Value = serde_json::from_slice(&piped.stdout).expect("JSON");
        assert_eq!(piped["format"], format.name);
        let for_people = with_input(&["feed", "inspect", "-"], format.example);
        assert!(text(&for_people.stdout).contains(format.name), "{}", text(&for_people.stdout));
    }
}

#[test]
fn what_is_not_understood_is_told_in_one_sentence() {
    assert_told(&with_input(&["feed", "inspect", "-"], " \n"), 2, "`-` is empty");
    assert_told(&with_input(&["feed", "inspect", "-"], "<p>Hello"), 2, "`-` is of no known format");
    assert_told(
        &with_input(&["feed", "inspect", "-", "--format", feeds::FORMATS[0].name], "<p>Hello"),
        2,
        "nothing in `-`",
    );
    assert_told(&watchkeeper(&["feed", "inspect", "/nonexistent"]), 1, "cannot read `/nonexistent`");
    assert_told(&watchkeeper(&["feed", "inspect", "http://127.0.0.1:9/"]), 1, "is a loopback address");
    assert_told(&watchkeeper(&["feed", "inspect", "http://169.254.169.254/"]), 1, "is a link-local address");
}

#[test]
fn a_file_without_end_is_read_to_the_limit() {
    assert_told(&watchkeeper(&["feed", "inspect", "/dev/zero"]), 2, "`/dev/zero`");
}

#[test]
fn a_foreign_text_does_not_steer_the_terminal() {
    let evil = feeds::FORMATS[0].example.replacen("\"name\": \"", "\"name\": \"\\u001b[31m\\u0007", 1);
    assert_ne!(evil, feeds::FORMATS[0].example);
    let shown = with_input(&["feed", "inspect", "-"], &evil);
    assert_eq!(shown.status.code(), Some(0), "{}", text(&shown.stderr));
    assert!(!text(&shown.stdout).contains(['\u{1b}', '\u{7}']));
}

#[test]
fn the_example_configuration_is_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("watchkeeper.toml");
    let path = path.to_str().expect("text");
    std::fs::write(path, watchkeeper(&["config", "example"]).stdout).expect("a file");
    let check = watchkeeper(&["config", "check", path]);
    assert_eq!(check.status.code(), Some(0), "{}", text(&check.stderr));
    assert!(text(&check.stdout).contains("is in order"));
    let check: Value =
        serde_json::from_slice(&watchkeeper(&["config", "check", path, "--json"]).stdout).expect("JSON");
    assert_eq!((&check["ok"], &check["mistakes"]), (&Value::Bool(true), &Value::Array(Vec::new())));
}

#[test]
fn mistakes_are_told_to_people_and_to_machines() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/config/out_of_range.toml");
    let check = watchkeeper(&["config", "check", path]);
    assert_eq!(check.status.code(), Some(2));
    assert!(text(&check.stderr).starts_with("error: 7 mistakes\n"), "{}", text(&check.stderr));
    let check = watchkeeper(&["config", "check", "--json", path]);
    assert_eq!(check.status.code(), Some(2));
    let report: Value = serde_json::from_slice(&check.stdout).expect("JSON");
    assert_eq!(report["mistakes"].as_array().map(Vec::len), Some(7));
    assert_eq!(report["mistakes"][0]["line"], 4);
    assert_eq!(report["mistakes"][0]["key"], "vendor[1].interval");
    assert_told(&watchkeeper(&["config", "check", "/nonexistent.toml"]), 2, "watchkeeper config example");
}

#[test]
fn a_page_that_nobody_knows_is_told_with_the_places_that_were_tried() {
    let detect = watchkeeper(&["vendor", "detect", "http://127.0.0.1:9/"]);
    assert_eq!(detect.status.code(), Some(2));
    assert!(
        text(&detect.stderr).contains("Tried:\n  http://127.0.0.1:9/: `127.0.0.1` is a loopback address")
    );
    let detect = watchkeeper(&["vendor", "detect", "http://127.0.0.1:9/", "--json"]);
    assert_eq!(detect.status.code(), Some(2));
    let report: Value = serde_json::from_slice(&detect.stdout).expect("JSON");
    assert_eq!((&report["format"], report["tried"].as_array().map(Vec::len)), (&Value::Null, Some(1)));
}

#[test]
fn the_reference_names_every_format_command_and_section() {
    let formats = watchkeeper(&["reference", "formats"]).stdout;
    assert!(feeds::FORMATS.iter().all(|format| text(&formats).contains(&format!("## `{}`", format.name))));
    let commands = watchkeeper(&["reference", "cli"]).stdout;
    for command in ["config check", "config example", "feed inspect", "vendor detect"] {
        assert!(text(&commands).contains(&format!("## `watchkeeper {command}`")), "{command}");
    }
    let config = watchkeeper(&["reference", "config"]).stdout;
    for section in ["`[page]`", "`[[vendor]]`", "`[fetch]`", "`max_redirects`"] {
        assert!(text(&config).contains(section), "{section}");
    }
}

/// What a program that is configured with two pages, one of them behind a password, has written down.
async fn told() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("watchkeeper.toml");
    let database = folder.path().join("watchkeeper.db");
    let text = format!(
        "store = \"sqlite:{}\"\n[[environment]]\nname = \"PROD2\"\n\
         [[page]]\nname = \"Status\"\n\
         [[page]]\nname = \"Acme\"\naccess = \"password\"\npassword = \"correct horse\"\n",
        database.display()
    );
    std::fs::write(&config, text).expect("a file");
    let address = format!("sqlite:{}", database.display());
    let store = store::Store::open(&address, "test").await.expect("a database");
    let web::samples::stories::Story { incident, timeline, .. } = web::samples::stories::own_open();
    let decision = domain::Decision { next: incident, entries: timeline, effects: Vec::new() };
    store.commit(&decision, None).await.expect("committed");
    store.close().await;
    let config = config.to_str().expect("text").to_owned();
    (folder, config)
}

#[tokio::test]
async fn a_page_is_written_down_as_files_and_what_is_gone_is_taken_away() {
    let (folder, config) = told().await;
    let to = folder.path().join("site");
    let export = ["page", "export", "--config", &config, "--json", "--to", to.to_str().expect("text")];
    let output = watchkeeper(&export);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&report["page"], &report["removed"]), (&Value::from("status"), &Value::from(0)));
    let title = web::samples::stories::own_open().incident.title;
    let home = std::fs::read_to_string(to.join("index.html")).expect("the page");
    assert!(home.contains(&title) && home.contains("href=\"./incidents/"), "{home}");
    let again: Value = serde_json::from_slice(&watchkeeper(&export).stdout).expect("JSON");
    assert_eq!((&again["files"], &again["removed"]), (&report["files"], &Value::from(0)));
    let other = std::fs::read_to_string(&config).expect("a file").replace("PROD2", "PROD1");
    std::fs::write(&config, other).expect("a file");
    let changed: Value = serde_json::from_slice(&watchkeeper(&export).stdout).expect("JSON");
    assert_eq!(changed["removed"], 3, "the incident's page and its two documents");
    let home = std::fs::read_to_string(to.join("index.html")).expect("the page");
    assert!(!home.contains(&title), "{home}");
}

#[tokio::test]
async fn a_page_that_is_not_for_everybody_is_written_down_when_that_is_said() {
    let (folder, config) = told().await;
    let to = folder.path().join("site");
    let to = to.to_str().expect("text");
    let export = ["page", "export", "--config", &config, "--to", to, "--page", "acme"];
    assert_told(&watchkeeper(&export), 2, "say `--open-to-all` if that is meant");
    assert!(!std::path::Path::new(to).exists());
    let meant: Vec<&str> = export.into_iter().chain(["--open-to-all"]).collect();
    assert_eq!(watchkeeper(&meant).status.code(), Some(0));
    assert!(std::path::Path::new(to).join("index.html").exists());
    assert_told(
        &watchkeeper(&["page", "export", "--config", &config, "--to", to, "--page", "x"]),
        2,
        "no page `x`",
    );
}
