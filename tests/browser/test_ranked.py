"""For you and Explore, as people read them."""

import pytest
from playwright.sync_api import expect

from tests import make


@pytest.fixture(scope="module")
def noor(site):
    """Somebody who follows Ana, and did nothing else yet."""
    person = site.person("noor")
    person.call("POST", "/users/ana/follow")
    return person


@pytest.fixture(scope="module")
def post_id(people) -> str:
    return people["ana"].post(make.photo(1200, 900, "#445566"), "Ranked")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_for_you_says_why_and_is_ranked_anew_when_asked(site, open_page, noor, post_id, scripts):
    page = open_page(noor, scripts=scripts)
    page.goto("/")
    page.get_by_role("link", name="For you").click()
    page.get_by_role("button", name="Rank anew").click()
    card = page.locator(f"#post-{post_id}")
    expect(card).to_be_visible()
    reason = card.get_by_text("Because you follow @ana.")
    expect(reason).to_be_hidden()
    card.get_by_text("Why this?").click()
    expect(reason).to_be_visible()
    assert page.wrong == []


def test_explore_shows_strangers_what_there_is(site, open_page, people, post_id):
    visitor = open_page()
    visitor.goto("/")
    visitor.get_by_role("link", name="Look around").click()
    expect(visitor.get_by_role("heading", name="Explore")).to_be_visible()
    page = open_page(site.person("passer_by"))  # the visitors' ranking may be minutes old
    page.goto("/explore")
    page.locator(f"a[href='/p/{post_id}']").click()
    expect(page.locator(f"#post-{post_id}")).to_be_visible()
