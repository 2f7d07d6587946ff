"""Conversations in a browser: at once, in order, once each; and by plain forms."""

import re

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser.checks import faults
from tests.waiting import until
from tests.whole import PASSWORD

AREA = "#composer textarea"


@pytest.fixture(scope="module")
def friends(site):
    """Mia and Noa, who follow each other."""
    two = [site.person(name, name.title()) for name in ("mia", "noa")]
    for one, other in (two, two[::-1]):
        one.call("POST", f"/users/{other.name}/follow")
    return two


@pytest.fixture
def talk(friends):
    """A conversation of both with something said; its id."""
    mia, noa = friends
    talk = mia.call("POST", "/conversations", json={"usernames": ["noa"], "content": "Hello Noa"}).json()["id"]
    noa.call("POST", f"/conversations/{talk}/messages", json={"content": "Hello Mia"})
    return talk


def said(person, talk) -> list[str]:
    found = person.call("GET", f"/conversations/{talk}/messages?limit=100").json()["items"]
    return [one["content"] for one in found][::-1]


def test_what_is_said_stands_there_at_once_and_takes_its_number(open_page, friends, talk):
    mia, noa = friends
    page = open_page(mia, service_workers="block")  # what one of these sends goes past the page's routes
    page.goto(f"/messages/{talk}")
    on_the_way = []
    page.route(f"**/messages/{talk}", lambda route: on_the_way.append(route))
    page.fill(AREA, "By Enter")
    page.press(AREA, "Enter")
    waiting = page.locator("#messages > li").last
    expect(waiting).to_have_class(re.compile("sending"))
    expect(waiting).to_contain_text("Sending")
    expect(page.locator(AREA)).to_have_value("")
    on_the_way.pop().continue_()
    page.unroute(f"**/messages/{talk}")
    expect(page.locator('#messages > li[id^="m-"]').last).to_contain_text("By Enter")
    expect(page.locator(".sending")).to_have_count(0)
    assert said(noa, talk)[-1] == "By Enter"
    page.fill(AREA, "Two")
    page.press(AREA, "Shift+Enter")
    page.type(AREA, "lines")
    page.get_by_role("button", name="Send").click()
    expect(page.locator('#messages > li[id^="m-"]').last).to_contain_text("lines")
    assert said(noa, talk)[-1] == "Two\nlines"
    assert page.wrong == []


def test_what_could_not_be_sent_says_so_and_is_said_once_by_the_next_try(open_page, friends, talk):
    mia, noa = friends
    page = open_page(mia, service_workers="block")  # which would send it again by itself
    page.goto(f"/messages/{talk}")

    def lose_the_answer(route):
        route.fetch()  # it arrives, and nobody hears of it
        route.abort()

    page.route(f"**/messages/{talk}", lose_the_answer)
    page.fill(AREA, "Only once, please")
    page.press(AREA, "Enter")
    unsent = page.locator("#messages > li").last
    expect(unsent).to_contain_text("Not sent")
    page.unroute(f"**/messages/{talk}")
    unsent.get_by_role("button", name="Try again").click()
    expect(page.locator('#messages > li[id^="m-"]').last).to_contain_text("Only once, please")
    expect(page.get_by_text("Not sent")).to_have_count(0)
    assert said(noa, talk).count("Only once, please") == 1


def test_a_refusal_is_said_beside_the_words(open_page, friends, talk):
    mia, _ = friends
    page = open_page(mia)
    page.goto(f"/messages/{talk}")
    page.evaluate(f"document.querySelector('{AREA}').removeAttribute('maxlength')")
    page.fill(AREA, "x" * 2001)
    page.press(AREA, "Enter")
    expect(page.locator("#messages > li").last).to_contain_text("At most 2,000 characters")


def test_a_photo_is_sent_and_appears(open_page, friends, talk, tmp_path):
    mia, _ = friends
    (tmp_path / "a.jpg").write_bytes(make.photo(600, 400, "#335577"))
    page = open_page(mia)
    page.goto(f"/messages/{talk}")
    page.set_input_files("#composer [type=file]", str(tmp_path / "a.jpg"))
    expect(page.locator(".chosen")).to_contain_text("a.jpg")
    page.get_by_role("button", name="Send").click()
    newest = page.locator('#messages > li[id^="m-"]').last
    expect(newest.locator("img")).to_have_attribute("src", re.compile("variants"))
    expect(page.locator(".chosen")).to_be_hidden()
    assert page.wrong == []


def test_whatever_comes_in_whatever_order_finds_its_place_once(open_page, friends, talk):
    mia, _ = friends
    page = open_page(mia)
    page.goto(f"/messages/{talk}")
    last = max(one["seq"] for one in mia.call("GET", f"/conversations/{talk}/messages").json()["items"])
    page.evaluate(
        """([last, from]) => {
            const list = document.getElementById("messages");
            const item = (n, day) => {
                const made = document.createElement("li");
                made.id = `m-extra-${n}`;
                Object.assign(made.dataset, { seq: last + n, from, day, stage: 1 });
                made.textContent = `Extra ${n}.`;
                return made;
            };
            list.append(item(3, "2031-01-02"), item(1, "2031-01-01"), item(3, "2031-01-02"));
            list.prepend(item(2, "2031-01-01"));
            list.append(item(1, "2031-01-01"));
        }""",
        [last, "somebody"],
    )
    page.wait_for_timeout(100)
    lines = page.locator("#messages > li").all_text_contents()
    assert [line for line in lines if line.startswith(("Extra", "1 Jan", "2 Jan"))] == [
        "1 January 2031", "Extra 1.", "Extra 2.", "2 January 2031", "Extra 3."
    ]  # fmt: skip
    assert page.locator("#m-extra-2").get_attribute("class") == "joined"


def test_earlier_messages_come_without_a_jump(open_page, friends, site):
    mia, _ = friends
    site.person("oli_third")
    third = mia.call("POST", "/conversations", json={"usernames": ["noa", "oli_third"], "title": "Long"}).json()["id"]
    for number in range(1, 71):
        mia.call("POST", f"/conversations/{third}/messages", json={"content": f"Number {number}."})
    page = open_page(mia)
    page.goto(f"/messages/{third}#latest")
    expect(page.get_by_text("Number 70.", exact=True)).to_be_in_viewport()
    expect(page.get_by_text("Number 10.", exact=True)).to_have_count(0)
    page.locator(".log").evaluate("log => log.scrollTo(0, -log.scrollHeight)")
    before = page.get_by_text("Number 41.", exact=True).bounding_box()["y"]
    expect(page.get_by_text("Number 15.", exact=True)).to_have_count(1)
    assert abs(page.get_by_text("Number 41.", exact=True).bounding_box()["y"] - before) < 60
    seqs = page.locator("#messages > [data-seq]").evaluate_all("all => all.map(one => Number(one.dataset.seq))")
    assert seqs == sorted(set(seqs))
    assert page.wrong == []


def test_who_looks_has_read_it_and_the_other_sees_that(open_page, friends, talk):
    mia, noa = friends
    noa.call("POST", f"/conversations/{talk}/messages", json={"content": "Seen this?"})
    page = open_page(mia)
    page.goto("/messages")
    expect(page.locator(f"#c-{talk} .badge")).to_be_visible()
    page.goto(f"/messages/{talk}#latest")
    expect(page.locator("#mark-read")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    hers = open_page(noa)
    hers.goto(f"/messages/{talk}")
    expect(hers.locator("#read-marks")).to_have_text("Seen")
    page.goto("/messages")
    expect(page.locator(f"#c-{talk} .badge")).to_have_count(0)


def test_that_it_was_read_is_said_again_if_it_did_not_arrive(open_page, friends, talk):
    mia, noa = friends
    page = open_page(mia, service_workers="block")
    lost = []
    page.route(f"**/messages/{talk}/read", lambda route: (lost.append(route.request.url), route.abort()), times=1)
    page.goto(f"/messages/{talk}")
    until(lambda: lost or page.wait_for_timeout(50))
    hers = open_page(noa)
    hers.goto(f"/messages/{talk}")
    expect(hers.locator("#read-marks")).to_have_text("Seen")


def test_what_is_typed_is_kept(open_page, friends, talk):
    page = open_page(friends[0])
    page.goto(f"/messages/{talk}")
    page.fill(AREA, "Half a thou")
    page.goto("/messages")
    page.goto(f"/messages/{talk}")
    expect(page.locator(AREA)).to_have_value("Half a thou")
    page.press(AREA, "Enter")
    expect(page.locator('#messages > li[id^="m-"]').last).to_contain_text("Half a thou")
    page.goto(f"/messages/{talk}")
    expect(page.locator(AREA)).to_have_value("")


def test_one_s_own_words_can_be_deleted(open_page, friends, talk):
    mia, noa = friends
    mia.call("POST", f"/conversations/{talk}/messages", json={"content": "Oh no"})
    page = open_page(mia)
    page.goto(f"/messages/{talk}")
    own = page.locator("#messages > li").filter(has_text="Oh no")
    own.locator("summary").click()
    own.get_by_role("button", name="Delete for everybody").click()
    expect(page.locator("#messages > li").last).to_contain_text("Message deleted")
    assert "Oh no" not in said(noa, talk)


def test_a_whole_talk_without_scripts(open_page, site):
    pia, kim = site.person("pia", "Pia"), site.person("kim_b", "Kim")
    page = open_page(pia, scripts=False)
    page.goto("/@kim_b")
    page.get_by_role("link", name="Message", exact=True).click()
    page.get_by_label("Message", exact=True).fill("Hello Kim")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#messages")).to_contain_text("Hello Kim")
    hers = open_page(kim, scripts=False)
    hers.goto("/messages")
    hers.get_by_role("link", name=re.compile("Message requests")).click()
    hers.get_by_role("link", name=re.compile("Pia")).click()
    hers.get_by_role("button", name="Accept").click()
    hers.get_by_label("Message", exact=True).fill("Hello Pia")
    hers.get_by_role("button", name="Send").click()
    expect(hers.locator("#messages")).to_contain_text("Hello Pia")
    page.reload()
    expect(page.locator("#messages")).to_contain_text("Hello Pia")
    page.get_by_role("button", name="Mark as read").click()
    expect(page.get_by_role("button", name="Mark as read")).to_have_count(0)
    page.get_by_role("link", name="About this conversation").click()
    page.get_by_role("button", name="Delete for me").click()
    expect(page.get_by_text("deleted for you")).to_be_visible()
    expect(page.get_by_text("Hello Kim")).to_have_count(0)


def test_the_pages_of_a_talk_are_right(open_page, friends, talk, site):
    mia, _ = friends
    stranger = site.person("stranger_to_mia")
    request = stranger.call("POST", "/conversations", json={"usernames": ["mia"], "content": "May I?"}).json()["id"]
    page = open_page(mia, viewport={"width": 320, "height": 640})
    paths = (
        "/messages", "/messages/requests", "/messages/new", "/messages/search?q=hello", f"/messages/{talk}",
        f"/messages/{talk}/details", f"/messages/{request}",
    )  # fmt: skip
    assert faults(page, paths) == {}


def test_a_draft_is_its_writers_alone_and_goes_with_signing_out(open_page, friends, talk):
    mia, noa = friends
    page = open_page(mia)
    page.goto(f"/messages/{talk}")
    page.type(AREA, "For Noa's eyes, later")
    page.goto("/messages")
    page.goto(f"/messages/{talk}")
    expect(page.locator(AREA)).to_have_value("For Noa's eyes, later")
    # an ended session leaves it there; it is not for whoever signs in next
    page.context.add_cookies([{"name": "tintype_session", "value": noa.key(), "url": noa.site.url}])
    page.goto(f"/messages/{talk}")
    expect(page.locator(AREA)).to_have_value("")
    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_label("Username or email").fill(mia.name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/")
    with page.expect_response(lambda answer: "/events" in answer.url):
        page.goto(f"/messages/{talk}")
    expect(page.locator(AREA)).to_have_value("For Noa's eyes, later")
    other = page.context.new_page()
    other.goto("/settings")
    other.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/login**")
    assert other.evaluate("Object.keys(localStorage)") == []
