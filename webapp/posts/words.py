"""What published posts are found by, kept beside their rows by whoever publishes or changes one; and all tags."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Text, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, db, folding
from webapp.models import Media, Post, PostTag, PostWords, Tag
from webapp.visibility import VISITOR, visible_posts

posts = Post.__table__.c
media = Media.__table__.c
uses = PostTag.__table__.c
table = PostWords.__table__
tags = Tag.__table__
_COUNTED = 1000  # more posts than this make a tag no more popular


def by(author_id: uuid.UUID) -> str:
    """Return the word under which an author's posts are found, whatever the author is called."""
    return f"={author_id.hex}"


def tag(name: str) -> str:
    """Return the word under which the posts with a hashtag are found."""
    return f"#{folding.fold(name)}"


def mention(username: str) -> str:
    """Return the word under which the posts that mention a person are found."""
    return f"@{username}"


def place(location: str) -> str:
    """Return the name of a place as places are compared."""
    return folding.plain(location)


def of(
    author_id: uuid.UUID, caption: str, location: str, hashtags: Sequence[str], mentions: Sequence[str], alts: str
) -> list[str]:
    """Return the words of a post."""
    plain = folding.words(" ".join((caption, location, alts)))
    return list(dict.fromkeys([by(author_id), *map(tag, hashtags), *map(mention, mentions), *plain]))


def enter(post_id: uuid.UUID) -> None:
    """Let a published post be found by its words as they are now; one that is not published has none yet."""
    rows = db.rows(_sources().where(posts.id == post_id, posts.published_seq.is_not(None)))
    if rows:
        made = _insert(rows)
        fresh = {name: made.excluded[name] for name in ("published_seq", "place", "words")}
        db.execute(made.on_conflict_do_update(index_elements=["post_id"], set_=fresh))
        _know(rows[0].hashtags)


def _sources() -> Any:
    alts = select(func.string_agg(media.alt, " ")).where(media.post_id == posts.id).scalar_subquery()
    names = ("id", "author_id", "published_seq", "caption", "location", "hashtags", "mentions")
    return select(*(posts[name] for name in names), func.coalesce(alts, "").label("alts"))


def _insert(rows: Sequence[Any]) -> insert:
    values = []
    for number, row in enumerate(rows):
        found = of(row.author_id, row.caption, row.location, row.hashtags, row.mentions, row.alts)
        words = func.array_to_tsvector(bindparam(f"words_{number}", found, type_=ARRAY(Text)))
        mine = {"post_id": row.id, "published_seq": row.published_seq, "place": place(row.location)}
        values.append({**mine, "words": words})
    return insert(table).values(values)


def _know(names: Sequence[str]) -> None:
    """Remember that these tags are there; in one order everywhere, so that nobody waits for each other."""
    if names:
        rows = [{"name": name, "folded": folding.fold(name)} for name in sorted(set(names))]
        db.execute(insert(tags).values(rows).on_conflict_do_nothing())


def forget(names: Sequence[str]) -> None:
    """Forget those of these tags that no post has any more."""
    if names:
        used = select(uses.tag).where(uses.tag == tags.c.name).correlate(tags).exists()
        db.execute(delete(tags).where(tags.c.name.in_(sorted(set(names))), ~used))


def fill(below: int, count: int) -> int | None:
    """Enter those of the next older posts that are missing. Returns the last one looked at, None at the end."""
    statement = (
        _sources()
        .add_columns(table.c.post_id.is_(None).label("missing"))
        .outerjoin(table, table.c.post_id == posts.id)
        .where(posts.status == "published", posts.published_seq < below)
        .order_by(posts.published_seq.desc())
        .limit(count)
    )
    found = db.rows(statement)
    missing = [row for row in found if row.missing]
    if missing:
        db.execute(_insert(missing).on_conflict_do_nothing())
        _know([name for row in missing for name in row.hashtags])
    return found[-1].published_seq if found else None


def recount(count: int = 200) -> int:
    """Count the public posts of the tags that were not counted for the longest time. Returns how many tags."""
    stale = select(tags.c.name).order_by(tags.c.counted_at.asc().nulls_first()).limit(count)
    seen = visible_posts(VISITOR).with_only_columns(posts.id).join(PostTag.__table__, uses.post_id == posts.id)
    some = seen.where(uses.tag == tags.c.name).correlate(tags).limit(_COUNTED).subquery()
    number = select(func.count()).select_from(some).scalar_subquery()
    change = update(tags).where(tags.c.name.in_(stale)).values(post_count=number, counted_at=clock.now())
    return len(db.rows(change.returning(tags.c.name)))
