//! What came back from a look, and JSON.
//!
//! This module never keeps what the domain does not know: a metric of an unknown name is passed over.

use super::fields::{Fields, Wrong, whole};
use domain::reads::{Answer, Bucket, Counters, Failure, Finished, Group, Host, InFlight, Metric, Role, Use};
use serde_json::{Map, Value, json};

/// Name and value of the field that holds an answer.
pub(super) fn render(answer: &Answer) -> (&'static str, Value) {
    match answer {
        Answer::Read => ("ok", json!(true)),
        Answer::Role(role) => ("role", json!(role.as_str())),
        Answer::Counters(counters) => ("counters", render_counters(counters)),
        Answer::InFlight(in_flight) => ("in_flight", render_in_flight(in_flight)),
        Answer::Top(uses) => ("top", uses.iter().map(render_use).collect()),
        Answer::Host(host) => ("host", render_host(host)),
        Answer::Finished(list) => ("finished", list.iter().map(render_finished).collect()),
    }
}

/// The answer that a line holds.
pub(super) fn parse(fields: &Fields<'_>) -> Result<Answer, Wrong> {
    if fields.has("ok") {
        return Ok(Answer::Read);
    }
    if fields.has("role") {
        let name = fields.text("role")?;
        let role =
            Role::from_name(name).ok_or_else(|| Wrong(format!("`role` is `{name}`, which is none")))?;
        return Ok(Answer::Role(role));
    }
    let below = |name: &str| fields.value(name).map(|value| Fields::of(value, name)).transpose();
    if let Some(counters) = below("counters")? {
        return Ok(Answer::Counters(Box::new(parse_counters(&counters)?)));
    }
    if let Some(in_flight) = below("in_flight")? {
        return Ok(Answer::InFlight(Box::new(parse_in_flight(&in_flight)?)));
    }
    if let Some(host) = below("host")? {
        return Ok(Answer::Host(parse_host(&host)?));
    }
    if fields.has("finished") {
        let one = |value| parse_finished(&Fields::of(value, "finished")?);
        let list = fields.list("finished")?.iter().map(one).collect::<Result<_, _>>()?;
        return Ok(Answer::Finished(list));
    }
    if fields.has("top") {
        return Ok(Answer::Top(fields.list("top")?.iter().map(parse_use).collect::<Result<_, _>>()?));
    }
    Err(Wrong("a look that ended without an answer and without a failure".to_owned()))
}

/// Adds the fields of a failure.
pub(super) fn render_failure(fields: &mut Map<String, Value>, failure: &Failure) {
    fields.insert("fail".to_owned(), json!(failure.as_str()));
    match failure {
        Failure::TimedOut | Failure::Refused | Failure::Closed | Failure::NoServer => {}
        Failure::Unreachable(why) | Failure::Forbidden(why) | Failure::Garbage(why) => {
            fields.insert("why".to_owned(), json!(why));
        }
        Failure::Server(code, why) => {
            fields.insert("why".to_owned(), json!(why));
            fields.insert("code".to_owned(), json!(code));
        }
    }
}

/// The failure that a line holds.
pub(super) fn parse_failure(fields: &Fields<'_>) -> Result<Failure, Wrong> {
    let why = fields.text_or_empty("why")?.to_owned();
    let code =
        || i32::try_from(fields.whole_or("code", 0)?).map_err(|_| Wrong("`code` is no code".to_owned()));
    Ok(match fields.text("fail")? {
        "timed_out" => Failure::TimedOut,
        "refused" => Failure::Refused,
        "closed" => Failure::Closed,
        "unreachable" => Failure::Unreachable(why),
        "no_server" => Failure::NoServer,
        "forbidden" => Failure::Forbidden(why),
        "server" => Failure::Server(code()?, why),
        "garbage" => Failure::Garbage(why),
        other => return Err(Wrong(format!("`fail` is `{other}`, which is no failure"))),
    })
}

fn render_counters(counters: &Counters) -> Value {
    let mut fields: Map<String, Value> =
        counters.iter().map(|(metric, value)| (metric.name().to_owned(), json!(value))).collect();
    if !counters.read_histogram.is_empty() {
        let buckets = counters.read_histogram.iter().map(|bucket| json!([bucket.from_us, bucket.count]));
        fields.insert("histogram".to_owned(), buckets.collect());
    }
    Value::Object(fields)
}

fn parse_counters(fields: &Fields<'_>) -> Result<Counters, Wrong> {
    let mut counters = Counters::default();
    for (name, value) in fields.0 {
        if let Some(metric) = Metric::from_name(name) {
            let value = whole(value).ok_or_else(|| Wrong(format!("`{name}` is no whole number")))?;
            counters.set(metric, value);
        }
    }
    let bucket = |value: &Value| {
        let [from_us, count] = numbers(value, "histogram")?;
        Ok(Bucket { from_us, count })
    };
    counters.read_histogram = fields.list("histogram")?.iter().map(bucket).collect::<Result<_, _>>()?;
    Ok(counters)
}

fn render_in_flight(in_flight: &InFlight) -> Value {
    let groups: Vec<Value> = in_flight.groups.iter().map(render_group).collect();
    json!({ "fsync": in_flight.fsync_locked, "groups": groups })
}

fn parse_in_flight(fields: &Fields<'_>) -> Result<InFlight, Wrong> {
    let groups = fields.list("groups")?.iter();
    let groups = groups.map(|group| parse_group(&Fields::of(group, "groups")?)).collect::<Result<_, _>>()?;
    Ok(InFlight { groups, fsync_locked: fields.flag("fsync")? })
}

/// What has its ordinary value is left out.
fn render_group(group: &Group) -> Value {
    let fields = [
        ("ns", json!(group.namespace)),
        ("cmd", json!(group.command)),
        ("shape", json!(group.shape)),
        ("app", json!(group.app)),
        ("plan", json!(group.plan)),
        ("msg", json!(group.message)),
        ("internal", json!(group.internal)),
        ("tailing", json!(group.tailing)),
        ("reads", json!(group.reads)),
        ("n", json!(group.count)),
        ("wait", json!(group.waiting)),
        ("oldest", json!(group.oldest_us)),
        ("total", json!(group.total_us)),
        ("older", json!(group.older)),
        ("yields", json!(group.yields)),
        ("x", json!(group.exclusive_us)),
    ];
    told(fields)
}

fn parse_group(fields: &Fields<'_>) -> Result<Group, Wrong> {
    let older = match fields.value("older") {
        Some(value) => {
            let count =
                |number: i64| u32::try_from(number).map_err(|_| Wrong("`older` is no count".to_owned()));
            let [first, second, third, fourth] = numbers(value, "older")?;
            [count(first)?, count(second)?, count(third)?, count(fourth)?]
        }
        None => [0; 4],
    };
    Ok(Group {
        namespace: fields.text_or_empty("ns")?.into(),
        command: fields.text_or_empty("cmd")?.into(),
        shape: fields.text_or_empty("shape")?.into(),
        app: fields.text_or_empty("app")?.into(),
        plan: fields.text_or_empty("plan")?.into(),
        message: fields.text_or_empty("msg")?.into(),
        internal: fields.flag("internal")?,
        tailing: fields.flag("tailing")?,
        reads: fields.flag("reads")?,
        count: fields.count("n")?,
        waiting: fields.count("wait")?,
        oldest_us: fields.whole_or("oldest", 0)?,
        total_us: fields.whole_or("total", 0)?,
        older,
        yields: fields.whole_or("yields", 0)?,
        exclusive_us: fields.whole_or("x", 0)?,
    })
}

/// What has its ordinary value is left out.
fn render_finished(one: &Finished) -> Value {
    let fields = [
        ("ns", json!(one.namespace)),
        ("cmd", json!(one.command)),
        ("shape", json!(one.shape)),
        ("app", json!(one.app)),
        ("plan", json!(one.plan)),
        ("took", json!(one.took_us)),
        ("docs", json!(one.docs_examined)),
        ("keys", json!(one.keys_examined)),
        ("returned", json!(one.returned)),
        ("yields", json!(one.yields)),
        ("bytes", json!(one.bytes_read)),
        ("waited", json!(one.waited_us)),
        ("replanned", json!(one.replanned)),
        ("multi", json!(one.multi_planned)),
    ];
    told(fields)
}

fn parse_finished(fields: &Fields<'_>) -> Result<Finished, Wrong> {
    Ok(Finished {
        namespace: fields.text_or_empty("ns")?.into(),
        command: fields.text_or_empty("cmd")?.into(),
        shape: fields.text_or_empty("shape")?.into(),
        app: fields.text_or_empty("app")?.into(),
        plan: fields.text_or_empty("plan")?.into(),
        took_us: fields.whole_or("took", 0)?,
        docs_examined: fields.whole_or("docs", 0)?,
        keys_examined: fields.whole_or("keys", 0)?,
        returned: fields.whole_or("returned", 0)?,
        yields: fields.whole_or("yields", 0)?,
        bytes_read: fields.whole_or("bytes", 0)?,
        waited_us: fields.whole_or("waited", 0)?,
        replanned: fields.flag("replanned")?,
        multi_planned: fields.flag("multi")?,
    })
}

/// The fields that do not have their ordinary value.
fn told<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let ordinary = [json!(""), json!(false), json!(0), json!([0, 0, 0, 0])];
    let told = fields.into_iter().filter(|(_, value)| !ordinary.contains(value));
    told.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}

fn render_use(one: &Use) -> Value {
    json!([one.namespace, one.read_us, one.reads, one.write_us, one.writes])
}

fn parse_use(value: &Value) -> Result<Use, Wrong> {
    let wrong = || Wrong("`top` holds something else than a name and four numbers".to_owned());
    let [namespace, figures @ ..] = value.as_array().map(Vec::as_slice).ok_or_else(wrong)? else {
        return Err(wrong());
    };
    let figures: Vec<i64> = figures.iter().filter_map(whole).collect();
    let [read_us, reads, write_us, writes] = figures[..] else { return Err(wrong()) };
    let namespace = namespace.as_str().ok_or_else(wrong)?.to_owned();
    Ok(Use { namespace, read_us, reads, write_us, writes })
}

fn render_host(host: &Host) -> Value {
    let state = if host.state == 0 { String::new() } else { char::from(host.state).to_string() };
    json!({
        "state": state,
        "cpu_us": host.cpu_us,
        "cpu_pressure_us": host.cpu_pressure_us,
        "io_pressure_us": host.io_pressure_us,
    })
}

fn parse_host(fields: &Fields<'_>) -> Result<Host, Wrong> {
    Ok(Host {
        state: fields.text_or_empty("state")?.bytes().next().unwrap_or(0),
        cpu_us: fields.whole_or("cpu_us", 0)?,
        cpu_pressure_us: fields.whole_or("cpu_pressure_us", -1)?,
        io_pressure_us: fields.whole_or("io_pressure_us", -1)?,
    })
}

/// A list of exactly so many whole numbers.
fn numbers<const N: usize>(value: &Value, name: &str) -> Result<[i64; N], Wrong> {
    let list = value.as_array().map(|list| list.iter().filter_map(whole).collect::<Vec<_>>());
    let exact = list.and_then(|list| <[i64; N]>::try_from(list).ok());
    exact.ok_or_else(|| Wrong(format!("`{name}` is no list of {N} whole numbers")))
}
