"""Being told in a real browser: the bell, the list, the way there; with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

from tests import make


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
    page.get_by_label("Likes").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Likes")).not_to_be_checked()
    assert host.call("GET", "/me/notification-settings").json()["like"] == {"app": False}
    assert page.wrong == []
