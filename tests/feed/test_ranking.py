"""What is ranked for a viewer, and why."""

import re
from datetime import timedelta
from html import unescape
from types import SimpleNamespace

import pytest
from prometheus_client import REGISTRY
from redis import RedisError
from sqlalchemy import DateTime, literal, select, text, update

from tests import make
from tests.browsing import counted_queries
from webapp.core import cache, clock, db
from webapp.feed.ranking import Ties, ranked, said, worth
from webapp.models import Post

API = "/api/v1"
AT = clock.now()


@pytest.fixture
def a_post(app):
    """Return a function that makes a row as candidates have it; PostgreSQL says what it is worth."""

    def made(number, author="ana", hours=1.0, *, likes=0, comments=0, reposts=0, tags=(), followed=False):
        post = SimpleNamespace(
            published_at=literal(AT - timedelta(hours=hours), DateTime(timezone=True)), like_count=literal(likes),
            comment_count=literal(comments), repost_count=literal(reposts),
        )  # fmt: skip
        at = literal(AT, DateTime(timezone=True))
        with make.unit():
            judged = db.execute(select(worth(post, at).label("worth"), said(post, at).label("said"))).one()
        return SimpleNamespace(
            number=number, author_id=author, username=author, hashtags=list(tags), followed=followed, **judged._asdict()
        )

    return made


def order(*rows, ties=None):
    return [entry.number for entry in ranked(rows, ties or Ties(), 100)]


def why(row, ties=None):
    return ranked([row], ties or Ties(), 1)[0].because


def test_the_newer_the_more_reacted_to_and_the_nearer_comes_first(a_post):
    assert order(a_post(1, hours=5), a_post(2, "ben", hours=1)) == [2, 1]
    assert order(a_post(1), a_post(2, "ben", likes=3)) == [2, 1]
    assert order(a_post(1, likes=2), a_post(2, "ben", comments=2)) == [2, 1]
    assert order(a_post(1, comments=1), a_post(2, "ben", reposts=1)) == [2, 1]
    assert order(a_post(1, hours=1), a_post(2, "ben", hours=2, followed=True)) == [2, 1]
    assert order(a_post(1), a_post(2, "ben"), ties=Ties(often={"ana": 3})) == [1, 2]
    assert order(a_post(1), a_post(2, "ben"), ties=Ties(friends={"ana": 3})) == [1, 2]
    assert order(a_post(1, tags=["film"]), a_post(2, "ben"), ties=Ties(tags=frozenset({"film"}))) == [1, 2]
    assert order(a_post(1), a_post(2, "ben")) == [2, 1]
    assert order(a_post(1, hours=24 * 30, likes=50), a_post(2, "ben", hours=1)) == [2, 1]


def test_nobody_fills_the_list(a_post):
    mine = [a_post(number, hours=number / 10) for number in range(1, 6)]
    ben = a_post(9, "ben", hours=1.5)
    assert order(*mine, ben)[1] == 9
    assert order(*mine, *mine, ben) == order(*mine, ben)  # what is both new and near counts once


def test_the_reason_is_the_strongest_tie_and_else_what_others_did(a_post):
    film = Ties(often={"ana": 9}, friends={"ben": 2}, tags=frozenset({"film"}))
    assert why(a_post(1, followed=True), film) == "Because you often like or comment on what @ana posts."
    assert why(a_post(1, "cleo", followed=True), film) == "Because you follow @cleo."
    assert why(a_post(1, "ben"), film) == "Because people whom you follow also follow @ben."
    assert why(a_post(1, "dora", tags=["light", "film"]), film) == "From #film, which you follow."
    assert why(a_post(1, likes=5)) == "Popular today."
    assert why(a_post(1, likes=5, hours=30)) == "Popular lately."
    assert why(a_post(1, likes=4)) == "New, and for everybody to see."


def entries(browser, view="for_you", **asked):
    answer = browser.get(f"{API}/feed", query_string={"view": view, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json


def reasons(browser):
    return {entry["post"]["caption"]: entry["reason"] for entry in entries(browser)["items"]}


def explored(browser):
    return [post["caption"] for post in browser.get(f"{API}/explore").json["items"]]


@pytest.fixture
def people(app):
    return {name: make.user(name) for name in ("ana", "ben", "cleo", "dora", "emil")}


def test_each_source_brings_its_posts_with_its_reason(people, sign_in):
    me, browser = people["emil"], sign_in(people["emil"])
    make.follow(me, people["ana"])
    make.follow(people["ana"], people["ben"])
    liked = [make.post(people["cleo"], f"Liked {number}") for number in range(3)]
    for post_id in liked:
        make.like(me, post_id)
    make.comment(me, liked[0])
    browser.post(f"{API}/tags/film/follow")
    make.post(people["ana"], "Of whom I follow")
    make.post(people["ben"], "Of whom they follow")
    make.post(people["dora"], "With my #film")
    make.post(people["dora"], "Anything")
    make.post(me, "My own")

    found = reasons(browser)

    assert found["Of whom I follow"] == "Because you follow @ana."
    assert found["Of whom they follow"] == "Because people whom you follow also follow @ben."
    assert found["With my #film"] == "From #film, which you follow."
    assert found["Liked 2"] == "Because you often like or comment on what @cleo posts."
    assert found["Anything"] == "New, and for everybody to see."
    assert "My own" not in found


def test_explore_is_of_those_whom_one_does_not_follow(people, sign_in, visitor):
    make.follow(people["emil"], people["ana"])
    make.post(people["ana"], "Known")
    make.post(people["ben"], "Unknown")
    make.post(people["emil"], "Own")

    assert explored(sign_in(people["emil"])) == ["Unknown"]
    assert sorted(explored(visitor)) == ["Known", "Own", "Unknown"]
    page = visitor.get("/explore").text
    assert page.count('<li><a href="/p/') == 3


def hide(how, people, browsers, post_id):
    if how == "private":
        browsers["ana"].patch(f"{API}/users/me", json={"is_private": True})
    elif how == "deleted":
        browsers["ana"].delete(f"{API}/posts/{post_id}")
    elif how == "taken down":
        with make.unit():
            db.execute(update(Post).where(Post.id == post_id).values(status="taken_down"))
    elif how == "blocked":
        browsers["ana"].post(f"{API}/users/emil/block")
    else:
        browsers["emil"].post(f"{API}/users/ana/mute")


@pytest.mark.parametrize("how", ["private", "deleted", "taken down", "blocked", "muted"])
def test_what_is_hidden_is_gone_from_the_next_request_on_though_the_ranking_stays(people, sign_in, how):
    browsers = {name: sign_in(people[name]) for name in ("ana", "emil")}
    post_id = make.post(people["ana"], "Vanishing")
    make.post(people["ben"], "Staying")
    for look in (lambda: list(reasons(browsers["emil"])), lambda: explored(browsers["emil"])):
        assert sorted(look()) == ["Staying", "Vanishing"]
    assert "Vanishing" in browsers["emil"].get("/?view=for_you").text

    hide(how, people, browsers, post_id)

    assert list(reasons(browsers["emil"])) == ["Staying"]
    assert explored(browsers["emil"]) == ["Staying"]
    for page in ("/?view=for_you", "/explore"):
        assert str(post_id) not in browsers["emil"].get(page).text


def scroll(browser, between, limit=3):
    """Read to the end; `between` happens after each page. Returns the captions in their order."""
    shown, cursor = [], None
    while True:
        page = entries(browser, limit=limit, cursor=cursor or "")
        shown += [entry["post"]["caption"] for entry in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            return shown
        between()


def test_nothing_is_seen_twice_in_one_scroll_whatever_others_do(people, sign_in):
    ids = [make.post(people[name], f"{name} {number}") for number in range(4) for name in ("ana", "ben", "cleo")]
    reader = sign_in(people["emil"])

    def busy():
        make.post(people["dora"], "In between")
        make.like(people["dora"], ids.pop())
        reader.post(f"{API}/feed/refresh")  # in another tab

    shown = scroll(reader, busy)

    assert len(shown) == 12
    assert len(set(shown)) == 12
    assert "In between" in reasons(reader)


def test_a_forgotten_ranking_is_made_once_more_as_it_was(people, sign_in):
    ids = [make.post(people[name], f"{name} {number}") for number in range(4) for name in ("ana", "ben", "cleo")]
    with make.unit():
        db.execute(text("UPDATE posts SET published_at = published_at - interval '1 hour'"))
    reader = sign_in(people["emil"])

    def forgetful():
        cache.client().flushdb()
        make.post(people["dora"], "In between")
        make.like(people["dora"], ids.pop(0))

    shown = scroll(reader, forgetful)

    assert len(shown) == len(set(shown))
    assert "In between" not in shown


def test_without_redis_there_is_a_ranking_all_the_same(people, sign_in, monkeypatch):
    for number in range(5):
        make.post(people["ana"], f"Photo {number}")
    reader = sign_in(people["emil"])
    assert len(reasons(reader)) == 5

    def away(*_args, **_more):
        raise RedisError

    monkeypatch.setattr(cache._cache[0], "_silent_until", 0.0)  # what it becomes ends with the test
    for call in ("get", "set"):
        monkeypatch.setattr(cache.client(), call, away)
    assert len(set(scroll(reader, lambda: None, limit=2))) == 5
    assert reader.get("/explore").status_code == 200


def counted(name):
    return REGISTRY.get_sample_value(f"feed_cache_{name}_total", {"view": "for_you"}) or 0


def test_a_ranking_is_kept_until_it_is_asked_for_anew(people, sign_in):
    make.post(people["ana"], "First")
    reader = sign_in(people["emil"])
    misses, hits = counted("misses"), counted("hits")
    assert list(reasons(reader)) == ["First"]
    make.post(people["ana"], "Second")
    assert list(reasons(reader)) == ["First"]
    assert (counted("misses") - misses, counted("hits") - hits) == (1, 1)

    answer = reader.post(f"{API}/feed/refresh")

    assert answer.status_code == 200
    assert {entry["post"]["caption"] for entry in answer.json["items"]} == {"First", "Second"}
    make.post(people["ana"], "Third")
    assert reader.post("/feed/refresh").location == "/?view=for_you"
    assert len(reasons(reader)) == 3


def test_a_page_reads_the_posts_and_nothing_else_once_the_ranking_is_there(people, sign_in):
    for number in range(2):
        make.post(people["ana"], f"Photo {number}")
    reader = sign_in(people["emil"])
    reader.get("/?view=for_you")
    with counted_queries() as few:
        reader.get("/?view=for_you")
    for number in range(20):
        make.post(people["ben"], f"Photo {number}", photos=2)
    with counted_queries() as ranking:
        reader.post("/feed/refresh")
        reader.get("/?view=for_you")
    with counted_queries() as many:
        page = reader.get("/?view=for_you").text
    assert page.count("<article") == 20
    assert len(many) == len(few) == 1
    assert len(ranking) <= 8


def test_the_page_answers_why_and_leads_on(people, sign_in, visitor):
    make.follow(people["emil"], people["ana"])
    for number in range(22):
        make.post(people["ana"], f"Photo {number}")
    reader = sign_in(people["emil"])
    page = reader.get("/?view=for_you").text
    assert page.count("Why this?") == 20
    assert "Because you follow @ana." in page
    assert 'action="/feed/refresh"' in page
    older = unescape(re.search(r'hx-get="(/\?[^"]+)"', page)[1])
    assert "view=for_you" in older
    rest = reader.part(older).text
    assert rest.count("<article") == 2
    assert "Why this?" not in reader.get("/").text
    assert visitor.get("/?view=for_you").status_code == 200
    assert visitor.get(f"{API}/feed?view=for_you").status_code == 401
    assert visitor.post(f"{API}/feed/refresh").status_code == 401


def test_a_cursor_is_held_against_its_list(people, sign_in):
    for number in range(3):
        make.post(people["ana"], f"Photo {number}")
    reader = sign_in(people["emil"])
    cursor = entries(reader, limit=1)["next_cursor"]
    assert reader.get(f"{API}/explore?cursor={cursor}").status_code == 422
    assert reader.get(f"{API}/feed?view=following&cursor={cursor}").status_code == 422


def test_whom_one_follows_and_follows_no_more_counts_at_the_next_reading(people, sign_in):
    make.post(people["ana"], "A photo #film")
    reader = sign_in(people["emil"])
    assert reasons(reader) == {"A photo #film": "New, and for everybody to see."}
    for method, path, why_now in (
        ("POST", "tags/film", "From #film, which you follow."), ("POST", "users/ana", "Because you follow @ana."),
        ("DELETE", "tags/film", "Because you follow @ana."), ("DELETE", "users/ana", "New, and for everybody to see."),
    ):  # fmt: skip
        assert reader.open(f"{API}/{path}/follow", method=method).status_code == 200
        assert reasons(reader) == {"A photo #film": why_now}
