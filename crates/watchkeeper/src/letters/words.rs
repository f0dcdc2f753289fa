//! What letters say, in each language. A word that is missing does not compile.

use domain::Language;

/// Every sentence. `{page}` is the name of the page.
pub(crate) struct Words {
    pub(crate) tag: &'static str,
    pub(crate) confirm_subject: &'static str,
    pub(crate) confirm_lead: &'static str,
    pub(crate) confirm_link: &'static str,
    pub(crate) confirm_not_you: &'static str,
    pub(crate) known_subject: &'static str,
    pub(crate) known_lead: &'static str,
    pub(crate) settings: &'static str,
    pub(crate) test_title: &'static str,
    pub(crate) test_body: &'static str,
    pub(crate) digest_subject: &'static str,
    pub(crate) read_on: &'static str,
    pub(crate) more: &'static str,
    pub(crate) unsubscribe: &'static str,
}

impl Words {
    /// Of a language.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }
}

/// A sentence with the name of the page.
pub(crate) fn named(sentence: &str, page: &str) -> String {
    sentence.replace("{page}", page)
}

const ENGLISH: Words = Words {
    tag: "en",
    confirm_subject: "Please confirm your subscription",
    confirm_lead: "Somebody, hopefully you, asked for messages of {page} to be sent to this address. Follow the link \
                   within 48 hours and press the button there.",
    confirm_link: "Confirm",
    confirm_not_you: "If it was not you, do nothing: you get no messages.",
    known_subject: "You are subscribed already",
    known_lead: "Somebody, perhaps you, asked for messages of {page} to be sent to this address. They are already: there \
                 is nothing to do.",
    settings: "Settings",
    test_title: "Subscribed",
    test_body: "Messages of {page} will be sent here from now on. Settings: {link}",
    digest_subject: "What happened",
    read_on: "Read on",
    more: "There is more on the page.",
    unsubscribe: "Unsubscribe",
};

const GERMAN: Words = Words {
    tag: "de",
    confirm_subject: "Bitte bestätigen Sie Ihr Abonnement",
    confirm_lead: "Jemand, hoffentlich Sie, wünscht Nachrichten von {page} an diese Adresse. Folgen Sie innerhalb von 48 \
                   Stunden dem Link und drücken Sie dort auf den Knopf.",
    confirm_link: "Bestätigen",
    confirm_not_you: "Wenn Sie es nicht waren, tun Sie nichts: Sie erhalten keine Nachrichten.",
    known_subject: "Sie haben bereits abonniert",
    known_lead: "Jemand, vielleicht Sie, wünscht Nachrichten von {page} an diese Adresse. Das ist schon so: Es gibt nichts \
                 zu tun.",
    settings: "Einstellungen",
    test_title: "Abonniert",
    test_body: "Nachrichten von {page} kommen von jetzt an hierher. Einstellungen: {link}",
    digest_subject: "Was war",
    read_on: "Weiterlesen",
    more: "Auf der Seite steht mehr.",
    unsubscribe: "Abbestellen",
};
