//! The platform's part: real databases, as it happens.

use crate::app::App;
use crate::clock::Clock;
use crate::cmd::{terminal, token};
use crate::demo::platform::{self, Platform};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

/// The platform, and a Watchkeeper that watches its databases.
pub(super) struct Watched {
    pub(super) platform: Platform,
    pub(super) app: App,
    token: String,
}

impl Watched {
    pub(super) async fn start(mongod: &Path, folder: &Path) -> anyhow::Result<Self> {
        let progress = terminal::progress();
        progress.set_message("starting two databases and filling them");
        let platform = Platform::start(mongod, folder).await?;
        progress.finish_and_clear();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let store = format!("sqlite:{}", folder.join("platform.db").display());
        let config = super::read(&platform::config(&platform, listen, &store), folder)?;
        let app = App::start(config, Clock::System).await?;
        let token = token::create(&app.parts().store, "demo visitor", &["write"], None, app.parts()).await?;
        Ok(Self { platform, app, token })
    }

    pub(super) fn welcome(&self) -> String {
        let (client, page) = (self.platform.address(), self.app.address());
        format!(
            "Your own platform, as it happens: a customer service in PROD1 and PROD2, on a MongoDB each.\n  \
             http://{client}/   its web client: press a button that stalls PROD1's reads\n  \
             http://{page}/   its status page: within seconds an incident that names database and cause;\n  \
             {:>width$}   PROD2 stays green, and half a minute later it is closed again\n  \
             http://{page}/console/reads   the reads, second by second\n\
             The platform's console takes this token: {}\n",
            "",
            self.token,
            width = format!("http://{page}/").len(),
        )
    }

    pub(super) async fn stop(self) {
        self.app.stop().await;
    }
}
