//! Adding, changing and taking away environments while the program runs. Those of the configuration are fixed here:
//! whoever wrote them down there changes them there.

use crate::auth::Actor;
use crate::error::Error;
use crate::site::Site;
use crate::sync::Change;
use domain::environment::COMPONENTS;
use domain::{Action, Environment, Place, Slug};

impl Site {
    /// Whether an environment is in the configuration.
    pub(crate) fn is_configured(&self, slug: &Slug) -> bool {
        self.config.environments.iter().any(|environment| &environment.slug == slug)
    }

    /// Adds an environment, or makes the one of its slug like it.
    pub(crate) async fn save_environment(&self, environment: Environment, who: &Actor) -> Result<(), Error> {
        self.check_added(&environment.slug, who)?;
        environment.check().map_err(|unfit| {
            let hint = format!("use short names, each once, and at most {COMPONENTS} of them");
            Error::invalid(unfit.to_string(), hint)
        })?;
        let keys: Vec<&str> = environment.components.iter().map(|one| one.key.0.as_str()).collect();
        let detail = format!("{}: {}", environment.name, keys.join(", "));
        let deed = who.deed(self.config.clock.now(), "environment.saved", environment.slug.as_str(), &detail);
        let saved = self.store.save_environment(environment, deed).await;
        saved.map_err(|error| self.store_error(error))?;
        self.take_now(&[Change::Environments]).await;
        Ok(())
    }

    /// Takes an environment off every page, with what happened in it.
    pub(crate) async fn remove_environment(&self, slug: &Slug, who: &Actor) -> Result<(), Error> {
        self.check_added(slug, who)?;
        let deed = who.deed(self.config.clock.now(), "environment.removed", slug.as_str(), "");
        self.store.remove_environment(slug, deed).await.map_err(|error| match error {
            store::Error::NotFound => Error::NotFound { what: "environment", name: slug.to_string() },
            other => self.store_error(other),
        })?;
        self.take_now(&[Change::Environments]).await;
        Ok(())
    }

    fn check_added(&self, slug: &Slug, who: &Actor) -> Result<(), Error> {
        who.may(Action::Configure, Place::Everywhere)?;
        if self.is_configured(slug) {
            let message = format!("`name` belongs to `{slug}`, which is in the configuration");
            return Err(Error::invalid(message, "change it there, or choose another name"));
        }
        Ok(())
    }
}
