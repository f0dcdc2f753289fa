//! Orders of a shop, made from their numbers: some customers order often, most orders are done, few are late.

use ::mongodb::Database;
use ::mongodb::bson::{Bson, DateTime, Document, doc};

/// The collection.
pub(crate) const NAMESPACE: &str = "shop.orders";
const COUNT: i64 = 2_000;

/// From 0 to 1, the same for the same number.
fn chance(number: i64, salt: i64) -> f64 {
    let mixed = (number.wrapping_mul(2_654_435_761) ^ salt.wrapping_mul(40_503)).wrapping_mul(2_246_822_519);
    f64::from(u32::try_from((mixed >> 7) & 0xff_ffff).unwrap_or(0)) / f64::from(0x100_0000)
}

/// One of so many, the first ones far more often.
#[expect(clippy::cast_possible_truncation, reason = "small numbers")]
fn skewed(number: i64, salt: i64, of: i32) -> i32 {
    (chance(number, salt).powi(3) * f64::from(of)) as i32
}

fn one_of(words: &[&'static str], place: i32) -> &'static str {
    usize::try_from(place).ok().and_then(|place| words.get(place).copied()).unwrap_or_default()
}

fn order(n: i64) -> Document {
    let customer = skewed(n, 1, 300);
    let mut order = doc! {
        "_id": n,
        "customer": customer,
        "email": format!("c{n}@example.org"),
        "status": one_of(&["done", "done", "done", "done", "open", "sent", "lost", "held"], skewed(n, 2, 8)),
        "open": chance(n, 3) < 0.04,
        "paid": chance(n, 4) < 0.6,
        "team": skewed(n, 5, 30),
        "region": skewed(n, 6, 12),
        "total": skewed(n, 7, 5_000),
        "weight": skewed(n, 8, 900),
        "at": DateTime::from_millis(1_700_000_000_000 + n * 60_000),
        "due": DateTime::from_millis(1_700_000_000_000 + i64::from(skewed(n, 9, 100_000)) * 60_000),
        "code": format!("{}-{n}", one_of(&["AB", "CD", "EF", "GH"], skewed(n, 10, 4))),
        "name": format!("Name{}", skewed(n, 11, 700)),
        "tags": [format!("t{}", skewed(n, 12, 40)), format!("t{}", skewed(n, 13, 60))],
        "labels": [skewed(n, 14, 20), skewed(n, 15, 20)],
        "items": [
            { "sku": format!("s{}", skewed(n, 16, 200)), "qty": skewed(n, 17, 9) },
            { "sku": format!("s{}", skewed(n, 18, 200)), "qty": skewed(n, 19, 9) },
        ],
        "place": { "town": skewed(n, 20, 50), "street": skewed(n, 21, 900) },
        "note": "words that nobody asks for ".repeat(8),
    };
    if chance(n, 22) < 0.03 {
        order.insert("late_by", skewed(n, 23, 90));
    }
    if chance(n, 24) < 0.1 {
        order.insert("parent", Bson::Null);
    } else {
        order.insert("parent", skewed(n, 25, 400));
    }
    order
}

/// Makes the orders, and the customers that they name.
pub(crate) async fn seed(database: &Database) {
    let orders = (0..COUNT).map(order);
    database.collection::<Document>("orders").insert_many(orders).await.expect("inserted");
    let customers = (0..300).map(|n| doc! { "_id": n, "number": n, "name": format!("Name{n}") });
    database.collection::<Document>("customers").insert_many(customers).await.expect("inserted");
}
