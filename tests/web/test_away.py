"""When a part is away: pages say so, and nobody loses their words."""

import io

import pytest

from tests import make
from webapp.core import cache, db, options, replica, storage


@pytest.fixture
def no_database(app):
    """Point the app at a PostgreSQL that is not there."""
    kept, factory = db.engine(), app.session_factory
    db.connect(
        "postgresql+psycopg://nobody@/none?host=/nowhere", size=1, overflow=0, wait=0.2, connect_timeout=1,
        statement_timeout=1,
    )  # fmt: skip
    app.session_factory = None
    yield
    db.engine().dispose()
    db.use(kept)
    app.session_factory = factory


@pytest.fixture
def no_redis(app):
    """Point the app at a Redis that is not there."""
    kept = cache._cache[0]
    cache.connect("unix:///nowhere/redis.sock", 0.1)
    yield
    cache._cache[:] = [kept]


@pytest.fixture
def no_storage(app):
    """Point the app at a storage that is not there."""
    kept = storage.here()
    storage.connect(
        storage.Access("http://127.0.0.1:9", "x", "k", "s", "private", "public", "http://127.0.0.1:9/public")
    )
    yield
    storage._storage[:] = [kept]


def test_without_the_database_pages_say_so_at_once(app, sign_in, no_database):
    browser = app.test_client()
    browser.carry("a key of before")
    page = browser.get("/")
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "5"
    assert "resting" in page.text
    problem = browser.get("/api/v1/feed")
    assert problem.status_code == 503
    assert problem.mimetype == "application/problem+json"
    assert browser.get("/healthz").status_code == 200
    assert browser.get("/readyz").status_code == 503
    assert browser.get("/readyz").json["database"] == "away"


def test_without_redis_everything_but_background_work_goes_on(app, sign_in, no_redis):
    ana = make.user("ana")
    browser = sign_in(ana)
    assert browser.get("/").status_code == 200
    post_id = make.post(ana)
    assert browser.post(f"/api/v1/posts/{post_id}/like").status_code == 200
    shared = browser.post("/api/v1/posts", json={"media_ids": [str(make.media(ana))]})
    assert shared.status_code == 202, "the job waits in the database"
    ready = browser.get("/readyz")
    assert ready.status_code == 200
    assert ready.json["redis"] == "away"


def test_without_storage_pages_work_and_uploads_say_when_to_come_back(app, sign_in, no_storage):
    ana = make.user("ana")
    browser = sign_in(ana)
    assert browser.get("/").status_code == 200
    form = {"photo": (io.BytesIO(make.photo()), "a.jpg"), "caption": "Words that stay"}
    answer = browser.post("/new", data=form)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "Photo storage does not answer" in answer.text
    assert "Words that stay" in answer.text
    begun = browser.post("/api/v1/media/uploads", json={"filename": "a.jpg", "content_type": "image/jpeg", "size": 100})
    complete = browser.post(f"/api/v1/media/uploads/{begun.json['id']}/complete")
    assert complete.status_code == 503
    assert complete.headers["Retry-After"]


def test_a_form_that_was_open_for_long_keeps_its_words(app, sign_in):
    browser = sign_in(make.user("ana"))
    post_id = make.post(make.user("ben"))
    answer = browser.post(f"/p/{post_id}/comments", data={"content": "A long thought"}, token=False)
    assert answer.status_code == 400
    assert "A long thought" in answer.text
    assert "Reload it and try again" in answer.text


def test_options_that_nobody_can_read_are_as_they_were(no_database, visitor):
    options.kept.hold(options.Options(registration="invite"), 0.0)
    cache.client().flushdb()
    page = visitor.get("/about")
    assert page.status_code == 200
    assert 'href="/register"' not in page.text
    options.kept.forget()
    assert visitor.get("/about").status_code == 200


def test_without_a_replica_nothing_is_asked_and_nothing_remembered(app):
    assert replica.here() is None
    assert db.committed == []
    ana = make.user("ana")
    browser = app.test_client()
    browser.carry(make.session(ana))
    with db.watched() as sent:
        assert browser.get("/").status_code == 200
        assert browser.post("/api/v1/notifications/read-all").status_code in (200, 204)
    assert not [text for text, _ in sent if "wal" in text]
    assert "replica" not in browser.get("/readyz").json
