"""What goes out about conversations."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from webapp.media import shapes as media_shapes
from webapp.media.shapes import Media
from webapp.models import Message as MessageRow
from webapp.posts.shapes import Post
from webapp.users import shapes as user_shapes
from webapp.users.shapes import UserShort
from webapp.visibility import Viewer, verbs

_table = MessageRow.__table__.c
_NAMES = (
    "id", "conversation_id", "seq", "sender_id", "content", "media_id", "post_id", "story_id", "deleted_at",
    "created_at",
)  # fmt: skip
COLUMNS = tuple(_table[name].label(f"message_{name}") for name in _NAMES)


@dataclass(frozen=True, slots=True)
class AnsweredStory:
    """The story that a message answers, and whose it is."""

    id: uuid.UUID
    username: str


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody said. `media` has no `urls` until the photo is ready, nor in a request; nor have the post's there.

    `attached` is photo, post, story or null, and gone where something was that is not there any more; what
    the viewer may not see, or not any more, of posts and stories is null. `collapsed`: the viewer blocked who said it.
    """

    id: uuid.UUID
    conversation_id: uuid.UUID
    seq: int
    sender: UserShort
    content: str
    media: Media | None
    story_id: uuid.UUID | None
    post_id: uuid.UUID | None
    deleted: bool
    created_at: datetime
    attached: str | None
    post: Post | None
    story: AnsweredStory | None
    collapsed: bool
    can: list[str]

    @property
    def sender_id(self) -> uuid.UUID:
        """Who said it."""
        return self.sender.id


@dataclass(frozen=True, slots=True)
class ReadMark:
    """Up to which message somebody has read, as far as they let it be known."""

    user_id: uuid.UUID
    seq: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as the viewer has it. `state` is accepted or requested; `can` is what the viewer may do."""

    id: uuid.UUID
    kind: str
    title: str
    participants: list[UserShort]
    state: str
    unread_count: int
    last_message: Message | None
    updated_at: datetime
    read_seq: int
    read_marks: list[ReadMark]
    host_id: uuid.UUID | None
    can: list[str]


@dataclass(frozen=True, slots=True)
class _Fact:
    """What the permissions look at."""

    sender_id: uuid.UUID
    deleted: bool


@dataclass(frozen=True, slots=True)
class _Talk:
    kind: str
    state: str
    host_id: uuid.UUID | None


def of(row: Any, viewer: Viewer, posts: Mapping[uuid.UUID, Post]) -> Message:
    """Make the shape from a row of `queries.lines` and the posts that the viewer may see."""
    gone = row.message_deleted_at is not None
    asked = row.state == "requested" and row.message_sender_id != viewer.id
    post = posts.get(row.message_post_id)
    if post is not None and asked:
        post = replace(post, media=[_hidden(photo) for photo in post.media])
    story = AnsweredStory(row.message_story_id, row.storyteller) if row.storyteller else None
    fact = _Fact(row.message_sender_id, gone)
    return Message(
        row.message_id, row.message_conversation_id, row.message_seq, user_shapes.short(row), row.message_content,
        _photo(row, viewer), story and story.id, post and post.id, gone, row.message_created_at,
        None if gone else _attached(row), post, story, row.collapsed, sorted(verbs(viewer, "message", fact)),
    )  # fmt: skip


def _attached(row: Any) -> str | None:
    for kind, what in (("photo", row.photo), ("post", row.message_post_id), ("story", row.message_story_id)):
        if what is not None:
            return kind
    return None if row.message_content else "gone"


def _photo(row: Any, viewer: Viewer) -> Media | None:
    """Make the photo's shape. In a request none is shown; why one failed is for whoever sent it."""
    if row.photo is None:
        return None
    photo = media_shapes.listed([row.photo])[0]
    if row.message_sender_id == viewer.id:
        return photo
    if row.state == "requested":
        photo = _hidden(photo)
    return replace(photo, error=None)


def _hidden(photo: Media) -> Media:
    """Leave of a photo that nobody wants to see yet only that it is there."""
    return replace(photo, urls=None, placeholder=None, alt="")


def conversation(row: Any, viewer: Viewer, last: Message | None) -> Conversation:
    """Make the shape from a row of `queries.talks`."""
    people, marks, host = [], [], None
    for text, name, shown, standing, state, seen, *face in row.crowd or ():
        person = UserShort(uuid.UUID(text), name, shown, media_shapes.portrait(*face))
        people.append(person)
        if state == "accepted":
            host = host or (person.id if standing else None)  # who hides the account would keep others from it
            marks.append(ReadMark(person.id, seen))
    talk = _Talk(row.kind, row.state, host if row.kind == "group" else None)
    return Conversation(
        row.conversation_id, row.kind, row.title, people, row.state, row.unread, last, row.newest_at, row.read_seq,
        marks, talk.host_id, sorted(verbs(viewer, "conversation", talk)),
    )  # fmt: skip
