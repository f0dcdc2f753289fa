"""A client library for Atlassian Statuspage, pointed at our page, reports what we said."""

import pytest
from statuscheck.services.bases._statuspageio import BaseStatusPageAPI


@pytest.fixture(scope="module")
def summary(site):
    class Ours(BaseStatusPageAPI):
        name = "Harbour"

        def _get_base_url(self):
            return f"{site.origin}/api/v2/"

    return Ours().get_summary()


def test_the_page_is_as_bad_as_its_worst_incident(summary):
    assert (summary.status.is_ok, summary.status.name) == (False, "Major outage")
    assert summary.status.description


def test_components_stand_as_the_updates_said(summary):
    standing = {component.name: component.status for component in summary.components}
    assert standing["Order intake"] == "Partial outage"
    assert standing["API"] == "Operational", "the maintenance has not begun"
    assert standing["Search"] == "Operational", "its incident is over"


def test_what_is_open_and_what_is_to_come_is_listed_and_what_is_over_is_not(summary, site):
    listed = {incident.name: incident.status for incident in summary.incidents}
    assert listed == {'Orders fail: <b>"429"</b> & more': "identified", "Move to a new rack": "scheduled"}
    components = {incident.name: [part.name for part in incident.components] for incident in summary.incidents}
    assert components["Move to a new rack"] == ["API"]


def test_history_is_in_the_list_of_all_incidents(site):
    incidents = {incident["name"]: incident for incident in site.get("/api/v2/incidents.json").json()["incidents"]}
    over = incidents["Search is slow"]
    assert over["status"] == "resolved" and over["resolved_at"] >= over["started_at"]
    assert [update["status"] for update in over["incident_updates"]] == ["resolved", "investigating"]
