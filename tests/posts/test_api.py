"""Posts as scripts see them."""

import io
import uuid

import pytest

from tests import make

API = "/api/v1"


def test_a_post_has_exactly_the_fields_of_the_contract(app, visitor, sign_in):
    ana = make.user("ana")
    post_id = make.post(ana, "Fog on the #Pier with @ana", location="Oslo")
    shape = visitor.get(f"{API}/posts/{post_id}").json
    wanted = {
        "id", "author", "media", "caption", "location", "hashtags", "mentions", "status", "counts", "viewer", "tagged",
        "sensitive", "comments_enabled", "edited_at", "created_at",
    }  # fmt: skip
    assert wanted <= set(shape)
    assert shape["hashtags"] == ["pier"]
    assert shape["mentions"] == ["ana"]
    assert shape["counts"] == {"likes": 0, "comments": 0, "reposts": 0}
    assert shape["viewer"] is None
    assert set(shape["author"]) == {"id", "username", "display_name", "avatar"}
    media = shape["media"][0]
    assert {"id", "type", "status", "width", "height", "alt", "placeholder", "duration", "urls"} <= set(media)
    assert {"thumb", "small", "medium", "large", "video"} <= set(media["urls"])
    mine = sign_in(ana).get(f"{API}/posts/{post_id}").json
    assert mine["viewer"] == {"liked": False, "saved": False, "reposted": False}


def test_creating_answers_202_and_publishes_when_the_photos_are_ready(app, sign_in):
    ana = make.user("ana")
    media_id = make.media(ana, status="processing")
    made = sign_in(ana).post(f"{API}/posts", json={"media_ids": [str(media_id)], "caption": "Soon"})
    assert made.status_code == 202
    assert made.json["status"] == "processing"
    assert made.json["media"][0]["urls"] is None


def test_a_retry_with_the_same_key_makes_one_post(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    body = {"media_ids": [str(make.media(ana))], "caption": "Once"}
    headers = {"Idempotency-Key": "k-1"}
    first = browser.post(f"{API}/posts", json=body, headers=headers)
    again = browser.post(f"{API}/posts", json=body, headers=headers)
    assert first.status_code == again.status_code == 202
    assert first.json["id"] == again.json["id"]
    other = browser.post(f"{API}/posts", json={**body, "caption": "Other"}, headers=headers)
    assert other.status_code == 422
    assert "Idempotency-Key" in other.json["errors"]


def test_a_photo_stands_in_one_post_and_belongs_to_its_owner(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    browser = sign_in(ana)
    mine, his = str(make.media(ana)), str(make.media(ben))
    pending = str(make.media(ana, status="pending"))
    failed = str(make.media(ana, status="failed", error="This is a GIF. Choose another one."))

    def share(*ids):
        return browser.post(f"{API}/posts", json={"media_ids": list(ids)})

    assert share(mine).status_code == 202
    assert share(mine).status_code == 409
    assert share(his).status_code == 404
    assert share(str(uuid.uuid4())).status_code == 404
    assert share(pending).status_code == 409
    refused = share(failed)
    assert refused.status_code == 422
    assert refused.json["errors"]["media_ids"] == ["This is a GIF. Choose another one."]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "media_ids"),
        ({"media_ids": []}, "media_ids"),
        ({"media_ids": ["no id"]}, "media_ids"),
        ({"caption": "x" * 2201}, "caption"),
        ({"caption": " ".join(f"#t{n}x" for n in range(31))}, "caption"),
        ({"caption": " ".join(f"@user{n}" for n in range(21))}, "caption"),
        ({"location": "x" * 256}, "location"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_field_is_named(app, sign_in, body, field):
    ana = make.user("ana")
    if body:
        body.setdefault("media_ids", [str(make.media(ana))])
    answer = sign_in(ana).post(f"{API}/posts", json=body)
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_null_says_what_leaving_out_says(app, sign_in):
    ana = make.user("ana")
    body = {"media_ids": [str(make.media(ana))], "caption": None, "location": None, "alts": None}
    assert sign_in(ana).post(f"{API}/posts", json=body).status_code == 202


def test_a_malformed_or_unknown_id_is_not_found(app, visitor):
    for post_id in ("x", "0" * 32, str(uuid.uuid4()), "%00"):
        answer = visitor.get(f"{API}/posts/{post_id}")
        assert answer.status_code == 404, post_id
        assert answer.mimetype == "application/problem+json"


def test_liking_twice_is_one_like(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    post_id = make.post(ana)
    browser = sign_in(ben)
    for _ in range(2):
        shape = browser.post(f"{API}/posts/{post_id}/like")
        assert shape.status_code == 200
        assert shape.json["counts"]["likes"] == 1
        assert shape.json["viewer"]["liked"] is True
    assert browser.get(f"{API}/posts/{post_id}").json["counts"]["likes"] == 1
    assert [p["username"] for p in browser.get(f"{API}/posts/{post_id}/likes").json["items"]] == ["ben"]
    assert [p["id"] for p in browser.get(f"{API}/me/likes").json["items"]] == [str(post_id)]
    for _ in range(2):
        assert browser.delete(f"{API}/posts/{post_id}/like").json["counts"]["likes"] == 0


def test_saving_is_for_oneself(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    post_id = make.post(ana)
    assert sign_in(ben).post(f"{API}/posts/{post_id}/save").json["viewer"]["saved"] is True
    assert [p["id"] for p in sign_in(ben).get(f"{API}/me/saved").json["items"]] == [str(post_id)]
    assert sign_in(ana).get(f"{API}/me/saved").json["items"] == []


def test_only_the_author_edits(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    post_id = make.post(ana, "#old words")
    assert sign_in(ben).patch(f"{API}/posts/{post_id}", json={"caption": "mine"}).status_code == 403
    browser = sign_in(ana)
    media_id = browser.get(f"{API}/posts/{post_id}").json["media"][0]["id"]
    changed = browser.patch(f"{API}/posts/{post_id}", json={"caption": "#new words", "alts": {media_id: "A pier"}})
    assert changed.status_code == 200
    assert changed.json["hashtags"] == ["new"]
    assert changed.json["media"][0]["alt"] == "A pier"
    assert changed.json["edited_at"]
    assert browser.get(f"{API}/tags/old").json["items"] == []
    assert len(browser.get(f"{API}/tags/New").json["items"]) == 1
    strange = browser.patch(f"{API}/posts/{post_id}", json={"alts": {str(uuid.uuid4()): "x"}})
    assert strange.status_code == 422
    made = {"media_ids": [str(make.media(ana))], "alts": {media_id: "A pier"}}
    refused = browser.post(f"{API}/posts", json=made)
    assert (refused.status_code, refused.json["errors"]) == (422, strange.json["errors"])


def test_a_deleted_post_is_gone_everywhere_at_once_and_comes_back(app, sign_in, visitor):
    ana, ben = make.user("ana"), make.user("ben")
    make.follow(ben, ana)
    post_id = make.post(ana, "#gone")
    make.like(ben, post_id)
    places = ("/posts/{}", "/posts/{}/comments", "/posts/{}/likes")
    lists = ("/feed", "/feed?view=public", "/users/ana/posts", "/tags/gone", "/me/likes")
    reader, author = sign_in(ben), sign_in(ana)
    assert all(str(post_id) in reader.get(API + path).text for path in lists)

    assert reader.delete(f"{API}/posts/{post_id}").status_code == 403
    assert author.delete(f"{API}/posts/{post_id}").status_code == 204

    assert all(reader.get(API + path.format(post_id)).status_code == 404 for path in places)
    assert not any(str(post_id) in reader.get(API + path).text for path in lists)
    assert visitor.get(f"{API}/users/ana").json["counts"]["posts"] == 0
    assert author.delete(f"{API}/posts/{post_id}").status_code == 404
    assert reader.post(f"{API}/posts/{post_id}/restore").status_code == 404

    assert author.post(f"{API}/posts/{post_id}/restore").status_code == 200


def test_a_private_accounts_posts_are_for_its_followers(app, sign_in, visitor):
    shy, ben, cleo = make.user("shy"), make.user("ben"), make.user("cleo")
    make.follow(ben, shy)
    post_id = make.post(shy, "#quiet")
    with make.unit():
        make.db.execute(make.update(make.User).where(make.User.id == shy.id).values(is_private=True))
    for path in (f"/posts/{post_id}", f"/posts/{post_id}/comments", f"/posts/{post_id}/likes", "/users/shy/posts"):
        assert sign_in(ben).get(API + path).status_code == 200, path
        assert sign_in(shy).get(API + path).status_code == 200, path
        assert sign_in(cleo).get(API + path).status_code == 404, path
        assert visitor.get(API + path).status_code == 404, path
    for path in ("/feed?view=public", "/tags/quiet"):
        assert str(post_id) not in sign_in(cleo).get(API + path).text
    assert sign_in(cleo).post(f"{API}/posts/{post_id}/like").status_code == 404


def test_a_visitor_reads_and_does_not_write(app, visitor):
    post_id = make.post(make.user("ana"))
    assert visitor.get(f"{API}/posts/{post_id}").status_code == 200
    for verb in ("like", "save"):
        answer = visitor.post(f"{API}/posts/{post_id}/{verb}")
        assert answer.status_code == 401
        assert "WWW-Authenticate" in answer.headers


def test_a_change_of_nothing_is_no_edit(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    post_id = make.post(ana, "Same")
    assert browser.patch(f"{API}/posts/{post_id}", json={"caption": "Same"}).json["edited_at"] is None
    assert browser.patch(f"{API}/posts/{post_id}", json={"caption": "Other"}).json["edited_at"]


def test_the_same_key_with_another_file_is_refused(app, sign_in):
    browser = sign_in(make.user("ana"))

    def share(colour):
        form = {"photo": (io.BytesIO(make.photo(64, 64, colour, "PNG")), "a.png")}
        return browser.post(f"{API}/posts", data=form, headers={"Idempotency-Key": "same"})

    assert share("#102030").status_code == 202
    assert share("#102030").status_code == 202
    assert share("#302010").status_code == 422


def test_a_tag_is_found_however_it_is_composed(app, sign_in, visitor):
    make.post(make.user("ana"), "#Caf\u00e9 #" + "x" * 101)
    assert len(visitor.get(f"{API}/tags/Cafe\u0301").json["items"]) == 1
    assert visitor.get(f"{API}/tags/{'x' * 100}").json["items"] == [], "too long is no tag"


def test_null_empties_and_what_is_left_out_stays(app, sign_in):
    ana = make.user("ana")
    browser = sign_in(ana)
    path = f"{API}/posts/{make.post(ana, 'Words', location='Oslo')}"
    assert browser.patch(path, json={"location": None}).json["location"] == ""
    assert browser.get(path).json["caption"] == "Words"
    assert browser.patch(path, json={"caption": None}).json["caption"] == ""
