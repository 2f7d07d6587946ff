"""Stories over JSON: shared, seen, over after a day, deleted and taken back."""

import io

import pytest
import requests
from sqlalchemy import func, select, update

from tests import make
from webapp.core import db, storage
from webapp.models import Media, Story, StoryView, User

API = "/api/v1"


def over(story_id=None) -> None:
    """Let a story's day be over (or everybody's)."""
    with make.unit():
        late = update(Story).values(expires_at=func.now() - make_interval())
        db.execute(late.where(Story.id == story_id) if story_id else late)


def make_interval():
    return func.make_interval(0, 0, 0, 0, 0, 0, 1)


def rings(browser) -> list[tuple[str, bool, int]]:
    found = browser.get(f"{API}/stories/feed").json["items"]
    return [(ring["user"]["username"], ring["seen"], len(ring["story_ids"])) for ring in found]


@pytest.fixture
def circle(app, sign_in):
    """Ana; Ben, who follows her; Cleo, a close friend who follows her, too; Dan, a stranger."""
    people = {name: make.user(name) for name in ("ana", "ben", "cleo", "dan")}
    for name in ("ben", "cleo"):
        make.follow(people[name], people["ana"])
    make.befriend(people["ana"], people["cleo"])
    return people, {name: sign_in(person) for name, person in people.items()}


def test_a_story_has_exactly_the_fields_of_the_contract(circle):
    people, browsers = circle
    story_id = make.story(people["ana"], "Fog", audience="followers")
    story = browsers["ben"].get(f"{API}/stories/{story_id}").json
    assert {"id", "author", "media", "caption", "audience", "seen", "counts", "expires_at", "created_at"} <= set(story)
    assert story["author"]["username"] == "ana"
    assert story["seen"] is False
    assert story["counts"] is None
    assert browsers["ana"].get(f"{API}/stories/{story_id}").json["counts"] == {"views": 0}
    ring = browsers["ben"].get(f"{API}/stories/feed").json["items"][0]
    assert set(ring) == {"user", "seen", "latest_at", "story_ids"}
    assert ring["user"] == browsers["ben"].get(f"{API}/users/ana").json
    assert ring["user"]["relationship"]["following"] == "yes"
    assert ring["story_ids"] == [str(story_id)]


def test_followers_see_it_and_strangers_do_not(circle, visitor):
    people, browsers = circle
    story_id = make.story(people["ana"])
    for name, status in {"ana": 200, "ben": 200, "cleo": 200, "dan": 404}.items():
        assert browsers[name].get(f"{API}/stories/{story_id}").status_code == status, name
        assert browsers[name].get(f"/stories/ana/{story_id}").status_code == status, name
    assert browsers["dan"].get(f"{API}/users/ana/stories").json["items"] == []
    assert visitor.get(f"{API}/stories/{story_id}").status_code == 401
    assert rings(browsers["ben"]) == [("ana", False, 1)]
    assert rings(browsers["dan"]) == []


def test_close_friends_alone_see_what_is_for_them(circle):
    people, browsers = circle
    make.befriend(people["ana"], people["dan"])
    story_id = make.story(people["ana"], audience="close_friends")
    for name, status in {"ana": 200, "ben": 404, "cleo": 200, "dan": 200}.items():
        assert browsers[name].get(f"{API}/stories/{story_id}").status_code == status, name
    assert rings(browsers["cleo"]) == [("ana", False, 1)]
    assert rings(browsers["ben"]) == []
    assert browsers["ana"].patch(f"{API}/users/me", json={"is_private": True}).status_code == 200
    assert browsers["dan"].get(f"{API}/stories/{story_id}").status_code == 404, "does not follow a private account"
    assert browsers["cleo"].get(f"{API}/stories/{story_id}").status_code == 200
    assert browsers["ana"].delete(f"{API}/users/cleo/close-friend").status_code == 200
    assert browsers["cleo"].get(f"{API}/stories/{story_id}").status_code == 404


def test_after_its_day_nobody_finds_it(circle):
    people, browsers = circle
    story_id = make.story(people["ana"])
    assert rings(browsers["ben"]) == [("ana", False, 1)]
    over(story_id)
    for name in ("ana", "ben"):
        assert browsers[name].get(f"{API}/stories/{story_id}").status_code == 404
        assert browsers[name].get(f"{API}/users/ana/stories").json["items"] == []
        assert browsers[name].get("/stories/ana").status_code == 404
        assert browsers[name].post(f"{API}/stories/{story_id}/view").status_code == 404
        assert rings(browsers[name]) == []
    assert browsers["ana"].get(f"{API}/stories/{story_id}/viewers").status_code == 404


def test_it_counts_once_who_saw_it_and_never_its_author(circle):
    people, browsers = circle
    story_id = make.story(people["ana"])
    for name in ("ben", "ben", "cleo", "ana"):
        assert browsers[name].post(f"{API}/stories/{story_id}/view").json["seen"] is True
    assert browsers["dan"].post(f"{API}/stories/{story_id}/view").status_code == 404
    assert browsers["ana"].get(f"{API}/stories/{story_id}").json["counts"] == {"views": 2}
    found = browsers["ana"].get(f"{API}/stories/{story_id}/viewers?limit=1").json
    rest = browsers["ana"].get(f"{API}/stories/{story_id}/viewers?cursor={found['next_cursor']}").json
    assert [user["username"] for user in found["items"] + rest["items"]] == ["cleo", "ben"]
    assert browsers["ben"].get(f"{API}/stories/{story_id}/viewers").status_code == 403
    assert browsers["dan"].get(f"{API}/stories/{story_id}/viewers").status_code == 404


def test_who_does_not_exist_for_the_author_is_neither_listed_nor_counted(circle):
    people, browsers = circle
    story_id = make.story(people["ana"])
    for name in ("ben", "cleo"):
        browsers[name].post(f"{API}/stories/{story_id}/view")
    assert browsers["ana"].get(f"{API}/stories/{story_id}").json["counts"] == {"views": 2}
    assert browsers["cleo"].post(f"{API}/users/ana/block").status_code == 200
    browsers["ben"].post(f"{API}/me/deactivate")
    assert browsers["ana"].get(f"{API}/stories/{story_id}").json["counts"] == {"views": 0}
    assert browsers["ana"].get(f"{API}/stories/{story_id}/viewers").json["items"] == []
    browsers["ben"].post(f"{API}/me/reactivate")
    assert browsers["ana"].get(f"{API}/stories/{story_id}").json["counts"] == {"views": 1}


def test_rings_put_oneself_first_then_the_unseen_then_the_newest(circle, sign_in):
    people, browsers = circle
    ben = browsers["ben"]
    for name in ("cleo", "dan"):
        make.follow(people["ben"], people[name])
    _, first, *_ = (make.story(people[name]) for name in ("ben", "ana", "cleo", "dan"))
    another = make.story(people["ana"])
    assert rings(ben) == [("ben", True, 1), ("ana", False, 2), ("dan", False, 1), ("cleo", False, 1)]
    ben.post(f"{API}/stories/{first}/view")
    assert rings(ben)[1] == ("ana", False, 2), "one of two"
    ben.post(f"{API}/stories/{another}/view")
    assert rings(ben) == [("ben", True, 1), ("dan", False, 1), ("cleo", False, 1), ("ana", True, 2)]
    page, seen = ben.get(f"{API}/stories/feed?limit=1").json, []
    while True:
        seen += [ring["user"]["username"] for ring in page["items"]]
        if not page["next_cursor"]:
            break
        page = ben.get(f"{API}/stories/feed?limit=1&cursor={page['next_cursor']}").json
    assert seen == ["ben", "dan", "cleo", "ana"]


def test_a_muted_one_has_no_ring_and_a_page_all_the_same(circle):
    people, browsers = circle
    story_id = make.story(people["ana"])
    assert rings(browsers["ben"]) == [("ana", False, 1)]
    browsers["ben"].post(f"{API}/users/ana/mute")
    assert rings(browsers["ben"]) == []
    assert browsers["ben"].get(f"/stories/ana/{story_id}").status_code == 200


def test_it_is_processing_until_its_photo_is_ready(circle):
    people, browsers = circle
    ana = browsers["ana"]
    media = make.media(people["ana"], purpose="story", status="processing")
    made = ana.post(f"{API}/stories", json={"media_id": str(media), "caption": "Soon", "audience": "followers"})
    assert made.status_code == 202
    assert made.json["status"] == "processing"
    assert made.json["expires_at"] is None
    assert browsers["ben"].get(f"{API}/stories/{made.json['id']}").status_code == 404
    ready = make.media(people["ana"], purpose="story")
    made = ana.post(f"{API}/stories", json={"media_id": str(ready)})
    assert made.status_code == 201
    assert made.json["status"] == "published"


def test_a_photo_can_be_used_once_and_must_be_ones_own(circle):
    people, browsers = circle
    ana = browsers["ana"]

    def share(media_id, browser=ana):
        return browser.post(f"{API}/stories", json={"media_id": str(media_id)}).status_code

    used = make.media(people["ana"], purpose="story")
    assert share(used) == 201
    assert share(used) == 409
    assert ana.delete(f"{API}/media/{used}").status_code == 409
    assert share(make.media(people["ana"], purpose="story", status="pending")) == 409
    assert share(make.media(people["ana"], purpose="story", status="failed")) == 422
    assert share(make.media(people["ana"], purpose="post")) == 409
    assert share(make.media(people["ana"], purpose="story"), browsers["ben"]) == 404
    assert ana.post(f"{API}/stories", json={"media_id": str(used), "audience": "all"}).status_code == 422
    assert ana.post(f"{API}/stories", json={}).json["errors"] == {"media_id": ["Please fill this in."]}


def test_a_retry_with_the_same_key_shares_once(circle):
    people, browsers = circle
    media = make.media(people["ana"], purpose="story")
    body, key = {"media_id": str(media)}, {"Idempotency-Key": "once"}
    first = browsers["ana"].post(f"{API}/stories", json=body, headers=key)
    again = browsers["ana"].post(f"{API}/stories", json=body, headers=key)
    assert first.json["id"] == again.json["id"]
    assert (first.status_code, again.status_code) == (201, 201)
    assert browsers["ana"].post(f"{API}/stories", json={**body, "caption": "x"}, headers=key).status_code == 422


def test_deleting_hides_at_once_and_can_be_taken_back(circle):
    people, browsers = circle
    story_id = make.story(people["ana"])
    assert browsers["ben"].delete(f"{API}/stories/{story_id}").status_code == 403
    assert browsers["dan"].delete(f"{API}/stories/{story_id}").status_code == 404
    assert browsers["ana"].delete(f"{API}/stories/{story_id}").status_code == 204
    for name in ("ana", "ben"):
        assert browsers[name].get(f"{API}/stories/{story_id}").status_code == 404
    assert rings(browsers["ben"]) == []
    assert browsers["ben"].post(f"{API}/stories/{story_id}/restore").status_code == 404
    assert browsers["ana"].post(f"{API}/stories/{story_id}/restore").status_code == 200
    assert browsers["ben"].get(f"{API}/stories/{story_id}").status_code == 200
    browsers["ana"].delete(f"{API}/stories/{story_id}")
    over(story_id)
    assert browsers["ana"].post(f"{API}/stories/{story_id}/restore").status_code == 404


def test_a_real_photo_becomes_a_story_whose_address_ends_with_it(circle):
    _, browsers = circle
    form = {"photo": (io.BytesIO(make.photo()), "a.jpg"), "caption": "From a form", "alt": "A wall"}
    made = browsers["ana"].post(f"{API}/stories", data=form, content_type="multipart/form-data")
    assert made.status_code == 202
    make.work()
    story = browsers["ben"].get(f"{API}/stories/{made.json['id']}").json
    assert story["status"] == "published"
    assert story["media"]["alt"] == "A wall"
    url = story["media"]["urls"]["small"]
    assert requests.get(url, timeout=60).ok
    with make.unit():
        row = db.row(Media.__table__.select().where(Media.id == story["media"]["id"]))
        assert (row.is_public, row.in_use) == (False, True)
        db.execute(update(Story).values(expires_at=func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 2)))
    soon = browsers["ben"].get(f"{API}/stories/{made.json['id']}").json["media"]["urls"]["small"]
    left = int(soon.split("X-Amz-Expires=")[1].split("&")[0])
    assert requests.get(soon, timeout=60).ok
    with make.unit():
        db.execute(update(Story).values(expires_at=func.now() - make_interval()))
        [gone] = db.rows(select(Story.__table__.c.expires_at))
    over = storage.here().signed_url(f"variants/{row.id}/small.webp", gone[0])
    assert not requests.get(over, timeout=60).ok
    assert left < int(url.split("X-Amz-Expires=")[1].split("&")[0])


def test_a_file_that_is_no_photo_fails_with_a_reason_its_author_sees(circle):
    _, browsers = circle
    form = {"photo": (io.BytesIO(b"\xff\xd8\xff" + b"not a photo" * 99), "a.jpg")}
    made = browsers["ana"].post(f"{API}/stories", data=form, content_type="multipart/form-data").json
    make.work()
    story = browsers["ana"].get(f"{API}/stories/{made['id']}").json
    assert story["status"] == "failed"
    assert story["media"]["error"]
    assert story["media"]["error"] in browsers["ana"].get("/stories").text
    assert browsers["ben"].get(f"{API}/stories/{made['id']}").status_code == 404
    assert browsers["ana"].delete(f"{API}/stories/{made['id']}").status_code == 204
    assert story["media"]["error"] not in browsers["ana"].get("/stories").text


def test_an_author_who_left_has_no_stories(circle):
    people, browsers = circle
    story_id = make.story(people["ana"])
    with make.unit():
        db.execute(update(User).where(User.username == "ana").values(status="deactivated"))
    assert browsers["ben"].get(f"{API}/stories/{story_id}").status_code == 404
    assert rings(browsers["ben"]) == []
    with make.unit():
        assert db.row(StoryView.__table__.select()) is None
