//! Both databases have the same migrations, by number.
//!
//! Never reads the SQL: the store's tests compare the tables that come out.

use std::collections::BTreeMap;

use super::{File, Finding, Tree};

const FOLDER: &str = "crates/store/migrations/";
const SIDES: [&str; 2] = ["sqlite", "postgres"];

pub(super) fn same_numbers(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let [here, there] = SIDES.map(|side| numbered(tree, side, &mut findings));
    for (side, ours, theirs) in [(SIDES[1], &here, &there), (SIDES[0], &there, &here)] {
        for (number, file) in ours.iter().filter(|(number, _)| !theirs.contains_key(*number)) {
            findings.push(file.finding(1, format!("migration {number} has no counterpart for {side}")));
        }
    }
    findings
}

/// The migrations of one database by number; what has no number or a taken one is found.
fn numbered<'a>(tree: &'a Tree, side: &str, findings: &mut Vec<Finding>) -> BTreeMap<&'a str, &'a File> {
    let folder = format!("{FOLDER}{side}/");
    let mut files = BTreeMap::new();
    for file in &tree.files {
        let Some(name) = file.path.strip_prefix(&folder) else { continue };
        match number(name) {
            None => findings.push(file.finding(1, "is not named `NNNN_verb_object.sql`".to_owned())),
            Some(number) => {
                if files.insert(number, file).is_some() {
                    findings.push(file.finding(1, format!("number {number} is taken twice")));
                }
            }
        }
    }
    files
}

/// `0007` of `0007_add_leases.sql`.
fn number(name: &str) -> Option<&str> {
    let (number, rest) = name.split_once('_')?;
    let digits = number.len() == 4 && number.chars().all(|digit| digit.is_ascii_digit());
    (digits && rest.strip_suffix(".sql").is_some_and(|words| !words.is_empty())).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::super::example::{lines, tree};
    use super::*;

    fn migrations(names: &[&str]) -> Tree {
        let paths: Vec<String> = names.iter().map(|name| format!("{FOLDER}{name}")).collect();
        tree(&paths.iter().map(|path| (path.as_str(), "")).collect::<Vec<_>>())
    }

    #[test]
    fn a_migration_on_one_side_only_is_found() {
        let tree = migrations(&[
            "sqlite/0001_create_all.sql",
            "postgres/0001_create_all.sql",
            "sqlite/0002_add_x.sql",
        ]);
        assert_eq!(
            lines(same_numbers(&tree)),
            [
                "crates/store/migrations/sqlite/0002_add_x.sql:1: migration 0002 has no counterpart for postgres"
            ]
        );
    }

    #[test]
    fn a_number_missing_or_taken_twice_is_found() {
        let names = ["sqlite/0001_a.sql", "sqlite/0001_b.sql", "postgres/0001_a.sql", "postgres/notes.sql"];
        let found = lines(same_numbers(&migrations(&names)));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].ends_with("number 0001 is taken twice"));
        assert!(found[1].ends_with("is not named `NNNN_verb_object.sql`"));
    }
}
