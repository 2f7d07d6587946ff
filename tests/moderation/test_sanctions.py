"""What moderators do: its effect, its record, its notice and its mail; once, and with a way back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests import make
from webapp.core import clock, db
from webapp.models import AuditEntry, Case, Post, Sanction
from webapp.moderation import sanctions

API = "/api/v1"
WHY = {"reason": "Against rule three."}


@pytest.fixture
def world(app, sign_in):
    """Ana, who made one of everything; Ben, who follows her; Moira, a moderator."""
    ana, ben, moira = make.user("ana"), make.user("ben"), make.user("moira", role="moderator")
    make.follow(ben, ana)
    post = make.post(ana, "A gate")
    comment = make.comment(ana, post, "Rude words")
    make.work()
    things = {"posts": post, "comments": comment, "stories": make.story(ana)}
    return things, sign_in(ana), sign_in(ben), sign_in(moira)


def rows(table):
    with make.unit():
        return db.rows(select(table.__table__).order_by(table.__table__.primary_key.columns[0]))


def notices(browser):
    items = browser.get(f"{API}/notifications").json["items"]
    return [said["words"] for one in items if one["type"] == "notice" for said in one["notices"]]


def shown(browser, kind, thing, things):
    """Tell whether somebody finds a thing."""
    if kind == "comments":
        items = browser.get(f"{API}/posts/{things['posts']}/comments").json["items"]
        return str(thing) in [one["id"] for one in items]
    return browser.get(f"{API}/{kind}/{thing}").status_code == 200


@pytest.mark.parametrize("kind", ["posts", "comments", "stories"])
def test_what_is_taken_down_is_there_for_its_author_alone_and_comes_back(world, letters, kind):
    things, hers, his, mods = world
    thing = things[kind]
    assert shown(his, kind, thing, things)
    done = mods.post(f"{API}/moderation/{kind}/{thing}/takedown", json=WHY)
    assert done.status_code == 200, done.text
    assert (done.json["kind"], done.json["user"]["username"], done.json["actor"]["username"]) == (
        "takedown", "ana", "moira",
    )  # fmt: skip
    assert not shown(his, kind, thing, things)
    assert shown(hers, kind, thing, things)
    assert "Against rule three." in notices(hers)[0]
    assert "moira" not in notices(hers)[0]
    assert "Against rule three." in letters.one("ana@example.org").get_body(("plain",)).get_content()
    back = mods.post(f"{API}/moderation/{kind}/{thing}/restore", json=WHY)
    assert back.json["kind"] == "restore"
    make.work()
    assert shown(his, kind, thing, things)
    assert [row.action for row in rows(AuditEntry)] == ["takedown", "restore"]


def test_a_post_that_is_taken_down_counts_no_more_and_its_photos_are_private(world):
    things, hers, his, mods = world
    before = his.get(f"{API}/users/ana").json["counts"]["posts"]
    mods.post(f"{API}/moderation/posts/{things['posts']}/takedown", json=WHY)
    assert his.get(f"{API}/users/ana").json["counts"]["posts"] == before - 1
    own = hers.get(f"{API}/posts/{things['posts']}").json
    assert own["status"] == "taken_down"
    assert "Against rule three." in own["verdict"]
    assert "X-Amz-Signature" in own["media"][0]["urls"]["large"]
    assert "jobs.media.erase" in make.work()


def test_an_author_does_not_get_around_a_takedown_by_deleting_and_restoring(world):
    things, hers, his, mods = world
    path = f"{API}/posts/{things['posts']}"
    mods.post(f"{API}/moderation/posts/{things['posts']}/takedown", json=WHY)
    assert hers.delete(path).status_code == 204
    assert hers.post(f"{path}/restore").json["status"] == "taken_down"
    make.work()
    assert his.get(path).status_code == 404


def test_counters_know_of_comments_that_are_taken_down(world):
    things, _hers, his, mods = world
    reply = make.comment(make.Person(*owner("ben")), things["posts"], "Thanks", things["comments"])
    counted = lambda: his.get(f"{API}/posts/{things['posts']}").json["counts"]["comments"]  # noqa: E731
    assert counted() == 2
    mods.post(f"{API}/moderation/comments/{reply}/takedown", json=WHY)
    make.work()
    assert his.get(f"{API}/posts/{things['posts']}/comments").json["items"][0]["counts"]["replies"] == 1, "his own"
    visitor_counts = mods.get(f"{API}/posts/{things['posts']}").json["counts"]["comments"]
    assert visitor_counts == 1
    mods.post(f"{API}/moderation/comments/{reply}/restore", json=WHY)
    assert mods.get(f"{API}/posts/{things['posts']}").json["counts"]["comments"] == 2


def owner(name):
    with make.unit():
        users = make.User.__table__.c
        return tuple(db.row(select(users.id, users.username).where(users.username == name)))


def test_taking_down_twice_is_one_sanction_with_the_same_answer(world):
    things, hers, _, mods = world
    path = f"{API}/moderation/posts/{things['posts']}/takedown"
    first, second = mods.post(path, json=WHY), mods.post(path, json={"reason": "Other words."})
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json == second.json
    assert len(rows(Sanction)) == len(rows(AuditEntry)) == len(notices(hers)) == 1


@pytest.mark.parametrize("verb", ["warn", "suspend", "shadowban"])
def test_what_is_done_to_a_person_is_done_once_and_undone(world, letters, verb):
    _, hers, his, mods = world
    done = mods.post(f"{API}/moderation/users/ana/{verb}", json=WHY)
    assert done.status_code == 200, done.text
    assert mods.post(f"{API}/moderation/users/ana/{verb}", json=WHY).json["id"] == done.json["id"]
    assert len(rows(Sanction)) == 1
    assert his.get(f"{API}/users/ana").status_code == (200 if verb == "warn" else 404)
    assert bool(letters.of("ana@example.org")) is (verb != "shadowban"), "who is shadowbanned is told nothing"
    undone = mods.post(f"{API}/moderation/actions/{done.json['id']}/undo", json={})
    assert undone.json["undone_at"]
    assert mods.post(f"{API}/moderation/actions/{done.json['id']}/undo").json == undone.json
    assert his.get(f"{API}/users/ana").status_code == 200
    assert [row.action for row in rows(AuditEntry)] == [verb, "undo"]
    assert len(notices(hers)) == (0 if verb == "shadowban" else 2)


def test_a_suspension_has_an_end_and_a_new_one_replaces_it(world):
    _, _hers, his, mods = world
    until = (clock.now() + timedelta(days=3)).isoformat()
    first = mods.post(f"{API}/moderation/users/ana/suspend", json={**WHY, "until": until}).json
    assert first["until"][:16] == until[:16]
    again = mods.post(f"{API}/moderation/users/ana/suspend", json=WHY).json
    assert again["id"] != first["id"]
    assert again["until"] is None
    assert [bool(row.undone_at) for row in rows(Sanction)] == [True, False]
    assert mods.post(f"{API}/moderation/users/ana/unsuspend", json=WHY).status_code == 200
    assert his.get(f"{API}/users/ana").status_code == 200
    late = {**WHY, "until": "2001-01-01T00:00:00Z"}
    assert mods.post(f"{API}/moderation/users/ana/suspend", json=late).status_code == 422


def test_lifting_what_does_not_stand_is_a_conflict(world):
    things, _, _, mods = world
    for path in (f"posts/{things['posts']}/restore", "users/ana/unsuspend", "users/ana/unshadowban"):
        answer = mods.post(f"{API}/moderation/{path}", json=WHY)
        assert answer.status_code == 409, path


def test_undoing_a_restore_takes_it_down_again(world):
    things, _hers, his, mods = world
    path = f"{API}/moderation/posts/{things['posts']}"
    first = mods.post(f"{path}/takedown", json=WHY).json
    restored = mods.post(f"{path}/restore", json=WHY).json
    make.work()
    assert mods.post(f"{API}/moderation/actions/{restored['id']}/undo").status_code == 200
    assert his.get(f"{API}/posts/{things['posts']}").status_code == 404
    assert mods.post(f"{API}/moderation/actions/{first['id']}/undo").json["undone_at"]
    make.work()
    assert his.get(f"{API}/posts/{things['posts']}").status_code == 200


@pytest.mark.parametrize("kind", ["posts", "stories"])
def test_photos_are_covered_whatever_their_author_says(world, kind):
    things, hers, his, mods = world
    path = f"{API}/moderation/{kind}/{things[kind]}/sensitive"
    assert mods.post(path, json=WHY).json["kind"] == "sensitive"
    if kind == "posts":
        assert his.get(f"{API}/posts/{things[kind]}").json["sensitive"] is True
        assert hers.patch(f"{API}/posts/{things[kind]}", json={"sensitive": False}).json["sensitive"] is True
        page = his.get(f"/p/{things[kind]}").text
    else:
        page = his.get(f"/stories/ana/{things[kind]}").text
    assert '<details class="veil">' in page
    assert mods.post(path, json={**WHY, "sensitive": False}).json["undone_at"]
    if kind == "posts":
        assert his.get(f"{API}/posts/{things[kind]}").json["sensitive"] is False
    assert mods.post(path, json={**WHY, "sensitive": False}).status_code == 409


def test_an_act_closes_the_open_case_and_the_reporter_is_told(world):
    things, _, his, mods = world
    asked = {"target_type": "post", "target_id": str(things["posts"]), "reason": "spam"}
    his.post(f"{API}/reports", json=asked)
    mods.post(f"{API}/moderation/posts/{things['posts']}/takedown", json=WHY)
    assert mods.get(f"{API}/moderation/queue").json["items"] == []
    [closed] = mods.get(f"{API}/moderation/queue?status=closed").json["items"]
    assert (closed["outcome"], closed["closed_by"]["username"]) == ("takedown", "moira")
    assert len(notices(his)) == 1


def test_what_waits_for_review_is_approved_or_taken_down_but_not_dismissed(world):
    things, _hers, his, mods = world
    with make.unit():
        make.outbox.enqueue("jobs.moderation.open", "post", things["posts"], "filter", "word: gate")
        db.execute(Post.__table__.update().values(status="held"))
    make.work()
    with make.unit():
        make.outbox.enqueue("jobs.moderation.open", "post", things["posts"], "filter", "word: gate")
    make.work()
    [item] = mods.get(f"{API}/moderation/queue?source=filter").json["items"]
    assert (item["detail"], item["target"]["status"]) == ("word: gate", "held")
    path = f"{API}/moderation/reports/{item['id']}"
    assert "dismiss" not in mods.get(path).json["can"]
    assert mods.post(f"{path}/resolve", json={"action": "dismiss"}).status_code == 409
    assert mods.post(f"{path}/resolve", json={"action": "approve"}).json["outcome"] == "approve"
    make.work()
    assert his.get(f"{API}/posts/{things['posts']}").status_code == 200


def test_what_is_gone_is_left_out_of_the_queue(world):
    with make.unit():
        make.outbox.enqueue("jobs.moderation.open", "post", make.outbox.uuid.uuid4(), "hash", "")
    make.work()
    assert rows(Case) == []


def test_roles_change_and_accounts_are_deleted_by_admins_with_a_way_back(world, sign_in):
    _, hers, his, mods = world
    boss = make.user("boss", role="admin")
    admin = make.Viewer(boss.id, "boss", role="admin")
    with make.unit():
        role = sanctions.change_role(admin, "ana", "moderator", "She helps.")
        assert sanctions.change_role(admin, "ana", "moderator", "She helps.") is None
    assert hers.get(f"{API}/auth/me").json["role"] == "moderator"
    assert "a moderator" in notices(hers)[0]
    browser = sign_in(boss)
    assert browser.post(f"{API}/moderation/actions/{role}/undo").status_code == 200
    assert hers.get(f"{API}/auth/me").json["role"] == "user"
    with make.unit():
        deleted = sanctions.delete_user(admin, "ana", "Spam.")
    assert his.get(f"{API}/users/ana").status_code == 404
    assert mods.post(f"{API}/moderation/actions/{deleted}/undo").status_code == 403
    assert browser.post(f"{API}/moderation/actions/{deleted}/undo").status_code == 200
    assert his.get(f"{API}/users/ana").status_code == 200
