"""Stories, many at once: who saw one counts once, a photo is used once, and what is kept is not swept away."""

import pytest

from tests import make
from tests.races.test_many_at_once import at_once
from tests.whole import Script, Site


@pytest.fixture(scope="module")
def fans(site: Site, people) -> list[Script]:
    """Six people who follow Ana."""
    found = [site.person(f"fan_{number}") for number in range(6)]
    for fan in found:
        fan.call("POST", "/users/ana/follow")
    return found


def test_who_saw_it_counts_once(site, people, fans):
    story_id = people["ana"].story(make.photo(200, 300, "#121212"))
    calls = [lambda p=fan: p.call("POST", f"/stories/{story_id}/view") for fan in fans for _ in range(4)]
    assert set(at_once(calls)) == {200}
    assert people["ana"].call("GET", f"/stories/{story_id}").json()["counts"]["views"] == len(fans)


def test_a_photo_becomes_one_story(site, people):
    media_id = people["ana"].upload(make.photo(200, 300, "#131313"), "story")
    calls = [lambda: people["ana"].call("POST", "/stories", json={"media_id": media_id}) for _ in range(6)]
    statuses = at_once(calls)
    assert sorted(statuses)[1:] == [409] * 5
    assert min(statuses) in (201, 202)


def test_the_same_key_shares_once(site, people):
    body = {"media_id": people["ana"].upload(make.photo(200, 300, "#141414"), "story")}
    key = {"Idempotency-Key": "one-story"}
    calls = [lambda: people["ana"].call("POST", "/stories", json=body, headers=key) for _ in range(5)]
    assert len(set(at_once(calls))) == 1
    assert people["ana"].call("POST", "/stories", json=body, headers=key).status_code in (201, 202)


def test_seeing_and_deleting_at_once_leaves_no_error(site, people, fans):
    story_id = people["ana"].story(make.photo(200, 300, "#151515"))
    calls = [lambda p=fan: p.call("POST", f"/stories/{story_id}/view") for fan in fans for _ in range(2)]
    calls.insert(5, lambda: people["ana"].call("DELETE", f"/stories/{story_id}"))
    assert set(at_once(calls)) <= {200, 204, 404}
    assert fans[0].call("GET", f"/stories/{story_id}").status_code == 404


def test_highlights_keep_their_numbers_when_moved_at_once(site, people):
    ana = people["ana"]
    story_id = ana.story(make.photo(200, 300, "#161616"))
    bodies = [{"title": f"Number {number}", "story_ids": [story_id]} for number in range(5)]
    assert set(at_once([lambda b=body: ana.call("POST", "/highlights", json=b) for body in bodies])) == {201}
    made = [item["id"] for item in ana.call("GET", "/highlights").json()["items"]]
    move = [
        lambda i=one, p=place: ana.call("PATCH", f"/highlights/{i}", json={"position": p})
        for place, one in enumerate(made)
    ]
    assert set(at_once(move)) == {200}
    places = [item["position"] for item in ana.call("GET", "/highlights").json()["items"]]
    assert sorted(places) == list(range(len(made)))
