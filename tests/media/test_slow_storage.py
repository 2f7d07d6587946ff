"""Storage that is slow: who sends a photo by a plain form waits, and nobody else does."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from tests import make
from tests.waiting import until
from webapp.core import db, storage
from webapp.media import actions as media
from webapp.models import Media

API = "/api/v1"


@pytest.fixture
def slow(monkeypatch):
    """Let everybody who stores something wait: how many do, and what lets one of them go on."""
    put, waiting, go_on = storage.Storage.put, [], threading.Semaphore(0)

    def late(self, *given):
        waiting.append(given[0])
        assert go_on.acquire(timeout=60)
        put(self, *given)

    monkeypatch.setattr(storage.Storage, "put", late)
    yield waiting, go_on
    go_on.release(100)


def form():
    return {"photo": (io.BytesIO(make.photo(64, 64)), "a.jpg")}


def test_uploads_that_wait_for_storage_hold_no_connection(app, committed, slow):
    waiting, go_on = slow
    pool = db.engine().pool
    people = [make.user(f"up_{number}") for number in range(pool.size() + pool._max_overflow + 1)]  # one too many
    talk = make.talk(people[0], people[1])
    paths = [f"{API}/posts", "/new", f"{API}/stories", "/new/story", "/settings/profile/avatar"]
    keys = [{**make.bearer(person), "Idempotency-Key": "k"} for person in people]

    def upload(number):
        path = paths[number % len(paths)] if number else f"/messages/{talk}"
        return app.test_client().post(path, data=form(), headers=keys[number], content_type="multipart/form-data")

    before = pool.checkedout()  # the test's own
    with ThreadPoolExecutor(len(people)) as threads:
        uploads = [threads.submit(upload, number) for number in range(len(people))]
        until(lambda: len(waiting) == len(people))
        held = pool.checkedout() - before
        answer = app.test_client().get(f"{API}/feed?view=public")
        for number in range(len(people)):  # one by one: all at once would wait for each other, as they should
            go_on.release()
            until(lambda number=number: sum(upload.done() for upload in uploads) > number)
        assert (held, answer.status_code) == (0, 200)
        assert {done.result().status_code for done in uploads} <= {200, 201, 202, 303}


def test_what_was_stored_for_nobody_is_swept_a_day_later(app, sign_in, monkeypatch):
    browser = sign_in(make.user("ana"))
    refused = browser.post("/new", data={**form(), "caption": "x" * 2201}, content_type="multipart/form-data")
    assert refused.status_code == 422
    nobody = media.stow([FileStorage(io.BytesIO(make.photo(64, 64)), "a.jpg", content_type="image/jpeg")])[0]
    key = f"incoming/{nobody.id}"
    assert storage.here().size(key) == nobody.size
    monkeypatch.setattr(storage.Storage, "older", lambda _self, prefix, _when: [key] if prefix == "incoming/" else [])
    with make.unit():
        assert db.scalar(select(func.count()).select_from(Media)) == 0
        assert media.sweep_incoming() == 1
    assert storage.here().size(key) is None
