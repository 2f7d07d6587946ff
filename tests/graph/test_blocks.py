"""A block: neither exists for the other, on every face, from the next request on."""

import uuid

import pytest

from tests import make

API = "/api/v1"


@pytest.fixture
def two(app, sign_in):
    """Ana and Ben, who follow each other; Cleo, whose post both commented; and the browsers of all."""
    people = {name: make.user(name) for name in ("ana", "ben", "cleo")}
    make.follow(people["ana"], people["ben"])
    make.follow(people["ben"], people["ana"])
    for name in ("ana", "ben"):
        make.follow(people[name], people["cleo"])
    post_id = make.post(people["cleo"], "Common ground")
    comments = {name: make.comment(people[name], post_id, f"Said by {name}") for name in ("ana", "ben")}
    make.like(people["ana"], post_id)
    make.like(people["ben"], post_id)
    return {name: sign_in(person) for name, person in people.items()}, post_id, comments


def test_neither_follows_the_other_and_the_counters_know(two):
    browsers, _, _ = two
    ana, ben = browsers["ana"], browsers["ben"]
    for _ in range(2):
        shape = ana.post(f"{API}/users/ben/block")
        assert shape.status_code == 200
        assert shape.json["relationship"]["blocking"] is True
    assert ana.get(f"{API}/users/me").json["counts"] == {"posts": 0, "followers": 0, "following": 1}
    assert ben.get(f"{API}/users/me").json["counts"] == {"posts": 0, "followers": 0, "following": 1}
    assert ben.get(f"{API}/users/ana").status_code == 404
    assert ben.get("/@ana").status_code == 404
    assert ben.post(f"{API}/users/ana/follow").status_code == 404
    assert ben.get(f"{API}/users/ana/relationship").status_code == 404
    assert ana.post(f"{API}/users/ben/follow").status_code == 403


@pytest.mark.parametrize(("blocker", "other"), [("ana", "ben"), ("ben", "ana")])
def test_what_they_say_elsewhere_is_hidden_both_ways(two, blocker, other):
    browsers, post_id, comments = two
    for reader, said in ((blocker, other), (other, blocker)):
        assert f"Said by {said}" in browsers[reader].get("/").text, "there before"
    browsers[blocker].post(f"{API}/users/{other}/block")
    for reader, said in ((blocker, other), (other, blocker)):
        browser = browsers[reader]
        for path in ("/", f"/p/{post_id}", f"/p/{post_id}/likes"):
            text = browser.get(path).text
            assert f"Said by {said}" not in text, path
            assert f"/@{said}" not in text, path
        for path in (f"{API}/posts/{post_id}/comments", f"{API}/posts/{post_id}/likes"):
            assert f'"{said}"' not in browser.get(path).text, path
        assert browser.get(f"{API}/comments/{comments[said]}/replies").status_code == 404
        assert browser.post(f"{API}/comments/{comments[said]}/like").status_code == 404
        assert f"Said by {reader}" in browser.get(f"/p/{post_id}").text
    third = browsers["cleo"].get(f"/p/{post_id}").text
    assert "Said by ana" in third
    assert "Said by ben" in third


def test_the_blocker_finds_a_stub_and_takes_it_back(two):
    browsers, _, _ = two
    ana, ben = browsers["ana"], browsers["ben"]
    ben.patch(f"{API}/users/me", json={"bio": "I collect stamps"})
    sent = ana.post("/@ben/block")
    assert sent.status_code == 303
    assert "is blocked" in ana.get(sent.location).text
    page = ana.get("/@ben").text
    assert "You blocked" in page
    assert 'action="/@ben/unblock"' in page
    assert "/@ben/followers" not in page
    assert "stamps" not in page + ana.get(f"{API}/users/ben").text
    assert 'action="/@ben/unblock"' in ana.get("/settings/blocks").text
    assert [person["username"] for person in ana.get(f"{API}/me/blocks").json["items"]] == ["ben"]
    assert ben.get(f"{API}/me/blocks").json["items"] == [], "nobody is told"

    back = ana.post("/@ben/unblock", headers={"Referer": "http://localhost/@ben"})
    assert back.location == "/@ben"
    assert ben.get("/@ana").status_code == 200
    assert ana.get(f"{API}/users/ben").json["relationship"]["following"] == "no", "what it ended stays ended"
    for _ in range(2):
        assert ana.delete(f"{API}/users/ben/block").status_code == 200


def test_who_was_blocked_can_block_back_and_both_walls_stand_alone(two):
    browsers, _, _ = two
    ana, ben = browsers["ana"], browsers["ben"]
    ana.post(f"{API}/users/ben/block")
    assert ben.post(f"{API}/users/ana/block").status_code == 200
    assert ana.delete(f"{API}/users/ben/block").json["relationship"]["blocking"] is False
    assert ana.get(f"{API}/users/ben").status_code == 404, "Ben's block still stands"
    assert ben.get(f"{API}/users/ana").json["relationship"]["blocking"] is True


def test_who_blocks_back_gets_nothing_to_read_by_it(two):
    browsers, _, _ = two
    ana, ben = browsers["ana"], browsers["ben"]
    mine = {"bio": "I collect stamps", "display_name": "Ana L.", "links": ["https://ana.example"], "is_private": True}
    ana.patch(f"{API}/users/me", json=mine)
    shown = ben.get(f"{API}/users/ana").json
    assert shown["bio"] == "I collect stamps"
    ana.post(f"{API}/users/ben/block")
    assert ben.get(f"{API}/users/ana").status_code == 404
    answer = ben.post(f"{API}/users/ana/block").json
    empty = {"bio": "", "display_name": "", "links": [], "avatar": None, "is_private": False,
             "counts": {"posts": 0, "followers": 0, "following": 0}}  # fmt: skip
    assert answer == {**shown, **empty, "relationship": answer["relationship"]}
    assert ben.get(f"{API}/me/blocks").json["items"] == [answer]
    page = ben.get("/settings/blocks").text
    assert 'action="/@ana/unblock"' in page
    assert "Ana L." not in page
    for path in (f"{API}/users/ana", f"{API}/users/{shown['id']}", "/@ana", "/@ana/timeline", "/@ana/tagged"):
        assert ben.get(path).status_code == 404, path
    assert ben.get(f"{API}/users/ana/relationship").json["blocking"] is True
    assert ben.get(f"/report/user/{shown['id']}").status_code == 200
    assert ben.post(f"{API}/users/ana/follow").status_code == 404
    gone = ben.delete(f"{API}/users/ana/block")
    assert (gone.status_code, gone.json["relationship"]["blocking"]) == (200, False)
    assert ben.get(f"{API}/me/blocks").json["items"] == []
    assert ben.get(f"{API}/users/ana/relationship").status_code == 404


def test_a_stub_tells_who_it_is_and_no_more(two):
    browsers, _, _ = two
    ben = {"bio": "I collect stamps", "display_name": "Ben M.", "links": ["https://ben.example"], "is_private": True}
    browsers["ben"].patch(f"{API}/users/me", json=ben)
    stub = browsers["ana"].post(f"{API}/users/ben/block").json
    assert (stub["username"], stub["display_name"], stub["relationship"]["blocking"]) == ("ben", "Ben M.", True)
    assert (stub["bio"], stub["links"], stub["is_private"]) == ("", [], False)
    assert stub["counts"] == {"posts": 0, "followers": 0, "following": 0}
    assert browsers["ana"].get(f"{API}/users/ben").json == stub


def test_wishes_to_follow_end_with_a_block(app, sign_in):
    shy, ben = make.user("shy", private=True), make.user("ben")
    owner, fan = sign_in(shy), sign_in(ben)
    fan.post(f"{API}/users/shy/follow")
    owner.post(f"{API}/users/ben/block")
    assert owner.get(f"{API}/me/follow-requests").json["items"] == []
    owner.delete(f"{API}/users/ben/block")
    assert fan.get(f"{API}/users/shy").json["relationship"]["following"] == "no"


def test_a_mention_does_not_reach_over_the_wall(two):
    browsers, _, _ = two
    browsers["ana"].post(f"{API}/users/ben/block")
    ben = make.Person(uuid.UUID(browsers["ben"].get(f"{API}/auth/me").json["id"]), "ben")
    post_id = make.post(ben, "With @ana and @cleo")
    assert browsers["ben"].get(f"{API}/posts/{post_id}").json["mentions"] == ["cleo"]


def test_a_mention_by_a_third_person_is_left_out_for_the_blocked(two, visitor):
    browsers, _, _ = two
    cleo = make.Person(uuid.UUID(browsers["cleo"].get(f"{API}/auth/me").json["id"]), "cleo")
    post_id = make.post(cleo, "With @ben, @ana and @nobody")

    def named(browser):
        feed = browser.get(f"{API}/feed?view=public").json["items"]
        kept = next(entry["post"] for entry in feed if entry["post"]["id"] == str(post_id))["mentions"]
        assert browser.get(f"{API}/posts/{post_id}").json["mentions"] == kept
        return kept

    everybody = [*browsers.values(), visitor]
    assert [named(browser) for browser in everybody] == [["ben", "ana"]] * 4
    browsers["ana"].post(f"{API}/users/ben/block")
    assert [named(browser) for browser in everybody] == [["ana"], ["ben"], ["ben", "ana"], ["ben", "ana"]]


def test_the_blocked_are_paged(app, sign_in):
    browser = sign_in(make.user("ana"))
    names = [f"gone_{number}" for number in range(3)]
    for name in names:
        make.user(name)
        browser.post(f"{API}/users/{name}/block")
    first = browser.get(f"{API}/me/blocks?limit=2").json
    rest = browser.get(f"{API}/me/blocks?limit=2&cursor={first['next_cursor']}").json
    assert [person["username"] for person in first["items"] + rest["items"]] == names[::-1]
    assert rest["next_cursor"] is None


def test_nobody_blocks_oneself_or_nobody_and_visitors_block_no_one(two, visitor):
    browsers, _, _ = two
    assert browsers["ana"].post(f"{API}/users/ana/block").status_code == 403
    assert browsers["ana"].post(f"{API}/users/nobody_here/block").status_code == 404
    assert visitor.post(f"{API}/users/ana/block").status_code == 401
