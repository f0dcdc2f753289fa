//! Which incidents the board shows. A question is read from the address, so that it can be kept and passed on; what
//! it names that there is not restricts nothing.

use super::form::Form;
use super::operator::Operator;
use crate::error::Error;
use crate::pages::console::board::Sieve;
use crate::sight::Sight;
use crate::site::Site;
use crate::snapshot::Known;
use domain::{Actor, Slug, State, Visibility};
use std::sync::Arc;

/// Longest text that is looked for, in bytes.
const TEXT: usize = 400;

/// The question of an address.
pub(super) fn read(query: &Form) -> Sieve {
    let text = query.value("q").trim();
    Sieve {
        environment: Slug::parse(query.value("in")),
        state: State::ALL.iter().copied().find(|state| state.as_str() == query.value("is")),
        internal: match query.value("for") {
            "internal" => Some(true),
            "public" => Some(false),
            _ => None,
        },
        mine: !query.value("mine").is_empty(),
        text: text[..text.floor_char_boundary(TEXT)].to_owned(),
    }
}

impl Sieve {
    fn keeps(&self, known: &Known) -> bool {
        let (row, text) = (&known.row, self.text.to_lowercase());
        let says = |words: &String| words.to_lowercase().contains(&text);
        self.environment.as_ref().is_none_or(|slug| slug == known.source())
            && self.state.is_none_or(|state| state == row.state)
            && self.internal.is_none_or(|internal| internal == (row.visibility == Visibility::Internal))
            && (says(&row.title) || row.components.iter().any(says))
    }
}

impl Site {
    /// Those that are asked for. Only who said what is not in memory, and is read where it is asked.
    pub(super) async fn sifted(
        &self,
        sight: &Sight,
        mut all: Vec<Arc<Known>>,
        sieve: &Sieve,
        operator: &Operator,
    ) -> Result<Vec<Arc<Known>>, Error> {
        all.retain(|known| sieve.keeps(known));
        if !sieve.mine {
            return Ok(all);
        }
        let oneself = Actor::Person(operator.actor.name.clone());
        let mut mine = Vec::new();
        for known in all {
            let told = self.told(sight, &known.row.id).await?;
            if told.timeline.iter().any(|entry| entry.actor == oneself) {
                mine.push(known);
            }
        }
        Ok(mine)
    }
}
