//! The machine does not let the server run: the process is stopped again and again, or everything, even
//! `hello`, takes its turn in slices. A slow `hello` alone says little: our own machine may be the slow one.

use super::rule::{Hint, Rule, Strength, duration, usually};
use super::usual::Figure;
use super::view::View;

/// Share of looks at the process in which it was stopped.
const STOPPED: f64 = 0.5;
/// `hello` this slow, in seconds, and this many times the usual, is no work of the database.
const HELLO: (f64, f64) = (0.04, 12.0);

pub(super) const RULE: Rule = Rule {
    name: "frozen",
    doc: "the process is stopped half of the time, or hello takes over 40 ms and twelve times the usual",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    if let Some(stopped) = view.stopped.filter(|stopped| *stopped >= STOPPED) {
        let text = format!("the process was stopped in {:.0} % of the looks at it", stopped * 100.0);
        return Some(Hint::new(Strength::Weak, view.now, view.now - 1_000_000, text));
    }
    let usual = view.usual.high(Figure::Hello);
    if view.learned_limit(Figure::Hello, HELLO).is_none_or(|limit| view.hello.secs <= limit) {
        return None;
    }
    let text = format!("hello takes {}{}", duration(view.hello.secs), usually(usual, duration));
    Some(Hint::new(Strength::Sign, view.hello.since?, view.hello.since?, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;
    use crate::reads::Path;

    #[test]
    fn a_process_in_slices_is_heard() {
        assert_eq!(Stage::new().states(b"SSSS").hears(&RULE), None);
        assert_eq!(Stage::new().states(b"TTST").hears(&RULE), Some(Strength::Weak));
        assert_eq!(Stage::new().took(Path::Hello, 0.09).hears(&RULE), Some(Strength::Sign));
        assert_eq!(Stage::new().took(Path::Hello, 0.02).hears(&RULE), None);
    }
}
