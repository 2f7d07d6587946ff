"""Photos in messages: uploaded before, or sent in a plain form; theirs alone who talk; gone with the message."""

import io

import pytest
from sqlalchemy import select

from tests import make
from tests.messages.test_api import API, friends
from webapp.core import db, storage
from webapp.models import Media


@pytest.fixture
def two(app, sign_in):
    """Ana and Ben with a conversation."""
    ana, ben = make.user("ana"), make.user("ben")
    friends(ana, ben)
    return ana, ben, make.talk(ana, ben), sign_in(ana), sign_in(ben)


def form(**more):
    return {"data": {"photo": (io.BytesIO(make.photo()), "a.jpg"), **more}, "content_type": "multipart/form-data"}


def test_a_photo_on_its_way_has_its_number_already(two):
    _, _, talk, hers, his = two
    sent = hers.post(f"{API}/conversations/{talk}/messages", **form(content="Look"))
    assert (sent.status_code, sent.json["seq"], sent.json["media"]["status"]) == (202, 1, "processing")
    seen = his.get(f"{API}/conversations/{talk}/messages").json["items"][0]
    assert (seen["content"], seen["media"]["urls"]) == ("Look", None)
    assert "on its way" in his.get(f"/messages/{talk}").text
    make.work()
    seen = his.get(f"{API}/conversations/{talk}/messages").json["items"][0]
    assert seen["media"]["status"] == "ready"
    url = seen["media"]["urls"]["large"]
    assert storage.here().access.private in url
    assert "X-Amz-Signature" in url
    part = his.part(f"/messages/m/{seen['id']}").text
    assert url.split("?")[0] in part
    assert "hx-trigger" not in part


def test_deleting_the_message_deletes_the_photo(two):
    _, _, talk, hers, _ = two
    sent = hers.post(f"{API}/conversations/{talk}/messages", **form())
    make.work()
    with make.unit():
        photo = db.session().scalars(select(Media)).one()
        keys = [photo.original, *photo.variant_keys()]
    assert all(storage.here().size(key) for key in keys)
    assert hers.delete(f"{API}/media/{photo.id}").status_code == 409
    assert hers.delete(f"{API}/messages/{sent.json['id']}").status_code == 204
    make.work()
    assert [key for key in keys if storage.here().size(key)] == []
    with make.unit():
        assert db.rows(select(Media.__table__)) == []


def test_a_file_that_is_no_photo_says_so_to_whoever_sent_it(two):
    _, _, talk, hers, his = two
    nonsense = {"photo": (io.BytesIO(b"no photo" * 100), "a.jpg")}
    sent = hers.post(f"{API}/conversations/{talk}/messages", data=nonsense, content_type="multipart/form-data")
    assert sent.status_code == 202
    make.work()
    own = hers.get(f"{API}/conversations/{talk}/messages").json["items"][0]["media"]
    seen = his.get(f"{API}/conversations/{talk}/messages").json["items"][0]["media"]
    assert (own["status"], seen["status"]) == ("failed", "failed")
    assert own["error"]
    assert seen["error"] is None


def test_which_photos_can_be_sent(two):
    ana, ben, talk, hers, _ = two
    path = f"{API}/conversations/{talk}/messages"
    used = make.media(ana, purpose="message")
    assert hers.post(path, json={"media_id": str(used)}).status_code == 201
    for media_id, status in (
        (used, 409), (make.media(ana), 409), (make.media(ana, purpose="message", status="pending"), 409),
        (make.media(ana, purpose="message", status="failed"), 422), (make.media(ben, purpose="message"), 404),
    ):  # fmt: skip
        assert hers.post(path, json={"media_id": str(media_id)}).status_code == status


def test_the_same_form_sent_twice_says_it_once(two):
    _, _, talk, hers, _ = two
    page = hers.get(f"/messages/{talk}").text
    key = page.split('name="key" value="')[1].split('"')[0]
    for _ in range(2):
        assert hers.post(f"/messages/{talk}", **form(content="Once", key=key)).status_code == 303
    assert hers.post(f"/messages/{talk}", data={"content": "Other", "key": key}).status_code == 303
    listed = hers.get(f"{API}/conversations/{talk}/messages").json["items"]
    assert [one["content"] for one in listed] == ["Other", "Once"]
    with make.unit():
        assert len(db.rows(select(Media.__table__))) == 1


def test_a_form_with_nothing_in_it_is_refused_and_keeps_what_was_typed(two):
    _, _, talk, hers, _ = two
    empty = hers.post(f"/messages/{talk}", data={"content": "  "})
    assert empty.status_code == 422
    assert "Write something" in empty.text
    long = hers.post(f"/messages/{talk}", data={"content": "y" * 2001})
    assert long.status_code == 422
    assert "y" * 2001 in long.text
    part = hers.part(f"/messages/{talk}", method="POST", data={"content": "y" * 2001})
    assert part.status_code == 422
    assert part.text.startswith('<p class="error">')


def test_a_second_photo_is_refused_and_not_left_out_in_silence(two):
    _, _, talk, hers, his = two
    both = [(io.BytesIO(make.photo()), name) for name in ("a.jpg", "b.jpg")]
    sent = hers.post(f"{API}/conversations/{talk}/messages", data={"photo": both}, content_type="multipart/form-data")
    assert sent.status_code == 422
    assert "one photo" in sent.json["errors"]["photo"][0]
    both = [(io.BytesIO(make.photo()), name) for name in ("a.jpg", "b.jpg")]
    page = hers.post(f"/messages/{talk}", data={"photo": both}, content_type="multipart/form-data")
    assert page.status_code == 422
    assert "one photo" in page.text
    assert his.get(f"{API}/conversations/{talk}/messages").json["items"] == []
