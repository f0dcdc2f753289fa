//! Measurements arrive at a collector as OTLP wants them.

use super::*;
use crate::clock::Clock;
use crate::config::FetchConfig;
use crate::http::Fetcher;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use url::Url;
use web::live::Live;
use web::samples::{now, reads};

/// A collector: what it is sent comes out of the channel; it answers with these bytes.
async fn collector(status: StatusCode, answer: &'static str) -> (Url, mpsc::Receiver<(HeaderMap, Value)>) {
    let (sender, received) = mpsc::channel(8);
    let take = async move |State(sender): State<mpsc::Sender<(HeaderMap, Value)>>,
                           headers: HeaderMap,
                           body: Bytes| {
        let body = serde_json::from_slice(&body).expect("JSON");
        sender.send((headers, body)).await.expect("the test listens");
        (status, [("retry-after", "120")], answer).into_response()
    };
    let router = Router::new().route("/v1/metrics", post(take)).with_state(sender);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}/v1/metrics").parse().expect("a URL"), received)
}

fn fetcher(allowed: bool) -> Fetcher {
    let mut config = FetchConfig::default();
    if allowed {
        config.allow_hosts.add("127.0.0.1").expect("an address");
    }
    Fetcher::new(&config).expect("a client")
}

fn config(otlp: Url) -> ExportConfig {
    let headers = HeaderMap::from_iter([(
        axum::http::header::AUTHORIZATION,
        "Bearer s3cret".parse().expect("a value"),
    )]);
    ExportConfig { otlp, headers, interval: Duration::from_secs(15) }
}

fn portraits() -> Vec<web::live::Portrait> {
    let live = Live::default();
    reads::tell(&live);
    live.databases().iter().map(|database| database.glance()).collect()
}

#[tokio::test]
async fn a_collector_is_sent_every_series_with_its_headers() {
    let (url, mut received) = collector(StatusCode::OK, "{}").await;
    let config = config(url);
    let body = body::metrics(&portraits(), reads::ago(600), now()).expect("something is watched");
    fetcher(true).post_json(&config.otlp, &config.headers, body.to_string()).await.expect("taken");
    let (headers, body) = received.recv().await.expect("sent");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["authorization"], "Bearer s3cret");
    let resource = &body["resourceMetrics"][0];
    assert_eq!(resource["resource"]["attributes"][0]["value"]["stringValue"], "watchkeeper");
    let metrics = resource["scopeMetrics"][0]["metrics"].as_array().expect("metrics");
    assert_eq!(metrics.len(), 19 + 3);
    let named = |name: &str| metrics.iter().find(|metric| metric["name"] == name).expect(name);
    let hot = named("watchkeeper.reads.hot_read_ms");
    assert_eq!(hot["unit"], "ms");
    let point = &hot["gauge"]["dataPoints"][0];
    assert_eq!(point["asDouble"], 30_000.0);
    assert_eq!(point["timeUnixNano"], now().as_nanosecond().to_string());
    assert_eq!(point["attributes"][1]["value"]["stringValue"], reads::NODES[0]);
    let stall = named("watchkeeper.stall")["gauge"]["dataPoints"].as_array().expect("points");
    assert_eq!(stall.iter().filter(|point| point["asInt"] == "1").count(), 1);
    let failed = &named("watchkeeper.looks.failed")["sum"];
    assert_eq!((&failed["aggregationTemporality"], &failed["isMonotonic"]), (&2.into(), &true.into()));
    assert_eq!(failed["dataPoints"][0]["asInt"], "1");
}

#[tokio::test]
async fn a_special_address_is_refused_unless_it_is_allowed() {
    let (url, mut received) = collector(StatusCode::OK, "{}").await;
    let config = config(url);
    let refused = fetcher(false).post_json(&config.otlp, &config.headers, "{}".to_owned()).await;
    assert!(matches!(refused, Err(FetchError::Refused(_))), "{refused:?}");
    assert!(received.try_recv().is_err(), "nothing was sent");
}

#[tokio::test]
async fn a_collector_that_is_busy_is_left_alone_for_as_long_as_it_asks() {
    let (url, _received) = collector(StatusCode::SERVICE_UNAVAILABLE, "").await;
    let config = config(url);
    let error =
        fetcher(true).post_json(&config.otlp, &config.headers, "{}".to_owned()).await.expect_err("busy");
    assert_eq!(after_failure(&config, 1, &error), Duration::from_mins(2));
    let broken = FetchError::Broken { reason: String::new() };
    let pauses = [1, 2, 3, 9].map(|failures| after_failure(&config, failures, &broken).as_secs());
    assert_eq!(pauses, [30, 60, 120, 300]);
}

#[test]
fn points_that_were_not_taken_are_noticed() {
    let told = |answer: &str| partly_refused(answer.as_bytes());
    assert_eq!(told("{}"), None);
    assert_eq!(told("not JSON"), None);
    assert_eq!(told(r#"{"partialSuccess":{"rejectedDataPoints":"0"}}"#), None);
    let refused = told(r#"{"partialSuccess":{"rejectedDataPoints":"7","errorMessage":"too old"}}"#);
    assert!(refused.is_some_and(|words| words.contains('7') && words.contains("too old")));
}

#[tokio::test]
async fn the_running_program_exports() {
    let (url, mut received) = collector(StatusCode::OK, "{}").await;
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        "listen = \"127.0.0.1:0\"\n[fetch]\nallow_hosts = [\"127.0.0.1\"]\n[export]\notlp = \"{url}\"\n\
         headers = [{{ env = \"COLLECTOR\" }}]\ninterval = \"1s\"\n"
    );
    let surroundings = crate::config::reader::Surroundings {
        folder: folder.path().to_owned(),
        variable: |name| (name == "COLLECTOR").then(|| "Authorization: Bearer s3cret".to_owned()),
    };
    let config = crate::config::Config::read(&text, std::path::Path::new("test.toml"), &surroundings);
    let config = config.expect("a configuration without a mistake");
    assert!(!format!("{config:?}").contains("s3cret"));
    let app = crate::app::App::start(config, Clock::System).await.expect("it starts");
    reads::tell(app.parts().site.live());
    let (headers, body) = received.recv().await.expect("sent");
    assert_eq!(headers["authorization"], "Bearer s3cret");
    assert!(body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].is_array());
    app.stop().await;
}
