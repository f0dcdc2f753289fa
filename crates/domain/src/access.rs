//! Who may do what, and where: roles per environment, and the one function that is asked.
//!
//! People and tokens hold [`Grants`]; a token holds no more than the person who made it. The console and the API
//! ask [`may`] and nothing else, so that one table is the whole truth of it.
//!
//! This module never says who somebody is.

use crate::Slug;
use std::collections::BTreeMap;
use std::fmt;

/// What somebody is, in an environment. A greater role holds the smaller ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Sees the console.
    Viewer,
    /// Opens, updates and corrects incidents, too.
    Responder,
    /// Everything.
    Admin,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Responder, Self::Admin];

    /// The word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Admin => "admin",
        }
    }

    /// How it is shown.
    pub fn label(self) -> &'static str {
        match self {
            Self::Viewer => "Viewer",
            Self::Responder => "Responder",
            Self::Admin => "Admin",
        }
    }

    /// Reads a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// See what only operators see.
    See,
    /// Open, change, publish, merge and withdraw incidents and maintenances, and mark deploys.
    Respond,
    /// Change settings: templates, policies, subscribers, channels.
    Configure,
    /// Add people, give roles, end sessions and tokens of others.
    ManagePeople,
    /// Read the audit log.
    ReadAudit,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 5] =
        [Self::See, Self::Respond, Self::Configure, Self::ManagePeople, Self::ReadAudit];

    /// The least role that may.
    pub fn needs(self) -> Role {
        match self {
            Self::See => Role::Viewer,
            Self::Respond => Role::Responder,
            Self::Configure | Self::ManagePeople | Self::ReadAudit => Role::Admin,
        }
    }
}

/// Where somebody wants to do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In one environment.
    In(&'a Slug),
    /// In no environment or in all of them: vendors, people, settings. A role everywhere is needed.
    Everywhere,
    /// Not settled yet: a role in any environment is enough to be asked for more.
    Somewhere,
}

/// Roles that somebody holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    everywhere: Option<Role>,
    environments: BTreeMap<Slug, Role>,
}

impl Grants {
    /// A role in every environment and in what belongs to none.
    pub fn everywhere(role: Role) -> Self {
        Self { everywhere: Some(role), environments: BTreeMap::new() }
    }

    /// One role in these environments only.
    pub fn within(role: Role, environments: impl IntoIterator<Item = Slug>) -> Self {
        Self { everywhere: None, environments: environments.into_iter().map(|it| (it, role)).collect() }
    }

    /// Adds a role in an environment, or everywhere with `None`; the greater of two counts.
    pub fn grant(&mut self, environment: Option<Slug>, role: Role) {
        match environment {
            None => self.everywhere = self.everywhere.max(Some(role)),
            Some(slug) => {
                let held = self.environments.entry(slug).or_insert(role);
                *held = role.max(*held);
            }
        }
    }

    /// The role in an environment.
    pub fn role_in(&self, environment: &Slug) -> Option<Role> {
        self.everywhere.max(self.environments.get(environment).copied())
    }

    /// The role in every environment.
    pub fn role_everywhere(&self) -> Option<Role> {
        self.everywhere
    }

    /// The greatest role anywhere.
    pub fn greatest(&self) -> Option<Role> {
        self.environments.values().copied().max().max(self.everywhere)
    }

    /// Whether nothing is granted at all.
    pub fn is_empty(&self) -> bool {
        self.greatest().is_none()
    }

    /// The environments that are named, with their roles.
    pub fn named(&self) -> impl Iterator<Item = (&Slug, Role)> {
        self.environments.iter().map(|(slug, role)| (slug, *role))
    }

    /// What both hold: a token reaches no further than the one who made it.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let both = |slug: &Slug| Some(self.role_in(slug)?.min(other.role_in(slug)?));
        let named = self.environments.keys().chain(other.environments.keys());
        Self {
            everywhere: self.everywhere.zip(other.everywhere).map(|(mine, theirs)| mine.min(theirs)),
            environments: named.filter_map(|slug| Some((slug.clone(), both(slug)?))).collect(),
        }
    }

    /// Whether everything of `other` is held.
    pub fn holds(&self, other: &Self) -> bool {
        self.everywhere >= other.everywhere
            && other.environments.iter().all(|(slug, role)| self.role_in(slug) >= Some(*role))
    }

    /// Reads what [`Display`](fmt::Display) writes: `*:viewer prod1:responder`. `None` where a word is no grant.
    pub fn parse(text: &str) -> Option<Self> {
        let mut grants = Self::default();
        for word in text.split_whitespace() {
            let (place, role) = word.rsplit_once(':')?;
            let environment = if place == "*" { None } else { Some(Slug::parse(place)?) };
            grants.grant(environment, Role::parse(role)?);
        }
        Some(grants)
    }
}

impl fmt::Display for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let everywhere = self.everywhere.map(|role| format!("*:{role}"));
        let named = self.environments.iter().map(|(slug, role)| format!("{slug}:{role}"));
        let words: Vec<String> = everywhere.into_iter().chain(named).collect();
        f.write_str(&words.join(" "))
    }
}

/// Why somebody may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forbidden {
    /// The role that is needed.
    pub needed: Role,
    /// The environment in which it is needed; `None` where it is needed everywhere or anywhere.
    pub environment: Option<Slug>,
}

/// Whether somebody with these roles may do that there.
pub fn may(grants: &Grants, action: Action, place: Place<'_>) -> Result<(), Forbidden> {
    let (held, environment) = match place {
        Place::In(slug) => (grants.role_in(slug), Some(slug)),
        Place::Everywhere => (grants.role_everywhere(), None),
        Place::Somewhere => (grants.greatest(), None),
    };
    if held >= Some(action.needs()) {
        return Ok(());
    }
    Err(Forbidden { needed: action.needs(), environment: environment.cloned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slug(text: &str) -> Slug {
        Slug::parse(text).expect("a slug")
    }

    fn grants(text: &str) -> Grants {
        Grants::parse(text).expect("grants")
    }

    #[test]
    fn every_action_is_refused_or_allowed_to_every_role_as_the_table_says() {
        use Action::{Configure, ManagePeople, ReadAudit, Respond, See};
        let allowed: [(Option<Role>, &[Action]); 4] = [
            (None, &[]),
            (Some(Role::Viewer), &[See]),
            (Some(Role::Responder), &[See, Respond]),
            (Some(Role::Admin), &[See, Respond, Configure, ManagePeople, ReadAudit]),
        ];
        let (here, there) = (slug("prod1"), slug("prod2"));
        for (role, actions) in allowed {
            let everywhere = role.map(Grants::everywhere).unwrap_or_default();
            let only_here = role.map(|role| Grants::within(role, [here.clone()])).unwrap_or_default();
            for action in Action::ALL {
                let expected = actions.contains(&action);
                let ask = |grants: &Grants, place| may(grants, action, place).is_ok();
                for place in [Place::In(&here), Place::In(&there), Place::Everywhere, Place::Somewhere] {
                    assert_eq!(ask(&everywhere, place), expected, "{role:?} {action:?} {place:?}");
                }
                for place in [Place::In(&here), Place::Somewhere] {
                    assert_eq!(ask(&only_here, place), expected, "{role:?} {action:?} {place:?}");
                }
                for place in [Place::In(&there), Place::Everywhere] {
                    assert!(!ask(&only_here, place), "{role:?} {action:?} {place:?}");
                }
            }
        }
    }

    #[test]
    fn a_refusal_names_role_and_environment() {
        let refused = may(&grants("prod1:admin"), Action::Respond, Place::In(&slug("prod2")));
        let expected = Forbidden { needed: Role::Responder, environment: Some(slug("prod2")) };
        assert_eq!(refused, Err(expected));
    }

    #[test]
    fn grants_are_read_as_they_are_written_and_nonsense_is_none() {
        for text in ["", "*:admin", "*:viewer prod1:responder prod2:admin"] {
            assert_eq!(grants(text).to_string(), text);
        }
        assert_eq!(grants("prod1:viewer prod1:admin prod1:responder").to_string(), "prod1:admin");
        for text in ["admin", "*:root", "Prod1:viewer", ":", "prod1:"] {
            assert_eq!(Grants::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_both_hold_is_never_more_than_either_holds() {
        let cases = [
            ("*:admin", "prod1:responder", "prod1:responder"),
            ("*:viewer prod1:admin", "*:responder", "*:viewer prod1:responder"),
            ("prod1:admin", "prod2:admin", ""),
            ("*:responder", "", ""),
        ];
        for (mine, theirs, expected) in cases {
            let (mine, theirs) = (grants(mine), grants(theirs));
            let both = mine.meet(&theirs);
            assert_eq!(both.to_string(), expected);
            assert_eq!(theirs.meet(&mine), both);
            assert!(mine.holds(&both) && theirs.holds(&both));
        }
        assert!(!grants("*:viewer").holds(&grants("prod1:responder")));
        assert!(!grants("prod1:admin").holds(&grants("*:viewer")));
    }
}
