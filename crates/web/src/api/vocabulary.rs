//! The words of the domain as the API writes them, and how a word that is not one of them is answered.

use crate::error::Error;
use crate::spelling;
use domain::{ComponentState, Impact, Kind, State, Visibility};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// A closed set of words.
pub trait Vocabulary: Copy + 'static {
    /// Every value.
    fn all() -> &'static [Self];
    /// The word.
    fn word(self) -> &'static str;
}

macro_rules! vocabulary {
    ($($type:ident, $word:ident, $all:expr);+ $(;)?) => {$(
        impl Vocabulary for $type {
            fn all() -> &'static [Self] { $all }
            fn word(self) -> &'static str { self.as_str() }
        }

        #[doc = concat!("A [`", stringify!($type), "`], written as its word.")]
        #[derive(Clone, Copy, Debug)]
        pub struct $word(pub $type);

        impl Serialize for $word {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.word())
            }
        }

        impl utoipa::PartialSchema for $word {
            fn schema() -> RefOr<Schema> {
                let words = $type::all().iter().map(|value| value.word());
                let object = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
                RefOr::T(Schema::Object(object.build()))
            }
        }

        impl utoipa::ToSchema for $word {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($type))
            }
        }
    )+};
}

vocabulary! {
    Kind, KindWord, Self::ALL;
    Impact, ImpactWord, Self::ALL;
    State, StateWord, Self::ALL;
    ComponentState, ComponentStateWord, &Self::ALL;
    Visibility, VisibilityWord, Self::ALL;
}

/// Reads the word in a field.
pub fn read<T: Vocabulary>(field: &str, text: &str) -> Result<T, Error> {
    let found = T::all().iter().copied().find(|value| value.word() == text);
    found.ok_or_else(|| {
        let words: Vec<&str> = T::all().iter().map(|value| value.word()).collect();
        unknown_word(field, text, &words)
    })
}

/// The error for a word that is none of `words`.
pub fn unknown_word(field: &str, text: &str, words: &[&str]) -> Error {
    let hint = match spelling::nearest(text, words.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("use one of {}", quote_all(words)),
    };
    Error::invalid(format!("`{field}` is `{}`, which is not one of its words", shorten(text)), hint)
}

/// `` `a`, `b`, `c` ``.
pub fn quote_all(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The beginning of what somebody sent, short enough for a sentence.
pub fn shorten(text: &str) -> String {
    const LIMIT: usize = 60;
    if text.chars().count() <= LIMIT {
        return text.to_owned();
    }
    text.chars().take(LIMIT).chain(['…']).collect()
}
