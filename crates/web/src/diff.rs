//! What changed between two texts: by words for edited updates, by lines for raw documents. The work is
//! bounded; texts that have too little in common are shown as one taken away and the other put in.
//!
//! It compares and does nothing else; the templates draw the result.

/// Most edits that are looked for one by one: beyond, nobody could follow them, and the search is
/// quadratic in their number.
const MOST_EDITS: usize = 800;
/// Most lines or words of a text.
const MOST_PIECES: usize = 40_000;

/// What became of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// In both.
    Kept,
    /// Only in the first.
    Removed,
    /// Only in the second.
    Added,
}

/// A stretch of text of which the same is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// What became of it.
    pub change: Change,
    /// The text.
    pub text: String,
}

/// One line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// What became of it.
    pub change: Change,
    /// Its number in the first text.
    pub before: Option<usize>,
    /// Its number in the second text.
    pub after: Option<usize>,
    /// The text.
    pub text: &'a str,
}

/// Compares word by word. White space belongs to the word before it.
pub fn words(before: &str, after: &str) -> Vec<Chunk> {
    let (before, after) = (split_words(before), split_words(after));
    let mut chunks: Vec<Chunk> = Vec::new();
    for (change, i, j) in steps(&before, &after) {
        let piece = if change == Change::Added { after[j] } else { before[i] };
        match chunks.last_mut() {
            Some(last) if last.change == change => last.text.push_str(piece),
            _ => chunks.push(Chunk { change, text: piece.to_owned() }),
        }
    }
    chunks
}

/// Compares line by line and leaves out what is further than `context` lines from any change: each
/// stretch is a hunk of its own.
pub fn lines<'a>(before: &'a str, after: &'a str, context: usize) -> Vec<Vec<Line<'a>>> {
    let before: Vec<&str> = before.lines().take(MOST_PIECES).collect();
    let after: Vec<&str> = after.lines().take(MOST_PIECES).collect();
    let all: Vec<Line<'a>> = steps(&before, &after)
        .into_iter()
        .map(|(change, i, j)| Line {
            change,
            before: (change != Change::Added).then_some(i + 1),
            after: (change != Change::Removed).then_some(j + 1),
            text: if change == Change::Added { after[j] } else { before[i] },
        })
        .collect();
    hunks(&all, context)
}

fn hunks<'a>(lines: &[Line<'a>], context: usize) -> Vec<Vec<Line<'a>>> {
    let mut hunks: Vec<Vec<Line<'a>>> = Vec::new();
    let mut reached = 0;
    let changed = lines.iter().enumerate().filter(|(_, line)| line.change != Change::Kept);
    for (position, _) in changed {
        let from = position.saturating_sub(context).max(reached);
        let until = (position + context + 1).min(lines.len());
        if from > reached || hunks.is_empty() {
            hunks.push(Vec::new());
        }
        if let Some(hunk) = hunks.last_mut() {
            hunk.extend_from_slice(&lines[from.min(until)..until]);
        }
        reached = reached.max(until);
    }
    hunks
}

fn split_words(text: &str) -> Vec<&str> {
    text.split_inclusive(char::is_whitespace).take(MOST_PIECES).collect()
}

/// A piece: what became of it, its place in the first text, its place in the second.
type Step = (Change, usize, usize);

fn steps<T: PartialEq>(before: &[T], after: &[T]) -> Vec<Step> {
    let prefix = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let rest = before[prefix..].iter().rev().zip(after[prefix..].iter().rev());
    let suffix = rest.take_while(|(a, b)| a == b).count();
    let (a, b) = (&before[prefix..before.len() - suffix], &after[prefix..after.len() - suffix]);
    let kept = |i: usize, j: usize, length: usize| (0..length).map(move |n| (Change::Kept, i + n, j + n));
    let middle = shortest(a, b).unwrap_or_else(|| replaced(a.len(), b.len()));
    kept(0, 0, prefix)
        .chain(middle.into_iter().map(|(change, i, j)| (change, i + prefix, j + prefix)))
        .chain(kept(before.len() - suffix, after.len() - suffix, suffix))
        .collect()
}

fn replaced(removed: usize, added: usize) -> Vec<Step> {
    let removed = (0..removed).map(|i| (Change::Removed, i, 0));
    removed.chain((0..added).map(|j| (Change::Added, 0, j))).collect()
}

/// The shortest list of edits, by Myers. `reach[k + most]` is how far the first text is used up on the
/// diagonal `k`; `trail` keeps it for each number of edits, to walk back.
fn shortest<T: PartialEq>(a: &[T], b: &[T]) -> Option<Vec<Step>> {
    let most = (a.len() + b.len()).min(MOST_EDITS);
    let middle = most + 1;
    let mut reach = vec![0; 2 * most + 3];
    let mut trail: Vec<Vec<usize>> = Vec::new();
    for edits in 0..=most {
        trail.push(reach[middle - edits..=middle + edits].to_vec());
        for diagonal in (middle - edits..=middle + edits).step_by(2) {
            let down = goes_down(&reach, diagonal, middle, edits);
            let mut x: usize = if down { reach[diagonal + 1] } else { reach[diagonal - 1] + 1 };
            let mut y = x + middle - diagonal;
            while x < a.len() && y < b.len() && a[x] == b[y] {
                (x, y) = (x + 1, y + 1);
            }
            reach[diagonal] = x;
            if x >= a.len() && y >= b.len() {
                return Some(walk_back(&trail, a.len(), b.len(), middle));
            }
        }
    }
    None
}

/// Whether the best way onto a diagonal is to take a piece of the second text.
fn goes_down(reach: &[usize], diagonal: usize, middle: usize, edits: usize) -> bool {
    diagonal == middle - edits || (diagonal != middle + edits && reach[diagonal - 1] < reach[diagonal + 1])
}

fn walk_back(trail: &[Vec<usize>], mut x: usize, mut y: usize, middle: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    for (edits, saved) in trail.iter().enumerate().rev() {
        // The saved stretch begins at diagonal `middle - edits`.
        let mut reach = vec![0; 2 * middle + 1];
        reach[middle - edits..=middle + edits].copy_from_slice(saved);
        let diagonal = x + middle - y;
        let down = goes_down(&reach, diagonal, middle, edits);
        let before = if down { diagonal + 1 } else { diagonal - 1 };
        let from_x = if edits == 0 { 0 } else { reach[before] };
        let from_y = if edits == 0 { 0 } else { from_x + middle - before };
        while x > from_x && y > from_y {
            (x, y) = (x - 1, y - 1);
            steps.push((Change::Kept, x, y));
        }
        if edits > 0 {
            steps.push(if down {
                (Change::Added, from_x, from_y)
            } else {
                (Change::Removed, from_x, from_y)
            });
            (x, y) = (from_x, from_y);
        }
    }
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: &str, after: &str) -> String {
        let draw = |chunk: &Chunk| match chunk.change {
            Change::Kept => chunk.text.clone(),
            Change::Removed => format!("[-{}-]", chunk.text),
            Change::Added => format!("[+{}+]", chunk.text),
        };
        words(before, after).iter().map(draw).collect()
    }

    #[test]
    fn words_that_changed_are_marked_and_the_others_kept() {
        assert_eq!(told("Load is slow now.", "Load is slow now."), "Load is slow now.");
        assert_eq!(
            told("Load is slow now.", "Load was very slow now."),
            "Load [-is -][+was very +]slow now."
        );
        assert_eq!(told("", "New."), "[+New.+]");
        assert_eq!(told("Old.", ""), "[-Old.-]");
        assert_eq!(told("", ""), "");
    }

    #[test]
    fn both_texts_can_be_read_back_from_any_comparison() {
        let mut state = 7_u64;
        let mut random = |bound: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound
        };
        for _ in 0..300 {
            let mut text = |length: u64| -> String {
                (0..random(length))
                    .map(|_| ["a ", "b ", "c\n", "d "][usize::try_from(random(4)).unwrap()])
                    .collect()
            };
            let (before, after) = (text(40), text(40));
            let chunks = words(&before, &after);
            let read = |gone: Change| -> String {
                chunks.iter().filter(|chunk| chunk.change != gone).map(|chunk| chunk.text.as_str()).collect()
            };
            assert_eq!(read(Change::Added), before);
            assert_eq!(read(Change::Removed), after);
        }
    }

    #[test]
    fn texts_with_nothing_in_common_are_replaced_whole_within_bounds() {
        let before: String = (0..20_000).fold(String::new(), |text, n| text + &format!("a{n}\n"));
        let after = before.replace('a', "b");
        let hunks = lines(&before, &after, 3);
        assert_eq!(hunks.len(), 1);
        assert_eq!(hunks[0].len(), 40_000);
    }

    #[test]
    fn far_lines_are_left_out_and_numbers_are_those_of_each_text() {
        let before: String = (1..=30).fold(String::new(), |text, n| text + &format!("line {n}\n"));
        let after = before.replace("line 5\n", "").replace("line 20\n", "line twenty\n");
        let hunks = lines(&before, &after, 2);
        assert_eq!(hunks.len(), 2);
        let numbers: Vec<_> = hunks[1].iter().map(|line| (line.before, line.after)).collect();
        assert_eq!(
            numbers,
            [
                (Some(18), Some(17)),
                (Some(19), Some(18)),
                (Some(20), None),
                (None, Some(19)),
                (Some(21), Some(20)),
                (Some(22), Some(21))
            ]
        );
    }
}
