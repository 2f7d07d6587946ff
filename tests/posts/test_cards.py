"""Cards and JSON of posts are made once per version: whatever they show, its change changes them."""

import io
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update

from tests import make
from tests.browsing import counted_queries
from webapp.comments.shapes import previews
from webapp.core import clock, db, storage
from webapp.core.page import Ask
from webapp.feed.queries import front
from webapp.models import Media, Post
from webapp.posts import cards
from webapp.web import csrf

API = "/api/v1"


@pytest.fixture
def feed(app, sign_in):
    """Ana's post with two photos and a comment of Cleo's, as Ben and Dora find it in their feeds."""
    people = {name: make.user(name) for name in ("ana", "ben", "cleo", "dora")}
    for name in ("ben", "dora"):
        make.follow(people[name], people["ana"])
    post_id = make.post(people["ana"], "Words #fog", photos=2, location="Oslo")
    make.comment(people["cleo"], post_id, "First")
    browsers = {name: sign_in(person) for name, person in people.items()}
    return str(post_id), browsers


def card(browser, post_id):
    page = browser.get("/").text
    start = page.index(f'id="post-{post_id}"')
    return page[start : page.index("</article>", start)]


def new_portrait(ana, _post):
    ana.post("/settings/profile/avatar", data={"photo": (io.BytesIO(make.photo()), "me.jpg")})
    make.work()


def other_alt(ana, post):
    photo = ana.get(f"{API}/posts/{post}").json["media"][1]["id"]
    ana.patch(f"{API}/posts/{post}", json={"alts": {photo: "A pier in fog"}})


CHANGES = {
    "caption": ("ana", lambda ana, post: ana.patch(f"{API}/posts/{post}", json={"caption": "Other words"})),
    "place": ("ana", lambda ana, post: ana.patch(f"{API}/posts/{post}", json={"location": "Bergen"})),
    "alt text": ("ana", other_alt),
    "people": ("ana", lambda ana, post: ana.patch(f"{API}/posts/{post}", json={"tagged": ["cleo"]})),
    "no comments": ("ana", lambda ana, post: ana.patch(f"{API}/posts/{post}", json={"comments_enabled": False})),
    "display name": ("ana", lambda ana, _: ana.patch(f"{API}/users/me", json={"display_name": "Ana L."})),
    "user name": ("ana", lambda ana, _: ana.patch(f"{API}/users/me", json={"username": "anna"})),
    "portrait": ("ana", new_portrait),
    "commenter's name": ("cleo", lambda cleo, _: cleo.patch(f"{API}/users/me", json={"username": "cleopatra"})),
    "likes": ("cleo", lambda cleo, post: cleo.post(f"/p/{post}/like")),
    "my like": ("ben", lambda ben, post: ben.post(f"/p/{post}/like")),
    "my bookmark": ("ben", lambda ben, post: ben.post(f"/p/{post}/save")),
    "a comment": ("cleo", lambda cleo, post: cleo.post(f"/p/{post}/comments", data={"content": "Second"})),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_card_shows_every_change_at_once(feed, what):
    post_id, browsers = feed
    who, change = CHANGES[what]
    before = card(browsers["ben"], post_id)
    assert card(browsers["ben"], post_id) == before

    change(browsers[who], post_id)

    assert card(browsers["ben"], post_id) != before


def written(browser, post_id):
    return next(one for one in browser.get(f"{API}/feed").json["items"] if one["post"]["id"] == post_id)


@pytest.mark.parametrize("what", sorted(CHANGES.keys() - {"commenter's name"}))
def test_a_feed_as_json_shows_every_change_at_once(feed, what):
    post_id, browsers = feed
    who, change = CHANGES[what]
    before = written(browsers["ben"], post_id)
    assert written(browsers["ben"], post_id) == before

    change(browsers[who], post_id)

    after = written(browsers["ben"], post_id)
    assert after != before
    assert after["post"] == browsers["ben"].get(f"{API}/posts/{post_id}").json


def test_a_feed_as_json_names_whom_a_post_shows_as_they_are_now(feed):
    post_id, browsers = feed
    browsers["ana"].patch(f"{API}/posts/{post_id}", json={"tagged": ["cleo"]})
    for browser in (browsers["ben"], browsers["dora"]):
        assert [one["username"] for one in written(browser, post_id)["post"]["tagged"]] == ["cleo"]
    browsers["cleo"].patch(f"{API}/users/me", json={"display_name": "Cleo M."})
    assert written(browsers["ben"], post_id)["post"]["tagged"][0]["display_name"] == "Cleo M."
    assert browsers["cleo"].post(f"{API}/users/dora/block").status_code == 200
    assert written(browsers["dora"], post_id)["post"]["tagged"] == [], "who is blocked finds nothing of Cleo"
    assert len(written(browsers["ben"], post_id)["post"]["tagged"]) == 1


def test_what_is_kept_as_json_is_nobody_elses(feed):
    post_id, browsers = feed
    for name in ("ana", "ben", "dora", "ana"):
        assert written(browsers[name], post_id)["post"] == browsers[name].get(f"{API}/posts/{post_id}").json
    browsers["ben"].post(f"/p/{post_id}/like")
    assert [written(browsers[name], post_id)["post"]["viewer"]["liked"] for name in ("ben", "dora")] == [True, False]


def test_a_deleted_comment_leaves_the_card(feed):
    post_id, browsers = feed
    assert "First" in card(browsers["ben"], post_id)
    comment = browsers["cleo"].get(f"{API}/posts/{post_id}/comments").json["items"][0]["id"]
    assert browsers["cleo"].delete(f"{API}/posts/{post_id}/comments/{comment}").status_code == 204
    assert "First" not in card(browsers["ben"], post_id)


@pytest.mark.parametrize(("made", "rings"), [(card, 1), (written, 0)])
def test_a_post_is_made_for_the_first_and_kept_for_the_others(feed, made, rings):
    post_id, browsers = feed
    for name in ("ben", "dora"):
        browsers[name].get("/settings")
    with counted_queries() as first:
        made(browsers["ben"], post_id)
    with counted_queries() as later:
        made(browsers["dora"], post_id)
    assert (len(first), len(later)) == (2 + rings, 1 + rings), "glances, and the post; then glances alone"


@pytest.fixture
def benno(app, feed):
    """Somebody who asks for cards by himself: a unit of work, and glances at everybody's posts."""
    person = make.user("benno")
    with app.test_request_context("/"), make.unit():
        yield lambda: front(person.viewer, "public", Ask()).page.items, partial(cards.drawn, person.viewer)


def test_a_post_is_not_drawn_for_somebody_who_lost_sight_of_it_meanwhile(feed, benno):
    glances, drawn = benno
    seen = glances()
    assert [str(glance.id) for glance in seen] == [feed[0]]
    db.execute(update(Post).values(status="taken_down"))
    assert drawn(seen, previews) == []


def test_a_card_ends_when_its_time_is_another(benno, monkeypatch):
    glances, drawn = benno
    now = clock.now()
    db.execute(update(Post).values(published_at=now - timedelta(minutes=5)))
    assert b"5 min" in drawn(glances(), previews)[0]
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=1))
    assert b"6 min" in drawn(glances(), previews)[0]


def test_a_card_ends_when_the_addresses_of_its_photos_do(benno, monkeypatch):
    glances, drawn = benno
    db.execute(update(Media).values(is_public=False))
    db.execute(update(Post).values(location="Bergen", published_at=clock.now() - timedelta(days=400)))
    signed_at = []
    for number in range(2):
        later = clock.now() + number * storage.here().access.window
        monkeypatch.setattr(clock, "now", lambda moment=later: moment)
        signed_at.append(drawn(glances(), previews)[0].split(b"X-Amz-Date=")[1][:16])
    assert len(set(signed_at)) == 2


def test_the_token_is_each_browsers_own_and_no_text_can_ask_for_it(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    make.post(ana, f"{csrf.PLACE} value={csrf.PLACE} <drawn>")
    pages = [sign_in(person).get("/?view=public").text for person in (ana, ana, ben)]
    for page in pages:
        tokens = {part.split('"')[0] for part in page.split('name="csrf_token" value="')[1:]}
        assert len(tokens) == 1, "one's own post has a menu with a form, which another browser must not find filled"
        assert csrf.PLACE not in page
        assert "&lt;csrf&gt; value=&lt;csrf&gt; &lt;drawn&gt;" in page
    assert len({page.split('name="csrf_token" value="')[1].split('"')[0] for page in pages}) == 3
    assert csrf.PLACE not in app.test_client().get("/").text
