"""Workers are killed, jobs are poison or come eight times: each acknowledged photo is published, once."""

import os
import signal

import pytest
import redis
from rq import Queue
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer

from tests.faults import background, disk
from tests.faults.load import Load, drift
from tests.faults.site import descendants, until
from tests.media import corpus
from tests.whole import stopped

_RUNNING = """SELECT o.id FROM outbox o JOIN media m ON o.arguments = to_jsonb(ARRAY[m.id::text])
WHERE m.post_id = %s AND o.job = 'jobs.media.process' AND o.status = 'running'"""

_READY = "SELECT 1 FROM media WHERE post_id = %s AND status = 'ready'"


@pytest.fixture
def queue(breakable):
    """RQ's queue of photos, past the proxy."""
    with redis.Redis(unix_socket_path=breakable.redis(), socket_timeout=5) as client:
        yield Queue("photos", connection=client, serializer=JSONSerializer)


@pytest.fixture
def light(breakable, crowd):
    """A load that leaves the worker time: what is measured here is how it comes back, not how long its queue is."""
    background.end_jobs(breakable)
    with Load(breakable, crowd[:2], without=("comment", "like", "unlike", "follow", "unfollow", "upload")) as running:
        yield running


@pytest.fixture
def at_work(breakable, crowd, light):
    """A post whose photo the worker has just begun to decode: its id, the worker, and the decoder's number."""
    post_id = background.share(crowd[0], corpus.save(corpus.scene().resize((4000, 3000)), "PNG"))
    worker = breakable.apps["worker"].child.pid
    until(lambda: breakable.sql(_RUNNING, post_id) and descendants(worker), 60, "a photo is being decoded")
    return post_id, worker, descendants(worker)[0]


def test_a_worker_that_is_killed_costs_its_photo_seconds(breakable, light, measured, at_work):
    post_id, worker, _ = at_work
    with light.fault("Worker killed in mid-job") as fault:
        os.kill(worker, signal.SIGKILL)
    took = until(lambda: breakable.sql(_READY, post_id), 30, "the job of the killed worker is done")
    again = took + background.published(breakable, post_id, within=30)
    measured(light.recovered(fault), f"its job after {took:.1f} s, published after {again:.1f} s")
    light.check()


@pytest.mark.thorough
def test_a_decoder_that_is_killed_costs_its_photo_seconds(breakable, light, measured, at_work):
    post_id, _, decoder = at_work
    with light.fault("Only the worker's child killed") as fault:
        os.kill(decoder, signal.SIGKILL)
    took = background.published(breakable, post_id, within=30)
    measured(light.recovered(fault), f"its photo after {took:.1f} s")
    light.check()


@pytest.mark.thorough
def test_poison_ends_failed_and_holds_nobody_up(breakable, light, crowd, measured, queue):
    with light.fault("A poison job") as fault:
        poison = breakable.sql(
            "INSERT INTO outbox (id, job, arguments, due_at, created_at)"
            " VALUES (gen_random_uuid(), 'jobs.media.process', '[\"not an id\"]', now(), now()) RETURNING id"
        )[0][0]
        post_id = background.share(crowd[0])
        took = background.published(breakable, post_id, within=30)
        state = "SELECT attempts FROM outbox WHERE id = %s AND status = 'failed'"
        until(lambda: breakable.sql(state, poison), 60, "the poison is given up")
    assert breakable.sql(state, poison) == [(4,)]
    until(lambda: str(poison) in FailedJobRegistry(queue=queue).get_job_ids(), 10, "RQ keeps it for inspection")
    measured(light.recovered(fault), f"a photo meanwhile after {took:.1f} s")
    light.check()


@pytest.mark.thorough
def test_a_job_that_comes_eight_times_to_two_workers_has_the_effect_of_one(breakable, crowd, queue):
    background.end_jobs(breakable)
    second = breakable._process("worker2", ["jobs.worker"])
    second.launch()
    try:
        until(lambda: len(queue.connection.smembers("rq:workers")) >= 2, 60, "two workers")
        workers = (breakable.apps["worker"].child.pid, second.child.pid)
        for job in ("jobs.media.process", "jobs.posts.publish"):
            post_id = _delivered_eight_times(breakable, crowd[1], queue, workers, job)
            background.published(breakable, post_id, within=30)
        until(lambda: not queue.count, 30, "everything was taken")
        background.end_jobs(breakable)
        assert drift(breakable) == []
    finally:
        second.stop()


def _delivered_eight_times(site, person, queue, workers, job):
    """Share a photo while the workers stand still, and send its job to both eight times."""
    wanted = "SELECT id FROM outbox WHERE job = %s AND status = 'queued' AND created_at > %s"
    since = background.now(site)
    with stopped(*workers):
        post_id = background.share(person)
        if job == "jobs.media.process":
            _send(site.sql(wanted, job, since)[0][0], queue)
    if job == "jobs.posts.publish":
        until(lambda: site.sql("SELECT 1 FROM outbox WHERE job = %s AND created_at > %s", job, since), 30, "it is made")
        _send(site.sql("SELECT id FROM outbox WHERE job = %s AND created_at > %s", job, since)[0][0], queue)
    return post_id


def _send(job_id, queue):
    for number in range(8):
        queue.enqueue("jobs.run", str(job_id), job_id=f"{job_id}-{number}", result_ttl=0)


@pytest.mark.thorough
def test_a_full_temporary_folder_costs_no_photo(breakable, light, crowd, measured, tmp_path):
    worker = breakable.apps["worker"]
    kept = worker.env
    with disk.small(tmp_path, "16k") as full:
        with pytest.raises(OSError, match="No space"), (full / "filling").open("wb") as filling:
            filling.write(bytes(1 << 20))
        try:
            with light.fault("Disk full for the worker's temporary folder") as fault:
                worker.env = {**kept, "TMPDIR": str(full)}
                os.kill(worker.child.pid, signal.SIGTERM)
                post_id = background.share(crowd[2])
                took = background.published(breakable, post_id, within=60)
            measured(light.recovered(fault), f"a photo meanwhile after {took:.1f} s, with the worker's restart")
            light.check()
        finally:
            worker.env = kept
