//! The way from sign-in to the issuer of accounts: `web` says what is asked, the guarded client asks it.
//!
//! Never follows a redirect and never adds a cookie.

use crate::config::oidc::OidcConfig;
use crate::http::Fetcher;
use reqwest::{Method, StatusCode};
use std::sync::Arc;
use url::Url;
use web::auth::elsewhere::{Elsewhere, Exchange, ExchangeError, HttpRequest, HttpResponse, Metadata};

/// What sign-in needs.
pub(crate) fn elsewhere(config: OidcConfig, fetcher: &Fetcher) -> Elsewhere {
    let OidcConfig { issuer, name, client_id, client_secret, groups_claim, roles } = config;
    let fetcher = fetcher.clone();
    let exchange: Exchange = Arc::new(move |request| {
        let fetcher = fetcher.clone();
        Box::pin(async move { ask(&fetcher, request).await })
    });
    let metadata = Metadata::default();
    Elsewhere { name, issuer, client_id, client_secret, groups_claim, roles, exchange, metadata }
}

async fn ask(fetcher: &Fetcher, request: HttpRequest) -> Result<HttpResponse, ExchangeError> {
    let broken = |error: &dyn std::fmt::Display| ExchangeError(error.to_string());
    let (parts, body) = request.into_parts();
    let url = Url::parse(&parts.uri.to_string()).map_err(|error| broken(&error))?;
    let method = if parts.method == Method::POST { Method::POST } else { Method::GET };
    let answer = fetcher.speak(method, &url, parts.headers, body).await.map_err(|error| broken(&error))?;
    let mut response = HttpResponse::new(answer.body);
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(|error| broken(&error))?;
    Ok(response)
}
