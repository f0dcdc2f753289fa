use super::*;
use crate::bson::Document;
use proptest::prelude::*;

/// Stands for what somebody's customer typed. No part of it is a word of servers.
const SECRET: &str = "hunterzwei";

fn after() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().expect("an instant")
}

fn redacted(text: &str) -> String {
    line(text.as_bytes(), after())
}

/// Every part of the secret that tells something.
fn assert_silent(out: &str, of: &str) {
    let told = (4..=SECRET.len()).find(|length| out.contains(&SECRET[..*length]));
    assert_eq!(told, None, "{out}\nof {of}");
}

const LINES: &[&str] = &[
    r#"2024-12-14T17:00:01.000+0000 I COMMAND  [conn12] command crm.messages appName: "desk" command: find { find: "messages", filter: { body: "hunterzwei", n: { $in: [ "hunterzwei", "x" ] }, r: /hunterzwei/i, u: UUID("hunterzwei") }, sort: { ts: -1 }, comment: "hunterzwei", limit: 50, $db: "crm" } planSummary: COLLSCAN keysExamined:0 docsExamined:3000000 nreturned:1 numYields:23437 reslen:100 locks:{ Global: { acquireCount: { r: 2 } } } protocol:op_msg 1234ms"#,
    r#"2024-12-14T17:00:01.000+0000 I WRITE    [conn12] update crm.messages command: { q: { body: "hunterzwei" }, u: { $set: { name: "hunterzwei" } }, multi: true, upsert: false } planSummary: IXSCAN { ts: 1 } keysExamined:1 docsExamined:1 nMatched:1 nModified:1 numYields:0 123ms"#,
    r#"Wed Dec 14 17:00:01.000 [conn7] query crm.users query: { find: "hunterzwei", $orderby: { ts: -1 } } ntoreturn:1 nscanned:100 keyUpdates:0 locks(micros) r:100 nreturned:1 reslen:20 250ms"#,
    r#"2024-12-14T17:00:01.000+0000 E QUERY    [conn12] Plan executor error during find command: FAILURE, stats: { filter: "hunterzwei" }; cannot parse 'hunterzwei' near hunterzwei"#,
    "2024-12-14T17:00:01.000+0000 I ACCESS   [conn12] Successfully authenticated as principal hunterzwei on admin",
    "2024-12-14T17:00:01.000+0000 W STORAGE  [conn12] hunterzwei",
    r#"hunterzwei without any head { find: "x", filter: { a: "hunterzwei" } }"#,
    r#"{"t":{"$date":"2024-12-14T17:00:01.000+00:00"},"s":"I","c":"COMMAND","id":51803,"ctx":"conn12","msg":"Slow query","attr":{"type":"command","ns":"crm.messages","appName":"desk","command":{"aggregate":"messages","pipeline":[{"$match":{"body":"hunterzwei","p":"$hunterzwei"}},{"$sort":{"ts":-1}},{"$lookup":{"from":"users","localField":"u","foreignField":"_id","as":"user"}},{"$project":{"x":{"$literal":"hunterzwei"}}}],"cursor":{},"let":{"v":"hunterzwei"},"$db":"crm"},"planSummary":"COLLSCAN","errMsg":"bad \"hunterzwei\" in hunterzwei","docsExamined":3000000,"durationMillis":1234}}"#,
    r#"{"t":{"$date":"2024-12-14T17:00:01.000+00:00"},"s":"E","c":"-","id":1,"ctx":"conn12","msg":"hunterzwei","attr":{"error":{"code":11000,"codeName":"DuplicateKey","errmsg":"E11000 duplicate key error dup key: { email: \"hunterzwei\" }","keyValue":{"email":"hunterzwei"}},"user":"hunterzwei","query":{"find":"hunterzwei"}}}"#,
];

#[test]
fn no_value_is_left_of_a_line_wherever_it_was_torn() {
    for text in LINES {
        for end in 0..=text.len() {
            assert_silent(&redacted(&text[..end]), &text[..end]);
        }
    }
}

#[test]
fn what_tells_nothing_of_customers_stays() {
    let all: Vec<String> = LINES.iter().map(|text| redacted(text)).collect();
    insta::assert_snapshot!(all.join("\n"));
}

fn bson(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (key, value) in fields {
        body.push(value[0]);
        body.extend_from_slice(key.as_bytes());
        body.push(0);
        body.extend_from_slice(&value[1..]);
    }
    let mut out = u32::try_from(body.len() + 5).expect("small").to_le_bytes().to_vec();
    out.extend_from_slice(&body);
    out.push(0);
    out
}

fn text(value: &str) -> Vec<u8> {
    let mut out = vec![2];
    out.extend_from_slice(&u32::try_from(value.len() + 1).expect("small").to_le_bytes());
    out.extend_from_slice(value.as_bytes());
    out.push(0);
    out
}

fn nested(kind: u8, document: &[u8]) -> Vec<u8> {
    [&[kind], document].concat()
}

fn number(value: i32) -> Vec<u8> {
    [&[0x10], value.to_le_bytes().as_slice()].concat()
}

#[test]
fn a_reply_keeps_figures_and_names_only() {
    let filter = bson(&[("body", &text(SECRET)), ("n", &number(4711))]);
    let sort = bson(&[("ts", &number(-1)), ("n", &number(4711))]);
    let command = bson(&[
        ("find", &text("messages")),
        ("filter", &nested(3, &filter)),
        ("sort", &nested(3, &sort)),
        ("comment", &text(SECRET)),
        ("limit", &number(50)),
    ]);
    let cut = bson(&[(
        "$truncated",
        &text("{ find: \"messages\", filter: { body: \"hunterzwei\", a: { $in: [ 1, 2"),
    )]);
    let legacy = bson(&[("find", &text(SECRET))]);
    let bounds = bson(&[("0", &text(SECRET)), ("1", &text(SECRET))]);
    let reply = bson(&[
        ("ns", &text("crm.messages")),
        ("desc", &text("conn12")),
        ("user", &text(SECRET)),
        ("errmsg", &text("cannot parse 'hunterzwei' in command")),
        ("microsecs_running", &number(123_456)),
        ("command", &nested(3, &command)),
        ("originatingCommand", &nested(3, &cut)),
        ("comment", &number(4711)),
        ("query", &nested(3, &legacy)),
        ("indexBounds", &nested(3, &bson(&[("n", &nested(4, &bounds))]))),
    ]);
    let out = document(Document::read(&reply).expect("a document"));
    assert_silent(&out, "the reply");
    assert!(!out.contains("4711"), "{out}");
    insta::assert_snapshot!(out);
}

/// Documents of servers in which the secret stands at any depth under any key that clients fill.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    const KEYS: [&str; 11] =
        ["a", "find", "sort", "$match", "pipeline", "0", "name", "ns", "msg", "$lookup", "from"];
    const PLACES: [&str; 9] =
        ["filter", "q", "u", "indexBounds", "parsedQuery", "validator", "comment", "$match", "query"];
    let leaf = prop_oneof![Just(text(SECRET)), Just(number(4711)), Just(text(&format!("${SECRET}")))];
    let tree = leaf.prop_recursive(5, 40, 4, move |inner| {
        let fields = prop::collection::vec((prop::sample::select(&KEYS[..]), inner), 1..4);
        fields.prop_map(|fields| {
            let fields: Vec<(&str, &[u8])> =
                fields.iter().map(|(key, value)| (*key, value.as_slice())).collect();
            nested(3, &bson(&fields))
        })
    });
    (prop::sample::select(&PLACES[..]), tree).prop_map(|(place, tree)| bson(&[(place, &tree)]))
}

proptest! {
    #[test]
    fn nothing_of_what_clients_give_stays_at_any_depth(bytes in hostile()) {
        let out = document(Document::read(&bytes).expect("a document"));
        prop_assert!(!out.contains(SECRET) && !out.contains("4711"), "{}", out);
    }

    #[test]
    fn any_bytes_give_something(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,200}") {
        let _ = line(&bytes, after());
        let _ = words(&text);
        if let Ok(read) = Document::read(&bytes) {
            let _ = document(read);
        }
    }
}
