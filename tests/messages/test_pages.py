"""Conversations as pages, with htmx and without scripts."""

import re

from tests import make
from tests.browsing import counted_queries
from tests.messages.test_api import API, friends


def two(sign_in):
    ana, ben = make.user("ana", display_name="Ana L."), make.user("ben")
    friends(ana, ben)
    return ana, ben, sign_in(ana), sign_in(ben)


def test_a_whole_talk_by_forms_alone(app, sign_in):
    _, _, hers, his = two(sign_in)
    assert 'href="/messages/new?to=ana"' in his.get("/@ana").text
    assert 'value="ana"' in his.get("/messages/new?to=ana").text
    begun = his.post("/messages/new", data={"usernames": "@ana", "content": "Hello Ana", "key": "k"})
    assert begun.status_code == 303
    path = begun.location.partition("#")[0]
    assert his.get("/messages/new?to=ana").location == begun.location, "there is one already"
    listed = hers.get("/messages").text
    assert f'href="{path}#latest"' in listed
    assert '<b class="badge">1' in listed
    page = hers.get(path).text
    assert "Hello Ana" in page
    assert "Mark as read" in page
    assert hers.post(f"{path}/read", data={"seq": 1}).status_code == 303
    assert "Mark as read" not in hers.get(path).text
    assert "Seen" in his.get(path).text
    answered = hers.post(path, data={"content": "Hello Ben", "key": "k"})
    assert answered.location == f"{path}#latest"
    page = his.get(path).text
    assert page.index("Hello Ana") < page.index("Hello Ben")
    own = re.search(r'action="(/messages/m/[^"]+/delete)"', page)[1]
    assert his.post(own).status_code == 303
    assert "Message deleted" in hers.get(path).text


def test_what_was_said_comes_back_as_a_part(app, sign_in):
    ana, ben, hers, _ = two(sign_in)
    talk = make.talk(ana, ben, content="First")
    part = hers.part(f"/messages/{talk}", method="POST", data={"content": "Second <b>", "key": "x"}).text
    assert "<html" not in part
    assert 'data-seq="2"' in part
    assert "Second &lt;b&gt;" in part
    gone = re.search(r'hx-post="([^"]+)"', part)[1]
    assert "Message deleted" in hers.part(gone, method="POST").text
    assert hers.part(f"/messages/{talk}/typing", method="POST").status_code == 204


def test_earlier_messages_are_a_link_and_a_part(app, sign_in):
    ana, ben, hers, _ = two(sign_in)
    talk = make.talk(ana, ben)
    for number in range(1, 36):
        make.say(ana, talk, f"Number {number}.")
    page = hers.get(f"/messages/{talk}").text
    assert "Number 35." in page
    assert "Number 5." not in page
    earlier = re.search(r'id="older"[^>]*hx-get="([^"]+)"', page)[1]
    part = hers.part(earlier).text
    assert re.findall(r"Number (\d+)\.", part) == ["1", "2", "3", "4", "5"]
    assert 'id="older" class="more small" hx-swap-oob="true"' in part
    assert "To the newest messages" in hers.get(earlier).text
    found = hers.get(f"{API}/search/messages?q=number 3").json["items"][-1]
    there = hers.get(f"/messages/m/{found['id']}")
    assert f'id="m-{found["id"]}"' in hers.get(there.location.partition("#")[0]).text


def test_a_request_is_answered_by_forms(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    talk = make.talk(ben, ana, content="Please")
    hers = sign_in(ana)
    assert "1 waits" in hers.get("/messages").text
    assert "Please" in hers.get("/messages/requests").text
    # what happens in conversations that one takes part in puts their rows into the list of this name
    assert 'id="conversations"' in hers.get("/messages").text
    assert 'id="conversations"' not in hers.get("/messages/requests").text
    page = hers.get(f"/messages/{talk}").text
    assert "composer" not in page
    assert f'action="/messages/{talk}/decline"' in page
    assert hers.post(f"/messages/{talk}/accept").location == f"/messages/{talk}#latest"
    assert "composer" in hers.get(f"/messages/{talk}").text


def test_a_group_is_made_named_widened_and_left_by_forms(app, sign_in):
    _, _, hers, his = two(sign_in)
    for name in ("cleo", "dora"):
        make.user(name)
    begun = hers.post("/messages/new", data={"usernames": "ben, @cleo", "title": "Walk", "key": "g"})
    again = hers.post("/messages/new", data={"usernames": "ben, @cleo", "title": "Walk", "key": "g"})
    path = begun.location.partition("#")[0]
    assert again.location == begun.location
    assert hers.post(f"{path}/title", data={"title": "A longer walk"}).status_code == 303
    assert hers.post(f"{path}/people", data={"usernames": "dora"}).status_code == 303
    wrong = hers.post(f"{path}/people", data={"usernames": "nobody_known"})
    assert wrong.status_code == 422
    assert "There is nobody called nobody_known" in wrong.text
    details = his.get(f"{path}/details").text
    assert "A longer walk" in details
    assert "4 people" in details
    assert "people/remove" not in details
    assert hers.post(f"{path}/people/remove", data={"usernames": "dora"}).status_code == 303
    assert "3 people" in his.get(f"{path}/details").text
    assert his.post(f"{path}/leave").location == "/messages"
    assert his.get(path).status_code == 404
    assert hers.post(f"{path}/delete").location == "/messages"
    assert "A longer walk" not in hers.get("/messages").text


def test_a_post_is_sent_from_its_page(app, sign_in):
    ana, ben, hers, his = two(sign_in)
    post = make.post(ana, "The pier")
    assert f'href="/p/{post}/send"' in hers.get(f"/p/{post}").text
    talk = make.talk(ana, ben)
    make.say(ana, talk, "Hello")
    page = hers.get(f"/p/{post}/send").text
    assert str(talk) in page
    assert hers.post(f"/p/{post}/send", data={"key": "a"}).status_code == 422
    for _ in range(2):
        sent = hers.post(f"/p/{post}/send", data={"conversation_id": str(talk), "content": "Look", "key": "a"})
        assert sent.location == f"/messages/{talk}#latest"
    assert his.get(f"/messages/{talk}").text.count(f'href="/p/{post}"') == 1
    make.user("cleo")
    assert hers.post(f"/p/{post}/send", data={"usernames": "cleo", "key": "b"}).status_code == 303


def test_whom_one_lets_write_is_set_by_a_form(app, sign_in):
    _, _, hers, _ = two(sign_in)
    assert hers.post("/settings/messages", data={"who_may_message": "followed"}).location == "/settings/privacy"
    assert 'value="followed" checked' in hers.get("/settings/privacy").text
    assert hers.post("/settings/messages", data={"who_may_message": "friends"}).status_code == 422


def test_a_long_list_and_a_long_talk_cost_as_many_queries_as_short_ones(app, sign_in):
    ana, ben, hers, _ = two(sign_in)
    talk = make.talk(ana, ben, content="Hello")
    make.say(ben, talk)
    make.talk(ana, make.user("cleo"), content="Hello")
    costs: dict[str, list[int]] = {"/messages": [], f"/messages/{talk}": []}
    for more in (0, 18):
        for number in range(more):
            make.talk(ana, make.user(f"user_{number}"), content="Hello")
            make.say(ben, talk)
        for path, counts in costs.items():
            hers.get(path)
            with counted_queries() as sent:
                hers.get(path)
            counts.append(len(sent))
    for few, many in costs.values():
        assert few == many <= 4, costs
