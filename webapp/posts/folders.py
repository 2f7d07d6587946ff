"""Folders of what somebody saved: names that sort bookmarks, seen by their owner alone."""

import unicodedata
import uuid

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, db, ids
from webapp.core.errors import Conflict, Invalid, NotFound
from webapp.models import SaveFolder
from webapp.posts.schemas import FolderName
from webapp.posts.shapes import Folder
from webapp.users import queries as user_queries
from webapp.visibility import Viewer

table = SaveFolder.__table__
MOST = 100
_TAKEN = Invalid({"name": ["You have a folder of this name already."]})


def mine(viewer: Viewer) -> list[Folder]:
    """Return the viewer's folders by name, at most MOST."""
    statement = select(table.c.id, table.c.name, table.c.created_at).where(table.c.user_id == viewer.id)
    return [Folder(*row) for row in db.rows(statement.order_by(table.c.folded).limit(MOST))]


def get(viewer: Viewer, folder_id: uuid.UUID) -> Folder:
    """Return one of the viewer's folders. NotFound if they have none with this id."""
    statement = select(table.c.id, table.c.name, table.c.created_at)
    row = db.row(statement.where(table.c.id == folder_id, table.c.user_id == viewer.id))
    if row is None:
        raise NotFound("There is no such folder among yours.")
    return Folder(*row)


def create(viewer: Viewer, asked: FolderName) -> Folder:
    """Make a folder."""
    user_queries.row(viewer.id, lock=True)  # one after the other, or the limit could be passed
    if db.scalar(select(func.count()).where(table.c.user_id == viewer.id)) >= MOST:
        raise Conflict(f"You have {MOST} folders. Delete one to make another.")
    values = {"id": ids.new(), "user_id": viewer.id, "name": asked.name, "folded": _folded(asked.name)}
    made = insert(table).values(**values, created_at=clock.now()).on_conflict_do_nothing()
    row = db.row(made.returning(table.c.id, table.c.name, table.c.created_at))
    if row is None:
        raise _TAKEN
    return Folder(*row)


def rename(viewer: Viewer, folder_id: uuid.UUID, asked: FolderName) -> Folder:
    """Give a folder another name."""
    user_queries.row(viewer.id, lock=True)
    get(viewer, folder_id)
    folded = _folded(asked.name)
    other = select(table.c.id).where(table.c.user_id == viewer.id, table.c.folded == folded, table.c.id != folder_id)
    if db.row(other) is not None:
        raise _TAKEN
    db.execute(table.update().where(table.c.id == folder_id).values(name=asked.name, folded=folded))
    return get(viewer, folder_id)


def delete(viewer: Viewer, folder_id: uuid.UUID) -> None:
    """Delete a folder; what lay in it stays saved. NotFound if it is not there."""
    get(viewer, folder_id)
    db.execute(table.delete().where(table.c.id == folder_id, table.c.user_id == viewer.id))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
