//! The question whether the owner of an address wants to be told. To somebody who confirmed long ago it says that
//! they did: whoever asks sees no difference, and whoever is asked learns that somebody did.

use super::words::named;
use super::{Envelope, Paragraph};
use domain::{Impact, IncidentId, Kind, Language, Notice, State};
use notifiers::{Audience, Mail, Message};
use store::SubscriberState;

/// The mail.
pub(crate) fn mail(envelope: &Envelope<'_>) -> Mail {
    let words = envelope.words();
    let settings = Paragraph::Link(words.settings.to_owned(), envelope.link("subscription"));
    let thread = format!("subscription.{}", envelope.subscriber.id);
    if envelope.subscriber.state == SubscriberState::Confirmed {
        let lead = Paragraph::Words(named(words.known_lead, envelope.page));
        return envelope.mail(words.known_subject, &[lead, settings], thread, true);
    }
    let paragraphs = [
        Paragraph::Words(named(words.confirm_lead, envelope.page)),
        Paragraph::Link(words.confirm_link.to_owned(), envelope.link("confirm")),
        Paragraph::Words(words.confirm_not_you.to_owned()),
    ];
    envelope.mail(words.confirm_subject, &paragraphs, thread, false)
}

/// The message to a program or a chat, which confirms by taking it.
pub(crate) fn test(envelope: &Envelope<'_>) -> Message {
    let words = envelope.words();
    let body = named(words.test_body, envelope.page).replace("{link}", &envelope.link("subscription"));
    Message {
        key: envelope.key.to_owned(),
        audience: Audience::Public,
        language: Language::parse(&envelope.subscriber.language).unwrap_or_default(),
        notice: Notice::Opened,
        at: envelope.at,
        incident: IncidentId::from_entropy(0),
        seq: 1,
        kind: Kind::Incident,
        title: words.test_title.to_owned(),
        impact: Impact::None,
        state: State::Resolved,
        body,
        cause: None,
        environment: envelope.page.to_owned(),
        components: Vec::new(),
        began_at: None,
        published_at: envelope.at,
        resolved_at: None,
        next_update_at: None,
        schedule: None,
        automatic: true,
        page: envelope.page.to_owned(),
        page_url: envelope.url.to_owned(),
        url: envelope.link("subscription"),
        unsubscribe_url: Some(envelope.link("unsubscribe")),
    }
}
