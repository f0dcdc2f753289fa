//! Who works in the console, as arguments of handlers:
//!
//! - [`Operator`] for a page: somebody who is signed in and has a role somewhere. Anybody else is sent to sign in.
//! - [`Posted`] for a form: an operator, and the fields of a form that one of our own pages showed this browser.
//! - [`Stranger`] for a form of somebody who may not be signed in yet: to sign in, to be the first.
//!
//! A handler that takes one of them needs no check of its own but what exactly is wanted and where:
//! `operator.may(Action::Configure, Place::Everywhere)?`. Nothing here knows a page.

use super::form::Form;
use super::to_sign_in;
use crate::api::write::read_body;
use crate::auth::{Actor, Visitor, address, csrf_matches, is_foreign};
use crate::error::Error;
use crate::site::Site;
use crate::write::Wish;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response};
use axum::response::IntoResponse as _;
use domain::{Action, Place};
use std::sync::Arc;

/// Somebody who is signed in and has a role somewhere.
#[derive(Debug)]
pub(crate) struct Operator {
    pub(crate) actor: Actor,
    pub(crate) visitor: Visitor,
}

impl Operator {
    /// Refuses what they may not do there.
    pub(crate) fn may(&self, action: Action, place: Place<'_>) -> Result<(), Error> {
        self.actor.may(action, place)
    }

    /// A change of an incident under their name. Whether they may is asked where the incident is known.
    pub(crate) fn wish(&self) -> Wish {
        Wish { who: self.actor.clone(), key: None }
    }
}

/// A form of an operator.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) operator: Operator,
    pub(crate) headers: HeaderMap,
    pub(super) form: Form,
}

/// A form of anybody.
#[derive(Debug)]
pub(crate) struct Stranger {
    pub(crate) visitor: Visitor,
    pub(crate) headers: HeaderMap,
    pub(crate) form: Form,
    /// Network address, empty if it is not known.
    pub(crate) address: String,
}

impl FromRequestParts<Arc<Site>> for Operator {
    type Rejection = Response<Body>;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Response<Body>> {
        let visitor = site.visitor(&parts.headers).await.map_err(Error::into_response)?;
        let Some(actor) = visitor.actor(address(&parts.extensions)) else {
            return Err(to_sign_in(&parts.uri));
        };
        actor.may(Action::See, Place::Somewhere).map_err(Error::into_response)?;
        Ok(Self { actor, visitor })
    }
}

impl FromRequest<Arc<Site>> for Posted {
    type Rejection = Error;

    async fn from_request(request: Request, site: &Arc<Site>) -> Result<Self, Error> {
        let Stranger { visitor, headers, form, address } = Stranger::from_request(request, site).await?;
        let actor = visitor.actor(address).ok_or(Error::Unauthenticated("you are not signed in"))?;
        Ok(Self { operator: Operator { actor, visitor }, headers, form })
    }
}

impl FromRequest<Arc<Site>> for Stranger {
    type Rejection = Error;

    async fn from_request(request: Request, site: &Arc<Site>) -> Result<Self, Error> {
        let (parts, body) = request.into_parts();
        if is_foreign(&parts.headers, site.config.public_url.as_ref()) {
            return Err(Error::ForeignForm);
        }
        let visitor = site.visitor(&parts.headers).await?;
        let form = Form::parse(&read_body(body).await?);
        if !csrf_matches(&visitor, form.value("csrf")) {
            return Err(Error::ForeignForm);
        }
        Ok(Self { visitor, headers: parts.headers, form, address: address(&parts.extensions) })
    }
}
