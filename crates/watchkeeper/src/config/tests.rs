//! Whole files: the good, and one for each way of being bad.

use super::*;
use std::net::SocketAddr;
use std::time::Duration;

fn surroundings() -> Surroundings {
    let variable = |name: &str| match name {
        "DATABASE" => Some("postgres://wk:s3cret@db/wk\n".to_owned()),
        "MONGODB" => Some("mongodb://app:s3cret@proxy/\n".to_owned()),
        "WATCHKEEPER_KEY" => Some("1".repeat(64)),
        "STATUS_PASSWORD" => Some("correct horse".to_owned()),
        "HOLDS_A_PASSWORD" => Some("s3cret".to_owned()),
        _ => None,
    };
    Surroundings { folder: PathBuf::from("/etc/watchkeeper"), variable }
}

fn read(text: &str) -> Result<Config, Mistakes> {
    Config::read(text, Path::new("watchkeeper.toml"), &surroundings())
}

#[test]
fn every_bad_file_is_told_all_its_mistakes() {
    insta::glob!("../../tests/config", "*.toml", |path| {
        let text = std::fs::read_to_string(path).expect("a fixture");
        let file = Path::new(path.file_name().expect("a name"));
        let mistakes = Config::read(&text, file, &surroundings()).expect_err("a bad file").to_string();
        assert!(!mistakes.contains("s3cret"), "{mistakes}");
        // A new format changes no message: what is listed is not worded here.
        let formats: Vec<String> =
            feeds::FORMATS.iter().map(|format| format!("\"{}\"", format.name)).collect();
        let mistakes = mistakes.replace(&formats.join(", "), "EVERY FORMAT");
        insta::with_settings!({ omit_expression => true, description => text.as_str() }, {
            insta::assert_snapshot!(mistakes);
        });
    });
}

#[test]
fn an_empty_file_is_all_defaults() {
    let config = read("").expect("nothing is required");
    assert_eq!(config.server.listen, SocketAddr::from(([127, 0, 0, 1], 8080)));
    assert_eq!(config.server.store, Storage::Sqlite("/etc/watchkeeper/watchkeeper.db".into()));
    assert_eq!(config.pages, [PageConfig::default()]);
    assert!(config.environments.is_empty() && config.vendors.is_empty());
}

#[test]
fn every_key_arrives_where_it_belongs() {
    let config = read(
        r#"
        listen = "[::1]:9000"
        public_url = "https://status.example.org/acme"
        store = { env = "DATABASE" }
        [page]
        name = " Acme "
        about = "Everything."
        [[environment]]
        name = "PROD1"
        components = ["Web Client", { name = "API", group = "Core" }]
        [[database]]
        name = "CRM"
        environment = "prod1"
        kind = "mongodb"
        uri = "mongodb://wk:s3cret@db1:27017,db2:27017/?replicaSet=crm"
        app_uri = { env = "MONGODB" }
        namespaces = ["crm.messages", "crm.a.b"]
        affects = ["API", "Web Client"]
        quiet = "30s"
        [[vendor]]
        name = "Acme Cloud"
        url = "https://status.acme.example"
        components = ["API", "Web*"]
        interval = "5m"
        [fetch]
        allow_hosts = ["status.internal:8080", "127.0.0.1"]
        user_agent = "acme-watch"
        connect_timeout = "1s"
        header_timeout = "2s"
        total_timeout = "3s"
        max_body = "1MB"
        max_redirects = 0
        [log]
        format = "json"
        level = "debug"
        "#,
    )
    .expect("a good file");
    assert_eq!(config.server.store.address(), "postgres://wk:s3cret@db/wk");
    assert_eq!(
        (config.pages[0].name.as_str(), config.pages[0].about.as_deref()),
        ("Acme", Some("Everything."))
    );
    let components = &config.environments[0].components;
    assert_eq!(components[1].group.as_deref(), Some("Core"));
    let database = &config.databases[0];
    assert_eq!((database.slug.as_str(), database.environment.as_str()), ("crm", "prod1"));
    assert_eq!(database.app_uri.as_ref().map(database::Uri::as_str), Some("mongodb://app:s3cret@proxy/"));
    assert_eq!(database.namespaces, ["crm.messages", "crm.a.b"]);
    let affects: Vec<String> = database.affects.iter().map(environment::ComponentConfig::key).collect();
    assert_eq!(
        (affects, database.quiet_for),
        (vec!["Core/API".into(), "Web Client".into()], Duration::from_secs(30))
    );
    let vendor = &config.vendors[0];
    assert_eq!((vendor.slug.as_str(), vendor.interval), ("acme-cloud", Duration::from_mins(5)));
    assert!(vendor.counts("Web Client") && !vendor.counts("Mail"));
    assert_eq!(config.fetch.total_timeout, Duration::from_secs(3));
    assert_eq!((config.fetch.max_body, config.fetch.max_redirects), (1_000_000, 0));
    assert_eq!((config.log.format, config.log.level), (log::LogFormat::Json, tracing::Level::DEBUG));
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn the_store_may_still_be_called_database() {
    for text in ["database = \"sqlite:old.db\"", "store = \"sqlite:old.db\""] {
        assert_eq!(read(text).expect(text).server.store, Storage::Sqlite("/etc/watchkeeper/old.db".into()));
    }
}

#[test]
fn an_environment_without_components_gets_those_that_its_databases_affect() {
    let config = read(
        r#"
        [[environment]]
        name = "PROD1"
        [[database]]
        name = "CRM"
        environment = "PROD1"
        uri = "mongodb://db1/"
        affects = ["API"]
        [[database]]
        name = "Search"
        environment = "PROD1"
        uri = "mongodb://db2/"
        affects = ["API", "Search"]
        "#,
    )
    .expect("a good file");
    let names: Vec<&str> = config.environments[0].components.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["API", "Search"]);
    assert_eq!(config.databases[1].affects, config.environments[0].components);
}

#[test]
fn the_example_passes_its_own_check_with_and_without_its_optional_lines() {
    let example = example();
    read(&example).expect("the example as it is");
    let is_key = |line: &str| {
        let sets =
            |key: &section::Key| line.strip_prefix(key.name).is_some_and(|rest| rest.starts_with(" = "));
        SECTIONS.iter().flat_map(|section| section.keys).any(sets)
    };
    let uncomment = |line: &str| match line.strip_prefix("# ") {
        Some(rest) if rest.contains(" = ") && is_key(rest) => rest.to_owned(),
        _ => line.to_owned(),
    };
    let full: Vec<String> = example.lines().map(uncomment).collect();
    assert!(full.len() > 40 && full.iter().any(|line| line.starts_with("max_redirects")));
    // What it says is beside it is there.
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config/beside");
    let surroundings = Surroundings { folder: beside, ..surroundings() };
    let read = Config::read(&full.join("\n"), Path::new("watchkeeper.toml"), &surroundings);
    read.expect("the example with every line in force");
}

#[test]
fn the_defaults_that_are_documented_are_those_that_hold() {
    let silent = read("").expect("an empty file");
    let stated: String = SECTIONS
        .iter()
        .filter(|section| !section.many)
        .map(|section| {
            let default = |key: &section::Key| match key.need {
                section::Need::Default(value) => format!("{} = {value}\n", key.name),
                _ => String::new(),
            };
            let keys: String = section.keys.iter().map(default).collect();
            section.header().unwrap_or_default() + "\n" + &keys
        })
        .collect();
    assert_eq!(format!("{:?}", read(&stated).expect("the defaults")), format!("{silent:?}"));
}

#[test]
fn every_section_and_key_is_named_once_and_documented() {
    let mut names: Vec<&str> = SECTIONS.iter().map(|section| section.name).collect();
    names.extend(server::SECTION.keys.iter().map(|key| key.name));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    for section in SECTIONS {
        assert!(section.doc.ends_with('.'), "{}", section.name);
        for key in section.keys {
            assert!(key.doc.ends_with('.') && !key.form.is_empty(), "{}.{}", section.name, key.name);
        }
    }
}

#[test]
fn a_missing_file_says_how_to_begin() {
    let error = Config::load(Path::new("/nonexistent/watchkeeper.toml")).expect_err("no such file");
    assert!(error.to_string().contains("watchkeeper config example > watchkeeper.toml"), "{error}");
}
