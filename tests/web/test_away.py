"""When a part is away: pages say so, and nobody loses their words."""

import contextlib
import io
import socket
import threading
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests import make
from tests.browsing import HTMX
from tests.waiting import until
from webapp.core import cache, clock, db, gate, options, outbox, replica, storage
from webapp.web import away


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
def hung_redis():
    """A server that takes everybody in and says nothing; yields its address and who came."""
    came = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take_in():
            with contextlib.suppress(OSError):
                while True:
                    came.append(server.accept()[0])

        threading.Thread(target=take_in, daemon=True).start()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0", came
        server.shutdown(socket.SHUT_RDWR)
    for line in came:
        line.close()


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
    begun = make.media(ana, status="pending")
    complete = browser.post(f"/api/v1/media/uploads/{begun}/complete")
    assert complete.status_code == 503
    assert complete.headers["Retry-After"]


def test_a_form_that_was_open_for_long_keeps_its_words(app, sign_in):
    browser = sign_in(make.user("ana"))
    post_id = make.post(make.user("ben"))
    answer = browser.post(f"/p/{post_id}/comments", data={"content": "A long thought"}, token=False)
    assert answer.status_code == 400
    assert "A long thought" in answer.text
    assert "send it once more" in answer.text


def test_options_that_nobody_can_read_are_as_they_were(no_database, visitor):
    options.kept.hold(options.Options(registration="invite"), 0.0)
    cache.client().flushdb()
    page = visitor.get("/about")
    assert page.status_code == 200
    assert 'href="/register"' not in page.text
    options.kept.forget()
    assert visitor.get("/about").status_code == 200


def test_a_redis_that_hangs_is_waited_for_once(sign_in, no_redis, hung_redis):
    url, came = hung_redis
    browser = sign_in(make.user("ana"))
    cache.connect(url, 0.1)
    for _ in range(3):
        assert browser.get("/api/v1/notifications").status_code == 200
    assert len(came) == 1, "no second try, and a pause for whoever asks next"


def test_a_connection_that_redis_closed_is_no_reason_to_do_without(app):
    cache.put("a name", "kept", 60)
    cache.client().client_kill_filter(_type="normal", skipme=True)
    assert cache.get("a name") == "kept"
    assert not cache.silent()


def test_people_are_told_that_photos_wait_while_redis_is_away(sign_in, no_redis):
    page = sign_in(make.user("ana")).get("/")
    assert "New photos wait a little" in page.text
    assert "Nothing is lost" in page.text
    assert "New photos wait" not in sign_in(make.user("ben")).get("/", headers=HTMX).text, "a part is no page"


def test_people_are_told_that_photos_wait_when_nobody_works(sign_in, visitor):
    browser = sign_in(make.user("ana"))
    assert "New photos wait" not in browser.get("/").text
    away.waiting.hold(90.0, 600)
    assert "New photos wait a little" in browser.get("/").text
    assert "New photos wait" not in visitor.get("/").text


def test_how_long_photos_wait_is_read_from_the_queue(sign_in):
    browser = sign_in(make.user("ana"))
    with make.unit():
        outbox.enqueue("jobs.media.process", "019a0000-0000-7000-8000-000000000001")
        db.execute(update(outbox.Outbox).values(created_at=clock.now() - timedelta(seconds=50)))
    away.waiting.forget()
    cache.client().flushdb()
    assert "New photos wait a little" in browser.get("/").text
    with db.watched() as sent:
        browser.get("/")
    assert not [statement for statement, _ in sent if "outbox" in statement], "pages ask for it every ten seconds"


def test_people_are_told_that_photos_may_be_missing_while_storage_is_away(app, sign_in, no_storage):
    browser = sign_in(make.user("ana"))
    assert "Photos may be missing" not in browser.get("/").text
    asked = {"filename": "a.jpg", "content_type": "image/jpeg", "size": 100}
    first = browser.post("/api/v1/media/uploads", json=asked)
    assert first.status_code == 503, "before any byte is sent"
    assert int(first.headers["Retry-After"]) > 0
    assert first.json["detail"].startswith("Photo storage does not answer")
    browser.post("/api/v1/media/uploads", json=asked)
    assert storage.here().breaker.open
    assert "Photos may be missing" in browser.get("/").text
    for path in ("/", "/@ana", "/new", "/settings/profile"):
        assert browser.get(path).status_code == 200


def figure(app, name):
    text = app.test_client().get("/metrics").text
    return float(next(line.split()[-1] for line in text.splitlines() if line.startswith(f"{name} ")))


def test_the_figures_say_which_part_is_away(app, no_redis, no_storage):
    assert figure(app, 'part_away{part="redis"}') == 1
    assert figure(app, 'part_away{part="storage"}') == 1
    assert figure(app, 'part_away{part="database"}') == 0
    app.test_client().get("/metrics")
    assert figure(app, "storage_breaker_open") == 1


def test_the_figures_are_there_without_the_database(app, no_database):
    assert app.test_client().get("/explore").status_code == 503
    assert figure(app, 'part_away{part="database"}') == 1
    assert figure(app, 'part_away{part="redis"}') == 0
    assert figure(app, "database_gate_shut") == 1


def test_the_figures_say_how_long_jobs_wait_and_that_nobody_works(app):
    with make.unit():
        outbox.enqueue("jobs.media.process", "019a0000-0000-7000-8000-000000000001")
        db.execute(update(outbox.Outbox).values(created_at=clock.now() - timedelta(seconds=50)))
    assert 49 < figure(app, 'queue_oldest_seconds{kind="photos"}') < 80
    assert figure(app, 'queue_oldest_seconds{kind="other"}') == 0
    assert figure(app, 'part_away{part="worker"}') == 0
    with make.unit():
        db.execute(update(outbox.Outbox).values(due_at=clock.now() - timedelta(seconds=50)))
    assert figure(app, 'part_away{part="worker"}') == 1


def test_one_question_opens_the_gate_again(app, no_database):
    app.test_client().get("/explore")
    assert gate.is_shut()
    with pytest.raises(gate.Away):
        db.engine().connect()
    gate._gate._ping = lambda: None
    until(lambda: not gate.is_shut())


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
