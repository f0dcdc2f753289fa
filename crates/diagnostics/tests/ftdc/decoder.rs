//! What the decoder takes, refuses and steps over.

use super::encoder::{Bson, Plain, chunk, varint};
use diagnostics::ftdc::{Column, Flaw, Limits, Piece, Reader, Trouble, Wanted};
use proptest::prelude::*;

/// Names and values of a chunk that was taken, and what was not.
#[derive(Debug, Default, PartialEq)]
struct Got {
    chunks: Vec<Vec<(String, Vec<i64>)>>,
    troubles: Vec<Trouble>,
    metadata: Vec<Option<i32>>,
}

fn read_with(file: &[u8], limits: Limits) -> Got {
    let mut got = Got::default();
    let mut reader = Reader::new(file, Wanted::all()).with_limits(limits);
    while let Some(piece) = reader.read() {
        match piece {
            Piece::Metadata(metadata) => got.metadata.push(metadata.count),
            Piece::Trouble(trouble) => got.troubles.push(trouble),
            Piece::Chunk(chunk) => got.chunks.push(
                (0..chunk.schema().len())
                    .map(|index| {
                        let name = chunk.schema().name(index).expect("a name").to_owned();
                        (name, chunk.column(index).expect("a column").iter().collect())
                    })
                    .collect(),
            ),
        }
    }
    got
}

fn read(file: &[u8]) -> Got {
    read_with(file, Limits::default())
}

fn column(name: &str, values: &[i64]) -> (String, Vec<i64>) {
    (name.to_owned(), values.to_vec())
}

/// One metric `a` with those values.
fn simple(id: i64, values: &[i64]) -> Vec<u8> {
    Plain::new(Bson::new().long("a", values[0]), &[values.to_vec()]).document(id)
}

#[test]
fn every_type_of_value_becomes_its_metric() {
    let reference = Bson::new()
        .date("start", 1_700_000_000_000)
        .document(
            "serverStatus",
            &Bson::new()
                .text("host", "db1.acme.test")
                .double("fraction", 3.9)
                .double("none", f64::NAN)
                .double("endless", f64::INFINITY)
                .double("below", -2.9)
                .flag("yes", true)
                .int("small", -7)
                .long("large", i64::MIN)
                .raw(0x0A, "nothing", &[])
                .raw(0x07, "id", &[7; 12])
                .binary("hash", b"abc")
                .raw(0x0B, "pattern", b"^a\0i\0"),
        )
        .array("members", &Bson::new().document("0", &Bson::new().int("state", 1)).int("1", 5))
        .timestamp("optime", 1_700_000_001, 9);
    let first = [
        ("start", 1_700_000_000_000),
        ("serverStatus.fraction", 3),
        ("serverStatus.none", 0),
        ("serverStatus.endless", i64::MAX),
        ("serverStatus.below", -2),
        ("serverStatus.yes", 1),
        ("serverStatus.small", -7),
        ("serverStatus.large", i64::MIN),
        ("members.0.state", 1),
        ("members.1", 5),
        ("optime", 1_700_000_001),
        ("optime.inc", 9),
    ];
    let columns: Vec<_> = first.iter().map(|(_, value)| vec![*value]).collect();
    let got = read(&Plain::new(reference, &columns).document(1));
    assert_eq!(got.troubles, []);
    assert_eq!(got.chunks, [first.map(|(name, value)| column(name, &[value])).to_vec()]);
}

#[test]
fn values_fall_wrap_and_stand_still_across_columns() {
    let reference = Bson::new().long("falls", 100).long("still", 5).long("too", 6).long("wraps", i64::MAX);
    let columns = vec![
        vec![100, 90, 90, 90, 90],
        vec![5; 5],
        vec![6; 5],
        vec![i64::MAX, i64::MAX, i64::MAX, i64::MIN, 0],
    ];
    let plain = Plain::new(reference, &columns);
    // One run covers the end of the first column, two whole ones and the beginning of the last: 3 + 4 + 4 + 2.
    assert_eq!(plain.deltas[10..12], [0, 12], "{:?}", plain.deltas);
    let got = read(&plain.document(1));
    let names = ["falls", "still", "too", "wraps"];
    let expected: Vec<_> = names.iter().zip(&columns).map(|(name, values)| column(name, values)).collect();
    assert_eq!(got.chunks, [expected]);
}

#[test]
fn a_key_that_occurs_twice_is_two_metrics() {
    let mount = |capacity| Bson::new().long("capacity", capacity);
    let mounts = Bson::new()
        .document("/boot/efi", &mount(10))
        .document("/boot/efi", &mount(20))
        .document("/", &mount(30));
    let file =
        Plain::new(Bson::new().document("mounts", &mounts), &[vec![10, 11], vec![20, 22], vec![30, 33]])
            .document(1);
    let got = read(&file);
    assert_eq!(
        got.chunks,
        [[
            column("mounts./boot/efi.capacity", &[10, 11]),
            column("mounts./boot/efi.capacity", &[20, 22]),
            column("mounts./.capacity", &[30, 33])
        ]]
    );
    let mut reader =
        Reader::new(&file, Wanted::these(["mounts./.capacity", "gone", "mounts./boot/efi.capacity"]));
    let Some(Piece::Chunk(chunk)) = reader.read() else { panic!("no chunk") };
    assert_eq!(chunk.named("mounts./.capacity"), Some(Column::Moving(&[30, 33])));
    assert_eq!(chunk.named("gone"), None);
    assert_eq!(
        chunk.named("mounts./boot/efi.capacity"),
        Some(Column::Moving(&[10, 11])),
        "the first of its name"
    );
    assert_eq!(chunk.column(1), Some(Column::Moving(&[20, 22])), "the second is there too");
}

#[test]
fn metrics_come_and_go_and_a_schema_is_kept_while_they_stay() {
    let one = |host: &str, a| Plain::new(Bson::new().text("host", host).long("a", a), &[vec![a, a + 1]]);
    let two = Plain::new(Bson::new().text("host", "x").long("a", 5).long("b", 6), &[vec![5, 5], vec![6, 9]]);
    let file = [
        one("db1", 1).document(1),
        one("db2", 2).document(2),
        one("a longer name", 3).document(3),
        two.document(4),
        one("db1", 4).document(5),
    ]
    .concat();
    let mut reader = Reader::new(&file, Wanted::these(["b", "a"]));
    let mut seen = Vec::new();
    let mut schemas: Vec<std::sync::Arc<_>> = Vec::new();
    while let Some(piece) = reader.read() {
        let Piece::Chunk(chunk) = piece else { panic!("{piece:?}") };
        let values = |name| chunk.named(name).map(|column| column.iter().collect::<Vec<_>>());
        seen.push((values("b"), values("a")));
        if !schemas.last().is_some_and(|last| std::sync::Arc::ptr_eq(last, chunk.schema())) {
            schemas.push(chunk.schema().clone());
        }
    }
    assert_eq!(
        seen,
        [
            (None, Some(vec![1, 2])),
            (None, Some(vec![2, 3])),
            (None, Some(vec![3, 4])),
            (Some(vec![6, 9]), Some(vec![5, 5])),
            (None, Some(vec![4, 5])),
        ]
    );
    assert_eq!(schemas.len(), 3, "texts of other lengths are no new metrics");
}

#[test]
fn a_torn_tail_loses_only_itself() {
    let whole = [simple(1, &[1, 2, 3]), simple(2, &[4, 5, 6])].concat();
    let second = simple(1, &[1, 2, 3]).len();
    for end in second + 1..whole.len() {
        let got = read(&whole[..end]);
        assert_eq!(got.chunks, [[column("a", &[1, 2, 3])]], "cut at {end}");
        assert_eq!(got.troubles, [Trouble::Torn { at: second }], "cut at {end}");
    }
    assert_eq!(read(&whole).troubles, []);
    assert_eq!(read(&[]), Got::default());
}

#[test]
fn what_lies_between_documents_is_stepped_over() {
    let noise = [0; 100];
    let file = [&noise[..], &simple(1, &[1]), b"\x09_id\0 not quite", &simple(2, &[2]), &noise].concat();
    let got = read(&file);
    assert_eq!(got.chunks, [[column("a", &[1])], [column("a", &[2])]]);
    let first = simple(1, &[1]).len();
    assert_eq!(
        got.troubles,
        [
            Trouble::Skipped { at: 0, bytes: 100 },
            Trouble::Skipped { at: 100 + first, bytes: 15 },
            Trouble::Skipped { at: file.len() - 100, bytes: 100 },
        ]
    );
}

#[test]
fn metadata_and_its_changes_are_told_apart() {
    let doc = || Bson::new().document("buildInfo", &Bson::new().text("version", "8.0.1"));
    let file = [
        Bson::new().date("_id", 1).int("type", 0).document("doc", &doc()).bytes(),
        Bson::new().date("_id", 2).int("type", 2).int("count", 4).document("doc", &doc()).bytes(),
        Bson::new().date("_id", 3).int("type", 7).document("doc", &doc()).bytes(),
        Bson::new().date("_id", 4).int("type", 0).bytes(),
    ]
    .concat();
    let got = read(&file);
    assert_eq!(got.metadata, [None, Some(4)]);
    assert!(
        matches!(
            got.troubles[..],
            [Trouble::Unknown { kind: 7, .. }, Trouble::Broken { flaw: Flaw::Bson, .. }]
        ),
        "{:?}",
        got.troubles
    );
}

#[test]
fn a_chunk_that_does_not_add_up_is_refused_and_the_next_is_read() {
    let good = Plain::new(Bson::new().long("a", 1).long("b", 2), &[vec![1, 2, 3], vec![2, 2, 2]]);
    let with = |change: &dyn Fn(&mut Plain)| {
        let mut plain = good.clone();
        change(&mut plain);
        plain.document(1)
    };
    let length = good.bytes().len();
    let mut flipped = good.document(1);
    let end = flipped.len();
    flipped[end - 3] ^= 1;
    let mut over_long = Vec::new();
    varint(&mut over_long, u64::MAX);
    let last = over_long.len() - 1;
    over_long[last] = 0x81;
    over_long.push(1);
    let cases = [
        (with(&|plain| plain.metrics = 3), Flaw::Metrics { declared: 3, found: 2 }),
        (with(&|plain| plain.further = 3), Flaw::Deltas),
        (with(&|plain| plain.further = 1), Flaw::Deltas),
        (with(&|plain| plain.deltas.push(0)), Flaw::Deltas),
        (with(&|plain| plain.deltas.clear()), Flaw::Deltas),
        (with(&|plain| plain.deltas = over_long.clone()), Flaw::Deltas),
        (with(&|plain| plain.further = u32::MAX), Flaw::TooLarge("points")),
        (with(&|plain| plain.reference = Bson::new().raw(0x44, "a", &[])), Flaw::Bson),
        (chunk(1, length + 1, &good.bytes()), Flaw::Inflate),
        (chunk(1, length - 1, &good.bytes()), Flaw::Inflate),
        (chunk(1, 3 << 30, &good.bytes()), Flaw::TooLarge("inflated bytes")),
        (chunk(1, 3, b"abc"), Flaw::Bson),
        (flipped, Flaw::Inflate),
    ];
    for (broken, flaw) in cases {
        let got = read(&[broken, simple(2, &[8, 9])].concat());
        assert_eq!(got.troubles, [Trouble::Broken { at: 0, flaw }]);
        assert_eq!(got.chunks, [[column("a", &[8, 9])]], "{flaw:?}");
    }
}

#[test]
fn nesting_names_and_metrics_are_bounded() {
    let mut deep = Bson::new().int("x", 1);
    for _ in 0..300 {
        deep = Bson::new().document("d", &deep);
    }
    let deep = Plain::new(deep, &[vec![1]]).document(1);
    let flaw = |file: &[u8], limits| match read_with(file, limits).troubles[..] {
        [Trouble::Broken { flaw, .. }] => flaw,
        ref other => panic!("{other:?}"),
    };
    assert_eq!(flaw(&deep, Limits::default()), Flaw::TooLarge("nesting"));
    let wide = Plain::new(Bson::new().int("one", 1).int("two", 2), &[vec![1], vec![2]]).document(1);
    assert_eq!(flaw(&wide, Limits { metrics: 1, ..Limits::default() }), Flaw::TooLarge("metrics"));
    assert_eq!(flaw(&wide, Limits { names: 4, ..Limits::default() }), Flaw::TooLarge("names"));
    assert_eq!(read_with(&wide, Limits { names: 6, ..Limits::default() }).troubles, []);
    assert_eq!(
        read_with(&wide, Limits { document: wide.len() - 1, ..Limits::default() }).troubles,
        [Trouble::Skipped { at: 0, bytes: wide.len() }]
    );
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_whole_and_in_part(
        columns in (1_usize..40).prop_flat_map(|samples| prop::collection::vec(
            prop_oneof![
                any::<i64>().prop_map(move |value| vec![value; samples]),
                prop::collection::vec(-3_i64..3, samples),
                prop::collection::vec(any::<i64>(), samples),
            ],
            1..12,
        )),
        asked in prop::collection::vec(any::<bool>(), 12),
    ) {
        let names: Vec<_> = (0..columns.len()).map(|index| format!("m{index}")).collect();
        let reference = names.iter().zip(&columns).fold(Bson::new(), |bson, (name, column)| bson.long(name, column[0]));
        let file = Plain::new(reference, &columns).document(1);
        let expected: Vec<_> = names.iter().cloned().zip(columns.iter().cloned()).collect();
        prop_assert_eq!(read(&file), Got { chunks: vec![expected], ..Got::default() });

        let asked: Vec<_> = (0..columns.len()).filter(|index| asked[*index]).collect();
        let mut reader = Reader::new(&file, Wanted::these(asked.iter().map(|index| names[*index].as_str())));
        let Some(Piece::Chunk(chunk)) = reader.read() else { panic!("no chunk") };
        for index in asked {
            let column = chunk.named(&names[index]).expect("a column that was asked for");
            prop_assert_eq!(column.iter().collect::<Vec<_>>(), columns[index].clone());
            prop_assert_eq!(column.get(columns[index].len()), None);
            prop_assert_eq!(column.get(0), Some(columns[index][0]));
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic_or_go_in_circles(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let mut file = [simple(1, &[1, 2, 3]), simple(2, &[4, 4, 4]), simple(3, &[7, 8, 8])].concat();
        for (at, byte) in cuts {
            let at = at.index(file.len());
            file[at] = byte;
        }
        let got = read(&file);
        prop_assert!(got.chunks.len() + got.troubles.len() <= 6);
    }
}
