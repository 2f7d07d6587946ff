"""What restricted people say waits for the host: seen by both, by nobody else, until it is approved."""

import pytest

from tests import make
from tests.browsing import HTMX

API = "/api/v1"
COUNTED = '{} <i class="word">{}</i>'


@pytest.fixture
def talk(app, sign_in):
    """Ana's post with a comment of Cleo's; Ben, whom Ana restricted and who commented; the browsers of all."""
    people = {name: make.user(name) for name in ("ana", "ben", "cleo")}
    browsers = {name: sign_in(person) for name, person in people.items()} | {"visitor": app.test_client()}
    for name in ("ben", "cleo"):
        make.follow(people[name], people["ana"])
    post_id = make.post(people["ana"], "Open air")
    first = make.comment(people["cleo"], post_id, "Said by Cleo")
    browsers["ana"].post(f"{API}/users/ben/restrict")
    said = browsers["ben"].post(f"{API}/posts/{post_id}/comments", json={"content": "Said by Ben"}).json
    return browsers, post_id, said, first


def test_both_see_it_and_nobody_else(talk):
    browsers, post_id, said, _ = talk
    assert said["held"] is False, "its author is told nothing"
    assert "approve" not in said["can"]
    for name in ("ana", "ben"):
        for path in (f"/p/{post_id}", f"{API}/posts/{post_id}/comments"):
            assert "Said by Ben" in browsers[name].get(path).text, (name, path)
    for name in ("cleo", "visitor"):
        for path in ("/", "/?view=public", f"/p/{post_id}", f"{API}/posts/{post_id}/comments"):
            assert "Said by Ben" not in browsers[name].get(path).text, (name, path)
        assert browsers[name].get(f"{API}/comments/{said['id']}/replies").status_code == 404
        assert browsers[name].get(f"{API}/posts/{post_id}").json["counts"]["comments"] == 1
    assert browsers["cleo"].post(f"{API}/comments/{said['id']}/like").status_code == 404
    assert "Said by Ben" in browsers["ben"].get("/").text
    assert "Said by Ben" not in browsers["ana"].get("/").text, "below a card nothing says that it waits"
    assert "Only you and ben see this" in browsers["ana"].get(f"/p/{post_id}").text
    assert "Only you" not in browsers["ben"].get(f"/p/{post_id}").text


def test_the_host_approves_it_once(talk):
    browsers, post_id, said, _ = talk
    path = f"{API}/comments/{said['id']}/approve"
    assert browsers["cleo"].post(path).status_code == 404
    assert browsers["ben"].post(path).status_code == 403
    for _ in range(2):
        answer = browsers["ana"].post(path)
        assert answer.status_code == 200
        assert answer.json["held"] is False
    assert "Said by Ben" in browsers["visitor"].get(f"/p/{post_id}").text
    assert browsers["visitor"].get(f"{API}/posts/{post_id}").json["counts"]["comments"] == 2


def test_it_is_approved_on_the_page(talk):
    browsers, post_id, said, _ = talk
    ana = browsers["ana"]
    assert f'action="/comments/{said["id"]}/approve"' in ana.get(f"/p/{post_id}").text
    part = ana.post(f"/comments/{said['id']}/approve", headers=HTMX).text
    assert "Said by Ben" in part
    assert COUNTED.format(2, "comments") in part
    assert ana.post(f"/comments/{said['id']}/approve").status_code == 303


def test_held_replies_are_there_for_both(talk):
    browsers, post_id, _, first = talk
    body = {"content": "Ben replies", "parent_id": str(first)}
    reply = browsers["ben"].post(f"{API}/posts/{post_id}/comments", json=body).json
    for name, there in (("ana", True), ("ben", True), ("cleo", False), ("visitor", False)):
        assert ("Ben replies" in browsers[name].get(f"/p/{post_id}").text) is there, name
        assert ("Ben replies" in browsers[name].get(f"{API}/comments/{first}/replies").text) is there, name
    browsers["ana"].post(f"{API}/comments/{reply['id']}/approve")
    assert "Ben replies" in browsers["cleo"].get(f"/p/{post_id}").text
    listed = browsers["cleo"].get(f"{API}/posts/{post_id}/comments").json["items"]
    assert listed[0]["counts"]["replies"] == 1


def test_the_host_approves_before_replying(talk):
    browsers, post_id, said, _ = talk
    body = {"content": "Well", "parent_id": said["id"]}
    assert browsers["ana"].post(f"{API}/posts/{post_id}/comments", json=body).status_code == 403
    own = browsers["ben"].post(f"{API}/posts/{post_id}/comments", json=body).json
    assert "Well" not in browsers["cleo"].get(f"/p/{post_id}").text
    browsers["ana"].post(f"{API}/comments/{own['id']}/approve")
    page = browsers["cleo"].get(f"/p/{post_id}").text
    assert "Said by Ben" in page, "the comment above comes with it"
    assert "Well" in page
    assert browsers["cleo"].get(f"{API}/posts/{post_id}").json["counts"]["comments"] == 3


def test_deleting_and_restoring_keep_the_count(talk):
    browsers, post_id, said, first = talk
    ben, ana = browsers["ben"], browsers["ana"]
    ben.post(f"{API}/posts/{post_id}/comments", json={"content": "Held", "parent_id": str(first)})
    ben.delete(f"{API}/posts/{post_id}/comments/{said['id']}")
    assert ana.get(f"{API}/posts/{post_id}").json["counts"]["comments"] == 1
    ana.delete(f"{API}/posts/{post_id}/comments/{first}")
    assert ana.get(f"{API}/posts/{post_id}").json["counts"]["comments"] == 0
    ana.post(f"{API}/comments/{first}/restore")
    assert ana.get(f"{API}/posts/{post_id}").json["counts"]["comments"] == 1
    ben.post(f"{API}/comments/{said['id']}/restore")
    assert ana.get(f"{API}/posts/{post_id}").json["counts"]["comments"] == 1


def test_whom_the_restriction_is_lifted_of_speaks_freely_again(talk):
    browsers, post_id, _, _ = talk
    browsers["ana"].delete(f"{API}/users/ben/restrict")
    browsers["ben"].post(f"{API}/posts/{post_id}/comments", json={"content": "Free speech"})
    page = browsers["cleo"].get(f"/p/{post_id}").text
    assert "Free speech" in page
    assert "Said by Ben" not in page, "what was held waits on"


def test_no_number_tells_the_restricted(talk):
    browsers, post_id, _, first = talk
    ben = browsers["ben"]
    assert ben.get(f"{API}/posts/{post_id}").json["counts"]["comments"] == 2
    assert COUNTED.format(2, "comments") in ben.get(f"/p/{post_id}").text
    assert COUNTED.format(2, "comments") in ben.get("/").text
    body = {"content": "Ben replies", "parent_id": str(first)}
    ben.post(f"{API}/posts/{post_id}/comments", json=body)
    assert ben.get(f"{API}/posts/{post_id}/comments").json["items"][0]["counts"]["replies"] == 1
    said = ben.post(f"/p/{post_id}/comments", data={"content": "Once more"}, headers=HTMX).text
    assert COUNTED.format(4, "comments") in said
    for name in ("cleo", "visitor"):
        assert browsers[name].get(f"{API}/posts/{post_id}").json["counts"]["comments"] == 1
        assert COUNTED.format(1, "comment") in browsers[name].get("/?view=public").text
