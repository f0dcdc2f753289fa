//! Bounds, and what readers are told.

use super::*;
use crate::samples::at;
use domain::reads::{Group, Moment, Series};
use futures_util::StreamExt;

fn live() -> Live {
    let live = Live::default();
    live.watch(vec![WatchedDatabase {
        name: Slug::from_name("prod1").expect("a slug"),
        title: "PROD1".into(),
        environment: None,
    }]);
    live
}

fn frame(hot_ms: f32) -> Frame {
    let mut frame = Frame::new(Moment::default());
    frame.set(Series::HotMs, hot_ms);
    frame
}

fn second(number: i64) -> Timestamp {
    Timestamp::from_second(at("2025-02-12T09:00:00Z").as_second() + number).expect("in range")
}

#[test]
fn ten_minutes_of_sixty_four_nodes_are_kept_and_no_more() {
    let live = live();
    for number in 0..700 {
        live.frames("prod1", second(number), &[("a:27017".into(), frame(1.0))]);
    }
    for number in 0..100 {
        live.frames("prod1", second(700 + number), &[(format!("n{number}:27017").into(), frame(1.0))]);
    }
    live.frames("elsewhere", second(0), &[("a:27017".into(), frame(1.0))]);
    let portrait = live.database("prod1").expect("watched").portrait();
    assert_eq!(portrait.nodes.len(), MOST_NODES);
    assert!(
        portrait.nodes.iter().all(|(name, _)| &**name != "a:27017"),
        "the one not heard of for longest goes"
    );
    let one = Live::default();
    one.watch(vec![portrait.watched]);
    for number in 0..700 {
        one.frames("prod1", second(number), &[("a:27017".into(), frame(1.0))]);
    }
    let node = one.database("prod1").expect("watched").portrait().nodes.remove(0).1;
    assert_eq!(node.frames.len(), SECONDS);
    assert_eq!(node.frames.front().map(|(at, _)| *at), Some(second(100)));
    one.frames("prod1", second(650), &[("a:27017".into(), frame(2.0))]);
    let node = one.database("prod1").expect("watched").portrait().nodes.remove(0).1;
    assert_eq!(node.latest().map(|(at, _)| *at), Some(second(650)), "a clock that was set back is followed");
}

#[test]
fn in_flight_and_failures_are_bounded() {
    let live = live();
    let group = Group { shape: "x".repeat(9_000).into(), ..Group::default() };
    live.in_flight("prod1", "a:27017", second(0), &InFlight { groups: vec![group; 500], fsync_locked: true });
    for number in 0..500 {
        let path = Path::Hot(format!("crm.c{number}").into());
        live.look_failed("prod1", "a:27017", second(number), &path, &Failure::TimedOut);
    }
    let node = live.database("prod1").expect("watched").portrait().nodes.remove(0).1;
    let (_, in_flight) = node.in_flight.expect("told");
    assert_eq!((in_flight.groups.len(), in_flight.groups[0].shape.len()), (40, 2_000));
    assert!(in_flight.fsync_locked);
    assert_eq!(node.failures.len(), 64);
    assert_eq!(node.last_failure.expect("told").1, "hot:crm.c499");
}

#[test]
fn read_times_are_differences_and_a_restart_of_the_node_is_none() {
    let live = live();
    let used = |read_us| Use { namespace: "crm.messages".into(), read_us, ..Use::default() };
    let told = |number: i64, read_us: i64| live.uses("prod1", "a:27017", second(number), &[used(read_us)]);
    assert_eq!(told(0, 1_000_000), None, "what was before we looked belongs to no minute");
    assert_eq!(told(10, 1_000_500), None);
    assert_eq!(told(20, 100), None, "the node was restarted");
    let minute = told(60, 107).expect("the minute is over");
    assert_eq!(minute.at, second(0));
    assert_eq!(minute.times, [ReadTime { namespace: "crm.messages".into(), read_us: 600 }]);
    assert_eq!(told(120, 107).map(|minute| minute.times[0].read_us), Some(7));
    assert_eq!(told(180, 107), None, "nothing was read");
}

#[test]
fn a_database_is_unknown_until_it_is_heard_of_and_again_when_it_falls_silent() {
    let live = live();
    let condition = |number| live.database("prod1").expect("watched").glance().condition(second(number));
    assert_eq!(condition(0), Condition::Unknown);
    live.frames("prod1", second(1), &[("a:27017".into(), frame(1.0))]);
    assert_eq!(condition(15), Condition::Quiet);
    assert_eq!(condition(16), Condition::Unknown);
}

#[tokio::test]
async fn a_reader_is_told_everything_and_then_each_second_until_it_is_closed() {
    use axum::response::IntoResponse;
    let live = live();
    live.frames("prod1", second(1), &[("a:27017".into(), frame(0.5))]);
    let database = live.database("prod1").expect("watched");
    let stream = live.stream(&database, second(2), || false).expect("a place");
    assert_eq!(live.readers(), 1);
    let mut body = stream.into_response().into_body().into_data_stream();
    let mut next = async || {
        let bytes = body.next().await?.expect("no error");
        Some(String::from_utf8(bytes.to_vec()).expect("text"))
    };
    let begin = next().await.expect("a message");
    assert!(begin.contains("event: begin") && begin.contains("\"hot_read_ms\":[0.5]"), "{begin}");
    live.frames("prod1", second(2), &[("a:27017".into(), frame(0.75))]);
    let frames = next().await.expect("a message");
    assert!(frames.contains("event: frames") && frames.contains("\"hot_read_ms\":0.75"), "{frames}");
    live.close();
    assert_eq!(next().await, None);
    assert!(live.stream(&database, second(2), || false).is_none(), "a closing site begins nothing");
}
