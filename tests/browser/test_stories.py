"""Stories in a real browser: shared, watched, answered by tap, key and finger; with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser.checks import complaints, faults
from tests.waiting import until

pytestmark = pytest.mark.moving


@pytest.fixture(scope="module")
def told(site):
    """Mia with two stories, Noe with one; their ids in order."""
    mia, noe = site.person("mia_s", "Mia"), site.person("noe_s", "Noé")
    last = noe.story(make.photo(540, 960, "#335533"), "Noé was here")
    first = mia.story(make.photo(540, 960, "#553333"), "The first one")
    second = mia.story(make.photo(960, 540, "#333355"))
    return {"mia": mia, "noe": noe, "ids": [first, second, last]}


def reader(site, name: str, told):
    person = site.person(name)
    for author in ("mia", "noe"):
        person.call("POST", f"/users/{told[author].name}/follow")
    return person


def seen(told) -> list[int]:
    """How many people saw each of the stories."""
    people = (told["mia"], told["mia"], told["noe"])
    found = (person.call("GET", f"/stories/{one}") for person, one in zip(people, told["ids"], strict=True))
    return [answer.json()["counts"]["views"] for answer in found]


def plays(story, text: str) -> None:
    """Expect a story that says this and heeds keys and fingers."""
    expect(story).to_contain_text(text)
    expect(story).to_have_class(re.compile("playing"))


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_somebody_shares_a_story_and_a_follower_finds_its_ring(site, open_page, scripts):
    name = f"teller_{int(scripts)}"
    teller, fan = site.person(name), site.person(f"fan_of_{name}")
    fan.call("POST", f"/users/{name}/follow")
    page = open_page(teller, scripts=scripts)
    page.goto("/")
    page.get_by_role("link", name="Add to your story").click()
    page.get_by_role("button", name="Share").click()
    expect(page.locator("main")).to_contain_text("Choose a photo")
    page.wrong.clear()  # the 422
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": make.photo(540, 960, "#224466")}
    page.locator("#f-photo").set_input_files(photo)
    if scripts:
        expect(page.locator("[data-note]")).to_have_text("Uploaded.")
        expect(page.locator("[data-preview]")).to_be_visible()
    page.get_by_label("Describe it").fill("A blue wall")
    page.get_by_label("Caption").fill("Just now")
    page.get_by_role("button", name="Share").click()
    expect(page).to_have_url(re.compile(r"/$"))
    ring = page.locator(f'#own-ring a[href="/stories/{name}"]')
    if not scripts:
        page.wait_for_timeout(3000)
        page.reload()
    expect(ring).to_be_visible()

    watching = open_page(fan, scripts=scripts)
    watching.goto("/")
    watching.get_by_role("link", name=f"{name} new").click()
    expect(watching.locator(".story")).to_contain_text("Just now")
    expect(watching.locator(".story img[alt='A blue wall']")).to_be_visible()
    assert page.wrong == watching.wrong == []


def test_a_story_is_sent_once_however_long_the_answer_takes(site, open_page):
    teller = site.person("patient")
    page = open_page(teller, service_workers="block")
    page.goto("/new/story")
    sent = []
    page.route("**/new/story", lambda route: sent.append(route.request.post_data))
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": make.photo(540, 960, "navy")}
    page.set_input_files("#f-photo", photo)
    page.get_by_role("button", name="Share").click(no_wait_after=True)
    until(lambda: sent or page.wait_for_timeout(50))
    medium = re.search(r'name="media_id"\s+([0-9a-f-]{36})', sent[0])[1]
    until(lambda: teller.call("GET", f"/media/uploads/{medium}/status").json()["status"] == "ready")
    page.wait_for_timeout(2500)  # the page has heard of it by now
    assert len(sent) == 1


def test_without_scripts_every_story_has_its_page_and_going_on_counts(site, open_page, told):
    page = open_page(reader(site, "plain_reader", told), scripts=False)
    before = seen(told)
    page.goto("/")
    page.get_by_role("link", name="mia_s new").click()
    expect(page).to_have_url(re.compile(f"/stories/mia_s/{told['ids'][0]}$"))
    assert seen(told) == before, "looking alone does not count: a browser may look ahead"
    page.get_by_role("button", name="Next story").click()
    expect(page).to_have_url(re.compile(f"/stories/mia_s/{told['ids'][1]}$"))
    expect(page.locator(".story")).to_contain_text("Story 2 of 2")
    page.get_by_role("link", name="Previous story").click()
    expect(page.locator(".story")).to_contain_text("The first one")
    page.goto(f"/stories/mia_s/{told['ids'][1]}")
    page.get_by_role("button", name="Next story").click()
    expect(page.locator(".story")).to_contain_text("Noé was here")
    page.get_by_role("button", name="Done").click()
    expect(page).to_have_url(f"{site.url}/")
    assert seen(told) == [number + 1 for number in before]
    expect(page.get_by_role("link", name="mia_s", exact=True)).to_be_visible()
    assert page.wrong == []


def test_a_dialog_plays_them_by_keys_and_gives_the_focus_back(site, open_page, told):
    page = open_page(reader(site, "keys_reader", told), reduced_motion="reduce")
    before = seen(told)
    page.goto("/")
    ring = page.locator('.rings a[href="/stories/mia_s"]')
    ring.focus()
    page.keyboard.press("Enter")
    story = page.locator("dialog.stage .story")
    plays(story, "The first one")
    expect(page).to_have_url(re.compile(f"/stories/mia_s/{told['ids'][0]}$"))
    assert complaints(page) == []
    page.keyboard.press("ArrowRight")
    plays(story, "Story 2 of 2")
    expect(page).to_have_url(re.compile(f"/stories/mia_s/{told['ids'][1]}$"))
    expect(page.locator("dialog #announce")).to_contain_text("Story 2 of 2 by Mia")
    page.keyboard.press("ArrowLeft")
    plays(story, "Story 1 of 2")
    page.keyboard.press("ArrowRight")
    plays(story, "Story 2 of 2")
    page.keyboard.press("ArrowRight")
    plays(story, "Noé was here")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(page).to_have_url(f"{site.url}/")
    expect(ring).to_be_focused()
    expect(ring).not_to_have_class(re.compile("new"))
    assert seen(told) == [number + 1 for number in before]
    assert page.wrong == []


def test_space_pauses_after_the_arrow_keys_too(site, open_page, told):
    page = open_page(reader(site, "space_reader", told))
    page.goto("/")
    page.locator('.rings a[href="/stories/mia_s"]').click()
    story = page.locator("dialog.stage .story")
    plays(story, "The first one")
    page.get_by_role("button", name="Next story").focus()
    page.keyboard.press("ArrowRight")
    plays(story, "Story 2 of 2")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    plays(story, "Story 2 of 2")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()


def test_back_closes_it_and_a_reload_shows_the_storys_own_page(site, open_page, told):
    page = open_page(reader(site, "back_reader", told), reduced_motion="reduce")
    page.goto("/")
    page.locator('.rings a[href="/stories/mia_s"]').click()
    plays(page.locator("dialog .story"), "The first one")
    page.get_by_role("button", name="Next story").click()
    plays(page.locator("dialog .story"), "Story 2 of 2")
    expect(page.get_by_role("button", name="Next story")).to_be_focused()
    page.go_back()
    expect(page.locator("dialog")).to_have_count(0)
    expect(page).to_have_url(f"{site.url}/")
    page.go_forward()
    plays(page.locator("main.stage .story"), "Story 2 of 2")
    page.get_by_role("button", name="Close").click()
    expect(page).to_have_url(f"{site.url}/")
    assert page.wrong == []


def test_it_goes_on_by_itself_unless_it_is_paused_or_held(site, open_page, told):
    page = open_page(reader(site, "idle_reader", told))
    page.goto("/")
    page.locator('.rings a[href="/stories/mia_s"]').click()
    story = page.locator("dialog .story")
    expect(story).to_have_class(re.compile("playing"))
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    first = page.locator("dialog button, dialog a").first
    expect(first).to_have_attribute("aria-label", "Pause")
    first.click()
    expect(first).to_have_attribute("aria-label", "Play")
    state = "getComputedStyle(document.querySelector('.story .now'), '::before').animationPlayState"
    assert page.evaluate(state) == "paused"
    page.keyboard.press("Escape")
    page.locator('.rings a[href="/stories/mia_s"]').click()
    page.wait_for_timeout(300)
    assert page.evaluate(state) == "running"
    expect(story).to_contain_text("Story 2 of 2")
    expect(page.locator("dialog #announce")).to_have_text("")
    assert page.wrong == []


def test_fingers_turn_over_hold_and_close(site, open_page, told):
    page = open_page(reader(site, "finger_reader", told), reduced_motion="reduce")
    page.goto("/")
    page.locator('.rings a[href="/stories/mia_s"]').click()
    story = page.locator("dialog .story")
    plays(story, "The first one")

    def swipe(x: int, y: int, ms: int = 0) -> None:
        page.mouse.move(200, 400)
        page.mouse.down()
        page.wait_for_timeout(ms)
        page.mouse.move(200 + x, 400 + y, steps=4)
        page.mouse.up()

    swipe(0, 0, 500)
    page.wait_for_timeout(200)
    plays(story, "The first one")
    page.mouse.click(350, 400)
    plays(story, "Story 2 of 2")
    swipe(120, 5)
    plays(story, "The first one")
    swipe(-120, 5)
    plays(story, "Story 2 of 2")
    page.mouse.click(20, 400)
    plays(story, "The first one")
    swipe(0, 150)
    expect(page.locator("dialog")).to_have_count(0)
    page.evaluate("document.documentElement.dir = 'rtl'")
    page.locator('.rings a[href="/stories/mia_s"]').click()
    expect(story).to_have_class(re.compile("playing"))
    page.keyboard.press("ArrowLeft")
    plays(story, "Story 2 of 2")
    assert page.wrong == []


def test_it_is_answered_where_it_is_seen(site, open_page, told):
    person = reader(site, "answering", told)
    page = open_page(person)
    page.goto("/")
    page.locator('.rings a[href="/stories/mia_s"]').click()
    story = page.locator("dialog .story")
    plays(story, "The first one")
    page.get_by_label("Answer Mia").focus()
    state = "getComputedStyle(document.querySelector('.story .now'), '::before').animationPlayState"
    assert page.evaluate(state) == "paused"
    page.keyboard.type("Where is this?")
    page.keyboard.press("Enter")
    expect(story).to_contain_text("Sent to @mia_s")
    found = person.call("GET", "/conversations").json()["items"][0]["last_message"]
    assert (found["content"], found["story_id"]) == ("Where is this?", told["ids"][0])
    page.keyboard.press("ArrowRight")
    plays(story, "Story 2 of 2")
    assert page.wrong == []
    page.context.set_offline(True)
    page.get_by_label("Answer Mia").fill("And this?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("dialog .toast").first).to_be_visible()
    expect(page.get_by_label("Answer Mia")).to_have_value("And this?")
    page.context.set_offline(False)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("body > #toasts")).to_have_count(1)


def test_only_the_next_photo_is_fetched_ahead(site, open_page, told):
    page = open_page(reader(site, "ahead_reader", told), reduced_motion="reduce")
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if "/variants/" in request.url else None)
    page.goto(f"/stories/mia_s/{told['ids'][0]}")
    media = [told["mia"].call("GET", f"/stories/{one}").json()["media"]["id"] for one in told["ids"][:2]]
    expect(page.locator(".story")).to_have_class(re.compile("playing"))
    page.wait_for_timeout(500)
    assert {url.split("/variants/")[1].split("/")[0] for url in fetched} == set(media)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_an_author_sees_who_saw_it_keeps_and_deletes_it(site, open_page, told, scripts):
    name = f"author_{int(scripts)}"
    author = site.person(name)
    fan = site.person(f"viewer_of_{int(scripts)}")
    fan.call("POST", f"/users/{name}/follow")
    story_id = author.story(make.photo(540, 960, "#664422"), "To be kept")
    fan.call("POST", f"/stories/{story_id}/view")
    page = open_page(author, scripts=scripts)
    page.goto(f"/stories/{name}/{story_id}")
    page.get_by_role("link", name="Seen by 1 person").click()
    expect(page.locator("#people")).to_contain_text(fan.name)
    page.goto(f"/stories/{name}/{story_id}")
    page.get_by_role("link", name="Add to a highlight").click()
    page.get_by_label("Title").fill("Brown days")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile(f"/@{name}$"))
    page.get_by_role("link", name="Brown days").click()
    expect(page.locator(".story")).to_contain_text("Brown days")
    page.get_by_text("More about this story").locator("xpath=..").click()
    page.locator(".story").get_by_role("button", name="Delete").click()
    expect(page.locator(".toast")).to_contain_text("Story deleted")
    assert fan.call("GET", f"/stories/{story_id}").status_code == 404
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".story")).to_contain_text("To be kept")
    assert page.wrong == []


def test_its_pages_are_right(open_page, told):
    one = told["ids"][0]
    mia = told["mia"]
    made = mia.call("POST", "/highlights", json={"title": "Kept", "story_ids": [one]}).json()
    page = open_page(mia, viewport={"width": 320, "height": 700}, reduced_motion="reduce")
    paths = (
        "/stories", "/new/story", f"/stories/mia_s/{one}", f"/stories/{one}/viewers", "/highlights", "/highlights/new",
        f"/highlights/{made['id']}/edit", f"/highlights/{made['id']}/{one}", "/@mia_s", "/",
    )  # fmt: skip
    assert faults(page, paths) == {}


def test_what_goes_into_a_highlight_is_read_on_the_smallest_screens(open_page, told):
    page = open_page(told["mia"], viewport={"width": 320, "height": 640})
    page.goto("/highlights/new")
    words = page.locator(".kept-list label.check").all()
    assert words
    assert min(one.bounding_box()["width"] for one in words) >= 100
