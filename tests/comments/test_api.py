"""Comments as scripts see them."""

import pytest

from tests import make

API = "/api/v1"


def test_a_thread_reads_from_its_beginning(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    post_id = make.post(ana)
    browser = sign_in(ben)
    first = browser.post(f"{API}/posts/{post_id}/comments", json={"content": "First!"})
    assert first.status_code == 201
    assert {"id", "post_id", "parent_id", "author", "content", "counts", "viewer", "created_at"} <= set(first.json)
    reply = browser.post(f"{API}/posts/{post_id}/comments", json={"content": "And", "parent_id": first.json["id"]})
    deeper = browser.post(f"{API}/posts/{post_id}/comments", json={"content": "Deep", "parent_id": reply.json["id"]})
    assert deeper.json["parent_id"] == first.json["id"], "threads are one level deep"
    browser.post(f"{API}/posts/{post_id}/comments", json={"content": "Second"})

    page = browser.get(f"{API}/posts/{post_id}/comments").json

    assert [c["content"] for c in page["items"]] == ["First!", "Second"]
    assert page["items"][0]["counts"] == {"likes": 0, "replies": 2}
    assert [c["content"] for c in browser.get(f"{API}/comments/{first.json['id']}/replies").json["items"]] == [
        "And",
        "Deep",
    ]
    assert browser.get(f"{API}/posts/{post_id}").json["counts"]["comments"] == 4


@pytest.mark.parametrize("content", ["", "   ", "x" * 1001, "nul\x00"])
def test_a_bad_comment_is_refused(app, sign_in, content):
    post_id = make.post(make.user("ana"))
    answer = sign_in(make.user("ben")).post(f"{API}/posts/{post_id}/comments", json={"content": content})
    assert answer.status_code == 422
    assert "content" in answer.json["errors"]


def test_the_author_and_the_host_delete_and_nobody_else(app, sign_in):
    ana, ben, cleo = make.user("ana"), make.user("ben"), make.user("cleo")
    post_id = make.post(ana)
    one, two = make.comment(ben, post_id), make.comment(ben, post_id)
    path = f"{API}/posts/{post_id}/comments/"
    assert sign_in(cleo).delete(f"{path}{one}").status_code == 403
    assert sign_in(ben).delete(f"{path}{one}").status_code == 204
    assert sign_in(ana).delete(f"{path}{two}").status_code == 204
    assert sign_in(ana).get(f"{API}/posts/{post_id}").json["counts"]["comments"] == 0
    assert sign_in(ana).post(f"{API}/comments/{one}/restore").status_code == 404, "who deleted it takes it back"
    assert sign_in(ben).post(f"{API}/comments/{one}/restore").status_code == 200
    assert sign_in(ana).get(f"{API}/posts/{post_id}").json["counts"]["comments"] == 1


def test_liking_a_comment_twice_is_once(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    comment_id = make.comment(ben, make.post(ana))
    browser = sign_in(ana)
    for _ in range(2):
        assert browser.post(f"{API}/comments/{comment_id}/like").json["counts"]["likes"] == 1
    for _ in range(2):
        assert browser.delete(f"{API}/comments/{comment_id}/like").json["counts"]["likes"] == 0


def test_a_reply_belongs_to_the_post_of_its_parent(app, sign_in):
    ana = make.user("ana")
    elsewhere = make.comment(ana, make.post(ana))
    here = make.post(ana)
    body = {"content": "Lost", "parent_id": str(elsewhere)}
    assert sign_in(ana).post(f"{API}/posts/{here}/comments", json=body).status_code == 404


def test_comments_can_be_turned_off(app, sign_in):
    ana = make.user("ana")
    post_id = make.post(ana)
    browser = sign_in(ana)
    browser.patch(f"{API}/posts/{post_id}", json={"comments_enabled": False})
    assert browser.post(f"{API}/posts/{post_id}/comments", json={"content": "Hm"}).status_code == 403
    assert "comment-form" not in browser.get(f"/p/{post_id}").text


def test_replies_go_and_come_back_with_their_comment(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    post_id = make.post(ana)
    parent = make.comment(ben, post_id)
    reply = make.comment(ana, post_id, "Thanks", parent)
    browser = sign_in(ben)
    assert browser.delete(f"{API}/posts/{post_id}/comments/{parent}").status_code == 204
    assert browser.get(f"{API}/posts/{post_id}").json["counts"]["comments"] == 0
    assert browser.get(f"{API}/posts/{post_id}/comments").json["items"] == []
    assert browser.post(f"{API}/comments/{reply}/restore").status_code == 404, "not without what it answers"
    back = browser.post(f"{API}/comments/{parent}/restore")
    assert back.json["counts"]["replies"] == 1
    assert browser.get(f"{API}/posts/{post_id}").json["counts"]["comments"] == 2
