//! Numbers in as few bytes as they need: seven bits a byte, small ones of either sign first.
//!
//! Never reads beyond what it is given.

/// Appends a number.
pub(crate) fn write(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap_or_default());
}

/// Appends a number of either sign.
pub(crate) fn write_signed(out: &mut Vec<u8>, number: i64) {
    write(out, ((number << 1) ^ (number >> 63)).cast_unsigned());
}

/// Takes a number off the front; `None` where there is none.
pub(crate) fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f).checked_shl(shift)?;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Takes a number of either sign off the front.
pub(crate) fn read_signed(bytes: &mut &[u8]) -> Option<i64> {
    let number = read(bytes)?;
    Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_nothing_is_read_beyond_the_end() {
        let numbers = [0, 1, -1, 63, -64, 64, 1_000_000, i64::MAX, i64::MIN];
        let mut bytes = Vec::new();
        for number in numbers {
            write_signed(&mut bytes, number);
        }
        assert_eq!(bytes[..4], [0, 2, 1, 126], "small ones take a byte");
        let mut rest = bytes.as_slice();
        for number in numbers {
            assert_eq!(read_signed(&mut rest), Some(number));
        }
        assert_eq!(read_signed(&mut rest), None);
        assert_eq!(read(&mut [0xff_u8; 20].as_slice()), None, "no number is that long");
        assert_eq!(read(&mut [0xff_u8; 3].as_slice()), None);
    }
}
