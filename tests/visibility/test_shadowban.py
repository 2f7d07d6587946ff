"""A shadowbanned person notices nothing: everything they get is what they got before, to the byte and the query.

And nobody else gets anything of theirs, nor do numbers know it; what comes back is as it was.
"""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests import make
from tests.account.test_leaving import numbers
from tests.browsing import counted_queries
from webapp.account import sanctions
from webapp.core import clock, db, outbox
from webapp.models import Like, Post

API = "/api/v1"
# What differs from one answer to the next, whoever asks: form tokens, places of streams and rankings, ids of requests.
_FLEETING = re.compile(
    r'name="csrf_token" value="[^"]+"|csrf_token":"[^"]+"|[?&](?:cursor|since|newest)=[^"&]+|\d+:\d+:[\d,]*|'
    r'"next_cursor":"[^"]+"|"request_id":"[^"]+"|name="key" value="[^"]+"|X-Amz-[A-Za-z]+=[^&"]+|nonce="[^"]+"'
)
HEADERS = ("Content-Type", "Cache-Control", "ETag", "Vary", "Location")


class Town:
    """Ana, Ben who follows her and whom she follows, and Cleo; and all that Ana did with and beside them."""

    def __init__(self, sign_in):
        self.ana, self.ben, self.cleo = (make.user(name) for name in ("ana", "ben", "cleo"))
        for one, other in ((self.ana, self.ben), (self.ben, self.ana), (self.cleo, self.ana), (self.cleo, self.ben)):
            make.follow(one, other)
        self.own = make.post(self.ana, "Zugvogel #nachtfalter", location="Quellental")
        self.bens = make.post(self.ben, "By Ben #nachtfalter")
        self.talk = make.comment(self.ben, self.bens, "Ben begins")
        self.said = make.comment(self.ana, self.bens, "Flaschenpost")
        make.comment(self.ana, self.bens, "Kieselstein", self.talk)
        make.comment(self.cleo, self.own, "Fine, Ana")
        for person in (self.ana, self.cleo):
            make.like(person, self.bens)
            make.like(person, self.own)
            make.repost(person, self.bens)
        self.story = make.story(self.ana, "Abendrot")
        self.bens_story = make.story(self.ben, "Ben's day")
        self.two = make.talk(self.ana, self.ben, content="Sternschnuppe")
        self.group = make.talk(self.ben, self.ana, self.cleo, title="Walk")
        make.say(self.ben, self.group, "Who comes?")
        self.enter(sign_in)
        for talk in (self.two, self.group):
            for name in ("ana", "ben", "cleo"):
                self.browsers[name].post(f"{API}/conversations/{talk}/accept")
        make.say(self.ana, self.group, "Wetterleuchten")
        ana = self.browsers["ana"]
        for path in (f"comments/{self.talk}/like", f"posts/{self.bens}/save", f"stories/{self.bens_story}/view"):
            assert ana.post(f"{API}/{path}").status_code == 200
        kept = {"title": "Mondlicht", "story_ids": [str(self.story)]}
        self.highlight = ana.post(f"{API}/highlights", json=kept).json["id"]
        make.work()

    def enter(self, sign_in) -> None:
        """Let everybody come with a browser of their own, as nobody's keeps what another test did."""
        self.browsers = {person.username: sign_in(person) for person in (self.ana, self.ben, self.cleo)}

    def reads(self) -> list[str]:
        """Return everything that Ana may look at."""
        pages = [
            "/", "/?view=public", "/?view=for_you", "/explore", "/search?q=ana", "/search?q=zugvogel&kind=posts",
            "/search?q=nachtf&kind=tags", "/tags/nachtfalter", "/locations/quellental", "/@ana", "/@ana/timeline",
            "/@ana/tagged", "/@ana/followers", "/@ana/following", "/@ana/as", "/@ana/as?view_as=ben",
            "/@ana/as?view_as=follower", "/@ben", "/@ben/followers", "/@ben/following", "/@ben/timeline", "/likes",
            "/saved", "/notifications", "/messages", f"/messages/{self.two}", f"/messages/{self.group}",
            f"/messages/{self.group}/details", "/messages/search?q=Stern", f"/p/{self.own}", f"/p/{self.own}/likes",
            f"/p/{self.bens}", f"/p/{self.bens}/likes", f"/p/{self.bens}/reposts", f"/comments/{self.talk}/replies",
            "/stories", f"/stories/ana/{self.story}", f"/stories/{self.story}/viewers", f"/highlights/{self.highlight}",
            "/suggestions", "/requests", "/settings/data", "/settings", "/settings/privacy",
        ]  # fmt: skip
        calls = [
            "feed", "feed?view=public", "feed?view=for_you", "explore", "auth/me", "users/me", "users/ana", "users/ben",
            "users/me?view_as=stranger", "users/me?view_as=ben", "users/me?view_as=follower", "users/ana/posts",
            "users/ana/timeline", "users/ana/followers", "users/ana/following", "users/ben/followers",
            "users/ben/following", "users/ben/posts", "users/ben/relationship", f"posts/{self.own}",
            f"posts/{self.bens}", f"posts/{self.own}/likes", f"posts/{self.own}/comments", f"posts/{self.bens}/likes",
            f"posts/{self.bens}/reposts", f"posts/{self.bens}/comments", f"comments/{self.talk}/replies", "me/saved",
            "me/likes", "me/suggestions", "notifications", "notifications/count", "search/users?q=ana",
            "search/users?q=anna", "search/posts?q=zugvogel", "search/posts?q=%40ana", "search/posts?q=Quellental",
            "search/tags?q=nacht", "tags/nachtfalter", "locations/quellental", "stories/feed", f"stories/{self.story}",
            f"stories/{self.story}/viewers", "users/ana/stories", "users/ana/highlights", "highlights",
            f"highlights/{self.highlight}", "conversations", f"conversations/{self.two}",
            f"conversations/{self.two}/messages", f"conversations/{self.group}",
            f"conversations/{self.group}/messages", "search/messages?q=stern", "me/moderation",
        ]  # fmt: skip
        return [*pages, *(f"{API}/{path}" for path in calls)]

    def ban(self) -> None:
        """Shadowban Ana, and do what follows."""
        with make.unit():
            sanctions.shadowban(self.ana.id)
        make.work()


@pytest.fixture(scope="module")
def made(lasting, sign_in) -> Town:
    return Town(sign_in)


@pytest.fixture
def town(made, sign_in) -> Town:
    """The town as it was made, whatever other tests did in it."""
    made.enter(sign_in)
    return made


def answer(browser, path: str, method: str = "GET", **more) -> dict[str, object]:
    """Ask, and return all that tells one answer from another."""
    with counted_queries() as sent:
        got = browser.open(path, method=method, **more)
    headers = {name: got.headers.get(name) for name in HEADERS}
    return {"status": got.status_code, **headers, "body": _FLEETING.sub("", got.text), "queries": len(sent)}


def everything(browser, paths: list[str]) -> dict[str, dict[str, object]]:
    """Ask for all of it twice, so that what is kept for a while is kept; return the second answers."""
    for path in paths:
        browser.get(path)
    return {path: answer(browser, path) for path in paths}


def differences(before: dict, after: dict) -> list[str]:
    """Name what changed, with where the bodies part."""
    found = []
    for path, then in before.items():
        for name, value in then.items():
            # by others' eyes one looks at oneself in a read or two more: it can't ask as they would
            if after[path][name] != value and not (name == "queries" and ("/as" in path or "view_as" in path)):
                old, new = str(value), str(after[path][name])
                at = next((n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)
                found.append(
                    f"{path} {name}: {old[max(0, at - 60) : at + 60]!r} became {new[max(0, at - 60) : at + 60]!r}"
                )
    return found


def test_everything_is_as_it_was_to_the_banned(town):
    ana, paths = town.browsers["ana"], town.reads()
    before = everything(ana, paths)
    assert sum(got["status"] == 200 for got in before.values()) > len(paths) - 3
    town.ban()
    changed = differences(before, everything(ana, paths))
    assert not changed, "\n".join(changed)


class Doings:
    """Ana's acts around a post of Ben's, each with its undoing, as answers that can be compared."""

    # new things have new ids, numbers and times
    _NEW = re.compile(r'[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+Z|"(?:seq|read_seq|unread_count)":\d+')

    def __init__(self, town: Town):
        self.ana, self.town = town.browsers["ana"], town
        self.post = make.post(town.ben, "Another by Ben")
        self.thread = make.comment(town.ben, self.post, "Ben again")
        for name in ("dora", "eli", "shy"):
            make.user(name, private=name == "shy")
        make.work()

    def done(self) -> dict[str, tuple[object, ...]]:
        """Do everything, and take back what would be in the way of doing it again."""
        self.ana.get(f"{API}/auth/me")  # what the session says is kept for a while
        found = {}
        for number, path in enumerate(self.toggles()):
            for method in ("POST", "DELETE"):
                found[f"{number} {method} {path}"] = answer(self.ana, f"{API}/{path}", method)
        for path, body in self.writes():
            found[f"POST {path} {body}"] = answer(self.ana, f"{API}/{path}", "POST", json=body)
        talks = [f"posts/{self.post}/comments", f"comments/{self.thread}/replies"]
        for path in (f"posts/{self.post}", "users/me", *talks):
            found[path] = answer(self.ana, f"{API}/{path}")
        for path in talks:
            for item in self.ana.get(f"{API}/{path}").json["items"]:
                if item["author"]["username"] == "ana":
                    assert self.ana.delete(f"{API}/posts/{self.post}/comments/{item['id']}").status_code == 204
        return {
            path: (got["status"], self._NEW.sub("", str(got["body"])), got["Cache-Control"], got["queries"])
            for path, got in found.items()
        }

    def toggles(self) -> list[str]:
        """Return what is set and unset."""
        of_post = [f"posts/{self.post}/{verb}" for verb in ("like", "repost", "save")]
        of_people = [f"users/{name}/{verb}" for name in ("dora", "shy", "ana") for verb in ("follow", "block", "mute")]
        return [*of_post, f"comments/{self.thread}/like", *of_people]

    def writes(self) -> list[tuple[str, dict[str, object] | None]]:
        """Return what is said, and to whom."""
        here = {"content": "Still here"}
        return [
            (f"posts/{self.post}/comments", {"content": "Flaschenpost"}),
            (f"posts/{self.post}/comments", {"content": "Reply", "parent_id": str(self.thread)}),
            (f"conversations/{self.town.group}/messages", here),
            (f"conversations/{self.town.two}/messages", here),
            (f"conversations/{self.town.group}/typing", None),
            (f"conversations/{self.town.group}/read", {"seq": 1}),
            (f"stories/{self.town.bens_story}/reply", {"content": "Nice"}),
            ("conversations", {"usernames": ["eli"], "content": "Hello"}),
            ("conversations", {"usernames": ["eli", "ben"], "title": "Ours"}),
        ]


def test_whatever_the_banned_does_answers_as_ever(town):
    doings = Doings(town)
    doings.done()  # a conversation of two is new once
    before = doings.done()
    town.ban()
    after = doings.done()
    changed = [f"{path}: {then} became {after[path]}" for path, then in before.items() if after[path] != then]
    assert not changed, "\n".join(changed)


def test_nobody_else_gets_anything_of_the_banned(town, visitor):
    secrets = ("Zugvogel", "Flaschenpost", "Kieselstein", "Abendrot", "Mondlicht", "Sternschnuppe", "Wetterleuchten",
               '"ana"', "@ana")  # fmt: skip
    ben, cleo = town.browsers["ben"], town.browsers["cleo"]
    paths = [path for path in town.reads() if "q=" not in path]
    assert sum(secret in ben.get(path).text for secret in secrets for path in paths) > 50
    town.ban()
    for browser in (ben, cleo, visitor):
        for path in paths:
            text = browser.get(path).text.replace(path, "")
            assert not [secret for secret in secrets if secret in text and secret not in path], path
    for path in (f"/p/{town.own}", "/@ana", f"{API}/users/ana", f"{API}/conversations/{town.two}"):
        assert ben.get(path).status_code == 404, path
    assert ben.post(f"{API}/users/ana/follow").status_code == 404
    assert ben.post(f"{API}/conversations", json={"usernames": ["ana"]}).status_code == 404


def test_what_names_the_banned_names_them_for_nobody_else(town, visitor):
    post_id = make.post(town.cleo, "With @ben, @ana and @nobody")

    def named(browser):
        entries = browser.get(f"{API}/feed?view=public").json["items"]
        listed = [entry["post"]["mentions"] for entry in entries if entry["post"]["id"] == str(post_id)]
        assert listed == [browser.get(f"{API}/posts/{post_id}").json["mentions"]]
        return listed[0]

    everybody = [*town.browsers.values(), visitor]
    assert [named(browser) for browser in everybody] == [["ben", "ana"]] * 4
    town.ban()
    assert [named(browser) for browser in everybody] == [["ben", "ana"], ["ben"], ["ben"], ["ben"]]


def test_what_is_done_while_banned_reaches_nobody_and_counts_for_nobody_else(town, sign_in):
    ana, ben = town.browsers["ana"], town.browsers["ben"]
    hers = sign_in(make.user("dora"))
    fresh = make.post(town.ben, "After that")
    town.ban()
    counts = ben.get(f"{API}/posts/{fresh}").json["counts"]
    unread = ben.get(f"{API}/notifications").json
    for path in (f"posts/{fresh}/like", f"posts/{fresh}/repost", "users/dora/follow"):
        assert ana.post(f"{API}/{path}").status_code == 200
    mine = {"content": "Nobody hears this"}
    assert ana.post(f"{API}/posts/{fresh}/comments", json=mine).status_code == 201
    for talk in (town.two, town.group):
        assert ana.post(f"{API}/conversations/{talk}/messages", json=mine).status_code == 201
    assert ana.post(f"{API}/conversations", json={"usernames": ["dora"], **mine}).status_code == 201
    assert ana.post(f"{API}/conversations", json={"usernames": ["dora", "ben"], "title": "Mine"}).status_code == 201
    assert ana.patch(f"{API}/conversations/{town.group}", json={"title": "Mine"}).json["title"] == "Mine"
    make.work()
    shown = ana.get(f"{API}/posts/{fresh}").json
    assert shown["counts"] == {"likes": 1, "comments": 1, "reposts": 1}
    assert ana.get(f"{API}/users/dora").json["counts"]["followers"] == 1
    assert ana.get(f"{API}/users/me").json["counts"] == {"posts": 1, "followers": 2, "following": 2}
    assert ben.get(f"{API}/posts/{fresh}").json["counts"] == counts
    assert ben.get(f"{API}/users/dora").json["counts"]["followers"] == 0
    assert ben.get(f"{API}/notifications").json == unread
    assert "Nobody hears" not in ben.get(f"{API}/conversations/{town.group}/messages").text
    assert ben.get(f"{API}/conversations/{town.group}").json["title"] == "Walk"
    assert [talk["title"] for talk in ben.get(f"{API}/conversations").json["items"]] == ["Walk"]
    for state in ("accepted", "requested"):
        assert hers.get(f"{API}/conversations?state={state}").json["items"] == []
    assert hers.get(f"{API}/notifications").json["items"] == []


def test_a_group_with_the_banned_in_it_goes_on_taking_people_in(town, sign_in):
    dora, eve = make.user("dora"), make.user("eve")
    for one in (dora, eve):
        make.follow(one, town.ben)
    make.follow(eve, town.ana)
    town.ban()
    ben, ana = town.browsers["ben"], town.browsers["ana"]
    path = f"{API}/conversations/{town.group}/participants"
    assert ben.post(path, json={"usernames": ["dora"]}).status_code in (200, 201)
    make.say(town.ben, town.group, "Welcome")
    hers = sign_in(dora).get(f"{API}/conversations/{town.group}").json
    assert (hers["state"], hers["unread_count"]) == ("accepted", 1)
    assert ana.post(path, json={"usernames": ["eve"]}).status_code in (200, 201)
    assert sign_in(eve).get(f"{API}/conversations/{town.group}").status_code == 404, "of what Ana does nobody hears"


def test_numbers_are_right_after_the_ban_and_as_before_when_it_is_taken_back(town):
    before = numbers()
    town.ban()
    ben = town.browsers["ben"].get(f"{API}/users/ben").json["counts"]
    assert (ben["followers"], ben["following"]) == (1, 0)
    shown = town.browsers["ben"].get(f"{API}/posts/{town.bens}").json["counts"]
    assert shown == {"likes": 1, "comments": 1, "reposts": 1}
    with make.unit():
        sanctions.unshadowban(town.ana.id)
    make.work()
    assert numbers() == before


def test_what_was_under_way_at_that_moment_is_put_right_afterwards(town):
    """A like that began before the shadowban and ended after its job has the mark of before: a second look turns it."""
    late = make.post(town.ben, "Just now")
    with make.unit():
        sanctions.shadowban(town.ana.id)
        waiting = db.rows(select(outbox.Outbox.due_at).where(outbox.Outbox.job == "jobs.account.settle"))
        assert max(row.due_at for row in waiting) > clock.now() + timedelta(seconds=60)
    make.like(town.ana, late)
    with make.unit():
        db.execute(update(Like).where(Like.post_id == late).values(counted=True))
        db.execute(update(Post).where(Post.id == late).values(like_count=1))
    make.work()
    assert town.browsers["ben"].get(f"{API}/posts/{late}").json["counts"]["likes"] == 0
    assert town.browsers["ana"].get(f"{API}/posts/{late}").json["counts"]["likes"] == 1


def test_who_asked_a_private_account_follows_it_when_it_turns_public(town, sign_in):
    shy = make.user("shy", private=True)
    hers, ana = sign_in(shy), town.browsers["ana"]
    assert ana.post(f"{API}/users/shy/follow").json["relationship"]["following"] == "requested"
    town.ban()
    assert hers.get(f"{API}/me/follow-requests").json["items"] == []
    assert hers.patch(f"{API}/users/me", json={"is_private": False}).status_code == 200
    make.work()
    assert ana.get(f"{API}/users/shy").json["relationship"]["following"] == "yes"
    assert ana.get(f"{API}/users/shy").json["counts"]["followers"] == 1
    assert hers.get(f"{API}/users/me").json["counts"]["followers"] == 0


def test_looking_at_oneself_by_others_eyes_is_as_ever(town):
    ana = town.browsers["ana"]
    town.ban()
    for who in ("stranger", "follower", "ben"):
        assert f"/p/{town.own}" in ana.get(f"/@ana/as?view_as={who}").text, who
        assert ana.get(f"{API}/users/me?view_as={who}").status_code == 200
    assert ana.patch(f"{API}/users/me", json={"is_private": True}).status_code == 200
    assert "This account is private" in ana.get("/@ana/as?view_as=stranger").text
    assert f"/p/{town.own}" in ana.get("/@ana/as?view_as=ben").text, "who follows"
    assert ana.post(f"{API}/users/ben/block").status_code == 200
    assert "don&#39;t find you" in ana.get("/@ana/as?view_as=ben").text
