//! The node does not even say hello: it is frozen, gone, cut off, or takes no new connections. Its other
//! figures are then as old as its last answer; that there is no answer is the only news.

use super::rule::{Hint, Rule, Strength, duration};
use super::usual::Figure;
use super::view::View;
use super::window::Wait;
use crate::reads::Role;

/// `hello` takes less than a millisecond; one this late, in seconds, will not come soon. And it must be this
/// many times the usual: a far-away node is not a silent one.
const LIMIT: (f64, f64) = (0.9, 15.0);

pub(super) const RULE: Rule = Rule {
    name: "no_answer",
    doc: "the node does not say hello within 0.9 s, on a kept or on a fresh connection, or refuses",
    judge,
};

fn judge(view: &View<'_>) -> Option<Hint> {
    let late = |wait: &Wait, figure| wait.secs > view.limit(figure, LIMIT) || wait.failures > 0;
    let kept = late(&view.hello, Figure::Hello);
    let fresh = late(&view.fresh, Figure::Fresh);
    let wait = match (kept, fresh) {
        (false, false) => return None,
        (true, _) if !fresh || view.hello.secs >= view.fresh.secs => &view.hello,
        _ => &view.fresh,
    };
    let which = match (kept, fresh) {
        (true, true) => "neither a kept nor a fresh connection answers",
        (true, false) => "the kept connection does not answer",
        (false, _) => "fresh connections are not answered, kept ones are",
    };
    let text = match &wait.failure {
        Some(failure) if !wait.on_its_way => format!("hello failed: {failure}; {which}"),
        _ => format!("no answer to hello for {}; {which}", duration(wait.secs)),
    };
    // A secondary that is gone is somebody's work, but users read elsewhere.
    let alone = view.role.is_none_or(Role::serves_alone);
    let strength = if alone { Strength::Strong } else { Strength::Note };
    Some(Hint::new(strength, wait.basis(view.now)?, wait.since?, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;
    use crate::reads::{Failure, Path};

    #[test]
    fn silence_counts_less_on_a_member_that_serves_nobody_alone() {
        let cases = [
            (Stage::new().took(Path::Hello, 0.002).took(Path::Fresh, 0.004), None),
            (Stage::new().took(Path::Hello, 0.5), None),
            (Stage::new().waits(Path::Hello, 1.1), Some(Strength::Strong)),
            (Stage::new().role(Role::Primary).failed(Path::Fresh, Failure::Refused), Some(Strength::Strong)),
            (Stage::new().role(Role::Secondary).failed(Path::Fresh, Failure::Refused), Some(Strength::Note)),
        ];
        for (index, (stage, wanted)) in cases.iter().enumerate() {
            assert_eq!(stage.hears(&RULE), *wanted, "case {index}");
        }
    }

    #[test]
    fn exhausted_connections_are_told_from_silence() {
        let (_, text) =
            Stage::new().took(Path::Hello, 0.001).failed(Path::Fresh, Failure::Closed).says(&RULE).unwrap();
        assert_eq!(
            text,
            "hello failed: connection closed; fresh connections are not answered, kept ones are"
        );
    }
}
