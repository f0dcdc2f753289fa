//! `[[page]]`: the status pages, the first of which is at `/`.
//!
//! This module never serves anything, and `Debug` shows no password.

use super::FetchConfig;
use super::environment::EnvironmentConfig;
use super::face;
use super::place::{self, Place};
use super::reader::{Table, Value};
use super::secret;
use super::section::{Key, Need, Section};
use domain::{Language, Slug};
use jiff::tz::TimeZone;
use std::fmt;
use url::Url;
use web::face::Face;

/// `[[page]]`
pub const SECTION: Section = Section {
    name: "page",
    many: true,
    doc: "A status page. The first is at `/`; each other one has a domain of its own or lies under `/p/` and its \
          slug. Where there is only one, `[page]` will do.",
    keys: &[
        Key {
            name: "name",
            need: Need::Default("\"Status\""),
            form: "text",
            doc: "Title of the page: your team or your product.",
        },
        Key {
            name: "about",
            need: Need::Optional("\"What we run, and what it stands on.\""),
            form: "text",
            doc: "A sentence or two below the title, Markdown.",
        },
        Key {
            name: "slug",
            need: Need::Optional("\"acme\""),
            form: "letters, digits and dashes",
            doc: "What addresses and commands call it; made of its name where absent.",
        },
        Key {
            name: "host",
            need: Need::Optional("\"status.acme.example\""),
            form: "domain",
            doc: "Its own domain. Requests that name it are answered with this page and nothing else.",
        },
        Key {
            name: "environments",
            need: Need::Optional("[\"PROD1\"]"),
            form: "list of names of environments",
            doc: "What it shows. Of other environments it tells nothing, not even that they exist. All where absent.",
        },
        Key {
            name: "components",
            need: Need::Optional("[]"),
            form: "list of names of components",
            doc: "The components that it shows. An incident that touches others only is not on it. All where absent.",
        },
        Key {
            name: "vendors",
            need: Need::Default("true"),
            form: "true or false",
            doc: "Whether it shows the vendors that are watched.",
        },
        Key {
            name: "language",
            need: Need::Default("\"en\""),
            form: "`en` or `de`",
            doc: "What it speaks: English or German. What people write stays as they wrote it.",
        },
        Key {
            name: "zone",
            need: Need::Optional("\"Europe/Berlin\""),
            form: "time zone",
            doc: "The zone in which its times are written, with UTC beside; UTC alone where absent. The browser puts its \
                  reader's own in its place.",
        },
        Key {
            name: "accent",
            need: Need::Optional("\"#0b5fff\""),
            form: "colour",
            doc: "Colour of links and buttons. It is refused where it could not be read.",
        },
        Key {
            name: "accent_dark",
            need: Need::Optional("\"#6ea0ff\""),
            form: "colour",
            doc: "The same for readers who prefer a dark page; a lighter shade of `accent` where absent.",
        },
        Key {
            name: "logo",
            need: Need::Optional("{ file = \"logo.svg\" }"),
            form: "`{ file = PATH }`",
            doc: "The logo in place of the name: SVG, PNG or WebP, 256 kB at most, beside the configuration.",
        },
        Key {
            name: "logo_dark",
            need: Need::Optional("{ file = \"logo-dark.svg\" }"),
            form: "`{ file = PATH }`",
            doc: "The same for the dark page; `logo` where absent.",
        },
        Key {
            name: "links",
            need: Need::Default("[]"),
            form: "list of `{ name, url }`",
            doc: "Links below everything; `http`, `https` or `mailto`.",
        },
        Key {
            name: "noindex",
            need: Need::Default("false"),
            form: "true or false",
            doc: "Asks search engines to stay away.",
        },
        Key {
            name: "embed",
            need: Need::Optional("[\"https://www.example.org\"]"),
            form: "list of origins",
            doc: "Sites that may show `/embed` in a frame. Every site where absent, none where the list is empty.",
        },
        Key {
            name: "copy_to",
            need: Need::Optional("\"/srv/status\""),
            form: place::FORM,
            doc: "Keeps the page there as files, too, for another web server, so that it stays up when everything that we run \
                  is down: what has changed is written within seconds. The keys of a bucket are those of `archive.to`.",
        },
        Key {
            name: "copy_open_to_all",
            need: Need::Optional("true"),
            form: "true or false",
            doc: "Has to be true to keep files of a page whose `access` is not \"public\": whoever reads the files is asked \
                  for nothing.",
        },
        Key {
            name: "access",
            need: Need::Optional("\"password\""),
            form: "`public`, `password`, `token` or `members`",
            doc: "Who may read it: everybody, which it is where absent, whoever knows its password, programs with an API token, or whoever is \
                  signed in to the console and may see all environments that it shows.",
        },
        Key {
            name: "password",
            need: Need::Optional("{ env = \"STATUS_PASSWORD\" }"),
            form: "text, `{ env = NAME }` or `{ file = PATH }`",
            doc: "The password where `access` is \"password\", 8 letters at least. A new one ends what the old one \
                  opened.",
        },
    ],
};

/// Least length of a password, in letters.
const PASSWORD_LETTERS: usize = 8;

/// A status page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageConfig {
    /// Title.
    pub name: String,
    /// A sentence or two below it.
    pub about: Option<String>,
    /// What addresses call it; no two pages share one.
    pub slug: Slug,
    /// Its own domain, in lower case.
    pub host: Option<String>,
    /// Slugs of the environments that it shows; all where absent.
    pub environments: Option<Vec<Slug>>,
    /// Names or keys of the components that it shows; all where absent.
    pub components: Option<Vec<String>>,
    /// Whether it shows vendors.
    pub vendors: bool,
    /// Its language.
    pub language: Language,
    /// The zone in which its times are written.
    pub zone: Option<TimeZone>,
    /// Colour and logo.
    pub face: Face,
    /// Links below everything: words and address.
    pub links: Vec<(String, String)>,
    /// Whether search engines are asked to stay away.
    pub noindex: bool,
    /// Origins whose pages may show it in a frame; all where absent.
    pub embed: Option<Vec<String>>,
    /// Where it is kept as files, too.
    pub copy_to: Option<Place>,
    /// Who may read it.
    pub access: Access,
}

/// Who may read a page.
#[derive(Clone, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whoever knows this password.
    Password(String),
    /// Programs with an API token.
    Token,
    /// Whoever is signed in.
    Members,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "Public",
            Self::Password(_) => "Password",
            Self::Token => "Token",
            Self::Members => "Members",
        })
    }
}

impl Default for PageConfig {
    fn default() -> Self {
        Self {
            name: "Status".to_owned(),
            about: None,
            slug: Slug::from_name("status").expect("letters"),
            host: None,
            environments: None,
            components: None,
            vendors: true,
            language: Language::English,
            zone: None,
            face: Face::default(),
            links: Vec::new(),
            noindex: false,
            embed: None,
            copy_to: None,
            access: Access::Public,
        }
    }
}

/// Every page, of which there is at least one.
pub(super) fn read_all(
    tables: &[Table<'_>],
    environments: &[EnvironmentConfig],
    fetch: &FetchConfig,
) -> Vec<PageConfig> {
    let mut pages: Vec<PageConfig> = Vec::new();
    for table in tables {
        let page = read(table, environments, fetch);
        if pages.iter().any(|other| other.slug == page.slug) {
            table.wrong(format!("is the second page called `{}`; give it another `slug`", page.slug));
        }
        if page.host.is_some() && pages.iter().any(|other| other.host == page.host) {
            table.wrong("has the same `host` as another page; each domain shows one");
        }
        let same = |other: &PageConfig| {
            page.copy_to
                .as_ref()
                .zip(other.copy_to.as_ref())
                .is_some_and(|(one, other)| one.is_within_or_around(other))
        };
        if pages.iter().any(same) {
            table.wrong("has a `copy_to` that is, or holds, that of another page; each would take away the other's files");
        }
        pages.push(page);
    }
    if pages.is_empty() {
        pages.push(PageConfig::default());
    }
    pages
}

fn read(table: &Table<'_>, environments: &[EnvironmentConfig], fetch: &FetchConfig) -> PageConfig {
    let usual = PageConfig::default();
    let name = table.value("name").and_then(|value| value.name().map(str::to_owned)).unwrap_or(usual.name);
    let slug = match table.value("slug") {
        Some(value) => slug(&value),
        None => Slug::from_name(&name),
    };
    let words = |key: &str| table.value(key).and_then(|value| value.text().map(str::to_owned));
    let truth = |key: &str, usual| table.value(key).and_then(|value| value.truth()).unwrap_or(usual);
    let language = table.value("language").and_then(|value| value.word(&Language::ALL.map(Language::tag)));
    PageConfig {
        about: words("about"),
        slug: slug.unwrap_or(usual.slug),
        host: table.value("host").and_then(|value| host(&value)),
        environments: table.value("environments").map(|value| shown(&value, environments)),
        components: table.value("components").map(|value| components(&value, environments)),
        vendors: truth("vendors", true),
        language: language.and_then(Language::parse).unwrap_or_default(),
        zone: table.value("zone").and_then(|value| zone(&value)),
        face: face::read(table),
        links: table.value("links").map(|value| links(&value)).unwrap_or_default(),
        noindex: truth("noindex", false),
        embed: table.value("embed").map(|value| origins(&value)),
        copy_to: copy_to(table, fetch),
        access: access(table),
        name,
    }
}

fn slug(value: &Value<'_>) -> Option<Slug> {
    let slug = Slug::parse(value.text()?);
    if slug.is_none() {
        value.wrong("not fit for an address; use letters from a to z, digits and dashes");
    }
    slug
}

fn host(value: &Value<'_>) -> Option<String> {
    let text = value.text()?.to_ascii_lowercase();
    let whole = Url::parse(&format!("https://{text}/")).ok();
    let is_host = whole.is_some_and(|url| url.host_str() == Some(text.as_str()) && url.port().is_none());
    if !is_host {
        value.wrong("not a domain; write it without scheme, port and path, such as \"status.example.org\"");
        return None;
    }
    Some(text)
}

fn zone(value: &Value<'_>) -> Option<TimeZone> {
    let zone = TimeZone::get(value.text()?).ok();
    if zone.is_none() {
        value.wrong("not a time zone; write it like \"Europe/Berlin\"");
    }
    zone
}

pub(super) fn shown(list: &Value<'_>, environments: &[EnvironmentConfig]) -> Vec<Slug> {
    let mut shown = Vec::new();
    for value in list.list() {
        let Some(name) = value.text() else { continue };
        match environments.iter().find(|it| it.name == name || it.slug.as_str() == name) {
            Some(environment) => shown.push(environment.slug.clone()),
            None => value.wrong("not the name of an `[[environment]]`"),
        }
    }
    shown
}

fn components(list: &Value<'_>, environments: &[EnvironmentConfig]) -> Vec<String> {
    let mut shown = Vec::new();
    for value in list.list() {
        let Some(name) = value.text() else { continue };
        let mut known = environments.iter().flat_map(|environment| &environment.components);
        if known.any(|component| component.name == name || component.key() == name) {
            shown.push(name.to_owned());
        } else {
            value.wrong("not the name of a component of any `[[environment]]`");
        }
    }
    shown
}

fn links(list: &Value<'_>) -> Vec<(String, String)> {
    let link = |value: &Value<'_>| {
        let table = value.table(&["name", "url"])?;
        let name = table.required("name")?.name()?.to_owned();
        let address = table.required("url")?;
        let url = Url::parse(address.text()?).ok();
        let safe = url.filter(|url| matches!(url.scheme(), "http" | "https" | "mailto"));
        if safe.is_none() {
            address.wrong("not an address for a link; begin with `https://`, `http://` or `mailto:`");
        }
        Some((name, safe?.to_string()))
    };
    list.list().iter().filter_map(link).collect()
}

fn origins(list: &Value<'_>) -> Vec<String> {
    let origin = |value: &Value<'_>| {
        let text = value.text()?.trim_end_matches('/');
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let origin = url.map(|url| url.origin().ascii_serialization()).filter(|origin| origin == text);
        if origin.is_none() {
            value.wrong(
                "not the origin of a site; write it without a path, such as \"https://www.example.org\"",
            );
        }
        origin
    };
    list.list().iter().filter_map(origin).collect()
}

fn copy_to(table: &Table<'_>, fetch: &FetchConfig) -> Option<Place> {
    let open_to_all = table.value("copy_open_to_all").and_then(|value| value.truth()).unwrap_or(false);
    let Some(value) = table.value("copy_to") else {
        if open_to_all {
            table.wrong("has `copy_open_to_all` and no `copy_to`");
        }
        return None;
    };
    let is_public = table.value("access").is_none_or(|access| access.text() == Some("public"));
    if !is_public && !open_to_all {
        value.wrong(
            "of a page that is not for everybody, and its files would be; say `copy_open_to_all = true` if that is meant",
        );
    }
    place::read(&value, table, fetch)
}

fn access(table: &Table<'_>) -> Access {
    let words = ["public", "password", "token", "members"];
    let word = table.value("access").and_then(|value| value.word(&words)).unwrap_or("public");
    let password = table.value("password").and_then(|value| secret::read(&value, table.surroundings()));
    match (word, password) {
        ("password", None) => table.wrong("has `access = \"password\"` and no `password`"),
        ("password", Some(password)) if password.text().chars().count() < PASSWORD_LETTERS => {
            password.wrong(format!("too short; use at least {PASSWORD_LETTERS} letters"));
        }
        ("password", Some(password)) => return Access::Password(password.text().to_owned()),
        (_, Some(_)) => table.wrong("has a `password`, and `access` is not \"password\""),
        ("token", None) => return Access::Token,
        ("members", None) => return Access::Members,
        _ => return Access::Public,
    }
    // The configuration is refused; nobody reads the page meanwhile.
    Access::Members
}
