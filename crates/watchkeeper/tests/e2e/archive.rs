//! Archives: the same files in a folder and in buckets of each vendor, through the guard of all our requests.

use crate::support::bucket::FakeBucket;
use std::path::Path;
use watchkeeper::archive::Archive;
use watchkeeper::config::reader::Surroundings;
use watchkeeper::config::{ArchiveConfig, Config};

/// The section as an operator would write it.
fn read(to: &str, allowed: &str) -> Result<(ArchiveConfig, Config), String> {
    let text = format!("[archive]\nto = {to}\n\n[fetch]\nallow_hosts = [{allowed}]\n");
    let surroundings = Surroundings { folder: "/".into(), variable: |_| None };
    let config = Config::read(&text, Path::new("test.toml"), &surroundings);
    config.map(|config| (config.archive.clone(), config)).map_err(|mistakes| mistakes.to_string())
}

fn opened(to: &str, allowed: &str) -> Archive {
    let (archive, config) = read(to, allowed).expect("a configuration");
    Archive::open(&archive.to, &config.fetch).expect("it opens")
}

#[tokio::test]
async fn files_are_kept_found_and_taken_away_wherever_the_archive_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let bucket = FakeBucket::start().await;
    let (endpoint, host) = (&bucket.endpoint, bucket.endpoint.replace("http://", ""));
    let key = format!(
        "'''{{\"gcs_base_url\": \"{endpoint}\", \"disable_oauth\": true, \"client_email\": \"\", \"private_key\": \"\", \"private_key_id\": \"\"}}'''"
    );
    let s3 = format!(
        "{{ url = \"s3://one/in/it\", endpoint = \"{endpoint}\", access_key_id = \"a\", secret_access_key = \"b\" }}"
    );
    let google = format!("{{ url = \"gs://two\", service_account_key = {key} }}");
    let azure = format!(
        "{{ url = \"az://three/x\", endpoint = \"{endpoint}\", account_name = \"a\", access_key = \"c2VjcmV0\" }}"
    );
    let allowed = format!("\"{host}\"");
    for (to, listed) in [
        (format!("\"{}\"", folder.path().join("made").display()), true),
        (
            format!("\"file://{}\"", folder.path().join("by url").display().to_string().replace(' ', "%20")),
            true,
        ),
        (s3, true),
        (google, true),
        (azure, false),
    ] {
        let archive = opened(&to, &allowed);
        assert_eq!(archive.load("evidence/a.txt").await.expect("it answers"), None, "{to}");
        archive.put("evidence/a.txt", "first".into(), "text/plain").await.expect("kept");
        archive.put("evidence/a.txt", "again".into(), "text/plain").await.expect("kept");
        let bytes = archive.load("evidence/a.txt").await.expect("it answers").expect("it is there");
        assert_eq!(bytes, "again", "{to}");
        if listed {
            let list = archive.list("evidence").await.expect("it answers");
            let paths: Vec<_> = list.iter().map(|kept| (kept.path.as_str(), kept.bytes)).collect();
            assert_eq!(paths, [("evidence/a.txt", 5)], "{to}");
        }
        assert!(archive.remove("evidence/a.txt").await.expect("it answers"), "{to}");
        archive.remove("evidence/a.txt").await.expect("what is gone is gone");
        assert!(archive.put("../a.txt", "x".into(), "text/plain").await.is_err(), "{to}");
    }
    let written = bucket.take_written();
    assert_eq!(written.iter().filter(|path| *path == "one/in/it/evidence/a.txt").count(), 2, "{written:?}");
    assert!(bucket.objects().is_empty());
}

#[tokio::test]
async fn an_archive_is_guarded_like_everything_and_repeats_no_key() {
    let refused =
        read("{ url = \"s3://one\", endpoint = \"http://127.0.0.1:9000\" }", "").expect_err("refused");
    assert!(refused.contains("fetch.allow_hosts"), "{refused}");
    // Without keys the role of the machine is asked for, at an address that is guarded.
    let error = opened("\"s3://one\"", "").load("a").await.expect_err("nobody is asked");
    assert!(format!("{error:#}").contains("169.254.169.254"), "{error:#}");

    let bucket = FakeBucket::start().await;
    bucket.break_down(true);
    let allowed = format!("\"{}\"", bucket.endpoint.replace("http://", ""));
    let endpoint = &bucket.endpoint;
    let azure = format!(
        "{{ url = \"az://three\", endpoint = \"{endpoint}\", account_name = \"a\", sas_key = \"sv=1&sig=s3cret\" }}"
    );
    let error = opened(&azure, &allowed).load("a").await.expect_err("refused");
    assert!(!format!("{error:#}").contains("s3cret"), "{error:#}");
    assert!(format!("{error:#}").contains("403"), "{error:#}");
    let (config, _) = read(&azure, &allowed).expect("a configuration");
    assert!(!format!("{config:?}").contains("s3cret"), "{config:?}");
    for (to, wrong) in [
        ("{ url = \"s3://one\", sas_key = \"s3cret\" }", "of no use for this `url`"),
        ("\"s3://key:s3cret@one\"", "neither a folder nor a bucket"),
        ("\"ftp://one/two\"", "neither a folder nor a bucket"),
    ] {
        let refused = read(to, "").expect_err("refused");
        assert!(refused.contains(wrong) && !refused.contains("s3cret"), "{refused}");
    }
}
