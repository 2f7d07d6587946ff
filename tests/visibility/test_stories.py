"""Who may see which story and highlight: every address about them × every kind of viewer × every state.

Everything is asked as a page, as htmx does and over JSON, by people who saw the story while they still might.
"""

import pytest
from sqlalchemy import func, update

from tests import make
from tests.browsing import HTMX
from webapp.account import sanctions
from webapp.core import db
from webapp.models import Story

API = "/api/v1"
# Of one story: whoever may not see it gets 404.
CONTENT = ("/stories/<username>/<story_id>", "/api/v1/stories/<story_id>")
# Of today's story in a highlight, in the same states.
KEPT = (
    "/highlights/<highlight_id>", "/highlights/<highlight_id>/<kept_id>", "/api/v1/highlights/<highlight_id>",
    "/api/v1/highlights/<highlight_id>/stories", "/api/v1/stories/<kept_id>", "/stories/<username>/<kept_id>",
)  # fmt: skip
# For its author alone.
OWN = ("/stories/<story_id>/viewers", "/api/v1/stories/<story_id>/viewers", "/highlights/<highlight_id>/edit")
# Gathered: what may not be seen is not among it.
GATHERED = (
    "/", "/stories", "/stories/<username>", "/@<username>", "/new/story/ring", "/highlights",
    "/highlights/new", "/new/story",
    "/api/v1/stories/feed", "/api/v1/users/<username>/stories", "/api/v1/users/<username>/highlights",
    "/api/v1/highlights", "/api/v1/me/close-friends", "/notifications", "/api/v1/notifications", "/?view=public",
    "/api/v1/conversations",
)  # fmt: skip

OPEN = ("/", "/?view=public", "/@<username>")  # for visitors, too
# One's own highlight is there when nothing is left in it.
EMPTY = ("/highlights/<highlight_id>", "/api/v1/highlights/<highlight_id>", "/api/v1/highlights/<highlight_id>/stories")

VIEWERS = (
    "visitor", "stranger", "follower", "former", "muter", "close", "close stranger", "owner", "blocked", "blocker",
)  # fmt: skip
FOLLOWERS = {"follower", "muter", "close", "owner"}
SEES = {
    "followers": FOLLOWERS,
    "close_friends": {"close", "close stranger", "owner"},
    "private": FOLLOWERS,
    "private, close_friends": {"close", "owner"},
    "over": set(),
    "deleted": set(),
    "processing": {"owner"},
    "deactivated author": set(),
    "suspended author": set(),
    "shadowbanned author": {"owner"},
    "held": {"owner"},
    "taken_down": {"owner"},
    "concealed": {"owner"},
}
NOT_IN_ROWS = {"muter", "close stranger"}  # their rings leave out whom they muted, or do not follow
ROWS = ("/", "/stories", "/api/v1/stories/feed")


class World:
    """Ana's stories, and everybody who saw them while they might: one of today, one that is kept."""

    def __init__(self):
        people = {name: make.user(name.replace(" ", "_")) for name in VIEWERS if name not in ("visitor", "owner")}
        people["owner"] = ana = make.user("ana")
        self.people = people
        for name in ("follower", "former", "muter", "close", "blocked", "blocker"):
            make.follow(people[name], ana)
        for name in ("close", "close stranger", "blocked", "blocker"):
            make.befriend(ana, people[name])

    def share(self, audience: str, visitor, sign_in) -> None:
        """Let Ana share both, and everybody see them, each with a browser of their own."""
        ana = self.people["owner"]
        self.browsers = {name: sign_in(person) for name, person in self.people.items()} | {"visitor": visitor}
        self.story_id = make.story(ana, "Zugvogel", audience=audience)
        kept_id = make.story(ana, "Flaschenpost", audience=audience)
        body = {"title": "Kieselstein", "story_ids": [str(kept_id)]}
        highlight_id = self.browsers["owner"].post(f"{API}/highlights", json=body).json["id"]
        for name, browser in self.browsers.items():
            for story_id in (self.story_id, kept_id):
                browser.post(f"{API}/stories/{story_id}/view")
            if name in ("follower", "close"):
                browser.post(f"{API}/stories/{self.story_id}/reply", json={"content": "Answered"})
        self.values = {
            "story_id": self.story_id, "kept_id": kept_id, "highlight_id": highlight_id, "username": "ana",
        }  # fmt: skip
        owner = self.browsers["owner"]
        media = [owner.get(f"{API}/stories/{one}").json["media"]["id"] for one in (self.story_id, kept_id)]
        self.story_secrets = ["Zugvogel", media[0]]
        self.kept_secrets = ["Flaschenpost", "Kieselstein", media[1]]

    def turn(self, state: str) -> None:
        """Bring everything into a state; it counts from the next request on."""
        owner = self.browsers["owner"]
        assert owner.post(f"{API}/users/blocked/block").status_code == 200
        assert self.browsers["blocker"].post(f"{API}/users/ana/block").status_code == 200
        assert self.browsers["muter"].post(f"{API}/users/ana/mute").status_code == 200
        assert self.browsers["former"].delete(f"{API}/users/ana/follow").status_code == 200
        if state.startswith("private"):
            assert owner.patch(f"{API}/users/me", json={"is_private": True}).status_code == 200
        elif state == "deactivated author":
            assert owner.post(f"{API}/me/deactivate").status_code == 200
        elif state == "deleted":
            for name in ("story_id", "kept_id"):
                assert owner.delete(f"{API}/stories/{self.values[name]}").status_code == 204
        elif state in ("suspended author", "shadowbanned author"):
            with make.unit():
                if state == "suspended author":
                    sanctions.suspend(self.people["owner"].id, None)
                else:
                    sanctions.shadowban(self.people["owner"].id)
        elif state in ("held", "taken_down", "concealed"):
            with make.unit():
                db.execute(update(Story).values(moderated=state))
        elif state in ("over", "processing"):
            late = update(Story).values(expires_at=func.now() - func.make_interval(0, 0, 0, 0, 0, 0, 1))
            unready = update(Story).where(Story.id == self.story_id).values(status="processing")
            with make.unit():
                db.execute(late if state == "over" else unready)

    def address(self, rule: str) -> str:
        """Fill an address in."""
        for name, value in self.values.items():
            rule = rule.replace(f"<{name}>", str(value))
        return rule

    def answers(self, viewer: str, rule: str):
        """Ask for an address in the ways in which it can be asked for; a page leads on to what it stands for."""
        browser, path = self.browsers[viewer], self.address(rule)
        for headers in ({}, HTMX) if not path.startswith("/api/") else ({},):
            answer = browser.get(path, headers=headers)
            while answer.status_code == 303 and answer.location.startswith(("/stories/", "/highlights/")):
                answer = browser.get(answer.location, headers=headers)
            yield answer


@pytest.fixture(scope="module")
def made(lasting) -> World:
    return World()


@pytest.fixture
def world_in(made, visitor, sign_in):
    """Return a function that brings the world, as it was made, into a state."""

    def turned(state: str) -> World:
        made.share("close_friends" if "close_friends" in state else "followers", visitor, sign_in)
        made.turn(state)
        return made

    return turned


def kept_for(state: str) -> set[str]:
    """Return who sees what is kept in a highlight: it outlives its day, and is ready."""
    return SEES["followers"] if state in ("over", "processing") else SEES[state]


def expected(viewer: str, rule: str, state: str, sees: bool, kept: bool, status: int) -> bool:
    """Tell whether an address answers as it must."""
    if viewer == "visitor" and rule not in OPEN:
        return status in (204, 303, 401)  # to the sign-in
    if viewer == "owner" and state in ("deactivated author", "suspended author"):
        return status in (204, 303, 403)
    if rule in CONTENT or rule in KEPT:
        empty = viewer == "owner" and rule in EMPTY
        return status == (200 if empty or (sees if rule in CONTENT else kept) else 404)
    if rule in OWN and viewer == "owner":
        return status == (200 if sees or "highlight" in rule else 404)
    if rule in OWN:
        return status == (403 if sees and "viewers" in rule else 404)
    return status < 500


@pytest.mark.parametrize("state", SEES)
def test_what_may_not_be_seen_is_nowhere(world_in, state):
    world = world_in(state)
    wrong, asked = [], 0
    for viewer in VIEWERS:
        sees, kept = viewer in SEES[state], viewer in kept_for(state)
        denied = [*(() if sees else world.story_secrets), *(() if kept else world.kept_secrets)]
        for rule in CONTENT + KEPT + OWN + GATHERED:
            for answer in world.answers(viewer, rule):
                asked += 1
                cell = f"{viewer} {rule}: {answer.status_code}"
                shown = [secret for secret in denied if secret in answer.text]
                if shown and viewer != "owner":
                    wrong.append(f"{cell} shows {shown}")
                if not expected(viewer, rule, state, sees, kept, answer.status_code):
                    wrong.append(cell)
    assert not wrong, wrong
    assert asked > 300


@pytest.mark.parametrize("state", ["followers", "close_friends", "private", "private, close_friends"])
def test_what_may_be_seen_is_there(world_in, state):
    world = world_in(state)
    for viewer in SEES[state]:
        browser = world.browsers[viewer]
        assert "Zugvogel" in browser.get(f"/stories/ana/{world.story_id}").text, viewer
        assert "Zugvogel" in browser.get(f"{API}/users/ana/stories").text, viewer
        assert "Kieselstein" in browser.get("/@ana").text, viewer
        for path in ROWS:
            text = browser.get(path).text
            there = "/stories/ana" in text or str(world.story_id) in text
            assert there is (viewer not in NOT_IN_ROWS), (viewer, path)


@pytest.mark.parametrize("viewer", [name for name in VIEWERS if name not in SEES["private, close_friends"]])
def test_nothing_can_be_done_with_what_may_not_be_seen(world_in, viewer):
    world = world_in("private, close_friends")
    story, highlight = world.story_id, world.values["highlight_id"]
    for method, path, body in (
        ("POST", f"{API}/stories/{story}/view", None), ("POST", f"{API}/stories/{story}/reply", {"content": "Hello"}),
        ("DELETE", f"{API}/stories/{story}", None), ("POST", f"{API}/stories/{story}/restore", None),
        ("PATCH", f"{API}/highlights/{highlight}", {"title": "Mine"}),
        ("DELETE", f"{API}/highlights/{highlight}", None),
        ("POST", f"{API}/highlights", {"title": "Mine", "story_ids": [str(story)]}),
    ):  # fmt: skip
        answer = world.browsers[viewer].open(path, method=method, json=body)
        expected = 401 if viewer == "visitor" else 422 if path.endswith("highlights") else 404
        assert answer.status_code == expected, (method, path, answer.status_code)
