"""Profiles as scripts see them."""

import pytest
from sqlalchemy import update

from tests import make
from webapp.core import clock, db
from webapp.models import PastUsername

API = "/api/v1"


def test_a_profile_has_exactly_the_fields_of_the_contract(app, visitor):
    make.user("ana", display_name="Ana", bio="Light.")
    shape = visitor.get(f"{API}/users/ana").json
    assert set(shape) == {
        "id", "username", "display_name", "bio", "avatar", "is_private", "is_verified", "links", "role", "created_at",
        "counts", "relationship",
    }  # fmt: skip
    assert shape["counts"] == {"posts": 0, "followers": 0, "following": 0}
    assert shape["relationship"] is None
    assert shape["created_at"].endswith("Z")


def test_a_profile_is_found_by_id_and_in_any_case(app, visitor):
    ana = make.user("ana")
    assert visitor.get(f"{API}/users/{ana.id}").json["username"] == "ana"
    assert visitor.get(f"{API}/users/ANA").json["username"] == "ana"
    assert visitor.get(f"{API}/users/nobody").status_code == 404


def test_one_changes_ones_profile_and_the_rest_stays(app, sign_in):
    ana = make.user("ana", bio="Old.")
    browser = sign_in(ana)
    changed = browser.patch(f"{API}/users/me", json={"display_name": "Ana  ", "links": ["https://example.org/a"]})
    assert changed.status_code == 200
    assert changed.json["display_name"] == "Ana"
    assert changed.json["bio"] == "Old."
    assert changed.json["links"] == ["https://example.org/a"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"bio": "x" * 501}, "bio"),
        ({"links": ["javascript:alert(1)"]}, "links"),
        ({"links": [f"https://example.org/{n}" for n in range(6)]}, "links"),
        ({"username": "about"}, "username"),
        ({"role": "admin"}, "role"),
    ],
)
def test_a_bad_change_is_refused_by_name(app, sign_in, body, field):
    answer = sign_in(make.user("ana")).patch(f"{API}/users/me", json=body)
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_an_old_name_leads_to_the_new_one_and_is_reserved(app, sign_in, visitor):
    browser = sign_in(make.user("ana"))
    assert browser.patch(f"{API}/users/me", json={"username": "anna"}).json["username"] == "anna"
    assert visitor.get("/@ana").location == "/@anna"
    assert visitor.get(f"{API}/users/ana").json["username"] == "anna"
    assert visitor.get(f"{API}/users/ana/posts").status_code == 200
    new = {"username": "ana", "email": "x@example.org", "password": "correct horse battery"}
    assert visitor.post(f"{API}/auth/register", json=new).status_code == 422
    ben = sign_in(make.user("ben"))
    assert ben.post(f"{API}/users/ana/block").status_code == 200, "who gets another name is not rid of others"
    assert ben.delete(f"{API}/users/ana/block").status_code == 200
    assert ben.post(f"{API}/conversations", json={"usernames": ["ana"]}).status_code == 201
    assert browser.patch(f"{API}/users/me", json={"username": "ana"}).status_code == 200, "its owner may take it back"


def test_nobody_keeps_names_from_others_by_changing_theirs_again_and_again(app, sign_in, visitor):
    browser = sign_in(make.user("ana"))
    for number in range(5):
        assert browser.patch(f"{API}/users/me", json={"username": f"good_name_{number}"}).status_code == 200
    sixth = browser.patch(f"{API}/users/me", json={"username": "good_name_5"})
    assert sixth.status_code == 422
    assert "5 names" in sixth.json["errors"]["username"][0]
    assert visitor.get(f"{API}/users/good_name_3").json["username"] == "good_name_4", "all of them lead on"
    assert browser.patch(f"{API}/users/me", json={"username": "ana"}).status_code == 200, "one may be taken back"
    with make.unit():
        db.execute(update(PastUsername).values(until=clock.now()))
    assert browser.patch(f"{API}/users/me", json={"username": "good_name_5"}).status_code == 200


def test_a_taken_name_is_refused(app, sign_in):
    make.user("ben")
    answer = sign_in(make.user("ana")).patch(f"{API}/users/me", json={"username": "ben"})
    assert answer.status_code == 422
    assert "username" in answer.json["errors"]


def test_public_answers_carry_an_etag_and_personal_ones_none(app, visitor, sign_in):
    ana = make.user("ana")
    first = visitor.get(f"{API}/users/ana")
    again = visitor.get(f"{API}/users/ana", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    mine = sign_in(ana).get(f"{API}/users/ana")
    assert "ETag" not in mine.headers
    assert mine.headers["Cache-Control"] == "private, no-store"


def test_me_is_somebody_signed_in(app, visitor):
    assert visitor.get(f"{API}/users/me").status_code == 401
    assert visitor.get(f"{API}/users/me/posts").status_code == 401


def test_null_empties_a_profile_and_a_name_is_one_line(app, sign_in):
    browser = sign_in(make.user("ana"))
    full = {"display_name": "Ana", "bio": "Two\nlines", "links": ["https://example.org/"]}
    assert browser.patch("/api/v1/users/me", json=full).status_code == 200
    refused = browser.patch("/api/v1/users/me", json={"display_name": "Ana\nB"})
    assert refused.json["errors"] == {"display_name": ["Write it in one line."]}
    empty = browser.patch("/api/v1/users/me", json=dict.fromkeys(full)).json
    assert (empty["display_name"], empty["bio"], empty["links"]) == ("", "", [])
