//! Commands that the server cut: the shell's notation, as far as it goes.
//!
//! With `truncateOps` the server tells a long command as `{ $truncated: "{ find: \"c\", filter: { a: { $in: [ 1, 2" }`.

use domain::reads::shape::Term;

/// Nested deeper than this nobody asks.
const MOST_DEPTH: usize = 24;

/// The command as far as it was told.
pub(super) fn command(text: &str) -> Vec<(String, Term)> {
    let mut reader = Reader { rest: text.trim_end_matches('.') };
    match reader.value(0) {
        Some(Term::Document(fields)) => fields,
        _ => Vec::new(),
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, token: char) -> bool {
        let rest = self.rest.trim_start();
        let eaten = rest.strip_prefix(token);
        self.rest = eaten.unwrap_or(rest);
        eaten.is_some()
    }

    /// One value; none at the end of the text.
    fn value(&mut self, depth: usize) -> Option<Term> {
        if depth > MOST_DEPTH {
            self.rest = "";
        }
        if self.eat('{') {
            return Some(Term::Document(self.fields(depth)));
        }
        if self.eat('[') {
            let mut items = Vec::new();
            while !self.eat(']') {
                let Some(item) = self.value(depth + 1) else { break };
                items.push(item);
                self.eat(',');
            }
            return Some(Term::Array(items));
        }
        if self.eat('"') {
            return Some(Term::Text(self.quoted().to_owned()));
        }
        let word = self.word();
        match word {
            "" => None,
            "true" => Some(Term::Bool(true)),
            "false" => Some(Term::Bool(false)),
            word => Some(word.parse().map_or(Term::Other, Term::Number)),
        }
    }

    fn fields(&mut self, depth: usize) -> Vec<(String, Term)> {
        let mut fields = Vec::new();
        while !self.eat('}') {
            let key = if self.eat('"') { self.quoted() } else { self.until(|c| c == ':') }.trim().to_owned();
            if !self.eat(':') {
                break;
            }
            let Some(value) = self.value(depth + 1) else { break };
            fields.push((key, value));
            self.eat(',');
        }
        fields
    }

    /// A number, a flag, `ObjectId('…')`, `Timestamp(1, 2)`, `new Date(3)`.
    fn word(&mut self) -> &'a str {
        let mut depth = 0_usize;
        self.until(move |c| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                ',' | '}' | ']' => return depth == 0,
                _ => {}
            }
            false
        })
        .trim()
    }

    /// After the opening quotation mark.
    fn quoted(&mut self) -> &'a str {
        let mut escaped = false;
        let text = self.until(move |c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        self.eat('"');
        text
    }

    fn until(&mut self, ends: impl FnMut(char) -> bool) -> &'a str {
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::reads::shape;

    #[test]
    fn a_cut_command_keeps_the_shape_of_what_is_left() {
        for (text, wanted) in [
            (r#"{ find: "messages", filter: { orgId: { $in: [ 1, 2, 3, 4"#, "find filter{orgId:{$in:[?]}}"),
            (
                r#"{ find: "c", filter: { a: ObjectId('5f'), at: new Date(12), "b c": "x, \" }", t: Timestamp(1, 2) }, limit: 5.0, $db: "crm" }"#,
                "find filter{a:?,at:?,b c:?,t:?} limit",
            ),
            (
                r#"{ aggregate: "c", pipeline: [ { $match: { a: 1 } }, { $gro"#,
                "aggregate pipeline[{$match:{a:?}},{}]",
            ),
            ("", ""),
            ("[[[[", ""),
        ] {
            assert_eq!(shape::of(&command(text), None).text, wanted, "{text}");
        }
        assert!(command(&"{a:".repeat(10_000)).len() <= 1);
    }
}
