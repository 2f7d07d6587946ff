"""What goes out about stories."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.media import shapes as media_shapes
from webapp.media.shapes import Media
from webapp.models import Story as StoryRow
from webapp.users import shapes as user_shapes
from webapp.users.shapes import User, UserShort
from webapp.visibility import Viewer, verbs

_table = StoryRow.__table__.c

# What `of` needs of a row; the author, the avatar and what `queries.cards` adds stand beside them.
COLUMNS = (
    *(
        _table[name].label(f"story_{name}")
        for name in (
            "id", "author_id", "caption", "audience", "status", "moderated", "sensitive", "seq", "created_at",
            "published_at", "expires_at",
        )
    ),
    *user_shapes.COLUMNS,
    *media_shapes.COLUMNS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoryCounts:
    """How many people saw a story."""

    views: int


@dataclass(frozen=True, slots=True)
class Story:
    """A story. `counts` is for its author alone, and so are states other than published.

    So are `moderated` (held, taken_down: nobody else sees it) and the reason for that, `verdict`. The photo of a
    `sensitive` one is shown to those who ask for it.
    `expires_at` is null until it is published; one that is `kept` in a highlight is found there after that. `can` is
    what the viewer may do.
    """

    id: uuid.UUID
    author: UserShort
    media: Media
    caption: str
    audience: str
    status: str
    seen: bool
    kept: bool
    counts: StoryCounts | None
    expires_at: datetime | None
    created_at: datetime
    can: list[str]
    moderated: str | None = None
    verdict: str | None = None
    sensitive: bool = False

    @property
    def author_id(self) -> uuid.UUID:
        """Whose it is."""
        return self.author.id


@dataclass(frozen=True, slots=True)
class Ring:
    """Somebody who has stories: their ids, the oldest first, and whether the viewer has seen all of them."""

    user: UserShort
    seen: bool
    latest_at: datetime
    story_ids: list[uuid.UUID]


@dataclass(frozen=True, slots=True)
class WholeRing:
    """The same over JSON, with all that the viewer may know of the person."""

    user: User
    seen: bool
    latest_at: datetime
    story_ids: list[uuid.UUID]


@dataclass(frozen=True, slots=True)
class Highlight:
    """Stories kept on a profile: those that are for the viewer, in their order. `cover` is the photo of one of them."""

    id: uuid.UUID
    owner_id: uuid.UUID
    title: str
    position: int
    cover_id: uuid.UUID | None
    cover: Media | None
    story_ids: list[uuid.UUID]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class _Fact:
    """What the permissions look at."""

    author_id: uuid.UUID


def of(row: Any, viewer: Viewer) -> Story:
    """Make the shape from a row of COLUMNS with `photo`, `seen`, `kept` and `view_count`."""
    own = row.story_author_id == viewer.id
    until = None if row.kept else row.story_expires_at
    return Story(
        row.story_id, user_shapes.short(row), media_shapes.passing(row.photo, until), row.story_caption,
        row.story_audience, row.story_status, row.seen, row.kept, StoryCounts(row.view_count or 0) if own else None,
        row.story_expires_at, row.story_published_at or row.story_created_at,
        sorted(verbs(viewer, "story", _Fact(row.story_author_id))),
        row.story_moderated if row.story_moderated in ("held", "taken_down") else None, row.verdict,
        row.story_sensitive,
    )  # fmt: skip


def ring(row: Any) -> Ring:
    """Make the shape from a row of the author's columns, the avatar's, and what `rings` gathers."""
    return Ring(user_shapes.short(row), row.seen, row.latest_at, list(row.story_ids))
