//! The vendors' part: a day in December, faster than life.

use crate::app::App;
use crate::clock::{Clock, Replay};
use crate::cmd::{serve, token};
use crate::demo::{self, World};
use anyhow::Context as _;
use domain::Timestamp;
use jiff::SignedDuration;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use tokio::time::Instant;

/// How long the replay stays fast after its leap: the postmortem comes three minutes in.
const FAST_AFTER_LEAP: SignedDuration = SignedDuration::from_mins(8);

/// Invented vendors, and a Watchkeeper that watches them.
pub(super) struct Vendors {
    world: World,
    app: App,
    token: String,
    speed: u32,
}

impl Vendors {
    pub(super) async fn start(port: u16, speed: u32, folder: &Path) -> anyhow::Result<Self> {
        let clock = Clock::Replay(replay(speed));
        let of_the_world = clock.clone();
        let world = World::start(Arc::new(move || of_the_world.now())).await?;
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let database = format!("sqlite:{}", folder.join("demo.db").display());
        let config = super::read(&demo::config(&world, listen, &database), folder)?;
        let app = App::start(config, clock).await.context("cannot start the demo; try `--port 0`")?;
        let token = token::create(&app.parts().store, "demo visitor", &["write"], None, app.parts()).await?;
        Ok(Self { world, app, token, speed })
    }

    pub(super) async fn run_until_told(self) -> anyhow::Result<()> {
        serve::run_until_told(self.app).await?;
        self.world.stop().await;
        Ok(())
    }

    pub(super) fn welcome(&self) -> String {
        let after = |minutes: u32| minutes * 60 / self.speed;
        let address = self.app.address();
        format!(
            "\nA vendor's day is at http://{address}/\n\
             It is 14 December 2024, 17:25 UTC, and time runs {} times faster than life.\n\
             Open http://{address}/vendors/northwind-desk and leave it open:\n  \
             now            everything is green\n  \
             after {:>4} s   the vendor opens an incident (17:33); it is here within one look\n  \
             after {:>4} s   it posts the same words again (17:38): one update, shown as repeated\n  \
             after {:>4} s   a fix is watched (18:04), and its text is edited (18:12)\n  \
             after {:>4} s   resolved (18:27), after 54 minutes\n  \
             after {:>4} s   the clock leaps by 58 days, and the postmortem comes\n\
             The console at http://{address}/console takes this token: {}\n",
            self.speed,
            after(8),
            after(13),
            after(39),
            after(62),
            after(73),
            self.token,
        )
    }
}

fn replay(speed: u32) -> Replay {
    Replay {
        began: Instant::now(),
        starts_at: demo::STARTS_AT,
        leaps_at: demo::LEAPS_AT,
        resumes_at: demo::RESUMES_AT,
        settles_at: demo::RESUMES_AT.saturating_add(FAST_AFTER_LEAP).unwrap_or(Timestamp::MAX),
        speed,
    }
}
