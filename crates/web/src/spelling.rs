//! The nearest valid spelling of a word that is not one of ours, for messages that say what was meant.

/// The candidate nearest to `word`, if it is near enough to have been meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = word.chars().count() / 2 + 1;
    // A word longer than any of ours cannot have been meant and would only cost time.
    if word.len() > 64 {
        return None;
    }
    let distances = candidates.into_iter().map(|candidate| (distance(word, candidate), candidate));
    distances
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= limit.min(4))
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, delete or replace until `a` is `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_offered_and_what_is_far_is_not() {
        let words = ["title", "impact", "state", "began_at"];
        assert_eq!(nearest("titel", words), Some("title"));
        assert_eq!(nearest("Began_at", words), Some("began_at"));
        assert_eq!(nearest("colour", words), None);
        assert_eq!(nearest(&"t".repeat(100), words), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
