"""What happens by the clock: one at a time, written down, going on where it stopped, shown to admins."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select, text, update

import cron
import jobs
from jobs import clock, sweeps
from tests import make
from webapp.core import cache, db, outbox, runs
from webapp.core.errors import Unavailable
from webapp.models import AuditEntry, ClockJob, ClockRun

ROOT = Path(__file__).parents[2]
API = "/api/v1/admin/jobs"


@pytest.fixture
def called(app, monkeypatch):
    """Put a job of our own on the clock; returns what it does, to be replaced."""
    doing = [lambda: 0]
    monkeypatch.setitem(clock.JOBS, "tidy", lambda: doing[0]())
    return doing


def last(name: str = "tidy"):
    with make.unit():
        return db.row(select(ClockJob.__table__).where(ClockJob.__table__.c.name == name))


def lines(name: str = "tidy") -> list[str]:
    with make.unit():
        found = select(ClockRun.__table__).where(ClockRun.__table__.c.name == name)
        return [row.outcome for row in db.rows(found.order_by(ClockRun.__table__.c.started_at))]


def test_every_name_of_the_schedule_is_a_job(app):
    assert set(clock.JOBS) == set(cron.SCHEDULE)
    assert clock.run("no_such_thing") == "unknown"


def test_a_run_is_written_down_and_one_without_work_leaves_no_line(called):
    called[0] = lambda: {"sessions": 3, "tokens": 0}
    assert clock.run("tidy") == "done"
    first = last()
    assert (first.outcome, first.done, first.error, first.seconds) == ("done", {"sessions": 3}, None, 300)
    assert first.started_at <= first.finished_at == first.succeeded_at
    called[0] = lambda: None
    assert clock.run("tidy") == "done"
    assert last().done == {}
    assert lines() == ["done"]


def test_a_failure_keeps_its_first_line_and_when_it_went_well_last(called):
    clock.run("tidy")
    well = last().succeeded_at

    def wrong():
        raise ValueError("no such thing\nsecret=hunter2")

    called[0] = wrong
    assert clock.run("tidy") == "failed"
    assert (last().outcome, last().error, last().succeeded_at) == ("failed", "ValueError: no such thing", well)

    def away():
        raise Unavailable("Storage does not answer.")

    called[0] = away
    assert clock.run("tidy") == "waits"
    assert lines() == ["failed", "waits"]


def test_two_clocks_do_nothing_twice_at_once(called):
    begun, go_on = threading.Event(), threading.Event()

    def long():
        begun.set()
        assert go_on.wait(20)
        return 1

    def other_machine():
        with runs.turn("tidy") as ours:  # whoever else holds the lock, from a connection of its own
            assert ours
            long()

    elsewhere = threading.Thread(target=other_machine)
    elsewhere.start()
    try:
        assert begun.wait(20)
        assert clock.run("tidy") == "busy"
        assert last() is None
        assert clock.run("stories") == "done", "others are not held up"
    finally:
        go_on.set()
        elsewhere.join()
    assert clock.run("tidy") == "done"


def test_a_process_that_is_killed_lets_go_at_once_and_the_next_run_says_so(app, called, stack):
    held = (
        "import sys, time\n"
        "from webapp import connect\nfrom webapp.core import runs\nfrom webapp.settings import Settings\n"
        "connect(Settings())\n"
        "with runs.turn('tidy') as ours:\n    print(ours, flush=True)\n    time.sleep(60)\n"
    )
    environ = {**os.environ, **stack.env, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen([sys.executable, "-c", held], env=environ, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "True\n"
        with make.unit():
            runs.begin("tidy", 300)  # as the child would have
        assert clock.run("tidy") == "busy"
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(20)
        child.stdout.close()
    for _ in range(200):  # the kernel closes its connection
        if clock.run("tidy") == "done":
            break
    assert last().outcome == "done"
    assert lines() == ["lost"]


def test_it_remembers_the_last_twenty_runs(called):
    called[0] = lambda: 1
    for _ in range(23):
        clock.run("tidy")
    assert len(lines()) == 20


def test_a_part_that_fails_holds_no_other_up(app, monkeypatch):
    done = []

    def poison():
        raise RuntimeError("poison\nand more")

    parts = {"one": poison, "two": lambda: done.append("two") or 2, "three": lambda: done.append("three") or 0}
    monkeypatch.setattr(sweeps, "EXPIRING", parts)
    assert clock.run("tidy") == "failed"
    assert done == ["two", "three"]
    assert (last().error, last().done) == ("one: RuntimeError: poison", {"two": 2})


def test_a_part_without_time_is_the_first_at_the_next_call(app, monkeypatch):
    done = []
    parts = {name: (lambda name=name: done.append(name) or 0) for name in ("one", "two", "three")}
    monkeypatch.setattr(sweeps, "EXPIRING", parts)
    moments = iter([0, 1, 2, 100, 0, 1, 2, 3])
    monkeypatch.setattr(sweeps, "monotonic", lambda: next(moments))
    clock.run("tidy")
    assert done == ["one", "two"]
    clock.run("tidy")
    assert done == ["one", "two", "three", "one", "two"]


def test_admins_see_it_and_let_it_run_now(app, sign_in, called):
    ada = sign_in(make.user("ada", role="admin"))
    assert "Nothing has happened by the clock yet" in ada.get("/admin/jobs").text
    called[0] = lambda: {"deleted_posts": 7}
    clock.run("tidy")
    called[0] = lambda: 1 / 0
    clock.run("tidy")
    (told,) = ada.get(API).json["clock"]
    assert (told["name"], told["state"], told["outcome"]) == ("tidy", "failing", "failed")
    assert told["error"] == "ZeroDivisionError: division by zero"
    assert [run["done"] for run in told["runs"]] == [{}, {"deleted_posts": 7}]
    page = ada.get("/admin/jobs").text
    assert "division by zero" in page
    assert "deleted posts: 7" in page
    assert ada.post("/admin/clock/no_such_thing/run").status_code == 404
    called[0] = lambda: 5
    assert ada.post("/api/v1/admin/clock/tidy/run").status_code == 202
    assert ada.post("/admin/clock/tidy/run").location == "/admin/jobs"
    assert make.work().count("jobs.clock.at_once") == 2
    assert last().done == {"done": 5}
    with make.unit():
        noted = select(AuditEntry.target_id).where(AuditEntry.action == "run_clock_job")
        assert [row.target_id for row in db.rows(noted)] == ["tidy", "tidy"]


def test_one_that_nobody_calls_any_more_is_late(app, sign_in, called):
    ada = sign_in(make.user("ada", role="admin"))
    clock.run("tidy")
    with make.unit():
        past = ClockJob.started_at - timedelta(hours=2)
        db.execute(update(ClockJob).values(started_at=past))
    assert ada.get(API).json["clock"][0]["state"] == "late"


def test_prometheus_is_told_when_each_went_well(app, visitor, called):
    clock.run("tidy")
    assert 'cron_last_success_timestamp_seconds{job="tidy"} 1.' in visitor.get("/metrics").text


def test_the_clock_puts_names_on_the_queue_and_a_worker_does_them(app, called):
    seen = []
    called[0] = lambda: seen.append("tidy") or 1
    made = cron.scheduler(cache.client())
    assert {job.name for job in made.enqueue_jobs()} == set(cron.SCHEDULE)
    assert made.enqueue_jobs() == [], "nothing is due again yet"
    queue = outbox.queue("clock")
    waiting = [queue.fetch_job(job_id) for job_id in queue.job_ids]
    assert {(job.func_name, job.args[0]) for job in waiting} == {("jobs.clock.run", name) for name in cron.SCHEDULE}
    assert all(0 < cache.client().ttl(job.key) <= max(cron.SCHEDULE[job.args[0]], 30) for job in waiting)
    (tidy,) = [job for job in waiting if job.args[0] == "tidy"]
    assert jobs.resolve(tidy.func_name)(*tidy.args) == "done"
    assert seen == ["tidy"]


def test_the_clock_knows_nothing_of_the_application():
    loaded = "import cron, sys; print([name for name in sys.modules if name.split('.')[0] in ('webapp', 'sqlalchemy')])"
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run([sys.executable, "-c", loaded], env=environ, capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


@pytest.mark.parametrize(("url", "said"), [("", "REDIS_URL must be set"), ("http://x", "REDIS_URL is wrong")])
def test_the_clock_says_what_is_wrong_with_its_setting(url, said):
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "REDIS_URL": url}
    done = subprocess.run([sys.executable, "-m", "cron"], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert said in done.stderr


def test_the_clock_waits_for_a_redis_that_is_away_and_ends_when_asked():
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "REDIS_URL": "redis://127.0.0.1:1"}
    child = subprocess.Popen([sys.executable, "-m", "cron"], env=environ, stdout=subprocess.PIPE, text=True)
    assert "redis does not answer" in child.stdout.readline()
    child.terminate()
    assert child.wait(20) == 0
    child.stdout.close()


def test_a_turn_is_free_before_its_connection_closes(app):
    """PostgreSQL notices that a moment later, and whoever came at once would find it taken."""
    held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = :room")
    found = []
    with db.engine().connect() as other:

        def count(*_of_the_event) -> None:
            found.append(other.scalar(held, {"room": runs._LOCK}))

        event.listen(db.engine().pool, "close_detached", count)
        with runs.turn("tidy") as ours:
            count()
        event.remove(db.engine().pool, "close_detached", count)
    assert (ours, found) == (True, [1, 0])
