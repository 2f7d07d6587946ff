"""The job edge: once is enough, twice is once, failing is said."""

import errno
import uuid
from datetime import timedelta
from functools import partial

import pytest
from rq.timeouts import JobTimeoutException
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

import jobs
from tests import make
from webapp.core import cache, clock, db, outbox, storage
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
    assert [jobs.run(job_id) for _ in range(3)] == ["retrying"] * 3
    with pytest.raises(RuntimeError):
        jobs.run(job_id)
    assert state(job_id).status == "failed"
    assert "poison" in state(job_id).error
    assert seen == ["gave up x"]
    assert jobs.run(job_id) == "nothing to do"


def test_a_job_that_no_longer_exists_fails_and_holds_nobody_up(monkeypatch):
    monkeypatch.undo()
    job_id = enqueue("jobs.media.forgotten", "x")
    for _ in range(3):
        jobs.run(job_id)
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


def overdue() -> list[str]:
    with make.unit():
        return [str(job_id) for job_id, _job in outbox.overdue()]


def age(**values) -> None:
    with make.unit():
        db.execute(update(outbox.Outbox).values(**values))


def test_a_row_that_redis_forgot_is_sent_again_at_once():
    job_id = enqueue("note", "late")
    assert overdue() == [], "it was relayed a moment ago"
    age(due_at=clock.now() - timedelta(seconds=2))
    assert overdue() == [], "it waits for its turn"
    cache.client().flushdb()
    assert overdue() == [job_id]
    assert overdue() == [], "it is on its way"


def test_a_row_that_waits_in_redis_for_too_long_is_sent_again():
    job_id = enqueue("note", "late")
    age(due_at=clock.now() - timedelta(seconds=60))
    assert overdue() == [job_id]


def test_a_row_whose_time_has_not_come_is_not_sent(monkeypatch):
    with make.unit():
        outbox.enqueue("note", "later", wait=60)
    cache.client().flushdb()
    assert overdue() == []


def test_without_redis_nothing_is_said_to_be_sent_again(monkeypatch):
    enqueue("note", "late")
    age(due_at=clock.now() - timedelta(seconds=2))
    kept = cache._cache[0]
    cache.connect("unix:///nowhere/redis.sock", 0.1)
    assert overdue() == []
    cache._cache[:] = [kept]


def test_a_lease_that_is_renewed_is_nobody_elses():
    job_id = enqueue("note", "long")
    with make.unit():
        entry = outbox.claim(uuid.UUID(job_id))
    age(due_at=clock.now() - timedelta(seconds=1))
    with make.unit():
        assert outbox.renew(entry)
    assert overdue() == []
    age(due_at=clock.now() - timedelta(seconds=1))
    assert overdue() == [job_id]
    with make.unit():
        assert not outbox.renew(entry), "it has been given to another"


def test_a_job_that_kills_whoever_works_on_it_ends_failed():
    job_id = enqueue("note", "deadly")
    for _ in range(4):
        with make.unit():
            assert outbox.claim(uuid.UUID(job_id)) is not None
        age(due_at=clock.now() - timedelta(seconds=1))
    with pytest.raises(jobs.WorkerLost):
        jobs.run(job_id)
    assert state(job_id).status == "failed"
    assert seen == []


def test_a_job_whose_time_ran_out_while_storage_was_slow_is_postponed(monkeypatch):
    def slow(_word):
        storage.here().waited += 100
        raise JobTimeoutException("too long")

    monkeypatch.setitem(globals(), "slow", slow)
    assert jobs.run(enqueue("slow", "x")) == "postponed"


def test_a_job_that_meets_no_database_is_left_to_be_found(monkeypatch):
    job_id = enqueue("note", "later")

    def away(_job_id):
        raise OperationalError("", None, ConnectionError())

    with monkeypatch.context() as broken:
        broken.setattr(outbox, "claim", away)
        assert jobs.run(job_id) == "postponed"
    assert jobs.run(job_id) == "done"


@pytest.mark.parametrize(("number", "outcome"), [(errno.ENOSPC, "postponed"), (errno.EACCES, "retrying")])
def test_a_full_disk_is_nobodys_fault(monkeypatch, number, outcome):
    def full(_word):
        raise OSError(number, "in the temporary folder")

    monkeypatch.setitem(globals(), "full", full)
    assert jobs.run(enqueue("full", "x")) == outcome


def test_a_job_whose_last_words_fail_is_over_nonetheless(monkeypatch):
    def speechless(_word):
        raise RuntimeError("poison")

    speechless.on_failure = speechless
    monkeypatch.setitem(globals(), "speechless", speechless)
    job_id = enqueue("speechless", "x")
    assert [jobs.run(job_id) for _ in range(3)] == ["retrying"] * 3
    with pytest.raises(RuntimeError):
        jobs.run(job_id)
    assert state(job_id).status == "failed"
