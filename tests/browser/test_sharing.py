"""From a browser to a follower's feed: the main job, with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

from tests import make
from tests.waiting import until

pytestmark = pytest.mark.moving

BYTES = re.compile(r"tintype-\w+/")  # what goes to the storage itself


def files(*colours: str) -> list[dict[str, object]]:
    return [
        {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": make.photo(900, 600, colour)}
        for colour in colours
    ]


def test_somebody_new_registers_and_shares_two_photos(site, open_page):
    page = open_page()
    page.goto("/")
    page.get_by_role("link", name="Create account").first.click()
    page.get_by_label("Username", exact=True).fill("mira")
    page.get_by_label("Email").fill("mira@example.org")
    page.locator("input[name=password]").fill("a very fine secret")
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Username or email").fill("mira")
    page.locator("input[name=password]").fill("a very fine secret")
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Your first photo starts here")).to_be_visible()

    page.goto("/new")
    page.locator("form.enhanced input[type=file]").set_input_files(files("teal", "maroon"))
    expect(page.locator(".tile")).to_have_count(2)
    page.locator(".tile textarea").first.fill("A teal wall")
    page.locator(".tile textarea").nth(1).fill("A maroon wall")
    page.get_by_label("Caption").fill("Two walls #first")
    page.locator("[data-share]").click()

    expect(page).to_have_url(re.compile(r"/$"))
    card = page.locator("article.card", has_text="Two walls")
    expect(card).to_be_visible()
    expect(card.locator("img[alt='A teal wall']")).to_be_visible()
    assert page.wrong == []


def test_a_photo_is_shared_without_scripts_and_reaches_a_follower(site, open_page, people):
    ana, ben = people["ana"], people["ben"]
    ben.call("POST", "/users/ana/follow")
    page = open_page(ana, scripts=False)
    page.goto("/new")
    page.locator("input[name=photo]").set_input_files(files("navy"))
    page.locator("textarea[name=alt]").fill("A navy wall")
    page.get_by_label("Caption").fill("Without scripts")
    page.locator("[data-share]").click()
    expect(page.get_by_text("Getting your photo ready").or_(page.get_by_text("Without scripts"))).to_be_visible()

    reader = open_page(ben, scripts=False)
    until(lambda: reader.goto("/") and reader.get_by_text("Without scripts").count())
    expect(reader.locator("article.card", has_text="Without scripts").locator("img[alt='A navy wall']")).to_be_visible()


def test_a_file_that_is_no_photo_says_so_and_the_others_are_shared(site, open_page, people):
    page = open_page(people["ana"])
    page.goto("/new")
    bad = {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff" + b"not a photo" * 99}
    page.locator("form.enhanced input[type=file]").set_input_files([*files("olive"), bad])
    failed = page.locator(".tile", has_text="damaged")
    expect(failed).to_be_visible()
    failed.locator("[data-do=remove]").click()
    page.locator(".tile textarea").fill("An olive wall")
    page.get_by_label("Caption").fill("The good one")
    page.locator("[data-share]").click()
    expect(page.locator("article.card", has_text="The good one")).to_be_visible()


def test_a_draft_that_is_discarded_while_it_waits_is_not_shared(open_page, people):
    page = open_page(people["ben"], service_workers="block")
    page.goto("/new")
    held, sent = [], []
    page.on("request", lambda request: sent.append(request.url) if request.is_navigation_request() else None)
    page.route(BYTES, lambda route: held.append(route) if not held else route.continue_())
    page.locator("form.enhanced input[type=file]").set_input_files(files("crimson"))
    until(lambda: held or page.wait_for_timeout(50))
    page.locator("form.enhanced input[type=file]").set_input_files(files("indigo"))
    expect(page.locator(".tile").nth(1)).to_contain_text(re.compile("ready", re.I))
    for tile in page.locator(".tile textarea").all():
        tile.fill("A wall")
    page.get_by_label("Caption").fill("Better not")
    page.locator("[data-share]").click()
    expect(page.locator("[data-note]")).to_contain_text("Waiting for 1 photo")
    page.locator("[data-discard]").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard draft").click()
    expect(page.locator(".tile")).to_have_count(0)
    page.wait_for_timeout(1000)
    assert sent == [], "the form stays where it is"


def test_a_draft_survives_a_reload(site, open_page, people):
    page = open_page(people["ben"])
    page.goto("/new")
    page.locator("form.enhanced input[type=file]").set_input_files(files("gray"))
    expect(page.locator(".tile")).to_have_count(1)
    page.get_by_label("Caption").fill("Not yet finished")
    expect(page.locator(".tile")).to_contain_text(re.compile("ready", re.I))
    page.wait_for_timeout(800)
    page.reload()
    expect(page.get_by_label("Caption")).to_have_value("Not yet finished")
    expect(page.locator(".tile")).to_have_count(1)
