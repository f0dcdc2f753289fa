//! Who may depend on whom: our crates on each other, and the pure crates on the world.
//!
//! Never looks at the whole graph of dependencies: that is `deny.toml`'s.

use std::collections::HashMap;

use serde_json::Value;

use super::{Finding, Tree};

/// Each crate with those of ours it may use. Arrows point down only.
const LAYERS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("feeds", &["domain"]),
    ("diagnostics", &["domain"]),
    ("engines", &["domain"]),
    ("notifiers", &["domain"]),
    ("store", &["domain"]),
    ("web", &["domain", "store"]),
    ("watchkeeper", &["domain", "feeds", "diagnostics", "engines", "notifiers", "store", "web"]),
    ("xtask", &[]),
];

/// The crates without input or output, and all the outside crates they may use. `xtask` is here to stay small.
const PURE: &[(&str, &[&str])] = &[
    ("domain", &["jiff", "sha2"]),
    ("feeds", &["encoding_rs", "jiff", "quick-xml", "serde", "serde_json", "url"]),
    ("notifiers", &["base64", "jiff", "minijinja", "ring", "serde", "serde_json", "url"]),
    ("diagnostics", &["flate2", "jiff", "memchr", "serde", "serde_json"]),
    ("xtask", &["anyhow", "serde_json"]),
];

/// What any crate may use in its tests.
const IN_TESTS: &[&str] = &["insta", "proptest", "serde_json", "tempfile"];

/// A crate depends on ours as the layers allow, and every crate has its place there.
pub(super) fn layers(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages(tree) {
        let Some(allowed) = allowed(LAYERS, package.name) else {
            findings.push(package.finding(
                tree,
                "",
                format!("crate `{}` has no place in the layers", package.name),
            ));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|dependency| dependency.ours) {
            if !allowed.contains(&dependency.name) {
                let sentence = format!("`{}` must not know `{}`", package.name, dependency.name);
                findings.push(package.finding(tree, dependency.name, sentence));
            }
        }
    }
    findings
}

/// A pure crate uses no outside crate but those listed.
pub(super) fn purity(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages(tree) {
        let Some(allowed) = allowed(PURE, package.name) else { continue };
        for dependency in package.dependencies.iter().filter(|dependency| !dependency.ours) {
            let in_tests = dependency.only_tests && IN_TESTS.contains(&dependency.name);
            if !in_tests && !allowed.contains(&dependency.name) {
                let sentence = format!("`{}` must not use the crate `{}`", package.name, dependency.name);
                findings.push(package.finding(tree, dependency.name, sentence));
            }
        }
    }
    findings
}

fn allowed<'a>(table: &[(&str, &'a [&'a str])], name: &str) -> Option<&'a [&'a str]> {
    table.iter().find(|(listed, _)| *listed == name).map(|(_, allowed)| *allowed)
}

struct Package<'a> {
    name: &'a str,
    manifest: String,
    dependencies: Vec<Dependency<'a>>,
}

struct Dependency<'a> {
    name: &'a str,
    ours: bool,
    only_tests: bool,
}

impl Package<'_> {
    /// At the line of the manifest that begins with the dependency.
    fn finding(&self, tree: &Tree, dependency: &str, sentence: String) -> Finding {
        let line = tree.file(&self.manifest).and_then(|file| {
            file.lines().find(|(_, line)| {
                !dependency.is_empty() && line.split([' ', '=', '.']).next() == Some(dependency)
            })
        });
        Finding { path: self.manifest.clone(), line: line.map_or(1, |(number, _)| number), sentence }
    }
}

fn packages(tree: &Tree) -> Vec<Package<'_>> {
    let root = tree.metadata["workspace_root"].as_str().unwrap_or_default();
    let listed = tree.metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    listed.iter().filter_map(|package| read(package, root)).collect()
}

fn read<'a>(package: &'a Value, root: &str) -> Option<Package<'a>> {
    let manifest = package["manifest_path"].as_str()?.trim_start_matches(root).trim_start_matches('/');
    // A crate may be listed twice, for the product and for the tests: then it is for the product.
    let mut dependencies: HashMap<&str, Dependency<'_>> = HashMap::new();
    for dependency in package["dependencies"].as_array()? {
        let name = dependency["name"].as_str()?;
        let only_tests = dependency["kind"].as_str() == Some("dev");
        let read = Dependency { name, ours: dependency["path"].is_string(), only_tests };
        dependencies.entry(name).and_modify(|known| known.only_tests &= only_tests).or_insert(read);
    }
    let mut dependencies: Vec<_> = dependencies.into_values().collect();
    dependencies.sort_by_key(|dependency| dependency.name);
    Some(Package { name: package["name"].as_str()?, manifest: manifest.to_owned(), dependencies })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::example::{lines, tree};
    use super::*;

    /// A workspace of one crate with one dependency.
    fn workspace(name: &str, dependency: &Value) -> Tree {
        let manifest = format!("crates/{name}/Cargo.toml");
        let text = format!("[package]\n\n[dependencies]\n{} = 1\n", dependency["name"].as_str().unwrap());
        let mut tree = tree(&[(&manifest, &text)]);
        tree.metadata = json!({ "workspace_root": "/checkout", "packages": [
            { "name": name, "manifest_path": format!("/checkout/{manifest}"), "dependencies": [dependency] },
        ]});
        tree
    }

    #[test]
    fn an_arrow_that_points_up_is_found_with_its_line() {
        let bad =
            workspace("domain", &json!({ "name": "store", "path": "/checkout/crates/store", "kind": null }));
        assert_eq!(lines(layers(&bad)), ["crates/domain/Cargo.toml:4: `domain` must not know `store`"]);
        let good =
            workspace("store", &json!({ "name": "domain", "path": "/checkout/crates/domain", "kind": null }));
        assert!(layers(&good).is_empty());
    }

    #[test]
    fn crates_of_one_level_do_not_know_each_other_even_in_tests() {
        let bad =
            workspace("feeds", &json!({ "name": "store", "path": "/checkout/crates/store", "kind": "dev" }));
        assert_eq!(layers(&bad).len(), 1);
    }

    #[test]
    fn a_crate_without_a_place_is_found() {
        let bad = workspace("common", &json!({ "name": "serde", "kind": null }));
        assert_eq!(
            lines(layers(&bad)),
            ["crates/common/Cargo.toml:1: crate `common` has no place in the layers"]
        );
    }

    #[test]
    fn a_pure_crate_with_a_runtime_is_found() {
        let bad = workspace("feeds", &json!({ "name": "tokio", "kind": null }));
        assert_eq!(
            lines(purity(&bad)),
            ["crates/feeds/Cargo.toml:4: `feeds` must not use the crate `tokio`"]
        );
        assert!(purity(&workspace("web", &json!({ "name": "tokio", "kind": null }))).is_empty());
    }

    #[test]
    fn a_crate_of_the_tests_stays_in_the_tests() {
        assert!(purity(&workspace("domain", &json!({ "name": "proptest", "kind": "dev" }))).is_empty());
        assert_eq!(purity(&workspace("domain", &json!({ "name": "proptest", "kind": null }))).len(), 1);
    }
}
