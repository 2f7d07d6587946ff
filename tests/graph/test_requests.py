"""A private account is asked first: the same over JSON, by htmx and by plain forms."""

import pytest

from tests import make

API = "/api/v1"


@pytest.fixture
def shy(app, sign_in):
    """A private account with a post, Ben who would like to see it, and their browsers."""
    shy, ben = make.user("shy", private=True), make.user("ben")
    post_id = make.post(shy, "A quiet room")
    return sign_in(shy), sign_in(ben), post_id


def following(browser, name="shy"):
    return browser.get(f"{API}/users/{name}/relationship").json["following"]


def sees(browser, post_id):
    return browser.get(f"{API}/posts/{post_id}").status_code == 200


def test_who_asks_sees_nothing_before_the_answer(shy):
    owner, ben, post_id = shy
    for _ in range(2):
        assert ben.post(f"{API}/users/shy/follow").json["relationship"]["following"] == "requested"
    assert not sees(ben, post_id)
    assert [person["username"] for person in owner.get(f"{API}/me/follow-requests").json["items"]] == ["ben"]
    assert owner.get(f"{API}/users/me").json["counts"]["followers"] == 0

    for _ in range(2):
        answer = owner.post(f"{API}/me/follow-requests/ben/accept")
        assert answer.json["relationship"]["followed_by"] is True
    assert following(ben) == "yes"
    assert sees(ben, post_id)
    assert "A quiet room" in ben.get("/").text
    assert owner.get(f"{API}/users/me").json["counts"]["followers"] == 1
    assert owner.get(f"{API}/me/follow-requests").json["items"] == []


def test_a_declined_wish_may_be_repeated(shy):
    owner, ben, post_id = shy
    ben.post(f"{API}/users/shy/follow")
    for _ in range(2):
        assert owner.post(f"{API}/me/follow-requests/ben/decline").status_code == 204
    assert following(ben) == "no"
    assert not sees(ben, post_id)
    assert owner.post(f"{API}/me/follow-requests/ben/accept").status_code == 404, "nothing is left to accept"
    assert ben.post(f"{API}/users/shy/follow").json["relationship"]["following"] == "requested"


@pytest.mark.parametrize("path", [f"{API}/users/shy/follow", f"{API}/me/follow-requests/sent/shy"])
def test_a_wish_is_taken_back(shy, path):
    owner, ben, _ = shy
    ben.post(f"{API}/users/shy/follow")
    assert ben.delete(path).status_code in (200, 204)
    assert following(ben) == "no"
    assert owner.get(f"{API}/me/follow-requests").json["items"] == []


def test_a_removed_follower_sees_nothing_from_the_next_request_on(shy):
    owner, ben, post_id = shy
    ben.post(f"{API}/users/shy/follow")
    owner.post(f"{API}/me/follow-requests/ben/accept")
    assert sees(ben, post_id)
    for _ in range(2):
        assert owner.delete(f"{API}/me/followers/ben").status_code == 204
    assert not sees(ben, post_id)
    assert "A quiet room" not in ben.get("/").text
    assert following(ben) == "no"
    assert owner.get(f"{API}/users/me").json["counts"]["followers"] == 0


def test_turning_public_lets_all_in_who_asked(shy, sign_in):
    owner, ben, post_id = shy
    ben.post(f"{API}/users/shy/follow")
    sign_in(make.user("cleo")).post(f"{API}/users/shy/follow")
    assert owner.patch(f"{API}/users/me", json={"is_private": False}).json["is_private"] is False
    assert sees(ben, post_id), "at once, before any job"
    make.work()
    assert following(ben) == "yes"
    assert owner.get(f"{API}/users/me").json["counts"]["followers"] == 2


def test_all_are_accepted_at_once(shy, sign_in):
    owner, _, _ = shy
    for number in range(3):
        sign_in(make.user(f"fan_{number}")).post(f"{API}/users/shy/follow")
    assert owner.post(f"{API}/me/follow-requests/accept-all").json == {"accepted": 3}
    assert owner.post(f"{API}/me/follow-requests/accept-all").json == {"accepted": 0}
    assert owner.get(f"{API}/users/me").json["counts"]["followers"] == 3


def test_nobody_answers_for_somebody_else(shy, sign_in, visitor):
    _, ben, _ = shy
    ben.post(f"{API}/users/shy/follow")
    other = sign_in(make.user("cleo"))
    assert other.post(f"{API}/me/follow-requests/ben/accept").status_code == 404
    assert other.get(f"{API}/me/follow-requests").json["items"] == []
    assert following(ben) == "requested"
    assert visitor.get(f"{API}/me/follow-requests").status_code == 401
    assert visitor.post(f"{API}/me/follow-requests/ben/accept").status_code == 401


def test_requests_are_paged(shy, sign_in):
    owner, _, _ = shy
    names = [f"fan_{number}" for number in range(5)]
    for name in names:
        sign_in(make.user(name)).post(f"{API}/users/shy/follow")
    seen, cursor = [], ""
    while cursor is not None:
        page = owner.get(f"{API}/me/follow-requests?limit=2&cursor={cursor}").json
        seen += [person["username"] for person in page["items"]]
        cursor = page["next_cursor"]
    assert seen == names[::-1]


def test_the_pages_do_the_same(shy):
    owner, ben, post_id = shy
    assert "Requested" in ben.part("/@shy/follow", method="POST").text
    assert 'action="/requests/ben/accept"' in owner.get("/requests").text
    part = owner.part("/requests/ben/accept", method="POST")
    assert "follows you now" in part.text
    assert "<html" not in part.text
    assert sees(ben, post_id)

    assert 'action="/@ben/remove"' in owner.get("/@shy/followers").text
    assert 'action="/@shy/remove"' not in ben.get("/@shy/followers").text
    plain = owner.post("/@ben/remove")
    assert plain.status_code == 303
    assert "does not follow you any more" in owner.get(plain.location).text
    assert not sees(ben, post_id)

    ben.post("/@shy/follow")
    assert owner.post("/requests/ben/decline").status_code == 303
    ben.post("/@shy/follow")
    assert owner.post("/requests/accept-all").status_code == 303
    assert sees(ben, post_id)


def test_the_choice_is_a_plain_form(app, sign_in, visitor):
    ana = make.user("ana")
    post_id = make.post(ana, "Seen by all")
    browser = sign_in(ana)
    assert 'value="false" checked' in browser.get("/settings/privacy").text
    saved = browser.post("/settings/privacy", data={"is_private": "true"})
    assert saved.status_code == 303
    page = browser.get(saved.location).text
    assert "Only your followers see your photos" in page
    assert 'value="true" checked' in page
    assert not sees(visitor, post_id)
    refused = browser.post("/settings/privacy", data={"is_private": "perhaps"})
    assert refused.status_code == 422
    assert 'value="true" checked' in refused.text


def test_a_late_job_lets_nobody_into_an_account_that_is_private_again(shy):
    owner, ben, post_id = shy
    owner.patch(f"{API}/users/me", json={"is_private": False})
    owner.patch(f"{API}/users/me", json={"is_private": True})
    ben.post(f"{API}/users/shy/follow")
    make.work()
    assert following(ben) == "requested"
    assert not sees(ben, post_id)
