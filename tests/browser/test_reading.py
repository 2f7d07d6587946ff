"""Reading, liking, commenting, following: with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

from tests import make
from tests.waiting import until

pytestmark = pytest.mark.moving


@pytest.fixture(scope="module")
def post_id(people) -> str:
    """A post of Ana's that Ben follows."""
    people["ben"].call("POST", "/users/ana/follow")
    return people["ana"].post(make.photo(1200, 900, "#445566"), "To be read #blue")


def answered(page, press) -> None:
    """Press, and wait for the server's word: the button shows it at once."""
    with page.expect_response(lambda response: response.request.method == "POST"):
        press()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_liking_saving_and_commenting(site, open_page, people, post_id, scripts):
    page = open_page(people["ben"], scripts=scripts)
    page.goto(f"/p/{post_id}")
    like = page.locator(f"#like-button-{post_id}")
    expect(like).to_have_attribute("aria-pressed", "false")
    answered(page, like.click)
    expect(like).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"form:has(#like-button-{post_id})")).to_contain_text("1 like")
    page.reload()
    expect(like).to_have_attribute("aria-pressed", "true")
    answered(page, like.click)
    expect(like).to_have_attribute("aria-pressed", "false")

    words = f"Fine, {'with' if scripts else 'without'} scripts"
    page.locator(f"#comment-form-{post_id} textarea").fill(words)
    page.locator(f"#comment-form-{post_id} button").click()
    expect(page.locator("li.comment", has_text=words)).to_be_visible()
    expect(page.locator(f"#comment-form-{post_id} textarea")).to_have_value("")
    assert page.wrong == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_following_and_unfollowing(site, open_page, people, scripts):
    name = "cleo_one" if scripts else "cleo_two"
    site.person(name)
    page = open_page(people["ben"], scripts=scripts)
    page.goto(f"/@{name}")
    follow = page.locator(f"#follow-button-{name}")
    answered(page, follow.click)
    expect(follow).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(follow).to_have_attribute("aria-pressed", "true")
    answered(page, follow.click)
    expect(follow).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(follow).to_have_attribute("aria-pressed", "false")


def test_deleting_a_post_and_taking_it_back(site, open_page, people):
    post_id = people["ana"].post(make.photo(500, 500, "#772222"), "Deleted by mistake")
    page = open_page(people["ana"])
    page.goto("/")
    card = page.locator(f"#post-{post_id}")
    card.locator("details.menu summary").click()
    card.get_by_role("button", name="Delete").click()
    expect(card).to_contain_text("Post deleted")
    card.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#post-{post_id}")).to_contain_text("Deleted by mistake")


def test_the_feed_goes_on_and_back_keeps_the_place(site, open_page, people):
    reader = site.person("reader")
    reader.call("POST", "/users/ana/follow")
    media = [people["ana"].upload(make.photo(300, 300, "#123456")) for _ in range(25)]
    for number, media_id in enumerate(media):
        people["ana"].call("POST", "/posts", json={"media_ids": [media_id], "caption": f"Number {number}"})
    until(lambda: len(reader.call("GET", "/feed?limit=100").json()["items"]) >= 25)
    page = open_page(reader)
    page.goto("/")
    expect(page.locator("#feed article")).to_have_count(20)
    page.locator("#more").scroll_into_view_if_needed()
    expect(page.locator("#feed article").nth(24)).to_be_attached(timeout=10000)
    count = page.locator("#feed article").count()
    page.locator("#feed article").nth(22).scroll_into_view_if_needed()
    page.locator("#feed article").nth(22).locator(".where a").click()
    expect(page).to_have_url(re.compile("/p/"))
    page.go_back()
    expect(page.locator("#feed article").nth(min(count, 20) - 1)).to_be_attached()

    plain = open_page(reader, scripts=False)
    plain.goto("/")
    plain.get_by_role("link", name="Older posts").click()
    expect(plain.locator("#feed article").first).to_be_visible()
    assert "cursor=" in plain.url
