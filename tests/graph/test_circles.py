"""Mute, restrict, close friends: what people arrange for themselves, and nobody is told."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests import make
from webapp.core import clock
from webapp.models import Mute

API = "/api/v1"
KINDS = (
    ("mute", "muting", "mutes"),
    ("restrict", "restricting", "restricted"),
    ("close-friend", "close_friend", "close-friends"),
)


@pytest.fixture
def three(app, sign_in):
    """Ana, who follows Ben; Cleo; and the browsers of all."""
    people = {name: make.user(name) for name in ("ana", "ben", "cleo")}
    make.follow(people["ana"], people["ben"])
    return {name: sign_in(person) for name, person in people.items()}, people


@pytest.mark.parametrize(("verb", "flag", "where"), KINDS)
def test_each_is_a_toggle_that_only_its_owner_sees(three, verb, flag, where):
    browsers, _ = three
    ana, ben = browsers["ana"], browsers["ben"]
    for _ in range(2):
        answer = ana.post(f"{API}/users/ben/{verb}")
        assert answer.status_code == 200
        assert answer.json["relationship"][flag] is True
    assert [person["username"] for person in ana.get(f"{API}/me/{where}").json["items"]] == ["ben"]
    assert "@ben" in ana.get(f"/settings/{where}").text
    told = ben.get(f"{API}/users/ana").json["relationship"]
    assert told == {"following": "no", "followed_by": True} | dict.fromkeys(
        ("blocking", "muting", "restricting", "close_friend"), False
    )
    assert ben.get(f"{API}/me/{where}").json["items"] == []
    for _ in range(2):
        assert ana.delete(f"{API}/users/ben/{verb}").json["relationship"][flag] is False
    assert ana.get(f"{API}/me/{where}").json["items"] == []
    assert ana.post(f"{API}/users/ana/{verb}").status_code == 403
    assert ana.post(f"{API}/users/nobody_here/{verb}").status_code == 404


@pytest.mark.parametrize(("verb", "undo", "where"), [
    ("mute", "unmute", "mutes"), ("restrict", "unrestrict", "restricted"),
    ("close-friend", "close-friend/remove", "close-friends"),
])  # fmt: skip
def test_each_works_without_javascript(three, verb, undo, where):
    ana = three[0]["ana"]
    assert f"/@ben/{verb}" in ana.get("/@ben").text
    sent = ana.post(f"/@ben/{verb}")
    assert sent.status_code == 303
    page = ana.get(sent.location).text
    assert "Undo" in page
    assert f'action="/@ben/{undo}"' in page
    assert f'action="/@ben/{undo}"' in ana.get(f"/settings/{where}").text
    assert ana.post(f"/@ben/{undo}").status_code == 303
    assert f'action="/@ben/{undo}"' not in ana.get(f"/settings/{where}").text


def test_the_muted_are_out_of_feeds_and_nowhere_else(three):
    browsers, people = three
    ana = browsers["ana"]
    post_id = make.post(people["ben"], "Loud colours #neon")
    shown = ("/", "/?view=public", f"{API}/feed", f"{API}/feed?view=public")
    for path in shown:
        assert str(post_id) in ana.get(path).text, path
    ana.post(f"{API}/users/ben/mute")
    for path in shown:
        assert str(post_id) not in ana.get(path).text, path
    for path in ("/@ben", f"/p/{post_id}", "/tags/neon", f"{API}/users/ben/posts"):
        assert str(post_id) in ana.get(path).text, path
    assert ana.get(f"{API}/users/ben").json["relationship"]["following"] == "yes"
    for path in shown[1::2]:
        assert str(post_id) in browsers["cleo"].get(path).text, "a mute is one person's"


def test_pages_stay_full_when_muted_people_post_a_lot(three):
    browsers, people = three
    ana = browsers["ana"]
    make.follow(people["ana"], people["cleo"])
    wanted = [make.post(people["cleo"]) for _ in range(3)]
    for _ in range(5):
        make.post(people["ben"])
    ana.post(f"{API}/users/ben/mute")
    for view in ("following", "public"):
        first = ana.get(f"{API}/feed?view={view}&limit=2").json
        assert [entry["post"]["id"] for entry in first["items"]] == [str(wanted[2]), str(wanted[1])]
        second = ana.get(f"{API}/feed?view={view}&limit=2&cursor={first['next_cursor']}").json
        assert [entry["post"]["id"] for entry in second["items"]] == [str(wanted[0])]


def test_a_mute_ends_by_itself(three):
    browsers, people = three
    ana = browsers["ana"]
    post_id = make.post(people["ben"])
    until = (clock.now() + timedelta(hours=1)).isoformat()
    assert ana.post(f"{API}/users/ben/mute", json={"until": until}).json["relationship"]["muting"] is True
    assert str(post_id) not in ana.get("/").text
    with make.unit():
        make.db.execute(update(Mute).values(until=clock.now() - timedelta(days=1)))
    assert str(post_id) in ana.get("/").text
    assert ana.get(f"{API}/users/ben").json["relationship"]["muting"] is False
    assert ana.get(f"{API}/me/mutes").json["items"] == []
    assert ana.post(f"{API}/users/ben/mute").json["relationship"]["muting"] is True, "and can be made again"


@pytest.mark.parametrize("body", [
    {"until": "2001-01-01T00:00:00Z"}, {"until": "9999-12-31T23:59:59-12:00"}, {"until": "soon"},
    {"until": "2030-01-01T00:00:00"}, {"hours": 0}, {"hours": 10**9}, {"forever": True},
])  # fmt: skip
def test_a_mute_needs_a_time_to_come(three, body):
    answer = three[0]["ana"].post(f"{API}/users/ben/mute", json=body)
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == list(body)


def test_the_page_asks_for_how_long(three):
    ana = three[0]["ana"]
    assert "One week" in ana.get("/@ben/mute").text
    assert ana.post("/@ben/mute", data={"hours": "168"}).status_code == 303
    assert ana.post("/@ben/mute", data={"hours": "-1"}).status_code == 422


def test_a_block_ends_a_close_friendship(three):
    ana, ben = three[0]["ana"], three[0]["ben"]
    ana.post(f"{API}/users/ben/close-friend")
    ben.post(f"{API}/users/ana/block")
    ben.delete(f"{API}/users/ana/block")
    assert ana.get(f"{API}/me/close-friends").json["items"] == []


def test_a_blocked_person_can_only_be_unblocked(three):
    ana = three[0]["ana"]
    ana.post(f"{API}/users/ben/block")
    for verb, _, _ in KINDS:
        assert ana.post(f"{API}/users/ben/{verb}").status_code == 403
