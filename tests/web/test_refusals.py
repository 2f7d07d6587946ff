"""Whoever a form refuses sees it again; whoever gets no further than the gate sees nothing of its page."""

import pytest

from tests import make
from webapp.web import limits

API = "/api/v1"


@pytest.fixture
def post_id(app):
    post_id = make.post(make.user("ben"), "Ben's caption")
    make.comment(make.user("cleo"), post_id, "Cleo's comment")
    return post_id


@pytest.mark.parametrize("token", [True, False], ids=["with token", "without"])
def test_people_with_hidden_accounts_read_no_page_by_its_form(app, sign_in, post_id, token):
    ana = make.user("ana")
    browser = sign_in(ana)
    assert "caption" in browser.get(f"/p/{post_id}").text
    assert browser.post(f"/p/{post_id}/comments", data={"content": ""}).status_code == 422, "a form as ever"
    browser.post(f"{API}/me/deactivate")
    for path in (
        f"/p/{post_id}/comments",
        f"/p/{post_id}/folder",
        "/@ben/mute",
        "/settings/profile",
        "/settings/email",
    ):
        answer = browser.post(path, data={"content": ""}, token=token)
        assert answer.status_code in (400, 403), path
        for word in ("caption", "Cleo", "Mute ben", "ana@example.org"):
            assert word not in answer.text, (path, word)


def test_a_limit_draws_no_page(app, visitor, post_id, monkeypatch):
    monkeypatch.setitem(limits.BUCKETS, "comments", (0.002, "hour", False))
    for _ in range(3):
        answer = visitor.post(f"/p/{post_id}/comments", data={"content": "x"})
    assert answer.status_code == 429
    assert "caption" not in answer.text


@pytest.mark.parametrize("path", ["/@%00/mute", "/tags/%0a/unfollow", "/tags/a%0d%0ab/unfollow", "/tags/%00/follow"])
def test_odd_signs_in_a_path_are_no_error_of_ours(app, sign_in, path):
    assert sign_in(make.user("ana")).post(path).status_code < 500
