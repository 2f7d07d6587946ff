"""How accounts stand: whether what a person is and does exists for the viewer, as far as that hangs on the account.

Suspended, deactivated, pending and leaving accounts exist for nobody but their owners; the shadowbanned notice nothing.
"""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, and_, literal_column, not_, or_, select

from webapp.models import User
from webapp.visibility.viewer import Viewer

users = User.__table__.c


def word(status: str) -> ColumnElement[str]:
    """Write a state into the text of a statement.

    As a parameter generic plans could not use the partial indexes, so that PostgreSQL planned anew (1 ms) every time.
    """
    return literal_column(f"'{status}'")


PUBLISHED = word("published")
# Suspended, deactivated, not let in yet or about to be deleted: such an account exists for nobody but its owner.
ACTIVE = users.status == word("active")
# What a shadowbanned person does exists for nobody else either, and they notice nothing: see `stands`.
STANDING = and_(ACTIVE, ~users.shadowbanned)
# Who is hidden by moderators, or waits for them; not who hid the account themselves.
OVERSEEN = or_(users.status == word("suspended"), users.status == word("pending"), users.shadowbanned)


def stands(viewer: Viewer) -> ColumnElement[bool]:
    """Whether what a person does exists for the viewer. What a shadowbanned person does exists for nobody else."""
    if viewer.is_visitor:
        return STANDING
    return and_(ACTIVE, unbanned(viewer))


def unbanned(viewer: Viewer) -> ColumnElement[bool]:
    """Condition on `users`: not shadowbanned, or oneself. Names of the otherwise hidden may stay."""
    return or_(~users.shadowbanned, users.id == viewer.id)


def counts(*people: uuid.UUID | ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether what these people do counts in numbers: all of them are in good standing. One value, for an INSERT."""
    bad = select(users.id).where(users.id.in_(people), not_(STANDING))
    return select(~bad.exists()).scalar_subquery()


def present(viewer: Viewer, user_id: ColumnElement[uuid.UUID]) -> ColumnElement[bool]:
    """Condition on a person named by id: what they do exists for the viewer, to whom they are not hidden.

    They are looked up in the index of the hidden, which is all but empty.
    """
    hidden = User.__table__.alias("hidden")
    gone = select(hidden.c.id).where(
        hidden.c.id == user_id, or_(hidden.c.status != word("active"), hidden.c.shadowbanned)
    )
    return ~gone.where(hidden.c.id != viewer.id).correlate_except(hidden).exists()


def in_use(user_id: ColumnElement[uuid.UUID]) -> ColumnElement[bool]:
    """Condition on a person named by id: the account is in use. Whether others find it is another question."""
    hidden = User.__table__.alias("hidden")
    gone = select(hidden.c.id).where(hidden.c.id == user_id, hidden.c.status != word("active"))
    return ~gone.correlate_except(hidden).exists()


def unshadowed(viewer: Viewer, *people: ColumnElement[Any]) -> ColumnElement[bool]:
    """Condition on people named by id: none but the viewer is shadowbanned. Names of the otherwise hidden may stay."""
    hidden = User.__table__.alias("shadowed")
    gone = select(hidden.c.id).where(hidden.c.id.in_(people), hidden.c.shadowbanned, hidden.c.id != viewer.id)
    return ~gone.correlate_except(hidden).exists()
