//! Figures of measurements as people read them: three digits and a unit. `static/reads.js` writes them by
//! the same rules.

/// What a value measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds.
    Ms,
    /// A number of things.
    Count,
    /// Things a second.
    PerS,
    /// A share.
    Percent,
}

impl Unit {
    /// Name that the script knows it by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ms => "ms",
            Self::Count => "count",
            Self::PerS => "per_s",
            Self::Percent => "percent",
        }
    }

    /// `0.31 ms`, `1.2 s`, `12.3k`, `78 %`.
    pub fn write(self, value: f32) -> String {
        match self {
            Self::Ms if value >= 120_000.0 => format!("{} min", digits(value / 60_000.0)),
            Self::Ms if value >= 1_000.0 => format!("{} s", digits(value / 1_000.0)),
            Self::Ms => format!("{} ms", digits(value)),
            Self::Count => thousands(value),
            Self::PerS => format!("{}/s", thousands(value)),
            Self::Percent => format!("{} %", digits(value)),
        }
    }
}

fn thousands(value: f32) -> String {
    match value {
        value if value >= 1e6 => format!("{}M", digits(value / 1e6)),
        value if value >= 1e4 => format!("{}k", digits(value / 1e3)),
        _ => digits(value),
    }
}

/// Three digits that mean something, no zero at the end.
fn digits(value: f32) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_and_a_unit() {
        let cases = [
            (Unit::Ms, 0.314, "0.31 ms"),
            (Unit::Ms, 12.0, "12 ms"),
            (Unit::Ms, 30_000.0, "30 s"),
            (Unit::Ms, 100_000.0, "100 s"),
            (Unit::Ms, 150_000.0, "2.5 min"),
            (Unit::Count, 0.0, "0"),
            (Unit::Count, 412.0, "412"),
            (Unit::Count, 12_345.0, "12.3k"),
            (Unit::PerS, 2_500_000.0, "2.5M/s"),
            (Unit::Percent, 78.25, "78.2 %"),
        ];
        for (unit, value, expected) in cases {
            assert_eq!(unit.write(value), expected);
        }
    }
}
