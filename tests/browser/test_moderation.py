"""Reporting and deciding in a browser: with the keyboard, and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser.checks import faults
from tests.waiting import awake


@pytest.fixture(scope="module")
def team(site):
    """Two moderators."""
    return [site.staff(f"look_{number}", "moderator") for number in (1, 2)]


@pytest.fixture(scope="module")
def author(site):
    """Somebody whose posts are reported."""
    return site.person("looked_at", "Looked At")


def reported(site, author, name, words, **more) -> str:
    """Let somebody report a new post; returns its id."""
    post_id = author.post(make.photo(400, 300, "#776655"), words)
    body = {"target_type": "post", "target_id": post_id, "reason": "spam", **more}
    assert site.person(name).call("POST", "/reports", json=body).status_code == 201
    return post_id


def test_reporting_and_deciding_without_javascript(site, open_page, author, team):
    post_id = author.post(make.photo(400, 300, "#665544"), "Plain words to report")
    page = open_page(site.person("plain_reporter"), scripts=False)
    page.goto(f"/p/{post_id}")
    page.locator("summary", has_text="More about this post").click()
    page.get_by_role("link", name="Report", exact=True).first.click()
    page.get_by_label(re.compile("^Spam")).check()
    page.get_by_label("Anything that we should know").fill("Look at this")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(page.get_by_role("button", name="Block @looked_at")).to_be_visible()

    desk = open_page(team[0], scripts=False, viewport={"width": 1280, "height": 800})
    desk.goto("/admin/queue?type=post&reason=spam")
    desk.get_by_role("row", name=re.compile("Plain words")).get_by_role("checkbox").check()
    desk.get_by_label("What to do with the ticked").select_option("takedown")
    desk.get_by_label("Reason", exact=True).last.fill("Rule three.")
    desk.get_by_role("button", name="Do it to the ticked").click()
    expect(desk.get_by_text("Decided: 1.")).to_be_visible()
    page.goto(f"/p/{post_id}")
    expect(page.get_by_text("There is nothing here")).to_be_visible()
    page.goto("/reports")
    expect(page.get_by_text("We looked at it and acted.")).to_be_visible()

    hers = open_page(author, scripts=False)
    hers.goto("/appeal")
    hers.get_by_text("I think that this is a mistake").first.click()
    hers.get_by_label("Why should we look at it again?").first.fill("It is a plain photo.")
    hers.get_by_role("button", name="Ask to look again").first.click()
    expect(hers.get_by_text("Somebody else of the team will answer.")).to_be_visible()
    other = open_page(team[1], scripts=False, viewport={"width": 1280, "height": 800})
    other.goto("/admin/appeals")
    other.get_by_role("link", name="@looked_at").first.click()
    other.get_by_label(re.compile("^Take it back")).check()
    other.get_by_label("Why, in words that they read").fill("A plain photo, indeed.")
    other.get_by_role("button", name="Answer").click()
    expect(other.get_by_text("The decision was taken back.")).to_be_visible()


def test_the_queue_goes_by_the_keyboard(site, open_page, author, team):
    reported(site, author, "key_reporter_1", "First by keys")
    reported(site, author, "key_reporter_2", "Second by keys")
    page = open_page(team[0], viewport={"width": 1280, "height": 800})
    page.goto("/admin/queue")
    rows = page.locator("tbody th a")
    page.keyboard.press("j")
    expect(rows.first).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("tbody tr").nth(1).get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/admin/queue/[0-9a-f-]{36}"))
    awake(page)
    hidden = page.locator(".covered > img").first
    expect(hidden).to_be_hidden()
    page.locator(".covered summary").first.click()
    expect(hidden).to_be_visible()
    page.keyboard.press("d")
    expect(page.get_by_label(re.compile("^Dismiss"))).to_be_checked()
    expect(page.get_by_label("Reason", exact=True)).to_be_focused()
    page.keyboard.type("dt")
    expect(page.get_by_label("Reason", exact=True)).to_have_value("dt")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("The case is closed.")).to_be_visible()
    assert page.wrong == []


def test_the_pages_of_moderators_are_right(site, open_page, author, team):
    post_id = reported(site, author, "axe_looked", "Looked at by axe", note="A note " * 20)
    page = open_page(team[0])
    items = team[0].call("GET", "/moderation/queue?limit=100").json()["items"]
    case = next(one["id"] for one in items if one["target"]["id"] == post_id)
    paths = (
        "/admin/queue", "/admin/queue?status=closed", f"/admin/queue/{case}", "/admin/appeals", "/reports", "/appeal",
        f"/report/post/{post_id}", f"/report/post/{post_id}/thanks",
    )  # fmt: skip
    assert faults(page, paths, widths=True) == {}
