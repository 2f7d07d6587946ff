"""What is kept private, and arranged quietly, in a real browser; with JavaScript and without."""

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser.checks import faults


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_private_account_is_asked_and_answers(site, open_page, scripts):
    kind = "js" if scripts else "plain"
    shy, fan, other = (site.person(f"{name}_{kind}") for name in ("shy", "fan", "other"))
    post_id = shy.post(make.photo(400, 300, "#335577"), "A quiet room")

    page = open_page(shy, scripts=scripts)
    page.goto("/settings/privacy")
    page.get_by_label("Only people I let follow me").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Only your followers see your photos")

    asking = open_page(fan, scripts=scripts)
    asking.goto(f"/@{shy.name}")
    expect(asking.locator("main")).to_contain_text("This account is private")
    asking.locator(f"#follow-button-{shy.name}").click()
    expect(asking.locator(f"#follow-button-{shy.name} .when-on")).to_have_text("Requested")
    other.call("POST", f"/users/{shy.name}/follow")

    page.goto("/requests")
    page.locator(f"#request-{fan.name}").get_by_role("button", name="Accept").click()
    expect(page.locator("main, .toasts").filter(has_text="follows you now").first).to_be_visible()
    page.locator(f"#request-{other.name}").get_by_role("button", name="Decline").click()
    expect(page.locator("body")).to_contain_text("declined")

    asking.goto("/")
    expect(asking.locator(f"#post-{post_id}")).to_be_visible()
    assert other.call("GET", f"/posts/{post_id}").status_code == 404

    page.goto(f"/@{shy.name}/followers")
    page.locator(f"#person-{fan.name}").get_by_role("button", name="Remove").click()
    expect(page.locator("body")).to_contain_text("does not follow you any more")
    assert fan.call("GET", f"/posts/{post_id}").status_code == 404
    assert page.wrong == []
    assert asking.wrong == []


def test_its_pages_are_right(site, open_page):
    shy = site.person("rules")
    shy.call("PATCH", "/users/me", json={"is_private": True})
    fan, long = site.person("rules_fan"), site.person("a_rather_long_name_light")
    for person in (fan, long):
        person.call("POST", f"/users/{shy.name}/follow")
    page = open_page(shy, viewport={"width": 320, "height": 700})
    assert faults(page, ("/settings/privacy", "/requests")) == {}
    shy.call("POST", f"/me/follow-requests/{fan.name}/accept")
    assert faults(page, (f"/@{shy.name}/followers",)) == {}


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_passing_on_muting_and_sorting(site, open_page, people, scripts):
    reader = site.person(f"passes_on_{int(scripts)}")
    post_id = people["ana"].post(make.photo(640, 480, "#224466"), "To be passed on")
    page = open_page(reader, scripts=scripts)
    page.goto(f"/p/{post_id}")
    repost = page.locator(f"#repost-button-{post_id}")
    with page.expect_response(lambda response: response.request.method == "POST"):
        repost.click()
    expect(repost).to_have_attribute("aria-pressed", "true")
    page.goto(f"/@{reader.name}/timeline")
    expect(page.locator(f"#post-{post_id}")).to_contain_text("You reposted")
    page.goto(f"/p/{post_id}")
    page.get_by_text("More about this post").locator("xpath=..").click()
    page.get_by_role("link", name="Save to a folder").click()
    page.get_by_label("Or a new folder").fill("Blue ones")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Blue ones")).to_have_attribute("aria-current", "page")
    page.goto("/@ana/mute")
    page.get_by_label("One week").check()
    page.get_by_role("button", name="Mute").click()
    expect(page.locator("#toasts")).to_contain_text("@ana is muted")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("You see what @ana posts again")
    assert page.wrong == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_letting_a_held_comment_in(site, open_page, people, scripts):
    name = f"restricted_{int(scripts)}"
    guest = site.person(name)
    post_id = people["ana"].post(make.photo(640, 480, "#446622"), "Quiet please")
    people["ana"].call("POST", f"/users/{name}/restrict")
    guest.call("POST", f"/posts/{post_id}/comments", json={"content": "May I?"})
    page = open_page(people["ana"], scripts=scripts)
    page.goto(f"/p/{post_id}")
    said = page.locator("li.comment", has_text="May I?")
    expect(said).to_contain_text(f"Only you and {name} see this")
    said.get_by_role("button", name="Show it to everybody").click()
    expect(said).to_be_visible()
    expect(said).not_to_contain_text("Only you")
    expect(page.locator(f"#comment-count-{post_id}")).to_contain_text("1 comment")
    assert page.wrong == []
