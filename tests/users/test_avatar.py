"""The avatar, from the file to the page, over real storage."""

import io
import urllib.request

from tests import make

API = "/api/v1"


def test_an_avatar_sent_by_a_plain_form_appears(app, sign_in, visitor):
    ana = make.user("ana")
    browser = sign_in(ana)
    sent = browser.post("/settings/profile/avatar", data={"photo": (io.BytesIO(make.photo()), "me.jpg")})
    assert sent.status_code == 303
    assert visitor.get(f"{API}/users/ana").json["avatar"] is None, "not before it is processed"

    make.work()

    avatar = visitor.get(f"{API}/users/ana").json["avatar"]
    assert avatar["status"] == "ready"
    assert urllib.request.urlopen(avatar["urls"]["thumb"], timeout=60).status == 200
    assert avatar["urls"]["thumb"] in browser.get("/").text, "the frame of every page shows it"

    assert browser.post("/settings/profile/avatar/remove").status_code == 303
    assert visitor.get(f"{API}/users/ana").json["avatar"] is None


def test_a_file_that_is_no_photo_leaves_the_avatar_alone(app, sign_in, visitor):
    browser = sign_in(make.user("ana"))
    browser.post("/settings/profile/avatar", data={"photo": (io.BytesIO(b"not a photo at all"), "me.jpg")})
    make.work()
    assert visitor.get(f"{API}/users/ana").json["avatar"] is None


def test_no_file_is_said_at_the_form(app, sign_in):
    answer = sign_in(make.user("ana")).post("/settings/profile/avatar", data={})
    assert answer.status_code == 422
    assert "Choose a photo first" in answer.text


def test_a_bad_new_avatar_leaves_the_old_one(app, sign_in, visitor):
    browser = sign_in(make.user("ana"))
    browser.post("/settings/profile/avatar", data={"photo": (io.BytesIO(make.photo()), "me.jpg")})
    make.work()
    old = visitor.get(f"{API}/users/ana").json["avatar"]["id"]
    browser.post("/settings/profile/avatar", data={"photo": (io.BytesIO(b"no photo"), "me.jpg")})
    assert visitor.get(f"{API}/users/ana").json["avatar"]["id"] == old, "shown until the new one is ready"
    make.work()
    assert visitor.get(f"{API}/users/ana").json["avatar"]["id"] == old


def test_a_photo_is_for_a_post_or_for_an_avatar(app, sign_in, visitor):
    ana = make.user("ana")
    browser = sign_in(ana)
    for_post, for_avatar = make.media(ana), make.media(ana, purpose="avatar")
    assert browser.put(f"{API}/users/me/avatar", json={"media_id": str(for_post)}).status_code == 409
    assert browser.post(f"{API}/posts", json={"media_ids": [str(for_avatar)]}).status_code == 409
    answer = browser.put(f"{API}/users/me/avatar", json={"media_id": str(for_avatar)})
    assert (answer.status_code, answer.json["avatar"]["id"]) == (200, str(for_avatar)), "its owner sees it at once"
