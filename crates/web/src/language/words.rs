//! What public pages say, as one table that every language fills. A word that is missing does not compile.
//!
//! Words in braces stand for what is put in. Nothing here is foreign text, and nothing decides what is said.

use super::Plural;
use crate::error::Error;
use domain::{ComponentState, Event, Impact, Incident, State, Timestamp};

/// The sentences and, below, what cannot be said by a sentence alone.
macro_rules! sentences {
    ($($(#[doc = $part:literal])? $name:ident: $kind:ident;)+) => {
        /// Everything that public pages say of themselves, in one language.
        #[derive(Debug)]
        pub struct Words {
            $($(#[doc = $part])? pub(crate) $name: sentences!(@$kind),)+
            /// The months, as headings and long dates name them.
            pub(crate) months: [&'static str; 12],
            /// The months where there is little room.
            pub(crate) short_months: [&'static str; 12],
            /// The months in dates with an hour.
            pub(crate) months_in_dates: [&'static str; 12],
            /// How everything stands, as a headline.
            pub(crate) headline: fn(ComponentState) -> &'static str,
            /// State of a component.
            pub(crate) component: fn(ComponentState) -> &'static str,
            /// The same in the middle of a sentence.
            pub(crate) component_inside: fn(ComponentState) -> &'static str,
            /// State of an incident or update.
            pub(crate) state_of: fn(State) -> &'static str,
            /// Grade of an incident.
            pub(crate) impact: fn(Impact) -> &'static str,
            /// The one sentence that tells an incident of somebody.
            pub(crate) sentence: fn(&Incident, &str, Timestamp) -> String,
            /// What happened, as the record of an incident tells it.
            pub(crate) event: fn(&Event) -> String,
            /// What went wrong, and what to do.
            pub(crate) fault: fn(&Error) -> (String, String),
        }

        #[cfg(test)]
        impl Words {
            /// Every sentence with its name.
            pub(crate) fn sentences(&self) -> Vec<(&'static str, &'static str)> {
                [$(sentences!(@list $kind, stringify!($name), self.$name)),+].concat()
            }
        }
    };
    (@word) => { &'static str };
    (@plural) => { Plural };
    (@list word, $name:expr, $value:expr) => { vec![($name, $value)] };
    (@list plural, $name:expr, $value:expr) => { vec![($name, $value.one), ($name, $value.many)] };
}

sentences! {
    /// Of around every page.
    tag: word;
    locale: word;
    skip: word;
    main_menu: word;
    status: word;
    vendors: word;
    incidents: word;
    history: word;
    console: word;
    above: word;
    as_of: word;
    last_look: word;
    atom_feed: word;
    colours: word;
    theme_system: word;
    theme_light: word;
    theme_dark: word;
    page_updated: word;
    pages: word;
    newer: word;
    older: word;
    filter: word;
    clear: word;
    any: word;
    state: word;
    /// Of time.
    ago: word;
    ahead: word;
    just_now: word;
    now: word;
    so_far: word;
    later: word;
    at_once: word;
    from_to: word;
    date: word;
    day_month: word;
    units: word;
    days: plural;
    hours: plural;
    minutes: plural;
    seconds: plural;
    percent: word;
    decimal_point: word;
    /// Of lists.
    shown_of: word;
    and_more: word;
    merged: word;
    withdrawn: word;
    postmortem: word;
    no_data: word;
    no_history: word;
    legend_maintenance: word;
    legend_degraded: word;
    legend_unknown: word;
    last_days: word;
    days_known: word;
    outage_for: word;
    degraded_for: word;
    days_ago: word;
    today: word;
    open_now: word;
    planned: word;
    /// Of our own page.
    nobody_said: word;
    last_reported: word;
    no_environments: word;
    no_environments_lead: word;
    vendors_below: word;
    all_vendors: plural;
    past_days: word;
    all_incidents: word;
    unwatched_days: word;
    quiet_day: word;
    unwatched_day: word;
    /// Of an incident.
    manage: word;
    withdrawn_mark: word;
    withdrawn_lead: word;
    merged_mark: word;
    merged_lead: word;
    includes_mark: word;
    includes_lead: word;
    timeline: word;
    axis_utc: word;
    axis_own: word;
    updates: word;
    newest_first: word;
    oldest_first: word;
    no_updates: word;
    update_number: word;
    update_withdrawn: word;
    update_withdrawn_lead: word;
    the_postmortem: word;
    was_published: word;
    repeated: word;
    edited_unseen: word;
    edited: word;
    published_after: word;
    affected: word;
    affected_somehow: word;
    record: word;
    source_page: word;
    as_json: word;
    maintenance_as_json: word;
    raw_documents: word;
    every_change: word;
    all_changes: word;
    incidents_of: word;
    earlier: word;
    later_one: word;
    started: word;
    resolved: word;
    not_yet: word;
    by_its_page: word;
    felt_for: word;
    duration: word;
    still: word;
    announced: word;
    detected_after: word;
    completed: word;
    scheduled: word;
    detected: word;
    seen_when_over: word;
    with_publication: word;
    after_publication: word;
    lane_planned: word;
    lane_carried_out: word;
    lane_true: word;
    lane_page: word;
    lane_seen: word;
    began_with: word;
    began_before: word;
    began_after: word;
    ended_with: word;
    ended_before: word;
    ended_after: word;
    /// Of all incidents.
    incidents_about: word;
    list_matching: word;
    list_on_record: word;
    list_newest_first: word;
    search_words: word;
    source: word;
    all: word;
    kind: word;
    both: word;
    impact_label: word;
    nothing_matches: word;
    nothing_on_record: word;
    show_all_incidents: word;
    incidents_appear: word;
    phase_open: word;
    phase_scheduled: word;
    phase_over: word;
    kind_incident: word;
    kind_maintenance: word;
    /// Of vendors.
    vendors_about: word;
    no_vendor: word;
    vendors_watched: plural;
    nothing_to_show: word;
    add_a_vendor: word;
    name: word;
    only_open: word;
    more: word;
    out_of_sight: word;
    since: word;
    state_since: word;
    no_vendor_matches: word;
    show_all: word;
    vendor_status: word;
    vendor_is: word;
    checked: word;
    never_seen: word;
    next_look: word;
    next_try: word;
    read_as: word;
    their_page: word;
    cannot_see: word;
    unknown_since: word;
    never_understood: word;
    failed_looks: plural;
    without_outage: word;
    nothing_known_yet: word;
    days_stand_out: plural;
    components: word;
    no_components: word;
    past_incidents: word;
    all_of: word;
    none_on_record: word;
    how_we_read: word;
    watched_since: word;
    raw_kept: plural;
    not_understood: plural;
    all_understood: word;
    /// Of raw documents of a vendor.
    raw_title: word;
    raw_lead: word;
    not_kept_mark: word;
    not_kept_lead: word;
    what_changed: word;
    too_long: word;
    only_order: word;
    lines_added: plural;
    lines_removed: word;
    changed_lines: word;
    change_number: word;
    before: word;
    after: word;
    change: word;
    line: word;
    comparison_cut: word;
    none_kept: word;
    bodies_of: word;
    first_seen: word;
    last_seen: word;
    size: word;
    as_before: word;
    as_after: word;
    compare: word;
    /// Of the way in, and what went wrong.
    email: word;
    protected: word;
    password: word;
    wrong_password: word;
    open: word;
    for_members: word;
    sign_in: word;
    sign_in_here: word;
    wrong_sign_in: word;
    api_token: word;
    with_token: word;
    for_programs: word;
    request: word;
    /// Of feeds.
    feed_title: word;
    /// Of the history of a year.
    history_of: word;
    history_about: word;
    history_lead: word;
    calendar: word;
    uptime: word;
    uptime_lead: word;
    by_month: word;
    component_one: word;
    in_all: word;
    month_by_month: word;
    unwatched_year: word;
    years: word;
    last_year: word;
    weekdays: word;
    weekday_names: word;
    /// Of those who want to be told.
    subscribe: word;
    subscribe_lead: word;
    sent_mail: word;
    sent_other: word;
    way: word;
    address: word;
    address_hint: word;
    environments: word;
    none_is_all: word;
    language: word;
    rhythm: word;
    each: word;
    daily: word;
    privacy: word;
    feeds: word;
    feeds_lead: word;
    only_feeds: word;
    confirm: word;
    confirm_lead: word;
    confirm_button: word;
    confirm_not_you: word;
    already_confirmed: word;
    subscription: word;
    subscription_lead: word;
    saved: word;
    confirmed: word;
    save: word;
    signing_secret: word;
    signing_secret_lead: word;
    pending: word;
    quarantined: word;
    leave: word;
    leave_lead: word;
    leave_button: word;
    left: word;
    left_lead: word;
    again: word;
}
