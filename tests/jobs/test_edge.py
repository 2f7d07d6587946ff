"""The job edge: once is enough, twice is once, failing is said."""

import uuid
from functools import partial

import pytest
from sqlalchemy import select

import jobs
from tests import make
from webapp.core import db, outbox
from webapp.core.errors import Unavailable

seen: list[str] = []


def note(word: str):
    return partial(seen.append, word)


def poison(_word: str):
    raise RuntimeError("poison")


def away(_word: str):
    raise Unavailable("storage is away")


poison.on_failure = lambda word: seen.append(f"gave up {word}")


@pytest.fixture(autouse=True)
def _clean(app, monkeypatch):
    seen.clear()
    monkeypatch.setattr(jobs, "resolve", lambda path: globals()[path])


def enqueue(job: str, word: str) -> str:
    with make.unit():
        return str(outbox.enqueue(job, word))


def state(job_id: str) -> outbox.Outbox:
    with make.unit():
        return db.session().get(outbox.Outbox, uuid.UUID(job_id))


def test_a_job_delivered_often_has_the_effect_of_one():
    job_id = enqueue("note", "once")
    assert [jobs.run(job_id) for _ in range(3)] == ["done", "nothing to do", "nothing to do"]
    assert seen == ["once"]
    assert state(job_id).status == "done"


def test_a_poison_job_ends_failed_and_says_so():
    job_id = enqueue("poison", "x")
    for _ in range(4):
        with pytest.raises(RuntimeError):
            jobs.run(job_id)
    assert state(job_id).status == "failed"
    assert "poison" in state(job_id).error
    assert seen == ["gave up x"]
    assert jobs.run(job_id) == "nothing to do"


def test_a_job_that_no_longer_exists_fails_and_holds_nobody_up(monkeypatch):
    monkeypatch.undo()
    job_id = enqueue("jobs.media.forgotten", "x")
    for _ in range(4):
        with pytest.raises(AttributeError):
            jobs.run(job_id)
    assert state(job_id).status == "failed"


def test_a_part_that_is_away_does_not_count_as_an_attempt():
    job_id = enqueue("away", "x")
    assert [jobs.run(job_id) for _ in range(6)] == ["postponed"] * 6
    assert state(job_id).attempts == 0
    assert state(job_id).status == "queued"


def test_a_job_whose_worker_died_is_taken_by_another(monkeypatch):
    job_id = enqueue("note", "again")
    with make.unit():
        assert outbox.claim(uuid.UUID(job_id)) is not None
    assert jobs.run(job_id) == "nothing to do", "the lease is somebody's"
    with make.unit():
        db.execute(outbox.update(outbox.Outbox).values(due_at=outbox.clock.now()))
    assert jobs.run(job_id) == "done"
    assert seen == ["again"]


def test_effects_of_a_lost_lease_are_not_written():
    job_id = enqueue("note", "mine")
    with make.unit():
        stale = outbox.claim(uuid.UUID(job_id))
    with make.unit():
        db.execute(outbox.update(outbox.Outbox).values(lease=uuid.uuid4()))
    jobs._work(stale, [])
    assert seen == []


def test_what_a_request_rolls_back_enqueues_nothing(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    before = len(make_waiting())
    answer = browser.post("/api/v1/posts", json={"media_ids": [str(make.media(ana, status="pending"))]})
    assert answer.status_code == 409
    assert len(make_waiting()) == before


def make_waiting():
    with make.unit():
        return db.rows(select(outbox.Outbox.id))


def test_overdue_rows_are_sent_again():
    job_id = enqueue("note", "late")
    with make.unit():
        assert outbox.overdue() == [], "it was relayed a moment ago"
        db.execute(outbox.update(outbox.Outbox).values(due_at=outbox.clock.now()))
    with make.unit():
        assert [str(found) for found in outbox.overdue()] == [job_id]
