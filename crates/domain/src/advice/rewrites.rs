//! Other wordings of a query that would serve it better than any index. A new rule is one line in [`RULES`].

use super::predicate::{Predicate, Test};
use super::query::Query;

/// A rule: its name, what it looks for, and what it says.
pub struct Rule {
    /// One word for programs.
    pub name: &'static str,
    fires: fn(&Query) -> bool,
    /// What to do.
    pub says: &'static str,
}

/// A page further down than this many documents is stepped to one document at a time.
const FAR: u64 = 1_000;
/// A longer list of values is read value by value, and cannot be ordered by an index.
const LONG_LIST: usize = 200;

/// Every rule.
pub const RULES: &[Rule] = &[
    Rule {
        name: "search_in_text",
        fires: |query| tests(query).any(|predicate| predicate.test == Test::Search),
        says: "a regular expression that does not begin with `^` and a fixed text, or ignores case, reads every text: \
               ask for the beginning, keep a lower-case copy to ask for, or use a text index",
    },
    Rule {
        name: "negation",
        fires: |query| {
            let every = query.filter.every();
            let negates = |predicate: &&Predicate| {
                matches!(predicate.operator.as_deref(), Some("$ne" | "$nin" | "$not"))
            };
            !every.is_empty() && every.iter().all(negates)
        },
        says: "`$ne`, `$nin` and `$not` ask for nearly everything: name the values that are wanted, with `$in`",
    },
    Rule {
        name: "skip",
        fires: |query| query.skip.is_some_and(|skip| skip == 0 || skip > FAR),
        says: "`skip` reads all that it steps over: ask for what comes after the last document of the page before, \
               with a range on the fields of the order",
    },
    Rule {
        name: "code",
        fires: |query| query.filter.any_opaque() == Some("$where"),
        says: "`$where` runs JavaScript for each document: say it with ordinary operators, or keep its result in a field",
    },
    Rule {
        name: "unbounded_join",
        fires: |query| query.joins && query.filter.is_empty() && !query.limited,
        says: "`$lookup` runs once for each document before it: put `$match` or `$limit` before it",
    },
    Rule {
        name: "no_limit",
        fires: |query| !query.sort.is_empty() && !query.limited && query.command == "find",
        says: "it orders all that it finds and returns all of it: give it a `limit`",
    },
    Rule {
        name: "long_list",
        fires: |query| {
            tests(query).any(|predicate| matches!(predicate.test, Test::In(count) if count > LONG_LIST))
        },
        says: "`$in` with hundreds of values is read value by value and cannot use an index for the order: ask in parts, \
               or keep what the values have in common in a field",
    },
    Rule {
        name: "purge",
        fires: |query| {
            let alone = matches!(&query.filter.all[..], [Predicate { test: Test::Range, .. }]);
            query.command == "delete" && alone && query.filter.any.is_empty()
        },
        says: "if this removes old documents again and again, an index with `expireAfterSeconds` on the field does it \
               little by little",
    },
];

/// What fires for a query.
pub fn rewrites(query: &Query) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().filter(|rule| (rule.fires)(query))
}

fn tests(query: &Query) -> impl Iterator<Item = &Predicate> {
    query.filter.every().into_iter()
}
