"""Who may not be seen is not told of, neither when it happens nor afterwards."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from jobs import sweeps
from tests import make
from webapp.core import clock, db
from webapp.models import Notification, NotificationEvent
from webapp.notifications import actions

API = "/api/v1"


@pytest.fixture
def two(app, sign_in):
    """Ana with a post, Ben who does everything, and their browsers."""
    ana, ben = make.user("ana"), make.user("ben")
    return ana, ben, make.post(ana, "A gate"), sign_in(ana), sign_in(ben)


def count(browser):
    return browser.get(f"{API}/notifications/count").json["unread"]


def items(browser):
    make.work()
    return browser.get(f"{API}/notifications").json["items"]


def act(ben, post_id, browser):
    """Let Ben do all that one can be told of."""
    make.like(ben, post_id)
    make.comment(ben, post_id, "Hello @ana")
    browser.post(f"{API}/users/ana/follow")
    make.post(ben, "With @ana")
    make.work()


@pytest.mark.parametrize("blocker", ["ana", "ben"])
def test_nothing_of_the_blocked_is_left_and_the_badge_knows(two, blocker):
    _, ben, post_id, ana_sees, ben_sees = two
    act(ben, post_id, ben_sees)
    assert count(ana_sees) == 4
    assert '<b class="badge">4' in ana_sees.get("/settings").text
    by, of = (ana_sees, "ben") if blocker == "ana" else (ben_sees, "ana")
    by.post(f"{API}/users/{of}/block")
    assert ana_sees.get(f"{API}/notifications").json["items"] == []
    assert count(ana_sees) == 0
    assert 'class="badge"' not in ana_sees.get("/settings").text
    assert "ben" not in ana_sees.get("/notifications").text
    assert items(ana_sees) == []
    by.delete(f"{API}/users/{of}/block")
    assert len(items(ana_sees)) == 3, "the follow ended with the block"


def test_the_muted_are_not_heard_of_until_they_are_unmuted(two):
    ana, ben, post_id, ana_sees, ben_sees = two
    act(ben, post_id, ben_sees)
    assert count(ana_sees) == 4
    ana_sees.post(f"{API}/users/ben/mute")
    assert count(ana_sees) == 0
    assert 'class="badge"' not in ana_sees.get("/settings").text
    make.like(ben, make.post(ana, "While muted"))
    assert items(ana_sees) == []
    ana_sees.delete(f"{API}/users/ben/mute")
    assert len(items(ana_sees)) == 4, "what happened meanwhile is not told afterwards"


def test_what_is_held_back_is_told_when_it_is_let_in(two, sign_in):
    _, ben, post_id, ana_sees, _ = two
    cleo = make.user("cleo")
    mine = make.comment(cleo, post_id, "First")
    assert len(items(ana_sees)) == 1
    ana_sees.post(f"{API}/users/ben/restrict")
    held = make.comment(ben, post_id, "Hello", mine)
    assert len(items(ana_sees)) == 1
    assert items(sign_in(cleo)) == []
    ana_sees.post(f"{API}/comments/{held}/approve")
    assert [item["type"] for item in items(sign_in(cleo))] == ["reply"]
    assert len(items(ana_sees)) == 1, "the host knows it"


def test_who_blocked_somebody_is_not_told_of_them_elsewhere(two, sign_in):
    _, ben, _, ana_sees, _ = two
    cleo = make.user("cleo")
    theirs = make.post(cleo, "A fence")
    mine = make.comment(two[0], theirs, "Mine")
    ana_sees.post(f"{API}/users/ben/block")
    make.comment(ben, theirs, "Not for @ana")
    make.comment(ben, theirs, "Nor this")
    make.tell("settle", "comment_like", ben.id, mine)
    assert items(ana_sees) == []
    ana_sees.delete(f"{API}/users/ben/block")
    assert items(ana_sees) == [], "what was not told then is not told afterwards"


def test_a_mention_in_a_private_post_is_told_to_those_who_may_see_it(app, sign_in):
    shy, friend, stranger = make.user("shy", private=True), make.user("friend"), make.user("stranger")
    make.follow(friend, shy)
    owner = sign_in(shy)
    owner.post(f"{API}/me/follow-requests/friend/accept")
    post_id = make.post(shy, "With @friend and @stranger")
    assert [item["type"] for item in items(sign_in(friend))] == ["mention", "accepted"]
    assert items(sign_in(stranger)) == []
    owner.delete(f"{API}/me/followers/friend")
    assert sign_in(friend).get(f"{API}/posts/{post_id}").status_code == 404
    assert sign_in(friend).get(f"{API}/notifications").json["items"][0]["type"] == "accepted"
    assert items(sign_in(friend)) == []


def test_a_covered_photo_of_somebody_elses_is_not_shown_beside_what_is_told(two):
    _, ben, own, ana_sees, ben_sees = two
    theirs = make.post(ben, "With @ana")
    make.like(ben, own)
    assert all(one["target"]["photo"] for one in items(ana_sees))
    for browser, post in ((ana_sees, own), (ben_sees, theirs)):
        assert browser.patch(f"{API}/posts/{post}", json={"sensitive": True}).status_code == 200
    photos = {one["type"]: one["target"]["photo"] for one in items(ana_sees)}
    assert photos["mention"] is None
    assert photos["like"]["urls"]["thumb"] in ana_sees.get("/notifications").text, "one knows one's own"


def test_what_turned_private_or_was_deleted_is_not_there_from_the_next_request_on(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    reader, writer = sign_in(ben), sign_in(ana)
    named = make.post(ana, "Secret words for @ben")
    assert "Secret words" in reader.get("/notifications").text or items(reader)
    told = items(reader)[0]
    writer.patch(f"{API}/users/me", json={"is_private": True})
    for path in ("/notifications", f"{API}/notifications", f"{API}/notifications?unread=true"):
        assert "Secret words" not in reader.get(path).text
        assert told["id"] not in reader.get(path).text
    assert count(reader) == 0
    assert reader.post(f"{API}/notifications/{told['id']}/read").status_code == 404
    writer.patch(f"{API}/users/me", json={"is_private": False})
    assert len(items(reader)) == 1
    writer.delete(f"{API}/posts/{named}")
    assert items(reader) == []
    assert count(reader) == 0


def test_others_notifications_are_nobodys(two, visitor):
    _, ben, post_id, ana_sees, ben_sees = two
    make.like(ben, post_id)
    told = items(ana_sees)[0]["id"]
    for path in (f"{API}/notifications/{told}/read", f"/notifications/{told}/read"):
        assert ben_sees.post(path).status_code == 404
        assert ben_sees.post(path.replace(told, "made-up")).status_code == 404
    ben_sees.post(f"{API}/notifications/read-all")
    assert count(ana_sees) == 1
    for path in ("/notifications", "/notifications/count", "/me/notification-settings"):
        assert visitor.get(API + path).status_code == 401


def test_a_post_that_disappears_takes_its_rows_along(two):
    _, ben, post_id, ana_sees, _ = two
    make.like(ben, post_id)
    assert len(items(ana_sees)) == 1
    with make.unit():
        db.execute(db.Base.metadata.tables["posts"].delete())
        assert db.scalar(select(func.count()).select_from(NotificationEvent.__table__)) == 0


def test_what_is_old_or_too_much_is_let_go(two, monkeypatch):
    ana, ben, _, ana_sees, _ = two
    monkeypatch.setattr(actions, "MOST", 3)
    for number in range(5):
        make.like(ben, make.post(ana, f"Photo {number}"))
    assert [item["target"]["excerpt"] for item in items(ana_sees)] == ["Photo 4", "Photo 3", "Photo 2"]
    with make.unit():
        old = select(Notification.id).order_by(Notification.seq).limit(1).scalar_subquery()
        past = clock.now() - timedelta(days=91)
        db.execute(update(Notification).where(Notification.id == old).values(latest_at=past))
    sweeps.tidy()
    sweeps.tidy()
    assert [item["target"]["excerpt"] for item in items(ana_sees)] == ["Photo 4", "Photo 3"]


def hide_comment(ana_sees, ben_sees, post_id):
    said = ana_sees.get(f"{API}/posts/{post_id}/comments").json["items"][0]["id"]
    assert ben_sees.delete(f"{API}/posts/{post_id}/comments/{said}").status_code == 204


def hide_post(_ana_sees, ben_sees, _post_id):
    own = ben_sees.get(f"{API}/users/ben/posts").json["items"][0]["id"]
    assert ben_sees.delete(f"{API}/posts/{own}").status_code == 204


def hide_photos(_ana_sees, ben_sees, _post_id):
    assert ben_sees.patch(f"{API}/users/me", json={"is_private": True}).status_code == 200


def hide_account(_ana_sees, ben_sees, _post_id):
    assert ben_sees.post(f"{API}/me/deactivate").status_code == 200


@pytest.mark.parametrize(("hide", "left"), [(hide_comment, 3), (hide_post, 3), (hide_photos, 3), (hide_account, 0)])
def test_the_badge_knows_at_the_next_request_what_others_hid(two, hide, left):
    _, ben, post_id, ana_sees, ben_sees = two
    act(ben, post_id, ben_sees)
    assert '<b class="badge">4' in ana_sees.get("/settings").text
    hide(ana_sees, ben_sees, post_id)  # and no job has run
    page = ana_sees.get("/settings").text
    assert (f'<b class="badge">{left}' if left else 'href="/notifications"') in page
    assert left or 'class="badge"' not in page
    assert count(ana_sees) == left
