"""What goes out about notifications."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.media import shapes as media_shapes
from webapp.media.shapes import Media
from webapp.models.notification import TYPES
from webapp.users.shapes import User

FACES = 3  # how many people a notification names; `actor_count` says how many there are
_EXCERPT = 120
_WORDS = {
    "like": "liked your {thing}",
    "comment": "commented on your post",
    "reply": "replied to your comment",
    "mention": "mentioned you in a {thing}",
    "follow": "started following you",
    "request": "asked to follow you",
    "accepted": "let you follow",
    "repost": "reposted your post",
    "tag": "tagged you in a post",
}


@dataclass(frozen=True, slots=True)
class NotificationTarget:
    """What it is about.

    A `post`, a `comment` (of `post_id`), a `notice` of the site or a `user`, oneself. `photo` is the post's first; null
    if it is another's and shown to those who ask for it.
    """

    type: str
    id: uuid.UUID
    excerpt: str
    post_id: uuid.UUID | None
    photo: Media | None


@dataclass(frozen=True, slots=True)
class Notice:
    """What the site itself says, and where it leads."""

    id: uuid.UUID
    words: str
    path: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Notification:
    """What one is told. `actors` are the last three of `actor_count`.

    A `notice` has none: it gathers what the site itself says, `notices`, the newest first.
    """

    id: uuid.UUID
    type: str
    actors: list[User]
    actor_count: int
    target: NotificationTarget
    read_at: datetime | None
    created_at: datetime
    notices: list[Notice]

    @property
    def what(self) -> str:
        """What was done, in words that follow who did it."""
        thing = "comment" if self.target.type == "comment" else "post"
        return _WORDS[self.type].format(thing=thing)

    @property
    def path(self) -> str:
        """Where it leads."""
        if self.notices:
            return self.notices[0].path
        if self.target.type == "comment":
            return f"/p/{self.target.post_id}#comment-{self.target.id}"
        if self.target.type == "post":
            return f"/p/{self.target.id}"
        if self.type == "request":
            return "/requests"
        return f"/@{self.actors[0].username}" if len(self.actors) == 1 else "/@me/followers"


@dataclass(frozen=True, slots=True)
class NotificationCount:
    """How many notifications one has not read; 100 stands for all that is more."""

    unread: int


@dataclass(frozen=True, slots=True)
class Ways:
    """How one is told of a type: in the `app`, and by a `push` of what is told there."""

    app: bool
    push: bool


@dataclass(frozen=True, slots=True)
class MessageWays:
    """How one is told of messages: by a `push`, which says what they say if `content` is wanted."""

    push: bool
    content: bool


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """A device to which is pushed; `is_current`: it was made in the session that asks."""

    id: uuid.UUID
    endpoint: str
    device: str
    is_current: bool
    last_ok_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PushKey:
    """The key by which browsers know this site's pushes (`applicationServerKey`); null if it sends none."""

    public_key: str | None


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """What one wants to be told."""

    like: Ways
    comment: Ways
    reply: Ways
    mention: Ways
    follow: Ways
    request: Ways
    accepted: Ways
    repost: Ways
    tag: Ways
    message: MessageWays


def settings(unwanted: list[str], unpushed: list[str], *, content: bool) -> NotificationSettings:
    """Make the shape of what is not wanted."""
    ways = {name: Ways(name not in unwanted, name not in unpushed) for name in TYPES}
    return NotificationSettings(**ways, message=MessageWays("message" not in unpushed, content))


def named(row: Any) -> list[uuid.UUID]:
    """Return whom a row of `queries` names: its last actors, each once."""
    return list(dict.fromkeys(row.actors or ()))[:FACES]


def of(row: Any, people: Mapping[uuid.UUID, User]) -> Notification:
    """Make the shape of a row of `queries`; `people` are those whom its page names."""
    actors = [people[person] for person in named(row) if person in people]
    said = [Notice(uuid.UUID(text), words, path, _time(at)) for text, words, path, at in row.notices or ()]
    return Notification(row.id, row.type, actors, row.total, _target(row, said), row.read_at, row.latest_at, said)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _target(row: Any, said: list[Notice]) -> NotificationTarget:
    if said:
        return NotificationTarget("notice", said[0].id, _excerpt(said[0].words), None, None)
    photo = media_shapes.of(row) if row.media_id is not None and not row.covered else None
    if row.said_id is not None:
        return NotificationTarget("comment", row.said_id, _excerpt(row.said), row.post_id, photo)
    if row.comment_id is not None:
        return NotificationTarget("comment", row.comment_id, _excerpt(row.content), row.post_id, photo)
    if row.post_id is not None:
        return NotificationTarget("post", row.post_id, _excerpt(row.caption), row.post_id, photo)
    return NotificationTarget("user", row.recipient_id, "", None, None)


def _excerpt(text: str) -> str:
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1].rstrip() + "…"


def sentence(told: Notification) -> str:
    """Say a notification in a plain sentence without its full stop: @ana and 5 others liked your post.

    For mails: by user names, because others' words, an address among them, must not speak there in our name.
    """
    if told.notices:
        return told.notices[0].words.rstrip(".")
    first, *rest = (f"@{user.username}" for user in told.actors)
    others = told.actor_count - 1
    if others == 1 and rest:
        first += f" and {rest[0]}"
    elif others:
        first += " and 1 other" if others == 1 else f" and {others:,} others"
    return f"{first} {told.what}"
