//! A read on the application's own way to the database hangs or fails. With the network cut between the two,
//! every figure of the server is perfect; only this one is not.

use super::rule::{Hint, Rule, Strength, duration, usually};
use super::usual::Figure;
use super::view::View;

/// At least this many seconds, and this many times the usual.
const LIMIT: (f64, f64) = (0.9, 12.0);

pub(super) const RULE: Rule =
    Rule { name: "app_path", doc: "a read on the application's own way takes over 0.9 s or fails", judge };

fn judge(view: &View<'_>) -> Option<Hint> {
    let wait = &view.app;
    let usual = view.usual.high(Figure::App);
    if wait.secs <= view.limit(Figure::App, LIMIT) && wait.failures == 0 {
        return None;
    }
    let text = match &wait.failure {
        Some(failure) if !wait.on_its_way => format!("read on the application's way failed: {failure}"),
        _ => {
            let verb = if wait.on_its_way { "on its way for" } else { "took" };
            format!(
                "read on the application's way {verb} {}{}",
                duration(wait.secs),
                usually(usual, duration)
            )
        }
    };
    Some(Hint::new(Strength::Strong, wait.basis(view.now)?, wait.since?, text))
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;
    use crate::reads::{Failure, Path};

    #[test]
    fn the_applications_way_may_be_slow_but_not_dead() {
        assert_eq!(Stage::new().took(Path::App, 0.2).hears(&RULE), None);
        assert_eq!(Stage::new().waits(Path::App, 1.0).hears(&RULE), Some(Strength::Strong));
        assert_eq!(Stage::new().failed(Path::App, Failure::NoServer).hears(&RULE), Some(Strength::Strong));
    }
}
