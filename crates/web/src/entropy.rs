//! Randomness for identifiers and secrets. It is handed in, so that a test draws the same numbers every
//! time; the real source is the operating system's. Nothing here stretches or reuses what was drawn.

use std::sync::Arc;

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

/// A source of random bytes.
#[derive(Clone)]
pub struct Entropy(Arc<Fill>);

impl Entropy {
    /// Any function that fills a buffer: tests hand in a counter.
    pub fn from_fn(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// The operating system's.
    ///
    /// # Panics
    /// If the operating system has no randomness to give: a guessable secret would be worse.
    pub fn of_the_system() -> Self {
        Self::from_fn(|buffer| {
            getrandom::fill(buffer).expect("the operating system gives random bytes");
        })
    }

    /// Draws `N` bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// Draws a number.
    pub fn number(&self) -> u64 {
        u64::from_be_bytes(self.bytes())
    }

    /// Draws a number from 0 to 1.
    pub fn fraction(&self) -> f64 {
        let [a, b, c, d] = self.bytes();
        f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX)
    }
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy")
    }
}
