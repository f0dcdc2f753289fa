//! Reading columns and writing instants: the only types that both databases and sqlx's `Any` share are
//! integers, text and bytes, so everything else is made of those here.
//!
//! Never guesses: a column that does not hold what it should is [`Error::Corrupt`].

use crate::error::Error;
use domain::{ComponentState, IncidentId, Slug, Timestamp};
use jiff::SignedDuration;
use sqlx::any::AnyRow;
use sqlx::{Decode, Row, Type};

/// Instant as the database keeps it.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Instant as the database keeps it, where there may be none.
pub(crate) fn micros_or_null(at: Option<Timestamp>) -> Option<i64> {
    at.map(micros)
}

/// Duration as the database keeps it.
pub(crate) fn length(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Foreign text as the database keeps it: PostgreSQL has no way to store a NUL.
pub(crate) fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Reads an instant back.
pub(crate) fn instant(micros: i64) -> Result<Timestamp, Error> {
    Timestamp::from_microsecond(micros)
        .map_err(|_| Error::Corrupt(format!("`{micros}` microseconds are no instant")))
}

/// Typed reading of one row.
pub(crate) trait Columns {
    fn column<'r, T: Decode<'r, sqlx::Any> + Type<sqlx::Any>>(
        &'r self,
        name: &'static str,
    ) -> Result<T, Error>;

    fn text(&self, name: &'static str) -> Result<String, Error> {
        self.column(name)
    }

    fn text_or_null(&self, name: &'static str) -> Result<Option<String>, Error> {
        self.column(name)
    }

    fn number<N: TryFrom<i64>>(&self, name: &'static str) -> Result<N, Error> {
        let number: i64 = self.column(name)?;
        N::try_from(number)
            .map_err(|_| Error::Corrupt(format!("column `{name}` holds `{number}`, which is out of range")))
    }

    fn flag(&self, name: &'static str) -> Result<bool, Error> {
        Ok(self.number::<i64>(name)? != 0)
    }

    fn instant(&self, name: &'static str) -> Result<Timestamp, Error> {
        instant(self.number(name)?)
    }

    fn instant_or_null(&self, name: &'static str) -> Result<Option<Timestamp>, Error> {
        self.column::<Option<i64>>(name)?.map(instant).transpose()
    }

    fn length(&self, name: &'static str) -> Result<SignedDuration, Error> {
        Ok(SignedDuration::from_micros(self.number(name)?))
    }

    fn state(&self, name: &'static str) -> Result<ComponentState, Error> {
        Ok(ComponentState::parse(&self.text(name)?))
    }

    fn slug(&self, name: &'static str) -> Result<Slug, Error> {
        let text = self.text(name)?;
        Slug::parse(&text).ok_or_else(|| Error::Corrupt(format!("column `{name}`: `{text}` is no slug")))
    }

    fn incident_id(&self, name: &'static str) -> Result<IncidentId, Error> {
        let text = self.text(name)?;
        incident_id(&text)
    }

    fn hash(&self, name: &'static str) -> Result<[u8; 32], Error> {
        hash(&self.column::<Vec<u8>>(name)?)
    }

    fn hash_or_null(&self, name: &'static str) -> Result<Option<[u8; 32]>, Error> {
        self.column::<Option<Vec<u8>>>(name)?.as_deref().map(hash).transpose()
    }
}

impl Columns for AnyRow {
    fn column<'r, T: Decode<'r, sqlx::Any> + Type<sqlx::Any>>(
        &'r self,
        name: &'static str,
    ) -> Result<T, Error> {
        Ok(self.try_get(name)?)
    }
}

/// Reads an incident's identifier back.
pub(crate) fn incident_id(text: &str) -> Result<IncidentId, Error> {
    IncidentId::parse(text).ok_or_else(|| Error::Corrupt(format!("`{text}` is no incident id")))
}

fn hash(bytes: &[u8]) -> Result<[u8; 32], Error> {
    bytes.try_into().map_err(|_| Error::Corrupt(format!("a hash has {} bytes instead of 32", bytes.len())))
}
