//! Subscribers of a page as receivers: who hears of a notice, how each is reached, and what their answers mean for
//! their subscription.
//!
//! Never tells a subscriber what was said inside.

use super::MAIL_ROUTE;
use super::receiver::{Receiver, Subscription};
use super::story::Subject;
use crate::app::Parts;
use crate::config::Config;
use domain::{ComponentKey, Incident, Language, Origin};
use notifiers::{Audience, Notifier, Verdict};
use serde_json::{Value, json};
use std::sync::Arc;
use store::subscribers::Audience as Wanted;
use store::{
    Bounce, ClaimedDelivery, ClaimedNotice, Lane, NewDelivery, Subscriber, SubscriberKind, SubscriberState,
};
use web::page::Page;
use web::subscribe::{Subscribing, Vet, link_token, signing_secret};

/// The next subscribers who hear of a notice, page by page, and where to go on; `None` after the last.
pub async fn after(
    parts: &Parts,
    notice: &ClaimedNotice,
    cursor: &str,
    limit: usize,
) -> store::Result<(Vec<NewDelivery>, Option<String>)> {
    let subject = Subject {
        incident: notice.incident.clone(),
        seq: notice.seq,
        notice: notice.notice,
        audience: Audience::Public,
    };
    let Some(story) = parts.sending.stories.story(&parts.store, &subject).await? else {
        return Ok((Vec::new(), None));
    };
    if let Origin::Own { environment } = &story.incident.origin {
        let learned = parts.site.learn(environment).await;
        learned.map_err(|error| store::Error::Unavailable(error.inside().unwrap_or_default()))?;
    }
    // Pages are told in the order of their configuration. One that is gone was the last.
    let (page, reached) = cursor.split_once('/').unwrap_or_default();
    let pages = parts.site.pages();
    let first = pages.iter().position(|known| page.is_empty() || known.slug().as_str() == page);
    let mut reached = Some(reached);
    for page in &pages[first.unwrap_or(pages.len())..] {
        let after = reached.take();
        let Some(wanted) = wanted(page, &story.incident) else { continue };
        let found = parts.store.subscribers_after(&wanted, after, limit).await?;
        if let Some(last) = found.last() {
            let next = format!("{}/{}", page.slug(), last.id);
            return Ok((found.iter().map(delivery).collect(), Some(next)));
        }
    }
    Ok((Vec::new(), None))
}

/// Of what the subscribers of a page may want to hear. `None` where the page does not show the incident.
fn wanted(page: &Page, incident: &Incident) -> Option<Wanted> {
    let Origin::Own { environment } = &incident.origin else { return None };
    let components: Vec<ComponentKey> = incident
        .components
        .iter()
        .filter(|component| page.shows_component(environment, &component.key))
        .map(|component| component.key.clone())
        .collect();
    let shown =
        page.shows_environment(environment) && (incident.components.is_empty() || !components.is_empty());
    shown.then(|| Wanted { page: page.slug().clone(), environment: environment.clone(), components })
}

fn delivery(subscriber: &Subscriber) -> NewDelivery {
    let host = || url::Url::parse(&subscriber.target).ok()?.host_str().map(str::to_owned);
    let (lane, route) = match subscriber.kind {
        SubscriberKind::Email => (Lane::Mail, MAIL_ROUTE.to_owned()),
        _ => (Lane::Subscribers, host().unwrap_or_default()),
    };
    NewDelivery {
        lane,
        destination: format!("subscriber:{}", subscriber.id),
        channel: subscriber.kind.as_str().to_owned(),
        route,
    }
}

/// The receiver that a subscriber is now. The error says why there is none any more.
pub async fn find(parts: &Parts, id: &str) -> store::Result<Result<Receiver, String>> {
    let subscriber = parts.store.subscriber(id).await?;
    let subscriber = subscriber.filter(|subscriber| subscriber.state == SubscriberState::Confirmed);
    let Some(subscriber) = subscriber else { return Ok(Err("they have left the list".to_owned())) };
    let page = parts.site.pages().iter().find(|page| page.slug() == &subscriber.page);
    let Some(page) = page.cloned() else { return Ok(Err(format!("there is no page `{}`", subscriber.page))) };
    let token = parts.seal.as_ref().map(|seal| link_token(seal, &subscriber.id));
    let subscription = Subscription { page, token, bounced: subscriber.bounces > 0 };
    Ok(notifier(parts, &subscriber).map(|notifier| Receiver {
        notifier: Arc::from(notifier),
        audience: Audience::Public,
        language: Language::parse(&subscriber.language).unwrap_or_default(),
        subscription: Some(subscription),
    }))
}

/// What is sent to a subscriber, and what their answers mean.
pub(crate) fn notifier(parts: &Parts, subscriber: &Subscriber) -> Result<Box<dyn Notifier>, String> {
    let name = subscriber.kind.as_str();
    let kind = notifiers::find(name).ok_or_else(|| format!("`{name}` is no kind of receiver"))?;
    (kind.read)(&settings(parts, subscriber)?)
}

/// The ways in which readers may subscribe, and the judgement of where they want messages to go: the same guard that
/// judges each connection, so that whoever types a private address is told at once.
pub(crate) fn offered(config: &Config) -> Subscribing {
    let has_address = config.server.public_url.is_some();
    let works =
        |kind: &SubscriberKind| has_address && (*kind != SubscriberKind::Email || config.mail.is_some());
    let allowed = config.fetch.allow_hosts.clone();
    let vet = Vet::from_fn(move |kind, url| {
        allowed.check(url).map_err(|refused| format!("it is {}; use a public address", refused.reason))?;
        if kind == SubscriberKind::Webhook {
            return Ok(());
        }
        let kind = notifiers::find(kind.as_str()).ok_or("there is no such way")?;
        (kind.read)(&json!({ "url": url.as_str() })).map(|_| ())
    });
    Subscribing { kinds: SubscriberKind::ALL.iter().copied().filter(works).collect(), vet }
}

/// What the kind of receiver needs to know.
fn settings(parts: &Parts, subscriber: &Subscriber) -> Result<Value, String> {
    Ok(match subscriber.kind {
        SubscriberKind::Email => json!({ "to": subscriber.target }),
        SubscriberKind::Webhook => {
            let seal = parts.seal.as_ref().ok_or("there is no `[secrets] key` that opens its secret")?;
            let secret = signing_secret(seal, subscriber).ok_or("its secret cannot be opened")?;
            json!({ "url": subscriber.target, "secrets": [secret] })
        }
        _ => json!({ "url": subscriber.target }),
    })
}

/// What an answer means for the subscription: whoever wants nothing more is taken off the list, an address that does
/// not exist is not written to again, and one that could not be reached is not for ever. `given_up` says that this
/// message is not tried again.
pub async fn note(parts: &Parts, delivery: &ClaimedDelivery, verdict: &Verdict, given_up: bool) {
    let Some(("subscriber", id)) = delivery.destination.split_once(':') else { return };
    let by_mail = delivery.route == MAIL_ROUTE;
    let bounce = match verdict {
        Verdict::Refused(why) if by_mail && is_of_the_address(why) => Some((Bounce::Hard, why)),
        Verdict::Refused(why) if by_mail && is_of_the_mailbox(why) => Some((Bounce::Soft, why)),
        // Mail that our own server did not take in three days says nothing of its receiver.
        Verdict::Retry { reason, .. } if given_up && (!by_mail || is_of_the_mailbox(reason)) => {
            Some((Bounce::Soft, reason))
        }
        _ => None,
    };
    let noted = match (verdict, bounce) {
        (Verdict::Gone(why), _) => parts.store.end_subscriber(id, why, parts.clock.now()).await.map(|_| ()),
        (_, Some((bounce, why))) => parts.store.bounced(id, bounce, why).await.map(|_| ()),
        (_, None) => Ok(()),
    };
    if let Err(error) = noted {
        tracing::warn!(%error, subscriber.id = id, "cannot write what became of a subscription");
    }
}

/// Notes that a message arrived where some had not.
pub async fn note_arrival(parts: &Parts, delivery: &ClaimedDelivery) {
    let Some(("subscriber", id)) = delivery.destination.split_once(':') else { return };
    if let Err(error) = parts.store.reached(id).await {
        tracing::warn!(%error, subscriber.id = id, "cannot write that a subscriber was reached");
    }
}

/// Whether a mail server says that there is no such address (RFC 3463, 5.1.x). Any other refusal may be of our server
/// or of this message, and must not cost us every subscriber.
fn is_of_the_address(why: &str) -> bool {
    why.split_whitespace().any(|word| word.starts_with("5.1."))
}

/// Whether a mail server says that the mailbox takes nothing for now (5.2.x and 4.2.x): full, or switched off.
fn is_of_the_mailbox(why: &str) -> bool {
    why.split_whitespace().any(|word| word.starts_with("5.2.") || word.starts_with("4.2."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_does_not_exist_is_the_subscribers_fault() {
        assert!(is_of_the_address("permanent error (550): 5.1.1 no such user"));
        assert!(!is_of_the_address("permanent error (554): 5.7.1 relay access denied"));
        assert!(!is_of_the_address("permanent error (552): message too big"));
        assert!(is_of_the_mailbox("permanent error (552): 5.2.2 mailbox full"));
        assert!(is_of_the_mailbox("given up after 10 tries: transient error (452): 4.2.2 mailbox full"));
        assert!(!is_of_the_mailbox("transient error (451): 4.7.1 try again later"));
    }
}
