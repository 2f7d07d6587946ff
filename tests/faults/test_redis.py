"""Redis is away, hangs, is full or forgets everything: people notice nothing but photos that wait."""

import signal

import pytest
import redis

from tests.faults import background
from tests.whole import stopped


@pytest.fixture
def direct(breakable):
    """Redis itself, past the proxy."""
    with redis.Redis(unix_socket_path=breakable.redis(), socket_timeout=5) as client:
        yield client


def _goes_on(outcome):
    """Nobody is refused anything, nobody waits for long."""
    assert (outcome.refused, outcome.broken) == (0, 0), outcome
    assert outcome.slowest < 8, outcome


def _measure(site, load, measured, fault):
    since = background.now(site)
    again = background.works_again(site, since, within=10)
    outcome = load.recovered(fault)
    measured(outcome, f"photos after {again:.1f} s")
    _goes_on(outcome)


def test_a_redis_that_is_away_costs_nobody_more_than_patience_for_photos(breakable, load, measured):
    for name, fail in (("refused", breakable.redis_proxy.refuse), ("hung", breakable.redis_proxy.hang)):
        with load.fault(f"Redis {name}") as fault:
            fail()
            fault.wait_for(60)
            fault.wait_for(1, kind="share")
            breakable.redis_proxy.heal()
        _measure(breakable, load, measured, fault)
    load.check()


@pytest.mark.thorough
def test_a_frozen_redis_is_done_without(breakable, load, measured):
    with load.fault("Redis frozen") as fault, breakable.frozen("redis"):
        fault.wait_for(60)
        fault.wait_for(1, kind="share")
    _measure(breakable, load, measured, fault)
    load.check()


@pytest.mark.thorough
def test_a_redis_without_room_is_done_without(breakable, load, measured, direct):
    with load.fault("Redis out of memory") as fault:
        kept = direct.config_get("maxmemory")["maxmemory"]
        direct.config_set("maxmemory", "1")
        try:
            fault.wait_for(60)
            fault.wait_for(1, kind="share")
        finally:
            direct.config_set("maxmemory", kept)
    _measure(breakable, load, measured, fault)
    load.check()


@pytest.mark.thorough
def test_jobs_that_redis_forgot_are_done(breakable, load, measured, direct):
    worker = breakable.apps["worker"].child.pid
    with load.fault("Redis restarted empty with jobs queued") as fault, stopped(worker):
        fault.wait_for(2, kind="share")
        assert direct.llen("rq:queue:photos") > 0, "jobs are queued"
        direct.config_set("save", "")
        breakable.restart("redis", signal.SIGKILL)
        for dump in (breakable.data / "redis").glob("*.rdb"):
            dump.unlink()
        breakable.restart("redis", signal.SIGKILL)
    _measure(breakable, load, measured, fault)
    load.check()
