"""The pages of the rules, with everything on them: each address and form leads somewhere, for admins and moderators."""

from html import unescape

import pytest

from tests import make
from tests.web.test_crawl import ADDRESS, leads_somewhere
from webapp.core import options

API = "/api/v1"
PAGES = ("/admin/filters?text=spam", "/admin/hashes", "/admin/joining", "/admin/settings", "/admin/settings/history")


@pytest.fixture
def admin(app, sign_in):
    """An admin of a site that has one of everything."""
    browser = sign_in(make.user("admin_a", role="admin"))
    browser.post(f"{API}/moderation/filters", json={"phrase": "spam", "action": "hold", "whole_word": False})
    browser.post(f"{API}/moderation/hashes", json={"hash": "f" * 16, "note": "Twice"})
    for asked in ({"most": 3, "days": 7, "note": "Club"}, {}):
        made = browser.post(f"{API}/admin/invites", json=asked).json
    browser.delete(f"{API}/admin/invites/{made['id']}")
    for rule in ({"domain": "a.example", "action": "refuse"}, {"network": "10.0.0.0/8", "action": "approve"}):
        assert browser.post(f"{API}/admin/access-rules", json=rule).status_code == 201
    browser.put(f"{API}/admin/settings", json={"registration": "approval", "limits": {"posts": 3}})
    options.kept.hold(options.Options(registration="approval"), 60)
    new = {"username": "nora", "email": "n@example.org", "password": make.PASSWORD, "words": "Hello"}
    assert app.test_client().post(f"{API}/auth/register", json=new).status_code == 201
    return browser


def test_every_address_of_the_rules_leads_somewhere(app, admin):
    wrong = []
    for path in (*PAGES, "/register"):
        page = admin.get(path)
        assert page.status_code in (200, 303), path
        for kind, value in ADDRESS.findall(page.text):
            value = unescape(value)
            if value.startswith("/") and not leads_somewhere(
                app, value.split("#")[0] or path, "POST" if "post" in kind else "GET"
            ):
                wrong.append(f"{path}: {kind}={value}")
    assert not wrong, wrong


def test_moderators_have_their_pages_and_no_others(app, admin, sign_in):
    mod = sign_in(make.user("mod_m", role="moderator"))
    assert [mod.get(path).status_code for path in PAGES] == [200, 200, 403, 403, 403]
    assert 'href="/admin/settings"' not in mod.get("/admin/filters").text


def test_htmx_gets_what_follows_a_cursor_alone(app, admin):
    for number in range(3):
        admin.post(f"{API}/moderation/filters", json={"phrase": f"word{number}", "action": "hide"})
    page = admin.get("/admin/filters?limit=2").text
    older = unescape(page.partition('id="more"')[2].partition('href="')[2].partition('"')[0])
    part = admin.part(older)
    assert part.text.count("<tr>") == 2
    assert "<html" not in part.text
    assert "spam" in part.text
