"""What stands in paths: ids."""

import uuid

from webapp.core import ids
from webapp.core.errors import NotFound


def identity(text: str) -> uuid.UUID:
    """Read an id. A malformed one names nothing: NotFound."""
    found = ids.parse(text)
    if found is None:
        raise NotFound
    return found


def identities(texts: list[str]) -> list[uuid.UUID]:
    """Read several ids. NotFound if one is malformed."""
    return [identity(text) for text in texts]
