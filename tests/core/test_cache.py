"""What is kept, and what counts no longer: an old reading never takes the place of a newer word."""

import pytest

from webapp.core import cache


@pytest.fixture
def kept(app):
    """The process's cache, and what lies under one key of it."""
    return lambda: cache.ask(("GET", "a"))[0]


def test_what_was_read_is_kept_where_nothing_lies(kept):
    cache.fill("a", None, b"1", 60)
    assert kept() == b"1"
    cache.fill("a", None, b"2", 60)
    assert kept() == b"1", "somebody was faster"


def test_what_was_read_takes_the_place_of_what_lay_there_before_it_was_read(kept):
    cache.fill("a", None, b"1", 60)
    cache.fill("a", b"1", b"2", 60)
    assert kept() == b"2"
    assert 50 < cache.ask(("TTL", "a"))[0] <= 60
    cache.fill("a", b"1", b"3", 60)
    assert kept() == b"2"


def test_what_was_read_before_a_key_was_outdated_is_not_kept(kept):
    cache.outdate("a")
    mark = kept()
    assert cache.is_mark(mark)
    cache.fill("a", None, b"read when nothing lay there", 60)
    assert kept() == mark
    cache.outdate("a")
    cache.fill("a", mark, b"read before the second change", 60)
    assert cache.is_mark(kept())
    assert kept() != mark


def test_who_has_seen_the_mark_and_reads_then_may_keep_it(kept):
    cache.fill("a", None, b"old", 60)
    cache.outdate("a", "b")
    cache.fill("a", kept(), b"new", 60)
    assert kept() == b"new"


def test_what_is_outdated_leaves_a_redis_that_is_full(kept):
    cache.fill("a", None, b"1", 60)
    client = cache.client()
    limits = client.config_get("maxmemory*")
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", 1)
    try:
        cache.outdate("a")
        assert client.get("a") is None
    finally:
        client.config_set("maxmemory", limits["maxmemory"])
        client.config_set("maxmemory-policy", limits["maxmemory-policy"])
        cache._cache[0]._silent_until = 0.0


def test_a_process_that_lost_redis_says_what_it_owes_with_its_next_question(app, kept):
    cache.fill("a", None, b"old", 60)
    there, ours = cache._cache[0]._wire, cache.Cache("unix:///nowhere/redis.sock", 0.1)
    for _ in range(2):
        ours.outdate("a")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "_cache", [ours])
        with cache.gathered():
            cache.count("not owed")
            cache.outdate("b")
    assert kept() == b"old", "nobody else knows"
    assert ours.ask(("GET", "a")) is None, "it is left alone for a moment"
    ours._wire, ours._silent_until = there, 0.0  # it can be reached again
    assert cache.is_mark(ours.ask(("GET", "a"))[0])
    assert ours.ask(("GET", "not owed")) == [None]
    assert not ours._owed
