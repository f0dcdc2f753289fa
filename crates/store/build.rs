//! Tells Cargo that the migrations are part of the crate, which embeds them.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
