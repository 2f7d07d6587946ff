"""Uploads, from the browser's PUT to the old address that answers no more: over real storage."""

import io
import urllib.error
import urllib.request
import uuid

import pytest

from tests import make
from tests.waiting import until
from webapp.core import storage
from webapp.media import actions as media_actions
from webapp.models.media import copies
from webapp.posts import actions as posts

API = "/api/v1"


def put(target: dict, body: bytes, **headers: str) -> int:
    """Send bytes as a browser does; returns the status."""
    wanted = {**target["headers"], **headers}
    request = urllib.request.Request(target["url"], data=body, method="PUT", headers=wanted)
    try:
        return urllib.request.urlopen(request, timeout=60).status
    except urllib.error.HTTPError as error:
        return error.code


def fetch(url: str) -> int:
    """Ask for an object; returns the status."""
    try:
        return urllib.request.urlopen(url, timeout=60).status
    except urllib.error.HTTPError as error:
        return error.code


def reached(url: str, status: int) -> bool:
    """Wait for an address to answer so: the public bucket's server looks again every second."""
    return until(lambda: fetch(url) == status)


def start(browser, body: bytes, **change):
    asked = {"filename": "a.jpg", "content_type": "image/jpeg", "size": len(body), "purpose": "post", **change}
    return browser.post(f"{API}/media/uploads", json=asked)


def upload(browser, body: bytes) -> str:
    """Upload a photo as far as the worker; returns its id."""
    begun = start(browser, body)
    assert begun.status_code == 201
    assert put(begun.json["upload"], body) == 200
    assert browser.post(f"{API}/media/uploads/{begun.json['id']}/complete").status_code == 202
    return begun.json["id"]


def test_a_photo_goes_from_the_browser_to_a_followers_feed(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    make.work()
    browser = sign_in(ana)
    media_id = upload(browser, make.photo(1600, 1200))
    assert browser.get(f"{API}/media/uploads/{media_id}/status").json["status"] == "processing"
    body = {"media_ids": [media_id], "alts": {media_id: "A brown wall"}, "caption": "Look"}
    post = browser.post(f"{API}/posts", json=body)
    assert post.json["status"] == "processing"
    assert sign_in(ben).get(f"{API}/feed").json["items"] == []

    done = make.work()
    assert [name for name in done if not name.startswith("jobs.notifications")] == [
        "jobs.media.process", "jobs.media.erase", "jobs.posts.publish",
    ]  # fmt: skip

    found = sign_in(ben).get(f"{API}/feed").json["items"][0]["post"]
    assert found["id"] == post.json["id"]
    media = found["media"][0]
    assert (media["width"], media["height"], media["alt"]) == (1600, 1200, "A brown wall")
    assert all(reached(media["urls"][name], 200) for name in ("thumb", "small", "medium", "large", "fallback"))
    assert app.config["SETTINGS"].public_media_url in media["urls"]["large"]


def test_a_deleted_posts_photos_leave_their_addresses_and_return_with_it(app, sign_in):
    browser = sign_in(make.user("ana"))
    media_id = upload(browser, make.photo())
    post_id = browser.post(f"{API}/posts", json={"media_ids": [media_id]}).json["id"]
    make.work()
    urls = browser.get(f"{API}/posts/{post_id}").json["media"][0]["urls"]
    assert reached(urls["large"], 200)

    browser.delete(f"{API}/posts/{post_id}")
    make.work()
    assert reached(urls["large"], 404)
    assert reached(urls["fallback"], 404)

    browser.post(f"{API}/posts/{post_id}/restore")
    make.work()
    back = browser.get(f"{API}/posts/{post_id}").json
    assert back["status"] == "published"
    assert reached(back["media"][0]["urls"]["large"], 200)
    assert back["media"][0]["urls"] != urls, "the old addresses may still be on their way out"


def test_a_waiting_photo_is_shown_to_its_owner_by_signed_addresses_alone(app, sign_in):
    browser = sign_in(make.user("ana"))
    media_id = upload(browser, make.photo())
    make.work()
    media = browser.get(f"{API}/media/uploads/{media_id}/status").json["media"]
    assert fetch(media["urls"]["medium"]) == 200
    assert fetch(media["urls"]["medium"].split("?")[0]) in (400, 403), "not without the signature"
    assert sign_in(make.user("ben")).get(f"{API}/media/uploads/{media_id}/status").status_code == 404


def test_the_signature_fixes_length_and_key(app, sign_in):
    browser = sign_in(make.user("ana"))
    body = make.photo()
    target = start(browser, body).json["upload"]
    assert put(target, body + b"more") in (400, 403)
    elsewhere = {**target, "url": target["url"].replace("incoming/", "incoming/x")}
    assert put(elsewhere, body) in (400, 403)
    assert put(target, body) == 200


def test_complete_says_what_is_missing_and_starts_nothing_twice(app, sign_in):
    browser = sign_in(make.user("ana"))
    body = make.photo()
    begun = start(browser, body).json
    path = f"{API}/media/uploads/{begun['id']}/complete"
    assert browser.post(path).status_code == 409
    put(begun["upload"], body)
    first, second = browser.post(path), browser.post(path)
    assert first.status_code == second.status_code == 202
    assert first.json == second.json == {"id": begun["id"], "status": "processing"}
    assert make.work().count("jobs.media.process") == 1
    assert sign_in(make.user("ben")).post(path).status_code == 404


def test_a_replayed_upload_changes_nothing(app, sign_in):
    browser = sign_in(make.user("ana"))
    body = make.photo()
    begun = start(browser, body).json
    put(begun["upload"], body)
    browser.post(f"{API}/media/uploads/{begun['id']}/complete")
    make.work()
    before = browser.get(f"{API}/media/uploads/{begun['id']}/status").json["media"]["placeholder"]

    assert put(begun["upload"], body) == 200
    make.work()

    assert browser.get(f"{API}/media/uploads/{begun['id']}/status").json["media"]["placeholder"] == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"content_type": "image/gif"}, "content_type"),
        ({"content_type": "text/html"}, "content_type"),
        ({"size": 10 * 1024 * 1024 + 1}, "size"),
        ({"size": 0}, "size"),
        ({"purpose": "poster"}, "purpose"),
        ({"filename": "x" * 256}, "filename"),
    ],
)
def test_what_can_not_be_a_photo_is_refused_before_a_byte_is_sent(app, sign_in, change, field):
    answer = start(sign_in(make.user("ana")), b"x", **change)
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_a_file_that_is_no_photo_fails_with_a_sentence(app, sign_in):
    browser = sign_in(make.user("ana"))
    media_id = upload(browser, b"<html>no photo</html>" * 50)
    make.work()
    status = browser.get(f"{API}/media/uploads/{media_id}/status").json
    assert status["status"] == "failed"
    assert "photo" in status["error"]


def test_an_unused_photo_is_removed_with_its_objects(app, sign_in):
    browser = sign_in(make.user("ana"))
    media_id = upload(browser, make.photo())
    make.work()
    urls = browser.get(f"{API}/media/uploads/{media_id}/status").json["media"]["urls"]
    assert browser.delete(f"{API}/media/{media_id}").status_code == 204
    make.work()
    assert fetch(urls["medium"]) == 404
    assert browser.delete(f"{API}/media/{media_id}").status_code == 404


def test_a_used_photo_is_not_removed(app, sign_in):
    ana = make.user("ana")
    media_id = make.media(ana)
    browser = sign_in(ana)
    browser.post(f"{API}/posts", json={"media_ids": [str(media_id)]})
    assert browser.delete(f"{API}/media/{media_id}").status_code == 409


def test_a_plain_form_posts_several_photos(app, sign_in):
    browser = sign_in(make.user("ana"))
    form = {
        "photo": [(io.BytesIO(make.photo(colour=colour)), f"{colour}.jpg") for colour in ("red", "blue")],
        "caption": "By form",
        "alt": "Two walls",
    }
    assert browser.post("/new", data=form).status_code == 303
    assert "Getting your photos ready" in browser.get("/").text
    make.work()
    post = browser.get(f"{API}/feed").json["items"][0]["post"]
    assert [media["alt"] for media in post["media"]] == ["Two walls", ""]
    assert "By form" in browser.get("/").text


def test_a_script_posts_multipart(app, sign_in):
    browser = sign_in(make.user("ana"))
    form = {"photo": (io.BytesIO(make.photo()), "a.jpg"), "caption": "By script"}
    made = browser.post(f"{API}/posts", data=form)
    assert made.status_code == 202
    make.work()
    assert browser.get(f"{API}/posts/{made.json['id']}").json["status"] == "published"


def test_more_than_forty_megabytes_are_refused(app, sign_in):
    browser = sign_in(make.user("ana"))
    form = {"photo": (io.BytesIO(b"x" * (42 * 1024 * 1024)), "a.jpg")}
    answer = browser.post("/new", data=form)
    assert answer.status_code == 413
    assert "40 MB" in answer.text


def test_photos_together_are_forty_megabytes_at_most(app, sign_in):
    browser = sign_in(make.user("ana"))
    full = b"\xff\xd8\xff" + b"x" * (10 * 1024 * 1024 - 3)
    form = {"photo": [(io.BytesIO(one), "a.jpg") for one in (full, full, full, full, b"\xff\xd8\xff")]}
    answer = browser.post(f"{API}/posts", data=form)
    assert answer.status_code == 413
    assert "40 MB" in answer.json["detail"]


def test_a_photo_over_ten_megabytes_is_said_at_the_form(app, sign_in):
    browser = sign_in(make.user("ana"))
    form = {"photo": (io.BytesIO(b"\xff\xd8\xff" + b"x" * (11 * 1024 * 1024)), "a.jpg"), "caption": "Kept"}
    answer = browser.post("/new", data=form)
    assert answer.status_code == 422
    assert "larger than 10 MB" in answer.text
    assert "Kept" in answer.text


def test_photos_of_an_account_that_turns_private_leave_their_addresses(app, sign_in, visitor):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    owner, follower = sign_in(ana), sign_in(ben)
    media_id = upload(owner, make.photo())
    post_id = owner.post(f"{API}/posts", json={"media_ids": [media_id]}).json["id"]
    make.work()
    public = visitor.get(f"{API}/posts/{post_id}").json["media"][0]["urls"]
    assert public["medium"] in follower.get("/").text
    assert all(reached(public[name], 200) for name in ("thumb", "large", "fallback"))

    owner.patch(f"{API}/users/me", json={"is_private": True})
    assert visitor.get(f"{API}/posts/{post_id}").status_code == 404, "from the next request on"
    assert sorted(make.work()) == ["jobs.graph.settle", "jobs.media.erase", "jobs.users.settle", "jobs.users.settle"]
    assert all(reached(public[name], 404) for name in ("thumb", "small", "medium", "large", "fallback"))
    signed = follower.get(f"{API}/posts/{post_id}").json["media"][0]["urls"]
    assert fetch(signed["large"]) == 200
    assert "X-Amz-Signature" in signed["large"]
    page = follower.get("/").text
    assert public["medium"] not in page, "a card that was drawn before is drawn anew"
    assert "X-Amz-Signature" in page

    owner.patch(f"{API}/users/me", json={"is_private": False})
    make.work()
    again = visitor.get(f"{API}/posts/{post_id}").json["media"][0]["urls"]
    assert reached(again["large"], 200)
    assert again != public, "an address that was withdrawn stays so"
    assert again["medium"] in follower.get("/").text


def test_a_photo_on_its_way_into_the_public_turns_back_when_its_account_does(app, sign_in, visitor):
    ana = make.user("ana")
    owner = sign_in(ana)
    media_id = upload(owner, make.photo())
    make.work()
    post_id = uuid.UUID(owner.post(f"{API}/posts", json={"media_ids": [media_id]}).json["id"])
    with make.unit():
        photos = posts.to_show(post_id)
        for photo in photos:
            media_actions.copy_out(photo)
        urls = [storage.here().public_url(key) for key in photos[0].public_keys()]
        copied = [photo.public_key for photo in photos]
    assert reached(urls[0], 200)
    owner.patch(f"{API}/users/me", json={"is_private": True})
    with make.unit():
        posts.publish(post_id, copied)
    make.work()
    assert owner.get(f"{API}/posts/{post_id}").json["status"] == "published"
    assert all(reached(url, 404) for url in urls)


def test_copies_that_were_made_too_late_are_withdrawn_and_made_anew(app, sign_in, visitor):
    owner = sign_in(make.user("ana"))
    media_id = upload(owner, make.photo())
    make.work()
    post_id = uuid.UUID(owner.post(f"{API}/posts", json={"media_ids": [media_id]}).json["id"])
    with make.unit():
        photos = posts.to_show(post_id)
        copied = [photo.public_key for photo in photos]
        late = [storage.here().public_url(key) for key in photos[0].public_keys()]
        owner.delete(f"{API}/posts/{post_id}")
        owner.post(f"{API}/posts/{post_id}/restore")
        make.work(but="jobs.posts.publish")
        for key, public_key in zip(photos[0].variant_keys(), copies(copied[0]), strict=True):
            storage.here().publish(key, public_key)
    assert reached(late[0], 200), "copied after the deletion had erased it"
    with make.unit():
        posts.publish(post_id, copied)
    assert owner.get(f"{API}/posts/{post_id}").json["status"] == "processing", "its photos have other addresses now"
    make.work()
    assert all(reached(url, 404) for url in late)
    shape = visitor.get(f"{API}/posts/{post_id}").json
    assert shape["status"] == "published"
    assert reached(shape["media"][0]["urls"]["large"], 200)
