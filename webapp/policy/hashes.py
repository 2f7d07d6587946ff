"""Perceptual hashes: how photos look, in 64 bits, and those that moderators block, to hold a photo that comes again.

A photo is shrunk to 32 × 32 grey pixels; the bits say which of its lowest frequencies (DCT) lie above their median.
Resized, recompressed, brightened or cropped by 2 % a photo differs from itself in at most 10 bits; two different ones
of the demonstration in 18 at least, mostly in about 32 (measured: dHash told them apart less well).
"""

import math
import statistics
import uuid
from collections.abc import Iterable, Sequence
from operator import mul
from typing import Any

from sqlalchemy import BigInteger, bindparam, cast, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, BIT, insert

from webapp.core import clock, db, ids
from webapp.models import BlockedHash, Media
from webapp.policy import audit
from webapp.visibility import Viewer

NEAR = 10  # bits in which two pictures of the same photo may differ
FLAT = 0  # stands for a picture without anything to compare: one colour; it is like no other
MOST = 10_000
SIDE, _LOW = 32, 8
_FAINT = 150.0
_WAVES = [[math.cos(math.pi * (2 * x + 1) * u / (2 * SIDE)) for x in range(SIDE)] for u in range(_LOW + 1)]
table = BlockedHash.__table__
media = Media.__table__.c


def of(grey: bytes) -> int:
    """Return the perceptual hash of SIDE × SIDE grey pixels, as PostgreSQL keeps it: 64 bits with a sign, or FLAT."""
    rows = [[float(value) for value in grey[at : at + SIDE]] for at in range(0, SIDE * SIDE, SIDE)]
    across = [[_along(row, wave) for row in rows] for wave in _WAVES]
    low = [_along(across[u], _WAVES[v]) for v in range(_LOW) for u in range(_LOW)]
    values = [*low[1:], _along(across[_LOW], _WAVES[_LOW])]
    if max(map(abs, values)) < _FAINT:
        return FLAT
    middle = statistics.median(values)
    return signed(sum((value > middle) << place for place, value in enumerate(values)))


def _along(values: Sequence[float], wave: Sequence[float]) -> float:
    return sum(map(mul, values, wave))


def signed(bits: int) -> int:
    """Return 64 bits as the number that PostgreSQL keeps."""
    return bits - (1 << 64) if bits >= 1 << 63 else bits


def written(bits: int) -> str:
    """Write 64 bits as people and calls see them: 16 hexadecimal digits."""
    return f"{bits & ((1 << 64) - 1):016x}"


def match(*known: int | None) -> Any:
    """Return the blocked hash (id, note) that one of these looks like, the nearest one, or None."""
    found = [value for value in known if value]
    if not found:
        return None
    given = (
        func.unnest(bindparam("looks", found, ARRAY(BigInteger))).table_valued("looks", name="given").render_derived()
    )
    apart = func.bit_count(cast(table.c.hash.op("#")(given.c.looks), BIT(64)))
    near = select(table.c.id, table.c.note, apart.label("apart")).select_from(table.join(given, apart <= NEAR))
    return db.row(near.order_by(apart).limit(1))


def hit(hash_id: uuid.UUID) -> None:
    """Count that a blocked photo came again."""
    db.execute(update(table).where(table.c.id == hash_id).values(hits=table.c.hits + 1))


def block(viewer: Viewer, media_ids: Iterable[uuid.UUID], note: str) -> list[uuid.UUID]:
    """Block these photos, so that each is held when it comes again, and write it down. Returns the ids of new hashes.

    Whoever calls this has asked whether the viewer may. Photos of one colour, and those not processed, are left out.
    """
    wanted = select(media.id, media.looks).where(media.id.in_(list(media_ids)), media.looks != FLAT)
    made = [add(viewer, row.looks, note, row.id) for row in db.rows(wanted.order_by(media.id))]
    return [hash_id for hash_id in made if hash_id is not None]


def let_go(viewer: Viewer, hash_ids: Iterable[uuid.UUID]) -> None:
    """Unblock those of these hashes that are still blocked, and write it down."""
    gone = delete(table).where(table.c.id.in_(list(hash_ids))).returning(table.c.id, table.c.hash)
    for row in db.rows(gone):
        audit.write(viewer, "unblock_photo", "hash", row.id, hash=written(row.hash))


def add(viewer: Viewer, bits: int, note: str, media_id: uuid.UUID | None = None) -> uuid.UUID | None:
    """Block one hash, and write it down. Returns its id; None if it was blocked already."""
    fresh = insert(table).values(
        id=ids.new(), hash=bits, media_id=media_id, note=note, created_by=viewer.id, created_at=clock.now()
    )
    made = db.row(fresh.on_conflict_do_nothing().returning(table.c.id))
    if made is None:
        return None
    audit.write(viewer, "block_photo", "hash", made.id, reason=note, hash=written(bits), media_id=str(media_id or ""))
    return uuid.UUID(str(made.id))


def unknown(limit: int) -> Sequence[Any]:
    """Return some ready photos without a hash: they are older than this list."""
    return db.rows(select(media.id).where(media.looks.is_(None), media.status == "ready").limit(limit))
