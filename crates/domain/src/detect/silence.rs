//! Nothing at all came for a while: the server, which writes its diagnostic data every second, was frozen.
//! Live, a look that has not come back says so much earlier; this is for files.

use super::rule::{Hint, Rule, Strength, duration};
use super::view::View;

/// Data come every second; this much later, in seconds, something held the server.
const LIMIT: f64 = 2.6;

pub(super) const RULE: Rule = Rule {
    name: "silence",
    doc: "no sample of any kind for over 2.6 s, as in a file of diagnostic data while the server was frozen",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    if view.silent_secs < LIMIT || !view.offline {
        return None;
    }
    let text = format!("the server has written nothing for {}", duration(view.silent_secs));
    Some(Hint::new(Strength::Strong, view.now, view.latest?, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;
    use crate::reads::Path;

    #[test]
    fn data_that_stop_coming_are_heard() {
        assert_eq!(Stage::new().took(Path::Counters, 1.0).hears(&RULE), None);
        assert_eq!(Stage::new().took(Path::Counters, 4.0).hears(&RULE), Some(Strength::Strong));
    }
}
