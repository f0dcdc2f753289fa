//! Pages for those who want to be told: the form, and what the links in messages lead to. Plain forms, without a
//! script, in the language of the subscriber.

pub mod confirm;
pub mod form;
pub mod leave;
pub mod manage;

use store::SubscriberKind;

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Value of the field.
    pub value: String,
    /// What people read.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// What can be chosen. Nothing chosen is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Fields `environment`.
    pub environments: Vec<Choice>,
    /// Fields `component`.
    pub components: Vec<Choice>,
    /// Field `language`: `en` or `de`.
    pub language: String,
    /// Field `rhythm`: whether once a day is chosen.
    pub daily: bool,
    /// Whether a rhythm can be chosen: only of mail.
    pub rhythm: bool,
}

/// What people call a way of being told.
pub(crate) fn kind_label(kind: SubscriberKind) -> &'static str {
    match kind {
        SubscriberKind::Email => "E-mail",
        SubscriberKind::Webhook => "Webhook",
        SubscriberKind::Slack => "Slack",
        SubscriberKind::Teams => "Microsoft Teams",
        SubscriberKind::Discord => "Discord",
        SubscriberKind::GoogleChat => "Google Chat",
    }
}

/// An address as its own pages show it: enough to know it by. The URL of a chat is a secret.
pub(crate) fn shown_target(kind: SubscriberKind, target: &str) -> String {
    match kind {
        SubscriberKind::Email => target.to_owned(),
        _ => url::Url::parse(target)
            .ok()
            .and_then(|url| url.host_str().map(|host| format!("{}://{host}/…", url.scheme())))
            .unwrap_or_default(),
    }
}
