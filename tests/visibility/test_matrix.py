"""Who may see what, as a matrix: every address that can be read × every kind of viewer × every state of a post.

The addresses come from the app itself: one that is in none of the lists below fails the first test. Everything is asked
as a page, as htmx does and over JSON, by people who liked, saved and read the post while they still might.
"""

import pytest
from sqlalchemy import update

from tests import make
from tests.browsing import HTMX
from webapp.account import sanctions
from webapp.core.page import encode
from webapp.models import Post, User
from webapp.posts import actions as posts
from webapp.posts.schemas import PostChange

# Of one post: whoever may not see it gets 404.
CONTENT = (
    "/p/<post_id>", "/p/<post_id>/likes", "/p/<post_id>/reposts", "/api/v1/posts/<post_id>/reposts",
    "/comments/<comment_id>/replies", "/api/v1/posts/<post_id>",
    "/api/v1/posts/<post_id>/comments", "/api/v1/posts/<post_id>/likes", "/api/v1/comments/<comment_id>/replies",
)  # fmt: skip
# For whoever may see it and is signed in; its author alone may edit it.
PERSONAL = (
    "/p/<post_id>/card",
    "/p/<post_id>/edit",
    "/p/<post_id>/folder",
    "/p/<post_id>/send",
    "/report/<target_type>/<post_id>",
    "/report/<target_type>/<post_id>/thanks",
)
# Of a person whose photos one may see: the same.
LISTS_OF_A_PERSON = (
    "/@<username>/followers", "/@<username>/following", "/api/v1/users/<username>/followers",
    "/api/v1/users/<username>/following", "/api/v1/users/<username>/posts", "/api/v1/users/<username>/timeline",
    "/@<username>/tagged", "/api/v1/users/<username>/tagged",
)  # fmt: skip
# Gathered from many: what may not be seen is not among it.
GATHERED = (
    "/", "/?view=public", "/tags/<tag>", "/saved", "/likes", "/@<username>", "/@<username>/timeline", "/@<username>/as",
    "/?view=for_you", "/explore", "/api/v1/explore", "/api/v1/feed?view=for_you",
    "/api/v1/feed", "/api/v1/feed?view=public",
    "/search", "/search/typed", "/api/v1/search/users", "/api/v1/search/posts", "/api/v1/search/tags",
    "/search?q=zugvogel&kind=posts", "/search?q=quellental&kind=posts&scope=saved", "/search?q=nachtf&kind=tags",
    "/search?q=ana", "/search/typed?q=zugvo&kind=posts", "/search/typed?q=%23nachtf&kind=tags", "/api/v1/me/tags",
    "/api/v1/search/users?q=ana", "/api/v1/search/posts?q=Zugvogel", "/api/v1/search/posts?q=%40ana",
    "/api/v1/search/posts?q=%23nachtfalter&scope=saved", "/api/v1/search/posts?q=Quellental",
    "/api/v1/search/tags?q=nacht",
    "/locations/<path:name>", "/api/v1/locations/<path:name>",
    "/api/v1/tags/<tag>", "/api/v1/me/saved", "/api/v1/me/likes", "/api/v1/users/<username>",
    "/notifications", "/api/v1/notifications",
    "/messages", "/messages/requests", "/messages/<conversation_id>", "/messages/<conversation_id>/details",
    "/messages/m/<message_id>", "/messages/search", "/messages/search?q=Schau", "/api/v1/conversations",
    "/api/v1/conversations?state=requested", "/api/v1/conversations/<conversation_id>",
    "/api/v1/conversations/<conversation_id>/messages", "/api/v1/search/messages", "/api/v1/search/messages?q=schau",
)  # fmt: skip
# Where it is never found, whoever asks.
ELSEWHERE = (
    "/about", "/docs", "/favicon.ico", "/healthz", "/manifest.webmanifest", "/metrics", "/offline", "/readyz",
    "/robots.txt", "/settings", "/sw.js", "/install", "/share", "/waiting", "/api/v1/openapi.json",
    # users
    "/settings/privacy", "/settings/profile", "/unsubscribe/<key>", "/api/v1/me/settings",
    # auth
    "/login", "/login/code", "/register", "/forgot", "/confirm-email/<token>", "/reset/<token>", "/settings/email",
    "/settings/passkeys", "/settings/security", "/settings/sessions", "/settings/two-step", "/api/v1/auth/csrf",
    "/api/v1/auth/me", "/api/v1/auth/sessions", "/api/v1/auth/passkeys", "/api/v1/auth/passkeys/<passkey_id>",
    # policy: the rules of the site
    "/join/<code>", "/api/v1/auth/registration",
    # graph
    "/requests", "/suggestions", "/settings/blocks", "/settings/mutes", "/settings/restricted",
    "/settings/close-friends", "/@<username>/mute", "/api/v1/me/blocks", "/api/v1/me/close-friends",
    "/api/v1/me/follow-requests", "/api/v1/me/mutes", "/api/v1/me/restricted", "/api/v1/me/suggestions",
    "/api/v1/users/<username>/relationship",
    # posts
    "/new", "/saved/folders", "/api/v1/me/saved/folders",
    # notifications
    "/settings/notifications", "/api/v1/me/notification-settings", "/api/v1/notifications/count",
    # messages
    "/messages/new",
    # live: what a word brings is asked for anew, by the reads of the rooms
    "/events", "/feed/new?newest=<newest>", "/api/v1/events",
    "/api/v1/push/key", "/api/v1/push/subscriptions",
    # moderation
    "/reports", "/appeal", "/api/v1/me/reports", "/api/v1/me/moderation",
    # account
    "/settings/data",
    # admin: what everybody is told, and the password asked for once more
    "/confirm", "/api/v1/announcements",
)  # fmt: skip
# About stories, which have a matrix of their own: `test_stories.py`.
STORIES = (
    "/stories", "/stories/<username>", "/stories/<username>/<story_id>", "/stories/<story_id>/viewers", "/new/story",
    "/new/story/ring", "/highlights", "/highlights/new", "/highlights/<highlight_id>",
    "/highlights/<highlight_id>/edit", "/highlights/<highlight_id>/<story_id>", "/api/v1/stories/feed",
    "/api/v1/stories/<story_id>", "/api/v1/stories/<story_id>/viewers", "/api/v1/highlights",
    "/api/v1/highlights/<highlight_id>",
    "/api/v1/highlights/<highlight_id>/stories", "/api/v1/users/<username>/stories",
    "/api/v1/users/<username>/highlights",
)  # fmt: skip
# For moderators and admins alone, whatever stands there: `tests/admin/test_doors.py` says which of them for whom.
STAFF = ("/admin", "/api/v1/admin/", "/api/v1/moderation/")
# For its owner alone, in every state; files that nobody wrote.
APART = ("/api/v1/media/uploads/<media_id>/status", "/static/<name>", "/static/<version>/<path:name>")

# From feeds and notifications a mute keeps what everywhere else may be seen.
QUIET = ("/", "/?view=public", "/notifications", "/api/v1/feed", "/api/v1/feed?view=public", "/api/v1/notifications")

VIEWERS = (
    "visitor", "stranger", "asker", "former", "follower", "muter", "owner", "blocked", "blocker", "moderator",
    "shadowbanned", "suspended",
)  # fmt: skip
WALLED = {"blocked", "blocker"}  # by the owner, and of the owner: they followed each other until then
SEES = {
    "public": set(VIEWERS) - WALLED - {"suspended"},
    "private": {"follower", "muter", "owner"},
    "processing": {"owner"},
    "held": {"owner", "moderator"},
    "taken down": {"owner", "moderator"},
    "concealed": {"owner", "moderator"},
    "deleted": set(),
    "deactivated author": set(),
    "deletion waiting": set(),
    "suspended author": {"moderator"},
    "pending author": {"moderator"},
    "shadowbanned author": {"owner", "moderator"},
}
# The account itself exists for nobody but its owner, who is held to the way back: all but the shadowbanned.
HIDDEN = {"deactivated author", "deletion waiting", "suspended author", "pending author"}
ABSENT = HIDDEN | {"shadowbanned author"}
UNNOTICED = {"concealed", "shadowbanned author"}  # by the owner, for whom all is as ever
LOOKED_INTO = {"suspended author", "pending author", "shadowbanned author"}  # by moderators
# All that somebody may still see whose account is hidden.
STILL_OPEN = (
    "/about", "/offline", "/docs", "/settings/data", "/api/v1/auth/me", "/api/v1/auth/csrf", "/favicon.ico",
    "/healthz", "/readyz", "/metrics", "/manifest.webmanifest", "/robots.txt", "/sw.js",
    "/install", "/share", "/waiting",
    "/confirm-email/<token>", "/reset/<token>",
    "/events",  # which says nothing to them
    "/api/v1/announcements",
    "/appeal", "/api/v1/me/moderation",
)  # fmt: skip


def test_every_address_that_can_be_read_has_its_place_here(app):
    known = {address.partition("?")[0] for address in CONTENT + PERSONAL + LISTS_OF_A_PERSON + GATHERED + ELSEWHERE}
    rules = {rule.rule for rule in app.url_map.iter_rules() if "GET" in rule.methods} - set(of_staff(app))
    read = {rule.replace("<target_id>", "<post_id>") for rule in rules}
    assert read == known | set(APART) | set(STORIES)


def of_staff(app) -> list[str]:
    return [rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith(STAFF) and "GET" in rule.methods]


class World:
    """Ana's post, and everybody who read it while it was public."""

    def __init__(self, visitor, sign_in):
        others = [name for name in VIEWERS if name not in ("visitor", "owner")]
        people = {name: make.user(name) for name in others if name != "moderator"}
        people["moderator"] = make.user("wachter", role="moderator")
        people["owner"] = ana = make.user("ana")
        self.people = people
        for name in ("follower", "former", "muter"):
            make.follow(people[name], ana)
        for name in set(people) - {"follower"}:  # who passes the post on to all of them
            make.follow(people[name], people["follower"])
        for name in WALLED:
            make.follow(people[name], ana)
            make.follow(ana, people[name])
        named = " ".join(f"@{person.username}" for person in people.values())
        self.post_id = make.post(ana, f"Zugvogel #nachtfalter {named}", location="Quellental")
        comment_id = make.comment(ana, self.post_id, "Flaschenpost")
        make.comment(people["follower"], self.post_id, "Kieselstein", comment_id)
        make.repost(people["follower"], self.post_id)
        # who passed it on sends it to all of them, in a group that they are in together
        talk = make.talk(people["follower"], *(person for name, person in people.items() if name != "follower"))
        message_id = make.say(people["follower"], talk, "Schaut", post_id=self.post_id)
        tagged = PostChange(tagged=[person.username for person in people.values()])
        with make.unit():
            posts.edit(ana.viewer, self.post_id, tagged)
        self.enter(visitor, sign_in)
        self.values = {"post_id": self.post_id, "comment_id": comment_id, "username": "ana", "tag": "nachtfalter"}
        self.values["target_type"] = "post"
        self.values["newest"] = encode("newest", 0)
        self.values |= {"conversation_id": talk, "message_id": message_id}
        self.values["path:name"] = "quellental"  # as nobody wrote it
        media = self.browsers["visitor"].get(f"/api/v1/posts/{self.post_id}").json["media"][0]
        self.secrets = [
            str(self.post_id), "Zugvogel", "Quellental", "Flaschenpost", "Kieselstein", str(media["id"]),
            media["urls"]["large"].split("/")[-2],
        ]  # fmt: skip
        for name in set(people) - {"owner"}:
            for verb in ("like", "save"):
                assert self.browsers[name].post(f"/api/v1/posts/{self.post_id}/{verb}").status_code == 200
        make.work()  # all of them are told: they are named, liked and answered
        self.etag = self.browsers["visitor"].get(f"/api/v1/posts/{self.post_id}").headers["ETag"]

    def enter(self, visitor, sign_in) -> None:
        """Let everybody come with a browser of their own, as nobody's keeps what another test did."""
        self.browsers = {name: sign_in(person) for name, person in self.people.items()} | {"visitor": visitor}

    def look(self) -> None:
        """Let everybody look where what is seen is kept: the card is drawn, and the rankings are made."""
        for browser in self.browsers.values():
            for kept in ("/?view=public", "/?view=for_you", "/explore"):
                browser.get(kept)

    def turn(self, state: str) -> None:
        """Bring the post into a state, without any job that follows: it counts from the next request on."""
        owner = self.browsers["owner"]
        assert owner.post("/api/v1/users/blocked/block").status_code == 200
        assert self.browsers["blocker"].post("/api/v1/users/ana/block").status_code == 200
        assert self.browsers["muter"].post("/api/v1/users/ana/mute").status_code == 200
        with make.unit():
            sanctions.shadowban(self.people["shadowbanned"].id)
            sanctions.suspend(self.people["suspended"].id, None)
        if state == "private":
            assert owner.patch("/api/v1/users/me", json={"is_private": True}).status_code == 200
            assert self.browsers["asker"].post("/api/v1/users/ana/follow").json["relationship"]["following"] != "yes"
            assert owner.delete("/api/v1/me/followers/former").status_code == 204
        elif state == "deleted":
            assert owner.delete(f"/api/v1/posts/{self.post_id}").status_code == 204
        elif state == "deactivated author":
            assert owner.post("/api/v1/me/deactivate").json["status"] == "deactivated"
        elif state == "deletion waiting":
            assert owner.delete("/api/v1/me", json={"password": make.PASSWORD}).status_code == 204
        elif state in LOOKED_INTO:
            self.decide(state)
        elif state == "concealed":
            with make.unit():
                make.db.execute(update(Post).values(concealed=True))
        elif state != "public":
            with make.unit():
                make.db.execute(update(Post).values(status=state.replace(" ", "_")))

    def decide(self, state: str) -> None:
        """Let moderators decide about the author."""
        ana = self.people["owner"].id
        with make.unit():
            if state == "suspended author":
                sanctions.suspend(ana, None)
            elif state == "shadowbanned author":
                sanctions.shadowban(ana)
            else:
                values = {"status": "pending", "own_status": "pending"}
                make.db.execute(update(User).where(User.id == ana).values(values))

    def address(self, rule: str) -> str:
        """Fill an address in."""
        for name, value in self.values.items():
            rule = rule.replace(f"<{name}>", str(value))
        return rule

    def answers(self, viewer: str, rule: str):
        """Ask for an address in the ways in which it can be asked for."""
        browser, path = self.browsers[viewer], self.address(rule)
        yield browser.get(path)
        if not path.startswith("/api/"):
            yield browser.get(path, headers=HTMX)

    def shows(self, text: str) -> list[str]:
        """Return which of the secrets a text holds."""
        return [secret for secret in self.secrets if secret in text]


@pytest.fixture(scope="module")
def made(app, lasting, sign_in) -> World:
    return World(app.test_client(), sign_in)


@pytest.fixture
def world(made, visitor, sign_in) -> World:
    """The world as it was made, whatever other tests did in it."""
    made.enter(visitor, sign_in)
    made.look()
    return made


def found(viewer: str, rule: str, state: str) -> bool:
    """Tell whether a viewer finds the post at this address. Moderators open what others can't; nothing brings it."""
    unseen = state not in ("public", "private")
    if viewer == "owner" and state in UNNOTICED:
        return True
    if viewer == "moderator" and unseen:
        return viewer in SEES[state] and rule in CONTENT + PERSONAL and "replies" not in rule
    return viewer in SEES[state]


def expected(viewer: str, rule: str, state: str, sees: bool, status: int) -> bool:
    """Tell whether an address answers as it must."""
    held = viewer == "suspended" or (state in HIDDEN and viewer == "owner")
    if held and rule not in STILL_OPEN:
        return status == 403 or (status == 303 and not rule.startswith("/api/"))
    if viewer == "moderator" and state in LOOKED_INTO and "<username>" in rule:
        return status in (200, 404) and (status == 200 or rule not in ("/@<username>", "/api/v1/users/<username>"))
    if state in ABSENT and "<username>" in rule and viewer != "owner" and not held:
        return status in ((204, 303, 401, 404) if viewer == "visitor" else (404,))  # or to the sign-in
    if rule in CONTENT:
        awake = state in ("public", "private") or (viewer == "owner" and state in UNNOTICED)
        asleep = "replies" in rule and not awake  # the talk below what is not published
        return status == (200 if sees and not asleep else 404)
    if rule in LISTS_OF_A_PERSON and (state == "private" or viewer in WALLED):
        return status == (200 if sees else 404)
    if rule == "/@<username>/as":  # by others' eyes one looks at oneself alone
        return (status == 200) is (viewer == "owner")
    if rule in PERSONAL and not sees:
        return status != 200
    if "<username>" in rule and viewer in WALLED:
        return status == (404 if viewer == "blocked" else 200)  # the blocker finds a stub, to take the block back
    return status < 500 or rule == "/readyz"


@pytest.mark.parametrize("state", SEES)
def test_what_may_not_be_seen_is_nowhere(world, state):
    world.turn(state)
    wrong, asked = [], 0
    # those moderators decided about are strangers to everything: two states show it
    for viewer in VIEWERS if state in ("public", "private") else VIEWERS[:-2]:
        for rule in CONTENT + PERSONAL + LISTS_OF_A_PERSON + GATHERED + ELSEWHERE:
            sees = found(viewer, rule, state)
            for answer in world.answers(viewer, rule):
                asked += 1
                cell = f"{viewer} {rule}: {answer.status_code}"
                if rule in ELSEWHERE or not sees or (viewer == "muter" and rule in QUIET):
                    # an answer may name the address that it is about
                    text = answer.data.decode(errors="replace").replace(world.address(rule), "")
                    wrong += [f"{cell} shows {world.shows(text)}"] if world.shows(text) else []
                if not expected(viewer, rule, state, sees, answer.status_code):
                    wrong.append(cell)
    assert not wrong, wrong
    assert asked > 600


def test_what_is_for_staff_is_for_nobody_else(app, world):
    assert len(of_staff(app)) > 20
    for viewer in set(VIEWERS) - {"moderator"}:
        for rule in of_staff(app):
            for answer in world.answers(viewer, rule):
                to_sign_in = answer.status_code in (204, 303) and viewer == "visitor"
                assert to_sign_in or answer.status_code in (401, 403), (viewer, rule, answer.status_code)
                assert not world.shows(answer.text.replace(world.address(rule), "")), (viewer, rule)


def test_what_may_be_seen_is_there(world):
    world.turn("private")
    for rule in (
        "/p/<post_id>",
        "/tags/<tag>",
        "/",
        "/@<username>",
        "/saved",
        "/likes",
        "/api/v1/me/saved",
        "/notifications",
    ):
        assert world.shows(world.browsers["follower"].get(world.address(rule)).text), rule


def test_a_copy_that_was_kept_is_not_confirmed(world):
    visitor, path = world.browsers["visitor"], f"/api/v1/posts/{world.post_id}"
    assert visitor.get(path, headers={"If-None-Match": world.etag}).status_code == 304
    world.turn("private")
    assert visitor.get(path, headers={"If-None-Match": world.etag}).status_code == 404


def test_nothing_can_be_done_with_what_may_not_be_seen(world):
    world.turn("private")
    post, comment = world.post_id, world.values["comment_id"]
    calls: tuple[tuple[str, str, dict[str, str] | None], ...] = (
        ("POST", f"/api/v1/posts/{post}/like", None), ("POST", f"/api/v1/posts/{post}/save", None),
        ("POST", f"/api/v1/posts/{post}/comments", {"content": "Let me in"}),
        ("POST", f"/api/v1/comments/{comment}/like", None),
        ("PATCH", f"/api/v1/posts/{post}", {"caption": "Mine"}), ("DELETE", f"/api/v1/posts/{post}", None),
        ("DELETE", f"/api/v1/posts/{post}/comments/{comment}", None),
    )  # fmt: skip
    for viewer in set(VIEWERS) - SEES["private"]:
        for method, path, body in calls:
            answer = world.browsers[viewer].open(path, method=method, json=body)
            said = (viewer, method, path, answer.status_code)
            assert answer.status_code == {"visitor": 401, "suspended": 403}.get(viewer, 404), said
