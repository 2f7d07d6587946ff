"""Where things stand on a screen: what is cut, lies upon another or stands in the wrong column, no other test sees."""

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser.checks import SCHEMES, complaints

LEFT = "(all) => all.map((one) => one.getBoundingClientRect().left)"


@pytest.fixture(scope="module")
def world(site):
    """Rim and Sal, whose name and words are Arabic; her post with everything below it, and what she says in a group."""
    rim, sal = site.person("rim_layout", "Rim"), site.person("sal_layout", "سلمى ب.")
    rim.call("POST", "/users/sal_layout/follow")
    post = sal.post(make.photo(1200, 900, "#446655"), "صباح الخير من المدينة")
    for one in (rim, sal):
        for verb in ("like", "repost"):
            assert one.call("POST", f"/posts/{post}/{verb}").ok
    assert sal.call("POST", f"/posts/{post}/comments", json={"content": "شكرا"}).ok
    assert rim.call("POST", f"/posts/{post}/comments", json={"content": "Where was it?"}).ok
    talk = rim.call("POST", "/conversations", json={"usernames": ["sal_layout"], "content": "Hello"}).json()["id"]
    sal.call("POST", f"/conversations/{talk}/accept")
    for words in ("Short", "Longer words, which take more than one line of a phone, so that the bubble is wide", "Ok"):
        assert sal.call("POST", f"/conversations/{talk}/messages", json={"content": words}).ok
    return rim, post, talk


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [320, 390])
def test_the_menu_of_a_profile_stays_on_a_phone(open_page, world, width, direction):
    page = open_page(world[0], viewport={"width": width, "height": 844})
    page.goto("/@sal_layout")
    page.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
    page.locator(".profile .menu > summary").click()
    box = page.locator(".profile .menu-list").bounding_box()
    assert box["x"] >= 0, box
    assert box["x"] + box["width"] <= width, box


def test_received_bubbles_of_one_sender_share_an_edge_and_their_times_stand_beside_them(open_page, world):
    page = open_page(world[0])
    page.goto(f"/messages/{world[2]}")
    bubbles = page.locator(".said:not(.own) .bubble")
    expect(bubbles).to_have_count(3)
    assert len(set(bubbles.evaluate_all(LEFT))) == 1
    last, when = bubbles.last.bounding_box(), page.locator(".said:not(.own) .when").last.bounding_box()
    assert when["x"] > last["x"] + last["width"]
    for menu in page.locator(".said:not(.own) .menu").all():
        menu.locator("summary").click()
        box = menu.locator(".menu-list").bounding_box()
        assert box["x"] >= 0, box
        assert box["x"] + box["width"] <= 390, box
        page.keyboard.press("Escape")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_pressed_button_can_be_read_under_the_pointer(open_page, world, scheme):
    page = open_page(world[0], color_scheme=scheme)
    page.goto("/@sal_layout")
    page.get_by_role("button", name="Following").hover()
    assert complaints(page, SCHEMES["dark"]) == []


@pytest.mark.parametrize(("width", "path"), [(320, "/"), (320, "/p/{}"), (360, "/p/{}"), (1280, "/p/{}")])
def test_the_bookmark_stands_in_the_row_of_the_heart(open_page, world, width, path):
    page = open_page(world[0], viewport={"width": width, "height": 800})
    page.goto(path.format(world[1]))
    row = page.locator(".actions").first
    row.locator("[data-count]").evaluate_all("([likes, reposts]) => { likes.textContent = '127 likes'; }")
    row.locator(".act > span").evaluate("(said) => { said.firstChild.data = said.firstChild.data.replace('2', '28'); }")
    heart, bookmark = (row.get_by_role("button", name=name, exact=True).bounding_box() for name in ("Like", "Save"))
    assert bookmark["y"] == heart["y"]


def test_words_go_as_they_are_read_and_names_stay_beside_their_pictures(open_page, world):
    page = open_page(world[0])
    page.goto(f"/p/{world[1]}")
    written = ".caption, .comment-body > p"
    found = page.locator(written).evaluate_all("(all) => all.map((one) => getComputedStyle(one).direction)")
    assert found == ["rtl", "rtl", "ltr"]
    page.goto("/@rim_layout/following")
    face, name = (page.locator(f".person {part}").first.bounding_box() for part in (".avatar", "bdi"))
    assert name["x"] - (face["x"] + face["width"]) < 20


def test_an_open_reply_leaves_the_row_of_its_comment_as_it_was(open_page, world):
    page = open_page(world[0])
    page.goto(f"/p/{world[1]}")
    row = page.locator(".comment-meta").last
    before = [word.bounding_box() for word in row.locator("summary, button:has-text('Delete')").all()]
    row.locator("summary").click()
    expect(row.locator("textarea")).to_be_visible()
    assert [word.bounding_box() for word in row.locator("summary, button:has-text('Delete')").all()] == before
    assert row.locator("textarea").bounding_box()["y"] > before[0]["y"]


def test_the_bottom_bar_and_tabs_keep_their_order_on_a_small_phone(open_page, world):
    page = open_page(world[0], viewport={"width": 320, "height": 700})
    page.goto("/settings/blocks")
    icons = page.locator(".nav a:visible > :is(.icon, .avatar)").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect()).map((box) => box.left + box.width / 2)"
    )
    assert [round(icon) for icon in icons] == [32, 96, 160, 224, 288]
    tabs = page.locator(".tabs a").all()
    assert len({tab.bounding_box()["y"] for tab in tabs}) == 1
    expect(tabs[-1]).to_be_in_viewport(ratio=1)
