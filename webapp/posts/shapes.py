"""What goes out about posts. Built in batches: a page of twenty costs as many queries as a page of two."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.media import shapes as media_shapes
from webapp.media.shapes import Media
from webapp.models import Post as PostRow
from webapp.users import shapes as user_shapes
from webapp.users.shapes import UserShort
from webapp.visibility import Viewer, verbs

_table = PostRow.__table__.c

# What `of` needs of a row; those of the author, the avatar and the viewer's flags stand beside them.
COLUMNS = (
    *(
        _table[name].label(f"post_{name}")
        for name in (
            "id", "author_id", "status", "failure", "published_seq", "caption", "location", "hashtags",
            "like_count", "comment_count", "repost_count", "sensitive", "comments_enabled", "edited_at", "created_at",
            "published_at",
        )
    ),
    *user_shapes.COLUMNS,
    *media_shapes.COLUMNS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PostCounts:
    """How often people reacted."""

    likes: int
    comments: int
    reposts: int


@dataclass(frozen=True, slots=True)
class PostViewer:
    """What the viewer did with it."""

    liked: bool
    saved: bool
    reposted: bool


@dataclass(frozen=True, slots=True)
class Post:
    """A post. States other than published are for its author, and moderators; `can` is what the viewer may do.

    `failure` says why it could not be published, `verdict` why moderators hold it or took it down.
    """

    id: uuid.UUID
    author: UserShort
    media: list[Media]
    caption: str
    location: str
    hashtags: list[str]
    mentions: list[str]
    status: str
    counts: PostCounts
    viewer: PostViewer | None
    tagged: list[UserShort]
    sensitive: bool
    comments_enabled: bool
    edited_at: datetime | None
    created_at: datetime
    failure: str | None
    can: list[str]
    verdict: str | None = None

    @property
    def author_id(self) -> uuid.UUID:
        """Whose it is."""
        return self.author.id

    @property
    def username(self) -> str:
        """The name of whose it is."""
        return self.author.username


@dataclass(frozen=True, slots=True)
class Tile:
    """What a grid shows of a post."""

    id: uuid.UUID
    username: str
    media: list[Media]
    status: str
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Activity:
    """Why a post stands in a feed: it was posted, or reposted by `actor` and `others_count` more.

    In ranked feeds `reason` is the answer to “why this?”.
    """

    type: str
    actor: UserShort
    others_count: int
    post: Post
    created_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """A named folder of what one saved."""

    id: uuid.UUID
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class _Fact:
    """What the permissions look at."""

    author_id: uuid.UUID
    status: str
    comments_enabled: bool


def tile(row: Any) -> Tile:
    """Make what a grid shows from a row of `queries.tiles`."""
    return Tile(row.post_id, row.username, media_shapes.listed(row.photos), row.post_status, row.post_sensitive)


def of(row: Any, viewer: Viewer) -> Post:
    """Make the shape from a row of COLUMNS with what `queries.cards` adds, and `verdict` where it may have one."""
    fact = _Fact(row.post_author_id, row.post_status, row.post_comments_enabled)
    return Post(
        row.post_id, user_shapes.short(row), media_shapes.listed(row.photos), row.post_caption, row.post_location,
        list(row.post_hashtags), list(row.mentioned or ()), row.post_status,
        PostCounts(
            row.post_like_count + row.own_like, row.post_comment_count + row.own_held,
            row.post_repost_count + row.own_repost,
        ),
        None if viewer.is_visitor else PostViewer(row.liked, row.saved, row.reposted),
        user_shapes.listed(row.tagged), row.post_sensitive, row.post_comments_enabled, row.post_edited_at,
        row.post_published_at or row.post_created_at,
        row.post_failure, sorted(verbs(viewer, "post", fact)), getattr(row, "verdict", None),
    )  # fmt: skip
