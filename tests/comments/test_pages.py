"""A post's page and its comments as forms and parts."""

from tests import make
from tests.browsing import counted_queries


def test_a_comment_comes_back_as_a_part_with_an_empty_form(app, sign_in):
    post_id = make.post(make.user("ana"))
    browser = sign_in(make.user("ben"))
    part = browser.part(f"/p/{post_id}/comments", method="POST", data={"content": "What light"})
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "What light" in part.text
    assert "hx-swap-oob" in part.text


def test_a_comment_without_scripts_leads_to_itself(app, sign_in):
    post_id = make.post(make.user("ana"))
    browser = sign_in(make.user("ben"))
    answer = browser.post(f"/p/{post_id}/comments", data={"content": "Plain"})
    assert answer.status_code == 303
    assert answer.location.startswith(f"/p/{post_id}#comment-")
    assert "Plain" in browser.get(f"/p/{post_id}").text


def test_a_refused_comment_keeps_its_words(app, sign_in):
    post_id = make.post(make.user("ana"))
    browser = sign_in(make.user("ben"))
    whole = browser.post(f"/p/{post_id}/comments", data={"content": "z" * 1001})
    assert whole.status_code == 422
    assert "z" * 1001 in whole.text
    assert "<html" in whole.text
    part = browser.part(f"/p/{post_id}/comments", method="POST", data={"content": "z" * 1001})
    assert part.status_code == 422
    assert "<html" not in part.text
    assert "z" * 1001 in part.text


def test_deleting_offers_a_way_back(app, sign_in):
    ana = make.user("ana")
    post_id = make.post(ana)
    comment_id = make.comment(ana, post_id, "Oh no")
    browser = sign_in(ana)
    part = browser.part(f"/p/{post_id}/comments/{comment_id}/delete", method="POST")
    assert f"/comments/{comment_id}/restore" in part.text
    back = browser.part(f"/comments/{comment_id}/restore", method="POST")
    assert "Oh no" in back.text


def test_a_long_thread_costs_as_many_queries_as_a_short_one(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    post_id = make.post(ana)
    parents = [make.comment(ben, post_id) for _ in range(2)]
    make.comment(ana, post_id, "reply", parents[0])
    browser = sign_in(ben)
    browser.get(f"/p/{post_id}")
    with counted_queries() as few:
        browser.get(f"/p/{post_id}")
    for _ in range(15):
        make.comment(ana, post_id, "reply", make.comment(ben, post_id))
    with counted_queries() as many:
        page = browser.get(f"/p/{post_id}").text
    assert page.count('class="replies"') > 15
    assert len(many) == len(few) <= 7


def test_replies_have_a_page_of_their_own(app, visitor):
    ana = make.user("ana")
    post_id = make.post(ana)
    parent = make.comment(ana, post_id)
    for number in range(4):
        make.comment(ana, post_id, f"Reply {number}", parent)
    assert "Reply 3" in visitor.get(f"/comments/{parent}/replies").text
    assert "Reply 3" in visitor.part(f"/comments/{parent}/replies").text
