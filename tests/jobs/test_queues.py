"""What carries jobs to workers: photos stand in a queue of their own, and neither queue fills Redis."""

import time
from datetime import timedelta

import pytest
from rq.serializers import JSONSerializer
from sqlalchemy import update

import jobs
from jobs import sweeps
from jobs.worker import Worker
from tests import make
from webapp.core import cache, clock, db, outbox

PHOTO, OTHER = "jobs.media.process", "jobs.notifications.settle"


@pytest.fixture(autouse=True)
def _counted_anew(app):
    """How long the queues are is remembered for a second."""
    outbox._lengths.clear()
    yield
    outbox._lengths.clear()


def enqueue(*names: str) -> list[str]:
    with make.unit():
        return [str(outbox.enqueue(name, number)) for number, name in enumerate(names)]


def make_overdue(minutes: float = 0.05) -> None:
    with make.unit():
        db.execute(update(outbox.Outbox).values(due_at=clock.now() - timedelta(minutes=minutes)))


def held() -> dict[str, list[str]]:
    return {queue.name: queue.job_ids for queue in outbox.queues()}


def test_photos_stand_in_a_queue_of_their_own():
    photo, like, publication, face = enqueue(PHOTO, OTHER, "jobs.posts.publish", "jobs.users.show_avatar")
    assert held() == {"photos": [photo, publication, face], "default": [like], "clock": []}


def test_a_photo_waits_for_one_of_a_thousand_likes_and_likes_for_one_photo(monkeypatch):
    done = []
    monkeypatch.setattr(jobs, "resolve", lambda name: lambda _number: done.append(name))
    enqueue(*[OTHER] * 4, *[PHOTO] * 3)
    line = cache.line()
    Worker(outbox.queues(line), connection=line, serializer=JSONSerializer).work(burst=True, logging_level="ERROR")
    assert done == [PHOTO, OTHER, PHOTO, OTHER, PHOTO, OTHER, OTHER]


def test_a_queue_that_holds_enough_gets_the_rest_when_there_is_room(monkeypatch):
    monkeypatch.setattr(outbox, "MOST_SENT", 3)
    first = enqueue(*[OTHER] * 3)
    outbox._lengths.clear()
    photo, *rest = enqueue(PHOTO, OTHER, OTHER)
    assert held() == {"photos": [photo], "default": first, "clock": []}, "the one does not wait for the other"
    make_overdue()
    assert sweeps.resend() == 0
    cache.client().delete("rq:queue:default")
    outbox._lengths.clear()
    make_overdue()
    assert sweeps.resend() == 2
    assert sorted(held()["default"]) == sorted(rest), "what Redis still knows is not sent twice"


def test_what_waits_in_a_long_queue_is_not_sent_twice():
    (job_id,) = enqueue(OTHER)
    make_overdue(minutes=1)
    outbox._lengths["default"] = time.monotonic() + 60, 20_000
    assert sweeps.resend() == 0, "it has its turn in a quarter of an hour"
    outbox._lengths["default"] = time.monotonic() + 60, 100
    assert sweeps.resend() == 1
    assert held()["default"] == [job_id, job_id]


def test_a_lost_photo_is_found_behind_many_likes_that_wait(monkeypatch):
    enqueue(*[OTHER] * 3)
    (photo,) = enqueue(PHOTO)
    make_overdue()
    cache.client().delete("rq:queue:photos", f"rq:job:{photo}")
    monkeypatch.setattr(outbox, "_LOOKED_AT", 2)
    assert sweeps.resend() == 1
    assert held()["photos"] == [photo]


def test_a_redis_that_is_full_keeps_jobs_and_lets_go_of_other_things():
    (job_id,) = enqueue(OTHER)
    for number in range(80):
        cache.keep(f"old:{number}", b"x" * 2**20, 600)
    assert not cache.silent(), "nothing was refused"
    assert cache.client().get("old:79")
    assert cache.client().exists(*[f"old:{number}" for number in range(80)]) < 64
    assert held()["default"] == [job_id]
    assert cache.client().hget(f"rq:job:{job_id}", "data")
