"""What goes out about comments."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from webapp.media import shapes as media_shapes
from webapp.models import Comment as CommentRow
from webapp.users import shapes as user_shapes
from webapp.users.shapes import UserShort
from webapp.visibility import Viewer, verbs

_table = CommentRow.__table__.c

COLUMNS = (
    *(
        _table[name].label(f"comment_{name}")
        for name in (
            "id",
            "seq",
            "post_id",
            "parent_id",
            "author_id",
            "content",
            "held_for",
            "moderated",
            "like_count",
            "reply_count",
            "created_at",
        )
    ),
    *user_shapes.COLUMNS,
    *media_shapes.COLUMNS,
)


@dataclass(frozen=True, slots=True)
class CommentCounts:
    """How often people reacted."""

    likes: int
    replies: int


@dataclass(frozen=True, slots=True)
class CommentViewer:
    """What the viewer did with it."""

    liked: bool


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; `can` is what the viewer may do with it. `held`: it waits for the viewer's approval.

    `moderated` (held, taken_down; with its reason, `verdict`) is for its author, who alone still sees it.
    """

    id: uuid.UUID
    post_id: uuid.UUID
    parent_id: uuid.UUID | None
    author: UserShort
    content: str
    counts: CommentCounts
    viewer: CommentViewer | None
    created_at: datetime
    held: bool
    can: list[str]
    moderated: str | None = None
    verdict: str | None = None

    @property
    def author_id(self) -> uuid.UUID:
        """Whose it is."""
        return self.author.id


@dataclass(frozen=True, slots=True)
class _Fact:
    """What the permissions look at."""

    author_id: uuid.UUID
    post_author_id: uuid.UUID


def of(row: Any, viewer: Viewer) -> Comment:
    """Make the shape from a row of COLUMNS with `liked` and `post_author_id`."""
    fact = _Fact(row.comment_author_id, row.post_author_id)
    return Comment(
        row.comment_id, row.comment_post_id, row.comment_parent_id, user_shapes.short(row), row.comment_content,
        CommentCounts(row.comment_like_count + row.own_like, row.comment_reply_count + row.own_held),
        None if viewer.is_visitor else CommentViewer(row.liked),
        row.comment_created_at, row.comment_held_for == viewer.id, sorted(verbs(viewer, "comment", fact)),
        row.comment_moderated if row.comment_moderated in ("held", "taken_down") else None, row.verdict,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preview:
    """A comment in a line below a post's card."""

    id: str
    username: str
    content: str


def previews(talk: str | None) -> list[Preview]:
    """Make the lines of what `queries.newest_two` selected, the older first."""
    return [Preview(*fields) for fields in reversed(orjson.loads(talk))] if talk else []
