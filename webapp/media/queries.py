"""Reads of photos. Whose it is, sees it here; everybody else sees it through posts and profiles."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, ScalarSelect, Uuid, any_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from webapp.core import clock, db, ids
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.media import shapes
from webapp.models import Media, User
from webapp.visibility import Viewer, own_media, stand_in

table = Media.__table__.c


def get(viewer: Viewer, media_id: uuid.UUID, *, lock: bool = False) -> Media:
    """Return one's own photo. NotFound for anybody else's."""
    statement = own_media(viewer).where(table.id == media_id)
    found = db.session().scalars(statement.with_for_update(**db.LOCK) if lock else statement).first()
    if found is None:
        raise NotFound
    return found


def locked(media_id: uuid.UUID) -> Media | None:
    """Return a photo's row, locked, for a job."""
    return db.session().scalars(select(Media).where(table.id == media_id).with_for_update(**db.LOCK)).first()


def find(media_id: uuid.UUID) -> Media | None:
    """Return a photo's row for a job."""
    return db.session().get(Media, media_id)


def chosen(viewer: Viewer, media_ids: Sequence[uuid.UUID]) -> list[Any]:
    """Return rows of one's own photos in the given order, locked. NotFound if one is missing."""
    rows = db.rows(_chosen(), {"viewer_id": viewer.id, "media_ids": list(media_ids)})
    by_id = {media.id: media for media in rows}
    if len(by_id) != len(set(media_ids)):
        raise NotFound("One of these photos is not there any more. Remove it and add it again.")
    return [by_id[media_id] for media_id in media_ids]


@db.prepared
def _chosen() -> Any:
    names = ("id", "purpose", "status", "error", "alt", "looks", "post_id", "in_use")
    these = table.id == any_(bindparam("media_ids", type_=ARRAY(Uuid)))
    own = own_media(stand_in("user")).where(these).order_by(table.id).with_for_update(**db.LOCK)
    return own.with_only_columns(*(table[name] for name in names))


def shape(media: Media) -> shapes.Media:
    """Return the shape of one's own photo."""
    row = db.row(select(*shapes.COLUMNS).where(table.id == media.id))
    return shapes.of(row)


def photos(post_id: ColumnElement[uuid.UUID]) -> ScalarSelect[Any]:
    """Select a post's photos, in their order, as one value of its row: no round trip of their own. See `listed`."""
    photo = Media.__table__.alias("photo")
    fields = func.json_build_array(*(photo.c[name] for name in shapes.FIELDS))
    return (
        select(func.json_agg(aggregate_order_by(fields, photo.c.position)))
        .where(photo.c.post_id == post_id)
        .scalar_subquery()
    )


def rows_of_post(post_id: uuid.UUID) -> list[Media]:
    """Return the rows of a post's photos in their order."""
    return list(db.session().scalars(select(Media).where(table.post_id == post_id).order_by(table.position)))


def abandoned(limit: int = 500) -> list[Media]:
    """Return photos that nothing uses and nobody touched for a day."""
    users = User.__table__.c
    avatar = select(users.id).where(or_(users.avatar_id == table.id, users.next_avatar_id == table.id)).exists()
    statement = (
        select(Media)
        .where(table.post_id.is_(None), ~table.in_use, table.created_at < clock.now() - timedelta(hours=24), ~avatar)
        .order_by(table.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(db.session().scalars(statement))


def check_free(media: Any, purpose: str, field: str = "media_id") -> None:
    """Refuse a photo that can't be used for this: shown elsewhere, uploaded for something else, not here, or failed."""
    if media.post_id is not None or media.in_use:
        raise Conflict("This photo is shown somewhere already. Choose it again to use it once more.")
    if media.purpose != purpose:  # each purpose has its own ways, and its own end
        raise Conflict("This photo was uploaded for something else. Choose it again to use it here.")
    if media.status == "pending":
        raise Conflict("This photo has not been uploaded completely yet.")
    if media.status == "failed":
        raise Invalid({field: [media.error or "This photo could not be processed. Choose another one."]})


def kept_bytes() -> int:
    """Return how many bytes the originals take."""
    return int(db.scalar(select(func.coalesce(func.sum(table.size), 0))) or 0)


def waiting(names: Sequence[str]) -> set[str]:
    """Return those of these ids whose photos are not processed yet."""
    known = [found for name in names if (found := ids.parse(name))]
    statement = select(table.id).where(table.id.in_(known), table.status.in_(("pending", "processing")))
    return {str(row.id) for row in db.rows(statement)}


def of_who_stays() -> ColumnElement[bool]:
    """Condition on a photo: its owner is not being erased, objects first."""
    users = User.__table__.c
    return table.owner_id.not_in(select(users.id).where(users.status == "erasing"))
