"""Round trips to Redis: whole answers, each to whom it was meant for."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from webapp.core import cache
from webapp.core.wire import Wire


@pytest.fixture
def wire(app):
    return Wire(cache._cache[0].open(protocol=2))


def test_several_commands_are_answered_in_order(wire):
    assert wire.ask(("SET", "a", b"1"), ("MGET", "a", "none"), ("INCR", "a")) == [b"OK", [b"1", None], 2]


def test_an_answer_may_be_longer_than_what_is_read_at_once(wire):
    long = b"x\r\n" * 100_000
    assert wire.ask(("SET", "long", long), ("GET", "long"))[1] == long


def test_a_command_that_is_refused_spoils_no_later_one(wire):
    wire.ask(("SET", "words", "no number"))
    with pytest.raises(redis.ResponseError):
        wire.ask(("INCR", "words"), ("GET", "words"))
    assert wire.ask(("GET", "words")) == [b"no number"]


def test_many_at_once_hear_their_own_answers(wire):
    with ThreadPoolExecutor(16) as several:
        asked = list(range(800))
        assert list(several.map(lambda number: int(wire.ask(("ECHO", number))[0]), asked)) == asked


def test_who_does_not_get_an_answer_in_time_leaves_none_to_others(app):
    hurried = Wire(
        redis.Redis.from_url(str(app.config["SETTINGS"].redis_url), protocol=2, socket_timeout=0.05, retry=None)
    )
    assert hurried.ask(("ECHO", "first")) == [b"first"]
    with pytest.raises(redis.TimeoutError):
        hurried.ask(("BLPOP", "nothing comes here", 1))
    assert hurried.ask(("ECHO", "second")) == [b"second"]


def test_what_is_told_together_goes_in_one_round_trip_in_its_order(app, monkeypatch):
    trips = []
    ask = Wire.ask
    monkeypatch.setattr(Wire, "ask", lambda wire, *commands: (trips.append(commands), ask(wire, *commands))[1])
    cache.put("a", 1, 60)
    trips.clear()
    with cache.gathered():
        assert cache.drop("a")
        cache.count("a")
        cache.publish("nobody listens", "a word")
        assert cache.tell(("MULTI",), ("INCR", "a"), ("EXEC",))
        assert cache.get("a") == 1, "a question waits for nothing"
    assert [command[0] for command in trips[-1]] == ["DEL", "INCR", "PUBLISH", "MULTI", "INCR", "EXEC"]
    assert cache.get("a") == 2


def test_what_is_told_while_redis_is_left_alone_costs_nothing_but_what_must_be_forgotten_is_said(app):
    cache.put("a", 1, 60)
    cache.missed()
    try:
        with cache.gathered():
            cache.count("b")
        assert cache._cache[0]._wire.ask(("GET", "b")) == [None]
        with cache.gathered():
            cache.drop("a")
        assert cache._cache[0]._wire.ask(("GET", "a")) == [None]
    finally:
        cache._cache[0]._silent_until = 0.0
