"""Forms that had to wait: sent again under their key, they have the effect of one."""

import pytest

from tests import make
from tests.browsing import HTMX

API = "/api/v1"
LATER = {**HTMX, "Accept": "application/problem+json"}


@pytest.fixture
def two(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    return make.post(ana, "A quiet room"), sign_in(ben), sign_in(ana)


def comments(browser, post_id) -> list[str]:
    return [item["content"] for item in browser.get(f"{API}/posts/{post_id}/comments").json["items"]]


def test_a_comment_whose_answer_got_lost_is_made_once(two):
    post_id, ben, ana = two
    key = {"Idempotency-Key": "k1"}
    for headers in ({**HTMX, **key}, {**LATER, **key}, key):
        answer = ben.post(f"/p/{post_id}/comments", data={"content": "Hello", "csrf_token": ben.csrf}, headers=headers)
        assert answer.status_code in (200, 303)
    assert comments(ana, post_id) == ["Hello"]
    assert "Hello" in ben.post(f"/p/{post_id}/comments", data={"content": "Hello"}, headers={**LATER, **key}).text
    assert ana.post(f"/p/{post_id}/comments", data={"content": "Hello"}, headers=key).status_code == 303
    assert comments(ana, post_id) == ["Hello", "Hello"], "another person's key is another key"
    for other in ({}, {"Idempotency-Key": "k2"}):
        ben.post(f"/p/{post_id}/comments", data={"content": "Hello"}, headers=other)
    assert len(comments(ana, post_id)) == 4


def test_the_same_key_for_something_else_is_refused_and_so_is_no_key(two):
    post_id, ben, ana = two
    ben.post(f"/p/{post_id}/comments", data={"content": "One"}, headers={"Idempotency-Key": "k"})
    refused = ben.post(f"/p/{post_id}/comments", data={"content": "Two"}, headers={**LATER, "Idempotency-Key": "k"})
    assert refused.status_code == 422
    for key in ("x" * 191, ""):
        answer = ben.post(f"/p/{post_id}/comments", data={"content": "Two"}, headers={**LATER, "Idempotency-Key": key})
        assert answer.status_code == 422
    assert comments(ana, post_id) == ["One"]


def test_another_photo_of_the_same_name_and_length_is_another_message(two, sign_in):
    ana, ben = make.user("ana_two"), make.user("ben_two")
    talk = make.talk(ana, ben)
    browser = sign_in(ana)
    for photo in (b"\x89PNG" + b"a" * 100, b"\x89PNG" + b"b" * 100, b"\x89PNG" + b"a" * 100):
        said = {"key": "page", "content": "", "photo": (make.io.BytesIO(photo), "image.png")}
        answer = browser.post(f"/messages/{talk}", data=said, content_type="multipart/form-data")
        assert answer.status_code == 303
    assert len(browser.get(f"{API}/conversations/{talk}/messages").json["items"]) == 2


def test_what_is_refused_leaves_its_key_free(two):
    post_id, ben, ana = two
    key = {**LATER, "Idempotency-Key": "k"}
    refused = ben.post(f"/p/{post_id}/comments", data={"content": "x" * 1001}, headers=key)
    assert refused.status_code == 422
    assert refused.json["errors"] == {"content": ["At most 1,000 characters."]}, "the worker gets words, not a form"
    assert ben.post(f"/p/{post_id}/comments", data={"content": "Hello"}, headers=key).status_code == 200
    assert comments(ana, post_id) == ["Hello"]


def test_a_visitor_is_not_taken_for_delivered(two, visitor):
    """A part is led to the sign-in by a 204: the worker must hear 401, or it would throw away what waits."""
    post_id, _, _ = two
    answer = visitor.post(f"/p/{post_id}/like", headers=LATER)
    assert answer.status_code == 401
    assert answer.json["title"] == "Sign in first"
    assert "HX-Redirect" in visitor.post(f"/p/{post_id}/like", headers=HTMX).headers


def test_a_photo_shared_to_the_app_without_its_worker_leads_to_the_compose_page(two, visitor):
    _, ben, _ = two
    photo = {"photos": (make.io.BytesIO(make.photo()), "a.jpg"), "text": "Look"}
    shared = ben.post("/share", data=photo, content_type="multipart/form-data", token=False)
    assert (shared.status_code, shared.location) == (303, "/new")
    assert "did not arrive" in ben.get("/new").text
    assert visitor.post("/share", token=False).location == "/new"
    assert ben.get("/share").location == "/new"


def test_sharing_pressed_twice_is_one_post(two):
    _, ben, _ = two
    key = ben.get("/new").text.split('name="key" value="')[1].split('"')[0]
    for _ in range(2):
        form = {"key": key, "caption": "Once", "photo": (make.io.BytesIO(make.photo()), "a.jpg")}
        assert ben.post("/new", data=form, content_type="multipart/form-data").status_code == 303
    make.work()
    assert len(ben.get(f"{API}/users/ben/posts").json["items"]) == 1
    form = {"key": key, "caption": "Another", "photo": (make.io.BytesIO(make.photo()), "a.jpg")}
    ben.post("/new", data=form, content_type="multipart/form-data")
    make.work()
    assert len(ben.get(f"{API}/users/ben/posts").json["items"]) == 2
