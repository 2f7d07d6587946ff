"""The front page as people see it."""

from tests import make
from tests.browsing import counted_queries
from webapp.models import Post


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
