"""The list and the choice as people use them: plain forms, no JavaScript."""

import re

import pytest

from tests import make

API = "/api/v1"


@pytest.fixture
def two(app, sign_in):
    """Ana with a post that Ben likes and comments, and their browsers."""
    ana, ben = make.user("ana"), make.user("ben", display_name="Ben <b>")
    post_id = make.post(ana, "A gate")
    make.like(ben, post_id)
    make.comment(ben, post_id, "What a <gate>")
    make.work()
    return post_id, sign_in(ana), sign_in(ben)


def test_the_bell_counts_and_the_list_says_it_in_words(two):
    _, ana, ben = two
    assert '<b class="badge">2' in ana.get("/").text
    assert 'class="badge"' not in ben.get("/").text
    page = ana.get("/notifications").text
    assert "<bdi>Ben &lt;b&gt;</bdi></strong> liked your post" in page
    assert 'commented on your post: <q dir="auto">What a &lt;gate&gt;</q>' in page
    assert page.index("commented on") < page.index("liked your")
    assert "Nothing yet" in ben.get("/notifications").text
    assert "Nothing unread" in ben.get("/notifications?unread=true").text


def test_opening_one_marks_it_and_leads_there(two):
    post_id, ana, _ = two
    page = ana.get("/notifications").text
    action = re.search(r'action="(/notifications/[^"]+/read)"', page)[1]
    opened = ana.post(action)
    assert opened.status_code == 303
    assert opened.location.startswith(f"/p/{post_id}#comment-")
    assert '<b class="badge">1' in ana.get("/").text
    again = ana.get("/notifications").text
    assert action not in again, "what is read is a plain link"
    assert f'href="{opened.location}"' in again
    assert ana.get("/notifications?unread=true").text.count('<li id="told-') == 1


def test_all_are_marked_with_one_form(two):
    _, ana, _ = two
    assert 'action="/notifications/read-all"' in ana.get("/notifications").text
    assert ana.post("/notifications/read-all").location == "/notifications"
    page = ana.get("/notifications").text
    assert 'class="badge"' not in page
    assert "/read-all" not in page
    assert "liked your post" in page
    assert ana.post(f"{API}/notifications/read-all").json == {"unread": 0}


def test_the_choice_is_a_plain_form(two):
    _, ana, ben = two
    page = ana.get("/settings/notifications").text
    assert page.count('type="checkbox" name="app"') == 9
    assert page.count('type="checkbox" name="push"') == 10
    assert page.count('" checked') == 9 + 8 + 1, "all here, all but likes and reposts on devices, and no daily mail"
    saved = ana.post("/settings/notifications", data={"app": ["comment", "mention"], "push": ["mention"]})
    assert saved.status_code == 303
    page = ana.get(saved.location).text
    assert "Your choice is saved" in page
    assert page.count(" checked") == 4, "two here, one on devices, and no daily mail"
    ben.post(f"{API}/posts/{make.post(make.user('cleo'))}/like")
    assert ana.get(f"{API}/me/notification-settings").json["like"] == {"app": False, "push": False}
    assert ana.post("/settings/notifications", data={}).status_code == 303, "nothing at all is a choice, too"
    assert ana.get("/settings/notifications").text.count(" checked") == 1
    assert ana.post("/settings/notifications", data={"app": "smoke signals"}).status_code == 422


def test_older_ones_follow_by_scrolling(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    for number in range(25):
        make.like(ben, make.post(ana, f"Photo {number}"))
    make.work()
    browser = sign_in(ana)
    page = browser.get("/notifications").text
    older = page.split('hx-get="/notifications?')[1].split('"')[0].replace("&amp;", "&")
    part = browser.part(f"/notifications?{older}").text
    assert "<html" not in part
    assert page.count('<li id="told-') == 20
    assert part.count('<li id="told-') == 5
    assert not set(re.findall(r'id="(told-[^"]+)"', page)) & set(re.findall(r'id="(told-[^"]+)"', part))


def test_a_visitor_is_asked_to_sign_in(visitor, app):
    for path in ("/notifications", "/settings/notifications"):
        assert visitor.get(path).status_code in (302, 303, 401)
