//! The watch over reads, for those who are signed in: all databases, and one of them.

pub mod all;
pub mod one;

use crate::live::Condition;
use crate::view::sign::Sign;

/// How a database stands, as a sign.
pub(crate) fn sign(condition: Condition) -> Sign {
    match condition {
        Condition::Quiet => Sign { tone: "ok", icon: "ok", label: "Reads flow" },
        Condition::Unknown => Sign { tone: "un", icon: "un", label: "Not heard of" },
        Condition::Strain => Sign { tone: "dg", icon: "dg", label: "Strained" },
        Condition::Stall => Sign { tone: "mo", icon: "mo", label: "Reads stall" },
    }
}
