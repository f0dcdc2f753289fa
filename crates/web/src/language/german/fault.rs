//! What went wrong, for readers of a page. Programs are told in English.

use crate::error::Error;

pub(super) fn told(error: &Error) -> (String, String) {
    (message(error), hint(error))
}

fn message(error: &Error) -> String {
    match error {
        Error::NotFound { what, name } => match *what {
            "incident" => format!("es gibt keine Störung „{name}“"),
            "vendor" => format!("es gibt keinen Anbieter „{name}“"),
            "subscription" => "zu diesem Link gibt es kein Abonnement".to_owned(),
            _ => format!("es gibt keine Seite „{name}“"),
        },
        Error::Method => "diese Adresse kennt die Methode nicht".to_owned(),
        Error::Invalid { message, .. } if is_of_an_address(message) => {
            "an diese Adresse können keine Nachrichten gehen".to_owned()
        }
        Error::Invalid { .. } | Error::Refused(_) | Error::TooLarge { .. } => {
            "die Anfrage ist nicht zu verstehen".to_owned()
        }
        Error::Unauthenticated(_) | Error::Forbidden(_) => "diese Seite ist nicht für alle".to_owned(),
        Error::ForeignForm => "das Formular kam nicht von einer Seite dieser Adresse".to_owned(),
        Error::Contended | Error::KeyReused => "es wurde gleichzeitig geändert".to_owned(),
        Error::TooMany { .. } => "zu viele Versuche".to_owned(),
        Error::Busy => "zu viele fragen gerade dasselbe".to_owned(),
        Error::NotConfigured { .. } => "dafür ist diese Seite nicht eingerichtet".to_owned(),
        Error::Unavailable(_) => "die Datenbank antwortet nicht".to_owned(),
        Error::Internal(_) => "hier ging etwas schief".to_owned(),
    }
}

fn hint(error: &Error) -> String {
    match error {
        Error::NotFound { what: "vendor", .. } => "sehen Sie unter den Anbietern nach".to_owned(),
        Error::NotFound { what: "incident", .. } => "sehen Sie in der Liste der Störungen nach".to_owned(),
        Error::Invalid { message, .. } if is_of_an_address(message) => {
            "schreiben Sie eine Mailadresse wie „anna@example.org“ oder eine URL, die mit „https://“ beginnt"
                .to_owned()
        }
        Error::NotFound { .. } | Error::Method | Error::Invalid { .. } | Error::Refused(_) => {
            "prüfen Sie die Adresse".to_owned()
        }
        Error::TooLarge { limit } => format!("senden Sie höchstens {limit} Bytes"),
        Error::Unauthenticated(_) | Error::Forbidden(_) => "melden Sie sich an".to_owned(),
        Error::ForeignForm => "laden Sie die Seite neu und senden Sie das Formular von dort".to_owned(),
        Error::TooMany { retry_seconds } => format!("versuchen Sie es in {retry_seconds} s noch einmal"),
        Error::Contended | Error::KeyReused | Error::Busy | Error::Unavailable(_) => {
            "versuchen Sie es gleich noch einmal".to_owned()
        }
        Error::NotConfigured { key, .. } => format!("wer diese Seite betreibt, muss „{key}“ setzen"),
        Error::Internal(_) => "nennen Sie dem Betreiber die Nummer der Anfrage".to_owned(),
    }
}

/// Whether it is about the field into which somebody typed where messages should go.
fn is_of_an_address(message: &str) -> bool {
    message.contains("`target`")
}
