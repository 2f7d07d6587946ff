"""Identity: UUIDv7, made in the application. Identity only: lists are ordered by their own sequences."""

import uuid

import uuid_utils


def new() -> uuid.UUID:
    """Make a UUIDv7."""
    return uuid.UUID(bytes=uuid_utils.uuid7().bytes)


def parse(text: str) -> uuid.UUID | None:
    """Return the id that the text is in its canonical form, or None."""
    try:
        value = uuid.UUID(text)
    except ValueError:
        return None
    return value if str(value) == text.lower() else None
