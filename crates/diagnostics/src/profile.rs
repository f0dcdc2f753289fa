//! Dumps of `system.profile`, the collection into which a server writes the operations that it profiles.
//!
//! ```text
//! BSON   as mongodump writes it: one document after another
//! JSON   one document to a line, in an array, or as a shell prints them: mongoexport of any version, mongo, mongosh
//! ```
//!
//! Every document is written anew in the notation of the JSON log (`bson`, `text`) and then read like a line of it,
//! so that one operation has one shape wherever it is met. Never holds more than one document.

mod bson;
mod text;

use crate::log::{self, Line};

/// How a dump is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Documents in BSON.
    Bson,
    /// Documents in JSON or in the notation of a shell.
    Json,
}

impl Form {
    /// What begins with these bytes; nothing where that is no dump of a profile.
    pub fn of(beginning: &[u8]) -> Option<Self> {
        if let Some(document) = bson::first(beginning) {
            let mut written = Vec::new();
            bson::write(document, &mut written);
            return log::is_profiled(&written).then_some(Self::Bson);
        }
        let mut written = Vec::new();
        text::write(text::first(beginning)?, &mut written);
        log::is_profiled(&written).then_some(Self::Json)
    }

    /// Bytes up to the end of the last document that is whole.
    pub fn whole(self, bytes: &[u8]) -> usize {
        let end = |rest: &[u8]| bytes.len() - rest.len();
        match self {
            Self::Bson => bson::documents(bytes).last().map_or(0, |(_, rest)| end(rest)),
            Self::Json => text::documents(bytes).last().map_or(0, |(_, rest)| end(rest)),
        }
    }

    /// Takes in each document as the line of a log that says the same. What is no whole document is told as an
    /// unknown line.
    pub fn lines(self, bytes: &[u8], mut take_in: impl FnMut(&Line<'_>)) {
        let mut written = Vec::new();
        let mut rest = bytes;
        let mut one = |written: &mut Vec<u8>, after| {
            take_in(&log::profiled(written));
            written.clear();
            rest = after;
        };
        match self {
            Self::Bson => bson::documents(bytes).for_each(|(document, after)| {
                bson::write(document, &mut written);
                one(&mut written, after);
            }),
            Self::Json => text::documents(bytes).for_each(|(document, after)| {
                text::write(document, &mut written);
                one(&mut written, after);
            }),
        }
        // Brackets, commas and what a shell says besides are no document that was torn.
        let torn = match self {
            Self::Bson => !rest.is_empty(),
            Self::Json => rest.contains(&b'{'),
        };
        if torn {
            take_in(&log::profiled(b""));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Event;
    use proptest::prelude::*;

    fn told(form: Form, bytes: &[u8]) -> Vec<String> {
        let mut told = Vec::new();
        form.lines(bytes, |line| {
            told.push(match &line.event {
                Event::Slow(slow) => format!(
                    "{} {} ms {} | {} examined {:?} by {} from {}",
                    line.at.map_or_else(|| "-".to_owned(), |at| at.to_string()),
                    slow.millis,
                    slow.target(),
                    slow.shape().text,
                    slow.docs_examined,
                    slow.app,
                    slow.remote
                ),
                other => format!("{other:?}"),
            });
        });
        told
    }

    const ONE: &str = "2026-03-02T09:00:00.5Z 42 ms crm.messages | find filter{org:?,at:{$lt:?}} sort{at:-1} examined Some(600) by \
                       web from 10.0.0.7";

    #[test]
    fn every_notation_of_a_document_says_the_same() {
        let cases = [
            // mongoexport, canonical
            r#"{"op":"query","ns":"crm.messages","command":{"find":"messages","filter":{"org":{"$numberInt":"4"},"at":{"$lt":{"$date":{"$numberLong":"1"}}}},"sort":{"at":{"$numberInt":"-1"}},"$db":"crm"},"docsExamined":{"$numberInt":"600"},"millis":{"$numberInt":"42"},"ts":{"$date":{"$numberLong":"1772442000500"}},"client":"10.0.0.7","appName":"web"}"#,
            // mongoexport before 100, and relaxed
            r#"{ "op" : "query", "ns" : "crm.messages", "command" : { "find" : "messages", "filter" : { "org" : 4, "at" : { "$lt" : { "$date" : "2026-03-02T09:00:00.000Z" } } }, "sort" : { "at" : -1.0 } }, "docsExamined" : { "$numberLong" : "600" }, "millis" : 42, "ts" : { "$date" : "2026-03-02T09:00:00.500Z" }, "client" : "10.0.0.7", "appName" : "web" }"#,
            // mongo
            "{\n\t\"op\" : \"query\",\n\t\"ns\" : \"crm.messages\",\n\t\"command\" : {\n\t\t\"find\" : \"messages\",\n\t\t\"filter\" : {\n\t\t\t\"org\" : NumberLong(4),\n\t\t\t\"at\" : { \"$lt\" : ISODate(\"2026-03-02T09:00:00Z\") }\n\t\t},\n\t\t\"sort\" : {\n\t\t\t\"at\" : -1\n\t\t}\n\t},\n\t\"docsExamined\" : NumberLong(\"600\"),\n\t\"millis\" : 42,\n\t\"ts\" : ISODate(\"2026-03-02T09:00:00.500Z\"),\n\t\"client\" : \"10.0.0.7\",\n\t\"appName\" : \"web\"\n}\n",
            // mongosh
            "{\n  op: 'query',\n  ns: 'crm.messages',\n  command: {\n    find: 'messages',\n    filter: { org: Long('4'), at: { '$lt': ISODate('2026-03-02T09:00:00.000Z') } },\n    sort: { at: -1 },\n    lsid: { id: UUID('0f}') }\n  },\n  docsExamined: 600,\n  millis: 42,\n  ts: ISODate('2026-03-02T09:00:00.500Z'),\n  client: '10.0.0.7',\n  appName: 'web'\n}",
        ];
        for case in cases {
            assert_eq!(Form::of(case.as_bytes()), Some(Form::Json), "{case}");
            assert_eq!(told(Form::Json, case.as_bytes()), [ONE], "{case}");
            let many = format!("[\n{case},\n{case}\n]\n");
            assert_eq!(Form::of(many.as_bytes()), Some(Form::Json), "{many}");
            assert_eq!(told(Form::Json, many.as_bytes()), [ONE, ONE], "{many}");
            assert_eq!(Form::Json.whole(many.as_bytes()), many.trim_end_matches(['\n', ']']).len(), "{many}");
        }
    }

    /// A document of a few fields; enough BSON for a test.
    fn bson(fields: &[(u8, &str, &[u8])]) -> Vec<u8> {
        let body: Vec<u8> = fields
            .iter()
            .flat_map(|(kind, key, value)| [&[*kind], key.as_bytes(), &[0], value].concat())
            .collect();
        let length = u32::try_from(body.len() + 5).expect("short");
        [&length.to_le_bytes()[..], &body, &[0]].concat()
    }

    fn words(text: &str) -> Vec<u8> {
        let length = u32::try_from(text.len() + 1).expect("short");
        [&length.to_le_bytes()[..], text.as_bytes(), &[0]].concat()
    }

    fn dumped() -> Vec<u8> {
        let at = bson(&[(0x09, "$lt", &1_i64.to_le_bytes())]);
        let filter = bson(&[(0x10, "org", &4_i32.to_le_bytes()), (0x03, "at", &at)]);
        let sort = bson(&[(0x01, "at", &(-1_f64).to_le_bytes())]);
        let command =
            bson(&[(0x02, "find", &words("messages")), (0x03, "filter", &filter), (0x03, "sort", &sort)]);
        bson(&[
            (0x02, "op", &words("query")),
            (0x02, "ns", &words("crm.messages")),
            (0x03, "command", &command),
            (0x12, "docsExamined", &600_i64.to_le_bytes()),
            (0x10, "millis", &42_i32.to_le_bytes()),
            (0x09, "ts", &1_772_442_000_500_i64.to_le_bytes()),
            (0x02, "client", &words("10.0.0.7")),
            (0x02, "appName", &words("web")),
        ])
    }

    #[test]
    fn what_mongodump_writes_says_the_same_and_may_be_torn() {
        let two = [dumped(), dumped()].concat();
        assert_eq!(Form::of(&two), Some(Form::Bson));
        assert_eq!(told(Form::Bson, &two), [ONE, ONE]);
        let torn = &two[..two.len() - 3];
        assert_eq!(told(Form::Bson, torn), [ONE, "Unknown"]);
        assert_eq!(Form::Bson.whole(torn), two.len() / 2);
    }

    #[test]
    fn writes_of_old_servers_are_told_by_their_query() {
        let cases = [
            (
                r#"{"op":"update","ns":"crm.users","query":{"a":1},"updateobj":{"$set":{"b":2}},"millis":3,"ts":{"$date":1}}"#,
                "update q{a:?} u{$set:{b:?}}",
            ),
            (
                r#"{"op":"remove","ns":"crm.users","query":{"a":1},"millis":3,"ts":{"$date":1}}"#,
                "remove q{a:?}",
            ),
            (
                r#"{"op":"query","ns":"crm.users","query":{"a":1},"command":null,"millis":3,"ts":{"$date":1}}"#,
                "find filter{a:?}",
            ),
            (
                r#"{"op":"query","ns":"crm.users","query":{"find":"users","filter":{"a":1}},"millis":3,"ts":{"$date":1}}"#,
                "find filter{a:?}",
            ),
            (
                r#"{"op":"query","ns":"crm.users","query":{"find":"somebody"},"millis":3,"ts":{"$date":1}}"#,
                "find filter{find:?}",
            ),
        ];
        for (document, shape) in cases {
            let told = told(Form::Json, document.as_bytes());
            assert!(told[0].contains(&format!("crm.users | {shape} examined")), "{told:?}");
        }
    }

    #[test]
    fn logs_and_other_collections_are_no_profile() {
        let others: [&[u8]; 6] = [
            br#"{"t":{"$date":"2026-03-02T09:00:00.000Z"},"s":"I","c":"NETWORK","id":1,"ctx":"a","msg":"op ns millis","attr":{"op":"x","ns":"y","millis":1}}"#,
            b"2026-03-02T09:00:00.000+0000 I COMMAND  [conn1] command a.b command: find { op: 1, ns: 2, millis: 3 } 1ms",
            br#"[{"_id":1,"name":"Ann"}]"#,
            b"",
            b"{",
            &bson(&[(0x02, "name", &words("Ann"))]),
        ];
        for other in others {
            assert_eq!(Form::of(other), None, "{}", String::from_utf8_lossy(other));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), cut in 0_usize..400) {
            for bytes in [&bytes[..], &dumped()[..cut.min(dumped().len())]] {
                Form::of(bytes);
                for form in [Form::Bson, Form::Json] {
                    prop_assert!(form.whole(bytes) <= bytes.len());
                    form.lines(bytes, |_| ());
                }
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "[{}\\[\\]'\"/,:()a-z0-9 \\\\\n]{0,200}") {
            Form::of(text.as_bytes());
            prop_assert!(Form::Json.whole(text.as_bytes()) <= text.len());
            Form::Json.lines(text.as_bytes(), |_| ());
        }
    }
}
