"""Two people with two browsers: what one does, the other sees without asking."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests import make


@pytest.fixture
def talk(people):
    """Ana and Ben follow each other and have begun to talk."""
    people["ana"].call("POST", "/users/ben/follow")
    people["ben"].call("POST", "/users/ana/follow")
    return people["ana"].call("POST", "/conversations", json={"usernames": ["ben"]}).json()["id"]


def open_talk(page, talk: str) -> None:
    """Open a conversation and wait until its events come."""
    with page.expect_response(lambda answer: "/events" in answer.url):
        page.goto(f"/messages/{talk}")


def test_they_talk_and_see_each_other_write_and_read(open_page, people, talk):
    hers, his = open_page(people["ana"]), open_page(people["ben"])
    open_talk(hers, talk)
    open_talk(his, talk)
    his.get_by_label("Message", exact=True).press_sequentially("Have you se")
    expect(hers.locator("#typing")).to_contain_text("Ben is writing")
    his.get_by_label("Message", exact=True).fill("Have you seen the fog?")
    his.keyboard.press("Enter")
    expect(hers.locator("#messages")).to_contain_text("Have you seen the fog?")
    expect(hers.locator("#typing")).to_be_empty()
    expect(his.locator("#read-marks")).to_have_text("Seen")
    for number in range(5):
        page = (hers, his)[number % 2]
        page.get_by_label("Message", exact=True).fill(f"line {number}")
        page.keyboard.press("Enter")
        for other in (hers, his):
            expect(other.locator("#messages")).to_contain_text(f"line {number}")
    for page in (hers, his):
        lines = [text for text in page.locator("#messages .bubble").all_inner_texts() if "line" in text]
        assert lines == [f"line {number}" for number in range(5)]
        assert page.wrong == []


def test_events_come_where_their_script_came_late(open_page, people, talk):
    his = open_page(people["ben"], service_workers="block")

    def late(route):
        time.sleep(1)
        route.continue_()

    his.route("**/hx-sse-*.js", late)
    open_talk(his, talk)


def test_a_deleted_message_goes_from_the_other_page_too(open_page, people, talk):
    said = people["ana"].call("POST", f"/conversations/{talk}/messages", json={"content": "a slip"}).json()
    his = open_page(people["ben"])
    open_talk(his, talk)
    expect(his.locator(f"#m-{said['id']}")).to_contain_text("a slip")
    people["ana"].call("DELETE", f"/messages/{said['id']}")
    expect(his.locator(f"#m-{said['id']}")).to_contain_text("Message deleted")


def test_what_was_said_before_the_events_came_is_there_too(open_page, people, talk):
    his = open_page(people["ben"])
    his.goto(f"/messages/{talk}")  # its events begin two seconds later
    people["ana"].call("POST", f"/conversations/{talk}/messages", json={"content": "in between"})
    expect(his.locator("#messages")).to_contain_text("in between")


def test_the_list_and_the_badge_follow(open_page, site):
    tora, udo = site.person("tora", "Tora"), site.person("udo", "Udo")
    udo.call("POST", "/users/tora/follow")
    talk = tora.call("POST", "/conversations", json={"usernames": ["udo"]}).json()["id"]
    his, other = open_page(udo), open_page(udo)
    for page, path in ((his, "/messages"), (other, "/about")):
        with page.expect_response(lambda answer: "/events" in answer.url):
            page.goto(path)
    tora.call("POST", f"/conversations/{talk}/messages", json={"content": "for the list"})
    expect(his.locator("#conversations li").first).to_contain_text("for the list")
    expect(his.locator(f"#c-{talk}")).to_have_count(1)
    expect(other.get_by_role("link", name=re.compile(r"^Messages\s*1\s*unread"))).to_have_count(1)


def test_new_posts_are_announced_and_move_nothing(open_page, people, talk):
    his = open_page(people["ben"])
    people["ana"].post(make.photo(), "first light")
    with his.expect_response(lambda answer: "/events" in answer.url):
        his.goto("/")
    top = his.locator("#feed article").first.bounding_box()
    people["ana"].post(make.photo(), "second light")
    pill = his.get_by_role("link", name="1 new post", exact=True)
    expect(pill).to_be_visible(timeout=12_000)
    assert his.locator("#feed article").first.bounding_box() == top
    pill.click()
    expect(his.locator("#feed article").first).to_contain_text("second light")


def test_who_is_signed_out_elsewhere_is_shown_nothing_more(open_page, site):
    zelda = site.person("zelda", "Zelda")
    page = open_page(zelda)
    with page.expect_response(lambda answer: "/events" in answer.url):
        page.goto("/settings/profile")
    for session in zelda.call("GET", "/auth/sessions").json()["items"]:
        zelda.call("DELETE", f"/auth/sessions/{session['id']}")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
