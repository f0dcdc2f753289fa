//! Who asks: API tokens, and the sessions of browsers that were opened with one.

pub mod token;
