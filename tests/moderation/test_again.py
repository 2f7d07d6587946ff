"""What was decided, undone or over once can be decided again, and what is older never turns what is newer."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests import make
from webapp.account import sanctions
from webapp.core import clock, db
from webapp.models import Media, Notice, Post, Sanction, User

API = "/api/v1"
WHY = {"reason": "Against rule three."}


@pytest.fixture
def world(app, sign_in):
    """Ana, Ben who follows her, Moira, a moderator, and Alma, an admin."""
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    moira, alma = make.user("moira", role="moderator"), make.user("alma", role="admin")
    return ana, sign_in(ana), sign_in(ben), sign_in(moira), sign_in(alma)


def decide(browser, path, **more):
    made = browser.post(f"{API}/moderation/{path}", json={**WHY, **more})
    assert made.status_code == 200, made.text
    make.work()
    return made.json


def found(browser, post):
    return browser.get(f"{API}/posts/{post}").status_code == 200


def test_a_post_that_is_held_again_is_approved_again(world):
    ana, hers, his, mods, _ = world
    assert mods.post(f"{API}/moderation/filters", json={"phrase": "snake oil", "action": "hold"}).status_code == 201
    post = make.post(ana, "A gate")
    for words in ("Snake oil", "Snake oil, and more of it"):
        hers.patch(f"{API}/posts/{post}", json={"caption": "A gate"})
        assert hers.patch(f"{API}/posts/{post}", json={"caption": words}).json["status"] == "held"
        make.work()
        [case] = mods.get(f"{API}/moderation/queue").json["items"]
        decide(mods, f"reports/{case['id']}/resolve", action="approve")
        assert found(his, post)


def test_what_its_author_deleted_stays_deleted_when_a_restore_is_undone_and_done_again(world):
    ana, hers, his, mods, _ = world
    post = make.post(ana, "A gate")
    decide(mods, f"posts/{post}/takedown")
    back = decide(mods, f"posts/{post}/restore")
    assert found(his, post)
    assert hers.delete(f"{API}/posts/{post}").status_code == 204
    decide(mods, f"actions/{back['id']}/undo")
    decide(mods, f"posts/{post}/restore")
    assert not found(his, post)
    assert hers.post(f"{API}/posts/{post}/restore").status_code == 200, "its author may still take it back"
    make.work()
    assert found(his, post)


def test_a_post_that_goes_back_to_deleted_has_its_days(world):
    ana, hers, _his, mods, _ = world
    post = make.post(ana, "A gate")
    hers.delete(f"{API}/posts/{post}")
    decide(mods, f"posts/{post}/takedown")
    hers.delete(f"{API}/posts/{post}")
    assert hers.post(f"{API}/posts/{post}/restore").json["status"] == "taken_down"
    decide(mods, f"posts/{post}/restore")
    with make.unit():
        status, deleted_at = db.row(select(Post.status, Post.deleted_at).where(Post.id == post))
    assert status == "deleted"
    assert deleted_at is not None, "or nobody would ever sweep it"


def over(person):
    """Let the time of a suspension pass, and the clock come by."""
    past = clock.now() - timedelta(minutes=1)
    with make.unit():
        db.execute(update(User).where(User.id == person.id).values(suspended_until=past))
        db.execute(update(Sanction).where(Sanction.kind == "suspend").values(until=past))
    with make.unit():
        assert sanctions.end(person.id)
    make.work()


@pytest.mark.parametrize("way", ["undo", "appeal"])
def test_to_take_back_a_suspension_that_is_over_leaves_a_later_one(world, way):
    ana, hers, _his, mods, boss = world
    until = (clock.now() + timedelta(hours=1)).isoformat()
    first = decide(mods, "users/ana/suspend", until=until)
    asked = hers.post(f"{API}/appeals", json={"content": "Please."}).json
    over(ana)
    assert hers.get(f"{API}/feed").status_code == 200
    second = decide(mods, "users/ana/suspend")
    if way == "undo":
        decide(mods, f"actions/{first['id']}/undo")
    else:
        decide(boss, f"appeals/{asked['id']}", decision="accept")
    assert hers.get(f"{API}/feed").status_code == 403, "the second one has no end"
    with make.unit():
        said = [row.words for row in db.rows(select(Notice.words))]
    assert not [words for words in said if "not suspended any more" in words]
    decide(mods, f"actions/{second['id']}/undo")
    assert hers.get(f"{API}/feed").status_code == 200


def test_nobody_is_told_that_a_suspension_ended_while_the_account_is_to_be_deleted(world, letters):
    _ana, hers, _his, mods, boss = world
    assert boss.delete(f"{API}/admin/users/ana", json=WHY).status_code == 204
    make.work()
    answer = mods.post(f"{API}/moderation/users/ana/unsuspend", json=WHY)
    assert answer.status_code == 409
    assert "An admin" in answer.json["detail"]
    assert hers.get(f"{API}/feed").status_code == 403


def test_moderators_don_t_read_private_accounts_by_suspending_them(app, sign_in):
    ana = make.user("ana", private=True)
    post, mods = make.post(ana, "For friends"), sign_in(make.user("mod_m", role="moderator"))
    for act in ("suspend", "shadowban"):
        assert mods.post(f"{API}/moderation/users/ana/{act}", json=WHY).status_code == 200
        assert mods.get(f"{API}/posts/{post}").status_code == 404
    assert mods.post(f"{API}/moderation/posts/{post}/takedown", json=WHY).status_code == 200
    assert mods.get(f"{API}/posts/{post}").json["status"] == "taken_down"


def test_photos_follow_what_moderators_approve_and_take_back(app, sign_in):
    ana = make.user("ana")
    mods = sign_in(make.user("mod_m", role="moderator"))
    assert mods.post(f"{API}/moderation/filters", json={"phrase": "gate", "action": "hide"}).status_code == 201
    sign_in(ana).post("/new", data={"photo": (make.io.BytesIO(make.photo()), "a.jpg"), "caption": "A gate"})
    make.work()

    def public():
        with make.unit():
            return [row.is_public for row in db.rows(select(Media.is_public).where(Media.owner_id == ana.id))]

    with make.unit():
        post = db.row(select(Post.__table__.c.id)).id
        make.outbox.enqueue("jobs.moderation.open", "post", post, "flag", "")
    make.work()
    assert public() == [False]
    [case] = mods.get(f"{API}/moderation/queue").json["items"]
    assert mods.post(f"{API}/moderation/reports/{case['id']}/resolve", json={"action": "approve"}).status_code == 200
    make.work()
    assert public() == [True]
    done = mods.get(f"{API}/moderation/reports/{case['id']}").json["history"][0]
    assert mods.post(f"{API}/moderation/actions/{done['id']}/undo").status_code == 200
    make.work()
    assert public() == [False]
