"""Who is told what: by jobs, once, in one line for many."""

import pytest

from tests import make
from tests.browsing import counted_queries

API = "/api/v1"


@pytest.fixture
def town(app, sign_in):
    """Ana with a post, eight neighbours, and a way to open everybody's browser."""
    ana = make.user("ana")
    people = {"ana": ana, **{name: make.user(name) for name in ("ben", "cleo", "dora")}}
    return people, make.post(ana, "The old harbour"), sign_in


def told(browser, query=""):
    make.work()
    return browser.get(f"{API}/notifications{query}").json["items"]


def lines(browser, query=""):
    """Return what somebody is told, in short: type, last names, how many, about what."""
    return [
        (item["type"], [actor["username"] for actor in item["actors"]], item["actor_count"], item["target"]["type"])
        for item in told(browser, query)
    ]


def unread(browser):
    return browser.get(f"{API}/notifications/count").json["unread"]


def test_a_like_is_told_by_a_job_and_not_by_the_one_who_likes(town):
    people, post_id, sign_in = town
    ana, ben = sign_in(people["ana"]), sign_in(people["ben"])
    ben.post(f"{API}/posts/{post_id}/like")
    assert ana.get(f"{API}/notifications").json == {"items": [], "next_cursor": None}, "nobody waited for it"
    found = told(ana)
    assert len(found) == 1
    assert found[0]["type"] == "like"
    assert found[0]["actors"][0]["username"] == "ben"
    assert found[0]["actors"][0]["relationship"]["following"] == "no", "the whole shape of a person"
    assert found[0]["target"] | {"photo": None} == {
        "type": "post", "id": str(post_id), "excerpt": "The old harbour", "post_id": str(post_id), "photo": None,
    }  # fmt: skip
    assert found[0]["target"]["photo"]["urls"]
    assert found[0]["read_at"] is None
    assert unread(ana) == 1
    assert told(ben) == []


def test_many_who_like_are_one_line_until_it_is_read(town):
    people, post_id, sign_in = town
    ana = sign_in(people["ana"])
    for name in ("ben", "cleo", "dora", "ana"):
        make.like(people[name], post_id)
    for number in range(3):
        make.like(make.user(f"fan_{number}"), post_id)
    assert lines(ana) == [("like", ["fan_2", "fan_1", "fan_0"], 6, "post")], "oneself is not among them"
    assert unread(ana) == 1
    assert "and 5 others" in ana.get("/notifications").text

    first = told(ana)[0]["id"]
    assert ana.post(f"{API}/notifications/{first}/read").json["read_at"] is not None
    assert unread(ana) == 0
    make.like(make.user("late"), post_id)
    assert lines(ana) == [("like", ["late"], 1, "post"), ("like", ["fan_2", "fan_1", "fan_0"], 6, "post")]
    assert lines(ana, "?unread=true") == [("like", ["late"], 1, "post")]


def test_liking_again_and_again_is_told_once(town):
    people, post_id, sign_in = town
    ana, ben = sign_in(people["ana"]), sign_in(people["ben"])
    for _ in range(3):
        ben.post(f"{API}/posts/{post_id}/like")
        assert lines(ana) == [("like", ["ben"], 1, "post")]
        ben.delete(f"{API}/posts/{post_id}/like")
        assert lines(ana) == []
        assert unread(ana) == 0
    ben.post(f"{API}/posts/{post_id}/like")
    ana.post(f"{API}/notifications/{told(ana)[0]['id']}/read")
    ben.delete(f"{API}/posts/{post_id}/like")
    make.work()
    ben.post(f"{API}/posts/{post_id}/like")
    assert lines(ana) == [("like", ["ben"], 1, "post")]
    assert unread(ana) == 0, "what one has read once is not new again"


def test_jobs_may_come_twice_late_and_in_another_order(town):
    people, post_id, sign_in = town
    ana, ben = sign_in(people["ana"]), people["ben"]
    make.like(ben, post_id)
    make.tell("settle", "like", ben.id, post_id)
    make.tell("withdraw", "like", ben.id, post_id)
    make.tell("settle", "like", ben.id, post_id)
    assert lines(ana) == [("like", ["ben"], 1, "post")]
    sign_in(ben).delete(f"{API}/posts/{post_id}/like")
    make.work()
    make.tell("settle", "like", ben.id, post_id)
    assert lines(ana) == [], "the job asks whether it is so, and it is not"


def test_a_comment_speaks_to_the_host_the_answered_and_the_named(town):
    people, post_id, sign_in = town
    browsers = {name: sign_in(person) for name, person in people.items()}
    parent = make.comment(people["ben"], post_id, "Where is it?")
    assert lines(browsers["ana"]) == [("comment", ["ben"], 1, "comment")]
    make.comment(people["cleo"], post_id, "In the north, ask @dora or @ana or @cleo or @nobody_here", parent)
    assert lines(browsers["ben"]) == [("reply", ["cleo"], 1, "comment")]
    assert lines(browsers["dora"]) == [("mention", ["cleo"], 1, "comment")]
    assert lines(browsers["cleo"]) == []
    assert lines(browsers["ana"]) == [("comment", ["cleo", "ben"], 2, "comment")], "one line a comment, for one reason"
    top = told(browsers["ana"])[0]["target"]
    assert top["excerpt"].startswith("In the north")
    assert top["post_id"] == str(post_id)
    make.comment(people["ana"], post_id, "Thank you", parent)
    assert lines(browsers["ben"]) == [("reply", ["ana", "cleo"], 2, "comment")]


def test_a_deleted_comment_takes_its_notification_away_and_brings_it_back(town):
    people, post_id, sign_in = town
    ana, ben = sign_in(people["ana"]), sign_in(people["ben"])
    comment = ben.post(f"{API}/posts/{post_id}/comments", json={"content": "Hello @cleo"}).json["id"]
    cleo = sign_in(people["cleo"])
    assert lines(ana) == [("comment", ["ben"], 1, "comment")]
    assert lines(cleo) == [("mention", ["ben"], 1, "comment")]
    assert ben.delete(f"{API}/posts/{post_id}/comments/{comment}").status_code == 204
    assert ana.get(f"{API}/notifications").json["items"] == [], "at once, before any job"
    assert unread(ana) == 0
    assert lines(cleo) == []
    ben.post(f"{API}/comments/{comment}/restore")
    assert lines(ana) == [("comment", ["ben"], 1, "comment")]
    assert lines(cleo) == [("mention", ["ben"], 1, "comment")]


def test_likes_of_a_comment_are_told_to_whoever_wrote_it(town):
    people, post_id, sign_in = town
    ben = sign_in(people["ben"])
    comment = make.comment(people["ben"], post_id, "Fine light")
    for name in ("cleo", "dora", "ben"):
        sign_in(people[name]).post(f"{API}/comments/{comment}/like")
    assert lines(ben) == [("like", ["dora", "cleo"], 2, "comment")]
    sign_in(people["cleo"]).delete(f"{API}/comments/{comment}/like")
    assert lines(ben) == [("like", ["dora"], 1, "comment")]


def test_who_is_named_in_a_caption_is_told_once_and_who_is_named_later_too(town):
    people, _, sign_in = town
    browsers = {name: sign_in(person) for name, person in people.items()}
    post_id = make.post(people["ana"], "With @ben")
    assert lines(browsers["ben"]) == [("mention", ["ana"], 1, "post")]
    ana = browsers["ana"]
    ana.patch(f"{API}/posts/{post_id}", json={"caption": "With @ben and @cleo"})
    assert lines(browsers["cleo"]) == [("mention", ["ana"], 1, "post")]
    assert len(told(browsers["ben"])) == 1
    ana.patch(f"{API}/posts/{post_id}", json={"caption": "With @cleo"})
    assert told(browsers["ben"]) == []
    for caption in ("@ben again @cleo", "alone", "@ben once more"):
        ana.patch(f"{API}/posts/{post_id}", json={"caption": caption})
        make.work()
    assert len(told(browsers["ben"])) == 1
    assert unread(browsers["ben"]) == 1


def test_follows_wishes_and_answers(town):
    people, _, sign_in = town
    shy = make.user("shy", private=True)
    ana, ben, owner = sign_in(people["ana"]), sign_in(people["ben"]), sign_in(shy)
    ben.post(f"{API}/users/ana/follow")
    assert lines(ana) == [("follow", ["ben"], 1, "user")]
    ben.delete(f"{API}/users/ana/follow")
    assert lines(ana) == []

    ben.post(f"{API}/users/shy/follow")
    assert lines(owner) == [("request", ["ben"], 1, "user")]
    page = owner.get("/notifications").text
    assert "1 person waits" in page
    assert 'href="/requests"' in page
    ben.delete(f"{API}/me/follow-requests/sent/shy")
    assert lines(owner) == []
    ben.post(f"{API}/users/shy/follow")
    owner.post(f"{API}/me/follow-requests/ben/accept")
    assert lines(owner) == [], "the wish is answered; a follower whom one let in is no news"
    assert lines(ben) == [("accepted", ["shy"], 1, "user")]
    owner.delete(f"{API}/me/followers/ben")
    assert lines(ben) == []


def test_turning_public_tells_those_who_waited(town):
    people, _, sign_in = town
    shy = make.user("shy", private=True)
    owner, ben = sign_in(shy), sign_in(people["ben"])
    ben.post(f"{API}/users/shy/follow")
    owner.patch(f"{API}/users/me", json={"is_private": False})
    assert lines(ben) == [("accepted", ["shy"], 1, "user")]
    assert lines(owner) == []


def test_what_is_not_wanted_is_not_told(town):
    people, post_id, sign_in = town
    ana = sign_in(people["ana"])
    assert set(ana.get(f"{API}/me/notification-settings").json) == {
        "like", "comment", "reply", "mention", "follow", "request", "accepted", "repost", "tag", "message",
    }  # fmt: skip
    chosen = ana.put(f"{API}/me/notification-settings", json={"like": {"app": False}, "comment": {"app": False}}).json
    assert chosen["like"] == {"app": False, "push": False}
    assert chosen["mention"] == {"app": True, "push": True}
    make.like(people["ben"], post_id)
    make.comment(people["ben"], post_id, "Seen")
    make.comment(people["cleo"], post_id, "Come back, @ana")
    assert lines(ana) == [("mention", ["cleo"], 1, "comment")], "the next reason counts"
    assert ana.put(f"{API}/me/notification-settings", json={"like": {"app": True}}).json["comment"]["app"] is False
    make.like(people["dora"], post_id)
    assert lines(ana)[0] == ("like", ["dora"], 1, "post"), "what was not told then is not told now"
    for body in ({"poke": {"app": True}}, {"like": {"app": "perhaps"}}, {"like": {"smoke": True}}):
        assert ana.put(f"{API}/me/notification-settings", json=body).status_code == 422


def test_reposts_are_told_like_likes(town):
    people, post_id, sign_in = town
    ana, ben = sign_in(people["ana"]), sign_in(people["ben"])
    for name in ("ben", "cleo", "ana"):
        sign_in(people[name]).post(f"{API}/posts/{post_id}/repost")
    assert lines(ana) == [("repost", ["cleo", "ben"], 2, "post")]
    assert "reposted your post" in ana.get("/notifications").text
    ben.delete(f"{API}/posts/{post_id}/repost")
    assert lines(ana) == [("repost", ["cleo"], 1, "post")]


def test_notifications_are_paged_and_stay_in_place_while_others_come(town):
    people, _, sign_in = town
    ana = sign_in(people["ana"])
    posts = [make.post(people["ana"], f"Photo {number}") for number in range(5)]
    for post_id in posts:
        make.like(people["ben"], post_id)
        make.work()
    first = ana.get(f"{API}/notifications?limit=2").json
    make.like(people["cleo"], make.post(people["ana"], "New"))
    make.work()
    second = ana.get(f"{API}/notifications?limit=2&cursor={first['next_cursor']}").json
    third = ana.get(f"{API}/notifications?limit=2&cursor={second['next_cursor']}").json
    shown = [item["target"]["id"] for page in (first, second, third) for item in page["items"]]
    assert shown == [str(post_id) for post_id in posts[::-1]]
    assert third["next_cursor"] is None
    assert ana.get(f"{API}/notifications?cursor=made-up").status_code == 422
    assert ana.get(f"{API}/notifications?unread=perhaps").status_code == 422


def test_twenty_cost_as_many_queries_as_two(town):
    people, _, sign_in = town
    ana = sign_in(people["ana"])

    def add(number):
        for n in range(number):
            post_id = make.post(people["ana"], f"Photo {n}")
            make.like(people["ben"], post_id)
            make.comment(people["cleo"], post_id)
        make.work()
        ana.get("/settings")

    costs = []
    for number in (1, 10):
        add(number)
        for path in ("/notifications", f"{API}/notifications"):
            with counted_queries() as sent:
                assert ana.get(path).status_code == 200
            costs.append(len(sent))
    assert costs == [3, 2, 3, 2]
    with counted_queries() as sent:
        ana.get("/settings")
    assert len(sent) == 0, "the count in the frame costs a page nothing"
