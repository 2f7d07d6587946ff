"""Conversations as scripts see them."""

import pytest

from tests import make
from tests.browsing import counted_queries

API = "/api/v1"


def friends(*people: make.Person) -> None:
    """Let all of them follow each other, so that nobody has to be asked."""
    for one in people:
        for other in people:
            if one is not other:
                make.follow(one, other)


def test_two_people_talk(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    friends(ana, ben)
    his, hers = sign_in(ben), sign_in(ana)
    begun = his.post(f"{API}/conversations", json={"usernames": ["ana"], "content": "Fine light today."})
    assert begun.status_code == 201
    talk = begun.json
    assert {"id", "title", "participants", "state", "unread_count", "last_message", "updated_at"} <= set(talk)
    assert {person["username"] for person in talk["participants"]} == {"ana", "ben"}
    assert talk["last_message"]["content"] == "Fine light today."
    again = hers.post(f"{API}/conversations", json={"usernames": ["ben"]})
    assert (again.status_code, again.json["id"]) == (200, talk["id"])
    assert (again.json["state"], again.json["unread_count"]) == ("accepted", 1)
    path = f"{API}/conversations/{talk['id']}/messages"
    said = hers.post(path, json={"content": "It was!"})
    assert said.status_code == 201
    assert {"id", "conversation_id", "seq", "sender", "content", "media", "story_id", "post_id", "deleted"} <= set(
        said.json
    )
    listed = his.get(path).json["items"]
    assert [(one["seq"], one["content"]) for one in listed] == [(2, "It was!"), (1, "Fine light today.")]
    assert [one["id"] for one in his.get(f"{API}/conversations").json["items"]] == [talk["id"]]
    assert his.get(f"{API}/conversations/{talk['id']}").json["unread_count"] == 1
    read = his.post(f"{API}/conversations/{talk['id']}/read", json={"seq": 2}).json
    assert read["unread_count"] == 0
    marks = {mark["user_id"]: mark["seq"] for mark in hers.get(f"{API}/conversations/{talk['id']}").json["read_marks"]}
    assert marks == {str(ana.id): 2, str(ben.id): 2}
    assert his.post(f"{API}/conversations/{talk['id']}/typing").status_code == 204


def test_a_stranger_finds_nothing(app, sign_in, visitor):
    ana, ben, eve = make.user("ana"), make.user("ben"), make.user("eve")
    talk = make.talk(ben, ana, content="Between us")
    message = make.say(ben, talk, "Only us")
    browser = sign_in(eve)
    for method, path, body in (
        ("GET", f"/conversations/{talk}", None), ("GET", f"/conversations/{talk}/messages", None),
        ("POST", f"/conversations/{talk}/messages", {"content": "Hi"}), ("DELETE", f"/messages/{message}", None),
        ("POST", f"/conversations/{talk}/read", {"seq": 1}), ("POST", f"/conversations/{talk}/typing", None),
        ("POST", f"/conversations/{talk}/accept", None), ("POST", f"/conversations/{talk}/decline", None),
        ("POST", f"/conversations/{talk}/leave", None), ("DELETE", f"/conversations/{talk}", None),
        ("PATCH", f"/conversations/{talk}", {"title": "x"}),
        ("POST", f"/conversations/{talk}/participants", {"usernames": ["eve"]}),
        ("DELETE", f"/conversations/{talk}/participants", {"usernames": ["ana"]}),
    ):  # fmt: skip
        assert browser.open(API + path, method=method, json=body).status_code == 404, path
        assert visitor.open(API + path, method=method, json=body).status_code == 401, path
    assert browser.get(f"{API}/search/messages?q=between").json["items"] == []
    assert len(sign_in(ben).get(f"{API}/search/messages?q=betw").json["items"]) == 1


@pytest.mark.parametrize(
    "body", [{}, {"content": ""}, {"content": "  "}, {"content": "x" * 2001}, {"content": "a\x00"}, {"shout": "x"}]
)
def test_a_bad_message_is_refused(app, sign_in, body):
    ana, ben = make.user("ana"), make.user("ben")
    talk = make.talk(ana, ben)
    assert sign_in(ana).post(f"{API}/conversations/{talk}/messages", json=body).status_code == 422


@pytest.mark.parametrize(
    ("names", "status", "word"),
    [(["nobody_here"], 404, "nobody"), (["ana"], 422, "other than"), ([], 422, "At least")],
)
def test_a_conversation_needs_somebody_else(app, sign_in, names, status, word):
    refused = sign_in(make.user("ana")).post(f"{API}/conversations", json={"usernames": names})
    assert refused.status_code == status
    assert word in refused.json["errors"]["usernames"][0]


def test_a_retry_says_it_once(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    path = f"{API}/conversations/{make.talk(ana, ben)}/messages"
    browser, key = sign_in(ana), {"Idempotency-Key": "once"}
    answers = [browser.post(path, json={"content": "Once"}, headers=key) for _ in range(3)]
    assert {(answer.status_code, answer.data) for answer in answers} == {(201, answers[0].data)}
    assert browser.post(path, json={"content": "Other"}, headers=key).status_code == 422
    assert [one["content"] for one in browser.get(path).json["items"]] == ["Once"]


def test_the_first_words_to_somebody_who_does_not_follow_one_are_a_request(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    talk = make.talk(ben, ana, content="Hello Ana")
    hers, his = sign_in(ana), sign_in(ben)
    assert hers.get(f"{API}/conversations").json["items"] == []
    asked = hers.get(f"{API}/conversations?state=requested").json["items"]
    assert [(one["id"], one["state"], one["can"]) for one in asked] == [(str(talk), "requested", ["accept", "decline"])]
    assert hers.get(f"{API}/auth/me").status_code == 200
    hers.post(f"{API}/conversations/{talk}/read", json={"seq": 1})
    before = his.get(f"{API}/conversations/{talk}").json
    assert str(ana.id) not in {mark["user_id"] for mark in before["read_marks"]}
    assert hers.post(f"{API}/conversations/{talk}/accept").json["state"] == "accepted"
    assert hers.post(f"{API}/conversations/{talk}/accept").status_code == 200
    assert [one["id"] for one in hers.get(f"{API}/conversations").json["items"]] == [str(talk)]
    assert hers.post(f"{API}/conversations/{talk}/decline").status_code == 409


def test_declining_tells_nobody(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    talk = make.talk(ben, ana, content="Hello Ana")
    hers, his = sign_in(ana), sign_in(ben)
    before = his.get(f"{API}/conversations/{talk}").json
    for _ in range(2):
        assert hers.post(f"{API}/conversations/{talk}/decline").status_code == 204
    assert his.get(f"{API}/conversations/{talk}").json == before
    assert his.post(f"{API}/conversations/{talk}/messages", json={"content": "Still there?"}).status_code == 201
    assert len(his.get(f"{API}/conversations/{talk}/messages").json["items"]) == 2
    assert hers.get(f"{API}/conversations/{talk}").status_code == 404
    for state in ("accepted", "requested"):
        assert hers.get(f"{API}/conversations?state={state}").json["items"] == []
    # Ana writes after all: what was withheld from her stays so
    again = hers.post(f"{API}/conversations", json={"usernames": ["ben"], "content": "Now, then"}).json
    assert again["id"] == str(talk)
    assert [one["content"] for one in hers.get(f"{API}/conversations/{talk}/messages").json["items"]] == ["Now, then"]
    assert his.post(f"{API}/conversations/{talk}/messages", json={"content": "Good!"}).status_code == 201
    assert hers.get(f"{API}/conversations/{talk}").json["last_message"]["content"] == "Good!"


def test_whom_one_lets_write(app, sign_in):
    ana, ben, cleo = make.user("ana"), make.user("ben"), make.user("cleo")
    make.follow(ana, cleo)
    old = make.talk(ben, ana, content="Earlier")
    hers, his = sign_in(ana), sign_in(ben)
    assert hers.get(f"{API}/me/settings").json["who_may_message"] == "everyone"
    assert hers.put(f"{API}/me/settings", json={"who_may_message": "followed"}).json["who_may_message"] == "followed"
    refused = his.post(f"{API}/conversations/{old}/messages", json={"content": "Hm?"})
    assert refused.status_code == 403
    assert "follow" in refused.json["detail"]
    assert his.post(f"{API}/conversations", json={"usernames": ["ana"]}).status_code == 403
    assert sign_in(cleo).post(f"{API}/conversations", json={"usernames": ["ana"]}).status_code == 201
    hers.put(f"{API}/me/settings", json={"who_may_message": "nobody"})
    assert sign_in(make.user("dora")).post(f"{API}/conversations", json={"usernames": ["ana"]}).status_code == 403
    assert sign_in(cleo).post(f"{API}/conversations", json={"usernames": ["ana"]}).status_code == 200
    hers.post(f"{API}/conversations/{old}/accept")
    goes_on = his.post(f"{API}/conversations/{old}/messages", json={"content": "Thanks"})
    assert goes_on.status_code == 201, "what was agreed to goes on"
    assert hers.put(f"{API}/me/settings", json={"who_may_message": "friends"}).status_code == 422


def test_what_one_said_can_be_deleted_by_oneself_alone(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    friends(ana, ben)
    talk = make.talk(ana, ben, content="First")
    message = make.say(ana, talk, "Regret")
    his, hers = sign_in(ben), sign_in(ana)
    assert his.get(f"{API}/conversations/{talk}").json["unread_count"] == 2
    assert his.delete(f"{API}/messages/{message}").status_code == 403
    for _ in range(2):
        assert hers.delete(f"{API}/messages/{message}").status_code == 204
    newest = his.get(f"{API}/conversations/{talk}/messages").json["items"][0]
    assert (newest["seq"], newest["content"], newest["deleted"]) == (2, "", True)
    assert his.get(f"{API}/conversations/{talk}").json["unread_count"] == 1
    assert his.get(f"{API}/search/messages?q=regret").json["items"] == []


def test_a_thread_deleted_for_oneself_is_there_for_the_other_and_comes_back_empty(app, sign_in):
    ana, ben = make.user("ana"), make.user("ben")
    friends(ana, ben)
    talk = make.talk(ana, ben, content="Old words")
    his, hers = sign_in(ben), sign_in(ana)
    assert his.delete(f"{API}/conversations/{talk}").status_code == 204
    assert his.get(f"{API}/conversations").json["items"] == []
    assert his.get(f"{API}/search/messages?q=old").json["items"] == []
    assert len(hers.get(f"{API}/conversations/{talk}/messages").json["items"]) == 1
    make.say(ana, talk, "New words")
    assert [one["id"] for one in his.get(f"{API}/conversations").json["items"]] == [str(talk)]
    assert [one["content"] for one in his.get(f"{API}/conversations/{talk}/messages").json["items"]] == ["New words"]


def test_a_list_costs_as_many_queries_for_twenty_as_for_two(app, sign_in):
    ana, others = make.user("ana"), [make.user(f"user_{number}") for number in range(20)]
    browser, post = sign_in(ana), make.post(ana)
    talks = [make.talk(ana, other, content="Hello") for other in others[:2]]
    for _ in range(2):
        make.say(ana, talks[0], post_id=post)
    paths = (f"{API}/conversations", f"{API}/conversations/{talks[0]}/messages", f"{API}/search/messages?q=hello")
    few = []
    for path in paths:
        browser.get(path)
        with counted_queries() as sent:
            browser.get(path)
        few.append(len(sent))
    for other in others[2:]:
        make.talk(ana, other, content="Hello")
    for _ in range(18):
        make.say(others[0], talks[0], post_id=post)
    for path, least in zip(paths, few, strict=True):
        browser.get(path)
        with counted_queries() as sent:
            assert len(browser.get(path).json["items"]) == 20
        assert len(sent) == least <= 4, (path, sent)


def test_to_say_something_costs_as_much_in_a_large_group_as_in_a_small_one(app, sign_in):
    ana, others = make.user("ana"), [make.user(f"user_{number}") for number in range(31)]
    browser = sign_in(ana)
    costs = []
    for count in (2, 31):
        talk = make.talk(ana, *others[:count])
        browser.post(f"{API}/conversations/{talk}/messages", json={"content": "Once"})
        with counted_queries() as sent:
            browser.post(f"{API}/conversations/{talk}/messages", json={"content": "Twice"})
        costs.append(len(sent))
    assert costs[0] == costs[1] <= 12, costs
