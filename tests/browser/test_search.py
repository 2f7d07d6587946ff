"""Searching: while one types, by the keyboard, and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests import make


@pytest.fixture(scope="module")
def post_id(people) -> str:
    return people["ana"].post(make.photo(1200, 900, "#445566"), "Zwielicht am Kanal #zwielicht")


def test_results_appear_while_one_types_and_more_than_one_word_counts(site, open_page, people, post_id):
    page = open_page(people["ben"])
    page.goto("/")
    page.keyboard.press("/")
    expect(page).to_have_url(re.compile("/search$"))
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("an", delay=30)
    expect(page.locator("#results a[href='/@ana']")).to_be_visible()
    expect(page.locator("#announce")).to_contain_text("found")
    page.locator("#search").fill("zwie kanal")
    expect(page.get_by_text("Nobody by that name")).to_be_visible()
    page.get_by_role("link", name="Photos").click()
    expect(page).to_have_url(re.compile("kind=posts"))
    expect(page.locator("#search")).to_have_value("zwie kanal")
    page.locator("#search").fill("kanal zwie")
    expect(page.locator(f"#results a[href='/p/{post_id}']")).to_be_visible()
    page.locator("#search").press("Enter")
    expect(page).to_have_url(re.compile(r"q=kanal\+zwie&kind=posts"))
    expect(page.locator(f"a[href='/p/{post_id}']")).to_be_visible()
    assert page.wrong == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_hashtag_is_found_and_followed(site, open_page, people, post_id, scripts):
    page = open_page(people["ben"], scripts=scripts)
    page.goto("/search")
    page.locator("#search").fill("#zwie")
    page.locator("#search").press("Enter")
    page.get_by_role("link", name="Hashtags").click()
    button = page.locator("#follow-tag-button-zwielicht")
    expect(button).to_have_attribute("aria-pressed", "false")
    with page.expect_response(lambda response: response.request.method == "POST"):
        button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.goto("/search")
    expect(page.get_by_role("link", name="#zwielicht")).to_be_visible()
    with page.expect_response(lambda response: response.request.method == "POST"):
        button.click()
    expect(button).to_have_attribute("aria-pressed", "false") if scripts else expect(button).to_be_hidden()
