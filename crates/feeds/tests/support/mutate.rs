//! Documents broken on purpose, the same ones every time.

#![expect(
    clippy::unnecessary_wraps,
    reason = "every mutation has the same signature; some do not suit every document"
)]

use serde_json::Value;

/// A small random number generator (xorshift), so that a seed gives the same mutants everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 11).unwrap_or(0) % bound.max(1)
    }

    /// One of several, if there are any.
    fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}

/// What must follow from a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// The document means the same: so must the report.
    None,
    /// The document lost something that is read: there must be a warning or an error.
    Damage,
    /// Nobody can say: it must only not panic.
    Unjudged,
}

/// A broken document.
pub(crate) struct Mutant {
    pub(crate) bytes: Vec<u8>,
    pub(crate) kind: &'static str,
    pub(crate) harm: Harm,
    /// Bytes after which reading must stop.
    pub(crate) limit: usize,
}

/// Fields that the readers look at, so that breaking one must be noticed. `*` is any position in a list.
const READ: [&str; 31] = [
    "page",
    "page/name",
    "page/url",
    "page/time_zone",
    "page/updated_at",
    "page/status_indicator",
    "status/indicator",
    "components",
    "incidents",
    "scheduled_maintenances",
    "incident",
    "component/id",
    "component/name",
    "component/status",
    "components/*/id",
    "components/*/name",
    "components/*/status",
    "components/*/group",
    "components/*/group_id",
    "title",
    "home_page_url",
    "items",
    "items/*/id",
    "items/*/title",
    "items/*/url",
    "items/*/content_html",
    "items/*/date_published",
    "items/*/date_modified",
    "items/*/tags",
    "items/*/tags/*",
    "status",
];

/// Where incidents stand, and what is read of each.
const INCIDENTS: [&str; 4] = ["incidents/*/", "scheduled_maintenances/*/", "incident/", "*/"];
const READ_OF_INCIDENT: [&str; 22] = [
    "id",
    "name",
    "status",
    "impact",
    "shortlink",
    "created_at",
    "started_at",
    "resolved_at",
    "scheduled_for",
    "scheduled_until",
    "components",
    "components/*/id",
    "components/*/name",
    "incident_updates",
    "incident_updates/*/id",
    "incident_updates/*/status",
    "incident_updates/*/body",
    "incident_updates/*/created_at",
    "incident_updates/*/updated_at",
    "incident_updates/*/affected_components",
    "incident_updates/*/affected_components/*/code",
    "incident_updates/*/affected_components/*/new_status",
];

const LIMIT: usize = 4 * 1024 * 1024;

type Mutation = fn(&str, &mut Random) -> Option<(Vec<u8>, Harm)>;

const MUTATIONS: [(&str, Mutation); 9] = [
    ("cut", cut),
    ("wrong type", wrong_type),
    ("deep nesting", deep_nesting),
    ("utf-16", utf16),
    ("broken utf-16", broken_utf16),
    ("lone surrogate", lone_surrogate),
    ("entity bomb", entity_bomb),
    ("bytes that are no text", no_text),
    ("flipped bytes", flipped),
];

/// A mutant of a document. The kind may be one that suits any document.
pub(crate) fn mutant(original: &str, random: &mut Random) -> Mutant {
    if random.below(MUTATIONS.len() + 1) == MUTATIONS.len() {
        let limit = 1 + random.below(original.trim_end().len() - 1);
        return Mutant { bytes: original.into(), kind: "oversized", harm: Harm::Damage, limit };
    }
    loop {
        let (kind, mutation) = MUTATIONS[random.below(MUTATIONS.len())];
        if let Some((bytes, harm)) = mutation(original, random) {
            return Mutant { bytes, kind, harm, limit: LIMIT };
        }
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

fn boundary(text: &str, random: &mut Random) -> usize {
    text.floor_char_boundary(random.below(text.len()))
}

fn cut(text: &str, random: &mut Random) -> Option<(Vec<u8>, Harm)> {
    let whole = text.trim_end();
    Some((whole.as_bytes()[..random.below(whole.len())].to_vec(), Harm::Damage))
}

fn wrong_type(text: &str, random: &mut Random) -> Option<(Vec<u8>, Harm)> {
    let mut json: Value = serde_json::from_str(text).ok()?;
    // A bare incident stands where the lists below expect a page.
    if json.get("incident_updates").is_some() {
        return None;
    }
    let mut paths = Vec::new();
    read_fields(&json, "", &mut paths);
    let path = random.pick(&paths)?.clone();
    let value = json.pointer_mut(&path)?;
    let others = [
        Value::from(true),
        Value::from(2.5),
        Value::from("\u{FFFD}"),
        Value::from(vec![Value::Null]),
        serde_json::json!({ "x": 1 }),
    ];
    let same = |other: &Value| std::mem::discriminant(other) == std::mem::discriminant(value);
    let other = others[random.below(others.len())].clone();
    if same(&other) {
        return None;
    }
    // An id may be a number or a text.
    if value.is_number() && other.is_string() {
        return None;
    }
    *value = other;
    Some((json.to_string().into_bytes(), Harm::Damage))
}

/// Gathers the fields that are read. Of groups nothing is, except that they are groups.
fn read_fields(json: &Value, path: &str, paths: &mut Vec<String>) {
    let below = |key: &str| format!("{path}/{key}");
    match json {
        Value::Object(fields) => {
            let group = fields.get("group") == Some(&Value::Bool(true));
            for (key, value) in
                fields.iter().filter(|(key, value)| !value.is_null() && (!group || *key == "group"))
            {
                if is_read(&below(key)) {
                    paths.push(below(key));
                }
                read_fields(value, &below(key), paths);
            }
        }
        Value::Array(entries) => {
            for (i, entry) in entries.iter().enumerate() {
                if is_read(&below(&i.to_string())) && entry.is_string() {
                    paths.push(below(&i.to_string()));
                }
                read_fields(entry, &below(&i.to_string()), paths);
            }
        }
        _ => {}
    }
}

fn is_read(path: &str) -> bool {
    let is_position = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<_> = path[1..].split('/').map(|part| if is_position(part) { "*" } else { part }).collect();
    let path = parts.join("/");
    let of_incident =
        |place: &&str| path.strip_prefix(*place).is_some_and(|field| READ_OF_INCIDENT.contains(&field));
    READ.contains(&path.as_str()) || INCIDENTS.iter().any(of_incident)
}

fn deep_nesting(text: &str, random: &mut Random) -> Option<(Vec<u8>, Harm)> {
    let depth = 150 + random.below(3_000);
    let (at, nested) = if is_json(text) {
        let values: Vec<_> = text.match_indices(": \"").map(|(at, _)| at).collect();
        let at = *random.pick(&values)? + 2;
        (at, format!("{}{},", r#"{"a":["#.repeat(depth), "]}".repeat(depth)).replace("},", "},\"b\":"))
    } else {
        let titles: Vec<_> = text.match_indices("<title").map(|(at, _)| at).collect();
        (*random.pick(&titles)?, format!("{}{}", "<x>".repeat(depth), "</x>".repeat(depth)))
    };
    Some((format!("{}{nested}{}", &text[..at], &text[at..]).into_bytes(), Harm::Damage))
}

fn utf16(text: &str, random: &mut Random) -> Option<(Vec<u8>, Harm)> {
    let mark = if random.below(2) == 0 { "\u{FEFF}" } else { "" };
    Some((encode(&format!("{mark}{text}"), random.below(2) == 0), Harm::None))
}

fn encode(text: &str, big: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

fn broken_utf16(text: &str, random: &mut Random) -> Option<(Vec<u8>, Harm)> {
    let mut bytes = encode(text.trim_end(), random.below(2) == 0);
    let length = 3 + 2 * random.below(bytes.len() / 2 - 2);
    bytes.truncate(length);
    Some((bytes, Harm::Damage))
}

fn lone_surrogate(text: &str, random: &mut Random) -> Option<(Vec<u8>, Harm)> {
    let (marks, surrogate) = if is_json(text) { (": \"", "\\ud83d") } else { ("<title>", "&#xD83D;") };
    let ends: Vec<_> = text.match_indices(marks).map(|(at, found)| at + found.len()).collect();
    let at = *random.pick(&ends)?;
    Some((format!("{}{surrogate}{}", &text[..at], &text[at..]).into_bytes(), Harm::Damage))
}

fn entity_bomb(text: &str, random: &mut Random) -> Option<(Vec<u8>, Harm)> {
    if is_json(text) {
        return None;
    }
    let root = text.find("<rss").or_else(|| text.find("<feed"))?;
    let mut bomb = String::from("<!DOCTYPE x [<!ENTITY e0 \"boom\">");
    for i in 1..=1 + random.below(40) {
        let inner = format!("&e{};", i - 1).repeat(10);
        bomb = format!("{bomb}<!ENTITY e{i} \"{inner}\">");
    }
    bomb.push_str("]>");
    let used = text[root..].replacen("<title>", "<title>&e1;&e9;", 2);
    Some((format!("{}{bomb}{used}", &text[..root]).into_bytes(), Harm::Damage))
}

fn no_text(text: &str, random: &mut Random) -> Option<(Vec<u8>, Harm)> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.insert(boundary(text, random), 0xFF);
    Some((bytes, Harm::Damage))
}

/// Bytes that mean something to one of the readers.
const MARKS: &[u8] = b"\"'<>&{}[],:\\/ \n\0\x1b;#-=0u";

fn flipped(text: &str, random: &mut Random) -> Option<(Vec<u8>, Harm)> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len());
        match random.below(3) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => drop(bytes.remove(at)),
            _ => bytes.insert(at, MARKS[random.below(MARKS.len())]),
        }
    }
    Some((bytes, Harm::Unjudged))
}
