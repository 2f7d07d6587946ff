"""What everybody is told: when, where, and put away."""

import re
import uuid
from datetime import timedelta

import pytest

from tests import make
from tests.browsing import HTMX, counted_queries
from webapp.admin import announcements
from webapp.core import clock

API = "/api/v1/admin/announcements"


@pytest.fixture
def ada(app, sign_in):
    """An admin's browser."""
    return sign_in(make.user("ada", role="admin"))


def test_everybody_reads_it_while_it_runs(app, ada, sign_in, visitor):
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    made = ada.post(API, json={"text": "Down at <noon>", "level": "warning", "ends_at": soon})
    assert (made.status_code, made.json["state"]) == (201, "running")
    ada.post(API, json={"text": "Not yet", "starts_at": soon})
    for browser in (ada, sign_in(make.user("ben")), visitor):
        page = browser.get("/about").text
        assert "Down at &lt;noon&gt;" in page
        assert "Not yet" not in page
    told = visitor.get("/api/v1/announcements")
    assert [one["text"] for one in told.json["items"]] == ["Down at <noon>"]
    assert "no-store" not in told.headers["Cache-Control"]
    assert visitor.get("/api/v1/announcements", headers={"If-None-Match": told.headers["ETag"]}).status_code == 304
    listed = ada.get(API).json["items"]
    assert [(one["text"], one["state"]) for one in listed] == [("Not yet", "coming"), ("Down at <noon>", "running")]


def test_it_ends_by_the_clock_and_by_hand(app, ada, visitor, monkeypatch):
    made = ada.post(API, json={"text": "Short", "ends_at": (clock.now() + timedelta(hours=1)).isoformat()}).json
    assert "Short" in visitor.get("/about").text
    later = clock.now() + timedelta(hours=2)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: later)
        assert announcements.running() == []
    assert ada.delete(f"{API}/{made['id']}").status_code == 204
    assert "Short" not in visitor.get("/about").text
    assert ada.delete(f"{API}/{made['id']}").status_code == 404
    assert ada.delete(f"{API}/{uuid.uuid4()}").status_code == 404


def test_a_browser_puts_it_away_with_and_without_scripts(app, ada, visitor):
    for text in ("First", "Second"):
        ada.post(API, json={"text": text})
    ways = re.findall(r'action="(/announcements/[^"]+/dismiss)"', visitor.get("/about").text)
    assert len(ways) == 2
    answer = visitor.post(ways[0], headers={"Referer": "http://localhost/about"})
    assert (answer.status_code, answer.location) == (303, "/about")
    assert "Second" not in visitor.get("/about").text
    assert "First" in visitor.get("/about").text
    part = visitor.post(ways[1], headers=HTMX)
    assert (part.status_code, part.data) == (200, b"")
    assert "First" not in visitor.get("/about").text
    assert "First" in ada.get("/about").text, "another browser"


def test_pages_cost_no_query_more(app, ada, visitor, sign_in):
    ben = sign_in(make.user("ben"))
    for browser in (ben, visitor):
        browser.get("/about")
        with counted_queries() as before:
            browser.get("/about")
        ada.post(API, json={"text": "News"})
        browser.get("/about")
        with counted_queries() as after:
            assert "News" in browser.get("/about").text
        assert len(after) == len(before)


def test_it_is_written_and_removed_by_forms(app, ada):
    page = ada.post("/admin/announcements", data={"text": "Hello", "level": "info", "starts_at": "", "ends_at": ""})
    assert page.status_code == 303
    shown = ada.get("/admin/announcements").text
    (way,) = re.findall(r'action="(/admin/announcements/[^"]+/remove)"', shown)
    assert ada.post(way).status_code == 303
    assert "Hello" not in ada.get("/admin/announcements").text
    for data, words in (
        ({"text": ""}, "Please write something"), ({"text": "x" * 501}, "At most 500"),
        ({"text": "Kept", "ends_at": "2020-01-01T00:00"}, "has to end after"),
        ({"text": "Kept", "starts_at": "noon"}, "Write a day"),
    ):  # fmt: skip
        refused = ada.post("/admin/announcements", data=data)
        assert refused.status_code == 422, data
        assert words in refused.text
        assert data["text"] in refused.text
