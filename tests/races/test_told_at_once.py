"""Many who do something at once are told in one line, and nobody is lost or counted twice."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import make
from tests.waiting import until
from tests.whole import Script, Site


@pytest.fixture(scope="module")
def crowd(site: Site) -> list[Script]:
    """Eight people."""
    return [site.person(f"told_at_once_{number}") for number in range(8)]


def told(person: Script) -> list[tuple[str, int]]:
    """Return what somebody is told of: types and numbers of people."""
    items = person.call("GET", "/notifications?limit=100").json()["items"]
    return sorted((item["type"], item["actor_count"]) for item in items)


def test_eight_who_like_and_comment_at_once_are_two_lines(site, crowd):
    host = site.person("host_race")
    post_id = host.post(make.photo(200, 200, "#123456"))
    with ThreadPoolExecutor(24) as pool:
        for person in crowd:
            for _ in range(2):
                pool.submit(person.call, "POST", f"/posts/{post_id}/like")
            pool.submit(person.call, "POST", f"/posts/{post_id}/comments", json={"content": "Hello @host_race"})
    wanted = [("comment", 8), ("like", 8)]
    until(lambda: told(host) == wanted)
    assert host.call("GET", "/notifications/count").json() == {"unread": 2}


def test_liking_and_unliking_at_once_ends_as_the_likes_do(site, crowd):
    host = site.person("host_toggle")
    post_id = host.post(make.photo(200, 200, "#654321"))
    path = f"/posts/{post_id}/like"
    with ThreadPoolExecutor(24) as pool:
        for person in crowd:
            for method in ("POST", "DELETE", "POST", "DELETE"):
                pool.submit(person.call, method, path)
    likes = len(host.call("GET", f"{path}s?limit=100").json()["items"])
    wanted = [("like", likes)] if likes else []
    time.sleep(1)
    until(lambda: told(host) == wanted)
