"""Two who write at the same moment: what one of them found before the other was done is looked at again."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text, update

from tests import make
from tests.waiting import until
from webapp.core import db
from webapp.graph import actions as graph
from webapp.messages import actions as talks
from webapp.messages import delivery
from webapp.models import Block, Follow, Media, User
from webapp.users import actions as users
from webapp.users.schemas import ProfileChange

API = "/api/v1"


def somebody_waits_for_a_lock():
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with db.writing().connect() as connection:
        return connection.scalar(text(waiting))


@pytest.fixture
def just_before(app, committed, monkeypatch):
    """Let something be done, and committed, in the moment before a function is called the first time."""

    def arrange(module, name, do):
        function = getattr(module, name)

        def work():
            with app.app_context(), make.unit():
                do()

        def late(*given):
            monkeypatch.setattr(module, name, function)
            thread = threading.Thread(target=work)
            thread.start()
            thread.join(20)
            assert not thread.is_alive()
            return function(*given)

        monkeypatch.setattr(module, name, late)

    return arrange


def test_who_blocks_somebody_while_following_them_follows_nobody(app, just_before):
    ana, _ = make.user("ana"), make.user("ben")
    just_before(graph, "_lock", lambda: graph.block(ana.viewer, "ben"))
    assert app.test_client().post(f"{API}/users/ben/follow", headers=make.bearer(ana)).status_code == 403
    with make.unit():
        standing = [db.scalar(select(func.count()).select_from(table)) for table in (Follow, Block)]
    assert standing == [0, 1]


def test_who_is_blocked_while_following_finds_nobody(app, just_before):
    ana, ben = make.user("ana"), make.user("ben")
    just_before(graph, "_lock", lambda: graph.block(ben.viewer, "ana"))
    assert app.test_client().post(f"{API}/users/ben/follow", headers=make.bearer(ana)).status_code == 404
    with make.unit():
        assert db.scalar(select(func.count()).select_from(Follow)) == 0


def test_who_leaves_a_group_adds_nobody_to_it(app, just_before):
    ana, ben, cleo, dan = (make.user(name) for name in ("ana", "ben", "cleo", "dan"))
    make.follow(dan, ana)
    talk = make.talk(ana, ben, cleo)
    just_before(delivery, "locked", lambda: talks.leave(ana.viewer, talk))
    path = f"{API}/conversations/{talk}/participants"
    assert app.test_client().post(path, json={"usernames": ["dan"]}, headers=make.bearer(ana)).status_code == 404
    assert app.test_client().get(f"{API}/conversations/{talk}", headers=make.bearer(dan)).status_code == 404


def test_who_is_taken_out_of_a_group_does_not_name_it(app, just_before):
    ana, ben, cleo = (make.user(name) for name in ("ana", "ben", "cleo"))
    for one in (ben, cleo):
        make.follow(one, ana)
    talk = make.talk(ana, ben, cleo, title="Walk")
    just_before(delivery, "locked", lambda: talks.remove(ana.viewer, talk, ["ben"]))
    path = f"{API}/conversations/{talk}"
    assert app.test_client().patch(path, json={"title": "Mine"}, headers=make.bearer(ben)).status_code == 404
    assert app.test_client().get(path, headers=make.bearer(ana)).json["title"] == "Walk"


def test_a_name_that_somebody_takes_at_the_same_time_is_taken(app, committed):
    ana, ben = make.user("ana"), make.user("ben")
    mine = {"json": {"username": "carla"}, "headers": make.bearer(ben)}
    with ThreadPoolExecutor(1) as pool:
        with make.unit():
            users.edit(ana.viewer, ProfileChange(username="carla"))
            answer = pool.submit(app.test_client().patch, f"{API}/users/me", **mine)
            until(somebody_waits_for_a_lock)
        refused = answer.result()
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["username"])
    assert app.test_client().get(f"{API}/users/me", headers=make.bearer(ben)).json["username"] == "ben"


def test_an_avatar_is_removed_while_a_job_brings_it_into_line(app, committed, monkeypatch):
    ana = make.user("ana")
    with make.unit():
        face = Media(owner_id=ana.id, purpose="avatar", content_type="image/jpeg", size=10, status="ready",
                     is_public=True)  # fmt: skip
        db.add(face)
        db.execute(update(User).where(User.id == ana.id).values(avatar_id=face.id))
    drop, locked, go_on = users._drop_avatar, threading.Event(), threading.Event()

    def late(user):
        locked.set()
        assert go_on.wait(20)
        drop(user)

    def settle():
        with app.app_context(), make.unit():
            users.settle_avatar(ana.id, None)

    monkeypatch.setattr(users, "_drop_avatar", late)
    with ThreadPoolExecutor(2) as pool:
        gone = pool.submit(app.test_client().delete, f"{API}/users/me/avatar", headers=make.bearer(ana))
        assert locked.wait(20)
        job = pool.submit(settle)
        until(somebody_waits_for_a_lock)
        go_on.set()
        assert gone.result().status_code == 204
        assert job.exception() is None
    assert app.test_client().get(f"{API}/users/ana").json["avatar"] is None
