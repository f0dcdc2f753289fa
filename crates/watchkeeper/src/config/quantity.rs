//! Durations and sizes as they are written in the file: a whole number with a unit.
//!
//! This module never guesses a unit: a bare number is refused.

use std::time::Duration;

/// Reads `500ms`, `60s`, `5m`, `2h`, `1d`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3_600).map(Duration::from_secs),
        "d" => number.checked_mul(86_400).map(Duration::from_secs),
        _ => None,
    }
}

/// Writes a duration as [`parse_duration`] reads it, in the largest unit that is exact.
pub fn render_duration(duration: Duration) -> String {
    let ms = duration.as_millis();
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
    let (unit, length) = units
        .into_iter()
        .find(|(_, length)| ms.is_multiple_of(*length) && ms >= *length)
        .unwrap_or(("s", 1_000));
    format!("{}{unit}", ms / length)
}

/// Reads `500B`, `64kB`, `4MB`, `16MiB`.
pub fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let bytes = match unit {
        "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.checked_mul(bytes)
}

/// Writes a size as [`parse_size`] reads it, in the largest decimal unit that is exact.
pub fn render_size(bytes: u64) -> String {
    let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    let exact = units.into_iter().find(|(_, size)| bytes.is_multiple_of(*size) && bytes >= *size);
    let (unit, size) = exact.unwrap_or(("B", 1));
    format!("{}{unit}", bytes / size)
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    Some((text[..digits].parse().ok()?, text[digits..].trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit_and_read_back() {
        for text in ["500ms", "60s", "5m", "90s", "2h", "1d", "0s"] {
            let duration = parse_duration(text).expect("a duration");
            assert_eq!(parse_duration(&render_duration(duration)), Some(duration), "{text}");
        }
        assert_eq!(render_duration(Duration::from_mins(1)), "1m");
        for text in
            ["", "60", "60x", "s", "-5s", "1.5s", "1h30m", "99999999999999999999s", "9999999999999999999d"]
        {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_know_decimal_and_binary_units() {
        assert_eq!(parse_size("4MB"), Some(4_000_000));
        assert_eq!(parse_size("4 MiB"), Some(4_194_304));
        assert_eq!(render_size(4_000_000), "4MB");
        assert_eq!(render_size(4_194_304), "4194304B");
        for text in ["4", "4mb", "MB", "4 M B", "99999999999GB99"] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }
}
