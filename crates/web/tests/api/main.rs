//! Every address, called in process over a database in memory, with a clock that stands still and
//! randomness that is the same each time.

mod alerts;
mod attacks;
mod audit;
mod badges;
mod compat;
mod console;
mod databases;
mod deploys;
mod elsewhere;
mod environments;
mod events;
mod export;
mod feed;
mod held;
mod idempotency;
mod imports;
mod incidents;
mod metrics;
mod openapi;
mod outage;
mod pages;
mod people;
mod publishing;
mod recurrences;
mod services;
mod serving;
mod status;
mod subscribers;
mod subscribing;
mod support;
mod templates;
mod tokens;
mod updates;
mod vendors;
mod visibility;
