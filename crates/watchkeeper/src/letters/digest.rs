//! The digest of a day: what was said in public of incidents that its reader chose. A day without news makes no
//! letter.

use super::{Envelope, Paragraph};
use domain::{Incident, Timestamp};
use notifiers::Mail;

/// Most incidents that are told; the rest is on the page.
const INCIDENTS: usize = 50;
/// Longest text of one update that is told, in letters.
const BODY: usize = 1_000;

/// What was said of one incident.
#[derive(Clone, Debug)]
pub(crate) struct News {
    /// The incident as everybody may see it.
    pub(crate) incident: Incident,
    /// Name of its environment.
    pub(crate) environment: String,
    /// What was said, oldest first: when, state and text.
    pub(crate) said: Vec<(Timestamp, &'static str, String)>,
}

impl News {
    /// What was said of it in public from `from` until before `until`; `None` where that is nothing.
    pub(crate) fn of(
        incident: &Incident,
        environment: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Option<Self> {
        let incident = incident.for_public()?;
        let new = |update: &&domain::incident::Update| {
            update.withdrawn_at.is_none() && (from..until).contains(&update.published_at)
        };
        let said: Vec<_> = incident
            .updates
            .iter()
            .filter(new)
            .map(|update| {
                let current = update.current();
                let body: String = current.body.chars().take(BODY).collect();
                let cut = if body.len() < current.body.len() { "…" } else { "" };
                (update.published_at, current.state.label(), format!("{body}{cut}"))
            })
            .collect();
        let told = !said.is_empty() && incident.is_live();
        told.then(|| Self { incident, environment: environment.to_owned(), said })
    }
}

/// The mail; `None` where there is nothing to tell.
pub(crate) fn mail(envelope: &Envelope<'_>, day: &str, news: &[&News]) -> Option<Mail> {
    if news.is_empty() {
        return None;
    }
    let words = envelope.words();
    let mut paragraphs = Vec::new();
    for one in news.iter().take(INCIDENTS) {
        paragraphs.push(Paragraph::Head(format!("{} ({})", one.incident.title, one.environment)));
        for (at, state, body) in &one.said {
            let at = at.strftime("%Y-%m-%d %H:%M UTC");
            paragraphs.push(Paragraph::Words(format!("{at}, {state}\n{body}")));
        }
        let url = format!("{}/incidents/{}", envelope.url, one.incident.id);
        paragraphs.push(Paragraph::Link(words.read_on.to_owned(), url));
    }
    if news.len() > INCIDENTS {
        paragraphs.push(Paragraph::Words(words.more.to_owned()));
    }
    paragraphs.push(Paragraph::Link(words.settings.to_owned(), envelope.link("subscription")));
    let thread = format!("digest.{}", envelope.subscriber.id);
    Some(envelope.mail(&format!("{} {day}", words.digest_subject), &paragraphs, thread, true))
}
