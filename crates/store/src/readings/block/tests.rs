//! Blocks come back as they were packed, and broken ones are refused.

use super::*;
use domain::reads::frame::SERIES;
use proptest::prelude::*;

fn any_block() -> impl Strategy<Value = Block> {
    let value = prop_oneof![3 => Just(None), 3 => (-500_000_i64..500_000).prop_map(Some), 1 => any::<i64>().prop_map(Some)];
    let column = (0_u64..80, prop::collection::vec(value, 0..300));
    (1_usize..300, prop::collection::vec(column, 0..12)).prop_map(|(slots, columns)| {
        let mut block = Block::new(slots);
        for (column, values) in columns {
            for (slot, value) in values.iter().enumerate().filter(|(slot, _)| *slot < slots) {
                if let Some(value) = value {
                    block.set_raw(Column(column), slot, *value);
                }
            }
        }
        block
    })
}

proptest! {
    #[test]
    fn a_block_comes_back_as_it_was_packed(block in any_block()) {
        let bytes = block.pack().expect("packed");
        prop_assert_eq!(Block::unpack(&bytes, |_| true), Ok(block));
    }

    #[test]
    fn a_torn_block_is_refused_or_read_and_never_panics(block in any_block(), cut in 0_usize..4_000, flip: u8) {
        let mut bytes = block.pack().expect("packed");
        bytes.truncate(cut);
        if let Some(byte) = bytes.last_mut() {
            *byte ^= flip;
        }
        // What is torn inside the packed part is found by gzip; anything else must merely not panic.
        let _outcome = Block::unpack(&bytes, |_| true);
    }

    #[test]
    fn plain_bytes_of_any_kind_never_panic(bytes: Vec<u8>) {
        let _outcome = unpack_columns(&bytes, |_| true);
    }
}

#[test]
fn every_series_has_columns_of_its_own() {
    let mut columns: Vec<Column> = SERIES
        .iter()
        .flat_map(|line| {
            [Column::mean(line.series), Column::least(line.series), Column::greatest(line.series)]
        })
        .collect();
    columns.sort_unstable();
    columns.dedup();
    assert_eq!(columns.len(), SERIES.len() * 3);
}

#[test]
fn values_are_kept_in_hundredths_and_what_is_no_number_is_left_out() {
    let mut block = Block::new(3);
    let column = Column::mean(Series::HotMs);
    block.set(column, 0, 0.314_15);
    block.set(column, 1, f32::NAN);
    block.set(column, 9, 1.0);
    let back = Block::unpack(&block.pack().expect("packed"), |_| true).expect("unpacked");
    assert_eq!(back.get(column, 0), Some(0.31));
    assert_eq!(back.get(column, 1), None);
    assert_eq!(back.get(column, 9), None);
    let without = Block::unpack(&block.pack().expect("packed"), |_| false).expect("unpacked");
    assert_eq!(without.get(column, 0), None, "columns that nobody wants are passed over");
}

#[test]
fn another_version_is_refused_by_its_number() {
    let error = Block::unpack(&[9, 0], |_| true).expect_err("refused");
    assert!(error.to_string().contains("version `9`"), "{error}");
    assert!(Block::unpack(&[], |_| true).is_err());
}
