"""What cron calls."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from jobs import sweeps
from tests import make
from webapp.core import cache, clock, db, ids, outbox, sessions
from webapp.media import actions as media
from webapp.models import Case, Comment, Media, Mute, PastUsername, Post, PostWords, Tag, User, UserSession, UserWords


def test_what_has_expired_is_deleted_and_the_rest_stays(app, sign_in):
    ana = make.user("ana")
    stays = sign_in(ana)
    make.session(ana)
    old, fresh, used = make.media(ana, status="pending"), make.media(ana), make.post(ana)
    gone = make.post(ana)
    sign_in(ana).delete(f"/api/v1/posts/{gone}")
    past = clock.now() - timedelta(days=40)
    with make.unit():
        latest = sessions.of(ana.id)[1]
        db.execute(update(UserSession).where(UserSession.id == latest.id).values(expires_at=past))
        db.execute(update(Media).where(Media.id == old).values(created_at=past))
        db.execute(update(Post).where(Post.id == gone).values(deleted_at=past))

    sweeps.tidy()
    sweeps.tidy()

    with make.unit():
        assert db.session().get(Media, old) is None
        assert db.session().get(Media, fresh) is not None
        assert db.session().get(Post, used) is not None
        assert db.session().get(Post, gone) is None
        assert len(sessions.of(ana.id)) == 2
    assert stays.get("/api/v1/auth/me").status_code == 200


def test_a_photo_that_waits_to_become_the_avatar_is_not_left_behind(app):
    ana, long_ago = make.user("ana"), clock.now() - timedelta(hours=25)
    shown, coming, left = (make.media(ana, purpose="avatar", created_at=long_ago) for _ in range(3))
    with make.unit():
        db.execute(update(User).where(User.id == ana.id).values(avatar_id=shown, next_avatar_id=coming))
    with make.unit():
        assert media.sweep() == 1
        assert {row.id for row in db.rows(select(Media.__table__.c.id))} == {shown, coming}
        assert left not in (shown, coming)


def test_what_was_promised_to_be_gone_is_gone_and_nothing_else(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    post_id = make.post(ana)
    old, recent, looked_at, stays = (make.comment(ben, post_id, word) for word in ("old", "recent", "case", "stays"))
    below = make.comment(ana, post_id, "below", parent=old)
    browser = sign_in(ben)
    for one in (old, recent, looked_at):
        assert browser.delete(f"/api/v1/posts/{post_id}/comments/{one}").status_code < 300
    browser.patch("/api/v1/users/me", json={"username": "benno"})
    sign_in(ana).post("/api/v1/users/benno/mute", json={"hours": 1})
    past, long_ago = clock.now() - timedelta(days=31), clock.now() - timedelta(days=400)
    closed, open_case = ids.new(), ids.new()
    with make.unit():
        db.execute(update(Comment).where(Comment.id.in_([old, below, looked_at])).values(deleted_at=past))
        db.execute(update(PastUsername).values(until=past))
        db.execute(update(Mute).values(until=past))
        about = {"target_type": "comment", "user_id": ben.id, "opened_at": long_ago}
        db.add(Case(id=closed, target_id=old, closed_at=long_ago, outcome="dismiss", **about))
        db.add(Case(id=open_case, target_id=looked_at, **about))
        failed = outbox.Outbox(job="x", arguments=[], status="failed", created_at=long_ago, due_at=long_ago)
        db.add(failed, outbox.Outbox(job="y", arguments=[], status="failed", due_at=long_ago))
    done = sweeps.tidy()
    assert (done["deleted_comments"], done["past_names"], done["ended_mutes"], done["closed_cases"]) == (2, 1, 1, 1)
    assert done["finished_jobs"] == 1
    with make.unit():
        left = {row.id for row in db.rows(select(Comment.__table__.c.id))}
        assert left == {recent, looked_at, stays}
        assert db.session().get(Case, open_case) is not None
    assert sum(sweeps.tidy().values()) == 0


def test_rankings_are_made_for_those_who_are_here_a_few_at_a_time(app, monkeypatch):
    monkeypatch.setattr(sweeps, "_RANKED", 2)
    people = [make.user(name) for name in ("ana", "ben", "cleo", "dora")]
    for person in people:
        make.session(person)
    with make.unit():
        past = clock.now() - timedelta(hours=1)
        db.execute(update(UserSession).where(UserSession.user_id == people[3].id).values(last_seen_at=past))
    assert [sweeps.rank() for _ in range(3)] == [2, 1, 0]
    kept = {person.username for person in people if cache.get(f"ranked:for_you:{person.id}")}
    assert kept == {"ana", "ben", "cleo"}


def test_without_redis_nothing_is_ranked_in_vain(app, monkeypatch):
    make.session(make.user("ana"))
    monkeypatch.setattr(cache, "alive", lambda: False)
    assert sweeps.rank() == 0


@pytest.mark.parametrize(("table", "job"), [(UserWords, "fill_people"), (PostWords, "fill_posts")])
def test_what_search_forgot_is_found_missing(app, table, job):
    make.post(make.user("ana"), "Fog #fog")
    with make.unit():
        db.execute(delete(table))
    sweeps.find_missing()
    assert f"jobs.search.{job}" in make.work()
    with make.unit():
        assert len(db.rows(select(table.__table__))) == 1
    sweeps.count_tags()
    with make.unit():
        assert db.scalar(select(Tag.__table__.c.post_count)) == 1
