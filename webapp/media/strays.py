"""Objects without rows, photos without objects: looked for slice by slice, round after round, without an end.

An object that nobody has a row for is written down, and deleted when it still has none a day later. A photo that
lacks objects is made anew out of its original, or copied out anew; what can't be made again is told to those who run
the site. A day's grace covers what is on its way. When a large part of all objects seems to have no row, nothing is
deleted: then the database is the wrong one, or an old one.
"""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Select, String, cast, collate, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from webapp.core import clock, db, ids, outbox, storage
from webapp.core.errors import Conflict
from webapp.core.storage import Stored
from webapp.media import actions, queries
from webapp.models import Media, StorageFinding, User
from webapp.models.media import FORMATS, NAMES

GRACE = timedelta(days=1)
EVERY = timedelta(hours=6)  # a round begins this long after the end of the one before
PARTS = ("originals", "variants", "public")
_MOST = {"originals": 100, "variants": 800, "public": 800}  # objects a slice: some servers read all of them for this
_DELETED = 100  # objects a call
_MENDED = 20  # photos a call
_FEW, _SHARE = 100, 0.1  # strays beyond both, and nothing is deleted
media = Media.__table__.c
findings = StorageFinding.__table__
users = User.__table__.c
_VARIANTS = frozenset(f"{name}.{form}" for name in NAMES for form in FORMATS)


@dataclass
class Round:
    """Where a round stands: after which object, up to which photo. `seen`: objects so far; `last`: in the last one."""

    part: str = PARTS[0]
    after: str = ""
    upto: str = ""
    seen: int = 0
    last: int = 0
    rounds: int = 0
    ended: str = ""  # when the one before did, in ISO's form

    def due(self) -> bool:
        """Tell whether there is something to look at: a round under way, or time for the next one."""
        under_way = self.after or self.part != PARTS[0] or not self.ended
        return bool(under_way) or datetime.fromisoformat(self.ended) < clock.now() - EVERY


@dataclass
class Found:
    """What a slice found: objects without rows, and of photos the first object that is not there."""

    strays: list[Stored] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    idle: list[uuid.UUID] = field(default_factory=list)  # photos that lie in the public bucket and should not
    bucket: str = "private"


def resume(mark: Any) -> Round:
    """Return where the round stands that was written down, or a new one."""
    return Round(**mark) if mark else Round()


def written(at: Round) -> dict[str, Any]:
    """Write down where the round stands."""
    return asdict(at)


def look(at: Round, grace: timedelta = GRACE) -> Found:
    """Compare the next slice of objects with the rows that belong there. Moves `at` on; reads alone."""
    bucket = "public" if at.part == "public" else "private"
    prefix = "" if bucket == "public" else f"{at.part}/"
    page = storage.here().listed(bucket, prefix, at.after or prefix, _MOST[at.part])
    full = len(page) == _MOST[at.part]
    groups = [(name, list(objects)) for name, objects in groupby(page, lambda one: _whose(at.part, one.key))]
    if full and len(groups) > 1:
        groups.pop()  # whose objects may go on in the next slice
    named = [name for name, _ in groups if bucket == "public" or ids.parse(name)]
    last = (named[-1] if named else at.upto) if full else None
    found = Found(bucket=bucket)
    _compare(at.part, groups, at.upto, last, clock.now() - grace, found)
    at.seen += sum(len(objects) for _, objects in groups)
    at.after, at.upto = (groups[-1][1][-1].key, last or "") if full else ("", "")
    if not full:
        _next(at)
    return found


def _next(at: Round) -> None:
    place = PARTS.index(at.part) + 1
    if place < len(PARTS):
        at.part = PARTS[place]
    else:
        at.part, at.last, at.seen, at.rounds = PARTS[0], at.seen, 0, at.rounds + 1
        at.ended = clock.now().isoformat()


def _whose(part: str, key: str) -> str:
    """Return the photo's id, or its public key, that an object's key names."""
    pieces = key.split("/")
    return pieces[0] if part == "public" else pieces[1] if len(pieces) > 1 else ""


def _compare(
    part: str, groups: Sequence[tuple[str, list[Stored]]], first: str, last: str | None, old: datetime, found: Found
) -> None:
    names = [name for name, _ in groups]
    known = {row.name: row for row in db.rows(_rows(part, names))}
    there = {name: {one.key for one in objects} for name, objects in groups}
    for name, objects in groups:
        if name not in known:
            found.strays += [one for one in objects if one.at < old and _ours(part, one.key)]
        elif part == "public" and not known[name].wanted and all(one.at < old for one in objects):
            found.idle.append(known[name].id)
    for row in db.rows(_expected(part, first, last)):
        lacking = [key for key in _keys(part, row) if key not in there.get(row.name, ())]
        if lacking and not storage.here().has(found.bucket, lacking[0]):
            found.missing.append(lacking[0])


def _name(part: str) -> Any:
    return media.public_key if part == "public" else cast(media.id, String)


def _rows(part: str, names: Sequence[str]) -> Select[Any]:
    """Select those of these photos that have a row; `wanted`: they lie in the public bucket, or are about to."""
    coming = select(users.id).where(users.next_avatar_id == media.id).correlate(Media.__table__).exists()
    columns = (_name(part).label("name"), media.id, (media.is_public | coming).label("wanted"))
    known = [found for name in names if (found := ids.parse(name))]
    which = media.public_key.in_(names) if part == "public" else media.id.in_(known)
    return select(*columns).where(which)


def _expected(part: str, first: str, last: str | None) -> Select[Any]:
    """Select the photos that should have objects in this slice: between its first key and its last."""
    if part == "public":  # by bytes, as keys are ordered, whatever the database's own order is
        place: Any = collate(media.public_key, "C")
        start, end, whole = first, last, media.is_public
    else:
        place, start, end = media.id, ids.parse(first), last and ids.parse(last)
        whole = media.status == "ready"
    which = [whole, queries.of_who_stays(), *([place > start] if start else []), *([place <= end] if end else [])]
    return select(_name(part).label("name"), media.id, media.public_key).where(*which).order_by(place)


def _keys(part: str, row: Any) -> list[str]:
    """Return the objects that a photo should have in this part."""
    photo = Media(id=row.id, public_key=row.public_key)
    return {"originals": [photo.original], "variants": photo.variant_keys(), "public": photo.public_keys()}[part]


def _ours(part: str, key: str) -> bool:
    """Tell whether a key is of the form that we write: what somebody else put there is left alone."""
    pieces = key.split("/")
    if part == "public":
        return len(pieces) == 2 and pieces[1] in _VARIANTS
    named = len(pieces) > 1 and ids.parse(pieces[1]) is not None
    return named and len(pieces) == (2 if part == "originals" else 3)


def write_down(found: Found) -> dict[str, int]:
    """Write down what a slice found, and take photos out of the public bucket that should not lie there.

    Returns how much of it was not known before.
    """
    rows = [("stray", one.key, one.size) for one in found.strays] + [("missing", key, 0) for key in found.missing]
    fresh = {"stray": 0, "missing": 0}
    for kind, key, size in rows:
        made = insert(findings).values(bucket=found.bucket, key=key, kind=kind, bytes=size, found_at=clock.now())
        fresh[kind] += len(db.rows(made.on_conflict_do_nothing().returning(findings.c.key)))
    idle = [photo for photo in map(queries.locked, sorted(found.idle)) if photo is not None and not photo.is_public]
    actions.conceal(idle)
    return fresh | {"concealed": len(idle)}


def clear(at: Round) -> int:
    """Delete some objects that were found without a row a day ago and still have none. Returns how many.

    Conflict if there are so many of them that the database must be the wrong one.
    """
    if not at.last:
        return 0
    (total, _, _) = counted()["stray"]
    if total > max(_FEW, at.last * _SHARE):
        raise Conflict(
            f"{total} of {at.last} objects have no row: is this the right database? Nothing was deleted. "
            "If it is, delete them with: flask --app wsgi strays --delete"
        )
    return delete_some(clock.now() - GRACE)


def delete_some(before: datetime) -> int:
    """Delete some objects that were found without a row before a moment. Returns how many."""
    chosen = select(findings.c.bucket, findings.c.key).where(findings.c.kind == "stray", findings.c.found_at < before)
    few = db.rows(chosen.order_by(findings.c.found_at).limit(_DELETED).with_for_update(skip_locked=True))
    gone = 0
    for bucket in ("private", "public"):
        keys = [row.key for row in few if row.bucket == bucket]
        free = [key for key in keys if not _has_row(bucket, key)]
        actions.erase(bucket, free)
        db.execute(delete(findings).where(findings.c.bucket == bucket, findings.c.key.in_(keys)))
        gone += len(free)
    return gone


def _has_row(bucket: str, key: str) -> bool:
    return photo_of(bucket, key) is not None


def photo_of(bucket: str, key: str) -> Any:
    """Return whose object this is: id and whether it lies in the public bucket; None if nobody's."""
    name = _whose("public" if bucket == "public" else "private", key)
    known = ids.parse(name)
    if bucket == "private" and known is None:
        return None
    which = media.public_key == name if bucket == "public" else media.id == known
    return db.row(select(media.id, media.is_public, media.status).where(which))


def lacking() -> tuple[list[tuple[str, str]], list[uuid.UUID]]:
    """Look at some of the photos that lack objects: return findings that are none any more, and what can be remade."""
    chosen = select(findings).where(findings.c.kind == "missing").order_by(func.random()).limit(_MENDED)
    over: list[tuple[str, str]] = []
    whole: list[uuid.UUID] = []
    for row in db.rows(chosen):
        photo = photo_of(row.bucket, row.key)
        gone = photo is None or photo.status != "ready" or (row.bucket == "public" and not photo.is_public)
        if gone or storage.here().has(row.bucket, row.key):
            over.append((row.bucket, row.key))
        elif storage.here().has("private", Media(id=photo.id).original):
            whole.append(photo.id)
    return over, whole


def mend(over: Sequence[tuple[str, str]], whole: Sequence[uuid.UUID]) -> int:
    """Forget findings that are none any more, and have photos made anew. Returns how many of these."""
    for bucket, key in over:
        db.execute(delete(findings).where(findings.c.bucket == bucket, findings.c.key == key))
    for media_id in dict.fromkeys(whole):
        outbox.enqueue("jobs.media.remake", media_id)
    return len(set(whole))


def counted() -> dict[str, tuple[int, int, datetime | None]]:
    """Return how many findings of each kind there are, their bytes, and since when."""
    columns = (func.count().label("total"), func.coalesce(func.sum(findings.c.bytes), 0).label("bytes"))
    rows = db.rows(select(findings.c.kind, *columns, func.min(findings.c.found_at).label("since")).group_by("kind"))
    empty: dict[str, tuple[int, int, datetime | None]] = {"stray": (0, 0, None), "missing": (0, 0, None)}
    return empty | {row.kind: (row.total, int(row.bytes), row.since) for row in rows}


def newest(limit: int) -> Sequence[Any]:
    """Return the last findings."""
    return db.rows(select(*findings.c).order_by(findings.c.found_at.desc(), findings.c.key).limit(limit))
