//! One Watchkeeper watches the page of another: what the one says, the other shows.

use crate::support::configuration::{self, Watched};
use crate::support::database::Database;
use crate::support::reader::Reader;
use crate::support::until;
use crate::world::{BEGINNING, INTERVAL, LOOPS, World, at, read_config, step_to};
use domain::Slug;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use watchkeeper::app::App;
use watchkeeper::clock::Clock;

on_both_databases!(an_incident_of_one_is_on_the_page_of_the_other_as_it_was_written);

/// A second installation, whose only vendor is the first.
struct Neighbour {
    app: App,
    clock: Clock,
    reader: Reader,
    vendor: Slug,
}

impl Neighbour {
    async fn of(world: &World, database: &Database) -> Self {
        let url = format!("http://{}/", world.address());
        let watched = Watched { name: "Quay", url: &url, components: &[], interval_seconds: INTERVAL };
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let config = configuration::text(listen, &database.address(), &[watched], "");
        let clock = Clock::stepped(at(BEGINNING));
        let app = App::start(read_config(&config), clock.clone()).await.expect("it starts");
        let vendor = Slug::parse("quay").expect("a slug");
        let neighbour = Self { reader: Reader::of(app.address()), app, clock, vendor };
        until("the page was seen", async || neighbour.known().await.health.last_ok_at.is_some()).await;
        neighbour
    }

    async fn known(&self) -> store::Vendor {
        self.app.parts().store.vendor(&self.vendor).await.expect("the store answers")
    }

    async fn look(&self) {
        let due = self.known().await.next_look_at;
        step_to(&self.clock, LOOPS, due).await;
        until("the look is written down", async || self.known().await.next_look_at > due).await;
    }

    /// What it shows of the first, oldest incident first, once its pages do.
    async fn shown(&self, how_many: usize) -> Vec<Value> {
        let list = async || {
            let list = self.reader.json("/api/v1/vendors/quay/incidents").await;
            list["incidents"].as_array().expect("a list").clone()
        };
        until("its list has them", async || list().await.len() == how_many).await;
        let mut told = Vec::new();
        for line in list().await.iter().rev() {
            let id = line["id"].as_str().expect("an id");
            told.push(self.reader.json(&format!("/api/v1/incidents/{id}")).await);
        }
        told
    }
}

/// What two installations must agree on.
fn words(incident: &Value) -> Value {
    let updates = incident["updates"].as_array().expect("updates");
    let update = |update: &Value| {
        let version = update["versions"].as_array().and_then(|versions| versions.last()).expect("a version");
        json!([update["state"], version["body"], update["published_at"]])
    };
    let components = incident["components"].as_array().expect("components");
    let component = |component: &Value| json!([component["name"], component["state"]]);
    json!({
        "title": incident["title"], "kind": incident["kind"], "impact": incident["impact"],
        "state": incident["state"], "open": incident["open"],
        "updates": updates.iter().map(update).collect::<Vec<_>>(),
        "components": components.iter().map(component).collect::<Vec<_>>(),
        "schedule": [incident["schedule"]["from"], incident["schedule"]["until"]],
    })
}

async fn an_incident_of_one_is_on_the_page_of_the_other_as_it_was_written(database: Database) {
    let world = World::start(database).await;
    let token = world.token().await;
    let beside = Database::sqlite();
    let neighbour = Neighbour::of(&world, &beside).await;

    let incident = json!({
        "environment": "prod", "title": "The ovens are cold & dark", "impact": "major", "body": "No bread.",
        "components": [{ "key": "Ovens", "state": "major_outage" }],
    });
    let maintenance = json!({
        "environment": "prod", "kind": "maintenance", "title": "Sweeping the chimney", "body": "An hour.",
        "components": [{ "key": "Shop", "state": "under_maintenance" }],
        "schedule": { "from": "2024-12-15T20:00:00Z", "until": "2024-12-15T21:00:00Z" },
    });
    let mut paths = Vec::new();
    for body in [&incident, &maintenance] {
        let opened = world.reader.post("/api/v1/incidents", &token, body).await.json();
        paths.push(format!("/api/v1{}", opened["path"].as_str().expect("a path")));
        world.step(Duration::from_secs(30)).await;
    }
    let agree = async || {
        neighbour.look().await;
        for (path, theirs) in paths.iter().zip(neighbour.shown(2).await) {
            assert_eq!(words(&theirs), words(&world.reader.json(path).await), "{path}");
        }
    };
    agree().await;

    let update = json!({ "state": "resolved", "body": "They are hot.",
        "components": [{ "key": "Ovens", "state": "operational" }] });
    world.reader.post(&format!("{}/updates", paths[0]), &token, &update).await;
    world.until_page("/api/v2/incidents.json", "They are hot.").await;
    agree().await;
    let theirs = neighbour.shown(2).await;
    assert_eq!((&theirs[0]["open"], &theirs[0]["title"]), (&json!(false), &incident["title"]));
}
