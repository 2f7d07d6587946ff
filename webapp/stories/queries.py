"""Reads of stories. What is over is not found: the database's clock decides when it is asked."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, Uuid, and_, bindparam, case, func, or_, select

from webapp.core import db
from webapp.core.errors import NotFound, Refused
from webapp.core.page import Ask, Page, cut
from webapp.media.shapes import FIELDS
from webapp.models import Media, Story, StoryView, User
from webapp.posts import queries as post_queries
from webapp.stories import shapes
from webapp.users import queries as user_queries
from webapp.users import shapes as user_shapes
from webapp.visibility import (
    Viewer,
    is_kept,
    may,
    own_stories,
    reachable_stories,
    stand_in,
    verdict,
    visible_stories,
    visible_users,
)

stories = Story.__table__.c
users = User.__table__.c
avatars = Media.__table__.c
views = StoryView.__table__.c
photo = Media.__table__.alias("photo")
mine = StoryView.__table__.alias("mine")
UNDO = timedelta(days=1)
MOST_AT_ONCE = 100


def cards(seen: Select[Any], viewer: Viewer) -> Select[Any]:
    """Refine a Select of stories to what their shapes need."""
    return (
        seen.with_only_columns(
            *shapes.COLUMNS,
            func.json_build_array(*(photo.c[name] for name in FIELDS)).label("photo"),
            or_(stories.author_id == viewer.id, mine.c.viewer_id.is_not(None)).label("seen"),
            is_kept().label("kept"),
            case((stories.author_id == viewer.id, _view_count(viewer))).label("view_count"),
            case((_told(viewer), verdict("story", stories.id))).label("verdict"),
        )
        .join(photo, photo.c.id == stories.media_id)
        .outerjoin(Media.__table__, avatars.id == users.avatar_id)
        .outerjoin(mine, and_(mine.c.viewer_id == viewer.id, mine.c.story_id == stories.id))
    )


def _told(viewer: Viewer) -> Any:
    return and_(stories.author_id == viewer.id, stories.moderated != "concealed")


def _view_count(viewer: Viewer) -> Any:
    """Count who saw a story, as its author finds them in the list."""
    seen = visible_users(viewer).join(StoryView.__table__, views.viewer_id == users.id)
    counted = seen.with_only_columns(func.count()).where(views.story_id == stories.id)
    return counted.correlate(Story.__table__).scalar_subquery()


def shaped(rows: Any, viewer: Viewer) -> list[shapes.Story]:
    """Make the shapes of rows that `cards` selected."""
    return [shapes.of(row, viewer) for row in rows]


def get(viewer: Viewer, story_id: uuid.UUID) -> shapes.Story:
    """Return a story of the last day or of a highlight, or one's own that is not ready. NotFound otherwise."""
    wanted = {"viewer_id": viewer.id, "story_id": story_id}
    row = db.row(_one(viewer.role), wanted)
    if row is None and viewer.is_authenticated:
        row = db.row(_one_own(), wanted)
    if row is None:
        raise NotFound("This story is not there any more. Stories are shown for a day.")
    return shapes.of(row, viewer)


_THIS = stories.id == bindparam("story_id", type_=Uuid)


@db.prepared
def _one(role: str) -> Select[Any]:
    asks = stand_in(role)
    return cards(reachable_stories(asks), asks).where(_THIS)


@db.prepared
def _one_own() -> Select[Any]:
    asks = stand_in("user")
    return cards(own_stories(asks, "processing", "failed"), asks).where(_THIS, stories.deleted_at.is_(None))


def by(viewer: Viewer, author: user_shapes.User, ask: Ask) -> Page[shapes.Story]:
    """Return a person's stories of the last day, the oldest first. NotFound as for the person's posts."""
    post_queries.check_open(viewer, author)
    after = ask.after("stories", (int,))
    values = {"viewer_id": viewer.id, "author_id": author.id, "count": ask.limit + 1, "above": after[0] if after else 0}
    page = cut(db.rows(_by(viewer.role), values), ask, "stories", lambda row: (row.story_seq,))
    return page.map(lambda rows: shaped(rows, viewer))


@db.prepared
def _by(role: str) -> Select[Any]:
    asks = stand_in(role)
    above, count = bindparam("above", type_=BigInteger), bindparam("count", type_=Integer)
    theirs = visible_stories(asks).where(stories.author_id == bindparam("author_id", type_=Uuid))
    return cards(theirs, asks).where(stories.seq > above).order_by(stories.seq).limit(count)


def unfinished(viewer: Viewer) -> Callable[[], list[shapes.Story]]:
    """Ask for one's own stories that are on their way or failed along with what is read next, the newest first."""
    asked = db.soon(_unfinished(), {"viewer_id": viewer.id})
    return lambda: shaped(asked.rows, viewer)


@db.prepared
def _unfinished() -> Select[Any]:
    asks = stand_in("user")
    found = own_stories(asks, "processing", "failed").where(stories.deleted_at.is_(None))
    return cards(found, asks).order_by(stories.seq.desc()).limit(MOST_AT_ONCE)


def viewers(viewer: Viewer, story_id: uuid.UUID, ask: Ask) -> Page[user_shapes.User]:
    """Return who saw one's story, the last first: all who exist for oneself."""
    story = get(viewer, story_id)
    if not may(viewer, "viewers", "story", story):
        raise Refused("Only its author can see who saw this story.")
    return user_queries.related(_viewers, viewer, ask, "viewers", story.id)


@db.prepared
def _viewers(role: str) -> Select[Any]:
    seen = user_queries.profiles(stand_in(role)).join(StoryView.__table__, views.viewer_id == users.id)
    return user_queries.relation(seen.where(views.story_id == user_queries.OF), views.seen_at, views.viewer_id)


def deleted(viewer: Viewer, story_id: uuid.UUID) -> uuid.UUID:
    """Return the id of one's own deleted story that may still be taken back, its row locked."""
    there = or_(stories.expires_at.is_(None), stories.expires_at > func.now(), is_kept())
    lately = and_(stories.deleted_at > func.now() - UNDO, there)
    statement = own_stories(viewer, "processing", "published", "failed").with_only_columns(stories.id)
    row = db.row(statement.where(stories.id == story_id, lately).with_for_update(of=Story.__table__, **db.LOCK))
    if row is None:
        raise NotFound("This story can't be taken back any more.")
    return story_id


def of_photo(media_id: uuid.UUID) -> Any:
    """Return id, author and status of the story that shows a photo, its row locked; None if there is none."""
    statement = select(stories.id, stories.author_id, stories.status).where(stories.media_id == media_id)
    return db.row(statement.with_for_update(**db.LOCK))
