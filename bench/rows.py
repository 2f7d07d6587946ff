"""Rows as PostgreSQL's COPY takes them: a line of text for each, made from numbers that a seed gave."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from webapp.media.placeholder import PALETTE

END = datetime(2026, 6, 1, tzinfo=UTC)
START = END - timedelta(days=90)
SECONDS = 90 * 86400
YEAR = 365 * 86400  # people and follows are up to this much older than the first post
_SIZES = ((4032, 3024), (3024, 4032), (6000, 4000), (1920, 1080), (3000, 3000))

# Columns of tables that more than one module fills.
USERS = (
    "id, username, email, password_hash, display_name, bio, links, avatar_id, post_count, follower_count, "
    "following_count, last_activity_seq, created_at"
)
MEDIA = (
    "id, owner_id, purpose, status, content_type, size, width, height, placeholder, alt, public_key, is_public, "
    "post_id, position, created_at, processed_at, in_use"
)
POSTS = (
    "id, author_id, status, published_seq, caption, location, hashtags, mentions, like_count, comment_count, "
    "created_at, published_at"
)
FOLLOWS = "follower_id, followee_id, created_at"
LIKES = "user_id, post_id, created_at"
USER_WORDS = "user_id, name, words, near"
POST_WORDS = "post_id, published_seq, place, words"
COMMENTS = "id, post_id, parent_id, author_id, content, reply_count, created_at"


class Table(NamedTuple):
    """Rows of one table in PostgreSQL's text format for COPY."""

    name: str
    columns: str
    count: int
    lines: Iterator[str]


def table(name: str, columns: str, lines: list[str]) -> Table:
    """Make a table of lines that are there already."""
    return Table(name, columns, len(lines), iter(lines))


def uuid7(rng: Random, moment: float) -> str:
    """Make a UUIDv7 of this moment (seconds since START), in hexadecimal."""
    chance = rng.getrandbits(74)
    return f"{int((START.timestamp() + moment) * 1000):012x}7{chance >> 62:03x}{chance & (1 << 62) - 1 | 1 << 63:016x}"


def stamp(moment: float) -> str:
    """Write a moment (seconds since START)."""
    return datetime.fromtimestamp(START.timestamp() + moment, UTC).isoformat()


def photo(
    rng: Random, media: str, owner: str, purpose: str, post: str | None, place: int, moment: float, alt: str = "",
    *, public: bool = True, used: bool = False,
) -> str:  # fmt: skip
    """Write a row of `media`: a photo that is ready."""
    width, height = (600, 600) if purpose == "avatar" else rng.choice(_SIZES)
    key = urlsafe_b64encode(rng.randbytes(15)).decode()
    when = stamp(moment)
    return line(
        media, owner, purpose, "ready", "image/jpeg", rng.randrange(900_000, 6_000_000), width, height,
        rng.choice(PALETTE), alt, key, public, post, place, when, when, used,
    )  # fmt: skip


def line(*values: object) -> str:
    r"""Write a row. None of our texts holds a tab, a line end or a backslash; NULL is \N."""
    return "\t".join(["\\N" if value is None else str(value) for value in values]) + "\n"


def vector(found: list[str]) -> str:
    """Write a tsvector of these words."""
    return " ".join(f"'{word}'" for word in sorted(set(found)))


def array_of(values: list[str]) -> str:
    """Write an array of texts."""
    return "{" + ",".join(values) + "}"
