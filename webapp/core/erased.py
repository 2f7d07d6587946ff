"""What was erased for good, remembered in storage: a database that is restored from before must not bring it back.

An object of one byte stands for each, named by a hash of its id, which leads to nobody. Storage outlives the database
it is restored beside, and backups take these objects along.
"""

import uuid
from collections.abc import Iterable, Iterator

from webapp.core import crypto, storage

PREFIX = "erased/"


def key(kind: str, thing_id: uuid.UUID) -> str:
    """Return the object's key that stands for a person (`user`) or a post."""
    return f"{PREFIX}{crypto.digest(f'erased:{kind}:{thing_id}').hex()}"


def remember(kind: str, thing_id: uuid.UUID) -> None:
    """Write down that this is erased. Twice is once."""
    storage.here().put(key(kind, thing_id), b"1", "text/plain")


def among(kind: str, things: Iterable[uuid.UUID], known: set[str]) -> list[uuid.UUID]:
    """Return those of these things that are erased, by the keys that are known."""
    return [one for one in things if key(kind, one) in known]


def listed() -> Iterator[str]:
    """Return the keys of all that is remembered."""
    after = ""
    while page := storage.here().listed("private", PREFIX, after):
        yield from (one.key for one in page)
        after = page[-1].key
