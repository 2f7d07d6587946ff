"""While the database is away visitors see the last good copies, from whichever process answers, and nobody waits."""

import time
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.faults.site import until


def _visit(site, path="/"):
    began = time.monotonic()
    answer = requests.get(site.url + path, timeout=30)
    return answer, time.monotonic() - began


def _crowd(site, path="/", number=20):
    with ThreadPoolExecutor(number) as people:
        return list(people.map(lambda _: _visit(site, path), range(number)))


def _is_copy(answer):
    return answer.status_code == 200 and "Age" in answer.headers and "You see this page as it was" in answer.text


def test_visitors_see_copies_and_the_rest_is_told_at_once(breakable, crowd):
    assert _visit(breakable)[0].status_code == 200
    breakable.database.refuse()
    try:
        first = _crowd(breakable)  # those who find out that it is away
        assert all(_is_copy(answer) for answer, _ in first), [(answer.status_code, took) for answer, took in first]
        assert max(took for _, took in first) < 6
        seen = _crowd(breakable)
        assert all(_is_copy(answer) for answer, _ in seen)
        assert all("Set-Cookie" not in answer.headers for answer, _ in seen)
        rest = [*_crowd(breakable, "/search?q=load"), *_crowd(breakable, f"/p/{crowd[3].first_post}/likes")]
        for answer, took in rest:
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert took < 3
    finally:
        breakable.database.heal()
    until(lambda: _visit(breakable)[0].ok and not _is_copy(_visit(breakable)[0]), 10, "pages are fresh again")
