"""Hide an account, come back, ask for its deletion and think better of it: in a browser, with scripts and without."""

import re

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser.checks import complaints
from tests.whole import PASSWORD


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_somebody_leaves_and_thinks_better_of_it(site, open_page, scripts):
    kind = "js" if scripts else "plain"
    leaver, friend = site.person(f"leaver_{kind}"), site.person(f"friend_{kind}")
    post_id = leaver.post(make.photo(400, 300, "#335577"), "A last look")
    assert friend.call("GET", f"/posts/{post_id}").status_code == 200

    page = open_page(leaver, scripts=scripts)
    page.goto("/settings/data")
    page.get_by_role("button", name="Hide my account").click()
    expect(page.get_by_role("button", name="Come back")).to_be_visible()
    assert friend.call("GET", f"/posts/{post_id}").status_code == 404
    page.goto("/")
    expect(page).to_have_url(f"{site.url}/settings/data")
    if scripts:
        assert complaints(page) == []
    page.get_by_role("button", name="Come back").click()
    expect(page.locator(".toast")).to_contain_text("Welcome back")
    assert friend.call("GET", f"/posts/{post_id}").status_code == 200

    page.goto("/settings/data")
    page.get_by_label("Your password", exact=True).fill("not the one")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.locator("main")).to_contain_text("not right")
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Delete my account").click()
    expect(page.locator("main")).to_contain_text(re.compile(r"will be deleted on \d+ \w+ \d{4}"))
    assert friend.call("GET", f"/users/{leaver.name}").status_code == 404
    page.get_by_role("button", name="Keep my account").click()
    expect(page.locator(".toast")).to_contain_text("Good that you stay")
    assert friend.call("GET", f"/posts/{post_id}").status_code == 200
