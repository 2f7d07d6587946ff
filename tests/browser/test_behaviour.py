"""What a page does beside its work: it keeps what was typed, its focus, its counts and its place."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests import make
from tests.browser.test_sharing import files
from tests.waiting import awake, until
from tests.whole import PASSWORD, Script

TYPED = "A thought that took long"


@pytest.fixture
def post(people) -> str:
    """A new post of Ana's, which Ben follows."""
    people["ben"].call("POST", "/users/ana/follow")
    return people["ana"].post(make.photo(900, 600, "#556644"), "To be talked about")


def say(person: Script, post_id: str, words: str, **more: str) -> str:
    said = person.call("POST", f"/posts/{post_id}/comments", json={"content": words, **more})
    return str(said.json()["id"])


def sign_out_elsewhere(page: Page) -> None:
    """Sign out in another tab, of which this one hears nothing."""
    other = page.context.new_page()
    other.goto("/settings")
    other.get_by_role("button", name="Sign out").first.click()
    expect(other.get_by_label("Username or email")).to_be_visible()
    other.close()


def enter(page: Page, person: Script) -> Page:
    """Sign in as people do, with all cookies."""
    answer = page.context.request.post("/api/v1/auth/login", data={"username": person.name, "password": PASSWORD})
    assert answer.ok, answer.text()
    return page


def lose_session(page: Page) -> None:
    """Let the session's time be over."""
    page.context.clear_cookies(name="tintype_session")


LOSE = pytest.mark.parametrize("lose", [sign_out_elsewhere, lose_session], ids=["signed out elsewhere", "expired"])


def sign_in(page: Page, name: str) -> None:
    page.get_by_label("Username or email").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("body.signed-in")).to_be_visible()


def deaf(page: Page) -> Page:
    """Let a page hear nothing by its stream, as one that has slept."""
    page.route("**/events*", lambda route: route.abort())
    return page


def test_a_draft_outlives_a_session_that_ended_before_it_was_shared(site, open_page, people):
    page = enter(open_page(), people["ben"])
    page.goto("/new")
    page.locator("form.enhanced input[type=file]").set_input_files(files("purple"))
    page.get_by_label("Caption").fill(TYPED)
    page.locator(".tile textarea").fill("A purple wall")
    expect(page.locator(".tile")).to_contain_text("Ready")
    lose_session(page)
    page.locator("[data-share]").click()
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()

    page.goto("/login?next=/new")
    sign_in(page, "ben")
    expect(page).to_have_url(f"{site.url}/new")
    expect(page.get_by_label("Caption")).to_have_value(TYPED)
    expect(page.locator(".tile textarea")).to_have_value("A purple wall")
    expect(page.locator(".tile")).to_contain_text("Ready")
    page.locator("[data-share]").click()
    expect(page.locator("article", has_text=TYPED)).to_be_visible()

    page.goto("/new")
    expect(page.locator("form.enhanced")).to_be_visible()
    expect(page.get_by_label("Caption")).to_have_value("")
    expect(page.locator(".tile")).to_have_count(0)


def test_reply_takes_the_focus_and_its_letters_are_no_shortcuts(open_page, people, post):
    comment = say(people["ana"], post, "First")
    page = open_page(people["ben"])
    page.goto(f"/p/{post}")
    reply = page.locator(f"#comment-{comment} summary")
    for press in (reply.click, lambda: reply.press("Enter")):
        press()
        expect(page.locator(f"#comment-text-{comment}")).to_be_focused()
        page.keyboard.type("lnj")
        expect(page.locator(f"#comment-text-{comment}")).to_have_value("lnj")
        page.locator(f"#comment-text-{comment}").fill("")
        reply.focus()
        page.keyboard.type("ln")
        page.wait_for_timeout(300)
        expect(page).to_have_url(re.compile(f"/p/{post}$"))
        expect(page.locator(f"#like-button-{post}")).to_have_attribute("aria-pressed", "false")
        reply.press("Enter")  # closes it again
        expect(page.locator(f"#comment-text-{comment}")).to_be_hidden()
    page.locator("article").focus()
    page.keyboard.type("l")
    expect(page.locator(f"#like-button-{post}")).to_have_attribute("aria-pressed", "true")
    page.keyboard.type("c")
    expect(page.locator(f"#comment-text-{post}")).to_be_focused()


def test_shortcuts_keep_still_in_an_open_menu(open_page, people, post):
    page = open_page(people["ben"])
    page.goto(f"/p/{post}")
    menu = page.locator(".card-head details.menu summary")
    menu.click()
    page.keyboard.type("nl")
    page.wait_for_timeout(300)
    expect(page).to_have_url(re.compile(f"/p/{post}$"))
    expect(page.locator(f"#like-button-{post}")).to_have_attribute("aria-pressed", "false")


@LOSE
def test_a_comment_survives_the_end_of_its_session(open_page, people, post, lose):
    page = enter(deaf(open_page()), people["ben"])
    page.goto(f"/p/{post}")
    text = page.locator(f"#comment-text-{post}")
    text.fill(TYPED)
    lose(page)
    page.locator(f"#comment-form-{post} button").click()
    toast = page.locator(".toast", has_text="You were signed out")
    expect(toast).to_be_visible()
    expect(text).to_have_value(TYPED)

    with page.expect_popup() as opened:
        toast.get_by_role("link", name="Sign in").click()
    other = opened.value
    expect(other.get_by_text("Sign in, and you go on where you were")).to_be_visible()
    sign_in(other, "ben")
    other.close()
    page.bring_to_front()
    page.locator(f"#comment-form-{post} button").click()
    expect(page.locator("li.comment", has_text=TYPED)).to_be_visible()
    expect(text).to_have_value("")


@LOSE
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_form_says_that_one_was_signed_out_and_keeps_what_was_typed(site, open_page, people, lose, scripts):
    page = enter(deaf(open_page(scripts=scripts)), people["ben"])
    page.goto("/settings/profile")
    page.locator("[name=bio]").fill(TYPED)
    lose(page)
    page.locator("form:has([name=bio]) button.primary").click()
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()
    assert people["ben"].call("GET", "/users/ben").json()["bio"] != TYPED

    with page.context.expect_page() as opened:
        page.locator("main").get_by_role("link", name="Sign in").click()
    other = opened.value
    expect(other.get_by_text("Sign in, and you go on where you were")).to_be_visible()
    sign_in(other, "ben")
    other.close()
    page.get_by_role("button", name="Show what I typed").click()
    expect(page.locator("[name=bio]")).to_have_value(TYPED)
    assert people["ben"].call("GET", "/users/ben").json()["bio"] != TYPED, "nothing is done without a good token"
    page.locator("form:has([name=bio]) button.primary").click()
    expect(page.locator(".toast")).to_be_visible()
    assert people["ben"].call("GET", "/users/ben").json()["bio"] == TYPED
    people["ben"].call("PATCH", "/users/me", json={"bio": ""})


def test_the_word_for_no_comments_goes_with_the_first_one(open_page, people, post):
    page = open_page(people["ben"])
    page.goto(f"/p/{post}")
    none_yet = page.get_by_text("No comments yet")
    expect(none_yet).to_be_visible()
    page.locator(f"#comment-text-{post}").fill("The first")
    page.locator(f"#comment-form-{post} button").click()
    expect(page.locator("li.comment", has_text="The first")).to_be_visible()
    expect(none_yet).to_be_hidden()


def test_a_comment_that_comes_back_is_counted_again(open_page, people, post):
    say(people["ben"], post, "One")
    comment = say(people["ben"], post, "Two")
    page = open_page(people["ben"])
    page.goto(f"/p/{post}")
    count = page.locator(f"#comment-count-{post}")
    expect(count).to_have_text("2 comments")
    page.locator(f"#comment-{comment}").get_by_role("button", name="Delete").click()
    expect(count).to_have_text("1 comment")
    page.locator(f"#comment-{comment}").get_by_role("button", name="Undo").click()
    expect(page.locator(f"#comment-{comment}")).to_contain_text("Two")
    expect(count).to_have_text("2 comments")


@pytest.mark.parametrize("worker", ["allow", "block"])
def test_back_shows_what_was_liked_and_what_was_typed(open_page, people, post, worker):
    page = open_page(people["ben"], service_workers=worker)
    page.goto("/")
    if worker == "allow":
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
    like = page.locator(f"#like-button-{post}")
    expect(like).to_have_attribute("aria-pressed", "false")
    with page.expect_response(lambda response: response.request.method == "POST"):
        like.click()
    page.locator(f"#comment-form-{post} textarea").fill(TYPED)
    page.goto(f"/p/{post}")
    page.go_back()
    expect(like).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"#post-{post}")).to_contain_text("1 like")
    expect(page.locator(f"#comment-form-{post} textarea")).to_have_value(TYPED)


def test_back_finds_the_place_in_the_feed(open_page, people):
    for number in range(4):
        people["ana"].post(make.photo(600, 750, f"#3355{number}0"), f"Place {number}")
    people["ben"].call("POST", "/users/ana/follow")
    page = open_page(people["ben"])
    page.goto("/")
    third = page.locator("#feed article").nth(3)
    third.scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, 2000)")
    page.wait_for_timeout(700)
    before = page.evaluate("scrollY")
    page.goto("/explore")
    page.go_back()
    until(lambda: abs(page.evaluate("scrollY") - before) < 300)  # less than a photo: what is new above it moves it


@pytest.mark.parametrize("verb", ["like", "save", "repost"])
def test_without_scripts_one_stays_at_the_post(open_page, people, post, verb):
    ana, ben = people["ana"], people["ben"]
    ben.call("POST", "/users/ana/follow")
    for number in range(4):
        ana.post(make.photo(600, 750, f"#44{number}055"), f"Another {number}")
    page = open_page(ben, scripts=False)
    page.goto("/")
    button = page.locator(f"#{verb}-button-{post}")
    pressed = "true" if button.get_attribute("aria-pressed") == "false" else "false"
    button.click()
    expect(page).to_have_url(re.compile(f"/#post-{post}$"))
    expect(button).to_have_attribute("aria-pressed", pressed)
    expect(page.locator(f"#post-{post} .photo").first).to_be_in_viewport()


def test_a_reply_closes_its_form_and_takes_the_focus_along(open_page, people, post):
    comment = say(people["ana"], post, "Where was this?")
    page = open_page(people["ben"])
    page.goto(f"/p/{post}")
    page.locator(f"#comment-{comment} summary").click()
    page.keyboard.type("At home")
    page.locator(f"#comment-form-{comment} button").click()
    answer = page.locator(f"#comments-{comment} li", has_text="At home")
    expect(answer).to_be_focused()
    expect(page.locator(f"#comment-text-{comment}")).to_be_hidden()
    page.locator(f"#comment-{comment} summary").click()
    expect(page.locator(f"#comment-text-{comment}")).to_have_value("")
    expect(page.locator(f"#comment-text-{comment}")).to_be_focused()
    assert page.wrong == []


def test_back_after_a_form_that_was_put_right_asks_nothing(site, open_page, people, post):
    page = open_page(people["ana"])
    page.goto(f"/p/{post}/edit")
    page.locator("[name=tagged]").fill("nobody_of_this_name")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".summary")).to_be_visible()
    awake(page)
    page.locator("[name=tagged]").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(f"{site.url}/p/{post}")
    page.go_back()
    expect(page.get_by_role("heading", name="Edit post")).to_be_visible()


def test_without_scripts_a_post_on_its_way_offers_to_look_again(site, open_page, people):
    page = open_page(people["ana"], scripts=False)
    with site.still("worker"):
        page.goto("/new")
        page.locator("input[name=photo]").set_input_files(files("silver"))
        page.get_by_label("Caption").fill("On its way")
        page.locator("[data-share]").click()
        pending = page.locator(".pending", has_text="Getting your photo ready")
        expect(pending).not_to_contain_text("by itself")
        address = pending.get_by_role("link", name="Look again").get_attribute("href")
    people["ana"].published(address.replace("/p/", "/posts/"))
    page.goto(address)
    expect(page.locator("article.card")).to_contain_text("On its way")


def test_a_file_that_will_never_be_a_photo_can_only_be_removed(open_page, people):
    page = open_page(people["ana"])
    page.goto("/new")
    bad = {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": b"words and nothing else " * 99}
    page.locator("form.enhanced input[type=file]").set_input_files(bad)
    expect(page.locator(".tile")).to_contain_text("not a photo")
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()
    expect(page.locator(".tile textarea")).to_be_hidden()
    page.locator("[data-share]").click()
    expect(page.locator("[data-note]")).to_contain_text("Remove it or choose another")
    page.locator(".tile [data-do=remove]").click()
    expect(page.locator(".tile")).to_have_count(0)


def test_a_chosen_photo_is_seen_before_it_is_sent(open_page, people):
    talk = people["ana"].call("POST", "/conversations", json={"usernames": ["ben"]}).json()["id"]
    page = open_page(people["ana"])
    page.goto(f"/messages/{talk}")
    page.locator("#composer input[type=file]").set_input_files(files("orange"))
    preview = page.locator(".chosen img")
    expect(preview).to_be_visible()
    assert preview.evaluate("(one) => one.decode().then(() => one.naturalWidth)") > 0
    page.locator(".chosen").get_by_role("button", name="Remove").click()
    expect(preview).to_have_count(0)
    assert page.wrong == []


def test_who_registered_is_told_of_the_mail_until_they_sign_in(open_page):
    page = open_page()
    page.goto("/register")
    page.get_by_label("Username", exact=True).fill("nadja")
    page.get_by_label("Email").fill("nadja@example.org")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    for _ in range(2):
        expect(page.locator("main")).to_contain_text("We sent a mail to your address")
        expect(page.get_by_label("Username or email")).to_have_value("nadja")
        expect(page.locator(".toast")).to_have_count(0)
        page.reload()
    sign_in(page, "nadja")
    page = open_page()
    page.goto("/forgot")
    page.get_by_label("Email").fill("nadja@example.org")
    page.get_by_role("button", name="Send the link").click()
    expect(page.locator("main")).to_contain_text("a link is on its way")


def test_a_toast_goes_with_what_it_was_about(site, open_page, people):
    page = open_page(people["ana"])
    page.goto("/new")
    page.locator("form.enhanced input[type=file]").set_input_files(files("tan"))
    page.locator(".tile textarea").fill("A tan wall")
    page.get_by_label("Caption").fill("Soon there")
    expect(page.locator(".tile")).to_contain_text("Ready")
    with site.still("worker"):
        page.locator("[data-share]").click()
        expect(page.locator(".toast")).to_contain_text("being prepared")
    card = page.locator("article.card", has_text="Soon there")
    expect(card).to_be_visible()
    expect(page.locator(".toast")).to_have_count(0, timeout=3000)
    card.locator("details.menu summary").click()
    card.get_by_role("link", name="Edit").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Your changes are saved")
    page.locator("details.menu summary").first.click()
    page.get_by_role("button", name="Delete").first.click()
    expect(page.get_by_text("Post deleted.")).to_be_visible()
    expect(page.locator(".toast")).to_have_count(0, timeout=3000)
