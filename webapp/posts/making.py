"""How a new post is written: its row, the places of its photos and its tags, sent along with what comes next."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Integer, Text, Uuid, bindparam, column, func, insert, select, update

from webapp.core import db
from webapp.models import Media, Post, PostTag

posts = Post.__table__.c
media = Media.__table__.c
_POST = bindparam("post_id", type_=Uuid)
_OWN = ("author_id", "caption", "location", "hashtags", "mentions", "concealed", "created_at")
_NONE = ("like_count", "comment_count", "repost_count")
_NOT = ("sensitive", "sensitive_forced", "reviewed")


def write(post: Post, photos: Sequence[Any]) -> None:
    """Write a post that is in no session, and put these photos (`id`, `alt`) into it in their order."""
    db.along(_written(), {"post_id": post.id, **{name: getattr(post, name) for name in _OWN}})
    alts = [photo.alt for photo in photos]
    ids, places = [photo.id for photo in photos], list(range(len(photos)))
    db.along(_placed(), {"post_id": post.id, "ids": ids, "places": places, "alts": alts})
    tag(post)


def tag(post: Post) -> None:
    """Enter a post under its hashtags."""
    if post.hashtags:
        db.along(_tagged(), {"tags": post.hashtags, "post_id": post.id, "seq": post.published_seq})


@db.prepared
def _written() -> Any:
    own: dict[str, Any] = {name: bindparam(name, type_=posts[name].type) for name in _OWN}
    constant = dict.fromkeys(_NONE, 0) | dict.fromkeys(_NOT, False) | {"comments_enabled": True, "status": "processing"}
    return insert(Post.__table__).values(id=_POST, **own, **constant)


@db.prepared
def _placed() -> Any:
    kinds = {"ids": Uuid, "places": Integer, "alts": Text}
    given = func.unnest(*(bindparam(name, type_=ARRAY(kind)) for name, kind in kinds.items()))
    photo = given.table_valued(*(column(name, kind) for name, kind in kinds.items()), name="photo").render_derived()
    placed = update(Media.__table__).where(media.id == photo.c.ids)
    return placed.values(post_id=_POST, position=photo.c.places, alt=photo.c.alts)


@db.prepared
def _tagged() -> Any:
    tags, seq = func.unnest(bindparam("tags", type_=ARRAY(Text))), bindparam("seq", type_=BigInteger)
    return insert(PostTag.__table__).from_select(["tag", "post_id", "published_seq"], select(tags, _POST, seq))
