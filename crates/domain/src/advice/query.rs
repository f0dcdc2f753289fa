//! A command as far as indexes matter: which documents it wants, in which order, and what of them.

use super::predicate::Filter;
use crate::reads::shape::Term;

/// A command, or what a stage of it asks of another collection.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that a command does or does not")]
pub struct Query {
    /// `database.collection`.
    pub namespace: String,
    /// Name of the command.
    pub command: String,
    /// Which documents.
    pub filter: Filter,
    /// The same with its values, to be run again; a value that is not known is [`Term::Other`]. Never to be shown.
    pub terms: Vec<(String, Term)>,
    /// In which order: paths, and whether from large to small.
    pub sort: Vec<(String, bool)>,
    /// The fields that it wants, where it wants not all of each document. `_id` is among them only if it is wanted.
    pub wanted: Option<Vec<String>>,
    /// It ends after some documents.
    pub limited: bool,
    /// After how many, where that is known.
    pub limit: Option<u64>,
    /// It steps over so many documents first; 0 where it does not say how many.
    pub skip: Option<u64>,
    /// How it compares texts.
    pub collation: Option<Vec<(String, Term)>>,
    /// It joins another collection for every document that it finds.
    pub joins: bool,
    /// It only counts.
    pub counts: bool,
    /// It changes or removes what it finds.
    pub writes: bool,
}

type Fields = [(String, Term)];

impl Query {
    /// What a command asks, and then what its stages ask of other collections. Nothing where it asks nothing.
    pub fn all_of(namespace: &str, command: &Fields) -> Vec<Self> {
        let Some((name, _)) = command.first() else { return Vec::new() };
        let mut query = Self { namespace: namespace.to_owned(), command: name.clone(), ..Self::default() };
        query.collation = document(command, "collation").map(<[_]>::to_vec);
        let mut others = Vec::new();
        match name.to_ascii_lowercase().as_str() {
            "find" => {
                query.ask(document(command, "filter"));
                query.sort = document(command, "sort").map(order).unwrap_or_default();
                query.wanted = document(command, "projection").and_then(included);
                query.limited = has(command, "limit") || has(command, "singleBatch");
                query.limit = number(command, "limit").filter(|limit| *limit > 0);
                query.skip = number(command, "skip");
            }
            "count" => {
                query.ask(document(command, "query"));
                query.counts = true;
            }
            "distinct" => {
                query.ask(document(command, "query"));
                query.wanted = text(command, "key").map(|key| vec![key.to_owned()]);
            }
            "findandmodify" => {
                query.ask(document(command, "query"));
                query.sort = document(command, "sort").map(order).unwrap_or_default();
                (query.limited, query.limit, query.writes) = (true, Some(1), true);
            }
            "update" | "delete" => {
                query.ask(document(statement(command), "q"));
                query.writes = true;
            }
            // As the log and `$currentOp` show one of the statements of a command.
            "q" | "remove" => {
                query.ask(document(command, "q"));
                query.command = String::from(if has(command, "u") { "update" } else { "delete" });
                query.writes = true;
            }
            "aggregate" => {
                let Some(Term::Array(stages)) = value(command, "pipeline") else { return Vec::new() };
                others = query.stages(stages);
            }
            _ => return Vec::new(),
        }
        others.insert(0, query);
        others
    }

    fn ask(&mut self, fields: Option<&Fields>) {
        self.terms = fields.unwrap_or_default().to_vec();
        self.filter = Filter::of(&self.terms);
    }

    /// Reads a pipeline as far as indexes serve it; what it asks of other collections.
    fn stages(&mut self, stages: &[Term]) -> Vec<Self> {
        let mut matched: Vec<(String, Term)> = Vec::new();
        let mut serves = true;
        let mut others = Vec::new();
        for stage in stages {
            let Term::Document(stage) = stage else { continue };
            let Some((name, body)) = stage.first() else { continue };
            match (name.as_str(), body) {
                ("$lookup" | "$graphLookup", Term::Document(body)) => {
                    others.extend(self.join(body));
                    self.joins = true;
                    serves = false;
                }
                _ if !serves => {}
                ("$match", Term::Document(body)) if self.sort.is_empty() || !self.limited => {
                    matched.push(("$and".to_owned(), Term::Array(vec![Term::Document(body.clone())])));
                }
                ("$sort", Term::Document(body)) if self.sort.is_empty() && !self.limited => {
                    self.sort = order(body);
                }
                ("$limit", _) => {
                    self.limited = true;
                    self.limit = Some(whole(body)).filter(|limit| *limit > 0);
                }
                ("$skip", Term::Number(_) | Term::Other) => self.skip = Some(whole(body)),
                ("$project" | "$group" | "$count", body) => {
                    self.wanted = if name == "$count" { Some(Vec::new()) } else { asked(name, body) };
                    serves = false;
                }
                _ => serves = false,
            }
        }
        self.ask(Some(&matched));
        others
    }

    /// What a join asks for each document.
    fn join(&self, body: &Fields) -> Option<Self> {
        let from = text(body, "from")?;
        let field = text(body, "foreignField").or_else(|| text(body, "connectToField"))?;
        let database = self.namespace.split_once('.').map_or("", |(database, _)| database);
        let asked = [(field.to_owned(), Term::Other)];
        Some(Self {
            namespace: format!("{database}.{from}"),
            command: "find".to_owned(),
            filter: Filter::of(&asked),
            terms: asked.to_vec(),
            ..Self::default()
        })
    }
}

fn value<'a>(fields: &'a Fields, name: &str) -> Option<&'a Term> {
    fields.iter().find(|(key, _)| key == name).map(|(_, term)| term)
}

fn document<'a>(fields: &'a Fields, name: &str) -> Option<&'a Fields> {
    match value(fields, name)? {
        Term::Document(fields) => Some(fields),
        _ => None,
    }
}

fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    match value(fields, name)? {
        Term::Text(text) => Some(text),
        _ => None,
    }
}

fn has(fields: &Fields, name: &str) -> bool {
    value(fields, name).is_some_and(|term| *term != Term::Number(0.0))
}

/// A number that is there; 0 where only that is known.
fn number(fields: &Fields, name: &str) -> Option<u64> {
    value(fields, name).filter(|term| **term != Term::Number(0.0)).map(whole)
}

/// The first statement of a command that writes; the command itself, where it is one.
fn statement(command: &Fields) -> &Fields {
    match value(command, "updates").or_else(|| value(command, "deletes")) {
        Some(Term::Document(first)) => first,
        Some(Term::Array(items)) => match items.first() {
            Some(Term::Document(first)) => first,
            _ => &[],
        },
        _ => command,
    }
}

fn whole(term: &Term) -> u64 {
    match term {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it saturates, and fractions do not occur"
        )]
        Term::Number(number) => *number as u64,
        _ => 0,
    }
}

/// A sort; nothing where it is one by relevance.
fn order(fields: &Fields) -> Vec<(String, bool)> {
    let key = |(path, term): &(String, Term)| match term {
        Term::Number(number) => Some((path.clone(), *number < 0.0)),
        _ => None,
    };
    fields.iter().map(key).collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// The fields that a projection names, if it names those that it wants.
fn included(fields: &Fields) -> Option<Vec<String>> {
    let is_on = |term: &Term| match term {
        Term::Number(number) => Some(*number != 0.0),
        Term::Bool(flag) => Some(*flag),
        _ => None,
    };
    let mut wanted = Vec::new();
    let mut id = true;
    for (path, term) in fields {
        match (path.as_str(), is_on(term)?) {
            ("_id", on) => id = on,
            (_, true) => wanted.push(path.clone()),
            (_, false) => return None,
        }
    }
    if id {
        wanted.push("_id".to_owned());
    }
    (wanted.len() > usize::from(id)).then_some(wanted)
}

/// The fields that a stage reads; nothing where it names those that it does not want.
fn asked(stage: &str, body: &Term) -> Option<Vec<String>> {
    let mut paths = Vec::new();
    if stage == "$project"
        && let Term::Document(fields) = body
    {
        let on =
            |term: &Term| matches!(term, Term::Number(number) if *number != 0.0) || *term == Term::Bool(true);
        paths.extend(fields.iter().filter(|(_, term)| on(term)).map(|(path, _)| path.clone()));
        let off = |term: &Term| *term == Term::Number(0.0) || *term == Term::Bool(false);
        if fields.iter().any(|(path, term)| path != "_id" && off(term)) {
            return None;
        }
        if !fields.iter().any(|(path, term)| path == "_id" && off(term)) {
            paths.push("_id".to_owned());
        }
    }
    references(body, &mut paths);
    paths.sort();
    paths.dedup();
    Some(paths)
}

/// Every `$path` in an expression.
fn references(term: &Term, paths: &mut Vec<String>) {
    match term {
        Term::Text(text) => {
            if let Some(path) = text.strip_prefix('$').filter(|path| !path.starts_with('$')) {
                paths.push(path.to_owned());
            } else if let Some(path) = text.strip_prefix("$$ROOT").or_else(|| text.strip_prefix("$$CURRENT"))
            {
                // The whole document.
                paths.push(format!("$$ROOT{path}"));
            }
        }
        Term::Document(fields) => fields.iter().for_each(|(_, term)| references(term, paths)),
        Term::Array(items) => items.iter().for_each(|item| references(item, paths)),
        _ => {}
    }
}
