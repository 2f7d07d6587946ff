"""What goes out about people."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.media import shapes as media
from webapp.media.shapes import Media
from webapp.models import User as UserRow

_table = UserRow.__table__.c

# What `short` needs of a row; the avatar's COLUMNS of media stand beside them.
COLUMNS = (_table.id.label("user_id"), _table.username, _table.display_name)


@dataclass(frozen=True, slots=True)
class UserShort:
    """A person in a line."""

    id: uuid.UUID
    username: str
    display_name: str
    avatar: Media | None


@dataclass(frozen=True, slots=True)
class UserCounts:
    """How much there is on a profile."""

    posts: int
    followers: int
    following: int


@dataclass(frozen=True, slots=True)
class Relationship:
    """How the viewer stands to a person. `following` is no, requested or yes."""

    following: str = "no"
    followed_by: bool = False
    blocking: bool = False
    muting: bool = False
    restricting: bool = False
    close_friend: bool = False


@dataclass(frozen=True, slots=True)
class User:
    """A person with all that a profile shows; `relationship` is null for visitors and for oneself."""

    id: uuid.UUID
    username: str
    display_name: str
    bio: str
    avatar: Media | None
    is_private: bool
    is_verified: bool
    links: list[str]
    role: str
    created_at: datetime
    counts: UserCounts
    relationship: Relationship | None


@dataclass(frozen=True, slots=True)
class UserSettings:
    """What one chose for oneself. `digest` is off or daily: a mail of what is new.

    `who_may_message` says who may begin to write to one: everyone, followed (whom one follows) or nobody.
    """

    digest: str = "off"
    who_may_message: str = "everyone"


def short(row: Any) -> UserShort:
    """Make the short shape from a row of COLUMNS and the avatar's columns."""
    return UserShort(row.user_id, row.username, row.display_name, media.face(row))


def listed(found: list[list[Any]] | None) -> list[UserShort]:
    """Make the short shapes of what `queries.listed` selected."""
    return [UserShort(uuid.UUID(text), name, shown, media.portrait(*face)) for text, name, shown, *face in found or ()]


def full(row: Any, *, stands: bool) -> User:
    """Make the whole shape from a row of `queries.PROFILE`; `stands`: the viewer has a relationship to the person.

    Of somebody the viewer blocked it is a stub: who it is. If they blocked the viewer too, only the name.
    """
    following = "yes" if row.viewer_follows else "requested" if row.viewer_asked else "no"
    marks = (row.viewer_blocks, row.viewer_mutes, row.viewer_restricts, row.close_to_viewer)
    relationship = Relationship(following, row.follows_viewer, *marks) if stands else None
    if relationship and relationship.blocking:
        return _stub(row, relationship)
    return User(
        row.user_id, row.username, row.display_name, row.bio, media.face(row), row.is_private, row.is_verified,
        list(row.links), row.role, row.user_created_at,
        UserCounts(
            row.post_count + row.own_posts, row.follower_count + row.own_followers,
            row.following_count + row.own_followed,
        ),
        relationship,
    )  # fmt: skip


def _stub(row: Any, relationship: Relationship) -> User:
    apart = getattr(row, "blocked_back", False)
    shown, face, verified, role = (
        ("", None, False, "user") if apart else (row.display_name, media.face(row), row.is_verified, row.role)
    )
    return User(
        row.user_id, row.username, shown, "", face, False, verified, [], role, row.user_created_at,
        UserCounts(0, 0, 0), relationship,
    )  # fmt: skip
