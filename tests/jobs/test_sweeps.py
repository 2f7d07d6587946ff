"""What cron calls."""

from datetime import timedelta

from sqlalchemy import update

from jobs import sweeps
from tests import make
from webapp.core import clock, db, sessions
from webapp.models import Media, Post, UserSession


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
