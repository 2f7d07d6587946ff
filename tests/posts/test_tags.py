"""Following hashtags."""

import pytest

from tests import make
from webapp.posts import tags

API = "/api/v1"


def test_a_hashtag_is_followed_and_let_go_and_twice_is_once(app, sign_in):
    ana = make.user("ana")
    make.post(ana, "#Fog")
    browser = sign_in(ana)
    for _ in range(2):
        answer = browser.post(f"{API}/tags/FOG/follow")
        assert (answer.status_code, answer.json) == (200, {"tag": "fog", "post_count": 1, "following": True})
    assert [tag["tag"] for tag in browser.get(f"{API}/me/tags").json["items"]] == ["fog"]
    for _ in range(2):
        answer = browser.delete(f"{API}/tags/fog/follow")
        assert (answer.status_code, answer.json["following"]) == (200, False)
    assert browser.get(f"{API}/me/tags").json["items"] == []


def test_the_button_stands_on_the_tags_page_and_in_searches(app, sign_in, visitor):
    ana = make.user("ana")
    make.post(ana, "#fog")
    browser = sign_in(ana)
    assert 'action="/tags/fog/follow"' in browser.get("/tags/fog").text
    assert "/follow" not in visitor.get("/tags/fog").text
    part = browser.part("/tags/fog/follow", method="POST").text
    assert 'action="/tags/fog/unfollow"' in part
    assert 'aria-pressed="true"' in part
    answer = browser.post("/tags/mist/follow", headers={"Referer": "http://localhost/tags/mist"})
    assert (answer.status_code, answer.location) == (303, "/tags/mist")
    assert 'action="/tags/fog/unfollow"' in browser.get("/search?q=fog&kind=tags").text
    page = browser.get("/search").text
    assert page.index('href="/tags/mist"') < page.index('href="/tags/fog"')
    assert browser.post("/tags/fog/unfollow").status_code == 303
    assert 'href="/tags/fog"' not in browser.get("/search").text


@pytest.mark.parametrize("tag", ["2024", "a-b", "x" * 101, "a b", "%23"])
def test_what_is_no_hashtag_is_refused(app, sign_in, tag):
    browser = sign_in(make.user("ana"))
    assert browser.post(f"{API}/tags/{tag}/follow").status_code == 422


def test_there_is_an_end_to_it(app, sign_in, monkeypatch):
    monkeypatch.setattr(tags, "MOST_FOLLOWED", 2)
    browser = sign_in(make.user("ana"))
    for tag in ("a", "b", "b"):
        assert browser.post(f"{API}/tags/{tag}/follow").status_code == 200
    answer = browser.post(f"{API}/tags/c/follow")
    assert answer.status_code == 409
    assert "Let one go" in answer.json["detail"]


def test_followed_tags_are_ones_own_and_paged(app, sign_in, visitor):
    browser, other = sign_in(make.user("ana")), sign_in(make.user("ben"))
    for tag in ("a", "b", "c"):
        browser.post(f"{API}/tags/{tag}/follow")
    first = browser.get(f"{API}/me/tags?limit=2").json
    rest = browser.get(f"{API}/me/tags", query_string={"limit": 2, "cursor": first["next_cursor"]}).json
    assert [tag["tag"] for tag in first["items"] + rest["items"]] == ["c", "b", "a"]
    assert other.get(f"{API}/me/tags").json["items"] == []
    assert visitor.get(f"{API}/me/tags").status_code == 401
    assert visitor.post(f"{API}/tags/a/follow").status_code == 401


def test_the_count_is_of_what_one_may_see(app, sign_in, visitor):
    ana, ben = make.user("ana", private=True), make.user("ben")
    for number in range(3):
        make.post(ana, f"#fog {number}")
    make.post(ben, "#fog")

    def counts(browser):
        return [tag["post_count"] for tag in browser.get(f"{API}/search/tags?q=fog").json["items"]]

    assert counts(visitor) == [1]
    assert counts(sign_in(ana)) == [4]
