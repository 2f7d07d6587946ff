"""Highlights: stories that their author keeps on the profile, in a chosen order, under a title and a cover.

What is kept is for the same people as before; who may see none of it does not learn that the highlight is there.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Select, Uuid, and_, bindparam, cast, delete, func, lateral, or_, select, true, update
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert

from webapp.core import db
from webapp.core.errors import Conflict, Invalid, NotFound, Refused
from webapp.media import shapes as media_shapes
from webapp.media.shapes import FIELDS
from webapp.models import Highlight, HighlightStory, Media, Story, StoryView
from webapp.policy import screening
from webapp.posts import queries as post_queries
from webapp.stories import queries, shapes
from webapp.stories.schemas import MOST_HIGHLIGHTS, HighlightChange, NewHighlight
from webapp.users import queries as user_queries
from webapp.users.shapes import User
from webapp.visibility import (
    Viewer,
    kept_stories,
    may,
    reachable_stories,
    stand_in,
    visible_highlights,
    visible_stories,
)

table = Highlight.__table__
highlights = Highlight.__table__.c
kept = HighlightStory.__table__.c
stories = Story.__table__.c
photo = Media.__table__.alias("photo")


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a profile shows of somebody's stories. `ring` is null without stories today, else new or seen."""

    ring: str | None
    highlights: list[shapes.Highlight]


def shelf(viewer: Viewer, owner: User) -> Callable[[], Shelf]:
    """Ask for what there is of a person's stories along with what is read next; the returned call gives it.

    Nothing for visitors.
    """
    if viewer.is_visitor:
        return lambda: Shelf(None, [])
    asked = db.soon(_shelf(), {"viewer_id": viewer.id, "owner_id": owner.id})
    return lambda: _shelved(asked.rows)


def _shelved(rows: Sequence[Any]) -> Shelf:
    ring = None if rows[0].seen is None else "seen" if rows[0].seen else "new"
    return Shelf(ring, [_shape(row) for row in rows if row.id is not None])


@db.prepared
def _shelf() -> Select[Any]:
    """Select the highlights beside whether all of today's stories are seen, so that there is always a row."""
    asks = stand_in("user")
    mine = StoryView.__table__.alias("mine")
    today = visible_stories(asks).where(stories.author_id == bindparam("owner_id", type_=Uuid))
    today = today.outerjoin(mine, and_(mine.c.story_id == stories.id, mine.c.viewer_id == asks.id))
    seen = func.bool_and(or_(stories.author_id == asks.id, mine.c.viewer_id.is_not(None)))
    ring = today.with_only_columns(seen.label("seen")).subquery("ring")
    theirs = _theirs(asks).subquery("theirs")
    joined = ring.join(theirs, true(), isouter=True)
    return select(ring.c.seen, *theirs.c).select_from(joined).order_by(theirs.c.position, theirs.c.id)


def of(viewer: Viewer, owner: User) -> list[shapes.Highlight]:
    """Return a person's highlights in their order, all at once. NotFound as for the person's posts."""
    post_queries.check_open(viewer, owner)
    return _listed(viewer, owner.id)


def mine(viewer: Viewer) -> list[shapes.Highlight]:
    """Return the viewer's highlights in their order."""
    return _listed(viewer, viewer.id)


def _listed(viewer: Viewer, owner_id: uuid.UUID) -> list[shapes.Highlight]:
    rows = db.rows(_of(viewer.role), {"viewer_id": viewer.id, "owner_id": owner_id})
    return [_shape(row) for row in rows]


@db.prepared
def _of(role: str) -> Select[Any]:
    return _theirs(stand_in(role))


def _theirs(asks: Viewer) -> Select[Any]:
    theirs = _cards(visible_highlights(asks), asks).where(highlights.owner_id == bindparam("owner_id", type_=Uuid))
    return theirs.order_by(highlights.position, highlights.id).limit(MOST_HIGHLIGHTS)


def get(viewer: Viewer, highlight_id: uuid.UUID) -> shapes.Highlight:
    """Return a highlight. NotFound if nothing in it is for the viewer."""
    row = db.row(_one(viewer.role), {"viewer_id": viewer.id, "highlight_id": highlight_id})
    if row is None:
        raise NotFound
    return _shape(row)


@db.prepared
def _one(role: str) -> Select[Any]:
    asks = stand_in(role)
    return _cards(visible_highlights(asks), asks).where(highlights.id == bindparam("highlight_id", type_=Uuid))


def _cards(seen: Select[Any], viewer: Viewer) -> Select[Any]:
    """Refine a Select of highlights to what their shapes need.

    The cover is the chosen story's photo or the first's; never one that is shown to those who ask for it.
    """
    inside = kept_stories(viewer).join(photo, photo.c.id == stories.media_id)
    inside = inside.where(kept.highlight_id == highlights.id).correlate(Highlight.__table__)
    face = func.json_build_array(*(photo.c[name] for name in FIELDS))
    first = (stories.id == highlights.cover_id).desc().nulls_last()
    gathered = inside.with_only_columns(
        func.array_agg(aggregate_order_by(stories.id, kept.position)).label("story_ids"),
        func.array_agg(aggregate_order_by(face, first, kept.position)).filter(~stories.sensitive)[1].label("cover"),
    )
    each = lateral(gathered, "each")
    return seen.with_only_columns(
        highlights.id, highlights.owner_id, highlights.title, highlights.position, highlights.cover_id,
        highlights.created_at, each.c.story_ids, each.c.cover,
    ).join(each, true())  # fmt: skip


def _shape(row: Any) -> shapes.Highlight:
    ids = list(row.story_ids or ())
    cover = media_shapes.passing(row.cover, None) if row.cover else None
    chosen = row.cover_id if row.cover_id in ids else None
    return shapes.Highlight(row.id, row.owner_id, row.title, row.position, chosen, cover, ids, row.created_at)


def stories_of(viewer: Viewer, highlight_id: uuid.UUID) -> list[shapes.Story]:
    """Return what is in a highlight for the viewer, in its order. NotFound if nothing is, unless it is one's own."""
    found = get(viewer, highlight_id)
    rows = db.rows(_inside(viewer.role), {"viewer_id": viewer.id, "highlight_id": found.id})
    return queries.shaped(rows, viewer)


@db.prepared
def _inside(role: str) -> Select[Any]:
    asks = stand_in(role)
    inside = kept_stories(asks).where(kept.highlight_id == bindparam("highlight_id", type_=Uuid))
    return queries.cards(inside, asks).order_by(kept.position)


def choices(viewer: Viewer) -> list[shapes.Story]:
    """Return one's own stories that can go into a highlight: those of the last day and those kept, the newest first."""
    return queries.shaped(db.rows(_choices(), {"viewer_id": viewer.id}), viewer)


@db.prepared
def _choices() -> Select[Any]:
    asks = stand_in("user")
    own = queries.cards(reachable_stories(asks).where(stories.author_id == asks.id), asks)
    return own.order_by(stories.seq.desc()).limit(300)


def create(viewer: Viewer, asked: NewHighlight) -> shapes.Highlight:
    """Make a highlight, the last on one's profile."""
    screening.refuse(viewer, title=asked.title)
    user_queries.row(viewer.id, lock=True)  # one after the other, or the limit could be passed
    number = db.scalar(select(func.count()).where(highlights.owner_id == viewer.id))
    if number >= MOST_HIGHLIGHTS:
        raise Conflict(f"At most {MOST_HIGHLIGHTS} highlights. Delete one first.")
    _take(viewer, asked.story_ids, asked.cover_id)
    last = select(func.coalesce(func.max(highlights.position), -1) + 1).where(highlights.owner_id == viewer.id)
    made = Highlight(owner_id=viewer.id, title=asked.title, cover_id=asked.cover_id, position=db.scalar(last))
    db.add(made)
    _fill(made.id, asked.story_ids)
    return get(viewer, made.id)


def change(viewer: Viewer, highlight_id: uuid.UUID, asked: HighlightChange) -> shapes.Highlight:
    """Change a highlight; what was left out stays."""
    screening.refuse(viewer, title=asked.title)
    user_queries.row(viewer.id, lock=True)
    before = _permitted(viewer, highlight_id, "change")
    ids = asked.story_ids if asked.story_ids is not None else before.story_ids
    values: dict[str, Any] = {"title": asked.title} if asked.title is not None else {}
    if asked.story_ids is not None or "cover_id" in asked.model_fields_set:
        cover = asked.cover_id if "cover_id" in asked.model_fields_set else before.cover_id
        values["cover_id"] = cover if cover in ids or "cover_id" in asked.model_fields_set else None
        _take(viewer, ids, values["cover_id"])
    if asked.story_ids is not None:
        db.execute(delete(HighlightStory.__table__).where(kept.highlight_id == highlight_id))
        _fill(highlight_id, ids)
    if values:
        db.execute(update(table).where(highlights.id == highlight_id).values(values))
    if asked.position is not None:
        _move(viewer, highlight_id, asked.position)
    return get(viewer, highlight_id)


def remove(viewer: Viewer, highlight_id: uuid.UUID) -> None:
    """Delete a highlight. Its stories go with it unless they are in another one or their day is not over."""
    _permitted(viewer, highlight_id, "delete")
    db.execute(delete(table).where(highlights.id == highlight_id))


def own(viewer: Viewer, highlight_id: uuid.UUID) -> shapes.Highlight:
    """Return one of the viewer's own highlights. NotFound for anybody else's."""
    found = get(viewer, highlight_id)
    if not may(viewer, "change", "highlight", found):
        raise NotFound
    return found


def _permitted(viewer: Viewer, highlight_id: uuid.UUID, verb: str) -> shapes.Highlight:
    found = get(viewer, highlight_id)
    if not may(viewer, verb, "highlight", found):
        raise Refused("This highlight is somebody else's. Only its owner can change it.")
    return found


def _take(viewer: Viewer, story_ids: Sequence[uuid.UUID], cover_id: uuid.UUID | None) -> None:
    """Hold these stories, so that none is removed meanwhile. Invalid if one is not there or not the viewer's."""
    if cover_id is not None and cover_id not in story_ids:
        raise Invalid({"cover_id": ["The cover is one of the stories in the highlight. Choose one of these."]})
    own = reachable_stories(viewer).where(stories.author_id == viewer.id, stories.id.in_(story_ids))
    held = own.with_only_columns(stories.id).order_by(stories.id).with_for_update(of=Story.__table__, **db.LOCK)
    if len(db.rows(held)) != len(story_ids):
        raise Invalid({"story_ids": ["One of these stories is not there any more. Choose again."]})


def _fill(highlight_id: uuid.UUID, story_ids: Sequence[uuid.UUID]) -> None:
    rows = [{"highlight_id": highlight_id, "story_id": one, "position": place} for place, one in enumerate(story_ids)]
    db.execute(insert(HighlightStory.__table__).values(rows))


def _move(viewer: Viewer, highlight_id: uuid.UUID, position: int) -> None:
    """Put a highlight into its place among one's own, and number all of them anew."""
    own = select(highlights.id).where(highlights.owner_id == viewer.id)
    order = [row.id for row in db.rows(own.order_by(highlights.position, highlights.id)) if row.id != highlight_id]
    order.insert(position, highlight_id)
    place = func.array_position(cast(order, ARRAY(Uuid)), highlights.id) - 1
    db.execute(update(table).where(highlights.owner_id == viewer.id).values(position=place))
