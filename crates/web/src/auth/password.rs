//! Passwords: hashed slowly on purpose, with argon2id and the parameters that OWASP names (19 MiB, two passes, one
//! lane), on threads of their own and no more at a time than there are cores.
//!
//! An account that does not exist costs what one that does costs: there is a hash to compare with for nobody.
//! Never keeps a password, and never says which of two things was wrong.

use crate::error::Error;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use std::thread::available_parallelism;
use tokio::sync::Semaphore;

/// Fewest letters.
pub(crate) const FEWEST: usize = 12;
/// Most bytes: more would only be hashed for longer.
const MOST: usize = 512;
/// What nobody's password is compared with.
const OF_NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWhhcy1pdC4$\
                         AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Places for those who hash.
#[derive(Debug)]
pub(crate) struct Passwords(Semaphore);

impl Default for Passwords {
    fn default() -> Self {
        Self(Semaphore::new(available_parallelism().map_or(1, usize::from)))
    }
}

impl Passwords {
    /// The hash of a new password, in PHC's notation.
    pub(crate) async fn hash(&self, password: &str, salt: [u8; 16]) -> Result<String, Error> {
        check(password)?;
        let password = password.to_owned();
        self.apart(move || {
            let hash: Result<PasswordHash, _> = argon2().hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash| hash.to_string())
        })
        .await?
        .map_err(|error| Error::Internal(error.to_string().into()))
    }

    /// Whether it is the password of that hash; without one, it takes as long and it is not.
    pub(crate) async fn verify(&self, password: &str, phc: Option<String>) -> Result<bool, Error> {
        let password: String = password.chars().take(MOST).collect();
        let known = phc.is_some();
        let phc = phc.unwrap_or_else(|| OF_NOBODY.to_owned());
        let same = self
            .apart(move || {
                let hash = PasswordHash::new(&phc)?;
                Ok::<_, argon2::password_hash::Error>(
                    argon2().verify_password(password.as_bytes(), &hash).is_ok(),
                )
            })
            .await?
            .map_err(|error| Error::Internal(error.to_string().into()))?;
        Ok(same && known)
    }

    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let _place = self.0.acquire().await.map_err(|error| Error::Internal(Box::new(error)))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(Box::new(error)))
    }
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

/// Whether a password will do.
fn check(password: &str) -> Result<(), Error> {
    if password.chars().count() < FEWEST {
        return Err(Error::invalid("`password` is too short", format!("use at least {FEWEST} letters")));
    }
    if password.len() > MOST {
        return Err(Error::invalid("`password` is too long", format!("use at most {MOST} bytes")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_nobody_has_one() {
        let passwords = Passwords::default();
        let phc = passwords.hash("correct horse battery", [7; 16]).await.expect("hashed");
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        let verify = async |password: &str, phc: Option<&str>| {
            passwords.verify(password, phc.map(str::to_owned)).await.expect("verified")
        };
        assert!(verify("correct horse battery", Some(&phc)).await);
        assert!(!verify("correct horse batterz", Some(&phc)).await);
        assert!(!verify("correct horse battery", None).await);
        assert!(!verify("", None).await);
    }

    #[test]
    fn nobody_is_compared_with_as_much_work_as_somebody() {
        let hash = PasswordHash::new(OF_NOBODY).expect("well formed");
        let params = Params::try_from(&hash).expect("parameters");
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (19 * 1024, 2, 1));
        assert_eq!(Params::DEFAULT.m_cost(), 19 * 1024);
    }

    #[tokio::test]
    async fn short_and_endless_passwords_are_refused_with_the_field() {
        let passwords = Passwords::default();
        for password in ["", "eleven char", &"x".repeat(513)] {
            let refused = passwords.hash(password, [0; 16]).await.expect_err("refused");
            assert!(refused.to_string().contains("`password`"), "{refused}");
        }
    }
}
