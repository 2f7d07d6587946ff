"""The front page as people see it."""

import orjson
import pytest
from sqlalchemy import update

from tests import make
from tests.browsing import counted_queries
from webapp.core import db
from webapp.core.page import Ask
from webapp.feed import entries, queries
from webapp.models import Post, User


def test_a_visitor_sees_the_public_feed_and_a_way_in(app, visitor):
    ana = make.user("ana")
    make.post(ana, "A fine morning")

    page = visitor.get("/").text

    assert "A fine morning" in page
    assert 'href="/login"' in page
    assert 'href="/register"' in page


def test_a_follower_sees_a_post_and_a_stranger_does_not(app, sign_in):
    ana, bo, cy = make.user("ana"), make.user("ben"), make.user("cleo")
    make.follow(bo, ana)
    make.post(ana, "Only for those who follow")

    assert "Only for those who follow" in sign_in(bo).get("/").text
    assert "Only for those who follow" not in sign_in(cy).get("/").text
    assert "Only for those who follow" in sign_in(cy).get("/?view=public").text


def test_a_page_of_twenty_costs_as_many_queries_as_a_page_of_two(app, sign_in):
    ana, bo = make.user("ana"), make.user("ben")
    make.follow(bo, ana)
    for number in range(2):
        make.comment(bo, make.post(ana, f"Photo {number}", photos=2))
    browser = sign_in(bo)
    browser.get("/settings")
    with counted_queries() as few:
        browser.get("/")
    for number in range(20):
        make.comment(bo, make.post(ana, f"More {number}"))
    with counted_queries() as many:
        page = browser.get("/").text
    with counted_queries() as drawn:
        browser.get("/")

    assert page.count("<article") == 20
    assert len(many) == len(few) == 3, "glances, the row of stories, and the posts whose cards were not drawn yet"
    assert len(drawn) == 2


def test_scrolling_brings_every_post_once_while_others_post(app, sign_in):
    ana, bo = make.user("ana"), make.user("ben")
    make.follow(bo, ana)
    ids = [str(make.post(ana)) for _ in range(25)]
    browser = sign_in(bo)

    first = browser.get("/").text
    make.post(ana, "came in between")
    older = first.split('hx-get="/?')[1].split('"')[0].replace("&amp;", "&")
    second = browser.part(f"/?{older}")

    assert "<html" not in second.text
    shown = [post_id for post_id in ids if f'id="post-{post_id}"' in first + second.text]
    assert sorted(shown) == sorted(ids)
    assert all((f'id="post-{i}"' in first) != (f'id="post-{i}"' in second.text) for i in ids)
    assert "HX-Request" in second.headers["Vary"]


def test_what_follows_the_last_post_is_nothing(app, sign_in):
    ana = make.user("ana")
    for _ in range(21):
        make.post(ana)
    browser = sign_in(ana)
    older = browser.get("/").text.split('hx-get="/?')[1].split('"')[0].replace("&amp;", "&")
    with make.unit():
        make.db.execute(make.update(Post).values(status="taken_down"))
    part = browser.part(f"/?{older}")
    assert part.status_code == 200
    assert "<drawn>" not in part.text
    assert "You are all caught up" in part.text


def read_to_the_end(person: make.Person) -> list[str]:
    """Return the captions of somebody's whole feed, three a page."""
    found, cursor = [], None
    for _ in range(30):
        with db.unit(reading=True, make=make.factory[0]):
            page = entries.of(person.viewer, queries.following(person.viewer, Ask(3, cursor)))
            found += [orjson.loads(orjson.dumps(entry.post))["caption"] for entry in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("it never ends")


@pytest.mark.parametrize("wrong", [None, "too new", "all too new"])
def test_pages_of_many_authors_hold_everything_in_order_even_if_a_number_is_wrong(app, wrong):
    """The first page is bounded by what each followed person did last, which is kept in a column."""
    me, people = make.user("reader"), [make.user(f"author{number}") for number in range(12)]
    captions = []
    for turn in range(3):
        for person in people[turn * 3 :]:
            captions.append(f"{person.username}, turn {turn}")
            make.post(person, captions[-1])
    for person in people:
        make.follow(me, person)
    some = {"too new": [people[0].id], "all too new": [one.id for one in people]}
    if wrong is not None:
        with make.unit():
            far = User.last_activity_seq + 1_000_000
            db.execute(update(User).where(User.id.in_(some[wrong])).values(last_activity_seq=far))

    found = read_to_the_end(me)

    assert found == captions[::-1]
