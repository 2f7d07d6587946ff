"""Many at once: the database decides, and the counters equal the rows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests import make
from tests.waiting import until
from tests.whole import PASSWORD, Script, Site


def at_once(calls: list[Callable[[], requests.Response]]) -> list[int]:
    """Let all these calls go at the same time; return their statuses."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result().status_code for future in [pool.submit(call) for call in calls]]


@pytest.fixture(scope="module")
def crowd(site: Site) -> list[Script]:
    """Eight people."""
    return [site.person(f"crowd_{number}") for number in range(8)]


def test_likes_count_each_person_once(site, people, crowd):
    post_id = people["ana"].post(make.photo(200, 200, "#101010"))

    def like(person: Script):
        return lambda: person.call("POST", f"/posts/{post_id}/like")

    assert set(at_once([like(person) for person in crowd for _ in range(3)])) == {200}
    assert people["ana"].call("GET", f"/posts/{post_id}").json()["counts"]["likes"] == len(crowd)
    half = crowd[:4]
    at_once([lambda p=person: p.call("DELETE", f"/posts/{post_id}/like") for person in half for _ in range(3)])
    assert people["ana"].call("GET", f"/posts/{post_id}").json()["counts"]["likes"] == len(crowd) - 4
    assert len(people["ana"].call("GET", f"/posts/{post_id}/likes").json()["items"]) == len(crowd) - 4


def test_reposts_count_each_person_once_while_others_publish(site, people, crowd):
    post_id = people["ana"].post(make.photo(200, 200, "#111111"))
    media = [person.upload(make.photo(64, 64, f"#11{number}{number}11")) for number, person in enumerate(crowd)]
    calls = [lambda p=person: p.call("POST", f"/posts/{post_id}/repost") for person in crowd for _ in range(3)]
    calls += [
        lambda p=person, m=medium: p.call("POST", "/posts", json={"media_ids": [m]})
        for person, medium in zip(crowd, media, strict=True)
    ]
    assert set(at_once(calls)) == {200, 202}
    assert people["ana"].call("GET", f"/posts/{post_id}").json()["counts"]["reposts"] == len(crowd)
    at_once([lambda p=person: p.call("DELETE", f"/posts/{post_id}/repost") for person in crowd for _ in range(3)])
    assert people["ana"].call("GET", f"/posts/{post_id}").json()["counts"]["reposts"] == 0


def test_people_who_follow_each_other_at_once_do_not_deadlock(site, crowd):
    calls = [
        lambda a=one, b=other: a.call("POST", f"/users/{b.name}/follow")
        for one in crowd
        for other in crowd
        if one is not other
    ]
    assert set(at_once(calls)) == {200}
    for person in crowd:
        counts = person.call("GET", f"/users/{person.name}").json()["counts"]
        assert (counts["followers"], counts["following"]) == (7, 7)


def test_one_key_makes_one_post_however_many_ask(site, people):
    media_id = people["ben"].upload(make.photo(200, 200, "#202020"))
    body = {"media_ids": [media_id], "caption": "Only one"}
    calls = [
        lambda: people["ben"].call("POST", "/posts", json=body, headers={"Idempotency-Key": "race-1"}) for _ in range(6)
    ]
    assert set(at_once(calls)) == {202}
    mine = people["ben"].call("GET", "/users/ben/posts?limit=100").json()["items"]
    waiting = people["ben"].call("GET", "/feed?limit=100").json()["items"]
    assert len([post for post in mine if post["caption"] == "Only one"]) <= 1
    assert len([entry for entry in waiting if entry["post"]["caption"] == "Only one"]) <= 1


def test_a_photo_goes_into_one_post_however_many_ask(site, people):
    media_id = people["ben"].upload(make.photo(200, 200, "#303030"))
    calls = [lambda: people["ben"].call("POST", "/posts", json={"media_ids": [media_id]}) for _ in range(6)]
    assert sorted(at_once(calls)) == [202, *[409] * 5]


def test_complete_said_by_many_starts_one_job(site, people):
    body = make.photo(300, 200, "#404040")
    asked = {"filename": "a.jpg", "content_type": "image/jpeg", "size": len(body)}
    begun = people["ana"].call("POST", "/media/uploads", json=asked).json()
    requests.put(begun["upload"]["url"], data=body, headers=begun["upload"]["headers"], timeout=60)
    path = f"/media/uploads/{begun['id']}/complete"
    assert set(at_once([lambda: people["ana"].call("POST", path) for _ in range(8)])) == {202}
    log = (site.data / "logs" / "web.log").read_text()
    assert "unexpected error" not in log


def test_one_name_goes_to_one_person(site):
    def register(number: int):
        body = {"username": "wanted", "email": f"w{number}@example.org", "password": PASSWORD}
        return lambda: requests.post(f"{site.url}/api/v1/auth/register", json=body, timeout=60)

    assert sorted(at_once([register(number) for number in range(6)])) == [201, *[422] * 5]


def test_comments_are_counted_and_none_is_lost(site, people, crowd):
    post_id = people["ana"].post(make.photo(200, 200, "#505050"))
    calls = [
        lambda p=person, n=n: p.call("POST", f"/posts/{post_id}/comments", json={"content": f"{p.name} {n}"})
        for person in crowd
        for n in range(3)
    ]
    assert set(at_once(calls)) == {201}
    assert people["ana"].call("GET", f"/posts/{post_id}").json()["counts"]["comments"] == 24
    assert len(people["ana"].call("GET", f"/posts/{post_id}/comments?limit=100").json()["items"]) == 24


def test_changing_deleting_and_restoring_at_once_ends_whole(site, people):
    post_id = people["ana"].post(make.photo(200, 200, "#606060"), "Contested")
    ana = people["ana"]
    calls = [
        call
        for number in range(8)
        for call in (
            lambda n=number: ana.call("PATCH", f"/posts/{post_id}", json={"caption": f"Version {n}"}),
            lambda: ana.call("DELETE", f"/posts/{post_id}"),
            lambda: ana.call("POST", f"/posts/{post_id}/restore"),
        )
    ]
    assert set(at_once(calls)) <= {200, 204, 404}
    ana.call("POST", f"/posts/{post_id}/restore")
    shape = ana.published(f"/posts/{post_id}")
    large = shape["media"][0]["urls"]["large"]
    until(lambda: requests.get(large, timeout=60).ok, "that a published post shows its photo")


def test_deleting_a_comment_and_its_replies_at_once_counts_right(site, people):
    post_id = people["ana"].post(make.photo(200, 200, "#707070"))
    ana = people["ana"]
    parent = ana.call("POST", f"/posts/{post_id}/comments", json={"content": "Parent"}).json()["id"]
    replies = [
        ana.call("POST", f"/posts/{post_id}/comments", json={"content": f"{n}", "parent_id": parent}).json()["id"]
        for n in range(6)
    ]
    calls = [lambda c=comment: ana.call("DELETE", f"/posts/{post_id}/comments/{c}") for comment in (parent, *replies)]
    assert set(at_once(calls)) <= {204, 404}
    assert ana.call("GET", f"/posts/{post_id}").json()["counts"]["comments"] == 0


def test_wishes_answers_and_turning_public_at_once_keep_the_counters(site, crowd):
    shy = site.person("shy_race")
    shy.call("PATCH", "/users/me", json={"is_private": True})
    calls = [lambda: shy.call("PATCH", "/users/me", json={"is_private": False})]
    for person in crowd:
        calls += [
            lambda p=person: p.call("POST", "/users/shy_race/follow"),
            lambda p=person: shy.call("POST", f"/me/follow-requests/{p.name}/decline"),
            lambda p=person: p.call("DELETE", "/users/shy_race/follow"),
            lambda p=person: p.call("POST", "/users/shy_race/follow"),
        ]
    calls.append(lambda: shy.call("POST", "/me/follow-requests/accept-all"))
    assert set(at_once(calls)) <= {200, 204}
    until(lambda: not shy.call("GET", "/me/follow-requests").json()["items"], "that nobody waits at an open door")
    listed = shy.call("GET", "/users/shy_race/followers?limit=100").json()["items"]
    counted = shy.call("GET", "/users/shy_race").json()["counts"]["followers"]
    assert counted == len(listed)


def test_who_blocks_while_the_other_follows_is_followed_by_nobody(site, crowd):
    blocker = site.person("wall_race")
    calls = [
        call
        for person in crowd
        for call in (
            lambda p=person: p.call("POST", "/users/wall_race/follow"),
            lambda p=person: blocker.call("POST", f"/users/{p.name}/block"),
            lambda p=person: p.call("POST", "/users/wall_race/follow"),
        )
    ]
    assert set(at_once(calls)) <= {200, 404}
    assert blocker.call("GET", "/users/wall_race").json()["counts"]["followers"] == 0
    assert blocker.call("GET", "/users/wall_race/followers").json()["items"] == []
    for person in crowd:
        assert person.call("GET", "/users/wall_race").status_code == 404
        assert blocker.call("DELETE", f"/users/{person.name}/block").status_code == 200


def test_accepting_said_twice_at_once_is_accepting(site, crowd):
    shy = site.person("twice_race")
    shy.call("PATCH", "/users/me", json={"is_private": True})
    crowd[0].call("POST", "/users/twice_race/follow")
    assert set(at_once([lambda: shy.call("POST", f"/me/follow-requests/{crowd[0].name}/accept")] * 6)) == {200}
    assert shy.call("GET", "/users/twice_race").json()["counts"]["followers"] == 1
