//! A filter as the planner of a server sees it: what each field is tested for, and how well an index can tell.

use crate::reads::shape::Term;

/// What a field is tested for, from what an index tells best to what it cannot tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// One value.
    Equal,
    /// One value, which is null or not there. An index finds it, the document has to be looked at.
    Null,
    /// One of so many values.
    In(usize),
    /// Everything between two values, or after one, or that begins with a text.
    Range,
    /// Nearly everything: what is not equal, what is there. An index tells it, but has to be read for it.
    Weak,
    /// What an index cannot tell without reading every text: a search within texts.
    Search,
}

/// A field and what it is tested for.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicate {
    /// Path of the field.
    pub path: String,
    /// The test.
    pub test: Test,
    /// The operator, where it is one.
    pub operator: Option<String>,
    /// The value, where it says more than its place: a flag.
    pub constant: Option<Term>,
}

/// A filter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// All of these hold.
    pub all: Vec<Predicate>,
    /// Of each of these lists at least one holds.
    pub any: Vec<Vec<Filter>>,
    /// An operator that needs an index of its own kind, such as `$text`.
    pub special: Option<String>,
    /// Code or expressions that no index tells.
    pub opaque: Option<String>,
}

/// Deeper filters are not looked at: a server takes 100 levels of documents.
const DEEPEST: usize = 20;

impl Filter {
    /// Reads the filter of a command.
    pub fn of(fields: &[(String, Term)]) -> Self {
        let mut filter = Self::default();
        filter.read("", fields, 0);
        filter
    }

    fn read(&mut self, prefix: &str, fields: &[(String, Term)], depth: usize) {
        if depth > DEEPEST {
            self.opaque = Some("a filter nested too deeply".to_owned());
            return;
        }
        for (key, term) in fields {
            match (key.as_str(), term) {
                ("$and", Term::Array(items)) => {
                    documents(items).for_each(|item| self.read(prefix, item, depth + 1));
                }
                ("$or", Term::Array(items)) => self.either(prefix, items, depth),
                ("$text", _) => self.special = Some(key.clone()),
                ("$where" | "$expr" | "$nor" | "$jsonSchema", _) => self.opaque = Some(key.clone()),
                // Of the travel of a command: `$comment` and the like.
                (key, _) if key.starts_with('$') => {}
                _ => self.field(&joined(prefix, key), term, depth),
            }
        }
    }

    fn either(&mut self, prefix: &str, items: &[Term], depth: usize) {
        let arms: Vec<Self> = documents(items)
            .map(|item| {
                let mut arm = Self::default();
                arm.read(prefix, item, depth + 1);
                arm
            })
            .collect();
        let mut paths = arms.iter().map(|arm| match (&arm.all[..], arm.any.is_empty()) {
            ([Predicate { path, test: Test::Equal, .. }], true) => Some(path.clone()),
            _ => None,
        });
        // Several values of one field are a list of values.
        if let Some(Some(first)) = paths.next()
            && paths.all(|path| path.as_ref() == Some(&first))
        {
            let count = arms.len();
            self.all.push(Predicate::new(first, Test::In(count), Some("$or")));
            return;
        }
        self.any.push(arms);
    }

    fn field(&mut self, path: &str, term: &Term, depth: usize) {
        match term {
            Term::Document(operators) if operators.first().is_some_and(|(key, _)| key.starts_with('$')) => {
                for (operator, value) in operators {
                    self.operator(path, operator, value, operators, depth);
                }
            }
            Term::Pattern(source, options) => self.pattern(path, source, options),
            Term::Null => self.all.push(Predicate::new(path.to_owned(), Test::Null, None)),
            Term::Bool(_) => {
                let predicate = Predicate::new(path.to_owned(), Test::Equal, None);
                self.all.push(Predicate { constant: Some(term.clone()), ..predicate });
            }
            _ => self.all.push(Predicate::new(path.to_owned(), Test::Equal, None)),
        }
    }

    fn operator(&mut self, path: &str, name: &str, value: &Term, beside: &[(String, Term)], depth: usize) {
        let test = match (name, value) {
            ("$eq", _) => return self.field(path, value, depth),
            ("$in", Term::Array(items)) => Self::list(items),
            ("$all", _) => Test::Equal,
            ("$in" | "$gt" | "$gte" | "$lt" | "$lte", _) => Test::Range,
            ("$exists", Term::Bool(false)) => Test::Null,
            ("$ne" | "$nin" | "$not" | "$exists" | "$type" | "$mod" | "$size", _) => Test::Weak,
            ("$regex", Term::Pattern(source, options)) => return self.pattern(path, source, options),
            ("$regex", Term::Text(source)) => {
                let options = beside.iter().find(|(key, _)| key == "$options");
                let options = match options {
                    Some((_, Term::Text(options))) => options.as_str(),
                    _ => "",
                };
                return self.pattern(path, source, options);
            }
            ("$regex", _) => Test::Search,
            ("$elemMatch", Term::Document(inner)) if !inner.iter().any(|(key, _)| key.starts_with('$')) => {
                return self.read(path, inner, depth + 1);
            }
            ("$elemMatch", Term::Document(inner)) => {
                return self.field(path, &Term::Document(inner.clone()), depth);
            }
            (name, _) if is_of_places(name) => {
                self.special = Some(name.to_owned());
                return;
            }
            // `$options`, `$maxDistance` and the like belong to the operator beside them.
            _ => return,
        };
        // Both ends of one range are one test.
        let again = test == Test::Range
            && self.all.iter().any(|known| known.path == path && known.test == Test::Range);
        if !again {
            let exists = name == "$exists" && *value == Term::Bool(true);
            let predicate = Predicate::new(path.to_owned(), test, Some(name));
            self.all.push(Predicate { constant: exists.then_some(Term::Bool(true)), ..predicate });
        }
    }

    /// A list of values; patterns among them make a search of it.
    fn list(items: &[Term]) -> Test {
        let patterns = items.iter().any(|item| matches!(item, Term::Pattern(..)));
        match items.len() {
            _ if patterns => Test::Search,
            // Without its literals a list has one member: how many there were is not known.
            0 | 1 => Test::In(1),
            count => Test::In(count),
        }
    }

    fn pattern(&mut self, path: &str, source: &str, options: &str) {
        let test = if is_beginning(source, options) { Test::Range } else { Test::Search };
        self.all.push(Predicate::new(path.to_owned(), test, Some("$regex")));
    }

    /// Whether it holds of every document.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.any.is_empty() && self.special.is_none() && self.opaque.is_none()
    }

    /// Every predicate, those of all arms included.
    pub fn every(&self) -> Vec<&Predicate> {
        let arms = self.any.iter().flatten().flat_map(Self::every);
        self.all.iter().chain(arms).collect()
    }

    /// The name of code or an expression in it or in an arm.
    pub fn any_opaque(&self) -> Option<&str> {
        let arms = || self.any.iter().flatten().find_map(Self::any_opaque);
        self.opaque.as_deref().or_else(arms)
    }

    /// The name of an operator with an index of its own kind, in it or in an arm.
    pub fn any_special(&self) -> Option<&str> {
        let arms = || self.any.iter().flatten().find_map(Self::any_special);
        self.special.as_deref().or_else(arms)
    }
}

impl Predicate {
    fn new(path: String, test: Test, operator: Option<&str>) -> Self {
        Self { path, test, operator: operator.map(str::to_owned), constant: None }
    }
}

/// Whether a regular expression asks for texts that begin with something, so that it is a range. With the option
/// `i` it is none, nor where the first letters may be left out.
fn is_beginning(source: &str, options: &str) -> bool {
    let Some(rest) = source.strip_prefix('^').or_else(|| source.strip_prefix("\\A")) else { return false };
    let mut letters = rest.chars();
    let fixed = letters
        .next()
        .is_some_and(|first| first.is_alphanumeric() || matches!(first, '_' | '-' | ' ' | '@' | '/'));
    let optional = matches!(letters.next(), Some('*' | '?' | '{'));
    let has_option = |option| options.contains(option);
    fixed && !optional && !rest.contains('|') && !has_option('i') && !has_option('m') && !has_option('x')
}

fn is_of_places(name: &str) -> bool {
    matches!(name, "$near" | "$nearSphere" | "$geoWithin" | "$geoIntersects" | "$within" | "$geoNear")
}

fn documents(items: &[Term]) -> impl Iterator<Item = &[(String, Term)]> {
    items.iter().filter_map(|item| match item {
        Term::Document(fields) => Some(&fields[..]),
        _ => None,
    })
}

fn joined(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}
