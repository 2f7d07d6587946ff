"""Places: posts that name the same one, however it is written."""

from typing import Any

from sqlalchemy import BigInteger, Integer, Select, bindparam, literal_column

from webapp.core import db
from webapp.core.errors import NotFound
from webapp.core.page import Ask, Page
from webapp.models import Post, PostWords
from webapp.posts import queries, words
from webapp.visibility import Viewer, stand_in, visible_posts

posts = Post.__table__.c
written = PostWords.__table__.c
LONGEST = 255
_NOWHERE = literal_column("''")  # part of the text, so that the index of what has a place is used


def at(viewer: Viewer, name: str, ask: Ask) -> Page[Any]:
    """Return the posts from a place, the newest first. NotFound for what can't be the name of one."""
    place = words.place(name)
    if not place or len(name) > LONGEST:
        raise NotFound
    return queries.newest(_at, viewer, ask, "place", queries.WHOLE, place=place)


@db.prepared
def _at(role: str, refine: queries.Refine) -> Select[Any]:
    asks = stand_in(role)
    below, count = bindparam("below", type_=BigInteger), bindparam("count", type_=Integer)
    return (
        refine(visible_posts(asks), asks)
        .join(PostWords.__table__, written.post_id == posts.id)
        .where(written.place == bindparam("place"), written.place != _NOWHERE, written.published_seq < below)
        .order_by(written.published_seq.desc())
        .limit(count)
    )
