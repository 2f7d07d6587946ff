"""Being told in a real browser: the bell, the list, the way there; with JavaScript and without."""

import json
import re
import uuid

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser.checks import complaints
from webapp.core import crypto


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_bell_leads_to_what_happened(site, open_page, scripts):
    kind = "js" if scripts else "plain"
    host, guest = site.person(f"host_{kind}"), site.person(f"guest_{kind}", "A guest with a name that is rather long")
    post_id = host.post(make.photo(400, 300, "#335577"), "A quiet room")
    guest.call("POST", f"/posts/{post_id}/like")
    guest.call("POST", f"/posts/{post_id}/comments", json={"content": "So quiet"})
    for _ in range(50):
        if host.call("GET", "/notifications/count").json()["unread"] == 2:
            break

    page = open_page(host, scripts=scripts)
    page.goto("/")
    expect(page.locator(".badge")).to_contain_text("2")
    page.locator('.nav a[href="/notifications"]').click()
    expect(page.locator("main")).to_contain_text("liked your post")
    page.locator("#told button", has_text="commented on your post").click()
    expect(page).to_have_url(re.compile(f"/p/{post_id}#comment-"))
    expect(page.locator(".badge")).to_contain_text("1")
    page.locator('.nav a[href="/notifications"]').click()
    expect(page.locator("#told .unread")).to_have_count(1)
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator("#told .unread")).to_have_count(0)
    expect(page.locator(".badge")).to_have_count(0)

    page.goto("/settings/notifications")
    page.locator("[name=app][value=like]").uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("[name=app][value=like]")).not_to_be_checked()
    assert host.call("GET", "/me/notification-settings").json()["like"]["app"] is False
    assert page.wrong == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_daily_mail_is_chosen_and_ended_by_its_link(site, open_page, scripts):
    reader = site.person(f"reader_{'js' if scripts else 'plain'}")
    page = open_page(reader, scripts=scripts)
    page.goto("/settings/notifications")
    page.get_by_label("Once a day").check()
    page.get_by_role("button", name="how often we mail you").click()
    expect(page.locator("body")).to_contain_text("You get a mail a day")
    assert reader.call("GET", "/me/settings").json()["digest"] == "daily"

    me = uuid.UUID(reader.call("GET", "/auth/me").json()["id"])
    vault = crypto.Vault(json.loads((site.data / "secrets.json").read_text())["SECRET_KEY"])
    stranger = open_page(scripts=scripts)
    stranger.goto(f"/unsubscribe/{crypto.b64(vault.seal('unsubscribe', me.bytes))}")
    if scripts:
        assert complaints(stranger) == []
    stranger.get_by_role("button", name="Stop the daily mail").click()
    expect(stranger.locator("h1")).to_have_text("You get no more daily mails")
    assert reader.call("GET", "/me/settings").json()["digest"] == "off"
    assert page.wrong == stranger.wrong == []
