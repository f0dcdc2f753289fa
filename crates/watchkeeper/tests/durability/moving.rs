//! Vendors whose pages move at every look.

use crate::support::page::{Page, Told};
use crate::support::vendor::FakeVendor;
use domain::Timestamp;

/// Vendors that are watched.
pub(crate) const VENDORS: usize = 20;
/// Updates after which an incident is over and the next one begins.
const UPDATES: usize = 4;
/// Incidents that a page lists; older ones fall off its end.
const LISTED: usize = 8;

/// Pages on which nothing moves yet.
pub(crate) async fn start() -> Vec<FakeVendor> {
    let mut vendors = Vec::new();
    for _ in 0..VENDORS {
        vendors.push(FakeVendor::start(Page::quiet()).await);
    }
    vendors
}

/// Lets every page say one more thing at every look.
pub(crate) fn stir(vendors: &[FakeVendor]) {
    for vendor in vendors {
        vendor.move_by_itself(Some(say_more));
    }
}

/// Lets every page stay as it is.
pub(crate) fn freeze(vendors: &[FakeVendor]) {
    for vendor in vendors {
        vendor.move_by_itself(None);
    }
}

fn say_more(page: &mut Page) {
    let before: Timestamp = page.updated_at.parse().expect("RFC 3339");
    let now = (before + jiff::SignedDuration::from_mins(1)).to_string();
    let newest = &mut page.incidents[0];
    let number = newest.updates.len();
    if number < UPDATES && newest.id != "old0" {
        let status = if number + 1 == UPDATES { "resolved" } else { "monitoring" };
        newest.post(
            &format!("{}u{number}", newest.id.clone()),
            status,
            &format!("Word {number} at {now}."),
            &now,
        );
    } else {
        let id = format!("at{}", before.as_second());
        let mut told = Told::new(&id, &format!("Trouble at {now}"), "minor", &["c-sort"]);
        told.post(&format!("{id}u0"), "investigating", &format!("It began at {now}."), &now);
        page.incidents.insert(0, told);
        page.incidents.truncate(LISTED);
    }
    page.updated_at = now;
}
