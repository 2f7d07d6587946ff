"""Whom one might follow, and why."""

import pytest

from tests import make
from tests.browsing import HTMX, counted_queries

API = "/api/v1"


@pytest.fixture
def near(app, sign_in):
    """Vera follows Ana, Ben and Cleo; all three follow Dora, two follow Emil, one follows Finn; Gus is popular."""
    names = ("vera", "ana", "ben", "cleo", "dora", "emil", "finn", "gus", "hugo")
    people = {name: make.user(name) for name in names}
    for name in ("ana", "ben", "cleo"):
        make.follow(people["vera"], people[name])
        make.follow(people[name], people["dora"])
    for name in ("ana", "ben"):
        make.follow(people[name], people["emil"])
    make.follow(people["ana"], people["finn"])
    make.follow(people["hugo"], people["gus"])
    make.post(people["gus"])
    return people, {name: sign_in(person) for name, person in people.items()}


def suggested(browser, query=""):
    return browser.get(f"{API}/me/suggestions{query}").json["items"]


def names(browser):
    return [person["username"] for person in suggested(browser)]


def test_friends_of_friends_come_first_and_say_why(near):
    _, browsers = near
    found = suggested(browsers["vera"])
    assert [person["username"] for person in found] == ["dora", "emil", "finn", "gus"]
    reasons = [person["reason"] for person in found]
    assert reasons[0]["type"] == "followed_by"
    assert len(reasons[0]["usernames"]) == 2
    assert reasons[0]["others_count"] == 1
    assert set(reasons[1]["usernames"]) == {"ana", "ben"}
    assert reasons[2] == {"type": "followed_by", "usernames": ["ana"], "others_count": 0}
    assert reasons[3] == {"type": "popular", "usernames": [], "others_count": 0}
    page = browsers["vera"].get("/suggestions").text
    assert "Followed by ana" in page
    assert "Many follow them here" in page
    assert 'action="/@dora/follow"' in page
    part = browsers["vera"].get("/suggestions", headers=HTMX).text
    assert "<html" not in part
    assert "/@dora" in part
    assert len(suggested(browsers["vera"], "?limit=2")) == 2


def test_who_is_followed_asked_muted_or_blocked_is_not_suggested(near):
    _, browsers = near
    vera = browsers["vera"]
    assert names(vera) == ["dora", "emil", "finn", "gus"]
    vera.post(f"{API}/users/dora/follow")
    browsers["emil"].patch(f"{API}/users/me", json={"is_private": True})
    assert "emil" in names(vera), "a private account can be asked"
    vera.post(f"{API}/users/emil/follow")
    vera.post(f"{API}/users/finn/mute")
    browsers["gus"].post(f"{API}/users/vera/block")
    assert names(vera) == []
    assert "Nobody to suggest" in vera.get("/suggestions").text


def test_an_account_without_friends_gets_the_popular(near):
    _, browsers = near
    assert names(browsers["hugo"]) == []
    browsers["hugo"].delete(f"{API}/users/gus/follow")
    assert names(browsers["hugo"]) == ["gus"]


def test_many_cost_as_many_queries_as_few(near):
    people, browsers = near
    vera = browsers["vera"]
    suggested(vera)
    with counted_queries() as few:
        suggested(vera)
    for number in range(25):
        make.follow(people["ana"], make.user(f"more_{number}"))
    with counted_queries() as many:
        assert len(suggested(vera)) == 20
    assert len(many) <= len(few) == 3


def test_visitors_are_asked_to_sign_in(app, visitor):
    assert visitor.get(f"{API}/me/suggestions").status_code == 401
    assert visitor.get("/suggestions").status_code in (302, 303, 401)


def test_what_hidden_people_do_is_no_reason(near):
    _, browsers = near
    browsers["cleo"].post(f"{API}/me/deactivate")
    found = next(person for person in suggested(browsers["vera"]) if person["username"] == "dora")
    assert found["reason"]["others_count"] == 0
    for name in ("ana", "ben"):
        browsers[name].post(f"{API}/me/deactivate")
    assert all(person["reason"]["type"] == "popular" for person in suggested(browsers["vera"]))
