"""The installed app: what is written without a connection, pushes, photos of other apps, the way it is installed.

Its server is really stopped and started: the people here are others than those of other files, and so is their feed.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import make
from tests.waiting import PATIENCE, awake, until
from tests.whole import Script, Site, stopped

# Resolves once a worker answers for the page.
IN_CHARGE = """() => new Promise((done) => {
  const { serviceWorker } = navigator;
  if (serviceWorker.controller) done();
  else serviceWorker.addEventListener("controllerchange", () => done(), { once: true });
})"""


@pytest.fixture
def running(site: Site) -> Iterator[Site]:
    """The site, which may go away; whatever comes after a test finds it up again."""
    yield site
    if site.process is None:
        site.start()


@pytest.fixture(scope="module")
def world(site: Site) -> dict:
    ana, ben = site.person("ana_app", "Ana"), site.person("ben_app", "Ben")
    ben.call("POST", "/users/ana_app/follow")
    return {"ana": ana, "ben": ben, "post": ana.post(make.photo(800, 600, "#445566"), "By the sea")}


@pytest.fixture
def visit(running, chromium):
    """Return a function that opens the app for somebody, its worker in charge."""
    contexts = []

    def opened(person: Script, path: str = "/") -> Page:
        context = chromium.new_context(base_url=running.url, viewport={"width": 390, "height": 844})
        context.set_default_timeout(1000 * PATIENCE)
        contexts.append(context)
        enter(context, person)
        page = context.new_page()
        page.goto("/")
        page.evaluate(IN_CHARGE)
        page.wait_for_timeout(500)  # the first page is kept, too
        page.goto(path)
        return awake(page)

    def enter(context, person: Script) -> None:
        """Sign in as people do: with both cookies."""
        context.clear_cookies()
        answer = context.request.post(
            f"{running.url}/api/v1/auth/login", data={"username": person.name, "password": "a very fine secret"}
        )
        assert answer.ok, answer.text()

    opened.enter = enter
    yield opened
    for context in contexts:
        context.close()


def comments(person: Script, post_id: str) -> list[str]:
    return [item["content"] for item in person.call("GET", f"/posts/{post_id}/comments?limit=100").json()["items"]]


def write(page: Page, post_id: str, words: str) -> None:
    page.locator(f"#comment-form-{post_id} textarea").fill(words)
    page.locator(f"#comment-form-{post_id}").evaluate("form => form.requestSubmit()")  # a toast may lie over the button


def web_processes(site: Site) -> list[int]:
    """Return the processes that answer, without the one that watches them."""
    watching = (site.data / "run" / "web.pid").read_text().split()[0]
    return [int(pid) for pid in Path(f"/proc/{watching}/task/{watching}/children").read_text().split()]


def test_a_page_out_of_what_is_kept_says_that_there_is_a_newer_one(visit, running, world):
    page = visit(world["ben"])
    expect(page.locator("article").first).to_be_visible()
    world["ana"].post(make.photo(400, 300, "#778899"), "Later, on a slow day")
    with stopped(*web_processes(running)):
        page.goto("/")  # the network is given four seconds
        expect(page.locator("article").first).to_be_visible()
        expect(page.get_by_text("Later, on a slow day")).to_have_count(0)
    expect(page.locator("#toasts")).to_contain_text("There is a newer one")
    page.get_by_role("button", name="Show it").click()
    expect(page.locator("article", has_text="Later, on a slow day")).to_be_visible()


def test_what_is_written_offline_is_sent_once_and_in_order(visit, running, world):
    ana, ben, post_id = world["ana"], world["ben"], world["post"]
    page = visit(ben, f"/p/{post_id}")
    running.stop()
    for words in ("First", "Second <b>", "Third"):
        write(page, post_id, words)
        expect(page.locator(".comment.unsent", has_text=words)).to_contain_text("Waits for a connection")
        expect(page.locator(f"#comment-form-{post_id} textarea")).to_have_value("")
    page.locator(f"#like-button-{post_id}").click()
    expect(page.locator(f"#like-button-{post_id}")).to_have_attribute("aria-pressed", "true")
    page.locator(f"#save-button-{post_id}").click()
    expect(page.locator("#waiting-note")).to_have_text("5 things wait for a connection")
    expect(page.locator(f"form:has(#save-button-{post_id})")).to_have_attribute("action", f"/p/{post_id}/unsave")
    page.locator(f"#save-button-{post_id}").click()
    expect(page.locator("#waiting-note")).to_have_text("6 things wait for a connection")

    page.reload()  # out of what is kept
    expect(page.locator(".comment.unsent")).to_have_count(3)
    expect(page.locator(f"#like-button-{post_id}")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"#save-button-{post_id}")).to_have_attribute("aria-pressed", "false")
    page.goto("/")
    expect(page.locator("#waiting-note")).to_have_text("6 things wait for a connection")
    page.locator("#waiting-note").click()
    expect(page.locator("h2")).to_have_text(
        ["A comment", "A comment", "A comment", "A like", "A saved post", "A saved post taken back"]
    )
    page.go_back()

    page.goto(f"/p/{post_id}")  # before the site is back: the worker tries by itself, and tells the page that is open
    running.start()
    page.evaluate("navigator.serviceWorker.controller.postMessage('online')")
    expect(page.locator("#toasts")).to_contain_text("6 things that waited were sent.")
    expect(page.locator("#waiting-note")).to_have_count(0)
    expect(page.locator(".comment.unsent")).to_have_count(0)
    page.wait_for_timeout(500)
    assert comments(ana, post_id) == ["First", "Second <b>", "Third"]
    shown = ben.call("GET", f"/posts/{post_id}").json()
    assert shown["viewer"]["liked"]
    assert not shown["viewer"]["saved"]
    page.reload()
    expect(page.locator("li.comment", has_text="Second <b>")).to_have_count(1)
    page.wait_for_timeout(500)
    assert comments(ana, post_id) == ["First", "Second <b>", "Third"]


def test_what_waits_is_sent_while_the_page_lies_open_and_a_lost_answer_makes_no_second_one(visit, running, world):
    ana, ben, post_id = world["ana"], world["ben"], world["post"]
    page = visit(ben, f"/p/{post_id}")
    # The server takes it and its answer is lost: what a tunnel does.
    lost = []

    def lose(route):
        lost.append(route.fetch().status)
        route.abort("connectionreset")

    page.context.route("**/comments", lose, times=1)
    write(page, post_id, "Only once")
    # It waits, or went once more already: the worker tries again by itself as soon as it can.
    expect(page.locator("li.comment", has_text="Only once")).to_have_count(1)
    assert lost == [200]
    assert comments(ana, post_id).count("Only once") == 1
    page.evaluate("navigator.serviceWorker.controller.postMessage('online')")
    expect(page.locator(".comment.unsent")).to_have_count(0)
    expect(page.locator("li.comment:not(.unsent)", has_text="Only once")).to_have_count(1)
    expect(page.locator("#toasts")).to_contain_text("What waited was sent.")
    assert comments(ana, post_id).count("Only once") == 1


def test_what_is_refused_is_shown_and_can_be_changed_or_thrown_away(visit, running, world):
    ana, ben, post_id = world["ana"], world["ben"], world["post"]
    page = visit(ben, f"/p/{post_id}")
    page.context.set_offline(True)
    for words in ("Far too long " + "x" * 1000, "Never mind " + "y" * 1000):
        page.locator(f"#comment-form-{post_id} textarea").evaluate("area => area.removeAttribute('maxlength')")
        write(page, post_id, words)
    expect(page.locator(".comment.unsent")).to_have_count(2)
    page.context.set_offline(False)
    expect(page.locator("#waiting-note")).to_have_text("2 of what you wrote could not be sent")
    page.locator("#waiting-note").click()
    expect(page.locator("p.error")).to_have_text(["At most 1,000 characters."] * 2)
    page.locator("textarea").first.fill("Short enough")
    page.get_by_role("button", name="Send again").first.click()
    expect(page.locator("textarea")).to_have_count(1)
    page.get_by_role("button", name="Throw away").click()
    expect(page.locator("main")).to_contain_text("Nothing waits.")
    assert comments(ana, post_id).count("Short enough") == 1
    assert not [words for words in comments(ana, post_id) if words.startswith("Never mind")]


def test_a_plain_form_waits_as_well(visit, running, world):
    ana, ben, post_id = world["ana"], world["ben"], world["post"]
    page = visit(ben, f"/p/{post_id}")
    page.context.set_offline(True)
    page.locator(f"#comment-form-{post_id} textarea").fill("Without htmx")
    page.locator(f"#comment-form-{post_id}").evaluate("form => form.submit()")
    expect(page.locator(".comment.unsent", has_text="Without htmx")).to_be_visible()
    assert page.url.endswith(f"/p/{post_id}")
    page.context.set_offline(False)
    expect(page.locator("li.comment:not(.unsent)", has_text="Without htmx")).to_have_count(1)
    assert comments(ana, post_id).count("Without htmx") == 1


def test_nothing_is_sent_in_anybody_elses_name(visit, running, world):
    ana, ben, post_id = world["ana"], world["ben"], world["post"]
    page = visit(ben, f"/p/{post_id}")
    page.context.set_offline(True)
    write(page, post_id, "Ben's own words")
    expect(page.locator("#waiting-note")).to_be_visible()
    visit.enter(page.context, ana)  # on the same device, and Ben never signed out
    page.context.set_offline(False)
    page.goto(f"/p/{post_id}")
    page.evaluate("navigator.serviceWorker.controller.postMessage('online')")
    page.wait_for_timeout(1500)
    expect(page.locator("#waiting-note")).to_have_count(0)
    assert "Ben's own words" not in comments(ana, post_id)


def test_signing_out_warns_and_leaves_nothing(visit, running, world):
    page = visit(world["ben"], f"/p/{world['post']}")
    page.context.set_offline(True)
    write(page, world["post"], "Not sent yet")
    expect(page.locator("#waiting-note")).to_be_visible()
    # What waits is held back, as by a connection that is none.
    page.context.route("**/api/v1/auth/me", lambda route: route.abort())
    page.context.set_offline(False)
    page.goto("/settings")
    expect(page.locator("#waiting-note")).to_be_visible()
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/settings"))
    assert "still waits for a connection" in asked[0]
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/login"))
    page.wait_for_timeout(500)
    left = page.evaluate("""async () => ({
        pages: (await caches.keys()).filter((name) => name.startsWith("pages-") && name !== "pages-"),
        bases: (await indexedDB.databases()).map(({ name }) => name).filter((name) => name === "tintype-drafts"),
    })""")
    assert left == {"pages": [], "bases": []}
    visit.enter(page.context, world["ben"])
    page.context.unroute("**/api/v1/auth/me")
    page.goto(f"/p/{world['post']}")
    page.wait_for_timeout(1000)
    expect(page.locator("#waiting-note")).to_have_count(0)
    assert "Not sent yet" not in comments(world["ana"], world["post"])


def test_posts_people_and_the_feed_can_be_read_without_a_server(visit, running, world):
    page = visit(world["ben"], f"/p/{world['post']}")
    page.goto("/@ana_app")
    page.wait_for_timeout(700)
    running.stop()
    for path, what in (("/", "By the sea"), (f"/p/{world['post']}", "By the sea"), ("/@ana_app", "@ana_app")):
        page.goto(path)
        expect(page.locator("main")).to_contain_text(what)
    page.goto("/waiting")
    expect(page.locator("main")).to_contain_text("Nothing waits.")
    page.goto("/never-seen")
    expect(page.locator("h1")).to_have_text("You are offline")
    running.start()


def test_a_like_that_is_refused_is_taken_back_and_can_be_tried_again(visit, running, world):
    post_id = world["ana"].post(make.photo(300, 300, "#222244"), "Likeable")
    page = visit(world["ben"], "/")
    like = page.locator(f"#like-button-{post_id}")
    page.context.route("**/like", lambda route: route.fulfill(status=503, body="resting"))
    like.click()
    expect(page.locator("#toasts")).to_contain_text("That did not work.")
    expect(like).to_have_attribute("aria-pressed", "false")
    expect(page.locator(f"form:has(#like-button-{post_id}) a")).to_have_text("0 likes")
    page.context.unroute("**/like")
    page.get_by_role("button", name="Try again").click()
    expect(like).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".toast")).to_have_count(0)
    expect(page.locator(f"form:has(#like-button-{post_id})")).to_have_attribute("action", f"/p/{post_id}/unlike")
    assert world["ben"].call("GET", f"/posts/{post_id}").json()["viewer"]["liked"]


def test_two_taps_like_and_never_take_a_like_back(visit, running, world):
    post_id = world["ana"].post(make.photo(300, 300, "#224422"), "Tap me")
    page = visit(world["ben"], f"/p/{post_id}")
    photo = page.locator(f"#post-{post_id} .photos img").first
    for _ in range(2):
        photo.dblclick()
        expect(page.locator(f"#like-button-{post_id}")).to_have_attribute("aria-pressed", "true")
        page.wait_for_timeout(900)
    assert world["ben"].call("GET", f"/posts/{post_id}").json()["counts"]["likes"] == 1


def test_single_keys_walk_like_explain_and_can_be_switched_off(visit, running, world):
    for number in range(2):
        world["ana"].post(make.photo(300, 300, "#442222"), f"Key {number}")
    page = visit(world["ben"], "/")
    articles = page.locator("#feed article")
    page.keyboard.press("j")
    expect(articles.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(articles.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(articles.nth(0)).to_be_focused()
    page.keyboard.press("l")
    expect(articles.nth(0).locator("[id^=like-button]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    dialog.get_by_label("Use single-key shortcuts").uncheck()
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    page.wait_for_timeout(300)
    expect(articles.nth(1)).not_to_be_focused()
    page.reload()
    page.keyboard.press("?")
    page.wait_for_timeout(500)
    expect(dialog).to_have_count(0)
    page.keyboard.press("Control+/")
    expect(dialog).to_be_visible()


def test_a_deleted_comment_can_be_taken_back(visit, running, world):
    post_id = world["ana"].post(make.photo(300, 300, "#112233"), "Talk")
    world["ben"].call("POST", f"/posts/{post_id}/comments", json={"content": "Too early"})
    page = visit(world["ben"], f"/p/{post_id}")
    comment = page.locator("li.comment", has_text="Too early")
    if comment.locator("details.menu").count():
        comment.locator("details.menu summary").click()
    comment.get_by_role("button", name="Delete").click()
    gone = page.locator("li.comment.gone")
    expect(gone).to_contain_text("Comment deleted.")
    gone.get_by_role("button", name="Undo").click()
    expect(comment).to_be_visible()


def test_messages_written_offline_wait_in_their_conversation_and_arrive_once_in_order(visit, running, world):
    ana, ben = world["ana"], world["ben"]
    ana.call("POST", "/users/ben_app/follow")
    talk = ben.call("POST", "/conversations", json={"usernames": ["ana_app"], "content": "Are you there?"}).json()["id"]
    page = visit(ben, f"/messages/{talk}")
    expect(page.locator("#messages")).to_contain_text("Are you there?")
    running.stop()
    for words in ("In a tunnel", "Still <i>in</i> it"):
        page.locator("#f-content").fill(words)
        page.locator("#composer").evaluate("form => form.requestSubmit()")
        expect(page.locator("#messages .unsent", has_text=words)).to_contain_text("Waits for a connection")
    expect(page.locator("#messages .unsent")).to_have_count(2)
    expect(page.locator("#f-content")).to_have_value("")
    page.reload()
    expect(page.locator("#messages .unsent .bubble")).to_have_text(["In a tunnel", "Still <i>in</i> it"])
    running.start()
    page.evaluate("navigator.serviceWorker.controller.postMessage('online')")
    expect(page.locator("#messages .unsent")).to_have_count(0)
    expect(page.locator("#messages .bubble")).to_have_text(["Are you there?", "In a tunnel", "Still <i>in</i> it"])
    said = [one["content"] for one in ana.call("GET", f"/conversations/{talk}/messages").json()["items"]]
    assert said == ["Still <i>in</i> it", "In a tunnel", "Are you there?"]
    page.reload()
    expect(page.locator("#messages .bubble")).to_have_count(3)


def test_the_icon_says_how_much_is_unread(visit, running, world):
    reader = running.person("reader_app")
    post_id = reader.post(make.photo(300, 300, "#221144"), "Look")
    for person in (world["ana"], world["ben"]):
        person.call("POST", f"/posts/{post_id}/comments", json={"content": "Lovely"})
        person.call("POST", f"/posts/{post_id}/like")
    until(lambda: reader.call("GET", "/notifications/count").json()["unread"] == 2)
    page = visit(reader)
    page.add_init_script("""
        navigator.setAppBadge = async (number) => { document.documentElement.dataset.badge = number; };
        navigator.clearAppBadge = async () => { document.documentElement.dataset.badge = "none"; };
    """)
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-badge", "2")
    page.goto("/notifications")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator("html")).to_have_attribute("data-badge", "none")
