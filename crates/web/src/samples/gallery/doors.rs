//! The ways in and out: what a reader who wants to be told sees, the way into a page that is not for everybody, and
//! what goes wrong.

use super::{Picture, picture, shell_in};
use crate::error::Error;
use crate::pages::console::Typed;
use crate::pages::subscribe::{Choice, Choices, confirm, form, leave, manage};
use crate::pages::{Shell, enter, error};
use crate::samples::{at, slug};
use crate::view::link;
use domain::Language;
use store::{Rhythm, Subscriber, SubscriberKind, SubscriberState};

/// The token of a link.
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

pub(super) fn pictures(language: Language) -> Vec<Picture> {
    let missing = Error::no_incident("01jkx5v2c8");
    let away = Error::Unavailable("the database is away".into());
    let subscribe = |input: &form::Input<'_>| form::render(&shell_in(language, "/subscribe"), input);
    let (fresh, typed) = (Typed::default(), refused("no address"));
    vec![
        picture("subscribe", subscribe(&asking(language, &fresh, None))),
        picture("subscribe-refused", subscribe(&asking(language, &typed, None))),
        picture("subscribe-sent", subscribe(&asking(language, &fresh, Some(SubscriberKind::Email)))),
        picture("subscribe-confirm", confirm_page(language, &subscriber(SubscriberState::Pending))),
        picture("subscribe-manage", manage_page(language, &subscriber(SubscriberState::Confirmed), "change")),
        picture("subscribe-held", manage_page(language, &subscriber(SubscriberState::Quarantined), "")),
        picture("subscribe-leave", leave_page(language, &subscriber(SubscriberState::Confirmed))),
        picture("subscribe-left", leave_page(language, &subscriber(SubscriberState::Gone))),
        picture("enter", enter_page(language, enter::Way::Password, false)),
        picture("enter-wrong", enter_page(language, enter::Way::Password, true)),
        picture("enter-members", enter_page(language, enter::Way::SignIn(link::SIGN_IN.to_owned()), false)),
        picture("enter-members-here", enter_page(language, enter::Way::SignInHere(TOKEN.to_owned()), true)),
        picture("enter-token", enter_page(language, enter::Way::Token, false)),
        picture("error-404", error_page(language, &missing)),
        picture("error-503", error_page(language, &away)),
    ]
}

pub(super) fn filled_with(text: &str) -> Vec<Picture> {
    let language = Language::English;
    let typed = refused(text);
    let mut input = asking(language, &typed, None);
    input.choices.components = vec![choice(text), choice("Mail out")];
    let told = Subscriber { target: text.to_owned(), ..subscriber(SubscriberState::Confirmed) };
    let failure = error::Input { status: 500, sentence: text, hint: text, request_id: "01jkx5v2c8" };
    vec![
        picture("subscribe", form::render(&shell_in(language, "/subscribe"), &input)),
        picture("subscribe-manage", manage_page(language, &told, "")),
        picture("subscribe-leave", leave_page(language, &told)),
        picture("error", error::render(&bare(language, "/missing"), &failure)),
    ]
}

/// The shell of pages that are not there as anything but a page.
fn bare(language: Language, path: &str) -> Shell {
    Shell { json_url: None, atom_url: None, seen_at: None, ..shell_in(language, path) }
}

fn choice(label: &str) -> Choice {
    Choice { value: "intake".to_owned(), label: label.to_owned(), chosen: true }
}

fn choices(language: Language) -> Choices {
    Choices {
        environments: vec![choice("PROD1"), choice("PROD2")],
        components: vec![choice("Order intake"), choice("Mail out")],
        language: language.tag().to_owned(),
        daily: true,
        rhythm: true,
    }
}

fn asking(language: Language, typed: &Typed, sent: Option<SubscriberKind>) -> form::Input<'_> {
    let kinds = &[SubscriberKind::Email, SubscriberKind::Webhook];
    form::Input { kinds, choices: choices(language), typed, sent }
}

fn refused(text: &str) -> Typed {
    let pairs = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), text.to_owned())).collect();
    Typed { values: pairs(&["target"]), errors: pairs(&["target", ""]) }
}

fn subscriber(state: SubscriberState) -> Subscriber {
    let asked_at = at("2025-02-12T09:00:00Z");
    Subscriber {
        id: "01jkx5v2c8".to_owned(),
        page: slug("main"),
        kind: SubscriberKind::Email,
        target: "ann@example.org".to_owned(),
        environments: Vec::new(),
        components: Vec::new(),
        language: "en".to_owned(),
        rhythm: Rhythm::Each,
        state,
        secret: None,
        origin: "form".to_owned(),
        created_at: asked_at,
        confirmed_at: None,
        asked_at,
        bounces: 0,
        reason: None,
        ended_at: None,
    }
}

fn confirm_page(language: Language, subscriber: &Subscriber) -> Result<String, askama::Error> {
    confirm::render(&bare(language, "/subscribe"), &confirm::Input { subscriber, token: TOKEN })
}

fn manage_page(language: Language, subscriber: &Subscriber, done: &str) -> Result<String, askama::Error> {
    let secret = Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
    let input = manage::Input { token: TOKEN, choices: choices(language), subscriber, secret, done };
    manage::render(&bare(language, "/subscribe"), &input)
}

fn leave_page(language: Language, subscriber: &Subscriber) -> Result<String, askama::Error> {
    leave::render(&bare(language, "/subscribe"), &leave::Input { token: TOKEN, subscriber })
}

fn enter_page(language: Language, way: enter::Way, is_wrong: bool) -> Result<String, askama::Error> {
    let input = enter::Input { way, action: "/enter".to_owned(), is_wrong };
    enter::render(&bare(language, "/enter"), &input)
}

fn error_page(language: Language, error: &Error) -> Result<String, askama::Error> {
    let shell = bare(language, "/missing");
    let (sentence, hint) = (shell.voice.words.fault)(error);
    let (sentence, hint) = (crate::answer::sentence(&sentence), crate::answer::sentence(&hint));
    let status = error.outside().status.as_u16();
    error::render(
        &shell,
        &error::Input { status, sentence: &sentence, hint: &hint, request_id: "01jkx5v2c8" },
    )
}
