"""Feed readers understand our feeds."""

from pathlib import Path

import feedparser
import jsonschema_rs
import pytest

ATOM = Path(__file__).with_name("atom.rnc")
VNU = Path(__file__).parents[1] / "node_modules/vnu-jar/build/dist/vnu.jar"
#: Version 1.1, https://www.jsonfeed.org/version/1.1/: what it requires, and the types of what it allows.
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": {"type": "string", "minLength": 1},
        "home_page_url": {"type": "string", "format": "uri"},
        "feed_url": {"type": "string", "format": "uri"},
        "description": {"type": "string"},
        "language": {"type": "string"},
        "authors": {"$ref": "#/$defs/authors"},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id"],
                "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
                "properties": {
                    "id": {"type": "string", "minLength": 1},
                    "url": {"type": "string", "format": "uri"},
                    "title": {"type": "string"},
                    "summary": {"type": "string"},
                    "content_html": {"type": "string"},
                    "content_text": {"type": "string"},
                    "date_published": {"type": "string", "format": "date-time"},
                    "date_modified": {"type": "string", "format": "date-time"},
                    "authors": {"$ref": "#/$defs/authors"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
    "$defs": {
        "authors": {
            "type": "array",
            "items": {"type": "object", "properties": {"name": {"type": "string"}, "url": {"type": "string"}}},
        }
    },
}


@pytest.mark.parametrize("path", ["/history.atom", "/history.rss"])
def test_a_reader_finds_every_incident_and_nothing_to_complain_about(site, path):
    answer = site.get(path)
    feed = feedparser.parse(answer.content, response_headers=dict(answer.headers))
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.feed.title.startswith("Harbour & Söhne")
    titles = {entry.title for entry in feed.entries}
    assert any('Orders fail: <b>"429"</b> & more' in title or "Orders fail: &lt;b" in title for title in titles), titles
    assert len(feed.entries) == len(site.ids), titles
    for entry in feed.entries:
        assert entry.id and entry.link.startswith("https://status.harbour.example/"), entry
        assert (entry.get("published_parsed") or entry.updated_parsed) is not None, entry
    assert len({entry.id for entry in feed.entries}) == len(feed.entries)


@pytest.mark.parametrize("path", ["/history.atom", "/history.rss"])
def test_what_was_read_once_is_known_again(site, path):
    def read():
        return [(entry.id, entry.link) for entry in feedparser.parse(site.get(path).content).entries]

    assert read() == read()


def test_atom_keeps_to_its_standard(site, run, tmp_path):
    feed = site.get("/history.atom").content
    judge(feed, run, tmp_path)
    for what, instead in [(b"<updated>2", b"<updated>on 2"), (b"<id>", b"<id>no "), (b"</feed>", b"<x/></feed>")]:
        assert what in feed
        with pytest.raises(AssertionError, match="error"):
            judge(feed.replace(what, instead), run, tmp_path)


def judge(feed, run, folder):
    """By the RELAX NG of RFC 4287, which the W3C's checker brings a reader of."""
    file = folder / "history.atom"
    file.write_bytes(feed)
    run("java", "-cp", VNU, "nu.validator.vendor.thaiopensource.relaxng.util.Driver", "-i", "-c", ATOM, file)


def test_the_json_feed_keeps_to_its_standard(site):
    answer = site.get("/feed.json")
    assert answer.headers["content-type"].startswith("application/feed+json")
    jsonschema_rs.Draft202012Validator(JSON_FEED, validate_formats=True).validate(answer.json())
    assert len(answer.json()["items"]) == len(site.ids)
