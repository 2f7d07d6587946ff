"""Finding posts and hashtags."""

from sqlalchemy import delete, update

from tests import make
from tests.browsing import counted_queries
from webapp.core import db
from webapp.models import PostWords, Tag
from webapp.posts import words

API = "/api/v1"

POSTS = "/api/v1/search/posts"
TAGS = "/api/v1/search/tags"


def found(browser, q, **more):
    answer = browser.get(POSTS, query_string={"q": q, **more})
    assert answer.status_code == 200, answer.text
    return [post["caption"] for post in answer.json["items"]]


def tags(browser, q):
    return [(tag["tag"], tag["post_count"]) for tag in browser.get(TAGS, query_string={"q": q}).json["items"]]


def describe(browser, post_id, alt):
    photo = browser.get(f"/api/v1/posts/{post_id}").json["media"][0]["id"]
    assert browser.patch(f"/api/v1/posts/{post_id}", json={"alts": {photo: alt}}).status_code == 200


def test_a_post_is_found_by_caption_tag_place_and_description(app, sign_in, visitor):
    ana = make.user("ana")
    post_id = make.post(ana, "Frühnebel am Fluß #BlueHour", location="Łódź, Polska")
    make.post(ana, "Another")
    describe(sign_in(ana), post_id, "A jetty in the fog")

    for typed in (
        "fruhnebel",
        "frühn",
        "am fluss",
        "#bluehour",
        "#blue",
        "bluehour",
        "lodz",
        "jetty fog",
        "POLSKA jet",
    ):
        assert found(visitor, typed) == ["Frühnebel am Fluß #BlueHour"], typed
    for typed in ("nebel", "#fluss", "jetty sea", "jett fog"):
        assert found(visitor, typed) == [], typed


def test_what_was_changed_is_found_as_it_is_now(app, sign_in, visitor):
    ana = make.user("ana")
    post_id = make.post(ana, "Oldword #oldtag")
    browser = sign_in(ana)
    describe(browser, post_id, "Olddescription")
    browser.patch(f"/api/v1/posts/{post_id}", json={"caption": "Newword #newtag"})
    describe(browser, post_id, "Newdescription")

    for old, new in (("oldword", "newword"), ("#oldtag", "#newtag"), ("olddescr", "newdescr")):
        assert found(visitor, old) == []
        assert found(visitor, new) == ["Newword #newtag"]


def test_a_name_finds_what_the_person_posted_and_where_it_is_mentioned(app, sign_in, visitor):
    ana, ben = make.user("ana"), make.user("ben")
    make.post(ana, "By herself, fog")
    make.post(ben, "With @ana in the fog")
    make.post(ben, "Without")

    assert found(visitor, "@ana") == ["With @ana in the fog", "By herself, fog"]
    assert found(visitor, "@ana fog") == ["With @ana in the fog", "By herself, fog"]
    sign_in(ana).patch("/api/v1/users/me", json={"username": "anna"})
    assert found(visitor, "@anna") == ["By herself, fog"]


def test_whoever_is_blocked_finds_no_post_by_the_blockers_name(app, sign_in, visitor):
    ana, ben, cleo = (make.user(name) for name in ("ana", "ben", "cleo"))
    make.post(cleo, "Fog with @ana and @nobody")
    browser = sign_in(ben)
    for q in ("@ana", "@an", "@ana fog"):
        assert found(browser, q) == ["Fog with @ana and @nobody"], q
    sign_in(ana).post("/api/v1/users/ben/block")
    for q in ("@ana", "@an", "@ana fog", "@nobody"):
        assert found(browser, q) == [], q
    assert found(visitor, "@ana") == found(browser, "fog") == ["Fog with @ana and @nobody"]


def test_own_and_saved_posts_are_found_among_themselves(app, sign_in, visitor):
    ana, ben = make.user("ana"), make.user("ben")
    for author, caption in ((ana, "Fog one"), (ben, "Fog two"), (ben, "Fog three")):
        post_id = make.post(author, caption)
    browser = sign_in(ana)
    browser.post(f"/api/v1/posts/{post_id}/save")

    assert found(browser, "fog") == ["Fog three", "Fog two", "Fog one"]
    assert found(browser, "fog", scope="own") == ["Fog one"]
    assert found(browser, "fog", scope="saved") == ["Fog three"]
    assert visitor.get(POSTS, query_string={"q": "fog", "scope": "own"}).status_code == 401
    assert browser.get(POSTS, query_string={"q": "fog", "scope": "theirs"}).status_code == 422


def test_what_is_private_deleted_or_not_published_is_neither_found_nor_counted(app, sign_in, visitor):
    ana, ben, cleo = make.user("ana"), make.user("ben"), make.user("cleo")
    make.follow(ben, ana)
    post_id = make.post(ana, "Geheim #geheimnis")
    make.post(ana, "Geheim unterwegs #geheimer", published=False)
    assert found(visitor, "geheim") == ["Geheim #geheimnis"]
    assert tags(visitor, "geheim") == [("geheimnis", 1)]
    sign_in(ana).patch("/api/v1/users/me", json={"is_private": True})

    for browser in (visitor, sign_in(cleo)):
        assert found(browser, "geheim") == []
        assert tags(browser, "geheim") == []
        assert browser.get(TAGS, query_string={"q": "geheim", "limit": 1}).json["next_cursor"] is None
    assert found(sign_in(ben), "geheim") == ["Geheim #geheimnis"]
    assert tags(sign_in(ben), "geheim") == [("geheimnis", 1)]
    sign_in(ana).delete(f"/api/v1/posts/{post_id}")
    assert found(sign_in(ben), "geheim") == []
    assert tags(sign_in(ben), "geheim") == []


def test_a_restored_post_is_found_again(app, sign_in, visitor):
    ana = make.user("ana")
    post_id = make.post(ana, "Phoenix")
    browser = sign_in(ana)
    browser.delete(f"/api/v1/posts/{post_id}")
    assert found(visitor, "phoenix") == []
    assert browser.post(f"/api/v1/posts/{post_id}/restore").status_code == 200
    with make.unit():
        make.posts.publish(post_id, [])
    make.work()
    assert found(visitor, "phoenix") == ["Phoenix"]


def test_scrolling_brings_every_post_once_while_others_post(app, visitor):
    ana = make.user("ana")
    for number in range(7):
        make.post(ana, f"Fog {number}")
    shown, cursor = [], None
    while True:
        page = visitor.get(POSTS, query_string={"q": "fog", "limit": 3, "cursor": cursor or ""}).json
        shown += [post["caption"] for post in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
        make.post(ana, "Fog in between")

    assert shown == [f"Fog {number}" for number in reversed(range(7))]


def test_many_cost_as_many_queries_as_few(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    for number in range(2):
        make.post(ana, f"Fog #fog{number}")
    browser.get("/settings")
    with counted_queries() as few:
        assert len(found(browser, "fog")) == 2
        assert len(tags(browser, "fog")) == 2
    for number in range(2, 20):
        make.post(ana, f"Fog #fog{number}", photos=2)
    with counted_queries() as many:
        assert len(found(browser, "fog")) == 20
        assert len(tags(browser, "fog")) == 20
    assert len(many) == len(few)


def test_tags_come_with_the_very_one_first_and_then_by_use(app, visitor):
    ana = make.user("ana")
    for caption in ("#film", "#filmrolls #filmis", "#filmrolls", "#filmrolls", "#Fílm"):
        make.post(ana, caption)
    with make.unit():
        assert words.recount() == 4

    assert tags(visitor, "#film") == [("film", 1), ("fílm", 1), ("filmrolls", 3), ("filmis", 1)]
    assert tags(visitor, "FILMR") == tags(visitor, "film rolls") == [("filmrolls", 3)]
    assert tags(visitor, "ilm") == []


def test_tags_are_paged(app, visitor):
    ana = make.user("ana")
    for number in range(5):
        make.post(ana, f"#fog{number}")
    first = visitor.get(TAGS, query_string={"q": "fog", "limit": 3}).json
    rest = visitor.get(TAGS, query_string={"q": "fog", "limit": 3, "cursor": first["next_cursor"]}).json
    assert [tag["tag"] for tag in first["items"] + rest["items"]] == [f"fog{number}" for number in range(5)]
    assert rest["next_cursor"] is None


def test_what_was_there_before_is_entered_by_the_job(app, visitor):
    ana = make.user("ana")
    make.post(ana, "Fog #fog")
    make.post(ana, "Still on its way", published=False)
    with make.unit():
        db.execute(delete(PostWords))
        db.execute(delete(Tag))
        db.execute(update(make.outbox.Outbox).values(status="done"))
        make.outbox.enqueue("jobs.search.fill_posts")
    assert found(visitor, "fog") == []

    assert make.work() == ["jobs.search.fill_posts"] * 2

    assert found(visitor, "fog") == ["Fog #fog"]
    assert tags(visitor, "fog") == [("fog", 1)]


def test_strange_queries_find_nothing_and_break_nothing(app, visitor):
    make.post(make.user("ana"), "Fog")
    for q in ("…", "'", "\\", "%s %(x)s", "a:b", "!fog | x", "#", "@", "@@@###", "x'::text; --", "fog:*&", "& | !"):
        assert visitor.get(POSTS, query_string={"q": q}).status_code == 200, q
    assert found(visitor, "%") == []
    assert found(visitor, "fog'") == ["Fog"]


def test_a_plain_word_finds_no_authors_mark(app, visitor):
    make.post(make.user("ana"), "A red house")
    assert visitor.get(f"{API}/search/posts?q=by").json["items"] == []
    assert len(visitor.get(f"{API}/search/posts?q=house").json["items"]) == 1
    assert len(visitor.get(f"{API}/search/posts?q=@ana").json["items"]) == 1
