"""What cron calls."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from jobs import sweeps
from tests import make
from webapp.core import cache, clock, db, sessions
from webapp.models import Media, Post, PostWords, UserSession, UserWords


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
    assert sweeps.recount() == 1
