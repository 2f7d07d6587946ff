"""One's own profile by the eyes of others."""

import pytest

from tests import make

API = "/api/v1"


@pytest.fixture
def shy(app, sign_in):
    """Shy's browser, the id of a post; Ben follows Shy, whose account is private, Cleo does not."""
    people = {name: make.user(name) for name in ("shy", "ben", "cleo")}
    make.follow(people["ben"], people["shy"])
    post_id = make.post(people["shy"], "Only for friends")
    browsers = {name: sign_in(person) for name, person in people.items()}
    browsers["shy"].patch(f"{API}/users/me", json={"is_private": True, "bio": "Quiet"})
    return browsers, str(post_id)


@pytest.mark.parametrize(("who", "sees"), [
    ("stranger", False), ("follower", True), ("ben", True), ("@ben", True), ("cleo", False), ("", False),
])  # fmt: skip
def test_the_page_shows_what_they_see(shy, who, sees):
    browsers, post_id = shy
    page = browsers["shy"].get(f"/@shy/as?view_as={who}").text
    assert (post_id in page) is sees
    assert ("This account is private" in page) is not sees
    assert "Quiet" in page
    assert "Edit profile" not in page
    if who.strip("@") in browsers:
        assert (post_id in browsers[who.strip("@")].get("/@shy").text) is sees, "and they do"


def test_scripts_are_told_how_one_stands(shy):
    shy = shy[0]["shy"]
    as_seen = {who: shy.get(f"{API}/users/me?view_as={who}").json for who in ("stranger", "follower", "ben", "cleo")}
    assert {shape["username"] for shape in as_seen.values()} == {"shy"}
    stands = {who: shape["relationship"] and shape["relationship"]["following"] for who, shape in as_seen.items()}
    assert stands == {"stranger": None, "follower": "yes", "ben": "yes", "cleo": "no"}
    assert shy.get(f"{API}/users/me").json["relationship"] is None
    assert shy.get(f"{API}/users/me?view_as=nobody_here").status_code == 404


def test_what_they_arranged_stays_theirs(shy):
    browsers, _ = shy
    for verb in ("mute", "restrict", "close-friend"):
        browsers["ben"].post(f"{API}/users/shy/{verb}")
    stands = browsers["shy"].get(f"{API}/users/me?view_as=ben").json["relationship"]
    assert not any(stands[flag] for flag in ("muting", "restricting", "close_friend", "blocking"))


def test_who_is_blocked_finds_nothing(shy):
    browsers, post_id = shy
    browsers["shy"].post(f"{API}/users/ben/block")
    page = browsers["shy"].get("/@shy/as?view_as=ben").text
    assert "They don't find you" in page.replace("&#39;", "'")
    assert post_id not in page
    assert browsers["shy"].get(f"{API}/users/me?view_as=ben").status_code == 404
    browsers["cleo"].post(f"{API}/users/shy/block")
    assert browsers["shy"].get(f"{API}/users/me?view_as=cleo").status_code == 404


def test_others_are_not_looked_at_so(shy, visitor):
    browsers, _ = shy
    assert browsers["ben"].get("/@shy/as?view_as=follower").status_code == 404
    assert visitor.get("/@shy/as").status_code in (302, 303, 401)
    assert "/@shy/as" in browsers["shy"].get("/@shy").text
    assert "/@shy/as" not in browsers["ben"].get("/@shy").text
