//! Accounts elsewhere: sign-in with the organisation's own, by `OpenID Connect`. The code flow with PKCE, a state and a
//! nonce; the token's signature, issuer, audience and time are `openidconnect`'s to check.
//!
//! A person is known by issuer and subject and by nothing else: an address never links two accounts. What they may do
//! follows from their groups at each sign-in. This module sends nothing itself: what is asked goes through the function
//! that it was given.

mod metadata;

use crate::error::Error;
use domain::{Grants, Timestamp};
use futures_util::future::BoxFuture;
pub use metadata::Metadata;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AsyncHttpClient, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError,
    Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IdTokenClaims, IdTokenFields, IdTokenVerifier, IssuerUrl, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, SignatureVerificationError, StandardErrorResponse,
    StandardTokenResponse, TokenResponse as _,
};
pub use openidconnect::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use url::Url;

/// Sends a request and brings the answer: the only way out.
pub type Exchange =
    Arc<dyn Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse, ExchangeError>> + Send + Sync>;

/// The way out as `openidconnect` takes it.
struct Way(Exchange);

impl<'c> AsyncHttpClient<'c> for Way {
    type Error = ExchangeError;
    type Future = BoxFuture<'static, Result<HttpResponse, ExchangeError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        (self.0)(request)
    }
}

/// Why no answer came.
#[derive(Debug)]
pub struct ExchangeError(pub String);

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ExchangeError {}

/// Where accounts are, and what their groups may do here.
#[derive(Clone)]
pub struct Elsewhere {
    /// What the button calls it.
    pub name: String,
    /// Address of the issuer, exactly as its tokens say it.
    pub issuer: String,
    /// What we are called there.
    pub client_id: String,
    /// By which we prove it.
    pub client_secret: String,
    /// Claim that lists the groups.
    pub groups_claim: String,
    /// What each group may do.
    pub roles: Vec<(String, Grants)>,
    /// The way out.
    pub exchange: Exchange,
    /// What the issuer said of itself.
    pub metadata: Metadata,
}

impl fmt::Debug for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elsewhere").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Whom the issuer says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) name: String,
    /// Only if the issuer has verified it.
    pub(crate) email: Option<String>,
    pub(crate) roles: Grants,
}

/// What binds the answer to the browser that asked; all of it follows from a secret of the browser.
#[derive(Clone, Debug)]
pub(crate) struct Bond {
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct Claims {
    #[serde(flatten)]
    all: HashMap<String, Value>,
}

impl AdditionalClaims for Claims {}

type Tokens = StandardTokenResponse<
    IdTokenFields<
        Claims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

type Issuer = Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

impl Elsewhere {
    /// Where the browser goes to sign in.
    pub(crate) async fn begin(&self, bond: &Bond, back: &str, now: Timestamp) -> Result<Url, Error> {
        let issuer = self.issuer(back, now).await?;
        let verifier = PkceCodeVerifier::new(bond.verifier.clone());
        let (state, nonce) = (bond.state.clone(), bond.nonce.clone());
        let (url, _, _) = issuer
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url)
    }

    /// Whom the issuer says it is, by the code that the browser brought back. `None` where its word does not hold.
    pub(crate) async fn finish(
        &self,
        code: &str,
        bond: &Bond,
        back: &str,
        now: Timestamp,
    ) -> Result<Option<Account>, Error> {
        let issuer = self.issuer(back, now).await?;
        let way = Way(Arc::clone(&self.exchange));
        let exchange = issuer.exchange_code(AuthorizationCode::new(code.to_owned())).map_err(unavailable)?;
        let exchange = exchange.set_pkce_verifier(PkceCodeVerifier::new(bond.verifier.clone()));
        let tokens = match exchange.request_async(&way).await {
            Ok(tokens) => tokens,
            Err(error) => {
                tracing::warn!(%error, "the issuer of accounts gave no token");
                return Ok(None);
            }
        };
        let Some(token) = tokens.id_token() else { return Ok(None) };
        let nonce = Nonce::new(bond.nonce.clone());
        let mut claims = token.claims(&verifier(&issuer), &nonce);
        if claims.as_ref().is_err_and(is_unknown_key) {
            let issuer = self.client(self.discover(now).await?, back)?;
            claims = token.claims(&verifier(&issuer), &nonce);
        }
        match claims {
            Ok(claims) => Ok(Some(self.account(claims))),
            Err(error) => {
                tracing::warn!(%error, "the token of an issuer of accounts does not hold");
                Ok(None)
            }
        }
    }

    async fn issuer(&self, back: &str, now: Timestamp) -> Result<Issuer, Error> {
        let metadata = match self.metadata.known_at(now) {
            Some(metadata) => metadata,
            None => self.discover(now).await?,
        };
        self.client(metadata, back)
    }

    /// Asks the issuer what it says of itself now.
    async fn discover(&self, now: Timestamp) -> Result<CoreProviderMetadata, Error> {
        let way = Way(Arc::clone(&self.exchange));
        let url = IssuerUrl::new(self.issuer.clone()).map_err(unavailable)?;
        let metadata = CoreProviderMetadata::discover_async(url, &way).await.map_err(unavailable)?;
        self.metadata.keep(metadata.clone(), now);
        Ok(metadata)
    }

    fn client(&self, metadata: CoreProviderMetadata, back: &str) -> Result<Issuer, Error> {
        let secret = ClientSecret::new(self.client_secret.clone());
        let client =
            Client::from_provider_metadata(metadata, ClientId::new(self.client_id.clone()), Some(secret));
        Ok(client.set_redirect_uri(RedirectUrl::new(back.to_owned()).map_err(unavailable)?))
    }

    fn account(&self, claims: &IdTokenClaims<Claims, CoreGenderClaim>) -> Account {
        let subject = claims.subject().as_str().to_owned();
        let verified = claims.email_verified() == Some(true);
        let email = claims.email().filter(|_| verified).map(|email| email.as_str().to_owned());
        let name = claims.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned());
        let user = claims.preferred_username().map(|user| user.as_str().to_owned());
        let name = name.or(user).or(email.clone()).unwrap_or_else(|| subject.clone());
        let groups = claims.additional_claims().all.get(&self.groups_claim);
        Account {
            issuer: claims.issuer().as_str().to_owned(),
            subject,
            name,
            email,
            roles: self.roles_of(groups),
        }
    }

    /// What the groups may do together. A group that nobody mapped may nothing.
    fn roles_of(&self, groups: Option<&Value>) -> Grants {
        let mut roles = Grants::default();
        let groups: Vec<&str> = match groups {
            Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(group)) => vec![group],
            _ => Vec::new(),
        };
        for (_, grants) in self.roles.iter().filter(|(group, _)| groups.contains(&group.as_str())) {
            if let Some(role) = grants.role_everywhere() {
                roles.grant(None, role);
            }
            for (environment, role) in grants.named() {
                roles.grant(Some(environment.clone()), role);
            }
        }
        roles
    }
}

fn verifier(issuer: &Issuer) -> IdTokenVerifier<'_, CoreJsonWebKey> {
    issuer.id_token_verifier().set_allowed_algs([
        CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        CoreJwsSigningAlgorithm::EdDsa,
    ])
}

/// Whether a token was signed with a key that we have not heard of: issuers change theirs.
fn is_unknown_key(error: &ClaimsVerificationError) -> bool {
    matches!(error, ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey))
}

fn unavailable(error: impl std::error::Error) -> Error {
    Error::Unavailable(format!("the issuer of accounts: {error}").into())
}
