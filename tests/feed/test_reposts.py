"""What people pass on: in the feeds of their followers, once a post, and nowhere that the post may not be seen."""

import pytest

from tests import make
from tests.browsing import HTMX, counted_queries

API = "/api/v1"


@pytest.fixture
def town(app, sign_in):
    """Vera follows Ben, Cleo and Dora, not Ana, who posted; and the browsers of all."""
    people = {name: make.user(name) for name in ("ana", "ben", "cleo", "dora", "vera")}
    for name in ("ben", "cleo", "dora"):
        make.follow(people["vera"], people[name])
    return people, {name: sign_in(person) for name, person in people.items()}


def feed(browser, query=""):
    return browser.get(f"{API}/feed?{query}").json


def ids(entries):
    return [entry["post"]["id"] for entry in entries]


def test_reposting_twice_is_once(town):
    people, browsers = town
    post_id = make.post(people["ana"])
    for _ in range(2):
        answer = browsers["ben"].post(f"{API}/posts/{post_id}/repost")
        assert answer.status_code == 200
        assert answer.json["counts"]["reposts"] == 1
        assert answer.json["viewer"]["reposted"] is True
    assert [person["username"] for person in browsers["ana"].get(f"{API}/posts/{post_id}/reposts").json["items"]] == [
        "ben"
    ]
    for _ in range(2):
        answer = browsers["ben"].delete(f"{API}/posts/{post_id}/repost")
        assert answer.json["counts"]["reposts"] == 0
        assert answer.json["viewer"]["reposted"] is False
    assert feed(browsers["vera"])["items"] == []


def test_followers_find_it_once_with_who_passed_it_on(town):
    people, browsers = town
    post_id, later = make.post(people["ana"], "From afar"), make.post(people["ben"])
    for name in ("ben", "cleo", "dora"):
        make.repost(people[name], post_id)
    found = feed(browsers["vera"])["items"]
    assert ids(found) == [str(post_id), str(later)]
    assert (found[0]["type"], found[0]["actor"]["username"], found[0]["others_count"]) == ("repost", "dora", 2)
    assert found[0]["post"]["author"]["username"] == "ana"
    assert found[0]["created_at"] > found[0]["post"]["created_at"]
    assert (found[1]["type"], found[1]["actor"]["username"], found[1]["others_count"]) == ("post", "ben", 0)
    page = browsers["vera"].get("/").text
    assert page.count(f'id="post-{post_id}"') == 1
    line = page[page.index('class="reason"') :][:900]
    assert "/@dora" in line
    assert "and 2 others reposted" in line
    assert 'class="reason"' not in browsers["vera"].get("/?view=public").text, "cards are shared, this line is not"
    assert "You reposted" in " ".join(browsers["ben"].get("/").text.replace("</bdi>", "").split())


def test_a_post_of_whom_one_follows_stands_at_its_newest_repost(town):
    people, browsers = town
    old = make.post(people["ben"])
    newer = make.post(people["cleo"])
    make.repost(people["dora"], old)
    assert ids(feed(browsers["vera"])["items"]) == [str(old), str(newer)]
    browsers["dora"].delete(f"{API}/posts/{old}/repost")
    found = feed(browsers["vera"])["items"]
    assert ids(found) == [str(newer), str(old)]
    assert found[1]["type"] == "post"


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_scrolling_brings_everything_once_while_others_pass_things_on(town, limit):
    people, browsers = town
    own = [make.post(people["ben"]) for _ in range(8)]
    far = [make.post(people["ana"]) for _ in range(8)]
    for post_id in far[::2] + own[::3]:
        make.repost(people["cleo"], post_id)
    for post_id in far[::4]:
        make.repost(people["dora"], post_id)
    expected = ids(feed(browsers["vera"], "limit=100")["items"])
    assert len(expected) == len(set(expected)) == 12
    seen, cursor = [], ""
    while cursor is not None:
        page = feed(browsers["vera"], f"limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
        assert len(page["items"]) == limit or page["next_cursor"] is None
        seen += ids(page["items"])
        cursor = page["next_cursor"]
        make.repost(people["dora"], own[len(seen) % 8])
        make.post(people["cleo"])
    assert seen == expected


def test_many_reposts_of_few_posts_leave_no_short_page(town):
    people, browsers = town
    crowd = [make.user(f"fan_{number}") for number in range(30)]
    popular, quiet = make.post(people["ana"]), [make.post(people["ben"]) for _ in range(3)]
    for fan in crowd:
        make.follow(people["vera"], fan)
        make.repost(fan, popular)
    page = feed(browsers["vera"], "limit=2")
    assert ids(page["items"]) == [str(popular), str(quiet[2])]
    assert page["items"][0]["others_count"] == 29
    assert ids(feed(browsers["vera"], f"limit=2&cursor={page['next_cursor']}")["items"]) == [
        str(quiet[1]),
        str(quiet[0]),
    ]


def test_a_repost_of_what_one_may_not_see_does_not_exist(town):
    people, browsers = town
    post_id = make.post(people["ana"], "Mine")
    make.repost(people["ben"], post_id)
    places = ("/", "/@ben/timeline", f"{API}/feed", f"{API}/users/ben/timeline")
    vera, ana = browsers["vera"], browsers["ana"]

    def there():
        return [str(post_id) in vera.get(path).text for path in places]

    assert all(there())
    for hide, show in (
        (lambda: ana.post(f"{API}/users/vera/block"), lambda: ana.delete(f"{API}/users/vera/block")),
        (lambda: vera.post(f"{API}/users/ana/block"), lambda: vera.delete(f"{API}/users/ana/block")),
        (lambda: ana.patch(f"{API}/users/me", json={"is_private": True}),
         lambda: ana.patch(f"{API}/users/me", json={"is_private": False})),
    ):  # fmt: skip
        hide()
        assert not any(there())
        show()
    assert browsers["ana"].get(f"{API}/posts/{post_id}").status_code == 200


def test_the_muted_neither_pass_on_nor_are_passed_on(town):
    people, browsers = town
    far, near = make.post(people["ana"]), make.post(people["ben"])
    make.repost(people["cleo"], far)
    make.repost(people["cleo"], near)
    vera = browsers["vera"]
    vera.post(f"{API}/users/cleo/mute")
    assert ids(feed(vera)["items"]) == [str(near)]
    assert feed(vera)["items"][0]["type"] == "post"
    vera.delete(f"{API}/users/cleo/mute")
    vera.post(f"{API}/users/ana/mute")
    assert ids(feed(vera)["items"]) == [str(near)]


def test_who_reposted_is_told_of_private_accounts_to_their_followers_alone(town):
    people, browsers = town
    shy = make.user("shy", private=True)
    post_id = make.post(people["ana"])
    make.repost(shy, post_id)
    for path in (f"/p/{post_id}/reposts", f"{API}/posts/{post_id}/reposts"):
        assert "shy" not in browsers["vera"].get(path).text
    assert "No reposts to show" in browsers["vera"].get(f"/p/{post_id}/reposts").text
    browsers["vera"].post(f"{API}/users/shy/follow")
    with make.unit():
        make.graph.accept(shy.viewer, "vera")
    assert "shy" in browsers["vera"].get(f"/p/{post_id}/reposts").text
    assert ids(feed(browsers["vera"])["items"]) == [str(post_id)]
    assert browsers["cleo"].get(f"{API}/users/shy/timeline").status_code == 404


def test_a_timeline_holds_posts_and_reposts_by_when_they_were_done(town):
    people, browsers = town
    first, far = make.post(people["ben"], "First"), make.post(people["ana"], "Far")
    make.repost(people["ben"], far)
    last = make.post(people["ben"], "Last")
    make.repost(people["ben"], first)
    found = browsers["vera"].get(f"{API}/users/ben/timeline").json["items"]
    assert [(entry["type"], entry["post"]["id"]) for entry in found] == [
        ("repost", str(first)), ("post", str(last)), ("repost", str(far)),
    ]  # fmt: skip
    page = browsers["vera"].get("/@ben/timeline").text
    assert page.index("First") < page.index("Last") < page.index("Far")
    assert browsers["vera"].get("/@ben").text.count('<li><a href="/p/') == 2
    some = browsers["vera"].get(f"{API}/users/ben/timeline?limit=2").json
    rest = browsers["vera"].get(f"{API}/users/ben/timeline?limit=2&cursor={some['next_cursor']}").json
    assert ids(some["items"] + rest["items"]) == ids(found)
    assert rest["next_cursor"] is None


def test_the_buttons_work_without_javascript_and_by_htmx(town):
    people, browsers = town
    post_id = make.post(people["ana"])
    ben = browsers["ben"]
    assert f'action="/p/{post_id}/repost"' in ben.get(f"/p/{post_id}").text
    assert ben.post(f"/p/{post_id}/repost").status_code == 303
    part = ben.post(f"/p/{post_id}/unrepost", headers=HTMX).text
    assert f'action="/p/{post_id}/repost"' in part
    assert "<html" not in part


def test_what_is_not_published_cannot_be_passed_on(town):
    people, browsers = town
    post_id = make.post(people["ana"], published=False)
    assert browsers["ana"].post(f"{API}/posts/{post_id}/repost").status_code == 403
    assert browsers["ben"].post(f"{API}/posts/{post_id}/repost").status_code == 404


def test_a_page_of_twenty_costs_as_many_queries_as_a_page_of_two(town):
    people, browsers = town
    for _ in range(2):
        make.repost(people["ben"], make.post(people["ana"]))
    vera = browsers["vera"]
    for path, most in (("/", 2), ("/@ben/timeline", 2), (f"{API}/feed", 2), (f"{API}/users/ben/timeline", 3)):
        vera.get(path)
        with counted_queries() as few:
            vera.get(path)
        assert len(few) == most, path
    for _ in range(20):
        make.repost(people["ben"], make.post(people["ana"]))
    for path, most in (("/", 2), ("/@ben/timeline", 2), (f"{API}/feed", 2), (f"{API}/users/ben/timeline", 3)):
        vera.get(path)
        with counted_queries() as many:
            vera.get(path)
        assert len(many) == most, path
