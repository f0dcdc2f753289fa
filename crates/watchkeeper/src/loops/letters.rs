//! Sends letters to single subscribers: the question whether they want to be told, and digests. A letter is a row
//! until it is sent, so a crash loses none; any node may claim it, and what it says is what is so then.
//!
//! Never decides who is on the list, but for one case: a program or a chat that takes the test message has confirmed
//! by that.

use crate::app::Parts;
use crate::letters::digest::News;
use crate::letters::{Envelope, confirm, digest};
use crate::sending::subscribers::notifier;
use domain::Timestamp;
use jiff::SignedDuration;
use notifiers::{Mail, Verdict};
use std::sync::Arc;
use std::time::Duration;
use store::{ClaimedLetter, LetterKind, Outcome, Subscriber, SubscriberKind, SubscriberState};
use web::page::Page;
use web::subscribe::link_token;
use web::{Seal, auth};

/// Letters taken at a time.
const BATCH: u32 = 32;
/// How long another node waits before it takes over what this one holds.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// Between two looks: somebody waits for their confirmation.
const PAUSE: Duration = Duration::from_secs(1);
/// Waits between tries; the last ends within the two days for which a question can be answered.
const WAITS: [Duration; 6] = [
    Duration::from_secs(5),
    Duration::from_mins(1),
    Duration::from_mins(10),
    Duration::from_hours(1),
    Duration::from_hours(4),
    Duration::from_hours(12),
];

pub(super) async fn run(parts: Arc<Parts>) {
    while parts.rest(PAUSE).await {
        // Without the key with which the links in letters are made nobody can subscribe.
        let Some(seal) = &parts.seal else { continue };
        while !parts.is_stopping() && send_due(&parts, seal).await {}
    }
}

/// Sends what is due, a batch of it; false where nothing was.
async fn send_due(parts: &Parts, seal: &Seal) -> bool {
    let claimed = parts.store.claim_letters(parts.clock.now(), BATCH, LEASE).await;
    let letters = claimed.unwrap_or_else(|error| {
        tracing::warn!(%error, "cannot read which letters are to be sent");
        Vec::new()
    });
    futures_util::future::join_all(letters.iter().map(|letter| send(parts, seal, letter))).await;
    !letters.is_empty()
}

async fn send(parts: &Parts, seal: &Seal, letter: &ClaimedLetter) {
    let outcome = match try_once(parts, seal, letter).await {
        Ok(verdict) => judge(parts, letter, verdict),
        Err(error) => later(parts, letter, error.to_string(), None),
    };
    match parts.store.finish_letter(&letter.id, letter.epoch, outcome).await {
        // Another node sent it meanwhile, or its reader left.
        Ok(()) | Err(store::Error::LostLease) => {}
        Err(error) => tracing::warn!(%error, letter.id, "cannot write what became of a letter"),
    }
}

/// Sends it; a letter that nobody needs any more is as good as sent.
async fn try_once(parts: &Parts, seal: &Seal, letter: &ClaimedLetter) -> store::Result<Verdict> {
    let nothing = Verdict::Delivered(None);
    let Some(subscriber) = parts.store.subscriber(&letter.subscriber).await? else { return Ok(nothing) };
    let page = parts.site.page(&subscriber.page);
    let address = page.and_then(|page| Some((page, page.public_url()?)));
    let Some((page, url)) = address else {
        return Ok(Verdict::Refused("the page has no public address, or is gone".to_owned()));
    };
    let token = link_token(seal, &subscriber.id);
    let envelope = Envelope {
        page: page.name(),
        url: url.as_str().trim_end_matches('/'),
        subscriber: &subscriber,
        token: &token,
        key: &letter.id,
        at: letter.created_at,
    };
    match (letter.kind, subscriber.state) {
        (_, SubscriberState::Gone) => Ok(nothing),
        (LetterKind::Confirm, _) => ask(parts, &envelope).await,
        (LetterKind::Digest, SubscriberState::Confirmed) => {
            let news = news(parts, page, letter.about_from, letter.created_at).await?;
            let day = letter.id.rsplit('.').next().unwrap_or_default();
            let chosen: Vec<&News> = news.iter().filter(|news| is_chosen(&subscriber, news)).collect();
            match digest::mail(&envelope, day, &chosen) {
                Some(mail) => Ok(post(parts, &mail).await),
                None => Ok(nothing),
            }
        }
        (LetterKind::Digest, _) => Ok(nothing),
    }
}

async fn ask(parts: &Parts, envelope: &Envelope<'_>) -> store::Result<Verdict> {
    let subscriber = envelope.subscriber;
    if subscriber.kind == SubscriberKind::Email {
        return Ok(post(parts, &confirm::mail(envelope)).await);
    }
    let now = parts.clock.now();
    let verdict = match notifier(parts, subscriber) {
        Ok(notifier) => parts.sending.send(notifier.as_ref(), &confirm::test(envelope), now).await,
        Err(why) => Verdict::Refused(why),
    };
    if matches!(verdict, Verdict::Delivered(_)) {
        let hash = auth::token::hash(envelope.token);
        parts.store.confirm_subscriber(hash, now).await?;
    }
    Ok(verdict)
}

async fn post(parts: &Parts, mail: &Mail) -> Verdict {
    match &parts.sending.mailer {
        Some(mailer) => mailer.send(mail).await,
        None => Verdict::Refused("no `[mail]` server is configured".to_owned()),
    }
}

fn judge(parts: &Parts, letter: &ClaimedLetter, verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::Delivered(_) => Outcome::Done { at: parts.clock.now() },
        Verdict::Retry { reason, after } => later(parts, letter, reason, after),
        Verdict::Refused(error) | Verdict::Gone(error) => {
            tracing::info!(letter.id, error, "a letter is given up");
            Outcome::Dead { at: parts.clock.now(), error }
        }
    }
}

fn later(parts: &Parts, letter: &ClaimedLetter, error: String, after: Option<Duration>) -> Outcome {
    let now = parts.clock.now();
    match crate::sending::backoff::next_try(&WAITS, letter.attempt, now, after, parts.entropy.fraction()) {
        Some(at) => Outcome::Retry { at, error },
        None => Outcome::Dead { at: now, error: format!("given up after {} tries: {error}", letter.attempt) },
    }
}

/// What was said in public on a page in that time.
pub(super) async fn news(
    parts: &Parts,
    page: &Page,
    from: Timestamp,
    until: Timestamp,
) -> store::Result<Vec<News>> {
    /// Incidents that are looked through, the latest published first.
    const LATEST: u32 = 200;
    let filter = store::Filter { source: Some(store::Source::Environments), ..store::Filter::default() };
    let listed = parts.store.list_incidents(&filter, None, LATEST).await?;
    let mut news = Vec::new();
    for row in listed.rows.iter().filter(|row| row.updated_at >= from) {
        let domain::Origin::Own { environment } = &row.origin else { continue };
        if !page.shows_environment(environment) {
            continue;
        }
        let incident = parts.store.load(&row.id).await?;
        let shown = |component: &domain::incident::AffectedComponent| {
            page.shows_component(environment, &component.key)
        };
        if incident.components.is_empty() || incident.components.iter().any(shown) {
            let name = environment_name(parts, environment);
            news.extend(News::of(&incident, &name, from, until));
        }
    }
    Ok(news)
}

fn environment_name(parts: &Parts, environment: &domain::Slug) -> String {
    parts.site.environment(environment).map_or_else(|| environment.to_string(), |known| known.name)
}

fn is_chosen(subscriber: &Subscriber, news: &News) -> bool {
    let domain::Origin::Own { environment } = &news.incident.origin else { return false };
    let components = news.incident.components.iter().map(|component| component.key.clone()).collect();
    let audience = store::subscribers::Audience {
        page: subscriber.page.clone(),
        environment: environment.clone(),
        components,
    };
    audience.holds(subscriber)
}
