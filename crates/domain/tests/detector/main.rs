//! The detector against a modelled deployment, seed by seed: healthy days, faults, disorder and restarts.
//!
//! Nothing here looks inside the detector, and nothing is random: a seed names its case.

mod bounds;
mod deployment;
mod dice;
mod disorder;
mod faults;
mod healthy;
mod load;
mod members;
mod restart;
mod run;
mod scene;
mod seeds;
mod server;
mod watcher;
