"""Hide one's account and come back: for others it does not exist meanwhile, and every number knows it."""

import pytest
from sqlalchemy import select, update

from tests import make
from webapp.account import standing
from webapp.core import db, storage
from webapp.models import Comment, Media, Post, User

API = "/api/v1"


def numbers() -> dict[str, tuple[int, ...]]:
    """Return all counters of all people, posts and comments."""
    with make.unit():
        found = {}
        for table, columns in (
            (User, ("follower_count", "following_count", "post_count")),
            (Post, ("like_count", "comment_count", "repost_count")),
            (Comment, ("like_count", "reply_count")),
        ):
            for row in db.rows(select(table.__table__.c.id, *(table.__table__.c[name] for name in columns))):
                found[f"{table.__name__} {row[0]}"] = tuple(row[1:])
        return found


@pytest.fixture
def town(app, sign_in):
    """Ana, who leaves, between Ben and Cleo: they follow, like, comment and reply in all directions."""
    ana, ben, cleo = (make.user(name) for name in ("ana", "ben", "cleo"))
    make.follow(ana, ben)
    make.follow(ben, ana)
    make.follow(cleo, ana)
    make.follow(cleo, ben)
    posts = {person.username: make.post(person, f"By {person.username}") for person in (ana, ben)}
    for person in (ana, cleo):
        make.like(person, posts["ben"])
    make.like(ben, posts["ana"])
    make.repost(ana, posts["ben"])
    make.repost(cleo, posts["ben"])
    bens = make.comment(ben, posts["ben"], "Ben begins")
    anas = make.comment(ana, posts["ben"], "Ana begins")
    make.comment(ana, posts["ben"], "Ana replies", bens)
    make.comment(cleo, posts["ben"], "Cleo replies", anas)
    browsers = {person.username: sign_in(person) for person in (ana, ben, cleo)}
    for comment in (bens, anas):
        assert browsers["ana" if comment == bens else "cleo"].post(f"{API}/comments/{comment}/like").status_code == 200
    return browsers, posts, {"ben": bens, "ana": anas}


def test_a_hidden_account_is_nowhere_and_comes_back_whole(app, town):
    browsers, posts, _ = town
    ben = browsers["ben"]
    make.work()
    before = numbers()
    assert "Ana begins" in ben.get(f"/p/{posts['ben']}").text
    assert '"ana"' in ben.get(f"{API}/notifications").text
    assert "ana" in ben.get("/").text.split("<main")[1], "who passed one's own post on"
    assert browsers["ana"].post("/settings/data/deactivate").location == "/settings/data"

    for path in ("/@ana", f"/p/{posts['ana']}", "/@ana/followers"):
        assert ben.get(path).status_code == 404, path
    for path in (
        "/",
        f"/p/{posts['ben']}",
        f"/p/{posts['ben']}/likes",
        "/notifications",
        "/@ben/followers",
        "/@ben/following",
        "/likes",
    ):
        text = ben.get(path).text
        assert "@ana" not in text, path
        assert "Ana begins" not in text, path
    assert '"ana"' not in ben.get(f"{API}/notifications").text
    assert ben.post(f"{API}/users/ana/follow").status_code == 404
    assert ben.post(f"{API}/users/ana/block").status_code == 404

    make.work()
    shown = ben.get(f"{API}/posts/{posts['ben']}").json
    assert shown["counts"] == {"likes": 1, "comments": 2, "reposts": 1}
    me = ben.get(f"{API}/users/ben").json["counts"]
    assert (me["followers"], me["following"]) == (1, 0)
    one = ben.get(f"{API}/posts/{posts['ben']}/comments").json["items"]
    assert [(item["content"], item["counts"]) for item in one] == [("Ben begins", {"likes": 0, "replies": 0})]

    assert browsers["ana"].post("/settings/data/reactivate").location == "/"
    assert ben.get("/@ana").status_code == 200
    make.work()
    assert numbers() == before


def test_numbers_are_right_whoever_leaves_and_returns_in_which_order(app, town):
    browsers, _, _ = town
    before = numbers()
    for order in (("ana", "ben", "ana", "ben"), ("ana", "ben", "ben", "ana"), ("cleo", "ana", "cleo", "ana")):
        gone: set[str] = set()
        for name in order:
            verb = "reactivate" if name in gone else "deactivate"
            gone ^= {name}
            assert browsers[name].post(f"{API}/me/{verb}").status_code == 200
            make.work()
        assert numbers() == before, order


def test_what_is_undone_before_the_numbers_have_followed_is_not_counted_twice(app, town):
    browsers, posts, comments = town
    ana = browsers["ana"]
    ana.post(f"{API}/me/deactivate")
    make.work()
    ana.post(f"{API}/me/reactivate")  # and no job has run yet
    assert ana.delete(f"{API}/posts/{posts['ben']}/like").json["counts"]["likes"] == 1
    assert ana.delete(f"{API}/posts/{posts['ben']}/repost").json["counts"]["reposts"] == 1
    assert ana.delete(f"{API}/users/ben/follow").status_code == 200
    assert ana.delete(f"{API}/comments/{comments['ben']}/like").status_code == 200
    assert ana.delete(f"{API}/posts/{posts['ben']}/comments/{comments['ana']}").status_code == 204
    make.work()
    ben = browsers["ben"]
    shown = ben.get(f"{API}/posts/{posts['ben']}").json["counts"]
    assert (shown["likes"], shown["comments"]) == (1, 2)
    assert ben.get(f"{API}/users/ben").json["counts"]["followers"] == 1


def test_a_thread_is_deleted_and_restored_around_a_hidden_reply(app, town):
    browsers, posts, comments = town
    before = numbers()
    browsers["ana"].post(f"{API}/me/deactivate")
    make.work()
    ben, path = browsers["ben"], f"{API}/posts/{posts['ben']}"
    assert ben.delete(f"{path}/comments/{comments['ben']}").status_code == 204
    assert ben.get(path).json["counts"]["comments"] == 1
    browsers["ana"].post(f"{API}/me/reactivate")
    make.work()
    assert ben.post(f"{API}/comments/{comments['ben']}/restore").status_code == 200
    assert numbers() == before


def test_who_is_hidden_may_look_at_the_way_back_and_nothing_else(app, town):
    browsers, posts, _ = town
    ana = browsers["ana"]
    ana.post(f"{API}/me/deactivate")
    refused = ana.get(f"{API}/feed")
    assert (refused.status_code, refused.json["type"]) == (403, "suspended")
    assert ana.post(f"{API}/posts/{posts['ben']}/like").status_code == 403
    assert ana.post(f"/p/{posts['ben']}/like").status_code == 403
    assert ana.get("/").location == "/settings/data"
    assert "Come back" in ana.get("/settings/data").text
    assert ana.get(f"{API}/auth/me").json["status"] == "deactivated"
    assert ana.post("/logout").status_code == 303

    again = app.test_client()
    signed = again.post("/login", data={"username": "ana", "password": make.PASSWORD})
    assert signed.status_code == 303
    assert again.get(signed.location).location == "/settings/data"
    body = {"username": "ana", "password": make.PASSWORD, "name": "x"}
    token = app.test_client().post(f"{API}/auth/token", json=body).json["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get(f"{API}/feed", headers=bearer).status_code == 403
    assert app.test_client().post(f"{API}/me/reactivate", headers=bearer).json["status"] == "active"
    assert app.test_client().get(f"{API}/feed", headers=bearer).status_code == 200


def stored(key: str) -> bool:
    client, bucket = storage.here().client, storage.here().access.public
    return bool(client.list_objects_v2(Bucket=bucket, Prefix=f"{key}/").get("Contents"))


def test_photos_and_portrait_leave_their_public_addresses_and_return_under_others(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    form = {"photo": (make.io.BytesIO(make.photo()), "a.jpg"), "caption": "Here"}
    browser.post("/new", data=form, content_type="multipart/form-data")
    face = {"photo": (make.io.BytesIO(make.photo(200, 200)), "b.jpg")}
    browser.post("/settings/profile/avatar", data=face, content_type="multipart/form-data")
    make.work()

    def keys() -> dict[str, tuple[str, bool]]:
        with make.unit():
            rows = db.rows(select(Media.__table__).where(Media.__table__.c.owner_id == ana.id))
            return {row.purpose: (row.public_key, row.is_public) for row in rows}

    before = keys()
    assert set(before) == {"post", "avatar"}
    assert all(public and stored(key) for key, public in before.values())
    browser.post(f"{API}/me/deactivate")
    make.work()
    assert not any(public or stored(key) for key, public in keys().values())
    assert not any(stored(key) for key, _ in before.values())
    browser.post(f"{API}/me/reactivate")
    make.work()
    after = keys()
    assert all(public and stored(key) for key, public in after.values())
    assert not {key for key, _ in after.values()} & {key for key, _ in before.values()}


def test_who_asked_to_follow_and_hid_is_not_let_in(app, sign_in):
    shy, fan = make.user("shy", private=True), make.user("fan")
    make.follow(fan, shy)
    host, guest = sign_in(shy), sign_in(fan)
    assert [item["username"] for item in host.get(f"{API}/me/follow-requests").json["items"]] == ["fan"]
    guest.post(f"{API}/me/deactivate")
    assert host.get(f"{API}/me/follow-requests").json["items"] == []
    assert host.post(f"{API}/me/follow-requests/accept-all").json["accepted"] == 0
    assert host.post(f"{API}/me/follow-requests/fan/accept").status_code == 404


def test_hiding_twice_is_hiding_and_coming_back_does_not_undo_a_deletion(app, sign_in, letters):
    browser = sign_in(make.user("ana"))
    for _ in range(2):
        assert browser.post(f"{API}/me/deactivate").json["status"] == "deactivated"
    assert "is hidden" in letters.one("ana@example.org")["Subject"]
    assert browser.delete(f"{API}/me", json={"password": make.PASSWORD}).status_code == 204
    assert browser.post(f"{API}/me/reactivate").status_code == 409
    assert browser.post(f"{API}/me/cancel-deletion").json["status"] == "active"
    assert browser.post(f"{API}/me/reactivate").json["status"] == "active"


def test_an_avatar_that_becomes_ready_meanwhile_stays_hidden(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    face = {"photo": (make.io.BytesIO(make.photo(200, 200)), "b.jpg")}
    browser.post("/settings/profile/avatar", data=face, content_type="multipart/form-data")
    with make.unit():
        db.execute(update(User).where(User.id == ana.id).values(status="deactivated"))
    make.work()
    with make.unit():
        row = db.row(select(Media.__table__).where(Media.__table__.c.owner_id == ana.id))
    assert not row.is_public
    assert not stored(row.public_key)


def test_what_one_takes_back_right_after_coming_back_is_told_no_more(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    comment_id = make.comment(ben, make.post(make.user("cleo")))
    mine, bens = sign_in(ana), sign_in(ben)
    mine.post(f"{API}/comments/{comment_id}/like")
    mine.post(f"{API}/users/ben/follow")
    make.work()
    assert len(bens.get(f"{API}/notifications").json["items"]) == 2
    mine.post(f"{API}/me/deactivate")
    make.work()
    mine.post(f"{API}/me/reactivate")
    mine.delete(f"{API}/comments/{comment_id}/like")  # before any job
    mine.delete(f"{API}/users/ben/follow")
    make.work()
    assert bens.get(f"{API}/notifications").json["items"] == []
    assert bens.get(f"{API}/users/ben").json["counts"]["followers"] == 0


def test_a_wish_of_before_does_not_stand_in_the_way(app, sign_in):
    mine, bens = sign_in(make.user("ana")), sign_in(make.user("ben", private=True))
    mine.post(f"{API}/users/ben/follow")
    mine.post(f"{API}/me/deactivate")
    bens.patch(f"{API}/users/me", json={"is_private": False})
    make.work()
    mine.post(f"{API}/me/reactivate")
    make.work()
    assert mine.post(f"{API}/users/ben/follow").json["relationship"]["following"] == "yes"
    make.work()
    assert bens.get(f"{API}/users/ben").json["counts"]["followers"] == 1


def test_tags_of_hidden_people_outlive_an_edit(app, sign_in):
    ana = make.user("ana")
    post_id = make.post(ana)
    mine, bens = sign_in(ana), sign_in(make.user("ben"))
    mine.patch(f"{API}/posts/{post_id}", json={"tagged": ["ben"]})
    bens.post(f"{API}/me/deactivate")
    assert mine.post(f"/p/{post_id}/edit", data={"caption": "New words", "tagged": ""}).status_code == 303
    bens.post(f"{API}/me/reactivate")
    assert [person["username"] for person in mine.get(f"{API}/posts/{post_id}").json["tagged"]] == ["ben"]


def test_people_are_locked_after_things_and_in_one_order(app, town):
    """A step that has nothing to turn locks nobody: the next one locks posts, or smaller ids."""
    with make.unit():
        people = [row.id for row in db.rows(select(User.__table__.c.id))]
        with db.watched() as sent:
            for person in people:
                standing.settle(person)
    assert not [text for text, _ in sent if "FROM users" in text and "FOR NO KEY UPDATE" in text]
