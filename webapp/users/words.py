"""What people are found by, kept beside their rows by whoever writes a name."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ARRAY, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from webapp.core import db, folding
from webapp.models import User, UserWords

users = User.__table__.c
table = UserWords.__table__


def of(username: str, display_name: str) -> tuple[str, list[str], list[str]]:
    """Return a person's name, words and neighbours of words, folded."""
    found = list(dict.fromkeys(folding.words(username) + folding.words(display_name)))
    near = sorted({key for word in found for key in folding.neighbours(word)})
    return " ".join(folding.tokens(display_name)), found, near


def enter(user_id: uuid.UUID, username: str, display_name: str) -> None:
    """Let a person be found by these names from now on."""
    made = _insert([(user_id, username, display_name)])
    fresh = {name: made.excluded[name] for name in ("name", "words", "near")}
    db.execute(made.on_conflict_do_update(index_elements=["user_id"], set_=fresh))


def _insert(people: Sequence[tuple[uuid.UUID, str, str]]) -> insert:
    values = []
    for place, (user_id, username, display_name) in enumerate(people):
        name, found, near = of(username, display_name)
        words = func.array_to_tsvector(bindparam(f"words_{place}", found, type_=ARRAY(Text)))
        values.append({"user_id": user_id, "name": name, "words": words, "near": near})
    return insert(table).values(values)


def fill(after: uuid.UUID, count: int) -> uuid.UUID | None:
    """Enter those of the next people by id who are missing. Returns the last one looked at, None at the end."""
    missing = table.c.user_id.is_(None)
    statement = (
        select(users.id, users.username, users.display_name, missing.label("missing"))
        .outerjoin(table, table.c.user_id == users.id)
        .where(users.id > after)
        .order_by(users.id)
        .limit(count)
    )
    found = db.rows(statement)
    people = [(row.id, row.username, row.display_name) for row in found if row.missing]
    if people:
        db.execute(_insert(people).on_conflict_do_nothing())
    return found[-1].id if found else None
