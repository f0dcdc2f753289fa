//! From the text of a shape back to a command, whose values are unknown.

use super::{MAX_SHAPE_BYTES, Term};

/// The command that has this shape; its values are [`Term::Other`]. Nothing where the text was cut: what is left of a
/// query is another query.
pub fn read(text: &str) -> Option<Vec<(String, Term)>> {
    let mut reader = Reader { rest: text };
    let name = reader.until(&[' ']);
    let mut command = vec![(name.to_owned(), Term::Other)];
    while reader.take(' ') {
        let key = reader.until(&[' ', '{', '[', '?', '$']);
        let term = match reader.rest.chars().next() {
            None | Some(' ') => Term::Other,
            Some(_) => reader.value(0)?,
        };
        command.push((key.to_owned(), term));
    }
    (reader.rest.is_empty() && text.len() < MAX_SHAPE_BYTES).then_some(command)
}

/// A shape has at most so many bytes, and never goes deeper than half of that.
const DEEPEST: usize = MAX_SHAPE_BYTES / 2;

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, sign: char) -> bool {
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Everything before one of these signs.
    fn until(&mut self, signs: &[char]) -> &'a str {
        let (before, rest) = self.rest.split_at(self.rest.find(signs).unwrap_or(self.rest.len()));
        self.rest = rest;
        before
    }

    fn value(&mut self, depth: usize) -> Option<Term> {
        if depth > DEEPEST {
            return None;
        }
        if self.take('{') {
            let mut fields = Vec::new();
            while !self.take('}') {
                self.take(',');
                let key = self.until(&[':']).to_owned();
                self.take(':').then_some(())?;
                fields.push((key, self.value(depth + 1)?));
            }
            return Some(Term::Document(fields));
        }
        if self.take('[') {
            let mut items = Vec::new();
            while !self.take(']') {
                self.take(',');
                items.push(self.value(depth + 1)?);
            }
            return Some(Term::Array(items));
        }
        let word = self.until(&[',', '}', ']', ' ']);
        match word {
            "" => None,
            path if path.starts_with('$') => Some(Term::Text(path.to_owned())),
            word => Some(word.parse().map_or(Term::Other, Term::Number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::of;
    use super::*;

    #[test]
    fn a_shape_that_is_read_has_the_same_shape() {
        for text in [
            "find filter{orgId:?,ts:{$lt:?}} sort{ts:-1}",
            "find filter{$or:[{a:?},{b:{$in:[?]}}]} projection{a:1,_id:0}",
            "aggregate pipeline[{$match:{orgId:?}},{$sort:{ts:-1}},{$group:{_id:$channel}}]",
            "find filter{}",
        ] {
            assert_eq!(of(&read(text).unwrap(), None).text, text);
        }
    }

    #[test]
    fn what_was_cut_is_not_read() {
        let text = "find filter{orgId:?,ts:{$lt:?}} sort{ts:-1}";
        for end in [12, 20, 25, 30, 40] {
            assert_eq!(read(&text[..end]), None, "{}", &text[..end]);
        }
        assert_eq!(read(&format!("find filter{{{}:?}}", "x".repeat(MAX_SHAPE_BYTES))), None);
    }
}
